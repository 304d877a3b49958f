"""Random tables, dialects and damages: what is read is what was meant, or a row or file is rejected in words."""

from __future__ import annotations

import os
import random
from collections import defaultdict

import pytest
from corpus.damage import READ, REFUSED, WRONG, results
from corpus.spoil import DAMAGES
from corpus.tables import Sheet

FILES = 150
OPEN: dict[str, str] = {}
"""Damages that still go unnoticed, and whose area they belong to."""

Results = dict[str, list[tuple[Sheet, str, str]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """By damage each sheet, what became of it, and what is to be said of that."""
    first = random.randrange(10**6) if os.environ.get("PERISAI_TEST_RANDOM") else 1
    by_damage: Results = defaultdict(list)
    for each in results(range(first, first + FILES), tmp_path_factory.mktemp("damage") / "home"):
        by_damage[each[0].damage].append(each)
    return by_damage


def _marked(name: str) -> object:
    mark = pytest.mark.xfail(reason=OPEN.get(name, ""), raises=AssertionError, strict=True)
    return pytest.param(name, marks=[mark] if name in OPEN else [])


@pytest.mark.parametrize("damage", [_marked(name) for name in ["none", *(each.__name__ for each in DAMAGES)]])
def test_nothing_is_silently_wrong(damage: str, found: Results) -> None:
    wrong = [f"seed {sheet.seed}: {said}" for sheet, became, said in found[damage] if became == WRONG]
    assert found[damage]
    assert not wrong


def test_good_files_are_read_in_full(found: Results) -> None:
    for sheet, became, said in found["none"]:
        unclear = any("slashes" in form for form in sheet.forms.values())  # all days of twelve or less, perhaps
        assert became == READ or (unclear and became == REFUSED), f"seed {sheet.seed}: {said}"
