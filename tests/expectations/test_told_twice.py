"""What stands twice in a file, or at two statuses: warned of on all rows that it concerns."""

from __future__ import annotations

from house import MAKERS
from judged import judged


def test_a_payment_that_stands_twice_under_other_numbers_is_told() -> None:
    paid = [MAKERS["contributions"](n, kpj=f"{1 + n % 3:011d}") for n in range(1, 7)]
    paid[3]["programmes"], paid[3]["amount_rp"] = 2, 16_800
    paid[4]["first_month"], paid[4]["months"], paid[4]["amount_rp"] = "2023-08", 2, 73_600
    paid[5]["first_month"] = "2023-10"  # the next month of the same card
    again = {"payment_stands_once"}
    assert judged("contributions", paid)[1] == {0: again, 1: again, 3: again, 4: again}
    refund = MAKERS["contributions"](9, kpj=paid[0]["kpj"], amount_rp=-36_800)
    assert judged("contributions", [*paid, refund])[1] == {1: again, 4: again}, "the first one was given back"


def test_what_a_claim_is_paid_is_what_was_determined() -> None:
    rows = [MAKERS["claims"](n, status=status) for n in (1, 2) for status in ("Diajukan", "Ditetapkan", "Dibayarkan")]
    assert judged("claims", rows)[1] == {}
    rows[0]["amount_rp"] = 40_000_000  # asked for, and another amount determined
    rows[5]["amount_rp"] = 420_000_000
    rows = [row | {"programme": "JKK", "benefit": "MENINGGAL"} for row in rows]
    assert judged("claims", rows)[1] == {4: {"claim_paid_as_determined"}, 5: {"claim_paid_as_determined"}}


def test_a_card_has_one_death_benefit() -> None:
    death = {"kpj": "00000000007", "programme": "JKM", "benefit": "SANTUNAN_KEMATIAN", "amount_rp": 42_000_000}
    statuses = ["Diajukan", "Diajukan", "Ditetapkan"]
    rows = [MAKERS["claims"](n, **death, status=status) for n, status in enumerate(statuses, start=1)]
    rows[2]["claim_no"] = rows[0]["claim_no"]  # the first claim goes on
    assert judged("claims", rows)[1] == {0: {"death_of_one_claim"}, 1: {"death_of_one_claim"}}
