/*
grain: one row per region code and stretch of months in which it means the same
key: region_code, first_month
meaning: In which months a region is shown, under which code people who named it are counted then, and to which region
    of today its figures belong. Marts show each month in the regions of its last day, by this table.
date: first_month and last_month, both included
source: reference.region, raw.business_day
owner: head office, planning
caveats: a month belongs to the regions of its last day. Who named a region that was renamed or merged counts in what it
    became. Who named one that was split cannot be told apart: they stay under the code that they named, is_undivided,
    and unit_code is what can be counted exactly. Add figures up by territory_code to compare all months in the regions
    of today
*/
with recursive as_of as (
    select coalesce(max(year(business_date) * 12 + month(business_date) - 1), 0) as last_index
    from raw.business_day
),

-- A row is shown in the months on whose last day it holds, and ends if it does so by now.
region as (
    select
        region.*,
        coalesce(year(region.valid_from) * 12 + month(region.valid_from) - 1, 0) as from_index,
        lead(coalesce(year(region.valid_from) * 12 + month(region.valid_from) - 1, 0), 1, 999999) over (
            partition by region.region_code order by region.valid_from nulls first
        ) as next_index,
        case
            when year(region.valid_to + 1) * 12 + month(region.valid_to + 1) - 1 <= as_of.last_index
                then year(region.valid_to + 1) * 12 + month(region.valid_to + 1) - 1
        end as to_index
    from reference.region
    inner join as_of on coalesce(year(region.valid_from) * 12 + month(region.valid_from) - 1, 0) <= as_of.last_index
),

life as (
    select
        region_code,
        min(from_index) as from_index,
        arg_min(region_level, from_index) as first_level,
        arg_min(region_name, from_index) as first_name,
        nullif(max(coalesce(to_index, 999999)), 999999) as to_index
    from region
    group by region_code
),

heir as (
    select
        region_code,
        parent_code,
        to_index as at_index,
        unnest(string_split(became, ';')) as heir_code
    from region
    where to_index is not null
),

moment as (
    select 0 as at_index
    union
    select at_index from heir
    union
    select from_index as at_index from region
),

cell as (
    select
        moment.at_index,
        life.region_code,
        life.first_level,
        life.first_name,
        case
            when life.from_index > moment.at_index then 'not_begun'
            when life.to_index <= moment.at_index then 'ended'
            else 'in_force'
        end as state
    from moment
    cross join life
),

-- From a code that does not exist then to the codes of then, none twice on one path. (Without a path, a recursive union
-- would have to drop what it has found before, which not every engine can.)
way as (
    select
        at_index,
        region_code,
        region_code as other_code,
        state,
        concat(';', region_code, ';') as path
    from cell
    union all
    select
        way.at_index,
        way.region_code,
        cell.region_code as other_code,
        cell.state,
        concat(way.path, cell.region_code, ';') as path
    from way
    inner join heir
        on
            (way.state = 'ended' and way.other_code = heir.region_code and way.at_index >= heir.at_index)
            or (way.state = 'not_begun' and way.other_code = heir.heir_code and way.at_index < heir.at_index)
    inner join cell
        on
            way.at_index = cell.at_index
            and cell.region_code = case way.state when 'ended' then heir.heir_code else heir.region_code end
            and way.path not like concat('%;', cell.region_code, ';%')
),

found as (
    select
        at_index,
        region_code,
        min(other_code) filter (state = 'in_force') as found_code,
        count(distinct other_code) filter (state = 'in_force') as found_count
    from way
    group by at_index, region_code
),

-- Codes that changes up to then connect; of all changes they are a territory.
link as (
    select
        at_index,
        region_code,
        region_code as other_code,
        concat(';', region_code, ';') as path
    from cell
    union all
    select
        link.at_index,
        link.region_code,
        cell.region_code as other_code,
        concat(link.path, cell.region_code, ';') as path
    from link
    inner join heir
        on link.at_index >= heir.at_index and link.other_code in (heir.region_code, heir.heir_code)
    inner join cell
        on
            link.at_index = cell.at_index
            and cell.region_code
            = case link.other_code when heir.region_code then heir.heir_code else heir.region_code end
            and link.path not like concat('%;', cell.region_code, ';%')
),

