"""The header: which table of a file is the delivery, which of its rows names the columns, and where each stands.

What a file says is never repeated in a reason, since a header or the name of a sheet may be a person's: an
unknown column is told by its place, a sheet by its number, and the only names are those of the contract.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from expectations.contract import Contract
from expectations.wording import counted, together
from transforms.readers import Row, Table, Unreadable

HEADER_CELLS = 3
"""So many headers of the contract make a row a header, though perhaps not a good one."""
_ALPHABET = 26
_JSON = re.compile(r'\s*(\{\s*("|$)|\[\s*(\{|\[|$))')
_SQL = re.compile(r"\s*(insert|replace)\s+into\s|\s*create\s+table\s", re.IGNORECASE)


_PART = "(?:[dhmbty]{1,4}|tgl|hari|bln|bulan|th?n|tahun)"
_IN_BRACKETS = re.compile(
    rf"[(\[]\s*(?:rp\.?|idr|rupiah|[hj]{{2}}[:.]mm|(?P<first>{_PART})[-/. ]+(?P<second>{_PART})"
    rf"(?:[-/. ]+{_PART})?)\s*[)\]]\s*$",
    re.IGNORECASE,
)
_DAY, _MONTH = ("d", "h", "tg"), ("m", "b")  # how the parts of a date's form begin


@lru_cache(maxsize=4096)  # a day's files have the same few headers, and each is compared with all aliases
def fold(header: str) -> str:
    """A header without case, accents, blanks and punctuation: ``No. E-KTP`` and ``no e_ktp`` are one.

    Rupiah or the form of a date in brackets behind it are left out.
    """
    plain = unicodedata.normalize("NFKD", _IN_BRACKETS.sub("", header)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


def order_told(header: Iterable[str]) -> set[Literal["day", "month"]]:
    """What headers say comes first in dates, as ``TGL_BAYAR (dd/mm/yyyy)`` does."""
    told: set[Literal["day", "month"]] = set()
    for found in filter(None, map(_IN_BRACKETS.search, header)):
        first, second = ((found[part] or "").lower() for part in ("first", "second"))
        if first.startswith(_DAY) and second.startswith(_MONTH):
            told.add("day")
        elif first.startswith(_MONTH) and second.startswith(_DAY):
            told.add("month")
    return told


def known(contract: Contract) -> dict[str, str]:
    """Column that each folded header means."""
    folded = {fold(name): column.name for column in contract.exported for name in (*column.aliases, column.name)}
    return folded | {fold(str(column.header)): column.name for column in contract.exported}


def positions_of(header: tuple[str, ...], contract: Contract) -> dict[str, int]:
    """Position in the file of each column of the contract.

    Raises:
        Unreadable: a required column is missing, or two headers mean the same column.
    """
    meant = known(contract)
    positions: dict[str, int] = {}
    for position, cell in enumerate(header):
        name = meant.get(fold(cell))
        if name in positions:
            twice = next(column.header for column in contract.exported if column.name == name)
            both = f"{place(positions[name])}, {place(position)}"
            raise Unreadable(f"Kolom {twice} ada dua kali: {both} / column {twice} stands twice: {both}")
        if name:
            positions[name] = position
    missing = [column for column in contract.exported if column.required and column.name not in positions]
    if missing:
        listed = ", ".join(str(column.header) for column in missing)
        unknown = {fold(cell): n for n, cell in enumerate(header) if n not in positions.values()}
        near = ""
        for column in missing:
            for name in (str(column.header), column.name, *column.aliases):
                if found := difflib.get_close_matches(fold(name), unknown, n=1):
                    near += f"; kolom {place(unknown[found[0]])} ~ {column.header}?"
                    break
        raise Unreadable(f"Kolom wajib tidak ada: {listed} / required columns are missing: {listed}{near}")
    return positions


def names_others(cells: list[str], header: tuple[str, ...], contract: Contract) -> bool:
    """Whether a row of another width than the header names its columns too, in another order.

    So does the line on which two files were put together where the first had no end of its last line. A row that
    names them in the same order spoils no more than itself.
    """
    meant = known(contract)
    first, here = ([meant[fold(cell)] for cell in row if fold(cell) in meant] for row in (header, cells))
    return len(here) >= HEADER_CELLS and here != first[-len(here) :]


def second(line: int) -> str:
    """The reason for a second header, for the branch's clerk."""
    return (
        f"Baris {line} adalah judul kedua dengan urutan kolom lain; kirim satu tabel per file"
        f" / line {line} is a second header with other columns; send one table per file"
    )


def ignored(header: tuple[str, ...], positions: dict[str, int], contract: Contract) -> str:
    """What is said of columns that the contract does not know, and of those that are missed; empty without such."""
    unknown = ", ".join(place(n) for n, cell in enumerate(header) if cell and n not in positions.values())
    missed = ", ".join(str(each.header) for each in contract.exported if each.missed and each.name not in positions)
    return together(
        f"Kolom tidak dikenal, diabaikan: kolom {unknown} / unknown columns, ignored: {unknown}" if unknown else "",
        f"Kolom tidak ada, dibaca kosong di semua baris: {missed}"
        f" / missing columns, read as empty on all rows: {missed}"
        if missed
        else "",
    )


