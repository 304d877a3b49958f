/*
grain: one row per feed and first day from which a deadline holds
key: feed, valid_from
meaning: Until when the file of a feed is due, counted from the business date that it is for, and its rejected rows.
date: valid_from and valid_to; of the business date that a file is for, both included
source: warehouse/reference/feed_deadline.csv
owner: head office, data team
caveats: two rows of a feed never hold for the same day. Where none holds, a delivery is neither on time nor late
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/feed_deadline.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        feed,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        cast(days_after as integer) as days_after,
        cast(by_time as time) as by_time,
        cast(correct_days as integer) as correct_days,
        citation
    from source
),

final as (
    select
        feed,  -- Feed that is due
        valid_from,  -- First business date that the row holds for
        valid_to,  -- Last one; null if it goes on
        days_after,  -- Days after the business date on which the file is due
        by_time,  -- Time of that day, by the clock of the branch, up to which it is on time
        correct_days,  -- Days after it was left, at least after the business date, on which its rejected rows are due
        citation  -- Where the deadline comes from
    from renamed
    order by feed, valid_from
)

select * from final
