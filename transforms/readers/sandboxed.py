"""The program that transforms.readers.sandbox runs: reads workbooks and Parquet under limits of its own.

It imports nothing of the house, because it is started by its path. Each request is a line of JSON, followed
by the file's bytes; each answer is a line of JSON. Whatever is not foreseen ends the process, which the
other side takes for a refusal.
"""

from __future__ import annotations

import datetime
import decimal
import io
import json
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

BATCH_ROWS = 1000
EXACT = 10**15
"""Spreadsheets keep 15 digits; from here on a number's last digits may be made up."""


class Refused(Exception):
    """The file is understood so far that the reason can be told."""


class Sheet(NamedTuple):
    """A table that can be read from its beginning, more than once."""

    name: str
    hidden: bool
    rows: Callable[[], Iterator[tuple[int, list[str]]]]


def text(value: Any) -> str:  # noqa: PLR0911 (one for each type)
    """A typed cell as a branch would have written it.

    Dates in ISO form; whole numbers without a point, up to 15 digits. A float of more digits keeps all of
    them but is written with an exponent, 5.271015510800000E+15, so that a number which a spreadsheet has
    damaged never looks like a sound NIK. Nothing is padded with zeros.
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
        return str(int(value)) if abs(value) < EXACT else f"{value:.15E}"
    if isinstance(value, decimal.Decimal):
        return str(int(value)) if value.is_finite() and value == value.to_integral_value() else format(value, "f")
    if isinstance(value, int | datetime.timedelta):
        return str(value)
    raise Refused("nested")


def workbook(content: bytes, error_cells: bool) -> list[Sheet]:
    """The sheets of an XLSX or XLS; a cell that holds an error reads as its name, #N/A."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for number, about in enumerate(book.sheets_metadata):
            if about.typ == calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_index(number)
                errors = _errors(content, about.name) if error_cells else {}
                hidden = about.visible != calamine.SheetVisibleEnum.Visible
                sheets.append(Sheet(about.name, hidden, lambda s=sheet, e=errors: _sheet_rows(s, e)))  # type: ignore[misc]
    except calamine.PasswordError as error:
        raise Refused("password") from error
    except calamine.CalamineError as error:
        raise Refused("damaged") from error
    return sheets


def _sheet_rows(sheet: Any, errors: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[str]]]:
    first_column = sheet.start[1] if sheet.start else 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [text(value) for value in row]
        for at, cell in enumerate(cells):
            if not cell and errors:
                cells[at] = errors.get((number, first_column + at + 1), "")
        if any(cell.strip() for cell in cells):
            yield number, cells


def _errors(content: bytes, name: str) -> dict[tuple[int, int], str]:
    """(row, column) → error of the cells that hold one: calamine hands them over as empty."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    return {
        (cell.row, cell.column): str(cell.value)
        for row in book[name].iter_rows()
        for cell in row
        if cell.data_type == "e"
    }


def parquet(content: bytes, error_cells: bool) -> list[Sheet]:
    """The one table of a Parquet file; its header counts as line 1, so that its first row stands on line 2."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = [str(name) for name in file.schema_arrow.names]
    except (pa.ArrowException, OSError) as error:
        raise Refused("damaged") from error

    def rows() -> Iterator[tuple[int, list[str]]]:
        yield 1, names
        try:
            number = 2
            for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                columns = [[text(value) for value in column.to_pylist()] for column in batch.columns]
                for at in range(batch.num_rows):
                    cells = [column[at] for column in columns]
                    if any(cell.strip() for cell in cells):
                        yield number + at, cells
                number += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise Refused("damaged") from error

    return [Sheet("Parquet", False, rows)]


def say(**words: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def answer(request: dict[str, Any], content: bytes) -> None:
    """The tables and, of the one that is asked for, the rows."""
    reader = {"workbook": workbook, "parquet": parquet}[request["kind"]]
    sheets = reader(content, request["error_cells"])
    say(
        tables=[
            {"name": sheet.name, "hidden": sheet.hidden, "peek": list(islice(sheet.rows(), request["peek"]))}
            for sheet in sheets
        ]
    )
    rows = sheets[json.loads(sys.stdin.buffer.readline())["table"]].rows()
    while batch := list(islice(rows, BATCH_ROWS)):
        say(rows=batch)
    say(end=True)


def main() -> None:
    """Answers until nothing more is asked."""
    memory = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        try:
            answer(request, sys.stdin.buffer.read(request["size"]))
        except Refused as refusal:
            say(refused=str(refusal))


if __name__ == "__main__":
    main()
