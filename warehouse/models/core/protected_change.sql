/*
grain: one row per month, region, sex and year of birth (month_index, region_code, sex, birth_year)
key: month_index, region_code, sex, birth_year
sums: participant_key
meaning: By how many protected people of a sex and age a region grew or shrank in a month: the sum over all months up to
    one is how many are protected in it.
date: the month
source: core.participant_status
owner: head office, membership
caveats: as core.status_change, for protected people alone
*/
with person as (
    select
        from_index,
        to_index,
        region_code,
        sex,
        birth_year,
        count(*) as people
    from core.participant_status
    where protected
    group by from_index, to_index, region_code, sex, birth_year
),

event as (
    select
        from_index as month_index,
        region_code,
        sex,
        birth_year,
        people
    from person
    union all
    select
        to_index as month_index,
        region_code,
        sex,
        birth_year,
        -people as people
    from person
    where to_index is not null
),

final as (
    select
        month_index,  -- The month
        region_code,  -- Kabupaten or kota where the people work
        sex,  -- L (male) or P (female)
        birth_year,  -- Year of birth
        cast(sum(people) as bigint) as people  -- People who came to be protected, less those who ceased to
    from event
    group by month_index, region_code, sex, birth_year
    having sum(people) <> 0
)

select * from final
