/*
grain: one row per region (nation, province, regency, or regencies that are counted together), month and definition
key: region_code, month, definition
meaning: How many people of a region were protected in a month, out of how many, how many of them a Perisai brought,
    what has changed, and what is missing to the target. Definition bpu: protected informal workers out of all
    non-wage workers. Definition ucj: active participants of all segments out of the workforce without civil
    servants, army and police.
date: the month; the state at its end, or on the latest business day in the running month
source: core.status_change, core.region_history, core.region_count, reference.coverage_definition,
    reference.coverage_target
owner: head office, planning
caveats: a person counts once, in the region of the latest registration on or before the end of the month, or of the
    first one in months paid for before it. Without a denominator, or for ucj without counts of the other segments,
    a percentage is null and never 0; of a segment that has no count nobody is added. Past months change when
    arrears are paid. The nation is the sum of its provinces; its percentages divide only those provinces of which
    both sides are known. Points that change while the denominator was revised are partly the revision's.
    A month has the regions of its last day. Where a regency was split, its parts have those who named their code, no
    percentage (is_undivided), and a further row together, of level regencies, which is no part of any sum. Nothing is
    compared with months in which the region had another area, and no count of before holds for it
*/
with change as (
    select
        region_code,
        month_index,
        sum(people) as people,
        sum(case when by_perisai then people else 0 end) as people_by_perisai
    from core.status_change
    where protected
    group by region_code, month_index
),

