/*
grain: one row per month, region (province or nation) and programmes of the participant (2, 3 or all)
key: month, region_code, programmes
meaning: Benefits paid in a month against contributions received in it, by the offices of a province.
date: payment_date of contributions and reached_date of payments of claims; the month of each
source: marts.claim_group_month, core.payment_month, core.branch_place, reference.region
owner: head office, benefits
caveats: benefits are sums of what marts.claim_group_month shows and null where that pools them with others, so that
    they tell nothing more than it does. A benefit follows a contribution by months or years: the ratio of one month
    is no loss ratio. Contributions are those of known persons, discounted ones as they were received
*/
with received as (
    select
        payment.period as month,
        coalesce(office.province_code, 'unknown') as province_code,
        cast(payment.programmes as varchar) as programmes,
        sum(payment.received_rp) as contribution_rp
    from core.payment_month as payment
    left join core.branch_place as office
        on
            payment.branch_code = office.branch_code
            and last_day(payment.period) >= office.from_date
            and last_day(payment.period) < office.to_date
    group by payment.period, office.province_code, payment.programmes
),

benefit as (
    select
        month,
        province_code,
        value as programmes,
        claim_count,
        claim_rp,
        part_count
    from marts.claim_group_month
    where status = 'Dibayarkan' and dimension = 'programmes'
),

place as (
    select
        region_code,
        region_level,
        valid_from,
        valid_to
    from reference.region
    where region_level = 'province'
    union all
    select
        '00' as region_code,
        'nation' as region_level,
        null as valid_from,
        null as valid_to
),

kind as (
    select unnest(['2', '3', 'all']) as programmes
),

moment as (
    select month from received
    union
    select month from benefit
),

cell as (
    select
        moment.month,
        place.region_code,
        place.region_level,
        kind.programmes
    from moment
    inner join place
        on
            last_day(moment.month) >= coalesce(place.valid_from, moment.month)
            and last_day(moment.month) <= coalesce(place.valid_to, last_day(moment.month))
    cross join kind
),

contributed as (
    select
        cell.month,
        cell.region_code,
        cell.region_level,
        cell.programmes,
        sum(received.contribution_rp) as contribution_rp
    from cell
    left join received
        on
            cell.month = received.month
            and cell.region_code in (received.province_code, '00')
            and cell.programmes in (received.programmes, 'all')
    group by cell.month, cell.region_code, cell.region_level, cell.programmes
),

-- What a figure consists of, and what is pooled so that some of it may belong to the figure.
touched as (
    select
        cell.month,
        cell.region_code,
        cell.programmes,
        benefit.claim_count,
        benefit.claim_rp,
        benefit.part_count,
        benefit.claim_count is not null
        and cell.region_code in (benefit.province_code, '00')
        and cell.programmes in (benefit.programmes, 'all') as is_part
    from cell
    inner join benefit
        on
            cell.month = benefit.month
            and (cell.region_code in (benefit.province_code, '00') or benefit.province_code = 'pooled')
            and (cell.programmes in (benefit.programmes, 'all') or benefit.programmes = 'pooled')
),

paid as (
    select
        month,
        region_code,
        programmes,
        sum(case when is_part then claim_count end) as claim_count,
        sum(case when is_part then claim_rp end) as benefit_rp,
        sum(case when is_part then part_count end) as part_count,
        sum(case when is_part then 0 else 1 end) as unknown_count,
        sum(case when is_part and part_count is null then 1 else 0 end) as untold_count
    from touched
    group by month, region_code, programmes
),

known as (
    select
        contributed.*,
        case when coalesce(paid.unknown_count, 0) = 0 then coalesce(paid.claim_count, 0) end as claim_count,
        case when coalesce(paid.unknown_count, 0) = 0 then coalesce(paid.benefit_rp, 0) end as benefit_rp,
        case
            when coalesce(paid.unknown_count, 0) + coalesce(paid.untold_count, 0) = 0
                then coalesce(paid.part_count, 0)
        end as part_count
    from contributed
    left join paid
        on
            contributed.month = paid.month
            and contributed.region_code = paid.region_code
            and contributed.programmes = paid.programmes
),

final as (
    select
        month,  -- Month of payment of contributions and of benefits, its first day
        region_code,  -- Province of the offices; 00 for the nation
        region_level,  -- province or nation
        programmes,  -- Programmes of the participants: 2, 3 or all
        cast(coalesce(contribution_rp, 0) as bigint) as contribution_rp,  -- Contributions received, less refunds
        cast(claim_count as bigint) as claim_count,  -- Claims paid; null if pooled with others
        cast(benefit_rp as bigint) as benefit_rp,  -- Benefits paid, in rupiah; null if pooled with others
        case
            when contribution_rp > 0 then cast(benefit_rp as double) * 100 / contribution_rp
        end as ratio_pct,  -- Benefits for each 100 rupiah of contributions; null without contributions
        -- Parts of marts.claim_group_month in the benefits; null if they are, or if that told that one is small
        cast(part_count as bigint) as part_count,
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from known
    order by month, region_code, programmes
)

select * from final
