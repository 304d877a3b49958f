/*
grain: one row per payment and way in which it is unlike what was paid for the person before (branch_code, receipt_no,
    kind)
key: branch_code, receipt_no, kind
along: core.contribution_month
meaning: Payments by another payer than the one before, of another amount for a month though programmes, payer and what
    is due are the same, or for a month ahead while months between it and the last paid one are not paid.
date: payment_date
source: core.contribution_month, core.smallest_contribution; before.account, before.unlike_payment
owner: head office, membership
caveats: each may be right: a region begins to pay for people, an income is declared anew, or somebody begins again;
    many in one file are a column that was filled down, or slipped. A refund is not told. The schema before has what is
    known of earlier payments that are not among the rows; it is empty if all are
*/
with payment as (
    select
        participant_key,
        branch_code,
        receipt_no,
        payment_date,
        delivery_id,
        is_refund,
        sum(received_rp) as amount_rp,
        min(year(contribution_month) * 12 + month(contribution_month) - 1) as first_index,
        max(year(contribution_month) * 12 + month(contribution_month) - 1) as last_index,
        min(contribution_month) as first_month,
        arg_max(abs(received_rp), contribution_month) as month_rp,
        arg_max(payer, contribution_month) as payer,
        arg_max(programmes, contribution_month) as programmes
    from core.contribution_month
    group by participant_key, branch_code, receipt_no, payment_date, delivery_id, is_refund
),

followed as (
    select
        payment.*,
        coalesce(lag(payment.payer) over life, before.last_payer) as payer_before,
        coalesce(lag(payment.programmes) over life, before.last_programmes) as programmes_before,
        coalesce(lag(payment.month_rp) over life, before.last_month_rp) as month_rp_before,
        greatest(
            before.covered_until,
            max(case when not payment.is_refund then payment.last_index end) over (
                partition by payment.participant_key
                order by payment.payment_date, payment.receipt_no, payment.branch_code
                rows between unbounded preceding and 1 preceding
            )
        ) as covered_until
    from payment
    left join before.account as before on payment.participant_key = before.participant_key
    window life as (
        partition by payment.participant_key
        order by payment.payment_date, payment.receipt_no, payment.branch_code
    )
),

-- What is due for a month does not change between the last month that was covered and this one.
told as (
    select
        followed.*,
        unnest([
            case when followed.payer <> followed.payer_before then 'payer_changed' end,
            case
                when
                    followed.payer = followed.payer_before
                    and followed.programmes = followed.programmes_before
                    and followed.month_rp <> followed.month_rp_before
                    and followed.covered_until
                    >= year(smallest.from_month) * 12 + month(smallest.from_month) - 1
                    and followed.covered_until <= year(smallest.to_month) * 12 + month(smallest.to_month) - 1
                    then 'amount_changed'
            end,
            case
                when
                    followed.first_index > followed.covered_until + 1
                    and followed.first_index > year(followed.payment_date) * 12 + month(followed.payment_date) - 1
                    then 'months_left_out'
            end
        ]) as kind
    from followed
    left join core.smallest_contribution as smallest
        on followed.first_month >= smallest.from_month and followed.first_month <= smallest.to_month
    where not followed.is_refund
),

every as (
    select *
    from told
    where kind is not null
    union all by name
    select *
    from before.unlike_payment
),

final as (
    select
        branch_code,  -- Branch that received the payment
        receipt_no,  -- Number of the payment
        kind,  -- payer_changed, amount_changed or months_left_out
        payment_date,  -- Day on which the money was received
        participant_key,  -- The person, a keyed hash
        cast(amount_rp as bigint) as amount_rp,  -- Amount received, in rupiah
        delivery_id  -- Delivery that brought it
    from every
)

select * from final
