"""Counts the rows of a file by rules of its own: nothing here is shared with what reads deliveries.

A row is whatever stands below the header and holds anything. In text a record is a line; lines are one record
only where a quote that is open at the end of a line is closed on a later one, and none of the lines in between
looks like a row by itself (has as many delimiters as the header).
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree

import olefile
import pyarrow.parquet as pq

HEADER_CELLS = 3
BEGIN, TEXTS = 0x0809, (0x00FD, 0x0204, 0x00D6)
CELLS = (*TEXTS, 0x0006, 0x0203, 0x0205, 0x027E, 0x00BD)
"""Kinds of records of an XLS: a sheet begins; cells of text; all cells that hold something."""
NOTHING = " \t\r\n\u00a0"
PADDING = NOTHING + "\0\x1a-+=|:"


class Rows(NamedTuple):
    """Rows below the header that hold something, and lines that hold nothing but characters of padding."""

    held: int
    padding: int = 0


def rows_of(content: bytes, headers: Iterable[str]) -> Rows:
    """Rows of a file that is a good one.

    Args:
        content: the file's bytes.
        headers: names that columns may have.
    """
    known = {_plain(name) for name in headers}
    while content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:4] == b"PAR1":
        return Rows(pq.ParquetFile(io.BytesIO(content)).metadata.num_rows)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        return Rows(_in_old_workbook(content))
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name.replace("\\", "/"): archive.read(name) for name in archive.namelist()}
        if any(re.fullmatch(r"xl/workbook\d*\.xml", name) for name in members):
            return Rows(_in_workbook(members, known))
        (inside,) = (name for name in members if not re.search(r"/$|^__MACOSX/|(^|/)\.", name.replace("../", "")))
        return rows_of(members[inside], headers)
    return _in_text(_decoded(content), known)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isascii() and c.isalnum())


def _is_header(cells: Iterable[str], known: set[str]) -> bool:
    return sum(_plain(cell) in known for cell in cells) >= HEADER_CELLS


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if content[1:8:2] == b"\0\0\0\0":
        return content.decode("utf-16-le")
    if content[0:8:2] == b"\0\0\0\0":
        return content.decode("utf-16-be")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _in_text(content: str, known: set[str]) -> Rows:
    lines = re.split(r"\r+\n|\n|\r", content)
    at, mark = next(
        (at, mark)
        for at, line in enumerate(lines)
        for mark in ",;\t|"
        if _is_header(line.replace('"', "").split(mark), known)
    )
    wide = lines[at].count(mark)
    held = padding = 0
    at += 1
    while at < len(lines):
        size = _lines_of_record(lines, at, mark, wide)
        record = "".join(lines[at : at + size]).replace(mark, "")
        held += bool(record.strip(PADDING + '"'))
        padding += bool(record.strip(NOTHING)) and not record.strip(PADDING)
        at += size
    return Rows(held, padding)


def _lines_of_record(lines: list[str], at: int, mark: str, wide: int) -> int:
    quotes = lines[at].count('"')
    for size, line in enumerate(lines[at + 1 :], start=2):
        if quotes % 2 == 0:
            return size - 1
        if line.count(mark) >= wide > 0:
            return 1
        quotes += line.count('"')
    return 1 if quotes % 2 else len(lines) - at


def _in_workbook(members: dict[str, bytes], known: set[str]) -> int:
    book = next(name for name in members if re.fullmatch(r"xl/workbook\d*\.xml", name))
    links = ElementTree.fromstring(members[book.replace("xl/", "xl/_rels/") + ".rels"])
    targets = {link.get("Id"): str(link.get("Target")).removeprefix("/xl/") for link in links}
    strings = []
    if "xl/sharedStrings.xml" in members:
        strings = ["".join(entry.itertext()) for entry in ElementTree.fromstring(members["xl/sharedStrings.xml"])]
    counts = []
    for sheet in ElementTree.fromstring(members[book]).iterfind(".//{*}sheet"):
        link = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
        if sheet.get("state", "visible") == "visible":
            rows = _rows_of_sheet(members[f"xl/{targets[link]}"], strings)
            top = next((at for at, cells in enumerate(rows) if _is_header(cells, known)), len(rows))
            counts.append(sum(any(cell.strip(NOTHING) for cell in cells) for cells in rows[top + 1 :]))
    return max(counts)


def _in_old_workbook(content: bytes) -> int:
    """Rows of the fullest sheet of an XLS below the first one with three texts; cells are records."""
    with olefile.OleFileIO(io.BytesIO(content)) as parts:
        stream = parts.openstream("Workbook").read()
    at, cells, texts = 0, [Counter[int]()], [Counter[int]()]
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == BEGIN:
            cells, texts = [*cells, Counter()], [*texts, Counter()]
        elif kind in CELLS:
            (row,) = struct.unpack_from("<H", stream, at + 4)
            cells[-1][row] += 1
            texts[-1][row] += kind in TEXTS
        at += 4 + size
    tops = [min((row for row in sheet if sheet[row] >= HEADER_CELLS), default=1 << 16) for sheet in texts]
    return max(sum(row > top for row in rows) for rows, top in zip(cells, tops, strict=True))


def _rows_of_sheet(sheet: bytes, strings: list[str]) -> list[list[str]]:
    rows = []
    for row in ElementTree.fromstring(sheet).iterfind(".//{*}row"):
        cells = []
        for cell in row.iterfind("{*}c"):
            value = cell.findtext("{*}v") or ""
            inline = cell.find("{*}is")
            text = "".join(inline.itertext()) if inline is not None else value
            cells.append(strings[int(value)] if cell.get("t") == "s" else text)
        rows.append(cells)
    return rows
