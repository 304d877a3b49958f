"""Columns of dates that a spreadsheet damaged without leaving a mark: told by all cells together, and refused.

A spreadsheet that understood some dates in the wrong order leaves those texts as they are that it did not understand:
true dates all up to the 12th beside texts all above it are refused, with the cause, unless that is no wonder for so
few cells, or the business date shows that nothing was exchanged.

Where it understood all, or the rest was mended, those up to the 12th lie over months that are days in truth. Days that
are counted from 1904, 1960 or 1970 and read as counted from 1900 lie years too early. Only recent dates show either,
by the business date.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Column
from transforms.date_cells import CHANCE, EARLY, FEW, HARDLY, LATER, ODD, Family


def damage(column: Column, rest: Family, ordered: list[Family]) -> str:
    """Why a delivery is refused for damaged dates; empty if none are seen.

    Args:
        column: the column.
        rest: its true dates and counts of days.
        ordered: its other dates.
    """
    return _swapped(column, rest, ordered) or _all_exchanged(column, rest) or _years_early(column, rest, bool(ordered))


def _all_exchanged(column: Column, rest: Family) -> str:
    """True dates up to the 12th, far from the business date, that lie shortly before it with day and month exchanged.

    Those that lie near it as they stand do not count: they may have been typed, or understood rightly.
    """
    if (
        column.kind != "date"
        or column.dated != "recent"
        or min(rest.far, rest.far_months) <= FEW
        or rest.far < ODD * rest.known
        or rest.far_turned < (1 - HARDLY) * rest.far
    ):
        return ""
    line = rest.far_line
    return said(
        column,
        f"baris {line} dan lainnya: tanggal-tanggal ini tersebar di beberapa bulan, tetapi dengan hari dan bulan"
        " ditukar semuanya berada tak lama sebelum tanggal file: spreadsheet menukarnya; ekspor ulang dari sumbernya"
        " dengan kolom berformat teks, HH-BB-TTTT",
        f"line {line} and others: these dates are spread over months, but with day and month exchanged all lie shortly"
        " before the business date: a spreadsheet has exchanged them; export again from the source with the column"
        " formatted as text, DD-MM-YYYY",
    )


def _years_early(column: Column, rest: Family, others: bool) -> str:
    """Days that were counted from 1904 or later, and read as if from 1900; a few beside others are their rows'."""
    if column.dated != "recent" or rest.known <= (FEW if others else 0) or rest.near:
        return ""
    near = {1904: rest.near_1904, 1960: rest.near_1960, 1970: rest.near_1970}
    year = next((year for year, found in near.items() if found == rest.known), None)
    if not year:
        return ""
    line = _first(rest)
    return said(
        column,
        f"baris {line} dan lainnya: semua tanggal {LATER[year]} hari terlalu awal, karena program menghitung hari sejak"
        f" {year}; ekspor ulang dari sumbernya dengan kolom berformat teks, HH-BB-TTTT",
        f"line {line} and others: all dates are {LATER[year]} days too early, because a program counts days from"
        f" {year}; export again from the source with the column formatted as text, DD-MM-YYYY",
    )


def a_year_early(column: Column, families: list[Family]) -> str:
    """Dates of a computer whose clock is a year behind: none lies near the business date, and all do a year later."""
    dates = sum(family.cells for family in families)
    near, later = (sum(getattr(family, name) for family in families) for name in ("near_any", "near_year"))
    if column.dated != "recent" or dates <= FEW or near or later < dates:
        return ""
    return said(
        column,
        "semua tanggal setahun terlalu awal untuk tanggal file; mungkin jam komputer salah tahun. Perbaiki, lalu ekspor"
        " ulang; baris yang benar setua itu dikirim dengan tanggal file waktu itu",
        "all dates are a year too early for the business date; perhaps the clock of a computer is a year behind. Put"
        " them right, and export anew; rows that are so old are sent under a business date of that time",
    )


def months_from_zero(con: duckdb.DuckDBPyConnection, columns: list[Column]) -> dict[str, str]:
    """By delivery of ``text`` why it is refused: a column has a month 00 and none 12, so January is 00 there."""
    refused: dict[str, str] = {}
    for column in columns:
        parts = f"""'-' || translate("{column.name}", '/. ', '---') || '-'"""
        zero, twelve = (
            f"regexp_matches({parts}, '-(19|20)[0-9]{{2}}-{n}-|-{n}-(19|20)[0-9]{{2}}-')" for n in ("0?0", "12")
        )
        # most texts are such as 2023-09 and 2023-09-30, of which two letters tell enough
        odd = f"""substr("{column.name}", 6, 2) in ('00', '0', '0-') or substr("{column.name}", 5, 1) <> '-'"""
        may_be = f"case when {odd} then {zero} else false end"
        found = con.execute(
            f"""select delivery_id, min(line_no) filter ({may_be}) from text
            where delivery_id in (select delivery_id from text where {may_be})
            group by delivery_id having not bool_or(coalesce({twelve}, false))"""
        ).fetchall()
        for delivery_id, line in found:
            refused[delivery_id] = said(
                column,
                f"baris {line}: bulan 00; programnya menghitung bulan dari 0 (Januari = 00), jadi semua bulan dalam"
                " kolom ini satu bulan terlalu awal; ekspor ulang dengan Januari = 01",
                f"line {line}: a month 00; the program counts months from 0 (January = 00), so all months of this"
                " column are one month early; export them anew with January = 01",
            )
    return refused


def _first(rest: Family) -> int:
    return min(line for line in (rest.iso_line, rest.serial_line) if line)


def _swapped(column: Column, rest: Family, ordered: list[Family]) -> str:
    """What is said where a spreadsheet exchanged day and month of the dates that it understood; else nothing."""
    day, month = sum(family.day for family in ordered), sum(family.month for family in ordered)
    left, both = max(day, month), min(day, month) + sum(family.both for family in ordered)
    if (
        column.kind != "date"
        or not rest.movable
        or not left
        or left < ODD * (rest.known + left)
        or rest.early < (1 - HARDLY) * rest.known
        or both > HARDLY * left
    ):
        return ""
    turned = column.dated == "recent" and rest.far_turned == rest.known
    if not turned and EARLY**rest.early * (1 - EARLY) ** left > CHANCE:
        return ""
    if left == 1 and rest.months <= FEW and not turned:
        return ""  # a typing error; exchanged dates lie over as many months as they have days in truth
    if (
        column.dated == "recent"
        and rest.near_known >= min(FEW, rest.movable)
        and rest.near_stand >= (1 - HARDLY) * rest.movable
    ):
        return ""  # as they stand they lie shortly before the business date; exchanged dates do not
    line = _first(rest)
    text = min(line for f in ordered for line in (f.day_line, f.month_line) if line)
    return said(
        column,
        f"baris {line} berisi tanggal dengan hari sampai 12, baris {text} teks dengan hari di atas 12, demikian semua"
        " baris: spreadsheet menukar hari dan bulan tanggal yang dikenalinya; ekspor ulang dari sumbernya dengan"
        " kolom berformat teks, atau tulis TTTT-BB-HH",
        f"line {line} holds a true date whose day is at most 12, line {text} a text whose day is above 12, and so do"
        " all lines: a spreadsheet has exchanged day and month of the dates that it understood; export again from the"
        " source with the column formatted as text, or write YYYY-MM-DD",
    )


def said(column: Column, kata: str, words: str) -> str:
    """A refusal for a column, in both languages."""
    return f"Kolom {column.header}, {kata} / column {column.header}, {words}"
