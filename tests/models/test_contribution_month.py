"""core.contribution_month and core.account: what counts for a month, under which agent, with which number."""

import random
from datetime import date, timedelta
from itertools import chain

import pytest

COUNTED, AGAIN, NOTHING, PART = None, "month_already_counted", "nothing_received", "month_not_whole_yet"
UNCOUNTED, GIVEN_BACK = "refund_of_uncounted", "given_back_before"


def month(text):
    return date.fromisoformat(f"{text}-01")


def index(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def paid(receipt, payment_date, first, months=1, agent=1, **changes):
    """A payment of 100 a month, taken while the person's first, second, … managing agent manages."""
    row = {
        "branch_code": "NTB01",
        "receipt_no": receipt,
        "payment_date": payment_date,
        "period": month(payment_date[:7]),
        "first_month": month(first),
        "months": months,
        "participant_key": "ani",
        "agent_code": f"AB{agent}",
        "agent_branch_code": f"branch of AB{agent}",
        "wadah_code": f"W{agent}",
        "scheme": f"scheme of W{agent}",
        "payer": "PESERTA",
        "programmes": 3,
        "amount_rp": 100 * months,
        "delivery_id": f"delivery of {receipt}",
    } | changes
    return {"own_count": row["agent_code"] or ""} | row


def smallest(*dues):
    """What a whole month is from a month on: the smallest legal amount."""
    later = [month(first) - timedelta(1) for first, _ in dues[1:]]
    rows = [
        {"from_month": month(first), "to_month": to, "due_rp": due}
        for (first, due), to in zip(dues, [*later, date(9999, 12, 31)], strict=True)
    ]
    return {"core.smallest_contribution": rows}


A_RUPIAH = smallest(("2014-01", 1))


def refunded(receipt, payment_date, first, months=1, amount=-100, **changes):
    return paid(receipt, payment_date, first, months, amount_rp=amount * months, **changes)


@pytest.fixture
def lines(run):
    """The lines of some payments: receipt, month, and the columns asked for."""

    def lines(*payments, columns="basis_rp contribution_month_no reason", **tables):
        rows = run(
            "core.contribution_month",
            {"core.contribution": payments} | A_RUPIAH | tables,
            f"receipt_no contribution_month {columns}",
        )
        return sorted(((receipt, f"{first:%Y-%m}", *rest) for receipt, first, *rest in rows), key=lambda row: row[:2])

    return lines


@pytest.fixture
def numbers(lines):
    return lambda *payments, **tables: lines(*payments, columns="contribution_month_no", **tables)


def parameters(arrears=3, restarts=1):
    values = {"arrears_months": arrears, "counter_restarts_on_reactivation": restarts}
    rows = [{"parameter": name, "value": value, "valid_from": "2014-01-01"} for name, value in values.items()]
    return {"reference.parameter": rows}


# Months of a payment.


@pytest.mark.parametrize(
    ("months", "amount", "parts"),
    [
        (3, 100, [33, 33, 34]),
        (3, -100, [-33, -33, -34]),
        (2, 7, [3, 4]),
        (2, -7, [-3, -4]),
        (1, -7, [-7]),
        (12, 5, [0] * 11 + [5]),
        (12, -5, [0] * 11 + [-5]),
    ],
)
def test_a_payment_is_spread_over_its_months_to_the_rupiah(run, months, amount, parts):
    payment = paid("K1", "2023-01-05", "2022-11", months, amount_rp=amount)
    tables = {"core.contribution": [payment]} | A_RUPIAH
    rows = run("core.contribution_month", tables, "contribution_month received_rp")
    firsts = [date(2022 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(months)]
    assert sorted(rows) == list(zip(firsts, parts, strict=True))


def test_a_line_in_full(run):
    wanted = (
        "branch_code receipt_no contribution_month payment_date period participant_key is_refund received_rp basis_rp "
        "contribution_month_no takes_number counter_no agent_code agent_branch_code wadah_code scheme earned_date "
        "payer programmes reason delivery_id"
    )
    tables = {"core.contribution": [paid("K1", "2023-02-05", "2023-01")]} | A_RUPIAH
    assert run("core.contribution_month", tables, wanted) == [
        (
            *("NTB01", "K1", date(2023, 1, 1), date(2023, 2, 5), date(2023, 2, 1), "ani", False, 100, 100),
            *(
                1,
                True,
                0,
                "AB1",
                "branch of AB1",
                "W1",
                "scheme of W1",
                date(2023, 2, 5),
                "PESERTA",
                3,
                None,
                "delivery of K1",
            ),
        )
    ]


# The number of a month.


def test_months_are_numbered_in_the_order_of_payment(numbers):
    assert numbers(
        paid("K3", "2023-03-01", "2023-01"),
        paid("K2", "2023-02-02", "2023-04"),
        paid("K1", "2023-02-02", "2023-02", 2),
    ) == [("K1", "2023-02", 1), ("K1", "2023-03", 2), ("K2", "2023-04", 3), ("K3", "2023-01", 4)]


def test_of_equal_receipt_numbers_on_a_day_the_lower_branch_is_first(lines):
    payments = [
        paid("K1", "2023-02-02", first, branch_code=branch) for first, branch in (("2023-02", "B"), ("2023-03", "A"))
    ]
    assert lines(*payments, columns="branch_code contribution_month_no") == [
        ("K1", "2023-02", "B", 2),
        ("K1", "2023-03", "A", 1),
    ]


def test_a_second_payment_for_a_month_counts_nothing_and_has_no_number(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-01-06", "2023-02", 2),
        paid("K3", "2023-01-06", "2023-02", 1, amount_rp=500),
    ) == [
        ("K1", "2023-01", 100, 1, COUNTED),
        ("K1", "2023-02", 100, 2, COUNTED),
        ("K2", "2023-02", 0, None, AGAIN),
        ("K2", "2023-03", 100, 3, COUNTED),
        ("K3", "2023-02", 0, None, AGAIN),
    ]


def test_a_new_managing_agent_begins_at_1_but_a_month_counts_once(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-02-05", "2023-02", 2, agent=2),
        paid("K3", "2023-04-05", "2023-04", agent=2),
        columns="contribution_month_no agent_code reason",
    ) == [
        ("K1", "2023-01", 1, "AB1", COUNTED),
        ("K1", "2023-02", 2, "AB1", COUNTED),
        ("K2", "2023-02", None, "AB2", AGAIN),
        ("K2", "2023-03", 1, "AB2", COUNTED),
        ("K3", "2023-04", 2, "AB2", COUNTED),
    ]


def test_months_before_the_first_registration_are_numbered_apart(lines):
    nobody = {"agent_code": None, "scheme": None}
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2, **nobody),
        paid("K2", "2023-02-05", "2023-02", 2),
        columns="contribution_month_no agent_code basis_rp",
    ) == [
        ("K1", "2023-01", 1, None, 100),
        ("K1", "2023-02", 2, None, 100),
        ("K2", "2023-02", None, "AB1", 0),
        ("K2", "2023-03", 1, "AB1", 100),
    ]


