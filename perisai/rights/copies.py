"""A copy in ``raw``: in which lines it names a person, and what is left of it once stand-ins are in their place.

A text keeps all other bytes; a workbook, Parquet or page becomes a text in the standard dialect, of which each row has
the line that it had. Either way all other rows have to be read as before, or nothing is changed. A file that cannot be
read as its feed loses the lines that name the person, or all that it holds if it is no text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations.contract import Contract, contract, feeds
from perisai.branches import branches
from perisai.errors import DayFailed
from perisai.inbox import REMOVED, RETURNED
from perisai.rights.standins import StandIns
from perisai.settings import Settings
from transforms.conform import conform
from transforms.delivery import MANIFEST_SUFFIX, Delivery, RawFile, identify
from transforms.read import read
from transforms.readers import Limits, Unfinished, Unreadable, delimited
from transforms.readers.containers import Content, look
from transforms.readers.sandbox import Sandbox
from warehouse import files
from warehouse.fees import know_reference

GONE = b"dihapus / erased\n"
"""What is left of a file that is no text and cannot be read as its feed."""
Forms = Mapping[str, Mapping[str, str]]


def every(settings: Settings) -> Iterator[Path]:
    """All copies, those that were set aside as damaged included."""
    for path in sorted(settings.raw.glob("[!.]*/[!.]*/*/*")):
        if path.is_file() and not path.name.endswith((MANIFEST_SUFFIX, ".erased.json", REMOVED, RETURNED, ".part")):
            yield path


def texts(path: Path, limits: Limits, sandbox: Sandbox) -> Iterator[tuple[int, str]]:
    """The lines of a copy, or the rows of its sheets, as far as they can be read.

    Raises:
        Unreadable: they cannot.
        Unfinished: they cannot within the limits.
    """
    content = look(path, limits)
    if content.kind == "text":
        yield from enumerate(delimited.decoded(content).split("\n"), start=1)
        return
    for table in sandbox.tables(content):
        if table.peek:
            for line, cells in [table.peek[0], *table.rows(table.peek[0])]:
                yield line, "\t".join(cells)


def naming(path: Path, numbers: re.Pattern[str], limits: Limits, sandbox: Sandbox) -> list[int] | None:
    """The lines of a copy that name one of the numbers; None if it cannot be looked into."""
    try:
        return sorted({line for line, text in texts(path, limits, sandbox) if numbers.search(text)})
    except (Unreadable, Unfinished):
        return None


@dataclass(frozen=True)
class Opened:
    """A copy as its feed; ``rules`` is None where it cannot be read so."""

    delivery: Delivery
    rules: Contract | None


def open_copy(
    con: duckdb.DuckDBPyConnection, settings: Settings, place: Path, forms: Forms, content: Path | None = None
) -> Opened:
    """Reads a copy into the temporary tables ``text`` and ``typed``, with pseudonyms.

    Args:
        con: an empty connection.
        settings: the settings.
        place: its place in ``raw``.
        forms: by delivery the forms that it is read in.
        content: another file, of which it gets the content.
    """
    codes = {branch.code for branch in branches(settings.reference)}
    branch, _, digest, _name = place.relative_to(settings.raw).parts
    known = feeds(settings.contracts)
    delivery = identify(place, digest, branch, date.min, branches=codes, feeds=known)
    if delivery.judgement != "accepted":
        return Opened(delivery, None)
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    (seen,) = read(con, [RawFile(content or place, delivery)], rules, settings.limits)
    if seen.judgement != "accepted":
        return Opened(seen, None)
    con.execute("create or replace temp table copied_text as from text")
    zones = {branch.code: branch.zone for branch in branches(settings.reference)}
    if rules.looks_up:
        know_reference(con, settings.reference)
    conform(con, rules, zones, forms, settings.secret_hmac)
    return Opened(seen, rules)


def without(  # noqa: PLR0917 (what is read, then what is put there)
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    place: Path,
    forms: Forms,
    lines: list[int],
    numbers: re.Pattern[str],
    stand: StandIns,
) -> bytes:
    """The content of a copy with stand-ins in some lines.

    Args:
        con: an empty connection.
        settings: the settings.
        place: the copy.
        forms: by delivery the forms that it is read in.
        lines: those that name the person.
        numbers: finds the person's numbers.
        stand: the stand-ins.

    Raises:
        DayFailed: whatever is put there, other rows would be read otherwise.
    """
    try:
        content = look(place, settings.limits)
    except (Unreadable, Unfinished):
        return GONE
    opened = open_copy(con, settings, place, forms)
    text = delimited.decoded(content) if content.kind == "text" else None
    if opened.rules is None:
        return GONE if text is None else _encoded(content, _emptied(text, lines))
    names = ", ".join(f'"{column.name}"' for column in opened.rules.exported)
    rows = {
        line: (problem, [cell or "" for cell in cells])
        for line, problem, *cells in con.execute(
            f"select line_no, row_problem, {names} from copied_text order by line_no"
        ).fetchall()
    }
    con.execute("create or replace temp table past as from typed")
    con.execute("create or replace temp table meant (line_no bigint)")
    con.executemany("insert into meant values (?)", [[line] for line in lines])
    swaps = {
        line: swap(opened.rules, rows[line][1], stand, numbers) for line in lines if line in rows and not rows[line][0]
    }
    made = []
    if text is not None and (changed := _in_text(text, sorted(rows), swaps)) is not None:
        made.append(_encoded(content, numbers.sub(lambda found: stand.number(found[0]), changed)))
    made.append(_in_dialect(opened.rules, rows, swaps))
    for one in made:
        if _is_read_as_before(con, settings, place, forms, one, numbers):
            return one
    raise DayFailed(
        f"{opened.delivery.file_name} ({place.parent.name[:8]}) cannot be changed without another row being read"
        " otherwise; have the branch send a corrected file without the person, and move this copy out of raw by hand"
    )


def swap(rules: Contract, cells: list[str], stand: StandIns, numbers: re.Pattern[str]) -> list[tuple[str, str]]:
    """What the cells of a row of the person hold, and what they are to hold."""
    name = next((cell for column, cell in zip(rules.exported, cells, strict=True) if column.name == "full_name"), "")
    return [
        (cell, numbers.sub(lambda found: stand.number(found[0]), stand.cell(column, cell, name)))
        for column, cell in zip(rules.exported, cells, strict=True)
    ]


def _in_text(text: str, starts: list[int], swaps: Mapping[int, list[tuple[str, str]]]) -> str | None:
    """A text with other cells in some rows; None where a cell does not stand there as it is read.

    Args:
        text: the text.
        starts: the lines on which rows begin.
        swaps: what is to stand in a row instead of what.
    """
    parts = text.split("\n")
    ends = dict(zip(starts, [*starts[1:], len(parts) + 1], strict=True))
    for line, cells in swaps.items():
        there, differing = "\n".join(parts[line - 1 : ends[line] - 1]), {was: now for was, now in cells if was != now}
        if not all(was in there for was in differing):
            return None
        longest_first = "|".join(re.escape(was) for was in sorted(differing, key=len, reverse=True))
        now = re.sub(longest_first, lambda found, swap=differing: swap[found[0]], there) if differing else there  # type: ignore[misc]
        if now.count("\n") != there.count("\n"):
            return None
        parts[line - 1 : ends[line] - 1] = now.split("\n")
    return "\n".join(parts)


def _encoded(content: Content, text: str) -> bytes:
    return text.encode(delimited.encoding_of(content))


def _emptied(text: str, lines: list[int]) -> str:
    parts = text.split("\n")
    for line in lines:
        parts[line - 1] = "\r" if parts[line - 1].endswith("\r") else ""
    return "\n".join(parts)


def _in_dialect(
    rules: Contract,
    rows: Mapping[int, tuple[str | None, list[str]]],
    swaps: Mapping[int, list[tuple[str, str]]],
) -> bytes:
    """The rows in the standard dialect, each on the line that it had."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.header for column in rules.exported])
    at = 2
    for line, (problem, cells) in sorted(rows.items()):
        text.write("\n" * (line - at))
        told = [now for _, now in swaps[line]] if line in swaps else cells
        now = [" ".join(cell.split()) for cell in told]
        # a damaged row stays one that cannot be read, as in perisai.replay
        writer.writerow([f"BARIS-{line}", ""] if problem else now)
        at = line + 1
    return text.getvalue().encode()