def place(position: int) -> str:
    """A column by its number and by the letters that spreadsheets give it: ``5 (E)``."""
    letters, rest = "", position
    while rest >= 0:
        letters = chr(ord("A") + rest % _ALPHABET) + letters
        rest = rest // _ALPHABET - 1
    return f"{position + 1} ({letters})"


def choose(tables: list[Table], contract: Contract) -> tuple[Table, Row]:
    """The table that is the delivery, and its header.

    Raises:
        Unreadable: none has a header, or several have one and rows below it, or only a hidden sheet has.
    """
    meant = known(contract)
    required = {column.name for column in contract.exported if column.required}
    found = [
        ({meant[fold(cell)] for cell in row[1] if fold(cell) in meant}, table, row)
        for table in tables
        for row in table.peek
    ]
    full: dict[int, tuple[Table, Row]] = {}
    for named, table, row in found:
        if named >= required and not table.hidden and table.peek[-1][0] > row[0]:
            full.setdefault(table.number, (table, row))
    if len(full) > 1:
        listed = ", ".join(map(str, full))
        raise Unreadable(
            f"Lebih dari satu lembar berisi data: lembar {listed}; kirim satu lembar per file"
            f" / more than one sheet holds data: sheets {listed}; send one sheet per file"
        )
    if full:
        return next(iter(full.values()))
    _explain_text(found, required, meant)
    shown = [each for each in found if not each[1].hidden]
    nearest = max(shown, key=lambda each: len(each[0]), default=None)
    if nearest and len(nearest[0]) >= min(HEADER_CELLS, len(required)):
        return nearest[1:]
    if hidden := [table.number for named, table, _ in found if named >= required]:
        raise Unreadable(
            f"Data berada di lembar tersembunyi (lembar {hidden[0]}); tampilkan dan simpan ulang"
            f" / the data is on a hidden sheet (sheet {hidden[0]}); unhide it and save again"
        )
    _explain_one_cell(found, required, meant)
    if problem := next((table.problem for table in tables if table.problem), None):
        raise problem
    listed = ", ".join(str(column.header) for column in contract.exported if column.required)
    raise Unreadable(f"Baris judul tidak ditemukan: {listed} / no header is found with: {listed}")


def other_sheets(tables: list[Table], chosen: Table) -> str:
    """What is said of the visible sheets that hold something and are left out; empty if there are none."""
    others = (table for table in tables if table.typed and not table.hidden and table.peek)
    left = [str(table.number) for table in others if table is not chosen]
    listed = ", ".join(left)
    return f"Lembar lain diabaikan: {listed} / other sheets, ignored: {listed}" if left else ""


def without_header(sheet: Table) -> str:
    """Why a delivery is refused of which a sheet goes on without a header."""
    rows = sum(1 for _ in sheet.rows((0, [])))
    goes_on = counted(rows, "row without a header that seems", "rows without a header that seem")
    return (
        f"Lembar {sheet.number} berisi {rows} baris tanpa judul, tampaknya lanjutan tabel; satukan semua baris dalam"
        f" satu lembar di bawah satu judul / sheet {sheet.number} holds {goes_on} to go on with the table; put all rows"
        " into one sheet under one header"
    )


def _explain_one_cell(found: list[tuple[set[str], Table, Row]], required: set[str], meant: dict[str, str]) -> None:
    """Says so where a whole header stands in one cell, as a line of text does that was pasted into a sheet."""
    for _, _, (line, cells) in found:
        for cell in cells:
            for delimiter in ",;\t|":
                if {meant.get(fold(part)) for part in cell.split(delimiter)} >= required:
                    raise Unreadable(
                        f"Semua kolom berada dalam satu sel (baris {line}); pisahkan dengan Teks ke Kolom, atau kirim"
                        f" file aslinya / all columns stand in one cell (row {line}); split them with Text to Columns,"
                        " or send the original file"
                    )


def _explain_text(found: list[tuple[set[str], Table, Row]], required: set[str], meant: dict[str, str]) -> None:
    """Says so where a text is a table of another kind than cells between delimiters."""
    for _, table, (line, cells) in found:
        first = cells[0] if cells else ""
        if line == 1 and _JSON.match(first):
            raise Unreadable("Ini teks JSON; ekspor sebagai CSV atau XLSX / this is JSON; export it as CSV or XLSX")
        if _SQL.match(first):
            raise Unreadable(
                "Ini dump SQL; ekspor sebagai CSV atau XLSX / this is an SQL dump; export it as CSV or XLSX"
            )
        plain = len(cells) == 1 and not set(first) & set(",;\t|")
        if plain and len(table.peek) > 1 and {meant.get(fold(part)) for part in first.split()} >= required:
            raise Unreadable(
                f"Kolom tidak dipisahkan dengan , ; tab atau | (baris {line}), mungkin lebar tetap; ekspor sebagai CSV"
                f" / the columns are not separated by , ; tab or | (line {line}), but of fixed width; export as CSV"
            )
