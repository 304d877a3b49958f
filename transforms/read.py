"""From files to one table of text: every value as it was written, with the line it stood on.

Files in the standard dialect (UTF-8, comma, double quotes, header first) are read all in one scan by
DuckDB, one scan for each distinct header. DuckDB gives no line numbers, so the scan is believed only for
files whose number of physical lines, counted independently, equals the number of rows that came back:
then row n stands on line n + 1. Every other file (a ragged row, a line break inside quotes, blank lines,
another delimiter or encoding, title rows above the header, a workbook, Parquet, anything packed) is read
one by one by the modules of transforms.readers.

After the header every row that holds anything is data, and counts, unless it can be told safely that it is
none (transforms.rows): such rows are listed in the table ``not_data`` by line and kind, and go no further. A row
that is damaged (of another width, with NUL bytes) gets a ``row_problem``, which rejects it by the rule
``row_readable``.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import duckdb
import pyarrow as pa

from expectations.contract import CONTRADICTED, Contract
from expectations.wording import together
from transforms import doubts, ends, errors, numbers, pieces, units, unknown, words
from transforms.above import look_above
from transforms.aside import REST, set_aside
from transforms.beside import Beside
from transforms.cells import BLANKS, cleaned
from transforms.delivery import Delivery, RawFile, lines_of, physical_lines
from transforms.groups import Groups
from transforms.header import choose, ignored, names_others, order_told, other_sheets, positions_of, second
from transforms.readers import Limits, Row, Table, Unfinished, Unreadable, delimited, marks
from transforms.readers.cells import MERGED
from transforms.readers.containers import look
from transforms.readers.sandbox import Sandbox
from transforms.remarks import Remarks
from transforms.rows import EXTRA, NUL, RAGGED, REMARK, UNDATED, Judge, is_torn, ragged_kind, uneven
from transforms.senders import Senders
from transforms.texts import BATCH_ROWS, Texts

_HAS_QUOTE = re.compile(b'"').search
_COMMA_LAST = re.compile(rb",\r*(?:\n|\Z)")
# a line in which every quote belongs to a cell that is quoted as a whole
_QUOTED = re.compile(rb'(?:"(?:[^"]++|"")*+"|[^",]*+)(?:,(?:"(?:[^"]++|"")*+"|[^",]*+))*+\r?')


@dataclass(frozen=True)
class Opened:
    """A file in which the fast scan may be tried: its header and how many lines follow it."""

    file: RawFile
    header: tuple[str, ...]
    physical_lines: int
    end: ends.End | None


def read(
    con: duckdb.DuckDBPyConnection,
    files: list[RawFile],
    contract: Contract,
    limits: Limits | None = None,
    branches: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Reads the files of one feed into the temporary tables ``text`` and ``not_data``.

    ``branches`` are the names of all by their codes, of which a title must name none but the sender.

    The table has the columns delivery_id, sender_code, business_date, line_no (header = 1; in a sheet the
    row's number), row_problem (null, or what damaged the row: see rows, pieces, signs, errors and ends) and one VARCHAR
    for each exported column of the contract (null where the optional column is missing). Values are cleaned (see
    transforms.cells), and empty ones are null. ``not_data`` has the delivery_id, line_no and kind of each row below the
    header that is no data, ``heading`` what comes first in a delivery's dates (``day`` or ``month``), if its header
    tells that.

    Returns:
        A delivery for each file, with ``lines`` and ``not_data`` counted, refused where the file cannot be read, and
        failed where reading it took more than the limits. Its reason tells the places of columns that the contract
        does not know; they are ignored, and what they hold is noted in the table ``said`` (transforms.beside).
    """
    limits = limits or Limits()
    names = ", ".join(f'"{column.name}" VARCHAR' for column in contract.exported)
    con.execute(
        "create or replace temp table text (delivery_id VARCHAR, sender_code VARCHAR, business_date DATE,"
        f" line_no BIGINT, row_problem VARCHAR, {names}, rest VARCHAR, running VARCHAR)"
    )
    con.execute("create or replace temp table heading (delivery_id VARCHAR, first VARCHAR)")
    con.execute("create or replace temp table not_data (delivery_id VARCHAR, line_no BIGINT, kind VARCHAR)")
    refusals: dict[str, Delivery] = {}
    groups: dict[tuple[str, ...], list[Opened]] = defaultdict(list)
    slow: list[RawFile] = []
    told: dict[str, tuple[str, ends.End | None]] = {}
    remarks = Remarks(Groups(contract), Beside(con), Senders(branches or {}))
    for file in files:
        opened = _standard(file, contract, limits)
        if opened:
            groups[opened.header].append(opened)
            _keep_order(con, file.delivery, opened.header)
            positions = positions_of(opened.header, contract)
            told[file.delivery.delivery_id] = ignored(opened.header, positions, contract), opened.end
            remarks.see_header(file.delivery.delivery_id, opened.header, positions)
        else:
            slow.append(file)
    for header, group in groups.items():
        slow += [opened.file for opened in _scan(con, group, header, contract, remarks.beside)]
    texts = Texts(con, contract)
    with Sandbox(limits) as sandbox:
        for file in slow:
            delivery = file.delivery
            try:
                told[delivery.delivery_id] = _read_one(
                    con, file, contract, limits, sandbox, remarks=remarks, texts=texts
                )
            except (Unreadable, Unfinished) as problem:
                texts.forget(delivery)
                refusals[delivery.delivery_id] = (
                    delivery.refused(str(problem), lines_of(file.path))
                    if isinstance(problem, Unreadable)
                    else delivery.failed(str(problem))
                )
    texts.flush()
    pieces.mark(con, contract)
    unfit = set_aside(con, contract, remarks)
    _settle_extra(con, contract)
    errors.mark(con, contract)
    doubts.look(con, contract, remarks.doubts)
    days = {file.delivery.delivery_id: file.delivery.business_date for file in files}
    unfit = doubts.times(remarks.times, days, contract, remarks.doubts) | unfit
    doubts.on_one_day(con, remarks.times, contract, remarks.doubts)
    numbers.without_point(con, contract)
    open_ends = {delivery_id: end for delivery_id, (_, end) in told.items() if end}
    cut = ends.mark(con, contract, open_ends, {file.delivery.delivery_id: file.manifest for file in files})
    remarks.beside.note(contract)
    counts = dict(con.execute("select delivery_id, count(*) from text group by all").fetchall())
    aside = dict(con.execute("select delivery_id, count(*) from not_data group by all").fetchall())
    for delivery_id in unfit.keys() - refusals.keys():
        delivery = next(file.delivery for file in files if file.delivery.delivery_id == delivery_id)
        texts.forget(delivery)
        refusals[delivery_id] = delivery.refused(unfit[delivery_id], counts.get(delivery_id, 0))
    return [
        refusals.get(key := file.delivery.delivery_id)
        or replace(
            file.delivery,
            lines=counts.get(key, 0),
            not_data=aside.get(key, 0),
            reason=together(told[key][0], cut.get(key), *remarks.doubts[key]),
        )
        for file in files
    ]


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
        or b"\x1a" in content
        # a stray quote swallows rows, and two of them look like a pair: each line must do by itself
        or (b'"' in content and not all(map(_QUOTED.fullmatch, filter(_HAS_QUOTE, content.split(b"\n")))))
        # a lone carriage return would be one more line to DuckDB, and might make up for one that it left out
        or returns not in (0, content.count(b"\r\n"))
        or (returns and returns != content.count(b"\n"))
    ):
        return None
    try:
        content.decode("utf-8")
        header = tuple(cell.strip() for cell in next(csv.reader([first.decode("utf-8").rstrip("\r")]), []))
        positions_of(header, contract)
        if units.scaled(header, contract) or (
            _COMMA_LAST.search(content)
            and any(line.count(b",") >= len(header) for line in content.split(b"\n") if _COMMA_LAST.search(line))
        ):
            return None  # the scan would not see an empty cell too many
    except (UnicodeDecodeError, csv.Error, Unreadable):
        return None  # the slow way finds out what it is, or says what is wrong
    lines, columns = physical_lines(content), {at: name for name, at in positions_of(header, contract).items()}
    is_open = content[-1:] not in (b"\n", b'"') and len(header) - 1 in columns
    return Opened(file, header, lines, ends.End(lines + 1, columns[len(header) - 1]) if is_open else None)


