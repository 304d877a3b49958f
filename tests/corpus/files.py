"""What the corpus is made of: rows that every contract accepts, and the files that hold them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

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


def payment(n: int) -> Cells:
    return [f"PAY-{n:07d}", "NTB01", f"{n:011d}", "2023-09-13", "2023-09", "1", "3", "36800", "PESERTA"]


def person(n: int, name: str = "Peserta Contoh") -> Cells:
    nik = f"5201015005{80 + n % 20:02d}{n:04d}"
    born = f"{1980 + n % 20}-05-10"
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


PAID = {
    n + 1: {
        "receipt_no": f"PAY-{n:07d}",
        "branch_code": "NTB01",
        "kpj": f"{n:011d}",
        "payment_date": date(2023, 9, 13),
        "first_month": date(2023, 9, 1),
        "months": 1,
        "programmes": 3,
        "amount_rp": 36_800,
        "payer": "PESERTA",
    }
    for n in (1, 2, 3)
}
"""What ``ROWS`` mean, by line."""
STANDARD = text(ROWS)
HEAD, FIRST, SECOND, THIRD = STANDARD.splitlines()


def with_cell(row: Cells, at: str, value: Any, header: Sequence[str] = PAYMENTS) -> Cells:
    return [value if name == at else cell for name, cell in zip(header, row, strict=True)]


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


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


def with_member(book: bytes, name: str, content: bytes) -> bytes:
    """The workbook with a member replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = [(each, archive.read(each)) for each in archive.namelist() if each != name]
    return zipped(*members, (name, content))


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()
