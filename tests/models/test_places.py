"""Regions and branches with a history: what is refused, and where a day or a month finds them."""

import csv
import shutil
from datetime import date

import pytest

from warehouse import places_check, reference_check

REGION, BRANCH = "region.csv", "branch.csv"
ENDS, BEGINS = "2024-06-30", "2024-07-01"


@pytest.fixture
def folder(reference, tmp_path):
    """Reference tables in which Sumbawa was split, and Donggala went into Palu, on the first of July 2024."""
    folder = shutil.copytree(reference, tmp_path / "reference")
    change(folder / REGION, "5204", valid_to=ENDS, became="5204;5209")
    change(folder / REGION, "7203", valid_to=ENDS, became="7271")
    change(folder / REGION, "7271", valid_to=ENDS, became="7271")
    add(folder / REGION, "5204", valid_from=BEGINS)
    add(folder / REGION, "5209", region_level="regency", region_name="Sumbawa Timur", parent_code=52, valid_from=BEGINS)
    add(folder / REGION, "7271", region_level="regency", region_name="Kota Palu", parent_code=72, valid_from=BEGINS)
    change(folder / BRANCH, "STG03", valid_to=ENDS, became="STG01")
    return folder


def change(path, code, **cells):
    """Writes cells of the first row of a code."""
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    [row, *_] = [row for row in rows if next(iter(row.values())) == code]
    row.update(cells)
    write(path, rows)


def add(path, code, **cells):
    """Adds a row to a code, which differs from its last one in these cells."""
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    last = next((row for row in reversed(rows) if next(iter(row.values())) == code), dict.fromkeys(rows[0], ""))
    write(path, [*rows, last | {next(iter(last)): code, "valid_to": "", "became": ""} | cells])


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def problems(folder):
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    return str(found.value).splitlines()


def test_a_split_a_merger_and_a_branch_that_closes_are_a_history(folder):
    reference_check.check(folder)


def test_a_branch_that_moves_has_a_further_row(folder):
    change(folder / BRANCH, "NTB04", valid_to=ENDS, became="NTB04")
    add(folder / BRANCH, "NTB04", valid_from=BEGINS, region_code="5209", office_code="KW-NEW")
    reference_check.check(folder)


@pytest.mark.parametrize(
    ("file", "code", "cells", "problem"),
    [
        (REGION, "5204", {"valid_to": "2024-06-29"}, "lines 7 and 27: no row holds from 2024-06-30 to 2024-06-30"),
        (REGION, "5204", {"valid_to": "2024-07-05"}, "lines 7 and 27: both hold on 2024-07-01; let the first one end"),
        (REGION, "5204", {"valid_to": "2024-13-05"}, "a value is not what its column holds"),
        (REGION, "5204", {"became": "5204;5210"}, "line 7: became names '5210', of which no regency begins on 2024-07"),
        (REGION, "5204", {"became": "5204;5203"}, "line 7: became names '5203', of which no regency begins on 2024-07"),
        (REGION, "5204", {"became": "5209"}, "line 7: became lacks 5204, which goes on in line 27; add it"),
        (REGION, "5204", {"became": ""}, "line 7: it ends, and became is empty; write the codes that follow"),
        (REGION, "5204", {"became": "5204"}, "line 28: 5209 begins on 2024-07-01, and no row that ends on 2024-06-30"),
        (REGION, "5205", {"became": "5206"}, "line 8: became is '5206', and valid_to is empty; write the last day"),
        (REGION, "52", {"valid_to": ENDS, "became": "52"}, "line 4: parent_code is 52, which exists to 2024-06-30"),
        (REGION, "7203", {"became": "72"}, "line 16: became names '72', of which no regency begins on 2024-07-01"),
        (BRANCH, "STG03", {"valid_to": ""}, "line 9: became is 'STG01', and valid_to is empty; write the last day"),
        (BRANCH, "STG03", {"valid_to": ""}, "line 9: region_code is 7203, which exists to 2024-06-30 only; end the"),
        (BRANCH, "STG03", {"became": "STG09"}, "line 9: became names 'STG09', of which no row holds on 2024-07-01"),
        (BRANCH, "NTB04", {"valid_to": "2024-06-01", "valid_from": ENDS}, "line 5: valid_to lies before valid_from"),
        ("universe.csv", "5208", {"region_code": "5209"}, "region_code 5209 exists from 2024-07-01 on only, and"),
        ("universe.csv", "7203", {"reference_from": BEGINS}, "region_code 7203 exists to 2024-06-30 only, and"),
    ],
)  # fmt: skip
def test_what_is_no_history_is_refused_with_the_row_named(folder, file, code, cells, problem):
    change(folder / file, code, **cells)
    found = problems(folder)
    assert any(line.startswith(file) and problem in line for line in found), found


