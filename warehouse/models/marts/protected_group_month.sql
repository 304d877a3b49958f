/*
grain: one row per month, province, sex and age band
key: month, province_code, sex, age_band
meaning: Who is protected: men and women by age.
date: the month; the state at its end, or on the latest business day in the running month
source: core.protected_change, reference.region; parameter smallest_cell
owner: head office, membership
caveats: as marts.coverage_month, whose protected informal workers of a province these rows add up to. Groups of a
    province and month with fewer people than smallest_cell stand together with the smallest of the others as pooled;
    a province with fewer in all has no rows. There are none of a kabupaten or of the nation on purpose: what is pooled
    could be found by subtraction
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

change as (
    select
        province.province_code,
        born.sex,
        born.birth_year,
        born.month_index,
        sum(born.people) as people
    from core.protected_change as born
    inner join province on born.region_code = province.region_code
    group by province.province_code, born.sex, born.birth_year, born.month_index
),

span as (
    select max(year(business_date) * 12 + month(business_date) - 1) as last_index
    from raw.business_day
),

begun as (
    select
        province_code,
        sex,
        birth_year,
        min(month_index) as first_index
    from change
    group by province_code, sex, birth_year
),

calendar as (
    select
        begun.province_code,
        begun.sex,
        begun.birth_year,
        unnest(generate_series(begun.first_index, span.last_index)) as month_index
    from begun
    cross join span
    where begun.first_index <= span.last_index
),

protected as (
    select
        calendar.*,
        sum(coalesce(change.people, 0)) over (
            partition by calendar.province_code, calendar.sex, calendar.birth_year order by calendar.month_index
        ) as people
    from calendar
    left join change
        on
            calendar.province_code = change.province_code
            and calendar.sex is not distinct from change.sex
            and calendar.birth_year is not distinct from change.birth_year
            and calendar.month_index = change.month_index
),

aged as (
    select
        month_index,
        province_code,
        people,
        coalesce(sex, 'unknown') as sex,
        month_index // 12 - birth_year as age
    from protected
),

banded as (
    select
        month_index,
        province_code,
        sex,
        case
            when age is null then 'unknown'
            when age < 25 then 'under 25'
            when age < 35 then '25 to 34'
            when age < 45 then '35 to 44'
            when age < 55 then '45 to 54'
            when age < 65 then '55 to 64'
            else '65 and over'
        end as age_band,
        sum(people) as people
    from aged
    group by month_index, province_code, sex, age_band
    having sum(people) > 0
),

sized as (
    select
        banded.*,
        case when banded.people < parameter.enough then 1 else 0 end as is_small,
        sum(banded.people) over (partition by banded.month_index, banded.province_code) >= parameter.enough as is_shown
    from banded
    cross join parameter
),

placed as (
    select
        *,
        sum(is_small) over node > 0
        and row_number() over (
            partition by month_index, province_code order by is_small desc, people asc, sex asc, age_band asc
        ) <= sum(is_small) over node + 1 as is_pooled
    from sized
    where is_shown
    window node as (partition by month_index, province_code)
),

final as (
    select
        make_date(month_index // 12, month_index % 12 + 1, 1) as month,  -- The month, its first day
        province_code,  -- Province where the people work
        case when is_pooled then 'pooled' else sex end as sex,  -- L (male), P (female), unknown, or pooled
        case
            when is_pooled then 'pooled'
            else age_band
        end as age_band,  -- Age that is reached in the year of the month, in bands of ten years; unknown, or pooled
        cast(sum(people) as bigint) as protected,  -- Protected informal workers
        case
            when sum(people) - count(*) >= (select parameter.enough - 1 from parameter) then count(*)
        end as part_count,  -- Parts in the row: 1, more if they are pooled; null if that told that one is small
        make_date(month_index // 12, month_index % 12 + 1, 1)
        >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from placed
    group by
        month_index, province_code, case when is_pooled then 'pooled' else sex end,
        case when is_pooled then 'pooled' else age_band end
    order by month_index, province_code, sex, age_band
)

select * from final
