/*
grain: one row per delivery and kind of payment that counts nothing (delivery_id, kind)
key: delivery_id, kind
sums: row
meaning: How many contribution months a delivery's payments cover that earlier payments had covered already, and how
    many its refunds give back that were never paid. They count nothing; many in one file are months that were
    written wrongly.
source: core.contribution_month
owner: head office, data team
*/
with final as (
    select
        delivery_id,  -- Identifies the delivery
        case reason
            when 'refund_of_uncounted' then 'refund_of_unpaid' else 'months_paid_again'
        end as kind,  -- months_paid_again or refund_of_unpaid
        count(*) as row_count,  -- Such lines
        cast(sum(received_rp) as bigint) as amount_rp  -- Rupiah of them
    from core.contribution_month
    where reason in ('month_already_counted', 'refund_of_uncounted')
    group by delivery_id, kind
)

select * from final
