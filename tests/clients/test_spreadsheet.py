"""LibreOffice opens head office's workbook and saves it again: every value is there, in its type."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from clients.conftest import missing
from house import House
from python_calamine import CalamineWorkbook


@pytest.fixture(scope="module")
def saved(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What LibreOffice makes of the workbook."""
    office = shutil.which("soffice")
    if not office:
        missing("LibreOffice is not there: apt-get install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("office")
    workbook = demo_house.settings.published / "exports" / "perisai.xlsx"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = [office, "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder]
    done = subprocess.run([*convert, workbook], capture_output=True, text=True, check=True, timeout=120)
    assert (folder / "perisai.xlsx").exists(), done.stdout + done.stderr
    return folder / "perisai.xlsx"


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
    formats = {header.value: sheet.cell(2, header.column).number_format for header in sheet[1]}
    assert formats["universe"] == "#,##0"
    assert formats["coverage_pct"] == "0.0%"
    assert "MMM" in formats["month"].upper()
    assert sheet.auto_filter.ref == sheet.dimensions
    assert {prop.name: prop.value for prop in book.custom_doc_props.props}["business_date"] == "2023-10-14"