def test_days_without_an_agreement_do_not_stop_the_number(numbers):
    assert numbers(paid("K1", "2023-01-05", "2023-01", scheme=None), paid("K2", "2023-02-05", "2023-02")) == [
        ("K1", "2023-01", 1),
        ("K2", "2023-02", 2),
    ]


@pytest.mark.parametrize(
    ("arrears", "day", "again", "number"),
    [
        (3, "2023-06-01", "2023-06", 1),
        (3, "2023-05-31", "2023-05", 2),
        (3, "2023-06-01", "2023-05", 2),  # pays the arrears, so that no more are unpaid than they allow
        (3, "2023-05-31", "2023-06", 2),  # ahead, while still protected
        (1, "2023-04-05", "2023-04", 1),
    ],
)
def test_three_unpaid_months_are_arrears_and_a_fourth_makes_the_counter_begin_again(lines, arrears, day, again, number):
    payments = [paid("K1", "2023-01-05", "2023-01"), paid("K2", day, again)]
    assert lines(*payments, columns="contribution_month_no counter_no", **parameters(arrears)) == [
        ("K1", "2023-01", 1, 0),
        ("K2", again, number, 2 - number),
    ]


def test_months_paid_out_of_order_without_a_lapse_go_on(numbers):
    rows = numbers(
        paid("K1", "2022-01-05", "2022-01", 12),
        paid("K2", "2023-01-05", "2023-01", 12),
        paid("K3", "2024-01-05", "2024-05", 8),
        paid("K4", "2024-01-06", "2024-01", 4),
        paid("K5", "2024-12-06", "2025-01"),
    )
    assert [number for *_, number in rows] == list(range(1, 38))
    assert rows[24:] == sorted(rows[24:], key=lambda row: row[0])  # in the order of payment, 29 to 36 before 25 to 28


def test_arrears_are_those_allowed_on_the_day_of_payment(lines):
    old, new = parameters(3)["reference.parameter"], parameters(1, 0)["reference.parameter"]
    rows = [row | {"valid_to": "2023-06-30"} for row in old] + [row | {"valid_from": "2023-07-01"} for row in new[:1]]
    rows += [old[1] | {"valid_from": "2023-07-01", "valid_to": "2023-12-31"}, new[1] | {"valid_from": "2024-01-01"}]
    payments = [
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-05-05", "2023-05"),
        paid("K3", "2023-08-05", "2023-08"),
        paid("K4", "2024-01-05", "2024-01"),
    ]
    assert lines(*payments, columns="contribution_month_no counter_no", **{"reference.parameter": rows}) == [
        ("K1", "2023-01", 1, 0),
        ("K2", "2023-05", 2, 0),  # three unpaid months
        ("K3", "2023-08", 1, 1),  # two of them, and only one is allowed then
        ("K4", "2024-01", 2, 1),  # no more restarts
    ]


