/*
grain: one row per period, wadah and scheme of its agreement
key: month, wadah_code, scheme
meaning: Which wadahs need attention: those with fewer agents than their scheme asks for, and how their agents do.
date: the month of registration_date for acquisitions, of payment_date for payments
source: marts.incentive_wadah_month, marts.agent_watch
owner: head office, Perisai monitoring
caveats: agents are counted as in marts.incentive_wadah_month, active ones on any day of the agreement; the other
    counts are of the agents who were with the wadah last in the month
version: 2
withheld: period
*/
with agents as (
    select
        period,
        wadah_code,
        scheme,
        sum(case when missing_to_threshold > 0 then 1 else 0 end) as below_threshold,
        sum(case state when 'warning' then 1 else 0 end) as warned,
        sum(case state when 'inactive' then 1 else 0 end) as inactive
    from marts.agent_watch
    where scheme is not null
    group by period, wadah_code, scheme
),

final as (
    select
        wadah.period as month,  -- Month, its first day
        wadah.period,  -- The same; in the lake only
        wadah.wadah_code,  -- Wadah (Kantor Perisai)
        wadah.scheme,  -- Incentive scheme of its agreement
        wadah.agent_count,  -- Active agents of the wadah in the month
        wadah.minimum_agents,  -- Agents that the scheme asks a wadah to have
        greatest(wadah.minimum_agents - wadah.agent_count, 0) as missing_agents,  -- How many are missing, 0 if none
        cast(coalesce(agents.below_threshold, 0) as integer) as agents_below_threshold,  -- Agents below the threshold
        cast(coalesce(agents.warned, 0) as integer) as agents_warned,  -- Agents too long without an acquisition
        cast(coalesce(agents.inactive, 0) as integer) as agents_inactive,  -- Agents too long without anything
        wadah.period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from marts.incentive_wadah_month as wadah
    left join agents
        on
            wadah.period = agents.period
            and wadah.wadah_code = agents.wadah_code
            and wadah.scheme = agents.scheme
    order by wadah.period, wadah.wadah_code, wadah.scheme
)

select * from final
