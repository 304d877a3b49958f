/*
grain: one row per region, definition and reference date
key: region_code, definition, reference_from
meaning: Denominators of coverage from the statistics office or the press, each with its definition and source.
date: reference_from; a row holds from its month until the next one of the same region and definition
source: warehouse/reference/universe.csv
owner: head office, planning
caveats: a row holds from its reference date until the next one of the same region and definition; two definitions
    never meet in one ratio
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/universe.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        region_code,
        definition,
        cast(reference_from as date) as reference_from,
        cast(people as bigint) as people,
        source
    from source
),

final as (
    select
        region_code,  -- Region that the count is for
        definition,  -- bpu: non-wage workers; ucj: workforce without civil servants, army and police
        reference_from,  -- First day on which the count is the current one
        people,  -- Number of people
        source  -- Where the count was published
    from renamed
    order by region_code, definition, reference_from
)

select * from final
