"""What a text of a date or month can mean, and what it means once the form of its column is decided.

A column that is not all in the standard form is taken apart once: ``cell_<column>`` has what each of its texts can
mean (``take_apart``), transforms.date_forms weighs there which form the column has in each delivery, and
``read_<column>`` has the date of each text in that form (``read``). A form is a list of the words below; a text
that none of them explains is not read, which rejects its row alone.

* A date with the year in front means one thing only, and so does one with a month's name (``13 Sep 2023``).
* ``DD-MM-YYYY``, ``MM/DD/YYYY`` and the like say for a separator whether the day or the month stands first. A
  separator without such a word has the day first if the contract's ``dayFirst`` names it and no other has the
  month first. ``unclear -`` says that nothing can be told of it, ``unclear YY-`` of its years of two digits.
* ``serial``: a spreadsheet's count of days, five digits.
* A year of two digits stands last. It is of this century, but for a birth: that is the latest year which makes the
  person ``WORKING_AGE`` or older on the business date.
* A time of day is left out. One with a zone makes it an instant: the date is the day at the branch then, or, with
  ``midnight WIT`` and the like, the day that begins in that zone at that instant.
* In a column of months ``YY-MMM`` says that 23-Sep is September 2023, not a day of some year; even then only if the day
  would lie in that month too. ``Sep-22`` is no month if it may be a day shortly before the business date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from expectations.contract import Column

STANDARD, SERIAL, NAME_LAST, MIDNIGHT = "YYYY-MM-DD", "serial", "YY-MMM", "midnight "
UNCLEAR, SHORT = "unclear ", "unclear YY"
ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
"""Indonesia's zones. The tz database also knows how they differed before 1964, when many were born."""
WORKING_AGE = 15
NEAR = 62
"""Days before the business date in which recent dates lie."""
_CENTURY = 2000
_SEPARATORS = "-/."

_NAMES = (
    "jan januari january", "feb februari february febuari peb pebruari", "mar mrt maret maart mac march", "apr april",
    "mei may", "jun juni june", "jul juli julai july", "agu agt ags agust agustus ogos ogs aug august augustus",
    "sep sept september", "okt oktober oct october", "nov november nop nopember",
    "des desember dis disember dec december",
)  # fmt: skip
"""In Bahasa Indonesia, Malay, Dutch and English."""
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_WEEKDAYS = {
    name[:3]: number
    for number, names in enumerate(
        ("senin monday", "selasa tuesday", "rabu wednesday", "kamis thursday", "jumat friday", "sabtu saturday",
         "minggu ahad sunday")
    )
    for name in names.split()
}  # fmt: skip
_DATE = re.compile(r"(?P<a>\d{1,4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})", re.ASCII)
_SERIAL = re.compile(r"[1-9]\d{4}(\.\d+)?", re.ASCII)
_NAMED = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?:(?P<weekday>[A-Za-z']+), *)?(?P<day>\d{1,2})[-/. ]*(?P<name>[A-Za-z]+)[-/., ]*(?P<year>\d{4}|\d{2})",
        r"(?P<name>[A-Za-z]+)[-/. ]*(?P<day>\d{1,2}),? +(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/. ]*(?P<name>[A-Za-z]+)[-/. ]*(?P<day>\d{1,2})",
    )
]
_NAMED_MONTH = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<name>[A-Za-z]+)[-/. ]*(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})[-/. ]*(?P<name>[A-Za-z]+)",
        r"(?P<front>\d{2})[-/. ](?P<name>[A-Za-z]+)",
    )
]
_MONTH = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        # a spreadsheet's number 2023.1 may have been 2023.10, so a point needs both digits of the month
        r"(?P<year>\d{4})(?:[-/](?=\d{1,2}$)|\.(?=\d{2}$))(?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})(?:[-/]|(?<=\d{2})\.)(?P<year>\d{4})",
    )
]

