"""What is noted in the lake's catalog beside DuckLake's own tables: which keys and vaults it belongs to."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

import duckdb

NOTES = "perisai_note"


def check_value(name: str, key: bytes) -> str:
    """What tells a key from others, and tells nothing about it."""
    return hmac.digest(key, f"perisai: this is the {name} key".encode(), hashlib.sha256).hex()


def bind(con: duckdb.DuckDBPyConnection, keys: Mapping[str, bytes], there: Mapping[str, set[str]]) -> list[str]:
    """Notes a lake's keys at their first use; names of those that are others than were used before.

    Args:
        con: a connection whose default catalog is the lake.
        keys: the keys by name.
        there: what is noted, see ``every``.
    """
    wrong = []
    for name, key in keys.items():
        said, known = check_value(name, key), there.get(f"{name} key")
        if not known:
            note(con, f"{name} key", said)
        elif said not in known:
            wrong.append(name)
    return wrong


def every(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The values that are noted under each name, read at once: whoever opens a lake asks for several."""
    table = _table(con)
    con.execute(f"create table if not exists {table} (name varchar, value varchar)")
    found: dict[str, set[str]] = {}
    for name, value in con.execute(f"select name, value from {table}").fetchall():
        found.setdefault(name, set()).add(value)
    return found


def noted(con: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """The values that are noted under a name."""
    return every(con).get(name, set())


def note(con: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Notes a value, in a transaction of its own."""
    con.execute(f"insert into {_table(con)} values (?, ?)", [name, value])


def put(con: duckdb.DuckDBPyConnection, name: str, values: Iterable[str]) -> None:
    """Notes values in the place of those that are noted under the name, in transactions of their own."""
    there = noted(con, name)
    for value in sorted({*values} - there):
        note(con, name, value)
    for value in sorted(there - {*values}):
        con.execute(f"delete from {_table(con)} where name = ? and value = ?", [name, value])


def _table(con: duckdb.DuckDBPyConnection) -> str:
    (lake,) = con.execute("select current_database()").fetchone() or ("",)
    return f"__ducklake_metadata_{lake}.{NOTES}"
