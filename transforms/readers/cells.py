"""What the readers in the sandbox share: a sheet, a cell's text, and the ways in which a file is refused."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

EXACT = 10**15
"""Spreadsheets keep 15 digits; from here on a number's last digits may be made up."""
UNSAVED = "#FORMULA!"
"""Text of a formula that was saved without its value: to read it as empty would be a guess."""


class Refused(Exception):
    """The file is understood so far that the reason can be told; its word is a key of transforms.readers.sandbox."""


class Sheet(NamedTuple):
    """A table that can be read from its beginning, more than once.

    ``slips`` says that its rows may have other widths than the header, so that a cell can stand in a wrong column.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[tuple[int, list[str]]]]
    slips: bool = False


def filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything."""
    return (row for row in rows if any(cell.strip() for cell in row[1]))


def text(value: Any, exact: int = EXACT) -> str:  # noqa: PLR0911 (one for each type)
    """A typed cell as a branch would have written it.

    Dates in ISO form, with their offset where they have one; whole numbers without a point, up to 15 digits. A float
    of more digits keeps all of them but is written with an exponent, 5.271015510800000E+15, so that a number which a
    spreadsheet has damaged never looks like a sound NIK. Nothing is padded with zeros.

    Args:
        value: the cell.
        exact: the first whole number that a float of the cell's kind may have rounded.
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float):
        if not value.is_integer():  # also inf and nan
            return repr(value)
        return str(int(value)) if abs(value) < exact else f"{value:.15E}"
    if isinstance(value, decimal.Decimal):
        return str(int(value)) if value.is_finite() and value == value.to_integral_value() else format(value, "f")
    if isinstance(value, int | datetime.timedelta):
        return str(value)
    raise Refused("nested")
