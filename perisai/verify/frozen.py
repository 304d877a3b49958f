"""Closed months: frozen rows, statements, and what the lake's snapshot of that time gives when it is computed again."""

from __future__ import annotations

from datetime import date

import duckdb

from perisai import close
from perisai.errors import DayFailed, StepBroken
from perisai.settings import Settings
from perisai.verify.finding import Found
from warehouse import closed

_MEND = "see docs/close.md; nothing is mended by itself, since it was paid"


def months(con: duckdb.DuckDBPyConnection) -> list[date]:
    """The months that are closed."""
    closed.ensure_tables(con)
    return [period for (period,) in con.execute("select period from closed.month order by all").fetchall()]


def check(settings: Settings, periods: list[date]) -> Found:
    """Verifies each closed month as ``perisai close-verify`` does."""
    found = Found(checked={"months": len(periods)})
    for period in periods:
        try:
            close.verify(settings, period)
        except (DayFailed, StepBroken) as problem:
            found.add(str(problem), _MEND)
    return found
