"""The two pages with the rows that the pages of the nation, provinces and offices count under what needs doing."""

from __future__ import annotations

from collections.abc import Iterable

from reports import attention, unfinished
from reports.facts import NATION
from reports.read import Row
from reports.views import Views


def who(views: Views) -> Row:
    """The agents and wadahs that something is to be done about, by name."""
    rows = (row for code in sorted(views.wadahs_of, key=str) for row in views.wadahs_of[code])
    return {
        "agents": [agent for agent in attention.with_needs(views.facts.agents) if agent["needs"]],
        "wadahs": [wadah for wadah in attention.wadahs_with_needs(views, rows) if wadah["needs"]],
    }


def what(views: Views) -> Row:
    """Deliveries, rows, participants and places that something is to be done about."""
    found, codes = views.facts, list(views.facts.branches)
    return {
        "late": views.behind(codes),
        "rejected": [row | {"branch_code": code} for code in codes for row in _rejected_of(views, code)],
        "gaps": found.roster_gaps,
        "contradictions": numbered(found.contradictions),
        "owing": views.in_arrears([*codes, None]),
        "without": views.without_agents(NATION),
        "scopes": views.scopes,
    }


def numbered(rows: Iterable[Row]) -> list[Row]:
    """Rows that contradict others, with the numbers between which they are."""
    return [row | {"numbers": unfinished.numbers(row)} for row in rows]


def _rejected_of(views: Views, branch: str) -> list[Row]:
    """Rows of a branch that are to be corrected, by feed, with the dates of the files that they stand in."""
    sums: dict[str, Row] = {}
    for row in views.facts.open_rejected[branch]:
        one = sums.setdefault(row["feed"], {"feed": row["feed"], "rejected": 0, "dates": []})
        one["rejected"] += row["rejected"]
        one["dates"] += [row["business_date"]] * (row["business_date"] is not None)
    return list(sums.values())
