"""What the columns of a delivery look like: counts of its rows, which say nothing of a person.

A column may be wrong on all rows though each row is right by itself: filled down, sorted, mapped to another list. Then
it looks other than in what the branch sent before, which ``core.column_change`` compares.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract

PROFILE = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "column_name": ("VARCHAR", "Heading of the column in the contract."),
    "measure": (
        "VARCHAR",
        "blank (has no value), repeated (has that of the row above), rising (is above that of the row above), next"
        " (is the next number), or what the contract declares of the column's rows.",
    ),
    "row_count": ("BIGINT", "Rows of which that is true."),
    "counted": (
        "BIGINT",
        "Rows that were looked at: all, or those beside which the row above has a value, and for rising another one.",
    ),
}
"""Columns of ``raw.profile``."""
_NUMBER = "try_cast(regexp_extract({}, '([0-9]{{1,15}})[^0-9]*$', 1) as bigint)"


def profile(con: duckdb.DuckDBPyConnection, contract: Contract) -> pa.Table:
    """The counts, as PROFILE, of each delivery in the temporary table ``typed``; none where no row was looked at."""
    columns = [column for column in contract.exported if not column.beside]
    above = ", ".join(f'lag("{column.name}") over rows_of as "{column.name}_above"' for column in columns)
    measured = [(column, *each) for column in columns for each in _measures(column)]
    counts = ", ".join(
        f"count(*) filter ({is_so}) as so_{n}, count({is_so}) as all_{n}" for n, (_, _, is_so) in enumerate(measured)
    )
    items = ", ".join(
        f"{{'column_name': '{column.header}', 'measure': '{measure}', 'row_count': so_{n}, 'counted': all_{n}}}"
        for n, (column, measure, _) in enumerate(measured)
    )
    return con.execute(
        f"""with beside as (
            select *, {above} from typed where row_problem is null
            window rows_of as (partition by hash(delivery_id) order by line_no)
        ),
        counted as (select delivery_id, {counts} from beside group by delivery_id)
        select * from (select delivery_id, unnest([{items}], recursive := true) from counted)
        where counted > 0 order by delivery_id, column_name, measure"""
    ).to_arrow_table()


def _measures(column: Column) -> Iterator[tuple[str, str]]:
    """The measures of a column, and SQL of whether they are true; null for a row of which they say nothing."""
    own, above = f'"{column.name}"', f'"{column.name}_above"'
    if not column.required:
        text = own if column.kind == "string" else f'"{column.name}_text"'
        yield "blank", f"{text} is null"
    yield "repeated", f"{own} = {above}"
    yield "rising", f"case when {own} <> {above} then {own} > {above} end"
    if column.key:
        yield "next", f"{_NUMBER.format(own)} = {_NUMBER.format(above)} + 1"
    yield from column.profile
