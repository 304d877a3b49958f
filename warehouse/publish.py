"""The published warehouse: one file that no process ever writes to, replaced whole.

A version is built beside the others, audited, and becomes current by the renaming of one symbolic link::

    published/versions/<business date>-<stamp>/warehouse.duckdb, marts/*.parquet, manifest.json
    published/current          -> versions/<the current one>
    published/warehouse.duckdb -> current/warehouse.duckdb
    published/marts            -> current/marts

Who has the file open keeps yesterday's; who opens it now gets today's; nobody waits. DuckDB 1.2 and later
read it.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse import models
from warehouse.duck import quoted

STORAGE_VERSION = "v1.2.0"
PUBLISHED_SCHEMAS = ("reference", "marts")
LINES = "marts.incentive_line"
LINES_MONTHS = 3  # the lines of earlier months are many, and stay in the lake


class AuditFailed(Exception):
    """What was built is not fit to be published; the version before it stays."""


@dataclass(frozen=True)
class Version:
    """One published version and its manifest."""

    folder: Path
    business_date: date
    stamp: str
    rows: dict[str, int]

    @property
    def database(self) -> Path:
        """The file that analysts open."""
        return self.folder / "warehouse.duckdb"


def current(published: Path) -> Version | None:
    """The version that readers get now, or None before the first."""
    manifest = published / "current" / "manifest.json"
    if not manifest.exists():
        return None
    said = json.loads(manifest.read_text(encoding="utf-8"))
    folder = (published / "current").resolve()
    return Version(folder, date.fromisoformat(said["business_date"]), said["stamp"], said["rows"])


def publish(con: duckdb.DuckDBPyConnection, published: Path, business_date: date, stamp: str, keep: int) -> Version:
    """Copies reference and marts out of the lake into a new version and makes it current.

    Args:
        con: a connection whose default catalog is the lake, with the models built.
        published: folder of the published versions.
        business_date: the last business date that is in it.
        stamp: what the models were built from; the same stamp is the same version.
        keep: versions that stay, this one included.

    Raises:
        AuditFailed: a table is missing, lost rows on the way, or a mart that had rows has none.
    """
    versions = published / "versions"
    building = versions / f".building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    (building / "marts").mkdir(parents=True)
    folder = versions / f"{business_date.isoformat()}-{stamp}"
    rows = _copy(con, building, business_date, folder.name)
    _audit(building / "warehouse.duckdb", rows, current(published))
    manifest = {"business_date": business_date.isoformat(), "stamp": stamp, "rows": rows}
    (building / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    sync(building)
    shutil.rmtree(folder, ignore_errors=True)  # an earlier try that was killed before it became current
    building.rename(folder)
    for name in ("warehouse.duckdb", "marts"):
        link(published / name, Path("current") / name)
    link(published / "current", Path("versions") / folder.name)
    _forget(versions, folder, keep)
    return Version(folder, business_date, stamp, rows)


def link(name: Path, target: Path) -> None:
    """Points a symbolic link at a target, in one step even where it pointed elsewhere."""
    if name.is_symlink() and name.readlink() == target:
        return
    beside = name.with_name(f".{name.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(name)


def _copy(con: duckdb.DuckDBPyConnection, building: Path, business_date: date, version: str) -> dict[str, int]:
    """Writes the database and the marts' Parquet files; (schema.table → rows of the lake's table or view)."""
    (lake,) = con.execute("select current_database()").fetchone() or ("",)
    tables = con.execute(
        """select schema_name, table_name, comment from duckdb_tables()
        where database_name = $lake and list_contains($schemas, schema_name)
        union all select schema_name, view_name, comment from duckdb_views()
        where database_name = $lake and list_contains($schemas, schema_name) order by all""",
        {"lake": lake, "schemas": list(PUBLISHED_SCHEMAS)},
    ).fetchall()
    since = f"cast(date_trunc('month', date '{business_date}') - interval {LINES_MONTHS - 1} month as date)"
    rows = {}
    con.execute(f"attach {quoted(building / 'warehouse.duckdb')} as pub (storage_version '{STORAGE_VERSION}')")
    try:
        for schema in PUBLISHED_SCHEMAS:
            con.execute(f"create schema pub.{schema}")
        for schema, table, comment in tables:
            name = f"{schema}.{table}"
            source = f"(from {lake}.{name}" + (f" where period >= {since} order by all)" if name == LINES else ")")
            con.execute(f"create table pub.{name} as from {source}")
            con.execute(f"comment on table pub.{name} is {quoted(comment or '')}")
            (count,) = con.execute(f"select count(*) from {source}").fetchone() or (0,)
            rows[name] = int(count)
            if schema == "marts":
                file = building / "marts" / f"{table}.parquet"
                said = f"kv_metadata {{business_date: '{business_date}', version: {quoted(version)}}}"
                con.execute(f"copy (from pub.{name}) to {quoted(file)} (format parquet, compression zstd, {said})")
        for column in models.dictionary(con):
            if column.schema in PUBLISHED_SCHEMAS and column.description:
                name = f"{column.schema}.{column.table}.{column.column}"
                con.execute(f"comment on column pub.{name} is {quoted(column.description)}")
        con.execute("checkpoint pub")
    finally:
        con.execute("detach pub")
    return rows


def _audit(database: Path, rows: dict[str, int], last: Version | None) -> None:
    """Opens the new file as a reader would and compares it with the lake and with the last version."""
    with duckdb.connect(str(database), read_only=True) as reader:
        for table, expected in rows.items():
            (found,) = reader.execute(f"select count(*) from {table}").fetchone() or (0,)
            if found != expected:
                raise AuditFailed(f"{table} has {found} rows in the new file and {expected} in the lake")
    if last is None:
        return
    for table, before in last.rows.items():
        if before and not rows.get(table):
            raise AuditFailed(f"{table} had {before} rows in the version of {last.business_date} and has none now")


def sync(folder: Path) -> None:
    """Has the system write a folder and all in it to the disk."""
    for path in [*sorted(folder.rglob("*")), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _forget(versions: Path, newest: Path, keep: int) -> None:
    for path in versions.glob(".building-*"):
        shutil.rmtree(path)
    others = [path for path in versions.iterdir() if path != newest]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[keep - 1 :]:
        shutil.rmtree(path)
