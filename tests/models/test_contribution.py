"""core.payment and core.contribution: payments, each once, with the person and the agent of the day."""

import hashlib
from datetime import date

import pytest

PAYMENT = {
    "delivery_id": "d",
    "business_date": "2023-10-01",
    "receipt_no": "K1",
    "branch_code": "NTB01",
    "card_key": "card",
    "payment_date": "2023-09-15",
    "first_month": "2023-09-01",
    "months": 1,
    "amount_rp": 36800,
    "payer": "PESERTA",
}
DELIVERIES = {
    "core.delivery": [
        {"delivery_id": "d", "effective": True, "revision": 1},
        {"delivery_id": "r2", "effective": True, "revision": 2},
        {"delivery_id": "old", "effective": False, "revision": 1},
    ],
}
TABLES = {
    "core.card": [{"card_key": "card", "participant_key": "ani"}],
    "core.participant_spell": [
        {
            "participant_key": "ani",
            "valid_from": "2023-09-01",
            "valid_to": "2023-09-20",
            "agent_code": "AB1",
        },
        {"participant_key": "ani", "valid_from": "2023-09-20", "agent_code": "AB2"},
    ],
    "core.agent": [
        {
            "agent_code": "AB1",
            "branch_code": "NTB02",
            "wadah_code": "W1",
            "valid_from": "2021-01-01",
            "valid_to": "2023-09-10",
        },
        {"agent_code": "AB1", "branch_code": "NTB02", "wadah_code": "W2", "valid_from": "2023-09-10"},
    ],
    "core.wadah_agreement": [
        {
            "branch_code": "NTB02",
            "wadah_code": "W2",
            "valid_from": "2023-09-12",
            "valid_to": "2023-09-16",
            "pks_no": "P2",
            "scheme": "perisai-13-2022",
        },
        {
            "branch_code": "NTB01",
            "wadah_code": "W2",
            "valid_from": "2023-01-01",
            "valid_to": "2024-01-01",
            "pks_no": "P9",
            "scheme": "pre-2022",
        },
    ],
}


@pytest.fixture
def payments(run):
    def payments(*rows, columns="receipt_no amount_rp"):
        raw = [{"line_no": 1} | row for row in rows]
        return run("core.payment", DELIVERIES | {"raw.contributions": raw}, columns)

    return payments


def test_a_receipt_counts_once_the_earliest_and_only_if_its_delivery_counts(payments):
    assert payments(
        PAYMENT | {"business_date": "2023-10-02", "amount_rp": 1},
        PAYMENT,
        PAYMENT | {"delivery_id": "old", "business_date": "2023-09-30", "amount_rp": 2},
        PAYMENT | {"delivery_id": "old", "receipt_no": "K0"},
        PAYMENT | {"delivery_id": "gone", "receipt_no": "K9"},
    ) == [("K1", 36800)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"business_date": "2023-10-02", "delivery_id": "r2"}),
        ({"delivery_id": "r2", "line_no": 2}, {}),
        ({}, {"line_no": 2}),
    ],
)
def test_the_earliest_is_that_of_the_first_date_last_revision_and_line(payments, first, second):
    rows = [PAYMENT | first | {"amount_rp": 1}, PAYMENT | second | {"amount_rp": 2}]
    assert payments(*rows) == payments(*rows[::-1]) == [("K1", 1)]


def test_two_branches_may_use_the_same_receipt_number(payments):
    rows = [PAYMENT | {"amount_rp": 1}, PAYMENT | {"branch_code": "NTB02", "amount_rp": 2}]
    assert sorted(payments(*rows, columns="branch_code amount_rp")) == [("NTB01", 1), ("NTB02", 2)]


def test_a_refund_is_a_payment_of_its_own_receipt(payments):
    refund = PAYMENT | {"receipt_no": "K2", "amount_rp": -36800}
    assert payments(PAYMENT, refund, refund | {"line_no": 2}) == [("K1", 36800), ("K2", -36800)]


def test_a_payment_is_as_the_branch_sent_it(payments):
    columns = "receipt_no payment_date card_key branch_code first_month months programmes amount_rp payer"
    [row] = payments(PAYMENT | {"programmes": 2}, columns=f"{columns} business_date delivery_id")
    day, first = date(2023, 9, 15), date(2023, 9, 1)
    assert row == ("K1", day, "card", "NTB01", first, 1, 2, 36800, "PESERTA", date(2023, 10, 1), "d")


