"""How a delivery writes its dates and numbers: settled for a whole column, or refused in words.

``03/04/2025`` and ``1,500`` say nothing by themselves. What they mean is settled by evidence over the whole
column of a delivery; where the evidence contradicts itself, or is missing while the readings differ, the
delivery is refused. No value is ever read otherwise than its neighbours.

Dates: ``2023-09-30`` means one thing only, also with ``/`` or ``.`` or with a time of day behind it.

* Day or month first: a place that holds more than 12 is the day. Without such a value the order is the
  contract's: day first for the separators of its ``dayFirst``, refused for any other.
* A two-digit year stands last. It is the latest year that puts the date on or before the business date, so
  that neither births nor events lie in the future; only for a column with ``future: true`` it is always 20…
* A number of five digits is a spreadsheet's count of days, if the whole column is.

Times of day: hours, minutes and perhaps seconds with ``:`` or ``.``, also behind a date or before WIB, WITA, WIT.

Numbers: Indonesian (``1.840.000,00``) or English (``1,840,000.00``), whichever the column shows. Three digits
behind a separator are a group, since rupiah have no thousandths.
"""

from __future__ import annotations

from collections import defaultdict

import duckdb

from expectations.contract import Column, Contract

_STANDARD = {"date": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "month": "[0-9]{4}-[0-9]{2}", "integer": "-?[0-9]+"}
_TIME = r"[T ]+[0-9]{1,2}[:.][0-9]{2}([:.][0-9]{2}([.,][0-9]+)?)?( ?[AaPp][Mm])?Z?$"
_YEAR_FIRST = "^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$"
_YEAR_LAST = "^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$"
_DATE_BEFORE = "^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}[T ]+"
_ZONE = " ?(WIB|WITA|WIT)$"
_CLOCK = "([01]?[0-9]|2[0-3])[:.]([0-5][0-9])([:.]([0-5][0-9])([.][0-9]+)?)?"
_SERIAL = r"[1-9][0-9]{4}(\.[0-9]+)?"
_GROUPED = r"-?[1-9][0-9]{{0,2}}(\{group}[0-9]{{3}})+(\{point}{decimals}{{1,2}})?"
_PLAIN = r"-?[0-9]+\{point}{decimals}{{1,2}}"

Styles = dict[str, dict[str, str]]
"""By column and delivery, how that column is written there: day, month or serial; for numbers , or . (groups)."""

Looked = dict[str, tuple[str, str]]
"""By delivery the style of a column, and why the delivery is refused (empty if it is not)."""


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
            look = _look_at_numbers if column.kind == "integer" else _look_at_dates
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
        other = f"case {style} when 'serial' then {_from_serial(text)} else {_from_date(column, style)} end"
        return f"case when {_is_standard(column)} then try_cast({text} as date) else {other} end"
    if column.kind == "month":
        bare = _without_time(text)
        return f"""case when {_is_standard(column)} then try_cast({text} || '-01' as date)
            when {style} = 'serial' then {_if_first_day(_from_serial(text))}
            when regexp_full_match({bare}, '[0-9]{{4}}[-/.][0-9]{{1,2}}|[0-9]{{1,2}}[-/.][0-9]{{4}}')
            then try_cast(regexp_extract({bare}, '[0-9]{{4}}') || '-'
                || regexp_extract({bare}, '^([0-9]{{4}}[-/.])?([0-9]{{1,2}})', 2) || '-01' as date)
            else {_if_first_day(_from_date(column, style))} end"""
    if column.kind == "integer":
        bare = _bare_number(text)
        readings = " ".join(
            f"when {style} = '{group}' and (regexp_full_match({bare}, '{_number(group, '0')}')"
            f" or regexp_full_match({bare}, '-?[0-9]+'))"
            f" then try_cast(replace(split_part({bare}, '{_other(group)}', 1), '{group}', '') as bigint)"
            for group in ".,"
        )
        return f"case when {_is_standard(column)} then try_cast({text} as bigint) {readings} end"
    if column.kind == "time":
        turned = f"regexp_replace(regexp_replace({text}, '{_DATE_BEFORE}', ''), '{_ZONE}', '')"
        hour, minute, second = (f"regexp_extract({turned}, '^{_CLOCK}$', {n})" for n in (1, 2, 4))
        return f"try_cast({hour} || ':' || {minute} || ':' || coalesce(nullif({second}, ''), '00') as time)"
    return text


def _is_standard(column: Column) -> str:
    return f"regexp_full_match(\"{column.name}\", '{_STANDARD[column.kind]}')"


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


def _look_at_dates(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, odd: list[str]) -> Looked:
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


def _bare_number(text: str) -> str:
    return rf"regexp_replace(regexp_replace({text}, '^(Rp\.?|IDR)\s*', '', 'i'), ',-$', '')"


def _other(group: str) -> str:
    return {".": ",", ",": "."}[group]


def _number(group: str, decimals: str = "[0-9]") -> str:
    """Pattern of the numbers that show ``group`` to part thousands."""
    parts = {"group": group, "point": _other(group), "decimals": decimals}
    return f"{_GROUPED.format(**parts)}|{_PLAIN.format(**parts)}"


def _look_at_numbers(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, odd: list[str]) -> Looked:
    bare = _bare_number(f'"{column.name}"')
    rows = con.execute(
        f"""select delivery_id, min(line_no) filter (regexp_full_match({bare}, '{_number(".")}')),
            min(line_no) filter (regexp_full_match({bare}, '{_number(",")}'))
        from text
        where delivery_id in (select unnest($odd))
        group by delivery_id""",
        {"odd": odd},
    ).fetchall()
    found: Looked = {}
    for delivery_id, point_line, comma_line in rows:
        refusal = ""
        if point_line and comma_line:
            refusal = (
                f"Kolom {column.header}: titik memisahkan ribuan di baris {point_line}, koma di baris {comma_line};"
                f" tulis angka saja / column {column.header}: points part the thousands on line {point_line}, commas"
                f" on line {comma_line}; write digits only"
            )
        found[delivery_id] = "," if comma_line else ".", refusal
    return found
