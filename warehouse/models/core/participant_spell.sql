/*
grain: one row per person and day of registration; the spells of a person do not overlap
key: participant_key, valid_from
by: participant_key
meaning: Which agent manages a person, and which branch and region the person belongs to, from one registration to
    the next. At any date it is what the latest registration on or before that date says.
source: core.registration
owner: head office, membership
caveats: of several registrations on one day the last one holds, but for an occupation that only an earlier one says
*/
with said as (
    select
        *,
        count(occupation_key) over (partition by participant_key order by person_registration_no) as said_no
    from core.registration
),

last_of_day as (
    select
        *,
        -- the one that was said with that number
        max(occupation_key) over (partition by participant_key, said_no) as last_occupation
    from said
    qualify row_number() over (
        partition by participant_key, registration_date order by person_registration_no desc
    ) = 1
),

followed as (
    select
        *,
        lead(registration_date) over (partition by participant_key order by registration_date) as next_date,
        lag(registration_date) over (partition by participant_key order by registration_date) is null as is_first
    from last_of_day
),

final as (
    select
        participant_key,  -- The person, a keyed hash
        registration_date as valid_from,  -- First day of the spell
        next_date as valid_to,  -- Day after the last one; null while it goes on
        is_first,  -- True for the person's first spell
        agent_code,  -- Perisai who manages the person; null if none does
        branch_code,  -- Branch that the person belongs to
        region_code,  -- Kabupaten or kota where the person works
        programmes,  -- Programmes of that registration, 2 or 3
        last_occupation as occupation,  -- Occupation as last said up to then, a keyed hash; null if never said
        registration_no  -- Registration that began the spell
    from followed
    order by participant_key, valid_from
)

select * from final
