/*
grain: one row per period, agent, wadah and scheme
key: month, agent_code, wadah_code, scheme
meaning: What each Perisai earned in a month, to the rupiah, with how many new participants, and in which branch.
date: the month of registration_date for acquisitions, of payment_date for contributions
source: core.incentive_agent_month, core.monev_agent_month
owner: head office, Perisai monitoring
caveats: gross, before tax. The exact lines of an agent and period are rounded once, half up; if the agent worked for
    two wadahs or schemes in the month, their rows add up to that one rounded total. Rows without a scheme are
    events without an agreement and earn 0. Closed months are as they were frozen; what corrects them stands in
    adjustment_rp of the open month. The branch is that of the agent's roster at the end of the month, by the rosters
    of today also for closed months, so that an agent's whole month stands in one branch
version: 2
withheld: period
*/
with final as (
    select
        agent.period as month,  -- Month of registration or of payment, its first day
        agent.period,  -- The same; in the lake only
        agent.agent_code,  -- Perisai who earns
        agent.wadah_code,  -- Wadah of the agent; null if on no roster
        agent.scheme,  -- Incentive scheme; null without an agreement
        agent.new_count,  -- New participants that count for the month
        agent.acquisition_rp,  -- Incentive for them, in rupiah
        agent.contribution_basis_rp,  -- Contributions received that earn, in rupiah
        agent.contribution_rp,  -- Incentive for contributions received, in rupiah
        agent.adjustment_rp,  -- What closed months are corrected by, in rupiah
        agent.cap_rp,  -- What the cap of the month takes off, negative, in rupiah; null if nothing is above a cap
        agent.total_rp,  -- All of it together: the sum of the agent's lines, rounded half up once
        agent.gross_rp,  -- The same before the split between agent and wadah
        agent.status,  -- closed, or open: an open month may still change
        monev.province_code,  -- Province in which the branch stands; null if not known
        monev.branch_code,  -- Branch on whose roster the agent stands at the end of the month; null if never on one
        agent.period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from core.incentive_agent_month as agent
    left join core.monev_agent_month as monev
        on agent.period = monev.month and agent.agent_code = monev.agent_code
    order by agent.period, agent.agent_code, agent.wadah_code, agent.scheme
)

select * from final
