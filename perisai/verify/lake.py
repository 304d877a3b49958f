"""The lake: its catalog, the files that it names, and the rows that they hold."""

from __future__ import annotations

import duckdb

from perisai.settings import Settings
from perisai.step import scratch_duck
from perisai.verify.finding import Found
from warehouse import durable
from warehouse.duck import quoted, scrubbed

_FILE = "see docs/operate.md, When a file of the lake is damaged"
_CATALOG = "put the folder lake back from a backup, or see docs/operate.md, When a file of the lake is damaged"


def gone(settings: Settings) -> Found | None:
    """What is to be said where there is no catalog to be opened; to open it would make an empty one."""
    if settings.lake_catalog or (settings.lake / "catalog.ducklake").exists():
        return None
    found = Found()
    if settings.lake.exists() or settings.raw.exists() or settings.vault.exists():
        found.add(f"{settings.lake / 'catalog.ducklake'} is gone", _CATALOG)
    else:
        found.left_out.append("no day was loaded yet")
    return found


def check(con: duckdb.DuckDBPyConnection, found: Found) -> Found:
    """Adds to what was found of the catalog: each file of the lake is compared with its checksum and its numbers."""
    files, wrong = durable.compared(con)
    found.checked["files"] = files
    for snapshot in _closed(con):
        more, earlier = durable.compared(con, snapshot=snapshot)
        wrong = sorted({*wrong, *earlier})
        found.checked["files"] += more
    for words in wrong:
        found.add(words, _FILE)
    if not wrong:
        _rows(con, found)
    return found


def catalog(settings: Settings) -> Found:
    """Reads every table of the catalog as the plain database that it is, before a lake is opened by it.

    DuckDB compares the checksum of each block that it reads. Those that no table has are not read.
    """
    found = Found()
    if settings.lake_catalog:
        found.left_out.append("blocks of the catalog: PostgreSQL answers for them")
        return found
    path = settings.lake / "catalog.ducklake"
    try:
        with scratch_duck(settings) as con:
            con.execute(f"attach {quoted(path)} as catalog (read_only)")
            tables = con.execute("select table_name from duckdb_tables() where database_name = 'catalog'").fetchall()
            for (table,) in sorted(tables):
                con.execute(f"select sum(hash(one)) from catalog.{table} as one").fetchall()
            con.execute("detach catalog")
    except duckdb.Error as error:
        found.add(f"the catalog {path} is damaged: {scrubbed(error)}", _CATALOG)
        return found
    found.checked["tables of the catalog"] = len(tables)
    return found


def _closed(con: duckdb.DuckDBPyConnection) -> list[int]:
    """Snapshots that closed months name, and drafts that may still be approved."""
    there = con.execute("select 1 from duckdb_tables() where schema_name = 'closed' and table_name = 'draft'")
    if there.fetchone() is None:
        return []
    query = "select snapshot_id from closed.month union select snapshot_id from closed.draft order by all"
    return [snapshot for (snapshot,) in con.execute(query).fetchall() if snapshot is not None]


def _rows(con: duckdb.DuckDBPyConnection, found: Found) -> None:
    """Compares how many rows each file has with what the catalog says, and what deliveries brought with the ledger."""
    named = con.execute(
        "select parse_filename(path), record_count from __ducklake_metadata_lake.ducklake_data_file"
        " where end_snapshot is null"
    ).fetchall()
    if not named:
        return
    counts = dict(
        con.execute(
            "select parse_filename(file_name), num_rows from"
            f" parquet_file_metadata({quoted(durable.data_of(con).rstrip('/') + '/**/*.parquet')})"
        ).fetchall()
    )
    for name, rows in sorted(named):
        if counts.get(name) != rows:
            found.add(f"{name} has {counts.get(name)} rows, and the catalog says {rows}", _FILE)
    found.checked["rows"] = sum(rows for _, rows in named)
    for (feed,) in con.execute("select distinct feed from raw.delivery where accepted > 0 order by all").fetchall():
        differing = con.execute(
            f"""select count(*)
            from (select delivery_id, accepted from raw.delivery where feed = ?) as said
            full join (select delivery_id, count(*) as rows from raw.{feed} group by all) using (delivery_id)
            where coalesce(accepted, 0) <> coalesce(rows, 0)""",
            [feed],
        ).fetchone() or (0,)
        if differing[0]:
            found.add(f"raw.{feed} has other rows than the ledger says, of {differing[0]} deliveries", _CATALOG)
