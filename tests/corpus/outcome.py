"""The corpus taken through the real steps, and what became of each case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow.parquet as pq
from corpus.case import Case
from house import House

from expectations.contract import contract, feeds
from perisai.settings import Settings
from perisai.step import opened_lake, scratch_duck
from transforms.delivery import delivery_id, manifest_name, sha256_of
from transforms.identity import pseudonym
from warehouse import vault

FIRST_DAY = date(2023, 10, 1)
A_YEAR_LATER, BEYOND = date(2024, 9, 1), date(2025, 1, 1)
"""Between these days the dates of most cases would be a year early, which is a trouble of its own."""
RUN_DAY = date(2026, 12, 31)
KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}

Lines = dict[int, dict[str, Any]]


@dataclass
class Outcome:
    """What became of a case: its row of the ledger, and what is kept of its lines."""

    ledger: dict[str, Any] = field(default_factory=dict)
    accepted: Lines = field(default_factory=dict)
    vault: Lines = field(default_factory=dict)
    rejected: Lines = field(default_factory=dict)
    not_data: tuple[int, ...] = ()
    broken: dict[str, int] = field(default_factory=dict)


def outcomes_of(all_cases: list[Case], home: Path) -> dict[str, Outcome]:
    """What became of each case, by its name: all are deliveries of one run."""
    house = House(Settings(home=home, **KEYS, max_missing_share=1))
    ids = {_leave(house, case, day): case.trouble for case, day in dated(all_cases)}
    assert len(ids) == len(all_cases)
    house.load(RUN_DAY.isoformat())
    assert not [*home.parent.rglob("*escaped*"), *Path("/").glob("escaped*")]
    found: dict[str, Outcome] = defaultdict(Outcome)
    for said in _lake(house, "raw.delivery"):
        found[said["delivery_id"]].ledger = said
    for feed in feeds():
        for row in _lake(house, f"raw.{feed}"):
            assert _new(found[row["delivery_id"]].accepted, row), row["line_no"]
    for row in _vault(house):
        assert _new(found[row["delivery_id"]].vault, row), row["line_no"]
    for path in house.settings.rejects.rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            assert _new(found[row["delivery_id"]].rejected, row), row["line_no"]
    for row in _lake(house, "raw.not_data"):
        found[row["delivery_id"]].not_data += (row["line_no"],)
    for row in _lake(house, "raw.validation"):
        found[row["delivery_id"]].broken[row["rule"]] = row["failed"]
    return {ids[key]: outcome for key, outcome in found.items()}


def as_kept(feed: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a feed's columns by the columns of lake and vault: a NIK or KPJ as its keyed hash, and in the vault."""
    hashed = {column.name: column.hashed_as for column in contract(feed).columns if column.hashed_as}
    in_vault = {column.name for column in contract(feed).vault_columns}
    key = KEYS["hmac_key"].encode()
    found = {name: value for name, value in values.items() if name not in hashed or name in in_vault}
    return found | {
        str(hashed[name]): None if value is None else str(UUID(pseudonym(name, value, key)))
        for name, value in values.items()
        if name in hashed
    }


def dated(all_cases: list[Case]) -> Iterator[tuple[Case, date]]:
    """The cases and their business dates: no two of a branch and feed have the same."""
    used: dict[tuple[str, str], set[date]] = defaultdict(set)
    for case in all_cases:
        if case.day:
            assert case.day not in used[case.branch, case.feed], case.trouble
            used[case.branch, case.feed].add(case.day)
    for case in all_cases:
        day = case.day or FIRST_DAY
        while not case.day and day in used[case.branch, case.feed]:
            day = BEYOND if day + timedelta(1) == A_YEAR_LATER else day + timedelta(1)
        assert day <= RUN_DAY, f"{case.trouble} would wait for its day"
        used[case.branch, case.feed].add(day)
        yield case, day


def _leave(house: House, case: Case, day: date) -> str:
    """Puts the case's files into its branch's landing folder; its delivery_id."""
    folder = house.settings.landing / case.branch
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.branch}_{case.feed}_{day}{case.extension}"
    path.write_bytes(case.content)
    if case.manifest is not None:
        (folder / manifest_name(path.name)).write_bytes(case.manifest)
    return delivery_id(case.branch, path.name, sha256_of(path))


def _new(lines: Lines, row: dict[str, Any]) -> bool:
    return lines.setdefault(row["line_no"], row) is row


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    try:
        return con.execute(f"from {table}").to_arrow_table().to_pylist()
    except duckdb.CatalogException:  # nothing of that kind ever came
        return []


def _lake(house: House, table: str) -> list[dict[str, Any]]:
    with opened_lake(house.settings) as con:
        return _rows(con, table)


def _vault(house: House) -> list[dict[str, Any]]:
    with scratch_duck(house.settings) as con, vault.reading(con, house.settings.vault) as there:
        return [row for feed in feeds() if feed in there for row in _rows(con, f"vault.{feed}")]