@pytest.mark.parametrize(
    ("day", "first", "number"),
    [
        ("2023-06-05", "2023-06", 1),  # what was paid ahead covers December, and the four months before were not paid
        ("2023-05-05", "2023-06", 3),  # ahead, while still protected
        ("2023-12-05", "2023-06", 3),  # December is paid, and so is nobody lapsed in it
        ("2024-05-05", "2024-05", 1),
    ],
)
def test_a_lapse_is_seen_beside_months_that_were_paid_ahead(numbers, day, first, number):
    rows = numbers(paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-01-06", "2023-12"), paid("K3", day, first))
    assert rows[-1] == ("K3", first, number)


def test_who_only_paid_ahead_had_never_begun_and_so_never_lapsed(numbers):
    rows = numbers(paid("K1", "2023-01-05", "2023-12"), paid("K2", "2023-02-05", "2023-02"))
    assert rows == [("K1", "2023-12", 1), ("K2", "2023-02", 2)]


def test_coming_back_to_an_agent_goes_on_where_it_stood(numbers, lines):
    payments = [
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-03-05", "2023-03", agent=2),
        paid("K3", "2023-04-05", "2023-04"),
        paid("K4", "2023-05-05", "2023-05", agent=2),
    ]
    assert [number for *_, number in numbers(*payments)] == [1, 2, 1, 3, 2]
    lapsed = paid("K5", "2023-10-05", "2023-10", agent=2)
    back = paid("K6", "2023-11-05", "2023-11")
    assert lines(*payments, lapsed, back, columns="contribution_month_no counter_no")[-2:] == [
        ("K5", "2023-10", 1, 1),
        ("K6", "2023-11", 1, 1),  # the person had lapsed, whoever managed
    ]


def test_a_lapse_is_seen_from_the_highest_month_covered_before(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01", 6),
        paid("K2", "2023-01-06", "2023-02"),
        paid("K3", "2023-10-05", "2023-10"),
    )[-1] == ("K3", "2023-10", 7)
    assert numbers(
        paid("K1", "2023-01-05", "2023-01", 6),
        paid("K2", "2023-01-06", "2023-02"),
        paid("K3", "2023-11-05", "2023-11"),
    )[-1] == ("K3", "2023-11", 1)


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


def test_the_counter_runs_on_through_a_lapse_if_the_parameter_says_so(lines):
    payments = [paid("K1", "2023-01-05", "2023-01"), paid("K2", "2023-12-05", "2023-12")]
    assert lines(*payments, columns="contribution_month_no counter_no", **parameters(restarts=0)) == [
        ("K1", "2023-01", 1, 0),
        ("K2", "2023-12", 2, 0),
    ]


def test_a_refund_neither_covers_months_nor_brings_a_lapsed_person_back(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-02-05", "2023-12"),
        paid("K3", "2023-06-05", "2023-06"),
        columns="contribution_month_no counter_no",
    ) == [("K1", "2023-01", 1, 0), ("K2", "2023-12", None, 0), ("K3", "2023-06", 1, 1)]


def test_months_that_were_paid_back_were_covered_all_the_same(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 5),
        refunded("K2", "2023-02-05", "2023-02", 4),
        paid("K3", "2023-09-05", "2023-09"),
        columns="contribution_month_no counter_no",
    )[-1] == ("K3", "2023-09", 6, 0)


def test_persons_are_numbered_apart_and_unknown_ones_not_at_all(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-01", participant_key="budi"),
        paid("K3", "2023-01-06", "2023-01", participant_key=None),
    ) == [("K1", "2023-01", 1), ("K2", "2023-01", 1)]


# Refunds.


def test_a_refund_takes_back_what_counted(lines):
    columns = "received_rp basis_rp contribution_month_no is_refund takes_number period reason"
    assert lines(paid("K1", "2023-01-05", "2023-01"), refunded("K2", "2023-03-05", "2023-01"), columns=columns) == [
        ("K1", "2023-01", 100, 100, 1, False, True, date(2023, 1, 1), COUNTED),
        ("K2", "2023-01", -100, -100, 1, True, False, date(2023, 3, 1), COUNTED),
    ]


@pytest.mark.parametrize(
    ("refunds", "bases", "reasons"),
    [
        ([-40], [-40], [COUNTED]),
        ([-99, -1], [-99, -1], [COUNTED, COUNTED]),
        ([-99, -2], [-99, -1], [COUNTED, COUNTED]),
        ([-150], [-100], [COUNTED]),
        ([-100, -1], [-100, 0], [COUNTED, UNCOUNTED]),
    ],
)
def test_a_refund_takes_back_what_it_says_and_never_more_than_counted(lines, refunds, bases, reasons):
    rows = lines(
        paid("K0", "2023-01-05", "2023-01"),
        *(refunded(f"K{n}", "2023-02-05", "2023-01", amount=amount) for n, amount in enumerate(refunds, 1)),
    )
    assert [row[2] for row in rows] == [100, *bases]
    assert [row[3] for row in rows] == [1, *(None if reason else 1 for reason in reasons)]
    assert [row[4] for row in rows] == [COUNTED, *reasons]


@pytest.mark.parametrize(
    ("second", "refund", "basis", "reason"),
    [
        (100, -99, 0, UNCOUNTED),
        (100, -100, 0, UNCOUNTED),
        (100, -101, -1, COUNTED),
        (100, -200, -100, COUNTED),
        (30, -50, -20, COUNTED),
        (500, -450, 0, UNCOUNTED),
    ],
)
def test_a_refund_takes_the_double_payment_first(lines, second, refund, basis, reason):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-01", amount_rp=second),
        refunded("K3", "2023-02-05", "2023-01", amount=refund),
    ) == [
        ("K1", "2023-01", 100, 1, COUNTED),
        ("K2", "2023-01", 0, None, AGAIN),
        ("K3", "2023-01", basis, None if reason else 1, reason),
    ]


