/*
grain: one row per month, province of the office and programme; the nation and all programmes have rows of their own
key: month, province_code, programme
meaning: How many days pass from the submission of a claim to its payment, of the claims paid in a month: half of them
    are paid within median_days, nine of ten within p90_days.
date: reached_date of the payment; the month of it
source: core.claim_cell; parameter smallest_cell
owner: head office, benefits
caveats: over the groups of core.claim_cell, so each row stands for smallest_cell people or more; a month with
    fewer people in all has no row. Between two days the percentile is interpolated
*/
with parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

paid as (
    select
        month,
        province_shown,
        programme_shown,
        concat_ws(' ', province, programme) as part,
        people,
        days
    from core.claim_cell
    where status = 'Dibayarkan' and not is_hidden
),

-- The parts of each row; those of all are known only if those of every row are.
part as (
    select
        month,
        province_shown,
        programme_shown,
        case
            when sum(people) - count(distinct part) >= (select parameter.enough - 1 from parameter)
                then count(distinct part)
        end as part_count
    from paid
    group by month, province_shown, programme_shown
),

parted as (
    select
        month,
        coalesce(province_shown, '00') as province_code,
        coalesce(programme_shown, 'all') as programme,
        case when count(*) = count(part_count) then sum(part_count) end as part_count
    from part
    group by grouping sets ((month, province_shown, programme_shown), (month, province_shown), (month))
),

measured as (
    select
        month,
        coalesce(province_shown, '00') as province_code,
        coalesce(programme_shown, 'all') as programme,
        count(*) as claim_count,
        quantile_cont(days, 0.5) as median_days,
        round(quantile_cont(days, 0.9), 1) as p90_days
    from paid
    group by grouping sets ((month, province_shown, programme_shown), (month, province_shown), (month))
),

final as (
    select
        measured.month,  -- Month of the payment, its first day
        measured.province_code,  -- Province of the office that handled the claim; 00 for the nation, or pooled
        measured.programme,  -- Programme that paid: JKK, JKM or JHT, all, or pooled
        cast(measured.claim_count as bigint) as claim_count,  -- Claims paid
        measured.median_days,  -- Days from submission to payment that half of them did not exceed
        measured.p90_days,  -- Days that nine of ten did not exceed
        -- Parts in the row: 1, more if they are pooled or all; null if that told that one is small
        cast(parted.part_count as bigint) as part_count,
        measured.month
        >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from measured
    inner join parted
        on
            measured.month = parted.month
            and measured.province_code = parted.province_code
            and measured.programme = parted.programme
    order by measured.month, measured.province_code, measured.programme
)

select * from final
