/*
grain: one row per agent and spell (agent_code, valid_from); the spells of an agent do not overlap
also: core.delivery through delivery_id, business_date in raw.agents
meaning: Perisai agents as they were at any date: their branch, region, status and wadah. A new spell begins
    whenever one of these changes; the first one reaches back to the day on which the agent joined. Days on which later
    rosters of the branch lack an agent who was not said to leave are filled with what was said before.
date: business_date of the roster; the first spell begins on joined_date
source: raw.agents of effective deliveries
owner: head office, Perisai monitoring
caveats: an agent whose last row is NONAKTIF ends on the date of the branch's next roster that lacks the agent, unless
    rows of that roster were rejected (the agent may be among them). Everybody else goes on, see is_missing. An agent on
    two rosters of one date is taken from the one where the agent is active, then has joined later, then from the higher
    branch code
*/
with roster as (
    select
        delivery_id,
        lead(business_date) over (partition by branch_code order by business_date) as next_roster,
        min(case when rejected = 0 then business_date end) over (
            partition by branch_code order by business_date rows between 1 following and unbounded following
        ) as next_complete_roster
    from core.delivery
    where feed = 'agents' and effective
),

source as (
    select
        agents.*,
        roster.next_roster,
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

-- Each row of a roster holds until the agent's next one, or until an agent who was said to leave has gone.
lasting as (
    select
        *,
        least(
            case when status = 'NONAKTIF' then next_complete_roster end,
            lead(business_date) over (partition by agent_code order by business_date)
        ) as until,
        case when coalesce(status, '') <> 'NONAKTIF' then next_roster end as lacking
    from one_a_day
),

filled as (
    select
        *,
        business_date as since,
        least(lacking, until) as till,
        false as is_missing
    from lasting
    union all
    select
        *,
        lacking as since,
        until as till,
        true as is_missing
    from lasting
    where lacking < coalesce(until, date '9999-12-31')
),

neighboured as (
    select
        *,
        concat(
            branch_code, '|', region_code, '|', joined_date, '|', status, '|', wadah_code, '|', wadah_name, '|',
            is_missing
        ) as state,
        lag(till) over (partition by agent_code order by since) as till_before
    from filled
),

changed as (
    select
        *,
        case
            when till_before = since and lag(state) over (partition by agent_code order by since) = state then 0
            else 1
        end as is_change
    from neighboured
),

numbered as (
    select
        *,
        sum(is_change) over (partition by agent_code order by since) as spell_no
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
        is_missing,
        min(since) as first_day,
        case when count(*) = count(till) then max(till) end as until
    from numbered
    group by agent_code, spell_no, branch_code, region_code, joined_date, status, wadah_code, wadah_name, is_missing
),

final as (
    select
        agent_code,  -- Code of the agent
        case
            when spell_no = 1 then least(joined_date, first_day) else first_day
        end as valid_from,  -- First day of the spell
        until as valid_to,  -- Day after the last one; null while it goes on
        branch_code,  -- Branch on whose roster the agent stands
        region_code,  -- Kabupaten or kota where the agent works
        joined_date,  -- Day on which the agent joined
        status,  -- AKTIF or NONAKTIF
        wadah_code,  -- Wadah (Kantor Perisai) that the agent works for
        wadah_name,  -- Name of the wadah
        is_missing  -- True while rosters of the branch lack the agent, and what was said before holds
    from spell
    order by agent_code, valid_from
)

select * from final
