/*
grain: one row per agent and spell (agent_code, valid_from); the spells of an agent do not overlap
also: core.delivery through delivery_id, business_date in raw.agents
meaning: Perisai agents as they were at any date: their branch, region, status and wadah. A new spell begins
    whenever one of these changes; the first one reaches back to the day on which the agent joined.
date: business_date of the roster; the first spell begins on joined_date
source: raw.agents of effective deliveries
owner: head office, Perisai monitoring
caveats: an agent who is missing from a branch's next roster ends on the date of that roster, unless rows of that
    roster were rejected (the agent may be among them). An agent on two rosters of one date is taken from the
    one where the agent is active, then has joined later, then from the higher branch code
*/
with roster as (
    select
        delivery_id,
        min(case when rejected = 0 then business_date end) over (
            partition by branch_code order by business_date rows between 1 following and unbounded following
        ) as next_complete_roster
    from core.delivery
    where feed = 'agents' and effective
),

source as (
    select
        agents.*,
        roster.next_complete_roster
    from raw.agents
    inner join roster on agents.delivery_id = roster.delivery_id
),

one_a_day as (
    select *
    from source
    qualify row_number() over (
        partition by agent_code, business_date
        order by case status when 'AKTIF' then 1 else 0 end desc, joined_date desc, branch_code desc, line_no desc
    ) = 1
),

-- Each row of a roster holds until the agent's next one, or until a roster shows that the agent has gone.
lasting as (
    select
        *,
        concat(branch_code, '|', region_code, '|', joined_date, '|', status, '|', wadah_code, '|', wadah_name) as state,
        least(next_complete_roster, lead(business_date) over (partition by agent_code order by business_date)) as until
    from one_a_day
),

neighboured as (
    select
        *,
        lag(until) over life as until_before,
        lag(state) over life as state_before
    from lasting
    window life as (partition by agent_code order by business_date)
),

changed as (
    select
        *,
        case when until_before = business_date and state_before = state then 0 else 1 end as is_change
    from neighboured
),

numbered as (
    select
        *,
        sum(is_change) over (partition by agent_code order by business_date) as spell_no
    from changed
),

spell as (
    select
        agent_code,
        spell_no,
        branch_code,
        region_code,
        joined_date,
        status,
        wadah_code,
        wadah_name,
        min(business_date) as first_roster,
        case when count(*) = count(until) then max(until) end as until
    from numbered
    group by agent_code, spell_no, branch_code, region_code, joined_date, status, wadah_code, wadah_name
),

final as (
    select
        agent_code,  -- Code of the agent
        case
            when spell_no = 1 then least(joined_date, first_roster) else first_roster
        end as valid_from,  -- First day of the spell
        until as valid_to,  -- Day after the last one; null while it goes on
        branch_code,  -- Branch on whose roster the agent stands
        region_code,  -- Kabupaten or kota where the agent works
        joined_date,  -- Day on which the agent joined
        status,  -- AKTIF or NONAKTIF
        wadah_code,  -- Wadah (Kantor Perisai) that the agent works for
        wadah_name  -- Name of the wadah
    from spell
    order by agent_code, valid_from
)

select * from final
