"""Workbooks of rejected rows that branches leave where they leave their exports: taken back as they are picked up.

A workbook is copied into ``raw`` like any file. Beside its copy a note says what came of it: the corrections that were
left in the branch's landing folder, or why there are none. The note is what the ledger tells of the workbook. One that
cannot be taken yet has no note, and is tried again by the next run.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from perisai import inbox
from perisai.errors import DayFailed, NotYet
from perisai.settings import Settings
from perisai.step import alone, opened_lake, scratch_duck
from transforms.delivery import NAME, Delivery, dated
from warehouse import files, lake

log = logging.getLogger(__name__)

_BOOK = re.compile(r"(?P<branch>[A-Z0-9]+)_\d{4}-\d{2}-\d{2}(?P<more>[ _().-].{0,60})?\.(?i:xlsx|xls)")
_COPY = re.compile(r"| \(\d{1,2}\)")
"""What a browser or a mail program puts behind a name; any other word may be a person's, and is not published."""


def is_workbook(path: Path) -> bool:
    """Whether a copy is, by its name, a workbook of rejected rows: ``NTB01_2023-10-02.xlsx``, whatever follows that."""
    return bool(_BOOK.fullmatch(path.name)) and not NAME.fullmatch(path.name)


def take_back(settings: Settings, branches: Collection[str]) -> set[str]:
    """Makes corrections of the workbooks that were copied from some branches, and notes what came of each.

    Returns:
        The branches in whose landing folders corrections were left.
    """
    left = set()
    for path in inbox.noted(settings).values():
        branch = path.parts[-4]
        if branch in branches and is_workbook(path) and path.exists() and not _note(path).exists():
            with alone(settings):
                said = _taken(settings, path, branch)
            if said:
                files.write(_note(path), json.dumps(said))
                left |= {branch} if said["files"] else set()
    return left


def _taken(settings: Settings, path: Path, branch: str) -> dict[str, Any] | None:
    """What is noted of a workbook: the corrections, or the refusal in words; None if it has to wait."""
    from perisai import replay

    try:
        with opened_lake(settings) as con, scratch_duck(settings) as scratch:
            lake.ensure_tables(con, settings.contracts)
            receipts = replay.replay(con, scratch, settings, path, branch)
    except NotYet as reason:
        log.warning("%s of %s waits for the next run: %s", shown_name(path), branch, reason)
        return None
    except DayFailed as refusal:
        return {"files": [], "reason": str(refusal).replace(path.name, shown_name(path))}
    counts = (
        ("corrected", "baris diperbaiki", "rows corrected"),
        ("withdrawn", "dihapus", "withdrawn"),
        ("left", "dibiarkan", "left"),
    )
    done = [
        [f"{each['file']}: " + ", ".join(f"{each[name]} {words[at]}" for name, *words in counts) for at in (0, 1)]
        for each in receipts
    ]
    words = " / ".join("; ".join(part) for part in zip(*done, strict=True))
    return {"files": [each["file"] for each in receipts], "reason": words}


def shown_name(path: Path) -> str:
    """The name of a workbook as others may read it."""
    found = _BOOK.fullmatch(path.name)
    known = found and found["branch"] == path.parts[-4] and _COPY.fullmatch(found["more"] or "")
    return path.name if known else f"(name {path.parent.name[:8]})"


def told(path: Path, delivery: Delivery) -> Delivery | None:
    """What the ledger has of a workbook, given what its name and folder say; None while it has to wait."""
    try:
        said = json.loads(_note(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    delivery = replace(delivery, file_name=shown_name(path))
    if not said["files"]:
        return delivery.refused(said["reason"], 0)
    day = max(day for name in said["files"] if (day := dated(name)))
    return replace(delivery, judgement="accepted", reason=said["reason"], business_date=day, lines=0, rejected=0)


def _note(path: Path) -> Path:
    return path.with_name(f".{path.name}{inbox.RETURNED}")
