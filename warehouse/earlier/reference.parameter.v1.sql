-- until: 2027-12-31
-- why: rows have dates now, and stand more than once; here the latest one of each stands alone
select parameter, value, unit, citation
from reference_v2.parameter
qualify row_number() over (partition by parameter order by valid_from desc) = 1
