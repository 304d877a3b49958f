/*
grain: one row per feed
key: feed
meaning: The kinds of export that every branch leaves every day.
date: none; holds for all days
source: warehouse/reference/feed.csv
owner: head office, data team
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/feed.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        feed,
        delivery,
        meaning
    from source
),

final as (
    select
        feed,  -- Name of the feed, as in file names
        delivery,  -- events (only what is new) or snapshot (everything each time)
        meaning  -- What the rows are
    from renamed
    order by feed
)

select * from final
