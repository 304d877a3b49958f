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


def region(code, since=None, until=None, became=None, **cells):
    row = {"region_code": code, "region_level": "regency", "region_name": code, "parent_code": "52", "became": became}
    return row | {"valid_from": since, "valid_to": until} | cells


# 5271 is split in April; 5274 goes into 5275 in June; 5276 gets another code in July, and another province in August.
HISTORY = [
    region("52", region_level="province", parent_code=None),
    region("72", region_level="province", parent_code=None),
    region("5271", until="2023-03-31", became="5271;5273"),
    region("5271", "2023-04-01"),
    region("5273", "2023-04-01"),
    region("5274", until="2023-06-14", became="5275"),
    region("5275", until="2023-06-14", became="5275"),
    region("5275", "2023-06-15"),
    region("5276", until="2023-07-30", became="5277"),
    region("5277", "2023-07-31", "2023-07-31", "5277"),
    region("5277", "2023-08-01", parent_code="72"),
    region("5275", "2024-01-01", region_name="not yet"),
]
HISTORY[7] |= {"valid_to": "2023-12-31", "became": "5275"}
TODAY = [{"business_date": "2023-09-30"}]


def people(count, code, first, agent=None):
    index = 2023 * 12 + first - 1
    return [
        {"participant_key": f"{code} {first} {n}", "from_index": index, "status": "active", "protected": True,
         "region_code": code, "acquiring_agent_code": agent, "first_index": index}
        for n in range(count)
    ]  # fmt: skip


NAMED = [
    *people(5, "5271", 1), *people(1, "5273", 2), *people(2, "5273", 5), *people(3, "5274", 1, "AB1"),
    *people(4, "5275", 1), *people(1, "5276", 1), *people(1, "5277", 9),
]  # fmt: skip


def universe(code, count, since="2023-01-01"):
    return {"region_code": code, "definition": "bpu", "people": count, "reference_from": since, "source": "x"}


@pytest.fixture
def coverage(run):
    def coverage(columns):
        tables = {
            "reference.region": HISTORY,
            "raw.business_day": TODAY,
            "core.participant_status": NAMED,
            "reference.universe": [
                universe("52", 100), universe("5271", 10), universe("5274", 6), universe("5275", 8),
                universe("5276", 5), universe("5271", 7, "2023-08-01"), universe("5273", 4, "2023-08-01"),
            ],
            "reference.segment_count": [
                {"region_code": code, "segment": "PU", "people": 1, "reference_from": "2023-01-01"}
                for code in ("5271", "5274", "5275", "5276")
            ],
        }  # fmt: skip
        found = {}
        wanted = f"month definition region_level region_code {columns}"
        for month, definition, level, code, *rest in run("marts.coverage_month", tables, wanted):
            if definition == "bpu":
                found.setdefault((level, month.month), {})[code] = tuple(rest) if " " in columns else rest[0]
        return found

    return coverage


def test_a_month_has_the_regions_of_its_last_day(coverage):
    found = coverage("protected")
    assert {month: people for (level, month), people in found.items() if level == "regency"} == {
        1: {"5271": 5, "5274": 3, "5275": 4, "5276": 1},
        2: {"5271": 6, "5274": 3, "5275": 4, "5276": 1},
        3: {"5271": 6, "5274": 3, "5275": 4, "5276": 1},
        4: {"5271": 5, "5273": 1, "5274": 3, "5275": 4, "5276": 1},
        5: {"5271": 5, "5273": 3, "5274": 3, "5275": 4, "5276": 1},
        6: {"5271": 5, "5273": 3, "5275": 7, "5276": 1},
        7: {"5271": 5, "5273": 3, "5275": 7, "5277": 1},
        8: {"5271": 5, "5273": 3, "5275": 7, "5277": 1},
        9: {"5271": 5, "5273": 3, "5275": 7, "5277": 2},
    }
    assert {month: people for (level, month), people in found.items() if level == "regencies"} == {
        month: {"5271+5273": 6 if month == 4 else 8} for month in range(4, 10)
    }
    assert [found["province", month] for month in (7, 8)] == [{"52": 16}, {"52": 15, "72": 1}]


def test_no_count_of_an_area_is_divided_and_none_of_the_whole_is_lost(coverage):
    found = coverage("universe coverage_pct pu is_undivided")
    assert found["regency", 3]["5271"] == (10, 60, 1, False)
    assert found["regency", 4]["5271"] == found["regency", 4]["5273"] == (None, None, None, True)
    assert found["regencies", 4]["5271+5273"] == (10, 60, 1, False)
    assert found["regency", 8]["5271"] == (7, None, None, True)
    assert found["regency", 8]["5273"] == (4, None, None, True)
    assert found["regencies", 8]["5271+5273"] == (11, 8 * 100 / 11, 1, False)
    assert found["regency", 5]["5275"] == (8, 50, 1, False)
    assert found["regency", 6]["5275"] == (14, 50, 2, False), "the sum of both, until a count of the new one is known"
    assert found["regency", 7]["5277"] == (5, 20, 1, False)
    assert {month: found["province", month]["52"][2] for month in (3, 4, 6, 7, 8)} == {3: 4, 4: 4, 6: 4, 7: 4, 8: 3}
    assert (found["province", 7]["52"][0], found["province", 8]["52"][0]) == (100, None), "a province without 5277"