unit as (
    select
        link.at_index,
        link.region_code,
        string_agg(distinct cell.region_code, '+' order by cell.region_code) as unit_code
    from link
    inner join cell on link.at_index = cell.at_index and link.other_code = cell.region_code and cell.state = 'in_force'
    group by link.at_index, link.region_code
),

territory as (
    select
        region_code,
        arg_max(unit_code, at_index) as territory_code
    from unit
    group by region_code
),

-- A row that goes on alone from one row of its own code has the same area as before.
alone as (
    select
        region_code,
        at_index
    from heir
    group by region_code, at_index
    having count(*) = 1
),

extent as (
    select
        heir.heir_code as region_code,
        heir.at_index
    from heir
    left join alone on heir.region_code = alone.region_code and heir.at_index = alone.at_index
    where heir.region_code <> heir.heir_code or alone.region_code is null
    union
    select
        unnest([heir.parent_code, region.parent_code]) as region_code,
        heir.at_index
    from heir
    inner join region on heir.heir_code = region.region_code and heir.at_index = region.from_index
    where heir.parent_code <> region.parent_code
),

same as (
    select
        cell.at_index,
        cell.region_code,
        max(extent.at_index) as extent_index
    from cell
    inner join extent on cell.region_code = extent.region_code and cell.at_index >= extent.at_index
    group by cell.at_index, cell.region_code
),

named as (
    select
        cell.*,
        case found.found_count when 1 then found.found_code else cell.region_code end as shown_code,
        territory.territory_code,
        same.extent_index,
        coalesce(found.found_code, cell.region_code) as like_code
    from cell
    inner join found on cell.at_index = found.at_index and cell.region_code = found.region_code
    inner join territory on cell.region_code = territory.region_code
    left join same on cell.at_index = same.at_index and cell.region_code = same.region_code
),

-- Before its first row a code is called as in that one.
described as (
    select
        named.*,
        coalesce(unit.unit_code, named.shown_code) as unit_code,
        coalesce(own.region_level, named.first_level) as region_level,
        coalesce(own.region_name, named.first_name) as region_name,
        place.parent_code
    from named
    -- people name a regency, so that provinces are counted exactly
    left join unit
        on named.at_index = unit.at_index and named.shown_code = unit.region_code and named.first_level = 'regency'
    left join region as own
        on
            named.region_code = own.region_code
            and named.at_index >= own.from_index
            and named.at_index < own.next_index
    left join region as place
        on
            named.like_code = place.region_code
            and named.at_index >= place.from_index
            and named.at_index < place.next_index
),

-- Moments at which nothing changes for a code are left out.
told as (
    select
        *,
        concat_ws(
            '|', state, shown_code, unit_code, extent_index, region_name, coalesce(parent_code, '-')
        ) as all_of_it
    from described
),

changed as (
    select *
    from told
    qualify all_of_it is distinct from lag(all_of_it) over (partition by region_code order by at_index)
),

stretch as (
    select
        *,
        lead(at_index) over (partition by region_code order by at_index) as next_index
    from changed
),

final as (
    select
        region_code,  -- Official code, as exports name it
        case
            when at_index > 0 then make_date(at_index // 12, at_index % 12 + 1, 1)
        end as first_month,  -- First month of the stretch, its first day; null for all before last_month
        cast(
            make_date(next_index // 12, next_index % 12 + 1, 1) - interval 1 month as date
        ) as last_month,  -- Last month of the stretch, its first day; null while it goes on
        region_level,  -- province or regency (kabupaten or kota)
        region_name,  -- Name in these months
        parent_code,  -- Province in these months; null for a province
        state,  -- in_force, not_begun (who names the code counts in shown_code) or ended
        shown_code,  -- Code under which those who named region_code are counted in these months
        unit_code,  -- Smallest area that is counted exactly: a region, or the codes of several with a plus between them
        unit_code <> shown_code as is_undivided,  -- True if it cannot be told who of a split region lives where
        case
            when extent_index is not null then make_date(extent_index // 12, extent_index % 12 + 1, 1)
        end as same_since,  -- First month from which on the region has had the same area; null if it always had
        territory_code  -- Region of today, or regions of today together, to which figures of any month add up
    from stretch
    order by region_code, first_month nulls first
)

select * from final
