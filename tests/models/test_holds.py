"""What holds a close: problems of agreements, and gaps of rosters."""

from datetime import date

import pytest
from models.test_watch import NEW, OLD, agreement

OCTOBER = date(2023, 10, 1)
TODAY = {"raw.business_day": [{"business_date": date(2023, 8, 31)}, {"business_date": date(2023, 10, 13)}]}


@pytest.fixture
def problems(run):
    def problems(agreements, columns="period wadah_code problem from_date to_date", terms=None, today=TODAY, **tables):
        given = {f"core.{name}": rows for name, rows in tables.items()} | {"core.agreement": agreements}
        given |= {"reference.incentive_scheme": terms} if terms else {}
        return run("marts.agreement_problem", today | given, columns)

    return problems


def test_agreements_that_overlap_with_other_terms_are_a_problem_of_each_month(problems):
    rows = [
        agreement("P1", "2023-01-01", "2023-07-02", OLD),
        agreement("P2", "2023-06-30", "2024-01-01"),
        agreement("P3", "2023-06-30", "2024-01-01", OLD, wadah_code="W2"),
        agreement("P4", "2023-06-30", "2024-01-01", OLD, branch_code="C"),
    ]
    found = ("W1", "overlapping_terms", date(2023, 6, 30), date(2023, 7, 1))
    expected = [(date(2023, 6, 1), *found), (date(2023, 7, 1), *found)]
    assert problems(rows) == problems(rows[::-1]) == expected
    assert problems(rows, "detail")[0] == (
        "P1 (2023-01-01..2023-07-01, pre-2022), P2 (2023-06-30..2023-12-31, perisai-13-2022)"
        " bertumpang tindih dari 2023-06-30 sampai 2023-07-01 / "
        "P1 (2023-01-01..2023-07-01, pre-2022), P2 (2023-06-30..2023-12-31, perisai-13-2022)"
        " overlap from 2023-06-30 to 2023-07-01"
    )


@pytest.mark.parametrize(
    ("second", "months"),
    [
        (("2023-07-01", "2023-12-01", OLD), 0),  # the day after the last one
        (("2023-06-30", "2023-12-01", OLD), 1),  # the last one
        (("2023-06-30", "2023-12-01", NEW), 0),  # other dates, but no other terms
        (("2023-01-01", "2023-07-01", OLD), 6),  # the same dates
        (("2023-02-10", "2023-02-11", OLD), 1),
        (("2022-01-01", "2023-01-01", OLD), 0),
        (("2022-06-01", "2023-01-02", OLD), 1),  # the second number began first
    ],
)
def test_borders_of_an_overlap(problems, second, months):
    assert len(problems([agreement("P1", "2023-01-01", "2023-07-01"), agreement("P2", *second)])) == months


def test_agreements_that_follow_one_another_within_a_month_are_no_problem(problems):
    rows = [agreement("P1", "2023-01-01", "2023-07-15"), agreement("P2", "2023-07-15", "2023-12-01", OLD)]
    assert problems(rows) == []


def test_months_that_have_not_begun_are_no_problem_yet(problems):
    rows = [agreement("P1", "2023-09-01", "2025-01-01"), agreement("P2", "2023-09-30", "2025-01-01", OLD)]
    assert problems(rows, "period is_running") == [(date(2023, 9, 1), False), (OCTOBER, True)]
    first = {"raw.business_day": [{"business_date": OCTOBER}]}
    assert problems(rows, "period", today=first) == [date(2023, 9, 1), OCTOBER]
    none = [{"scheme": NEW, "valid_from": "2025-01-01"}]
    assert problems(rows[:1], "month", terms=none, today=first) == [date(2023, 9, 1), OCTOBER]


