/*
grain: one row per published figure
key: figure_id
meaning: Figures that were published elsewhere, kept as they were printed, to stand beside the computed ones.
date: period_to; the last day that the figure covers
source: warehouse/reference/published_figure.csv
owner: head office, communication
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/published_figure.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        figure_id,
        subject,
        region_code,
        cast(period_from as date) as period_from,
        cast(period_to as date) as period_to,
        cast(published as decimal(20, 4)) as published,
        cast(decimals as integer) as decimals,
        total_of,
        numerator,
        denominator,
        cast(factor as decimal(20, 4)) as factor,
        cast(published_on as date) as published_on,
        source
    from source
),

final as (
    select
        figure_id,  -- Name of the figure
        subject,  -- What is counted; says how the warehouse computes the same
        region_code,  -- Region that the figure is for
        period_from,  -- First day that it covers; null for a state on one day
        period_to,  -- Last day that it covers, or the day of the state
        published,  -- The figure as published
        decimals,  -- Decimals it was published with; -8 if rounded to hundred millions
        total_of,  -- Figures that should add up to it, separated by semicolons; a minus before one is taken off
        numerator,  -- Figures that, added up in the same way, divided and multiplied, should give it
        denominator,  -- Figure that divides; null if none does
        factor,  -- Number that multiplies; null for 100, a percentage
        published_on,  -- Day of publication; null if not known
        source  -- Where it was published
    from renamed
    order by figure_id
)

select * from final
