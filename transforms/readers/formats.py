"""What a number format of a workbook shows, and its cell does not hold: other digits, another unit, a month only."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from html import unescape
from types import MappingProxyType

from transforms.readers.cells import MARKED

OTHER, MONTH, NOTHING = "other", "month", "nothing"
"""The cell shows another number than it holds, or no day of its date, or not even a text."""
_BUILT_IN: Mapping[int, str] = MappingProxyType({9: OTHER, 10: OTHER, 17: MONTH})
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]')
_SIGNS = re.compile(r"\[[^\]]*\]|_.|\*.")
_CURRENCY = re.compile(
    r"(?<![A-Za-z])(?:RM|MYR|US\$|USD|S\$|SGD|HK\$|HKD|NT\$|TWD|SAR|EUR|JPY|AUD|GBP)(?![A-Za-z])|[\u20ac\u00a3\u00a5]"
)

_CODE = re.compile(
    rb"""<(?:[\w.-]+:)?numFmt\b(?=[^<>]*\bnumFmtId\s*=\s*["'](\d+))[^<>]*\bformatCode\s*=\s*("[^"]*"|'[^']*')"""
)
_FORMATS = re.compile(rb"<(?:[\w.-]+:)?cellXfs\b.*?</(?:[\w.-]+:)?cellXfs\s*>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:[\w.-]+:)?xf\b([^<>]*)>")
_CODE_ID = re.compile(rb"""\bnumFmtId\s*=\s*["'](\d+)""")
_CELL = re.compile(rb"<((?:[\w.-]+:)?)c\b([^<>]*)(?<!/)>(.*?)</\1c\s*>", re.DOTALL)
_FORMAT_OF = re.compile(rb"""\bs\s*=\s*["'](\d+)""")
_TEXT = re.compile(rb"""\st\s*=\s*["'](?!n["'])[^"']*["']""")
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v\b[^<>]*>\s*(\d+)(?:\.0*)?\s*<")


def shows(code: str) -> str:
    """OTHER, MONTH or NOTHING, as a number format shows; empty if it shows what the cell holds."""
    if ";" in code and not code.strip("; "):
        return NOTHING
    first = code.split(";", 1)[0]
    literal = ["".join(filter(None, found)) for found in _LITERAL.findall(first)]
    bare = _SIGNS.sub("", _LITERAL.sub("", first))
    if "%" in bare or _CURRENCY.search(" ".join(literal) + " " + bare) or re.search("[0-9]", "".join(literal)):
        return OTHER
    return MONTH if re.fullmatch(r"[ymb\s/.,-]*m[ymb\s/.,-]*", bare, re.IGNORECASE) and "y" in bare.lower() else ""


def formats(styles: bytes) -> dict[bytes, str]:
    """By the number of a format of cells of an XLSX what it shows; only those that show something else."""
    codes = {int(number): shows(unescape(code[1:-1].decode())) for number, code in _CODE.findall(styles)}
    told = {**_BUILT_IN, **codes}
    named = map(_CODE_ID.search, _FORMAT.findall(found[0] if (found := _FORMATS.search(styles)) else b""))
    every = {str(n).encode(): told.get(int(each[1]), "") for n, each in enumerate(named) if each}
    return {number: what for number, what in every.items() if what}


def as_shown(xml: bytes, told: Mapping[bytes, str], epoch: datetime.date) -> bytes:
    """Rows of a sheet, of which the numbers that their format does not show only say so, and first days their month.

    Args:
        xml: the rows.
        told: see ``formats``.
        epoch: the day that counts as 0.
    """

    def plain(cell: re.Match[bytes]) -> bytes:
        prefix, attributes, inside = cell.groups()
        of = _FORMAT_OF.search(attributes)
        what = told.get(of[1]) if of else None
        if not what or (what != NOTHING and _TEXT.search(attributes)):
            return cell[0]
        text: str | None = MARKED
        if what == MONTH:
            days = _VALUE.search(inside)
            text = month_of(epoch + datetime.timedelta(int(days[1]))) if days and len(days[1]) <= len("45199") else None
        said = (prefix, _TEXT.sub(b"", attributes), prefix, text.encode(), prefix, prefix) if text else None
        return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % said if said else cell[0]

    return _CELL.sub(plain, xml) if told else xml


def month_of(day: datetime.date) -> str | None:
    """A first day as the month that is shown for it; another day was not typed as a month."""
    return f"{day:%Y-%m}" if day.day == 1 else None
