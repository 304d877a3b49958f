/*
grain: one row per person and stretch of months with one status, region, branch and agent (participant_key, from_index)
meaning: What every person ever registered was in every month: registered (nothing paid yet), active (paid),
    reactivated (the first paid month after a lapse), in_arrears (unpaid, but still protected) or lapsed; with whom
    and where. The stretches of a person follow each other without a gap, and the last one goes on.
source: core.paid_stretch, core.participant, core.participant_spell; parameter arrears_months
owner: head office, membership
kind: view
caveats: the arrears allowed are those of the first unpaid month. Months are year * 12 + month - 1. Stretches reach
    beyond the present, as if nothing more were paid. Region, branch and agent are those of the latest registration on
    or before the end of the month; the first one's in months paid for before it. Months of the past change when
    arrears are paid. A death does not end a status
*/
with paid as (
    select
        paid_stretch.participant_key,
        paid_stretch.from_index,
        paid_stretch.to_index,
        paid_stretch.last_month_rp,
        arrears.value as arrears_months,
        lag(paid_stretch.to_index) over life as paid_until,
        lag(arrears.value) over life as arrears_before,
        lead(paid_stretch.from_index) over life as paid_again
    from core.paid_stretch
    left join reference.parameter as arrears
        on
            arrears.parameter = 'arrears_months'
            and paid_stretch.to_index >= year(arrears.valid_from) * 12 + month(arrears.valid_from) - 1
            and paid_stretch.to_index
            <= coalesce(year(arrears.valid_to) * 12 + month(arrears.valid_to) - 1, paid_stretch.to_index)
    window life as (partition by paid_stretch.participant_key order by paid_stretch.from_index)
),

registered as (
    select
        participant.*,
        year(participant.first_registration_date) * 12 + month(participant.first_registration_date) - 1 as first_index
    from core.participant
),

first_paid as (
    select
        participant_key,
        from_index
    from paid
    where paid_until is null
),

stretch as (
    select
        registered.participant_key,
        'registered' as status,
        registered.first_index as from_index,
        first_paid.from_index as to_index,
        cast(null as integer) as unpaid_from,
        cast(null as bigint) as last_month_rp
    from registered
    left join first_paid on registered.participant_key = first_paid.participant_key
    where coalesce(first_paid.from_index > registered.first_index, true)
    union all
    select
        paid.participant_key,
        'reactivated' as status,
        paid.from_index,
        paid.from_index + 1 as to_index,
        null as unpaid_from,
        null as last_month_rp
    from paid
    where from_index > paid_until + arrears_before
    union all
    select
        paid.participant_key,
        'active' as status,
        paid.from_index
        + case when paid.from_index > paid.paid_until + paid.arrears_before then 1 else 0 end as from_index,
        paid.to_index,
        null as unpaid_from,
        null as last_month_rp
    from paid
    union all
    select
        paid.participant_key,
        'in_arrears' as status,
        paid.to_index as from_index,
        least(paid.to_index + arrears_months, paid.paid_again) as to_index,
        paid.to_index as unpaid_from,
        paid.last_month_rp
    from paid
    union all
    select
        paid.participant_key,
        'lapsed' as status,
        paid.to_index + arrears_months as from_index,
        paid.paid_again as to_index,
        paid.to_index as unpaid_from,
        paid.last_month_rp
    from paid
),

-- Of the spells that begin in one month the last holds, until another month's.
place as (
    select
        participant_key,
        region_code,
        branch_code,
        agent_code,
        programmes,
        occupation,
        year(valid_from) * 12 + month(valid_from) - 1 as from_index,
        year(valid_to) * 12 + month(valid_to) - 1 as to_index
    from core.participant_spell
    where coalesce(date_trunc('month', valid_to) > date_trunc('month', valid_from), true)
),

-- The first registration reaches back over months that were paid for before it.
home as (
    select
        place.participant_key,
        place.region_code,
        place.branch_code,
        place.agent_code,
        place.programmes,
        place.occupation,
        place.from_index,
        place.to_index,
        registered.acquiring_agent_code,
        registered.first_programmes,
        registered.sex,
        registered.birth_year,
        registered.first_index
    from place
    inner join registered on place.participant_key = registered.participant_key
    union all
    select
        registered.participant_key,
        registered.first_region_code as region_code,
        registered.first_branch_code as branch_code,
        registered.acquiring_agent_code as agent_code,
        registered.first_programmes as programmes,
        registered.first_occupation as occupation,
        0 as from_index,
        registered.first_index as to_index,
        registered.acquiring_agent_code,
        registered.first_programmes,
        registered.sex,
        registered.birth_year,
        registered.first_index
    from registered
    inner join first_paid on registered.participant_key = first_paid.participant_key
    where first_paid.from_index < registered.first_index
),

placed as (
    select
        stretch.participant_key,
        stretch.status,
        stretch.unpaid_from,
        stretch.last_month_rp,
        home.region_code,
        home.branch_code,
        home.agent_code,
        home.programmes,
        home.occupation,
        home.acquiring_agent_code,
        home.first_programmes,
        home.sex,
        home.birth_year,
        home.first_index,
        greatest(stretch.from_index, home.from_index) as from_index,
        least(stretch.to_index, home.to_index) as to_index
    from stretch
    inner join home
        on
            stretch.participant_key = home.participant_key
            and stretch.from_index < coalesce(home.to_index, stretch.from_index + 1)
            and home.from_index < coalesce(stretch.to_index, home.from_index + 1)
    where stretch.from_index < coalesce(stretch.to_index, stretch.from_index + 1)
),

final as (
    select
        participant_key,  -- The person, a keyed hash
        cast(from_index as integer) as from_index,  -- First month of the stretch
        cast(to_index as integer) as to_index,  -- First month after it; null while it goes on
        status,  -- registered, active, reactivated, in_arrears or lapsed
        status in ('active', 'reactivated', 'in_arrears') as protected,  -- True if the person is protected
        cast(
            coalesce(from_index - unpaid_from + 1, 0) as integer
        ) as unpaid_months,  -- Consecutive unpaid months up to from_index; 0 if it is paid, or nothing was ever paid
        last_month_rp,  -- Rupiah received for the last paid month; null if the month is paid, or nothing ever was
        region_code,  -- Kabupaten or kota where the person works
        branch_code,  -- Branch that the person belongs to
        agent_code,  -- Perisai who manages the person; null if none does
        acquiring_agent_code,  -- Perisai who acquired the person; null if none did
        programmes,  -- Programmes of the registration that holds, 2 or 3
        first_programmes,  -- Programmes of the first registration, 2 or 3
        occupation,  -- Occupation as the person said it, a keyed hash; null if never said
        sex,  -- L (male) or P (female)
        birth_year,  -- Year of birth
        cast(first_index as integer) as first_index  -- Month of the first registration
    from placed
)

select * from final
