"""A commit of the lake is on the disk, and each file that it names has a checksum.

DuckLake writes Parquet files and then the catalog that names them, but never has the system write the files to the
disk: after a power failure the catalog would name empty ones. And a byte that flips later is read as another value.
So each transaction of the lake has its new files written to the disk, and notes their checksums in the catalog,
before it is committed; who computes money from them compares them first.

Object storage has kept a file once it is written. There the checksum is that of the file's ETag, so a listing tells
whether it is another one; what the file holds is what the storage answers for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import duck, files

NOTES = "perisai_file"
_FILE = ".parquet"
OWN = "ducklake-"
"""So begin the names that DuckLake gives to files, and no others."""
_guards: list[Callable[[], None]] = []


class Damaged(Exception):
    """Files of the lake are not those that were written; the message names them."""


@contextmanager
def guarded(guard: Callable[[], None]) -> Iterator[None]:
    """Has every commit call a function first, which raises if there must be none."""
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it, or nothing; and what is committed is on the disk, if the default catalog is a lake."""
    with duck.transaction(con):
        yield
        seal(con)
        for guard in _guards:
            guard()
    if catalog := _file_of_catalog(con):
        files.sync_one(catalog.parent)
    _count_empty(con)


def _count_empty(con: duckdb.DuckDBPyConnection) -> None:
    """Notes of tables that never had a row that they have none, as the lake notes it of others.

    Without it the lake asks its catalog anew for each column of such a table in each query: 50 ms for thirty columns.
    """
    if (found := _lake(con)) is None:
        return
    catalog, _ = found
    with con.cursor() as notes, duck.transaction(notes):
        notes.execute(
            f"""insert into {catalog}.ducklake_table_column_stats (table_id, column_id, contains_null, contains_nan)
            select table_id, column_id, false, case when column_type in ('float32', 'float64') then false end
            from {catalog}.ducklake_column
            where end_snapshot is null and table_id not in (select table_id from {catalog}.ducklake_table_stats)"""
        )
        notes.execute(
            f"""insert into {catalog}.ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
            select table_id, 0, 0, 0 from {catalog}.ducklake_table
            where end_snapshot is null and table_id not in (select table_id from {catalog}.ducklake_table_stats)"""
        )


def _file_of_catalog(con: duckdb.DuckDBPyConnection) -> Path | None:
    """The file of the default lake's catalog; None if there is no lake, or no file.

    DuckDB has the disk hold what it writes to this file and the log beside it, but not their names in the folder.
    """
    row = con.execute(
        "select path from duckdb_databases() where type = 'ducklake' and database_name = current_database()"
    ).fetchone()
    if row is None:
        return None
    (kind,) = con.execute("select catalog_type from ducklake_settings(current_database())").fetchone() or ("",)
    return Path(row[0]) if kind == "duckdb" else None


def seal(con: duckdb.DuckDBPyConnection) -> None:
    """Has the disk hold every file of the lake that has no checksum yet, and notes it."""
    if (found := _lake(con)) is None:
        return
    catalog, data = found
    with con.cursor() as notes:  # of a transaction of its own: it has to be there before the lake's is committed
        made = files.kept(data, _FILE, _known(notes, catalog))
        if not made:
            return
        rows = pa.table(
            {
                "name": list(made),
                "bytes": [size for size, _ in made.values()],
                "crc32": [crc for _, crc in made.values()],
            }
        )
        notes.register("made", rows)
        notes.execute(f"insert into {catalog}.{NOTES} select * from made")
        notes.unregister("made")


def check(con: duckdb.DuckDBPyConnection, tables: Iterable[str] = (), snapshot: int | None = None) -> int:
    """Compares the files that the lake names with their checksums; how many there are.

    Args:
        con: a connection whose default catalog is the lake.
        tables: the tables that matter, as ``schema.table``; by default all.
        snapshot: as of which snapshot; by default the latest.

    Raises:
        Damaged: some are gone or are not what was written.
    """
    count, wrong = compared(con, tables, snapshot)
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""  # noqa: PLR2004 (as many as fit a message)
        raise Damaged(f"{'; '.join(wrong[:5])}{more}")
    return count


