/*
grain: one row per region
key: region_code
meaning: Provinces and their kabupaten/kota by the official codes of the Ministry of Home Affairs.
date: none; holds for all days
source: warehouse/reference/region.csv
owner: head office, planning
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
        statistics_code
    from source
),

final as (
    select
        region_code,  -- Official code, 2 digits for a province, 4 for a kabupaten or kota
        region_level,  -- province or regency (kabupaten or kota)
        region_name,  -- Official name
        parent_code,  -- Code of the province; null for a province
        statistics_code  -- Code that the national statistics office uses for the same region
    from renamed
    order by region_code
)

select * from final
