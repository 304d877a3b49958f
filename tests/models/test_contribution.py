"""core.contribution, contribution_month, protection: payments, the months they cover, and who is protected."""

from datetime import date

import pytest


def month(text):
    return date.fromisoformat(f"{text}-01")


PAYMENT = {
    "delivery_id": "d",
    "business_date": "2023-10-01",
    "line_no": 1,
    "receipt_no": "K1",
    "branch_code": "NTB01",
    "card_key": "card",
    "payment_date": "2023-09-15",
    "first_month": "2023-09-01",
    "months": 1,
    "amount_rp": 36800,
    "payer": "PESERTA",
}
TABLES = {
    "core.delivery": [
        {"delivery_id": "d", "effective": True, "revision": 1},
        {"delivery_id": "r2", "effective": True, "revision": 2},
        {"delivery_id": "old", "effective": False, "revision": 1},
    ],
    "core.card": [{"card_key": "card", "participant_key": "ani"}],
    "core.participant_spell": [
        {
            "participant_key": "ani",
            "valid_from": "2023-09-01",
            "valid_to": "2023-09-20",
            "agent_code": "AB1",
            "agent_spell_no": 1,
        },
        {"participant_key": "ani", "valid_from": "2023-09-20", "agent_code": "AB2", "agent_spell_no": 2},
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
        TABLES | {"raw.contributions": [PAYMENT | {"payment_date": payment_date}]},
        "participant_key agent_code wadah_code pks_no scheme",
    )
    assert rows == [("ani", agent, wadah, agreement, agreement and "perisai-13-2022")]


def test_a_payment_for_an_unknown_card_stays(run):
    unknown = PAYMENT | {"receipt_no": "K2", "card_key": "nobody's"}
    rows = run(
        "core.contribution",
        TABLES | {"raw.contributions": [PAYMENT, unknown]},
        "receipt_no participant_key agent_code amount_rp unresolved_card_key",
    )
    assert rows == [("K1", "ani", "AB1", 36800, None), ("K2", None, None, 36800, "nobody's")]


def test_a_receipt_counts_once_the_earliest_and_only_if_its_delivery_counts(run):
    payments = [
        PAYMENT | {"business_date": "2023-10-02", "amount_rp": 1},
        PAYMENT,
        PAYMENT | {"delivery_id": "old", "business_date": "2023-09-30", "amount_rp": 2},
        PAYMENT | {"delivery_id": "old", "receipt_no": "K0"},
    ]
    assert run("core.contribution", TABLES | {"raw.contributions": payments}, "receipt_no amount_rp") == [("K1", 36800)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"business_date": "2023-10-02", "delivery_id": "r2"}),
        ({"delivery_id": "r2", "line_no": 2}, {}),
        ({}, {"line_no": 2}),
    ],
)
def test_the_earliest_is_that_of_the_first_date_last_revision_and_line(run, first, second):
    payments = [PAYMENT | first | {"amount_rp": 1}, PAYMENT | second | {"amount_rp": 2}]
    for given in (payments, payments[::-1]):
        assert run("core.contribution", TABLES | {"raw.contributions": given}, "amount_rp") == [1]


def test_two_branches_may_use_the_same_receipt_number(run):
    payments = [PAYMENT | {"amount_rp": 1}, PAYMENT | {"branch_code": "NTB02", "amount_rp": 2}]
    assert run("core.contribution", TABLES | {"raw.contributions": payments}, "branch_code amount_rp") == [
        ("NTB01", 1),
        ("NTB02", 2),
    ]


def paid(receipt, payment_date, first, months=1, **changes):
    row = {
        "receipt_no": receipt,
        "payment_date": payment_date,
        "first_month": month(first),
        "months": months,
        "participant_key": "ani",
        "agent_spell_no": 1,
        "amount_rp": 100 * months,
    }
    return row | changes


@pytest.fixture
def numbers(run):
    def numbers(*payments, **tables):
        rows = run(
            "core.contribution_month",
            {"core.contribution": payments} | tables,
            "receipt_no contribution_month contribution_month_no",
        )
        return sorted((receipt, f"{first:%Y-%m}", number) for receipt, first, number in rows)

    return numbers


def test_a_payment_is_spread_over_its_months_to_the_rupiah(run):
    payments = [
        paid("K1", "2023-01-05", "2022-11", 3, amount_rp=100),
        paid("K2", "2023-01-05", "2024-01", amount_rp=7),
        paid("K3", "2023-01-05", "2024-02", 12, amount_rp=5),
    ]
    rows = run(
        "core.contribution_month",
        {"core.contribution": payments},
        "receipt_no contribution_month basis_rp payment_date",
    )
    assert sorted(rows)[:4] == [
        ("K1", date(2022, 11, 1), 33, date(2023, 1, 5)),
        ("K1", date(2022, 12, 1), 33, date(2023, 1, 5)),
        ("K1", date(2023, 1, 1), 34, date(2023, 1, 5)),
        ("K2", date(2024, 1, 1), 7, date(2023, 1, 5)),
    ]
    assert [row[2] for row in sorted(rows)[4:]] == [0] * 11 + [5]


