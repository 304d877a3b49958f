"""From files to one table of text: every value as it was written, with the line it stood on.

Files in the standard dialect (UTF-8, comma, double quotes, header first) are read all in one scan by
DuckDB, one scan for each distinct header. DuckDB gives no line numbers, so the scan is believed only for
files whose number of physical lines, counted independently, equals the number of rows that came back:
then row n stands on line n + 1. Every other file (a ragged row, a line break inside quotes, blank lines)
is read by Python's csv reader, which knows the line of each record.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract
from transforms.delivery import Delivery, RawFile, physical_lines

_LONGEST_HEADER, _DIGITS_OF_DATA = 40, 5
RAGGED = "columns"
"""Value of row_problem for a row that has more or fewer cells than the header."""


class Unreadable(ValueError):
    """A file that cannot be a delivery of its feed; the message is for the branch's clerk."""


@dataclass(frozen=True)
class Opened:
    """A file that was looked into: its header and how many lines follow it."""

    file: RawFile
    header: tuple[str, ...]
    physical_lines: int
    plain: bool


def read(con: duckdb.DuckDBPyConnection, files: list[RawFile], contract: Contract) -> list[Delivery]:
    """Reads the files of one feed into the temporary table ``text``.

    The table has the columns delivery_id, sender_code, business_date, line_no (header = 1), row_problem
    (null, or RAGGED) and one VARCHAR for each exported column of the contract (null where the optional
    column is missing). Values are stripped of surrounding blanks, and empty ones are null.

    Returns:
        A delivery for each file, with ``lines`` counted, refused where the file cannot be read. Its reason
        names the columns of the file that the contract does not know; they are ignored.
    """
    names = ", ".join(f'"{column.name}" VARCHAR' for column in contract.exported)
    con.execute(
        "create or replace temp table text (delivery_id VARCHAR, sender_code VARCHAR, business_date DATE,"
        f" line_no BIGINT, row_problem VARCHAR, {names})"
    )
    deliveries: dict[str, Delivery] = {}
    groups: dict[tuple[str, ...], list[Opened]] = defaultdict(list)
    slow: list[Opened] = []
    ignored: dict[str, str] = {}
    for file in files:
        delivery = file.delivery
        try:
            opened = _open(file)
            positions = _map_header(opened.header, contract)
        except Unreadable as problem:
            lines = physical_lines(file.path.read_bytes())
            deliveries[delivery.delivery_id] = delivery.refused(str(problem), lines)
            continue
        ignored[delivery.delivery_id] = _ignored(opened.header, positions)
        (groups[opened.header] if opened.plain else slow).append(opened)
    for header, group in groups.items():
        slow += _scan(con, group, header, contract)
    for opened in slow:
        try:
            _read_one(con, opened, contract)
        except Unreadable as problem:
            delivery = opened.file.delivery
            deliveries[delivery.delivery_id] = delivery.refused(str(problem), opened.physical_lines)
    counts = dict(con.execute("select delivery_id, count(*) from text group by all").fetchall())
    for file in files:
        delivery = file.delivery
        if delivery.delivery_id not in deliveries:
            lines = counts.get(delivery.delivery_id, 0)
            deliveries[delivery.delivery_id] = replace(delivery, lines=lines, reason=ignored[delivery.delivery_id])
    return [deliveries[file.delivery.delivery_id] for file in files]


def fold(header: str) -> str:
    """A header without case, accents, blanks and punctuation: ``No. E-KTP`` and ``no e_ktp`` are one."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


def _open(file: RawFile) -> Opened:
    content = file.path.read_bytes()
    if not content.strip():
        raise Unreadable("File kosong / the file is empty")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"File bukan teks UTF-8 (byte {error.start}); ekspor ulang sebagai CSV UTF-8"
            f" / the file is not UTF-8 text (byte {error.start}); export it again as CSV UTF-8"
        ) from error
    first = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    header = next(csv.reader([first.decode("utf-8").rstrip("\r")]), [])
    odd = b"\0" in content or content.count(b'"') % 2 == 1 or b'"' in first
    return Opened(file, tuple(cell.strip() for cell in header), physical_lines(content), plain=not odd)


def _map_header(header: tuple[str, ...], contract: Contract) -> dict[str, int]:
    """Position in the file of each column of the contract.

    Raises:
        Unreadable: a required column is missing, or two headers mean the same column.
    """
    known = {fold(name): column.name for column in contract.exported for name in (*column.aliases, column.name)}
    known |= {fold(str(column.header)): column.name for column in contract.exported}
    positions: dict[str, int] = {}
    for position, cell in enumerate(header):
        name = known.get(fold(cell))
        if name in positions:
            raise Unreadable(f"Kolom {cell} ada dua kali / column {cell} stands twice in the header")
        if name:
            positions[name] = position
    missing = [column for column in contract.exported if column.required and column.name not in positions]
    if missing and not positions:  # its first line holds data: nothing of it may be repeated
        listed = ", ".join(str(column.header) for column in contract.exported)
        raise Unreadable(
            f"Baris pertama bukan judul kolom; yang diharapkan: {listed}"
            f" / the first line is no header; expected is: {listed}"
        )
    if missing:
        listed = ", ".join(str(column.header) for column in missing)
        near = "".join(_nearest(column, header, positions) for column in missing)
        raise Unreadable(f"Kolom wajib tidak ada: {listed} / required columns are missing: {listed}{near}")
    return positions


def _nearest(column: Column, header: tuple[str, ...], positions: dict[str, int]) -> str:
    """Which header of no known meaning looks most like the column that is missing."""
    unknown = {fold(cell): cell for n, cell in enumerate(header) if n not in positions.values() and _sayable(cell)}
    for name in (str(column.header), column.name, *column.aliases):
        if found := difflib.get_close_matches(fold(name), unknown, n=1):
            return f"; {column.header} ~ {unknown[found[0]]}?"
    return ""


def _ignored(header: tuple[str, ...], positions: dict[str, int]) -> str:
    """What is said of the columns that the contract does not know; empty where it knows all."""
    unknown = [
        cell if _sayable(cell) else f"({n})"
        for n, cell in enumerate(header, start=1)
        if cell and n - 1 not in positions.values()
    ]
    listed = ", ".join(unknown)
    return f"Kolom tidak dikenal, diabaikan: {listed} / unknown columns, ignored: {listed}" if unknown else ""


def _sayable(cell: str) -> bool:
    """Whether a header may be repeated in a reason: what has many digits or is long may be a person's data."""
    return len(cell) <= _LONGEST_HEADER and len(re.findall(r"\d", cell)) < _DIGITS_OF_DATA and "@" not in cell


