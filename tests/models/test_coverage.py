"""marts.coverage_month: who is protected where, out of how many."""

from datetime import date

import pytest

REGIONS = [
    {"region_code": "52", "region_level": "province"},
    {"region_code": "5271", "region_level": "regency", "parent_code": "52"},
    {"region_code": "5272", "region_level": "regency", "parent_code": "52"},
]
JANUARY = date(2023, 1, 1)


def universe(region, definition, people, since="2023-01-01"):
    return {
        "region_code": region,
        "definition": definition,
        "people": people,
        "reference_from": since,
        "source": f"{definition} {region} {since}",
    }


def segments(region, people, segment="PU", since="2023-01-01"):
    return {"region_code": region, "segment": segment, "people": people, "reference_from": since}


def lives(who, region, since="2023-01-15", until=None):
    return {"participant_key": who, "region_code": region, "valid_from": since, "valid_to": until}


def protected(who, first="2023-01-01", end="2023-05-01"):
    return {"participant_key": who, "from_month": first, "to_month": end}


def person(who, agent=None, region="5271", registered="2023-01-15"):
    return {
        "participant_key": who,
        "acquiring_agent_code": agent,
        "first_region_code": region,
        "first_registration_date": registered,
    }


TABLES = {
    "reference.region": REGIONS,
    "reference.universe": [
        universe("52", "bpu", 10),
        universe("5271", "bpu", 8),
        universe("5272", "bpu", 2),
        universe("52", "ucj", 40),
        universe("5271", "ucj", 30),
        universe("5272", "ucj", 10),
    ],
    "reference.segment_count": [segments("5271", 6), segments("5271", 1, "PMI"), segments("5272", 2)],
    "raw.business_day": [{"business_date": "2023-01-30"}, {"business_date": "2023-01-31"}],
    "core.participant": [person("ani", "AB1"), person("budi"), person("cici", "AB2", "5272")],
    "core.participant_spell": [lives("ani", "5271"), lives("budi", "5271"), lives("cici", "5272")],
    "core.protection": [protected("ani"), protected("budi"), protected("cici")],
}


@pytest.fixture
def coverage(run):
    def coverage(columns="region_code month protected", where=None, **tables):
        merged = TABLES | {name.replace("__", "."): rows for name, rows in tables.items()}
        rows = run("marts.coverage_month", merged, f"definition {columns}")
        return [row[1:] for row in rows if where is None or row[0] == where]

    return coverage


def test_both_definitions_for_regencies_and_province(run):
    assert run(
        "marts.coverage_month",
        TABLES,
        "region_code region_level month definition universe protected coverage_pct perisai perisai_share_pct "
        "ucj_points",
    ) == [
        ("52", "province", JANUARY, "bpu", 10, 3, 30.0, 2, pytest.approx(200 / 3), 5.0),
        ("52", "province", JANUARY, "ucj", 40, 12, 30.0, 2, None, 5.0),
        ("5271", "regency", JANUARY, "bpu", 8, 2, 25.0, 1, 50.0, pytest.approx(10 / 3)),
        ("5271", "regency", JANUARY, "ucj", 30, 9, 30.0, 1, None, pytest.approx(10 / 3)),
        ("5272", "regency", JANUARY, "bpu", 2, 1, 50.0, 1, 100.0, 10.0),
        ("5272", "regency", JANUARY, "ucj", 10, 3, 30.0, 1, None, 10.0),
    ]