def test_months_are_numbered_in_the_order_of_payment(numbers):
    assert numbers(
        paid("K3", "2023-03-01", "2023-01"),
        paid("K2", "2023-02-02", "2023-04"),
        paid("K1", "2023-02-02", "2023-02", 2),
    ) == [("K1", "2023-02", 1), ("K1", "2023-03", 2), ("K2", "2023-04", 3), ("K3", "2023-01", 4)]


def test_a_second_payment_for_a_month_has_no_number(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-01-06", "2023-02", 2),
        paid("K3", "2023-01-06", "2023-02", 1),
    ) == [
        ("K1", "2023-01", 1),
        ("K1", "2023-02", 2),
        ("K2", "2023-02", None),
        ("K2", "2023-03", 3),
        ("K3", "2023-02", None),
    ]


def test_a_new_managing_agent_begins_at_1_but_a_month_counts_once(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-02-05", "2023-02", 2, agent_spell_no=2),
        paid("K3", "2023-04-05", "2023-04", agent_spell_no=2),
    ) == [
        ("K1", "2023-01", 1),
        ("K1", "2023-02", 2),
        ("K2", "2023-02", None),
        ("K2", "2023-03", 1),
        ("K3", "2023-04", 2),
    ]


@pytest.mark.parametrize(("again", "number"), [("2023-05", 2), ("2023-06", 1)])
def test_three_unpaid_months_are_arrears_and_a_fourth_makes_the_counter_begin_again(numbers, again, number):
    payments = [paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-06-05", again)]
    assert numbers(*payments) == [("K1", "2023-01", 1), ("K2", again, number)]


def test_arrears_paid_after_a_reactivation_change_no_earlier_number(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-07-05", "2023-07"),
        paid("K3", "2023-08-05", "2023-02", 5),
        paid("K4", "2023-09-05", "2023-08"),
    ) == [
        ("K1", "2023-01", 1),
        ("K2", "2023-07", 1),
        ("K3", "2023-02", 2),
        ("K3", "2023-03", 3),
        ("K3", "2023-04", 4),
        ("K3", "2023-05", 5),
        ("K3", "2023-06", 6),
        ("K4", "2023-08", 7),
    ]


def test_the_counter_runs_on_through_a_lapse_if_the_parameter_says_so(numbers):
    parameters = [
        {"parameter": "arrears_months", "value": 3},
        {"parameter": "counter_restarts_on_reactivation", "value": 0},
    ]
    payments = [paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-12-05", "2023-12")]
    assert numbers(*payments, **{"reference.parameter": parameters}) == [("K1", "2023-01", 1), ("K2", "2023-12", 2)]


def test_persons_are_numbered_apart_and_unknown_ones_not_at_all(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-01", participant_key="budi", agent_spell_no=None),
        paid("K3", "2023-01-06", "2023-01", participant_key=None),
    ) == [("K1", "2023-01", 1), ("K2", "2023-01", 1)]


@pytest.fixture
def protected(run):
    def protected(*payments, as_of="2023-12-31"):
        days = [{"business_date": day} for day in ("2022-12-31", as_of, "2023-01-01")]
        tables = {"core.contribution": payments, "raw.business_day": days}
        return [
            (who, f"{first:%Y-%m}", f"{last:%Y-%m}")
            for who, first, last in run("core.protection", tables, "participant_key from_month to_month")
        ]

    return protected


def test_protection_lasts_three_months_beyond_what_is_paid(protected):
    assert protected(paid("K1", "2023-01-05", "2022-11", 2)) == [("ani", "2022-11", "2023-04")]


@pytest.mark.parametrize(
    ("again", "stretches"),
    [
        ("2023-05", [("ani", "2023-01", "2023-09")]),
        ("2023-06", [("ani", "2023-01", "2023-05"), ("ani", "2023-06", "2023-10")]),
    ],
)
def test_protection_breaks_after_three_unpaid_months(protected, again, stretches):
    assert protected(paid("K2", "2023-06-05", again), paid("K1", "2023-01-05", "2023-01")) == stretches


def test_a_short_payment_within_a_long_one_changes_nothing(protected):
    assert protected(
        paid("K1", "2023-01-05", "2023-01", 12),
        paid("K2", "2023-02-05", "2023-02"),
        paid("K3", "2023-03-05", "2024-04"),
    ) == [("ani", "2023-01", "2024-08")]


def test_only_payments_up_to_the_latest_business_day_of_known_persons_protect(protected):
    assert protected(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-09", participant_key="budi"),
        paid("K3", "2023-01-05", "2023-01", participant_key=None),
        as_of="2023-01-05",
    ) == [("ani", "2023-01", "2023-05")]
