/*
grain: one row per amount that was or could have been earned: a new participant (acquisition), a month of a payment
    (contribution), an agent's month (acquisition_flat), what is above a cap (cap), a wadah's month (management), a
    correction of a closed month
meaning: Every rupiah of incentive with the person, rule, basis and rate behind it. What earns nothing stands here
    too, with the reason, and refunds take back what was earned. Totals of agents and wadahs are the sums of these
    lines.
date: the month of registration_date for acquisitions, of payment_date for contributions
source: core.incentive_open, marts.incentive_wadah_month, closed.incentive_line, closed.month
owner: head office, Perisai monitoring
kind: view
version: 3
withheld: period, participant_key, contribution_month_no, basis_rp, delivery_id, source_no
caveats: gross, before tax; exact, before rounding. See core.incentive_earning for how wadah, scheme and threshold are
    decided. Closed months are as they were frozen; lines with corrects_period are what corrects them, see
    core.incentive_adjustment. What leads to a person, or tells what a person declared, stays in the lake
*/
with every as (
    select *
    from core.incentive_open
    union all by name
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
        null as source_branch_code,
        null as source_no,
        null as agent_share,
        0 as new_participants,
        null as gross_rp,
        null as corrects_period
    from marts.incentive_wadah_month
    where status = 'open' and management_basis_rp <> 0
    union all by name
    select
        line.*,
        case when line.corrects_period is not null then closing.because end as because
    from closed.incentive_line as line
    left join closed.month as closing on line.period = closing.period
),

final as (
    select
        period as month,  -- Month that the line is paid for, its first day; for an adjustment the one that pays it
        period,  -- The same; in the lake only
        agent_code,  -- Perisai who earns; null for management
        wadah_code,  -- Wadah of the agent that day, or the managing one; null if the agent is on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        rule,  -- acquisition, acquisition_flat, contribution, cap or management
        participant_key,  -- The person; null for a flat acquisition, a cap and management
        contribution_month,  -- Month that was paid for, its first day; null for other rules
        contribution_month_no,  -- Number of that month; null for other rules and for months that already counted
        basis_rp,  -- Contribution that counts, or the agents' incentive for management; null for acquisitions
        rate,  -- Share of the basis; null for acquisitions and for what earns nothing
        amount_rp,  -- Exact incentive in rupiah, after the split between agent and wadah
        reason,  -- Why it earns nothing; of an adjustment, why the closed line does now, or late, withdrawn or changed
        delivery_id,  -- Delivery that brought the registration or payment; null for flat acquisition, cap, management
        source_branch_code,  -- Branch that took the registration or payment; null for flat acquisition, cap, management
        source_no,  -- That branch's number of the registration or receipt; null for flat acquisition, cap, management
        agent_share,  -- Share that the agent keeps; null for management and without an agreement
        new_participants,  -- New participants that the line stands for, or that an adjustment changes
        gross_rp,  -- Exact incentive before the split between agent and wadah; null for management
        corrects_period,  -- Closed month that the line corrects, its first day; null for a line of the month itself
        because,  -- Reason given at the close that paid a correction; null if nothing was held, or it is not closed yet
        period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from every
)

select * from final
