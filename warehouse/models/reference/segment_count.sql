/*
grain: one row per region, segment and reference date
key: region_code, segment, reference_from
meaning: Active participants of the segments that reach the warehouse as counts: wage earners, construction, migrants.
date: reference_from; a row holds from its month until the next one of the same region and segment
source: warehouse/reference/segment_count.csv
owner: head office, planning
caveats: a row holds from its reference date until the next one of the same region and segment
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/segment_count.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        region_code,
        segment,
        cast(reference_from as date) as reference_from,
        cast(people as bigint) as people,
        source
    from source
),

final as (
    select
        region_code,  -- Kabupaten or kota
        segment,  -- PU (wage earners), jakon (construction) or PMI (migrant workers)
        reference_from,  -- First day on which the count is the current one
        people,  -- Active participants of the segment
        source  -- Where the count comes from
    from renamed
    order by region_code, segment, reference_from
)

select * from final
