-- until: 2027-12-31
-- why: acquisitions may be paid in tiers now, and have a row for each; here the first tier stands alone
select scheme, rule, programmes, month_from, month_to, amount_rp, rate, valid_from, valid_to, citation
from reference_v3.incentive_rule
where coalesce(new_from, 1) = 1
