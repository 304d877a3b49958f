"""Workbooks: python-calamine reads XLSX, xlrd reads XLS, and nothing else does; runs in the sandbox.

Each of them tells values, types and errors of its kind by itself (see transforms.readers.package for XLSX).
"""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from transforms.readers.cells import MARKED, UNSAVED, Merge, Refused, Sheet, covered, filled, text
from transforms.readers.formats import MONTH, OTHER, may_mislead, month_of, shows
from transforms.readers.marks import HIDDEN, STRUCK, WHITE, mostly, without_codes
from transforms.readers.package import Package

_LEAP_BUG_ENDS = 61  # from here on, 1 March 1900, a count of days means one day only
_RECALCID, _EOF, _BOF, _MERGES = 0x01C1, 0x000A, 0x0809, 0x00E5
_BIFF8 = 80
_SHOWN, _LAST = 98, 255
"""Types of numbers in formats that may show something else than their cell holds; xlrd knows none of these. The last
one stands for all beyond."""
Shown = list[tuple[str, int]]
"""Number formats, and the types that xlrd gives to numbers in them."""
_ROW, _ROW_SIZE, _IS_HIDDEN, _LOW = 0x0208, 16, 0x20, 40
"""A row of two points, 40 of their twentieths, cannot be seen."""
_FONT, _FONT_SIZE, _IS_STRUCK, _NO_FONT = 0x0031, 6, 0x08, 4
"""Fonts are numbered without a 4."""
_WHITES = {1, 9}
_CELLS, _MULTIPLE = {0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E}, 0x00BD
"""Records of cells that hold something, and of several numbers in a row."""
_PRINTED = {0x0014, 0x0015}


def xlsx(content: bytes, unpacked: int, ratio: int, ratio_from: int) -> list[Sheet]:
    """The sheets of an XLSX; see transforms.readers.package.Package for the limits."""
    import python_calamine as calamine

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            package = Package(archive, unpacked, ratio, ratio_from)
            plain = package.plain()
    except zipfile.BadZipFile as error:
        raise Refused("damaged") from error
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(plain))
    sheets = [book.get_sheet_by_index(number) for number in range(len(package.sheets))]
    return [
        Sheet(
            part.name,
            part.hidden,
            lambda read=sheet: _xlsx_rows(read),  # type: ignore[misc]  # binds it now
            marked=marked,
            notes=part.notes,
            titles=tuple(part.titles),
        )
        for part, sheet, marked in zip(package.sheets, sheets, package.marked, strict=True)
    ]


def _xlsx_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    left = sheet.start[1] if sheet.start else 0  # the rows begin there
    merges = [(top, last, a - left, b - left) for (top, a), (last, b) in sheet.merged_cell_ranges or []]
    rows = ([text(value) for value in row] for row in sheet.iter_rows())
    return filled(enumerate(covered(rows, merges, sheet.width), start=1))


def xls(content: bytes) -> list[Sheet]:
    """The sheets of an XLS."""
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, ragged_rows=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Refused("password") from error
        raise Refused("no_workbook" if "Can't find workbook" in str(error) else "damaged") from error
    shown: dict[tuple[str, int], int] = {}
    types = book._xf_index_to_xl_type_map
    for number, each in enumerate(book.xf_list):
        if may_mislead(code := book.format_map[each.format_key].format_str):
            # no sheet is read yet
            types[number] = min(shown.setdefault((code, types[number]), _SHOWN + len(shown)), _LAST)
    trusted = book.biff_version < _BIFF8 or _was_calculated(book)
    sheets = [book.sheet_by_index(number) for number in range(book.nsheets)]
    return [
        Sheet(
            sheet.name,
            sheet.visibility != 0,
            lambda read=sheet, number=number: _xls_rows(  # type: ignore[misc]
                read, book.datemode, trusted, _xls_merges(book, number), [*shown]
            ),
            marked=_xls_marked(book, sheet, number),
            titles=_xls_printed(book, number),
            notes={row + 1: note.text for (row, _), note in sorted(sheet.cell_note_map.items())},
        )
        for number, sheet in enumerate(sheets)
    ]


def _was_calculated(book: Any) -> bool:
    """Whether a program that calculates saved the book: others save every formula with an empty text for its value."""
    return any(kind == _RECALCID for kind, _, _ in _records(book, book.base))


