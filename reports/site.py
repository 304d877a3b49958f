"""The static report: a page for the nation and one per province, from the published file alone.

The pages carry both languages, load nothing from anywhere, and are the same bytes for the same version.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import charts, words

Row = dict[str, Any]

_TEMPLATES = Path(__file__).parent / "templates"
_FEEDS = ("registrations", "contributions", "claims", "agents")
_TREND_MONTHS = 24
_RECENT_DAYS = 7
_TOP = 10
_ORDER = ("perisai", "other", "unresolved", "Diajukan", "Ditetapkan", "Ditolak", "Dibayarkan")
_MEASURES = ("universe", "protected", "coverage_pct", "perisai", "perisai_share_pct", "ucj_points", "universe_source")

_REGION = """
select region_code, region_level, region_name, parent_code
from reference.region
order by region_code
"""
# All columns: what says where a denominator comes from is shown if the mart has it.
_COVERAGE = f"""
select *
from marts.coverage_month
where month > (select max(month) from marts.coverage_month) - interval {_TREND_MONTHS} month
order by region_code, month, definition
"""
_PERIODS = """
with agent as (
    select period, count(distinct agent_code) as agents, sum(acquisition_rp) as acquisition_rp,
        sum(contribution_rp) as contribution_rp, count(distinct agent_code) filter (new_count = 0) as without_new
    from marts.incentive_agent_month
    group by period
),
wadah as (
    select period, count(distinct wadah_code) as wadah, sum(agents_total_rp) as agents_total_rp,
        sum(management_rp) as management_rp, sum(payable_rp) as payable_rp
    from marts.incentive_wadah_month
    group by period
)
select * from agent full join wadah using (period) order by period desc limit 12
"""
_BELOW_THRESHOLD = """
select count(distinct agent_code) as agents
from marts.incentive_line
where period = $period and reason = 'below_threshold'
"""
_TOP_AGENTS = f"""
select agent_code, wadah_code, scheme, new_count, acquisition_rp, contribution_rp, total_rp
from marts.incentive_agent_month
where period = $period
order by total_rp desc, agent_code, wadah_code, scheme
limit {_TOP}
"""
# All columns: the wadah's name is shown if the mart has it.
_TOP_WADAH = f"""
select *
from marts.incentive_wadah_month
where period = $period
order by payable_rp desc, wadah_code, scheme
limit {_TOP}
"""
_PROVINCE_OF_BRANCH = """
with branch as (
    select branch.branch_code, branch_name, office_name, coalesce(region.parent_code, branch.region_code) as province
    from reference.branch left join reference.region using (region_code)
)
"""
_CLAIMS = """
select province_code as province, month, programme, status, channel, coalesce(sum(claim_count), 0) as claim_count,
    coalesce(sum(claim_rp), 0) as claim_rp
from marts.claim_month
group by all
order by all
"""
_BRANCHES = f"""{_PROVINCE_OF_BRANCH}
select
    branch_code,
    any_value(branch_name) as branch_name,
    any_value(office_name) as office_name,
    any_value(province) as province,
    count(*) filter (outcome <> 'absent') as deliveries,
    count(*) filter (verified) as verified,
    coalesce(sum(lines), 0) as lines,
    coalesce(sum(accepted), 0) as accepted,
    coalesce(sum(rejected), 0) as rejected,
    coalesce(sum(duplicates), 0) as duplicates,
    coalesce(sum(rejected) filter (business_date = $as_of), 0) as rejected_that_day
from branch full join marts.delivery_day using (branch_code)
group by branch_code
order by branch_code
"""
# Of several files for one day the one that counts speaks for the branch; the others are among the problems.
_THAT_DAY = """
select branch_code, feed, outcome
from marts.delivery_day
where business_date = $as_of
qualify row_number() over (
    partition by branch_code, feed
    order by
        list_position(['accepted', 'accepted_with_rejects', 'duplicate', 'superseded'], outcome) nulls last,
        outcome
) = 1
"""
_PROBLEMS = f"""{_PROVINCE_OF_BRANCH}
, recent as (
    select distinct business_date from marts.delivery_day order by business_date desc nulls last limit {_RECENT_DAYS}
)
select business_date, branch_code, any_value(branch_name) as branch_name, any_value(province) as province, outcome,
    reason, list(distinct feed order by feed) as feeds, sum(lines) as lines
