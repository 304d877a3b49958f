"""Branches are expected while they exist; a table of branches that cannot be used is told of in a sentence."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from house import OF_DELIVERIES, House, registration

from perisai.branches import branches, expected
from perisai.errors import DayFailed
from perisai.newest import newest_date


def test_a_table_without_time_zones_is_refused_in_words(tmp_path: Path) -> None:
    leave(tmp_path, "branch_code,branch_name,office_code,valid_from,valid_to", "NTB01,Mataram,KW-BNP,,")
    with pytest.raises(DayFailed, match=r"branch.csv: time_zone of NTB01 is none of WIB, WITA, WIT; write"):
        branches(tmp_path)


pytestmark = pytest.mark.marts(*OF_DELIVERIES, "marts.freshness", "marts.reporting_month")

HEAD = "branch_code,branch_name,office_code,time_zone,valid_from,valid_to"


def leave(folder: Path, *lines: str) -> None:
    (folder / "branch.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("life", "said"),
    [
        ("01-02-2023,", "valid_from of NTB01 is '01-02-2023'; write a date"),
        (",soon", "valid_to of NTB01 is 'soon'; write a date"),
        ("2023-02-02,2023-02-01", "valid_to of NTB01 lies before its valid_from"),
    ],
)
def test_a_life_that_cannot_be_is_refused_in_words(tmp_path: Path, life: str, said: str) -> None:
    leave(tmp_path, HEAD, f"NTB01,Mataram,KW-BNP,WITA,{life}")
    with pytest.raises(DayFailed, match=f"branch.csv: {said}"):
        branches(tmp_path)
    leave(tmp_path, "branch_code,branch_name,office_code,time_zone", "NTB01,Mataram,KW-BNP,WITA")
    with pytest.raises(DayFailed, match=r"branch.csv: column valid_from is missing; add it"):
        branches(tmp_path)


def test_a_branch_is_expected_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    leave(tmp_path, HEAD, "A,A,KW,WIB,,2023-10-01", "B,B,KW,WIB,2023-10-01,2023-10-02", "C,C,KW,WIB,2023-10-02,")
    found = {day: "".join(b.code for b in expected(tmp_path, date(2023, 10, day))) for day in (1, 2, 3)}
    assert found == {1: "AB", 2: "BC", 3: "C"}
    assert [b.code for b in expected(tmp_path, date(2023, 9, 30))] == ["A"]


def test_a_branch_that_is_closed_or_not_open_yet_is_not_missed(house: House, tmp_path: Path) -> None:
    reference = shutil.copytree(house.settings.reference, tmp_path / "reference")
    with (reference / "branch.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["branch_code"] not in ("NTB01", "NTB02"):
            row.update({"valid_to": "2023-09-29"} if row["branch_code"] < "S" else {"valid_from": "2023-10-01"})
    with (reference / "branch.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    here = House(house.settings.model_copy(update={"reference": reference, "max_missing_share": 0.5}))
    here.leave("NTB01", "registrations", "2023-09-30", map(registration, range(1, 4)))
    assert newest_date(here.settings) == date(2023, 9, 30)
    assert here.build("2023-09-30")["missing_branches"] == ["NTB02"]
    assert here.lake("select distinct branch_code from marts.delivery_day order by all") == [("NTB01",), ("NTB02",)]
    assert here.lake("select count(*) from marts.freshness where branch_code not in ('NTB01', 'NTB02')") == [(0,)]
    expected = (
        "select unit_level, sum(expected) from marts.reporting_month where feed = 'claims' group by all order by all"
    )
    assert here.lake(expected) == [("branch", 2), ("nation", 2), ("office", 2), ("province", 2)]
