/*
grain: one row per branch, wadah, agent, day and what is doubtful
key: agent_branch_code, wadah_code, agent_code, payment_date, is_agent_missing, has_agreement
sums: row
meaning: Payments of people under an agent who was missing from the rosters or on none that day, or whose wadah had no
    agreement with the branch.
date: payment_date
source: core.contribution
owner: head office, Perisai monitoring
caveats: refunds are left out
*/
with final as (
    select
        agent_branch_code,  -- Branch on whose roster the agent stood that day, or before; null if on none
        wadah_code,  -- Wadah of the agent that day; null if on no roster
        agent_code,  -- Perisai who managed the person who paid
        payment_date,  -- Day on which the money was received
        is_agent_missing,  -- True if rosters lack the agent that day, and what was said before holds
        scheme is not null as has_agreement,  -- True if an agreement of the wadah was in force
        count(*) as payments  -- Payments received
    from core.contribution
    where agent_code is not null and (scheme is null or is_agent_missing) and amount_rp > 0
    group by agent_branch_code, wadah_code, agent_code, payment_date, is_agent_missing, scheme is not null
)

select * from final
