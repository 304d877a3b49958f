/*
grain: one row per month, region, occupation, status and channel (month_index, region_code, occupation, status,
    by_perisai)
key: month_index, region_code, occupation, status, protected, by_perisai
sums: participant_key
meaning: By how many people each status grew or shrank in a month, where and among whom: the sum over all months up
    to one is how many have the status in that month.
date: the month
source: core.participant_status
owner: head office, membership
caveats: months are year * 12 + month - 1, and reach beyond the present like the stretches that are counted here.
    Whoever comes and whoever goes are set off against each other; where nothing is left there is no row
*/
-- Many stretches are alike, and need to be told apart only once.
with person as (
    select
        from_index,
        to_index,
        first_index,
        region_code,
        occupation,
        status,
        protected,
        acquiring_agent_code is not null as by_perisai,
        count(*) as people
    from core.participant_status
    group by
        from_index, to_index, first_index, region_code, occupation, status, protected, acquiring_agent_code is not null
),

event as (
    select
        from_index as month_index,
        region_code,
        occupation,
        status,
        protected,
        by_perisai,
        people,
        0 as new_people
    from person
    union all
    select
        to_index as month_index,
        region_code,
        occupation,
        status,
        protected,
        by_perisai,
        -people as people,
        0 as new_people
    from person
    where to_index is not null
    union all
    select
        first_index as month_index,
        region_code,
        occupation,
        status,
        protected,
        by_perisai,
        0 as people,
        people as new_people
    from person
    where
        from_index <= first_index
        and first_index < coalesce(to_index, first_index + 1)
),

final as (
    select
        month_index,  -- The month
        region_code,  -- Kabupaten or kota where the people work
        occupation,  -- Occupation as they said it, a keyed hash; null if never said
        status,  -- registered, active, reactivated, in_arrears or lapsed
        protected,  -- True if people of the status are protected
        by_perisai,  -- True if a Perisai acquired the people
        cast(sum(people) as bigint) as people,  -- People who came to have the status, less those who ceased to
        cast(sum(new_people) as bigint) as new_people  -- People of the status who were registered first in the month
    from event
    group by month_index, region_code, occupation, status, protected, by_perisai
    having sum(people) <> 0 or sum(new_people) <> 0
)

select * from final
