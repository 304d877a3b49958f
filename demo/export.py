"""What a branch leaves: one CSV file a feed and day, with or without a manifest beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from expectations.contract import contract

PLAIN = pc_csv.WriteOptions(include_header=False, quoting_style="none")
"""Rows that are counted up hold nothing to quote; pyarrow refuses to write one that did."""
WITA = timezone(timedelta(hours=8))
IN_TIME = timedelta(days=1, hours=6)
CORRECTED_AFTER = timedelta(hours=8)


@dataclass(frozen=True)
class Outgoing:
    """A file before it is written.

    ``table`` holds rows under the contract's names; ``extra`` are rows of cells that follow them as they are.
    ``outcome``, ``rejected`` and ``duplicates`` are what a warehouse should make of the file; None where
    every line of it is refused. ``after`` is how long after its day has begun the first file is left.
    """

    branch: str
    feed: str
    day: date
    table: pa.Table
    extra: tuple[tuple[str, ...], ...] = ()
    revision: int = 1
    folder: str = ""
    header: tuple[str, ...] | None = None
    disguise: Callable[[bytes], bytes] | None = None
    manifest: str = "right"
    outcome: str = "accepted"
    rejected: int = 0
    duplicates: int = 0
    warnings: int = 0
    why: str = ""
    after: timedelta = IN_TIME

    @property
    def left_at(self) -> datetime:
        """When the branch leaves the file, which is the time that the file has then."""
        midnight = datetime.combine(self.day, time(), WITA)
        return midnight + self.after + (self.revision - 1) * CORRECTED_AFTER

    @property
    def file_name(self) -> str:
        """Branch, feed, day and, from the second on, the revision."""
        again = f"_r{self.revision}" if self.revision > 1 else ""
        return f"{self.branch}_{self.feed}_{self.day}{again}.csv"


@dataclass(frozen=True)
class Sent:
    """A file that was written, and what a warehouse should make of it.

    ``outcome`` is accepted, accepted_with_rejects, nothing_accepted, superseded, duplicate or refused. A refused
    delivery counts all its lines as rejected, a duplicate one all as duplicates.
    """

    folder: str
    file_name: str
    feed: str
    day: date
    revision: int
    lines: int
    outcome: str
    rejected: int
    duplicates: int
    warnings: int
    verified: bool
    why: str = field(compare=False)


def write(out: Outgoing, landing: Path) -> Sent:
    """Writes a file and its manifest, each under a temporary name first, so that nobody reads half a file."""
    content = _render(out)
    folder = landing / (out.folder or out.branch)
    folder.mkdir(parents=True, exist_ok=True)
    lines = (out.table.num_rows + len(out.extra)) if content else 0
    if out.manifest != "none":
        said = _manifest(out, lines, content)
        _replace(folder / f"{out.file_name.removesuffix('.csv')}.manifest.json", said, out.left_at)
    _replace(folder / out.file_name, content, out.left_at)
    whole = {"refused": (lines, 0), "duplicate": (0, lines)}
    rejected, duplicates = whole.get(out.outcome, (out.rejected, out.duplicates))
    outcome = out.outcome
    if outcome == "accepted" and rejected:
        outcome = "accepted_with_rejects" if rejected < lines - duplicates else "nothing_accepted"
    return Sent(
        folder=folder.name,
        file_name=out.file_name,
        feed=out.feed,
        day=out.day,
        revision=out.revision,
        lines=lines,
        outcome=outcome,
        rejected=rejected,
        duplicates=duplicates,
        warnings=out.warnings,
        verified=out.manifest != "none",
        why=out.why,
    )


def _render(out: Outgoing) -> bytes:
    headers = {column.name: str(column.header) for column in contract(out.feed).exported}
    header = out.header or tuple(headers[name] for name in _written(out))
    body = io.BytesIO()
    body.write((",".join(header) + "\n").encode())
    pc_csv.write_csv(out.table.select(_written(out)), body, PLAIN)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(out.extra)
    body.write(text.getvalue().encode())
    return out.disguise(body.getvalue()) if out.disguise else body.getvalue()


def _written(out: Outgoing) -> list[str]:
    """The columns that the file has, in their order: branches leave out those that nobody asks for."""
    return [column.name for column in contract(out.feed).exported if column.name in out.table.column_names]


def _manifest(out: Outgoing, lines: int, content: bytes) -> bytes:
    """What the branch says of its file; without a total where an amount of its own cannot be read."""
    said: dict[str, int | str] = {"lines": lines + 3 * (out.manifest == "wrong")}
    if total := contract(out.feed).control_total:
        names = _written(out)
        cells = [row[names.index(total)] if len(row) == len(names) else "" for row in out.extra]
        if all(cell.removeprefix("-").isdigit() for cell in cells):
            said[total] = (pc.sum(out.table[total]).as_py() or 0) + sum(map(int, cells))
    said["sha256"] = hashlib.sha256(content).hexdigest()
    return (json.dumps(said, indent=2) + "\n").encode()


def _replace(path: Path, content: bytes, left_at: datetime) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    os.utime(beside, (left_at.timestamp(), left_at.timestamp()))
    beside.replace(path)