@pytest.mark.parametrize(
    ("payment_date", "agent", "wadah", "agreement"),
    [
        ("2023-08-31", None, None, None),
        ("2023-09-01", "AB1", "W1", None),
        ("2023-09-09", "AB1", "W1", None),
        ("2023-09-10", "AB1", "W2", None),
        ("2023-09-11", "AB1", "W2", None),
        ("2023-09-12", "AB1", "W2", "P2"),
        ("2023-09-15", "AB1", "W2", "P2"),
        ("2023-09-16", "AB1", "W2", None),
        ("2023-09-19", "AB1", "W2", None),
        ("2023-09-20", "AB2", None, None),
    ],
)
def test_agent_wadah_and_agreement_are_those_of_the_day_of_payment(run, payment_date, agent, wadah, agreement):
    rows = run(
        "core.contribution",
        TABLES | {"core.payment": [PAYMENT | {"payment_date": payment_date}]},
        "participant_key agent_code wadah_code pks_no scheme",
    )
    assert rows == [("ani", agent, wadah, agreement, agreement and "perisai-13-2022")]


def test_a_payment_for_an_unknown_card_stays(run):
    unknown = PAYMENT | {"receipt_no": "K2", "card_key": "nobody's"}
    rows = run(
        "core.contribution",
        TABLES | {"core.payment": [PAYMENT, unknown]},
        "receipt_no participant_key agent_code amount_rp card_key is_named_otherwise is_before_registration",
    )
    told = (False, False)
    assert rows == [("K1", "ani", "AB1", 36800, "card", *told), ("K2", None, None, 36800, "nobody's", *told)]


def test_period_agent_and_the_branch_of_the_agent_are_shown(run):
    rows = run(
        "core.contribution",
        TABLES | {"core.payment": [PAYMENT, PAYMENT | {"receipt_no": "K2", "payment_date": "2023-09-30"}]},
        "receipt_no period branch_code agent_code agent_branch_code",
    )
    september = date(2023, 9, 1)
    assert rows == [
        ("K1", september, "NTB01", "AB1", "NTB02"),
        ("K2", september, "NTB01", "AB2", None),
    ]


def test_a_person_whom_nobody_manages_has_a_spell_but_no_agent(run):
    spell = {"participant_key": "ani", "valid_from": "2023-09-01", "agent_code": None}
    tables = TABLES | {"core.participant_spell": [spell], "core.payment": [PAYMENT]}
    assert run("core.contribution", tables, "participant_key agent_code scheme") == [("ani", None, None)]


@pytest.mark.parametrize(
    ("name", "otherwise"), [("as owner", False), ("as other", False), ("a third", True), (None, False)]
)
def test_a_payment_under_another_name_than_the_owners_is_told(run, name, otherwise):
    card = {"card_key": "card", "participant_key": "ani", "owner_name_key": "as owner", "other_name_key": "as other"}
    tables = TABLES | {"core.card": [card], "core.payment": [PAYMENT | {"name_key": name}]}
    assert run("core.contribution", tables, "is_named_otherwise") == [otherwise]


@pytest.mark.parametrize(
    ("first_month", "is_first", "before"),
    [
        ("2023-08-01", True, True),
        ("2023-09-01", True, False),
        ("2023-10-01", True, False),
        ("2023-08-01", False, False),
        ("2023-10-01", False, False),
    ],
)
def test_a_month_before_that_of_the_first_registration_is_told(run, first_month, is_first, before):
    spell = {"participant_key": "ani", "valid_from": "2023-09-10", "agent_code": "AB1", "is_first": is_first}
    payment = PAYMENT | {"first_month": first_month}
    tables = TABLES | {"core.participant_spell": [spell], "core.payment": [payment]}
    assert run("core.contribution", tables, "is_before_registration") == [before]


def test_all_cards_of_a_person_lead_to_the_person(run):
    cards = [{"card_key": card, "participant_key": "ani"} for card in ("card", "new card")]
    rows = [PAYMENT, PAYMENT | {"receipt_no": "K2", "card_key": "new card"}]
    tables = TABLES | {"core.card": cards, "core.payment": rows}
    assert run("core.contribution", tables, "receipt_no participant_key") == [("K1", "ani"), ("K2", "ani")]


