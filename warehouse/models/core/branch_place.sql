/*
grain: one row per branch and stretch of days in which it belonged to the same place
key: branch_code, from_date
meaning: To which region, province and regional office a branch belonged on a day. What a day or a month says of a
    branch is shown where the branch was then.
date: from_date and to_date
source: reference.branch, reference.region
owner: head office, planning
caveats: the stretches of a branch cover all days. Before its first row in reference.branch holds the first one, after
    its last row the last one: what is dated outside of a branch's life is shown somewhere
*/
with office as (
    select
        *,
        case
            when lag(branch_code) over life is null then date '0001-01-01'
            else valid_from
        end as from_date,
        coalesce(lead(valid_from) over life, date '9999-12-31') as to_date,
        min(coalesce(valid_from, date '0001-01-01')) over (partition by branch_code) as first_date,
        max(coalesce(valid_to, date '9999-12-31')) over (partition by branch_code) as last_date
    from reference.branch
    window life as (partition by branch_code order by valid_from nulls first)
),

region as (
    select
        *,
        case
            when lag(region_code) over life is null then date '0001-01-01'
            else valid_from
        end as from_date,
        coalesce(lead(valid_from) over life, date '9999-12-31') as to_date
    from reference.region
    window life as (partition by region_code order by valid_from nulls first)
),

final as (
    select
        office.branch_code,  -- Branch office
        greatest(office.from_date, coalesce(region.from_date, office.from_date)) as from_date,  -- First day
        least(office.to_date, coalesce(region.to_date, office.to_date)) as to_date,  -- Day after the last one
        office.region_code,  -- Kabupaten or kota in which it stood
        coalesce(region.parent_code, office.region_code) as province_code,  -- Province of that place
        office.office_code,  -- Regional office that it belonged to
        office.time_zone,  -- WIB, WITA or WIT
        office.first_date,  -- First day on which the branch exists, whatever its place; of the year 1 if not known
        office.last_date  -- Last day on which it exists; of the year 9999 while it goes on
    from office
    left join region
        on
            office.region_code = region.region_code
            and office.from_date < region.to_date
            and office.to_date > region.from_date
    order by office.branch_code, from_date
)

select * from final
