/*
grain: one row per month, province of the office and programme; the nation and all programmes have rows of their own
key: month, province_code, programme
meaning: How many days pass from the submission of a claim to its payment, of the claims paid in a month: half of them
    are paid within median_days, nine of ten within p90_days.
date: reached_date of the payment; the month of it
source: core.claim_cell
owner: head office, benefits
caveats: over the groups of core.claim_cell, so each row stands for smallest_cell people or more; a month with
    fewer people in all has no row. Between two days the percentile is interpolated
*/
with paid as (
    select
        month,
        province_shown,
        programme_shown,
        days
    from core.claim_cell
    where status = 'Dibayarkan' and not is_hidden
),

measured as (
    select
        month,
        coalesce(province_shown, '00') as province_code,
        coalesce(programme_shown, 'all') as programme,
        count(*) as claim_count,
        quantile_cont(days, 0.5) as median_days,
        quantile_cont(days, 0.9) as p90_days
    from paid
    group by grouping sets ((month, province_shown, programme_shown), (month, province_shown), (month))
),

final as (
    select
        month,  -- Month of the payment, its first day
        province_code,  -- Province of the office that handled the claim; 00 for the nation, or pooled
        programme,  -- Programme that paid: JKK, JKM or JHT, all, or pooled
        cast(claim_count as bigint) as claim_count,  -- Claims paid
        median_days,  -- Days from submission to payment that half of them did not exceed
        p90_days,  -- Days that nine of ten did not exceed
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from measured
    order by month, province_code, programme
)

select * from final
