"""The audit of closes: each of them once and for all, in rows that are only ever added and chained by hash.

Whoever takes the last entry out, together with its month, breaks no chain. So each published version names the entry
that was the last when it was made, and the next one is not published without it; see ``lost``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from warehouse.duck import records
from warehouse.terms import Columns

AUDIT: Columns = {
    "entry_no": ("BIGINT", "Number of the entry, from 1 without a gap."),
    "period": ("DATE", "The month that was closed, its first day."),
    "content_hash": ("VARCHAR", "As in closed.month; likewise because, approved_by, approved_at and note."),
    "because": ("VARCHAR", ""),
    "approved_by": ("VARCHAR", ""),
    "approved_at": ("VARCHAR", ""),
    "note": ("VARCHAR", ""),
    "recorded_by": ("VARCHAR", "User of the system that ran the close."),
    "before_hash": ("VARCHAR", "Hash of the entry before; empty for the first."),
    "entry_hash": ("VARCHAR", "Hash of all of the above."),
}
SAID = ("period", "content_hash", "because", "approved_by", "approved_at", "note")
"""What an entry has of the month, in the order of the table."""


def note(con: duckdb.DuckDBPyConnection, said: Mapping[str, Any], recorded_by: str) -> None:
    """Adds an entry, chained to the one before.

    Args:
        con: a connection to the lake, with a transaction open on it.
        said: of the month; without an approver where it only has another hash since, which nobody approved.
        recorded_by: user of the system.
    """
    before, number = (head(con) or " 0").split(" ")
    entry = {"entry_no": int(number) + 1} | {name: said.get(name) for name in SAID}
    entry |= {"recorded_by": recorded_by, "before_hash": before}
    entry |= {"entry_hash": _entry_hash(entry)}
    # by name: a column that a later version added stands at the end of the table
    marks = ", ".join("?" for _ in entry)
    con.execute(f"insert into closed.audit ({', '.join(entry)}) values ({marks})", list(entry.values()))


def head(con: duckdb.DuckDBPyConnection) -> str:
    """Hash and number of the last entry, with a blank between; empty before the first."""
    query = "select entry_hash || ' ' || entry_no from closed.audit order by entry_no desc limit 1"
    (found,) = con.execute(query).fetchone() or ("",)
    return str(found)


def lost(con: duckdb.DuckDBPyConnection, known: str) -> bool:
    """Whether an entry that was once the last, as ``head`` told it, is not there any more."""
    query = "select 1 from closed.audit where entry_hash || ' ' || entry_no = ?"
    return bool(known) and con.execute(query, [known]).fetchone() is None


def _entry_hash(entry: Mapping[str, Any]) -> str:
    told = {name: None if entry[name] is None else str(entry[name]) for name in AUDIT if name != "entry_hash"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def problems(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What does not fit between the audit and the closed months: a broken chain, a month closed again or taken away.

    Months that were closed before there was an audit have no entry.
    """
    entries = records(con, f"select {', '.join(AUDIT)} from closed.audit order by entry_no")
    found, before = [], ""
    for number, entry in enumerate(entries, 1):
        as_written = entry["entry_hash"] == _entry_hash(entry)
        if entry["entry_no"] != number or entry["before_hash"] != before or not as_written:
            found.append(f"the audit is not as it was written from entry {number} on")
            break
        before = entry["entry_hash"]
    of_month: dict[date, list[Mapping[str, Any]]] = {}
    for entry in entries:
        of_month.setdefault(entry["period"], []).append(entry)
    months = {row["period"]: row for row in records(con, f"select {', '.join(SAID)} from closed.month")}
    for period, its in sorted(of_month.items()):
        closings = [entry for entry in its if entry["approved_by"] is not None]  # others: new pseudonyms
        if len(closings) > 1:
            found.append(f"{period:%Y-%m} was closed {len(closings)} times, the last time by {its[-1]['approved_by']}")
        if period not in months:
            found.append(f"{period:%Y-%m} was closed by {its[-1]['approved_by']} and is not closed any more")
        elif differing := [
            name
            for name in SAID
            for entry in (its if name == "content_hash" else closings)[-1:]
            if entry[name] != months[period][name]
        ]:
            found.append(f"{period:%Y-%m} is not as the audit has it: {', '.join(differing)}")
    first = min(of_month, default=date.max)
    found += [f"{period:%Y-%m} is closed, but not in the audit" for period in months if first < period not in of_month]
    return found
