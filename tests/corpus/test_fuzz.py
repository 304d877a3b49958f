"""Files that were changed at random, and those that once ended badly: each ends in an outcome with words."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from corpus.fuzz import FOUND, RETURNED, Seed, changed, outcome, seeds

FILES = 120


@pytest.mark.slow
def test_files_that_were_changed_or_once_ended_badly_end_in_words(tmp_path: Path) -> None:
    first = random.randrange(10**6) if os.environ.get("PERISAI_TEST_RANDOM") else 1
    kept = [Seed(path.name.partition("_")[0], path.read_bytes()) for path in sorted(FOUND.glob("*"))]
    found = Counter(outcome(one, tmp_path) for one in [*kept, *map(changed, range(first, first + FILES))])
    assert found.keys() >= {"accepted", "refused"}


def test_a_returned_workbook_that_was_not_changed_is_read(tmp_path: Path) -> None:
    returned = [one for one in seeds() if one.kind == RETURNED]
    assert len(returned) > 1
    assert {outcome(one, tmp_path) for one in returned} == {"read"}
