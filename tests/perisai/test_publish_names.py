"""Names under which what is published is read, and how long an earlier interface lasts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from bench.small_lake import SmallLake
from tests.perisai.test_publish import lake, made, sound  # noqa: F401 (fixtures)
from warehouse import interface


def test_stable_names_are_views_that_carry_the_words(lake: SmallLake) -> None:  # noqa: F811
    assert lake.read("select count(*) from marts.coverage_month") == lake.read(
        "select count(*) from marts_v1.coverage_month"
    )
    [(comment,)] = lake.read(
        "select comment from duckdb_columns() where schema_name = 'marts' and column_name = 'protected'"
    )
    assert comment == "Who is protected"
    [(comment,)] = lake.read(
        "select comment from duckdb_views() where view_name = 'coverage_month' and schema_name = 'marts'"
    )
    assert comment.startswith("grain: one row per region and month")


OLD = """-- until: 2024-11-30
-- why: a share of one, and not percent, is what everybody asks for
select region_code, month, protected, share * 100 as coverage_pct, marker from marts_v2.coverage_month
"""


def test_a_query_of_today_runs_until_the_interface_s_date(
    lake: SmallLake,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = "select sum(coverage_pct) from marts.coverage_month"
    before = lake.read(query)
    monkeypatch.setattr(interface, "EARLIER", tmp_path / "earlier")
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "marts.coverage_month.v1.sql").write_text(OLD)
    lake.change(
        "create or replace table marts.coverage_month as"
        " select * exclude (coverage_pct), coverage_pct / 100 as share from marts.coverage_month",
        "comment on table marts.coverage_month is 'grain: one\nkey: region_code, month\nversion: 2'",
    )
    lake.publish("b")
    assert lake.read(query) == before
    assert lake.read("select sum(coverage_pct) from marts_v1.coverage_month") == before
    assert lake.read("select sum(share) from marts_v2.coverage_month") == [(before[0][0] / 100,)]
    [(words,)] = lake.read("select comment from duckdb_views() where schema_name = 'marts' and view_name like 'cov%'")
    assert words == "meaning: kept until 2024-11-30, a share of one, and not percent, is what everybody asks for"
    sound(lake)
    lake.publish("c", day=date(2024, 12, 1))
    assert lake.read("select sum(share) from marts.coverage_month") == [(before[0][0] / 100,)]
    assert lake.read("select count(*) from duckdb_columns() where schema_name = 'marts_v1'") != []
    with pytest.raises(duckdb.Error):
        lake.read("from marts_v1.coverage_month")
