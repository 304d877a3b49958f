"""What the pages of the report are, and what each shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from reports import attention, maps, todo
from reports.charts import Chart
from reports.facts import EXPLAINED, NATION, PERIODS, Facts
from reports.read import Row, group
from reports.views import Views
from reports.words import both

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TREND = ("protected", "coverage_pct", "target_pct", "perisai", "perisai_share_pct", "ucj_points")
_TOP = 20
_FIRST = 10
"""So many agents and wadahs stand on the nation's page."""
_ALL = 100
"""So many agents or wadahs stand whole on the page of a province or office; of more, the first and those in need."""


@dataclass(frozen=True)
class Page:
    """A page to be drawn."""

    name: str
    template: str
    shows: Row
    charts: dict[str, Chart] = field(default_factory=dict)


def every(views: Views, *, has_explorer: bool) -> Iterator[Page]:
    """All pages, the nation's first, or that of the office which the report is for."""
    found = views.facts
    if views.office:
        office = _office(views, views.office)
        yield replace(office, name="index.html", shows=office.shows | {"crumbs": []})
    else:
        yield _nation(views)
        if has_explorer:
            yield Page("explorer.html", "explorer.html", {"crumbs": [views.home]})
        yield Page("todo.html", "todo.html", {"crumbs": [views.home], **todo.who(views)})
        for month in months_before(found):
            yield _month(views, month)
        for code in offices(found):
            yield _office(views, code)
    yield Page("unfinished.html", "unfinished.html", {"crumbs": [views.home], **todo.what(views)})
    for code in views.provinces:
        yield _province(views, code)
    for code in found.branches:
        yield _branch(views, code)
    for code in wadahs_shown(found):
        yield _wadah(views, code)
    for agent in agents_shown(found).values():
        yield _agent(views, agent)


def months_before(found: Facts) -> list[date]:
    """Months before the last that can be chosen, the newest first."""
    return found.months[-PERIODS:-1][::-1]


def offices(found: Facts) -> dict[str, list[Row]]:
    """Regional offices with their branches, if their code can name a file."""
    groups: dict[str, list[Row]] = {}
    for branch in found.branches.values():
        if branch["office_code"] and _CODE.fullmatch(branch["office_code"]):
            groups.setdefault(branch["office_code"], []).append(branch)
    return dict(sorted(groups.items()))


def agents_shown(found: Facts) -> dict[str, Row]:
    """Agents that have a page: all of the month, if their code can name a file."""
    shown = {row["agent_code"]: row for row in found.agents if _CODE.fullmatch(row["agent_code"] or "")}
    return dict(sorted(shown.items()))


def wadahs_shown(found: Facts) -> list[str]:
    """Wadahs that have a page: all that did something lately or have an agreement, if their code can name a file."""
    codes = {*found.wadah_months, *found.wadah_incentives, *found.agreements}
    return sorted(code for code in codes if code and _CODE.fullmatch(code))


def _nation(views: Views) -> Page:
    found = views.facts
    provinces = [views.regions[code] for code in views.provinces]
    return _region_page(
        views,
        "index.html",
        codes=list(found.branches),
        region=NATION,
        shows={
            "crumbs": [],
            "kind": "nation",
            "place": {"region_code": NATION, "region_name": both("Indonesia", "Indonesia"), **views.coverage(NATION)},
            "parts": provinces,
            "map": maps.nation(provinces, views.inside),
            "close": found.close,
            "unmapped": found.unmapped,
            "checks": found.checks,
            **_figures(found.figures),
        },
    )


def _province(views: Views, code: str) -> Page:
    found = views.facts
    branches = [branch["branch_code"] for branch in views.branches_of[code]]
    regencies = views.inside[code]
    codes = {code, *branches, *(region["region_code"] for region in regencies)}
    return _region_page(
        views,
        f"province-{code}.html",
        codes=branches,
        region=code,
        shows={
            "crumbs": [views.home],
            "kind": "province",
            "name": views.names[code],
            "place": views.regions[code],
            "parts": regencies,
            "map": maps.regencies_of(regencies),
            **_figures(figure for figure in found.figures if figure["region_code"] in codes),
        },
    )


