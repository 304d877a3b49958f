"""What one sees in an XLSX and its values do not say: hidden rows, struck letters, print headers.

Rows that somebody hid or struck through are read like others, and their number is told. The numbers of the rows must
rise: of two rows of one number its reader would keep one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from transforms.readers.cells import MARKED, Refused

HIDDEN, STRUCK, COMMENTED = "hidden", "struck", "commented"
_WORDS = {
    HIDDEN: ("tersembunyi", "hidden"),
    STRUCK: ("tercoret", "struck through"),
    COMMENTED: ("berkomentar", "commented on"),
}

_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b([^<>]*)(?<!/)>")
_PRINTED = re.compile(rb"<(?:[\w.-]+:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]*>([^<]+)<")
_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-Za-z])')
"""In a print header: the place, the font, the page, the day."""
_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d+)""")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)""")
_STYLED = re.compile(rb"""<(?:[\w.-]+:)?c\b[^<>]*?\bs\s*=\s*["'](\d+)["'][^<>]*(?<!/)>""")
_FONTS = re.compile(rb"<(?:[\w.-]+:)?fonts\b.*?</(?:[\w.-]+:)?fonts\s*>", re.DOTALL)
_FONT = re.compile(rb"<(?:[\w.-]+:)?font(?:\s[^<>]*)?(?:/>|>(.*?)</(?:[\w.-]+:)?font\s*>)", re.DOTALL)
_STRIKE = re.compile(rb"""<(?:[\w.-]+:)?strike\b(?!\s+val\s*=\s*["'](?:0|false))""")
_RAISED = re.compile(rb"""<(?:[\w.-]+:)?vertAlign\b[^<>]*\bval\s*=\s*["']su(?:b|per)script""")
_RICH = re.compile(rb"<((?:[\w.-]+:)?)(si|is)(?:\s[^<>]*)?(?<!/)>(.*?)</\1\2\s*>", re.DOTALL)
_FORMATS = re.compile(rb"<(?:[\w.-]+:)?cellXfs\b.*?</(?:[\w.-]+:)?cellXfs\s*>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:[\w.-]+:)?xf\b([^<>]*)>")
_FONT_ID = re.compile(rb"""\bfontId\s*=\s*["'](\d+)""")


def struck_formats(styles: bytes) -> set[bytes]:
    """Numbers of the formats of cells whose font is struck through, out of a workbook's styles."""
    fonts, formats = _FONTS.search(styles), _FORMATS.search(styles)
    if not fonts or not formats:
        return set()
    struck = {str(n).encode() for n, font in enumerate(_FONT.findall(fonts[0])) if _STRIKE.search(font)}
    ids = (_FONT_ID.search(each) for each in _FORMAT.findall(formats[0]))
    return {str(n).encode() for n, each in enumerate(ids) if each and each[1] in struck}


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
        struck: see ``struck_formats``.
    """

    def __init__(self, struck: set[bytes]) -> None:
        self._struck = struck
        self._last = 0
        self.marked = dict.fromkeys((HIDDEN, STRUCK), 0)
        self.titles: list[str] = []

    def see(self, xml: bytes) -> None:
        """Looks at a piece.

        Raises:
            Refused: the number of a row is not above that of the row before.
        """
        if b"eader" in xml or b"ooter" in xml:
            self.titles += [_CODES.sub(" ", unescape(said.decode())).strip() for said in _PRINTED.findall(xml)]
        for row in _ROW.finditer(xml):
            if number := _NUMBER.search(row[1]):
                if int(number[1]) <= self._last:
                    raise Refused("damaged")
                self._last = int(number[1])
            hidden = _HIDDEN.search(row[1])
            if hidden or self._struck:
                cells = xml[row.end() : xml.find(b"row>", row.end())]
                if b"v>" in cells or b"t>" in cells:
                    self.marked[HIDDEN] += hidden is not None
                    self.marked[STRUCK] += not self._struck.isdisjoint(_STYLED.findall(cells))


def said(marked: Mapping[str, int]) -> str:
    """What is said of marked rows that were read; empty if there are none."""
    return ". ".join(
        f"{number} baris {_WORDS[mark][0]} ikut dibaca / {number} rows that are {_WORDS[mark][1]} were read, too"
        for mark, number in marked.items()
        if number
    )
