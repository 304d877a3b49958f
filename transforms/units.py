"""Amounts in thousands or millions: where a title, a row of units or a header says so, the delivery is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from expectations.contract import Contract

_SCALED = re.compile(
    r"(?<![\d.,])(?<![\d.,]\s)\b(?:ribu(?:an)?|juta(?:an)?|thousands?|millions?)\b(?!\s+(?:peserta|orang|pekerja|tenaga))"
    r"|(?:\brp\.?\s*|\bidr\s*|\bdalam\s+|\bsatuan\W+|\()(?:rb|jt)\b"
    r"|(?:\brp\.?\s*|\bidr\s*|\bdalam\s+|\bin\s+|\bsatuan\W+|\(\s*|['\u2019])['\u2019]?000(?:\b|s)(?![.,]?\d)"
    r"|(?:\bx|\u00d7)\s*(?:rp\.?\s*)?1[.,]?000(?:[.,]?000)?\b(?![.,]?\d)",
    re.IGNORECASE,
)


def scaled(cells: Iterable[str | None], contract: Contract) -> bool:
    """Whether one of these cells, which are no data, says that the feed's amounts are in thousands or millions."""
    return any(column.rupiah for column in contract.exported) and any(cell and _SCALED.search(cell) for cell in cells)


def refusal(line: int) -> str:
    """The reason, for the branch's clerk."""
    return (
        f"Baris {line} menyebut jumlah dalam ribuan atau jutaan; kirim rupiah penuh, tanpa satuan itu"
        f" / line {line} says that the amounts are in thousands or millions; send whole rupiah, without that unit"
    )
