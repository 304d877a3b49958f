"""The same people as several programs write them: equal values and errors by every way; and what is no workbook."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import xlwt
from corpus.case import Case, each, kept
from corpus.files import PAYMENTS, PEOPLE, ROWS, STANDARD, person, typed, with_member, xlsx, zipped

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DATED = {"TGL_DAFTAR", "TGL_LAHIR"}
NUMBERS = {"KODE_KAB_KOTA", "PROGRAM", "UPAH"}
# line 3 has an error for its agent's code, line 4 for its name; on line 5 a formula says that there is no agent
# as xlwt wants them
ERROR_CODES = {"#N/A": 0x2A, "#DIV/0!": 0x07}
ERRORS = {(3, "KODE_PERISAI"): "#N/A", (4, "NAMA_LENGKAP"): "#DIV/0!"}


def rows() -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    for line in range(2, 7):
        cells: list[tuple[str, Any]] = []
        for name, value in zip(PEOPLE, person(line - 1), strict=True):
            if name in DATED:
                cells.append((name, date.fromisoformat(value)))
            else:
                cells.append((name, int(value) if name in NUMBERS else value))
        yield line, cells


def of_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(PEOPLE)
    for line, cells in rows():
        for column, (name, value) in enumerate(cells, start=1):
            if value != "":
                sheet.cell(line, column).value = ERRORS.get((line, name), value)
    sheet.cell(5, len(PEOPLE)).value = None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def of_xlwt() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for column, name in enumerate(PEOPLE):
        sheet.write(0, column, name)
    for line, cells in rows():
        for column, (name, value) in enumerate(cells):
            if error := ERRORS.get((line, name)):
                sheet.row(line - 1).set_cell_error(column, ERROR_CODES[error])
            elif (line, name) != (5, "KODE_PERISAI"):
                sheet.write(line - 1, column, value, *([day] if name in DATED else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_hand(cell: str = "<{p}c{t}>{v}</{p}c>", prefix: str = "", offset: int = 0) -> bytes:
    """A sheet without references, with texts in their cells; ``cell`` says how one is written."""
    p = f"{prefix}:" if prefix else ""

    def written(line: int, name: str, value: Any) -> str:
        if error := ERRORS.get((line, name)):
            return cell.format(p=p, t=" t='e'", v=f"<{p}f>NA()</{p}f><{p}v>{error}</{p}v>")
        if (line, name) == (5, "KODE_PERISAI"):
            return cell.format(p=p, t=' t="str"', v=f"<{p}f>IF(1,&quot;&quot;)</{p}f><{p}v></{p}v>")
        if isinstance(value, date):
            days = (value - date(1899, 12, 30)).days - offset
            return cell.format(p=p, t=' s="1"', v=f"<{p}v>{days}</{p}v>")
        if isinstance(value, int):
            return cell.format(p=p, t="", v=f"<{p}v>{value}</{p}v>")
        said = f"<![CDATA[{value}]]>" if name == "JENIS_PEKERJAAN" else value
        return cell.format(p=p, t=' t="inlineStr"', v=f"<{p}is><{p}t>{said}</{p}t></{p}is>")

    head = "".join(written(1, "", name) for name in PEOPLE)
    body = "".join(
        f"<{p}row>{''.join(written(line, name, value) for name, value in cells)}</{p}row>" for line, cells in rows()
    )
    namespace = f'xmlns:{prefix}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    sheet = f"<{p}worksheet {namespace}><{p}sheetData><{p}row>{head}</{p}row>{body}</{p}sheetData></{p}worksheet>"
    calculated = changed(xlsx([[date(2023, 9, 13)]]), ' fullCalcOnLoad="1"', "")
    return with_member(calculated, SHEET, sheet.encode())


def changed(book: bytes, pattern: str, replacement: str) -> bytes:
    """The workbook, with a pattern replaced in the names and the content of all its parts."""

    def replaced(text: str) -> str:
        return re.sub(pattern, replacement, text)

    return zipped(*((replaced(name), replaced(content.decode()).encode()) for name, content in members(book)))


def people() -> Iterator[Case]:
    accepted = {
        line: {
            "kpj": f"{line - 1:011d}",
            "nik": str(person(line - 1)[3]),
            "full_name": "Peserta Contoh",
            "birth_date": date(1979 + line, 5, 10),
            "registration_date": date(2023, 9, 13),
            "region_code": "5271",
            "declared_income_rp": 1_000_000,
            "occupation": "Pedagang",
            "agent_code": None if line == 5 else "AB00001",
        }
        for line in (2, 5, 6)
    }
    expected: dict[str, Any] = {
        "feed": "registrations",
        "accepted": 3,
        "rejected": (3, 4),
        "rules": {3: "agent_code_form", 4: "row_readable"},
        "rows": accepted,
        "held": 5,
    }

    def case(trouble: str, content: bytes, extension: str = ".xlsx") -> Case:
        return Case(trouble, extension, content, **expected)

    del accepted[5]["agent_code"]  # what is empty is null in the lake, and the vault has no column for it
    for name in ("people_of_libreoffice.xls", "people_of_libreoffice.xlsx"):
        yield kept(name, **expected)
    yield case("people_of_openpyxl", of_openpyxl())
    yield case("people_of_xlwt", of_xlwt(), ".xls")
    plain = by_hand()
    yield case("people_without_references", plain)
    yield case("people_in_a_namespace_with_a_prefix", by_hand(prefix="x"))
    yield case("people_with_the_type_first", by_hand("<{p}c{t} >\n{v}\n</{p}c >"))
    strict = changed(
        plain,
        r"http://schemas\.openxmlformats\.org/(spreadsheetml|officeDocument)/2006",
        r"http://purl.oclc.org/ooxml/\1",
    )
    yield case("people_in_strict_ooxml", strict)
    yield case("people_counted_from_1904", changed(by_hand(offset=1462), "<workbookPr ", '<workbookPr date1904="1" '))
    yield case("people_on_a_sheet_of_another_name", changed(plain, "sheet1", "Lembar_A"))
    yield case("people_with_styles_of_another_name", changed(plain, "styles", "gaya2"))
    yield case("people_below_another_folder", changed(plain, r"\bxl/", "buku/"))
    yield case(
        "people_with_names_in_capitals", changed(plain, r"xl/worksheets/sheet1\.xml$", "XL/Worksheets/Sheet1.XML")
    )
    beside = [("__MACOSX/._a.xlsx", b"x"), (".DS_Store", b"x"), ("Thumbs.db", b"x")]
    yield case("people_in_a_zip_of_a_file_manager", zipped(("a/people.xlsx", plain), *beside), ".zip")
    backslashes = zipped(("people.xlsx", with_backslashes(plain)))
    yield case("people_with_backslashes_in_a_zip", backslashes, ".zip")
    yield case("people_of_xlwt_in_gzip", gzip.compress(of_xlwt(), mtime=0), ".xls.gz")


def with_backslashes(book: bytes) -> bytes:
    return zipped(*((name.replace("/", "\\"), content) for name, content in members(book)))


def page(*lines: list[Any], cell: str = "<td>{}</td>", before: str = "") -> bytes:
    body = "".join(f"<tr>{''.join(cell.format(value) for value in cells)}</tr>\n" for cells in lines)
    return (
        f"<html><head><style>td {{color: red}}</style></head><body>{before}<table>{body}</table></body></html>".encode()
    )


def pages() -> Iterator[Case]:
    paid = {"accepted": 3, "rows": each([2, 3, 4], amount_rp=36_800), "held": 3, "extension": ".xls"}

    def refused(trouble: str, content: bytes, words: str, extension: str = ".xls") -> Case:
        return Case(trouble, extension, content, refused=words)

    plain = page(PAYMENTS, *ROWS)
    yield Case("page_of_one_table", content=plain, **paid)
    yield Case("page_in_utf_16", content=b"\xff\xfe" + plain.decode().encode("utf-16-le"), **paid)
    yield Case("page_with_unclosed_cells", content=page(PAYMENTS, *ROWS, cell="<td class=a><b>{}</b>"), **paid)
    yield Case("page_with_blanks_and_entities", content=plain.replace(b"PESERTA", b"\n  PES&#69;RTA&nbsp;<br>"), **paid)
    late = [ROWS[0], ["#N/A", *ROWS[1][1:]], ROWS[2][:5]]
    ragged = {"accepted": 1, "rejected": (3, 4), "rows": each([2], amount_rp=36_800), "held": 3, "extension": ".xls"}
    yield Case("page_with_an_error_and_a_short_row", content=page(PAYMENTS, *late), **ragged)
    yield refused("page_of_two_tables", page(PAYMENTS, *ROWS, before="<table></table>"), "more than one table")
    yield refused("page_of_a_table_in_a_table", page(PAYMENTS, ["<table></table>"]), "more than one table")
    yield refused("page_with_merged_cells", page(PAYMENTS, *ROWS, cell='<td colspan="2">{}</td>'), "merged or hidden")
    yield refused("page_with_hidden_rows", plain.replace(b"<tr>", b'<tr style="display: none">'), "merged or hidden")
    yield refused("page_with_fields", page(PAYMENTS, *ROWS, cell='<td><input value="{}"></td>'), "merged or hidden")
    yield refused("page_without_a_table", b"<!DOCTYPE html><p>Sesi berakhir</p>", "a web page without a table")
    yield refused("print_of_the_agency", b"%PDF-1.7\n", "this is a PDF", ".xlsx")
    xml = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook></Workbook>'
    yield refused("xml_spreadsheet_2003", xml, "this is a XML Spreadsheet 2003")
    yield refused("other_xml", b"<?xml version='1.0'?><rows/>", "this is a XML file")
    mhtml = b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + plain
    yield refused("mhtml", mhtml, "this is a MHTML")
    yield refused("rtf", b"{\\rtf1 " + STANDARD.encode(), "this is a RTF")
    types = ("[Content_Types].xml", b"<Types/>")
    yield refused("xlsb", zipped(types, ("xl/workbook.bin", b"x")), "this is a XLSB", ".xlsx")
    yield refused("word_document", zipped(types, ("word/document.xml", b"x")), "this is a Word", ".xlsx")
    yield refused("numbers", zipped(("Index/Document.iwa", b"x")), "this is a Numbers", ".xlsx")


def doubtful() -> Iterator[Case]:
    good = xlsx([PAYMENTS, *map(typed, ROWS)])
    twice = zipped((SHEET.upper(), b"<worksheet/>"), *members(good))
    yield Case("xlsx_with_a_part_twice", ".xlsx", twice, refused="damaged or cut off")
    unicode = with_member(good, SHEET, dict(members(good))[SHEET].decode().encode("utf-16"))
    yield Case("xlsx_in_utf_16", ".xlsx", unicode, refused="XML is in UTF-16")
    gone = zipped(*((name, content) for name, content in members(good) if name != "xl/sharedStrings.xml"))
    yield Case("xlsx_without_its_strings", ".xlsx", gone, refused="damaged or cut off")
    unsaved = xlsx([PEOPLE, [*person(1)[:-1], "=A1|"], person(2)])
    unread: dict[str, Any] = {"feed": "registrations", "rejected": (2,), "rules": {2: "agent_code_form"}}
    yield Case("xlsx_agent_by_a_formula_without_a_value", ".xlsx", unsaved, 1, **unread)
    links = changed(good, "</worksheet>", '<hyperlinks><hyperlink ref="A1" r:id="rId9"/></hyperlinks></worksheet>')
    yield Case("xlsx_with_a_link_to_nothing", ".xlsx", links, 3, rows=each([2, 3, 4], amount_rp=36_800))


def members(book: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def cases() -> Iterator[Case]:
    yield from people()
    yield from pages()
    yield from doubtful()
