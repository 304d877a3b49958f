"""Forms of columns of dates: each kind of trouble in other feeds and containers than where it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from corpus.case import Case
from corpus.files import PAYMENTS, PEOPLE, parquet, payment, text, with_cell, xls, xlsx

ROSTER = [
    "KODE_PERISAI", "KODE_CABANG", "NAMA_PERISAI", "KODE_KAB_KOTA", "TGL_GABUNG", "STATUS", "KODE_WADAH", "NAMA_WADAH",
    "NO_PKS", "SKEMA", "PKS_MULAI", "PKS_AKHIR",
]  # fmt: skip
CLAIMS = [
    "NO_KLAIM", "KODE_CABANG", "KPJ", "PROGRAM_KLAIM", "JENIS_MANFAAT", "STATUS_KLAIM", "TGL_PENGAJUAN", "TGL_STATUS",
    "NILAI_KLAIM",
]  # fmt: skip
BRANCH = "STG01"
FIRST_DAY = date(2023, 9, 16)
HEADERS = {"contributions": PAYMENTS, "registrations": PEOPLE, "agents": ROSTER, "claims": CLAIMS}
COLUMNS = {
    "TGL_BAYAR": ("contributions", "payment_date"),
    "BULAN_AWAL": ("contributions", "first_month"),
    "TGL_LAHIR": ("registrations", "birth_date"),
    "TGL_DAFTAR": ("registrations", "registration_date"),
    "PKS_MULAI": ("agents", "pks_from"),
    "TGL_GABUNG": ("agents", "joined_date"),
    "TGL_STATUS": ("claims", "status_date"),
    "TGL_PENGAJUAN": ("claims", "submitted_date"),
}
DAYS = {feed: count() for feed in HEADERS}
JAYAPURA = timezone(timedelta(hours=9))


def row(feed: str, n: int) -> list[Any]:
    """A row of the branch that every contract accepts."""
    if feed == "contributions":
        return with_cell(payment(n), "KODE_CABANG", BRANCH)
    if feed == "registrations":
        return [
            f"REG-{n:07d}", BRANCH, "2023-09-13", f"5201015005{81 + n % 15:02d}{n:04d}", f"{n:011d}",
            f"Peserta Contoh {n:03d}",
            f"{1981 + n % 15}-05-10", "P", "", "Pedagang", "5271", "3", "1000000", "AB00001",
        ]  # fmt: skip
    if feed == "claims":
        return [
            f"KLM-{n:05d}",
            BRANCH,
            f"{n:011d}",
            "JHT",
            "SALDO_JHT",
            "Diajukan",
            "2023-05-02",
            "2023-09-13",
            "500000",
        ]
    return [
        f"AB{n:05d}", BRANCH, f"Agen {chr(65 + n % 26)} Contoh", "7271", "2020-01-02", "AKTIF", "W00001",
        "Wadah Contoh", "PKS/001/2023",
        "perisai-13-2022", "2023-01-02", "2026-12-31",
    ]  # fmt: skip


def case(
    name: str,
    header: str,
    values: Sequence[Any],
    meant: Sequence[date | None] | str,
    extension: str,
    *,
    beside: Mapping[str, Sequence[Any]] = MappingProxyType({}),
    **delivered: Any,
) -> Case:
    """A file in which one column holds ``values``, and the dates that they mean; None for a row that is rejected.

    ``beside`` has what other columns hold; branch, day and the like are those of ``Case``.
    """
    feed, column = COLUMNS[header]
    at = HEADERS[feed]
    rows = [row(feed, n) for n, _ in enumerate(values, start=1)]
    delivered = {"feed": feed, "branch": BRANCH} | delivered
    delivered.setdefault("day", FIRST_DAY + timedelta(next(DAYS[feed])))
    if header == "TGL_LAHIR" and not isinstance(meant, str):  # the NIK of women who were born on these days
        born = [day or date(1981, 5, 10) for day in meant]
        niks = [f"520101{day.day + 40}{day:%m%y}{n:04d}" for n, day in enumerate(born, start=1)]
        beside = {"NIK": niks, **beside}
    for name_of, cells in {"KODE_CABANG": [delivered["branch"]] * len(rows), header: values, **beside}.items():
        rows = [with_cell(cells_of, name_of, cell, at) for cells_of, cell in zip(rows, cells, strict=True)]
    content = {
        ".csv": lambda: text(rows, at).encode(),
        ".txt": lambda: text(rows, at, ";", "\r\n").encode("utf-16"),
        ".xlsx": lambda: xlsx([at, *rows]),
        ".xls": lambda: xls([at, *rows]),
        ".parquet": lambda: parquet(dict(zip(at, map(pa.array, zip(*rows, strict=True)), strict=True))),
    }[extension]()
    if isinstance(meant, str):
        return Case(f"dates_{name}", extension, content, refused=meant, **delivered)
    rejected = {line: f"{column}_readable" for line, day in enumerate(meant, start=2) if day is None}
    kept = {line: {column: day} for line, day in enumerate(meant, start=2) if day}
    return Case(f"dates_{name}", extension, content, len(kept), tuple(rejected), rows=kept, rules=rejected, **delivered)


def cases() -> Iterator[Case]:  # noqa: PLR0915 (a table)
    for days in DAYS:
        DAYS[days] = count()
    fifth, thirteenth, month = date(2023, 9, 5), date(2023, 9, 13), date(2023, 9, 1)
    births = [date(1981 + n, 9, 5) for n in range(9)]
    official = [f"{day:%d-%m-%Y}" for day in births]
    # one typo in a column of the official form
    yield case("births_with_one_typo", "TGL_LAHIR", [*official, "05-13-1981"], [*births, None], ".txt")
    yield case("payments_with_one_typo", "TGL_BAYAR", ["05.09.2023"] * 9 + ["05.13.2023"], [fifth] * 9 + [None], ".xls")
    yield case("roster_with_one_typo", "TGL_GABUNG", ["05-09-2022"] * 9 + ["05-31-2022"],
               [date(2022, 9, 5)] * 9 + [None], ".parquet")  # fmt: skip
    yield case("short_years_with_one_typo", "TGL_STATUS", ["05-09-23"] * 9 + ["35-09-23"], [fifth] * 9 + [None], ".csv")
    yield case("serials_with_a_word", "TGL_BAYAR", [*["45174"] * 9, "kemarin"], [fifth] * 9 + [None], ".txt")
    yield case("a_slash_among_iso", "TGL_BAYAR", ["2023-09-05"] * 9 + ["05/09/2023"], [fifth] * 9 + [None], ".csv")
    # the whole column in the other order
    swapped = [f"{day:%m-%d-%Y}" for day in births]
    yield case("births_month_first", "TGL_LAHIR", [*swapped, *["09-25-1981"] * 5],
               [*births, *[date(1981, 9, 25)] * 5], ".xlsx")  # fmt: skip
    yield case("payments_month_first_shown_by_one", "TGL_BAYAR", ["09-05-2023"] * 9 + ["09-13-2023"],
               [fifth] * 9 + [thirteenth], ".csv")  # fmt: skip
    yield case("slashes_of_one_day", "TGL_BAYAR", ["05/09/2023"] * 9, "cannot be told apart", ".xlsx")
    yield case(
        "slashes_with_one_typo", "TGL_BAYAR", ["05/09/2023"] * 9 + ["05/13/2023"], "cannot be told apart", ".csv"
    )
    # two forms
    both = ["13/09/2023", "05/09/2023", "09/13/2023"] * 4
    yield case("two_orders_of_payments", "TGL_BAYAR", both, "line 2 has the form DD/MM/YYYY, line 4 the form", ".txt")
    mixed = [*official, *["09/25/1981"] * 5]
    yield case("two_forms_of_births", "TGL_LAHIR", mixed, "line 11", ".xlsx")
    mixed = ["14-09-2022", "03-09-2022"] * 5 + ["09-14-2022", "09-03-2022"] * 5
    yield case("two_orders_of_a_roster", "TGL_GABUNG", mixed, "line 2 has the form DD-MM-YYYY, line 12", ".parquet")
    # three that contradict many others come from another computer, with dates that do not tell
    mixed = ["14-09-2022"] * 40 + ["09-14-2022", "09-03-2022"] * 3
    yield case("few_of_another_order", "TGL_GABUNG", mixed, "line 2 has the form DD-MM-YYYY, line 42", ".xlsx")
    mixed = ["13.02.2023"] * 3 + ["02.03.2023", "02.27.2023"] * 20
    yield case("few_at_the_top_of_another_order", "TGL_BAYAR", mixed, "line 2 has the form DD.MM.YYYY, line 6", ".txt")
    odd = [f"{day:%m-%d-%Y}" for day in (date(1981, 5, 13), date(1981, 9, 25), date(1981, 9, 5))]
    slashes = [date(1981 + n % 15, 5, 13 + n // 15) for n in range(60)]
    yield case("odd_separator_of_another_order", "TGL_LAHIR", [*(f"{day:%d/%m/%Y}" for day in slashes), *odd],
               [*slashes, None, None, None], ".csv")  # fmt: skip
    serials = ["45174"] * 5 + ["05-09-2023"] * 5
    yield case("serials_beside_texts", "TGL_STATUS", serials, "line 2 has the form 45199", ".txt")
    # years of two digits
    yield case("year_first_of_payments", "TGL_BAYAR", ["23-09-13", "23-09-12"] * 3, "two digits stands first", ".csv")
    yield case("year_first_of_births", "TGL_LAHIR", ["81-05-10", "95/05/10", "01-05-10"], "stands first", ".xlsx")
    yield case("year_first_of_agreements", "PKS_MULAI", ["24-01-15"] * 3, "two digits stands first", ".txt")
    yield case(
        "agreements_ahead", "PKS_MULAI", ["15/01/24", "01-02-24"], [date(2024, 1, 15), date(2024, 2, 1)], ".xlsx"
    )
    yield case("short_births", "TGL_LAHIR", ["10-05-81", "10-05-99", "10-05-05"],
               [date(1981, 5, 10), date(1999, 5, 10), date(2005, 5, 10)], ".xlsx")  # fmt: skip
    # days and months exchanged
    true = [date(1981 + n, 5, 9) for n in range(5)]
    yield case("exchanged_births", "TGL_LAHIR", [*true, *["17/09/1981"] * 3], "exchanged day and month", ".xlsx")
    exchanged = ["2023-07-09", "2023-08-09", "2023-01-09"] * 2 + ["17-09-2023"] * 4
    yield case("exchanged_in_text", "TGL_BAYAR", exchanged, "exchanged day and month", ".csv")
    yield case("exchanged_serials", "TGL_BAYAR", ["45116"] * 4 + ["17/09/2023"] * 4, "exchanged day and month", ".txt")
    yield case("exchanged_statuses", "TGL_STATUS", [date(2023, 5, 9)] * 4 + ["13/09/2023"] * 2, "exchanged", ".xls")
    yield case("one_exchanged_birth", "TGL_LAHIR", [true[0], *["17/09/1981"] * 6], "exchanged day and month", ".xls")
    yield case(
        "two_exchanged_joins", "TGL_GABUNG", ["2022-05-09", "2022-06-09", *["17/09/2021"] * 3], "exchanged", ".csv"
    )
    few = ["2023-03-02"] * 2 + ["2023-08-04"] * 2 + ["17-09-2023"] * 4
    yield case("exchanged_of_which_few_agree", "TGL_BAYAR", few, "exchanged day and month", ".xlsx")
    yield case("a_true_date_beside_texts", "TGL_BAYAR", [fifth] + ["13/09/2023"] * 6,
               [fifth] + [thirteenth] * 6, ".xls")  # fmt: skip
    yield case("true_dates_beside_texts", "TGL_BAYAR", [fifth] * 5 + ["13/09/2023"] * 3,
               [fifth] * 5 + [thirteenth] * 3, ".xlsx")  # fmt: skip
    # moments
    utc = [datetime(2023, 9, 12, hour, 30, tzinfo=UTC) for hour in (15, 16)]
    yield case("moments_in_utc", "TGL_BAYAR", utc, [date(2023, 9, 12), thirteenth], ".parquet")
    midnight = [datetime(1981, 5, 10, tzinfo=JAYAPURA), datetime(1982, 5, 10, tzinfo=JAYAPURA)]
    born = [date(1981, 5, 10), date(1982, 5, 10)]
    yield case("births_at_midnight_of_papua", "TGL_LAHIR", midnight, born, ".parquet")
    yield case("births_at_midnight_in_text", "TGL_LAHIR", ["1981-05-09T15:00:00.000Z", "1982-05-09T15:00:00.000Z"],
               born, ".csv")  # fmt: skip
    yield case("births_before_1964", "TGL_LAHIR", ["1962-05-09T16:30:00Z", "1981-05-09T17:00:00Z"],
               [date(1962, 5, 10), date(1981, 5, 10)], ".txt")  # fmt: skip
    yield case("stamps_of_a_browser", "TGL_STATUS", ["13/9/2023, 14.05.33", "5/9/2023, 08.00.00"],
               [thirteenth, fifth], ".txt")  # fmt: skip
    yield case("stamps_with_a_half_day", "TGL_DAFTAR", ["2023-09-13 11:30:00 PM WIB", "09/13/2023 1:05 PM"],
               [date(2023, 9, 14), thirteenth], ".csv")  # fmt: skip
    yield case("midnight_in_utc_as_written", "TGL_DAFTAR", ["2023-09-13T00:00:00.000Z"] * 3, [thirteenth] * 3, ".csv")
    # months that a spreadsheet made of 2023-09
    yield case("months_in_english", "BULAN_AWAL", ["Sep-23", "Aug-23", "May-23"],
               [month, date(2023, 8, 1), date(2023, 5, 1)], ".txt")  # fmt: skip
    yield case("months_in_indonesian", "BULAN_AWAL", ["Sep-23", "Agu-23", "Mei 2023", "Oktober 2023"],
               [month, date(2023, 8, 1), date(2023, 5, 1), date(2023, 10, 1)], ".xlsx")  # fmt: skip
    yield case("months_as_true_dates", "BULAN_AWAL", [month, month], [month] * 2, ".xlsx")
    yield case("months_year_first", "BULAN_AWAL", ["23-Sep", "23-Agu"], [month, date(2023, 8, 1)], ".parquet")
    yield case("months_or_days", "BULAN_AWAL", ["2023-09", "23-Sep", "05-Sep"], [month, None, None], ".csv")
    yield case("months_as_numbers", "BULAN_AWAL", [2023.09, 2023.1], [month, None], ".xlsx")
