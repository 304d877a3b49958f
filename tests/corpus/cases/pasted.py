"""Columns that were sorted or cut out of others, rows that were pasted again or switched off, odd days and signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import columns
from corpus.cases.date_forms import BRANCH, CLAIMS, row
from corpus.files import PAID, PAYMENTS, PEOPLE, ROWS, STANDARD, Cells, payment, person, text, with_cell, xls, xlsx

Write = Callable[[Sequence[Cells]], tuple[str, bytes]]
WRITTEN: tuple[Write, ...] = (
    lambda rows: (".csv", text(rows, PEOPLE).encode()),
    lambda rows: (".txt", text(rows, PEOPLE, "|").encode("utf-16")),
    lambda rows: (".xlsx", xlsx([PEOPLE, *rows])),
    lambda rows: (".xls", xls([PEOPLE, *rows])),
    lambda rows: (".parquet", columns(rows, PEOPLE)),
)
"""Ways to write registrations."""
INCOMES = [1_000_000, 1_250_000, 1_500_000, 1_750_000, 2_000_000, 2_500_000]


def cases() -> Iterator[Case]:
    yield from _incomes()
    yield from _again()
    yield from _cut_out()
    yield from _switched_off()
    yield from _weekdays()
    yield from _line_signs()
    yield from _parts()
    yield from _notes()
    yield from _exchanged()


def _incomes() -> Iterator[Case]:
    """Incomes in order beside numbers in order; not where the table was sorted by income, or by neither."""
    alone, rule = [str(INCOMES[n // 3]) for n in range(18)], "declared_income_not_sorted_alone"
    for n, write in enumerate(WRITTEN):
        incomes = alone[:: -1 if n == 1 else 1]
        rows = [with_cell(person(n), "UPAH", income, PEOPLE) for n, income in enumerate(incomes, start=1)]
        extension, content = write(rows)
        trouble = f"incomes_sorted_alone_{extension[1:]}"
        yield Case(trouble, extension, content, 18, feed="registrations", warned={rule: 18})
    mixed = [with_cell(person(n), "UPAH", alone[n * 5 % 18], PEOPLE) for n in range(1, 18)]
    by_income = sorted(mixed, key=lambda cells: cells[12])
    for trouble, rows in (("incomes_in_no_order", mixed), ("table_sorted_by_income", by_income)):
        yield Case(trouble, ".csv", text(rows, PEOPLE).encode(), 17, feed="registrations", warned={rule: 0})


def _again() -> Iterator[Case]:
    """Rows that were pasted again under new numbers."""
    for write in WRITTEN:
        rows = [person(n) for n in range(1, 6)]
        rows += [with_cell(each, "NO_REGISTRASI", f"REG-1{n}", PEOPLE) for n, each in enumerate(rows[1:4])]
        extension, content = write(rows)
        told = {"person_registered_once": 6}
        yield Case(f"people_pasted_again_{extension[1:]}", extension, content, 8, feed="registrations", warned=told)


def _cut_out() -> Iterator[Case]:
    """Cards that are digits of the NIK beside them."""
    for write in WRITTEN:
        rows = [person(n) for n in range(1, 6)]
        cut = [with_cell(each, "KPJ", each[3][:11] if n else each[3][5:], PEOPLE) for n, each in enumerate(rows[:2])]
        extension, content = write([*cut, *rows[2:]])
        rules = dict.fromkeys((2, 3), "kpj_not_of_nik")
        trouble = f"cards_cut_out_of_nik_{extension[1:]}"
        yield Case(trouble, extension, content, 3, (2, 3), feed="registrations", rules=rules)


def _switched_off() -> Iterator[Case]:
    """Numbers of documents before which somebody put signs, so that the row should not count."""
    for sign in ("//", "--", "..", "-"):
        name = {"//": "slashes", "--": "dashes", "..": "points", "-": "a_dash"}[sign]
        off = [with_cell(ROWS[0], "NO_BUKTI", f"{sign}PAY-0000001"), *ROWS[1:]]
        content, rules = text(off, delimiter=";").encode(), {2: "receipt_no_form"}
        yield Case(f"payment_off_by_{name}", ".csv", content, 2, (2,), rules=rules)
        people = [with_cell(person(1), "NO_REGISTRASI", f"{sign}REG-0000001", PEOPLE), person(2)]
        rules = {2: "registration_no_form"}
        book = xlsx([PEOPLE, *people])
        yield Case(f"person_off_by_{name}", ".xlsx", book, 1, (2,), feed="registrations", rules=rules)
        claims = [with_cell(row("claims", 1), "NO_KLAIM", f"{sign}KLM-00001", CLAIMS), row("claims", 2)]
        content, rules = text(claims, CLAIMS, "\t").encode(), {2: "claim_no_form"}
        more: dict[str, Any] = {"feed": "claims", "branch": BRANCH, "rules": rules}
        yield Case(f"claim_off_by_{name}", ".tsv", content, 1, (2,), **more)


def _weekdays() -> Iterator[Case]:
    """Dates with the name of their day: one of another day is wrong in one of both."""
    said = ["Rabu, 13 September 2023", "Jum'at, 13 September 2023", "Kamis, 14-Sep-2023", "Thursday, 14 Sept 2023"]
    rows = [with_cell(payment(n), "TGL_BAYAR", day) for n, day in enumerate(said, start=1)]
    days = {2: date(2023, 9, 13), 4: date(2023, 9, 14), 5: date(2023, 9, 14)}
    read = {line: {"payment_date": day} for line, day in days.items()}
    told = {3: "payment_date_readable"}
    content = text(rows, delimiter="\t").encode()
    yield Case("weekday_of_another_date", ".tsv", content, 3, (3,), rules=told, rows=read)
    born = ["Sabtu, 10 Mei 1980", "Sunday, 10 May 1981", "Senin, 10 Mei 1982", "Selasa, 10 Mei 1983"]
    people = [with_cell(person(n + 1), "TGL_LAHIR", day, PEOPLE) for n, day in enumerate(born)]
    people = [with_cell(each, "NIK", f"5201015005{80 + n}{n + 1:04d}", PEOPLE) for n, each in enumerate(people)]
    book = xlsx([PEOPLE, *people[:2], people[3]])
    yield Case("weekdays_of_births", ".xlsx", book, 3, feed="registrations")
    wrong = [people[0], people[1], with_cell(people[2], "TGL_LAHIR", "Rabu, 10 Mei 1982", PEOPLE), people[3]]
    content = text(wrong, PEOPLE, ";").encode()
    rules = {4: "birth_date_readable"}
    yield Case("weekday_of_another_birth", ".csv", content, 3, (4,), feed="registrations", rules=rules)


def _line_signs() -> Iterator[Case]:
    """Signs that end a line in other programs are blanks inside a name."""
    for n, write in enumerate(WRITTEN[:2]):
        names = ["Siti\x0bAminah", "Siti\u2028Aminah", "Siti\x0cAminah", "Siti \u2029Aminah"]
        rows = [person(n, name) for n, name in enumerate(names, start=1)]
        extension, content = write(rows)
        read = {line: {"full_name": "Siti Aminah"} for line in range(2, 6)}
        yield Case(f"line_signs_in_names_{n}", extension, content, 4, feed="registrations", rows=read)


def _parts() -> Iterator[Case]:
    """The parts of a payment for its programmes stand beside the whole."""
    header = [*PAYMENTS, "IURAN_JKK", "Iuran JKM", "IURAN_JHT"]
    right, points = ["10000", "6800", "20000"], ["10.000", "6.800", "20.000"]
    for n, parts in enumerate((right, points)):
        rows = [[*cells, *parts] for cells in ROWS]
        wrong = [rows[0], [*rows[1][:9], "1000", *rows[1][10:]], [*rows[2][:7], "110300", *rows[2][8:]]]
        rules = dict.fromkeys((3, 4), "amount_is_sum_of_parts")
        for extension, write in {
            ".csv": lambda table: text(table, header, ";").encode(),
            ".xlsx": lambda table: xlsx([header, *table]),
            ".xls": lambda table: xls([header, *table]),
            ".parquet": lambda table: columns(table, header),
        }.items():
            trouble = f"parts_{n}_{extension[1:]}"
            yield Case(f"{trouble}_add_up", extension, write(rows), 3, rows=PAID)
            yield Case(f"{trouble}_differ", extension, write(wrong), 1, (3, 4), rules=rules)
    two = [[*payment(1)[:6], "2", "16800", "PESERTA", "10000", "6800", ""], [*ROWS[1], "", "6800", "20000"]]
    two += [[*with_cell(ROWS[2], "JUMLAH_IURAN", "-36800"), "-10000", "-6800", "-20000"]]
    yield Case("parts_without_jht_and_of_a_refund", ".csv", text(two, header).encode(), 3)


def _notes() -> Iterator[Case]:
    """Notes that take back or change a row of the table, which they name by its number."""
    refused = "some colour, mark or number do not count"
    said = ["Ralat: PAY-0000002 seharusnya Rp 42.800", "Bukti PAY-0000002 dibatalkan", "Kartu 00000000002 salah input"]
    for n, note in enumerate(said):
        below = f"{STANDARD}{note},,,,,,,,\n".encode()
        person_named: dict[str, Any] = {"accepted": 3, "rejected": (5,)}  # a number of somebody makes it data
        yield Case(f"note_below_names_a_row_{n}", ".csv", below, **(person_named if n == 2 else {"refused": refused}))
        above = xlsx([["LAPORAN IURAN"], [note], PAYMENTS, *ROWS])
        why = "were cancelled" if n == 2 else "were returned" if n == 1 else refused
        yield Case(f"note_above_names_a_row_{n}", ".xlsx", above, refused=why)
    people = xls([PEOPLE, *(person(n) for n in (1, 2, 3)), ["Catatan: NIK 5201015005820002 dobel"]])
    yield Case("note_below_names_a_person", ".xls", people, 3, (5,), feed="registrations")
    claims = text([row("claims", n) for n in (1, 2)], CLAIMS, "|") + "Catatan: KLM-00001 tidak jadi\n"
    more: dict[str, Any] = {"feed": "claims", "branch": BRANCH, "refused": refused}
    yield Case("note_below_names_a_claim", ".txt", claims.encode(), **more)
    plain = f"{STANDARD}Catatan: PAY-0000001 s.d. PAY-0000003 sudah dicocokkan,,,,,,,,\n".encode()
    yield Case("note_below_that_changes_nothing", ".csv", plain, 3, rows=PAID, not_data=(5,))


def _exchanged() -> Iterator[Case]:
    """Cards and phones that stand in each other's column on some rows, and a second table of what failed."""
    for write in WRITTEN:
        rows = [with_cell(person(n), "HANDPHONE", f"0812345{n:04d}", PEOPLE) for n in range(1, 7)]
        for at in (1, 4):
            rows[at][4], rows[at][8] = rows[at][8], "21305450007"
        extension, content = write(rows)
        rules = dict.fromkeys((3, 6), "kpj_not_phone")
        trouble = f"card_and_phone_of_some_rows_{extension[1:]}"
        yield Case(trouble, extension, content, 4, (3, 6), feed="registrations", rules=rules)
    for n, title in enumerate(["PEMBAYARAN GAGAL AUTODEBET", "Data duplikat", "Tidak valid", "Iuran ganda"]):
        table = [PAYMENTS, *ROWS[:2], [title], PAYMENTS, ROWS[2]]
        yield Case(f"second_table_of_what_failed_{n}", ".xlsx", xlsx(table), refused="rows below were cancelled")
        lines = "\n".join(";".join(cells) for cells in table)
        yield Case(f"second_list_of_what_failed_{n}", ".csv", lines.encode(), refused="rows below were cancelled")
    failed = xlsx([["Gagal upload"], PEOPLE, *(person(n) for n in (1, 2, 3))])
    yield Case("people_who_failed", ".xlsx", failed, feed="registrations", refused="rows below were cancelled")
    fine = xlsx([["Laporan iuran"], ["Tidak ada yang gagal"], PAYMENTS, *ROWS])
    yield Case("title_that_nothing_failed", ".xlsx", fine, 3)
    counted = f"Berhasil: 3; Gagal: 0, Duplikat: 2\n{STANDARD}".encode()
    yield Case("title_that_counts_what_failed", ".csv", counted, 3, rows={n + 1: each for n, each in PAID.items()})
