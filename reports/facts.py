"""What the report shows, read from the published file: every mart once, grouped by the page that shows it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import duckdb

from reports.read import Groups, Row, by, group, rows

NATION = "00"
UNKNOWN = "unknown"
"""The feed of a file whose name tells none."""
TREND_MONTHS = 24
PERIODS = 13
DAYS = 14
"""Business dates whose deliveries are shown one by one."""
WINDOW = 30
"""Business dates whose rejected rows are told."""
OCCUPATIONS = 20

_AS_OF = """
select
    as_of, as_of + days_after + 1 as due,  -- a version is published once the files of its business date are due
    (select max(month) from marts.coverage_month) as coverage_month,
    (select max(month) from marts.monev_branch_month) as month,
    (select max(month) from marts.monev_branch_month where not is_running) as whole,
    (select max(month) from marts.incentive_close) as period
from (select max(business_date) as as_of from marts.delivery_day)
cross join (select max(days_after) as days_after from reference.feed_deadline where valid_to is null)
"""
_FEED = "select feed, label_indonesian, label_english from reference.feed order by position, feed"
_REGION = "select region_code, region_level, region_name, parent_code from reference.region order by region_code"
_CONTRADICTION = "from marts.contradiction where month + interval 1 month >= $period order by all"
_REGION_CHANGE = "from marts.region_history where shown_code <> region_code"
_BRANCH = """
select branch_code, branch_name, branch.region_code, office_code, office_name,
    coalesce(region.parent_code, branch.region_code) as province
from reference.branch left join reference.region using (region_code)
order by branch_code
"""
_COVERAGE = f"""
select *
from marts.coverage_month
where month > $coverage_month::date
    - case when region_level = 'regency' then interval {PERIODS} month else interval {TREND_MONTHS} month end
order by region_code, definition, month
"""
_AGENTS_OF_REGION = f"""
select month, region_code, agents, regencies_without_agents
from marts.agent_region_month
where month > $month::date - interval {PERIODS} month
"""
_BRANCH_MONTH = f"""
select month, branch_code, province_code, agents_on_duty, agents_with_new, agents_at_threshold,
    new_2 + new_3 as new_participants, managed, active, in_arrears, lapsed, never_paid, arrears_rp, active_pct,
    drop_out_pct, retention_3_pct, retention_6_pct, retention_12_pct, contribution_rp, new_per_agent, target_new,
    realised_new_pct, target_contribution_rp, realised_contribution_pct, streak,
    target_province_rank, target_nation_rank, province_rank, nation_rank
from marts.monev_branch_month
where month > $month::date - interval {PERIODS} month
order by month, branch_code
"""
_TO_DATE = "from marts.branch_to_date where is_running"
_WADAH_MONTH = f"""
select month, branch_code, wadah_code, agents_on_duty, agents_at_threshold, new_2 + new_3 as new_participants,
    managed, active, in_arrears, active_pct, drop_out_pct, retention_3_pct, contribution_rp, branch_rank, province_rank
from marts.monev_wadah_month
where month > $month::date - interval {PERIODS} month and wadah_code is not null
order by month, branch_rank nulls last, branch_code, wadah_code
"""
_WADAH_WATCH = """
select wadah_code, sum(agent_count) as agents, max(minimum_agents) as minimum_agents,
    max(missing_agents) as missing_agents, sum(agents_warned) as warned, sum(agents_inactive) as inactive
from marts.wadah_watch
where month = $month
group by wadah_code
order by wadah_code
"""
_AGREEMENT = """
select branch_code, wadah_code, wadah_name, pks_no, scheme, first_day, last_day
from marts.agreement
qualify last_day = max(last_day) over (partition by branch_code, wadah_code)
order by wadah_code, branch_code, last_day desc, pks_no
"""
# An agent of two wadahs in a month is one line here: the incentives of both are added up. Shares are those of the last
# month that is over.
_AGENT = """
with earned as (
    select agent_code, sum(new_count) as counted, sum(cap_rp) as cap_rp, sum(total_rp) as total_rp
    from marts.incentive_agent_month
    where month = $month
    group by agent_code
),
whole as (
    select agent_code, managed as whole_managed, active_pct, arrears_pct, drop_out_pct, retention_3_pct
    from marts.monev_agent_month
    where month = $whole
),
before as (
    select agent_code, new_2 + new_3 as new_before
    from marts.monev_agent_month
    where month = $month::date - interval 1 month
)
select agent_code, monev.branch_code, monev.wadah_code, monev.region_code, on_duty, new_2 + new_3 as new_participants,
    new_before, managed, in_arrears, arrears_rp, whole_managed, whole.active_pct, whole.arrears_pct, whole.drop_out_pct,
    whole.retention_3_pct, branch_rank, province_rank, streak,
    warnings, watch.threshold, watch.missing_to_threshold, watch.unpaid_participants, watch.months_without_acquisition,
    watch.months_without_transaction, watch.state, watch.participation, watch.adulthood, watch.other_agent_code,
    counted, cap_rp, total_rp, monev.province_code as province
