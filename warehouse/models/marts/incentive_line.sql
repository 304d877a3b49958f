/*
grain: one row per amount that was or could have been earned: a new participant (acquisition), a month of a payment
    (contribution), an agent's month (acquisition_flat), a wadah's month (management)
meaning: Every rupiah of incentive with the person, rule, basis and rate behind it. What earns nothing stands here
    too, with the reason, and refunds take back what was earned. Totals of agents and wadahs are the sums of these
    lines.
source: core.incentive_earning, marts.incentive_wadah_month
owner: head office, Perisai monitoring
caveats: gross, before tax; exact, before rounding. See core.incentive_earning for how wadah, scheme and threshold are
    decided
*/
with management as (
    select *
    from marts.incentive_wadah_month
    where management_basis_rp <> 0
),

every as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        participant_key,
        contribution_month,
        contribution_month_no,
        basis_rp,
        rate,
        amount_rp,
        reason,
        delivery_id,
        source_no,
        agent_share,
        new_participants
    from core.incentive_earning
    union all
    select
        period,
        null as agent_code,
        wadah_code,
        scheme,
        'management' as rule,
        null as participant_key,
        null as contribution_month,
        null as contribution_month_no,
        management_basis_rp as basis_rp,
        management_rate as rate,
        cast(management_basis_rp * management_rate as decimal(20, 6)) as amount_rp,
        null as reason,
        null as delivery_id,
        null as source_no,
        null as agent_share,
        0 as new_participants
    from management
),

final as (
    select
        period,  -- Month of registration, of payment or of refund, its first day
        agent_code,  -- Perisai who earns; null for management
        wadah_code,  -- Wadah of the agent that day, or the managing one; null if the agent is on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        rule,  -- acquisition, acquisition_flat, contribution or management
        participant_key,  -- The person; null for a flat acquisition and for management
        contribution_month,  -- Month that was paid for, its first day; null for other rules
        contribution_month_no,  -- Number of that month; null for other rules and for months that already counted
        basis_rp,  -- Contribution for the month, or the agents' incentive for management; null for acquisitions
        rate,  -- Share of the basis; null for acquisitions and for what earns nothing
        amount_rp,  -- Exact incentive in rupiah, after the split between agent and wadah
        reason,  -- Why it earns nothing, see core.incentive_earning; null if it earns
        delivery_id,  -- Delivery that brought the registration or payment; null for flat acquisition and management
        source_no,  -- Number of the registration or receipt; null for flat acquisition and management
        agent_share,  -- Share that the agent keeps; null for management and without an agreement
        new_participants  -- New participants that the line stands for
    from every
    order by period, wadah_code, agent_code, scheme, rule, source_no, contribution_month
)

select * from final
