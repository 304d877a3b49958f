"""Whose data were erased, and whose may not be used: two lists of pseudonyms, and an audit without personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from perisai.settings import Settings
from warehouse import durable, files


def read(path: Path) -> frozenset[str]:
    """The pseudonyms of a list, one a line."""
    return frozenset(path.read_text(encoding="ascii").split()) if path.exists() else frozenset()


def write(path: Path, keys: Iterable[str]) -> None:
    """Writes a list, in place of the one before."""
    files.write(path, "".join(f"{key}\n" for key in sorted(keys)))


def forgotten(settings: Settings) -> frozenset[str]:
    """Pseudonyms of the NIK and KPJ of everybody who was erased."""
    return read(settings.forgotten)


def restricted(settings: Settings) -> frozenset[str]:
    """Pseudonyms of the NIK and KPJ of everybody whose data may not be used."""
    return read(settings.restricted)


def fingerprint(keys: Iterable[str]) -> str:
    """Tells a list from others; empty for an empty one."""
    listed = "".join(sorted(keys))
    return hashlib.sha256(listed.encode()).hexdigest()[:16] if listed else ""


def note_request(con: duckdb.DuckDBPyConnection, row: tuple[datetime, str, str, int, int]) -> None:
    """Adds a row to ``raw.person_request``, unless an interrupted run has added it."""
    query = "select 1 from raw.person_request where asked_utc = ? and request = ?"
    if con.execute(query, list(row[:2])).fetchone() is None:
        with durable.transaction(con):
            con.execute("insert into raw.person_request values (?, ?, ?, ?, ?)", list(row))
