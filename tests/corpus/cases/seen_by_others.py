"""What one reads on the screen and a program does not: raised digits, red numbers, struck letters, a told count."""

from __future__ import annotations

import io
import quopri
from collections.abc import Iterator
from datetime import date
from typing import Any

import xlsxwriter
import xlwt
from corpus.case import Case
from corpus.cases.amounts import CLAIMS, claim
from corpus.cases.programs import page
from corpus.files import PAYMENTS, PEOPLE, ROWS, Cells, book_of, payment, person, text, with_cell, xlsx


def cases() -> Iterator[Case]:
    yield from pages()
    yield from counts()
    yield from runs()
    yield from mail()
    yield from of_a_mac()
    yield from shown_only()
    yield from shown_as_months()


def pages() -> Iterator[Case]:
    """Cells of a web page that show something else than their text, or than their number."""
    for tag in ("sup", "sub", "s", "del"):
        noted = claim(1, f"42000000<{tag}>1</{tag}>")
        content = page(CLAIMS, noted, claim(2, "7350000"))
        yield Case(f"page_with_{tag}", ".xls", content, refused="raised, lowered or struck text", feed="claims")
    styled = page(PAYMENTS, *ROWS).replace(b"<td>36800", b'<td style="text-decoration:line-through">36800', 1)
    yield Case("page_with_a_struck_cell", ".xls", styled, refused="raised, lowered or struck text")

    def numbered(number: str, shown: str, attribute: str = "x:num") -> bytes:
        content = page(PAYMENTS, *(with_cell(row, "JUMLAH_IURAN", "110.400") for row in ROWS))
        return content.replace(b"<td>110.400", f'<td {attribute}="{number}">{shown}'.encode(), 1)

    told = "another number than its stored value"
    unlike = [("-110400", "110.400"), ("110.4", "110,400"), ("110400", ""), ("110400.5", "110.400"), ("1x", "1")]
    for n, (number, shown) in enumerate(unlike):
        yield Case(f"page_of_another_number_{n}", ".xls", numbered(number, shown), refused=told)
    yield Case("page_of_another_number_sdval", ".xls", numbered("-110400", "110.400", "sdval"), refused=told)
    alike = [("110400", "110.400"), ("1.104E5", "Rp 110.400,-"), ("-110400", "(110.400)"), ("", "110.400")]
    for n, (number, shown) in enumerate(alike):
        content = numbered(number, shown).replace(b"<td>2023-09-13", b'<td x:num="45182">2023-09-13', 1)
        yield Case(f"page_of_the_same_number_{n}", ".xls", content, 3, held=3)


def noted(*notes: str, rows: list[Cells] = ROWS) -> list[Cells]:
    return [*rows, *([note, *[""] * 8] for note in notes)]


def counts() -> Iterator[Case]:
    """Feet and titles that tell how many rows or pages there are."""
    more = {
        "Menampilkan 1 sampai 3 dari 36 entri": "line 5 tells of 36 rows, but the file has 3 rows of data",
        "Showing 1 to 3 of 1,236 entries": "line 5 tells of 1,236 rows, but the file has 3 rows of data",
        "Menampilkan 3 dari 36 data": "line 5 tells of 36 rows, but the file has 3 rows of data",
        "Halaman 1 dari 3": "line 5 tells of 3 pages or parts, but the file ends with number 1",
        "Page 1/3": "line 5 tells of 3 pages or parts, but the file ends with number 1",
        "TOTAL (22 transaksi)": "line 5 tells of 22 rows, but the file has 3 rows of data",
        "Jumlah data: 22": "line 5 tells of 22 rows, but the file has 3 rows of data",
    }
    for n, (note, told) in enumerate(more.items()):
        yield Case(f"told_more_csv_{n}", ".csv", text(noted(note)).encode(), refused=told)
        yield Case(f"told_more_xlsx_{n}", ".xlsx", xlsx([PAYMENTS, *noted(note)]), refused=told)
        bare = f"{text(ROWS, delimiter=';')}{note}\n".encode()
        yield Case(f"told_more_alone_{n}", ".csv", bare, refused=told)
        above = f"{note}\n{text(ROWS, delimiter=';')}".encode()
        yield Case(f"told_more_above_{n}", ".csv", above, refused=told.replace("line 5", "line 1"))
    whole = ["Showing 1 to 3 of 3 entries", "Halaman 1 dari 1", "TOTAL (3 transaksi)", "Jumlah baris: 3"]
    yield Case("told_as_many", ".csv", text(noted(*whole)).encode(), 3, not_data=(5, 6, 7, 8))
    paged = [ROWS[0], *noted("Halaman 1 dari 2", rows=[]), *ROWS[1:], *noted("Halaman 2 dari 2", rows=[])]
    yield Case("told_page_by_page", ".csv", text(paged).encode(), 3, not_data=(3, 6))
    parts = [ROWS[0], *noted("Total 1 transaksi", rows=[]), *ROWS[1:], *noted("Total 2 transaksi", rows=[])]
    yield Case("told_part_by_part", ".csv", text(parts).encode(), 3, not_data=(3, 6))


def runs() -> Iterator[Case]:
    """Cells of which single letters are struck through or raised."""

    def fill(book: xlsxwriter.Workbook) -> None:
        struck = book.add_format({"font_strikeout": True})
        raised = book.add_format({"font_script": 1})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, PAYMENTS)
        for n in range(1, 5):
            sheet.write_row(n, 0, payment(n))
        sheet.write_rich_string(1, 5, struck, "1", "2")
        sheet.write_rich_string(2, 7, "36800", raised, "1")
        sheet.write_rich_string(3, 5, book.add_format({"bold": True}), "1", " ")

    rules: dict[int, Any] = {2: "months_readable", 3: "amount_rp_not_an_error"}
    yield Case("letters_struck_or_raised", ".xlsx", book_of(fill), 2, (2, 3), rules=rules)


