"""One module for each kind of file; each turns content into tables of text, and knows no contract.

``containers`` says what a content is and unpacks it, ``delimited`` reads text, ``sandbox`` has workbooks, Parquet and
web pages read by a process of its own: ``sandboxed``, with ``workbooks``, ``columnar`` and ``webpage``. Which table of
a file is the delivery, and which of its rows is the header, is for transforms.read to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Row = tuple[int, list[str]]
"""(line of the file or row of the sheet, 1 the first; cells as text, empty for none)."""

PEEK_ROWS = 30
"""A header stands among the first so many rows that hold anything."""

MEBIBYTE = 1 << 20


class Unreadable(ValueError):
    """A file that cannot be a delivery of its feed; the message is for the branch's clerk."""


class Unfinished(RuntimeError):
    """Reading took more than its limits, which is no verdict on the file; the message is for clerk and operator."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may take.

    Args:
        file_mb: size in MiB, of the file and of what it unpacks to.
        ratio: unpacked size to packed size, where more than ``ratio_from_mb`` are unpacked.
        ratio_from_mb: below so many MiB a high ratio is a dull table and no bomb.
        memory_mb: MiB of address space of the process that reads workbooks, Parquet and web pages.
        seconds: seconds of processor time that it may take for one file.
    """

    file_mb: int = 512
    ratio: int = 200
    ratio_from_mb: int = 16
    memory_mb: int = 1024
    seconds: float = 60

    @property
    def file_bytes(self) -> int:
        """``file_mb`` in bytes."""
        return self.file_mb * MEBIBYTE


@dataclass(frozen=True)
class Table:
    """A table that a file may hold: a sheet, or its text cut at one of the delimiters.

    Args:
        name: what the file calls it, which may hold anything and is never repeated in a reason; empty if
            it has no name.
        peek: its first rows that hold anything, at most PEEK_ROWS.
        rows: reads the rows below a header of ``peek`` that hold anything; once only.
        hidden: whether it is a hidden sheet.
        typed: whether every row has the table's width by nature, so that no cell can have slipped.
        last: the last character of a text, padding aside; if it ends no line, the file may be cut off there.
        problem: what kept ``peek`` from going on, if anything did.
        number: the sheet's place in its workbook, 1 the first, by which a reason names it.
        marked: how many rows that hold anything are marked in some way (see transforms.readers.marks).
        notes: by row what comments of its cells say.
        titles: what stands in text boxes, print headers, and beside the table of a page.
    """

    name: str
    peek: list[Row]
    rows: Callable[[Row], Iterator[Row]]
    hidden: bool = False
    typed: bool = False
    last: str = "\n"
    problem: Unreadable | None = None
    number: int = 1
    marked: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the last line has an end."""
        return self.last in "\r\n"
