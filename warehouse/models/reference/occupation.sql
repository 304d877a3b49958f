/*
grain: one row per occupation in words
key: occupation
meaning: Which sector an occupation belongs to, by the words in which participants state it.
date: none; holds for all months
source: warehouse/reference/occupation.csv
owner: head office, membership
caveats: texts are in the normal form of core.occupation_sector: capitals, single blanks, no punctuation. Of several
    that fit a text the longest decides
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/occupation.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        occupation,
        match,
        sector
    from source
),

final as (
    select
        occupation,  -- The words, in normal form
        match,  -- start: a text that begins with these words; whole: only a text that is these words
        sector  -- Sector that such people work in
    from renamed
    order by occupation
)

select * from final
