/*
grain: one row per region (province or regency), month and definition
meaning: How many people of a region were protected in a month, out of how many, and how many of them a Perisai
    brought. Definition bpu: protected informal workers out of all non-wage workers. Definition ucj: active
    participants of all segments out of the workforce without civil servants, army and police.
source: core.participant_status, reference.universe, reference.segment_count
owner: head office, planning
caveats: a person counts once, in the region of the latest registration on or before the end of the month, or of the
    first one in months paid for before it. Without a denominator, or for ucj without the counts of the other
    segments, a percentage is null and never 0. Past months change when arrears are paid
*/
with stay as (
    select
        region_code,
        case when acquiring_agent_code is null then 0 else 1 end as by_perisai,
        from_index,
        to_index
    from core.participant_status
    where protected
),

event as (
    select
        region_code,
        from_index as month_index,
        1 as people,
        by_perisai as people_by_perisai
    from stay
    union all
    select
        region_code,
        to_index as month_index,
        -1 as people,
        -by_perisai as people_by_perisai
    from stay
),

change as (
    select
        region_code,
        month_index,
        sum(people) as people,
        sum(people_by_perisai) as people_by_perisai
    from event
    group by region_code, month_index
),

-- From the first month that was registered or paid for to the month of the latest business day.
span as (
    select
        (select min(from_index) from core.participant_status) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

calendar as (
    select unnest(generate_series(first_index, last_index)) as month_index
    from span
),

regency_month as (
    select
        region.region_code,
        region.parent_code,
        calendar.month_index,
        sum(coalesce(change.people, 0)) over life as protected,
        sum(coalesce(change.people_by_perisai, 0)) over life as perisai
    from reference.region
    cross join calendar
    left join change
        on
            region.region_code = change.region_code
            and calendar.month_index = change.month_index
    where region.region_level = 'regency'
    window life as (partition by region.region_code order by calendar.month_index)
),

-- Counts of the other segments hold from their reference date until the next one.
segment as (
    select
        region_code,
        segment,
        people,
        year(reference_from) * 12 + month(reference_from) - 1 as from_index,
        lead(year(reference_from) * 12 + month(reference_from) - 1) over (
            partition by region_code, segment order by reference_from
        ) as to_index
    from reference.segment_count
),

segment_month as (
    select
        calendar.month_index,
        segment.region_code,
        sum(segment.people) as people
    from calendar
    inner join segment
        on
            calendar.month_index >= segment.from_index
            and calendar.month_index < coalesce(segment.to_index, calendar.month_index + 1)
    group by calendar.month_index, segment.region_code
),

regency as (
    select
        regency_month.*,
        segment_month.people as other_segments
    from regency_month
    left join segment_month
        on
            regency_month.region_code = segment_month.region_code
            and regency_month.month_index = segment_month.month_index
),

region_month as (
    select
        region_code,
        'regency' as region_level,
        month_index,
        protected,
        perisai,
        other_segments
    from regency
    union all
    select
        parent_code as region_code,
        'province' as region_level,
        month_index,
        sum(protected) as protected,
        sum(perisai) as perisai,
        case when count(*) = count(other_segments) then sum(other_segments) end as other_segments
    from regency
    group by parent_code, month_index
),

denominator as (
    select
        region_code,
        definition,
        people,
        source,
        reference_from,
        year(reference_from) * 12 + month(reference_from) - 1 as from_index,
        lead(year(reference_from) * 12 + month(reference_from) - 1) over (
            partition by region_code, definition order by reference_from
        ) as to_index
    from reference.universe
),

defined as (
    select
        region_month.*,
        'bpu' as definition,
        region_month.protected as covered
    from region_month
    union all
    select
        region_month.*,
        'ucj' as definition,
        region_month.protected + region_month.other_segments as covered
    from region_month
),

measured as (
    select
        defined.*,
        denominator.people as universe,
        denominator.source as universe_source,
        denominator.reference_from as universe_period,
        workforce.people as workforce
    from defined
    left join denominator
        on
            defined.region_code = denominator.region_code
            and defined.definition = denominator.definition
            and defined.month_index >= denominator.from_index
            and defined.month_index < coalesce(denominator.to_index, defined.month_index + 1)
    left join denominator as workforce
        on
            defined.region_code = workforce.region_code
            and workforce.definition = 'ucj'
            and defined.month_index >= workforce.from_index
            and defined.month_index < coalesce(workforce.to_index, defined.month_index + 1)
),

final as (
    select
        region_code,  -- Official code of the region
        region_level,  -- province or regency (kabupaten or kota)
        make_date(month_index // 12, month_index % 12 + 1, 1) as month,  -- The month, its first day
        definition,  -- bpu or ucj; two definitions never meet in one ratio
        universe,  -- People of the definition's denominator; null if none is known for the month
        cast(covered as bigint) as protected,  -- Protected people of the definition; null for ucj if not all are known
        cast(covered as double) * 100 / universe as coverage_pct,  -- protected out of universe, in percent
        cast(perisai as bigint) as perisai,  -- Protected informal workers whom a Perisai acquired
        case definition
            when 'bpu' then cast(perisai as double) * 100 / nullif(protected, 0)
        end as perisai_share_pct,  -- perisai out of protected informal workers, in percent; null under ucj
        cast(perisai as double) * 100 / workforce as ucj_points,  -- perisai out of ucj's workforce, in points
        universe_source,  -- Where the denominator was published
        universe_period  -- Date from which the denominator is the current one
    from measured
    order by region_code, month, definition
)

select * from final
