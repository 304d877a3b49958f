"""marts.contradiction: deliveries whose rows contradict what other deliveries say, by kind, rows, rupiah and days."""

from datetime import date

import pytest

DAY = date(2023, 9, 20)
BEFORE = date(2023, 9, 1)
PLACE = {"branch_code": "NTB01", "business_date": DAY, "file_name": "file.csv", "effective": True, "accepted": 10}
SPELL = {
    "agent_code": "AB1",
    "branch_code": "NTB01",
    "joined_date": date(2020, 1, 1),
    "status": "AKTIF",
    "wadah_code": "W1",
    "valid_from": BEFORE,
}
SHOWN = "kind delivery_id row_count amount_rp other_branch_code from_no to_no from_date to_date is_holding is_running"


@pytest.fixture
def contradictions(run):
    """What the mart says of tables of core, beside one delivery ``d`` of NTB01 for 20 September."""

    def contradictions(feed, columns=SHOWN, place=PLACE, **tables):
        known = {f"core.{name}": rows for name, rows in tables.items()}
        empty = {f"core.{name}": [] for name in ("repeated_payment", "kept_row", "registration", "card", "agent")}
        days = {
            "core.delivery": [place | {"delivery_id": "d", "feed": feed}],
            "core.running_month": [{"first_day": date(2023, 9, 1)}],
            "raw.business_day": [{"business_date": DAY}],
        }
        return run("marts.contradiction", empty | known | days, columns)

    return contradictions


def again(n, **more):
    """A payment that another delivery has brought already."""
    return {
        "delivery_id": "d", "branch_code": "NTB01", "receipt_no": f"P{n}", "payment_date": date(2023, 8, n),
        "amount_rp": 36_800, "first_branch_code": "NTB01",
    } | more  # fmt: skip


@pytest.mark.parametrize(("rows", "holds"), [(4, False), (5, True)])
def test_payments_under_other_numbers_are_told_and_hold_from_five_on(contradictions, rows, holds):
    payments = [again(n + 1) for n in range(rows)]
    told = ("payment_again", "d", rows, rows * 36_800, None, "P1", f"P{rows}", date(2023, 8, 1), date(2023, 8, rows))
    assert contradictions("contributions", repeated_payment=payments) == [(*told, holds, False)]


def test_the_other_branch_of_a_payment_is_named(contradictions):
    payments = [again(1), again(2, first_branch_code="NTB02")]
    assert contradictions("contributions", "other_branch_code row_count", repeated_payment=payments) == [("NTB02", 2)]


@pytest.mark.parametrize(("columns", "kind"), [
    ("other_programmes", "programmes_of_others"), ("too_early", "paid_before_registration"),
])  # fmt: skip
@pytest.mark.parametrize(("rows", "of", "told"), [(4, 4, False), (5, 25, True), (5, 26, False)])
def test_many_payments_that_are_not_the_persons_are_told_and_a_few_are_not(
    contradictions, columns, kind, rows, of, told
):
    none = dict.fromkeys(("other_programmes_count", "other_programmes_rp", "too_early_count", "too_early_rp"), 0)
    kept = none | {"delivery_id": "d", "row_count": of, f"{columns}_count": rows, f"{columns}_rp": 1_000}
    expected = [(kind, "d", rows, 1_000, None, None, None, DAY, DAY, True, True)] if told else []
    assert contradictions("contributions", kept_row=[kept]) == expected


def test_a_card_that_another_has_already_is_told_and_its_owner_is_not(contradictions):
    rows = [
        {
            "delivery_id": who, "registration_no": f"R{n}", "card_key": card, "participant_key": who,
            "registration_date": day,
        }
        for n, (who, card, day) in enumerate([("d", "c1", DAY), ("owner", "c1", BEFORE), ("d", "c2", DAY)])
    ]  # fmt: skip
    cards = [
        {"card_key": "c1", "participant_key": "owner", "is_disputed": True},
        {"card_key": "c2", "participant_key": "nobody", "is_disputed": False},
    ]
    told = ("card_of_another", "d", 1, None, None, "R0", "R0", DAY, DAY, False, True)
    assert contradictions("registrations", registration=rows, card=cards) == [told]


@pytest.mark.parametrize(("before", "now", "kinds"), [
    ({}, {}, []),
    ({}, {"joined_date": date(2021, 1, 1)}, ["joined_otherwise"]),
    ({"joined_date": None}, {}, []),
    ({}, {"branch_code": "NTB02", "joined_date": date(2021, 1, 1)}, []),
    ({"status": "NONAKTIF"}, {}, ["came_back"]),
    ({"status": "NONAKTIF"}, {"wadah_code": "W2"}, []),
    ({"status": "NONAKTIF", "valid_from": date(2021, 9, 1)}, {}, []),
    ({}, {"status": "NONAKTIF"}, []),
])  # fmt: skip
def test_of_one_agent_is_told_what_does_not_change_and_who_comes_back_at_once(contradictions, before, now, kinds):
    spells = [SPELL | before, SPELL | {"valid_from": DAY} | now]
    assert contradictions("agents", "kind", agent=spells) == kinds


@pytest.mark.parametrize(("agents", "of", "told"), [(4, 4, False), (5, 25, True), (5, 26, False)])
def test_many_agents_whose_status_turns_on_one_day_are_told(contradictions, agents, of, told):
    spells = [
        SPELL | {"agent_code": f"AB{n}"} | turned
        for n in range(agents)
        for turned in ({}, {"status": "NONAKTIF", "valid_from": DAY})
    ]
    expected = [("status_turned", "d", agents, None, None, "AB0", f"AB{agents - 1}", DAY, DAY, True, True)]
    assert contradictions("agents", place=PLACE | {"accepted": of}, agent=spells) == (expected if told else [])


@pytest.mark.parametrize("place", [
    {"effective": False},
    {"business_date": date(2020, 1, 1)},
], ids=["replaced by a revision", "long ago"])  # fmt: skip
def test_what_is_replaced_or_long_ago_is_not_told(contradictions, place):
    assert contradictions("contributions", place=PLACE | place, repeated_payment=[again(1)]) == []