def _region_page(views: Views, name: str, *, codes: list[str], region: str, shows: Row) -> Page:
    """What the pages of the nation, of a province and of a regional office have in common."""
    found, limit = views.facts, _FIRST if region == NATION else None
    wadahs = sorted(views.wadahs_in(region, codes), key=_by_rank if shows["kind"] == "province" else _by_new)
    agents = sorted(
        (agent for agent in views.agents_in(region, codes) if agent["on_duty"] or region != NATION),
        key=lambda agent: (-agent["new_participants"], -(agent["total_rp"] or 0), agent["agent_code"]),
    )
    produced, incentives, claims = found.produced[region], found.incentives[region], found.claims[region]
    paid = [claim for claim in claims if claim["status"] == "Dibayarkan"]

    def mine(rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if region == NATION or row["branch_code"] in codes]

    trend = {name: views.trend(region, name) for name in _TREND} | {
        "ucj_pct": views.trend(region, "coverage_pct", "ucj")
    }
    common = {
        "code": region,
        "branches": [views.lines[code] for code in codes],
        "items": attention.of_region(views, region, codes),
        "trend": trend,
        "produced": produced,
        "last": produced.get(found.month) if found.month else None,
        "whole_sums": produced.get(found.whole) if found.whole else None,
        "same_day": found.same_day.get(region),
        "wadahs": _foremost(attention.wadahs_with_needs(views, wadahs[:limit])),
        "agents": _foremost(attention.with_needs(agents[:limit])),
        "incentives": incentives,
        "agreement_problems": mine(found.agreement_problems),
        "claims_paid": views.claim_sums(paid, "programme", "channel"),
        "claims_by_status": views.claim_sums(claims, "channel", "status"),
        "claims_paid_count": sum(claim["all_count"] or 0 for claim in paid),
        "claims_paid_rp": sum(claim["all_rp"] or 0 for claim in paid),
        "claim_groups": group(found.claim_groups[region], "dimension"),
        "duration": found.claim_duration.get(region),
        "ratios": found.claim_ratio[region],
        "sectors": found.sectors[region],
        "outcomes": views.outcomes(codes),
        "late": views.behind(codes),
        "refused": mine(found.refused),
        "reasons": found.reasons[region],
        "feed_lines": found.feed_lines[region],
        "signals": mine(found.signals),
    }
    drawings = {
        **views.coverage_charts(region),
        **views.production_charts(produced),
        "incentive": views.incentive_chart(incentives),
        "claims": views.claim_chart(region),
    }
    return Page(name, "region.html", common | shows, drawings)


def _month(views: Views, month: date) -> Page:
    """An earlier month: the map, and coverage and performance of every place and branch then."""
    found = views.facts
    regions = {
        code: views.region(region, month)
        for code, region in found.regions.items()
        if views.shown_code(code, month) == code
    }
    provinces = [region for region in regions.values() if region["region_level"] == "province"]
    regencies = [region for region in regions.values() if region["region_level"] == "regency"]
    shows = {
        "crumbs": [views.home],
        "shown": month,
        "nation": {"region_code": NATION, "region_name": "Indonesia", **views.coverage(NATION, month)},
        "provinces": provinces,
        "regencies": regencies,
        "map": maps.nation(provinces, group(regencies, "parent_code")),
        "branches": [row for code in found.branches for row in found.branch_months[code] if row["month"] == month],
    }
    return Page(f"month-{month:%Y-%m}.html", "month.html", shows)


def _office(views: Views, code: str) -> Page:
    """A regional office: its branches, and the provinces where they stand."""
    branches = offices(views.facts)[code]
    codes = [branch["branch_code"] for branch in branches]
    provinces = [views.regions[p] for p in sorted({b["province"] for b in branches}) if p in views.regions]
    return _region_page(
        views,
        f"office-{code}.html",
        codes=codes,
        region=code,
        shows={
            "crumbs": [views.home],
            "kind": "office",
            "name": branches[0]["office_name"] or code,
            "place": None,
            "parts": provinces,
            "map": maps.nation(provinces, views.inside),
        },
    )


