"""From files to one table of text: every value as it was written, with the line it stood on.

Files in the standard dialect (UTF-8, comma, double quotes, header first) are read all in one scan by
DuckDB, one scan for each distinct header. DuckDB gives no line numbers, so the scan is believed only for
files whose number of physical lines, counted independently, equals the number of rows that came back:
then row n stands on line n + 1. Every other file (a ragged row, a line break inside quotes, blank lines,
another delimiter or encoding, title rows above the header, a workbook, Parquet, anything packed) is read
one by one by the modules of transforms.readers.

After the header every row that holds anything is a line, and counts. A row that is no data (a total, a
second header, a note such as who printed the list, a row of another width) is never left out: it gets a
``row_problem``, which rejects it by the rule ``row_readable``.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract
from transforms import errors
from transforms.delivery import Delivery, RawFile, lines_of, physical_lines
from transforms.readers import Limits, Table, Unfinished, Unreadable, delimited
from transforms.readers.containers import look
from transforms.readers.sandbox import Sandbox

__all__ = ["HEADER", "NOTE", "NUL", "RAGGED", "TOTAL", "Limits", "Unreadable", "fold", "read"]

_LONGEST_HEADER, _DIGITS_OF_DATA = 40, 5
RAGGED = "columns"
"""Value of row_problem for a row that has more or fewer cells than the header."""
NUL = "characters"
"""... for a row with a NUL byte in it: the file was damaged there."""
TOTAL = "total"
"""... for a row that says TOTAL or JUMLAH and lacks a required value."""
HEADER = "header"
"""... for the header once more."""
NOTE = "note"
"""... for a row with a single value: a title or a footer."""

_TOTAL = re.compile(r"\W*((sub|grand)[\s-]*)?(total|jumlah)\b", re.IGNORECASE)
_HEADER_CELLS = 3
_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Opened:
    """A file in which the fast scan may be tried: its header and how many lines follow it."""

    file: RawFile
    header: tuple[str, ...]
    physical_lines: int


def read(
    con: duckdb.DuckDBPyConnection, files: list[RawFile], contract: Contract, limits: Limits | None = None
) -> list[Delivery]:
    """Reads the files of one feed into the temporary table ``text``.

    The table has the columns delivery_id, sender_code, business_date, line_no (header = 1; in a sheet the
    row's number), row_problem (null, or one of the constants above) and one VARCHAR for each exported column
    of the contract (null where the optional column is missing). Values are stripped of surrounding blanks,
    and empty ones are null.

    Returns:
        A delivery for each file, with ``lines`` counted, refused where the file cannot be read, and failed where
        reading it took more than the limits. Its reason
        names the columns of the file that the contract does not know; they are ignored.
    """
    limits = limits or Limits()
    names = ", ".join(f'"{column.name}" VARCHAR' for column in contract.exported)
    con.execute(
        "create or replace temp table text (delivery_id VARCHAR, sender_code VARCHAR, business_date DATE,"
        f" line_no BIGINT, row_problem VARCHAR, {names})"
    )
    refusals: dict[str, Delivery] = {}
    groups: dict[tuple[str, ...], list[Opened]] = defaultdict(list)
    slow: list[RawFile] = []
    ignored: dict[str, str] = {}
    for file in files:
        opened = _standard(file, contract, limits)
        if opened:
            groups[opened.header].append(opened)
            ignored[file.delivery.delivery_id] = _ignored(opened.header, _map_header(opened.header, contract))
        else:
            slow.append(file)
    for header, group in groups.items():
        slow += [opened.file for opened in _scan(con, group, header, contract)]
    with Sandbox(limits) as sandbox:
        for file in slow:
            delivery = file.delivery
            try:
                ignored[delivery.delivery_id] = _read_one(con, file, contract, limits, sandbox)
            except (Unreadable, Unfinished) as problem:
                con.execute("delete from text where delivery_id = ?", [delivery.delivery_id])
                lines = lines_of(file.path)
                refusals[delivery.delivery_id] = (
                    delivery.refused(str(problem), lines)
                    if isinstance(problem, Unreadable)
                    else delivery.failed(str(problem))
                )
    misplaced = _mark(con, contract)
    errors.mark(con, contract)
    counts = dict(con.execute("select delivery_id, count(*) from text group by all").fetchall())
    for delivery_id, line_no in misplaced.items():
        con.execute("delete from text where delivery_id = ?", [delivery_id])
        delivery = next(file.delivery for file in files if file.delivery.delivery_id == delivery_id)
        refusals[delivery_id] = delivery.refused(
            f"Baris {line_no} adalah judul kedua dengan urutan kolom lain; kirim satu tabel per file"
            f" / line {line_no} is a second header with other columns; send one table per file",
            counts[delivery_id],
        )
    return [
        refusals.get(file.delivery.delivery_id)
        or replace(
            file.delivery,
            lines=counts.get(file.delivery.delivery_id, 0),
            reason=ignored.get(file.delivery.delivery_id, ""),
        )
        for file in files
    ]


def fold(header: str) -> str:
    """A header without case, accents, blanks and punctuation: ``No. E-KTP`` and ``no e_ktp`` are one."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


def _standard(file: RawFile, contract: Contract, limits: Limits) -> Opened | None:
    """The file as the fast scan needs it, or None where something about it is not the standard dialect."""
    if file.path.stat().st_size > limits.file_bytes:
        return None
    content = file.path.read_bytes()
    first = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    returns = content.count(b"\r")
    if (
        b"\0" in content
        or b'"' in first
        or content.count(b'"') % 2 == 1
        # a lone carriage return would be one more line to DuckDB, and might make up for one that it left out
        or returns not in (0, content.count(b"\r\n"))
        or (returns and returns != content.count(b"\n"))
    ):
        return None
    try:
        content.decode("utf-8")
        header = tuple(cell.strip() for cell in next(csv.reader([first.decode("utf-8").rstrip("\r")]), []))
        _map_header(header, contract)
    except (UnicodeDecodeError, csv.Error, Unreadable):
        return None  # the slow way finds out what it is, or says what is wrong
    return Opened(file, header, physical_lines(content))


def _known(contract: Contract) -> dict[str, str]:
    """Column that each folded header means."""
    known = {fold(name): column.name for column in contract.exported for name in (*column.aliases, column.name)}
    return known | {fold(str(column.header)): column.name for column in contract.exported}


def _map_header(header: tuple[str, ...], contract: Contract) -> dict[str, int]:
    """Position in the file of each column of the contract.

    Raises:
        Unreadable: a required column is missing, or two headers mean the same column.
    """
    known = _known(contract)
    positions: dict[str, int] = {}
    for position, cell in enumerate(header):
        name = known.get(fold(cell))
        if name in positions:
            raise Unreadable(f"Kolom {cell} ada dua kali / column {cell} stands twice in the header")
        if name:
            positions[name] = position
    missing = [column for column in contract.exported if column.required and column.name not in positions]
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
            compression = 'none',
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
        join scanned_file as f using (filename)
        where trim(concat({", ".join(f"c{i}" for i in range(len(header)))}), ' \t\r\n\u00a0') <> ''"""
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


def _read_one(
    con: duckdb.DuckDBPyConnection, file: RawFile, contract: Contract, limits: Limits, sandbox: Sandbox
) -> str:
    """Reads one file the slow way; what is said of its unknown columns."""
    content = look(file.path, limits)
    tables = delimited.tables(content) if content.kind == "text" else sandbox.tables(content)
    table, line, header = _choose(tables, contract)
    positions = _map_header(header, contract)
    last_named = max(at for at, cell in enumerate(header) if cell)
    rows = (row for row in table.rows() if row[0] > line)
    while batch := list(islice(rows, _BATCH_ROWS)):
        problems = [_problem(cells, len(header), last_named + 1, typed=table.typed) for _, cells in batch]
        columns: dict[str, list[str | None]] = {}
        for column in contract.exported:
            here = positions.get(column.name)
            columns[column.name] = [
                None if problem or here is None or here >= len(cells) else cells[here]
                for (_, cells), problem in zip(batch, problems, strict=True)
            ]
        _insert(con, file.delivery, [line_no for line_no, _ in batch], problems, columns)
    return _ignored(header, positions)


def _choose(tables: list[Table], contract: Contract) -> tuple[Table, int, tuple[str, ...]]:
    """The table that is the delivery, and the line and cells of its header.

    Raises:
        Unreadable: none has a header, or several have one and rows below it, or only a hidden sheet has.
    """
    known = _known(contract)
    required = {column.name for column in contract.exported if column.required}
    found: list[tuple[set[str], Table, int, tuple[str, ...]]] = []
    for table in tables:
        for line, cells in table.peek:
            header = tuple(cell.strip() for cell in cells)
            found.append(({known[fold(cell)] for cell in header if fold(cell) in known}, table, line, header))
    full: dict[str, tuple[Table, int, tuple[str, ...]]] = {}
    for named, table, line, header in found:
        if named >= required and not table.hidden and table.peek[-1][0] > line:
            full.setdefault(table.name, (table, line, header))
    if len(full) > 1:
        listed = ", ".join(full)
        raise Unreadable(
            f"Lebih dari satu lembar berisi data: {listed}; kirim satu lembar per file"
            f" / more than one sheet holds data: {listed}; send one sheet per file"
        )
    if full:
        return next(iter(full.values()))
    shown = [each for each in found if not each[1].hidden]
    nearest = max(shown, key=lambda each: len(each[0]), default=None)
    if nearest and len(nearest[0]) >= min(_HEADER_CELLS, len(required)):
        return nearest[1:]
    if hidden := [table.name for named, table, _, _ in found if named >= required]:
        raise Unreadable(
            f"Data berada di lembar tersembunyi {hidden[0]}; tampilkan dan simpan ulang"
            f" / the data is on the hidden sheet {hidden[0]}; unhide it and save again"
        )
    if problem := next((table.problem for table in tables if table.problem), None):
        raise problem
    listed = ", ".join(str(column.header) for column in contract.exported if column.required)
    raise Unreadable(f"Baris judul tidak ditemukan: {listed} / no header is found with: {listed}")


def _problem(cells: list[str], width: int, named: int, *, typed: bool) -> str | None:
    """What is wrong with a row; cells too many may be empty, and cells too few may be those without a name."""
    if not typed and (len(cells) < named or any(cell.strip() for cell in cells[width:])):
        return RAGGED
    return NUL if any("\0" in cell for cell in cells) else None


def _insert(
    con: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    line_nos: list[int],
    problems: list[str | None],
    columns: dict[str, list[str | None]],
) -> None:
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    con.register("one", pa.table({"line": pa.array(line_nos), "problem": pa.array(problems, pa.string()), **texts}))
    values = ", ".join(_cleaned(f'"{name}"') for name in columns)
    con.execute(
        f"insert into text select $id, $sender, $day, line, problem, {values} from one",
        {"id": delivery.delivery_id, "sender": delivery.branch_code, "day": delivery.business_date},
    )
    con.unregister("one")


def _mark(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, int]:
    """Gives rows that are no data their ``row_problem``, however their file was read.

    Only rows are looked at whose first required date is missing or has no digit.

    Returns:
        The line of a second header that names its columns in another order, of each delivery that has one.
    """
    known = _known(contract)
    columns = contract.exported
    date = next(column.name for column in columns if column.required and column.kind == "date")
    names = ", ".join(f'"{column.name}"' for column in columns)
    found = con.execute(
        f"""select rowid, delivery_id, line_no, {names} from text
        where row_problem is null and ("{date}" is null or not regexp_matches("{date}", '[0-9]'))
        order by delivery_id, line_no"""
    )
    problems: dict[int, str] = {}
    misplaced: dict[str, int] = {}
    while batch := found.fetchmany(_BATCH_ROWS):
        for row, delivery_id, line_no, *values in batch:
            filled = [value for value in values if value is not None]
            meant = {
                column.name: known.get(fold(value)) for column, value in zip(columns, values, strict=True) if value
            }
            headers = sum(name is not None for name in meant.values())
            if headers >= _HEADER_CELLS and headers * 2 > len(filled):
                problems[row] = HEADER
                if any(name not in (None, column) for column, name in meant.items()):
                    misplaced.setdefault(delivery_id, line_no)
            elif any(_TOTAL.match(value) for value in filled):
                problems[row] = TOTAL
            elif len(filled) <= 1:
                problems[row] = NOTE
    if problems:
        con.register("marked", pa.table({"row": list(problems), "problem": list(problems.values())}))
        con.execute('update text set row_problem = marked.problem from marked where text.rowid = marked."row"')
        con.unregister("marked")
    return misplaced
