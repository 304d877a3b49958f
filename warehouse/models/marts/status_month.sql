/*
grain: one row per region (nation, province or regency) and month
meaning: How everybody who was ever registered stands: never paid, active, in arrears or lapsed. What keeping people
    is worth beside finding new ones.
date: the month; the state at its end, or on the latest business day in the running month
source: core.status_change, core.region_history
owner: head office, membership
caveats: a person counts once, in the region of the latest registration on or before the end of the month, or of the
    first one in months paid for before it: whoever paid for months before the registration is counted in them already.
    Past months change when arrears are paid. The nation has everybody, also in regions that reference.region lacks.
    A month has the regions of its last day; parts of a region that was split have those who named their code. The
    running month has no shares
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

span as (
    select
        (select min(month_index) from core.status_change) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

month_number as (
    select unnest(generate_series(first_index, last_index)) as month_index
    from span
),

calendar as (
    select
        month_index,
        make_date(month_index // 12, month_index % 12 + 1, 1) as month
    from month_number
),

named as (
    select region_code from core.status_change
    union
    select region_code from core.region_history
    where region_level = 'regency'
),

running as (
    select
        named.region_code,
        calendar.month_index,
        calendar.month,
        sum(coalesce(change.never_paid, 0)) over life as never_paid,
        sum(coalesce(change.active, 0)) over life as active,
        sum(coalesce(change.reactivated, 0)) over life as reactivated,
        sum(coalesce(change.in_arrears, 0)) over life as in_arrears,
        sum(coalesce(change.lapsed, 0)) over life as lapsed,
        sum(coalesce(change.people, 0)) over life as people,
        coalesce(change.new_people, 0) as new_people
    from named
    cross join calendar
    left join change
        on
            named.region_code is not distinct from change.region_code
            and calendar.month_index = change.month_index
    window life as (partition by named.region_code order by calendar.month_index)
),

-- Where those who named a code are counted in a month, and in which province that is.
placed as (
    select
        running.*,
        history.shown_code,
        history.parent_code,
        coalesce(history.state = 'not_begun' and history.shown_code = running.region_code, false) as is_early
    from running
    left join core.region_history as history
        on
            running.region_code = history.region_code
            and history.region_level = 'regency'
            and running.month >= coalesce(history.first_month, running.month)
            and running.month <= coalesce(history.last_month, running.month)
),

within as (
    select
        *,
        unnest([shown_code, parent_code, '00']) as within_code,
        unnest(['regency', 'province', 'nation']) as region_level
    from placed
),

summed as (
    select
        within_code as region_code,
        region_level,
        month,
        sum(never_paid) as never_paid,
        sum(active) as active,
        sum(reactivated) as reactivated,
        sum(in_arrears) as in_arrears,
        sum(lapsed) as lapsed,
        sum(people) as people,
        sum(new_people) as new_people
    from within
    where within_code is not null
    group by within_code, region_level, month
    having not bool_and(is_early) or sum(people) <> 0
),

marked as (
    select
        *,
        month >= (select running_month.first_day from core.running_month) as is_running
    from summed
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
