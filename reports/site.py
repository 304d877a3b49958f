"""The static report: a page for the nation, and one for each province, branch and wadah.

The pages carry both languages, load nothing from anywhere, and are the same bytes for the same version. See
docs/report.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment
from markupsafe import Markup

from reports import attention, charts, facts, rendering, words
from reports.charts import Chart
from reports.facts import DAYS, NATION, Facts, Row
from reports.views import Views
from warehouse import files

_FILTERS = (
    *("number", "percent", "rupiah", "short_rupiah", "figure", "signed"),
    *("day", "month", "in_digits", "label", "reason", "sector"),
)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TREND = ("protected", "coverage_pct", "target_pct", "perisai", "perisai_share_pct", "ucj_points")
_HOME = ("index.html", words.both("Nasional", "Nation"))
_TOP = 20


@dataclass(frozen=True)
class Page:
    """A page to be drawn."""

    name: str
    template: str
    shows: Row
    charts: dict[str, Chart] = field(default_factory=dict)


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
        found = facts.read(con)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, before = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    for left_by_a_killed_run in (beside, before):
        shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
    beside.mkdir()
    names = []
    for name, content in _drawn(found, _version(database)):
        (beside / name).write_text(content, encoding="utf-8", newline="\n")
        names.append(name)
    if folder.exists():
        folder.rename(before)
    files.place(beside, folder)
    shutil.rmtree(before, ignore_errors=True)
    return [folder / name for name in names]


def _version(database: Path) -> str | None:
    manifest = database.with_name("manifest.json")
    return str(json.loads(manifest.read_text(encoding="utf-8"))["stamp"]) if manifest.exists() else None


def _drawn(found: Facts, version: str | None) -> Iterator[tuple[str, str]]:
    """Name and HTML of each page.

    The charts are drawn in a thread of their own: vl-convert works outside of Python, while templates are filled here.
    """
    views = Views(found)
    pages = list(_pages(views))
    known = {
        "as_of": found.as_of,
        "month": found.month,
        "months": found.months,
        "claim_month": found.claim_month,
        "since": found.since,
        "version": version,
        "feeds": views.feeds,
        "names": views.names,
        "branch_pages": frozenset(found.branches),
        "wadah_pages": frozenset(_wadahs(found)),
    }
    with ThreadPoolExecutor(1) as pen:
        drawings: list[dict[str, Future[Markup] | None]] = [
            {name: None if chart.empty else pen.submit(charts.svg, chart) for name, chart in page.charts.items()}
            for page in pages
        ]
        for page, drawing in zip(pages, drawings, strict=True):
            drawn = {name: future and future.result() for name, future in drawing.items()}
            yield page.name, _templates().get_template(page.template, globals=known).render(page.shows, drawn=drawn)


def _pages(views: Views) -> Iterator[Page]:
    found = views.facts
    yield _nation(views)
    for code, region in found.regions.items():
        if region["region_level"] == "province":
            yield _province(views, code)
    for code in found.branches:
        yield _branch(views, code)
    for code in _wadahs(found):
        yield _wadah(views, code)


def _wadahs(found: Facts) -> list[str]:
    """Wadahs that have a page: all that did something lately or have an agreement, if their code can name a file."""
    codes = {*found.wadah_months, *found.wadah_incentives, *found.agreements}
    return sorted(code for code in codes if code and _CODE.fullmatch(code))


def _nation(views: Views) -> Page:
    found = views.facts
    codes = list(found.branches)
    provinces = [region for region in views.regions.values() if region["region_level"] == "province"]
    lines = [views.lines[code] for code in codes]
    wadahs = sorted(
        (row for rows in views.wadahs_of.values() for row in rows),
        key=lambda row: (-row["new_participants"], -row["contribution_rp"], row["wadah_code"]),
    )
    return _region_page(
        views,
        Page("index.html", "index.html", {}),
        codes=codes,
        region=NATION,
        agents=found.agents,
        wadahs=wadahs,
        claims=found.claims,
        incentive_codes=None,
        shows={
            "crumbs": [],
            "nation": {"region_name": words.both("Indonesia", "Indonesia"), **views.coverage(NATION)},
            "provinces": provinces,
            "province_names": {region["region_code"]: region["region_name"] for region in provinces},
            "branches": lines,
            "close": found.close,
            "unmapped": found.unmapped,
            "checks": found.checks,
            "rejected": sum(line["rejected"] for line in lines),
            "lines_read": sum(line["lines"] for line in lines),
            **_figures(found.figures),
        },
    )


def _province(views: Views, code: str) -> Page:
    found = views.facts
    branches = [branch["branch_code"] for branch in views.branches_of[code]]
    regencies = [views.regions[region["region_code"]] for region in views.regencies_of[code]]
    codes = {code, *branches, *(region["region_code"] for region in regencies)}
    return _region_page(
        views,
        Page(f"province-{code}.html", "province.html", {}),
        codes=branches,
        region=code,
        agents=[agent for branch in branches for agent in views.agents[branch]],
        wadahs=sorted(
            (row for branch in branches for row in views.wadahs_of[branch]),
            key=lambda row: (row["province_rank"] is None, row["province_rank"], row["branch_code"], row["wadah_code"]),
        ),
        claims=views.claims_of_province[code],
        incentive_codes=branches,
        shows={
            "crumbs": [_HOME],
            "province": views.regions[code],
            "regencies": regencies,
            "branches": [views.lines[branch] for branch in branches],
            **_figures(figure for figure in found.figures if figure["region_code"] in codes),
        },
    )


def _region_page(
    views: Views,
    page: Page,
    *,
    codes: list[str],
    region: str,
    agents: list[Row],
    wadahs: list[Row],
    claims: list[Row],
    incentive_codes: list[str] | None,
    shows: Row,
) -> Page:
    """What the pages of the nation and of a province have in common."""
    found = views.facts
    province = None if region == NATION else region
    produced = views.produced([*codes, None] if province is None else codes)
    incentives = views.incentives(incentive_codes)
    paid = [claim for claim in claims if claim["status"] == "Dibayarkan"]
    in_codes = set(codes)
    trend = {name: views.trend(region, name) for name in _TREND} | {
        "ucj_pct": views.trend(region, "coverage_pct", "ucj")
    }
    common = {
        "items": attention.of_region(views, province),
        "trend": trend,
        "produced": produced,
        "last": produced.get(found.month) if found.month else None,
        "wadahs": [views.wadah_line(row) for row in wadahs[:_TOP]],
        "agents": sorted(
            (agent for agent in agents if agent["on_duty"]),
            key=lambda agent: (-agent["new_participants"], -(agent["total_rp"] or 0), agent["agent_code"]),
        )[:_TOP],
        "incentives": incentives,
        "agreement_problems": [
            row for row in found.agreement_problems if province is None or row["branch_code"] in in_codes
        ],
        "claims_paid": views.claim_sums(paid, "programme", "channel"),
        "claims_by_status": views.claim_sums(claims, "channel", "status"),
        "claims_paid_count": sum(claim["all_count"] or 0 for claim in paid),
        "claims_paid_rp": sum(claim["all_rp"] or 0 for claim in paid),
        "claim_groups": views.claim_groups(province),
        "duration": found.claim_duration.get(region),
        "ratios": found.claim_ratio[region],
        "sectors": found.sectors[region],
        "outcomes": views.outcomes(codes),
        "late": views.behind(codes),
        "refused": [row for row in found.refused if province is None or row["branch_code"] in in_codes],
        "reasons": views.reasons(codes),
        "feed_lines": views.feed_lines(codes),
        "signals": [row for row in found.signals if province is None or row["branch_code"] in in_codes],
    }
    drawings = {
        **views.coverage_charts(region),
        **views.production_charts(produced),
        "incentive": views.incentive_chart(incentives),
        "claims": views.claim_chart(province),
    }
    return Page(page.name, page.template, common | shows, drawings)


def _branch(views: Views, code: str) -> Page:
    found, branch, line = views.facts, views.facts.branches[code], views.lines[code]
    agents, home = views.agents[code], branch["region_code"]
    province = views.regions.get(branch["province"])
    produced = views.produced([code])
    works = {agent["region_code"] for agent in agents if agent["on_duty"]} | {home}
    regencies = [views.regions[region] for region in sorted(works - {home, None}) if region in views.regions]
    shows = {
        "crumbs": [_HOME, (f"province-{branch['province']}.html", province["region_name"])] if province else [_HOME],
        "branch": branch,
        "line": line,
        "home": views.regions.get(home),
        "peers": len(views.branches_of[branch["province"]]),
        "province": province,
        "regencies": ([views.regions[home]] if home in views.regions else []) + regencies,
        "items": attention.of_branch(views, code),
        "produced": produced,
        "agents": _with_needs(agents),
        "wadahs": [
            views.wadah_line(row) | {"needs": attention.counted_wadah(views, row["wadah_code"], code)}
            for row in sorted(
                views.wadahs_of[code], key=lambda row: (row["branch_rank"] or len(agents) + 1, row["wadah_code"])
            )
        ],
        "incentives": views.incentives([code]),
        "agreement_problems": views.problems[code],
        "claims": views.claim_sums(views.claims_of_branch[code], "status", "programme"),
        "days": found.days,
        "received": {
            (feed, date): outcome
            for feed in found.feeds
            for date in found.days
            if (outcome := found.outcomes.get((code, feed, date)))
        },
        "refused": views.refused[code],
        "reasons": views.reasons([code]),
        "feed_lines": views.feed_lines([code]),
        "signals": views.signals[code],
        **_figures(figure for figure in found.figures if figure["branch_code"] == code),
    }
    return Page(f"branch-{code}.html", "branch.html", shows, views.production_charts(produced))


def _wadah(views: Views, code: str) -> Page:
    found = views.facts
    monev = found.wadah_months.get(code, [])
    months = sorted({row["month"] for row in monev})
    new = [sum(row["new_participants"] for row in monev if row["month"] == month) for month in months]
    made = found.agreements.get(code, [])
    lines = [views.wadah_line(row) for row in monev if row["month"] == found.month]
    homes = sorted({row["branch_code"] for row in [*lines, *made] if row["branch_code"] in found.branches})
    crumbs: list[tuple[str, object]] = [_HOME]
    if homes:
        branch = found.branches[homes[0]]
        if branch["province"] in views.regions:
            crumbs.append((f"province-{branch['province']}.html", views.names[branch["province"]]))
        crumbs.append((f"branch-{homes[0]}.html", views.names[homes[0]]))
    shows = {
        "crumbs": crumbs,
        "code": code,
        "name": views.wadah_name(code),
        "lines": lines,
        "watch": found.wadah_watch.get(code),
        "items": attention.of_wadah(views, code),
        "monev": sorted(monev, key=lambda row: (row["month"], row["branch_code"] or "")),
        "agents": _with_needs(views.agents_of_wadah[code]),
        "incentives": found.wadah_incentives.get(code, []),
        "states": {row["period"]: row["state"] for row in found.close},
        "agreement_problems": [row for row in found.agreement_problems if row["wadah_code"] == code],
        "agreements": made,
    }
    return Page(f"wadah-{code}.html", "wadah.html", shows, {"new": Chart("columns", months, [new], (), found.running)})


def _with_needs(agents: Iterable[Row]) -> list[Row]:
    return [agent | {"needs": attention.counted_agent(agent)} for agent in agents]


def _figures(figures: Iterable[Row]) -> Row:
    """Published figures apart from the branches' control totals, and those apart from mere counts."""
    groups: Row = {"published": [], "controls": [], "counts": []}
    for figure in figures:
        is_control = figure["subject"].startswith("manifest_")
        groups["controls" if is_control else "counts" if figure["published"] is None else "published"].append(figure)
    groups["published"].sort(key=lambda row: (row["source"] or "", row["region_code"] or ""))
    return groups


@cache
def _templates() -> Environment:
    environment = rendering.environment(style="style.css", script="script.js")
    environment.filters |= {name: getattr(words, name) for name in _FILTERS}
    environment.globals.update(t=words.both, share=_share, days_shown=DAYS)
    return environment


def _share(value: Any) -> str:
    """Length of a bar of at most 100 units for a percentage."""
    return f"{min(100.0, max(0.0, float(value or 0))):.1f}"
