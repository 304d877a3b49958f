"""Workbooks: XLSX and XLS."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import Any

import msoffcrypto.format.ooxml
import xlsxwriter
import xlwt
from corpus.case import Case
from corpus.files import (
    MIB,
    PAID,
    PAYMENTS,
    PEOPLE,
    ROWS,
    book_of,
    person,
    text,
    typed,
    with_cell,
    with_member,
    xls,
    xlsx,
    zipped,
)


def encrypted(book: bytes) -> bytes:
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book)).encrypt("rahasia", out)
    return out.getvalue()


def merged(book: xlsxwriter.Workbook) -> None:
    """A merged title, and a branch code merged over the first two rows: only the first one has it."""
    sheet = book.add_worksheet("Data")
    sheet.merge_range(0, 0, 0, 8, "LAPORAN IURAN")
    for row, cells in enumerate([PAYMENTS, ROWS[0], with_cell(ROWS[1], "KODE_CABANG", ""), ROWS[2]], start=1):
        sheet.write_row(row, 0, cells)
    sheet.merge_range(2, 1, 3, 1, "NTB01")


def merged_agents(book: Any, merge: str) -> None:
    """A title and a header of two rows; an agent over three people, an occupation over two cells, and a total."""
    sheet = book.add_sheet("Data") if merge == "write_merge" else book.add_worksheet("Data")

    def over(row: int, last_row: int, column: int, last_column: int, value: str) -> None:
        at = (row, last_row, column, last_column) if merge == "write_merge" else (row, column, last_row, last_column)
        getattr(sheet, merge)(*at, value)

    over(0, 0, 0, 13, "LAPORAN")
    for column, title in enumerate(PEOPLE):
        over(1, 2, column, column, title)
    for n in range(1, 6):
        cells = person(n)
        for column, cell in enumerate(cells):
            if (n > 3 or column != 13) and (n != 5 or column not in (8, 9)):
                sheet.write(2 + n, column, cell)
    over(3, 5, 13, 13, "AB00001")
    over(7, 7, 8, 9, "Pedagang")
    over(8, 8, 0, 11, "TOTAL")
    sheet.write(8, 12, "5000000")


def far_corner(book: xlsxwriter.Workbook) -> None:
    """One cell in the sheet's last corner: as a dense table 17 thousand million cells."""
    sheet = book.add_worksheet("Data")
    for row, cells in enumerate([PAYMENTS, *ROWS]):
        sheet.write_row(row, 0, cells)
    sheet.write(1_048_575, 16_383, "x")


