/*
grain: one row per definition of coverage
key: definition
meaning: The ratios that are called coverage, each with its own numerator and denominator.
date: none; holds for all months
source: warehouse/reference/coverage_definition.csv
owner: head office, planning
caveats: a further definition is a further row here and its denominators in universe, no new SQL
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/coverage_definition.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        definition,
        numerator,
        denominator,
        citation
    from source
),

final as (
    select
        definition,  -- Name of the definition, as in universe and coverage_target
        numerator,  -- bpu: protected informal workers; all: these and the participants of the other segments
        denominator,  -- What is counted below the line, in words
        citation  -- Where the definition comes from
    from renamed
    order by definition
)

select * from final
