"""What is told of a delivery without refusing it: signs that it is not whole, which may be harmless.

* A running number in a column NO jumps or stands twice: rows may have got lost before the export.
* The last row alone lacks a cell that every row needs: one above may have been deleted, and those below moved up.
* The rows are as many as the sheet of a program can hold: the rest may be lost.
* Names pile up at one length, the longest: a program cut them there.
* A title says of what day or month the file is, and that is not the business date.
* All rows are of one day, which lies behind the period of the title.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import duckdb

from expectations.contract import Contract
from transforms import dates
from transforms.header import fold
from transforms.words import place

Doubts = dict[str, list[str]]
"""By delivery what is told of it."""
RUNNING = {"no", "nomor", "nourut", "nomorurut", "nomer"}
"""Headers, folded, of a column that numbers the rows."""
LISTED = 5
_ROWS, _AT_LENGTH, _LENGTHS = 5, 5, 4
_LIMITS = [65_536, 1_048_576, *(first * 10**zeros for zeros in (3, 4, 5, 6) for first in (1, 2, 5))]
"""Rows of a sheet of old and of new spreadsheets, the header's too; and as many as exports are often limited to."""
_NEAR, _STALE = timedelta(7), timedelta(31)
_OF_A_TIME = re.compile(
    r"\b(?:per|periode|posisi|keadaan|bulan|bln|tanggal data|data tanggal|as (?:of|at))\b[\s:.]*(.*)", re.IGNORECASE
)
_ANOTHER = re.compile(r"\b(?:di)?cetak\b|\bprint|\bberlaku\b|\bunduh|\bekspor\b|\bexport", re.IGNORECASE)
_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/. ]+(?:\d{1,2}|[A-Za-z]{3,})[-/. ]+\d{4}|\d{4}-\d{2}|\d{1,2}[-/]\d{4}"
    r"|[A-Za-z]{3,}[-/. ]*\d{4}|[A-Za-z]{3,}"
)


def running(con: duckdb.DuckDBPyConnection, doubts: Doubts) -> None:
    """Looks at the column ``running`` of the temporary table ``text``, before rows that are no data leave it.

    Numbers may begin anew, as on each page, and rows may stand in another order. What has more holes than numbers is
    no running number.
    """
    found = con.execute(
        """select delivery_id, list(try_cast(running as integer) order by line_no) from text
        where running is not null group by delivery_id"""
    ).fetchall()
    for delivery_id, numbers in found:
        told = [number for number in numbers if number is not None]
        if len(told) < len(numbers) * 0.9 or max(told) > 2 * len(told) + 2 * _ROWS:
            continue
        missing: list[int] = []
        twice: list[int] = []
        for part in _parts(told):
            missing += sorted(set(range(min(1, *part), max(part))) - set(part))
            twice += sorted(number for number, often in Counter(part).items() if often > 1)
        for numbers_of, kata, words in (
            (missing, "tidak memuat nomor", "lacks the numbers"),
            (twice, "memuat dua kali nomor", "has twice the numbers"),
        ):
            if numbers_of:
                listed = _ranges(numbers_of)
                doubts[delivery_id].append(
                    f"Kolom nomor urut {kata} {listed}; mungkin ada baris yang hilang atau terulang sebelum ekspor /"
                    f" the running number {words} {listed}; perhaps rows got lost or were repeated before the export"
                )


def _parts(numbers: list[int]) -> list[list[int]]:
    """The numbers between those where counting begins anew; all together where it does so once at most."""
    if numbers.count(1) <= 1:
        return [numbers] if numbers else []
    parts: list[list[int]] = [[]]
    for number in numbers:
        if number == 1 and parts[-1]:
            parts.append([])
        parts[-1].append(number)
    return parts


def _ranges(numbers: list[int]) -> str:
    """Whole numbers in words: ``3, 7-9``."""
    ranges: list[list[int]] = []
    for number in dict.fromkeys(numbers):
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    more = ", …" if len(ranges) > LISTED else ""
    return ", ".join("-".join(map(str, each)) for each in ranges[:LISTED]) + more


def look(con: duckdb.DuckDBPyConnection, contract: Contract, doubts: Doubts) -> None:
    """Looks at the rows of the temporary table ``text`` that are data."""
    needed = [column for column in contract.exported if column.required]
    short = " or ".join(f'count(*) - count("{column.name}") = 1' for column in needed)
    lacking = ", ".join(f'arg_max("{column.name}" is null, line_no)' for column in needed)
    only = ", ".join(f'count(*) - count("{column.name}") = 1' for column in needed)
    found = con.execute(
        f"""select delivery_id, max(line_no), [{only}], [{lacking}] from text
        where row_problem is null group by delivery_id having count(*) >= {_ROWS} and ({short})"""
    ).fetchall()
    for delivery_id, line, once, last in found:
        lacks = [str(column.header) for column, a, b in zip(needed, once, last, strict=True) if a and b]
        if len(lacks) == 1:
            doubts[delivery_id].append(
                f"Hanya baris terakhir ({line}) yang kosong di kolom {lacks[0]}; jika satu sel di atasnya terhapus dan"
                f" sel-sel di bawahnya naik, semua baris sesudahnya salah: cocokkan dengan sumbernya / only the last"
                f" row ({line}) has nothing in {lacks[0]}; if a cell above was deleted and those below moved up, all"
                " rows from there on are wrong: compare them with the source"
            )
    found = con.execute(
        """select delivery_id, count(*) as size from text group by delivery_id
        having list_has_any($limits, [size, size + 1, max(line_no)])""",
        {"limits": _LIMITS},
    ).fetchall()
    for delivery_id, rows in found:
        doubts[delivery_id].append(
            f"File berisi {rows} baris, sebanyak batas lembar spreadsheet atau batas ekspor; mungkin baris selebihnya"
            f" terpotong: cocokkan jumlahnya dengan sumbernya / the file has {rows:,} rows, as many as a sheet of a"
            " spreadsheet or a limited export holds; perhaps the rest was cut off: compare the number with the source"
        )
    measured = {rule.column for rule in contract.rules if rule.expectation == "ExpectColumnValueLengthsToBeBetween"}
    for column in contract.exported:
        if column.name in measured:
            _cut(con, column.name, str(column.header), doubts)