_ZONE = r"Z|UTC|GMT|WIB|WITA|WIT|[+-][0-9]{2}(?::?[0-9]{2}(?::[0-9]{2})?)?"
_STAMP = (
    "^(.*?)(?:[T ,]+(?:pukul |jam )?([01]?[0-9]|2[0-3])[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]+)?)?"
    f"(?: ?([AaPp])[Mm])? ?({_ZONE})?)?$"
)


class Meaning(NamedTuple):
    """What a text without its time of day can mean: a date for each way to read it, None where it has no such sense.

    ``sep`` parts day, month and year where the year stands last; ``first`` and ``second`` are the numbers before
    and after the first of them. ``short`` years have two digits and are read as of this century. ``front`` is the
    number of ``23-Sep``, ``back`` that of ``Sep-23``.
    """

    text: str
    sep: str | None = None
    first: int | None = None
    second: int | None = None
    short: bool = False
    iso: date | None = None
    day_first: date | None = None
    month_first: date | None = None
    short_first: date | None = None
    serial: date | None = None
    month: date | None = None
    front: int | None = None
    back: int | None = None


_SCHEMA = pa.schema(
    {"text": pa.string(), "sep": pa.string(), "first": pa.int32(), "second": pa.int32(), "short": pa.bool_()}
    | dict.fromkeys(("iso", "day_first", "month_first", "short_first", "serial", "month"), pa.date32())
    | {"front": pa.int32(), "back": pa.int32()}
)


def meaning(text: str, kind: str) -> Meaning:
    """Takes one text apart, for a column of the kind ``date`` or ``month``."""
    if _SERIAL.fullmatch(text):
        return Meaning(text, serial=date(1899, 12, 30) + timedelta(int(text[:5])))
    if match := _DATE.fullmatch(text):
        a, b, c = match["a"], match["b"], match["c"]
        long, short = len("2023"), len("23")
        if len(a) == long and len(c) <= short:
            return Meaning(text, iso=_date(a, b, c))
        if len(a) > short or len(c) not in (short, long):
            return Meaning(text)
        is_short = len(c) == short
        dates = _date(c, b, a), _date(c, a, b), _date(a, b, c) if is_short else None
        return Meaning(text, match["sep"], int(a), int(b), is_short, None, *dates)
    for pattern in _NAMED:
        if (match := pattern.fullmatch(text)) and (number := MONTHS.get(match["name"].lower())):
            day = _on(match.groupdict().get("weekday"), _date(match["year"], number, match["day"]))
            short = len(match["year"]) == len("23")
            return Meaning(text, short=short, day_first=day) if short else Meaning(text, iso=day)
    return _month(text) if kind == "month" else Meaning(text)


def _month(text: str) -> Meaning:
    for pattern in _MONTH:
        if match := pattern.fullmatch(text):
            return Meaning(text, month=_date(match["year"], match["month"], 1))
    for pattern in _NAMED_MONTH:
        if (match := pattern.fullmatch(text)) and (number := MONTHS.get(match["name"].lower())):
            front = match.groupdict().get("front")
            month = _date(front or match["year"], number, 1)
            back = int(match["year"]) if not front and len(match["year"]) == len("23") else None
            return Meaning(text, month=month, front=int(front) if front else None, back=back)
    return Meaning(text)


def _on(weekday: str | None, day: date | None) -> date | None:
    """The day, unless it is another one of the week than is said."""
    said = _WEEKDAYS.get((weekday or "").lower().replace("'", "")[:3])
    return None if day and said not in (None, day.weekday()) else day


def _date(year: str, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year) + (_CENTURY if len(year) == len("23") else 0), int(month), int(day))
    except ValueError:
        return None


