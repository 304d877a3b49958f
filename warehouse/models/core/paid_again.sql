/*
grain: one row per delivery that brought a payment for a month that was paid already (delivery_id)
key: delivery_id
sums: row
meaning: How many contribution months a delivery's payments cover that earlier payments had covered already. Such a
    month counts nothing; many of them in one file are months that were written wrongly.
source: core.contribution_month
owner: head office, data team
*/
with final as (
    select
        delivery_id,  -- Identifies the delivery
        count(*) as row_count,  -- Lines of payments for months that had been paid
        cast(sum(received_rp) as bigint) as amount_rp  -- Rupiah received for them
    from core.contribution_month
    where reason = 'month_already_counted'
    group by delivery_id
)

select * from final
