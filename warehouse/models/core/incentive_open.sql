/*
grain: one row per line of an agent in a month that is not closed
meaning: What is still to be paid to agents: what the open months earn, and what closed months are corrected by.
source: core.incentive_earning, core.incentive_adjustment, closed.month
owner: head office, Perisai monitoring
kind: view
caveats: months before the first one that was closed count as open, and are as they are computed
*/
with every as (
    select
        earning.*,
        cast(null as date) as corrects_period
    from core.incentive_earning as earning
    left join closed.month on earning.period = month.period
    where month.period is null
    union all by name
    select *
    from core.incentive_adjustment
),

final as (
    select
        period,  -- Month that the line is paid for, its first day
        agent_code,  -- Perisai who earns
        wadah_code,  -- Wadah of the agent on the day of registration or payment; null if on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        rule,  -- acquisition, acquisition_flat, contribution or cap
        participant_key,  -- The person; null for a flat acquisition and a cap
        contribution_month,  -- Month that was paid for, its first day; null for other rules
        contribution_month_no,  -- Number of that month; null for other rules and for months that already counted
        basis_rp,  -- Contribution for the month that counts, in rupiah; null for other rules
        rate,  -- Share of the basis; null for other rules and for what earns nothing
        amount_rp,  -- Exact incentive of the agent
        reason,  -- Why it earns nothing, or why it corrects
        delivery_id,  -- Delivery that brought the registration or payment; null for a flat acquisition and a cap
        source_branch_code,  -- Branch that took the registration or payment; null for a flat acquisition and a cap
        source_no,  -- That branch's number of the registration or of the receipt; null for a flat acquisition and a cap
        gross_rp,  -- Exact incentive before the split between agent and wadah
        agent_share,  -- Share of it that the agent keeps; null without an agreement
        new_participants,  -- New participants that the line stands for
        corrects_period  -- Closed month that the line corrects, its first day; null for a line of the month itself
    from every
)

select * from final
