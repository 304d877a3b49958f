"""The facts arranged as the pages show them: lines of tables, sums and charts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.charts import Chart
from reports.facts import NATION, UNKNOWN, Facts
from reports.read import Row, group
from reports.words import DASH, both, label

_ORDER = ("perisai", "other", "unresolved", "Diajukan", "Ditetapkan", "Ditolak", "Dibayarkan")
_WHOLE = ("active_pct", "drop_out_pct", "retention_3_pct", "retention_6_pct", "retention_12_pct")
"""Shares that only a month that is over can have."""


class Views:
    """The facts, arranged for pages.

    Attributes:
        facts: what the published file says.
        office: code of the regional office that the report is for; empty if it is the nation's.
        home: address and name of the first page.
    """

    def __init__(self, facts: Facts, office: str = "") -> None:
        self.facts = facts
        self.office = office
        [named] = {branch["office_name"] or office for branch in facts.branches.values()} if office else {""}
        self.home = ("index.html", named or both("Nasional", "Nation"))
        self.names = {code: branch["branch_name"] or code for code, branch in facts.branches.items()}
        self.names |= {code: region["region_name"] for code, region in facts.regions.items()}
        self.feeds = {feed: both(*labels) for feed, labels in facts.feeds.items()} | {UNKNOWN: label(UNKNOWN)}
        self.agents = group(facts.agents, "branch_code")
        self.agents_of_wadah = group(facts.agents, "wadah_code")
        self.refused = group(facts.refused, "branch_code")
        self.signals = group(facts.signals, "branch_code")
        self.branches_of = group(facts.branches.values(), "province")
        now = [region for code, region in facts.regions.items() if self.shown_code(code) == code]
        self.provinces = [region["region_code"] for region in now if region["region_level"] == "province"]
        self.wadahs_of: defaultdict[str | None, list[Row]] = defaultdict(list)
        for rows in facts.wadah_months.values():
            for row in rows:
                if row["month"] == facts.month:
                    self.wadahs_of[row["branch_code"]].append(row)
        self.problems = group(facts.agreement_problems, "branch_code")
        self.gaps = group(facts.roster_gaps, "branch_code")
        self.contradictions = group(facts.contradictions, "branch_code")
        self.lines = {code: self._line(branch) for code, branch in facts.branches.items()}
        self.regions = {code: self.region(region) for code, region in facts.regions.items()}
        self.inside = group((self.regions[region["region_code"]] for region in now), "parent_code")

    def shown_code(self, code: str, month: date | None = None) -> str:
        """The code under which a region is shown in a month, or the last: another one if it was merged or renamed."""
        at = month or (self.facts.months[-1] if self.facts.months else date.max)
        for row in self.facts.region_changes[code]:
            if (row["first_month"] or date.min) <= at <= (row["last_month"] or date.max):
                return str(row["shown_code"])
        return code

    def agents_in(self, region: str, codes: Iterable[str]) -> list[Row]:
        """Agents of branches; for the nation all of them."""
        return self.facts.agents if region == NATION else [agent for code in codes for agent in self.agents[code]]

    def wadahs_in(self, region: str, codes: Iterable[str]) -> list[Row]:
        """Wadahs of branches this month; for the nation all of them, in any order."""
        of_branches = self.wadahs_of.values() if region == NATION else (self.wadahs_of[code] for code in codes)
        return [row for rows in of_branches for row in rows]

    # coverage

    def coverage(self, code: str, month: date | None = None) -> Row:
        """Coverage of a region in a month, or the last, by both definitions, and its agents."""
        at = month or (self.facts.months[-1] if self.facts.months else None)
        nothing = self.facts.no_coverage
        found: Row = {
            definition: nothing | self.facts.coverage.get((code, definition), {}).get(at, {}) if at else nothing
            for definition in ("bpu", "ucj")
        }
        agents = self.facts.agents_of_region.get((code, month or self.facts.month or date.min), {})
        return found | {"agents": agents.get("agents"), "without": agents.get("regencies_without_agents")}

    def region(self, region: Row, month: date | None = None) -> Row:
        """A region with its coverage in a month, or the last."""
        return region | self.coverage(region["region_code"], month)

    def trend(self, code: str, measure: str, definition: str = "bpu") -> list[Any]:
        """A measure of a region by month, oldest first."""
        rows = self.facts.coverage.get((code, definition), {})
        return [rows[month][measure] if month in rows else None for month in self.facts.months]

    def coverage_charts(self, code: str) -> dict[str, Chart]:
        """Coverage with its target, and the share of the Perisai."""
        months, target = self.facts.months, self.trend(code, "target_pct")
        running = self.facts.running and months[-1:] == [self.facts.month]
        return {
            "coverage": Chart("line", months, [self.trend(code, "coverage_pct")], target, running),
            "share": Chart("line", months, [self.trend(code, "perisai_share_pct")], (), running),
        }

    # branches

    def _line(self, branch: Row) -> Row:
        """A branch in one line of a table."""
        code = branch["branch_code"]
        behind = self.facts.behind[code]
        lines = self.facts.feed_lines[code]
        months = {row["month"]: row for row in self.facts.branch_months[code]}
        whole = months.get(self.facts.whole, self.facts.no_month)
        return {
            **branch,
            "monev": months.get(self.facts.month, self.facts.no_month) | {name: whole[name] for name in _WHOLE},
            "whole": whole,
            "behind": behind,
            "since": min((row["since"] for row in behind), default=None),
            "rejected": sum(row["rejected"] for row in lines),
            "open_rejected": sum(row["rejected"] for row in self.facts.open_rejected[code]),
            "lines": sum(row["lines"] for row in lines),
            "feeds": {
                feed: self.facts.outcomes.get((code, feed, self.facts.as_of))
                for feed in self.facts.feeds
                if self.facts.as_of
            },
        }

    def production_charts(self, produced: dict[date, Row]) -> dict[str, Chart]:
        """New participants against their target, and of those managed who pays."""
        months = list(produced)
        target = [sums["target_new"] for sums in produced.values()]
        states = ("active", "in_arrears", "lapsed", "never_paid")
        return {
            "new": Chart(
                "columns", months, [[s["new_participants"] for s in produced.values()]], target, self.facts.running
            ),
            "states": Chart(
                "stack", months, [[s[state] for s in produced.values()] for state in states], (), self.facts.running
            ),
        }

    # what needs doing

    def scopes(self, branch: str | None) -> str:
        """Codes of the province and office of a branch, by which rows of a page for all of them are found."""
        row = self.facts.branches.get(branch or "", {})
        return " ".join(filter(None, (row.get("province"), row.get("office_code"))))

    def branch_link(self, code: str | None) -> Markup | str:
        """The name of a branch, which leads to its page."""
        if code not in self.facts.branches:
            return code or DASH
        return Markup('<a href="branch-{}.html">{}</a>').format(code, self.names[code])

    def owing(self, code: str) -> list[Row]:
        """Agents of a branch whose participants are in arrears, those with most of them first."""
        found = [agent for agent in self.agents[code] if agent["in_arrears"]]
        return sorted(found, key=lambda agent: (-agent["in_arrears"], agent["agent_code"]))

    def in_arrears(self, codes: Iterable[str | None]) -> list[Row]:
        """Branches with participants who are in arrears this month, those with most of them first."""
        rows = [row for code in codes for row in self.facts.branch_months[code] if row["month"] == self.facts.month]
        return sorted((row for row in rows if row["in_arrears"]), key=lambda row: -row["in_arrears"])

    def without_agents(self, region: str) -> list[Row]:
        """Kabupaten and kota of a province or the nation in which no agent is on duty."""
        inside = [place for places in self.inside.values() for place in places if place["region_level"] == "regency"]
        return [place for place in inside if region in (NATION, place["parent_code"]) and self.is_without_agent(place)]

    def is_without_agent(self, place: Row) -> bool:
        """Whether no agent is on duty in a kabupaten or kota."""
        return place["region_level"] == "regency" and bool(place["without"])

    # deliveries

    def outcomes(self, codes: Iterable[str]) -> Counter[str]:
        """How many feeds of branches had which outcome on the day of the report."""
        return Counter(o for code in codes for o in self.lines[code]["feeds"].values() if o)

    def behind(self, codes: Iterable[str]) -> list[Row]:
        """Branches that are behind, the longest first, each with its feeds."""
        late = [self.lines[code] for code in codes if self.lines[code]["behind"]]
        return sorted(late, key=lambda line: (line["since"], -len(line["behind"]), line["branch_code"]))

    # claims

    def claim_sums(self, claims: Sequence[Row], *by: str) -> list[Row]:
        """Counts and values by some columns; None where nothing is shown, as fewer than five people have none."""
        sums: dict[tuple[str, ...], Row] = {}
        for claim in claims:
            one = sums.setdefault(tuple(claim[column] for column in by), {})
            for name in ("all_count", "all_rp", "month_count", "month_rp", "parts", "untold"):
                one[name] = add(one.get(name), claim[name])
        order = {code: place for place, code in enumerate(_ORDER)}
        keys = sorted(sums, key=lambda key: [(order.get(part, 99), part) for part in key])
        return [dict(zip(by, key, strict=True)) | sums[key] for key in keys]

    def claim_chart(self, place: str) -> Chart:
        """Claims paid by month."""
        rows = self.facts.claims_paid[place]
        counts = [row["claim_count"] for row in rows]
        return Chart("columns", [row["month"] for row in rows], [counts], (), self.facts.running)

    # incentives

    def incentive_chart(self, rows: Sequence[Row]) -> Chart:
        """Incentives by month, in millions of rupiah: acquisition, contributions and, if it is known, management."""
        oldest_first = rows[::-1]
        names = ("acquisition_rp", "contribution_rp")
        series = [[float(row[name]) / 1e6 for row in oldest_first] for name in names]
        return Chart("stack", [row["month"] for row in oldest_first], series, (), self.facts.running)

    def wadah_name(self, code: str | None) -> str | None:
        """What the latest agreement calls a wadah; None if no agreement names it."""
        made = self.facts.agreements.get(code)
        return max(made, key=lambda a: (a["last_day"], a["wadah_name"] or ""))["wadah_name"] if made else None

    def wadah_line(self, row: Row) -> Row:
        """A wadah of a branch in one line of a table."""
        code = row["wadah_code"]
        paid = [i for i in self.facts.wadah_incentives.get(code, ()) if i["month"] == self.facts.period]
        there = {
            past["month"]: past for past in self.facts.wadah_months[code] if past["branch_code"] == row["branch_code"]
        }
        whole: Row = there.get(self.facts.whole, {})
        return {
            **row,
            **{name: whole.get(name) for name in ("active_pct", "drop_out_pct", "retention_3_pct")},
            "wadah_name": self.wadah_name(code),
            "new_before": there.get(_before(row["month"]), {}).get("new_participants"),
            "watch": self.facts.wadah_watch.get(code),
            "payable_rp": sum(i["payable_rp"] for i in paid) if paid else None,
        }


def add(one: Any, other: Any) -> Any:
    """A sum in which an unknown value counts as zero; unknown if both are."""
    return other if one is None else one if other is None else one + other


def _before(period: date) -> date:
    return (period - timedelta(days=1)).replace(day=1)
