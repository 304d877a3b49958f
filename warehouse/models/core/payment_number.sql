/*
grain: one row per payment of core.contribution
meaning: In which month a payment stands, by a short number: where to look for payments that come again. All numbers are
    read each day, hence a table of its own, few bits, and rows in order of the number: that is read much faster than
    a column of a wide table.
source: core.contribution
owner: head office, data team
caveats: the number is 48 bits of a hash, so that payments may share it; a number says where to look, and nothing more
*/
with final as (
    select
        cast(
            md5_number_lower(concat(branch_code, '|', receipt_no)) >> 16 as bigint
        ) as payment_number,  -- 48 bits of a hash of branch and receipt
        period  -- Month of the payment, its first day
    from core.contribution
    order by payment_number
)

select * from final
