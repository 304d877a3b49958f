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
from warehouse.duck import run

TOLD = {
    "deliveries": "Deliveries up to {as_of}",
    "behind": "Behind on {as_of}: nothing usable since",
    "coverage": "Coverage, latest month",
    "incentives": "Incentives, rupiah",
    "published_figures": "Published figures beside computed ones",
}
"""By the names in JSON, which are those of the views in ``status.sql``: the title of each table."""


def summary(settings: Settings, *, everyone: bool = False) -> Iterator[Table | str]:
    """Tables of deliveries, coverage, incentives and published figures, then the paths to open.

    Args:
        settings: where the published file is.
        everyone: tell the last usable delivery of every branch and feed, not only of those that are behind.

    Raises:
        DayFailed: nothing is published yet.
    """
    with _published(settings, everyone=everyone) as con:
        as_of = _as_of(con)
        for name, title in TOLD.items():
            shown = "Last usable delivery, as of {as_of}" if name == "behind" and everyone else title
            yield _table(con, shown.format(as_of=as_of), name)
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
    with _published(settings, everyone=everyone) as con:
        told = {"as_of": str(_as_of(con))} | {
            name: [json.loads(row) for (row,) in con.execute(f"select to_json(t) from temp.{name} as t").fetchall()]
            for name in TOLD
        }
    return json.dumps(told | {what: str(path) for what, path in _places(settings).items()}, indent=2)


def _published(settings: Settings, *, everyone: bool) -> duckdb.DuckDBPyConnection:
    database = settings.published / "warehouse.duckdb"
    if not database.exists():
        raise DayFailed(f"{database} is not there yet; run `perisai load` and `perisai marts`")
    con = duckdb.connect(str(database), read_only=True)
    run(con, Path(__file__).with_suffix(".sql"), everyone=everyone)
    return con


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


def _table(con: duckdb.DuckDBPyConnection, title: str, view: str) -> Table:
    result = con.execute(f"from temp.{view}")
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
