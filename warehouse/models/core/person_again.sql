/*
grain: one row per person who seems to be registered already under another NIK (participant_key)
by: namesake_key
meaning: First registrations of people whose name and day of birth are those of somebody who was registered before
    under another NIK, with the same phone, or in the same kabupaten and without two phones that differ. Somebody was
    registered twice with a digit of the NIK changed, and counts and earns twice; who closes a month is asked
    (marts.contradiction).
date: registration_date
source: core.registration
owner: head office, membership
caveats: the NIK themselves are in the vault alone. Two of one name may be born on one day in one kabupaten. Within one
    file NIK that differ in one or two digits are rejected by a rule of the contract, person_has_one_nik
*/
with namesake as (
    select namesake_key
    from core.registration
    where namesake_key is not null and person_registration_no = 1
    group by namesake_key
    having count(*) > 1
),

suspect as (
    select
        registration.*,
        row_number() over (
            partition by registration.namesake_key
            order by
                registration.registration_date, registration.business_date, registration.branch_code,
                registration.registration_no
        ) as place
    from core.registration
    inner join namesake on registration.namesake_key = namesake.namesake_key
    where registration.person_registration_no = 1
),

again as (
    select
        later.*,
        earlier.branch_code as first_branch_code,
        earlier.registration_no as first_registration_no
    from suspect as later
    inner join suspect as earlier
        on later.namesake_key = earlier.namesake_key and later.place > earlier.place
    where
        later.phone_key = earlier.phone_key
        or (later.region_code = earlier.region_code and coalesce(later.phone_key = earlier.phone_key, true))
    qualify row_number() over (partition by later.participant_key order by earlier.place) = 1
),

final as (
    select
        participant_key,  -- The person under the later NIK, a keyed hash
        namesake_key,  -- Equal for people of one name who were born on one day, a keyed hash
        branch_code,  -- Branch that took the later registration
        registration_no,  -- Number of that one
        registration_date,  -- Day of that one
        agent_code,  -- Perisai of that one; null if none
        business_date,  -- Date of the delivery that brought it
        delivery_id,  -- Delivery that brought it
        first_branch_code,  -- Branch of the registration before
        first_registration_no  -- Number of that one
    from again
)

select * from final
