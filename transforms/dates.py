"""How a column of dates or months is written, and how such a text is read.

``2023-09-30`` means one thing only, also with ``/`` or ``.`` or with a time of day behind it.

* Day or month first: a place that holds more than 12 is the day. Without such a value the order is the
  contract's: day first for the separators of its ``dayFirst``, refused for any other.
* A two-digit year stands last. It is the latest year that puts the date on or before the business date, so
  that neither births nor events lie in the future; only for a column with ``future: true`` it is always 20…
* A number of five digits is a spreadsheet's count of days, if the whole column is.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Column, Contract

_TIME = r"[T ]+[0-9]{1,2}[:.][0-9]{2}([:.][0-9]{2}([.,][0-9]+)?)?( ?[AaPp][Mm])?Z?$"
_YEAR_FIRST = "^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$"
_YEAR_LAST = "^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$"
_SERIAL = r"[1-9][0-9]{4}(\.[0-9]+)?"

Looked = dict[str, tuple[str, str]]
"""By delivery the style of a column (day, month or serial), and why the delivery is refused (empty if it is not)."""


def look(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, odd: list[str]) -> Looked:
    """Looks at a column in the deliveries ``odd``, in which it is not all in the standard form."""
    if column.kind == "month":  # a whole date stands for a month only as its first day
        day, month, unclear = "a = 1 and b between 2 and 12", "b = 1 and a between 2 and 12", "false"
    else:
        day, month = "a between 13 and 31 and b between 1 and 12", "b between 13 and 31 and a between 1 and 12"
        unclear = "a <> b and a between 1 and 12 and b between 1 and 12 and not list_contains($day_first, separator)"
    rows = con.execute(
        f"""with bare as (
            select delivery_id, line_no, {_without_time(f'"{column.name}"')} as value
            from text
            where "{column.name}" is not null and delivery_id in (select unnest($odd))
        ),
        parts as (
            select *, try_cast(regexp_extract(value, '{_YEAR_LAST}', 1) as integer) as a,
                try_cast(regexp_extract(value, '{_YEAR_LAST}', 2) as integer) as b,
                length(regexp_extract(value, '{_YEAR_LAST}', 3)) as year_digits,
                regexp_extract(value, '[-/.]') as separator
            from bare
        )
        select delivery_id, bool_and(regexp_full_match(value, '{_SERIAL}')),
            min(line_no) filter ({day}), min(line_no) filter ({month}),
            min(line_no) filter ({unclear}), min(line_no) filter (a > 31 and year_digits = 2)
        from parts
        group by delivery_id""",
        {"odd": odd, **({} if column.kind == "month" else {"day_first": list(contract.day_first)})},
    ).fetchall()
    found: Looked = {}
    for delivery_id, all_serials, day_line, month_line, unclear_line, short_year_line in rows:
        refusal = ""
        if short_year_line:
            refusal = (
                f"Kolom {column.header}, baris {short_year_line}: tahun dua angka di depan; tulis tahun empat angka"
                f" / column {column.header}, line {short_year_line}: a year of two digits stands first;"
                " write four digits"
            )
        elif day_line and month_line:
            refusal = (
                f"Kolom {column.header}: baris {day_line} menulis hari dahulu, baris {month_line} bulan dahulu;"
                f" tulis TTTT-BB-HH / column {column.header}: line {day_line} has the day first, line {month_line}"
                " the month; write YYYY-MM-DD"
            )
        elif unclear_line and not day_line and not month_line:
            refusal = (
                f"Kolom {column.header}, baris {unclear_line}: hari dan bulan tidak dapat dibedakan, juga tidak dari"
                f" baris lain; tulis TTTT-BB-HH / column {column.header}, line {unclear_line}: day and month cannot"
                " be told apart, nor does any other line show which comes first; write YYYY-MM-DD"
            )
        found[delivery_id] = "serial" if all_serials else "month" if month_line else "day", refusal
    return found


def cast(column: Column, style: str) -> str:
    """SQL that reads a text of another form than the standard as a date, null where it cannot be read."""
    text = f'"{column.name}"'
    return f"case {style} when 'serial' then {_from_serial(text)} else {_from_date(column, style)} end"


def cast_month(column: Column, style: str) -> str:
    """SQL that reads it as the first day of a month, null where it cannot be read."""
    text = f'"{column.name}"'
    bare = _without_time(text)
    return f"""case when {style} = 'serial' then {_if_first_day(_from_serial(text))}
        when regexp_full_match({bare}, '[0-9]{{4}}[-/.][0-9]{{1,2}}|[0-9]{{1,2}}[-/.][0-9]{{4}}')
        then try_cast(regexp_extract({bare}, '[0-9]{{4}}') || '-'
            || regexp_extract({bare}, '^([0-9]{{4}}[-/.])?([0-9]{{1,2}})', 2) || '-01' as date)
        else {_if_first_day(_from_date(column, style))} end"""


def _without_time(text: str) -> str:
    return f"regexp_replace({text}, '{_TIME}', '')"


def _from_serial(text: str) -> str:
    return f"date '1899-12-30' + try_cast(regexp_extract({text}, '^[0-9]+') as integer)"


def _if_first_day(day: str) -> str:
    return f"case when day({day}) = 1 then {day} end"


def _from_date(column: Column, style: str) -> str:
    bare = _without_time(f'"{column.name}"')
    order = f"case {style} when 'month' then '\\3-\\1-\\2' else '\\3-\\2-\\1' end"
    turned = f"regexp_replace({bare}, '{_YEAR_LAST}', {order})"
    recent, before = (f"try_cast('{century}' || {turned} as date)" for century in (20, 19))
    short = recent if column.future else f"case when {recent} <= business_date then {recent} else {before} end"
    return f"""case when regexp_full_match({bare}, '{_YEAR_FIRST}') then try_cast(translate({bare}, '/.', '--') as date)
        when not regexp_full_match({bare}, '{_YEAR_LAST}') then null
        when regexp_full_match({turned}, '[0-9]{{4}}-.*') then try_cast({turned} as date)
        else {short} end"""
