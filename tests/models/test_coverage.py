"""marts.coverage_month: who is protected where, out of how many, and what is missing to the target."""

from datetime import date

import pytest

REGIONS = [
    {"region_code": "52", "region_level": "province"},
    {"region_code": "5271", "region_level": "regency", "parent_code": "52"},
    {"region_code": "5272", "region_level": "regency", "parent_code": "52"},
]
SULAWESI = [
    {"region_code": "72", "region_level": "province"},
    {"region_code": "7271", "region_level": "regency", "parent_code": "72"},
]
JANUARY = date(2023, 1, 1)


def index(month):
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


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


def stretch(who, region, first="2023-01", end="2023-05", agent=None, protected=True):
    """Months of a person from the first one to the one before the end."""
    return {
        "participant_key": who,
        "from_index": index(first),
        "to_index": index(end) if end else None,
        "protected": protected,
        "region_code": region,
        "acquiring_agent_code": agent,
    }


def target(region, definition="bpu", year=2023, pct=None, people=None):
    row = {"region_code": region, "definition": definition, "year": year, "source": f"aim {region}"}
    return row | {"target_pct": pct, "target_people": people}


def many(people, region="5271", first="2023-01", end=None):
    return [stretch(f"{region} {first} {n}", region, first, end) for n in range(people)]


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
    "reference.coverage_target": [],
    "raw.business_day": [{"business_date": "2023-01-30"}, {"business_date": "2023-01-31"}],
    "core.participant_status": [
        stretch("ani", "5271", agent="AB1"),
        stretch("budi", "5271"),
        stretch("cici", "5272", agent="AB2"),
    ],
}


@pytest.fixture
def coverage(run):
    def coverage(columns="region_code month protected", where=None, nation=False, **tables):
        merged = TABLES | {name.replace("__", "."): rows for name, rows in tables.items()}
        rows = run("marts.coverage_month", merged, f"definition region_level {columns}")
        return [row[2:] for row in rows if row[0] == (where or row[0]) and (row[1] == "nation") == nation]

    return coverage


def months_of(coverage, columns, region="5271", definition="bpu", nation=False, **tables):
    """Month, and the wanted columns, of one region and definition."""
    rows = coverage(f"region_code month {columns}", definition, nation, **tables)
    return {f"{row[1]:%Y-%m}": row[2:] for row in rows if row[0] == region}


