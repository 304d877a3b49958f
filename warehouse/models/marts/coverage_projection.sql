/*
grain: one row per region (nation, province or regency) and definition
key: region_code, definition
meaning: How many people will be protected at the end of the year if the last three whole months go on, beside the
    target.
date: the last whole month; the year is that of the latest business date
source: marts.coverage_month
owner: head office, planning
kind: view
caveats: a straight line, not a forecast: it knows no season and no campaign. Months of the past change when arrears are
    paid, so the youngest of them are low. Null where the warehouse does not reach three months back
*/
with latest as (
    select
        *,
        max(month) over (partition by region_code, definition) as last_month,
        max(case when not is_running then month end) over (partition by region_code, definition) as whole_month
    from marts.coverage_month
),

whole as (
    select
        region_code,
        region_level,
        definition,
        month,
        protected,
        numerator,
        universe,
        year(last_month) * 12 + 11 - (year(month) * 12 + month(month) - 1) as months_left,
        people_change_quarter / 3.0 as pace_people
    from latest
    where month = whole_month
),

aimed as (
    select
        whole.*,
        latest.target_people,
        whole.protected + whole.pace_people * whole.months_left as projected
    from whole
    inner join latest
        on
            whole.region_code = latest.region_code
            and whole.definition = latest.definition
            and latest.month = latest.last_month
),

final as (
    select
        region_code,  -- Official code of the region; 00 for the nation
        region_level,  -- nation, province or regency (kabupaten or kota)
        definition,  -- bpu or ucj
        month as from_month,  -- The last whole month, its first day
        protected,  -- Protected people at its end
        pace_people,  -- People a month by whom they grew in the three months up to it
        cast(months_left as integer) as months_left,  -- Months from it to the end of the year
        cast(round(projected) as bigint) as projected_people,  -- Protected people at the end of the year by that pace
        case
            when numerator is not null then projected * 100 / nullif(universe, 0)
        end as projected_pct,  -- Out of the universe of that month, in percent; for the nation see caveats there
        target_people,  -- Target of the year in people; null without one
        target_people - cast(round(projected) as bigint) as projected_gap_people  -- What will be missing to it
    from aimed
    order by region_code, definition
)

select * from final
