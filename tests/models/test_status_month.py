"""core.status_change, core.agent_change and marts.status_month: how everybody who was ever registered stands."""

from datetime import date

import pytest

JANUARY, FEBRUARY, MARCH = date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1)
INDEX = 2023 * 12
REGIONS = [
    {"region_code": "52", "region_level": "province", "region_name": "NTB"},
    {"region_code": "5271", "region_level": "regency", "parent_code": "52", "region_name": "Mataram"},
    {"region_code": "5272", "region_level": "regency", "parent_code": "52", "region_name": "Bima"},
]
STATUSES = "ever_registered never_paid active reactivated in_arrears lapsed"


def stretch(who, status, first, until=None, region="5271", agent="AB1", **changes):
    """Months of one status, counted from January 2023; the last one is excluded, None goes on."""
    row = {
        "participant_key": who,
        "status": status,
        "protected": status in {"active", "reactivated", "in_arrears"},
        "from_index": INDEX + first,
        "to_index": None if until is None else INDEX + until,
        "unpaid_months": {"in_arrears": 1, "lapsed": 4}.get(status, 0),
        "region_code": region,
        "branch_code": "NTB01",
        "agent_code": agent,
        "acquiring_agent_code": agent,
        "programmes": 3,
        "first_index": INDEX,
    }
    return row | changes


@pytest.fixture
def status_month(run):
    """Rows of a region; of the nation if none is named."""

    def status_month(stretches, columns=STATUSES, region="00", day="2023-03-31"):
        given = {
            "reference.region": REGIONS,
            "raw.business_day": [{"business_date": day}],
            "core.participant_status": stretches,
            "core.running_month": [{"first_day": "2023-03-01" if day == "2023-03-13" else "2023-04-01"}],
        }
        rows = run("marts.status_month", given, f"region_code month {columns}")
        return [row[1:] for row in rows if row[0] == region]

    return status_month


def test_everybody_has_one_status_a_month(status_month):
    people = [
        stretch("ani", "registered", 0, 1),
        stretch("ani", "active", 1),
        stretch("budi", "active", 0, 1),
        stretch("budi", "in_arrears", 1),
        stretch("cici", "lapsed", -9, 1, first_index=INDEX - 20),
        stretch("cici", "reactivated", 1, 2, first_index=INDEX - 20),
        stretch("cici", "active", 2, first_index=INDEX - 20),
        stretch("dedi", "registered", 2, first_index=INDEX + 2),
    ]
    assert status_month(people)[-3:] == [
        (JANUARY, 3, 1, 1, 0, 0, 1),
        (FEBRUARY, 3, 0, 2, 1, 1, 0),
        (MARCH, 4, 1, 2, 0, 1, 0),
    ]


def test_months_run_from_the_first_status_to_the_latest_business_day(status_month):
    rows = status_month([stretch("ani", "active", 1, 7), stretch("ani", "in_arrears", 7)], day="2023-03-01")
    assert [row[0] for row in rows] == [FEBRUARY, MARCH]


def test_who_moves_counts_once_and_a_region_without_anybody_has_its_months(status_month):
    people = [stretch("ani", "active", 0, 1), stretch("ani", "active", 1, region="5272")]
    assert [row[1] for row in status_month(people, region="5271")] == [1, 0, 0]
    assert [row[1] for row in status_month(people, region="5272")] == [0, 1, 1]
    assert [row[1] for row in status_month(people, region="52")] == [1, 1, 1]
    assert [row[1] for row in status_month(people)] == [1, 1, 1]


def test_people_of_an_unknown_region_are_people_of_the_nation(status_month):
    people = [stretch("ani", "active", 0, region="9999"), stretch("budi", "active", 0, region=None)]
    assert [row[1] for row in status_month(people)] == [2, 2, 2]
    assert [row[1] for row in status_month(people, region="52")] == [0, 0, 0]


def test_new_registrations_and_shares(status_month):
    people = [
        stretch("ani", "active", 0),
        stretch("budi", "registered", 1, first_index=INDEX + 1),
        stretch("cici", "lapsed", 0, first_index=INDEX - 9),
    ]
    assert status_month(people, "new_registrations active_pct lapsed_pct") == [
        (JANUARY, 1, 50.0, 50.0),
        (FEBRUARY, 1, pytest.approx(100 / 3), 50.0),
        (MARCH, 0, pytest.approx(100 / 3), 50.0),
    ]
    assert status_month(people, "active active_pct lapsed_pct is_running", day="2023-03-13")[1:] == [
        (FEBRUARY, 1, pytest.approx(100 / 3), 50.0, False),
        (MARCH, 1, None, None, True),
    ]
    assert status_month(people, "active_pct lapsed_pct", region="5272") == [
        (JANUARY, None, None),
        (FEBRUARY, None, None),
        (MARCH, None, None),
    ]


def test_who_comes_and_who_goes_are_set_off_and_leave_no_row(run):
    people = [stretch("ani", "active", 0, 1), stretch("budi", "active", 1)]
    columns = "month_index status by_perisai people new_people"
    rows = run("core.status_change", {"core.participant_status": people}, columns)
    assert rows == [
        (INDEX, "active", True, 1, 1),
    ]


def test_an_agent_s_people_are_set_off_too(run):
    people = [stretch("ani", "active", 0, 1, first_index=-50), stretch("budi", "active", 1, first_index=-50)]
    rows = run("core.agent_change", {"core.participant_status": people}, "agent_code month_index managed active new_3")
    assert rows == [("AB1", INDEX, 1, 1, 0)]
