"""Our half of a build by Spark: which files it reads, in which types, and how what comes out is committed.

In the place of Spark a program carries the plan out by DuckDB, with the same files and columns in and out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from models.random_branches import Branches
from models.test_increment import BEGIN, REFERENCE

from warehouse import increment, lake, models
from warehouse.spark import build
from warehouse.spark.build import Engine, OnSpark, SparkFailed

# Reads the lake's files as the plan says and writes what the models' own SQL gives, keys as text like Spark.
STAND_IN = """
import json
import sys
from pathlib import Path
import duckdb
from warehouse import models
plan, every = json.loads(Path(sys.argv[2]).read_text()), {one.table: one for one in models.discover()}
con = duckdb.connect()
con.execute("create schema raw; create schema closed; create schema reference; create schema core; create schema marts")
con.execute("create schema before")
for name, table in plan["tables"].items():
    con.execute(f"create table {name} as from read_parquet({table['files']}, union_by_name = true)")
for one in plan["models"]:
    kind = "view" if one["is_view"] else "table"
    con.execute(f"create {kind} {one['table']} as {every[one['table']].sql}")
    if not one["is_view"]:
        Path(one["folder"]).mkdir()
        keys = [name for name, kind, *_ in con.execute(f"describe {one['table']}").fetchall() if kind == "UUID"]
        text = f" replace ({', '.join(f'{name}::varchar as {name}' for name in keys)})" if keys else ""
        con.execute(f"copy (select *{text} from {one['table']}) to '{one['folder']}/part.parquet' (format parquet)")
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A Spark that is none."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    python = tmp_path / "python"
    root = Path(models.__file__).parents[1]
    python.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} {tmp_path}/stand_in.py "$@"\n')
    python.chmod(0o700)
    return Engine(python, "local[1]")


@pytest.fixture
def con(tmp_path: Path, raw_tables: str) -> Any:
    """A lake with the raw rows of some days, some of them deleted again."""
    with lake.open_lake("", "", tmp_path / "lake", memory_limit="1GB", threads=1, spill=tmp_path / "spill") as con:
        con.execute(raw_tables)
        branches = Branches(3, persons=40)
        for day in range(3):
            branches.day(con, BEGIN.replace(day=1 + 9 * day))
        yield con


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    tables = [model.table for model in models.discover() if not model.is_view]
    return {
        table: (con.execute(f"describe {table}").fetchall(), con.execute(f"from {table} order by all").fetchall())
        for table in tables
    }


def bring(con: duckdb.DuckDBPyConnection, folder: Path, stamp: str, engine: Engine | None = None) -> None:
    increment.bring_up_to_date(con, REFERENCE, stamp=stamp, code="one", scratch=folder / "scratch", engine=engine)


@pytest.mark.slow
def test_the_lake_is_afterwards_as_after_a_build_by_duckdb(con, tmp_path, engine):
    con.execute("delete from raw.contributions where line_no % 7 = 0")
    bring(con, tmp_path, "one")
    wanted = everything(con)
    snapshots = con.execute("select count(*) from ducklake_snapshots(current_database())").fetchone()
    bring(con, tmp_path, "two", engine)
    assert everything(con) == wanted
    assert con.execute("select stamp, code from core.build_stamp").fetchall() == [("two", "one")]
    assert con.execute("select count(*) - 1 from ducklake_snapshots(current_database())").fetchone() == snapshots
    assert not list((tmp_path / "scratch").glob("*"))


def plan(con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(OnSpark, "_run", lambda self, engine: None)
    OnSpark(con, {one.table: one for one in models.discover()}, REFERENCE, folder, Engine(Path(), "local[1]"))
    found: dict[str, Any] = json.loads((folder / "spark" / "plan.json").read_text())
    return found


def test_files_of_the_lake_are_read_as_they_are_unless_rows_of_them_are_deleted_or_columns_new(
    con, tmp_path, monkeypatch
):
    con.execute("delete from raw.registrations where line_no = 2")
    con.execute("alter table raw.agents add column later varchar")
    tables = plan(con, tmp_path, monkeypatch)["tables"]
    assert all("/lake/data/" in path for path in tables["raw.contributions"]["files"])
    assert tables["raw.registrations"]["files"] == [str(tmp_path / "spark" / "raw.registrations.parquet")]
    assert tables["raw.agents"]["files"] == [str(tmp_path / "spark" / "raw.agents.parquet")]


def test_types_that_spark_does_not_read_are_read_as_others_or_refused():
    build_of = OnSpark.__new__(OnSpark)
    build_of.types = {"raw.t": {"a": "UUID", "b": "TIME"}, "raw.u": {"c": "BLOB"}}
    told = build_of._table("raw.t", [])
    assert told["schema"] == "`a` BINARY, `b` BIGINT"
    assert told["columns"][0].startswith("lower(regexp_replace(hex(`a`)")
    with pytest.raises(SparkFailed, match=r"raw\.u\.c is BLOB"):
        build_of._table("raw.u", [])


def test_what_a_model_declares_by_spreads_its_inputs(con, tmp_path, monkeypatch):
    spread = {one["table"]: one["spread"] for one in plan(con, tmp_path, monkeypatch)["models"]}
    assert spread["core.contribution_month"] == {"core.contribution": ["participant_key"]}
    assert spread["marts.coverage_month"] == {}


@pytest.mark.parametrize(
    ("made", "wanted", "fits"),
    [
        ("VARCHAR", "UUID", True),
        ("INTEGER", "BIGINT", True),
        ("BIGINT", "INTEGER", True),  # a cast that is out of range is an error
        ("DECIMAL(34,4)", "DECIMAL(38,4)", True),
        ("DECIMAL(38,0)", "BIGINT", True),
        ("DECIMAL(24,6)", "DECIMAL(20,4)", False),
        ("DECIMAL(24,4)", "BIGINT", False),
        ("DOUBLE", "BIGINT", False),
        ("DECIMAL(10,2)", "DOUBLE", False),
        ("VARCHAR", "DATE", False),
        ("", "BIGINT", False),
    ],
)
def test_types_that_may_lose_something_do_not_fit(made, wanted, fits):
    assert build._fits(made, wanted) is fits


@pytest.mark.slow
def test_a_spark_that_fails_or_is_not_there_changes_nothing(con, tmp_path):
    bring(con, tmp_path, "one")
    before = con.execute("select count(*) from ducklake_snapshots(current_database())").fetchone()
    with pytest.raises(SparkFailed, match="make spark-env"):
        bring(con, tmp_path, "two", Engine(tmp_path / "nowhere", "local[1]"))
    with pytest.raises(SparkFailed, match=r"ended with 1; what it said is in .*log"):
        bring(con, tmp_path, "two", Engine(Path("/bin/false"), "local[1]"))
    assert con.execute("select count(*) from ducklake_snapshots(current_database())").fetchone() == before
    assert con.execute("select stamp from core.build_stamp").fetchall() == [("one",)]