def compared(
    con: duckdb.DuckDBPyConnection, tables: Iterable[str] = (), snapshot: int | None = None
) -> tuple[int, list[str]]:
    """How many files the lake names, and in words each that is gone or not what was written; see ``check``."""
    if (found := _lake(con)) is None:
        return 0, []
    seal(con)
    catalog, data = found
    wanted = list(tables)
    alive = "end_snapshot is null" if snapshot is None else f"({snapshot} < end_snapshot or end_snapshot is null)"
    since = "" if snapshot is None else f"and begin_snapshot <= {snapshot}"
    rows = con.execute(
        f"""with named as (
            select table_id, parse_filename(path) as name from {catalog}.ducklake_data_file where {alive} {since}
            union all
            select table_id, parse_filename(path) from {catalog}.ducklake_delete_file where {alive} {since}
        )
        select distinct name, bytes, crc32
        from named
        left join {catalog}.{NOTES} using (name)
        where $everything or table_id in (
            select table_id
            from {catalog}.ducklake_table as t
            join {catalog}.ducklake_schema as s using (schema_id)
            where list_contains($tables, concat(s.schema_name, '.', t.table_name))
        )
        order by all""",
        {"everything": not wanted, "tables": wanted},
    ).fetchall()
    there = files.marks(data, _FILE, {name for name, *_ in rows})
    return len(rows), [words for row in rows if (words := _wrong(there, *row))]


def note(con: duckdb.DuckDBPyConnection, paths: Iterable[files.Place]) -> None:
    """Notes the checksums of files outside the lake, under their names, in the place of those noted before.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        paths: the files; no two of all that are ever noted have one name.
    """
    catalog = f"__ducklake_metadata_{_name(con)}"
    _known(con, catalog)
    for path in paths:
        con.execute(f"delete from {catalog}.{NOTES} where name = ?", [path.name])
        con.execute(f"insert into {catalog}.{NOTES} values (?, ?, ?)", [path.name, *files.mark(path)])


def forget(con: duckdb.DuckDBPyConnection, there: Iterable[str]) -> None:
    """Drops the notes of files of the lake, but for those that are still there.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        there: names of the files whose notes stay.
    """
    catalog = f"__ducklake_metadata_{_name(con)}"
    con.register("there", pa.table({"name": list(there)}, pa.schema([("name", pa.string())])))
    con.execute(
        f"delete from {catalog}.{NOTES} where starts_with(name, '{OWN}') and name not in (select name from there)"
    )
    con.unregister("there")


def noted(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Size and checksum of each file that is noted, by its name."""
    catalog = f"__ducklake_metadata_{_name(con)}"
    _known(con, catalog)
    rows = con.execute(f"select name, bytes, crc32 from {catalog}.{NOTES}").fetchall()
    return {name: (size, crc) for name, size, crc in rows}


def needed(con: duckdb.DuckDBPyConnection) -> dict[str, files.Mark]:
    """What is noted of every file that a snapshot of the lake names, and of those outside the lake; see ``noted``."""
    seal(con)
    catalog = f"__ducklake_metadata_{_name(con)}"
    rows = con.execute(
        f"""with named as (
            select parse_filename(path) as name from {catalog}.ducklake_data_file
            union
            select parse_filename(path) from {catalog}.ducklake_delete_file
        )
        select name, bytes, crc32 from {catalog}.{NOTES} full join named using (name)
        where not starts_with(name, '{OWN}') or name in (from named)"""
    ).fetchall()
    return {name: (size, crc) for name, size, crc in rows}


def is_as_noted(path: files.Place, noted: tuple[int, int] | None) -> bool:
    """Whether a file is the one whose checksum was noted."""
    return files.mark(path) == noted


def data_of(con: duckdb.DuckDBPyConnection) -> str:
    """Where the lake's files lie: a folder, or an address in object storage."""
    _, data = _lake(con) or ("", "")
    return data


def _name(con: duckdb.DuckDBPyConnection) -> str:
    (name,) = con.execute("select current_database()").fetchone() or ("",)
    return str(name)


def _wrong(there: Mapping[str, files.Mark], name: str, size: int | None, crc: int | None) -> str:
    if name not in there:
        return f"{name} is gone"
    return "" if there[name] == (size, crc) else f"{name} is not the file that was written"


def _lake(con: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    """Name of the lake's catalog, and where its files lie; None if there is no lake."""
    kind, name = con.execute(
        "select type, database_name from duckdb_databases() where database_name = current_database()"
    ).fetchone() or ("", "")
    if kind != "ducklake":
        return None
    (data,) = con.execute("select data_path from ducklake_settings(current_database())").fetchone() or ("",)
    return f"__ducklake_metadata_{name}", data


def _known(con: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    con.execute(f"create table if not exists {catalog}.{NOTES} (name varchar, bytes bigint, crc32 bigint)")
    return {name for (name,) in con.execute(f"select name from {catalog}.{NOTES}").fetchall()}
