"""What a person wants to see after a day has run, read from the published warehouse alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb
from rich.table import Table

from perisai.errors import DayFailed
from perisai.settings import Settings

_DELIVERED = """
select
    feed,
    count(*) filter (outcome <> 'absent') as delivered,
    sum(lines) as lines,
    sum(accepted) as accepted,
    sum(rejected) as rejected,
    sum(duplicates) as duplicates,
    sum(conflicting) as conflicting,
    count(*) filter (outcome in ('refused', 'nothing_accepted')) as refused,
    count(*) filter (outcome in ('duplicate', 'superseded')) as replaced,
    count(*) filter (outcome = 'absent') as absent,
from marts.delivery_day
group by feed
order by feed
"""
_WHO_DELIVERED = """
select branch_code, feed, usable_date as last_usable, missing_since, days_behind, outcome as latest, reason
from marts.freshness
where $everyone or days_behind > 0
order by days_behind desc, branch_code, feed
"""
_COVERAGE = """
select region_name, definition, universe, protected, coverage_pct, perisai, perisai_share_pct, ucj_points
from marts.coverage_month
join reference.region using (region_code)
where coverage_month.region_level = 'province' and month = (select max(month) from marts.coverage_month)
order by region_name, definition
"""
_INCENTIVE = """
select
    period,
    count(*) as wadah,
    sum(agent_count) as agents,
    sum(agents_total_rp) as agents_total_rp,
    sum(management_rp) as management_rp,
    sum(payable_rp) as payable_rp,
from marts.incentive_wadah_month
group by period
order by period desc
limit 3
"""
_PUBLISHED = """
select subject, region_code, period, published, computed, difference, self_consistent
from marts.reconciliation
where (branch_code is null and computed is not null) or difference <> 0 or not self_consistent
order by subject, region_code, period
"""


TOLD = {
    "deliveries": ("Deliveries up to {as_of}", _DELIVERED),
    "behind": ("Behind on {as_of}: nothing usable since", _WHO_DELIVERED),
    "coverage": ("Coverage, latest month", _COVERAGE),
    "incentives": ("Incentives, rupiah", _INCENTIVE),
    "published_figures": ("Published figures beside computed ones", _PUBLISHED),
}
"""By the names in JSON: title and query of each table."""


def summary(settings: Settings, *, everyone: bool = False) -> Iterator[Table | str]:
    """Tables of deliveries, coverage, incentives and published figures, then the paths to open.

    Args:
        settings: where the published file is.
        everyone: tell the last usable delivery of every branch and feed, not only of those that are behind.

    Raises:
        DayFailed: nothing is published yet.
    """
    with _published(settings) as con:
        as_of = _as_of(con)
        for name, (title, query) in TOLD.items():
            shown = "Last usable delivery, as of {as_of}" if name == "behind" and everyone else title
            yield _table(con, shown.format(as_of=as_of), query, everyone)
    for what, path in _places(settings).items():
        yield f"{what.replace('_', ' '):<10} {path}"


def summary_json(settings: Settings, *, everyone: bool = False) -> str:
    """The same as JSON: ``as_of``, the rows of each table under its name, and where the results are.

    Args:
        settings: where the published file is.
        everyone: as in `summary`.

    Raises:
        DayFailed: nothing is published yet.
    """
    with _published(settings) as con:
        told = {"as_of": str(_as_of(con))} | {
            name: [
                json.loads(row)
                for (row,) in con.execute(f"select to_json(t) from ({query}) t", _asked(query, everyone)).fetchall()
            ]
            for name, (_, query) in TOLD.items()
        }
    return json.dumps(told | {what: str(path) for what, path in _places(settings).items()}, indent=2)


def _published(settings: Settings) -> duckdb.DuckDBPyConnection:
    database = settings.published / "warehouse.duckdb"
    if not database.exists():
        raise DayFailed(f"{database} is not there yet; run `perisai load` and `perisai marts`")
    return duckdb.connect(str(database), read_only=True)


def _places(settings: Settings) -> dict[str, Path]:
    published = settings.published
    return {
        "warehouse": published / "warehouse.duckdb",
        "report": published / "report" / "index.html",
        "data_docs": published / "data_docs" / "index.html",
    }


def _as_of(con: duckdb.DuckDBPyConnection) -> date | None:
    as_of: date | None
    (as_of,) = con.execute("select max(business_date) from marts.delivery_day").fetchone() or (None,)
    return as_of


def _asked(query: str, everyone: bool) -> dict[str, object]:
    return {"everyone": everyone} if "$everyone" in query else {}


def _table(con: duckdb.DuckDBPyConnection, title: str, query: str, everyone: bool) -> Table:
    result = con.execute(query, _asked(query, everyone))
    table = Table(title=title, title_justify="left")
    for column in result.description or []:
        kind = str(column[1])
        justify: Literal["left", "right"] = "left" if kind in ("VARCHAR", "DATE") else "right"
        table.add_column(str(column[0]), justify=justify, overflow="fold", no_wrap=kind == "DATE")
    for row in result.fetchall():
        table.add_row(*map(_shown, row))
    return table


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return f"{value:,.2f}".removesuffix(".00")