def test_months_run_from_the_first_to_the_latest_business_day_without_a_hole(coverage):
    rows = coverage(
        where="bpu",
        raw__business_day=[{"business_date": "2023-08-02"}],
        core__protection=[protected("ani", "2022-12-01", "2023-02-01"), protected("ani", "2023-06-01", "2023-12-01")],
        core__participant_spell=[lives("ani", "5271", "2022-11-20")],
        core__participant=[person("ani", registered="2022-11-20")],
    )
    assert [count for region, _, count in rows if region == "5271"] == [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert [month for region, month, _ in rows if region == "5272"][:3] == [
        date(2022, 11, 1),
        date(2022, 12, 1),
        JANUARY,
    ]
    assert {count for region, _, count in rows if region == "5272"} == {0}


def test_nobody_protected_is_zero_with_no_share(coverage):
    rows = coverage("region_code protected coverage_pct perisai perisai_share_pct", "bpu", core__protection=[])
    assert rows == [("52", 0, 0.0, 0, None), ("5271", 0, 0.0, 0, None), ("5272", 0, 0.0, 0, None)]


def test_a_person_who_moves_is_counted_in_one_region_from_that_month_on(coverage):
    rows = coverage(
        where="bpu",
        raw__business_day=[{"business_date": "2023-03-31"}],
        core__protection=[protected("ani", "2022-12-01", "2023-05-01")],
        core__participant_spell=[lives("ani", "5271", until="2023-02-28"), lives("ani", "5272", "2023-02-28")],
    )
    counts = {(region, f"{month:%Y-%m}"): count for region, month, count in rows}
    months = ["2022-12", "2023-01", "2023-02", "2023-03"]
    assert [counts["5271", month] for month in months] == [1, 1, 0, 0]
    assert [counts["5272", month] for month in months] == [0, 0, 1, 1]
    assert [counts["52", month] for month in months] == [1, 1, 1, 1]


def test_of_two_registrations_in_a_month_the_last_holds_and_before_it_the_first(coverage):
    rows = coverage(
        where="bpu",
        core__protection=[protected("ani", "2022-12-01")],
        core__participant_spell=[
            lives("ani", "5271", "2023-01-02", "2023-01-09"),
            lives("ani", "5272", "2023-01-09"),
        ],
    )
    assert rows[2:] == [
        ("5271", date(2022, 12, 1), 1),
        ("5271", JANUARY, 0),
        ("5272", date(2022, 12, 1), 0),
        ("5272", JANUARY, 1),
    ]


def test_a_denominator_holds_from_its_month_until_the_next(coverage):
    rows = coverage(
        "region_code month universe universe_source universe_period",
        "bpu",
        raw__business_day=[{"business_date": "2023-03-31"}],
        reference__region=REGIONS[1:2],
        reference__universe=[universe("5271", "bpu", 5, "2023-02-01"), universe("5271", "bpu", 6, "2023-03-01")],
    )
    assert rows == [
        ("52", JANUARY, None, None, None),
        ("52", date(2023, 2, 1), None, None, None),
        ("52", date(2023, 3, 1), None, None, None),
        ("5271", JANUARY, None, None, None),
        ("5271", date(2023, 2, 1), 5, "bpu 5271 2023-02-01", date(2023, 2, 1)),
        ("5271", date(2023, 3, 1), 6, "bpu 5271 2023-03-01", date(2023, 3, 1)),
    ]


def test_the_workforce_of_a_month_is_the_one_that_then_held(coverage):
    rows = coverage(
        "region_code month universe ucj_points",
        "ucj",
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__universe=[universe("5271", "ucj", 20), universe("5271", "ucj", 10, "2023-02-01")],
    )
    assert [row[1:] for row in rows if row[0] == "5271"] == [(JANUARY, 20, 5.0), (date(2023, 2, 1), 10, 10.0)]


def test_months_begin_with_the_first_registration_even_if_nothing_was_paid(coverage):
    rows = coverage(
        "region_code month",
        "bpu",
        core__participant_spell=[lives("ani", "5271", "2022-11-30"), lives("budi", "5271", "2022-12-31")],
        core__protection=[],
    )
    assert [f"{month:%Y-%m}" for region, month in rows if region == "52"] == ["2022-11", "2022-12", "2023-01"]


def test_without_a_denominator_there_is_no_percentage(coverage):
    only_bpu = [universe("5271", "bpu", 8)]
    rows = coverage("region_code coverage_pct ucj_points perisai_share_pct", reference__universe=only_bpu)
    assert rows == [
        ("52", None, None, pytest.approx(200 / 3)),
        ("52", None, None, None),
        ("5271", 25.0, None, 50.0),
        ("5271", None, None, None),
        ("5272", None, None, 100.0),
        ("5272", None, None, None),
    ]


def test_without_all_other_segments_ucj_is_not_known(coverage):
    rows = coverage("region_code protected coverage_pct", "ucj", reference__segment_count=[segments("5271", 7)])
    assert rows == [("52", None, None), ("5271", 9, 30.0), ("5272", None, None)]


def test_segment_counts_hold_until_the_next_of_the_same_segment(coverage):
    rows = coverage(
        where="ucj",
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__segment_count=[
            segments("5271", 6),
            segments("5271", 10, since="2023-02-01"),
            segments("5271", 1, "PMI"),
        ],
    )
    assert [row for row in rows if row[0] == "5271"] == [("5271", JANUARY, 9), ("5271", date(2023, 2, 1), 13)]


def test_without_a_business_day_there_is_nothing_to_tell(coverage):
    assert coverage(raw__business_day=[]) == []
