/*
grain: one row per delivery and way in which its payments contradict others (delivery_id, kind)
kind: view
meaning: How many payments of a delivery contradict what others say of the same payments, persons or cards.
source: core.repeated_payment, core.kept_row, core.month_again, core.unlike_payment
owner: head office, data team
*/
with every as (
    select
        'payment_again' as kind,
        delivery_id,
        count(*) as row_count,
        sum(amount_rp) as amount_rp,
        array_to_string(
            array_sort(array_agg(distinct first_branch_code) filter (where first_branch_code <> branch_code)), ', '
        ) as other_branch_code,
        min(first_receipt_no) as other_no,
        min(receipt_no) as from_no,
        max(receipt_no) as to_no,
        min(payment_date) as from_date,
        max(payment_date) as to_date
    from core.repeated_payment
    group by delivery_id
    union all by name
    select
        'programmes_of_others' as kind,
        delivery_id,
        other_programmes_count as row_count,
        other_programmes_rp as amount_rp
    from core.kept_row
    union all by name
    select
        'paid_before_registration' as kind,
        delivery_id,
        too_early_count as row_count,
        too_early_rp as amount_rp
    from core.kept_row
    union all by name
    select
        'months_before_registration' as kind,
        delivery_id,
        early_month_count as row_count,
        early_month_rp as amount_rp
    from core.kept_row
    union all by name
    select
        'named_otherwise' as kind,
        delivery_id,
        other_name_count as row_count,
        other_name_rp as amount_rp
    from core.kept_row
    union all by name
    select
        'payment_of_unknown' as kind,
        delivery_id,
        unresolved_count as row_count
    from core.kept_row
    union all by name
    select *
    from core.month_again
    union all by name
    select
        kind,
        delivery_id,
        count(*) as row_count,
        sum(amount_rp) as amount_rp,
        min(receipt_no) as from_no,
        max(receipt_no) as to_no,
        min(payment_date) as from_date,
        max(payment_date) as to_date
    from core.unlike_payment
    group by kind, delivery_id
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        -- payment_again (an earlier delivery has it under another number), programmes_of_others (others than the
        -- persons registered for), paid_before_registration, months_before_registration, named_otherwise,
        -- payment_of_unknown, months_paid_again, refund_of_unpaid, and the kinds of core.unlike_payment
        kind,
        cast(row_count as bigint) as row_count,  -- Payments or refunds
        cast(amount_rp as bigint) as amount_rp,  -- Rupiah of them
        other_branch_code,  -- Other branches that have sent the same payments; null if none
        other_no,  -- Lowest number of what they contradict; null where not listed
        from_no,  -- Lowest number of these payments; null if not listed
        to_no,  -- Highest of them
        from_date,  -- First day of payment; null if not listed
        to_date  -- Last such day
    from every
    where row_count > 0
)

select * from final
