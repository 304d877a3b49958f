"""Amounts: damage by spreadsheets, forms of money, tricks that keep digits as text, words for empty."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case, each, kept
from corpus.cases.dates import SIX, but, card


def cases() -> Iterator[Case]:
    yield kept("thousands_eaten_points.csv", refused="JUMLAH_IURAN")
    yield kept("thousands_eaten_commas.csv", branch="NTB02", refused="JUMLAH_IURAN")
    alike = each(SIX, amount_rp=36_800, kpj=card)
    three = each([2, 5, 6, 7], amount_rp=36_800, kpj=card) | each([3], amount_rp=110_400)
    yield kept("three_decimals.csv", 5, rejected=(4,), rules={4: "amount_thousands_kept"}, rows=three)
    yield kept(
        "typo_among_amounts.csv",
        199,
        branch="NTB02",
        rejected=(102,),
        rules={102: "amount_rp_not_a_fraction"},
        rows=each(but(102, 201), amount_rp=36_800, kpj=card),
    )
    yield kept("total_in_another_form.csv", 6, branch="NTB03", not_data=(8,), rows=alike)
    yield kept("money_with_no_break_space.csv", 6, rows=alike)
    refund = alike | each([2], amount_rp=-36_800)
    yield kept("money_with_sign_first.csv", 6, branch="NTB02", rows=refund)
    yield kept("money_with_four_decimals.csv", 6, branch="NTB03", rows=alike)
    yield kept("money_with_float_noise.xlsx", 6, branch="NTB04", rows=alike)
    yield kept("cards_as_formulas.csv", 6, rows=alike)
    yield kept("cards_with_apostrophes.csv", 6, branch="NTB02", rows=alike)
    agents = each([2, 4, 6], agent_code=None, phone=None, kpj=card)
    agents |= each([3, 5, 7], agent_code="AB00001", phone=None, kpj=card)
    yield kept("empty_is_null.csv", 6, feed="registrations", rows=agents)
    yield kept("empty_is_backslash_n.csv", 6, feed="registrations", branch="NTB02", rows=agents)
