-- until: 2027-12-31
-- why: rows have dates now, and stand more than once; here the latest one of each stands alone
select scheme, valid_from, valid_to, threshold_new, threshold_per_programmes, acquisition_needs_contribution,
    state_paid_earns, agent_share, management_rate, minimum_agents, tax_rate, citation
from reference_v2.incentive_scheme
qualify row_number() over (partition by scheme order by valid_from desc) = 1