def test_months_of_an_agreement_in_which_its_scheme_has_no_terms_are_a_problem(problems):
    terms = [
        {"scheme": NEW, "valid_from": "2023-05-10", "valid_to": "2023-06-30"},
        {"scheme": NEW, "valid_from": "2023-01-01", "valid_to": "2023-03-01"},
        {"scheme": OLD, "valid_from": "2014-01-01", "valid_to": None},
    ]
    rows = [
        agreement("P1", "2022-12-30", "2023-08-02"),
        agreement("P2", "2023-07-10", "2023-08-01", wadah_code="W2"),
        agreement("P3", "2022-01-01", "2024-01-01", OLD, wadah_code="W3"),
        agreement("P4", "2023-10-01", "2024-01-01", "no scheme", wadah_code="W4"),
    ]
    found = [
        ("2022-12-01", "W1", "2022-12-30", "2022-12-31"),
        ("2023-04-01", "W1", "2023-04-01", "2023-04-30"),
        ("2023-07-01", "W1", "2023-07-01", "2023-07-31"),
        ("2023-07-01", "W2", "2023-07-10", "2023-07-31"),
        ("2023-08-01", "W1", "2023-08-01", "2023-08-01"),
        ("2023-10-01", "W4", "2023-10-01", "2023-10-31"),
    ]
    assert problems(rows, terms=terms) == [
        (date.fromisoformat(period), wadah, "scheme_not_in_force", *map(date.fromisoformat, days))
        for period, wadah, *days in found
    ]
    details = problems(rows, "detail", terms=terms)
    known = "2023-01-01..2023-03-01, 2023-05-10..2023-06-30"
    assert details[0] == (
        f"P1 (2022-12-30..2023-08-01, {NEW}): skemanya mempunyai aturan untuk masa {known}"
        f" / P1 (2022-12-30..2023-08-01, {NEW}): its scheme has terms for the time {known}"
    )
    assert details[-1].replace("P4 (2023-10-01..2023-12-31, no scheme)", "P4") == (
        "P4: skemanya mempunyai aturan untuk masa - / P4: its scheme has terms for the time -"
    )


def test_activity_on_days_without_an_agreement_names_the_wadah(problems):
    def acquired(day, agent="AB1", wadah="W1", scheme=None):
        return {"registration_date": day, "agent_code": agent, "wadah_code": wadah, "scheme": scheme}

    def paid(day, amount=1, agent="AB1", wadah="W1", scheme=None):
        row = {"payment_date": day, "amount_rp": amount, "agent_code": agent, "wadah_code": wadah, "scheme": scheme}
        return row | {"agent_branch_code": "B"}

    given = {
        "agent": [
            {"agent_code": agent, "branch_code": branch, "valid_from": since, "valid_to": until}
            for agent, branch, since, until in [
                ("AB1", "A", "2021-01-01", "2023-09-02"),
                ("AB1", "B", "2023-09-02", None),
                ("AB2", "B", "2021-01-01", None),
                ("AB3", "D", "2021-01-01", None),
            ]
        ],
        "acquisition": [
            acquired("2023-09-02"),
            acquired("2023-09-30", "AB2"),
            acquired("2023-10-01"),
            acquired("2023-09-03", scheme=NEW),
            acquired("2023-09-03", wadah=None),
        ],
        "contribution": [
            paid("2023-09-05"),
            paid("2023-08-05", -1),
            paid("2023-08-05", scheme=NEW),
            paid("2023-08-05", wadah=None),
            paid("2023-08-05", scheme=NEW) | {"is_agent_missing": True},
        ],
    }
    known = [
        agreement("P2", "2022-01-01", "2022-02-01"),
        agreement("P1", "2022-01-01", "2023-01-01"),
        agreement("P0", "2021-01-01", "2022-01-01", OLD),
        agreement("P8", "2022-01-01", "2023-01-01", wadah_code="W2"),
        agreement("P9", "2022-01-01", "2023-01-01", branch_code="C"),
    ]
    assert problems(known, **given) == [
        (date(2023, 9, 1), "W1", "no_agreement", date(2023, 9, 2), date(2023, 9, 30)),
        (date(2023, 10, 1), "W1", "no_agreement", date(2023, 10, 1), date(2023, 10, 1)),
    ]
    agreements = "P0 (2021-01-01..2021-12-31, pre-2022), P1 (2022-01-01..2022-12-31, perisai-13-2022),"
    agreements += " P2 (2022-01-01..2022-01-31, perisai-13-2022)"
    assert problems(known, "detail branch_code", **given)[0] == (
        "2 akuisisi dan 1 iuran dari 2 agen (pertama AB1), pada hari tanpa perjanjian dari 2023-09-02 sampai 2023-09-30"
        f"; yang diketahui: {agreements} / 2 acquisitions and 1 contributions of 2 agents (AB1 first), on days without"
        f" an agreement from 2023-09-02 to 2023-09-30; known: {agreements}",
        "B",
    )
    unknown = problems([], "detail", **given)[1]
    assert "; yang diketahui: - / " in unknown
    assert unknown.endswith("; known: -")


