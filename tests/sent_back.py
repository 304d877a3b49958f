"""A workbook of rejected rows, and what a clerk does with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
from house import House, registration
from openpyxl.workbook import Workbook

from perisai import rejects
from perisai.step import opened_lake, sealer

DAY = "2023-09-30"


def run(house: House) -> None:
    """The day up to the marts, and of its report the workbooks only."""
    house.build(DAY)
    with opened_lake(house.settings) as con:
        rejects.write_workbooks(con, house.settings, sealer(house.settings))


def book_of(house: House, branch: str = "NTB01", day: str = DAY) -> Path:
    return house.settings.workbooks / branch / f"{branch}_{day}.xlsx"


def fix(path: Path, change: Callable[[Workbook], None]) -> Path:
    """A copy of the workbook, changed as a clerk would."""
    book = openpyxl.load_workbook(path)
    change(book)
    corrected = path.parent.parent.parent.parent / "corrected.xlsx"
    book.save(corrected)
    return corrected


def cells(book: Workbook, feed: str, line: int, **values: str | None) -> None:
    """Overwrites cells, by header, of the row that stood on a line."""
    sheet = book[feed]
    place = {cell.value: cell.column for cell in sheet[1]}
    (row,) = [r[0].row for r in sheet.iter_rows(min_row=2) if r[place["BARIS"] - 1].value == str(line)]
    for header, value in values.items():
        sheet.cell(row, place[header]).value = value


def leave_registrations(house: House) -> None:
    """Lines 2 to 12: five good ones, one of which stands twice, and six that are rejected."""
    good = [*map(registration, range(1, 6))]
    bad = [
        registration(6, nik="5.27101E+15", full_name="=Peserta Contoh"),  # 7
        registration(7, programmes=7),  # 8
        registration(8, kpj="1"),  # 9
        registration(9, sex="X"),  # 10
        registration(10, registration_no="REG/TWICE"),  # 11
        registration(11, registration_no="REG/TWICE"),  # 12
    ]
    house.leave("NTB01", "registrations", DAY, [*good, *bad, good[0]])


def correct_registrations(book: Workbook) -> None:
    cells(book, "registrations", 7, NIK="5271010107800006")
    cells(book, "registrations", 8, PROGRAM="3")
    cells(book, "registrations", 11, TINDAKAN="hapus")