def test_a_refund_is_charged_to_the_agent_of_what_it_takes_back_in_its_own_period(lines):
    columns = "agent_code agent_branch_code wadah_code scheme payer contribution_month_no programmes delivery_id period"
    assert lines(
        paid("K1", "2023-01-05", "2023-01", payer="APBD"),
        refunded("K2", "2023-05-05", "2023-01", agent=2, programmes=2),
        columns=columns,
    )[1] == (
        *("K2", "2023-01", "AB1", "branch of AB1", "W1", "scheme of W1", "APBD", 1, 3),
        *("delivery of K2", date(2023, 5, 1)),
    )


def test_a_refund_of_several_months_is_charged_month_by_month(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-02-05", "2023-03", agent=2),
        refunded("K3", "2023-03-05", "2023-02", 3, agent=3),
        columns="agent_code basis_rp contribution_month_no reason",
    )[3:] == [
        ("K3", "2023-02", "AB1", -100, 2, COUNTED),
        ("K3", "2023-03", "AB2", -100, 1, COUNTED),
        ("K3", "2023-04", "AB3", 0, None, UNCOUNTED),
    ]


def test_a_refund_of_what_no_longer_counts_is_still_the_earlier_agents(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-02-05", "2023-01"),
        refunded("K3", "2023-03-05", "2023-01", agent=2),
        columns="agent_code basis_rp contribution_month_no reason",
    )[2] == ("K3", "2023-01", "AB1", 0, None, UNCOUNTED)


@pytest.mark.parametrize("back", [-100, -1])
def test_a_refund_of_the_double_payment_is_charged_to_whom_the_month_counts(lines, back):
    assert lines(
        paid("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-01", agent=2),
        refunded("K3", "2023-01-07", "2023-01", agent=2, amount=back),
        columns="agent_code basis_rp",
    ) == [("K1", "2023-01", "AB1", 100), ("K2", "2023-01", "AB2", 0), ("K3", "2023-01", "AB1", 0)]


def test_a_refund_with_nothing_before_it_is_its_own_agents_and_counts_nothing(lines):
    columns = "agent_code scheme basis_rp contribution_month_no takes_number reason"
    assert lines(refunded("K1", "2023-01-05", "2023-01"), columns=columns) == [
        ("K1", "2023-01", "AB1", "scheme of W1", 0, None, False, UNCOUNTED)
    ]


def test_a_month_paid_again_after_a_refund_keeps_its_number(lines):
    columns = "basis_rp contribution_month_no takes_number"
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2),
        refunded("K2", "2023-01-06", "2023-01"),
        paid("K3", "2023-01-07", "2023-03"),
        paid("K4", "2023-01-08", "2023-01", amount_rp=70),
        paid("K5", "2023-01-09", "2023-04"),
        columns=columns,
    ) == [
        ("K1", "2023-01", 100, 1, True),
        ("K1", "2023-02", 100, 2, True),
        ("K2", "2023-01", -100, 1, False),
        ("K3", "2023-03", 100, 3, True),
        ("K4", "2023-01", 70, 1, False),
        ("K5", "2023-04", 100, 4, True),
    ]


def test_a_month_paid_again_under_another_agent_gets_a_number_there(lines):
    assert lines(
        paid("K1", "2023-01-05", "2023-01", 2),
        refunded("K2", "2023-02-06", "2023-02"),
        paid("K3", "2023-03-07", "2023-02", agent=2, amount_rp=80),
        refunded("K4", "2023-03-08", "2023-02", agent=3),
        columns="agent_code basis_rp contribution_month_no takes_number",
    )[1:] == [
        ("K1", "2023-02", "AB1", 100, 2, True),
        ("K2", "2023-02", "AB1", -100, 2, False),
        ("K3", "2023-02", "AB2", 80, 1, True),
        ("K4", "2023-02", "AB2", -80, 1, False),
    ]


def test_a_month_paid_again_after_a_reactivation_gets_a_new_number(numbers):
    assert numbers(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-02-05", "2023-01"),
        paid("K3", "2023-07-05", "2023-07", 2),
        paid("K4", "2023-08-05", "2023-01"),
    )[2:] == [("K3", "2023-07", 1), ("K3", "2023-08", 2), ("K4", "2023-01", 3)]


def test_what_restores_a_partial_refund_is_the_agents_whose_part_it_was(lines):
    columns = "agent_code scheme basis_rp contribution_month_no takes_number period reason"
    rows = lines(
        paid("K1", "2023-01-05", "2023-01"),
        refunded("K2", "2023-02-05", "2023-01", amount=-40),
        paid("K3", "2023-03-05", "2023-01", agent=2, amount_rp=30),
        paid("K4", "2023-03-06", "2023-01", agent=2, amount_rp=30),
        paid("K5", "2023-03-07", "2023-01", agent=2, amount_rp=30),
        columns=columns,
    )
    march = date(2023, 3, 1)
    assert rows[2:] == [
        ("K3", "2023-01", "AB1", "scheme of W1", 30, 1, False, march, COUNTED),
        ("K4", "2023-01", "AB1", "scheme of W1", 10, 1, False, march, COUNTED),
        ("K5", "2023-01", "AB2", "scheme of W2", 0, None, False, march, AGAIN),
    ]


