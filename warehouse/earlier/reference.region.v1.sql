-- until: 2027-12-31
-- why: regions have dates now, and stand more than once; here the latest row of each stands alone
-- key: region_code
select region_code, region_level, region_name, parent_code, statistics_code
from reference_v2.region
qualify row_number() over (partition by region_code order by valid_from desc nulls last) = 1
