/*
grain: one row per payment of core.contribution
meaning: In which month a payment stands, by a short number: where to look for payments that come again. It has a table
    of its own, since a column is read from a disk several times as fast where nothing lies in between.
source: core.contribution
owner: head office, data team
caveats: the number is 64 bits of a hash, so that two payments may share it; a number says where to look, and nothing
    more
*/
with final as (
    select
        -- 64 bits of a hash of branch and receipt
        md5_number_lower(concat(branch_code, '|', receipt_no)) as payment_number,
        period  -- Month of the payment, its first day
    from core.contribution
)

select * from final
