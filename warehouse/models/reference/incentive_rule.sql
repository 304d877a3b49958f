/*
grain: one row per scheme, rule, number of programmes and first month
key: scheme, rule, programmes, month_from
meaning: Rates and amounts of each incentive scheme.
date: none; the scheme that an agreement names holds while the agreement does
source: warehouse/reference/incentive_rule.csv
owner: head office, membership
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/incentive_rule.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        scheme,
        rule,
        cast(programmes as integer) as programmes,
        cast(month_from as integer) as month_from,
        cast(month_to as integer) as month_to,
        cast(amount_rp as bigint) as amount_rp,
        cast(rate as decimal(7, 4)) as rate,
        citation
    from source
),

final as (
    select
        scheme,  -- Scheme that the rule belongs to
        rule,  -- acquisition, acquisition_flat or contribution
        programmes,  -- Programmes of the participant that the rule is for; null for any
        month_from,  -- First contribution month number that the rate is for; null for any
        month_to,  -- Last contribution month number that the rate is for; null for no end
        amount_rp,  -- Rupiah per new participant, or per month if flat
        rate,  -- Share of the contribution received, 0.15 for 15 %
        citation  -- Where the rule is written
    from renamed
    order by scheme, rule, programmes, month_from
)

select * from final
