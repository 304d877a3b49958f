-- until: 2027-12-31
-- why: every mart calls its month by one name, month; here it has the name period too
-- key: period, agent_code, wadah_code, scheme
select month as period, * from marts_v2.incentive_agent_month