def _is_read_as_before(  # noqa: PLR0917 (in the order of `without`)
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    place: Path,
    forms: Forms,
    content: bytes,
    numbers: re.Pattern[str],
) -> bool:
    """Whether a content names none of the numbers, and gives the same rows but for the stand-ins."""
    with files.passing(settings.staging / "reading") as folder:
        path = folder / "copy"
        files.write(path, content)
        with Sandbox(settings.limits) as sandbox:
            if naming(path, numbers, settings.limits, sandbox) != []:
                return False
        rules = open_copy(con, settings, place, forms, path).rules
    if rules is None:
        return False
    hashed = {column.hashed_as for column in rules.columns if column.hashed_as}
    lake = [name for name, *_ in rules.lake_columns]
    for names, kind in (
        ([*lake, *(column.name for column in rules.vault_columns)], "anti"),
        ([name for name in lake if name not in hashed], "semi"),
    ):
        listed = ", ".join(["line_no", *(f'"{name}"' for name in names)])
        chosen = f"{kind} join meant using (line_no)"
        before, after = (f"(select {listed} from {table} {chosen})" for table in ("past", "typed"))
        query = f"from ({before} except all {after}) union all from ({after} except all {before}) limit 1"
        if con.execute(query).fetchone():
            return False
    return True
