"""The table of branches: who is expected to deliver, and which regional office looks after whom.

Imports nothing heavy, since the DAG file reads the offices whenever Airflow parses it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from perisai.errors import DayFailed
from perisai.settings import Settings

ZONES = ("WIB", "WITA", "WIT")
UNLISTED = "(unlisted)"
"""The office of landing folders that the table of branches does not know."""


@dataclass(frozen=True)
class Branch:
    """One branch office."""

    code: str
    name: str
    office: str
    landing_url: str = ""
    """Where it leaves its exports, beside its folder under ``landing``; see transforms.landing."""
    zone: str = ""
    """WIB, WITA or WIT, the zone of Indonesia in which it lies: there a moment in an export becomes a day."""
    valid_from: date = date.min
    valid_to: date = date.max
    """First and last day that it exists, and so is expected to deliver for."""


def branches(reference: Path) -> list[Branch]:
    """Branches of ``branch.csv``, in the order of their codes.

    One with several rows, which follow each other without a gap (warehouse.reference_check), is what its last row says,
    from the first day of the first one to the last day of the last: office and landing place are for the work of today.

    Raises:
        DayFailed: the zone of one is none of Indonesia's, or its first and last day are no dates in that order.
    """
    with (reference / "branch.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Branch(
                row["branch_code"],
                row["branch_name"],
                row["office_code"],
                row.get("landing_url") or "",
                row.get("time_zone") or "",
                _day(row, "valid_from", date.min),
                _day(row, "valid_to", date.max),
            )
            for row in csv.DictReader(file)
        ]
    if wrong := [branch.code for branch in rows if branch.zone not in ZONES]:
        raise DayFailed(f"branch.csv: time_zone of {wrong[0]} is none of {', '.join(ZONES)}; write the branch's zone")
    if backwards := [branch.code for branch in rows if branch.valid_to < branch.valid_from]:
        raise DayFailed(f"branch.csv: valid_to of {backwards[0]} lies before its valid_from; exchange or correct them")
    every: dict[str, Branch] = {}
    for branch in sorted(rows, key=lambda branch: (branch.code, branch.valid_from)):
        first = every.get(branch.code, branch)
        every[branch.code] = replace(branch, valid_from=first.valid_from)
    return list(every.values())


def expected(reference: Path, day: date) -> list[Branch]:
    """Branches that exist on a day, and so are expected to deliver for it."""
    return [branch for branch in branches(reference) if branch.valid_from <= day <= branch.valid_to]


def _day(row: dict[str, str], column: str, otherwise: date) -> date:
    if (said := row.get(column)) is None:
        raise DayFailed(f"branch.csv: column {column} is missing; add it, empty where no such day is known")
    try:
        return date.fromisoformat(said) if said else otherwise
    except ValueError:
        raise DayFailed(
            f"branch.csv: {column} of {row['branch_code']} is {said!r}; write a date such as 2022-01-01"
        ) from None


def offices(settings: Settings) -> list[str]:
    """Regional offices, and last the one that stands for folders no office answers for."""
    return [*sorted({branch.office for branch in branches(settings.reference)}), UNLISTED]


def folders(settings: Settings, office: str) -> list[Path]:
    """Landing folders of an office's branches; for UNLISTED the folders that no branch owns."""
    known = branches(settings.reference)
    if office != UNLISTED:
        return [settings.landing / branch.code for branch in known if branch.office == office]
    codes = {branch.code for branch in known}
    return sorted(path for path in settings.landing.glob("*") if path.is_dir() and path.name not in codes)
