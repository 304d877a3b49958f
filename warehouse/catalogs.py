"""The catalog of a lake is copied from one database into another, each a file or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import duck, durable
from warehouse.duck import quoted
from warehouse.files import Mark

_COPIED = "copied_file"
_LAKE = "__ducklake_metadata_lake"
_OF = "select schema_uuid::varchar from {}.ducklake_schema where schema_name = 'raw' and end_snapshot is null"
Marks = dict[str, Mark]


def copy(
    con: duckdb.DuckDBPyConnection, source: str, marks: Callable[[Marks], Marks], *, keep_marks: bool = False
) -> None:
    """Gives a lake all that the catalog of another has, but for where its files lie.

    Args:
        con: a connection of ``lake.open_lake``, which has extensions for the source, too.
        source: the other catalog, as ``open_lake`` takes it; nobody writes to it meanwhile.
        marks: what is noted of files by the other catalog (``perisai_file``) as it is to be noted here.
        keep_marks: has ``earlier`` find both.
    """
    with _attached(con, source) as other:
        there = _notes(con, f"{other}.{durable.NOTES}")
        here = marks(there)
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = $other and schema_name in ('main', 'public')"
            " and regexp_matches(table_name, '^(ducklake|perisai)_')",
            {"other": other},
        ).fetchall()
        (data,) = con.execute(f"select value from {_LAKE}.ducklake_metadata where key = 'data_path'").fetchone() or (
            "",
        )
        with duck.transaction(con):
            for (table,) in tables:
                con.execute(f"create table if not exists {_LAKE}.{table} as from {other}.{table} limit 0")
                con.execute(f"delete from {_LAKE}.{table}")
                if table != durable.NOTES:
                    con.execute(f"insert into {_LAKE}.{table} by name from {other}.{table}")
            con.execute(f"update {_LAKE}.ducklake_metadata set value = $data where key = 'data_path'", {"data": data})
            rows = [(name, *mark, *there[name]) for name, mark in here.items()]
            columns = zip(*rows, strict=True) if rows else [()] * 5
            types = (pa.string(), *[pa.int64()] * 4)
            names = ("name", "bytes", "crc32", "bytes_there", "crc32_there")
            con.register("marks", pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names))
            con.execute(f"insert into {_LAKE}.{durable.NOTES} select name, bytes, crc32 from marks")
            if keep_marks:
                con.execute(f"create table {_LAKE}.{_COPIED} as from marks")
            con.unregister("marks")


def earlier(con: duckdb.DuckDBPyConnection, copy: Path) -> dict[str, tuple[Mark, Mark]]:
    """What an earlier copy notes of files, by name: their marks where they were copied from, and in the copy."""
    if not copy.exists():
        return {}
    with _attached(con, str(copy)) as other:
        if not con.execute(
            "select 1 from duckdb_tables() where (database_name, table_name) = (?, ?)", [other, _COPIED]
        ).fetchone():
            return {}
        rows = con.execute(f"from {other}.{_COPIED}").fetchall()
    return {name: ((bytes_there, crc_there), (size, crc)) for name, size, crc, bytes_there, crc_there in rows}


def is_of(con: duckdb.DuckDBPyConnection, copy: Path) -> bool:
    """Whether an earlier copy is of the lake that a connection has opened, or there is none."""
    if not copy.exists():
        return True
    with _attached(con, str(copy)) as other:
        return con.execute(_OF.format(other)).fetchone() == con.execute(_OF.format(_LAKE)).fetchone()


def is_empty(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether nothing was ever committed to the lake that a connection has opened."""
    return con.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchone() == (0,)


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, catalog: str) -> Iterator[str]:
    """The tables of a catalog, to be read as the plain database that it is; the name under which they are."""
    con.execute(f"attach {quoted(catalog)} as source (read_only)")
    try:
        yield "source"
    finally:
        con.execute("detach source")


def _notes(con: duckdb.DuckDBPyConnection, table: str) -> Marks:
    return {name: (size, crc) for name, size, crc in con.execute(f"select name, bytes, crc32 from {table}").fetchall()}
