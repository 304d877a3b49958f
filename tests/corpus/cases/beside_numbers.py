"""What the order of the documents' numbers tells: days mistyped among their neighbours, columns sorted alone, hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, claim
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xls, xlsx

FIRST = date(2023, 10, 2)
REGISTERED, SUBMITTED = "registration_date_beside_its_number", "submitted_date_beside_its_number"
PAID = "payment_date_beside_its_number"


def cases() -> Iterator[Case]:
    yield from days_among_neighbours()
    yield from days_of_another_month()
    yield from good_orders_of_days()
    yield from claims_submitted()
    yield from numbers_against_days()
    yield from births_and_work_sorted()
    yield from hours()


def days_among_neighbours() -> Iterator[Case]:
    """Receipts of two weeks: one day has a digit or a month of another, and the file need not be in order."""
    rows = _paid(_days(28), {8: "2023-10-12", 20: "2023-09-11"})
    of = {"day": date(2023, 10, 15), "warned": {PAID: 2}}
    yield Case("days_mistyped", ".xlsx", xlsx([PAYMENTS, *rows]), 28, branch="NTB02", **of)
    by_card = sorted(rows, key=lambda row: str(int(row[0][-2:]) * 7 % 29).zfill(2))
    moved = [with_cell(row, "KODE_CABANG", "NTB03") for row in by_card]
    yield Case("days_mistyped_by_card", ".csv", text(moved, delimiter=";").encode(), 28, branch="NTB03", **of)
    people = _people({8: "2023-10-12", 20: "2023-09-11"}, _days(28))
    yield Case("registrations_mistyped", ".csv", text(people, PEOPLE).encode(), 28, feed="registrations",
               day=date(2023, 10, 15), branch="NTB02", warned={REGISTERED: 2})  # fmt: skip


def days_of_another_month() -> Iterator[Case]:
    """A list of one day, in which a row or two are of another month."""
    rows = _paid([date(2023, 10, 16)] * 20, {0: "2023-09-16", 9: "2023-10-12"})
    yield Case("one_of_another_month", ".xls", xls([PAYMENTS, *rows]), 20, branch="NTB02",
               day=date(2023, 10, 16), warned={PAID: 1})  # fmt: skip
    people = _people({12: "2023-09-11", 15: "2023-10-01"}, [date(2023, 10, 17)] * 19)
    yield Case("registration_of_another_month", ".xlsx", xlsx([PEOPLE, *people]), 19, feed="registrations",
               branch="NTB02", day=date(2023, 10, 17), warned={REGISTERED: 1})  # fmt: skip


def good_orders_of_days() -> Iterator[Case]:
    """Two books of receipts, the first days of a month, papers that come late as they do, and another order."""
    books = _paid(_days(14)) + _paid(_days(14), first=5001)
    letters = [with_cell(row, "NO_BUKTI", f"B{row[0]}") for row in _paid(_days(14), first=15)]
    mixed = [row for pair in zip(_paid(_days(14)), letters, strict=True) for row in pair]
    begins = _paid([date(2023, 9, 29)] * 3 + [date(2023, 10, 2)] * 9)
    late = _paid(_days(20), {3: "2023-09-20", 7: "2023-09-27", 12: "2023-09-28", 18: "2023-10-01"})
    weekend = _paid(_days(20), {11: _days(20)[8].isoformat()})
    other = _paid([FIRST + timedelta(7 * n % 12) for n in range(24)])
    tables = {
        "two_books": books, "two_books_side_by_side": mixed, "first_of_a_month": begins,
        "late_papers": late, "days_late_by_a_weekend": weekend, "days_in_no_order": other,
    }  # fmt: skip
    for n, (name, rows) in enumerate(tables.items()):
        moved = [with_cell(row, "KODE_CABANG", "NTB04") for row in rows]
        yield Case(f"numbers_of_{name}", ".csv", text(moved).encode(), len(rows), branch="NTB04",
                   day=date(2023, 10, 20 + n), warned={PAID: 0})  # fmt: skip


def claims_submitted() -> Iterator[Case]:
    """Claims that are submitted on the day that they are entered, but for one; and those that take a day."""
    rule = "submitted_date_of_its_status"
    days = [f"2023-09-{n:02d}" for n in range(4, 16)]
    rows = [_claim(n, day, day) for n, day in enumerate(days, start=1)]
    one = [*rows[:7], _claim(8, "2023-08-11", days[7]), *rows[8:]]
    warned = {rule: 1, SUBMITTED: 1}
    yield Case("one_submitted_in_another_month", ".xlsx", xlsx([CLAIMS, *one]), 12, feed="claims", warned=warned)
    yield Case("one_submitted_before", ".csv", text(one, CLAIMS, ";").encode(), 12, feed="claims", warned=warned)
    usual = [_claim(n, day, str(date.fromisoformat(day) + timedelta(n % 3))) for n, day in enumerate(days, start=1)]
    yield Case("some_entered_later", ".csv", text(usual, CLAIMS).encode(), 12, feed="claims",
               warned={rule: 0, SUBMITTED: 0})  # fmt: skip


def numbers_against_days() -> Iterator[Case]:
    """The column of numbers was sorted from Z to A, and nothing else; and a list that is printed newest first."""
    rows = _paid(_days(20))
    turned = [with_cell(row, "NO_BUKTI", other[0]) for row, other in zip(rows, reversed(rows), strict=True)]
    warned = {"receipt_no_not_sorted_alone": 20, PAID: 0}
    of = {"day": date(2023, 10, 30), "branch": "NTB02"}
    yield Case("numbers_sorted_alone", ".xlsx", xlsx([PAYMENTS, *turned]), 20, warned=warned, **of)
    people = _people({}, _days(19))
    against = [
        with_cell(row, "NO_REGISTRASI", other[0], PEOPLE) for row, other in zip(people, people[::-1], strict=True)
    ]
    yield Case("registrations_sorted_alone", ".csv", text(against, PEOPLE).encode(), 19, feed="registrations",
               warned={"registration_no_not_sorted_alone": 19}, **of)  # fmt: skip
    newest = [with_cell(row, "KODE_CABANG", "NTB03") for row in reversed(rows)]
    yield Case("numbers_newest_first", ".csv", text(newest, delimiter="\t").encode(), 20, branch="NTB03",
               day=date(2023, 10, 30), warned={"receipt_no_not_sorted_alone": 0, PAID: 0})  # fmt: skip


def births_and_work_sorted() -> Iterator[Case]:
    """Columns of a person sorted by themselves, beside numbers that rise."""
    work = ["Buruh", "Guru", "Nelayan", "Ojek", "Petani", "Sopir", "Tukang"]
    kinds = sorted(work[n % 7] for n in range(19))
    by_work = [with_cell(_born(n, 7 * n % 19), "JENIS_PEKERJAAN", kind, PEOPLE) for n, kind in enumerate(kinds, 1)]
    by_age = [_born(n, n) for n in range(1, 16)]
    of = {"feed": "registrations"}
    yield Case("work_sorted_alone", ".xlsx", xlsx([PEOPLE, *by_work]), 19, **of,
               warned={"occupation_not_sorted_alone": 19, "birth_date_not_sorted_alone": 0})  # fmt: skip
    told = {"birth_date_not_sorted_alone": 15, "occupation_not_sorted_alone": 0}
    yield Case("births_sorted_alone", ".csv", text(by_age, PEOPLE, ";").encode(), 15, **of, warned=told)
    groups = [
        with_cell(row, "JENIS_PEKERJAAN", "Nelayan" if n < 9 else "Petani", PEOPLE) for n, row in enumerate(by_work)
    ]
    yield Case("work_in_two_groups", ".csv", text(groups, PEOPLE).encode(), 19, **of,
               warned={"occupation_not_sorted_alone": 0})  # fmt: skip


def hours() -> Iterator[Case]:
    """A clock of twelve hours, one of another zone, and what a branch may do early or late."""
    twelve, zone = "registered_at_of_24_hours", "registered_at_of_this_zone"
    day = ["08:10", "09:20", "10:05", "11:45", "12:30", "01:14", "02:02", "03:40", "03:55"]
    utc = ["00:19", "01:05", "02:40", "03:33", "04:50", "05:20", "06:15", "07:02", "07:59"]
    for name, times, warned in (
        ("of_twelve", day, {twelve: 4, zone: 0}),
        ("of_another_zone", utc, {twelve: 0, zone: 5}),
        ("of_an_office", [*day[:5], "13:14", "14:02", "15:40", "15:55"], {twelve: 0, zone: 0}),
        ("of_a_night", [*day[:5], "03:30", "19:10", "21:15", "22:40"], {twelve: 0, zone: 0}),
        ("of_none", ["00:00"] * 9, {twelve: 0, zone: 0}),
    ):
        rows = [[*person(n), time] for n, time in enumerate(times, start=1)]
        header = [*PEOPLE, "JAM_DAFTAR"]
        of = {"feed": "registrations", "warned": warned}
        yield Case(f"hours_{name}", ".csv", text(rows, header).encode(), 9, **of)
        if warned[twelve] + warned[zone]:
            yield Case(f"hours_{name}_xlsx", ".xlsx", xlsx([header, *rows]), 9, **of)


def _days(rows: int) -> list[date]:
    """Two payments a day."""
    return [FIRST + timedelta(n // 2) for n in range(rows)]


def _paid(days: Sequence[date], others: Mapping[int, str] | None = None, first: int = 1) -> list[Cells]:
    """Payments at NTB02 numbered by day, and the days that some have in truth, by their place."""
    said = [(others or {}).get(n, day.isoformat()) for n, day in enumerate(days)]
    rows = [with_cell(payment(n), "TGL_BAYAR", day) for n, day in enumerate(said, start=first)]
    return [
        with_cell(with_cell(row, "KODE_CABANG", "NTB02"), "KPJ", f"{7 * n % 97 + 5000 + n:011d}")
        for n, row in enumerate(rows, first)
    ]


def _people(others: Mapping[int, str], days: Sequence[date]) -> list[Cells]:
    said = [others.get(n, day.isoformat()) for n, day in enumerate(days)]
    rows = [with_cell(_born(n, 7 * n % 19), "TGL_DAFTAR", day, PEOPLE) for n, day in enumerate(said, start=1)]
    return [with_cell(row, "KODE_CABANG", "NTB02", PEOPLE) for row in rows]


def _born(n: int, year: int) -> Cells:
    row = with_cell(person(n), "NIK", f"5201015005{80 + year:02d}{n:04d}", PEOPLE)
    return with_cell(row, "TGL_LAHIR", f"{1980 + year}-05-10", PEOPLE)


def _claim(n: int, submitted: str, day: str) -> Cells:
    return with_cell(with_cell(claim(n, "42000000"), "TGL_PENGAJUAN", submitted, CLAIMS), "TGL_STATUS", day, CLAIMS)
