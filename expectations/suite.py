"""From a contract to a Great Expectations suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.cells import FOUND
from expectations.contract import Contract, Rule

_SEVERITY = {"error": FailureSeverity.CRITICAL, "warning": FailureSeverity.WARNING}
_NOTHING_FOUND = Rule(
    FOUND,
    "error",
    "Nothing is found in a row that a rule of the contract looks for: a cell that is empty or cannot be"
    " read, a ditto mark, damaged letters, a personal number. Which rules were broken is told with the rejected rows.",
    "Tidak ditemukan apa pun yang dicari oleh aturan kontrak: sel kosong atau tidak terbaca, tanda ulang, huruf rusak,"
    " nomor pribadi. Aturan yang dilanggar disebut pada baris yang ditolak.",
    "ExpectColumnValuesToBeNull",
    {"column": FOUND},
    None,
)


def suite(contract: Contract, value_sets: Mapping[str, Sequence[str]]) -> gx.ExpectationSuite:
    """The suite of a contract; each expectation's ``meta`` names its rule.

    The rules that nothing is found (Rule.finds) are one expectation, since each costs more than all of their SQL. It is
    named ``FOUND``, as is the column in which the rules' names stand.

    Args:
        contract: the feed's contract.
        value_sets: lists that contracts refer to by ``$name``, such as the codes of all regions.
    """
    dates = {column.name for column in contract.columns if column.kind in ("date", "month")}
    rules = [rule for rule in contract.rules if not rule.finds]
    return gx.ExpectationSuite(
        name=contract.feed,
        expectations=[_expectation(rule, dates, value_sets) for rule in (*rules, _NOTHING_FOUND)],
    )


def _expectation(rule: Rule, dates: set[str], value_sets: Mapping[str, Sequence[str]]) -> Expectation:
    kwargs: dict[str, Any] = dict(rule.kwargs)
    if isinstance(name := kwargs.get("value_set"), str):
        if name.removeprefix("$") not in value_sets:
            raise ValueError(f"rule {rule.name}: there is no value set {name}")
        kwargs["value_set"] = list(value_sets[name.removeprefix("$")])
    if kwargs.get("column") in dates:  # a date in the contract's text would be compared as a date, which pandas refuses
        kwargs |= {bound: pd.Timestamp(kwargs[bound]) for bound in ("min_value", "max_value") if bound in kwargs}
    if rule.expectation.startswith("ExpectColumnPair"):
        kwargs.setdefault("ignore_row_if", "either_value_is_missing")
    if rule.expectation.startswith("ExpectCompound"):
        kwargs.setdefault("ignore_row_if", "any_value_is_missing")
    kind: type[Expectation] = getattr(gxe, rule.expectation)
    return kind(
        **kwargs,
        severity=_SEVERITY[rule.severity],
        description=rule.reason,
        meta={"rule": rule.name},
    )