def test_a_payment_that_only_makes_up_for_a_refund_before_it_begins_with_nothing(lines):
    columns = "basis_rp contribution_month_no takes_number reason"
    assert lines(
        refunded("K1", "2023-01-05", "2023-01"),
        paid("K2", "2023-01-06", "2023-01", amount_rp=60),
        paid("K3", "2023-01-07", "2023-01", amount_rp=60),
        paid("K4", "2023-01-08", "2023-01", amount_rp=60),
        columns=columns,
    ) == [
        ("K1", "2023-01", 0, None, False, UNCOUNTED),
        ("K2", "2023-01", 0, None, False, GIVEN_BACK),
        ("K3", "2023-01", 20, 1, True, COUNTED),
        ("K4", "2023-01", 40, 1, False, COUNTED),
    ]


def test_parts_of_nothing_count_nothing(lines):
    rows = lines(
        paid("K1", "2023-01-05", "2023-01", 3, amount_rp=2),
        paid("K2", "2023-01-06", "2023-01"),
        paid("K3", "2023-01-07", "2023-01", 3, amount_rp=2, agent=2),
        refunded("K4", "2023-01-08", "2023-03", 2, amount=-1),
        columns="received_rp basis_rp contribution_month_no takes_number agent_code reason",
    )
    assert rows == [
        ("K1", "2023-01", 0, 0, None, False, "AB1", NOTHING),
        ("K1", "2023-02", 0, 0, None, False, "AB1", NOTHING),
        ("K1", "2023-03", 2, 2, 1, True, "AB1", COUNTED),
        ("K2", "2023-01", 100, 100, 2, True, "AB1", COUNTED),
        ("K3", "2023-01", 0, 0, None, False, "AB2", NOTHING),
        ("K3", "2023-02", 0, 0, None, False, "AB2", NOTHING),
        ("K3", "2023-03", 2, 0, None, False, "AB2", AGAIN),
        ("K4", "2023-03", -1, 0, None, False, "AB1", UNCOUNTED),
        ("K4", "2023-04", -1, 0, None, False, "AB1", UNCOUNTED),
    ]


# Months in instalments.

SMALLEST = smallest(("2022-11", 40), ("2023-01", 100), ("2023-03", 50), ("2023-05", 100))


def test_instalments_count_all_together_with_the_one_that_makes_the_month_whole(lines):
    columns = "basis_rp contribution_month_no takes_number agent_code earned_date period reason"
    assert lines(
        paid("K1", "2023-01-05", "2023-01", amount_rp=60),
        paid("K2", "2023-02-05", "2023-01", amount_rp=39, agent=2),
        paid("K3", "2023-02-06", "2023-02", agent=3),
        paid("K4", "2023-03-05", "2023-01", amount_rp=1, agent=3),
        paid("K5", "2023-04-05", "2023-01", amount_rp=50, agent=4),
        columns=columns,
        **SMALLEST,
    ) == [
        ("K1", "2023-01", 0, None, False, "AB1", date(2023, 1, 5), date(2023, 1, 1), PART),
        ("K2", "2023-01", 0, None, False, "AB2", date(2023, 2, 5), date(2023, 2, 1), PART),
        ("K3", "2023-02", 100, 1, True, "AB3", date(2023, 2, 6), date(2023, 2, 1), COUNTED),
        ("K4", "2023-01", 100, 2, True, "AB3", date(2023, 3, 5), date(2023, 3, 1), COUNTED),
        ("K5", "2023-01", 0, None, False, "AB4", date(2023, 4, 5), date(2023, 4, 1), AGAIN),
    ]


@pytest.mark.parametrize(
    ("payments", "bases", "reasons"),
    [
        ([60, -20, 59, 1], [0, 0, 0, 100], [PART, UNCOUNTED, PART, COUNTED]),
        ([60, 60, -119, 50, 60, 10], [0, 120, -119, 50, 60, 9], [PART, *[COUNTED] * 5]),
        ([60, 60, -120, 60, 60], [0, 120, -120, 0, 120], [PART, COUNTED, COUNTED, PART, COUNTED]),
        ([100, -130, 30, 100], [100, -100, 0, 100], [COUNTED, COUNTED, GIVEN_BACK, COUNTED]),
        ([100, -130, 129, 1, 31], [100, -100, 0, 100, 0], [COUNTED, COUNTED, PART, COUNTED, AGAIN]),
        ([100, -130, 130, 31], [100, -100, 100, 30], [COUNTED] * 4),
        ([100, -100, 60, -10, 50], [100, -100, 0, 0, 100], [COUNTED, COUNTED, PART, UNCOUNTED, COUNTED]),
        ([60, -60, 60], [0, 0, 0], [PART, UNCOUNTED, PART]),
    ],
)
def test_a_month_stays_whole_until_nothing_is_left_and_is_free_then(lines, payments, bases, reasons):
    rows = lines(
        *(paid(f"K{n}", "2023-01-05", "2023-01", amount_rp=amount) for n, amount in enumerate(payments)), **SMALLEST
    )
    assert [row[2] for row in rows] == bases
    assert [row[4] for row in rows] == reasons
    assert {row[3] for row in rows if row[2]} <= {1}


