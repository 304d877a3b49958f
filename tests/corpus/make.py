"""Makes the corpus: small files, each named by its trouble, with what has to become of it.

``python tests/corpus/make.py FOLDER`` writes them for looking at; the tests make them anew each time. All
people and numbers are invented. A delivery here has three rows or so, on lines 2 to 4 where nothing else is
said, so that what is expected can be counted on one's fingers.
"""

from __future__ import annotations

import csv
import gzip
import io
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msoffcrypto.format.ooxml
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
import xlwt

MIB = 1 << 20
PAYMENTS = [
    "NO_BUKTI", "KODE_CABANG", "KPJ", "TGL_BAYAR", "BULAN_AWAL", "JUMLAH_BULAN", "PROGRAM", "JUMLAH_IURAN", "PEMBAYAR",
]  # fmt: skip
PEOPLE = [
    "NO_REGISTRASI", "KODE_CABANG", "TGL_DAFTAR", "NIK", "KPJ", "NAMA_LENGKAP", "TGL_LAHIR", "JENIS_KELAMIN",
    "HANDPHONE", "JENIS_PEKERJAAN", "KODE_KAB_KOTA", "PROGRAM", "UPAH", "KODE_PERISAI",
]  # fmt: skip
ACCENTED = ["Zoë Contoh", "Renée “Ñ” Contoh", "Peserta Ärmel Contoh"]
"""Names that UTF-8, UTF-16 and Windows-1252 all have, each in its own bytes."""

Cells = list[Any]


@dataclass(frozen=True)
class Case:
    """A file and its expected outcome.

    Args:
        trouble: name of the case.
        extension: what the branch's file name ends in.
        content: the file's bytes.
        accepted: number of rows that are accepted.
        rejected: lines of the rows that are rejected.
        refused: words in the reason, where the delivery is refused whole.
        duplicates: rows that repeat another.
        feed: the feed it is a delivery of.
    """

    trouble: str
    extension: str
    content: bytes
    accepted: int = 0
    rejected: tuple[int, ...] = ()
    refused: str = ""
    duplicates: int = 0
    feed: str = "contributions"


def payment(n: int) -> Cells:
    return [f"PAY-{n:07d}", "NTB01", f"{n:011d}", "2023-09-13", "2023-09", "1", "3", "36800", "PESERTA"]


def person(n: int, name: str = "Peserta Contoh") -> Cells:
    nik = f"5201015005{80 + n:02d}{n:04d}"
    born = f"{1980 + n}-05-10"
    return [
        f"REG-{n:07d}", "NTB01", "2023-09-13", nik, f"{n:011d}", name, born, "P",
        "", "Pedagang", "5271", "3", "1000000", "AB00001",
    ]  # fmt: skip


ROWS = [payment(n) for n in (1, 2, 3)]


def text(
    rows: Sequence[Cells],
    header: Sequence[str] = PAYMENTS,
    delimiter: str = ",",
    end: str = "\n",
) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


STANDARD = text(ROWS)
HEAD, FIRST, SECOND, THIRD = STANDARD.splitlines()


def with_cell(row: Cells, at: str, value: Any, header: Sequence[str] = PAYMENTS) -> Cells:
    return [value if name == at else cell for name, cell in zip(header, row, strict=True)]


# text


