"""Titles, notes and names of sheets that say of the rows below that they are none, or of another time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, paid
from corpus.cases.unseen import named
from corpus.files import PAYMENTS, PEOPLE, ROWS, STANDARD, person, text, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    people: dict[str, Any] = {"feed": "registrations"}
    rows = [person(n) for n in (1, 2, 3)]
    told = "{} says that the rows below were cancelled, or are of a training"
    section = ["Pendaftaran yang dibatalkan (salah input):", *[""] * 13]
    yield Case("section_of_cancelled_people", ".xlsx", xlsx([PEOPLE, *rows[:2], section, rows[2]]),
               refused=told.format("line 4"), **people)  # fmt: skip
    content = ("DATA LATIHAN PETUGAS - JANGAN DIPROSES\n" + text(rows, PEOPLE, ";")).encode()
    yield Case("title_of_a_training", ".csv", content, refused=told.format("line 1"), **people)
    yield Case("sheet_of_cancelled_people", ".xlsx", named("BATAL", [PEOPLE, *rows]),
               refused=told.format("the sheet's name"), **people)  # fmt: skip
    content = ("Uji coba aplikasi;\n" + STANDARD.replace(",", ";")).encode()
    yield Case("payments_of_a_trial", ".csv", content, refused=told.format("line 1"))
    claims = xls([["Klaim yang dibatalkan"], CLAIMS, *(claim(n, 42_000_000) for n in (1, 2))])
    yield Case("claims_cancelled", ".xls", claims, refused=told.format("line 1"), feed="claims")
    roster = xlsx([["CONTOH PENGISIAN"], ROSTER, agent(1), agent(2)])
    yield Case("roster_of_a_sample", ".xlsx", roster, refused=told.format("line 1"), feed="agents")
    foot = text([*rows, ["Catatan: pendaftaran batal tidak ada", *[""] * 13]], PEOPLE).encode()
    yield Case("foot_of_cancelled_people", ".csv", foot, 3, not_data=(5,), **people)
    content = ("Termasuk yang dibatalkan bulan lalu: tidak ada\n" + text(rows, PEOPLE)).encode()
    yield Case("title_of_nothing_cancelled", ".csv", content, 3, **people)
    content = ("Kantor di seberang Balai Latihan Kerja\n" + text(rows, PEOPLE)).encode()
    yield Case("title_of_an_office", ".csv", content, 3, **people)

    period = "says that incomes are of a year, a week or a day"
    for n, title in enumerate(["UPAH adalah penghasilan setahun", "Catatan: gaji per tahun", "upah harian (Rp)"]):
        yield Case(f"incomes_of_a_year_{n}", ".xlsx", xlsx([[title], PEOPLE, *rows]), refused=period, **people)
    yield Case(
        "daily_report", ".csv", ("Laporan harian, data per hari ini\n" + text(rows, PEOPLE)).encode(), 3, **people
    )

    notes = ["baris contoh", "", "jangan diproses"]
    sample = text([[*row, note] for row, note in zip(rows, notes, strict=True)], [*PEOPLE, "KETERANGAN"]).encode()
    yield Case("sample_rows_csv", ".csv", sample, 1, (2, 4), rules=dict.fromkeys((2, 4), "row_readable"), **people)
    sample = xlsx([[*PAYMENTS, "KET"], *([*row, note] for row, note in zip(ROWS, notes, strict=True))])
    yield Case("sample_rows_xlsx", ".xlsx", sample, 1, (2, 4), rules=dict.fromkeys((2, 4), "row_readable"))
    names = ["CONTOH: BUDI SANTOSO", "Peserta Contoh", "Contoh Peserta", "(contoh) Peserta"]
    names += ["TES APLIKASI", "dummy satu", "ASDFGH", "Tesalonika", "Coba Peserta Contoh"]
    content = text([person(n, name) for n, name in enumerate(names, start=1)], PEOPLE).encode()
    samples = (2, 5, 6, 7, 8)
    rules = dict.fromkeys(samples, "full_name_no_sample")
    yield Case("people_of_a_sample", ".csv", content, 4, samples, rules=rules, **people)
    escaped = [r"MA\u0027RUF", "Andr\u00e9 Contoh", "Sya\ufb01ra", r"Ni \xe9"]
    content = text([person(n, name) for n, name in enumerate(escaped, start=1)], PEOPLE, "\t").encode()
    rules = dict.fromkeys((2, 4, 5), "full_name_letters_intact")
    yield Case("names_of_a_program", ".tsv", content, 1, (2, 4, 5), rules=rules, **people)
    yield from said_beside()

    early = "all dates are a year too early"
    late = [f"{day}/10/2022" for day in (13, 14, 21, 25)]
    content = text(paid(late, "TGL_BAYAR"), delimiter=";").encode()
    yield Case("payments_a_year_early", ".csv", content, refused=early, day=date(2023, 11, 23))
    moved = [with_cell(row, "TGL_DAFTAR", date(2022, 10, 13 + n), PEOPLE) for n, row in enumerate(rows)]
    yield Case("people_a_year_early", ".xlsx", xlsx([PEOPLE, *moved]), refused=early, day=date(2023, 11, 23), **people)
    some = text(paid(["2022-10-13", "2022-10-14", "2022-10-15", "2023-10-13"], "TGL_BAYAR")).encode()
    yield Case("some_payments_a_year_old", ".csv", some, 4, day=date(2023, 11, 24))


def said_beside() -> Iterator[Case]:
    """A remark or a note says that rows are other than they stand there."""
    remarks = ["ganda", "data dicoret", "tidak dipakai", "cancel", "cek kosong, tidak cair", "harusnya 36.800"]
    remarks += ["KPJ yg benar ada di berkas", "tunai", "lunas"]
    wrong = tuple(range(2, 9))
    for heading in ("KETERANGAN", ""):
        said = [[*row, remark] for row, remark in zip(paid(["36800"] * len(remarks)), remarks, strict=True)]
        name = f"remarks_of_other_rows{'' if heading else '_unnamed'}"
        rules = dict.fromkeys(wrong, "row_readable" if heading else "row_not_contradicted")
        yield Case(name, ".csv", text(said, [*PAYMENTS, heading]).encode(), 2, wrong, rules=rules)
    told = "line {} says that the rows below were cancelled"
    note = ["*) KPJ no. 1 dan no. 2 tertukar", *[""] * 8]
    above = text([note, PAYMENTS, *paid(["36800"] * 4)], note).encode()
    yield Case("note_of_exchanged_cards", ".csv", above, refused=told.format(1))
    legend = [["Kuning = masih menunggu, jangan dihitung dulu"], PAYMENTS, *paid([36_800] * 4)]
    yield Case("legend_of_rows_not_to_be_counted", ".xlsx", xlsx(legend), refused=told.format(1))
