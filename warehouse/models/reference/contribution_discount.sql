/*
grain: one row per discounted programme, sector and payer
key: programme, sector, payer, valid_from
meaning: Which share of the normal contribution is due where a regulation gives a discount.
date: coverage month; a row holds for the months whose first day lies in valid_from to valid_to
source: warehouse/reference/contribution_discount.csv
owner: head office, membership
caveats: a row of a sector goes before one for all of them, a row of a payer before one for all
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/contribution_discount.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        programme,
        sector,
        payer,
        cast(share as decimal(7, 4)) as share,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        citation
    from source
),

final as (
    select
        programme,  -- Programme that costs less
        sector,  -- Sector whose people pay less; null for all
        payer,  -- PESERTA, APBN or APBD, who pays less; null for all
        share,  -- Share of the normal contribution that is due, 0.5 for half of it
        valid_from,  -- First day on which the row holds
        valid_to,  -- Last such day; null while it goes on
        citation  -- Where the discount is written
    from renamed
    order by valid_from, sector, payer, programme
)

select * from final
