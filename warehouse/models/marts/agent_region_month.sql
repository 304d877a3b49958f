/*
grain: one row per month and region (regency, province or nation)
key: month, region_code
meaning: Where agents work and where none do.
date: the month; the roster of its last day or of the latest business day
source: core.monev_agent_month, core.region_history, reference.universe
owner: head office, Perisai monitoring
caveats: agents count where their roster says that they work, on the last day of the month. The denominator is that
    of bpu coverage; without one the density is null. A month has the regions of its last day, and
    a nation is all of them
*/
with moment as (
    select distinct
        month,
        year(month) * 12 + month(month) - 1 as month_index
    from core.monev_agent_month
),

-- What each code means in each month; a region is shown under its own.
place as (
    select
        moment.month,
        moment.month_index,
        history.region_code,
        history.region_level,
        history.parent_code,
        history.state,
        history.shown_code,
        history.same_since
    from moment
    inner join core.region_history as history
        on
            moment.month >= coalesce(history.first_month, moment.month)
            and moment.month <= coalesce(history.last_month, moment.month)
),

agent as (
    select
        agent_month.month,
        place.shown_code as region_code,
        agent_month.agent_code,
        case
            when agent_month.wadah_code is not null then concat(agent_month.branch_code, '|', agent_month.wadah_code)
        end as wadah,
        agent_month.threshold_reached,
        agent_month.new_2 + agent_month.new_3 as new_participants
    from core.monev_agent_month as agent_month
    inner join place
        on
            agent_month.month = place.month
            and agent_month.region_code = place.region_code
    where agent_month.on_duty
),

-- A region and the kabupaten and kota that it consists of.
member as (
    select
        month,
        month_index,
        state,
        unnest([region_code, parent_code, '00']) as region_code,
        unnest(['regency', 'province', 'nation']) as region_level,
        region_code as member_code
    from place
    where region_level = 'regency' and shown_code = region_code
),

counted as (
    select
        member.month,
        member.month_index,
        member.region_code,
        member.region_level,
        count(agent.agent_code) as agents,
        count(distinct agent.wadah) as wadahs,
        sum(case when agent.threshold_reached then 1 else 0 end) as agents_at_threshold,
        coalesce(sum(agent.new_participants), 0) as new_participants,
        count(distinct agent.region_code) filter (member.state = 'in_force') as regencies_with_agents,
        count(distinct member.member_code) filter (member.state = 'in_force') as regencies
    from member
    left join agent
        on
            member.month = agent.month
            and member.member_code = agent.region_code
    group by member.month, member.month_index, member.region_code, member.region_level
    having count(agent.agent_code) > 0 or bool_or(member.state <> 'not_begun')
),

denominator as (
    select
        region_code,
        people,
        reference_from,
        lead(reference_from) over (partition by region_code order by reference_from) as reference_to
    from reference.universe
    where definition = 'bpu'
),

final as (
    select
        counted.month,  -- The month, its first day
        counted.region_code,  -- Official code of the region; 00 for the nation
        counted.region_level,  -- regency (kabupaten or kota), province or nation
        cast(counted.agents as bigint) as agents,  -- Agents on duty who work there
        counted.agents = 0 as without_agents,  -- True if there are none
        cast(
            counted.regencies - counted.regencies_with_agents as bigint
        ) as regencies_without_agents,  -- Kabupaten and kota of the region where none work
        cast(counted.wadahs as bigint) as wadahs,  -- Wadahs of these agents, each once in a branch
        cast(counted.agents_at_threshold as bigint) as agents_at_threshold,  -- Of agents, at the scheme's threshold
        cast(counted.new_participants as bigint) as new_participants,  -- Persons whom these agents acquired
        denominator.people as universe,  -- Non-wage workers of the region; null if not known for the month
        cast(counted.agents as double) * 10000 / denominator.people as agents_per_10000,  -- Agents for 10,000 of these
        counted.month
        >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from counted
    left join place
        on
            counted.region_code = place.region_code
            and counted.month = place.month
    left join denominator
        on
            counted.region_code = denominator.region_code
            and counted.month >= date_trunc('month', denominator.reference_from)
            and counted.month < coalesce(date_trunc('month', denominator.reference_to), date '9999-12-31')
            and date_trunc('month', denominator.reference_from) >= coalesce(place.same_since, date '0001-01-01')
    order by counted.month, counted.region_code
)

select * from final