def test_both_definitions_for_regencies_and_province(coverage):
    assert coverage(
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


def test_the_denominator_says_what_it_counts(coverage):
    assert set(coverage("definition universe_definition")) == {
        ("bpu", "non-wage workers"),
        ("ucj", "workforce without civil servants, army and police"),
    }


def test_a_further_definition_is_a_row_and_mixes_with_no_other(coverage):
    definitions = [
        {"definition": "bpu", "numerator": "bpu", "denominator": "informal"},
        {"definition": "all_employed", "numerator": "all", "denominator": "employed"},
    ]
    rows = coverage(
        "region_code definition universe protected coverage_pct universe_definition",
        reference__coverage_definition=definitions,
        reference__universe=[universe("5271", "bpu", 8), universe("5271", "all_employed", 18)],
    )
    assert rows[2:4] == [("5271", "all_employed", 18, 9, 50.0, "employed"), ("5271", "bpu", 8, 2, 25.0, "informal")]


def test_months_run_from_the_first_to_the_latest_business_day_without_a_hole(coverage):
    rows = coverage(
        where="bpu",
        raw__business_day=[{"business_date": "2023-08-02"}],
        core__participant_status=[
            stretch("ani", "5271", "2022-11", "2022-12", protected=False),
            stretch("ani", "5271", "2022-12", "2023-02"),
            stretch("ani", "5271", "2023-02", "2023-06", protected=False),
            stretch("ani", "5271", "2023-06", "2023-12"),
        ],
    )
    assert [count for region, _, count in rows if region == "5271"] == [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert [month for region, month, _ in rows if region == "5272"][:3] == [
        date(2022, 11, 1),
        date(2022, 12, 1),
        JANUARY,
    ]
    assert {count for region, _, count in rows if region == "5272"} == {0}


@pytest.mark.parametrize(("day", "last"), [("2023-01-31", "2023-01"), ("2023-02-01", "2023-02")])
def test_the_last_month_is_that_of_the_latest_business_day(coverage, day, last):
    rows = months_of(coverage, "protected", raw__business_day=[{"business_date": day}])
    assert max(rows) == last


def test_nobody_protected_is_zero_with_no_share(coverage):
    registered = [stretch("ani", "5271", end=None, protected=False)]
    rows = coverage(
        "region_code protected coverage_pct perisai perisai_share_pct", "bpu", core__participant_status=registered
    )
    assert rows == [("52", 0, 0.0, 0, None), ("5271", 0, 0.0, 0, None), ("5272", 0, 0.0, 0, None)]


def test_a_stretch_that_goes_on_for_ever_never_ends(coverage):
    rows = months_of(
        coverage,
        "protected",
        raw__business_day=[{"business_date": "2023-03-01"}],
        core__participant_status=[stretch("ani", "5271", end=None)],
    )
    assert rows == {"2023-01": (1,), "2023-02": (1,), "2023-03": (1,)}


def test_a_person_who_moves_is_counted_in_one_region_from_that_month_on(coverage):
    rows = coverage(
        where="bpu",
        raw__business_day=[{"business_date": "2023-03-31"}],
        core__participant_status=[stretch("ani", "5271", "2022-12", "2023-02"), stretch("ani", "5272", "2023-02")],
    )
    counts = {(region, f"{month:%Y-%m}"): count for region, month, count in rows}
    months = ["2022-12", "2023-01", "2023-02", "2023-03"]
    assert [counts["5271", month] for month in months] == [1, 1, 0, 0]
    assert [counts["5272", month] for month in months] == [0, 0, 1, 1]
    assert [counts["52", month] for month in months] == [1, 1, 1, 1]


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


def test_points_that_a_revision_makes_are_marked(coverage):
    rows = months_of(
        coverage,
        "universe people_change_month points_change_month revised_month points_change_quarter revised_quarter",
        raw__business_day=[{"business_date": "2023-05-31"}],
        reference__universe=[universe("5271", "bpu", 8), universe("5271", "bpu", 10, "2023-03-01")],
        core__participant_status=many(4),
    )
    assert rows == {
        "2023-01": (8, None, None, None, None, None),
        "2023-02": (8, 0, 0.0, False, None, None),
        "2023-03": (10, 0, -10.0, True, None, None),
        "2023-04": (10, 0, 0.0, False, -10.0, True),
        "2023-05": (10, 0, 0.0, False, -10.0, True),
    }


def test_a_denominator_that_is_confirmed_for_a_new_period_is_another_edition(coverage):
    rows = months_of(
        coverage,
        "revised_month",
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__universe=[universe("5271", "bpu", 8), universe("5271", "bpu", 8, "2023-02-01")],
    )
    assert rows["2023-02"] == (True,)


def test_a_first_denominator_revises_nothing(coverage):
    rows = months_of(
        coverage,
        "coverage_pct points_change_month revised_month",
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__universe=[universe("5271", "bpu", 8, "2023-02-01")],
    )
    assert rows == {"2023-01": (None, None, None), "2023-02": (25.0, None, None)}


def test_changes_against_one_three_and_twelve_months_before(coverage):
    people = many(2, first="2022-01") + many(1, first="2022-10") + many(1, first="2022-12") + many(4)
    rows = months_of(
        coverage,
        "protected people_change_month people_change_quarter people_change_year points_change_month "
        "points_change_quarter points_change_year revised_year",
        core__participant_status=people,
        reference__universe=[universe("5271", "bpu", 16, "2022-01-01")],
    )
    assert rows["2023-01"] == (8, 4, 5, 6, 25.0, 31.25, 37.5, False)
    assert rows["2022-12"] == (4, 1, 2, None, 6.25, 12.5, None, None)
    assert rows["2022-01"] == (2, None, None, None, None, None, None, None)


def test_the_workforce_of_a_month_is_the_one_that_then_held(coverage):
    rows = coverage(
        "region_code month universe ucj_points",
        "ucj",
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__universe=[universe("5271", "ucj", 20), universe("5271", "ucj", 10, "2023-02-01")],
    )
    assert [row[1:] for row in rows if row[0] == "5271"] == [(JANUARY, 20, 5.0), (date(2023, 2, 1), 10, 10.0)]


def test_without_a_denominator_there_is_no_percentage(coverage):
    only_bpu = [universe("5271", "bpu", 8)]
    rows = coverage("region_code numerator coverage_pct ucj_points perisai_share_pct", reference__universe=only_bpu)
    assert rows == [
        ("52", None, None, None, pytest.approx(200 / 3)),
        ("52", None, None, None, None),
        ("5271", 2, 25.0, None, 50.0),
        ("5271", None, None, None, None),
        ("5272", None, None, None, 100.0),
        ("5272", None, None, None, None),
    ]


def test_without_all_other_segments_ucj_is_not_known(coverage):
    rows = coverage("region_code protected coverage_pct", "ucj", reference__segment_count=[segments("5271", 7)])
    assert rows == [("52", None, None), ("5271", 9, 30.0), ("5272", None, None)]


def test_segments_stand_beside_under_each_definition_and_add_up(coverage):
    rows = coverage("region_code definition protected protected_bpu pu jakon pmi")
    assert rows == [
        ("52", "bpu", 3, 3, 8, None, None),
        ("52", "ucj", 12, 3, 8, None, None),
        ("5271", "bpu", 2, 2, 6, None, 1),
        ("5271", "ucj", 9, 2, 6, None, 1),
        ("5272", "bpu", 1, 1, 2, None, None),
        ("5272", "ucj", 3, 1, 2, None, None),
    ]


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
    assert coverage(nation=True, raw__business_day=[]) == []


TWO_PROVINCES = {
    "reference__region": REGIONS + SULAWESI,
    "core__participant_status": TABLES["core.participant_status"] + many(2, "7271"),
}
NATION = "definition protected numerator universe coverage_pct perisai ucj_points provinces provinces_counted"


def test_the_nation_adds_up_its_provinces(coverage):
    both = [*TABLES["reference.universe"], universe("72", "bpu", 10, "2022-01-01"), universe("72", "ucj", 20)]
    segment_counts = [*TABLES["reference.segment_count"], segments("7271", 4)]
    assert coverage(
        NATION, nation=True, reference__universe=both, reference__segment_count=segment_counts, **TWO_PROVINCES
    ) == [
        ("bpu", 5, 5, 20, 25.0, 2, pytest.approx(200 / 60), 2, 2),
        ("ucj", 18, 18, 60, 30.0, 2, pytest.approx(200 / 60), 2, 2),
    ]
    assert coverage(
        "region_code region_level universe_source universe_period pu jakon perisai_share_pct",
        "bpu",
        nation=True,
        reference__universe=both,
        reference__segment_count=segment_counts,
        **TWO_PROVINCES,
    ) == [("00", "nation", "jumlah provinsi / sum of counted provinces", JANUARY, 12, None, 40.0)]


def test_a_province_without_denominator_is_in_no_percentage_of_the_nation(coverage):
    assert coverage(NATION, nation=True, **TWO_PROVINCES) == [
        ("bpu", 5, 3, 10, 30.0, 2, 5.0, 2, 1),
        ("ucj", 12, 12, 40, 30.0, 2, 5.0, 2, 1),
    ]


def test_a_province_without_all_segments_leaves_its_workforce_out_too(coverage):
    both = [*TABLES["reference.universe"], universe("72", "ucj", 20)]
    assert coverage(NATION, "ucj", nation=True, reference__universe=both, **TWO_PROVINCES) == [
        ("ucj", 12, 12, 40, 30.0, 2, pytest.approx(200 / 60), 2, 1)
    ]


def test_a_nation_without_any_denominator_has_no_percentage(coverage):
    assert coverage(NATION, "bpu", nation=True, reference__universe=[]) == [("bpu", 3, None, None, None, 2, None, 1, 0)]


def test_a_province_that_begins_to_be_counted_is_a_revision_of_the_nation(coverage):
    rows = months_of(
        coverage,
        "coverage_pct points_change_month revised_month",
        "00",
        nation=True,
        raw__business_day=[{"business_date": "2023-02-28"}],
        reference__universe=[universe("52", "bpu", 10), universe("72", "bpu", 10, "2023-02-01")],
        **TWO_PROVINCES,
    )
    assert rows == {"2023-01": (30.0, None, None), "2023-02": (25.0, -5.0, True)}


AIM = "target_pct target_people gap_people months_left needed_a_month target_state"


def test_gap_and_registrations_a_month_to_the_end_of_the_year(coverage):
    rows = months_of(
        coverage,
        AIM,
        raw__business_day=[{"business_date": "2023-12-31"}],
        reference__universe=[universe("5271", "bpu", 100)],
        reference__coverage_target=[target("5271", pct=33)],
        core__participant_status=many(10) + many(13, first="2023-11"),
    )
    assert rows["2023-01"] == (33.0, 33, 23, 11, 3, "open")
    assert rows["2023-10"] == (33.0, 33, 23, 2, 12, "open")
    assert rows["2023-11"] == (33.0, 33, 10, 1, 10, "open")
    assert rows["2023-12"] == (33.0, 33, 10, 0, None, "missed")


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (11, (11, 0, 0, 0, "reached")),
        (10, (11, 1, 0, None, "missed")),
        (12, (11, -1, 0, 0, "reached")),
    ],
)
def test_in_december_a_target_is_reached_or_missed(coverage, people, expected):
    rows = months_of(
        coverage,
        "target_people gap_people months_left needed_a_month target_state",
        raw__business_day=[{"business_date": "2022-12-31"}],
        reference__coverage_target=[target("5271", year=2022, people=11)],
        core__participant_status=many(people, first="2022-12"),
    )
    assert rows == {"2022-12": expected}


