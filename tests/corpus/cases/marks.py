"""What a file shows besides its cells: a last line without an end, rows that are hidden or struck through."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import xlwt
from corpus.case import Case
from corpus.cases.date_forms import CLAIMS, ROSTER, row
from corpus.cases.programs import page
from corpus.files import PAID, PAYMENTS, PEOPLE, ROWS, book_of, person, text, with_cell, with_member, xlsx
from xlsxwriter import Workbook

BRANCH = "STG01"
AMOUNTS = ["7350000", "42000000", "10000000", "16800000"]


def cases() -> Iterator[Case]:
    yield from _cut()
    yield from _marked()


def _claims(amounts: Sequence[str], end: str = "\n", **more: Any) -> str:
    rows = [with_cell(row("claims", n), "NILAI_KLAIM", amount, CLAIMS) for n, amount in enumerate(amounts, start=1)]
    return text(rows, CLAIMS, end=end, **more).removesuffix(end)


def _cut() -> Iterator[Case]:
    """The last line has no end."""
    told, one = "the last line (5) has no line end: its NILAI_KLAIM may be cut off", date(2024, 3, 1)
    claims: dict[str, Any] = {"feed": "claims", "branch": BRANCH, "reason": told}
    amounts = {n: {"amount_rp": int(amount)} for n, amount in enumerate(AMOUNTS, start=2)}
    yield Case("end_missing", ".csv", _claims(AMOUNTS).encode(), 4, rows=amounts, day=one, **claims)
    cut = [*AMOUNTS[:3], "168000"]
    shorter: dict[str, Any] = {"feed": "claims", "branch": BRANCH, "rejected": (5,), "rules": {5: "row_readable"}}
    yield Case("end_cut_off", ".csv", _claims(cut).encode(), 3, day=date(2024, 3, 2), **shorter)
    other = _claims(cut, "\r\n", delimiter=";").encode("utf-16")
    yield Case("end_cut_off_in_utf_16", ".txt", other, 3, day=date(2024, 3, 3), **shorter)
    packed = gzip.compress(_claims(["7.350.000", "42.000.000", "10.000.000", "16.800"]).encode(), mtime=0)
    yield Case("end_cut_off_packed", ".csv.gz", packed, 3, day=date(2024, 3, 4), **shorter)
    quoted = _claims(AMOUNTS).replace("16800000", '"16800000"').encode()
    yield Case("end_quoted", ".csv", quoted, 4, rows=amounts, feed="claims", branch=BRANCH, day=date(2024, 3, 5))
    roster = text([row("agents", n) for n in range(1, 6)], ROSTER).removesuffix("\n")
    agents: dict[str, Any] = {"feed": "agents", "branch": BRANCH}
    yield Case("end_of_one_width", ".csv", roster.encode(), 5, day=date(2024, 3, 6), **agents)
    cut_day = {"rejected": (6,), "rules": {6: "row_readable"}, "day": date(2024, 3, 7)}
    yield Case("end_of_a_day_cut_off", ".csv", roster.removesuffix("1").encode(), 4, **cut_day, **agents)
    dated = [cells[4:5] + cells[:4] + cells[5:] for cells in (ROSTER, *(row("agents", n) for n in (1, 2, 3)))]
    for n, rest in enumerate(("2021-10-27 08:15:0", "27/10/2021 08", "2021-10-27")):
        lines = "\n".join(["\t".join(cells) for cells in dated] + [rest]).encode()
        more = {"rejected": (5,), "rules": {5: "row_readable"}, "day": date(2024, 3, 10 + n)} | agents
        yield Case(f"end_within_the_first_day_{n}", ".tsv", lines, 3, **more)
    foot = ("\n".join(["\t".join(cells) for cells in dated] + ["Mataram, 30 September 2023"])).encode()
    yield Case("end_in_a_note", ".tsv", foot, 3, not_data=(5,), day=date(2024, 3, 14), **agents)
    yield Case("end_of_a_list", ".csv", text(ROWS).removesuffix("\n").encode(), 3, rows=PAID)
    people = [with_cell(person(n), "KODE_PERISAI", "AB00001" if n < 4 else "", PEOPLE) for n in range(1, 5)]
    lost = text(people, PEOPLE).removesuffix("\n").encode()
    yield Case("end_without_an_agent", ".csv", lost, 3, (5,), rules={5: "row_readable"}, feed="registrations")
    total = '{"lines": 4, "amount_rp": 33150000}'
    summed = _claims([*AMOUNTS[:1], "15000000", "10000000", "800000"]).encode()
    known: dict[str, Any] = {"feed": "claims", "branch": BRANCH, "day": date(2024, 3, 8)}
    yield Case("end_that_a_manifest_knows", ".csv", summed, 4, manifest=total.encode(), **known)


def _book(rows: Sequence[Sequence[Any]], hidden: Sequence[int], struck: Sequence[int]) -> bytes:
    def fill(book: Workbook) -> None:
        sheet, line = book.add_worksheet(), book.add_format({"font_strikeout": True})
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells, line if number in struck else None)
            if number in hidden:
                sheet.set_row(number, None, None, {"hidden": True})

    return book_of(fill)


def _marked() -> Iterator[Case]:
    table = [PAYMENTS, *ROWS]
    words = "ikut dibaca. 2 baris tercoret ikut dibaca / 1 row that is hidden was read, too. 2 rows that are struck"
    yield Case("rows_hidden_and_struck", ".xlsx", _book(table, [2, 9], [1, 3]), 3, rows=PAID, reason=words)
    plain = _book(table, [], [])
    yield Case("rows_without_marks", ".xlsx", plain, 3, rows=PAID)
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for number, cells in enumerate(table):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    sheet.row(1).hidden = sheet.row(3).hidden = True
    yield Case("rows_hidden_in_an_old_book", ".xls", _saved(book), 3, rows=PAID, reason="2 rows that are hidden")
    yield from _struck_in_old_books()
    yield from _white()
    yield from _classes()
    beside = xlsx([PAYMENTS, *ROWS], [["Rekap"], ["NTB01", 3, 110400]])
    yield Case("sheet_beside", ".xlsx", beside, 3, rows=PAID, reason="other sheets, ignored: 2")
    name = "xl/worksheets/sheet1.xml"
    doubled = _sheet(plain, name).replace(b'<row r="4"', b'<row r="3"').replace(b'4"', b'3"')
    yield Case("rows_of_one_number", ".xlsx", with_member(plain, name, doubled), refused="damaged")


def _old_book(rows: Sequence[Sequence[Any]], styled: Sequence[int], style: str, form: str = "General") -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    marked, plain = xlwt.easyxf(style, form), xlwt.easyxf()
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell, marked if number in styled else plain)
    return _saved(book)


def _struck_in_old_books() -> Iterator[Case]:
    """Rows of an XLS that are struck through; with numbers in them, several of a row stand in one record."""
    told = "2 baris tercoret ikut dibaca / 2 rows that are struck through were read, too"
    one = "1 baris tercoret ikut dibaca / 1 row that is struck through was read, too"
    strike = "font: struck_out on"
    numbers = [[*row[:5], 1, 3, 36800, row[8]] for row in ROWS]
    for n, (rows, header) in enumerate([(ROWS, PAYMENTS), (numbers, PAYMENTS)]):
        content = _old_book([header, *rows], [1, 3], strike)
        yield Case(f"rows_struck_in_an_old_book_{n}", ".xls", content, 3, rows=PAID, said=told)
    people = [PEOPLE, *(person(n) for n in (1, 2, 3))]
    content = _old_book(people, [2], strike)
    yield Case("people_struck_in_an_old_book", ".xls", content, 3, said=one, feed="registrations")
    yield Case("old_book_in_bold", ".xls", _old_book(people, [2], "font: bold on"), 3, said="", feed="registrations")


def _white() -> Iterator[Case]:
    """Rows in white letters, which nobody sees on white."""
    table, told = [PAYMENTS, *ROWS], "2 rows that are in white letters on white were read, too"

    def book(form: dict[str, Any], *marked: int, cells: int = 99) -> bytes:
        def fill(book: Workbook) -> None:
            sheet, white = book.add_worksheet(), book.add_format(form)
            for number, cells_of in enumerate(table):
                for at, cell in enumerate(cells_of):
                    sheet.write(number, at, cell, white if number in marked and at < cells else None)

        return book_of(fill)

    white = {"font_color": "#FFFFFF"}
    yield Case("rows_in_white", ".xlsx", book(white, 1, 3), 3, rows=PAID, reason=told)
    yield Case("rows_in_white_on_white", ".xlsx", book({**white, "bg_color": "#FFFFFF"}, 1, 3), 3, reason=told)
    old = _old_book(table, [1, 3], "font: colour white")
    yield Case("rows_in_white_in_an_old_book", ".xls", old, 3, rows=PAID, reason=told)
    yield Case("header_in_white_on_blue", ".xlsx", book({**white, "bg_color": "#1F4E78"}, 0), 3, rows=PAID, said="")
    blue = _old_book(table, [0], "font: colour white; pattern: pattern solid, fore_colour blue")
    yield Case("header_in_white_on_blue_in_an_old_book", ".xls", blue, 3, rows=PAID, said="")
    yield Case("one_cell_in_white", ".xlsx", book(white, 1, 2, 3, cells=1), 3, rows=PAID, said="")


def _classes() -> Iterator[Case]:
    """Cells of a page that are struck or hidden by a class of its style sheet."""
    sheet = (
        "<style><!-- td {color: red} .xl66 {mso-number-format:'@'}\n.xl67, td.xl68:first-child"
        " {color:red; text-decoration:line-through;} .off {display: none} .x {text-line-through: none} --></style>"
    )
    for n, (name, told) in enumerate(
        {"xl67": "struck text", "a xl68": "struck text", "off": "hidden cells", "d-none": "hidden cells"}.items()
    ):
        feed, table = [("contributions", [PAYMENTS, *ROWS]), ("registrations", [PEOPLE, person(1)])][n % 2]
        content = page(*table, before=sheet).replace(b"<td>", f'<td class="{name}">'.encode(), 3)
        yield Case(f"page_marked_by_a_class_{n}", ".xls", content, refused=told, feed=feed)
    fine = page(PAYMENTS, *ROWS, before=sheet).replace(b"<td>", b'<td class="xl66 x">')
    yield Case("page_with_harmless_classes", ".xls", fine, 3, rows=PAID, said="", held=3)


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(book: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(name)
