"""From the lines of a text to records: where a record ends, and what its cells are.

A line is a record by itself wherever it can be one. Only a line that ends inside a quoted cell may go on, and
only while the text that the quotes swallow has few delimiters: text with as many as half of a record is rows
that a stray quote would make vanish. A quote that closes nothing (a ditto mark alone in a cell, a missing
counterpart) is then a character like any other, if that gives a record as wide as the header; if not, nobody
can tell where the record ends, and the file is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from expectations import wording
from transforms.readers import MEBIBYTE, Row, Unreadable

RECORD_CHARACTERS = MEBIBYTE
"""A record holds at most so many characters; a longer one is a quote that never closes, or no table."""
RECORD_LINES = 200
"""And goes over at most so many lines."""
PADDING = "\0\x1a"
"""What programs write behind the last line: zeros that fill a block, and the old mark for the end of a file."""

_BLOCK = "\0" * 512
"""So many zeros are no mark of a program within a cell: a block of the disk that was never written, rows and all."""
_EMPTY = "\x1a\ufeff \t\r\n\x0c"
_DRAWN = "-+=|: \t\r"
_RULES = ("---", "===")  # of a line that a program draws under a header or around a table
_BREAK = re.compile(r"\r?\r?\n|\r")
_INSIDE = re.compile(r'(?:[^"]++|"")*+')
_WRAPPED = re.compile(r'"((?:[^"]++|"")*+)"([^"]*)', re.DOTALL)


@dataclass
class Account:
    """What became of the lines of a text: ``lines`` are counted apart from the reading that fills the rest."""

    lines: int
    ended: bool
    records: int = 0
    continued: int = 0
    blank: int = 0

    def check(self) -> None:
        """Compares the reading with the count.

        Raises:
            Unreadable: some line is in no record, or in two.
        """
        told = self.records + self.continued + self.blank
        if told != self.lines:
            raise Unreadable(
                f"File berisi {self.lines} baris, tetapi yang terbaca {told}; ekspor ulang"
                f" / the file has {wording.counted(self.lines, 'line', 'lines')}, but"
                f" {wording.counted(told, 'was', 'were')} read; export it again"
            )


def counted(text: TextIO) -> Account:
    """Counts the lines of a text by their ends alone; CR CR LF, which some transfers make of CR LF, is one end."""
    ends, carried, last = 0, "", "\n"
    while piece := text.read(MEBIBYTE):
        whole = (carried + piece).rstrip("\r")
        carried = (carried + piece)[len(whole) :]
        ends += len(_BREAK.findall(whole))
        last = piece[-1]
    ended = last in "\r\n"
    return Account(ends + len(_BREAK.findall(carried)) + (not ended), ended)


class Records:
    """The lines of a text, cut at a delimiter.

    Args:
        text: opened with ``newline=""``.
        delimiter: a single character.
    """

    def __init__(self, text: TextIO, delimiter: str) -> None:
        self._lines = _lines(text)
        self._delimiter = delimiter
        self._waiting: list[tuple[str, str]] = []
        self._at = 0
        self._end = ""
        d = re.escape(delimiter)
        quoted = r' *"(?:[^"]++|"")*+"'
        cell = rf'(?:{quoted} *(?={d}|$)|(?! *")[^{d}]*+)'
        # possessive, so that no line makes the search go back and forth
        self._whole = re.compile(rf"{cell}(?:{d}{cell})*+\Z", re.DOTALL)
        self._open = re.compile(rf'((?:{cell}{d})*+) *"(?:[^"]++|"")*+\Z', re.DOTALL)
        self._cell = re.compile(rf"({quoted} *(?={d}|\Z))|([^{d}]*+)", re.DOTALL)

    def starts(self, rows: int) -> Iterator[Row]:
        """What may be a header: each of the first lines by itself, and joined with those that its quotes reach."""
        for _ in range(rows):
            line = self._next_filled()
            if line is None:
                return
            at = self._at
            yield at, self._cells(line)
            if self._opens(line):
                ahead = [line]
                while len(ahead) < rows and (more := self._peek(len(ahead) - 1)) is not None:
                    ahead.append(more)
                    if self._whole.match("\n".join(ahead)):
                        yield at, self._cells("\n".join(ahead))
                        break

    def below(self, header: Row, account: Account) -> Iterator[Row]:
        """The records below a header that ``starts`` yielded, without blank ones.

        Raises:
            Unreadable: it cannot be told where a record ends, or the account does not come out.
        """
        line_no, titles = header
        joined = ""
        while self._at < line_no:
            joined = self._next() or ""
        while self._cells(joined) != titles and (line := self._next()) is not None:
            joined += f"\n{line}"
        account.blank += self._at  # the header and what stands above it
        width = len(titles)
        named = max(at for at, title in enumerate(titles, start=1) if title.strip())
        zeros: list[Row] = []
        while (line := self._next()) is not None:
            at = self._at
            if not line.strip(_EMPTY) or (not line.strip(_DRAWN) and any(rule in line for rule in _RULES)):
                account.blank += 1
            elif not line.strip(PADDING + _EMPTY):
                zeros.append((at, [line]))
            else:
                inside = line if self._peek(0) is not None else line.rstrip(PADDING)
                if "\x1a" in inside or any(_BLOCK in text for text in (inside, *(row[1][0] for row in zeros))):
                    raise _lost(at)
                yield from zeros  # with text behind them: there a piece of the file is lost
                account.records += len(zeros)
                zeros = []
                cells = self._record(line, width, named)
                account.continued += self._at - at
                if any(cell.strip() for cell in cells):
                    account.records += 1
                    yield at, cells
                else:
                    account.blank += 1
        account.blank += len(zeros)
        account.check()

    def _record(self, line: str, width: int, named: int) -> list[str]:
        """The cells of the record that begins with a line; takes the lines that belong to it."""
        if line[-1] in PADDING and self._peek(0) is None:
            line = line.rstrip(PADDING)
        if '"' not in line:
            return line.split(self._delimiter)
        whole = self._whole.match(line)
        if whole and _fits(cells := self._cells(line), width, named):
            return cells
        alone = self._alone(line, width, named)
        if not self._opens(line):
            return alone or self._cells(line)
        together = self._joined(line, width, named, alone) or alone
        if not together:
            raise _unclear(self._at)
        return together

    def _joined(self, line: str, width: int, named: int, alone: list[str] | None) -> list[str] | None:
        """The cells of a line and those that it goes on over, if together they are a record; takes the latter."""
        joined, taken = line, 0
        before = self._open.match(line)
        assert before  # noqa: S101 (only such a line is joined)
        swallowed = line[before.end(1) :].count(self._delimiter)
        while taken < RECORD_LINES and (more := self._peek(taken)) is not None:
            inside = _INSIDE.match(more)
            assert inside  # noqa: S101 (it matches the empty text)
            if max(swallowed, inside[0].count(self._delimiter)) * 2 >= width - 1:
                if alone and self._alone(more, width, named):
                    return None
                raise _unclear(self._at)
            joined += f"{self._waiting[taken - 1][1] if taken else self._end}{more}"
            taken += 1
            if len(joined) > RECORD_CHARACTERS:
                return None
            if inside[0] != more and not self._open.match(joined):  # a quote closes here, and none opens
                if not self._whole.match(joined) or not _fits(cells := self._cells(joined), width, named):
                    return None
                for _ in range(taken):
                    self._next()
                return cells
        return None

    def _opens(self, line: str) -> bool:
        """Whether a line ends inside a quoted cell."""
        return '"' in line and self._open.match(line) is not None

    def _cells(self, line: str) -> list[str]:
        """The cells of a line: quotes in a pair around a cell are taken off, all others stay."""
        line = unwrapped(line, self._delimiter) or line
        if '"' not in line:
            return line.split(self._delimiter)
        cells = []
        at = 0
        while at <= len(line):
            found = self._cell.match(line, at)
            assert found  # noqa: S101 (it matches the empty text)
            quoted = found[1] is not None
            cells.append(found[0].strip(" ")[1:-1].replace('""', '"') if quoted else found[0])
            at = found.end() + 1
        return cells

    def _alone(self, line: str, width: int, named: int) -> list[str] | None:
        """The cells of a line by itself, whatever its quotes, if they are as wide as the header."""
        ways = [self._cells(line)]
        if '\\"' in line:
            with suppress(csv.Error):  # then this way is none
                ways.insert(0, next(csv.reader([line], delimiter=self._delimiter, escapechar="\\", strict=True)))
        split = line.split(self._delimiter)
        if all(cell.strip() == '"' for cell in split if '"' in cell):  # ditto marks
            ways.append(split)
        return next((cells for cells in ways if _fits(cells, width, named)), None)

    def _next_filled(self) -> str | None:
        while (line := self._next()) is not None:
            if line.strip(PADDING + _EMPTY):
                return line
        return None

    def _next(self) -> str | None:
        line = self._peek(0)
        if line is not None:
            self._end = self._waiting.pop(0)[1]
            self._at += 1
        return line

    def _peek(self, ahead: int) -> str | None:
        while len(self._waiting) <= ahead:
            line, end = next(self._lines, (None, ""))
            if line is None:
                return None
            if len(line) > RECORD_CHARACTERS:
                at = self._at + len(self._waiting) + 1
                raise Unreadable(
                    f"Baris {at} terlalu panjang; mungkin tanda kutip tidak ditutup"
                    f" / line {at} is too long; a quote may not be closed"
                )
            self._waiting.append((line, end))
        return self._waiting[ahead][0]


def unwrapped(line: str, delimiter: str) -> str | None:
    """The line without the quotes around all of it, as a spreadsheet writes a line that is one cell; None without."""
    found = _WRAPPED.fullmatch(line)
    return found[1].replace('""', '"') if found and delimiter in found[1] and not found[2].strip(delimiter) else None


def _fits(cells: list[str], width: int, named: int) -> bool:
    return named <= len(cells) and not any(cell.strip() for cell in cells[width:])


def _unclear(line: int) -> Unreadable:
    return Unreadable(
        f"Baris {line} tidak dapat dibaca: tanda kutip dibuka tetapi tidak ditutup di baris itu, atau file terpotong;"
        f" hapus atau lengkapi tanda kutipnya / line {line} cannot be read: a quote is opened and not closed on it,"
        " or the file is cut off; remove the quote or close it"
    )


def _lost(line: int) -> Unreadable:
    return Unreadable(
        f"Di baris {line} atau di atasnya ada tanda akhir file atau blok NUL, dan di belakangnya masih ada teks:"
        " beberapa file disatukan, atau sebagian isinya hilang; ekspor ulang"
        f" / on line {line} or above it stands an end-of-file character or a block of NUL, and text behind it:"
        " files were put together, or a part is lost; export it again"
    )


def _lines(text: TextIO) -> Iterator[tuple[str, str]]:
    """Each line and its end; a line that is too long comes as far as it was read."""
    held = None
    while piece := text.readline(RECORD_CHARACTERS + 2):
        while len(piece) > RECORD_CHARACTERS and not piece.strip(PADDING):
            piece = _BLOCK + text.readline(RECORD_CHARACTERS + 1)
        if held is not None:
            yield held, "\r" + ("\r\n" if piece == "\r\n" else "")
            if piece == "\r\n":  # CR CR LF, the end of one line
                held = None
                continue
        line = piece.rstrip("\n") if piece.endswith("\n") else piece
        line = line[:-1] if line.endswith("\r") else line
        held = line if piece.endswith("\r") else None
        if held is None:
            yield line, piece[len(line) :]
    if held is not None:
        yield held, "\r"
