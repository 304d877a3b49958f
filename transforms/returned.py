"""A workbook of rejected rows that came back, read as any file of a stranger is: in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from expectations.contract import Contract
from transforms.readers import Limits, Row, Unfinished, Unreadable
from transforms.readers.containers import look
from transforms.readers.sandbox import Sandbox
from transforms.workbook import ACTION, DELIVERY, FEED, LINE, NUMBER, NUMBERS, SUMMARY, WITHDRAW

_FIRST_DAY = re.compile(r"^([0-9]{4}-[0-9]{2})-01$")


class NotAWorkbook(ValueError):
    """A file that is no workbook of rejected rows; the message is for the clerk, in two languages."""


@dataclass(frozen=True)
class Correction:
    """A row as it came back: ``cells`` are the texts of the workbook by header, of the columns that it shows."""

    delivery_id: str
    line_no: int
    withdrawn: bool
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Returned:
    """A workbook that came back: whose it says it is, and its rows by feed."""

    branch_code: str
    corrections: dict[str, list[Correction]]


def read_back(path: Path, contracts: Mapping[str, Contract], limits: Limits | None = None) -> Returned:
    """The rows of a workbook that came back. Sheets of other names are not looked at.

    It is read as any file of a stranger is, by the process of transforms.readers.sandbox.

    Raises:
        NotAWorkbook: it cannot be read, takes too much memory or time, or its sheets lack the columns that say
            where a row belongs.
    """
    limits = limits or Limits()
    try:
        content = look(path, limits)
        if content.kind not in {"xlsx", "xls"}:
            raise Unreadable("XLSX / XLS")
        with Sandbox(limits) as sandbox:
            wanted = [t for t in sandbox.tables(content) if t.name in contracts or t.name in (SUMMARY, NUMBERS)]
            sheets = {table.name: list(table.rows((0, []))) for table in wanted}
    except Unreadable as error:
        raise NotAWorkbook(
            f"{path.name} bukan buku kerja Excel yang dapat dibaca / {path.name} is no Excel workbook that can be read:"
            f" {error}"
        ) from error
    except Unfinished as error:
        raise NotAWorkbook(f"{path.name}: {error}") from error
    found: dict[str, list[Correction]] = {}
    for feed, contract in contracts.items():
        if feed in sheets:
            months = {str(column.header) for column in contract.exported if column.kind == "month"}
            headers = [str(column.header) for column in contract.exported]
            rows = _rows_of(feed, sheets[feed], (ACTION, LINE, DELIVERY, *headers), months)
            found[feed] = [_correction(feed, number, row) for number, row in rows]
    for number, row in _rows_of(NUMBERS, sheets.get(NUMBERS, []), (ACTION, LINE, DELIVERY, FEED, NUMBER)):
        feed = row.pop(FEED).strip()
        if feed not in contracts:
            raise NotAWorkbook(
                f"Lembar {NUMBERS}, baris {number}: kolom {FEED} telah diubah"
                f" / sheet {NUMBERS}, row {number}: column {FEED} was changed"
            )
        row[number_header(contracts[feed])] = row.pop(NUMBER)
        found.setdefault(feed, []).append(_correction(NUMBERS, number, row))
    whose = sheets[SUMMARY][0][1][0].split() if sheets.get(SUMMARY) else []
    if not found or not whose:
        raise NotAWorkbook(
            f"{path.name} bukan buku kerja penolakan, atau lembar {SUMMARY} atau lembar data telah dihapus"
            f" / {path.name} is no workbook of rejected rows, or its sheet {SUMMARY} or those of the rows are gone"
        )
    return Returned(whose[0], found)


def number_header(contract: Contract) -> str:
    """Header of the column that numbers the documents of a feed."""
    return next(str(column.header) for column in contract.exported if column.key)


def _rows_of(
    sheet: str, rows: Sequence[Row], needed: Sequence[str], months: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a sheet by number, as texts by title; none where the sheet is not there.

    Raises:
        NotAWorkbook: a title is missing or stands twice.
    """
    if not rows and sheet == NUMBERS:
        return
    (_, header), *below = rows or [(1, [])]
    titles = [title.strip() for title in header]
    if missing := [title for title in needed if titles.count(title) != 1]:
        listed = ", ".join(missing)
        raise NotAWorkbook(
            f"Lembar {sheet}: kolom {listed} tidak ada atau ada dua kali"
            f" / sheet {sheet}: column {listed} is missing or stands twice"
        )
    place = {title: titles.index(title) for title in needed}
    for number, row in below:
        yield number, {title: _cell(row, at, title in months) for title, at in place.items()}


def _correction(feed: str, number: int, row: dict[str, str]) -> Correction:
    line, delivery, action = (row.pop(title).strip() for title in (LINE, DELIVERY, ACTION))
    if not line.isascii() or not line.isdigit() or not delivery:
        raise NotAWorkbook(
            f"Lembar {feed}, baris {number}: kolom {LINE} atau {DELIVERY} telah diubah"
            f" / sheet {feed}, row {number}: column {LINE} or {DELIVERY} was changed"
        )
    if action.upper() not in ("", WITHDRAW):
        raise NotAWorkbook(
            f"Lembar {feed}, baris {number}: kolom {ACTION} hanya boleh kosong atau {WITHDRAW}"
            f" / sheet {feed}, row {number}: column {ACTION} may only be empty or {WITHDRAW}"
        )
    return Correction(delivery, int(line), bool(action), row)


def _cell(row: list[str], at: int, month: bool) -> str:
    """A cell as text; a month that a spreadsheet has made its first day is that month."""
    text = row[at] if at < len(row) else ""
    return _FIRST_DAY.sub(r"\1", text) if month else text
