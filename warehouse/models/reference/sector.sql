/*
grain: one row per sector
key: sector
meaning: Sectors of work that participants are counted by, after the sections of the national classification.
date: none; holds for all months
source: warehouse/reference/sector.csv
owner: head office, membership
caveats: finer than the classification where branches approach people apart, such as crops, livestock and fishery
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/sector.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        sector,
        sector_name,
        description,
        source
    from source
),

final as (
    select
        sector,  -- Code of the sector; unmapped and unstated are those of whom no sector is known
        sector_name,  -- Name in Bahasa Indonesia
        description,  -- What belongs to it
        source  -- Section of the classification that it follows
    from renamed
    order by sector
)

select * from final