def test_a_target_holds_for_its_year_and_definition_only(coverage):
    rows = months_of(
        coverage,
        "target_people target_source",
        raw__business_day=[{"business_date": "2023-01-01"}],
        reference__coverage_target=[
            target("5271", year=2022, people=5),
            target("5271", year=2023, people=6),
            target("5271", "ucj", 2023, people=7),
            target("52", year=2023, people=8),
        ],
        core__participant_status=many(1, first="2022-12"),
    )
    assert rows == {"2022-12": (5, "aim 5271"), "2023-01": (6, "aim 5271")}


def test_a_share_of_people_is_rounded_up_to_whole_ones_exactly(coverage):
    def people(pct, of):
        rows = months_of(
            coverage,
            "target_people",
            reference__universe=[universe("5271", "bpu", of)],
            reference__coverage_target=[target("5271", pct=pct)],
        )
        return rows["2023-01"]

    assert people(29, 100) == (29,)
    assert people(29, 101) == (30,)
    assert people(0.07, 10000) == (7,)
    assert people(33.3333, 3_000_000) == (999_999,)


def test_more_people_than_there_are_cannot_be_reached(coverage):
    aim = [target("5271", people=9), target("5272", people=2)]
    rows = coverage(f"region_code {AIM}", "bpu", reference__coverage_target=aim)
    assert rows[1:] == [
        ("5271", 112.5, 9, 7, 11, 1, "unreachable"),
        ("5272", 100.0, 2, 1, 11, 1, "open"),
    ]


def test_without_target_or_denominator_nothing_is_missing(coverage):
    assert set(coverage(AIM)) == {(None, None, None, 11, None, None)}
    rows = months_of(coverage, AIM, reference__universe=[], reference__coverage_target=[target("5271", pct=50)])
    assert rows["2023-01"] == (50.0, None, None, 11, None, None)
    rows = months_of(coverage, AIM, reference__universe=[], reference__coverage_target=[target("5271", people=5)])
    assert rows["2023-01"] == (None, 5, 3, 11, 1, "open")


def test_a_share_of_the_nation_is_asked_of_the_provinces_that_are_counted(coverage):
    def nation(**aim):
        return coverage(AIM, "bpu", nation=True, reference__coverage_target=[target("00", **aim)], **TWO_PROVINCES)

    assert nation(pct=50) == [(50.0, 5, 2, 11, 1, "open")]
    assert nation(people=5) == [(50.0, 5, 0, 11, 0, "reached")]
