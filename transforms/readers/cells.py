"""What the readers in the sandbox share: a sheet, a cell's text, and the ways in which a file is refused."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

EXACT = 10**15
"""Spreadsheets keep 15 digits; from here on a number's last digits may be made up."""
UNSAVED = "#FORMULA!"
"""Text of a formula that was saved without its value: to read it as empty would be a guess."""
MERGED = "#MERGED!"
"""Text of a cell that a merge covers: whether it is empty or means the same as the first one cannot be told."""
MARKED = "#MARKED!"
"""Text of a cell whose letters are struck through, raised or lowered in part, or whose number format shows another
number than it holds (``0".000"``, ``0%``), another currency or words: which one counts cannot be told."""
RUNS_UP = "#SUM!"
"""Text of a formula that adds its own row to those above it, so that it is a sum of several rows."""
Merge = tuple[int, int, int, int]
"""First and last row, first and last column of merged cells, each from 0."""


class Refused(Exception):
    """The file is understood so far that the reason can be told; its word is a key of transforms.readers.sandbox."""


class Sheet(NamedTuple):
    """A table that can be read from its beginning, more than once.

    ``slips`` says that its rows may have other widths than the header, so that a cell can stand in a wrong column.
    ``marked`` counts the rows that are marked (see transforms.readers.marks), ``notes`` are by row what comments of its
    cells say, and ``titles`` what stands in text boxes and print headers, or beside the table of a page.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[tuple[int, list[str]]]]
    slips: bool = False
    marked: Mapping[str, int] = MappingProxyType({})
    notes: Mapping[int, str] = MappingProxyType({})
    titles: tuple[str, ...] = ()


def filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything."""
    return (row for row in rows if any(cell.strip() for cell in row[1]))


def covered(rows: Iterable[list[str]], merges: list[Merge], width: int) -> Iterator[list[str]]:
    """The rows of a sheet from the first one on, with what a merge covers marked in those that hold anything.

    Args:
        rows: cells as text; cells left out at the end are put back where a merge covers them.
        merges: of the sheet.
        width: number of columns that the sheet has.
    """
    waiting = sorted(merges, reverse=True)
    here: list[Merge] = []
    for number, cells in enumerate(rows):
        row = [*cells]
        here = [merge for merge in here if merge[1] >= number]
        while waiting and waiting[-1][0] <= number:
            here.append(waiting.pop())
        if here and any(cell.strip() for cell in row):
            for top, _, first, last in here:
                end = min(last + 1, width)
                row += [""] * (end - len(row))
                begin = first + (number == top)
                row[begin:end] = [MERGED] * (end - begin)
        yield row


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
