/*
grain: one row per region or nation, definition and year
key: region_code, definition, year
meaning: What coverage has to be by the end of a year, in percent of the denominator or in people.
date: year; the target is for the last day of December
source: warehouse/reference/coverage_target.csv
owner: head office, planning
caveats: a row states either percent or people, the other is null and follows from the denominator. The nation has
    the code 00
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/coverage_target.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        region_code,
        definition,
        cast(year as integer) as year,
        cast(target_pct as decimal(7, 4)) as target_pct,
        cast(target_people as bigint) as target_people,
        source
    from source
),

final as (
    select
        region_code,  -- Region that the target is for; 00 for the nation
        definition,  -- Definition of coverage
        year,  -- Year by whose end it is to be reached
        target_pct,  -- Coverage to be reached, in percent; null if the target is a number of people
        target_people,  -- People to be protected; null if the target is in percent
        source  -- Where the target was set
    from renamed
    order by region_code, definition, year
)

select * from final
