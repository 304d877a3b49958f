"""How a delivery writes its values: settled for a whole column, or refused in words.

``03/04/2025`` and ``1,500`` say nothing by themselves. What they mean is settled by evidence over the whole
column of a delivery; where the evidence contradicts itself, or is missing while the readings differ, the
delivery is refused. No value is ever read otherwise than its neighbours. The rules of dates stand in
transforms.dates, those of numbers in transforms.numbers.

Times of day: hours, minutes and perhaps seconds with ``:`` or ``.``, also behind a date or before WIB, WITA, WIT.
"""

from __future__ import annotations

from collections import defaultdict

import duckdb

from expectations.contract import Column, Contract
from transforms import dates, numbers

_STANDARD = {"date": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "month": "[0-9]{4}-[0-9]{2}", "integer": "-?[0-9]+"}
_DATE_BEFORE = "^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}[T ]+"
_ZONE = " ?(WIB|WITA|WIT)$"
_CLOCK = "([01]?[0-9]|2[0-3])[:.]([0-5][0-9])([:.]([0-5][0-9])([.][0-9]+)?)?"

Styles = dict[str, dict[str, str]]
"""By column and delivery, how that column is written there: see ``look`` of transforms.dates and transforms.numbers."""


def settle(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[Styles, dict[str, str]]:
    """Looks at every column of the temporary table ``text`` (see transforms.read) that has a type.

    Returns:
        The styles of the columns that are not all in the standard form, and by delivery why it is refused.
    """
    typed = [column for column in contract.exported if column.kind in _STANDARD]
    found = con.execute(
        f"""select delivery_id, {", ".join(f"bool_or(not {_is_standard(column)})" for column in typed)}
        from text
        group by delivery_id
        having {" or ".join(f"bool_or(not {_is_standard(column)})" for column in typed)}"""
    ).fetchall()
    styles: Styles = defaultdict(dict)
    refused: dict[str, str] = {}
    for place, column in enumerate(typed, start=1):
        if odd := [row[0] for row in found if row[place]]:
            look = numbers.look if column.kind == "integer" else dates.look
            for delivery_id, (style, refusal) in look(con, contract, column, odd).items():
                styles[column.name][delivery_id] = style
                if refusal:
                    refused.setdefault(delivery_id, refusal)
    return dict(styles), refused


def cast(column: Column, style: str = "null") -> str:
    """SQL that reads the column's text as its type, null where it cannot be read.

    Args:
        column: a column of ``text``, which also has business_date.
        style: SQL of the column's style in the row's delivery.
    """
    text = f'"{column.name}"'
    if column.kind == "date":
        return f"case when {_is_standard(column)} then try_cast({text} as date) else {dates.cast(column, style)} end"
    if column.kind == "month":
        standard = f"try_cast({text} || '-01' as date)"
        return f"case when {_is_standard(column)} then {standard} else {dates.cast_month(column, style)} end"
    if column.kind == "integer":
        return f"case when {_is_standard(column)} then try_cast({text} as bigint) {numbers.cast(column, style)} end"
    if column.kind == "time":
        turned = f"regexp_replace(regexp_replace({text}, '{_DATE_BEFORE}', ''), '{_ZONE}', '')"
        hour, minute, second = (f"regexp_extract({turned}, '^{_CLOCK}$', {n})" for n in (1, 2, 4))
        return f"try_cast({hour} || ':' || {minute} || ':' || coalesce(nullif({second}, ''), '00') as time)"
    return text


def _is_standard(column: Column) -> str:
    return f"regexp_full_match(\"{column.name}\", '{_STANDARD[column.kind]}')"
