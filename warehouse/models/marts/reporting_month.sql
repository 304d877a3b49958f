/*
grain: one row per month, unit (branch, regional office, province, nation) and feed
key: month, unit_level, unit_code, feed
meaning: How well branches report: how much of what was expected came, how much of it in time, how late the rest, and
    how much was refused, corrected or rejected.
date: month; of the business date that a delivery is for
source: marts.reporting_day, core.branch_place
owner: head office, data team
caveats: shares are percentages; those that are in time are out of all that was expected, the untimed ones left out.
    Counted are business dates of a branch, not files. One that nobody expected (the branch did not exist) is
    counted under unexpected only, and among lines and rejected. A month has as many dates as the warehouse has run or
    branches have delivered for; the running month grows. A branch is counted where it belonged on the business
    date, so that one which moved within a month is counted in both places
*/
with unit as (
    select
        branch_code,
        from_date,
        to_date,
        unnest(['branch', 'office', 'province', 'nation']) as unit_level,
        unnest([branch_code, office_code, province_code, '00']) as unit_code
    from core.branch_place
),

day as (
    select
        *,
        cast(date_trunc('month', business_date) as date) as month,
        expected and delivered as reported
    from marts.reporting_day
    where expected or delivered
),

counted as (
    select
        day.month,
        unit.unit_level,
        unit.unit_code,
        day.feed,
        count(distinct day.branch_code) as branches,
        count(*) filter (day.expected) as expected,
        count(*) filter (day.reported) as delivered,
        count(*) filter (not day.expected) as unexpected,
        count(*) filter (day.reported and day.days_late = 0) as on_time,
        count(*) filter (day.reported and day.days_late > 0) as late,
        count(*) filter (day.reported and day.days_late is null) as untimed,
        median(day.days_late) filter (day.reported and day.days_late > 0) as days_late_median,
        max(day.days_late) filter (day.reported and day.days_late > 0) as days_late_worst,
        count(*) filter (day.expected and day.refused_files > 0) as refused,
        count(*) filter (day.expected and day.corrected) as corrected,
        sum(day.lines) as lines,
        sum(day.rejected) as rejected
    from day
    inner join unit
        on
            day.branch_code = unit.branch_code
            and day.business_date >= unit.from_date
            and day.business_date < unit.to_date
    group by day.month, unit.unit_level, unit.unit_code, day.feed
),

final as (
    select
        month,  -- The month, its first day
        unit_level,  -- branch, office (Kanwil), province or nation
        unit_code,  -- Code of the branch, office or province; 00 for the nation
        feed,  -- registrations, contributions, claims or agents
        branches,  -- Branches that are counted
        expected,  -- Business dates of these branches for which the feed was expected
        delivered,  -- Of these, something that counts came
        expected - delivered as missing,  -- Of these, nothing that counts came
        on_time,  -- Of delivered, the first accepted file came in time
        late,  -- Of delivered, it came after the deadline
        untimed,  -- Of delivered, the moment is not known, or no deadline holds
        days_late_median,  -- Median of the days late, of those that were late; null if none was
        days_late_worst,  -- Most days late; null if none was
        refused,  -- Of expected, dates for which a file was refused, or no row of it was accepted
        corrected,  -- Of expected, dates for which what counts is not what came first
        unexpected,  -- Further business dates for which something came that nobody expected
        cast(lines as bigint) as lines,  -- Data lines of what counts, or was refused last where nothing counts
        cast(rejected as bigint) as rejected,  -- Of these, lines that were rejected
        cast(delivered as double) * 100 / nullif(expected, 0) as delivered_pct,  -- delivered out of expected
        cast(on_time as double) * 100 / nullif(expected - untimed, 0) as on_time_pct,  -- on_time out of the timed ones
        cast(rejected as double) * 100 / nullif(lines, 0) as rejected_pct,  -- rejected out of lines
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from counted
    order by month, unit_level, unit_code, feed
)

select * from final
