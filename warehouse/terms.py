"""The terms that a closed month was paid by, frozen with it: the rows of the schemes that its lines name.

A row is kept as a text, ``amount_rp=15000, programmes=3`` and so on, without what is empty: so a column that a later
version adds changes no text.
"""

from __future__ import annotations

from datetime import date

import duckdb

Columns = dict[str, tuple[str, str]]

TERMS: Columns = {
    "period": ("DATE", "The month that was closed, its first day."),
    "table_name": ("VARCHAR", "Table of the schema reference: incentive_scheme or incentive_rule."),
    "terms": ("VARCHAR", "A row of it that was in force in the month, of a scheme that the month's lines name."),
}
_TABLES = ("incentive_scheme", "incentive_rule")


def drafted(con: duckdb.DuckDBPyConnection, period: date, snapshot_id: int, lines: str) -> str:
    """SQL of the terms of a month, as a snapshot of the lake has them.

    Args:
        con: a connection to the lake.
        period: the month, its first day.
        snapshot_id: the snapshot.
        lines: SQL of the month's lines.
    """
    parts = []
    for table in _TABLES:
        there = f"reference.{table} at (version => {snapshot_id})"
        names = sorted(name for name, *_ in con.execute(f"describe (from {there})").fetchall())
        row = ", ".join(f"'{name}=' || cast({name} as varchar)" for name in names)
        parts.append(
            f"select date '{period}' as period, '{table}' as table_name, concat_ws(', ', {row}) as terms from {there}"
            f" where scheme in (select scheme from ({lines})) and valid_from < date '{period}' + interval 1 month"
            f" and coalesce(valid_to >= date '{period}', true)"
        )
    return " union all ".join(parts)


def frozen(period: date, catalog: str = "") -> str:
    """SQL of the terms that a closed month froze; none where it was closed before there was this table."""
    return f"select {', '.join(TERMS)} from {catalog}closed.terms where period = date '{period}'"


def text(con: duckdb.DuckDBPyConnection, rows: str) -> str:
    """The rows of a query of terms as one text, whatever order they come in; empty without a row."""
    found = con.execute(f"select table_name || ': ' || terms from ({rows}) order by all").fetchall()
    return "".join(f"{line}\n" for (line,) in found)
