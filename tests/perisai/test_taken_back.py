"""A corrected workbook that a branch leaves where it leaves its exports is picked up like any file."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from house import OF_DELIVERIES, House, registration
from sent_back import DAY, book_of, correct_registrations, fix, run

from perisai import day as steps
from perisai.rebuild import rebuild

pytestmark = pytest.mark.marts(*OF_DELIVERIES)

TOLD = "select file_name, outcome, reason from core.delivery where feed = 'unknown' order by arrival"
SECOND = "NTB01_registrations_2023-09-30_r2.csv"


def send_back(house: House, name: str = f"NTB01_{DAY}.xlsx", folder: str = "NTB01") -> Path:
    """The workbook, corrected and left in a landing folder."""
    corrected = fix(book_of(house), correct_registrations)
    (house.settings.landing / folder).mkdir(exist_ok=True)
    return shutil.copyfile(corrected, house.settings.landing / folder / name)


@pytest.mark.slow
def test_it_is_taken_by_the_next_run_and_counts_on_the_same_day(given_back: House) -> None:
    send_back(given_back, f"NTB01_{DAY} (1).xlsx")
    run(given_back)
    ((name, outcome, reason),) = given_back.lake(TOLD)
    assert (name, outcome) == (f"NTB01_{DAY} (1).xlsx", "accepted")
    assert reason == (
        f"{SECOND}: 2 baris diperbaiki, 1 dihapus, 3 dibiarkan / {SECOND}: 2 rows corrected, 1 withdrawn, 3 left"
    )
    assert given_back.lake(f"select outcome, accepted from core.delivery where file_name = '{SECOND}'") == [
        ("accepted_with_rejects", 8)
    ]
    before = given_back.lake("from core.delivery order by all")
    assert given_back.load(DAY)["changed"] is False, "it lies there still, and is not taken twice"
    rebuild(given_back.settings)
    steps.marts(given_back.settings)
    again = given_back.lake("from core.delivery order by all")
    assert [row[:2] for row in again] == [row[:2] for row in before]
    assert given_back.lake(TOLD) == [(name, outcome, reason)]


def test_one_that_cannot_be_taken_is_refused_in_words_that_its_branch_reads(given_back: House) -> None:
    corrected = send_back(given_back, "NTB01_2023-09-30 Budi.xlsx")
    (given_back.settings.landing / "NTB02").mkdir(exist_ok=True)
    shutil.copyfile(corrected, given_back.settings.landing / "NTB02" / f"NTB01_{DAY}.xlsx")
    corrected.write_text("no workbook")
    run(given_back)
    told = {row[0][:5]: row for row in given_back.lake(TOLD)}
    assert {row[1] for row in told.values()} == {"refused"}
    assert len(told) == 1, "a name with other words in it, or in another's folder, is not repeated"
    reasons = sorted(row[2] for row in given_back.lake(TOLD))
    assert reasons[0].startswith("(name ") or reasons[1].startswith("(name ")
    assert any("is no Excel workbook that can be read" in reason for reason in reasons)
    assert any("File milik cabang NTB01" in reason or "another branch's workbook" in reason for reason in reasons)
    assert "Budi" not in json.dumps(reasons)
    assert not [*given_back.settings.landing.rglob("*_r2.csv")]


def test_one_waits_while_deliveries_are_not_in_the_marts(given_back: House) -> None:
    send_back(given_back)
    given_back.leave("NTB02", "registrations", DAY, [registration(50, branch_code="NTB02")])
    offices = [office for office in steps.intake.offices(given_back.settings) if office != "KW-BNP"]
    for office in ("KW-BNP", *offices):
        steps.extract(given_back.settings, date.fromisoformat(DAY), office)
    with steps.opened_lake(given_back.settings) as con:
        con.execute("delete from core.delivery where branch_code = 'NTB02'")  # as a run that ended before its marts
    for note in given_back.settings.raw.rglob(".*.returned.json"):
        note.unlink()
    (given_back.settings.landing / "NTB01" / SECOND).unlink()
    steps.extract(given_back.settings, date.fromisoformat(DAY), "KW-BNP")
    assert not [*given_back.settings.raw.rglob(".*.returned.json")]
    given_back.load(DAY)
    assert given_back.lake("select count(*) from raw.delivery where feed = 'unknown'") == [(0,)]
