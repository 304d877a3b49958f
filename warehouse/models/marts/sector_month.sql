/*
grain: one row per region (nation, province or regency), sector and month, from the first month with anybody in it
key: region_code, sector, month
meaning: In which sectors the informal workers of a region are protected, where that grows, how much of a sector is
    reached and what its claims cost: where to go next.
date: the month, its state at the end; registrations by registration_date, claims by the day of payment
source: core.status_change, core.occupation_sector, core.region_history, marts.claim_group_month,
    reference.sector_universe
owner: head office, membership
caveats: a person's sector is that of the latest registration on or before the end of the month that states an
    occupation. The nation adds up all regions, but its denominator is only one that was published for the nation.
    Claims stand on provinces alone, those of the offices, and are what marts.claim_group_month shows of them: where
    it pools small sectors of a province and month, more claims of each sector may be among the pooled ones. A month
    has the regions of its last day; parts of a region that was split have those who named their code
*/
with spoken as (
    select
        occupation,
        sector
    from core.occupation_sector
),

event as (
    select
        change.region_code,
        coalesce(spoken.sector, 'unstated') as sector,
        change.month_index,
        sum(case when change.protected then change.people else 0 end) as people,
        sum(case when change.protected and change.by_perisai then change.people else 0 end) as people_by_perisai,
        sum(change.new_people) as new_people
    from core.status_change as change
    left join spoken on change.occupation = spoken.occupation
    where change.protected or change.new_people > 0
    group by change.region_code, coalesce(spoken.sector, 'unstated'), change.month_index
),

span as (
    select
        (select min(month_index) from core.status_change) as first_index,
        (select max(year(business_date) * 12 + month(business_date) - 1) from raw.business_day) as last_index
),

named_cell as (
    select
        region_code,
        sector,
        min(month_index) as from_index
    from event
    group by region_code, sector
),

named_calendar as (
    select
        named_cell.region_code,
        named_cell.sector,
        unnest(generate_series(named_cell.from_index, span.last_index)) as month_index
    from named_cell
    cross join span
),

named as (
    select
        calendar.region_code,
        calendar.sector,
        calendar.month_index,
        sum(coalesce(event.people, 0)) over life as protected,
        sum(coalesce(event.people_by_perisai, 0)) over life as perisai,
        coalesce(event.new_people, 0) as new_registrations
    from named_calendar as calendar
    left join event
        on
            calendar.region_code = event.region_code
            and calendar.sector = event.sector
            and calendar.month_index = event.month_index
    window life as (partition by calendar.region_code, calendar.sector order by calendar.month_index)
),

-- In months as region_history has them.
history as (
    select
        *,
        coalesce(year(first_month) * 12 + month(first_month) - 1, 0) as first_index,
        coalesce(year(last_month) * 12 + month(last_month) - 1, 999999) as last_index,
        coalesce(year(same_since) * 12 + month(same_since) - 1, 0) as same_index
    from core.region_history
),

placed as (
    select
        named.sector,
        named.month_index,
        named.protected,
        named.perisai,
        named.new_registrations,
        unnest([history.shown_code, history.parent_code, '00']) as region_code,
        unnest(['regency', 'province', 'nation']) as region_level
    from named
    inner join history
        on
            named.region_code = history.region_code
            and named.month_index between history.first_index and history.last_index
),

-- What of claims is published; a month in which some of a province are pooled may have more of any sector.
claim as (
    select
        province_code as region_code,
        case value when 'unknown' then 'unstated' else value end as sector,
        year(month) * 12 + month(month) - 1 as month_index,
        sum(claim_count) as claim_count,
        sum(claim_rp) as claim_rp
    from marts.claim_group_month
    where
        status = 'Dibayarkan'
        and dimension = 'sector'
        and value <> 'pooled'
        and province_code <> 'pooled'
        and claim_count is not null
    group by province_code, case value when 'unknown' then 'unstated' else value end, year(month), month(month)
),

pooled as (
    select distinct
        region.region_code,
        year(cell.month) * 12 + month(cell.month) - 1 as month_index
    from marts.claim_group_month as cell
    inner join history as region on cell.province_code = region.region_code or cell.province_code = 'pooled'
    where
        region.region_level = 'province'
        and cell.status = 'Dibayarkan'
        and cell.dimension = 'sector'
        and (cell.value = 'pooled' or cell.province_code = 'pooled' or cell.claim_count is null)
),

claim_cell as (
    select
        region_code,
        sector,
        min(month_index) as from_index
    from claim
    group by region_code, sector
),

