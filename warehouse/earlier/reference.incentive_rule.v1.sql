-- until: 2027-12-31
-- why: rows have dates now, and stand more than once; here the latest one of each stands alone
select scheme, rule, programmes, month_from, month_to, amount_rp, rate, citation
from reference_v2.incentive_rule
qualify row_number() over (partition by scheme, rule, programmes, month_from order by valid_from desc) = 1
