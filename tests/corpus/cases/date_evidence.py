"""Dates that their column alone does not explain, or explains wrongly: what tells against the usual reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
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
        return date_forms.case(*args, **{"branch": BRANCH, "day": next(days)} | beside)

    yield from _against_the_template(case)
    yield from _exchanged(case)
    yield from _beside(case)
    yield from _named(case)
    yield from _by_the_business_date(case)
    yield from _years_in_front(case)
    yield from _moments_in_utc(case)


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


def _exchanged(case: Make) -> Iterator[Case]:
    """Dates that a spreadsheet understood in the wrong order, all of them, or counted from another year."""
    months = [date(2023, n, 9) for n in range(1, 9)]
    words = "with day and month exchanged all lie shortly before"
    yield case("all_exchanged", "TGL_BAYAR", months, words, ".xlsx")
    yield case("all_exchanged_in_text", "TGL_STATUS", [f"{day}" for day in months], words, ".csv")
    yield case("all_exchanged_but_one_text", "TGL_DAFTAR", [*months[2:6], "15/09/2023"], "exchanged", ".xls")
    yield case("one_exchanged_beside_one_text", "TGL_BAYAR", [date(2023, 7, 9), "17/09/2023"], "exchanged", ".xlsx",
               day=date(2023, 9, 20), branch="NTB05")  # fmt: skip
    four = ["2023-06-09", "18-09-2023", "2023-05-09", "19-09-2023"]
    yield case("two_true_dates_beside_two_texts", "TGL_STATUS", four, "exchanged", ".csv",
               day=date(2023, 9, 20), branch="NTB05")  # fmt: skip
    late = [date(2023, n, 9 + n) for n in range(1, 9)]
    yield case("a_history_of_late_payments", "TGL_BAYAR", late, late, ".xlsx", forms={})
    early = [date(2023, n, 1 + n % 3) for n in range(1, 9)]
    yield case("a_history_of_first_days", "TGL_BAYAR", early, early, ".csv", forms={})
    recent = [date(2023, 8, 9), date(2023, 9, 8), date(2023, 9, 1), date(2023, 8, 12)]
    yield case("early_days_of_two_months", "TGL_BAYAR", recent, recent, ".xlsx", forms={})
    words = "a program counts days from 1904"
    yield case("serials_from_1904", "TGL_BAYAR", [f"{43712 + n}" for n in range(8)], words, ".csv")
    yield case("serials_from_1904_beside_texts", "TGL_BAYAR", ["43722"] * 4 + ["13-09-2023"] * 4, words, ".txt")
    for n, (year, first) in enumerate({1960: 23254, 1970: 19600}.items()):
        words_of = f"counts days from {year}"
        yield case(
            f"serials_from_{year}", "TGL_BAYAR", [f"{first + n}" for n in range(8)], words_of, (".csv", ".xls")[n]
        )
        numbers = [first + n for n in range(8)]
        yield case(f"numbers_from_{year}", ("TGL_STATUS", "TGL_DAFTAR")[n], numbers, words_of, ".xlsx")
    yield case("true_dates_from_1904", "TGL_STATUS", [date(2019, 9, 4 + n) for n in range(8)], words, ".xlsx")
    yield case("payments_of_four_years_ago", "TGL_BAYAR", [date(2019, 5, 4), date(2019, 9, 4)],
               [date(2019, 5, 4), date(2019, 9, 4)], ".xlsx")  # fmt: skip


def _beside(case: Make) -> Iterator[Case]:
    """A column of one day, which other columns of the roster or claim explain."""
    first, joined = date(2023, 3, 1), [f"{10 + n}/03/2021" for n in range(8)]
    yield case("agreements_of_one_day", "PKS_MULAI", ["01/03/2023"] * 8, [first] * 8, ".csv",
               beside={"TGL_GABUNG": joined, "PKS_AKHIR": ["28/02/2025"] * 8}, forms=dict.fromkeys(
                   ("TGL_GABUNG", "PKS_MULAI", "PKS_AKHIR"), "DD/MM/YYYY"))  # fmt: skip
    american = [f"03/{10 + n}/2021" for n in range(8)]
    yield case("agreements_month_first", "PKS_MULAI", ["03/01/2023"] * 8, [first] * 8, ".xlsx",
               beside={"TGL_GABUNG": american})  # fmt: skip
    yield case("agreements_month_first_with_dashes", "PKS_MULAI", ["03-01-2023"] * 8, [first] * 8, ".txt",
               beside={"TGL_GABUNG": [text.replace("/", "-") for text in american]})  # fmt: skip
    yield case("agreements_of_two_orders", "PKS_MULAI", ["01/03/2023"] * 8, "cannot be told apart", ".csv",
               beside={"TGL_GABUNG": joined, "PKS_AKHIR": ["02/28/2025"] * 8})  # fmt: skip
    yield case("agreements_beside_dashes", "PKS_MULAI", ["01/03/2023"] * 8, "cannot be told apart", ".csv",
               beside={"TGL_GABUNG": [text.replace("/", "-") for text in joined]})  # fmt: skip
    yield case("agreements_beside_few", "PKS_MULAI", ["11/04/2023", "03/04/2022"], "cannot be told", ".csv",
               beside={"TGL_GABUNG": ["24/12/2019", "16/05/2021"]})  # fmt: skip
    submitted = ["06/07/2023"] * 5
    yield case("claims_of_one_day", "TGL_PENGAJUAN", submitted, [date(2023, 7, 6)] * 5, ".xls",
               beside={"TGL_STATUS": ["13/09/2023"] * 5})  # fmt: skip


def _named(case: Make) -> Iterator[Case]:
    """Months with names, whose number may be a day."""
    month = date(2023, 9, 1)
    yield case("days_with_a_name", "BULAN_AWAL", ["22-Sep", "23-Sep", "24-Sep"], [None, month, None], ".csv")
    yield case(
        "a_name_and_days", "BULAN_AWAL", ["Sep-22", "Sep 23", "Agu 2022"], [None, month, date(2022, 8, 1)], ".xls"
    )
    yield case("months_over_years", "BULAN_AWAL", ["Dec-22", "Nov-22", "Jan-23", "Mei-23"],
               [date(2022, 12, 1), date(2022, 11, 1), date(2023, 1, 1), date(2023, 5, 1)], ".txt")  # fmt: skip
    yield case(
        "months_of_last_year", "BULAN_AWAL", ["22-Nov", "22-Dec"], [date(2022, 11, 1), date(2022, 12, 1)], ".xlsx"
    )
    yield case("months_with_a_year", "BULAN_AWAL", ["10/2022", "09/2023"], [date(2022, 10, 1), month], ".csv",
               forms={"BULAN_AWAL": "MM/YYYY"})  # fmt: skip
    yield case("months_by_name", "BULAN_AWAL", ["Okt 2022", "Sept 2023"], [date(2022, 10, 1), month], ".xlsx",
               forms={"BULAN_AWAL": "MMM YYYY"})  # fmt: skip


def _by_the_business_date(case: Make) -> Iterator[Case]:
    """Slashes that only the business date explains; one typing error decides nothing."""
    typo = ["03/14/2023", "07/03/2023 14:05", "07/03/2023 14:05"]
    yield case("slashes_and_one_typo", "TGL_PENGAJUAN", typo, "line 2 can only be MM/DD/YYYY", ".csv")
    yield case("slashes_and_one_typo_in_a_book", "TGL_LAHIR", ["07/03/1981", "03/14/1981"], "cannot be told", ".xlsx")
    paid = [date(2023, 10, day) for day in (1, 2, 3, 4)]
    slashes = [f"{day:%d/%m/%Y}" for day in paid]
    yield case("slashes_of_this_week", "TGL_BAYAR", slashes, paid, ".xlsx", day=date(2023, 10, 5), branch="NTB05")
    american = [f"{day:%m/%d/%Y}" for day in paid]
    yield case(
        "slashes_of_this_week_month_first", "TGL_BAYAR", american, paid, ".txt", day=date(2023, 10, 6), branch="NTB05"
    )
    yield case(
        "slashes_of_last_month",
        "TGL_BAYAR",
        ["05/09/2023"] * 4,
        "cannot",
        ".xls",
        day=date(2023, 10, 7),
        branch="NTB05",
    )
    late = [date(2023, 8, 12), date(2023, 7, 11)]
    yield case("slashes_that_would_be_later", "TGL_PENGAJUAN", [f"{day:%d/%m/%Y}" for day in late], late, ".parquet")
    yield case("one_odd_row_of_six", "PKS_MULAI", ["03-03-23", "04/09/2023 14:05", *["13-10-23", "07-07-23"] * 2],
               [date(2023, 3, 3), None, *[date(2023, 10, 13), date(2023, 7, 7)] * 2], ".csv")  # fmt: skip
    yield case("one_typo_of_four_slashes", "TGL_BAYAR", [*["13/09/2023"] * 3, "09/13/2023"],
               [date(2023, 9, 13)] * 3 + [None], ".txt")  # fmt: skip


def _years_in_front(case: Make) -> Iterator[Case]:
    """Years of two digits in front, of which some cells would make sense behind."""
    words = "two digits stands first"
    ends = ["23-03-29", "24-10-24", "25-10-01", "24-04-23"]
    yield case("year_first_of_ends", "PKS_MULAI", ends, words, ".xlsx")
    yield case("year_first_of_either", "PKS_MULAI", ["23/03/29", "23/04/24", "23/10/21"], words, ".csv")
    yield case("year_first_of_births_of_2001", "TGL_LAHIR", ["01-03-04", "02-10-05", "01-11-09"], words, ".parquet")
    born, joined = date(1981, 3, 4), date(2022, 10, 24)
    yield case("year_first_beside_iso", "TGL_LAHIR", [f"{born}"] * 3 + ["01-03-04"], [born] * 3 + [None], ".xls")
    yield case("year_behind", "TGL_GABUNG", ["24-10-22", "21-03-19", "13-05-21"],
               [joined, date(2019, 3, 21), date(2021, 5, 13)], ".txt")  # fmt: skip


def _off_by_seconds_or_hours(case: Make) -> Iterator[Case]:
    """Midnight by a program that is twelve seconds off; a day's hours in UTC, and hours of a night."""
    days = [date(2023, 9, 10 + n % 3) for n in range(12)]
    before = [datetime.combine(day, time(23, 59, 48)) for day in days]
    for ending, moments in ((".xlsx", before), (".xls", before), (".csv", [f"{moment}" for moment in before])):
        yield case(f"midnight_by_seconds_in_{ending[1:]}", "TGL_BAYAR", moments, "a program seconds off", ending)
    ends = [f"{day} 23:59:59" for day in days]
    yield case("ends_of_days", "TGL_BAYAR", ends, days, ".csv")
    hours = [0, 1, 3, 22, 2, 7, 23, 5, 0, 1, 6, 8]
    in_utc = [datetime.combine(day, time(hour, 7)) for day, hour in zip(days, hours, strict=True)]
    for ending, moments in ((".parquet", in_utc), (".csv", [f"{moment}" for moment in in_utc])):
        yield case(f"hours_in_utc_in_{ending[1:]}", "TGL_BAYAR", moments, "no time of day is from 10 to 22", ending)
    around = [moment.replace(hour=hour) for moment, hour in zip(in_utc, [*hours[:-1], 11], strict=True)]
    for name, hours in (("an_evening", [18, 19, 20, 21, 22, 19]), ("a_debit_at_midnight", [22, 23, 0])):
        evening = [datetime.combine(day, time(hours[n % len(hours)], 31)) for n, day in enumerate(days)]
        yield case(f"hours_of_{name}", "TGL_BAYAR", evening, days, ".xlsx")
    yield case("hours_of_a_day_and_a_night", "TGL_BAYAR", around, days, ".xlsx")