def _cut(con: duckdb.DuckDBPyConnection, name: str, header: str, doubts: Doubts) -> None:
    """Tells of names of which more have the greatest length than the two lengths below it."""
    found = con.execute(
        f"""with long as (
            select delivery_id, length("{name}") as size, count(*) as names from text
            where row_problem is null and "{name}" is not null group by all
        ),
        longest as (select delivery_id, max(size) as most, count(*) as sizes from long group by delivery_id)
        select delivery_id, most, sum(names) filter (size = most) as cut from long join longest using (delivery_id)
        where sizes >= {_LENGTHS}
        group by delivery_id, most
        having cut >= {_AT_LENGTH} and cut > coalesce(sum(names) filter (size between most - 2 and most - 1), 0)"""
    ).fetchall()
    for delivery_id, most, cut in found:
        doubts[delivery_id].append(
            f"{cut} isi kolom {header} sama-sama {most} huruf, yang terpanjang dalam file; mungkin program memotongnya"
            f" di situ / {cut} cells of {header} have {most} characters, the most in the file; perhaps a program cut"
            " them there"
        )


def of_a_time(cell: str) -> str:
    """What a title says behind ``per`` or ``periode``; empty where it says nothing of a time."""
    found = None if _ANOTHER.search(cell) else _OF_A_TIME.search(cell)
    return found[1] if found else ""


def times(
    said: Mapping[str, Iterable[tuple[int, str]]], days: Mapping[str, date], contract: Contract, doubts: Doubts
) -> dict[str, str]:
    """Compares the times that titles tell with the business dates.

    Args:
        said: by delivery the lines and what ``of_a_time`` found there.
        days: by delivery its business date.
        contract: the feed's; a snapshot of a day more than a month away is refused.
        doubts: gets what is told of the others.

    Returns:
        By delivery why it is refused.
    """
    refused = {}
    for delivery_id, told in said.items():
        day = days[delivery_id]
        for line, text in told:
            spans = [found for each in _TIME.findall(text) if (found := span(each, day))]
            if not spans or any(begin <= day <= end for begin, end in spans):
                continue
            begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
            away = max(begin - day, day - end)
            if away <= _NEAR:
                continue
            kata, where = place(line)
            words = (
                f"{kata} menyebut {begin} sampai {end}, tetapi file ini untuk {day}; periksa apakah ini ekspor"
                f" yang benar, atau perbaiki judulnya / {where} tells of {begin} to {end}, but the file is of"
                f" {day}; check whether this is the right export, or correct its title"
            )
            if contract.snapshot and away > _STALE:
                refused[delivery_id] = words
            else:
                doubts[delivery_id].append(words)
    return refused


def on_one_day(
    con: duckdb.DuckDBPyConnection,
    said: Mapping[str, Iterable[tuple[int, str]]],
    contract: Contract,
    doubts: Doubts,
) -> None:
    """Tells of deliveries whose rows in ``text`` are all of one day, shortly after the period of their title.

    So they are where the day of printing took the place of each row's own. Months may be paid for later.
    """
    ids = {"ids": [delivery_id for delivery_id, told in said.items() if told]}
    for column in (each for each in contract.exported if each.dated == "recent" and ids["ids"]):
        found = con.execute(
            f"""select delivery_id, any_value("{column.name}") from text where delivery_id in (select unnest($ids))
            group by delivery_id having count(*) >= {_ROWS} and count(distinct "{column.name}") = 1""",
            ids,
        ).fetchall()
        for delivery_id, text in found:
            one = dates.meaning(text, "date")
            for line, words in said[delivery_id]:
                day = one.iso or one.day_first
                ends = [each[1] for part in _TIME.findall(words) if day and (each := span(part, day))]
                if day and ends and timedelta(0) < day - max(ends) <= _NEAR:
                    kata, where = place(line)
                    doubts[delivery_id].append(
                        f"Semua baris bertanggal {day} di kolom {column.header}, sesudah masa yang disebut"
                        f" {kata.lower()}; mungkin itu tanggal cetak / all rows have {day} in {column.header},"
                        f" which lies behind the time that {where} tells; perhaps it is the day of printing"
                    )


def span(text: str, day: date) -> tuple[date, date] | None:
    """First and last day of what a text says: a day, a month, or a month of the year that is nearest to a day."""
    one = dates.meaning(" ".join(text.split()), "month")
    if found := one.iso or one.day_first:
        return found, found
    months = [one.month] if one.month else []
    if text.isalpha():
        named = [dates.meaning(f"{text} {year}", "month").month for year in (day.year - 1, day.year, day.year + 1)]
        months = [min(filter(None, named), key=lambda month: abs(month - day))] if any(named) else []
    if not months or months[0] is None:
        return None
    return months[0], (months[0] + timedelta(31)).replace(day=1) - timedelta(1)


def empty() -> Doubts:
    """No doubts."""
    return defaultdict(list)


def is_running(cell: str) -> bool:
    """Whether a header is that of a running number."""
    return fold(cell) in RUNNING
