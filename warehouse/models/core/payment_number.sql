/*
grain: one row per accepted row of contributions, of any delivery
by: row
index: raw.contributions, core.contribution by branch_code, receipt_no in business_date
meaning: On which business dates a receipt came, by a short number: where to look for payments that come again. All
    numbers are read each day, hence a table of its own, few bits, and rows in order of the number: that is read much
    faster than a column of a wide table.
source: raw.contributions
owner: head office, data team
caveats: the number is 48 bits of a hash, so that payments may share it; a number says where to look, and nothing more
*/
with final as (
    select
        cast(
            md5_number_lower(concat(branch_code, '|', receipt_no)) >> 16 as bigint
        ) as payment_number,  -- 48 bits of a hash of branch and receipt
        business_date  -- Date of the delivery that brought the row
    from raw.contributions
    order by payment_number
)

select * from final
