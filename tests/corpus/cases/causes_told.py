"""What is told by its cause: days of two weeks, remarks below rows, numbers of answers, headings of months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from corpus.case import Case
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from days_of_two_weeks()
    yield from remarks_below()
    yield from numbers_of_answers()
    yield from headings_of_months()


def days_of_two_weeks() -> Iterator[Case]:
    """The list of an early month: in the other order its days lie over months, each on one day of them."""
    for name, form, branch in (("day", "%d/%m/%Y", "NTB02"), ("month", "%m/%d/%Y", "NTB03")):
        days = [date(2023, 10, 2 + n % 9) for n in range(27)]
        rows = [with_cell(payment(n), "TGL_BAYAR", f"{day:{form}}") for n, day in enumerate(days, start=1)]
        rows = [with_cell(row, "KODE_CABANG", branch) for row in rows]
        read = {n: {"payment_date": day} for n, day in enumerate(days, start=2)}
        yield Case(f"two_weeks_{name}_first", ".csv", text(rows, delimiter=";").encode(), 27, branch=branch,
                   day=date(2023, 10, 10), rows=read)  # fmt: skip
        yield Case(f"two_weeks_{name}_first_xlsx", ".xlsx", xlsx([PAYMENTS, *rows]), 27, branch=branch,
                   day=date(2023, 10, 11), rows=read)  # fmt: skip
    two = [with_cell(with_cell(payment(n), "TGL_BAYAR", f"{8 + n % 2:02d}/10/2023"), "KODE_CABANG", "NTB02") for n in
           range(1, 9)]  # fmt: skip
    yield Case("two_days_either_way", ".csv", text(two).encode(), refused="cannot be told apart", branch="NTB02",
               day=date(2023, 10, 12))  # fmt: skip


def remarks_below() -> Iterator[Case]:
    """A remark that names a card comes back with its cause, and the row above it is none of it."""
    remark = "NB: KPJ 28761700916 mohon dibaca 3 bulan, uangnya sudah masuk semua. Tks\n"
    rows = [payment(n) for n in range(1, 5)]
    for extension, delimiter in ((".csv", ","), (".tsv", "\t")):
        content = (text(rows, delimiter=delimiter) + remark.replace(",", " ")).encode()
        yield Case(f"remark_below{extension.replace('.', '_')}", extension, content, 4, (6,), rules={6: "row_readable"})
    torn = text(rows[:2]).rstrip("\n").removesuffix("PESERTA") + "PESE\nRTA\n"
    yield Case("payer_torn", ".csv", torn.encode(), 1, (3, 4), rules={3: "row_readable", 4: "row_readable"})


def numbers_of_answers() -> Iterator[Case]:
    rows = [with_cell(person(n), "JENIS_PEKERJAAN", str(1 + 7 * n % 10), PEOPLE) for n in range(1, 9)]
    lines = tuple(range(2, 10))
    of = {"feed": "registrations", "rules": dict.fromkeys(lines, "occupation_not_coded")}
    yield Case("work_by_numbers", ".csv", text(rows, PEOPLE, ";").encode(), 0, lines, **of)
    yield Case("work_by_numbers_xlsx", ".xlsx", xlsx([PEOPLE, *rows]), 0, lines, **of)
    few = [*rows[:2], *(person(n) for n in range(3, 9))]
    yield Case("work_by_number_of_two", ".csv", text(few, PEOPLE).encode(), 6, (2, 3), feed="registrations",
               rules=dict.fromkeys((2, 3), "cells_not_moved"))  # fmt: skip


def headings_of_months() -> Iterator[Case]:
    """Headings between the rows, of which one names another month than the rows below it."""
    said = "line 2 names another month than BULAN_AWAL on all rows below it"
    tables = {month: _grouped(month) for month in ("Agustus", "September")}
    yield Case("heading_of_another_month", ".xls", xls([PAYMENTS, *tables["Agustus"]]), 6, not_data=(2, 6), reason=said)
    content = text(tables["Agustus"], delimiter=";").encode()
    yield Case("heading_of_another_month_csv", ".csv", content, 6, not_data=(2, 6), reason=said)
    yield Case("headings_of_their_months", ".xlsx", xlsx([PAYMENTS, *tables["September"]]), 6, not_data=(2, 6), said="")
    blank = [""] * (len(PAYMENTS) - 1)
    sums = [
        ["Jumlah iuran Agustus 2023", *blank],
        *(payment(n) for n in (4, 5)),
        ["Jumlah iuran September 2023", *blank],
    ]
    august = [with_cell(payment(n), "BULAN_AWAL", "2023-08") for n in (1, 2, 3)]
    feet = text([*august, *sums], delimiter="\t").encode()
    yield Case("feet_of_months", ".tsv", feet, 5, not_data=(5, 8), said="")


def _grouped(month: str) -> list[Cells]:
    blank = [""] * (len(PAYMENTS) - 1)
    rows = [payment(n) for n in range(1, 7)]
    above = [with_cell(with_cell(row, "BULAN_AWAL", "2023-07"), "JUMLAH_BULAN", "2") for row in rows[3:]]
    paid = [with_cell(row, "JUMLAH_IURAN", "73600") for row in above]
    return [[f"Iuran bulan {month} 2023", *blank], *rows[:3], ["Iuran bulan Juli s.d. Agustus 2023", *blank], *paid]