@pytest.mark.parametrize(
    ("first", "months", "amount", "whole"),
    [
        ("2022-12", 1, 40, [True]),
        ("2022-12", 1, 39, [False]),
        ("2023-01", 1, 40, [False]),
        ("2023-02", 1, 99, [False]),
        ("2023-02", 1, 100, [True]),
        ("2023-03", 1, 50, [True]),
        ("2023-04", 1, 49, [False]),
        ("2023-05", 1, 99, [False]),
        ("2023-02", 3, 200, [True, True, True]),  # over the border of a discount: 66, 66 and 68
        ("2023-02", 3, 191, [False, True, True]),  # 63 is less than a third of 200, but for two rupiah
        ("2023-02", 3, 192, [True, True, True]),
        ("2023-02", 3, 143, [False, False, True]),
        ("2023-04", 2, 148, [True, True]),
        ("2023-04", 2, 146, [True, False]),
        ("2014-01", 12, 12, [True] * 12),  # nothing is known of what was due: a rupiah is a month
        ("2014-01", 12, 11, [False] * 11 + [True]),
    ],
)
def test_what_is_enough_for_a_month_is_the_smallest_amount_or_an_even_share(lines, first, months, amount, whole):
    rows = lines(paid("K1", "2023-01-05", first, months, amount_rp=amount), columns="basis_rp", **SMALLEST)
    assert [row[2] > 0 for row in rows] == whole
    both = lines(
        paid("K0", "2023-01-05", first, months, amount_rp=amount),
        paid("K1", "2023-01-05", first, months, amount_rp=amount),
        columns="basis_rp",
        **SMALLEST,
    )
    assert [row[2] > 0 for row in both[:months]] == whole, "the long way says the same"


def test_before_the_first_smallest_amount_a_rupiah_is_enough_and_a_refund_takes_it_back(lines):
    later = smallest(("2023-01", 16_800))
    assert lines(refunded("K1", "2022-02-05", "2022-01"), **later) == [("K1", "2022-01", 0, None, UNCOUNTED)]
    one_rupiah = [("K1", "2022-01", 0, None, NOTHING), ("K1", "2022-02", 1, 1, COUNTED)]
    assert lines(paid("K1", "2022-01-05", "2022-01", 2, amount_rp=1), **later) == one_rupiah
    assert lines(paid("K1", "2022-01-05", "2022-01", amount_rp=1), **later) == [("K1", "2022-01", 1, 1, COUNTED)]
    over_the_border = [("K1", "2022-12", 9_000, 1, COUNTED), ("K1", "2023-01", 9_000, 2, COUNTED)]
    assert lines(paid("K1", "2022-12-05", "2022-12", 2, amount_rp=18_000), **later) == over_the_border


@pytest.mark.parametrize(
    ("due", "first", "months", "amount", "bases"),
    [
        (16_800, "2022-12", 2, 10_000, [5_000, 0]),  # a rupiah is enough for the first, 8,399 for the second
        (7, "2022-12", 2, 4, [2, 0]),  # (1 + 7) // 2 - 1 = 3
        (7, "2022-12", 2, 5, [2, 3]),
        (8, "2022-11", 3, 3, [1, 1, 1]),  # (1 + 1 + 8) // 3 - 2 = 1
    ],
)
def test_months_before_the_first_smallest_amount_are_a_rupiah_of_the_even_share(
    lines, due, first, months, amount, bases
):
    found = lines(paid("K1", "2022-11-05", first, months, amount_rp=amount), **smallest(("2023-01", due)))
    assert [basis for _, _, basis, *_ in found] == bases


def test_a_part_of_nothing_makes_no_month_whole(lines):
    of_nothing = paid("K2", "2023-01-06", "2022-03", 12, amount_rp=5)  # 2,789 would be enough for January
    found = lines(paid("K1", "2023-01-05", "2023-01", amount_rp=9_000), of_nothing, **smallest(("2023-01", 16_800)))
    assert [reason for _, first, _, _, reason in found if first == "2023-01"] == [PART, NOTHING]
    assert {basis for _, _, basis, *_ in found} == {0}


def test_instalments_for_several_months_may_lose_a_rupiah_where_they_are_spread(lines):
    payments = [paid(f"K{n}", "2023-01-05", "2023-05", 3, amount_rp=rupiah) for n, rupiah in enumerate((179, 121))]
    rows = lines(*payments, columns="basis_rp received_rp", **SMALLEST)
    assert [row[2] for row in rows] == [0, 0, 0, 99, 99, 102]


# core.account, and counting on from it.


@pytest.fixture
def stand(warehouse):
    """Lines, accounts and paid stretches after some payments, as rows that other models may read."""

    def table(name, tables):
        columns = [column for column, _ in warehouse.template[name]]
        return [dict(zip(columns, row, strict=True)) for row in warehouse.run(name, tables)]

    def stand(payments, accounts=(), stretches=(), dues=A_RUPIAH):
        before, paid_before = {"before.account": accounts}, {"before.paid_stretch": stretches}
        months = table("core.contribution_month", {"core.contribution": payments} | dues | before | paid_before)
        given = {"core.contribution_month": months}
        return (
            months,
            table("core.account", given | before | dues),
            table("core.paid_stretch", given | paid_before),
        )

    return stand


@pytest.fixture
def account(stand):
    def account(*payments, before=None, dues=A_RUPIAH):
        [one] = stand(payments, [before] if before else [], dues=dues)[1]
        return one

    return account


