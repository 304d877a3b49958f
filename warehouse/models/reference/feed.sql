/*
grain: one row per feed
key: feed
meaning: The kinds of export that every branch leaves every day.
date: valid_from; branches have to deliver the feed for the days from then on
source: raw.feed, which holds what the contracts say of their feeds
owner: head office, data team
*/
with final as (
    select
        feed,  -- Name of the feed, as in file names
        delivery,  -- events (only what is new) or snapshot (everything each time)
        meaning,  -- What the rows are
        position,  -- Place of the feed where feeds are listed, from 1
        label_indonesian,  -- Name of the feed for people, in Bahasa Indonesia
        label_english,  -- The same in English
        valid_from  -- First business date that branches have to deliver it for; null if all
    from raw.feed
    order by feed
)

select * from final
