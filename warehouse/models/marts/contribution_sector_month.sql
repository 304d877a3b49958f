/*
grain: one row per month, province and sector
key: month, province_code, sector
meaning: From which sectors contributions come, and how that moves.
date: payment_date; the month in which the money was received or given back
source: core.contribution_group, core.occupation_sector, reference.region; parameter smallest_cell
owner: head office, membership
caveats: the sector is that of the occupation last stated up to the payment, the province that of the person. Sectors of
    a province and month with fewer payments than smallest_cell stand together with the smallest of the others as
    pooled, so that no figure tells what one person pays; sums are exact. The nation is the sum of the provinces;
    unknown is the province of cards that no registration names
*/
with parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

province as (
    select
        region_code,
        coalesce(parent_code, region_code) as province_code
    from reference.region
    qualify row_number() over (partition by region_code order by valid_from desc nulls last) = 1
),

part as (
    select
        received.period,
        coalesce(province.province_code, 'unknown') as province_code,
        coalesce(spoken.sector, case when received.occupation is null then 'unstated' else 'unmapped' end) as sector,
        sum(received.payments) as payments,
        sum(received.months) as months,
        sum(received.received_rp) as received_rp
    from core.contribution_group as received
    left join province on received.region_code = province.region_code
    left join core.occupation_sector as spoken on received.occupation = spoken.occupation
    group by
        received.period, coalesce(province.province_code, 'unknown'),
        coalesce(spoken.sector, case when received.occupation is null then 'unstated' else 'unmapped' end)
),

sized as (
    select
        part.*,
        case when part.payments < parameter.enough then 1 else 0 end as is_small
    from part
    cross join parameter
),

shown as (
    select
        *,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by period, province_code order by is_small desc, payments asc, sector asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else sector
        end as sector_shown
    from sized
    window node as (partition by period, province_code)
),

final as (
    select
        period as month,  -- Month in which the money was received, its first day
        province_code,  -- Province where the payers work; unknown if no registration names the card
        sector_shown as sector,  -- Sector; unmapped, unstated, or pooled
        cast(sum(payments) as bigint) as payments,  -- Payments, without refunds
        cast(sum(months) as bigint) as paid_months,  -- Months paid for, less months refunded
        cast(sum(received_rp) as bigint) as contribution_rp,  -- Rupiah received, less rupiah given back
        case
            when sum(payments) - count(*) >= (select parameter.enough - 1 from parameter) then count(*)
        end as part_count,  -- Parts in the row: 1, more if they are pooled; null if that told that one is small
        period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from shown
    group by period, province_code, sector_shown
    order by period, province_code, sector_shown
)

select * from final
