"""Marts that hand on what others know: agreements, and where the close of a month stands."""

from datetime import date

import pytest

JULY, AUGUST, SEPTEMBER, OCTOBER = (date(2023, month, 1) for month in (7, 8, 9, 10))


def test_an_agreement_has_the_name_of_the_wadah_and_its_last_day(run):
    made = {"branch_code": "B", "wadah_code": "W1", "pks_no": "P1", "scheme": "pre-2022", "wadah_name": "Wadah Satu"}
    rows = run("marts.agreement", {"core.agreement": [made | {"valid_from": JULY, "valid_to": OCTOBER}]})
    assert rows == [("B", "W1", "Wadah Satu", "P1", "pre-2022", JULY, date(2023, 9, 30))]


@pytest.fixture
def close(run):
    def close(last_day, columns="period state", closed=(), problems=()):
        wadahs = [
            {"period": period, "wadah_code": wadah, "scheme": "s", "payable_rp": 100}
            for period in (JULY, AUGUST, SEPTEMBER, OCTOBER)
            for wadah in ("W1", "W2")
        ]
        tables = {
            "raw.business_day": [{"business_date": last_day}],
            "marts.incentive_wadah_month": wadahs,
            "marts.agreement_problem": [{"period": period} for period in problems],
            "closed.month": closed,
        }
        return run("marts.incentive_close", tables, columns)

    return close


def test_a_month_runs_until_its_last_day_was_run_and_is_open_then(close):
    assert close(date(2023, 10, 30))[2:] == [(SEPTEMBER, "open"), (OCTOBER, "running")]
    assert close(date(2023, 10, 31))[2:] == [(SEPTEMBER, "open"), (OCTOBER, "open")]


def test_a_month_with_agreements_to_be_put_right_is_held_up_unless_it_is_closed(close):
    rows = close(
        date(2023, 10, 31),
        "period state agreement_problems wadahs payable_rp approved_at",
        closed=[{"period": AUGUST, "approved_at": "2023-09-02T09:30:00+08:00"}],
        problems=(JULY, AUGUST, SEPTEMBER, SEPTEMBER),
    )
    assert rows == [
        (JULY, "earlier", 1, 2, 200, None),
        (AUGUST, "closed", 1, 2, 200, "2023-09-02T09:30:00+08:00"),
        (SEPTEMBER, "held_up", 2, 2, 200, None),
        (OCTOBER, "open", 0, 2, 200, None),
    ]
    assert close(date(2023, 10, 31), problems=(OCTOBER,))[3] == (OCTOBER, "held_up"), "one is enough"


def test_months_are_earlier_than_the_first_close_and_not_than_the_last(close):
    closed = [{"period": AUGUST}, {"period": OCTOBER}]
    rows = close(date(2023, 10, 30), "state is_running", closed)
    assert rows == [("earlier", False), ("closed", False), ("open", False), ("closed", True)]


def test_an_agents_month_has_the_branch_of_the_month_or_none(run):
    earned = [
        {"period": period, "agent_code": agent, "wadah_code": "W1", "scheme": "s", "status": "open"}
        for period in (SEPTEMBER, OCTOBER)
        for agent in ("AB1", "AB2", "AB3")
    ]
    stood = [
        {"month": SEPTEMBER, "agent_code": "AB1", "branch_code": "B1", "province_code": "51"},
        {"month": OCTOBER, "agent_code": "AB1", "branch_code": "B2", "province_code": "52"},
        {"month": OCTOBER, "agent_code": "AB2", "branch_code": "B3", "province_code": "53"},
    ]
    tables = {"core.incentive_agent_month": earned, "core.monev_agent_month": stood}
    tables["raw.business_day"] = [{"business_date": date(2023, 10, 30)}]
    columns = "month agent_code branch_code province_code is_running"
    assert run("marts.incentive_agent_month", tables, columns) == [
        (SEPTEMBER, "AB1", "B1", "51", False),
        (SEPTEMBER, "AB2", None, None, False),
        (SEPTEMBER, "AB3", None, None, False),
        (OCTOBER, "AB1", "B2", "52", True),
        (OCTOBER, "AB2", "B3", "53", True),
        (OCTOBER, "AB3", None, None, True),
    ]
