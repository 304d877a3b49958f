"""What the tables were built from: a fingerprint of everything, of the models, and of what a day keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import sqlglot

from warehouse import declared, refill
from warehouse.duck import quoted

if TYPE_CHECKING:
    from warehouse.models import Model

TABLE = "build_stamp"
HEAD = {"grain": "one row", "meaning": "Which build the tables are of."}
SAME_ROWS = "the same rows in other files"
"""Message of a commit that changes nothing that anybody can read."""
_REFERENCE_FILE = re.compile(r"getvariable\('reference'\) \|\| '/([^']+)'")


def code_of(every: Mapping[str, Model], tables: Iterable[str], reference: Path, besides: Collection[str] = ()) -> str:
    """What tells the SQL of tables, of all that they are computed from, and their reference files from others.

    Comments and layout of the SQL do not matter.

    Args:
        every: All models by their table.
        tables: The tables; what is no model is left out.
        reference: Folder of the reference CSV files.
        besides: Reference tables whose files do not matter.
    """
    found: dict[str, Model] = {}
    wanted = list(tables)
    while wanted:
        model = every.get(wanted.pop())
        if model is not None and model.table not in found:
            found[model.table] = model
            wanted.extend(model.inputs)
    digest = hashlib.sha256()
    for table, model in sorted(found.items()):
        stored = [model.head.get(word) for word in ("kind", "partition", *declared.WORDS)]
        digest.update(repr((table, stored, _tokens(model.sql))).encode())
        for name in _REFERENCE_FILE.findall(model.sql) if table not in besides else ():
            digest.update((reference / name).read_bytes())
    return digest.hexdigest()[:12]


@cache  # it takes longer than many a model
def _tokens(sql: str) -> str:
    """What SQL says, whatever its comments and layout."""
    return repr([(token.token_type.value, token.text) for token in sqlglot.tokenize(sql, dialect="duckdb")])


def write(con: duckdb.DuckDBPyConnection, stamp: str, code: str, kept: str) -> None:
    """Notes in the database what its tables are built from; see `models.build`."""
    now = "(select id from ducklake_current_snapshot(current_database()))" if is_lake(con) else "null"
    columns = {
        "stamp": ("varchar", quoted(stamp), "Tells the build from others"),
        "code": ("varchar", quoted(code), "Tells the models and reference tables from others"),
        "kept": ("varchar", quoted(kept), "The same of what a day does not build anew"),
        "snapshot": ("bigint", now, "Snapshot of the lake that the build read"),
    }
    said = ", ".join(f"cast({value} as {kind}) as {name}" for name, (kind, value, _) in columns.items())
    words = {name: (kind, text) for name, (kind, _, text) in columns.items()}
    refill.own_table(con, f"core.{TABLE}", HEAD, words, f"select {said}")


def stamp(con: duckdb.DuckDBPyConnection) -> str | None:
    """The stamp of the last build, or None before the first."""
    return _built(con, "stamp")


def code(con: duckdb.DuckDBPyConnection) -> str | None:
    """What told the models and reference tables of the last build from others, or None before the first."""
    return _built(con, "code")


def kept(con: duckdb.DuckDBPyConnection) -> str | None:
    """The same of the tables that a day brings up to date instead of building them."""
    return _built(con, "kept")


def snapshot(con: duckdb.DuckDBPyConnection) -> int | None:
    """The snapshot of the lake that the last build read; None before the first, and in a database that is no lake."""
    found = _built(con, "snapshot")
    return None if found is None else int(found)


def snapshots_since(con: duckdb.DuckDBPyConnection) -> range:
    """The snapshots of the lake after the one that the last build read, which tell the next one what changed."""
    read = snapshot(con)
    (now,) = con.execute("select id from ducklake_current_snapshot(current_database())").fetchone() or (0,)
    return range(int(now) + 1 if read is None else read + 1, int(now) + 1)


def has_read_all(con: duckdb.DuckDBPyConnection) -> None:
    """Notes that the last build has read the lake as it is now: what was committed since has changed no row."""
    if snapshot(con) is not None:
        con.execute(
            f"update core.{TABLE} set snapshot = (select id from ducklake_current_snapshot(current_database()))"
        )


def changes_since(con: duckdb.DuckDBPyConnection) -> int | None:
    """The snapshot that the last build read; None if the lake does not hold all that changed since then."""
    wanted = snapshots_since(con) if is_lake(con) else range(0)
    query = "select count(*) from ducklake_snapshots(current_database()) where snapshot_id between ? and ?"
    if not wanted:
        return snapshot(con)
    (there,) = con.execute(query, [wanted[0], wanted[-1]]).fetchone() or (0,)
    return snapshot(con) if there == len(wanted) else None


def is_lake(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the default catalog is a lake."""
    kind = con.execute("select type from duckdb_databases() where database_name = current_database()").fetchone()
    return kind == ("ducklake",)


def _built(con: duckdb.DuckDBPyConnection, column: str) -> str | None:
    there = column in dict(refill.columns_of(con, f"core.{TABLE}"))
    row = con.execute(f"select {column} from core.{TABLE}").fetchone() if there else None
    return str(row[0]) if row and row[0] is not None else None
