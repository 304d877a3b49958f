/*
grain: one row per bracket of declared income
key: income_from_rp, valid_from
meaning: What a participant's contribution is counted from: the base income of each bracket of declared income.
date: coverage month; a row holds for the months whose first day lies in valid_from to valid_to
source: warehouse/reference/contribution_bracket.csv
owner: head office, membership
caveats: copied from a public copy of the annex; the official one should be laid beside it
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/contribution_bracket.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        cast(income_from_rp as bigint) as income_from_rp,
        cast(income_to_rp as bigint) as income_to_rp,
        cast(base_rp as bigint) as base_rp,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        citation
    from source
),

final as (
    select
        income_from_rp,  -- Smallest declared monthly income of the bracket, in rupiah
        income_to_rp,  -- Largest one as the annex prints it; null for no end
        base_rp,  -- Base income that rates are applied to, in rupiah
        valid_from,  -- First day on which the row holds
        valid_to,  -- Last such day; null while it goes on
        citation  -- Where the row is written
    from renamed
    order by valid_from, income_from_rp
)

select * from final
