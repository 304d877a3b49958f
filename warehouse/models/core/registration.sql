/*
grain: one row per registration (branch_code, registration_no)
by: branch_code, registration_no
together: participant_key
also: core.delivery through delivery_id, business_date in raw.registrations
meaning: Registrations of workers as the branches took them, each once, with their order in the life of the person.
date: registration_date
source: raw.registrations of effective deliveries
owner: head office, membership
caveats: a registration number that comes again in a later delivery is the same registration, and the first one
    stays; mart reconciliation counts such rows. phone_key and nik_series_key are for counting (mart
    quality_signal), name_key and namesake_key for comparing (marts.contradiction); none is to leave this schema
*/
with source as (
    select
        registrations.*,
        delivery.revision
    from raw.registrations
    inner join core.delivery on registrations.delivery_id = delivery.delivery_id
    where delivery.effective
),

once as (
    select *
    from source
    qualify row_number() over (
        partition by branch_code, registration_no order by business_date asc, revision desc, line_no asc
    ) = 1
),

numbered as (
    select
        *,
        row_number() over (
            partition by participant_key order by registration_date, business_date, branch_code, registration_no
        ) as person_registration_no
    from once
),

final as (
    select
        registration_no,  -- Number of the registration, given by the branch
        registration_date,  -- Day on which the person was registered
        participant_key,  -- The person, a keyed hash
        person_registration_no,  -- 1 for the first registration of the person anywhere, then 2 and up
        card_key,  -- The card, a keyed hash
        branch_code,  -- Branch that took the registration
        region_code,  -- Kabupaten or kota where the person works
        agent_code,  -- Perisai who registered the person; null if none did
        programmes,  -- Number of programmes, 2 or 3
        occupation_key,  -- Occupation as the person said it, a keyed hash; see core.occupation_sector
        sex,  -- L (male) or P (female)
        birth_year,  -- Year of birth
        registered_at,  -- Time of day at which it was entered; null where the branch does not tell it
        phone_key,  -- Equal for equal phones, a keyed hash; null without a phone
        nik_series_key,  -- Equal for people of one agent whose NIK agree in the first 12 digits, a keyed hash
        name_key,  -- Equal for equal names, a keyed hash; null without one, as of somebody who was erased
        namesake_key,  -- Equal for people of one name who were born on one day, a keyed hash
        business_date,  -- Date of the delivery that brought it
        delivery_id  -- Delivery that brought it
    from numbered
    order by branch_code, registration_no
)

select * from final
