"""Values that look right and are not: dates exchanged beside right ones, signs, decimals, slipped births, repeats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim
from corpus.cases.unseen import named, saved
from corpus.files import PAYMENTS, PEOPLE, ROWS, Cells, parquet, payment, person, text, typed, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from exchanged_beside_right_ones()
    yield from without_minus()
    yield from three_decimals()
    yield from written_for_the_web()
    yield from slipped()
    yield from repeated_in_another_form()


def paid(*values: Any, at: str = "JUMLAH_IURAN") -> list[Cells]:
    """Payments with these values in a column."""
    return [with_cell(payment(n), at, value) for n, value in enumerate(values, start=1)]


def exchanged_beside_right_ones() -> Iterator[Case]:
    """A spreadsheet exchanged the days up to the 12th, and somebody mended the rest; all are true dates."""
    turned = [date(2023, month, 10) for month in (1, 2, 3, 4, 9, 11)]
    days = [*turned, date(2023, 9, 25), date(2023, 10, 13), date(2023, 9, 28)]
    told = "with day and month exchanged all lie shortly before the business date"
    people = [with_cell(person(n), "TGL_DAFTAR", day, PEOPLE) for n, day in enumerate(days, start=1)]
    yield Case(
        "early_days_exchanged_xlsx", ".xlsx", xlsx([PEOPLE, *people]), refused=told, feed="registrations",
        day=date(2023, 10, 14),
    )  # fmt: skip
    moved = [with_cell(typed(row), "TGL_BAYAR", day) for row, day in zip(paid(*[36800] * 9), days, strict=True)]
    yield Case(
        "early_days_exchanged_xls",
        ".xls",
        xls([PAYMENTS, *moved]),
        refused=told,
        branch="NTB02",
        day=date(2023, 10, 14),
    )
    status = [with_cell(claim(n, "42000000"), "TGL_STATUS", str(day), CLAIMS) for n, day in enumerate(days, start=1)]
    yield Case(
        "early_days_exchanged_csv", ".csv", text(status, CLAIMS).encode(), refused=told, feed="claims",
        day=date(2023, 10, 14),
    )  # fmt: skip
    late = [date(2023, 3, 9), date(2023, 5, 4), *(date(2023, 10, n) for n in range(1, 13))]
    waited = [with_cell(row, "TGL_BAYAR", str(day)) for row, day in zip(paid(*[36800] * 14), late, strict=True)]
    yield Case("some_payments_came_late", ".csv", text(waited).encode(), 14, day=date(2023, 10, 15))


def without_minus() -> Iterator[Case]:
    """Refunds whose amounts have no minus, told by titles, notes, names of sheets and columns; and signs all turned."""
    told = "says that payments were returned or cancelled"
    empty = [""] * 8
    notes = ["B. PENGEMBALIAN IURAN (dikembalikan kepada peserta)", "Refund:", "RETUR", "Pembatalan transaksi"]
    for n, note in enumerate(notes):
        table = [*ROWS[:2], [note, *empty], ROWS[2]]
        if n % 2:
            yield Case(f"section_of_refunds_{n}", ".xlsx", xlsx([PAYMENTS, *table]), refused=f"line 4 {told}")
        else:
            content = text(table, delimiter=";").encode()
            yield Case(f"section_of_refunds_{n}", ".csv", content, refused=f"line 4 {told}")
    title = f"DAFTAR PENGEMBALIAN IURAN BPU,,\n{text(ROWS)}".encode()
    yield Case("title_of_refunds", ".csv", title, refused=f"line 1 {told}")
    yield Case("sheet_of_refunds", ".xlsx", named("Refund", [PAYMENTS, *ROWS]), refused=f"sheet's name {told}")
    signed = [[*["Pengembalian"], *empty], *paid("-36800", "-36800", "36800")]
    yield Case("section_of_signed_refunds", ".csv", text(signed).encode(), 3, not_data=(2,))
    both = f"PENERIMAAN DAN PENGEMBALIAN IURAN,,\n{text(ROWS)}".encode()
    yield Case("title_of_payments_and_refunds", ".csv", both, 3)
    foot = text([*ROWS, ["Catatan: pengembalian bulan ini tidak ada", *empty]]).encode()
    yield Case("foot_of_refunds", ".csv", foot, 3, not_data=(5,))
    for n, name in enumerate(["D/K", "Debet/Kredit", "DK"]):
        rows = [[*row, "KDK"[at]] for at, row in enumerate(ROWS)]
        content = text(rows, [*PAYMENTS, name], ",;\t"[n]).encode()
        yield Case(f"column_of_sides_{n}", ".csv", content, refused="column 10 (J) says debit or credit")
    sides = [[*row, "DK"[row[7] == "36800"]] for row in paid("36800", "-36800")]
    yield Case("column_of_sides_beside_signs", ".xlsx", xlsx([[*PAYMENTS, "D/K"], *sides]), 2)
    remarks = ["", "refund", "Batal", "lunas", "REFUND ke peserta"]
    rows = [[*row, remark] for row, remark in zip(paid(*["36800"] * 4, "-36800"), remarks, strict=True)]
    rules = dict.fromkeys((3, 4), "row_readable")
    yield Case("remarks_of_refunds_csv", ".csv", text(rows, [*PAYMENTS, "KETERANGAN"]).encode(), 3, (3, 4), rules=rules)
    yield Case("remarks_of_refunds_xlsx", ".xlsx", xlsx([[*PAYMENTS, "KETERANGAN"], *rows]), 3, (3, 4), rules=rules)
    turned = paid(*["-36800"] * 6, "36800", "36800")
    lines = tuple(range(2, 10))
    signs = dict.fromkeys(lines, "amount_signs_kept")
    yield Case("signs_turned", ".csv", text(turned, delimiter=";").encode(), 0, lines, rules=signs)
    all_turned = columns(paid(*[-36800] * 12))
    yield Case("signs_all_turned", ".parquet", all_turned, refused="More than half of the amounts of the file")
    yield Case("some_refunds", ".csv", text(paid(*["-36800"] * 4, "36800", "36800")).encode(), 6)


def columns(rows: list[Cells]) -> bytes:
    return parquet({name: [row[at] for row in rows] for at, name in enumerate(PAYMENTS)})


def three_decimals() -> Iterator[Case]:
    """A point that became a comma looks like three decimals behind groups."""
    groups = ["1.840.000", "3.041,000", "36.800", "42.000.000", "168.000", "7.350.000,00"]
    claims = text([saved(n, amount) for n, amount in enumerate(groups, start=1)], CLAIMS, "\t").encode("utf-16")
    rule = {3: "amount_rp_in_one_form"}
    yield Case("a_point_became_a_comma", ".txt", claims, 5, (3,), feed="claims", rules=rule)
    english = [each.translate(str.maketrans(".,", ",.")) for each in groups]
    wages = [with_cell(person(n), "UPAH", wage, PEOPLE) for n, wage in enumerate(english, start=1)]
    income = {3: "declared_income_rp_in_one_form", 4: "declared_income_thousands_kept"}
    yield Case("a_comma_became_a_point", ".xlsx", xlsx([PEOPLE, *wages]), 4, (3, 4), feed="registrations", rules=income)
    alone = text(paid("110.400,000"), delimiter=";").encode()
    yield Case("a_point_became_a_comma_alone", ".csv", alone, 0, (2,), rules={2: "amount_rp_in_one_form"})


def written_for_the_web() -> Iterator[Case]:
    """Signs of HTML, and characters that look like a blank or a hyphen or like nothing."""
    numbers = ["PKS-1 2023", "PKS\u20111 2023", "PKS-1\u00a02023", "PKS-\u200b1  2023", "PKS\u00ad-1\u202f 2023"]
    names = ["Koperasi A & B", "Koperasi A &amp; B", "Koperasi  A &#38; B", "Koperasi\u00a0A & B", "Koperasi\nA & B"]
    rows = [agent(n, NO_PKS=a, NAMA_WADAH=b) for n, (a, b) in enumerate(zip(numbers, names, strict=True), start=1)]
    alike = each(range(2, 7), pks_no="PKS-1 2023", wadah_name="Koperasi A & B")
    yield Case("texts_of_the_web_xlsx", ".xlsx", xlsx([ROSTER, *rows]), 5, feed="agents", rows=alike)
    yield Case("texts_of_the_web_csv", ".csv", text(rows, ROSTER, ";").encode(), 5, feed="agents", rows=alike)
    said = ["Nur&#39;aini", "Jos&eacute; Contoh", "A &amp;amp; B", "Ade;Contoh"]
    people = [with_cell(person(n), "NAMA_LENGKAP", name, PEOPLE) for n, name in enumerate(said, start=1)]
    rules = dict.fromkeys((3, 4), "full_name_letters_intact")
    kept = {2: {"full_name": "Nur'aini"}, 5: {"full_name": "Ade;Contoh"}}
    content = text(people, PEOPLE).encode()
    yield Case("names_of_the_web", ".csv", content, 2, (3, 4), feed="registrations", rules=rules, rows=kept)


def slipped() -> Iterator[Case]:
    """A cell deleted with the others moved up: births of other people, which most NIK contradict."""
    people = [person(n) for n in range(1, 15)]
    births = [row[6] for row in people]
    moved = [with_cell(row, "TGL_LAHIR", births[min(at + (at > 1), 13)], PEOPLE) for at, row in enumerate(people)]
    refused = "more than half of the file"
    yield Case("births_moved_up", ".xlsx", xlsx([PEOPLE, *moved]), refused=refused, feed="registrations")
    seven = text(moved[:8], PEOPLE, ";").encode()
    lines = tuple(range(4, 10))
    rules = dict.fromkeys(lines, "birth_dates_in_their_rows")
    yield Case("births_moved_up_in_few_rows", ".csv", seven, 2, lines, feed="registrations", rules=rules)
    women = [with_cell(row, "JENIS_KELAMIN", "L", PEOPLE) for row in people[:6]]
    sex = tuple(range(2, 8))
    yield Case("sexes_of_others", ".csv", text(women, PEOPLE, "\t").encode(), 0, sex, feed="registrations")
    names = [with_cell(row, "NAMA_LENGKAP", f"Peserta {'CADB'[at % 4]}", PEOPLE) for at, row in enumerate(people)]
    four = [with_cell(row, "TGL_LAHIR", "1990-01-02", PEOPLE) if at < 4 else row for at, row in enumerate(names)]
    yield Case("some_births_differ", ".csv", text(four, PEOPLE).encode(), 14, feed="registrations")


def repeated_in_another_form() -> Iterator[Case]:
    """Rows sent twice, whose dates and amounts are written otherwise the second time."""
    first = [with_cell(with_cell(row, "TGL_BAYAR", "13-09-2023"), "JUMLAH_IURAN", "36.800") for row in ROWS]
    again = [with_cell(ROWS[0], "JUMLAH_IURAN", "Rp 36.800,00"), with_cell(first[1], "KPJ", f"'{ROWS[1][2]}")]
    content = text([*first, *again], delimiter=";").encode()
    yield Case("repeated_in_another_form_csv", ".csv", content, 3, duplicates=2)
    cells = [typed(ROWS[0]), ROWS[0], with_cell(ROWS[1], "TGL_BAYAR", "13 Sep 2023"), typed(ROWS[1]), ROWS[2]]
    yield Case("repeated_in_another_form_xlsx", ".xlsx", xlsx([PAYMENTS, *cells]), 3, duplicates=2)
    people = [person(1), with_cell(person(1), "UPAH", "1.000.000", PEOPLE), person(2)]
    yield Case("person_in_another_form", ".csv", text(people, PEOPLE).encode(), 2, duplicates=1, feed="registrations")
    differ = [ROWS[0], with_cell(ROWS[0], "JUMLAH_IURAN", "36.801"), ROWS[1]]
    rules = dict.fromkeys((2, 3), "receipt_no_unique")
    yield Case("repeated_with_another_amount", ".csv", text(differ, delimiter=";").encode(), 1, (2, 3), rules=rules)