def _branch(views: Views, code: str) -> Page:
    found, branch, line = views.facts, views.facts.branches[code], views.lines[code]
    agents, home = views.agents[code], views.shown_code(branch["region_code"])
    province = views.regions.get(branch["province"])
    produced = found.produced[code]
    works = {views.shown_code(agent["region_code"]) for agent in agents if agent["on_duty"]} | {home}
    regencies = [views.regions[region] for region in sorted(works - {home, None}) if region in views.regions]
    shows = {
        "crumbs": [views.home, (f"province-{branch['province']}.html", province["region_name"])]
        if province
        else [views.home],
        "branch": branch,
        "line": line,
        "home": views.regions.get(home),
        "peers": len(views.branches_of[branch["province"]]),
        "province": province,
        "regencies": ([views.regions[home]] if home in views.regions else []) + regencies,
        "items": attention.of_branch(views, code),
        "produced": produced,
        "same_day": found.same_day.get(code),
        "agents": attention.with_needs(agents),
        "wadahs": attention.wadahs_with_needs(
            views,
            sorted(views.wadahs_of[code], key=lambda row: (row["branch_rank"] or len(agents) + 1, row["wadah_code"])),
        ),
        "rejected": found.open_rejected[code],
        "gaps": views.gaps[code],
        "contradictions": todo.numbered(views.contradictions[code]),
        "incentives": found.incentives[code],
        "agreement_problems": views.problems[code],
        "claims": views.claim_sums(found.claims[code], "status", "programme"),
        "days": found.days,
        "received": {
            (feed, date): outcome
            for feed in found.feeds
            for date in found.days
            if (outcome := found.outcomes.get((code, feed, date)))
        },
        "refused": views.refused[code],
        "reasons": found.reasons[code],
        "feed_lines": found.feed_lines[code],
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
    shows = {
        "crumbs": _trail(views, homes[0] if homes else None),
        "code": code,
        "name": views.wadah_name(code),
        "lines": lines,
        "watch": found.wadah_watch.get(code),
        "items": attention.of_wadah(views, code),
        "monev": sorted(monev, key=lambda row: (row["month"], row["branch_code"] or "")),
        "agents": attention.with_needs(views.agents_of_wadah[code]),
        "incentives": found.wadah_incentives.get(code, []),
        "states": {row["month"]: row["state"] for row in found.close},
        "agreement_problems": [row for row in found.agreement_problems if row["wadah_code"] == code],
        "agreements": [one | {"is_ending": "ending" in attention.counted_wadah(views, one)} for one in made],
    }
    return Page(f"wadah-{code}.html", "wadah.html", shows, {"new": Chart("columns", months, [new], (), found.running)})


def _agent(views: Views, agent: Row) -> Page:
    code = agent["agent_code"]
    months = views.facts.agent_months[code]
    lines = group(views.facts.agent_lines[code], "month")
    shows = {
        "crumbs": _trail(views, agent["branch_code"]),
        "code": code,
        "agent": agent,
        "wadah": views.wadah_name(agent["wadah_code"]),
        "items": attention.of_agent(agent),
        "history": months,
        "explained": [
            month | {"lines": lines[month["month"]]} for month in months[:EXPLAINED] if month["total_rp"] is not None
        ],
    }
    return Page(f"agent-{code}.html", "agent.html", shows)


def _trail(views: Views, branch: str | None) -> list[tuple[str, object]]:
    """The way from the nation's page to a branch's."""
    trail: list[tuple[str, object]] = [views.home]
    if row := views.facts.branches.get(branch or ""):
        if row["province"] in views.regions:
            trail.append((f"province-{row['province']}.html", views.names[row["province"]]))
        trail.append((f"branch-{branch}.html", views.names[row["branch_code"]]))
    return trail


def _by_new(wadah: Row) -> tuple[object, ...]:
    return -wadah["new_participants"], -wadah["contribution_rp"], wadah["wadah_code"]


def _by_rank(wadah: Row) -> tuple[object, ...]:
    return wadah["province_rank"] is None, wadah["province_rank"], wadah["branch_code"], wadah["wadah_code"]


def _foremost(rows: list[Row]) -> list[Row]:
    return rows if len(rows) <= _ALL else [row for place, row in enumerate(rows) if place < _TOP or row["needs"]]


def _figures(figures: Iterable[Row]) -> Row:
    """Published figures apart from the branches' control totals, and those apart from mere counts."""
    groups: Row = {"published": [], "controls": [], "counts": []}
    for figure in figures:
        is_control = figure["subject"].startswith("manifest_")
        groups["controls" if is_control else "counts" if figure["published"] is None else "published"].append(figure)
    groups["published"].sort(key=lambda row: (row["source"] or "", row["region_code"] or ""))
    return groups
