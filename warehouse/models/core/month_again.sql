/*
grain: one row per delivery and kind of payment with months that stood before (delivery_id, kind)
kind: view
meaning: How many payments of a delivery are for months that their card had been paid for, and how many refunds of what
    was never paid: of known persons, and of cards that nobody has registered yet.
source: core.paid_again, core.waiting_payment
owner: head office, data team
caveats: of several payments for a month of a card the first one by business date, day and number is not told; where
    money of the month was given back, none is. Each month has an equal part of its payment, the last one what remains
*/
with waiting_month as (
    select
        *,
        unnest(generate_series(0, months - 1)) as step
    from core.waiting_payment
),

waiting as (
    select
        delivery_id,
        branch_code,
        receipt_no,
        case
            when step < months - 1 then amount_rp // months else amount_rp - amount_rp // months * (months - 1)
        end as amount_rp
    from waiting_month
    qualify
        row_number() over (
            partition by card_key, first_month + to_months(step)
            order by business_date, payment_date, receipt_no, branch_code
        ) > 1
        and min(amount_rp) over (partition by card_key, first_month + to_months(step)) > 0
),

payment as (
    select
        delivery_id,
        kind,
        receipt_no,
        amount_rp
    from core.paid_again
    union all
    select
        delivery_id,
        'months_paid_again' as kind,
        receipt_no,
        sum(amount_rp) as amount_rp
    from waiting
    group by delivery_id, branch_code, receipt_no
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        kind,  -- months_paid_again or refund_of_unpaid
        count(*) as row_count,  -- Payments or refunds
        cast(sum(amount_rp) as bigint) as amount_rp,  -- Rupiah of the months in question
        min(receipt_no) as from_no,  -- Lowest number of these payments
        max(receipt_no) as to_no  -- Highest of them
    from payment
    group by delivery_id, kind
)

select * from final