def test_gaps_of_rosters_are_listed_with_what_relies_on_them(run):
    columns = "period agent_code kind branch_code from_date to_date wadah_code new_participants payments is_running"
    spell = {"agent_code": "AB1", "branch_code": "B", "wadah_code": "W1"}
    agents = [
        spell | {"valid_from": "2023-08-01", "valid_to": "2023-08-31", "is_missing": False},
        spell | {"valid_from": "2023-08-31", "valid_to": "2023-09-02", "is_missing": True},
        spell | {"valid_from": "2023-09-02", "valid_to": "2023-09-10", "is_missing": False},
        spell | {"valid_from": "2023-10-13", "valid_to": None, "is_missing": True},
        spell | {"valid_from": "2023-10-14", "valid_to": None, "is_missing": True, "agent_code": "AB2"},  # to come
        spell | {"valid_from": "2023-08-31", "valid_to": "2023-09-01", "is_missing": True, "agent_code": "AB3"},
        spell | {"valid_from": "2023-08-01", "valid_to": None, "is_missing": False, "agent_code": "AB4"},
    ]
    days = ("08-01", "08-30", "09-01", "09-02")
    acquired = [{"agent_code": "AB1", "registration_date": f"2023-{day}"} for day in days]
    acquired += [{"agent_code": agent, "registration_date": "2023-07-31"} for agent in ("AB1", "AB4", "AB9")]
    days = ("08-31", "09-01", "09-02", "10-13")
    paid = [{"agent_code": "AB1", "payment_date": f"2023-{day}", "payments": 3} for day in days]
    paid += [{"agent_code": "AB9", "payment_date": "2023-07-02", "payments": 2}]
    given = {"core.agent": agents, "core.acquisition": acquired, "core.doubtful_payment": paid}
    september = date(2023, 8, 31), date(2023, 9, 1), "W1"
    july = date(2023, 7, 31)
    assert run("marts.roster_gap", TODAY | given, columns) == [
        (date(2023, 7, 1), "AB1", "unknown", None, july, july, None, 1, 0, False),
        (date(2023, 7, 1), "AB4", "unknown", None, july, july, None, 1, 0, False),
        (date(2023, 7, 1), "AB9", "unknown", None, date(2023, 7, 2), july, None, 1, 2, False),
        (date(2023, 8, 1), "AB1", "missing", "B", *september, 0, 3, False),
        (date(2023, 8, 1), "AB3", "missing", "B", date(2023, 8, 31), date(2023, 8, 31), "W1", 0, 0, False),
        (date(2023, 9, 1), "AB1", "missing", "B", *september, 1, 3, False),
        (OCTOBER, "AB1", "missing", "B", date(2023, 10, 13), None, "W1", 0, 3, True),
    ]


def test_payments_without_an_agreement_or_of_an_agent_who_is_missing_are_doubtful(run):
    def paid(scheme=None, missing=False, amount=36_800, agent="AB1"):
        place = {"agent_branch_code": "B", "wadah_code": "W1", "payment_date": "2023-09-02"}
        return place | {"agent_code": agent, "scheme": scheme, "is_agent_missing": missing, "amount_rp": amount}

    payments = [paid(), paid(amount=1), paid(amount=-1), paid(amount=0), paid(missing=True), paid(NEW, missing=True)]
    payments += [paid(NEW), paid(agent=None)]
    columns = "agent_code is_agent_missing has_agreement payments"
    assert run("core.doubtful_payment", {"core.contribution": payments}, columns) == [
        ("AB1", False, False, 2),
        ("AB1", True, False, 1),
        ("AB1", True, True, 1),
    ]


def test_what_of_a_delivery_stands_and_what_of_it_contradicts_is_counted(run):
    paid = {"delivery_id": "c", "participant_key": "p", "programmes": 3, "registered_programmes": 3, "amount_rp": 1}
    payments = [
        paid | {"is_named_otherwise": False},
        paid | {"participant_key": None, "registered_programmes": None, "amount_rp": 2},
        paid | {"registered_programmes": 2, "amount_rp": 4},
        paid | {"registered_programmes": None, "amount_rp": 8},
        paid | {"registered_programmes": None, "amount_rp": 32},
        paid | {"is_named_otherwise": True, "amount_rp": 16},
        paid | {"is_before_registration": True, "amount_rp": 64},
        paid | {"is_before_registration": True, "amount_rp": -64},
        paid | {"is_before_registration": True, "amount_rp": 0},
        paid | {"is_before_registration": True, "amount_rp": 1},
    ]
    tables = {"core.registration": [{"delivery_id": "r"}] * 2, "core.contribution": payments}
    assert run("core.kept_row", tables) == [
        ("c", 10, 1, 1, 4, 2, 40, 2, 65, 1, 16), ("r", 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    ]  # fmt: skip
