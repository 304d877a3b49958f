/*
grain: one row per month, status, province of the office, programme, person, dimension and value
key: month, status, province_code, programme, person, dimension, value
meaning: How many claims reached each status in a month and what they are worth, by one attribute of the claim or the
    person at a time (dimension): benefit, region (kabupaten or kota of the person), age_band, sex, programmes, and
    sector over all programmes.
date: reached_date; the month in which the claim reached the status
source: core.claim_cell; parameter smallest_cell
owner: head office, benefits
caveats: each dimension holds all claims, so they are not to be added up over dimensions, nor over statuses. No row
    stands for fewer people than smallest_cell: where one would, it is pooled with others, and sums over what is
    pooled are exact. A value without a row has no claims or is pooled. A month and status with fewer people in all
    has rows without figures. What a claim is worth can tell its kind to whoever knows the tariff; pooling does not
    help against that
*/
with attribute as (
    select unnest(['benefit', 'region', 'age_band', 'sex', 'programmes', 'sector']) as dimension
),

parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

valued as (
    select
        cell.month,
        cell.status,
        cell.person_shown,
        cell.province_shown,
        case attribute.dimension when 'sector' then 'all' else cell.programme_shown end as programme_shown,
        cell.person,
        cell.province,
        case attribute.dimension when 'sector' then 'all' else cell.programme end as programme,
        cell.is_hidden,
        cell.people,
        cell.amount_rp,
        attribute.dimension,
        case attribute.dimension
            when 'benefit' then cell.benefit
            when 'region' then cell.region_code
            when 'age_band' then cell.age_band
            when 'sex' then cell.sex
            when 'programmes' then cell.programmes
            when 'sector' then cell.sector
        end as value
    from core.claim_cell as cell
    cross join attribute
),

value_size as (
    select
        valued.month,
        valued.status,
        valued.person_shown,
        valued.province_shown,
        valued.programme_shown,
        valued.is_hidden,
        valued.dimension,
        valued.value,
        case when sum(valued.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(valued.people) as people,
        count(distinct concat_ws(' ', valued.person, valued.province, valued.programme)) as part_count,
        count(*) as claim_count,
        sum(valued.amount_rp) as claim_rp
    from valued
    cross join parameter
    group by
        valued.month, valued.status, valued.person_shown, valued.province_shown, valued.programme_shown,
        valued.is_hidden, valued.dimension, valued.value
),

value_part as (
    select
        *,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status, person_shown, province_shown, programme_shown, dimension
                    order by is_small desc, people asc, value asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else value
        end as value_shown
    from value_size
    window node as (partition by month, status, person_shown, province_shown, programme_shown, dimension)
),

final as (
    select
        month,  -- Month in which the status was reached, its first day
        status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        province_shown as province_code,  -- Province of the office that handles the claims, or pooled
        programme_shown as programme,  -- Programme that pays: JKK, JKM or JHT, or pooled; all for sectors
        person_shown as person,  -- known, unresolved (no registration names the card) or pooled
        dimension,  -- benefit, region, age_band, sex, programmes (of the person, 2 or 3) or sector
        value_shown as value,  -- Value of that attribute; unknown if nobody knows, or pooled
        cast(sum(case when not is_hidden then claim_count end) as bigint) as claim_count,  -- Number of claims
        cast(sum(case when not is_hidden then claim_rp end) as bigint) as claim_rp,  -- Their value, in rupiah
        case
            when
                not bool_or(is_hidden)
                and sum(people) - sum(part_count) >= (select parameter.enough - 1 from parameter)
                then cast(sum(part_count) as bigint)
        end as part_count,  -- Parts in the row: 1, more if they are pooled; null if that told that one is small
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from value_part
    group by month, status, province_shown, programme_shown, person_shown, dimension, value_shown
    order by month, status, province_code, programme, person, dimension, value
)

select * from final
