"""No row vanishes: what a count of its own finds in each file of the corpus is accounted for."""

from __future__ import annotations

import pytest
from corpus.case import Case, cases
from corpus.count import Rows, rows_of
from corpus.files import HEAD, STANDARD
from corpus.outcome import Outcome

from expectations.contract import contract

OPEN = pytest.mark.xfail(reason="still to be mended, see the case", strict=False)
READ = [
    pytest.param(case, id=case.trouble, marks=[OPEN] if case.open else [])
    for case in cases()
    if not (case.refused or case.failed)
]


def names(feed: str) -> list[str]:
    return [name for column in contract(feed).exported for name in (str(column.header), column.name, *column.aliases)]


@pytest.mark.parametrize("case", READ)
def test_every_row_is_accounted_for(case: Case, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[case.trouble]
    said = outcome.ledger
    if said["judgement"] == "refused":
        assert said["reason"]
        return
    found = Rows(case.held) if case.held is not None else rows_of(case.content, names(case.feed))
    listed = len({*outcome.accepted, *outcome.rejected, *outcome.not_data})
    accounted = listed + said["duplicates"]
    assert found.held <= accounted <= found.held + found.padding


@pytest.mark.parametrize(
    ("below", "held"),
    [
        ("", 0),
        ("\n \n,,,\n", 0),
        ("a\n", 1),
        ('PAY-1,"x\ny",z\n', 1),
        ('PAY-1,"x\nPAY-2,,,,,,,,\nPAY-3,y"\n', 3),
        ('"never closed\nsecond\n', 2),
        ("TOTAL,,\r\n\r\nTOTAL", 2),
    ],
)
def test_the_count_by_itself(below: str, held: int) -> None:
    assert rows_of(f"{HEAD}\n{below}".encode(), names("contributions")).held == held
    assert rows_of(f"{STANDARD}{below}".encode(), names("contributions")).held == held + 3
