"""Rows that get lost because a program stops before them, and rows and values that nobody sees as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import xlwt
from corpus.case import Case
from corpus.cases.date_forms import BRANCH, HEADERS, row
from corpus.cases.marks import _old_book, _saved
from corpus.files import (
    PAID,
    PAYMENTS,
    ROWS,
    STANDARD,
    Cells,
    book_of,
    text,
    typed,
    xls,
    xlsx,
)
from xlsxwriter import Workbook

LOST, ABOVE = "files were put together, or a part is lost", "stands above the header"


def cases() -> Iterator[Case]:
    yield from _lost()
    yield from _headers()
    yield from _formulas()
    yield from _unseen()
    yield from _pages()


def _lost() -> Iterator[Case]:
    """An end-of-file character that does not end the file, and a block of it that was never written."""
    for feed, header in HEADERS.items():
        lines = text([row(feed, n) for n in range(1, 7)], header, "\t" if feed == "claims" else ",").splitlines()
        more: dict[str, Any] = {"feed": feed, "branch": BRANCH, "refused": LOST}
        first = [*lines[:4], f"\x1a{lines[4]}", *lines[5:]]
        yield Case(f"end_of_file_before_a_row_of_{feed}", ".csv", "\n".join(first).encode(), **more)
        glued = [*lines[:3], f"{lines[3]}\x1a{lines[4]}", *lines[5:]]
        yield Case(f"end_of_file_between_{feed}", ".txt", "\r\n".join(glued).encode("utf-16"), **more)
        block = "\n".join(lines).encode()
        block = block[:200] + bytes(700) + block[400:]
        yield Case(f"block_of_nul_in_{feed}", ".csv", block, **more)
    alone = STANDARD.replace("\nPAY-0000002", "\n\x1a\nPAY-0000002").encode()
    yield Case("end_of_file_on_a_line_of_its_own", ".csv", alone, 3, rows={2: PAID[2], 4: PAID[3], 5: PAID[4]})
    many = STANDARD.encode().replace(b"\nPAY-0000003", b"\n" + bytes(1 << 19) + b"\nPAY-0000003")
    yield Case("blocks_of_nul_on_a_line", ".csv", many, refused=LOST)


def _headers() -> Iterator[Case]:
    """A header that was sorted with the rows stands among them, or below."""
    for feed, header in HEADERS.items():
        rows = [row(feed, n) for n in range(1, 5)]
        sorted_in, below = [*rows[:2], header, *rows[2:]], [*rows, header]
        content = "\n".join(";".join(map(str, cells)) for cells in sorted_in).encode()
        yield Case(f"header_among_{feed}", ".csv", content, feed=feed, branch=BRANCH, refused=ABOVE)
        yield Case(f"header_among_{feed}_xlsx", ".xlsx", xlsx(sorted_in), feed=feed, branch=BRANCH, refused=ABOVE)
        yield Case(f"header_below_{feed}_xls", ".xls", xls(below), feed=feed, branch=BRANCH, refused=ABOVE)
    titles = "\n".join(["LAPORAN IURAN,,", "Cabang Contoh,,2023-09-13", "Jumlah peserta,3 orang", STANDARD])
    yield Case("titles_that_are_no_rows", ".csv", titles.encode(), 3, rows={n + 3: each for n, each in PAID.items()})


def _formulas() -> Iterator[Case]:
    """Values that were calculated long ago, from another row, or in another file."""

    def book(formula: str, *, manual: bool = False) -> bytes:
        def fill(of: Workbook) -> None:
            sheet = of.add_worksheet()
            if manual:
                of.set_calc_mode("manual")
            for number, cells in enumerate([[*PAYMENTS, "TARIF"], *([*typed(each), 36800] for each in ROWS)]):
                for at, cell in enumerate(cells):
                    if at == PAYMENTS.index("JUMLAH_IURAN") and number:
                        sheet.write_formula(number, at, formula.format(number + 1, number + 2), None, cell)
                    elif isinstance(cell, date):
                        sheet.write_string(number, at, cell.isoformat())
                    else:
                        sheet.write(number, at, cell)

        return book_of(fill)

    stale = {"refused": "", "rules": dict.fromkeys((2, 3, 4), "amount_rp_not_an_error")}
    yield Case("calculated_on_demand", ".xlsx", book("=F{0}*J{0}", manual=True), 0, (2, 3, 4), **stale)
    yield Case("calculated_of_its_row", ".xlsx", book("=F{0}*J{0}"), 3, rows=PAID, reason="ignored: 10 (J)")
    other = "3 rows that are calculated from another row"
    yield Case("calculated_of_the_next_row", ".xlsx", book("=F{1}*J{1}"), 3, rows=PAID, reason=other)
    yield Case("calculated_of_a_fixed_row", ".xlsx", book("=F{0}*$J$2"), 3, rows=PAID, reason="ignored: 10 (J)")
    linked = "3 rows that are saved with values of another file"
    yield Case("linked_to_a_file", ".xlsx", book("='[Rekap.xlsx]Lembar 1'!H{0}"), 3, rows=PAID, reason=linked)
    yield Case("linked_by_number", ".xlsx", book("=VLOOKUP(C{0},[1]Data!A:C,3,0)"), 3, rows=PAID, reason=linked)


def _unseen() -> Iterator[Case]:
    """Rows that a format or their height keeps from being seen."""

    def book(table: Sequence[Cells], form: str = "", height: float | None = None) -> bytes:
        def fill(of: Workbook) -> None:
            sheet, nothing = of.add_worksheet(), of.add_format({"num_format": form})
            for number, cells in enumerate(table):
                for at, cell in enumerate(cells):
                    sheet.write(number, at, cell, *([nothing] if form and number == 2 else []))
                if height and number == 2:
                    sheet.set_row(number, height)

        return book_of(fill)

    for feed, header in HEADERS.items():
        table = [header, *([str(cell) for cell in row(feed, n)] for n in (1, 2, 3))]
        more: dict[str, Any] = {"feed": feed, "branch": BRANCH}
        yield Case(f"row_of_{feed}_shown_as_nothing", ".xlsx", book(table, ";;;"), 2, (3,), **more)
        low = "1 row that is hidden was read"
        yield Case(f"row_of_{feed}_drawn_shut", ".xlsx", book(table, height=0.75), 3, reason=low, **more)
    numbers = [PAYMENTS, *map(typed, ROWS)]
    table = [[cell.isoformat() if isinstance(cell, date) else cell for cell in cells] for cells in numbers]
    yield Case("numbers_shown_as_nothing", ".xlsx", book(table, ";;"), 2, (3,))
    yield Case("numbers_shown_as_nothing_xls", ".xls", _old_book(table, [2], "", ";;;"), 2, (3,))
    old = xlwt.Workbook()
    sheet = old.add_sheet("Data")
    for number, cells in enumerate(table):
        for at, cell in enumerate(cells):
            sheet.write(number, at, cell)
    sheet.row(2).height_mismatch, sheet.row(2).height = True, 10
    yield Case("row_drawn_shut_in_an_old_book", ".xls", _saved(old), 3, rows=PAID, reason="1 row that is hidden")


def _pages() -> Iterator[Case]:
    """Rows of a page that its style sheet hides, strikes out or writes in white, whatever the selector."""

    def page(style: str, tag: str = "tr class=x", header: str = "<tr>", *, of: Sequence[Cells] = ROWS) -> bytes:
        begin = ["<tr>", f"<{tag}>", *["<tr>"] * len(of)]
        rows = "".join(
            f"{first}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
            for first, cells in zip([header, *begin], [PAYMENTS, *of], strict=False)
        )
        return f"<html><style>{style}</style><table>{rows}</table></html>".encode()

    struck, hidden = "struck text", "merged or hidden"
    for n, (style, refused) in enumerate(
        [
            ("tr.x td {text-decoration: line-through}", struck),
            (".x>td{display:none}", hidden),
            ("table tr:nth-child(3){ display : none }", hidden),
            (".x{visibility:collapse}", hidden),
            (".x{font-size:0px}", hidden),
            ("@media screen{.x{opacity:0;}}", hidden),
        ]
    ):
        yield Case(f"page_hides_by_a_rule_{n}", ".xls", page(style), refused=refused)
    yield Case("page_hides_by_an_id", ".xls", page("#x{display:none}", "tr id=x"), refused=hidden)
    white = "1 row that is in white letters"
    for n, (style, tag) in enumerate(
        [("", 'tr style="color:#FFF"'), ("tr.x td{color:white}", "tr class=x"), (".x{color:#ffffff;}", "tr class=x")]
    ):
        yield Case(f"page_in_white_{n}", ".xls", page(style, tag), 3, reason=white, held=3)
    plain = ".y{display:none} .menu .x{display:none} tr:hover{color:white} th{color:#fff} .x{opacity:0.9;color:#fffff0}"
    yield Case("page_of_plain_rows", ".xls", page(plain), 3, held=3, said="", rows=PAID)
    ground = page("", "tr", '<tr bgcolor="#000080" style="color:white">')
    yield Case("page_with_a_dark_header", ".xls", ground, 3, held=3, said="", rows=PAID)