def test_the_number_of_a_payment_says_on_which_business_date_to_look_for_it(run):
    where = {("NTB01", "K1"): date(2023, 9, 1), ("NTB02", "K1"): date(2023, 10, 1)}
    rows = [{"branch_code": branch, "receipt_no": no, "business_date": day} for (branch, no), day in where.items()]
    found = dict(run("core.payment_number", {"raw.contributions": rows}, "payment_number business_date"))
    hashes = {hashlib.md5("|".join(key).encode(), usedforsecurity=False).digest(): key for key in where}
    # the last 48 bits of the hash, the least byte first
    assert found == {int.from_bytes(digest[10:], "little"): where[key] for digest, key in hashes.items()}


def test_payments_without_an_agreement_or_under_a_missing_agent_are_counted_by_agent_and_day(run):
    paid = {
        "is_agent_missing": False,
        "agent_branch_code": "NTB02",
        "wadah_code": "W2",
        "agent_code": "AB1",
        "payment_date": "2023-09-11",
        "amount_rp": 36800,
    }
    rows = [
        paid,
        paid | {"amount_rp": 1},
        paid | {"amount_rp": -1},  # gives back
        paid | {"scheme": "pre-2022"},
        paid | {"scheme": "pre-2022", "is_agent_missing": True},
        paid | {"wadah_code": None, "agent_branch_code": None},
        paid | {"agent_code": None},
        paid | {"agent_code": "AB2"},
        paid | {"payment_date": "2023-09-12"},
        paid | {"agent_branch_code": "NTB01"},
    ]
    columns = "agent_branch_code wadah_code agent_code payment_date is_agent_missing has_agreement payments"
    assert sorted(run("core.doubtful_payment", {"core.contribution": rows}, columns), key=str) == [
        ("NTB01", "W2", "AB1", date(2023, 9, 11), False, False, 1),
        ("NTB02", "W2", "AB1", date(2023, 9, 11), False, False, 2),
        ("NTB02", "W2", "AB1", date(2023, 9, 11), True, True, 1),
        ("NTB02", "W2", "AB1", date(2023, 9, 12), False, False, 1),
        ("NTB02", "W2", "AB2", date(2023, 9, 11), False, False, 1),
        (None, None, "AB1", date(2023, 9, 11), False, False, 1),
    ]


def test_payments_without_a_person_are_counted_by_card_and_month(run):
    paid = {"card_key": "card", "period": "2023-09-01"}
    rows = [
        paid,
        paid,
        paid | {"period": "2023-10-01"},
        paid | {"card_key": "other"},
        paid | {"participant_key": "ani"},
    ]
    assert run("core.unresolved_payment", {"core.contribution": rows}, "card_key period payments") == [
        ("card", date(2023, 9, 1), 2),
        ("card", date(2023, 10, 1), 1),
        ("other", date(2023, 9, 1), 1),
    ]


@pytest.mark.parametrize(
    ("terms", "own_count"),
    [
        ({"valid_from": "2023-09-15", "valid_to": "2023-09-15", "months_count_from": "2023-09-15"}, " 2023-09-15"),
        ({"valid_from": "2023-09-16", "months_count_from": "2023-09-01"}, None),
        ({"valid_from": "2023-09-01", "valid_to": "2023-09-14", "months_count_from": "2023-09-01"}, None),
        ({"valid_from": "2023-09-01", "months_count_from": "2023-09-16"}, None),  # from this day on, not before
        ({"valid_from": "2023-09-01"}, None),
        ({"scheme": "pre-2022", "valid_from": "2023-09-01", "months_count_from": "2023-09-01"}, None),
    ],
)
def test_whose_count_of_months_it_is_the_terms_of_the_day_of_payment_say(run, terms, own_count):
    scheme = "perisai-13-2022"
    given = TABLES | {"core.payment": [PAYMENT], "reference.incentive_scheme": [{"scheme": scheme} | terms]}
    counted = f"AB1 {scheme}{own_count}" if own_count else "AB1"
    assert run("core.contribution", given, "scheme own_count") == [(scheme, counted)]


def test_without_an_agent_the_count_is_nobodys_and_no_roster_lacks_anyone(run):
    given = TABLES | {"core.payment": [PAYMENT | {"payment_date": "2023-08-31"}]}
    assert run("core.contribution", given, "agent_code own_count is_agent_missing") == [(None, "", False)]
