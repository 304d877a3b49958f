"""core.column_change: columns of a delivery that look other than in the branch's deliveries before."""

from datetime import date, timedelta

import pytest

FIRST, LAST = date(2023, 9, 1), date(2023, 9, 6)


def delivery(n, **more):
    return {"delivery_id": f"d{n}", "branch_code": "NTB01", "feed": "registrations", "effective": True,
            "business_date": FIRST + timedelta(n)} | more  # fmt: skip


def counts(n, rows, counted=100, measure="blank", column="HANDPHONE"):
    return {"delivery_id": f"d{n}", "column_name": column, "measure": measure, "row_count": rows, "counted": counted}


def days(*rows, **more):
    """Counts of the same measure on one day after the other."""
    return [counts(n, each, **more) for n, each in enumerate(rows)]


RISING = days(99, 99, 99, 99, 99, measure="rising", column="NO_REGISTRASI")
REPEATED = [
    days(50, 50, 50, 50, now, measure="repeated", column=name) for name, now in (("PROGRAM", 100), ("UPAH", 75))
]
"""Of the second one it may be chance, but not beside the first."""


@pytest.fixture
def told(run):
    def told(profile, columns="delivery_id column_name measure", deliveries=(), today=LAST):
        known = {each["delivery_id"]: each for each in (*map(delivery, range(8)), *deliveries)}
        tables = {
            "core.delivery": list(known.values()),
            "raw.profile": list(profile),
            "raw.business_day": [{"business_date": today}],
        }
        return run("core.column_change", tables, columns)

    return told


def test_a_share_that_no_delivery_before_had_is_told_with_what_it_was(told):
    columns = "delivery_id column_name measure counted row_count percent_before percent_now deliveries_before"
    assert told(days(40, 42, 38, 40, 0), columns) == [("d4", "HANDPHONE", "blank", 100, 40, 40, 0, 4)]
    assert told(days(40, 42, 38, 40, 90), columns) == [("d4", "HANDPHONE", "blank", 100, 50, 40, 90, 4)]


@pytest.mark.parametrize(
    "few",
    [
        days(40, 42, 38, 0),  # deliveries before
        [*days(40, 42, 38, 40), counts(4, 0, 19)],  # rows
        [*days(4, 4, 4, 4, counted=4), counts(4, 0)],  # rows before
        [*days(40, 42, 38, 40), counts(4, 0, 30)],  # for what may be chance: 40 % of 30
        [*days(400, 400, 400, 400, counted=1000), counts(4, 210, 1000)],  # points
    ],
    ids=["deliveries", "rows", "rows_before", "errors", "points"],
)
def test_what_may_be_chance_is_not_told(told, few):
    assert told(few) == []


def test_a_branch_whose_deliveries_always_differed_is_not_told(told):
    assert told(days(5, 75, 10, 70, 0)) == []
    assert told(days(0, 0, 0, 0, 30)) == [("d4", "HANDPHONE", "blank")]


def test_deliveries_are_compared_with_earlier_ones_of_their_branch_and_feed_that_count(told):
    counted = [*days(40, 40, 40, 40), counts(5, 0)]
    assert told(counted, "delivery_id") == ["d5"]
    for other in ({"branch_code": "NTB02"}, {"feed": "agents"}, {"effective": False}):
        assert told(counted, "delivery_id", [delivery(2, **other)]) == [], other
        assert told(counted, "delivery_id", [delivery(5, **other)]) == [], other
    assert told(counted, "delivery_id", [delivery(0, business_date=LAST + timedelta(1))]) == [], "of a later day"


@pytest.mark.parametrize(("days_ago", "found"), [(0, ["d4"]), (56, ["d4"]), (57, [])])
def test_the_last_weeks_are_told_and_compared_with_as_many_before(told, days_ago, found):
    last = FIRST + timedelta(4)
    assert told(days(40, 40, 40, 40, 0), "delivery_id", today=last + timedelta(days_ago)) == found
    old = [delivery(0, business_date=last - timedelta(112 - days_ago))]
    assert told(days(40, 40, 40, 40, 0), "delivery_id", old, today=last + timedelta(days_ago)) == found
    older = [delivery(0, business_date=last - timedelta(113 - days_ago))]
    assert told(days(40, 40, 40, 40, 0), "delivery_id", older, today=last + timedelta(days_ago)) == []


def test_a_column_that_is_sent_for_the_first_time_is_not_told_and_one_that_is_sent_no_more_is(told):
    assert told(days(100, 100, 100, 100, 0)) == []
    assert told(days(0, 0, 0, 0, 100), "measure") == ["blank"]


def test_order_is_told_beside_numbers_that_rise_and_never_of_these(told):
    names = days(50, 50, 50, 50, 99, measure="rising", column="NAMA_LENGKAP")
    gaps = days(99, 99, 99, 99, 40, measure="next", column="NO_REGISTRASI")
    assert told([*names, *gaps, *RISING], "measure") == ["next", "rising"]
    falls = [*RISING[:4], counts(4, 50, measure="rising", column="NO_REGISTRASI")]
    assert told([*names, *gaps, *falls]) == []


def test_a_file_of_people_who_are_alike_is_told_of_for_gaps_alone(told):
    one, two = REPEATED
    assert told(one, "column_name") == ["PROGRAM"]
    assert told(two) == []
    assert told(days(90, 90, 90, 90, 20, measure="repeated")) == [], "fewer repeat their values"
    others = [*days(40, 40, 40, 40, 0), *days(0, 0, 0, 0, 90, measure="before_seven", column="JAM_DAFTAR")]
    gaps = days(99, 99, 99, 99, 40, measure="next", column="NO_REGISTRASI")
    assert told([*one, *two, *others, *gaps, *RISING], "measure") == ["next"]
    more = days(40, 40, 40, 40, 99, measure="next", column="NO_REGISTRASI")
    assert told([*one, *two, *more, *RISING]) == []
    assert sorted(told([*one, *others], "measure")) == ["before_seven", "blank", "repeated"]


def test_columns_that_were_filled_from_above_are_not_people_who_are_alike(told):
    filled = [
        each
        for name in ("HANDPHONE", "KODE_PERISAI")
        for each in (*days(50, 50, 50, 50, 0, column=name), *days(5, 5, 5, 5, 50, column=name, measure="repeated"))
    ]
    assert len(told(filled)) == 4
