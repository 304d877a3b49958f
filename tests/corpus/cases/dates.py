"""Dates: typos among them, years of two digits, stamps with a zone, damage by spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from corpus.case import Case, each, kept

SIX = range(2, 8)
DELIVERED = date(2023, 9, 20)


def card(line: int) -> str:
    """KPJ on a line of a kept file: they count from the first row."""
    return f"{line - 1:011d}"


def but(odd: int, last: int) -> list[int]:
    return [line for line in range(2, last + 1) if line != odd]


def cases() -> Iterator[Case]:
    fifth = {"payment_date": date(2023, 9, 5), "first_month": date(2023, 9, 1), "amount_rp": 36_800, "kpj": card}
    unreadable = "payment_date_readable"
    typo = {"rejected": (102,), "rules": {102: unreadable}, "rows": each(but(102, 201), **fifth)}
    yield kept("typo_among_dates.csv", 199, **typo)
    workbook = {"rejected": (12,), "rules": {12: unreadable}, "rows": each(but(12, 31), **fifth), "branch": "NTB02"}
    yield kept("typo_among_dates.xlsx", 29, **workbook)
    yield kept("typo_among_short_dates.csv", 199, **typo, branch="NTB04")
    births = each([2, 3, 101, 103, 301], kpj=card)
    births[2]["birth_date"], births[301]["birth_date"] = date(1981, 5, 10), date(1995, 5, 24)
    yield kept(
        "typo_among_births.csv",
        299,
        feed="registrations",
        rejected=(102,),
        rules={102: "birth_date_readable"},
        rows=births,
    )
    roster = {"feed": "agents", "day": DELIVERED}
    later = each(SIX, pks_from=date(2024, 1, 1), pks_to=date(2025, 12, 31), joined_date=date(2020, 1, 2))
    yield kept("agreement_next_year.csv", 6, **roster, rows=later)
    later = each(SIX, pks_from=date(2023, 10, 13), pks_to=date(2025, 12, 31), joined_date=date(2020, 1, 2))
    yield kept("agreement_next_month.csv", 6, **roster, branch="NTB02", rows=later)
    first = each(SIX, payment_date=date(2023, 9, 1), kpj=card)
    yield kept("midnight_in_utc.csv", 6, rows=first)
    yield kept(
        "births_at_midnight_in_utc.csv",
        6,
        feed="registrations",
        branch="NTB02",
        rows=each(SIX, birth_date=lambda line: date(1979 + line, 5, 10), kpj=card),
    )
    yield kept("swapped_true_dates.xlsx", refused="TGL_BAYAR")
    thirteenth = each(SIX, payment_date=date(2023, 9, 13), kpj=card)
    yield kept("stamps_with_offset.csv", 6, rows=thirteenth)
    yield kept("stamps_of_wib.csv", 6, branch="NTB02", rows=thirteenth)
    yield kept("stamps_of_jakarta.parquet", 6, branch="NTB03", rows=first)
    # born in 1922 or 2022, no worker
    yield kept("birth_year_22.csv", feed="registrations", rejected=tuple(SIX))
