"""The audit of a new version against the last: what shrank or jumped further than expectations/bounds.yaml allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from warehouse import compare, versions
from warehouse.duck import records

Key = tuple[tuple[str, object], ...]
PACKAGED = Path(__file__).parent.parent / "expectations" / "bounds.yaml"
DATES = ("month", "period", "business_date")


@dataclass(frozen=True)
class Limit:
    """How far something may move, in percent of what it was, and from which difference on that is asked at all."""

    falls: Decimal
    rises: Decimal
    few: Decimal


@dataclass(frozen=True)
class Measure:
    """A number by month, and perhaps more: a query of ``month``, ``value`` and what else tells its rows apart."""

    name: str
    query: str
    limit: Limit


@dataclass(frozen=True)
class Bounds:
    """What the file says.

    Attributes:
        rows: Of each table that has bounds of its own.
        default: Of all others.
        free: Tables that have none.
        measures: The measures.
        settled_after: Days with deliveries that the earlier version has, before what rises is judged.
    """

    rows: dict[str, Limit]
    default: Limit
    free: frozenset[str]
    measures: tuple[Measure, ...]
    settled_after: int


def read(path: Path) -> Bounds:
    """The bounds in a file; see there what they mean."""
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = dict(said["rows"])
    default, free = rows.pop("default"), rows.pop("any")
    return Bounds(
        {table: _limit(entry, "lost_pct", "gained_pct") for table, entry in rows.items()},
        _limit(default, "lost_pct", "gained_pct"),
        frozenset(free),
        tuple(Measure(m["name"], m["query"], _limit(m, "falls_pct", "rises_pct")) for m in said["measures"]),
        said["settled_after"],
    )


def _limit(entry: Mapping[str, object], falls: str, rises: str) -> Limit:
    return Limit(*(Decimal(str(entry[name])) for name in (falls, rises, "few")))


def beyond(
    con: duckdb.DuckDBPyConnection,
    bounds: Bounds,
    before: versions.Version,
    database: Path,
    since: Mapping[str, date],
) -> list[str]:
    """What moved further than it may, in a sentence each.

    Args:
        con: Any connection that nothing is attached to as ``before`` or ``after``.
        bounds: How far it may.
        before: The last version.
        database: The file of the new one.
        since: The first month of tables that hold the last months only.
    """
    over = before.business_date.replace(day=1)
    with compare.attached(con, before.database, database):
        had = versions.columns_of(con, "before", compare.SCHEMAS)
        has = versions.columns_of(con, "after", compare.SCHEMAS)
        settled = _days(con, had) >= bounds.settled_after
        found = []
        for table in sorted(had):
            limit = bounds.rows.get(table, bounds.default)
            if table in bounds.free:
                continue
            if table not in has:
                found.append(f"{table} is gone")
                continue
            dated = next((name for name in DATES if name in had[table] and name in has[table]), None)
            window = f"{dated} >= date '{since[table]}'" if table in since else "true"
            found += _lost(con, table, limit, window)
            if settled:
                found += _gained(con, table, limit, f"{dated} < date '{over}' and {window}" if dated else window)
        for measure in bounds.measures:
            found += _measure(con, measure, over if settled else None)
    return found


def _days(con: duckdb.DuckDBPyConnection, had: Mapping[str, object]) -> int:
    """Business dates that something was delivered for, as the earlier version has them."""
    if "marts.delivery_day" not in had:
        return 0
    query = "select count(distinct business_date) from before.marts.delivery_day where outcome <> 'absent'"
    return int((con.execute(query).fetchone() or (0,))[0])


def _lost(con: duckdb.DuckDBPyConnection, table: str, limit: Limit, where: str) -> Iterator[str]:
    """Says what a table lost."""
    before, after = _counts(con, table, where)
    if before and not after:
        yield f"rows of {table}: there were {before:,} and there are none"
    elif moved := _too_far(before, after, limit, falls=True):
        yield f"rows of {table}: {moved}"


def _gained(con: duckdb.DuckDBPyConnection, table: str, limit: Limit, where: str) -> Iterator[str]:
    """Says what a table gained in months that were over."""
    if moved := _too_far(*_counts(con, table, where), limit, falls=False):
        yield f"rows of {table}{'' if where == 'true' else f' where {where}'}: {moved}"


def _counts(con: duckdb.DuckDBPyConnection, table: str, where: str) -> tuple[Decimal, Decimal]:
    counts = f"(select count(*) from before.{table} where {where}), (select count(*) from after.{table} where {where})"
    before, after = con.execute(f"select {counts}").fetchone() or (0, 0)
    return Decimal(before), Decimal(after)


def _measure(con: duckdb.DuckDBPyConnection, measure: Measure, over: date | None) -> Iterator[str]:
    """Says for which months a measure fell, or rose although the month was over."""
    try:
        had = _values(con, measure, "before")
    except (duckdb.CatalogException, duckdb.BinderException):
        return  # a version of an earlier release, which has no such measure: there is nothing to compare with
    has = _values(con, measure, "after")
    for key, before in had.items():
        month = dict(key)["month"]
        for falls in (True, False):
            judged = falls or (over is not None and isinstance(month, date) and month < over)
            moved = _too_far(before, has.get(key, Decimal(0)), measure.limit, falls=falls) if judged else ""
            if moved:
                of = ", ".join(f"{value:%Y-%m}" if isinstance(value, date) else str(value) for _, value in key)
                yield f"{measure.name}, {of}: {moved}"


def _values(con: duckdb.DuckDBPyConnection, measure: Measure, catalog: str) -> dict[Key, Decimal]:
    with con.cursor() as reader:
        reader.execute(f"use {catalog}")
        rows = records(reader, f"select * from ({measure.query}) order by all")
    return {
        tuple((name, value) for name, value in row.items() if name != "value"): Decimal(row["value"])
        for row in rows
        if row["value"] is not None
    }


def _too_far(before: Decimal, after: Decimal, limit: Limit, *, falls: bool) -> str:
    """In words how far something fell (or rose), if that is further than it may; else nothing."""
    moved, most = (before - after, limit.falls) if falls else (after - before, limit.rises)
    if moved <= limit.few or moved * 100 <= most * before:
        return ""
    change = f"{compare.percent(before, after):+,} %" if before else "from nothing"
    return f"{before:,.0f} became {after:,.0f} ({change}; {'-' if falls else '+'}{most} % is allowed)"
