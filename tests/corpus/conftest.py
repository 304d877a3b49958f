"""One load of the whole corpus, which all its tests look at."""

from __future__ import annotations

import pytest
from corpus.case import cases
from corpus.outcome import Outcome, outcomes_of


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of each case, by its name."""
    return outcomes_of(cases(), tmp_path_factory.mktemp("corpus") / "home")