def take_apart(con: duckdb.DuckDBPyConnection, column: Column, odd: list[str], zones: Mapping[str, str]) -> None:
    """Makes the temporary table ``cell_<column>`` of a column's distinct texts in the deliveries ``odd``.

    Args:
        con: has the table ``text`` of transforms.read.
        column: a column of dates or months.
        odd: deliveries in which it is not all in the standard form.
        zones: by branch WIB, WITA or WIT.

    The table has delivery_id, business_date, zone_here (of the branch, in the tz database), ``value`` (the text),
    ``cells`` and ``line`` (how many rows that are data hold it, and on which line the first stands), the columns of
    ``Meaning``, time, and zone (as written; null without one).
    """
    con.register("zone", pa.table({"code": list(zones), "name": [ZONES[zone] for zone in zones.values()]}))
    con.execute(
        f"""create or replace temp table stamp as
        with cell as (
            select delivery_id, sender_code, business_date, "{column.name}" as value,
                count(*) filter (row_problem is null) as cells, min(line_no) filter (row_problem is null) as line,
                regexp_extract(value, '{_STAMP}', ['bare', 'hour', 'minute', 'second', 'half', 'zone']) as part
            from text
            where "{column.name}" is not null and delivery_id in (select unnest($odd))
            group by all
        )
        select cell.* exclude (part), zone.name as zone_here, part.bare, nullif(part.zone, '') as zone,
            case upper(part.half)
                when 'P' then (try_cast(part.hour as integer) % 12 + 12)::varchar
                when 'A' then (try_cast(part.hour as integer) % 12)::varchar
                else part.hour
            end as hour,
            try_cast(hour || ':' || part.minute || ':' || coalesce(nullif(part.second, ''), '00') as time) as time
        from cell
        left join zone on cell.sender_code = zone.code""",
        {"odd": odd},
    )
    texts = con.execute("select distinct bare from stamp").fetchall()
    meanings = [meaning(text, column.kind)._asdict() for (text,) in texts]
    con.register("meaning", pa.Table.from_pylist(meanings, _SCHEMA))
    con.execute(
        f"""create or replace temp table cell_{column.name} as
        select stamp.*, meaning.* exclude (text) replace (
            {", ".join(f"{_century(column, name)} as {name}" for name in ("day_first", "month_first", "short_first"))}
        )
        from stamp
        join meaning on stamp.bare = meaning.text"""
    )
    con.execute("drop table stamp")
    con.unregister("meaning")
    con.unregister("zone")


def _century(column: Column, name: str) -> str:
    if column.dated != "birth":
        return name
    working = f"business_date - interval {WORKING_AGE} year"
    return f"case when short and {name} > {working} then ({name} - interval 100 year)::date else {name} end"


def read(con: duckdb.DuckDBPyConnection, column: Column, forms: Mapping[str, str], day_first: tuple[str, ...]) -> None:
    """Makes the temporary table ``read_<column>``, and drops what ``take_apart`` made.

    Args:
        con: has the table ``cell_<column>``.
        column: the column.
        forms: its form in each delivery.
        day_first: separators that have the day first where the form does not say otherwise.

    The table has delivery_id, the text under the column's name, and ``<column>_read``: the date that it means, for
    a column of months the first day of the month; null where it cannot be read.
    """
    register(con, forms)
    con.execute(
        f"""create or replace temp table read_{column.name} as
        with dated as (
            select cell.*, form, {ordered(column, "form.form", day_first)} as day
            from cell_{column.name} as cell
            join form using (delivery_id)
        ),
        moved as (
            select *, case when zone is null then day else {_local_day()} end as local_day from dated
        )
        select delivery_id, value as "{column.name}", {_result(column)} as "{column.name}_read" from moved"""
    )
    con.execute(f"drop table cell_{column.name}")
    con.unregister("form")


def register(con: duckdb.DuckDBPyConnection, forms: Mapping[str, str]) -> None:
    """Makes the view ``form`` of delivery_id and form."""
    schema = pa.schema({"delivery_id": pa.string(), "form": pa.string()})
    con.register("form", pa.table([list(forms), list(forms.values())], schema=schema))


