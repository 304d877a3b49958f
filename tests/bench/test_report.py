"""The bench of the report: a published file that the report can be drawn from, and a table of what that took."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench import report
from reports.facts import Facts


def test_the_invented_nation_has_rows_of_every_mart_that_the_report_reads(tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    report.empty(database)
    report.fill(database, provinces=2, branches=3, wadahs=4, agents=10, months=3, days=4)
    with duckdb.connect(str(database), read_only=True) as con:
        found = Facts(con)
    # nothing is wrong in it, nothing unmapped, no agreement overlaps, and no place was split or merged
    nothing = {"unmapped", "checks", "refused", "agreement_problems", "roster_gaps", "contradictions", "region_changes"}
    assert {name for name, value in vars(found).items() if value in ([], {}, None)} <= nothing | {"behind"}
    assert len(found.branches) == 3
    assert len(found.agents) == 10


def test_the_table_has_ratios_to_reading_the_marts() -> None:
    one = {"read": 2.0, "seconds": 30.0, "cpu": 45.5, "pages": 1364.0, "mib": 90.2, "rss": 400.0, "sent": 39.94}
    said = report.table({"whole": one, "bare": one | {"seconds": 10.0}}, load=1.25)
    assert said.startswith("1,364 pages, 90 MiB, of 325 branches, 38 provinces and 1,000 wadahs")
    assert "the largest page is 39.9 kB gzipped" in said
    assert "| the report | 30.0 | 15 | 45.5 | 45 | 400 |" in said
    assert "| without its charts | 10.0 | 5 |" in said
