/*
grain: one row per region code and stretch of months in which it means the same
key: region_code, first_month
meaning: In which months a region is shown, under which code people who named it are counted then, and to which region
    of today its figures belong. Marts show each month in the regions of its last day, by this table.
date: first_month and last_month, both included
source: core.region_history
owner: head office, planning
caveats: a month belongs to the regions of its last day. Who named a region that was renamed or merged counts in what it
    became. Who named one that was split cannot be told apart: they stay under the code that they named, is_undivided,
    and unit_code is what can be counted exactly. Add figures up by territory_code to compare all months in the regions
    of today
*/
with final as (
    select
        region_code,  -- Official code, as exports name it
        first_month,  -- First month of the stretch, its first day; null for all before last_month
        last_month,  -- Last month of the stretch, its first day; null while it goes on
        region_level,  -- province or regency (kabupaten or kota)
        region_name,  -- Name in these months
        parent_code,  -- Province in these months; null for a province
        state,  -- in_force, not_begun (who names the code counts in shown_code) or ended
        shown_code,  -- Code under which those who named region_code are counted in these months
        unit_code,  -- Smallest area that is counted exactly: a region, or the codes of several with a plus between them
        is_undivided,  -- True if it cannot be told who of a split region lives where
        same_since,  -- First month from which on the region has had the same area; null if it always had
        territory_code  -- Region of today, or regions of today together, to which figures of any month add up
    from core.region_history
    order by region_code, first_month nulls first
)

select * from final
