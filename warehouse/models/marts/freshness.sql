/*
grain: one row per branch and feed
meaning: How far each branch has delivered, and who is behind since when and why.
date: business_date; the day that a delivery is for
source: marts.delivery_day, reference.branch, reference.feed
owner: head office, data team
caveats: usable is what was accepted, also with some rows rejected, or with no rows to report. A branch is expected to
    deliver on every business date from the first one that the warehouse has. A delivery that was corrected or came
    twice is usable once
*/
with as_of as (
    select max(business_date) as as_of_date
    from marts.delivery_day
),

expected as (
    select min(business_date) as first_date
    from marts.delivery_day
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
    where last.usable_date is null or day.business_date > last.usable_date
    qualify row_number() over (
        partition by day.branch_code, day.feed
        order by day.business_date desc, day.revision desc nulls last, day.file_name desc nulls last
    ) = 1
),

final as (
    select
        branch.branch_code,  -- Branch
        feed.feed,  -- Feed
        last.usable_date,  -- Latest business date of which something usable came; null if none ever did
        missed.missing_since,  -- First business date after it; null if the branch is up to date
        cast(
            as_of.as_of_date - coalesce(last.usable_date, expected.first_date - 1) as integer
        ) as days_behind,  -- Days from usable_date to the latest business date; 0 if the branch is up to date
        missed.outcome,  -- What became of the latest delivery since, or absent; null if up to date
        missed.reason  -- Why; null if nothing came or the branch is up to date
    from reference.branch
    cross join reference.feed
    cross join as_of
    cross join expected
    left join last on branch.branch_code = last.branch_code and feed.feed = last.feed
    left join missed on branch.branch_code = missed.branch_code and feed.feed = missed.feed
    where as_of.as_of_date is not null
    order by branch.branch_code, feed.feed
)

select * from final
