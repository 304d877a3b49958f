/*
grain: one row per text that no sector is known for, and one per reason for not showing the others
key: occupation, withheld
meaning: What is missing in reference/occupation.csv, the most frequent first.
date: the present; people are counted by what they said last
source: core.occupation_sector; parameter smallest_cell
owner: head office, membership
caveats: a text with digits may hold personal data, and one of few people may be about one of them; both are counted
    and not shown. Texts that are in no vault (not_in_vault) have a row if there are some
*/
with unmapped as (
    select
        normal_form,
        withheld,
        coalesce(normal_form, cast(occupation as varchar)) as text,
        sum(people) as people
    from core.occupation_sector
    where sector = 'unmapped'
    group by all
),

judged as (
    select
        unmapped.normal_form,
        unmapped.text,
        unmapped.people,
        case
            when unmapped.withheld is not null then unmapped.withheld
            when translate(unmapped.normal_form, '0123456789', '') <> unmapped.normal_form then 'digits'
            when unmapped.people < parameter.value then 'few_people'
        end as withheld
    from unmapped
    cross join reference.parameter
    where parameter.parameter = 'smallest_cell'
),

-- A reason has its row also if it withholds nothing: that no text is unmapped is told by zeros, not by no rows.
reason as (
    select 'digits' as withheld
    union
    select 'few_people' as withheld
    union
    select withheld from judged
    where withheld is not null
),

listed as (
    select
        normal_form as occupation,
        withheld,
        1 as texts,
        people
    from judged
    where withheld is null
    union all
    select
        null as occupation,
        reason.withheld,
        count(judged.text) as texts,
        coalesce(sum(judged.people), 0) as people
    from reason
    left join judged on reason.withheld = judged.withheld
    group by reason.withheld
),

final as (
    select
        occupation,  -- The text in normal form; null if withheld
        withheld,  -- digits, few_people or not_in_vault: why the texts are not shown; null if they are
        cast(texts as bigint) as texts,  -- Different texts
        cast(people as bigint) as people  -- Persons who said so last
    from listed
    order by people desc, occupation asc, withheld asc
)

select * from final
