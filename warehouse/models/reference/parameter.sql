/*
grain: one row per parameter, and of those that a regulation sets, per day from which it holds
key: parameter, valid_from
meaning: Numbers that the rules leave open or that hold for all schemes, so that no model buries one.
date: of arrears_months the coverage month and, for the count of contribution months, payment_date, as of
    counter_restarts_on_reactivation; of death_benefit_… the status_date of a claim; of warning_months,
    inactive_months, reentry_months and perisai_adult_years the month that is looked at. The others are of no date: they
    say what is shown and what is a signal, and hold for all days
source: warehouse/reference/parameter.csv
owner: head office, membership
version: 2
caveats: a row without a last day holds until the next one of the parameter begins
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
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        citation
    from source
),

followed as (
    select
        *,
        lead(valid_from) over (partition by parameter order by valid_from) - 1 as day_before_next
    from renamed
),

final as (
    select
        parameter,  -- Name of the parameter
        value,  -- Its value
        unit,  -- Unit of the value
        valid_from,  -- First day on which it holds; null for a parameter that is of no date
        coalesce(valid_to, day_before_next) as valid_to,  -- Last such day; null while it goes on
        citation  -- Where the value comes from
    from followed
    order by parameter, valid_from
)

select * from final
