/*
grain: one row per registration and way in which it contradicts others (branch_code, registration_no, kind)
meaning: Registrations that contradict what others say of the card, the person or the agent; each is right by itself.
    marts.contradiction counts them by delivery.
date: registration_date
source: core.registration, core.card, core.person_again, core.acquisition, core.agent, core.claim_status
owner: head office, data team
kind: view
caveats: another agent or name than the person's first registration says may be right
*/
with again as (
    select
        later.delivery_id,
        later.branch_code,
        later.registration_no,
        later.registration_date,
        earlier.branch_code as first_branch_code,
        earlier.registration_no as first_registration_no,
        coalesce(later.agent_code, '') <> coalesce(earlier.agent_code, '') as is_another_agent,
        date_diff('day', earlier.registration_date, later.registration_date) <= 7 as is_soon,
        later.name_key <> earlier.name_key as is_another_name,
        earlier.person_registration_no = 1 as is_first,
        earlier.person_registration_no = later.person_registration_no - 1 as is_last
    from core.registration as later
    inner join core.registration as earlier
        on
            later.participant_key = earlier.participant_key
            and earlier.person_registration_no in (1, later.person_registration_no - 1)
    where later.person_registration_no > 1
),

-- A death that was acknowledged.
death as (
    select
        participant_key,
        min(submitted_date) as submitted_date
    from core.claim_status
    where benefit = 'SANTUNAN_KEMATIAN' and status in ('Ditetapkan', 'Dibayarkan')
    group by participant_key
),

by_agent as (
    select
        acquisition.delivery_id,
        acquisition.branch_code,
        acquisition.registration_no,
        acquisition.registration_date,
        agent.branch_code as first_branch_code,
        agent.branch_code <> acquisition.branch_code as is_elsewhere,
        agent.status = 'NONAKTIF' or agent.joined_date > acquisition.registration_date as is_away
    from core.acquisition
    inner join core.agent
        on
            acquisition.agent_code = agent.agent_code
            and acquisition.registration_date >= agent.valid_from
            and acquisition.registration_date < coalesce(agent.valid_to, date '9999-12-31')
),

every as (
    select
        'named_otherwise' as kind,
        *
    from again
    where is_first and is_another_name
    union all by name
    select
        case when is_soon then 'registered_twice' else 'registered_again' end as kind,
        *
    from again
    where is_first and is_another_agent
    union all by name
    select
        'registered_once_more' as kind,
        *
    from again
    where is_last and is_soon and not is_another_agent
    union all by name
    select
        'registered_after_death' as kind,
        registration.delivery_id,
        registration.branch_code,
        registration.registration_no,
        registration.registration_date
    from core.registration
    inner join death on registration.participant_key = death.participant_key
    where registration.registration_date > death.submitted_date
    union all by name
    select
        'person_again' as kind,
        *
    from core.person_again
    union all by name
    select
        'card_of_another' as kind,
        registration.delivery_id,
        registration.branch_code,
        registration.registration_no,
        registration.registration_date
    from core.registration
    inner join core.card on registration.card_key = card.card_key
    where card.is_disputed and registration.participant_key <> card.participant_key
    union all by name
    select
        'agent_of_other_branch' as kind,
        *
    from by_agent
    where is_elsewhere
    union all by name
    select
        'agent_not_active' as kind,
        *
    from by_agent
    where is_away
),

final as (
    select
        -- named_otherwise, registered_again (by another agent), registered_twice (the same within a week),
        -- registered_once_more (within a week, by the same agent), registered_after_death, person_again (under another
        -- NIK), card_of_another, agent_of_other_branch, agent_not_active (or not yet)
        kind,
        delivery_id,  -- Delivery that brought the registration
        branch_code,  -- Branch that took it
        registration_no,  -- Its number
        registration_date,  -- Its day
        first_branch_code,  -- Branch of what it contradicts; null for a card or a claim
        first_registration_no  -- Registration that it contradicts; null for cards, claims and agents
    from every
)

select * from final
