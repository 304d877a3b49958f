/*
grain: one row per branch, wadah, agent and day (agent_branch_code, wadah_code, agent_code, payment_date)
key: agent_branch_code, wadah_code, agent_code, payment_date
sums: row
meaning: Payments of people under an agent whose wadah had no agreement with the branch that day.
date: payment_date
source: core.contribution
owner: head office, Perisai monitoring
caveats: refunds are left out; so are agents on no roster, who have no wadah
*/
with final as (
    select
        agent_branch_code,  -- Branch on whose roster the agent stood that day
        wadah_code,  -- Wadah of the agent that day
        agent_code,  -- Perisai who managed the person who paid
        payment_date,  -- Day on which the money was received
        count(*) as payments  -- Payments received
    from core.contribution
    where scheme is null and wadah_code is not null and amount_rp > 0
    group by agent_branch_code, wadah_code, agent_code, payment_date
)

select * from final
