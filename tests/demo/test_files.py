"""The files themselves: always the same bytes, with manifests that tell the truth; and the national size."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo import Receipt, Size, make
from demo.dirt import UNVERIFIED
from expectations.contract import contract

SMALL_DIGEST = "78f9e43041b4589371aa663de68879420ae5c77ecb7f29dff5b35e8a6fd1c6b3"
"""Of all files of the small size; the same on every machine. A changed header or a changed draw changes it."""


def digest(folder: Path) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert paths
    lines = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes(small: tuple[Path, Receipt], tmp_path: Path) -> None:
    landing, receipt = small
    assert make(tmp_path / "one", Size.small, threads=1) == receipt
    assert digest(tmp_path / "one") == digest(landing) == SMALL_DIGEST
    make(tmp_path / "one", Size.small, threads=2)
    assert digest(tmp_path / "one") == SMALL_DIGEST, "writing again changed something"
    make(tmp_path / "two", Size.small, seed=1)
    assert digest(tmp_path / "two") != SMALL_DIGEST


def test_manifests_tell_the_truth_but_one(small: tuple[Path, Receipt]) -> None:
    landing, receipt = small
    lies = []
    for file in receipt.sent:
        path = landing / file.folder / file.file_name
        beside = path.with_suffix(".manifest.json")
        assert beside.exists() == file.verified == (not file.file_name.startswith(UNVERIFIED))
        content = path.read_bytes()
        with path.open(encoding="utf-8-sig", newline="") as text:
            header, *rows = list(csv.reader(text)) or [[]]
        assert len(rows) == file.lines
        if not file.verified:
            continue
        said = json.loads(beside.read_text())
        assert said.pop("sha256") == hashlib.sha256(content).hexdigest()
        if said.pop("lines") != len(rows):
            lies.append(file.file_name)
        if total := contract(file.feed).control_total:
            [column] = [column for column in contract(file.feed).exported if column.name == total]
            known = {column.header, *(alias.lower() for alias in column.aliases)}
            place = next((place for place, cell in enumerate(header) if cell in known), None)
            cells = [row[place] for row in rows if place is not None and len(row) == len(header)]
            readable = len(cells) == len(rows) and all(cell.removeprefix("-").isdigit() for cell in cells)
            assert said.pop(total, None) == (sum(map(int, cells)) if readable else None)
        assert not said
    assert lies == ["NTB01_claims_2023-10-10.csv"]


def test_a_national_day_has_three_event_files_a_branch(tmp_path: Path) -> None:
    receipt = make(
        tmp_path / "landing", Size.nation, days=1, history=False, participants=200_000, contribution_rows=1_200_000
    )
    files = Counter(file.feed for file in receipt.sent)
    assert files == {"registrations": 325, "contributions": 325, "claims": 325, "agents": 325}
    assert {file.day for file in receipt.sent} == {date(2023, 10, 13)}
    # 30,000 registrations, 330,000 contributions and 15,000 claim rows for ten million, of which this is a fiftieth
    assert receipt.rows["registrations"] == pytest.approx(600, rel=0.15)
    assert receipt.rows["contributions"] == pytest.approx(6_600, rel=0.1)
    assert receipt.rows["claims"] == pytest.approx(300, rel=0.3)
    reference = tmp_path / "reference"
    packaged = Path("warehouse/reference")
    for path in packaged.iterdir():
        assert (reference / path.name).read_text().splitlines()[0] == path.read_text().splitlines()[0]
    with (reference / "branch.csv").open() as file:
        branches = list(csv.DictReader(file))
    assert len(branches) == 325
    assert len({branch["office_code"] for branch in branches}) == 11
    assert {branch["branch_code"] for branch in branches} == {file.folder for file in receipt.sent}


def test_the_nation_pays_as_many_contributions_as_were_asked_for(
    tmp_path: Path, rows_that_count: Callable[[Path, Receipt], duckdb.DuckDBPyConnection]
) -> None:
    receipt = make(tmp_path / "landing", Size.nation, days=2, participants=50_000, contribution_rows=300_000)
    assert receipt.rows["contributions"] == pytest.approx(300_000, rel=0.02)
    assert receipt.rows["registrations"] == 50_000
    con = rows_that_count(tmp_path / "landing", receipt)
    assert con.execute("select count(*) from contributions anti join card using (kpj)").fetchone() == (0,)
    assert con.execute("select count(*), count(distinct nik) from card").fetchone() == (50_000, 50_000)


def test_days_are_one_to_twenty_eight(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="days is 29"):
        make(tmp_path, Size.small, days=29)


def test_fewer_days_make_a_later_go_live_export_and_no_row_less(small: tuple[Path, Receipt], tmp_path: Path) -> None:
    receipt = make(tmp_path, Size.small, days=8)
    assert min(file.day for file in receipt.sent) == date(2023, 10, 5)
    assert Counter(file.folder for file in receipt.sent if file.day == date(2023, 10, 5)) == {
        file.folder: 4 for file in small[1].sent
    }
