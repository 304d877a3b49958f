"""core.paid_stretch and core.participant_status: what every person was in every month, and where."""

import random
from datetime import date
from itertools import pairwise

import pytest


def index(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def text(number):
    return None if number is None else f"{number // 12}-{number % 12 + 1:02}"


def stretch(first, until, who="ani"):
    """Months paid, from the first one up to the one that is not paid."""
    return {"participant_key": who, "from_index": index(first), "to_index": index(until)}


def received(month, amount=100, who="ani"):
    return {"participant_key": who, "contribution_month": f"{month}-01", "received_rp": amount}


@pytest.fixture
def stretches(run):
    def stretches(*months, before=()):
        tables = {"core.contribution_month": months, "before.paid_stretch": before}
        rows = run("core.paid_stretch", tables, "participant_key from_index to_index")
        return [(who, text(first), text(until)) for who, first, until in sorted(rows)]

    return stretches


def test_months_side_by_side_are_one_stretch_and_a_gap_makes_two(stretches):
    months = ("2023-01", "2022-12", "2022-11", "2023-03", "2023-03")
    assert stretches(*(received(month) for month in months), received("2023-02", who="budi")) == [
        ("ani", "2022-11", "2023-02"),
        ("ani", "2023-03", "2023-04"),
        ("budi", "2023-02", "2023-03"),
    ]


@pytest.mark.parametrize(
    ("amounts", "paid"), [([100, -99], True), ([100, -100], False), ([-100, 100, 1], True), ([-1], False)]
)
def test_a_month_is_paid_if_more_was_received_than_given_back(stretches, amounts, paid):
    rows = stretches(*(received("2023-02", amount) for amount in amounts), received("2023-01"), received("2023-03"))
    apart = [("ani", "2023-01", "2023-02"), ("ani", "2023-03", "2023-04")]
    assert rows == ([("ani", "2023-01", "2023-04")] if paid else apart)


@pytest.mark.parametrize(
    ("months", "joined"),
    [
        ([], [("2023-03", "2023-05"), ("2023-06", "2023-08")]),
        (["2023-01"], [("2023-01", "2023-02"), ("2023-03", "2023-05"), ("2023-06", "2023-08")]),
        (["2023-02"], [("2023-02", "2023-05"), ("2023-06", "2023-08")]),
        (["2023-03", "2023-04"], [("2023-03", "2023-05"), ("2023-06", "2023-08")]),
        (["2023-05"], [("2023-03", "2023-08")]),
        (["2023-08", "2023-09"], [("2023-03", "2023-05"), ("2023-06", "2023-10")]),
        (["2023-09"], [("2023-03", "2023-05"), ("2023-06", "2023-08"), ("2023-09", "2023-10")]),
    ],
)
def test_new_months_are_joined_to_the_stretches_of_before(stretches, months, joined):
    before = [stretch("2023-06", "2023-08"), stretch("2023-03", "2023-05"), stretch("2023-05", "2023-06", "budi")]
    rows = stretches(*(received(month) for month in months), before=before)
    assert rows == [*(("ani", *one) for one in joined), ("budi", "2023-05", "2023-06")]


def test_a_stretch_keeps_what_was_received_for_its_last_month(run):
    def last_months(*months, before=()):
        tables = {"core.contribution_month": months, "before.paid_stretch": before}
        return sorted(run("core.paid_stretch", tables, "to_index last_month_rp"))

    first = [received("2023-01", 70), received("2023-02", 60), received("2023-02", 40), received("2023-04", 80)]
    assert last_months(*first) == [(index("2023-03"), 100), (index("2023-05"), 80)]
    before = [stretch("2023-01", "2023-03") | {"last_month_rp": 100}]
    assert last_months(before=before) == [(index("2023-03"), 100)]
    assert last_months(received("2023-03", 50), before=before) == [(index("2023-04"), 50)]


def test_a_stretch_within_a_longer_one_of_before_ends_nothing(stretches):
    before = [stretch("2023-01", "2023-12"), stretch("2023-02", "2023-03")]
    assert stretches(received("2023-12"), before=before) == [("ani", "2023-01", "2024-01")]


def registration(day, region="5271", branch="NTB01", agent="AB1", **changes):
    row = {"day": date.fromisoformat(day), "region": region, "branch": branch, "agent": agent}
    return row | {"programmes": 3, "occupation": None} | changes


def people(*lives):
    """core.participant and core.participant_spell of people: (key, their registrations in order)."""
    participants, spells = [], []
    for who, registrations in lives:
        first = registrations[0]
        participants.append(
            {
                "participant_key": who,
                "first_registration_date": first["day"],
                "first_branch_code": first["branch"],
                "first_region_code": first["region"],
                "acquiring_agent_code": first["agent"],
                "first_programmes": first["programmes"],
                "first_occupation": first["occupation"],
                "sex": "P",
                "birth_year": 1990,
            }
        )
        spells += [
            {
                "participant_key": who,
                "valid_from": one["day"],
                "valid_to": after and after["day"],
                "agent_code": one["agent"],
                "branch_code": one["branch"],
                "region_code": one["region"],
                "programmes": one["programmes"],
                "occupation": one["occupation"],
            }
            for one, after in zip(registrations, [*registrations[1:], None], strict=True)
        ]
    return {"core.participant": participants, "core.participant_spell": spells}


@pytest.fixture
def states(run):
    """The stretches of a person: first month, month after the last one, and the columns asked for."""

    def states(*paid, registrations=None, columns="status", **tables):
        given = (
            people(("ani", registrations or [registration("2023-01-10")]))
            | {"core.paid_stretch": [stretch(*one) for one in paid]}
            | tables
        )
        rows = run("core.participant_status", given, f"from_index to_index {columns}")
        return [(text(first), text(until), *rest) for first, until, *rest in sorted(rows, key=lambda row: row[0])]

    return states


def test_who_never_paid_is_registered_from_the_month_of_registration_on(states):
    columns = "status protected unpaid_months region_code branch_code agent_code acquiring_agent_code first_index"
    assert states(columns=columns) == [
        ("2023-01", None, "registered", False, 0, "5271", "NTB01", "AB1", "AB1", index("2023-01"))
    ]


def test_the_programmes_of_the_first_registration_stay_beside_those_that_hold(states):
    registrations = [registration("2023-01-10", programmes=2), registration("2023-01-20"), registration("2023-03-01")]
    rows = states(("2022-12", "2023-02"), registrations=registrations, columns="programmes first_programmes")
    assert {(programmes, first) for _, _, programmes, first in rows[1:]} == {(3, 2)}
    assert rows[0] == ("2022-12", "2023-01", 2, 2)


def test_paid_months_then_three_of_arrears_then_lapsed(states):
    assert states(("2023-01", "2023-03"), columns="status protected unpaid_months") == [
        ("2023-01", "2023-03", "active", True, 0),
        ("2023-03", "2023-06", "in_arrears", True, 1),
        ("2023-06", None, "lapsed", False, 4),
    ]


def test_registered_until_the_first_paid_month(states):
    assert states(("2023-04", "2023-05"))[:2] == [
        ("2023-01", "2023-04", "registered"),
        ("2023-04", "2023-05", "active"),
    ]


@pytest.mark.parametrize(
    ("again", "between"),
    [
        ("2023-03", [("2023-02", "2023-03", "in_arrears"), ("2023-03", "2023-05", "active")]),
        ("2023-05", [("2023-02", "2023-05", "in_arrears"), ("2023-05", "2023-07", "active")]),
        (
            "2023-06",
            [
                ("2023-02", "2023-05", "in_arrears"),
                ("2023-05", "2023-06", "lapsed"),
                ("2023-06", "2023-07", "reactivated"),
                ("2023-07", "2023-08", "active"),
            ],
        ),
        (
            "2024-01",
            [
                ("2023-02", "2023-05", "in_arrears"),
                ("2023-05", "2024-01", "lapsed"),
                ("2024-01", "2024-02", "reactivated"),
                ("2024-02", "2024-03", "active"),
            ],
        ),
    ],
)
def test_a_third_unpaid_month_is_arrears_and_a_fourth_is_a_lapse(states, again, between):
    until = text(index(again) + 2)
    assert states(("2023-01", "2023-02"), (again, until)) == [
        ("2023-01", "2023-02", "active"),
        *between,
        (until, text(index(until) + 3), "in_arrears"),
        (text(index(until) + 3), None, "lapsed"),
    ]


def test_who_pays_one_month_after_a_lapse_is_reactivated_and_then_in_arrears(states):
    rows = states(("2023-01", "2023-02"), ("2023-08", "2023-09"), columns="status protected unpaid_months")
    assert rows[2:5] == [
        ("2023-05", "2023-08", "lapsed", False, 4),
        ("2023-08", "2023-09", "reactivated", True, 0),
        ("2023-09", "2023-12", "in_arrears", True, 1),
    ]


@pytest.mark.parametrize(("arrears", "status"), [(0, "lapsed"), (1, "in_arrears"), (2, "in_arrears")])
def test_the_parameter_says_how_long_arrears_last(states, arrears, status):
    parameter = [{"parameter": "arrears_months", "value": arrears, "valid_from": "2014-01-01"}]
    rows = states(("2023-01", "2023-02"), ("2023-03", "2023-05"), **{"reference.parameter": parameter})
    assert rows[1] == ("2023-02", "2023-03", status)
    assert rows[2][2] == ("reactivated" if status == "lapsed" else "active")
    assert rows[-1] == (text(index("2023-05") + arrears), None, "lapsed")


def test_arrears_are_those_allowed_in_the_first_unpaid_month(states):
    rows = [
        {"parameter": "arrears_months", "value": 3, "valid_from": "2014-01-01", "valid_to": "2023-03-31"},
        {"parameter": "arrears_months", "value": 1, "valid_from": "2023-04-01"},
    ]
    assert states(("2023-01", "2023-03"), ("2023-06", "2023-07"), **{"reference.parameter": rows}) == [
        ("2023-01", "2023-03", "active"),
        ("2023-03", "2023-06", "in_arrears"),
        ("2023-06", "2023-07", "active"),
        ("2023-07", "2023-08", "in_arrears"),
        ("2023-08", None, "lapsed"),
    ]


def test_months_paid_for_before_the_first_registration_have_its_place(states):
    registrations = [
        registration("2023-06-10", region="5271", agent="AB1", occupation="Nelayan", programmes=2),
        registration("2023-06-20", region="5272", agent="AB2", occupation="Petani", programmes=3),
    ]
    columns = "status region_code agent_code occupation programmes first_index"
    june = index("2023-06")
    assert states(("2023-01", "2023-03"), registrations=registrations, columns=columns) == [
        ("2023-01", "2023-03", "active", "5271", "AB1", "Nelayan", 2, june),
        ("2023-03", "2023-06", "in_arrears", "5271", "AB1", "Nelayan", 2, june),
        ("2023-06", None, "lapsed", "5272", "AB2", "Petani", 3, june),
    ]


def test_who_moves_amid_a_stretch_is_elsewhere_from_that_month_on(states):
    registrations = [
        registration("2023-01-10", region="5271", branch="NTB01", agent="AB1"),
        registration("2023-03-31", region="7271", branch="STG01", agent="AB2"),
        registration("2023-08-01", region="7203", branch="STG01", agent=None),
    ]
    columns = "status unpaid_months region_code branch_code agent_code acquiring_agent_code"
    assert states(("2023-01", "2023-06"), registrations=registrations, columns=columns) == [
        ("2023-01", "2023-03", "active", 0, "5271", "NTB01", "AB1", "AB1"),
        ("2023-03", "2023-06", "active", 0, "7271", "STG01", "AB2", "AB1"),
        ("2023-06", "2023-08", "in_arrears", 1, "7271", "STG01", "AB2", "AB1"),
        ("2023-08", "2023-09", "in_arrears", 3, "7203", "STG01", None, "AB1"),
        ("2023-09", None, "lapsed", 4, "7203", "STG01", None, "AB1"),
    ]


def test_of_several_registrations_in_a_month_the_last_one_holds(states):
    registrations = [registration(f"2023-01-{day}", region=f"52{day}") for day in (10, 20, 31)]
    assert states(registrations=registrations, columns="region_code") == [("2023-01", None, "5231")]


def test_person_and_first_registration_stand_on_every_stretch(states):
    columns = "sex birth_year first_index acquiring_agent_code"
    rows = states(("2023-02", "2023-03"), columns=columns)
    assert [row[2:] for row in rows] == [("P", 1990, index("2023-01"), "AB1")] * 4


def test_a_person_of_two_cards_and_branches_is_one(warehouse):
    """From the payments on: both cards fill one life, and the branch is that of the latest registration."""
    given = {"delivery_id": "d", "business_date": "2023-09-30", "line_no": 1}
    delivery = {"delivery_id": "d", "feed": "contributions", "business_date": "2023-09-30", "revision": 1, "arrival": 1}
    registered = given | {"participant_key": "ani", "programmes": 3}
    warehouse.build(
        {
            "raw.delivery": [delivery | {"branch_code": "NTB01", "judgement": "accepted"}],
            "raw.business_day": [{"business_date": "2023-09-30"}],
            "raw.registrations": [
                registered
                | {"registration_no": f"R{n}", "registration_date": day, "card_key": f"card {n}", "branch_code": branch}
                for n, day, branch in ((1, "2023-01-10", "NTB01"), (2, "2023-03-10", "STG01"))
            ],
            "raw.contributions": [
                given
                | {
                    "receipt_no": f"K{card}",
                    "branch_code": "NTB01",
                    "card_key": f"card {card}",
                    "payment_date": "2023-03-15",
                    "first_month": first,
                    "months": 2,
                    "programmes": 3,
                    "amount_rp": 73_600,
                    "payer": "PESERTA",
                }
                for card, first in ((1, "2023-01-01"), (2, "2023-03-01"))
            ],
        }
    )
    assert warehouse.query("select participant_key, from_index, to_index from core.paid_stretch") == [
        ("ani", index("2023-01"), index("2023-05"))
    ]
    rows = warehouse.query("select from_index, to_index, status, branch_code from core.participant_status order by 1")
    assert [(text(first), text(until), *rest) for first, until, *rest in rows] == [
        ("2023-01", "2023-03", "active", "NTB01"),
        ("2023-03", "2023-05", "active", "STG01"),
        ("2023-05", "2023-08", "in_arrears", "STG01"),
        ("2023-08", None, "lapsed", "STG01"),
    ]


def made_up_life(rng):
    """Months paid, and registrations in order; the paid months may lie before them."""
    paid = {month for _ in range(rng.randrange(5)) for month in range(rng.randrange(40), rng.randrange(44))}
    days = sorted({(rng.randrange(40), rng.randrange(1, 29)) for _ in range(rng.choice([1, 1, 2, 5]))})
    registrations = [
        registration(
            f"{text(index('2020-01') + month)}-{day:02}",
            region=rng.choice(["5271", "5272", "7271"]),
            agent=rng.choice([None, "AB1", "AB2"]),
        )
        for month, day in days
    ]
    return {index("2020-01") + month for month in paid}, registrations


def plain_state(month, paid, registrations, arrears):
    """Status, unpaid months, region and agent of one month, seen from that month alone."""
    before = [one for one in paid if one < month]
    unpaid = 0 if month in paid or not before else month - max(before)
    if month in paid:
        status = "reactivated" if before and month - max(before) - 1 > arrears else "active"
    elif not before:
        status = "registered"
    else:
        status = "in_arrears" if unpaid <= arrears else "lapsed"
    known = [one for one in registrations if one["day"].year * 12 + one["day"].month - 1 <= month]
    place = known[-1] if known else registrations[0]
    return status, unpaid, place["region"], place["agent"]


@pytest.mark.parametrize("arrears", [3, 1])
def test_every_month_of_made_up_lives_has_one_state_that_of_a_plain_look(run, arrears):
    rng = random.Random(arrears)
    lives = {f"p{n:03}": made_up_life(rng) for n in range(120)}
    pieces = [
        {"participant_key": who, "from_index": first, "to_index": until}
        for who, (paid, _) in lives.items()
        for first, until in unbroken(paid)
    ]
    tables = people(*((who, registrations) for who, (_, registrations) in lives.items()))
    parameter = {"parameter": "arrears_months", "value": arrears, "valid_from": "2014-01-01"}
    tables |= {"core.paid_stretch": pieces, "reference.parameter": [parameter]}
    columns = "participant_key from_index to_index status unpaid_months region_code agent_code"
    rows = run("core.participant_status", tables, columns)
    horizon, seen = index("2025-01"), set()
    for who, (paid, registrations) in lives.items():
        mine = sorted((row[1:] for row in rows if row[0] == who), key=lambda row: row[0])
        first = registrations[0]["day"]
        assert mine[0][0] == min({first.year * 12 + first.month - 1} | paid)
        assert all(one[1] == after[0] for one, after in pairwise(mine))
        assert mine[-1][1] is None
        for since, until, status, unpaid, *place in mine:
            for month in range(since, until or horizon):
                late = month - since if unpaid else 0
                assert (status, unpaid + late, *place) == plain_state(month, paid, registrations, arrears)
            seen.add(status)
    assert seen == {"registered", "active", "reactivated", "in_arrears", "lapsed"}


def unbroken(months):
    """First month and the month after the last one of each unbroken run."""
    starts = sorted(month for month in months if month - 1 not in months)
    ends = sorted(month + 1 for month in months if month + 1 not in months)
    return zip(starts, ends, strict=True)
