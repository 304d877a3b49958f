"""Rows, grouped, and those of the tables in this folder."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Groups = defaultdict[Any, list[Row]]


def group(rows: Iterable[Row], column: str) -> Groups:
    """Rows by the value of a column, in their order."""
    groups: Groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def by(rows: Iterable[Row], column: str) -> dict[str, Row]:
    """The row of each value of a column; the last where there are several."""
    return {row[column]: row for row in rows}


def listed(table: str) -> list[dict[str, str]]:
    """Rows of a table (CSV) in the folder of this module."""
    with Path(__file__).with_name(table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