def _scan(
    con: duckdb.DuckDBPyConnection, group: list[Opened], header: tuple[str, ...], contract: Contract, beside: Beside
) -> list[Opened]:
    """Reads all files of one header in one scan; gives back those whose lines it did not all see."""
    positions = positions_of(header, contract)
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
        cleaned(f"c{positions[column.name]}") if column.name in positions else "null" for column in contract.exported
    )
    others = [f"c{at}" for at in range(len(header)) if at not in positions.values()]
    rest = "null"
    against = unknown.contradicts(header, positions, contract, "c{}".format)
    if others:
        undated = UNDATED.format(date=f"c{positions[Judge(contract).date]}")
        rest = f"concat_ws('{REST}', {', '.join(others)})"
        marked = f"when {against} then '{unknown.MARK}{REST}' || {rest}" if against else ""
        said = f"{undated} or regexp_matches({rest}, '(?i){words.of_rows(contract)}')"
        rest = f"case {marked} when {said} then {rest} end"
    cells = ", ".join(f"c{at}" for at in range(len(header)))
    running = next((f"trim({each})" for each in others if doubts.is_running(header[int(each[1:])])), "null")
    con.execute(
        f"""insert into text
        select f.delivery_id, f.sender_code, f.business_date, s.n - seen.first_n + 2, null, {values}, {rest}, {running}
        from scanned as s
        join seen using (filename)
        join scanned_file as f using (filename)
        where c0 between '!' and '~' or trim(concat({cells}), '{BLANKS}') <> ''"""
    )
    good = {name for (name,) in con.execute("select filename from seen").fetchall()}
    named = [f"c{at}" for at, _ in beside.headings.get(group[0].file.delivery.delivery_id, [])]
    if named:
        con.execute(
            f"""insert into beside
            select f.delivery_id, s.n - seen.first_n + 2, [{", ".join(named)}]
            from scanned as s
            join seen using (filename)
            join scanned_file as f using (filename)"""
        )
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
    con: duckdb.DuckDBPyConnection,
    file: RawFile,
    contract: Contract,
    limits: Limits,
    sandbox: Sandbox,
    *,
    remarks: Remarks,
    texts: Texts,
) -> tuple[str, ends.End | None]:
    """Reads one file the slow way; what is said of it, and its last cell if no line end is behind it."""
    content = look(file.path, limits)
    tables = delimited.tables(content) if content.kind == "text" else sandbox.tables(content)
    table, top = choose(tables, contract)
    look_above(tables, (table, top), contract, remarks.lines_of(file.delivery.delivery_id), content.name)
    header = _header(table, top)
    positions = positions_of(header, contract)
    _keep_order(con, file.delivery, header)
    remarks.see_header(file.delivery.delivery_id, header, positions)
    last_named = max(at for at, cell in enumerate(header, start=1) if cell)
    last_required = 1 + max(positions[column.name] for column in contract.exported if column.required)
    others = [at for at in range(len(header)) if at not in positions.values()]
    numbered = next((at for at in others if doubts.is_running(header[at])), -1)
    named_at = {at: f'"{name}"' for name, at in positions.items()}
    against = unknown.contradicts(header, positions, contract, lambda at: named_at.get(at, f"c{at}"))
    # behind a last column that is never empty no shifted cell can hide
    closed = table.typed or last_required == len(header)
    free_ends = any(
        positions.get(column.name) in {0, len(header) - 1} for column in errors.free(contract) if not column.key
    )
    columns_at = {at: name for name, at in positions.items()}
    end = None
    rows = _with_neighbours(table.rows(top))
    while batch := list(islice(rows, BATCH_ROWS)):
        problems: list[str | None] = []
        kinds: list[str | None] = []
        for before, (line_no, cells), after in batch:
            if not after and table.last not in '\r\n"' and len(cells) - 1 in columns_at:
                end = ends.End(line_no, columns_at[len(cells) - 1])
            # what a spreadsheet leaves out at the end of a row; not where the file itself may be cut off
            least = 0 if table.typed else last_required if after or table.ended else last_named
            ragged = len(cells) < least or (not table.typed and any(cell.strip() for cell in cells[len(header) :]))
            torn = not table.typed and any(
                is_torn(cells, piece[1], len(header), free_ends=free_ends)
                for piece in (before, after)
                if piece and (table.ended or piece[1][0][:2] != cells[0][:2])  # a last line that is cut off
            )
            beyond = table.typed and any(cell.strip() for cell in cells[len(header) :])
            damaged = NUL if any("\0" in cell for cell in cells) else CONTRADICTED if beyond else None
            extra = f"{EXTRA}{len(cells)}" if not closed and len(cells) > len(header) else None
            problems.append(uneven(cells, torn=torn) if ragged or torn else damaged or extra)
            kinds.append(
                ragged_kind(cells, len(header), is_open=not after and not table.ended) if ragged and not torn else None
            )
            if kinds[-1] and units.scaled(cells, contract):
                raise Unreadable(units.of_line(line_no))
            if ragged and names_others(cells, header, contract):
                raise Unreadable(second(line_no))
            if kinds[-1]:
                remarks.lines_of(file.delivery.delivery_id)(line_no, cells)
            elif ragged:
                remarks.groups.see(file.delivery.delivery_id, line_no, cells, data=True)
        columns: dict[str, list[str | None]] = {}
        for column in contract.exported:
            here = positions.get(column.name)
            columns[column.name] = [
                None if problem in {RAGGED, REMARK, NUL} or here is None or here >= len(cells) else cells[here]
                for (_, (_, cells), _), problem in zip(batch, problems, strict=True)
            ]
        columns["rest"] = [
            REST.join([*(cells[at] for at in others if at < len(cells)), *filter(None, [table.notes.get(line_no)])])
            for _, (line_no, cells), _ in batch
        ]
        columns["running"] = [
            cells[numbered].strip() if len(cells) > numbered >= 0 else None for _, (_, cells), _ in batch
        ]
        told = {"problem": problems, "kind": kinds} | {
            f"c{at}": [cells[at] if at < len(cells) else None for _, (_, cells), _ in batch]
            for at in (others if against else ())
        }
        remarks.beside.collect(file.delivery.delivery_id, [row for _, row, _ in batch])
        texts.add(file.delivery, [line_no for _, (line_no, _), _ in batch], told, columns, against=against)
    said = together(
        ignored(header, positions, contract),
        other_sheets(tables, table),
        marks.said({**table.marked, marks.COMMENTED: sum(row > top[0] for row in table.notes)}),
    )
    return said, end


