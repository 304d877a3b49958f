/*
grain: one row per delivery and way in which its roster contradicts the one before (delivery_id, kind)
kind: view
meaning: How many agents of a recent roster are not what earlier rosters of the branch say of them, in what does not
    change, or not so.
source: core.agent, raw.agents, core.recent_delivery, parameter reentry_months
owner: head office, Perisai monitoring
caveats: rosters are compared once, where something changes. An agreement that ends later is an extension
*/
-- An agent's spell beside the one before it, of the same branch.
with followed as (
    select
        *,
        lag(joined_date) over spells as joined_before,
        lag(status) over spells as status_before,
        lag(wadah_code) over spells as wadah_before,
        lag(region_code) over spells as region_before,
        lag(valid_from) over spells as since_before
    from core.agent
    window spells as (partition by agent_code, branch_code order by valid_from)
),

-- What rosters say of an agent, of its wadah and of its agreement, beside what the one before says of the same.
listed as (
    select
        agents.*,
        lag(agents.participant_key ignore nulls) over roster as person_before,
        lag(agents.participant_key is not null) over roster as is_person_told,
        lag(agents.name_key ignore nulls) over roster as name_before,
        lag(agents.wadah_name) over wadah as wadah_name_before,
        lag(agents.pks_no) over wadah as pks_before,
        lag(agents.pks_from) over wadah as pks_from_of_wadah,
        lag(agents.pks_from) over agreement as pks_from_before,
        lag(agents.pks_to) over agreement as pks_to_before
    from raw.agents
    inner join core.recent_delivery as recent on agents.delivery_id = recent.delivery_id
    window
        roster as (
            partition by agents.agent_code, agents.branch_code order by agents.business_date, agents.line_no
        ),
        wadah as (
            partition by agents.agent_code, agents.branch_code, agents.wadah_code
            order by agents.business_date, agents.line_no
        ),
        agreement as (
            partition by agents.agent_code, agents.branch_code, agents.wadah_code, agents.pks_no
            order by agents.business_date, agents.line_no
        )
),

turned as (
    select
        agent_code,
        branch_code,
        valid_from,
        unnest([
            case when joined_date <> joined_before then 'joined_otherwise' end,
            case when region_code <> region_before then 'agent_region_changed' end,
            case when status <> status_before then 'status_turned' end,
            case when wadah_code <> wadah_before and 'NONAKTIF' not in (status, status_before) then 'wadah_changed' end,
            case
                when
                    status = 'AKTIF'
                    and status_before = 'NONAKTIF'
                    and wadah_code = wadah_before
                    and valid_from < since_before + (
                        select to_months(cast(max(span.value) as integer))
                        from reference.parameter as span
                        where span.parameter = 'reentry_months'
                    )
                    then 'came_back'
            end
        ]) as kind
    from followed
),

change as (
    select
        delivery_id,
        agent_code,
        unnest([
            case when participant_key <> person_before then 'agent_of_another' end,
            case when participant_key is null and is_person_told then 'agent_nik_left_out' end,
            case when name_key <> name_before then 'agent_named_otherwise' end,
            case
                when
                    translate(upper(wadah_name), ' .,-', '')
                    <> translate(upper(wadah_name_before), ' .,-', '') then 'wadah_named_otherwise'
            end,
            case when pks_no <> pks_before and pks_from = pks_from_of_wadah then 'agreement_again' end,
            case when pks_from <> pks_from_before or pks_to < pks_to_before then 'agreement_dates_changed' end
        ]) as kind
    from listed
    union all
    select
        recent.delivery_id,
        turned.agent_code,
        turned.kind
    from turned
    inner join core.recent_delivery as recent
        on
            turned.branch_code = recent.branch_code
            and turned.valid_from = recent.business_date
            and recent.feed = 'agents'
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        -- joined_otherwise, agent_region_changed, agent_of_another, agent_nik_left_out, agent_named_otherwise,
        -- wadah_changed, wadah_named_otherwise, agreement_again (under another number, from the same day on) and
        -- agreement_dates_changed (than the roster before says), came_back (NONAKTIF, and AKTIF soon after),
        -- status_turned (who was there left, or who had left is there)
        kind,
        count(*) as row_count,  -- Agents
        min(agent_code) as from_no,  -- Lowest code of these agents
        max(agent_code) as to_no  -- Highest of them
    from change
    where kind is not null
    group by delivery_id, kind
)

select * from final