from marts.delivery_day left join branch using (branch_code)
where outcome in ('refused', 'failed', 'absent')
    and (business_date is null or business_date in (from recent))
group by business_date, branch_code, outcome, reason
order by business_date desc nulls first, branch_code, outcome, reason
"""
# All columns: branch, feed, first day and the verdict are shown if the mart has them.
_RECONCILIATION = "select * from marts.reconciliation order by all"


def write(database: Path, folder: Path) -> list[Path]:
    """Draws the report of a published version.

    Args:
        database: the published DuckDB file; its version is read from the ``manifest.json`` beside it, if any.
        folder: where the pages are to be; it is replaced whole, in the end.

    Returns:
        The pages, ``index.html`` first.

    Raises:
        duckdb.Error: the file is no published warehouse, or lacks a table that the report needs.
    """
    with duckdb.connect(str(database), read_only=True) as con:
        pages = _pages(con, _version(database))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, before = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    for left_by_a_killed_run in (beside, before):
        shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
    beside.mkdir()
    for name, content in pages.items():
        (beside / name).write_text(content, encoding="utf-8", newline="\n")
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
    return [folder / name for name in pages]


def _version(database: Path) -> str | None:
    manifest = database.with_name("manifest.json")
    return str(json.loads(manifest.read_text(encoding="utf-8"))["stamp"]) if manifest.exists() else None


def _pages(con: duckdb.DuckDBPyConnection, version: str | None) -> dict[str, str]:
    """File name → HTML."""
    as_of = _one(con, "select max(business_date) from marts.delivery_day")
    regions = {region["region_code"]: region for region in _rows(con, _REGION)}
    months = _add_coverage(regions, _rows(con, _COVERAGE))
    branches = _branches(con, as_of)
    claims = _rows(con, _CLAIMS)
    problems = _rows(con, _PROBLEMS)
    figures = _rows(con, _RECONCILIATION)
    names = {b["branch_code"]: b["branch_name"] or b["branch_code"] for b in branches}
    names |= {code: region["region_name"] for code, region in regions.items()}
    claim_month = as_of.replace(day=1) if as_of else max((claim["month"] for claim in claims), default=None)
    provinces = [region for region in regions.values() if region["region_level"] == "province"]

    shared = {"as_of": as_of, "version": version, "months": months, "claim_month": claim_month, "names": names}
    render = _templates()
    pages = {
        "index.html": render.get_template("index.html").render(
            **shared,
            provinces=provinces,
            **_incentives(con),
            **_claims(claims, claim_month),
            **_deliveries(branches, problems),
            **_figures(figures),
        )
    }
    for province in provinces:
        code = province["region_code"]
        within = [region for region in regions.values() if region["parent_code"] == code]
        codes = {code, *(r["region_code"] for r in within)}
        codes |= {b["branch_code"] for b in branches if b["province"] == code}
        pages[f"province-{code}.html"] = render.get_template("province.html").render(
            **shared,
            province=province,
            regencies=within,
            **_claims(_of(claims, code), claim_month),
            **_deliveries(_of(branches, code), _of(problems, code)),
            **_figures(figure for figure in figures if figure["region_code"] in codes),
        )
    return pages


def _add_coverage(regions: dict[str, Row], coverage: list[Row]) -> list[date]:
    """Gives each region its months of both definitions, and the last one; returns the months, oldest first."""
    nothing: Row = dict.fromkeys(_MEASURES)
    rows = {(row["region_code"], row["definition"], row["month"]): nothing | row for row in coverage}
    months = sorted({row["month"] for row in coverage})
    for code, region in regions.items():
        for definition in ("bpu", "ucj"):
            trend = [rows.get((code, definition, month), nothing) for month in months]
            region[f"{definition}_months"] = trend
            region[definition] = trend[-1] if trend else nothing
    return months


def _incentives(con: duckdb.DuckDBPyConnection) -> Row:
    """The last periods, newest first, and of the newest the agents and wadah with most."""
    periods = _rows(con, _PERIODS)
    last = {"period": periods[0]["period"] if periods else None}
    return {
        "periods": periods,
        "below_threshold": _one(con, _BELOW_THRESHOLD, **last),
        "top_agents": _rows(con, _TOP_AGENTS, **last),
        "top_wadah": _rows(con, _TOP_WADAH, **last),
    }


def _claims(claims: list[Row], month: date | None) -> Row:
    paid = [claim for claim in claims if claim["status"] == "Dibayarkan"]
    return {
        "claims_by_status": _claim_sums(claims, month, "channel", "status"),
        "claims_paid": _claim_sums(paid, month, "programme", "channel"),
        "claims_paid_all": sum(claim["claim_count"] for claim in paid),
        "claims_paid_all_rp": sum(claim["claim_rp"] for claim in paid),
    }


def _claim_sums(claims: list[Row], month: date | None, *by: str) -> list[Row]:
    """Count and value by some columns, of one month and of all months."""
    sums: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for claim in claims:
        group = sums[tuple(claim[column] for column in by)]
        for measure in ("claim_count", "claim_rp"):
            group[f"all_{measure}"] += claim[measure]
            group[f"month_{measure}"] += claim[measure] if claim["month"] == month else 0
    order = {code: number for number, code in enumerate(_ORDER)}
    return [
        dict(zip(by, key, strict=True)) | group
        for key, group in sorted(sums.items(), key=lambda item: [(order.get(part, -1), part) for part in item[0]])
    ]


def _branches(con: duckdb.DuckDBPyConnection, as_of: date | None) -> list[Row]:
    """Every branch with its sums, and what became of each feed on the as-of date."""
    outcomes: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(con, _THAT_DAY, as_of=as_of):
        outcomes[row["branch_code"]][row["feed"]] = row["outcome"]
    return [branch | {"feeds": outcomes[branch["branch_code"]]} for branch in _rows(con, _BRANCHES, as_of=as_of)]


def _deliveries(branches: list[Row], problems: list[Row]) -> Row:
    return {
        "branches": branches,
        "outcomes": Counter(b["feeds"][feed] for b in branches for feed in _FEEDS if feed in b["feeds"]),
        "by_rejected": sorted((b for b in branches if b["lines"]), key=lambda b: (-b["rejected"], b["branch_code"])),
        "problems": problems,
    }


def _figures(figures: Iterable[Row]) -> Row:
    """Published figures apart from the branches' control totals, and those apart from mere counts."""
    groups: Row = {"published": [], "controls": [], "counts": []}
    for figure in figures:
        agrees = None if figure["difference"] is None else figure["difference"] == 0
        row = {"branch_code": None, "feed": None, "period_from": None, "agrees": agrees} | figure
        is_control = figure["subject"].startswith("manifest_")
        groups["controls" if is_control else "counts" if figure["published"] is None else "published"].append(row)
    groups["published"].sort(key=lambda row: (row["source"] or "", row["region_code"] or ""))
    return groups


def _of(rows: list[Row], province: str) -> list[Row]:
    return [row for row in rows if row["province"] == province]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("number", "percent", "rupiah", "short_rupiah", "figure", "day", "month", "label", "reason"):
        environment.filters[name] = getattr(words, name)
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    environment.globals.update(
        t=words.both,
        line=charts.line,
        share=charts.share,
        feeds=_FEEDS,
        recent_days=_RECENT_DAYS,
        # The policy lets only these two run, by their hashes, and nothing be loaded.
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        style_hash=csp_hash(style),
        script_hash=csp_hash(script),
    )
    return environment


def csp_hash(text: str) -> str:
    """What a page's policy calls a style or script of its own by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _rows(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> list[Row]:
    cursor = con.execute(query, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> Any:
    (value,) = con.execute(query, values).fetchone() or (None,)
    return value
