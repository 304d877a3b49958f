"""What one sees in an XLSX and its values do not say: hidden rows, struck or white letters, whence values come.

Rows that somebody hid, struck through or wrote in white are read like others, and their number is told. The numbers of
the rows must rise: of two rows of one number its reader would keep one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import TypeVar

from expectations.wording import counted, together
from transforms.readers.cells import MARKED, Refused

T = TypeVar("T")
HIDDEN, STRUCK, WHITE, COMMENTED = "hidden", "struck", "white", "commented"
LINKED, ELSEWHERE = "linked", "elsewhere"
_WORDS = {
    HIDDEN: ("tersembunyi", "hidden"),
    STRUCK: ("tercoret", "struck through"),
    WHITE: ("berhuruf putih", "in white letters on white"),
    COMMENTED: ("berkomentar", "commented on"),
    LINKED: ("dengan nilai tersimpan dari file lain", "saved with values of another file"),
    ELSEWHERE: ("yang dihitung dari baris lain", "calculated from another row"),
}

_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b([^<>]*)(?<!/)>")
_PRINTED = re.compile(rb"<(?:[\w.-]+:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]*>([^<]+)<")
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-Za-z])')
"""In a print header: the place, the font, the page, the day."""
_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d+)""")
_HIDDEN = re.compile(rb"""\b(?:hidden\s*=\s*["'](?:1|true)|ht\s*=\s*["'][012](?:\.|["']))""")
"""Hidden, or of less than three points."""
_CELL = re.compile(rb"<(?:[\w.-]+:)?c\b([^<>]*)(?<!/)>")
_STYLE = re.compile(rb"""\bs\s*=\s*["'](\d+)""")
_FONTS = re.compile(rb"<(?:[\w.-]+:)?fonts\b.*?</(?:[\w.-]+:)?fonts\s*>", re.DOTALL)
_FONT = re.compile(rb"<(?:[\w.-]+:)?font(?:\s[^<>]*)?(?:/>|>(.*?)</(?:[\w.-]+:)?font\s*>)", re.DOTALL)
_STRIKE = re.compile(rb"""<(?:[\w.-]+:)?strike\b(?!\s+val\s*=\s*["'](?:0|false))""")
_RAISED = re.compile(rb"""<(?:[\w.-]+:)?vertAlign\b[^<>]*\bval\s*=\s*["']su(?:b|per)script""")
_RICH = re.compile(rb"<((?:[\w.-]+:)?)(si|is)(?:\s[^<>]*)?(?<!/)>(.*?)</\1\2\s*>", re.DOTALL)
_FORMATS = re.compile(rb"<(?:[\w.-]+:)?cellXfs\b.*?</(?:[\w.-]+:)?cellXfs\s*>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:[\w.-]+:)?xf\b([^<>]*)>")
_FONT_ID, _FILL_ID = (re.compile(rb"""\b%b\s*=\s*["'](\d+)""" % name) for name in (b"fontId", b"fillId"))
_FILLS = re.compile(rb"<(?:[\w.-]+:)?fills\b.*?</(?:[\w.-]+:)?fills\s*>", re.DOTALL)
_FILL = re.compile(rb"<(?:[\w.-]+:)?fill(?:\s[^<>]*)?(?:/>|>(.*?)</(?:[\w.-]+:)?fill\s*>)", re.DOTALL)
_IS_WHITE = (
    rb"""[^<>]*\b(?:rgb\s*=\s*["'](?:[0-9a-f]{2})?ffffff|theme\s*=\s*["']0|indexed\s*=\s*["'][19])["']"""
    rb"""(?![^<>]*\btint\b)"""
)
_WHITE_FONT = re.compile(rb"<(?:[\w.-]+:)?color\b" + _IS_WHITE, re.IGNORECASE)
_WHITE_FILL = re.compile(rb"<(?:[\w.-]+:)?fgColor\b" + _IS_WHITE, re.IGNORECASE)
_PATTERN = re.compile(rb"""\bpatternType\s*=\s*["'](?!none)""")