every as (
    select * from placed
    union all by name
    select
        claim_cell.region_code,
        'province' as region_level,
        claim_cell.sector,
        unnest(generate_series(claim_cell.from_index, span.last_index)) as month_index,
        0 as protected,
        0 as perisai,
        0 as new_registrations
    from claim_cell
    cross join span
),

summed as (
    select
        region_code,
        region_level,
        sector,
        month_index,
        sum(protected) as protected,
        sum(perisai) as perisai,
        sum(new_registrations) as new_registrations
    from every
    group by region_code, region_level, sector, month_index
),

running as (
    select
        summed.*,
        coalesce(history.same_index, 0) as same_index
    from summed
    left join history
        on
            summed.region_code = history.region_code
            and summed.month_index between history.first_index and history.last_index
),

-- Before its first month a cell had nobody, which is known as far back as the warehouse reaches and the region has had
-- the same area.
compared as (
    select
        running.*,
        case
            when running.month_index - 1 >= greatest(span.first_index, running.same_index)
                then coalesce(lag(running.protected, 1) over life, 0)
        end as protected_month_ago,
        case
            when running.month_index - 12 >= greatest(span.first_index, running.same_index)
                then coalesce(lag(running.protected, 12) over life, 0)
        end as protected_year_ago
    from running
    cross join span
    window life as (partition by running.region_code, running.sector, running.same_index order by running.month_index)
),

denominator as (
    select
        region_code,
        sector,
        people,
        source,
        reference_from,
        year(reference_from) * 12 + month(reference_from) - 1 as from_index,
        lead(year(reference_from) * 12 + month(reference_from) - 1) over (
            partition by region_code, sector order by reference_from
        ) as to_index
    from reference.sector_universe
),

measured as (
    select
        compared.*,
        denominator.people as universe,
        denominator.source as universe_source,
        denominator.reference_from as universe_period,
        case
            when compared.region_level <> 'province' then null
            when claim.claim_count is null and pooled.month_index is not null then null
            else coalesce(claim.claim_count, 0)
        end as claim_count,
        case
            when compared.region_level <> 'province' then null
            when claim.claim_count is null and pooled.month_index is not null then null
            else coalesce(claim.claim_rp, 0)
        end as claim_rp,
        case compared.region_level when 'province' then pooled.month_index is not null end as claims_hidden
    from compared
    left join denominator
        on
            compared.region_code = denominator.region_code
            and compared.sector = denominator.sector
            and compared.month_index >= denominator.from_index
            and compared.month_index < coalesce(denominator.to_index, compared.month_index + 1)
            and compared.same_index <= denominator.from_index
    left join claim
        on
            compared.region_code = claim.region_code
            and compared.sector = claim.sector
            and compared.month_index = claim.month_index
    left join pooled
        on
            compared.region_code = pooled.region_code
            and compared.month_index = pooled.month_index
),

final as (
    select
        region_code,  -- Official code of the region; 00 for the nation
        region_level,  -- nation, province or regency (kabupaten or kota)
        sector,  -- Sector; unmapped if the occupation is in no list, unstated if none was ever said
        make_date(month_index // 12, month_index % 12 + 1, 1) as month,  -- The month, its first day
        cast(protected as bigint) as protected,  -- Protected informal workers of the sector
        cast(perisai as bigint) as perisai,  -- Of these the ones whom a Perisai acquired
        cast(new_registrations as bigint) as new_registrations,  -- Persons whose first registration is of the month
        cast(protected - protected_month_ago as bigint) as people_change_month,  -- protected against the month before
        cast(
            protected - protected_year_ago as bigint
        ) as people_change_year,  -- protected against twelve months before; null if the warehouse does not reach back
        cast(
            protected - protected_year_ago as double
        ) * 100 / nullif(protected_year_ago, 0) as growth_year_pct,  -- The same in percent; null if there was nobody
        universe,  -- Non-wage workers of the sector; null if no count is known
        cast(protected as double) * 100 / universe as coverage_pct,  -- protected out of universe, in percent
        universe_source,  -- Where the denominator was published
        universe_period,  -- Date from which the denominator is the current one
        cast(
            claim_count as bigint
        ) as claim_count,  -- Claims paid that are shown; null if none is and some are pooled, or no province
        cast(claim_rp as bigint) as claim_rp,  -- Their value, in rupiah; null likewise
        claims_hidden,  -- True if some are pooled, of whatever sector
        make_date(month_index // 12, month_index % 12 + 1, 1)
        >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from measured
    order by region_code, sector, month
)

select * from final
