/*
grain: one row per programme
key: programme, valid_from
meaning: What a month of each programme costs: a share of the base income, an amount for everybody, or both.
date: coverage month; a row holds for the months whose first day lies in valid_from to valid_to
source: warehouse/reference/contribution_programme.csv
owner: head office, membership
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/contribution_programme.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        programme,
        cast(from_programmes as integer) as from_programmes,
        cast(rate as decimal(7, 4)) as rate,
        cast(amount_rp as bigint) as amount_rp,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        citation
    from source
),

final as (
    select
        programme,  -- JKK, JKM or JHT
        from_programmes,  -- Number of programmes, as payments state it, from which on this one is among them
        rate,  -- Share of the base income, 0.01 for 1 %
        amount_rp,  -- Rupiah a month on top, the same for every income
        valid_from,  -- First day on which the row holds
        valid_to,  -- Last such day; null while it goes on
        citation  -- Where the row is written
    from renamed
    order by valid_from, from_programmes, programme
)

select * from final
