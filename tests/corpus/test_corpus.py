"""Every file of the corpus, left by a branch and taken through the real steps, ends as its case says.

And no row vanishes: what a count of its own finds in each file is accounted for.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from corpus.case import Case, cases
from corpus.count import Rows, rows_of
from corpus.files import HEAD, STANDARD
from corpus.outcome import Outcome, as_kept

from expectations.causes import CAUSES
from expectations.contract import ROW_RULE, contract

CASES = {case.trouble: case for case in cases()}


def test_the_corpus_is_large_and_each_trouble_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(cases()) >= 80


def test_every_file_has_an_outcome_whose_lines_add_up(outcomes: dict[str, Outcome]) -> None:
    assert set(outcomes) == set(CASES)
    for trouble, outcome in outcomes.items():
        said = outcome.ledger
        assert said["lines"] == said["accepted"] + said["rejected"] + said["duplicates"], trouble
        assert len(outcome.accepted) == said["accepted"], trouble
        told = {row["reason"] for row in outcome.rejected.values() if row["rule"] == ROW_RULE}
        assert told <= {english for english, _ in CAUSES.values()}, trouble


def _marked(case: Case) -> Any:
    """The case; one that somebody still has to mend must fail, so that who mends it takes the mark away."""
    mark = pytest.mark.xfail(reason=case.open, raises=AssertionError, strict=True)
    return pytest.param(case, id=case.trouble, marks=[mark] if case.open else [])


@pytest.mark.parametrize("case", [*map(_marked, CASES.values())])
def test_ends_as_expected(case: Case, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[case.trouble]
    said = outcome.ledger
    shown = {name: said[name] for name in ("judgement", "reason", "lines", "accepted", "rejected", "duplicates")}
    if case.refused or case.failed:
        assert said["judgement"] == ("refused" if case.refused else "failed"), shown
        assert (case.refused or case.failed) in said["reason"]
        assert not outcome.accepted
        return
    assert said["judgement"] == "accepted", shown
    assert (said["accepted"], said["duplicates"]) == (case.accepted, case.duplicates), shown
    assert sorted(outcome.rejected) == sorted(case.rejected)
    assert said["rejected"] == len(case.rejected)
    assert case.reason in said["reason"]
    assert case.said in (None, said["reason"])
    assert sorted(outcome.not_data) == sorted(case.not_data)
    assert {line: outcome.rejected[line]["rule"] for line in case.rules} == case.rules
    assert {rule: outcome.broken.get(rule, 0) for rule in case.warned} == case.warned
    for line, expected in case.rows.items():
        assert _kept(case.feed, line, expected, outcome) == as_kept(case.feed, expected), f"line {line}"
    if case.manifest is not None:
        assert said["control_lines"] is not None
    if case.forms is not None:
        assert json.loads(said["forms"] or "{}") == case.forms


def _kept(feed: str, line: int, expected: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """What lake and vault hold of a line in the columns that the case names, and in their keyed hashes."""
    assert line in outcome.accepted, f"line {line} is not accepted"
    lake, vault = outcome.accepted[line], outcome.vault.get(line, {})
    found = {}
    for name in as_kept(feed, expected):
        place = vault if name in vault and name not in lake else lake
        assert name in place, f"{name} is kept nowhere"
        found[name] = place[name]
    return found


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
