/*
grain: one row per card that no registration names and month (card_key, period)
key: card_key, period
sums: row
index: core.contribution by card_key in period where core.card has none
meaning: Payments for cards that no registration names: in which months they stand once one does.
date: payment_date
source: core.contribution
owner: head office, membership
*/
with final as (
    select
        card_key,  -- The card that was paid for, a keyed hash
        period,  -- Month of the payments, its first day
        count(*) as payments  -- Payments and refunds
    from core.contribution
    where participant_key is null
    group by card_key, period
)

select * from final
