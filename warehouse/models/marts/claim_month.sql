/*
grain: one row per month, province of the office, branch, programme, status and channel
key: month, province_code, branch_code, programme, status, channel
meaning: How many claims reached each status in a month and what they are worth, as the monthly report to the
    authority counts them, by office and by who brought the person.
date: reached_date; the month in which the claim reached the status
source: core.claim_branch; parameter smallest_cell
owner: head office, benefits
caveats: a claim counts once in each status, in the month in which it reached it; so claims are not to be added up
    over statuses. No row stands for fewer people than smallest_cell: where one would, it is pooled with others,
    and sums over what is pooled are exact. A month and status with fewer people in all has one row without figures
*/
with parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

final as (
    select
        month,  -- Month in which the status was reached, its first day
        branch_shown as branch_code,  -- Branch that handles the claims, or pooled
        programme_shown as programme,  -- Programme that pays: JKK, JKM or JHT, or pooled
        status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        channel_shown as channel,  -- perisai, other, unresolved (the card is unknown), or pooled
        cast(sum(case when not is_hidden then 1 end) as bigint) as claim_count,  -- Number of claims
        cast(sum(case when not is_hidden then amount_rp end) as bigint) as claim_rp,  -- Their value, in rupiah
        province_shown as province_code,  -- Province in which the branch stands, or pooled
        case
            when
                not bool_or(is_hidden)
                and sum(people) - count(distinct concat_ws(' ', branch_code, programme, channel))
                >= (select parameter.enough - 1 from parameter)
                then count(distinct concat_ws(' ', branch_code, programme, channel))
        end as part_count,  -- Parts in the row: 1, more if they are pooled; null if that told that one is small
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from core.claim_branch
    group by month, branch_shown, programme_shown, status, channel_shown, province_shown
    order by month, province_code, branch_code, programme, status, channel
)

select * from final
