"""The power is cut at some moments of a day; by hand `tests/power.py` tries many more."""

from __future__ import annotations

import shutil
from pathlib import Path

import power
import pytest


@pytest.mark.slow
def test_a_day_that_was_cut_off_three_times_ends_well_once_it_is_run_again(tmp_path: Path) -> None:
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    prepared, expected, calls = power.prepare(tmp_path)
    moments = [calls * share // 100 for share in (15, 45, 80)]
    assert power.trial(prepared, tmp_path, expected, *moments) == ""