def _records(book: Any, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, begin, size) of the records of the book or of a sheet that begins at a place, but for charts in it."""
    depth = 0
    while at + 4 <= book.base + book.stream_len:
        kind, size = struct.unpack_from("<HH", book.mem, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, at + 4, size
        elif not depth:
            return
        at += 4 + size


def _xls_merges(book: Any, number: int) -> list[Merge]:
    """The merged cells of a sheet, which xlrd tells only together with all formats."""
    if book.biff_version < _BIFF8:
        return []  # they could only be merged from BIFF 8 on
    return [
        struct.unpack_from("<4H", book.mem, begin + place)
        for kind, begin, size in _records(book, book._sh_abs_posn[number])
        if kind == _MERGES
        for place in range(2, size - 7, 8)
    ]


def _xls_marked(book: Any, sheet: Any, number: int) -> dict[str, int]:
    """How many rows that hold anything are hidden, struck through in a cell, or mostly white on white."""
    if book.biff_version < _BIFF8:
        return {}
    fonts = [
        struct.unpack_from("<2xHH", book.mem, begin)
        for kind, begin, size in _records(book, book.base)
        if kind == _FONT and size >= _FONT_SIZE
    ]
    fonts.insert(_NO_FONT, (0, 0))
    struck, white = set(), set()
    for at, each in enumerate(book.xf_list):
        flags, colour = fonts[each.font_index] if each.font_index < len(fonts) else (0, 0)
        back = each.background
        if flags & _IS_STRUCK:
            struck.add(at)
        if colour in _WHITES and (not back.fill_pattern or back.pattern_colour_index in _WHITES):
            white.add(at)
    hidden = set()
    formats: dict[int, list[int]] = {}
    for kind, begin, size in _records(book, book._sh_abs_posn[number]):
        if kind == _ROW and size >= _ROW_SIZE:
            row, height, flags = struct.unpack_from("<H4xH4xH", book.mem, begin)
            if flags & _IS_HIDDEN or height <= _LOW:
                hidden.add(row)
        elif kind in _CELLS or kind == _MULTIPLE:
            row, _, form = struct.unpack_from("<HHH", book.mem, begin)
            formats.setdefault(row, []).append(form)
            if kind == _MULTIPLE:
                places = range(begin + 10, begin + size - 6, 6)
                formats[row] += [struct.unpack_from("<H", book.mem, place)[0] for place in places]
    return {
        HIDDEN: len(hidden & formats.keys()),
        STRUCK: sum(not struck.isdisjoint(each) for each in formats.values()),
        WHITE: sum(mostly(white, each) for each in formats.values()),
    }


def _xls_printed(book: Any, number: int) -> tuple[str, ...]:
    """What the print header and footer of a sheet say."""
    from xlrd.biffh import unpack_unicode  # type: ignore[import-untyped]

    if book.biff_version < _BIFF8:
        return ()
    return tuple(
        without_codes(unpack_unicode(book.mem[begin : begin + size], 0, lenlen=2))
        for kind, begin, size in _records(book, book._sh_abs_posn[number])
        if kind in _PRINTED and size
    )


def _xls_rows(
    sheet: Any, datemode: int, trusted: bool, merges: list[Merge], shown: Shown
) -> Iterator[tuple[int, list[str]]]:
    rows = (
        [
            _xls_text(kind, value, datemode, trusted, shown)
            for kind, value in zip(sheet.row_types(number), sheet.row_values(number), strict=True)
        ]
        for number in range(sheet.nrows)
    )
    return filled(enumerate(covered(rows, merges, sheet.ncols), start=1))


def _xls_text(kind: int, value: Any, datemode: int, trusted: bool, shown: Shown) -> str:
    import xlrd

    if kind == xlrd.XL_CELL_TEXT:
        return value or ("" if trusted else UNSAVED)
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#ERROR!"))
    code = ""
    if _SHOWN <= kind < _LAST:
        code, kind = shown[kind - _SHOWN]
    what = shows(code, value)
    if what == OTHER or kind == _LAST:
        return MARKED
    if kind == xlrd.XL_CELL_BOOLEAN:
        value = bool(value)
    if kind == xlrd.XL_CELL_DATE:
        value = _moment(value, datemode)
    month = month_of(value) if what == MONTH and isinstance(value, datetime.datetime) else None
    return month or text(value)


def _moment(days: float, datemode: int) -> datetime.datetime | datetime.time | float:
    """A count of days as a date, or as a time where there is no day; the count where it means neither for certain."""
    import xlrd

    try:
        moment: datetime.datetime = xlrd.xldate.xldate_as_datetime(days, datemode)
    except (OverflowError, ValueError):
        return days
    if 0 <= days < 1:
        return moment.time()
    return days if days < 0 or (datemode == 0 and days < _LEAP_BUG_ENDS) else moment
