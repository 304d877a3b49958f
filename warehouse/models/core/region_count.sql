/*
grain: one row per month, region (or regencies that are counted together) and what is counted
key: month_index, region_code, what
meaning: How many people a region has of each segment and of each definition of coverage in a month: what was published
    last, for a region that had the area of today.
date: the month
source: reference.segment_count, reference.universe, core.region_history, raw.business_day
owner: head office, planning
caveats: months are year * 12 + month - 1. A count holds from its reference date until the next one, as long as the
    region has the same area. After a split the counts of the old region hold for its parts together, until there is
    one for each; after a merger the sum does, until there is one for the new region
*/
with given as (
    select
        region_code,
        segment as what,
        true as is_segment,
        people,
        'counts of the other segments' as source,
        reference_from
    from reference.segment_count
    union all
    select
        region_code,
        definition as what,
        false as is_segment,
        people,
        source,
        reference_from
    from reference.universe
),

span as (
    select
        (select min(year(reference_from) * 12 + month(reference_from) - 1) from given) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

calendar as (
    select unnest(generate_series(first_index, last_index)) as month_index
    from span
),

-- What each code means in each month.
place as (
    select
        calendar.month_index,
        history.region_code,
        history.region_level,
        history.state,
        history.unit_code,
        coalesce(year(history.same_since) * 12 + month(history.same_since) - 1, 0) as same_index
    from calendar
    inner join core.region_history as history
        on
            calendar.month_index >= coalesce(year(history.first_month) * 12 + month(history.first_month) - 1, 0)
            and calendar.month_index
            <= coalesce(year(history.last_month) * 12 + month(history.last_month) - 1, calendar.month_index)
),

spanned as (
    select
        *,
        year(reference_from) * 12 + month(reference_from) - 1 as from_index,
        lead(year(reference_from) * 12 + month(reference_from) - 1) over (
            partition by region_code, what order by reference_from
        ) as to_index
    from given
),

held as (
    select
        place.month_index,
        place.region_code,
        place.region_level,
        spanned.what,
        spanned.is_segment,
        spanned.people,
        spanned.source,
        spanned.reference_from
    from place
    inner join spanned
        on
            place.region_code = spanned.region_code
            and place.month_index >= spanned.from_index
            and place.month_index < coalesce(spanned.to_index, place.month_index + 1)
            and place.same_index <= spanned.from_index
    where place.state = 'in_force'
),

-- A region that others went into, or the parts of one that was split: codes whose people are counted together.
together as (
    select
        month_index,
        unit_code,
        region_code
    from place
    where region_level = 'regency' and state <> 'not_begun'
    qualify count(*) over (partition by month_index, unit_code) > 1
),

kind as (
    select distinct
        what,
        is_segment
    from given
),

-- What is known of all of them counts for the whole; in the months after, it does until that is the case again.
complete as (
    select
        place.month_index as at_index,
        together.month_index,
        together.unit_code,
        what.what,
        what.is_segment,
        sum(held.people) as people,
        case count(*) when 1 then max(held.source) else 'sum of the regions that are counted together' end as source,
        max(held.reference_from) as reference_from
    from together
    inner join place
        on
            together.region_code = place.region_code
            and together.month_index >= place.month_index
            and place.state = 'in_force'
    cross join kind as what
    left join held
        on
            place.region_code = held.region_code
            and place.month_index = held.month_index
            and what.what = held.what
    group by place.month_index, together.month_index, together.unit_code, what.what, what.is_segment
    having count(*) = count(held.people)
),

carried as (
    select *
    from complete
    qualify row_number() over (partition by month_index, unit_code, what order by at_index desc) = 1
),

-- By unit: a regency that is known by itself, or several together.
known as (
    select
        month_index,
        unit_code as region_code,
        what,
        is_segment,
        people,
        source,
        reference_from
    from carried
    union all
    select
        held.month_index,
        held.region_code,
        held.what,
        held.is_segment,
        held.people,
        held.source,
        held.reference_from
    from held
    left join carried
        on
            held.month_index = carried.month_index
            and held.region_code = carried.unit_code
            and held.what = carried.what
    where carried.unit_code is null
),

final as (
    select
        month_index,  -- The month
        region_code,  -- Region, or regencies that are counted together: their codes with a plus between
        what,  -- PU, jakon or PMI of the segments, or the definition of coverage that the people are the denominator of
        is_segment,  -- True for a segment
        cast(people as bigint) as people,  -- People
        source,  -- Where that was published
        reference_from  -- Date from which the count is the current one; the latest of a sum
    from known
)

select * from final