def test_nothing_is_compared_with_another_area(coverage):
    found = coverage("people_change_month")
    assert {month: found["regency", month]["5271"] for month in (3, 4, 5)} == {3: 0, 4: None, 5: 0}
    assert {month: found["regency", month]["5275"] for month in (5, 6, 7)} == {5: 0, 6: None, 7: 0}
    assert {month: found["regencies", month]["5271+5273"] for month in (4, 5)} == {4: None, 5: 2}
    assert {month: found["province", month]["52"] for month in (7, 8, 9)} == {7: 0, 8: None, 9: 0}
    assert found["nation", 8] == {"00": 0}


def test_figures_of_any_month_add_up_to_regions_of_today(run):
    rows = run(
        "marts.region_history",
        {"reference.region": HISTORY, "raw.business_day": TODAY},
        "region_code first_month last_month state shown_code unit_code territory_code",
    )
    april, june, july, august = (date(2023, month, 1) for month in (4, 6, 7, 8))
    assert [row for row in rows if row[0] not in ("52", "72")] == [
        ("5271", None, date(2023, 3, 1), "in_force", "5271", "5271", "5271+5273"),
        ("5271", april, None, "in_force", "5271", "5271+5273", "5271+5273"),
        ("5273", None, date(2023, 3, 1), "not_begun", "5271", "5271", "5271+5273"),
        ("5273", april, None, "in_force", "5273", "5271+5273", "5271+5273"),
        ("5274", None, date(2023, 5, 1), "in_force", "5274", "5274", "5275"),
        ("5274", june, None, "ended", "5275", "5275", "5275"),
        ("5275", None, date(2023, 5, 1), "in_force", "5275", "5275", "5275"),
        ("5275", june, None, "in_force", "5275", "5275", "5275"),
        ("5276", None, june, "in_force", "5276", "5276", "5277"),
        ("5276", july, july, "ended", "5277", "5277", "5277"),
        ("5276", august, None, "ended", "5277", "5277", "5277"),
        ("5277", None, june, "not_begun", "5276", "5276", "5277"),
        ("5277", july, july, "in_force", "5277", "5277", "5277"),
        ("5277", august, None, "in_force", "5277", "5277", "5277"),
    ]


def test_who_named_a_region_that_ended_in_several_stays_there_and_one_before_it_began_in_several_too(run):
    regions = [
        region("52", region_level="province", parent_code=None),
        region("5271", until="2023-03-31", became="5272;5273"), region("5272", "2023-04-01"),
        region("5273", "2023-04-01", "2023-05-31", "5275"), region("5274", until="2023-05-31", became="5275"),
        region("5275", "2023-06-01"),
    ]  # fmt: skip
    tables = {
        "reference.region": regions,
        "raw.business_day": TODAY,
        "core.participant_status": [*people(3, "5271", 1), *people(2, "5275", 1)],
    }
    columns = "month region_code ever_registered new_registrations"
    rows = run("marts.status_month", tables | {"core.participant_status": tables["core.participant_status"]}, columns)
    found = {}
    for month, code, count, new in rows:
        if code not in ("00", "52"):
            found.setdefault(month.month, {})[code] = (count, new)
        else:
            assert count == 5
    assert found[1] == {"5271": (3, 3), "5274": (0, 0), "5275": (2, 2)}, "5275 was of 5271 or of 5274"
    assert found[4] == {"5271": (3, 0), "5272": (0, 0), "5273": (0, 0), "5274": (0, 0), "5275": (2, 0)}
    assert found[6] == {"5271": (3, 0), "5272": (0, 0), "5275": (2, 0)}


def test_agents_and_sectors_are_shown_in_the_regions_of_the_month(run):
    tables = {"reference.region": HISTORY, "raw.business_day": TODAY}
    agents = [
        {"month": date(2023, month, 1), "agent_code": f"AB{code}", "region_code": code, "on_duty": True}
        for month in (3, 4, 6)
        for code in ("5271", "5273", "5274")
    ]
    columns = "month region_code agents regencies_without_agents"
    found = {}
    for month, code, *counts in run("marts.agent_region_month", tables | {"core.monev_agent_month": agents}, columns):
        found.setdefault(month.month, {})[code] = tuple(counts)
    assert {month: found[month]["52"] for month in (3, 4, 6)} == {3: (3, 2), 4: (3, 2), 6: (3, 1)}
    assert {month: sorted(found[month]) for month in (3, 4, 6)} == {
        3: ["00", "52", "5271", "5274", "5275", "5276"],
        4: ["00", "52", "5271", "5273", "5274", "5275", "5276"],
        6: ["00", "52", "5271", "5273", "5275", "5276"],
    }
    assert (found[3]["5271"], found[4]["5273"], found[6]["5275"]) == ((2, 0), (1, 0), (1, 0))
    change = [
        {"month_index": 2023 * 12, "region_code": code, "status": "active", "protected": True, "people": count,
         "new_people": count}
        for code, count in (("5271", 5), ("5274", 3), ("5275", 4))
    ]  # fmt: skip
    rows = run(
        "marts.sector_month", tables | {"core.status_change": change}, "region_code month protected people_change_month"
    )
    of_june = {code: (count, more) for code, month, count, more in rows if month == date(2023, 6, 1)}
    assert of_june == {"00": (12, 0), "52": (12, 0), "5271": (5, 0), "5275": (7, None)}
    assert {code: count for code, month, count, _ in rows if month == date(2023, 5, 1)}["5274"] == 3
