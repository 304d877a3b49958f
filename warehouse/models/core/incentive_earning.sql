/*
grain: one row per amount that an agent earned or could have earned: a new participant (acquisition), a month of a
    payment (contribution), an agent's month (acquisition_flat); and per agent, month, wadah and scheme what is above
    the cap (cap)
meaning: Every rupiah of the agents' incentive with the person, rule, basis and rate behind it. What earns nothing
    stands here too, with the reason, and what a cap takes off as a negative line.
source: core.incentive_uncapped, reference.incentive_scheme
owner: head office, Perisai monitoring
kind: view
caveats: gross, before tax; see core.incentive_uncapped. The cap is that of the scheme's terms in the month, and is for
    what an agent earns under the scheme in it, over all wadahs and before the split. Where a wadah's lines exceed it, a
    line of that wadah takes off the excess; where a later wadah's refunds leave room again, a line of that wadah gives
    it back
*/
with summed as (
    select
        line.period,
        line.agent_code,
        line.wadah_code,
        line.scheme,
        scheme.agent_cap_rp,
        scheme.agent_share,
        sum(line.gross_rp) as gross_rp
    from core.incentive_uncapped as line
    inner join reference.incentive_scheme as scheme
        on
            line.scheme = scheme.scheme
            and line.period >= scheme.valid_from
            and line.period <= coalesce(scheme.valid_to, line.period)
            and scheme.agent_cap_rp is not null
    group by
        line.period, line.agent_code, line.wadah_code, line.scheme, scheme.agent_cap_rp, scheme.agent_share
),

running as (
    select
        *,
        sum(gross_rp) over (
            partition by period, agent_code, scheme order by wadah_code rows unbounded preceding
        ) as running_rp
    from summed
),

cut as (
    select
        *,
        greatest(running_rp - gross_rp - agent_cap_rp, 0) - greatest(running_rp - agent_cap_rp, 0) as cut_rp
    from running
),

every as (
    select *
    from core.incentive_uncapped
    union all by name
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        'cap' as rule,
        null as participant_key,
        null as contribution_month,
        null as contribution_month_no,
        null as basis_rp,
        null as rate,
        null as reason,
        null as delivery_id,
        null as source_branch_code,
        null as source_no,
        cast(cut_rp as decimal(24, 4)) as gross_rp,
        agent_share,
        0 as new_participants
    from cut
    where cut_rp <> 0
),

final as (
    select
        period,  -- Month of registration, payment or refund, its first day
        agent_code,  -- Perisai who earns
        wadah_code,  -- Wadah of the agent on the day of registration or payment; null if on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        rule,  -- acquisition, acquisition_flat, contribution or cap
        participant_key,  -- The person; null for a flat acquisition and a cap
        contribution_month,  -- Month that was paid for, its first day; null for other rules
        contribution_month_no,  -- Number of that month; null for other rules and for months that already counted
        basis_rp,  -- Contribution for the month that counts, in rupiah, negative for a refund; null for other rules
        rate,  -- Share of the basis; null for other rules and for what earns nothing
        cast(gross_rp * coalesce(agent_share, 1) as decimal(20, 6)) as amount_rp,  -- Exact incentive of the agent
        reason,  -- Why it earns nothing, as in core.incentive_uncapped; null if it earns, and for a cap
        delivery_id,  -- Delivery that brought the registration or payment; null for a flat acquisition and a cap
        source_branch_code,  -- Branch that took the registration or payment; null for a flat acquisition and a cap
        source_no,  -- That branch's number of the registration or receipt; null for a flat acquisition and a cap
        gross_rp,  -- Exact incentive before the split between agent and wadah; negative for a cap
        agent_share,  -- Share of it that the agent keeps; null without an agreement
        cast(new_participants as integer) as new_participants  -- New participants that the line stands for
    from every
)

select * from final