def test_an_account_in_full(account):
    assert account(
        paid("K1", "2023-01-05", "2023-01", 2),
        paid("K2", "2023-08-05", "2023-08", 3, agent=2),
        refunded("K3", "2023-08-06", "2023-10", amount=-40, agent=2, branch_code="NTB02"),
    ) == {
        "participant_key": "ani",
        "first_payment_date": date(2023, 1, 5),
        "last_payment_date": date(2023, 8, 6),
        "last_receipt_no": "K3",
        "last_branch_code": "NTB02",
        "last_payer": "PESERTA",
        "last_programmes": 3,
        "last_month_rp": 40,
        "first_month": date(2023, 1, 1),
        "total_rp": 460,
        "paid_in": True,
        "covered_until": index("2023-10"),
        "agent_code": "AB2",
        "own_count": "AB2",
        "counter_no": 1,
        "months_counted": 3,
        "is_plain": False,
    }


def test_payments_of_another_count_begin_with_1_and_a_count_that_is_left_goes_on(numbers):
    rows = numbers(
        paid("K1", "2023-01-05", "2023-01", months=2),
        paid("K2", "2023-03-05", "2023-03", own_count="AB1 new 2023-03-01"),
        paid("K3", "2023-03-06", "2023-01", amount_rp=-200, months=2),
        paid("K4", "2023-04-05", "2023-02", own_count="AB1 new 2023-03-01", months=3),
        paid("K5", "2023-05-05", "2023-05"),
    )
    assert [row[2] for row in rows if row[0] != "K3"] == [1, 2, 1, 2, None, 3, 3]


def test_an_account_is_paid_in_from_the_smallest_amount_of_its_first_month(account):
    dues = smallest(("2023-01", 168), ("2023-04", 16_800))

    def is_paid_in(*payments, before=None):
        return account(*payments, before=before, dues=dues)["paid_in"]

    one = paid("K1", "2023-05-05", "2023-04", amount_rp=1)
    rest = paid("K2", "2023-06-05", "2023-05", amount_rp=16_799)
    assert not is_paid_in(one)
    assert not is_paid_in(one, rest | {"amount_rp": 16_798})
    assert is_paid_in(one, rest) and is_paid_in(rest, before=account(one, dues=dues))
    assert not is_paid_in(one, rest, refunded("K3", "2023-06-06", "2023-05", amount=-1))
    # the month decides, not the day of payment, and the earliest one of all payments
    assert is_paid_in(paid("K1", "2023-05-05", "2023-03", amount_rp=168))
    assert not is_paid_in(paid("K1", "2023-03-05", "2023-04", amount_rp=168))
    assert is_paid_in(one, paid("K2", "2023-06-05", "2023-03", amount_rp=167))
    assert not is_paid_in(refunded("K1", "2023-01-05", "2023-01"))
    # before the first smallest amount a rupiah is enough
    early = paid("K1", "2022-05-05", "2022-04", amount_rp=1)
    assert is_paid_in(early) and not is_paid_in(early, refunded("K2", "2022-05-06", "2022-04", amount=-1))


def test_refunds_alone_are_no_first_payment_and_cover_nothing(account):
    only = account(refunded("K1", "2023-01-05", "2023-01"))
    wanted = ("first_payment_date", "last_payment_date", "total_rp", "covered_until", "months_counted")
    assert [only[name] for name in wanted] == [None, date(2023, 1, 5), -100, None, 0]
    later = account(refunded("K1", "2023-01-05", "2023-01"), paid("K2", "2023-01-06", "2022-12"))
    assert [later[name] for name in wanted] == [date(2023, 1, 6), date(2023, 1, 6), 0, index("2022-12"), 1]


@pytest.mark.parametrize(
    ("payments", "last"),
    [
        ([("K1", "2023-01-06", "A"), ("K2", "2023-01-05", "A")], ("K1", "A")),
        ([("K1", "2023-01-05", "B"), ("K2", "2023-01-05", "A")], ("K2", "A")),
        ([("K1", "2023-01-05", "A"), ("K1", "2023-01-05", "B")], ("K1", "B")),
    ],
)
def test_the_last_payment_is_the_last_in_the_order_of_payment(account, payments, last):
    rows = [paid(receipt, day, "2023-01", branch_code=branch) for receipt, day, branch in payments]
    for given in (rows, rows[::-1]):
        assert (account(*given)["last_receipt_no"], account(*given)["last_branch_code"]) == last


@pytest.mark.parametrize(
    ("last", "counted"),
    [
        ({"agent": 1, "first": "2023-03"}, 3),
        ({"agent": 2, "first": "2023-03"}, 1),
        ({"agent": 2, "first": "2023-02"}, 0),
        ({"agent": 1, "first": "2023-06"}, 3),
        ({"agent": 1, "first": "2023-07", "payment_date": "2023-07-05"}, 1),
    ],
)
def test_an_account_counts_the_months_of_the_last_agent_and_counter(stand, account, last, counted):
    first, then = paid("K1", "2023-01-05", "2023-01", 2), paid("K2", **({"payment_date": "2023-06-05"} | last))
    assert account(first, then)["months_counted"] == counted
    if last["first"] > "2023-02":
        _, accounts, stretches = stand([first])
        assert stand([then], accounts, stretches)[1][0]["months_counted"] == counted