from marts.monev_agent_month as monev
left join (from marts.agent_watch where month = $month) as watch using (agent_code)
left join earned using (agent_code)
left join before using (agent_code)
left join whole using (agent_code)
where monev.month = $month
order by branch_rank nulls last, agent_code
"""
_CLOSE = f"""
select month, state, agreement_problems, wadahs, payable_rp, approved_at
from marts.incentive_close
where month > $period::date - interval {PERIODS} month
order by month desc
"""
_PROBLEM_OF_AGREEMENT = """
select month, branch_code, wadah_code, problem, detail
from marts.agreement_problem where month >= $period::date - interval 1 month
order by month desc, branch_code, wadah_code, problem, detail
"""
_ROSTER_GAP = """
select branch_code, agent_code, min(from_date) as from_date, sum(new_participants) as new_participants,
    sum(payments) as payments
from marts.roster_gap where month >= $period::date - interval 1 month and kind = 'missing'
group by branch_code, agent_code
order by from_date, branch_code, agent_code
"""
_INCENTIVE_OF_WADAH = f"""
select month, wadah_code, scheme, pks, agent_count, minimum_agents, agents_total_rp, adjustment_rp, management_rp,
    payable_rp, status
from marts.incentive_wadah_month
where month > $period::date - interval {PERIODS} month
order by month desc, wadah_code, scheme
"""
# The branch of an agent's month is that of its end; management stands with the wadah alone.
_INCENTIVE_OF_BRANCH = f"""
with earned as (
    select month, agent_code, sum(acquisition_rp) as acquisition_rp, sum(contribution_rp) as contribution_rp,
        sum(adjustment_rp) as adjustment_rp, sum(total_rp) as total_rp
    from marts.incentive_agent_month
    where month > $period::date - interval {PERIODS} month
    group by all
)
select month, branch_code, province_code as province, count(*) filter (total_rp <> 0) as agents,
    sum(acquisition_rp) as acquisition_rp, sum(earned.contribution_rp) as contribution_rp,
    sum(adjustment_rp) as adjustment_rp, sum(total_rp) as total_rp
from earned left join marts.monev_agent_month as monev using (month, agent_code)
group by all
order by month desc, branch_code
"""
_PARTS = "sum(part_count) as parts, count(*) - count(part_count) as untold"
_CLAIM = f"""
select province_code as province, branch_code, programme, status, channel, sum(claim_count) as all_count,
    sum(claim_rp) as all_rp, sum(claim_count) filter (month = $claim_month) as month_count,
    sum(claim_rp) filter (month = $claim_month) as month_rp, {_PARTS}
from marts.claim_month
group by all
order by all
"""
_CLAIM_PAID = f"""
select province_code as province, month, programme, sum(claim_count) as claim_count, sum(claim_rp) as claim_rp
from marts.claim_month
where status = 'Dibayarkan' and month > $claim_month::date - interval {PERIODS} month
group by all
order by all
"""
_CLAIM_GROUP = f"""
select province_code as province, dimension, value, sum(claim_count) as claim_count, sum(claim_rp) as claim_rp, {_PARTS}
from marts.claim_group_month
where status = 'Dibayarkan' and month > $claim_month::date - interval 12 month
    and dimension in ('benefit', 'age_band', 'sex')
group by all
order by all
"""
_CLAIM_DURATION = """
select province_code as province, month, claim_count, median_days, p90_days
from marts.claim_duration
where programme = 'all'
qualify row_number() over (partition by province_code order by month desc) = 1
"""
_CLAIM_RATIO = """
select region_code as province, month, contribution_rp, benefit_rp, ratio_pct
from marts.claim_ratio
where programmes = 'all' and month > $claim_month::date - interval 3 month
order by region_code, month desc
"""
_SECTOR = """
select region_code, sector, sector_name, protected, perisai, new_registrations, people_change_year, growth_year_pct,
    universe, coverage_pct, claim_count, claim_rp, claims_hidden