def _moments_in_utc(case: Make) -> Iterator[Case]:
    """Moments without a zone that may be midnight in Indonesia."""
    words = "midnight in Indonesia as UTC, another zone"
    born = [datetime.combine(date(1981 + n, 5, 9), time(16)) for n in range(4)]
    yield case("births_in_utc_without_a_zone", "TGL_LAHIR", born, words, ".parquet")
    yield case("births_in_utc_in_a_book", "TGL_LAHIR", born, words, ".xlsx")
    yield case("births_in_utc_in_an_old_book", "TGL_LAHIR", born, words, ".xls")
    paid = [f"2023-09-1{n} 17:00:00" for n in range(4)]
    yield case("payments_in_utc_without_a_zone", "TGL_BAYAR", paid, words, ".csv")
    yield case("agreements_in_utc_without_a_zone", "PKS_MULAI", ["09/05/2023 15.00"] * 3, words, ".txt")
    jakarta = [datetime.combine(date(2023, 9, 12), time(23))] * 3
    yield case("payments_at_midnight_on_a_computer_in_jakarta", "TGL_BAYAR", jakarta, words, ".xlsx")
    today = [datetime.combine(date(2023, 10, day), time(16)) for day in (8, 8, 6)]
    yield case("payments_at_four_today", "TGL_BAYAR", today, [moment.date() for moment in today], ".xlsx",
               day=date(2023, 10, 8), branch="NTB05")  # fmt: skip
    yield from _off_by_seconds_or_hours(case)
    yield case("payments_of_an_afternoon", "TGL_BAYAR", ["2023-09-13 16:00:00", "2023-09-13 16:05:10"],
               [date(2023, 9, 13)] * 2, ".csv")  # fmt: skip
