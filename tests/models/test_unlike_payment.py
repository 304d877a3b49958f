"""core.unlike_payment: payments that are unlike what was paid for the person before."""

from datetime import date

import pytest

LINE = {
    "participant_key": "ani", "branch_code": "NTB01", "receipt_no": "P1", "payment_date": date(2023, 9, 5),
    "contribution_month": date(2023, 9, 1), "is_refund": False, "received_rp": 41_300, "payer": "PESERTA",
    "programmes": 3, "delivery_id": "d",
}  # fmt: skip
NEXT = LINE | {"receipt_no": "P2", "payment_date": date(2023, 10, 5), "contribution_month": date(2023, 10, 1)}
ACCOUNT = {
    "participant_key": "ani", "last_payer": "PESERTA", "last_programmes": 3, "last_month_rp": 41_300,
    "covered_until": 2023 * 12 + 8,
}  # fmt: skip


@pytest.fixture
def unlike(run):
    """Receipts and kinds that are told of the lines of payments, of what was known before, and of what was told."""

    def unlike(*lines, account=(), told=(), columns="receipt_no kind"):
        tables = {"core.contribution_month": lines, "before.account": account, "before.unlike_payment": told}
        return run("core.unlike_payment", tables, columns)

    return unlike


@pytest.mark.parametrize(("change", "kinds"), [
    ({}, []),
    ({"payer": "APBD"}, ["payer_changed"]),
    ({"received_rp": 36_300}, ["amount_changed"]),
    ({"received_rp": 16_800, "programmes": 2}, []),
    ({"received_rp": 36_300, "payer": "APBD"}, ["payer_changed"]),
    ({"contribution_month": date(2023, 12, 1)}, ["months_left_out"]),
    ({"contribution_month": date(2023, 11, 1)}, ["months_left_out"]),
    ({"contribution_month": date(2023, 12, 1), "payment_date": date(2023, 12, 5)}, []),  # somebody begins again
    ({"contribution_month": date(2023, 8, 1)}, []),
    ({"participant_key": "budi", "payer": "APBD"}, []),
    ({"payer": "APBD", "is_refund": True, "received_rp": -41_300}, []),
])  # fmt: skip
def test_a_payment_beside_the_one_before(unlike, change, kinds):
    told = [("P2", kind) for kind in kinds]
    assert unlike(LINE, NEXT | change) == told
    assert unlike(NEXT | change, account=[ACCOUNT]) == told, "counted on from what is known of the earlier ones"


def test_a_payment_of_several_months_is_told_once_and_its_last_month_counts(unlike):
    ahead = [LINE | {"contribution_month": date(2023, month, 1)} for month in (9, 10, 11)]
    assert unlike(*ahead, NEXT | {"contribution_month": date(2023, 12, 1)}) == []
    dear = [one | {"receipt_no": "P2", "payment_date": date(2023, 12, 5), "received_rp": 46_300} for one in ahead]
    columns = "receipt_no kind amount_rp payment_date delivery_id"
    assert unlike(LINE, *dear, columns=columns) == [("P2", "amount_changed", 138_900, date(2023, 12, 5), "d")]
    back = LINE | {"receipt_no": "P3", "payment_date": date(2023, 9, 20), "received_rp": -41_300, "is_refund": True}
    assert unlike(LINE, back, NEXT) == [], "what was given back is what was paid"


def test_what_the_law_changes_is_no_other_amount(unlike):
    half = NEXT | {"payment_date": date(2026, 4, 5), "contribution_month": date(2026, 4, 1), "received_rp": 33_000}
    before = LINE | {"payment_date": date(2026, 3, 5), "contribution_month": date(2026, 3, 1)}
    assert unlike(before, half) == [], "April 2026 is discounted"
    after = half | {"receipt_no": "P3", "payment_date": date(2026, 5, 5), "contribution_month": date(2026, 5, 1)}
    assert unlike(before, half, after | {"received_rp": 28_000}) == [("P3", "amount_changed")]


@pytest.mark.parametrize(("known", "months", "told"), [
    (date(2026, 2, 1), (date(2026, 3, 1), date(2026, 4, 1)), True),  # by the first of the months
    (date(2026, 3, 1), (date(2026, 3, 1),), True),
    (date(2026, 4, 1), (date(2026, 4, 1),), True),
    (date(2026, 4, 1), (date(2026, 3, 1),), False),
    (date(2026, 3, 1), (date(2026, 4, 1),), False),
])  # fmt: skip
def test_months_of_one_due_are_compared(unlike, known, months, told):
    paid = LINE | {"payment_date": date(2026, 4, 5), "contribution_month": known}
    later = NEXT | {"payment_date": date(2026, 4, 6), "received_rp": 33_000}
    lines = [later | {"contribution_month": month} for month in months]
    assert unlike(paid, *lines) == ([("P2", "amount_changed")] if told else [])


def test_months_that_were_paid_ahead_leave_none_out(unlike):
    more = NEXT | {"receipt_no": "P3", "contribution_month": date(2023, 11, 1)}
    assert unlike(NEXT, more, account=[ACCOUNT]) == unlike(LINE, NEXT, more) == []
    quarter = [NEXT | {"contribution_month": date(2023, month, 1)} for month in (10, 11, 12)]
    assert unlike(LINE, *quarter) == []


@pytest.mark.parametrize("number", [{"receipt_no": "P3"}, {"branch_code": "NTB02"}])
def test_payments_of_one_day_follow_by_number_and_branch(unlike, number):
    later = NEXT | number | {"contribution_month": date(2023, 11, 1)}
    assert unlike(LINE, NEXT, later) == []
    told = unlike(LINE, NEXT, later | {"payer": "APBD"}, columns="receipt_no branch_code kind")
    assert told == [(later["receipt_no"], later["branch_code"], "payer_changed")]


def test_another_payer_is_told_also_of_months_of_which_nothing_is_known_to_be_due(unlike):
    long_ago = [{"payment_date": date(2001, n, 5), "contribution_month": date(2001, n, 1)} for n in (1, 2)]
    assert unlike(LINE | long_ago[0], NEXT | long_ago[1] | {"payer": "APBD"}) == [("P2", "payer_changed")]


def test_what_was_told_before_stays(unlike):
    known = {"branch_code": "NTB01", "receipt_no": "P0", "kind": "payer_changed", "participant_key": "ani"}
    assert unlike(NEXT, account=[ACCOUNT], told=[known]) == [("P0", "payer_changed")]
