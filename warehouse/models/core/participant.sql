/*
grain: one row per person (participant_key)
key: participant_key
by: participant_key
meaning: Every person who was ever registered, once, however many registrations, branches or cards there are. Who
    acquired the person and where is what the very first registration says.
source: core.registration
owner: head office, membership
*/
with first_registration as (
    select *
    from core.registration
    where person_registration_no = 1
),

total as (
    select
        participant_key,
        count(*) as registration_count,
        count(distinct card_key) as card_count
    from core.registration
    group by participant_key
),

final as (
    select
        first_registration.participant_key,  -- The person, a keyed hash
        first_registration.registration_date as first_registration_date,  -- Day of the first registration
        first_registration.registration_no as first_registration_no,  -- Number of the first registration
        first_registration.delivery_id as first_delivery_id,  -- Delivery that brought the first registration
        first_registration.branch_code as first_branch_code,  -- Branch of the first registration
        first_registration.region_code as first_region_code,  -- Kabupaten or kota of the first registration
        first_registration.agent_code as acquiring_agent_code,  -- Perisai of the first registration; null if none
        first_registration.programmes as first_programmes,  -- Programmes of the first registration, 2 or 3
        first_registration.occupation_key as first_occupation,  -- As said then, a keyed hash; null if not said
        first_registration.sex,  -- L (male) or P (female)
        first_registration.birth_year,  -- Year of birth
        total.registration_count,  -- Registrations of the person
        total.card_count  -- Different cards of the person
    from first_registration
    inner join total on first_registration.participant_key = total.participant_key
    order by first_registration.participant_key
)

select * from final