@pytest.mark.parametrize(
    ("payments", "plain"),
    [
        ([("2023-01", 2, 100), ("2023-03", 1, 100)], True),
        ([("2023-01", 2, 100), ("2023-02", 1, 100)], False),
        ([("2023-01", 2, 100), ("2023-03", 1, -100)], False),
        ([("2023-01", 3, 2)], False),
    ],
)
def test_an_account_is_plain_if_every_month_was_paid_once_and_nothing_given_back(account, payments, plain):
    rows = [
        paid(f"K{n}", "2023-01-05", first, months, amount_rp=amount)
        for n, (first, months, amount) in enumerate(payments)
    ]
    assert account(*rows)["is_plain"] == plain
    later = paid("K9", "2023-06-05", "2023-06")
    assert account(later, before=account(*rows)) == account(*rows, later)


def test_months_that_nobody_managed_are_counted_on_too(stand, account):
    nobody = {"agent_code": None}
    first, then = paid("K1", "2023-01-05", "2023-01", **nobody), paid("K2", "2023-02-05", "2023-02", **nobody)
    assert account(first, then) == account(then, before=account(first))
    assert account(first, then)["months_counted"] == 2
    [line] = stand([then], [account(first)])[0]
    assert line["contribution_month_no"] == 2


def test_months_that_nobody_managed_are_not_the_first_agents(account):
    nobody = {"agent_code": None}
    first, then = paid("K1", "2023-01-05", "2023-01", **nobody), paid("K2", "2023-02-05", "2023-02")
    assert account(first, then) == account(then, before=account(first))
    assert account(first, then)["months_counted"] == 1


@pytest.mark.parametrize("managed_first", [False, True])
def test_the_number_begins_anew_between_nobody_and_an_agent_also_when_counted_on(stand, account, managed_first):
    nobody = {"agent_code": None}
    first = paid("K1", "2023-01-05", "2023-01", **({} if managed_first else nobody))
    then = paid("K2", "2023-02-05", "2023-02", **(nobody if managed_first else {}))
    [line] = stand([then], [account(first)])[0]
    assert line["contribution_month_no"] == 1


def history(rng, who):
    """Pieces of a life of payments in their order; no month is in two of them."""
    day, following, agent, number, pieces = date(2020, 1, 5), index("2020-01"), 1, 0, []
    for _ in range(rng.randrange(1, 8)):
        piece = []
        following += rng.choice([0, 0, 0, 1, 3, 4, 7])
        first = f"{following // 12}-{following % 12 + 1:02}"
        months = rng.choice([1, 1, 2, 4])
        for kind in rng.choice(
            [["paid"], ["paid"], ["paid", "back"], ["paid", "back", "paid"], ["paid", "paid", "back"]]
        ):
            day += timedelta(rng.choice([0, 1, 20, 90]))
            agent += rng.random() < 0.2
            number += 1
            amount = -rng.choice([30, 100, 130]) if kind == "back" else 100
            given = {"agent": agent, "participant_key": who, "amount_rp": amount * months}
            piece.append(paid(f"{who} {number:03}", day.isoformat(), first, months, **given))
        following += months
        pieces.append(piece)
    return pieces


def in_order(rows, *names):
    return sorted(rows, key=lambda row: tuple(row[name] for name in names))


def goes_on(early, late):
    """Whether the rest of a life may be counted on: see before.account."""
    plain = all(len(piece) == 1 for piece in early)
    return not early or (plain and {row["agent_code"] for row in chain(*late)} <= {early[-1][-1]["agent_code"]})


@pytest.mark.slow
def test_counting_on_from_an_account_is_counting_everything_at_once(stand):
    rng = random.Random(4)
    early, late = [], []
    for n in range(350):
        pieces = history(rng, f"p{n:03}")
        cuts = [at for at in range(1, len(pieces) + (n % 4 == 0)) if goes_on(pieces[:at], pieces[at:])]
        cut = rng.choice(cuts or [0])
        early += chain(*pieces[:cut])
        late += chain(*pieces[cut:])
    every = stand(early + late)
    first = stand(early)
    then = stand(late, first[1], first[2])
    line = ("branch_code", "receipt_no", "contribution_month")
    assert in_order(first[0] + then[0], *line) == in_order(every[0], *line)
    went_on = {row["participant_key"] for row in then[1]}
    unchanged = [row for row in first[1] if row["participant_key"] not in went_on]
    assert in_order(unchanged + then[1], "participant_key") == in_order(every[1], "participant_key")
    assert len(unchanged) > 3
    assert len(went_on & {row["participant_key"] for row in first[1]}) > 20
    assert in_order(then[2], "participant_key", "from_index") == in_order(every[2], "participant_key", "from_index")
    assert max(row["contribution_month_no"] or 0 for row in then[0]) > 9
    assert max(row["counter_no"] for row in then[0]) > 1


def test_what_counts_for_a_month_is_what_is_left_of_it(stand):
    rng = random.Random(5)
    months, accounts, _ = stand([row for n in range(30) for row in chain(*history(rng, f"p{n:02}"))])
    left, counts = {}, {}
    for row in in_order(months, "participant_key", "payment_date", "receipt_no"):
        key = row["participant_key"], row["contribution_month"]
        left[key] = left.get(key, 0) + row["received_rp"]
        counts[key] = counts.get(key, 0) + row["basis_rp"]
        assert 0 <= counts[key] <= max(0, left[key])
        assert (counts[key] > 0) == (left[key] > 0)
        assert (row["basis_rp"] == 0) == (row["reason"] is not None)
    assert len(set(left.values())) > 3
    for one in accounts:
        assert one["total_rp"] == sum(value for (who, _), value in left.items() if who == one["participant_key"])
