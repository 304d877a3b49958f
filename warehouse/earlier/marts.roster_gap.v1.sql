-- until: 2027-12-31
-- why: every mart calls its month by one name, month; here it has the name period too
-- key: period, agent_code, kind, from_date
select month as period, * from marts_v2.roster_gap