def test_a_branch_may_close_for_good(folder):
    change(folder / BRANCH, "STG03", became="")
    assert list(places_check.problems(reference_check.reference_files.read(folder))) == []


def test_a_branch_is_shown_where_it_was_on_the_day(run):
    branches = [
        {"branch_code": "A", "region_code": "5204", "office_code": "KW1", "valid_to": date(2024, 3, 31)},
        {"branch_code": "A", "region_code": "7271", "office_code": "KW2", "valid_from": date(2024, 4, 1)},
        {"branch_code": "B", "region_code": "7271", "office_code": "KW2", "valid_to": date(2024, 2, 29)},
    ]
    regions = [
        {"region_code": "5204", "parent_code": "52"},
        {"region_code": "7271", "parent_code": "72", "valid_to": date(2024, 8, 31)},
        {"region_code": "7271", "parent_code": "76", "valid_from": date(2024, 9, 1)},
    ]
    places = run(
        "core.branch_place",
        {"reference.branch": branches, "reference.region": regions},
        "branch_code from_date to_date province_code office_code first_date last_date",
    )
    ever, never = date(1, 1, 1), date(9999, 12, 31)
    of_b = (ever, date(2024, 2, 29))
    assert places == [
        ("A", ever, date(2024, 4, 1), "52", "KW1", ever, never),
        ("A", date(2024, 4, 1), date(2024, 9, 1), "72", "KW2", ever, never),
        ("A", date(2024, 9, 1), never, "76", "KW2", ever, never),
        ("B", ever, date(2024, 9, 1), "72", "KW2", *of_b),
        ("B", date(2024, 9, 1), never, "76", "KW2", *of_b),
    ]


def test_a_branch_counts_for_the_office_of_the_day_and_the_province_of_the_month(run):
    branches = [
        {"branch_code": "A", "region_code": "5204", "office_code": "KW1", "valid_to": date(2024, 4, 10)},
        {"branch_code": "A", "region_code": "7271", "office_code": "KW2", "valid_from": date(2024, 4, 11)},
    ]
    regions = [{"region_code": "5204", "parent_code": "52"}, {"region_code": "7271", "parent_code": "72"}]
    given = {"reference.branch": branches, "reference.region": regions}
    days = [
        {"business_date": date(2024, 4, day), "branch_code": "A", "feed": "claims", "expected": True, "lines": day}
        for day in (10, 11, 12)
    ]
    found = run("marts.reporting_month", given | {"marts.reporting_day": days}, "unit_level unit_code expected lines")
    assert found == [
        ("branch", "A", 3, 33), ("nation", "00", 3, 33), ("office", "KW1", 1, 10), ("office", "KW2", 2, 23),
        ("province", "52", 1, 10), ("province", "72", 2, 23),
    ]  # fmt: skip
    agents = [{"month": date(2024, month, 1), "branch_code": "A"} for month in (3, 4)]
    found = run(
        "marts.monev_branch_month", given | {"core.monev_agent_month": agents}, "month branch_code province_code"
    )
    assert found == [(date(2024, 3, 1), "A", "52"), (date(2024, 4, 1), "A", "72")]
