/*
grain: one row per payment or refund for a card that no registration names (branch_code, receipt_no)
by: branch_code, receipt_no
meaning: Payments and refunds that wait for a registration. They count for nobody, so that core.contribution_month does
    not tell whether a month is paid twice (core.month_again does).
date: payment_date
source: core.contribution
owner: head office, membership
*/
with final as (
    select
        receipt_no,  -- Number of the receipt, given by the branch
        branch_code,  -- Branch that received the money
        card_key,  -- The card that was paid for, a keyed hash
        payment_date,  -- Day on which the money was received, or given back
        first_month,  -- First month that the payment covers, as its first day
        months,  -- Number of consecutive months that it covers
        amount_rp,  -- Amount received, in rupiah; negative for a refund
        business_date,  -- Date of the delivery that brought it
        delivery_id  -- Delivery that brought it
    from core.contribution
    where participant_key is null
)

select * from final