def marked_formats(styles: bytes) -> dict[str, set[bytes]]:
    """Numbers of the formats of cells that are struck through, or white on white, out of a workbook's styles."""
    fonts, fills, formats = _FONTS.search(styles), _FILLS.search(styles), _FORMATS.search(styles)
    if not fonts or not formats:
        return {STRUCK: set(), WHITE: set()}
    looks = _FONT.findall(fonts[0])
    filled = _FILL.findall(fills[0]) if fills else []
    struck = {n for n, font in enumerate(looks) if _STRIKE.search(font)}
    white = {n for n, font in enumerate(looks) if _WHITE_FONT.search(font)}
    plain = {n for n, fill in enumerate(filled) if not _PATTERN.search(fill) or _WHITE_FILL.search(fill)}
    found: dict[str, set[bytes]] = {STRUCK: set(), WHITE: set()}
    for number, each in enumerate(_FORMAT.findall(formats[0])):
        font, fill = (int(found_id[1]) if (found_id := part.search(each)) else 0 for part in (_FONT_ID, _FILL_ID))
        if font in struck:
            found[STRUCK].add(str(number).encode())
        if font in white and fill in plain:
            found[WHITE].add(str(number).encode())
    return found


def without_runs(xml: bytes) -> bytes:
    """Strings of an XLSX, of which those with letters struck through, raised or lowered only say that they are so."""
    if b"strike" not in xml and b"vertAlign" not in xml:
        return xml
    return _RICH.sub(_plain, xml)


def _plain(text: re.Match[bytes]) -> bytes:
    prefix, name, inside = text.groups()
    if not _STRIKE.search(inside) and not _RAISED.search(inside):
        return text[0]
    return b"<%b%b><%bt>%b</%bt></%b%b>" % (prefix, name, prefix, MARKED.encode(), prefix, prefix, name)


class Rows:
    """Counts the marked rows of a sheet of an XLSX, piece by piece of whole rows.

    Args:
        formats: see ``marked_formats``.
    """

    def __init__(self, formats: Mapping[str, set[bytes]]) -> None:
        self._struck, self._white = formats[STRUCK], formats[WHITE]
        self._last = 0
        self.marked = dict.fromkeys((HIDDEN, STRUCK, WHITE), 0)
        self.titles: list[str] = []

    def see(self, xml: bytes) -> None:
        """Looks at a piece.

        Raises:
            Refused: the number of a row is not above that of the row before.
        """
        if b"eader" in xml or b"ooter" in xml:
            self.titles += [without_codes(unescape(said.decode())) for said in _PRINTED.findall(xml)]
        for row in _ROW.finditer(xml):
            if number := _NUMBER.search(row[1]):
                if int(number[1]) <= self._last:
                    raise Refused("damaged")
                self._last = int(number[1])
            hidden = _HIDDEN.search(row[1])
            if hidden or self._struck or self._white:
                cells = xml[row.end() : xml.find(b"row>", row.end())]
                if b"v>" in cells or b"t>" in cells:
                    self.marked[HIDDEN] += hidden is not None
                    told = map(_STYLE.search, _CELL.findall(cells))
                    styles = [style[1] if style else b"0" for style in told]
                    self.marked[STRUCK] += not self._struck.isdisjoint(styles)
                    self.marked[WHITE] += mostly(self._white, styles)


def without_codes(printed: str) -> str:
    """A print header without its codes."""
    return _CODES.sub(" ", printed).strip()


def mostly(formats: set[T], of_cells: list[T]) -> bool:
    """Whether half of a row's cells or more are in such a format."""
    return bool(of_cells) and 2 * sum(each in formats for each in of_cells) >= len(of_cells)


def said(marked: Mapping[str, int]) -> str:
    """What is said of marked rows that were read; empty if there are none."""
    return together(
        *(
            f"{number} baris {_WORDS[mark][0]} ikut dibaca / {counted(number, 'row that is', 'rows that are')}"
            f" {_WORDS[mark][1]} {'was' if number == 1 else 'were'} read, too"
            for mark, number in marked.items()
            if number
        )
    )
