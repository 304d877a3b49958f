/*
grain: one row per payment or refund of known persons with months that count nothing (branch_code, receipt_no, kind)
key: delivery_id, branch_code, receipt_no, kind
sums: row
meaning: Payments with contribution months that earlier payments had covered already, and refunds that give back what
    was never paid. These months count nothing; many in one file are months that were written wrongly.
source: core.contribution_month
owner: head office, data team
*/
with final as (
    select
        delivery_id,  -- Identifies the delivery
        branch_code,  -- Branch that received the payment
        receipt_no,  -- Number of the payment
        case reason
            when 'refund_of_uncounted' then 'refund_of_unpaid' else 'months_paid_again'
        end as kind,  -- months_paid_again or refund_of_unpaid
        count(*) as months,  -- Such months of it
        cast(sum(received_rp) as bigint) as amount_rp  -- Rupiah of them
    from core.contribution_month
    where reason in ('month_already_counted', 'refund_of_uncounted')
    group by delivery_id, branch_code, receipt_no, kind
)

select * from final
