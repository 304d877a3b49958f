"""Dates that their column alone does not explain, or explains wrongly: what tells against the usual reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any, Protocol

from corpus.case import Case
from corpus.cases import date_forms

BRANCH = "STG03"


class Make(Protocol):
    """Makes a case: see corpus.cases.date_forms.case."""

    def __call__(self, *args: Any, **beside: Any) -> Case: ...


def cases() -> Iterator[Case]:
    days = (date_forms.FIRST_DAY + timedelta(n) for n in count())

    def case(*args: Any, **beside: Any) -> Case:
        return date_forms.case(*args, branch=BRANCH, day=next(days), **beside)

    yield from _against_the_template(case)


def _against_the_template(case: Make) -> Iterator[Case]:
    """Dashes with the month first: the official form has nothing for it."""
    submitted = ["08-05-2023", "07-04-2023", "08-17-2023", "06-02-2023", "08-09-2023", "07-11-2023", "05-25-2023"]
    yield case("claims_month_first", "TGL_PENGAJUAN", submitted, "line 4 can only be MM-DD-YYYY", ".csv")
    births = ["08-05-1985", "07-04-1990", "08.17.1988", "06-02-1979", "08-09-1992", "05-25-1991", "09-25-1987"]
    yield case("births_month_first_by_two", "TGL_LAHIR", births, "line 7 can only be MM-DD-YYYY", ".xlsx")
    joined = ["01-02-2020"] * 30 + ["02-15-2021", "03-16-2021"]
    yield case("roster_month_first_by_two", "TGL_GABUNG", joined, "cannot be told apart", ".txt")
    yield case("roster_of_five_with_one", "TGL_GABUNG", ["01-02-2020"] * 4 + ["02-15-2021"], "cannot be told", ".xls")
    paid = ["09-05-2023"] * 5 + ["09-13-2023"] * 2
    yield case("payments_month_first_near", "TGL_BAYAR", paid, [date(2023, 9, 5)] * 5 + [date(2023, 9, 13)] * 2, ".csv")
    # the year of two digits in front of one cell only
    yield case("a_roster_with_one_odd_year", "PKS_MULAI", ["31-11-25", "2023-01-02"], [None, date(2023, 1, 2)], ".csv")
    yield case("one_odd_year_of_two_short", "PKS_MULAI", ["31-11-25", "15-01-23"], [None, date(2023, 1, 15)], ".xlsx")
    yield case("a_roster_of_one_odd_year", "PKS_MULAI", ["24-01-15"], "two digits stands first", ".csv")
