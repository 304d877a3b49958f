"""core.contribution_month counts in two ways that have to agree: in order, out of order, on one day, for one rupiah."""

import pytest
from models.test_contribution_month import AGAIN, COUNTED, index, lines, numbers, paid, parameters, refunded

__all__ = ["lines", "numbers"]  # the fixtures


def test_months_paid_in_order_are_numbered_one_after_the_other(numbers):
    rows = numbers(paid("K1", "2023-01-05", "2023-01", 3), paid("K2", "2023-04-05", "2023-04", 2))
    assert [number for *_, number in rows] == [1, 2, 3, 4, 5]


def test_a_month_that_the_last_of_several_payments_covered_counts_once(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-02-05", "2023-02"), paid("K3", "2023-02-06", "2023-02")
    ) == [("K1", "2023-01", 100, 1, COUNTED), ("K2", "2023-02", 100, 2, COUNTED), ("K3", "2023-02", 0, None, AGAIN)]


@pytest.mark.parametrize(
    "second", [paid("K2", "2023-01-06", "2023-01", amount_rp=1), paid("K2", "2023-01-06", "2023-01")]
)
def test_a_payment_of_one_rupiah_covers_its_month(lines, second):
    rows = lines(paid("K1", "2023-01-05", "2023-01", amount_rp=1), second)
    assert rows == [("K1", "2023-01", 1, 1, COUNTED), ("K2", "2023-01", 0, None, AGAIN)]


def test_a_payment_of_one_rupiah_reactivates_and_keeps_from_lapsing(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-09-05", "2023-09", amount_rp=1),
        paid("K3", "2023-12-05", "2023-12"),
        paid("K4", "2023-12-05", "2023-01"),
        columns="contribution_month_no counter_no",
    ) == [("K1", "2023-01", 1, 0), ("K2", "2023-09", 1, 1), ("K3", "2023-12", 2, 1), ("K4", "2023-01", None, 1)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"receipt": "K2"}, {"receipt": "K3"}),
        ({"receipt": "K2", "branch_code": "NTB01"}, {"receipt": "K2", "branch_code": "NTB02"}),
    ],
)
def test_of_two_payments_of_the_day_on_which_the_person_is_back_the_first_begins_again(lines, first, second):
    rows = lines(
        paid("K1", "2023-01-05", "2023-01"),
        paid(payment_date="2023-12-05", first="2023-12", **first),
        paid(payment_date="2023-12-05", first="2023-11", **second),
        columns="contribution_month_no counter_no",
    )
    assert sorted(row[1:] for row in rows) == [("2023-01", 1, 0), ("2023-11", 2, 1), ("2023-12", 1, 1)]


def test_terms_hold_from_their_first_day(lines):
    allowed = parameters(3)["reference.parameter"][0]
    rows = [
        allowed | {"valid_to": "2023-08-04"},
        allowed | {"valid_from": "2023-08-05", "value": 1},
        *(
            {"parameter": "counter_restarts_on_reactivation", "value": value, "valid_from": start, "valid_to": end}
            for value, start, end in [
                (1, "2014-01-01", "2023-12-31"),
                (0, "2024-01-01", "2024-06-04"),
                (1, "2024-06-05", None),
            ]
        ),
    ]
    payments = [
        paid("K1", "2023-05-05", "2023-05"),
        paid("K2", "2023-08-05", "2023-08"),
        paid("K3", "2024-01-05", "2024-01"),
        paid("K4", "2024-06-05", "2024-06"),
    ]
    assert lines(*payments, columns="contribution_month_no counter_no", **{"reference.parameter": rows}) == [
        ("K1", "2023-05", 1, 0),
        ("K2", "2023-08", 1, 1),  # two unpaid months, and one is allowed from this day on
        ("K3", "2024-01", 2, 1),
        ("K4", "2024-06", 1, 2),  # begins again from this day on
    ]