-- From the first month that was registered or paid for to the month of the latest business day.
span as (
    select
        (select min(month_index) from core.status_change) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

month_number as (
    select unnest(generate_series(first_index, last_index)) as month_index
    from span
),

calendar as (
    select
        month_index,
        make_date(month_index // 12, month_index % 12 + 1, 1) as month
    from month_number
),

-- What each code means in each month.
place as (
    select
        calendar.month_index,
        history.region_code,
        history.region_level,
        history.parent_code,
        history.state,
        history.shown_code,
        history.unit_code,
        history.is_undivided,
        coalesce(year(history.same_since) * 12 + month(history.same_since) - 1, 0) as same_index
    from calendar
    inner join core.region_history as history
        on
            calendar.month >= coalesce(history.first_month, calendar.month)
            and calendar.month <= coalesce(history.last_month, calendar.month)
),

named as (
    select
        place.month_index,
        place.shown_code as region_code,
        sum(coalesce(change.people, 0)) over life as people,
        sum(coalesce(change.people_by_perisai, 0)) over life as perisai
    from place
    left join change
        on
            place.region_code = change.region_code
            and place.month_index = change.month_index
    where place.region_level = 'regency'
    window life as (partition by place.region_code order by place.month_index)
),

counted as (
    select
        region_code,
        month_index,
        sum(people) as protected_bpu,
        sum(perisai) as perisai
    from named
    group by region_code, month_index
),

-- Who names a code before it begins counts in what it came from, unless that was several.
regency_month as (
    select
        place.*,
        counted.protected_bpu,
        counted.perisai
    from place
    inner join counted
        on
            place.region_code = counted.region_code
            and place.month_index = counted.month_index
    where
        place.region_level = 'regency'
        and place.shown_code = place.region_code
        and (place.state <> 'not_begun' or counted.protected_bpu <> 0)
),

segment_month as (
    select
        month_index,
        region_code,
        sum(case what when 'PU' then people end) as pu,
        sum(case what when 'jakon' then people end) as jakon,
        sum(case what when 'PMI' then people end) as pmi,
        sum(people) as other_segments
    from core.region_count
    where is_segment
    group by month_index, region_code
),

unit as (
    select
        month_index,
        unit_code,
        min(parent_code) as parent_code,
        sum(protected_bpu) as protected_bpu,
        sum(perisai) as perisai,
        max(same_index) as same_index,
        bool_or(is_undivided) as is_of_several
    from regency_month
    group by month_index, unit_code
),

-- Of a province that lacks the count of one regency the count is not known.
region_month as (
    select
        regency_month.region_code,
        'regency' as region_level,
        regency_month.month_index,
        regency_month.protected_bpu,
        regency_month.perisai,
        segment_month.pu,
        segment_month.jakon,
        segment_month.pmi,
        segment_month.other_segments,
        regency_month.is_undivided,
        regency_month.same_index
    from regency_month
    left join segment_month
        on
            regency_month.region_code = segment_month.region_code
            and regency_month.month_index = segment_month.month_index
    union all
    select
        unit.unit_code as region_code,
        'regencies' as region_level,
        unit.month_index,
        unit.protected_bpu,
        unit.perisai,
        segment_month.pu,
        segment_month.jakon,
        segment_month.pmi,
        segment_month.other_segments,
        false as is_undivided,
        unit.same_index
    from unit
    left join segment_month
        on
            unit.unit_code = segment_month.region_code
            and unit.month_index = segment_month.month_index
    where unit.is_of_several
    union all
    select
        unit.parent_code as region_code,
        'province' as region_level,
        unit.month_index,
        sum(unit.protected_bpu) as protected_bpu,
        sum(unit.perisai) as perisai,
        case when count(*) = count(segment_month.pu) then sum(segment_month.pu) end as pu,
        case when count(*) = count(segment_month.jakon) then sum(segment_month.jakon) end as jakon,
        case when count(*) = count(segment_month.pmi) then sum(segment_month.pmi) end as pmi,
        case
            when count(*) = count(segment_month.other_segments) then sum(segment_month.other_segments)
        end as other_segments,
        false as is_undivided,
        max(place.same_index) as same_index
    from unit
    left join segment_month
        on
            unit.unit_code = segment_month.region_code
            and unit.month_index = segment_month.month_index
    left join place
        on
            unit.parent_code = place.region_code
            and unit.month_index = place.month_index
    group by unit.parent_code, unit.month_index
),

defined as (
    select
        region_month.*,
        definition.definition,
        definition.denominator as universe_definition,
        region_month.protected_bpu
        + case definition.numerator when 'all' then region_month.other_segments else 0 end as protected
    from region_month
    cross join reference.coverage_definition as definition
),

regional as (
    select
        defined.*,
        denominator.people as universe,
        denominator.source as universe_source,
        denominator.reference_from as universe_period,
        case when denominator.people is not null and not defined.is_undivided then defined.protected end as numerator,
        workforce.people as workforce,
        case
            when workforce.people is not null and not defined.is_undivided then defined.perisai
        end as workforce_perisai,
        cast(null as bigint) as provinces,
        cast(null as bigint) as provinces_counted
    from defined
    left join core.region_count as denominator
        on
            defined.region_code = denominator.region_code
            and defined.month_index = denominator.month_index
            and defined.definition = denominator.what
    left join core.region_count as workforce
        on
            defined.region_code = workforce.region_code
            and defined.month_index = workforce.month_index
            and workforce.what = 'ucj'
),

nation as (
    select
        '00' as region_code,
        'nation' as region_level,
        month_index,
        definition,
        universe_definition,
        sum(protected_bpu) as protected_bpu,
        sum(perisai) as perisai,
        sum(pu) as pu,
        sum(jakon) as jakon,
        sum(pmi) as pmi,
        sum(protected) as protected,
        sum(case when numerator is not null then universe end) as universe,
        max(case when numerator is not null then 'jumlah provinsi / sum of counted provinces' end) as universe_source,
        max(case when numerator is not null then universe_period end) as universe_period,
        sum(numerator) as numerator,
        sum(workforce) as workforce,
        sum(workforce_perisai) as workforce_perisai,
        count(*) as provinces,
        count(numerator) as provinces_counted,
        false as is_undivided,
        0 as same_index
    from regional
    where region_level = 'province'
    group by month_index, definition, universe_definition
),

every as (
    select * from regional
    union all by name
    select * from nation
),

measured as (
    select
        *,
        cast(numerator as double) * 100 / universe as coverage_pct,
        -- another denominator: of another date, or for the nation of other provinces
        case
            when universe is not null then concat(universe_period, ' ', universe, ' ', provinces_counted)
        end as universe_edition
    from every
),

-- Every region has every month as long as it has the same area, so that rows before are months before.
compared as (
    select
        *,
        lag(protected, 1) over life as protected_month_ago,
        lag(protected, 3) over life as protected_quarter_ago,
        lag(protected, 12) over life as protected_year_ago,
        lag(coverage_pct, 1) over life as pct_month_ago,
        lag(coverage_pct, 3) over life as pct_quarter_ago,
        lag(coverage_pct, 12) over life as pct_year_ago,
        lag(universe_edition, 1) over life as edition_month_ago,
        lag(universe_edition, 3) over life as edition_quarter_ago,
        lag(universe_edition, 12) over life as edition_year_ago
    from measured
    window life as (partition by region_code, definition, same_index order by month_index)
),

-- A target in percent is met by whole people, so it is rounded up; in integers, for a share may have no exact double.
aimed as (
    select
        compared.*,
        11 - compared.month_index % 12 as months_left,
        coalesce(
            target.target_people,
            (cast(compared.universe as bigint) * cast(target.target_pct * 10000 as bigint) + 999999) // 1000000
        ) as target_people,
        coalesce(
            cast(target.target_pct as double), cast(target.target_people as double) * 100 / compared.universe
        ) as target_pct,
        target.source as target_source,
        case
            when target.target_people is null then compared.numerator
            when not compared.is_undivided then compared.protected
        end as towards_target
    from compared
    left join reference.coverage_target as target
        on
            compared.region_code = target.region_code
            and compared.definition = target.definition
            and compared.month_index // 12 = target.year
),

missing as (
    select
        *,
        target_people - cast(towards_target as bigint) as gap_people
    from aimed
),

final as (
    select
        region_code,  -- Official code of the region; 00 for the nation, codes with a plus between for regencies
        -- nation, province, regency (kabupaten or kota) or regencies (parts of one that was split, together)
        region_level,
        make_date(month_index // 12, month_index % 12 + 1, 1) as month,  -- The month, its first day
        definition,  -- bpu or ucj; two definitions never meet in one ratio
        cast(universe as bigint) as universe,  -- People of the definition's denominator; null if none is known
        cast(
            protected as bigint
        ) as protected,  -- Protected people of the definition; null for ucj if not all are known
        coverage_pct,  -- numerator out of universe, in percent; null if one of them is not known
        cast(perisai as bigint) as perisai,  -- Protected informal workers whom a Perisai acquired
        case definition
            when 'bpu' then cast(perisai as double) * 100 / nullif(protected_bpu, 0)
        end as perisai_share_pct,  -- perisai out of protected informal workers, in percent; null under ucj
        cast(
            workforce_perisai as double
        ) * 100 / workforce as ucj_points,  -- perisai out of ucj's workforce, in points; the contribution to UCJ
        universe_source,  -- Where the denominator was published
        universe_period,  -- Date from which the denominator is the current one; for the nation the latest of them
        universe_definition,  -- What the denominator counts, in words
        cast(numerator as bigint) as numerator,  -- protected where universe is known: what is divided
        cast(protected_bpu as bigint) as protected_bpu,  -- Protected informal workers, the same under each definition
        cast(pu as bigint) as pu,  -- Wage earners, for reference; null if not known (nation: sum of what is)
        cast(jakon as bigint) as jakon,  -- Participants of construction projects, for reference; null likewise
        cast(pmi as bigint) as pmi,  -- Migrant workers, for reference; null likewise
        provinces,  -- Provinces of the nation that the warehouse has; null for a region
        provinces_counted,  -- Of these the ones in numerator and universe; null for a region
        cast(
            protected - protected_month_ago as bigint
        ) as people_change_month,  -- protected against the month before; null if that is not known
        coverage_pct - pct_month_ago as points_change_month,  -- coverage_pct against the month before, in points
        universe_edition <> edition_month_ago as revised_month,  -- True if another denominator held the month before
        cast(
            protected - protected_quarter_ago as bigint
        ) as people_change_quarter,  -- protected against three months before
        coverage_pct - pct_quarter_ago as points_change_quarter,  -- coverage_pct against three months before
        universe_edition <> edition_quarter_ago as revised_quarter,  -- True if another denominator held back then
        cast(
            protected - protected_year_ago as bigint
        ) as people_change_year,  -- protected against twelve months before
        coverage_pct - pct_year_ago as points_change_year,  -- coverage_pct against twelve months before
        universe_edition <> edition_year_ago as revised_year,  -- True if another denominator held back then
        target_pct,  -- Coverage to be reached by the end of the year, in percent; null without target or universe
        target_people,  -- The same in people, rounded up
        target_source,  -- Where the target was set
        gap_people,  -- People missing to the target; negative if there are more; null without target
        cast(months_left as integer) as months_left,  -- Whole months of the year after this one
        case
            when gap_people <= 0 then 0
            when months_left > 0 then (gap_people + months_left - 1) // months_left
        end as needed_a_month,  -- Registrations a month, above those who lapse, that close the gap; null if too late
        case
            when gap_people <= 0 then 'reached'
            when target_people > universe then 'unreachable'
            when gap_people > 0 and months_left = 0 then 'missed'
            when gap_people > 0 then 'open'
        end as target_state,  -- reached, open, missed (the year is over) or unreachable (more people than there are)
        make_date(month_index // 12, month_index % 12 + 1, 1)
        >= (select running_month.first_day from core.running_month) as is_running,  -- True until it is over
        is_undivided  -- True for parts of a regency that was split: those who named it before may live in another part
    from missing
    order by region_code, month, definition
)

select * from final
