"""A publication is killed, or fails, at some calls of the system; by hand `tests/faults.py` does it at many of all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from faults import Faults, in_turn
from power import house_of


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """A small day, built and not yet published: it makes the calls that a large one makes."""
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    folder = tmp_path_factory.mktemp("faults")
    house_of(folder / "publish").build("2023-09-29")
    faults = Faults(folder, ("publish",))
    yield faults
    faults.close()


@pytest.mark.slow
def test_a_publication_that_was_disturbed_is_made_good_by_the_next(faults: Faults) -> None:
    points = [point for point in in_turn(faults.every("publish")) if point.call not in {"openat", "unlinkat"}][:6]
    assert len({(point.call, point.fault) for point in points}) == 6
    assert [said for point in points if (said := faults.trial(point))] == []
