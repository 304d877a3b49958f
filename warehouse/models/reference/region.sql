/*
grain: one row per region and stretch of days in which it was the same
key: region_code, valid_from
meaning: Provinces and their kabupaten/kota by the official codes of the Ministry of Home Affairs, with what became of
    them: a split, a merger, another name or another province ends a row and begins one or more.
date: valid_from and valid_to, both included
source: warehouse/reference/region.csv
owner: head office, planning
version: 2
caveats: a region that was split often keeps its code for the part that keeps the name; marts.region_history says in
    which months a code is shown, and where its figures belong today
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/region.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        region_code,
        region_level,
        region_name,
        parent_code,
        statistics_code,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        became
    from source
),

final as (
    select
        region_code,  -- Official code, 2 digits for a province, 4 for a kabupaten or kota
        region_level,  -- province or regency (kabupaten or kota)
        region_name,  -- Official name
        parent_code,  -- Code of the province; null for a province
        statistics_code,  -- Code that the national statistics office uses for the same region
        valid_from,  -- First day on which the row holds; null if it did before anybody counted
        valid_to,  -- Last day on which it holds; null if it goes on
        became  -- Codes of the rows that begin on the day after, separated by semicolons; null if it goes on
    from renamed
    order by region_code, valid_from nulls first
)

select * from final
