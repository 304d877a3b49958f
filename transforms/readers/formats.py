"""What a number format of a workbook shows, and its cell does not hold: other digits, a unit, words, a month only."""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Mapping
from functools import lru_cache
from html import unescape
from types import MappingProxyType

from transforms.readers.cells import MARKED

OTHER, MONTH = "other", "month"
"""The cell shows something else than it holds, or no day of its date."""
_BUILT_IN: Mapping[int, str] = MappingProxyType({9: "0%", 10: "0.00%", 17: "mmm-yy"})
_BETWEEN = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_PART = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|(.)', re.DOTALL)
"""A literal text, what shows none (a colour, a blank, what fills the cell), or a sign of the format."""
_ALL = 4
"""So many parts: of positive and negative numbers, zero and texts."""
_GENERAL = re.compile('General(?=(?:[^"]*"[^"]*")*[^"]*$)', re.IGNORECASE)
_CURRENCY = re.compile(
    r"(?<![A-Za-z])(?:RM|MYR|US\$|USD|S\$|SGD|HK\$|HKD|NT\$|TWD|SAR|EUR|JPY|AUD|GBP)(?![A-Za-z])|[\u20ac\u00a3\u00a5]"
)
_WORDS = {"rp", "idr", "rupiah", "bulan", "bln", "program", "prog", "orang", "jiwa", "tgl", "tanggal", "pukul", "jam"}
_WORDS |= {"wib", "wita", "wit", "de", "am", "pm", "org", "peserta", "nihil"}
"""A format may show these beside a number or a date: they say no more than its column does; years and days would."""
_CODES = re.compile("[ymdhsbgea]+")
_MINUS = re.compile(
    r"[^0#?\w]*(?:(?:Rp|IDR)[. ]*)?[-\u2212\u2013]|.*[0#?] *[-\u2212\u2013]\s*$|[^0#?]*\([^()]*[0#?][^()]*\)[^0#?]*$",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"\[(?:red|color)", re.IGNORECASE)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)\]")
_HOLDS = {"<": operator.lt, ">": operator.gt, "=": operator.eq, "<=": operator.le, ">=": operator.ge, "<>": operator.ne}

_CODE = re.compile(
    rb"""<(?:[\w.-]+:)?numFmt\b(?=[^<>]*\bnumFmtId\s*=\s*["'](\d+))[^<>]*\bformatCode\s*=\s*("[^"]*"|'[^']*')"""
)
_FORMATS = re.compile(rb"<(?:[\w.-]+:)?cellXfs\b.*?</(?:[\w.-]+:)?cellXfs\s*>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:[\w.-]+:)?xf\b([^<>]*)>")
_CODE_ID = re.compile(rb"""\bnumFmtId\s*=\s*["'](\d+)""")
_CELL = re.compile(rb"<((?:[\w.-]+:)?)c\b([^<>]*)(?<!/)>(.*?)</\1c\s*>", re.DOTALL)
_FORMAT_OF = re.compile(rb"""\bs\s*=\s*["'](\d+)""")
_TEXT = re.compile(rb"""\st\s*=\s*["'](?!n["'])[^"']*["']""")
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v\b[^<>]*>\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*<")
_DAYS = 10**5


def shows(code: str, value: float | None) -> str:
    """OTHER or MONTH, as a number format shows a number, or a text (None); empty if it shows what the cell holds."""
    parts = _BETWEEN.split(code)
    of_texts = parts.pop() if len(parts) == _ALL or "@" in parts[-1] else "@"
    if value is None:
        return _shown(of_texts, None)
    if not code or not parts:
        return ""
    sign = (value > 0) - (value < 0)
    conditions = [_CONDITION.search(part) for part in parts]
    if any(conditions):
        at = next((n for n, each in enumerate(conditions) if not each or _HOLDS[each[1]](value, float(each[2]))), -1)
        return _shown(parts[at], max(sign, 0))
    at = {1: 0, -1: 1, 0: 2}[sign]
    return _shown(parts[at], sign) if at < len(parts) else _shown("-" * (sign < 0) + parts[0], sign)


@lru_cache(maxsize=1024)
def _shown(part: str, sign: int | None) -> str:
    """What a part of a format shows of a number of that sign, or of a text."""
    plain = _GENERAL.sub("0", part)
    said = _PART.sub(lambda found: found[1] or found[2] or found[3] or " ", plain)
    bare = _PART.sub(lambda found: found[4] or "", plain)
    whole = _PART.sub(lambda found: next(filter(None, found.groups()), " "), plain)
    words = {word.lower() for word in re.findall("[A-Za-z]{2,}", f"{said} {bare}")} - _WORDS
    other = "%" in bare or not all(map(_CODES.fullmatch, words))
    other = other or bool(re.search("[0-9]", said) or _CURRENCY.search(f"{said} {bare}"))
    if sign is None:
        return OTHER if other or "@" not in bare else ""
    is_date = re.search("[ymdhs]", bare, re.IGNORECASE)
    if sign and not is_date:  # of a zero nothing, or a stroke, may be shown
        minus = _MINUS.match(whole) or (sign < 0 and _COLOUR.search(part))
        other = other or not re.search("[0#?]", bare) or bool(minus) == (sign > 0)
    if other or re.search("[0#?],+(?![0#?,])", bare):  # it leaves out thousands
        return OTHER
    return MONTH if re.fullmatch(r"[ymb\s/.,-]*m[ymb\s/.,-]*", bare, re.IGNORECASE) and "y" in bare.lower() else ""


def may_mislead(code: str) -> bool:
    """Whether a number format shows something else than the cell holds, at least of some values."""
    return _CONDITION.search(code) is not None or any(shows(code, value) for value in (1, -1, 0, None))


def formats(styles: bytes) -> dict[bytes, str]:
    """By the number of a format of cells of an XLSX its number format; only those that may show something else."""
    told = {**_BUILT_IN, **{int(number): unescape(code[1:-1].decode()) for number, code in _CODE.findall(styles)}}
    named = map(_CODE_ID.search, _FORMAT.findall(found[0] if (found := _FORMATS.search(styles)) else b""))
    every = {str(n).encode(): told.get(int(each[1]), "") for n, each in enumerate(named) if each}
    misleads = {code for code in {*every.values()} if may_mislead(code)}
    return {number: code for number, code in every.items() if code in misleads}


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
        if not of or of[1] not in told:
            return cell[0]
        is_text, value = _TEXT.search(attributes), _VALUE.search(inside)
        number = None if is_text or not value else float(value[1])
        what = shows(told[of[1]], number) if is_text or value else ""
        text: str | None = MARKED if what else None
        if what == MONTH:
            is_day = number is not None and number.is_integer() and 0 <= number < _DAYS
            text = month_of(epoch + datetime.timedelta(number)) if number is not None and is_day else None
        said = (prefix, _TEXT.sub(b"", attributes), prefix, text.encode(), prefix, prefix) if text else None
        return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % said if said else cell[0]

    return _CELL.sub(plain, xml) if told else xml


def month_of(day: datetime.date) -> str | None:
    """A first day as the month that is shown for it; another day was not typed as a month."""
    return f"{day:%Y-%m}" if day.day == 1 else None