@pytest.mark.parametrize("name", ["arrears_months", "counter_restarts_on_reactivation"])
def test_payments_before_the_first_terms_are_counted_and_never_begin_again(lines, name):
    rows = parameters()["reference.parameter"]
    later = [row | {"valid_from": "2024-01-01"} if row["parameter"] == name else row for row in rows]
    payments = [paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-12-05", "2023-12")]
    assert lines(*payments, columns="contribution_month_no counter_no", **{"reference.parameter": later}) == [
        ("K1", "2023-01", 1, 0),
        ("K2", "2023-12", 2, 0),
    ]


def test_a_month_paid_with_one_rupiah_is_covered_beside_months_that_were_paid_ahead(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-09-05", "2023-09", amount_rp=1),
        paid("K3", "2023-09-06", "2024-06"),
        paid("K4", "2023-12-05", "2023-12"),
        columns="contribution_month_no counter_no",
    )[-1] == ("K4", "2023-12", 3, 1)


def test_who_only_paid_ahead_had_not_begun_before_what_is_paid_for_later_either(lines):
    payments = [paid("K1", "2023-01-05", "2023-12"), paid("K2", "2023-02-05", "2024-06")]
    rows = lines(*payments, columns="contribution_month_no counter_no")
    assert rows == [("K1", "2023-12", 1, 0), ("K2", "2024-06", 2, 0)]


AHEAD = [paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-01-06", "2023-12", 4)]


@pytest.mark.parametrize(
    ("payment", "month", "number"),
    [
        (paid("K3", "2023-12-05", "2023-06"), "2023-06", 6),  # what was paid ahead begins with the month of payment
        (paid("K3", "2023-07-05", "2023-12", 5), "2024-04", 6),  # or with the month that is paid for again
        (paid("K3", "2023-07-05", "2023-05"), "2023-05", 6),  # begins within the arrears that were left by January
        (paid("K3", "2023-07-05", "2023-06"), "2023-06", 1),
    ],
)
def test_of_months_paid_ahead_the_first_and_of_arrears_the_last_counts(lines, payment, month, number):
    rows = lines(*AHEAD, payment, columns="contribution_month_no counter_no")
    assert rows[-1][1:] == (month, number, 1 if number == 1 else 0)


def test_one_rupiah_that_a_refund_left_is_still_the_first_agents_part(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-01-06", "2023-01", amount=-99),
        paid("K3", "2023-01-07", "2023-01", agent=2),
        columns="agent_code basis_rp contribution_month_no",
    )[-1] == ("K3", "2023-01", "AB1", 99, 1)


def test_one_rupiah_that_makes_up_for_a_refund_is_the_first_agents(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-01-06", "2023-01", amount=-1),
        paid("K3", "2023-01-07", "2023-01", agent=2, amount_rp=1),
        columns="agent_code basis_rp contribution_month_no",
    )[-1] == ("K3", "2023-01", "AB1", 1, 1)


def before(covered_until, counted=6, **stretches):
    """What is known of payments before: how far they reach, how many months AB1 has counted, and the stretches paid."""
    account = {"participant_key": "ani", "own_count": "AB1", "counter_no": 0, "months_counted": counted}
    paid_stretch = [
        {"participant_key": "ani", "from_index": index(first), "to_index": index(last) + 1}
        for first, last in stretches.values()
    ]
    return {
        "before.account": [account | {"covered_until": index(covered_until)}],
        "before.paid_stretch": paid_stretch,
    }


def test_a_month_paid_twice_after_what_was_known_before_counts_once(lines):
    payments = [paid("K7", "2023-07-05", "2023-07"), paid("K8", "2023-07-06", "2023-07")]
    rows = lines(*payments, **before("2023-06", known=("2023-01", "2023-06")))
    assert rows == [("K7", "2023-07", 100, 7, COUNTED), ("K8", "2023-07", 0, None, AGAIN)]


def test_the_last_month_that_was_paid_before_keeps_from_lapsing(numbers):
    known = before("2024-06", counted=2, known=("2023-01", "2023-01"), ahead=("2024-06", "2024-06"))
    assert numbers(paid("K3", "2023-05-05", "2023-05"), **known) == [("K3", "2023-05", 3)]
    assert numbers(paid("K3", "2023-06-05", "2023-06"), **known) == [("K3", "2023-06", 1)]


def test_a_count_goes_on_from_before_for_its_agent_until_the_person_lapses(lines):
    assert lines(
        paid("K1", "2023-07-05", "2023-07"),
        refunded("K2", "2023-07-06", "2023-07"),
        paid("K3", "2023-08-05", "2023-08", agent=2),
        paid("K4", "2024-01-05", "2024-01"),
        columns="contribution_month_no counter_no",
        **before("2023-06", known=("2023-01", "2023-06")),
    ) == [("K1", "2023-07", 7, 0), ("K2", "2023-07", 7, 0), ("K3", "2023-08", 1, 0), ("K4", "2024-01", 1, 1)]


@pytest.fixture
def stretches(run):
    def stretches(*months, before=()):
        """First month, first unpaid month and rupiah of each stretch of months with their rupiah, and those before."""
        rows = [
            {"participant_key": "ani", "contribution_month": f"{month}-01", "received_rp": rupiah}
            for month, rupiah in months
        ]
        known = [
            {"participant_key": "ani", "from_index": index(since), "to_index": index(until), "last_month_rp": rupiah}
            for since, until, rupiah in before
        ]
        given = {"core.contribution_month": rows, "before.paid_stretch": known}
        return run("core.paid_stretch", given, "from_index to_index last_month_rp")

    return stretches


def test_a_stretch_of_paid_months_goes_on_over_the_end_of_a_year(stretches):
    months = [("2022-11", 100), ("2022-12", 101), ("2023-01", 102), ("2023-03", 103), ("2023-04", 0)]
    expected = [(index("2022-11"), index("2023-02"), 102), (index("2023-03"), index("2023-04"), 103)]
    assert stretches(*months) == expected
    assert stretches(("2023-05", 1)) == [(index("2023-05"), index("2023-06"), 1)], "one rupiah pays a month"
    assert stretches(("2023-05", 9), ("2023-05", -9)) == []


def test_a_stretch_goes_on_from_those_of_before_and_may_lie_within_one(stretches):
    known = ("2022-01", "2022-10", 100)
    within = [("2022-01", 1), ("2022-03", 1), ("2022-08", 1)]
    assert stretches(*within, before=[known]) == [(index("2022-01"), index("2022-10"), 100)]
    assert stretches(("2022-10", 7), ("2022-12", 8), before=[known]) == [
        (index("2022-01"), index("2022-11"), 7),
        (index("2022-12"), index("2023-01"), 8),
    ]
