"""How a delivery writes its values: settled for a whole column, or refused in words.

``03/04/2025`` and ``1,500`` say nothing by themselves. What they mean is settled by evidence over the whole
column of a delivery; where the evidence contradicts itself, or is missing while the readings differ, the
delivery is refused. No value is ever read otherwise than its neighbours. The rules of dates stand in
transforms.dates and transforms.date_forms, those of numbers in transforms.numbers.

Times of day: hours, minutes and perhaps seconds with ``:`` or ``.``, also behind a date, or before AM, PM, WIB, WITA or
WIT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from expectations.contract import Column, Contract
from transforms import date_cells, date_damage, date_forms, dates, numbers

_STANDARD = {"date": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "month": "[0-9]{4}-[0-9]{2}", "integer": "-?[0-9]+"}
_DATE_BEFORE = "^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}[T ]+"
_ZONE = " ?(WIB|WITA|WIT)$"
_CLOCK = "([01]?[0-9]|2[0-3])[:.]([0-5][0-9])([:.]([0-5][0-9])([.][0-9]+)?)?( ?([AaPp])[.]?[Mm][.]?)?"

Styles = dict[str, dict[str, str]]
"""By column and delivery, how that column is written there: see transforms.date_forms and transforms.numbers."""
Forms = Mapping[str, Mapping[str, str]]
"""By delivery and header of a column the form that is given, for a correction that is read as its original was."""


def settle(
    con: duckdb.DuckDBPyConnection, contract: Contract, zones: Mapping[str, str], given: Forms | None = None
) -> tuple[Styles, dict[str, str]]:
    """Looks at every column of the temporary table ``text`` (see transforms.read) that has a type.

    A delivery in ``given`` is read in the forms that stand there, and not refused for them: no evidence is weighed,
    and a column without a form there is read as if all others of its cells were in the standard form. For each odd
    column of dates this makes the table ``read_<column>`` of transforms.dates.

    Args:
        con: has the table ``text``.
        contract: the feed's contract.
        zones: by branch WIB, WITA or WIT.
        given: the forms of the deliveries that correct another.

    Returns:
        The styles of the columns that are not all in the standard form, and by delivery why it is refused.
    """
    given = given or {}
    dated_columns = [column for column in contract.exported if column.kind in ("date", "month")]
    typed = [column for column in contract.exported if column.kind in _STANDARD]
    odd_where = [f"bool_or(not {_is_standard(column)})" for column in typed]
    suspect_where = [_is_suspect(column) for column in typed]
    found = con.execute(
        f"""select delivery_id, {", ".join(odd_where)}, {", ".join(suspect_where)}
        from text
        group by delivery_id
        having {" or ".join(odd_where + suspect_where)}"""
    ).fetchall()
    odd_in = {column.name: [row[0] for row in found if row[place]] for place, column in enumerate(typed, start=1)}
    looked_at = {
        column.name: [row[0] for row in found if row[place] or row[place + len(typed)]]
        for place, column in enumerate(typed, start=1)
    }
    dated = [column for column in typed if column.kind != "integer" and looked_at[column.name]]
    weighed = {}
    for column in dated:
        dates.take_apart(con, column, looked_at[column.name], zones)
        weighed[column.name] = date_cells.weigh(con, column)
    con.execute("create temp table if not exists heading (delivery_id VARCHAR, first VARCHAR)")
    shown = date_forms.show(contract, weighed, con.execute("select distinct * from heading").fetchall())
    styles: Styles = defaultdict(dict)
    refused = date_damage.months_from_zero(con, dated_columns)
    for column in typed:
        if not looked_at[column.name]:
            continue
        odd = set(odd_in[column.name])
        if column.kind == "integer":
            looked = numbers.look(con, contract, column, odd_in[column.name])
        else:
            looked = date_forms.look(con, contract, column, weighed[column.name], shown)
        for delivery_id in looked_at[column.name]:
            style, refusal = looked.get(delivery_id, ("", ""))
            style = style if delivery_id in odd else ""
            if delivery_id in given:
                style, refusal = given[delivery_id].get(str(column.header), ""), ""
            styles[column.name][delivery_id] = style
            if refusal and not column.beside:
                refused.setdefault(delivery_id, refusal)
        if column.kind != "integer":
            dates.read(con, column, styles[column.name], contract.day_first)
    return dict(styles), refused


def cast(column: Column, style: str | None = None) -> str:
    """SQL that reads the column's text as its type, null where it cannot be read.

    Args:
        column: a column of ``text``, which also has business_date.
        style: SQL of the column's style in the row's delivery; of a date, SQL of what ``settle`` read. None where
            ``settle`` says that the column is in the standard form in every delivery.
    """
    text = f'"{column.name}"'
    if column.kind == "time":
        turned = f"regexp_replace(regexp_replace({text}, '{_DATE_BEFORE}', ''), '{_ZONE}', '')"
        hour, minute, second, half = (f"regexp_extract({turned}, '^{_CLOCK}$', {n})" for n in (1, 2, 4, 7))
        twelve = f"try_cast({hour} as integer)"
        halved = f"case when {twelve} between 1 and 12 then {twelve} % 12 + 12 * ({half} ilike 'p')::integer end"
        hour = f"case when {half} = '' then {hour} else ({halved})::varchar end"  # 0 and 13 have no half of the day
        return f"try_cast({hour} || ':' || {minute} || ':' || coalesce(nullif({second}, ''), '00') as time)"
    if column.kind not in _STANDARD:
        return f"coalesce({column.also_read}, {text})" if column.also_read else text
    whole = f"{text} || '-01'" if column.kind == "month" else text
    read = f"try_cast({whole} as {column.sql_type})"
    if style is None:
        return read
    other = numbers.cast(column, style) if column.kind == "integer" else f"else {style}"
    return f"case when {_is_standard(column)} then {read} {other} end"


def _is_suspect(column: Column) -> str:
    """SQL: whether the true dates of a column may be damaged although all are in the standard form."""
    if column.kind != "date" or column.dated != "recent":
        return "false"
    text = f'"{column.name}"'
    near, last = (f"(any_value(business_date) - {days})::varchar" for days in (dates.NEAR, 0))
    early = f"filter (substr({text}, 9, 2) <= '12')"
    far = f"min({text}) {early} < {near} or max({text}) {early} > {last}"
    long_ago = f"max({text}) < (any_value(business_date) - {365 - dates.NEAR})::varchar"
    return f"coalesce({far}, false) or coalesce({long_ago}, false)"


def _is_standard(column: Column) -> str:
    return f"regexp_full_match(\"{column.name}\", '{_STANDARD[column.kind]}')"
