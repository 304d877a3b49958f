/*
grain: one row per payment or refund that stands in core already under another number (branch_code, receipt_no)
by: payment_date, card_key
meaning: Payments that another delivery brought before under another number, or to another branch: card, day, months,
    programmes, amount and payer are the same. Where many came at once, a system has numbered its receipts anew, or a
    branch has sent the rows of another one. They count; who closes a month is asked (marts.contradiction).
date: payment_date
source: core.contribution
owner: head office, membership
caveats: the earliest business date is the first one, whatever order the files came in. Two such payments in one
    delivery are told by a rule of the contract, payment_stands_once. Somebody may pay the same twice on one day
*/
with suspect as (
    select
        payment_date,
        card_key,
        first_month,
        months,
        programmes,
        amount_rp,
        payer
    from core.contribution
    group by payment_date, card_key, first_month, months, programmes, amount_rp, payer
    having count(*) > 1
),

numbered as (
    select
        payment.*,
        first_value(payment.delivery_id) over event as first_delivery_id,
        first_value(payment.branch_code) over event as first_branch_code,
        first_value(payment.receipt_no) over event as first_receipt_no
    from core.contribution as payment
    inner join suspect
        on
            payment.payment_date = suspect.payment_date
            and payment.card_key = suspect.card_key
            and payment.first_month = suspect.first_month
            and payment.months = suspect.months
            and payment.programmes = suspect.programmes
            and payment.amount_rp = suspect.amount_rp
            and payment.payer = suspect.payer
    window event as (
        partition by
            payment.payment_date, payment.card_key, payment.first_month, payment.months, payment.programmes,
            payment.amount_rp, payment.payer
        order by payment.business_date, payment.branch_code, payment.receipt_no
    )
),

final as (
    select
        branch_code,  -- Branch that received the money
        receipt_no,  -- Number under which the payment stands once more
        payment_date,  -- Day on which the money was received, or given back
        card_key,  -- The card that was paid for, a keyed hash
        first_month,  -- First month that the payment covers, as its first day
        months,  -- Number of consecutive months that it covers
        programmes,  -- Programmes paid for, 2 or 3
        amount_rp,  -- Amount received, in rupiah; negative for a refund
        payer,  -- PESERTA, APBN or APBD
        business_date,  -- Date of the delivery that brought it
        delivery_id,  -- Delivery that brought it
        first_branch_code,  -- Branch of the payment that stood before
        first_receipt_no,  -- Number of that one
        first_delivery_id  -- Delivery that brought that one
    from numbered
    where delivery_id <> first_delivery_id
)

select * from final
