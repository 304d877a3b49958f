/*
grain: one row per payment (branch_code, receipt_no)
meaning: Payments and refunds as the branches took them, each once.
source: raw.contributions of effective deliveries
owner: head office, membership
kind: view
caveats: a receipt number that comes again from the branch is the same payment, and the first one stays
*/
with source as (
    select
        contributions.*,
        delivery.revision
    from raw.contributions
    inner join core.delivery on contributions.delivery_id = delivery.delivery_id
    where delivery.effective
),

-- Only what came more than once is put in order: to sort all payments takes as long as all else here.
repeated as materialized (
    select hash(branch_code, receipt_no) as document
    from source
    group by document
    having count(*) > 1
),

once as (
    select *
    from source
    where hash(branch_code, receipt_no) not in (from repeated)
    union all
    select *
    from source
    where hash(branch_code, receipt_no) in (from repeated)
    qualify row_number() over (
        partition by branch_code, receipt_no order by business_date asc, revision desc, line_no asc
    ) = 1
),

final as (
    select
        receipt_no,  -- Number of the receipt, given by the branch
        payment_date,  -- Day on which the money was received, or given back
        card_key,  -- The card that was paid for, a keyed hash
        branch_code,  -- Branch that received the money
        first_month,  -- First month that the payment covers, as its first day
        months,  -- Number of consecutive months that it covers
        programmes,  -- Programmes paid for, 2 or 3
        amount_rp,  -- Amount received, in rupiah; negative for a refund
        payer,  -- PESERTA (the participant), APBN or APBD (the budget of the state or of the region)
        name_key,  -- Name of the card's holder as the file says, a keyed hash; null where it does not
        business_date,  -- Date of the delivery that brought it
        delivery_id  -- Delivery that brought it
    from once
)

select * from final
