"""Deliveries as branches really send them: again, corrected, late, dated wrongly, from the wrong sender."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from house import MAKERS, OF_DELIVERIES, House, claim, contribution

from perisai import day as steps

pytestmark = pytest.mark.marts(*OF_DELIVERIES, "marts.claim_month")

DAY = date(2023, 9, 30)


def written(path: Path, day: str) -> Path:
    """Makes a file as old as if it had been written on a day."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def deliveries(house: House) -> list[tuple[object, ...]]:
    steps.marts(house.settings)
    return house.lake(
        "select business_date::varchar, branch_code, revision, outcome, accepted, rejected, duplicates, reason"
        " from core.delivery order by arrival"
    )


def test_a_correction_counts_and_what_it_corrects_is_kept_and_so_is_a_repeat(house: House) -> None:
    first = house.leave("NTB01", "claims", "2023-09-30", map(claim, range(1, 4)))
    house.leave("NTB01", "claims", "2023-09-30", map(claim, range(1, 3)), revision=2)
    house.leave("NTB02", "claims", "2023-09-30", [claim(8, branch_code="NTB02")])
    same_name = house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, 4)))
    house.load("2023-09-30")
    house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, 3)))
    again = (house.settings.landing / "NTB02" / "NTB02_claims_2023-09-30.csv").read_bytes()
    house.leave("NTB02", "claims", "2023-10-01", again)
    house.load("2023-10-01")
    found = deliveries(house)
    assert [row[:7] for row in found] == [
        ("2023-09-30", "NTB01", 1, "superseded", 3, 0, 0),
        ("2023-09-30", "NTB01", 2, "accepted", 2, 0, 0),
        ("2023-09-30", "NTB01", 1, "superseded", 3, 0, 0),
        ("2023-09-30", "NTB02", 1, "accepted", 1, 0, 0),
        ("2023-09-30", "NTB01", 1, "accepted", 2, 0, 0),
        ("2023-10-01", "NTB02", 1, "duplicate", 0, 0, 1),
    ]
    assert found[0][7] == f"digantikan oleh {first.stem}_r2.csv / superseded by {first.stem}_r2.csv"
    assert found[2][7] == f"digantikan oleh {same_name.name} / superseded by {same_name.name}"
    assert all("1 number of the version before (3 rows) is not here" in str(found[at][7]) for at in (1, 4))
    assert house.lake("select count(*) from raw.claims where branch_code = 'NTB01'") == [(5,)], "history is kept"
    assert house.lake("select count(*) from core.contribution") == [(2,)]


@pytest.mark.parametrize("feed", ["contributions", "claims", "registrations"])
def test_a_revision_that_turns_the_cards_of_its_rows_is_told(house: House, feed: str) -> None:
    make = MAKERS[feed]
    cards = [make(n)["kpj"] for n in range(1, 5)]
    turned = [*cards[1:3], cards[0], cards[3]]
    house.leave("NTB01", feed, "2023-09-30", [make(n) for n in range(1, 5)])
    house.load("2023-09-30")
    house.leave("NTB01", feed, "2023-09-30", [make(n, kpj=kpj) for n, kpj in enumerate(turned, 1)], revision=2)
    house.load("2023-09-30")
    house.leave("NTB02", feed, "2023-10-01", [make(n, branch_code="NTB02") for n in (8, 9)])
    house.leave("NTB02", feed, "2023-10-01", [make(n, branch_code="NTB02") for n in (8, 9, 10)], revision=2)
    house.load("2023-10-01")
    [_, second, _, other] = deliveries(house)
    assert second[3] == "accepted"
    assert "3 nomor ada di samping KPJ lain" in str(second[7])
    assert " / 3 numbers stand beside another KPJ than in the version before" in str(second[7])
    assert other[3] == "accepted"
    assert not other[7]


def test_a_late_file_goes_to_its_own_date_and_its_month_is_built_anew(house: House) -> None:
    five = range(10, 15)  # fewer people are not shown
    house.leave("NTB01", "claims", "2023-10-02", [claim(n, status_date="2023-10-01") for n in five])
    house.load("2023-10-02")
    steps.marts(house.settings)
    months = "select month::varchar, sum(claim_count) from marts.claim_month group by all order by all"
    assert house.lake(months) == [("2023-10-01", 5)]
    late = [claim(n, status_date="2023-09-21") for n in range(20, 26)]
    house.leave("NTB01", "claims", "2023-09-30", late)
    house.load("2023-10-03")
    steps.marts(house.settings)
    assert house.lake(months) == [("2023-09-01", 6), ("2023-10-01", 5)]
    assert house.lake("select business_date::varchar from raw.delivery order by arrival") == [
        ("2023-10-02",),
        ("2023-09-30",),
    ]


def test_a_date_too_far_ahead_is_refused_and_a_near_one_waits(house: House) -> None:
    far = house.leave("NTB01", "claims", "2032-09-30", [claim(1)])
    near = house.leave("NTB01", "claims", "2023-10-07", [claim(2)])
    sent_since = house.leave("NTB02", "claims", "2023-12-24", [claim(3, branch_code="NTB02")])
    written(far, "2023-09-30")
    written(near, "2023-09-30")
    written(sent_since, "2023-12-24")  # rightly dated: an old date is only run late
    assert house.load("2023-09-30")["deliveries"] == 1
    ((day, branch, _, outcome, accepted, rejected, _, reason),) = deliveries(house)
    assert (day, branch, outcome, accepted, rejected) == ("2023-09-30", "NTB01", "refused", 0, 1)
    assert "the date 2032-09-30 lies too far ahead" in str(reason)
    (latest,) = house.lake("select max(business_date) from marts.delivery_day")
    assert latest == (DAY,), "the warehouse does not seem to reach to a date that is wrong"
    assert house.load("2023-10-07")["accepted"] == 1


def test_files_and_rows_of_another_branch_are_refused(house: House) -> None:
    right = house.leave("NTB02", "claims", "2023-09-30", [claim(1, branch_code="NTB02")])
    astray = house.settings.landing / "NTB01" / right.name
    astray.parent.mkdir()
    right.rename(astray)
    rows = [claim(n) for n in range(1, 30)] + [claim(40, branch_code="NTB02")]
    house.leave("NTB01", "claims", "2023-09-30", rows)
    house.load("2023-09-30")
    found = {row[3]: row for row in deliveries(house)}
    assert found["refused"][1:6] == ("NTB01", 1, "refused", 0, 1)
    assert "a file of branch NTB02 lies in the folder of NTB01" in str(found["refused"][7])
    assert found["accepted_with_rejects"][4:6] == (29, 1)
    assert house.lake("select rule, failed from raw.validation") == [("branch_is_sender", 1)]


def test_a_delivery_without_a_manifest_is_unverified_and_with_one_it_must_agree(house: House) -> None:
    house.leave("NTB01", "claims", "2023-09-30", [claim(1)])
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(1)], manifest={"lines": 1, "amount_rp": 36_800})
    house.leave("NTB02", "contributions", "2023-09-30", [contribution(2, branch_code="NTB02")], manifest={"lines": 2})
    house.load("2023-09-30")
    steps.marts(house.settings)
    found = house.lake(
        "select branch_code, feed, outcome, verified from marts.delivery_day where lines > 0 order by all"
    )
    assert found == [
        ("NTB01", "claims", "accepted", False),
        ("NTB01", "contributions", "accepted", True),
        ("NTB02", "contributions", "refused", False),
    ]
