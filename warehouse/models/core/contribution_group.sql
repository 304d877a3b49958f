/*
grain: one row per month of payment, region and occupation of the payer
key: period, region_code, occupation
sums: row
meaning: What was received in a month, by where the payers work and as what.
date: payment_date; the month in which the money was received or given back
source: core.contribution
owner: head office, membership
caveats: region and occupation are those of the latest registration on or before the payment; null for a card that no
    registration names, and for payments from before the first registration
*/
with final as (
    select
        period,  -- Month in which the money was received, its first day
        region_code,  -- Kabupaten or kota where the person worked on the day of payment
        occupation,  -- Occupation as said up to that day, a keyed hash; null if never said
        cast(sum(case when amount_rp > 0 then 1 else 0 end) as bigint) as payments,  -- Payments, without refunds
        cast(sum(case when amount_rp > 0 then months else -months end) as bigint) as months,  -- Months paid for
        cast(sum(amount_rp) as bigint) as received_rp  -- Rupiah received, less rupiah given back
    from core.contribution
    group by period, region_code, occupation
)

select * from final