def dialects() -> Iterator[Case]:
    """Every delimiter in every encoding."""
    rows = [person(n, name) for n, name in enumerate(ACCENTED, start=1)]
    encodings = {
        "utf_8": ("utf-8", b""),
        "utf_8_with_mark": ("utf-8", b"\xef\xbb\xbf"),
        "utf_16_le": ("utf-16-le", b"\xff\xfe"),
        "utf_16_be": ("utf-16-be", b"\xfe\xff"),
        "utf_16_le_without_mark": ("utf-16-le", b""),
        "utf_16_be_without_mark": ("utf-16-be", b""),
        "windows_1252": ("cp1252", b""),
    }
    for delimiter, name in {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.items():
        for encoding, (codec, mark) in encodings.items():
            content = mark + text(rows, PEOPLE, delimiter, "\r\n").encode(codec)
            yield Case(f"{name}_in_{encoding}", ".csv", content, accepted=3, feed="registrations")


def texts() -> Iterator[Case]:  # noqa: PLR0915 (a table)
    def case(trouble: str, content: str | bytes, accepted: int = 0, *rejected: int, **more: Any) -> Case:
        content = content.encode() if isinstance(content, str) else content
        return Case(trouble, more.pop("extension", ".csv"), content, accepted, rejected, **more)

    yield case("standard", STANDARD, 3)
    # records, quotes and lines
    yield case("quoted_newline", text([[*row, "satu\ndua"] for row in ROWS], [*PAYMENTS, "CATATAN"]), 3)
    yield case("quoted_delimiter", text([[*row, "a;b,c"] for row in ROWS], [*PAYMENTS, "CATATAN"], ";"), 3)
    yield case("quote_inside_a_value", text([[*row, 'di "pasar"'] for row in ROWS], [*PAYMENTS, "CATATAN"]), 3)
    yield case("header_in_quotes", STANDARD.replace("NO_BUKTI", '"NO_BUKTI"'), 3)
    yield case("ragged_rows", f"{HEAD}\n{FIRST}\n{SECOND},x\nPAY-1,NTB01\n{THIRD}\n", 2, 3, 4)
    yield case("mixed_line_ends", f"{HEAD}\r\n{FIRST}\n{SECOND}\r{THIRD}\r\n", 3)
    yield case("lone_return_beside_a_lost_row", f"{HEAD}\n{FIRST}\r{SECOND}\n\n{THIRD}\n", 3)
    yield case("carriage_returns_only", STANDARD.replace("\n", "\r"), 3)
    yield case("no_line_end_at_the_end", STANDARD.rstrip("\n"), 3)
    yield case("blank_lines", STANDARD.replace("\n", "\n\n"), 3)
    yield case("rows_of_delimiters_only", STANDARD + "," * 8 + "\n" + "," * 8 + "\n", 3)
    yield case("ragged_rows_of_delimiters_only", STANDARD + "," * 20 + "\n", 3)
    yield case("trailing_delimiter", STANDARD.replace("\n", ",\n"), 3)
    yield case("trailing_delimiter_without_one_in_the_header", f"{HEAD}\n{FIRST},\n{SECOND},\n{THIRD},\n", 3)
    yield case("trailing_delimiter_in_the_header_only", f"{HEAD},\n{FIRST}\n{SECOND}\n{THIRD}\n", 3)
    yield case("blanks_around_values", STANDARD.replace(",", " , "), 3)
    # damage
    yield case("empty", b"", refused="the file is empty")
    yield case("blanks_only", b" \r\n\r\n", refused="the file is empty")
    yield case("byte_order_mark_only", b"\xef\xbb\xbf", refused="the file is empty")
    yield case("utf_16_mark_only", b"\xff\xfe", refused="the file is empty")
    yield case("nul_byte_in_a_row", STANDARD.replace("PAY-0000002", "PAY-00\x0002"), 2, 3)
    yield case("nul_bytes_at_the_end", STANDARD.encode() + b"\0" * 50, 3, 5)
    yield case("nul_bytes_only", b"\0" * 5000, refused="no header is found")
    yield case("cut_off_in_a_row", STANDARD[:-20], 2, 4)
    yield case("cut_off_in_quotes", STANDARD + '"PAY-0000004,NTB01', refused="line 5 cannot be read")
    yield case("line_of_10_mb", STANDARD + "x" * (10 * MIB), refused="line 5 is too long")
    yield case("only_a_line_of_10_mb", b"x" * (10 * MIB), refused="line 1 is too long")
    yield case("line_of_10_mb_of_delimiters", STANDARD + "," * (10 * MIB) + "\n", refused="line 5 is too long")
    open_quote = STANDARD + '"' + f"{FIRST}\n" * 20_000
    yield case("quote_never_closed", open_quote, refused="line 5 cannot be read")
    yield case(
        "utf_8_with_a_broken_character",
        text([[*ROWS[0], "Zoë"], [*ROWS[1], "Ñ"]], [*PAYMENTS, "CATATAN"]).encode().replace(b"\xc3\x91", b"\xc3"),
        refused="damaged UTF-8",
    )
    yield case("bytes_of_no_encoding", STANDARD.replace("PESERTA", "\x81").encode("latin-1"), refused="not UTF-8")
    yield case("utf_16_cut_in_a_character", b"\xff\xfe" + STANDARD.encode("utf-16-le")[:-1], refused="not UTF-8")
    mostly_windows = text([[*ROWS[0], "Zoë “Ñ”"], [*ROWS[1], "ü"]], [*PAYMENTS, "CATATAN"]).encode("cp1252")
    yield case("windows_1252_with_a_pair_as_in_utf_8", mostly_windows, 2)
    # what stands around the table
    title = "LAPORAN IURAN\nCabang Contoh,,\n\n"
    yield case("title_rows_above", title + STANDARD, 3)
    yield case("separator_line_of_excel", "sep=;\r\n" + text(ROWS, delimiter=";", end="\r\n"), 3)
    yield case("title_above_in_tabs", "LAPORAN IURAN\n" + text(ROWS, delimiter="\t"), 3)
    yield case("header_below_the_first_thirty_rows", "x\n" * 31 + STANDARD, refused="no header is found")
    yield case("totals_row", STANDARD + "TOTAL,,,,,,,110400,\n", 3, 5)
    yield case("totals_row_in_semicolons", text(ROWS, delimiter=";") + ";;JUMLAH;;;;;110400;\n", 3, 5)
    yield case("subtotals", f"{HEAD}\n{FIRST}\nSub total,,,,,,,36800,\n{SECOND}\nGrand Total,,,,,,,73600,\n", 2, 3, 5)
    yield case("footer", STANDARD + "\nDicetak oleh kantor cabang\n", 3, 6)
    yield case("footer_as_wide_as_the_table", STANDARD + "Dicetak oleh kantor cabang,,,,,,,,\n", 3, 5)
    yield case("second_header_in_the_middle", f"{HEAD}\n{FIRST}\n{HEAD}\n{SECOND}\n", 2, 3)
    swapped = text([[row[2], *row[:2], *row[3:]] for row in ROWS], [PAYMENTS[2], *PAYMENTS[:2], *PAYMENTS[3:]])
    yield case("second_header_of_another_order", STANDARD + swapped, refused="line 5 is a second header")
    # headers
    yield case("header_only", HEAD + "\n", 0)
    yield case("header_only_without_line_end", HEAD, 0)
    yield case("no_header", "\n".join([FIRST, SECOND, THIRD]), refused="no header is found")
    yield case("duplicate_header", STANDARD.replace("PEMBAYAR", "No. Bukti"), refused="stands twice")
    yield case("required_column_missing", STANDARD.replace("JUMLAH_IURAN", "X"), refused="are missing: JUMLAH_IURAN")
    yield case("header_in_other_words", STANDARD.replace("NO_BUKTI", "Nomor  Bukti").replace("KPJ", "No. KPJ"), 3)
    yield case("columns_in_another_order", swapped, 3)
    yield case("unknown_column", text([[*row, "x"] for row in ROWS], [*PAYMENTS, "CATATAN"], ";"), 3)
    yield case("repeated_row", f"{HEAD}\n{FIRST}\n{FIRST}\n{SECOND}\n", 2, duplicates=1)
    yield case("repeated_row_in_tabs", text([ROWS[0], ROWS[0], ROWS[1]], delimiter="\t"), 2, duplicates=1)
    # what it says it is, and is not
    yield case("csv_named_xls", text(ROWS, delimiter="\t"), 3, extension=".xls")
    yield case("csv_named_xlsx", STANDARD, 3, extension=".xlsx")
    yield case("csv_named_parquet", STANDARD, 3, extension=".PARQUET")
    yield case("csv_named_gz", STANDARD, 3, extension=".csv.gz")
    yield case("tsv", text(ROWS, delimiter="\t"), 3, extension=".tsv")
    yield case("txt", text(ROWS, delimiter="|"), 3, extension=".txt")
    page = f"<html><body><table><tr><td>{HEAD}</td></tr></table></body></html>"
    yield case("web_page_named_xls", page, refused="a web page or XML inside", extension=".xls")
    yield case("pdf_named_csv", b"%PDF-1.7\n" + STANDARD.encode(), refused="this is a PDF")
    yield case("random_bytes", bytes(range(256)) * 40, refused="/")


# packed files


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def with_bit_flag(archive: bytes) -> bytes:
    """The archive, its members marked as encrypted in both places that say so."""
    changed = bytearray(archive)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(magic)
        changed[start + at] |= 1
    return bytes(changed)


def packed() -> Iterator[Case]:
    plain = STANDARD.encode()
    tabs = text(ROWS, delimiter="\t").encode("utf-16")
    bomb = plain + b" " * (24 * MIB)
    squeezed = gzip.compress(plain, mtime=0)
    yield Case("gzip", ".csv.gz", squeezed, 3)
    yield Case("gzip_named_csv", ".csv", squeezed, 3)
    yield Case("gzip_of_utf_16", ".txt.gz", gzip.compress(tabs, mtime=0), 3)
    yield Case("gzip_in_two_pieces", ".csv.gz", squeezed + gzip.compress(FIRST.encode(), mtime=0), 3, duplicates=1)
    yield Case("gzip_cut_off", ".csv.gz", squeezed[:-12], refused="damaged or cut off")
    yield Case("gzip_with_a_wrong_checksum", ".csv.gz", squeezed[:-8] + bytes(8), refused="damaged or cut off")
    yield Case("gzip_twice", ".csv.gz", gzip.compress(squeezed, mtime=0), refused="packed twice")
    yield Case("gzip_of_nothing", ".csv.gz", gzip.compress(b"", mtime=0), refused="the file is empty")
    yield Case("gzip_bomb", ".csv.gz", gzip.compress(bomb, mtime=0), refused="what is packed is too large")
    yield Case("zip", ".zip", zipped(("export.csv", plain)), 3)
    yield Case("zip_stored", ".csv.zip", zipped(("export.csv", plain), method=zipfile.ZIP_STORED), 3)
    yield Case("zip_of_a_workbook", ".zip", zipped(("export.xlsx", xlsx([PAYMENTS, *ROWS]))), 3)
    yield Case("zip_from_a_mac", ".zip", zipped(("a/", b""), ("a/x.csv", plain), ("__MACOSX/._x.csv", b"x")), 3)
    yield Case("zip_path_traversal", ".zip", zipped(("../../../../escaped.csv", plain)), 3)
    yield Case("zip_absolute_path", ".zip", zipped(("/escaped.csv", plain)), 3)
    yield Case("zip_of_a_file_without_a_name", ".zip", zipped(("~~~", plain)).replace(b"~~~", b"\0~~"), 3)
    yield Case("zip_of_two_files", ".zip", zipped(("a.csv", plain), ("b.csv", plain)), refused="the zip holds 2 files")
    yield Case("zip_of_nothing", ".zip", zipped(), refused="the zip holds 0 files")
    yield Case("zip_encrypted", ".zip", with_bit_flag(zipped(("a.csv", plain))), refused="needs a password")
    yield Case("zip_bomb", ".zip", zipped(("a.csv", bomb)), refused="what is packed is too large")
    yield Case("zip_in_a_zip", ".zip", zipped(("a.zip", zipped(("a.csv", plain)))), refused="packed twice")
    yield Case("zip_cut_off", ".zip", zipped(("a.csv", plain))[:-30], refused="damaged or cut off")
    lzma = zipped(("a.csv", plain), method=zipfile.ZIP_LZMA)
    yield Case("zip_of_rare_compression", ".zip", lzma, refused="unknown compression")
    stored = zipped(("a.csv", plain), method=zipfile.ZIP_STORED)
    yield Case("zip_with_a_changed_byte", ".zip", stored.replace(b"36800", b"86800", 1), refused="damaged or cut off")


# workbooks


def xlsx(*sheets: Sequence[Cells], hidden: Sequence[int] = (), at: tuple[int, int] = (0, 0)) -> bytes:
    """A workbook of one sheet for each table; strings that begin with = are formulas with their value after |."""

    def fill(book: xlsxwriter.Workbook) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, table in enumerate(sheets):
            sheet = book.add_worksheet(f"Lembar {number + 1}")
            if number in hidden:
                sheet.hide()
            for row, cells in enumerate(table, start=at[0]):
                for column, cell in enumerate(cells, start=at[1]):
                    if isinstance(cell, date):
                        sheet.write_datetime(row, column, cell, day)
                    elif isinstance(cell, str) and cell.startswith("="):
                        formula, _, value = cell.partition("|")
                        sheet.write_formula(row, column, formula, None, value)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    else:
                        sheet.write(row, column, cell)

    return book_of(fill)


def book_of(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": date(2023, 9, 30)})
        fill(book)
    return out.getvalue()


def xls(table: Sequence[Cells]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    day = xlwt.easyxf(num_format_str="DD-MM-YYYY")
    for row, cells in enumerate(table):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, *([day] if isinstance(cell, date) else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def typed(row: Cells) -> Cells:
    """A payment as a spreadsheet holds it: dates and numbers in their types, the card as text."""
    return [*row[:3], date(2023, 9, 13), row[4], 1, 3.0, 36800, row[8]]


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


def far_corner(book: xlsxwriter.Workbook) -> None:
    """One cell in the sheet's last corner: as a dense table 17 thousand million cells."""
    sheet = book.add_worksheet("Data")
    for row, cells in enumerate([PAYMENTS, *ROWS]):
        sheet.write_row(row, 0, cells)
    sheet.write(1_048_575, 16_383, "x")


def with_member(book: bytes, name: str, content: bytes) -> bytes:
    """The workbook with a member replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = [(each, archive.read(each)) for each in archive.namelist() if each != name]
    return zipped(*members, (name, content))


def workbooks() -> Iterator[Case]:  # noqa: PLR0915 (a table)
    typed_rows = [typed(row) for row in ROWS]
    good = xlsx([PAYMENTS, *typed_rows])
    sheet_1 = "xl/worksheets/sheet1.xml"

    def case(trouble: str, content: bytes, accepted: int = 0, *rejected: int, **more: Any) -> Case:
        return Case(trouble, more.pop("extension", ".xlsx"), content, accepted, rejected, **more)

    yield case("xlsx_of_text_cells", xlsx([PAYMENTS, *ROWS]), 3)
    yield case("xlsx_of_typed_cells", good, 3)
    yield case("xlsx_named_csv", good, 3, extension=".csv")
    yield case("xlsx_named_xls", good, 3, extension=".xls")
    yield case("xlsx_in_gzip", gzip.compress(good, mtime=0), 3, extension=".xlsx.gz")
    titles = [["LAPORAN IURAN"], ["Cabang", "Contoh"], [], PAYMENTS, *typed_rows]
    yield case("xlsx_title_rows_above", xlsx(titles), 3)
    yield case("xlsx_table_in_the_middle_of_the_sheet", xlsx(titles, at=(7, 3)), 3)
    total = ["TOTAL", None, None, None, None, None, None, "=SUM(H2:H4)|110400"]
    yield case("xlsx_totals_row", xlsx([PAYMENTS, *typed_rows, total]), 3, 5)
    yield case("xlsx_footer", xlsx([PAYMENTS, *typed_rows, [], ["Dicetak oleh kantor cabang"]]), 3, 6)
    yield case("xlsx_second_header", xlsx([PAYMENTS, typed_rows[0], PAYMENTS, typed_rows[1]]), 2, 3)
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
        refused="hidden sheet Lembar 2",
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
    yield case("xlsx_cell_in_the_last_corner", book_of(far_corner), refused="too much memory or time")
    yield case("ods", zipped(("mimetype", b"x"), ("content.xml", b"x")), refused="save the workbook as XLSX")
    old = xls([PAYMENTS, *typed_rows])
    yield case("xls", old, 3, extension=".xls")
    yield case("xls_named_xlsx", old, 3)
    yield case(
        "xls_titles_and_totals", xls([["LAPORAN"], [], PAYMENTS, *typed_rows, total[:1]]), 3, 7, extension=".xls"
    )
    yield case("xls_card_as_number", xls([PAYMENTS, *card]), 0, 2, 3, 4, extension=".xls")
    yield case("xls_cut_off", old[:1500], refused="/", extension=".xls")
    yield case("xls_of_zeros", old[:8] + bytes(2000), refused="/", extension=".xls")


# Parquet


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def columnar() -> Iterator[Case]:
    strings = dict(zip(PAYMENTS, map(list, zip(*ROWS, strict=True)), strict=True))
    money: dict[str, Any] = {
        "TGL_BAYAR": [date(2023, 9, 13)] * 3,
        "JUMLAH_BULAN": pa.array([1, 1, 1], pa.int8()),
        "PROGRAM": [3.0, 3.0, 3.0],
        "JUMLAH_IURAN": [Decimal("36800.00")] * 3,
    }
    whole = parquet(strings)
    yield Case("parquet_of_strings", ".parquet", whole, 3)
    yield Case("parquet_of_typed_columns", ".parquet", parquet(strings | money), 3)
    yield Case("parquet_named_csv", ".csv", whole, 3)
    yield Case("parquet_in_gzip", ".parquet.gz", gzip.compress(whole, mtime=0), 3)
    gaps = parquet(strings | {"JUMLAH_IURAN": pa.array([36800, None, 36800], pa.int64())})
    yield Case("parquet_with_a_null", ".parquet", gaps, 2, (3,))
    people = dict(zip(PEOPLE, map(list, zip(person(1), person(2), strict=True)), strict=True))
    floats = parquet(people | {"NIK": [5201015005810001.0, None]})
    yield Case("parquet_nik_as_float", ".parquet", floats, 0, (2, 3), feed="registrations")
    exact = parquet(people | {"NIK": [int(nik) for nik in people["NIK"]]})
    yield Case("parquet_nik_as_integer", ".parquet", exact, 2, feed="registrations")
    nested = parquet(strings | {"KPJ": [["00000000001"]] * 3})
    yield Case("parquet_of_lists", ".parquet", nested, refused="lists, structures")
    missing = parquet({name: values for name, values in strings.items() if name != "KPJ"})
    yield Case("parquet_required_column_missing", ".parquet", missing, refused="are missing: KPJ")
    yield Case("parquet_cut_off", ".parquet", whole[: len(whole) // 2], refused="damaged or cut off")
    claimed = whole[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"
    yield Case("parquet_with_a_wrong_footer", ".parquet", claimed, refused="damaged or cut off")


def cases() -> list[Case]:
    """The whole corpus."""
    return [*dialects(), *texts(), *packed(), *workbooks(), *columnar()]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in cases():
        (folder / f"{each.trouble}{each.extension}").write_bytes(each.content)
