/*
grain: one row per month, province of the office and branch
key: month, province_code, branch_code
meaning: How many days pass at a branch from the submission of a claim to its payment, of the claims paid in a month:
    half of them are paid within median_days, nine of ten within p90_days.
date: reached_date of the payment; the month of it
source: core.claim_branch; parameter smallest_cell
owner: head office, benefits
caveats: over the groups of core.claim_branch, as marts.claim_month has them: each row stands for smallest_cell people
    or more, and claims that are pooled there stand under pooled here. Between two days the percentile is interpolated
*/
with parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

final as (
    select
        month,  -- Month of the payment, its first day
        province_shown as province_code,  -- Province of the office that handled the claims, or pooled
        branch_shown as branch_code,  -- Branch that handled them, or pooled
        count(*) as claim_count,  -- Claims paid
        quantile_cont(days, 0.5) as median_days,  -- Days from submission to payment that half of them did not exceed
        round(quantile_cont(days, 0.9), 1) as p90_days,  -- Days that nine of ten did not exceed
        case
            when sum(people) - count(distinct branch_code) >= (select parameter.enough - 1 from parameter)
                then count(distinct branch_code)
        end as part_count,  -- Parts in the row: 1, more if they are pooled; null if that told that one is small
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from core.claim_branch
    where status = 'Dibayarkan' and not is_hidden
    group by month, province_shown, branch_shown
    order by month, province_shown, branch_shown
)

select * from final