def _header(table: Table, top: Row) -> tuple[str, ...]:
    """The cells of a header, as many as rows below it have: a sheet's rows end with what holds anything."""
    cells = tuple("" if cell == MERGED else cell.strip() for cell in top[1])
    below = [len(row) for line_no, row in table.peek if line_no > top[0]] if table.typed else []
    return cells + ("",) * (max([len(cells), *below]) - len(cells))


def _keep_order(con: duckdb.DuckDBPyConnection, delivery: Delivery, header: tuple[str, ...]) -> None:
    for order in order_told(header):
        con.execute("insert into heading values (?, ?)", [delivery.delivery_id, order])


def _with_neighbours(rows: Iterator[Row]) -> Iterator[tuple[Row | None, Row, Row | None]]:
    """Each row with the one before it and the one behind it."""
    before, row = None, next(rows, None)
    while row:
        after = next(rows, None)
        yield before, row, after
        before, row = row, after


def _settle_extra(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Decides over each delivery what its rows with more cells than the header are, whose last cells are empty.

    A delimiter at the end of every row is the way of some program. On some rows only, it may as well be one inside a
    value, which has moved all cells behind it: then such a row is damaged.
    """
    values = ", ".join(f'"{column.name}" = null' for column in contract.exported)
    con.execute(
        f"""update text set row_problem = null from (
            select delivery_id
            from text
            where row_problem is null or starts_with(row_problem, '{EXTRA}')
            group by delivery_id
            having count(distinct row_problem) = 1 and count(row_problem) = count(*) and count(*) > 1
        ) as even
        where text.delivery_id = even.delivery_id and starts_with(row_problem, '{EXTRA}')"""
    )
    con.execute(f"update text set row_problem = '{RAGGED}', {values} where starts_with(row_problem, '{EXTRA}')")
