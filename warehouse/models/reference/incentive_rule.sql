/*
grain: one row per scheme, rule, number of programmes, first month or place, and day from which it holds
key: scheme, rule, programmes, month_from, new_from, valid_from
meaning: Rates and amounts of each incentive scheme.
date: registration_date for acquisitions, payment_date for contributions; valid_from to valid_to
source: warehouse/reference/incentive_rule.csv
owner: head office, membership
version: 3
caveats: a row without a last day holds until the next one for the same programmes and first month or place begins.
    Rows begin and end with a month, since incentives are settled by month. A refund has the rate of the payment that it
    takes back
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
        cast(new_from as integer) as new_from,
        cast(new_to as integer) as new_to,
        cast(amount_rp as bigint) as amount_rp,
        cast(rate as decimal(7, 4)) as rate,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        citation
    from source
),

followed as (
    select
        *,
        lead(valid_from) over (
            partition by scheme, rule, programmes, month_from, new_from order by valid_from
        ) - 1 as day_before_next
    from renamed
),

final as (
    select
        scheme,  -- Scheme that the rule belongs to
        rule,  -- acquisition, acquisition_flat or contribution
        programmes,  -- Programmes of the participant that the rule is for; null for any
        month_from,  -- First contribution month number that the rate is for; null for any
        month_to,  -- Last contribution month number that the rate is for; null for no end
        new_from,  -- First place among the agent's new participants of a month that the amount is for; null for any
        new_to,  -- Last such place; null for no end
        amount_rp,  -- Rupiah per new participant, or per month if flat
        rate,  -- Share of the contribution received, 0.15 for 15 %
        valid_from,  -- First day on which the row holds
        coalesce(valid_to, day_before_next) as valid_to,  -- Last such day; null while it goes on
        citation  -- Where the rule is written
    from followed
    order by scheme, rule, programmes, month_from, new_from, valid_from
)

select * from final