def ordered(column: Column, form: str, day_first: tuple[str, ...]) -> str:
    """SQL of the date that a row of ``cell_…`` means, by the order of day and month in a form.

    Args:
        column: the column.
        form: SQL of the form.
        day_first: separators that have the day first where the form does not say otherwise.
    """
    known = " or ".join(f"sep = '{sep}'" for sep in day_first if sep in _SEPARATORS) or "false"
    day, month = (has(form, f"concat('{a}', sep, '{b}', sep, 'YYYY')") for a, b in (("DD", "MM"), ("MM", "DD")))
    unclear, short = (has(form, f"concat('{word}', sep)") for word in (UNCLEAR, SHORT))
    return f"""coalesce(iso, case
        when sep is null then coalesce(day_first, case when {has(form, repr(SERIAL))} then serial end)
        when {year_in_front(column)} then null
        when short and {short} then null
        when day_first = month_first then day_first
        when {unclear} then null
        when {day} then day_first
        when {month} then month_first
        when ({known}) and not regexp_matches({form}, '(^| )MM.DD') then day_first
    end)"""


def has(form: str, word: str) -> str:
    """SQL: whether a form (SQL) names a word (SQL), and not only one that holds it."""
    return f"contains(concat('| ', {form}, ' |'), concat('| ', {word}, ' |'))"


def sensible(column: Column, name: str) -> str:
    """SQL: whether a date that a year of two digits may mean makes sense in the column.

    Args:
        column: the column.
        name: ``short_first``, ``day_first`` or ``month_first``.
    """
    bounds = {
        "recent": "between business_date - 400 and business_date",
        "past": "between date '2014-01-01' and business_date",
        "ahead": "between business_date - interval 5 year and business_date + interval 10 year",
        "birth": "is not null",
    }
    return f"coalesce({name} {bounds[column.dated]}, false)"


def year_in_front(column: Column) -> str:
    """SQL: whether a date with a year of two digits makes sense only if the year stands first, as in 23-09-13."""
    return f"(short and {sensible(column, 'short_first')} and not ({year_behind(column)}))"


def year_behind(column: Column) -> str:
    """SQL: whether it makes sense with the year behind, as in 13-09-23."""
    return f"{sensible(column, 'day_first')} or {sensible(column, 'month_first')}"


def instant() -> str:
    """SQL of the instant that ``day``, ``time`` and ``zone`` of a row are; null without a zone."""
    names = " ".join(f"when '{zone}' then '{name}'" for zone, name in ZONES.items())
    seconds = " + ".join(
        f"coalesce(try_cast(substr(replace(zone, ':', ''), {at}, 2) as integer), 0) * {unit}"
        for at, unit in ((2, 3600), (4, 60), (6, 1))
    )
    return f"""case
        when zone in ('Z', 'UTC', 'GMT') then (day + time) at time zone 'UTC'
        when zone[1] in ('+', '-')
            then (day + time - to_seconds(({seconds}) * case zone[1] when '-' then -1 else 1 end)) at time zone 'UTC'
        else (day + time) at time zone case zone {names} end
    end"""


def _local_day() -> str:
    midnights = " ".join(
        f"when {has('form', repr(MIDNIGHT + zone))} and {is_midnight(name)} then ({at(name)})::date"
        for zone, name in ZONES.items()
    )
    return f"case {midnights} else (({instant()}) at time zone zone_here)::date end"


def at(zone: str) -> str:
    """SQL of the time in a zone of the tz database at the instant of a row."""
    return f"({instant()}) at time zone '{zone}'"


def is_midnight(zone: str) -> str:
    """SQL: whether it is midnight there then."""
    return f"coalesce(({at(zone)})::time = time '00:00', false)"


def _result(column: Column) -> str:
    if column.kind == "date":
        return "local_day"
    this_year = "year(month) = year(business_date)"
    named_month = "make_date(year(business_date) - (month(month) > month(business_date))::integer, month(month), 1)"
    return f"""case
        when front is not null and not {has("form", repr(NAME_LAST))} then null
        when front is not null and not {this_year} and month <> {named_month} then null
        when back is not null and not {this_year}
            and {named_month} + back::integer - 1 between business_date - {NEAR} and business_date then null
        else coalesce(month, case when day(local_day) = 1 then local_day end)
    end"""
