/*
grain: one row per region, sector and reference date
key: region_code, sector, reference_from
meaning: Informal workers of a sector, the denominators of coverage by sector, each with its source.
date: reference_from; a row holds from its month until the next one of the same region and sector
source: warehouse/reference/sector_universe.csv
owner: head office, planning
caveats: few regions have such counts; where there is none, coverage by sector is null
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/sector_universe.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        region_code,
        sector,
        cast(reference_from as date) as reference_from,
        cast(people as bigint) as people,
        source
    from source
),

final as (
    select
        region_code,  -- Region that the count is for; 00 for the nation
        sector,  -- Sector
        reference_from,  -- First day on which the count is the current one
        people,  -- Non-wage workers of the sector
        source  -- Where the count was published
    from renamed
    order by region_code, sector, reference_from
)

select * from final
