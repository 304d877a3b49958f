/*
grain: one row per parameter
key: parameter
meaning: Numbers that the rules leave open or that hold for all schemes, so that no model buries one.
date: none; holds for all days
source: warehouse/reference/parameter.csv
owner: head office, membership
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/parameter.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        parameter,
        cast(value as integer) as value,
        unit,
        citation
    from source
),

final as (
    select
        parameter,  -- Name of the parameter
        value,  -- Its value
        unit,  -- Unit of the value
        citation  -- Where the value comes from
    from renamed
    order by parameter
)

select * from final
