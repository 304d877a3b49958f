"""LibreOffice opens the workbooks of head office and branches, saves them again, and prints them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from clients.conftest import missing
from house import House
from pypdf import PdfReader
from python_calamine import CalamineWorkbook


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """Has LibreOffice make another file of one: an XLSX, or a PDF as it is printed."""
    program = shutil.which("soffice")
    if not program:
        missing("LibreOffice is not there: apt-get install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("office")

    def convert(file: Path, kind: str) -> Path:
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        made = folder / f"{file.stem}.{kind.split(':', maxsplit=1)[0]}"
        command = [program, "--headless", profile, "--convert-to", kind, "--outdir", folder, file]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        assert made.exists(), done.stdout + done.stderr
        return made

    return convert


@pytest.fixture(scope="module")
def saved(demo_house: House, office: Callable[[Path, str], Path]) -> Path:
    """What LibreOffice makes of the workbook."""
    return office(demo_house.settings.published / "exports" / "perisai.xlsx", "xlsx:Calc MS Excel 2007 XML")


def test_it_prints_on_tens_of_pages_which_begin_with_the_summary(demo_house: House, office: Any) -> None:
    pages = PdfReader(office(demo_house.settings.published / "exports" / "perisai.xlsx", "pdf")).pages
    assert 20 < len(pages) < 80
    first = pages[0].extract_text()
    assert "Peserta BPU terlindungi" in first
    assert "Kiriman cabang tepat waktu" in first


def test_a_branch_s_workbook_opens_on_one_page_and_prints_on_few(demo_house: House, office: Any) -> None:
    book = max(demo_house.settings.workbooks.glob("*/*.xlsx"), key=lambda path: path.stat().st_size)
    sheets = openpyxl.load_workbook(book)
    rows = sum(sheet.max_row - 1 for sheet in sheets.worksheets[1:] if sheet.sheet_state == "visible")
    assert rows > 5
    pages = [page.extract_text() for page in PdfReader(office(book, "pdf")).pages]
    assert len(pages) <= len(sheets.sheetnames) + rows / 10
    told = " ".join(pages[0].split())
    for words in ("YANG DILAKUKAN", "KIRIM KE", f"folder {book.parent.name}", "PALING LAMBAT", "SEND IT TO", "ALASAN"):
        assert words in told
    assert re.search(r"2023-10-[0-9]{2}, 12:00 WITA \((agents|claims|contributions|registrations)", told)
    assert "KIRIM KE" not in pages[1], "it fits on one page"


def test_every_value_keeps_its_type(demo_house: House, saved: Path) -> None:
    written = CalamineWorkbook.from_path(demo_house.settings.published / "exports" / "perisai.xlsx")
    read = CalamineWorkbook.from_path(saved)
    assert read.sheet_names == written.sheet_names
    kinds = set()
    for name in written.sheet_names:
        before = written.get_sheet_by_name(name).to_python()
        after = read.get_sheet_by_name(name).to_python()
        assert len(after) == len(before) > 0
        for row, (ours, theirs) in enumerate(zip(before, after, strict=True)):
            assert [type(value) for value in theirs] == [type(value) for value in ours], (name, row)
            for one, other in zip(ours, theirs, strict=True):
                assert other == (pytest.approx(one, rel=1e-14) if isinstance(one, float) else one), (name, row)
                kinds.add(type(one).__name__)
    assert kinds == {"str", "float", "bool", "date", "datetime"}


def test_formats_and_filters_are_understood(saved: Path) -> None:
    book = openpyxl.load_workbook(saved)
    sheet = book["coverage_month"]
    formats = {header.value: sheet.cell(4, header.column).number_format for header in sheet[3]}
    assert formats["universe"] == "#,##0"
    assert formats["coverage_pct"] == "0.0%"
    assert "MMM" in formats["month"].upper()
    assert sheet.auto_filter.ref.replace("A3:", "A1:") == sheet.dimensions
    assert {prop.name: prop.value for prop in book.custom_doc_props.props}["business_date"] == "2023-10-14"