from marts.sector_month left join reference.sector using (sector)
where month = (select max(month) from marts.sector_month) and region_level <> 'regency'
order by region_code, protected desc, sector
"""
_UNMAPPED = f"""
select occupation, withheld, texts, people
from marts.occupation_unmapped
where people > 0
order by people desc, occupation, withheld
limit {OCCUPATIONS}
"""
_DATES = f"""with recent as (
    select distinct business_date from marts.delivery_day
    where business_date is not null order by business_date desc limit {DAYS}
)
"""
# Of several files for one day the one that counts decides the branch's outcome.
_RECENT = f"""{_DATES}select business_date, branch_code, feed, outcome
from marts.delivery_day
where business_date in (from recent) and feed <> 'unknown'
qualify row_number() over (
    partition by business_date, branch_code, feed
    order by
        list_position(['accepted', 'accepted_with_rejects', 'duplicate', 'superseded'], outcome) nulls last, outcome
) = 1
order by business_date, branch_code, feed
"""
_BEHIND = """
select branch_code, feed, missing_since as since, days_behind as days, outcome, reason
from marts.freshness
where missing_since is not null
order by since, branch_code, feed
"""
_REFUSED = f"""{_DATES}select business_date, branch_code, feed, outcome, reason, lines, file_name
from marts.delivery_day
where outcome in ('refused', 'failed', 'nothing_accepted') and (business_date is null or business_date in (from recent))
order by business_date desc nulls first, branch_code, feed, file_name
"""
_WINDOW = f"""
select min(business_date) as since
from (select distinct business_date from marts.delivery_day order by business_date desc nulls last limit {WINDOW})
"""
_LINES = """
select branch_code, feed, sum(lines) as lines, sum(accepted) as accepted, sum(rejected) as rejected,
    sum(duplicates) as duplicates, sum(rejected) filter (business_date = $as_of) as rejected_that_day,
    count(*) filter (outcome <> 'absent') as deliveries, count(*) filter (verified) as verified
from marts.delivery_day
where business_date >= $since or business_date is null
group by all
order by all
"""
# Rows that are still to be corrected: those of a file that was replaced since are done.
_OPEN = """
select branch_code, feed, business_date, sum(lines) as lines, sum(rejected) as rejected
from marts.delivery_day
where outcome not in ('superseded', 'duplicate') and rejected > 0 and (business_date >= $since or business_date is null)
group by all
order by business_date desc nulls first, branch_code, feed
"""
_RULE = """
select branch_code, feed, rule, severity, any_value(reason order by business_date desc, reason) as reason,
    sum(failed) as failed, sum(failed) filter (business_date = $as_of) as that_day, max(business_date) as last_date,
    sum(failed) filter (outcome not in ('superseded', 'duplicate')) as open_failed
