"""What the lake's engine is known to do wrong in this version, and that the product never gets there.

The numbers are those of the engine's tracker (duckdb/ducklake). The first tests provoke what can be provoked here: if
one fails after an upgrade, the engine was mended, and what avoids the fault may be looked at again. 1074, 1084, 1266,
1377 and 1406 could not be provoked with 1.5.5. The others hold the product to its way: no row in the catalog, and
none of the calls that are not safe. That one process at a time is at work, against 1094, 1215, 1393 and 1472, is
tested by test_locks and test_races; that snapshots read as before after housekeeping, by test_housekeeping.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from house import House, claim

from perisai.step import opened_lake
from warehouse import lake

ROOT = Path(__file__).resolve().parents[2]
UNSAFE = (
    "ducklake_rewrite_data_files",  # 1377, 1406
    "ducklake_flush_inlined_data",  # 1266, 1364, 1406
    "ducklake_merge_adjacent_files",  # 1472
    "ducklake_delete_orphaned_files",  # 815, 916
)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with lake.open_lake("", "", tmp_path / "lake", memory_limit="1GB", threads=1, spill=tmp_path / "spill") as con:
        con.execute("create table t (i integer)")
        con.execute("insert into t values (1)")
        yield con


@pytest.fixture
def other(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the lake, in a transaction that has begun."""
    other = con.cursor()
    other.execute("use lake")
    other.execute("begin")
    return other


def test_the_engine_loses_a_delete_when_snapshots_after_an_open_transaction_expire(con, other):  # 1472
    other.execute("from t").fetchall()
    con.execute("insert into t values (2)")
    con.execute("call ducklake_merge_adjacent_files('lake')")
    con.execute("create table unrelated (i integer)")
    (last,) = con.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchone() or (0,)
    con.execute(f"call ducklake_expire_snapshots('lake', versions => [{last - 2}, {last - 1}])")
    other.execute("delete from t where i = 1")
    other.execute("commit")
    assert con.execute("from t order by all").fetchall() == [(1,), (2,)]


def test_the_engine_deletes_files_that_somebody_is_about_to_commit(con, other):  # 916
    other.execute("insert into t select * from range(1000)")
    assert con.execute("call ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
    other.execute("commit")
    with pytest.raises(duckdb.IOException, match="No such file"):
        con.execute("from t").fetchall()


def test_the_engine_doubles_a_row_that_two_replace_at_once(con, other):  # 1393
    for one in (con, other):
        if one is con:
            con.execute("begin")
        one.execute("delete from t where i = 2")
        one.execute("insert into t values (2)")
    con.execute("commit")
    other.execute("commit")
    assert con.execute("from t order by all").fetchall() == [(1,), (2,), (2,)]


def test_a_log_of_the_catalog_that_was_cut_off_anywhere_holds_the_commits_before(tmp_path: Path) -> None:
    """Of NULL that each commit sets anew the engine makes an empty text there, in columns of one way of compression."""
    folder, cut = tmp_path / "lake", tmp_path / "cut" / "catalog.ducklake"
    cut.parent.mkdir()
    how: dict[str, Any] = {"memory_limit": "1GB", "threads": 1, "spill": tmp_path / "spill"}
    columns = range(200)
    with lake.open_lake("", "", folder, **how) as con:
        con.execute(f"create table t ({', '.join(f'c{n} varchar' for n in columns)})")
        con.execute(f"insert into t values ({', '.join(str(n) if n % 3 else 'null' for n in columns)})")
    logs = [b""]
    with lake.open_lake("", "", folder, **how) as con:
        for _ in range(2):
            con.execute("insert into t (c0) values (1)")
            logs.append(folder.joinpath("catalog.ducklake.wal").read_bytes())
        shutil.copyfile(folder / "catalog.ducklake", cut)

    def told(log: bytes) -> dict[str, list[tuple[Any, ...]]]:
        """All that a catalog with this log says."""
        cut.with_name("catalog.ducklake.wal").write_bytes(log)
        with duckdb.connect(cut, read_only=True) as con:
            names = con.execute("select table_name from duckdb_tables() where table_name like 'ducklake_%'").fetchall()
            return {name: con.execute(f"from {name} order by all").fetchall() for (name,) in names}

    before, after = told(logs[1]), told(logs[2])
    assert before != after
    assert before["ducklake_table_column_stats"]
    for length in range(len(logs[1]), len(logs[2]), 397):
        assert told(logs[2][:length]) == before


@pytest.mark.slow
def test_no_row_and_no_deleted_row_is_kept_in_the_catalog(house: House) -> None:
    """Against 999, 1073, 1074, 1084, 1266, 1364 and 1406: whatever a day writes is in files."""
    for day in ("2023-09-29", "2023-09-30"):  # the second takes rows out of marts that the first built
        house.leave("NTB01", "claims", day, [claim(int(day[-2:]))])
        house.run(day)
    with opened_lake(house.settings) as con:
        tables = con.execute(
            """select table_name from duckdb_tables() where database_name = '__ducklake_metadata_lake'
            and (table_name like 'ducklake_inlined_data_%' or table_name like 'ducklake_inlined_delete_%')"""
        ).fetchall()
        kept = {
            name: con.execute(f"select count(*) from __ducklake_metadata_lake.{name}").fetchone()
            for (name,) in tables
            if name != "ducklake_inlined_data_tables"
        }
        assert {name for name, rows in kept.items() if rows != (0,)} == set()
        (rows,) = con.execute("select count(*) from raw.claims").fetchone() or (0,)
        assert rows == 2


def test_none_of_the_unsafe_calls_is_made() -> None:
    """Against 815, 916, 1377, 1406 and 1472."""
    sources = [
        path
        for folder in ("perisai", "warehouse", "transforms", "expectations", "reports", "dags")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(sources) > 100
    made = {
        (path.name, call)
        for path in sources
        for call in UNSAFE
        if re.search(rf"\b{call}\(", path.read_text(encoding="utf-8"))
    }
    assert made == set()