def cases() -> Iterator[Case]:  # noqa: PLR0915 (a table)
    typed_rows = [typed(row) for row in ROWS]
    good = xlsx([PAYMENTS, *typed_rows])
    sheet_1 = "xl/worksheets/sheet1.xml"

    def case(trouble: str, content: bytes, accepted: int = 0, *rejected: int, **more: Any) -> Case:
        return Case(trouble, more.pop("extension", ".xlsx"), content, accepted, rejected, **more)

    yield case("xlsx_of_text_cells", xlsx([PAYMENTS, *ROWS]), 3, rows=PAID)
    yield case("xlsx_of_typed_cells", good, 3, rows=PAID)
    yield case("xlsx_named_csv", good, 3, extension=".csv")
    yield case("xlsx_named_xls", good, 3, extension=".xls")
    yield case("xlsx_in_gzip", gzip.compress(good, mtime=0), 3, extension=".xlsx.gz")
    titles = [["LAPORAN IURAN"], ["Cabang", "Contoh"], [], PAYMENTS, *typed_rows]
    yield case("xlsx_title_rows_above", xlsx(titles), 3)
    yield case("xlsx_table_in_the_middle_of_the_sheet", xlsx(titles, at=(7, 3)), 3)
    total = ["TOTAL", None, None, None, None, None, None, "=SUM(H2:H4)|110400"]
    yield case("xlsx_totals_row", xlsx([PAYMENTS, *typed_rows, total]), 3, not_data=(5,))
    yield case("xlsx_footer", xlsx([PAYMENTS, *typed_rows, [], ["Dicetak oleh kantor cabang"]]), 3, not_data=(6,))
    yield case("xlsx_second_header", xlsx([PAYMENTS, typed_rows[0], PAYMENTS, typed_rows[1]]), 2, not_data=(3,))
    yield case("xlsx_blank_rows_between", xlsx([PAYMENTS, typed_rows[0], [], [" "], typed_rows[1]]), 2)
    yield case("xlsx_notes_beside_the_table", xlsx([PAYMENTS, *([*row, None, "x"] for row in typed_rows)]), 3)
    yield case("xlsx_several_sheets", xlsx([["Petunjuk"]], [PAYMENTS, *typed_rows], [["Kode", "Arti"]]), 3)
    yield case("xlsx_empty_template_beside_the_data", xlsx([PAYMENTS], [PAYMENTS, *typed_rows]), 3)
    yield case(
        "xlsx_two_sheets_of_data", xlsx([PAYMENTS, *ROWS], [PAYMENTS, *ROWS]), refused="more than one sheet holds data"
    )
    yield case("xlsx_hidden_sheet_beside", xlsx([PAYMENTS, *typed_rows], [PAYMENTS, *ROWS], hidden=[1]), 3)
    yield case(
        "xlsx_data_on_a_hidden_sheet",
        xlsx([["Kosong"]], [PAYMENTS, *ROWS], hidden=[1]),
        refused="hidden sheet (sheet 2)",
    )
    computed = [with_cell(row, "JUMLAH_IURAN", "=F2*36800|36800") for row in typed_rows]
    yield case("xlsx_formula_cells", xlsx([PAYMENTS, *computed]), 3)
    unsaved = [with_cell(typed_rows[0], "JUMLAH_IURAN", "=F2*36800|"), *typed_rows[1:]]
    yield case("xlsx_formula_without_a_saved_value", xlsx([PAYMENTS, *unsaved]), 2, 2)
    errors = with_cell(person(1), "KODE_PERISAI", "=VLOOKUP(1,A1:B2,2)|#N/A", PEOPLE)
    yield case("xlsx_error_in_an_optional_cell", xlsx([PEOPLE, errors, person(2)]), 1, 2, feed="registrations")
    broken = with_cell(typed_rows[0], "JUMLAH_IURAN", "=1/0|#DIV/0!")
    yield case("xlsx_error_in_a_required_cell", xlsx([PAYMENTS, broken, *typed_rows[1:]]), 2, 2)
    yield case("xlsx_merged_cells", book_of(merged), 2, 4)
    old, out = xlwt.Workbook(), io.BytesIO()
    merged_agents(old, "write_merge")
    old.save(out)
    for extension, content in {
        ".xlsx": book_of(lambda book: merged_agents(book, "merge_range")),
        ".xls": out.getvalue(),
    }.items():
        yield case(
            f"merged_agents_{extension[1:]}", content, 2, 5, 6, 8, extension=extension, feed="registrations",
            rows={4: {"agent_code": "AB00001"}, 7: {"agent_code": "AB00001"}}, not_data=(9,), held=6,
        )  # fmt: skip
    mixed = [with_cell(ROWS[0], "TGL_BAYAR", "30/09/2023"), typed_rows[1], ROWS[2]]
    yield case("xlsx_dates_as_text_and_serial", xlsx([PAYMENTS, *mixed]), 3)
    card = [with_cell(row, "KPJ", int(row[2])) for row in ROWS]
    yield case("xlsx_card_as_number_without_its_zeros", xlsx([PAYMENTS, *card]), 0, 2, 3, 4)
    nik = [with_cell(person(n), "NIK", 5201015005800010 + 10 * n, PEOPLE) for n in (1, 2)]
    yield case("xlsx_nik_as_number", xlsx([PEOPLE, *nik, person(3)]), 1, 2, 3, feed="registrations")
    yield case(
        "nik_in_scientific_notation",
        text([with_cell(person(1), "NIK", "5.20102E+15", PEOPLE), person(2)], PEOPLE, ";").encode(),
        1,
        2,
        feed="registrations",
        extension=".csv",
    )
    yield case("xlsx_header_only", xlsx([PAYMENTS]), 0)
    yield case("xlsx_empty", xlsx([]), refused="no header is found")
    missing = [[name if name != "KPJ" else "X" for name in PAYMENTS], *ROWS]
    yield case("xlsx_required_column_missing", xlsx(missing), refused="are missing: KPJ")
    yield case("xlsx_encrypted", encrypted(good), refused="needs a password")
    yield case("xlsx_cut_off", good[: len(good) // 2], refused="damaged or cut off")
    yield case("xlsx_sheet_is_no_xml", with_member(good, sheet_1, b"<worksheet><sheetData><row"), refused="/")
    yield case("xlsx_bomb", with_member(good, sheet_1, b" " * (24 * MIB)), refused="what is packed is too large")
    yield case("xlsx_cell_in_the_last_corner", book_of(far_corner), failed="MiB of memory; a cell far outside")
    yield case("ods", zipped(("mimetype", b"x"), ("content.xml", b"x")), refused="save the workbook as XLSX")
    old = xls([PAYMENTS, *typed_rows])
    yield case("xls", old, 3, rows=PAID, held=3, extension=".xls")
    yield case("xls_named_xlsx", old, 3, held=3)
    yield case(
        "xls_titles_and_totals",
        xls([["LAPORAN"], [], PAYMENTS, *typed_rows, total[:1]]),
        3,
        not_data=(7,),
        held=4,
        extension=".xls",
    )
    yield case("xls_card_as_number", xls([PAYMENTS, *card]), 0, 2, 3, 4, held=3, extension=".xls")
    yield case("xls_cut_off", old[:1500], refused="/", extension=".xls")
    yield case("xls_of_zeros", old[:8] + bytes(2000), refused="/", extension=".xls")
