/*
grain: one row
meaning: From which day on a month is not over: the first day of the month that still runs once the latest business
    date is in. Figures of that month go on growing, and are not to be held against those of a whole one.
date: the latest business date
source: raw.business_day
owner: head office, data team
kind: view
caveats: on the last day of a month that month is whole, and the next one begins
*/
with final as (
    select cast(date_trunc('month', max(business_date) + 1) as date) as first_day  -- First day of the running month
    from raw.business_day
)

select * from final
