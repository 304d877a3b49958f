"""A table that is refilled has just the new rows, keeps its place in the catalog and its past, and leaves no record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import durable, lake, models
from warehouse.refill import comment, own_table, refill

RECORDS = "select count(*) from __ducklake_metadata_lake.ducklake_{}"
DAY = "date '2023-09-01'"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake."""
    with lake.open_lake("", "", tmp_path / "lake", memory_limit="1GB", threads=1, spill=tmp_path / "spill") as con:
        con.execute("create schema core")
        yield con


def rows(con: duckdb.DuckDBPyConnection, at: str = "") -> list[int]:
    return [i for (i,) in con.execute(f"select i from core.t {at} order by i").fetchall()]


def count(con: duckdb.DuckDBPyConnection, what: str) -> int:
    (found,) = con.execute(RECORDS.format(what)).fetchone() or (0,)
    return int(found)


def test_rows_are_exchanged_in_place_also_for_none_and_twice_the_same(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table core.t (i integer)")
    before = {what: count(con, what) for what in ("table", "column")}
    for wanted in ([], [1, 2, 3], [1, 2, 2], [1, 1, 2], [], [5], [5, 6]):
        with durable.transaction(con):
            refill(con, "core.t", f"select unnest({wanted}::integer[]) as i")
        assert rows(con) == wanted
    assert {what: count(con, what) for what in before} == before
    assert count(con, "delete_file") == 0
    live = con.execute("from ducklake_list_files('lake', 't', schema => 'core')").fetchall()
    assert len(live) == 1


def test_the_same_rows_in_another_order_write_nothing(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table core.t as select unnest([3, 1, 1, null]) as i")
    files = count(con, "data_file")
    with durable.transaction(con):
        assert not refill(con, "core.t", "select unnest([1, null, 3, 1]) as i")
        assert refill(con, "core.t", "select unnest([1, null, 3, 3]) as i")
    files += 1
    assert count(con, "data_file") == files


def test_an_earlier_snapshot_has_the_rows_of_then(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table core.t as select unnest([1, 2]) as i")
    (then,) = con.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchone() or (0,)
    for wanted in ([3], [4, 5]):
        with durable.transaction(con):
            refill(con, "core.t", f"select unnest({wanted}) as i")
    assert rows(con, f"at (version => {then})") == [1, 2]
    assert rows(con) == [4, 5]


def test_a_table_is_made_where_it_is_missing_or_has_other_columns(con: duckdb.DuckDBPyConnection) -> None:
    own_table(con, "core.t", {}, {"i": ("integer", "A number")}, "select 1 as i")
    tables = count(con, "table")
    own_table(con, "core.t", {}, {"i": ("integer", "A number")}, "select 2 as i")
    assert (rows(con), count(con, "table")) == ([2], tables)
    own_table(con, "core.t", {}, {"i": ("bigint", "A number")}, "select 3 as i")
    assert (rows(con), count(con, "table")) == ([3], tables + 1)


def test_words_that_are_the_same_leave_no_record(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table core.t as select 1 as i")
    comment(con, "table", "core.t", "what it is", {"i": "a number"})
    records = count(con, "tag"), count(con, "column_tag")
    comment(con, "table", "core.t", "what it is", {"i": "a number"})
    assert (count(con, "tag"), count(con, "column_tag")) == records
    comment(con, "table", "core.t", "what it was", {"i": "another number"})
    said = "select comment from duckdb_{}() where schema_name = 'core' and table_name = 't'"
    assert con.execute(said.format("tables")).fetchall() == [("what it was",)]
    assert con.execute(said.format("columns")).fetchall() == [("another number",)]


def test_a_model_is_refilled_and_made_anew_once_its_columns_change(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "core" / "t.sql"
    path.parent.mkdir()
    head = "/*\ngrain: one\nmeaning: a test\nsource: none\nowner: nobody\n*/\n"
    sql = "with final as (\n    select\n        {} as i  -- A number\n)\n\nselect * from final\n"
    tables = []
    for value in ("1", "2", "'text'"):
        path.write_text(head + sql.format(value))
        with durable.transaction(con):
            models.refresh(con, models.read_model(path))
        tables.append(count(con, "table"))
    assert tables == [1, 1, 2]
    assert con.execute("from core.t").fetchall() == [("text",)]


def test_a_table_that_never_had_a_row_is_noted_as_empty_and_is_then_filled_like_any_other(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def asked(table: str) -> int:
        """How often the lake asks its catalog what it knows of a table's rows, to read three columns."""
        con.execute("call truncate_duckdb_logs()")
        con.execute("call enable_logging('QueryLog')")
        con.execute(f"select i, t, d from core.{table}").fetchall()
        con.execute("call disable_logging()")
        said = "select count(*) from duckdb_logs where message like '%ducklake_table_column_stats%table_id = %'"
        (found,) = con.execute(said).fetchone() or (0,)
        return int(found)

    def known(table: str) -> list[tuple[object, ...]]:
        return con.execute(
            """select record_count, next_row_id, column_id, contains_null, contains_nan, min_value, max_value
            from __ducklake_metadata_lake.ducklake_table as t
            left join __ducklake_metadata_lake.ducklake_table_stats using (table_id)
            left join __ducklake_metadata_lake.ducklake_table_column_stats using (table_id)
            where t.table_name = ? order by all""",
            [table],
        ).fetchall()

    with durable.transaction(con):
        con.execute("create table core.noted (i integer, t varchar, d double, b boolean, o date)")
    con.execute("create table core.plain (i integer, t varchar, d double, b boolean, o date)")
    assert known("noted") == [(0, 0, n, False, False if n == 3 else None, None, None) for n in range(1, 6)]
    assert asked("noted") < asked("plain")
    for rows_of in (
        f"(values (3, null, 0.5, true, {DAY}), (5, 'a', null, false, null))",
        f"(values (1, 'b', 'nan'::double, null, {DAY}))",
    ):
        for table in ("noted", "plain"):
            con.execute(f"insert into core.{table} from {rows_of}")
        assert known("noted") == known("plain") != []
    with durable.transaction(con):
        con.execute("delete from core.noted")
    assert count(con, "table_stats") == len(con.execute("from duckdb_tables() where database_name = 'lake'").fetchall())
