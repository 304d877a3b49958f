"""core.taken_signal: ways to take an acquisition from another agent, and what is given back after the close."""

from datetime import date
from decimal import Decimal

import pytest

TODAY = {"raw.business_day": [{"business_date": date(2023, 8, 31)}, {"business_date": date(2023, 10, 13)}]}


def registered(number, day, known, agent="AB1", branch="B1", **changes):
    row = {
        "participant_key": "ani",
        "person_registration_no": number,
        "registration_date": day,
        "business_date": known,
        "agent_code": agent,
        "branch_code": branch,
    }
    return row | changes


def earned(amount, rule="acquisition", agent="AB1", **changes):
    return {"participant_key": "ani", "agent_code": agent, "rule": rule, "amount_rp": amount} | changes


@pytest.fixture
def signals(run):
    def signals(registrations=(), earnings=(), **tables):
        given = {"core.registration": registrations, "core.incentive_earning": earnings}
        columns = "kind agent_code branch_code signal_count from_date to_date amount_rp"
        return sorted(run("core.taken_signal", TODAY | given | tables, columns))

    return signals


def test_a_registration_dated_back_takes_the_acquisition_of_another_agent(signals):
    taken = registered(1, "2023-09-01", "2023-09-20", "AB2", "B2")
    before = registered(2, "2023-09-05", "2023-09-05")
    lines = [earned(15_000, agent="AB2"), earned(5_520, "contribution", "AB2"), earned(99_000)]
    day = date(2023, 9, 20)
    assert signals([taken, before], lines) == [("acquisition_dated_back", "AB2", "B2", 1, day, day, Decimal(15_000))]
    people = [(row | {"participant_key": "budi"}) for row in (taken | {"business_date": "2023-09-08"}, before)]
    assert [row[3:] for row in signals([taken, before, *people], lines)] == [
        (2, date(2023, 9, 8), day, Decimal(15_000))
    ]
    same_day = before | {"registration_date": "2023-09-01"}
    assert [row[0] for row in signals([taken, same_day])] == ["acquisition_dated_back"]
    assert signals([taken, before | {"agent_code": "AB2"}]) == []
    assert signals([taken, before | {"agent_code": None}]) == []
    assert signals([taken | {"business_date": "2023-09-05"}, before]) == [], "both came on one day"
    assert signals([taken | {"person_registration_no": 3}, before]) == [], "it took nothing"
    assert signals([taken | {"business_date": "2022-10-31"}, before | {"business_date": "2022-10-01"}]) == []
    assert signals([taken | {"business_date": "2022-11-01"}, before | {"business_date": "2022-10-01"}]) != []


def test_a_person_who_goes_back_and_forth_is_told_under_the_agent_who_has_them_again(signals):
    there, away, back = (
        registered(n, f"2023-09-0{n}", f"2023-09-0{n}", agent) for n, agent in ((1, "AB1"), (2, "AB2"), (3, "AB1"))
    )
    lines = [earned(15_000), earned(5_520, "contribution"), earned(7, agent="AB2")]
    day = date(2023, 9, 3)
    assert signals([there, away, back], lines) == [("agents_back_and_forth", "AB1", "B1", 1, day, day, Decimal(20_520))]
    again = [registered(4, "2023-09-08", "2023-09-08", "AB2"), registered(5, "2023-09-09", "2023-09-09")]
    assert [row[1:6] for row in signals([there, away, back, *again], lines)] == [
        ("AB1", "B1", 1, day, date(2023, 9, 9)),
        ("AB2", "B1", 1, date(2023, 9, 8), date(2023, 9, 8)),
    ]
    assert signals([there, away, back | {"agent_code": "AB3"}]) == []
    assert signals([there, away | {"agent_code": "AB1"}, back]) == []
    assert signals([there, away]) == []


def test_what_is_given_back_after_the_close_has_the_rupiah_that_it_takes_back(signals):
    refund = {
        "branch_code": "B2",
        "receipt_no": "K2",
        "contribution_month": "2023-08-01",
        "payment_date": "2023-10-04",
        "period": "2023-10-01",
        "earned_date": "2023-08-31",
        "is_refund": True,
        "basis_rp": -36_800,
        "agent_code": "AB1",
    }
    line = {"source_branch_code": "B2", "source_no": "K2", "contribution_month": "2023-08-01"}
    lines = [earned(Decimal("-5520.125"), "contribution", **line), earned(1, "acquisition", **line)]
    others = {"source_branch_code": "B1", "source_no": "K1", "contribution_month": "2023-07-01"}
    lines += [earned(7, "contribution", **(line | {column: other})) for column, other in others.items()]

    def told(*closed_months, lines=lines, more=(), **changes):
        months = {"core.contribution_month": [refund | changes, *more]}
        return signals((), lines, **months, **{"closed.month": [{"period": month} for month in closed_months]})

    day = date(2023, 10, 4)
    assert told("2023-08-01") == [("refunded_after_close", "AB1", "B2", 1, day, day, Decimal("-5520.13"))]
    assert told("2023-08-01", lines=()) == [("refunded_after_close", "AB1", "B2", 1, day, day, 0)]
    assert len(told("2023-08-01", basis_rp=-1)) == 1
    second = refund | {"receipt_no": "K3", "payment_date": "2023-10-02"}
    assert told("2023-08-01", more=[second])[0][3:6] == (2, date(2023, 10, 2), day)
    assert told() == told("2023-07-01") == told("2023-08-01", basis_rp=0) == []
    assert told("2023-08-01", is_refund=False) == []
    assert told("2023-08-01", period="2023-08-01") == [], "in the month itself nothing was closed"


def test_it_stands_among_the_signals_with_its_rupiah(run):
    day = date(2023, 10, 4)
    row = {"kind": "refunded_after_close", "agent_code": "AB1", "branch_code": "B2", "signal_count": 2}
    row |= {"from_date": day, "to_date": day, "amount_rp": Decimal("-5520.50")}
    columns = "period kind agent_code branch_code signal_count threshold clock amount_rp"
    assert run("marts.quality_signal", TODAY | {"core.taken_signal": [row]}, columns) == [
        (date(2023, 10, 1), "refunded_after_close", "AB1", "B2", 2, 1, None, Decimal("-5520.50"))
    ]