def mail() -> Iterator[Case]:
    told = "this is a quoted-printable"
    content = quopri.encodestring(text(ROWS, end="\r\n").encode())
    yield Case("source_of_a_mail", ".csv", content, refused=told)
    people = quopri.encodestring(text([person(1, "Zo\u00eb Contoh")], PEOPLE, ";").encode())
    yield Case("source_of_a_mail_with_a_title", ".csv", b"Daftar =3D\n" + people, refused=told, feed="registrations")


def of_a_mac() -> Iterator[Case]:
    """Text of an old Mac, whose letters Windows-1252 takes for quotation marks and capitals."""
    names = ["No\u00ebl Contoh", "Zo\u00eb Contoh", "Ren\u00e9e Contoh", "M\u00fcller", "Contoh"]
    rows = [person(n, name) for n, name in enumerate(names, start=1)]
    content = text(rows, PEOPLE, ";", "\r").encode("mac-roman")
    lines = (2, 3, 4, 5)
    rules = dict.fromkeys(lines, "full_name_letters_intact")
    yield Case("people_of_a_mac", ".csv", content, 1, lines, feed="registrations", rules=rules)
    quoted = text([person(1, "Toko \u2018Contoh\u2019"), person(2, "Toko\u2018Contoh\u2019 A")], PEOPLE).encode()
    yield Case("people_in_quotation_marks", ".csv", quoted, 2, feed="registrations")


def shown_only() -> Iterator[Case]:
    """Digits, a percent sign or a currency that a number format shows and the cell does not hold."""
    codes = ['#,##0".000"', "0\\.\\0\\0\\0", "[$Rp-421]#,##0", '"Rp "#,##0;[Red]-"Rp "#,##0', '0"000"', "0%"]
    codes += ['"RM"#,##0.00', "[$MYR] #,##0", "[$RM-43E]#,##0", '_("$"* #,##0_)']
    lines = (2, 3, 6, 7, 8, 9, 10)
    rules = dict.fromkeys(lines, "declared_income_rp_not_an_error")
    wages: dict[str, Any] = {"feed": "registrations", "rules": rules, "rejected": lines, "accepted": 12}
    wages["rows"] = {line: {"declared_income_rp": 3_500_000} for line in (4, 5, 11, 12)}
    rows = [with_cell(person(n), "UPAH", 3_500_000, PEOPLE) for n in range(1, 20)]

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for line, row in enumerate([PEOPLE, *rows]):
            sheet.write_row(line, 0, row)
        for line, code in enumerate(codes, start=1):
            sheet.write_number(line, 12, 3_500_000, book.add_format({"num_format": code}))

    yield Case("digits_of_a_format_xlsx", ".xlsx", book_of(fill), **wages)
    old = xlwt.Workbook()
    sheet = old.add_sheet("Data")
    for line, row in enumerate([PEOPLE, *rows]):
        for at, cell in enumerate(row):
            style = [xlwt.easyxf(num_format_str=codes[line - 1])] if at == 12 and 0 < line <= len(codes) else []
            sheet.write(line, at, cell, *style)
    out = io.BytesIO()
    old.save(out)
    yield Case("digits_of_a_format_xls", ".xls", out.getvalue(), **wages)


def shown_as_months() -> Iterator[Case]:
    """Days that are shown as months, and formulas of the present day."""
    rows = [payment(n) for n in range(1, 6)]
    first, third = date(2023, 10, 1), date(2023, 10, 3)
    days = [(first, "mmm-yy"), (third, "mmm-yy"), (first, "dd/mm/yyyy"), (third, "d-mmm"), (first, "yyyy/mm")]
    told: dict[str, Any] = {"rejected": (2, 6), "accepted": 3, "day": date(2023, 11, 20)}
    told |= {"rules": dict.fromkeys((2, 6), "payment_date_readable")}
    told |= {"rows": {line: {"payment_date": day} for line, day in ((3, third), (4, first), (5, third))}}

    def fill(book: xlsxwriter.Workbook, *, formulas: bool = False) -> None:
        sheet = book.add_worksheet()
        for line, row in enumerate([PAYMENTS, *rows]):
            sheet.write_row(line, 0, row)
        for line, (day, code) in enumerate(days, start=1):
            sheet.write_datetime(line, 3, day, book.add_format({"num_format": code}))
            sheet.write_datetime(line, 4, first, book.add_format({"num_format": "mmm-yy"}))
            for formula in ["=TODAY()", "=A1", "=NOW()-1", "=MAX(TODAY(),B1)"][line - 1 : line] if formulas else []:
                sheet.write_formula(line, 3, formula, book.add_format({"num_format": "dd/mm/yyyy"}), 45212)

    yield Case("days_shown_as_months_xlsx", ".xlsx", book_of(fill), **told)
    old = xlwt.Workbook()
    sheet = old.add_sheet("Data")
    for line, row in enumerate([PAYMENTS, *rows]):
        for at, cell in enumerate(row):
            if line and at == 3:
                sheet.write(line, at, days[line - 1][0], xlwt.easyxf(num_format_str=days[line - 1][1]))
            else:
                sheet.write(line, at, cell)
    out = io.BytesIO()
    old.save(out)
    yield Case("days_shown_as_months_xls", ".xls", out.getvalue(), **told | {"day": date(2023, 11, 21)})
    kept = {3: {"payment_date": date(2023, 10, 13)}}
    now: dict[str, Any] = {"rejected": (2, 4, 5, 6), "rows": kept, "day": date(2023, 11, 22)}
    yield Case("formulas_of_today", ".xlsx", book_of(lambda book: fill(book, formulas=True)), 1, **now)