from marts.validation_result
where business_date >= $since
group by branch_code, feed, rule, severity
order by failed desc, branch_code, feed, rule
"""
_SIGNAL = """
select branch_code, kind, agent_code, signal_count, threshold, from_date, to_date, clock
from marts.quality_signal
order by to_date desc, kind, branch_code, agent_code, from_date, clock, signal_count
"""
_CHECK = """
select check_name, mart, severity, outcome, failed, examples, meaning, meaning_indonesian
from marts.check_result
where outcome <> 'passed'
order by severity, check_name
"""
_RECONCILIATION = "select * from marts.reconciliation order by all"


@dataclass(frozen=True)
class Facts:
    """What the published file says, grouped; a group without rows is empty."""

    as_of: date | None
    due: date | None
    month: date | None
    whole: date | None
    period: date | None
    claim_month: date | None
    months: list[date]
    days: list[date]
    since: date | None
    feeds: dict[str, tuple[str, str]]
    regions: dict[str, Row]
    region_changes: Groups
    branches: dict[str, Row]
    coverage: dict[tuple[str, str], dict[date, Row]]
    coverage_columns: list[str]
    agents_of_region: dict[tuple[str, date], Row]
    branch_months: Groups
    to_date: Groups
    wadah_months: Groups
    wadah_watch: dict[str, Row]
    agreements: Groups
    agents: list[Row]
    close: list[Row]
    agreement_problems: list[Row]
    roster_gaps: list[Row]
    contradictions: list[Row]
    wadah_incentives: Groups
    branch_incentives: list[Row]
    claims: list[Row]
    claims_paid: list[Row]
    claim_groups: list[Row]
    claim_duration: dict[str, Row]
    claim_ratio: Groups
    sectors: Groups
    unmapped: list[Row]
    outcomes: dict[tuple[str, str, date], str]
    behind: Groups
    refused: list[Row]
    lines: Groups
    open_rejected: Groups
    rules: list[Row]
    signals: list[Row]
    checks: list[Row]
    figures: list[Row]

    @property
    def running(self) -> bool:
        """Whether the month shown is not over yet; ``whole`` is the last one that is."""
        return self.month != self.whole


def read(con: duckdb.DuckDBPyConnection) -> Facts:
    """Reads the published file.

    Args:
        con: a connection to it.

    Raises:
        duckdb.Error: it is no published warehouse, or lacks a table that the report needs.
    """
    (when,) = rows(con, _AS_OF)
    as_of, month, period = when["as_of"], when["month"], when["period"]
    claim_month = as_of.replace(day=1) if as_of else month
    (window,) = rows(con, _WINDOW)
    coverage: defaultdict[tuple[str, str], dict[date, Row]] = defaultdict(dict)
    for row in rows(con, _COVERAGE, coverage_month=when["coverage_month"]):
        coverage[row["region_code"], row["definition"]][row["month"]] = row
    recent = rows(con, _RECENT)
    return Facts(
        as_of=as_of,
        due=when["due"],
        month=month,
        whole=when["whole"],
        period=period,
        claim_month=claim_month,
        months=sorted({m for by_month in coverage.values() for m in by_month}),
        days=sorted({row["business_date"] for row in recent}),
        since=window["since"],
        feeds={row["feed"]: (row["label_indonesian"], row["label_english"]) for row in rows(con, _FEED)},
        regions={row["region_code"]: row for row in rows(con, _REGION)},
        region_changes=group(rows(con, _REGION_CHANGE), "region_code"),
        branches={row["branch_code"]: row for row in rows(con, _BRANCH)},
        coverage=coverage,
        coverage_columns=[name for name, *_ in con.execute("describe marts.coverage_month").fetchall()],
        agents_of_region={(row["region_code"], row["month"]): row for row in rows(con, _AGENTS_OF_REGION, month=month)},
        branch_months=group(rows(con, _BRANCH_MONTH, month=month), "branch_code"),
        to_date=group(rows(con, _TO_DATE), "branch_code"),
        wadah_months=group(rows(con, _WADAH_MONTH, month=month), "wadah_code"),
        wadah_watch=by(rows(con, _WADAH_WATCH, month=month), "wadah_code"),
        agreements=group(rows(con, _AGREEMENT), "wadah_code"),
        agents=rows(con, _AGENT, month=month, whole=when["whole"]),
        close=rows(con, _CLOSE, period=period),
        agreement_problems=rows(con, _PROBLEM_OF_AGREEMENT, period=period),
        roster_gaps=rows(con, _ROSTER_GAP, period=period),
        contradictions=rows(con, _CONTRADICTION, period=period),
        wadah_incentives=group(rows(con, _INCENTIVE_OF_WADAH, period=period), "wadah_code"),
        branch_incentives=rows(con, _INCENTIVE_OF_BRANCH, period=period),
        claims=rows(con, _CLAIM, claim_month=claim_month),
        claims_paid=rows(con, _CLAIM_PAID, claim_month=claim_month),
        claim_groups=rows(con, _CLAIM_GROUP, claim_month=claim_month),
        claim_duration=by(rows(con, _CLAIM_DURATION), "province"),
        claim_ratio=group(rows(con, _CLAIM_RATIO, claim_month=claim_month), "province"),
        sectors=group(rows(con, _SECTOR), "region_code"),
        unmapped=rows(con, _UNMAPPED),
        outcomes={(row["branch_code"], row["feed"], row["business_date"]): row["outcome"] for row in recent},
        behind=group(rows(con, _BEHIND), "branch_code"),
        refused=rows(con, _REFUSED),
        lines=group(rows(con, _LINES, as_of=as_of, since=window["since"]), "branch_code"),
        open_rejected=group(rows(con, _OPEN, since=window["since"]), "branch_code"),
        rules=rows(con, _RULE, as_of=as_of, since=window["since"]),
        signals=rows(con, _SIGNAL),
        checks=rows(con, _CHECK),
        figures=rows(con, _RECONCILIATION),
    )
