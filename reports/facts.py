"""What the report shows, read from the published file and grouped by the page that shows it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb

from reports.read import Row, by, group
from warehouse.duck import records, run

NATION = "00"
UNKNOWN = "unknown"
"""The feed of a file whose name tells none."""
PERIODS = 13
DAYS = 14
"""Business dates whose deliveries are shown one by one."""
EXPLAINED = 2
"""Months whose lines of incentive are told; the published file has three."""


class Facts:
    """What the published file says, grouped; a group without rows is empty. ``facts.sql`` has the queries."""

    as_of: date | None
    due: date | None
    since: date | None
    month: date | None
    whole: date | None
    period: date | None
    claim_month: date | None

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        """Reads the published file.

        Args:
            con: a connection to it.

        Raises:
            duckdb.Error: it is no published warehouse, or lacks a table that the report needs.
        """
        run(con, Path(__file__).with_suffix(".sql"), periods=PERIODS, days_shown=DAYS, explained=EXPLAINED)

        def rows(view: str) -> list[Row]:
            return records(con, f"from temp.{view}")

        def blank(view: str) -> Row:
            return dict.fromkeys(name for name, *_ in con.execute(f"describe temp.{view}").fetchall())

        (moment,) = rows("moment")
        vars(self).update(moment)
        self.feeds = {row["feed"]: (row["label_indonesian"], row["label_english"]) for row in rows("feeds")}
        self.regions = by(rows("regions"), "region_code")
        self.region_changes = group(rows("region_changes"), "region_code")
        self.branches = by(rows("branches"), "branch_code")
        self.coverage: defaultdict[tuple[str, str], dict[date, Row]] = defaultdict(dict)
        for row in rows("coverage"):
            self.coverage[row["region_code"], row["definition"]][row["month"]] = row
        self.no_coverage = blank("coverage")
        self.months: list[date] = sorted({month for by_month in self.coverage.values() for month in by_month})
        self.agents_of_region = {(row["region_code"], row["month"]): row for row in rows("agents_of_region")}
        self.branch_months = group(rows("branch_months"), "branch_code")
        self.no_month = blank("branch_months")
        self.produced: defaultdict[str, dict[date, Row]] = defaultdict(dict)
        for row in rows("produced"):
            self.produced[row["place"]][row["month"]] = row
        self.same_day = by(rows("same_day"), "place")
        self.wadah_months = group(rows("wadah_months"), "wadah_code")
        self.wadah_watch = by(rows("wadah_watch"), "wadah_code")
        self.agreements = group(rows("agreements"), "wadah_code")
        self.agents = rows("agents")
        self.agent_months = group(rows("agent_months"), "agent_code")
        self.agent_lines = group(rows("agent_lines"), "agent_code")
        self.close = rows("close")
        self.agreement_problems = rows("agreement_problems")
        self.roster_gaps = rows("roster_gaps")
        self.contradictions = rows("contradictions")
        self.wadah_incentives = group(rows("wadah_incentives"), "wadah_code")
        self.incentives = group(rows("incentives"), "place")
        self.claims = group(rows("claims"), "place")
        self.claims_paid = group(rows("claims_paid"), "place")
        self.claim_groups = group(rows("claim_groups"), "place")
        self.claim_duration = by(rows("claim_duration"), "province")
        self.claim_ratio = group(rows("claim_ratio"), "province")
        self.sectors = group(rows("sectors"), "region_code")
        self.unmapped = rows("unmapped")
        outcomes = rows("outcomes")
        self.days: list[date] = sorted({row["business_date"] for row in outcomes})
        self.outcomes = {(row["branch_code"], row["feed"], row["business_date"]): row["outcome"] for row in outcomes}
        self.behind = group(rows("behind"), "branch_code")
        self.refused = rows("refused")
        self.feed_lines = group(rows("feed_lines"), "place")
        self.open_rejected = group(rows("open_rejected"), "branch_code")
        self.reasons = group(rows("reasons"), "place")
        self.signals = rows("signals")
        self.checks = rows("checks")
        self.figures = rows("figures")

    @property
    def running(self) -> bool:
        """Whether the month shown is not over yet; ``whole`` is the last one that is."""
        return self.month != self.whole
