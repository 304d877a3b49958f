"""Every date of every feed has a rule for what is too early to be true, and one for what is too late.

A date that nobody asks for is only compared with others, and dropped.
"""

from __future__ import annotations

from expectations.contract import Contract, contract, feeds

BETWEEN, AFTER = "ExpectColumnValuesToBeBetween", "ExpectColumnPairValuesAToBeGreaterThanB"


def _bounds(promised: Contract, name: str) -> set[str]:
    """Which bounds the rules set to a column, alone or against another one."""
    found = set()
    for rule in promised.rules:
        if rule.expectation == BETWEEN and rule.column == name:
            found |= {bound for bound in ("min_value", "max_value") if rule.kwargs.get(bound) is not None}
        if rule.expectation == AFTER and rule.kwargs["column_B"] == name:
            found.add("max_value")
    return found


def test_no_column_of_dates_is_without_a_rule_of_plausibility() -> None:
    dates = [
        (feed, column.name)
        for feed in feeds()
        for column in contract(feed).exported
        if column.kind in ("date", "month") and not column.beside
    ]
    assert len(dates) >= 9
    lacking = {
        f"{feed}.{name}: no {bound}"
        for feed, name in dates
        for bound in {"min_value", "max_value"} - _bounds(contract(feed), name)
    }
    assert not lacking
