/*
grain: one row per card (card_key)
by: card_key
meaning: Whose card it is. The earliest registration that names a card decides.
date: registration_date
source: core.registration
owner: head office, membership
*/
with earliest as (
    select
        *,
        min(participant_key) over (partition by card_key)
        <> max(participant_key) over (partition by card_key) as is_disputed,
        min(name_key) over (partition by card_key, participant_key) as owner_name_key,
        max(name_key) over (partition by card_key, participant_key) as other_name_key
    from core.registration
    qualify row_number() over (
        partition by card_key order by registration_date, business_date, branch_code, registration_no
    ) = 1
),

final as (
    select
        card_key,  -- The card, a keyed hash
        participant_key,  -- The person whose card it is
        registration_no,  -- Registration that says so
        is_disputed,  -- True if another registration names the card for somebody else
        owner_name_key,  -- Name under which the owner registered it, a keyed hash; null if none is known
        other_name_key  -- The same, or another way in which the owner's name was written there
    from earliest
    order by card_key
)

select * from final
