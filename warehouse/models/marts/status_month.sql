/*
grain: one row per region (nation, province or regency) and month
meaning: How everybody who was ever registered stands: never paid, active, in arrears or lapsed. What keeping people
    is worth beside finding new ones.
date: the month; the state at its end, or on the latest business day in the running month
source: core.status_change, reference.region
owner: head office, membership
caveats: a person counts once, in the region of the latest registration on or before the end of the month, or of the
    first one in months paid for before it: whoever paid for months before the registration is counted in them already.
    Past months change when arrears are paid. The nation has everybody, also in regions that reference.region lacks.
    The running month has no shares
*/
with change as (
    select
        region_code,
        month_index,
        sum(case status when 'registered' then people else 0 end) as never_paid,
        sum(case when status in ('active', 'reactivated') then people else 0 end) as active,
        sum(case status when 'reactivated' then people else 0 end) as reactivated,
        sum(case status when 'in_arrears' then people else 0 end) as in_arrears,
        sum(case status when 'lapsed' then people else 0 end) as lapsed,
        sum(people) as people,
        sum(new_people) as new_people
    from core.status_change
    group by region_code, month_index
),

region as (
    select
        region_code,
        region_level
    from reference.region
    union all
    select
        '00' as region_code,
        'nation' as region_level
),

-- In which regions a change of a region counts.
member as (
    select
        region_code,
        region_code as within
    from reference.region
    where region_level = 'regency'
    union all
    select
        region_code,
        parent_code as within
    from reference.region
    where region_level = 'regency'
    union all
    select distinct
        region_code,
        '00' as within
    from core.status_change
),

within as (
    select
        member.within as region_code,
        change.month_index,
        sum(change.never_paid) as never_paid,
        sum(change.active) as active,
        sum(change.reactivated) as reactivated,
        sum(change.in_arrears) as in_arrears,
        sum(change.lapsed) as lapsed,
        sum(change.people) as people,
        sum(change.new_people) as new_people
    from change
    inner join member on change.region_code is not distinct from member.region_code
    group by member.within, change.month_index
),

span as (
    select
        (select min(month_index) from core.status_change) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

calendar as (
    select unnest(generate_series(first_index, last_index)) as month_index
    from span
),

running as (
    select
        region.region_code,
        region.region_level,
        calendar.month_index,
        sum(coalesce(within.never_paid, 0)) over life as never_paid,
        sum(coalesce(within.active, 0)) over life as active,
        sum(coalesce(within.reactivated, 0)) over life as reactivated,
        sum(coalesce(within.in_arrears, 0)) over life as in_arrears,
        sum(coalesce(within.lapsed, 0)) over life as lapsed,
        sum(coalesce(within.people, 0)) over life as people,
        coalesce(within.new_people, 0) as new_people,
        make_date(calendar.month_index // 12, calendar.month_index % 12 + 1, 1) as month
    from region
    cross join calendar
    left join within
        on
            region.region_code = within.region_code
            and calendar.month_index = within.month_index
    window life as (partition by region.region_code order by calendar.month_index)
),

marked as (
    select
        *,
        month >= (select running_month.first_day from core.running_month) as is_running
    from running
),

final as (
    select
        region_code,  -- Official code of the region; 00 for the nation
        region_level,  -- nation, province or regency (kabupaten or kota)
        month,  -- The month, its first day
        cast(people as bigint) as ever_registered,  -- Persons of whom a registration or a paid month is known
        cast(never_paid as bigint) as never_paid,  -- Of these, nothing was paid up to the month
        cast(active as bigint) as active,  -- Of these, the month is paid
        cast(in_arrears as bigint) as in_arrears,  -- Of these, unpaid and still protected
        cast(lapsed as bigint) as lapsed,  -- Of these, unpaid for longer
        cast(reactivated as bigint) as reactivated,  -- Of active, the first month after a lapse
        cast(new_people as bigint) as new_registrations,  -- Persons whose first registration is of the month
        case
            when is_running then null
            else cast(active as double) * 100 / nullif(people, 0)
        end as active_pct,  -- active out of ever_registered, in percent
        case
            when is_running then null
            else cast(lapsed as double) * 100 / nullif(people - never_paid, 0)
        end as lapsed_pct,  -- lapsed out of who ever paid
        is_running  -- True until it is over
    from marked
    order by region_code, month
)

select * from final
