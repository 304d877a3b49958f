/*
grain: one row per text in which participants state their occupation (occupation, its keyed hash)
meaning: The sector that each text means: that of the longest listed occupation that the text is, or begins with.
date: the present; people are counted by what they said last
source: core.status_change, raw.occupation_words, reference.occupation
owner: head office, membership
caveats: texts are compared in normal form: capitals, punctuation and breaks as blanks, single blanks. A blank text is
    unstated, a text that fits nothing is unmapped. The texts are in the vault: only one without digits that enough
    different people said stands here, of any other its sector as last found there (perisai.occupations). Words that
    only a lost vault knew keep what was last found; those of which nothing was ever found are unmapped
kind: view
*/
with said as (
    select
        occupation,
        sum(people) as people
    from core.status_change
    where occupation is not null
    group by occupation
),

spelled as (
    select
        said.occupation,
        said.people,
        case when spoken.occupation_key is null then 'not_in_vault' else spoken.withheld end as withheld,
        case
            when spoken.occupation_key is null then 'unmapped'
            when spoken.withheld is not null then spoken.sector
        end as sector,
        coalesce(spoken.words, '') as text
    from said
    left join raw.occupation_words as spoken on said.occupation = spoken.occupation_key
),

unbroken as (
    select
        occupation,
        people,
        withheld,
        sector,
        translate(
            upper(text),
            concat('.,;:/|-_+&*()[]{}"''`~!?#@=<>\', chr(9), chr(10), chr(13), chr(160)),
            repeat(' ', 33)
        ) as words
    from spelled
),

-- With single blanks: each blank becomes <>, so that of several in a row all >< between them can go.
normal as (
    select
        occupation,
        people,
        withheld,
        sector,
        trim(replace(replace(replace(words, ' ', '<>'), '><', ''), '<>', ' ')) as normal_form
    from unbroken
),

fitting as (
    select
        normal.occupation,
        listed.sector
    from normal
    inner join reference.occupation as listed
        on
            split_part(normal.normal_form, ' ', 1) = split_part(listed.occupation, ' ', 1)
            and (
                normal.normal_form = listed.occupation
                or (listed.match = 'start' and starts_with(normal.normal_form, concat(listed.occupation, ' ')))
            )
    qualify row_number() over (partition by normal.occupation order by length(listed.occupation) desc) = 1
),

final as (
    select
        normal.occupation,  -- The text as it was said, a keyed hash
        case when normal.withheld is null then normal.normal_form end as normal_form,  -- In normal form, or null
        normal.withheld,  -- digits or few_people: why the text stays in the vault; not_in_vault; or null
        case
            when normal.withheld is not null then normal.sector
            when normal.normal_form = '' then 'unstated'
            else coalesce(fitting.sector, 'unmapped')
        end as sector,  -- Sector that it means; unmapped if none is known
        cast(normal.people as bigint) as people  -- Persons who said so last
    from normal
    left join fitting on normal.occupation = fitting.occupation
)

select * from final
