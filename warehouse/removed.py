"""What went by retention. It is noted in the lake before it is removed, so that it is told from what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from warehouse import durable

COPY, REJECTS = "copy", "rejects"
TABLE = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "what": ("VARCHAR", "copy (of its file, in the folder raw) or rejects (its rejected rows)."),
    "rule": ("VARCHAR", "Setting by which it was removed, such as PERISAI_KEEP_RAW_YEARS=5."),
    "removed_utc": ("TIMESTAMP", "When that was decided, in UTC."),
    "removed_by": ("VARCHAR", "User of the system."),
}
"""Columns of ``raw.removed``."""
# A delivery may be corrected while it is the last of its branch, feed and date, or its rows count (perisai.rejects);
# once another took both, neither comes back. Of two days it came on the later: a late file is kept as long as others.
_OLD = f"""
with came as (
    select
        *,
        greatest(business_date, cast(received_utc as date)) as came_on,
        outcome in ('duplicate', 'failed') as is_aside
    from core.delivery
),

said as (
    select
        delivery_id,
        came_on,
        max(came_on) over (partition by branch_code, feed, business_date) as settled_on,
        outcome = 'duplicate' or not effective and row_number() over (
            partition by branch_code, feed, business_date, case feed when 'unknown' then file_name end, is_aside
            order by revision desc, arrival desc
        ) > 1 as is_settled
    from came
),

old as (
    select '{COPY}' as what, delivery_id
    from said join raw.delivery using (delivery_id)
    where came_on < $copies and judgement <> 'failed'
        and (judgement = 'accepted' and (accepted > 0 or lines = 0) or is_settled)
    union all
    select '{REJECTS}', delivery_id
    from said join raw.delivery using (delivery_id)
    where settled_on < $rejects and is_settled and judgement <> 'failed' and rejected > 0
)

select what, delivery_id, branch_code, business_date, file_name, sha256
from old
join raw.delivery using (delivery_id)
anti join raw.removed using (what, delivery_id)
order by all
"""
_LAST = """
select what, delivery_id, branch_code, business_date, file_name, sha256, rule, removed_utc, removed_by
from raw.removed
join raw.delivery using (delivery_id)
where removed_utc = (select max(removed_utc) from raw.removed)
order by all
"""


class Row(NamedTuple):
    """Something of a delivery that is to be removed, and, once that is noted, by which rule, when and by whom."""

    what: str
    delivery_id: str
    branch_code: str
    business_date: date
    file_name: str
    sha256: str
    rule: str = ""
    removed_utc: datetime | None = None
    removed_by: str = ""


def old(con: duckdb.DuckDBPyConnection, copies: date | None, rejects: date | None) -> list[Row]:
    """What may be removed: copies of deliveries whose rows are in the lake or that were replaced, and settled rejects.

    Args:
        con: a connection whose default catalog is the lake, with the models built.
        copies: those of deliveries that came before that day; None for none.
        rejects: rejected rows of deliveries that nobody can correct any more since before that day; None for none.
    """
    return [Row(*row) for row in con.execute(_OLD, {"copies": copies, "rejects": rejects}).fetchall()]


def note(con: duckdb.DuckDBPyConnection, rows: Iterable[Row], rules: Mapping[str, str], at: datetime, by: str) -> None:
    """Notes what is about to be removed, and by which rule; after what was noted before, wherever the clock was set."""
    (before,) = con.execute("select max(removed_utc) from raw.removed").fetchone() or (None,)
    at = at if before is None else max(at, before + timedelta(microseconds=1))
    noted = [(row.delivery_id, row.what, rules[row.what], at, by) for row in rows]
    con.register("noted", pa.table(dict(zip(TABLE, map(list, zip(*noted, strict=True)), strict=True))))
    with durable.transaction(con):
        con.execute("insert into raw.removed by name from noted")
    con.unregister("noted")


def last(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """What was noted last; a run that was killed may have removed a part of it."""
    return [Row(*row) for row in con.execute(_LAST).fetchall()]


def keys(con: duckdb.DuckDBPyConnection, what: str) -> set[str]:
    """The deliveries of which that was removed."""
    return {key for (key,) in con.execute("select delivery_id from raw.removed where what = ?", [what]).fetchall()}


def is_any(con: duckdb.DuckDBPyConnection, key: str) -> bool:
    """Whether something of a delivery was removed."""
    return con.execute("select 1 from raw.removed where delivery_id = ?", [key]).fetchone() is not None
