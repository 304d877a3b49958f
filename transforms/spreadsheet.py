"""Workbooks that are written for people: texts stay texts, and the same rows give the same bytes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook

HEAD = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"}
"""How the head of a column looks."""
TEXT = {"num_format": "@", "quote_prefix": True}
"""A text stays one, also when somebody edits it: no NIK is rounded, and what begins with ``=`` is not run."""

_CELL = 32_767
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def new_book(target: BytesIO | Path, title: str, day: date) -> Workbook:
    """An empty workbook.

    Args:
        target: where it is written: to memory, since a temporary file would hold personal data too, or row by row to a
            file that is too large for memory.
        title: its title.
        day: the business date or month that it is of, which stands for the moment when it was made.
    """
    how = (
        {"in_memory": True} if isinstance(target, BytesIO) else {"constant_memory": True, "tmpdir": str(target.parent)}
    )
    texts = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = Workbook(target if isinstance(target, BytesIO) else str(target), {**how, **texts})
    book.set_properties({"title": title, "created": datetime.combine(day, time(), UTC)})
    return book


def shown(text: str | None) -> str:
    """A value as its cell shows it: control characters and what is beyond 32,767 characters are not held by a cell."""
    plain = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("\ufffd", plain)[:_CELL]
