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
        <> max(participant_key) over (partition by card_key) as is_disputed
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
        is_disputed  -- True if another registration names the card for somebody else
    from earliest
    order by card_key
)

select * from final
