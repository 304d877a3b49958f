/*
grain: one row per period of incentives
meaning: Where the close of each month of incentives stands: still running, to be closed, held up by agreements that
    have to be put right first, closed, or older than the first one that was.
date: the month that is paid for; approved_at for the close
source: marts.incentive_wadah_month, marts.agreement_problem, closed.month, core.running_month
owner: head office, Perisai monitoring
caveats: what was approved stands in closed.month of the lake, and each close in closed.audit. Months before the
    first one that was closed are never closed any more
version: 2
withheld: period
*/
with first_closed as (
    select min(period) as period
    from closed.month
),

paid as (
    select
        period,
        count(distinct wadah_code) as wadahs,
        sum(payable_rp) as payable_rp
    from marts.incentive_wadah_month
    group by period
),

problem as (
    select
        period,
        count(*) as problems
    from marts.agreement_problem
    group by period
),

final as (
    select
        paid.period as month,  -- Month, its first day
        paid.period,  -- The same; in the lake only
        case
            when closed.period is not null then 'closed'
            when paid.period >= running_month.first_day then 'running'
            when paid.period < first_closed.period then 'earlier'
            when problem.problems > 0 then 'held_up'
            else 'open'
        end as state,  -- running (not over), open (to be closed), held_up (by agreements), closed or earlier
        cast(coalesce(problem.problems, 0) as integer) as agreement_problems,  -- Agreements to be put right first
        cast(paid.wadahs as integer) as wadahs,  -- Wadahs with an agreement in the month
        cast(paid.payable_rp as bigint) as payable_rp,  -- What all of them are paid, before tax
        closed.approved_at,  -- When the close was approved, ISO 8601; null while it is not closed
        closed.approved_by,  -- Who approved it; null likewise
        closed.last_business_date,  -- Latest business date that is in what was closed; null likewise
        paid.period >= running_month.first_day as is_running  -- True until it is over
    from paid
    cross join core.running_month
    cross join first_closed
    left join problem on paid.period = problem.period
    left join closed.month as closed on paid.period = closed.period
    order by paid.period
)

select * from final
