"""Amounts in thousands or millions: refused where a title, the name of a sheet, a row of units or a header says so."""

from __future__ import annotations

import re
from collections.abc import Iterable

from expectations.contract import Contract

_SCALED = re.compile(
    r"(?<![\d.,])(?<![\d.,]\s)\b(?:ribu(?:an)?|juta(?:an)?|mil[iy]ar(?:an)?|thousands?|millions?|billions?)\b"
    r"(?!\s+(?:peserta|orang|pekerja|tenaga))"
    r"|(?:\b(?:rp|idr|dalam|dlm|dl|in|satuan|nilai|jumlah|iuran|upah|nominal)\b\W*|\(\W*)(?:rb|jt|mio|mln)\b"
    r"|^\W*(?:rb|jt|mio|mln)\W*$"
    r"|(?<![\d.,])(?<![\d.,]\s)\b(?:rb|jt|mio|mln)\b\W*(?:rp|rupiah|idr)\b"
    r"|(?:\brp\.?\s*|\bidr\s*|\bdalam\s+|\bdlm\.?\s+|\bin\s+|\bsatuan\W+|\(\s*|['\u2019])['\u2019]?000(?:\b|s)(?![.,]?\d)"
    r"|(?:\bx|\u00d7)\s*(?:rp\.?\s*)?1[.,]?000(?:[.,]?000)?\b(?![.,]?\d)",
    re.IGNORECASE,
)


def scaled(cells: Iterable[str | None], contract: Contract) -> bool:
    """Whether one of these cells, which are no data, says that the feed's amounts are in thousands or millions."""
    return any(column.rupiah for column in contract.exported) and any(cell and _SCALED.search(cell) for cell in cells)


def refusal(kata: str, words: str) -> str:
    """The reason, for the branch's clerk.

    Args:
        kata: what says so, in Bahasa Indonesia.
        words: the same in English.
    """
    return (
        f"{kata} menyebut jumlah dalam ribuan atau jutaan; kirim rupiah penuh, tanpa satuan itu"
        f" / {words} says that the amounts are in thousands or millions; send whole rupiah, without that unit"
    )


def of_line(line: int) -> str:
    """The reason where a line says so."""
    return refusal(f"Baris {line}", f"line {line}")