def _cleaned(expression: str) -> str:
    return f"nullif(trim({expression}, ' \t\r\n\u00a0'), '')"


def _scan(
    con: duckdb.DuckDBPyConnection, group: list[Opened], header: tuple[str, ...], contract: Contract
) -> list[Opened]:
    """Reads all files of one header in one scan; gives back those whose lines it did not all see."""
    positions = _map_header(header, contract)
    paths = {str(opened.file.path): opened for opened in group}
    con.register("scanned_file", _file_table(paths))
    con.execute(
        f"""create or replace temp table scanned as
        select filename, row_number() over () as n, * exclude (filename)
        from read_csv($paths, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
            columns = {{{", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))}}},
            filename = true, ignore_errors = true, null_padding = false, strict_mode = true)""",
        {"paths": list(paths)},
    )
    con.execute(
        """create or replace temp table seen as
        select f.filename, f.physical_lines, coalesce(s.lines, 0) as lines, s.first_n
        from scanned_file as f
        left join (
            select filename, count(*) as lines, min(n) as first_n, max(n) as last_n from scanned group by filename
        ) as s using (filename)
        where coalesce(s.lines, 0) = f.physical_lines and coalesce(s.last_n - s.first_n + 1, 0) = f.physical_lines"""
    )
    values = ", ".join(
        _cleaned(f"c{positions[column.name]}") if column.name in positions else "null" for column in contract.exported
    )
    con.execute(
        f"""insert into text
        select f.delivery_id, f.sender_code, f.business_date, s.n - seen.first_n + 2, null, {values}
        from scanned as s
        join seen using (filename)
        join scanned_file as f using (filename)"""
    )
    good = {name for (name,) in con.execute("select filename from seen").fetchall()}
    con.execute("drop table scanned; drop table seen")
    con.unregister("scanned_file")
    return [opened for path, opened in paths.items() if path not in good]


def _file_table(paths: dict[str, Opened]) -> pa.Table:
    deliveries = [opened.file.delivery for opened in paths.values()]
    return pa.table(
        {
            "filename": list(paths),
            "physical_lines": pa.array([opened.physical_lines for opened in paths.values()], pa.int64()),
            "delivery_id": [delivery.delivery_id for delivery in deliveries],
            "sender_code": [delivery.branch_code for delivery in deliveries],
            "business_date": pa.array([delivery.business_date for delivery in deliveries], pa.date32()),
        }
    )


def _read_one(con: duckdb.DuckDBPyConnection, opened: Opened, contract: Contract) -> None:
    positions = _map_header(opened.header, contract)
    delivery = opened.file.delivery
    rows: dict[str, list[str | int | None]] = {name: [] for name in ("line_no", "row_problem")}
    rows |= {column.name: [] for column in contract.exported}
    for line_no, cells in _records(opened):
        ragged = len(cells) != len(opened.header)
        rows["line_no"].append(line_no)
        rows["row_problem"].append(RAGGED if ragged else None)
        for column in contract.exported:
            here = positions.get(column.name)
            rows[column.name].append(None if ragged or here is None else cells[here])
    schema = pa.schema(
        [("line_no", pa.int64()), ("row_problem", pa.string())] + [(c.name, pa.string()) for c in contract.exported]
    )
    con.register("one", pa.table(rows, schema=schema))
    values = ", ".join(_cleaned(f'"{column.name}"') for column in contract.exported)
    con.execute(
        f"insert into text select $id, $sender, $day, line_no, row_problem, {values} from one",
        {"id": delivery.delivery_id, "sender": delivery.branch_code, "day": delivery.business_date},
    )
    con.unregister("one")


def _records(opened: Opened) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, cells) of each record, without the header and blank lines."""
    with io.TextIOWrapper(opened.file.path.open("rb"), encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        before = 0
        try:
            for number, cells in enumerate(reader):
                if number and cells:
                    yield before + 1, cells
                before = reader.line_num
        except csv.Error as error:
            raise Unreadable(
                f"Baris {before + 1} tidak dapat dibaca; file mungkin terpotong atau tanda kutip tidak ditutup"
                f" / line {before + 1} cannot be read; the file may be cut off or a quote is not closed"
            ) from error
