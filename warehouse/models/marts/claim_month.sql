/*
grain: one row per month, branch, programme, status and channel
meaning: How many claims reached each status in a month and what they are worth, as the monthly report to the
    authority counts them.
date: reached_date; the month in which the claim reached the status
source: core.claim_status
owner: head office, benefits
caveats: a claim counts once in each status, in the month in which it reached it; so claims are not to be added up
    over statuses
*/
with claim as (
    select
        *,
        cast(date_trunc('month', reached_date) as date) as month
    from core.claim_status
),

final as (
    select
        month,  -- Month in which the status was reached, its first day
        branch_code,  -- Branch that handles the claims
        programme,  -- Programme that pays: JKK, JKM or JHT
        status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        channel,  -- perisai if a Perisai acquired the person, other if not, unresolved if the card is unknown
        count(*) as claim_count,  -- Number of claims
        cast(sum(amount_rp) as bigint) as claim_rp  -- Value of the claims, in rupiah
    from claim
    group by month, branch_code, programme, status, channel
    order by month, branch_code, programme, status, channel
)

select * from final
