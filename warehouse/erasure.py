"""Other pseudonyms in the place of a person's, in rows of the lake and in months that are closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb
import pyarrow as pa

from warehouse import audit, closed

WHY = "a person's data were erased; the same lines, with another pseudonym"


def in_rows(con: duckdb.DuckDBPyConnection, feed: str, rows: pa.Table) -> int:
    """Gives rows of a feed the pseudonyms that they have now; how many there were.

    Args:
        con: a connection to the lake, with a transaction open on it.
        feed: the feed.
        rows: delivery_id, line_no, and the columns of the pseudonyms.
    """
    names = [name for name in rows.column_names if name not in {"delivery_id", "line_no"}]
    values = ", ".join(f"now.{name} as {name}" for name in names)
    con.register("made", rows)
    con.execute("create or replace temp table pseudonyms as from made")
    con.unregister("made")
    con.execute(
        f"""create or replace temp table changed as select past.* replace ({values})
        from raw.{feed} as past join temp.pseudonyms as now using (delivery_id, line_no)"""
    )
    count = int((con.execute("select count(*) from temp.changed").fetchone() or (0,))[0])
    if count:  # a DELETE of no row beside an INSERT doubles rows in this version of the lake
        where = "(delivery_id, line_no) in (select (delivery_id, line_no) from temp.changed)"
        con.execute(f"delete from raw.{feed} where {where}")
        con.execute(f"insert into raw.{feed} by name from temp.changed")
    return count


def left(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, Iterable[str]], keys: Iterable[str], at: str = ""
) -> int:
    """How many rows still have one of some pseudonyms.

    Args:
        con: a connection to the lake.
        columns: by table those in which they are looked for.
        keys: the pseudonyms.
        at: SQL of the snapshot that is looked at; by default now.
    """
    total = 0
    for table, names in sorted(columns.items()):
        if where := " or ".join(f"list_contains($keys, {name}::varchar)" for name in names):
            query = f"select count(*) from {table}{at} where {where}"
            total += (con.execute(query, {"keys": sorted(keys)}).fetchone() or (0,))[0]
    return total


def in_closed(con: duckdb.DuckDBPyConnection, keys: Mapping[str, str], recorded_by: str, why: str = WHY) -> int:
    """Gives frozen lines other pseudonyms; the audit notes the hash that the month has since. How many months it were.

    Args:
        con: a connection to the lake, with a transaction open on it.
        keys: the new pseudonym by the one before.
        recorded_by: user of the system.
        why: goes into the audit.
    """
    con.register("made", pa.table({"past": list(keys), "now": list(keys.values())}))
    con.execute(
        """create or replace temp table changed as
        select line.* replace (made.now::uuid as participant_key)
        from closed.incentive_line as line join made on line.participant_key = made.past::uuid"""
    )
    con.unregister("made")
    query = "select distinct period from temp.changed order by all"
    periods = [period for (period,) in con.execute(query).fetchall()]
    if periods:
        con.execute(
            "delete from closed.incentive_line where list_contains($past, participant_key::varchar)",
            {"past": list(keys)},
        )
        con.execute("insert into closed.incentive_line by name from temp.changed")
    for period in periods:
        month = closed.month(con, period)
        content = closed.content_hash(con, closed.frozen_rows(period), month.because if month else None)
        con.execute("update closed.month set content_hash = ? where period = ?", [content, period])
        audit.note(con, {"period": period, "content_hash": content, "note": why}, recorded_by)
    return len(periods)


def forget_snapshots(con: duckdb.DuckDBPyConnection, holding: set[int]) -> None:
    """Lets closed months and drafts name none of some snapshots; drafts of open months go, and are made anew."""
    for snapshot in sorted(holding):
        con.execute("update closed.month set snapshot_id = null where snapshot_id = ?", [snapshot])
        is_open = "snapshot_id = ? and period not in (select period from closed.month)"
        con.execute(f"delete from closed.draft where {is_open}", [snapshot])
        con.execute("update closed.draft set snapshot_id = null where snapshot_id = ?", [snapshot])


def note_copies(con: duckdb.DuckDBPyConnection, copies: Iterable[tuple[str, str, int, datetime]]) -> None:
    """Brings ``raw.erased`` up to date with the notes beside the copies: delivery, hash, bytes, time."""
    there = set(con.execute("select delivery_id, sha256, bytes, erased_utc from raw.erased").fetchall())
    for each in sorted(set(copies) - there):
        if any(known[0] == each[0] for known in there):
            con.execute("delete from raw.erased where delivery_id = ?", [each[0]])
        con.execute("insert into raw.erased values (?, ?, ?, ?)", list(each))
