"""Amounts: damage by spreadsheets, forms of money, tricks that keep digits as text, words for empty."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case, each, kept
from corpus.cases.dates import SIX, but, card


def cases() -> Iterator[Case]:
    yield kept("thousands_eaten_points.csv", refused="JUMLAH_IURAN", open="numbers")
    yield kept("thousands_eaten_commas.csv", branch="NTB02", refused="JUMLAH_IURAN", open="numbers")
    alike = each(SIX, amount_rp=36_800, kpj=card)
    yield kept(
        "three_decimals.csv", 6, rows=alike | each([3], amount_rp=110_400) | each([4], amount_rp=368), open="numbers"
    )
    yield kept(
        "typo_among_amounts.csv",
        199,
        branch="NTB02",
        rejected=(102,),
        rules={102: "amount_rp_readable"},
        rows=each(but(102, 201), amount_rp=36_800, kpj=card),
        open="numbers",
    )
    yield kept("total_in_another_form.csv", 6, branch="NTB03", not_data=(8,), rows=alike)
    yield kept("money_with_no_break_space.csv", 6, rows=alike, open="numbers")
    refund = alike | each([2], amount_rp=-36_800)
    yield kept("money_with_sign_first.csv", 6, branch="NTB02", rows=refund, open="numbers")
    yield kept("money_with_four_decimals.csv", 6, branch="NTB03", rows=alike, open="numbers")
    yield kept("money_with_float_noise.xlsx", 6, branch="NTB04", rows=alike, open="numbers")
    yield kept("cards_as_formulas.csv", 6, rows=alike, open="numbers")
    yield kept("cards_with_apostrophes.csv", 6, branch="NTB02", rows=alike, open="numbers")
    agents = each([2, 4, 6], agent_code=None, phone=None, kpj=card)
    agents |= each([3, 5, 7], agent_code="AB00001", phone=None, kpj=card)
    yield kept("empty_is_null.csv", 6, feed="registrations", rows=agents, open="numbers")
    yield kept("empty_is_backslash_n.csv", 6, feed="registrations", branch="NTB02", rows=agents, open="numbers")
