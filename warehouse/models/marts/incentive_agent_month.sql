/*
grain: one row per period, agent, wadah and scheme
meaning: What each Perisai earned in a month, to the rupiah, and with how many new participants.
date: the month of registration_date for acquisitions, of payment_date for contributions
source: core.incentive_earning
owner: head office, Perisai monitoring
caveats: gross, before tax. The exact lines of an agent and period are rounded once, half up; if the agent worked for
    two wadahs or schemes in the month, their rows add up to that one rounded total. Rows without a scheme are
    events without an agreement and earn 0
*/
with summed as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        sum(new_participants) as new_count,
        sum(case rule when 'contribution' then 0 else amount_rp end) as exact_acquisition_rp,
        sum(amount_rp) as exact_rp,
        sum(gross_rp) as exact_gross_rp
    from core.incentive_earning
    group by period, agent_code, wadah_code, scheme
),

running as (
    select
        *,
        sum(exact_rp) over agent_period as running_rp,
        sum(exact_gross_rp) over agent_period as running_gross_rp
    from summed
    window agent_period as (
        partition by period, agent_code
        order by wadah_code nulls first, scheme nulls first
        rows between unbounded preceding and current row
    )
),

-- Rounding the running sums, not the rows, makes the rows add up to the rounded sum.
rounded as (
    select
        *,
        cast(round(running_rp) - round(running_rp - exact_rp) as bigint) as total_rp,
        cast(round(running_gross_rp) - round(running_gross_rp - exact_gross_rp) as bigint) as gross_rp,
        cast(round(exact_acquisition_rp) as bigint) as acquisition_rp
    from running
),

final as (
    select
        period,  -- Month of registration or of payment, its first day
        agent_code,  -- Perisai who earns
        wadah_code,  -- Wadah of the agent; null if on no roster
        scheme,  -- Incentive scheme; null without an agreement
        cast(new_count as bigint) as new_count,  -- New participants that count for the month
        acquisition_rp,  -- Incentive for them, in rupiah
        total_rp - acquisition_rp as contribution_rp,  -- Incentive for contributions received, in rupiah
        total_rp,  -- Both together: the sum of the agent's lines, rounded half up once
        gross_rp  -- The same before the split between agent and wadah
    from rounded
    order by period, agent_code, wadah_code, scheme
)

select * from final
