/*
grain: one row per period, agent, wadah and scheme
key: period, agent_code, wadah_code, scheme
by: period
also: reference.incentive_scheme through scheme since earned_date or registration_date
    in core.contribution_month, core.acquisition;
    reference.incentive_rule through scheme since earned_date or registration_date
    in core.contribution_month, core.acquisition
meaning: What each Perisai earned in a month, to the rupiah, and with how many new participants.
date: the month of registration_date for acquisitions, of payment_date for contributions
source: core.incentive_open, closed.incentive_agent_month
owner: head office, Perisai monitoring
caveats: gross, before tax. The exact lines of an agent and period are rounded once, half up; if the agent worked for
    two wadahs or schemes in the month, their rows add up to that one rounded total. Rows without a scheme are
    events without an agreement and earn 0. Closed months are as they were frozen; what corrects them stands in
    adjustment_rp of the open month
*/
with summed as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        sum(case when corrects_period is null then new_participants else 0 end) as new_count,
        sum(case when corrects_period is null and rule in ('acquisition', 'acquisition_flat') then amount_rp else 0 end)
            as exact_acquisition_rp,
        sum(case when corrects_period is null and rule = 'cap' then amount_rp end) as exact_cap_rp,
        sum(case when corrects_period is null then 0 else amount_rp end) as exact_adjustment_rp,
        sum(case when corrects_period is null and reason is null then basis_rp else 0 end) as basis_rp,
        sum(amount_rp) as exact_rp,
        sum(gross_rp) as exact_gross_rp
    from core.incentive_open
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
        cast(round(exact_acquisition_rp) as bigint) as acquisition_rp,
        cast(
            round(exact_acquisition_rp + exact_adjustment_rp) - round(exact_acquisition_rp) as bigint
        ) as adjustment_rp,
        cast(
            round(exact_acquisition_rp + exact_adjustment_rp + exact_cap_rp)
            - round(exact_acquisition_rp + exact_adjustment_rp) as bigint
        ) as cap_rp
    from running
),

every as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        cast(new_count as bigint) as new_count,
        acquisition_rp,
        cast(coalesce(basis_rp, 0) as bigint) as contribution_basis_rp,
        total_rp - acquisition_rp - adjustment_rp - coalesce(cap_rp, 0) as contribution_rp,
        adjustment_rp,
        cap_rp,
        total_rp,
        gross_rp,
        'open' as status
    from rounded
    union all
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        new_count,
        acquisition_rp,
        contribution_basis_rp,
        contribution_rp,
        adjustment_rp,
        cap_rp,
        total_rp,
        gross_rp,
        'closed' as status
    from closed.incentive_agent_month
),

final as (
    select
        period,  -- Month of registration or of payment, its first day
        agent_code,  -- Perisai who earns
        wadah_code,  -- Wadah of the agent; null if on no roster
        scheme,  -- Incentive scheme; null without an agreement
        new_count,  -- New participants that count for the month
        acquisition_rp,  -- Incentive for them, in rupiah
        contribution_basis_rp,  -- Contributions received that earn, in rupiah
        contribution_rp,  -- Incentive for contributions received, in rupiah
        adjustment_rp,  -- What closed months are corrected by, in rupiah
        cap_rp,  -- What the cap of the month takes off, negative, in rupiah; null if nothing is above a cap
        total_rp,  -- All of it together: the sum of the agent's lines, rounded half up once
        gross_rp,  -- The same before the split between agent and wadah
        status  -- closed, or open: an open month may still change
    from every
    order by period, agent_code, wadah_code, scheme
)

select * from final
