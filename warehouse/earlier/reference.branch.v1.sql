-- until: 2027-12-31
-- why: a branch has a row for each stretch of days now; here the latest one stands alone, with the first and last day of all
-- key: branch_code
select branch_code, branch_name, region_code, office_code, office_name, time_zone,
    nullif(min(coalesce(valid_from, date '0001-01-01')) over (partition by branch_code), date '0001-01-01') as valid_from,
    valid_to
from reference_v2.branch
qualify row_number() over (partition by branch_code order by valid_from desc nulls last) = 1
