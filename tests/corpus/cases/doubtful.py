"""Files that may not be whole, or not the right ones, and tell so: by their numbering, totals, titles and groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, paid
from corpus.files import PAYMENTS, PEOPLE, payment, person, text, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from running()
    yield from shifted_up()
    yield from labels()
    yield from cut()
    yield from titles()
    yield from totals()


def running() -> Iterator[Case]:
    """A running number that jumps, repeats, or only begins anew."""
    rows = [payment(n) for n in range(1, 9)]
    forms: dict[str, tuple[list[int], str]] = {
        "jumps": ([1, 2, 3, 5, 6, 9, 10, 11], "the running number lacks the numbers 4, 7-8"),
        "begins_late": ([4, 5, 6, 7, 8, 9, 10, 11], "the running number lacks the numbers 1-3"),
        "repeats": ([1, 2, 3, 4, 4, 5, 6, 7], "the running number has twice the numbers 4"),
    }
    for n, (name, (numbers, told)) in enumerate(forms.items()):
        header = [("NO", "No.", "Nomor Urut")[n], *PAYMENTS]
        numbered = [[number, *row] for number, row in zip(numbers, rows, strict=True)]
        yield Case(f"number_{name}_csv", ".csv", text(numbered, header).encode(), 8, reason=told)
        yield Case(f"number_{name}_xlsx", ".xlsx", xlsx([header, *numbered]), 8, reason=told)
    people = [[n, *person(n)] for n in (1, 2, 3, 4, 6, 7)]
    content = xls([["Daftar"], ["NO", *PEOPLE], *people])
    told = "the running number lacks the numbers 5"
    yield Case("number_jumps_people", ".xls", content, 6, feed="registrations", reason=told)
    fine = [[1, 2, 3, 4, 1, 2, 3, 4], [8, 7, 6, 5, 4, 3, 2, 1], [5512, 5520, 5533, 5601, 6000, 6100, 6200, 6300]]
    for n, numbers in enumerate(fine):
        numbered = [[number, *row] for number, row in zip(numbers, rows, strict=True)]
        content = text(numbered, ["NO", *PAYMENTS]).encode()
        only = "Kolom tidak dikenal, diabaikan: kolom 1 (A) / unknown columns, ignored: 1 (A)"
        yield Case(f"number_that_is_well_{n}", ".csv", content, 8, reason=only, said=only)


def shifted_up() -> Iterator[Case]:
    """A cell was deleted, and those below it moved up: the last row lacks one."""
    people: dict[str, Any] = {"feed": "registrations"}

    def moved(rows: list[list[Any]], at: int, first: int) -> list[list[Any]]:
        column = [row[at] for row in rows]
        column = [*column[: first - 1], *column[first:], ""]
        return [[*row[:at], cell, *row[at + 1 :]] for row, cell in zip(rows, column, strict=True)]

    born = [date(1970 + n, 1 + n % 12, 1 + n % 28) for n in range(1, 13)]
    rows = [with_cell(person(n), "TGL_LAHIR", f"{day}", PEOPLE) for n, day in enumerate(born, start=1)]
    niks = [f"520101{day.day + 40:02d}{day:%m%y}{n:04d}" for n, day in enumerate(born, start=1)]
    rows = [with_cell(row, "NIK", nik, PEOPLE) for row, nik in zip(rows, niks, strict=True)]
    told = "only the last row (13) has nothing in {}"
    for n, name in enumerate(["TGL_LAHIR", "NIK"]):
        content = text(moved(rows, PEOPLE.index(name), 9), PEOPLE, ";").encode()
        rules = dict.fromkeys((10, 11, 12), "birth_dates_in_their_rows")
        yield Case(
            f"births_moved_up_{n}",
            ".csv",
            content,
            8,
            (10, 11, 12, 13),
            rules=rules,
            reason=told.format(name),
            **people,
        )
    content = xlsx([PEOPLE, *moved(rows, PEOPLE.index("NAMA_LENGKAP"), 4)])
    yield Case("names_moved_up", ".xlsx", content, 11, (13,), reason=told.format("NAMA_LENGKAP"), **people)
    cards = moved([payment(n) for n in range(1, 7)], PAYMENTS.index("KPJ"), 2)
    yield Case(
        "cards_moved_up", ".csv", text(cards).encode(), 5, (7,), reason="only the last row (7) has nothing in KPJ"
    )
    down = [*rows[:5], *[[*a[:6], b[6], *a[7:]] for a, b in zip(rows[5:], rows[4:], strict=False)]]
    rules = dict.fromkeys(range(7, 14), "birth_dates_in_their_rows")
    yield Case(
        "births_filled_from_above", ".csv", text(down, PEOPLE).encode(), 5, tuple(range(7, 14)), rules=rules, **people
    )


def labels() -> Iterator[Case]:
    """A code or a word on the first row of each group only, in any order."""
    people: dict[str, Any] = {"feed": "registrations"}

    def grouped(name: str, values: list[str], size: int, header: list[str] = PEOPLE) -> list[list[Any]]:
        rows = [person(n) for n in range(1, size * len(values) + 1)]
        return [with_cell(row, name, "" if n % size else values[n // size], header) for n, row in enumerate(rows)]

    codes = ["AB00007", "AB00003", "AB00005", "AB00001", "AB00002", "AB00009", "AB00004"]
    told = "each {} stands on one row only"
    content = xlsx([PEOPLE, *grouped("KODE_PERISAI", [*codes, *codes], 5)])
    yield Case("agents_of_groups_out_of_order", ".xlsx", content, refused=told.format("KODE_PERISAI"), **people)
    words = ["Nelayan", "Petani", "Ojek", "Pedagang", "Tukang", "Penjahit", "Sopir"]
    content = text(grouped("JENIS_PEKERJAAN", words * 2, 5), PEOPLE, ";").encode()
    yield Case("occupations_of_groups", ".csv", content, refused=told.format("JENIS_PEKERJAAN"), **people)
    perhaps = "below each {} stand rows without one"
    few = text(grouped("KODE_PERISAI", codes[:2], 3), PEOPLE).encode()
    yield Case("agents_of_two_groups", ".csv", few, 6, reason=perhaps.format("KODE_PERISAI"), **people)
    few = xls([PEOPLE, *grouped("JENIS_PEKERJAAN", words[:1], 4)])
    yield Case("one_occupation_for_all", ".xls", few, 4, reason=perhaps.format("JENIS_PEKERJAAN"), **people)
    some = [with_cell(person(n), "KODE_PERISAI", "AB00001" if n in (1, 2, 6) else "", PEOPLE) for n in range(1, 9)]
    yield Case("agents_of_some_people", ".csv", text(some, PEOPLE).encode(), 8, **people, said="")


def cut() -> Iterator[Case]:
    """Names that a program cut at one length."""
    people: dict[str, Any] = {"feed": "registrations"}
    names = ["Ani", "Budi Contoh", "Peserta Contoh Panjang Sekali", "Contoh Nama Yang Sangat Panjang", "Siti Contoh"]
    names += ["Muhammad Contoh Rahmatullah", "Putri Contoh Ayu Lestari", "Wayan Contoh", "Nama Contoh Panjang Benar"]
    rows = [person(n, name[:20]) for n, name in enumerate(names * 2, start=1)]
    told = "8 cells of NAMA_LENGKAP have 20 characters"
    yield Case("names_cut_csv", ".csv", text(rows, PEOPLE, ";").encode(), 18, reason=told, **people)
    yield Case("names_cut_xlsx", ".xlsx", xlsx([PEOPLE, *rows]), 18, reason=told, **people)
    roster = [agent(n, NAMA_PERISAI=name[:20]) for n, name in enumerate(names * 2, start=1)]
    told = told.replace("LENGKAP", "PERISAI")
    yield Case("names_of_agents_cut", ".csv", text(roster, ROSTER).encode(), 18, feed="agents", reason=told)
    whole = [person(n, name) for n, name in enumerate(names * 2, start=1)]
    yield Case("names_not_cut", ".csv", text(whole, PEOPLE).encode(), 18, said="", **people)


def titles() -> Iterator[Case]:
    """Titles of another day or month than the business date."""
    roster = [ROSTER, agent(1), agent(2)]
    stale = ["Daftar Perisai per 30 Juni 2023", "Posisi 30-06-2023", "PERIODE: JUNI 2023", "Keadaan s/d 30/06/2023"]
    for n, title in enumerate(stale):
        told = "line 1 tells of 2023-06-"
        content = xlsx([[title], *roster]) if n % 2 else f"{title}\n{text(roster[1:], ROSTER)}".encode()
        day = date(2023, 10, 16 + n)
        yield Case(f"roster_of_june_{n}", (".csv", ".xlsx")[n % 2], content, refused=told, feed="agents", day=day)
    fine = ["Daftar Perisai per 13 Oktober 2023", "Periode: Oktober", "Bulan 10/2023", "Dicetak per 30 Juni 2023"]
    fine += ["Periode: 01-10-2023 s/d 31-10-2023", "Iuran per bulan", "SK berlaku per 1 Januari 2020"]
    for n, title in enumerate(fine):
        content = f"{title}\n{text(roster[1:], ROSTER)}".encode()
        yield Case(f"roster_of_its_day_{n}", ".csv", content, 2, feed="agents", day=date(2023, 10, 20 + n), said="")
    payments = paid(["36800"] * 3)
    day = date(2023, 10, 23)
    content = ("Periode: September;\n" + text(payments, delimiter=";")).encode()
    told = "line 1 tells of 2023-09-01 to 2023-09-30, but the file is of 2023-10-23"
    yield Case("payments_of_september", ".csv", content, 3, reason=told, day=day)


def totals() -> Iterator[Case]:
    """Totals of rupiah, people or claims in a title or at the foot."""
    rows = paid(["36800"] * 3)
    wrong = {
        "Total: 153 peserta, Rp 2.570.400": "line {} tells of 153 rows, but the file has 3",
        "Jumlah Rp 2.570.400": "line {} tells of Rp 2570400 in total",
        "Jumlah peserta: 153": "line {} tells of 153 rows, but the file has 3",
        "Total penerimaan (3 peserta) = Rp. 2.570.400,-": "line {} tells of Rp 2570400 in total",
    }
    for n, (note, told) in enumerate(wrong.items()):
        bare = text(rows, delimiter=";")
        yield Case(f"total_above_{n}", ".csv", f"{note}\n{bare}".encode(), refused=told.format(1))
        yield Case(f"total_below_{n}", ".csv", f"{bare}{note}\n".encode(), refused=told.format(5))
        yield Case(f"total_below_xlsx_{n}", ".xlsx", xlsx([PAYMENTS, *rows, [note]]), refused=told.format(5))
    right = ["Total: 3 peserta, Rp 110.400", "Jumlah peserta: 3", "Total iuran s/d bulan lalu Rp 9.000.000"]
    for n, note in enumerate(right):
        content = f"{note}\n{text(rows, delimiter=';')}{note}\n".encode()
        yield Case(f"total_that_is_right_{n}", ".csv", content, 3, not_data=(6,))
    moves = [
        with_cell(claim(n, 42_000_000), "STATUS_KLAIM", said, CLAIMS)
        for n in (1, 2)
        for said in ("Diajukan", "Ditetapkan")
    ]
    content = f"Jumlah klaim: 2\n{text(moves, CLAIMS)}".encode()
    yield Case("claims_counted_once", ".csv", content, 4, feed="claims")
    content = f"Jumlah klaim: 22\n{text(moves, CLAIMS)}".encode()
    yield Case("claims_that_are_missing", ".csv", content, refused="line 1 tells of 22 rows", feed="claims")
