"""What housekeeping takes away nobody can see: every snapshot that is kept reads as before, and every live row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import durable, housekeeping, lake, stamps

META = "__ducklake_metadata_lake.ducklake"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake with a table by month, one by a value and one in no part, each in many small files, with rows deleted."""
    with lake.open_lake("", "", tmp_path / "lake", memory_limit="1GB", threads=1, spill=tmp_path / "spill") as con:
        con.execute("create schema core")
        con.execute("create table core.by_month (day date, i integer)")
        con.execute("alter table core.by_month set partitioned by (year(day), month(day))")
        con.execute("create table core.by_value (day date, i integer)")
        con.execute("alter table core.by_value set partitioned by (day)")
        con.execute("create table core.plain (day date, i integer)")
        for n in range(24):
            with durable.transaction(con):
                for table in ("by_month", "by_value", "plain"):
                    day = "null" if table == "by_value" and n % 3 == 0 else f"date '2023-0{1 + n % 2}-01'"
                    con.execute(f"insert into core.{table} select {day}, {n} * 10 + i from range(10) as r(i)")
                    if n % 5 == 4:  # some rows of several files, and some of a file that has lost rows before
                        con.execute(f"delete from core.{table} where i % 7 = {n % 7} and i % 4 = 1")
        yield con


def snapshots(con: duckdb.DuckDBPyConnection) -> list[int]:
    return [n for (n,) in con.execute("select snapshot_id from ducklake_snapshots('lake') order by all").fetchall()]


def rows(con: duckdb.DuckDBPyConnection, at: int | None = None) -> dict[str, list[tuple[object, ...]]]:
    when = f"at (version => {at})" if at is not None else ""
    return {t: con.execute(f"from core.{t} {when} order by all").fetchall() for t in ("by_month", "by_value", "plain")}


def count(con: duckdb.DuckDBPyConnection, what: str, where: str = "true") -> int:
    (found,) = con.execute(f"select count(*) from {META}_{what} where {where}").fetchone() or (0,)
    return int(found)


def on_disk(con: duckdb.DuckDBPyConnection) -> int:
    return len(list(Path(durable.data_of(con)).rglob("*.parquet")))


def test_live_rows_and_snapshots_that_are_needed_stay_as_they_were(con: duckdb.DuckDBPyConnection) -> None:
    every = snapshots(con)
    needed = [every[len(every) // 2], every[-5]]
    then = {at: rows(con, at) for at in needed}
    now, last = rows(con), every[-1]
    done = housekeeping.keep_house(con, needed, days=0)
    assert rows(con) == now
    assert {at: rows(con, at) for at in needed} == then
    assert done.rewritten == 6
    assert last not in snapshots(con) and set(needed) <= set(snapshots(con))
    assert len(snapshots(con)) == 3
    assert count(con, "data_file", "end_snapshot is null") == 6
    live = f"select * from {META}_data_file where end_snapshot is null"
    deleted = f"select count(*) from {META}_delete_file join ({live}) using (data_file_id)"
    assert con.execute(deleted).fetchone() == (0,)
    assert durable.check(con) >= 6
    assert [durable.check(con, snapshot=at) > 6 for at in needed] == [True, True]


def test_nothing_is_left_that_nothing_names(con: duckdb.DuckDBPyConnection) -> None:
    now = rows(con)
    (Path(durable.data_of(con)) / "core" / "plain" / "ducklake-left-by-a-killed-run.parquet").write_bytes(b"PAR1")
    done = housekeeping.keep_house(con, [], days=0)
    assert done.orphans == 1
    assert (on_disk(con), count(con, "data_file"), len(durable.noted(con))) == (6, 6, 6)
    assert rows(con) == now
    assert count(con, "files_scheduled_for_deletion") == 0
    again = housekeeping.keep_house(con, [], days=0)
    assert (again.rewritten, again.expired, again.deleted) == (0, 0, 0)


def test_what_somebody_may_still_read_stays(con: duckdb.DuckDBPyConnection) -> None:
    before = snapshots(con)
    then = rows(con, before[-3])
    assert housekeeping.keep_house(con, [], days=1).expired == 0
    assert set(before) <= set(snapshots(con))
    assert rows(con, before[-3]) == then


def test_rows_come_and_go_as_before_once_they_were_written_anew(con: duckdb.DuckDBPyConnection) -> None:
    housekeeping.keep_house(con, [], days=0)
    for n in range(3):
        with durable.transaction(con):
            con.execute("delete from core.plain where i < 20 * ?", [n + 1])
            con.execute("insert into core.plain values (null, 1000 + ?)", [n])
    kept = con.execute("select count(*), min(i), max(i) from core.plain").fetchall()
    (middle,) = con.execute("select max(snapshot_id) - 1 from ducklake_snapshots('lake')").fetchone() or (0,)
    then = rows(con, middle)
    housekeeping.keep_house(con, [middle], days=0)
    assert con.execute("select count(*), min(i), max(i) from core.plain").fetchall() == kept
    assert rows(con, middle) == then


def test_the_next_build_can_still_tell_what_changed(con: duckdb.DuckDBPyConnection) -> None:
    with durable.transaction(con):
        stamps.write(con, "stamp", "code", "kept")
    built = stamps.snapshot(con)
    for days in (1, 2):  # one that the build has to look at, and one in which nothing but files changes
        with durable.transaction(con):
            con.execute(f"insert into core.plain values (null, {days})")
        assert (housekeeping.keep_house(con, [], days=0).rewritten > 1) == (days == 1)
        assert stamps.changes_since(con) == built
    assert len(snapshots(con)) > 4
