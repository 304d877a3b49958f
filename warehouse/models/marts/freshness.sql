/*
grain: one row per branch and feed
meaning: How far each branch has delivered, and who is behind since when and why.
date: business_date; the day that a delivery is for
source: marts.delivery_day, core.branch_place, reference.feed
owner: head office, data team
caveats: usable is what was accepted, also with some rows rejected, or with no rows to report. A branch is expected to
    deliver on every business date from the first one that the warehouse has, as long as it exists: one that closed is
    judged up to its last day, and one that is not there yet has no row. A feed is
    expected from its valid_from on. A delivery that was corrected or came twice is usable once
*/
with as_of as (
    select
        min(business_date) as first_date,
        max(business_date) as as_of_date
    from marts.delivery_day
),

branch as (
    select distinct
        branch_code,
        first_date,
        last_date
    from core.branch_place
),

life as (
    select
        branch.branch_code,
        feed.feed,
        greatest(
            as_of.first_date, branch.first_date, coalesce(feed.valid_from, date '0001-01-01')
        ) as first_date,
        least(as_of.as_of_date, branch.last_date) as last_date
    from branch
    cross join reference.feed
    cross join as_of
),

last as (
    select
        branch_code,
        feed,
        max(case when outcome in ('accepted', 'accepted_with_rejects') then business_date end) as usable_date
    from marts.delivery_day
    group by branch_code, feed
),

missed as (
    select
        day.branch_code,
        day.feed,
        day.business_date,
        day.outcome,
        day.reason,
        min(day.business_date) over (partition by day.branch_code, day.feed) as missing_since
    from marts.delivery_day as day
    inner join last on day.branch_code = last.branch_code and day.feed = last.feed
    inner join life on day.branch_code = life.branch_code and day.feed = life.feed
    where
        (last.usable_date is null or day.business_date > last.usable_date)
        and day.business_date between life.first_date and life.last_date
    qualify row_number() over (
        partition by day.branch_code, day.feed
        order by day.business_date desc, day.revision desc nulls last, day.file_name desc nulls last
    ) = 1
),

final as (
    select
        life.branch_code,  -- Branch
        life.feed,  -- Feed
        last.usable_date,  -- Latest business date of which something usable came; null if none ever did
        missed.missing_since,  -- First business date after it; null if the branch is up to date
        cast(
            greatest(date_diff('day', coalesce(last.usable_date, life.first_date - 1), life.last_date), 0) as integer
        ) as days_behind,  -- Days from usable_date to the latest date it is expected for; 0 if the branch is up to date
        missed.outcome,  -- What became of the latest delivery since, or absent; null if up to date
        missed.reason  -- Why; null if nothing came or the branch is up to date
    from life
    left join last on life.branch_code = last.branch_code and life.feed = last.feed
    left join missed on life.branch_code = missed.branch_code and life.feed = missed.feed
    where life.first_date <= life.last_date
    order by life.branch_code, life.feed
)

select * from final
