"""The power is cut at some moments of commits; by hand `tests/power.py` does it at many moments of a whole day."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import power
import pytest

from perisai.step import opened_lake
from warehouse import durable


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[power.Machine]:
    """A machine that commits rows to a lake."""
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    machine = power.Machine(tmp_path_factory.mktemp("power"), "commits", "import perisai.step")
    yield machine
    machine.close()


@pytest.mark.parametrize(("cut", "how"), [(60, power.NEW), (72, power.OLD), (84, power.COIN)])
def test_what_was_committed_is_there_after_the_power_was_cut(
    machine: power.Machine, tmp_path: Path, cut: int, how: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    calls, disk, ended = machine.run(home, cut=cut)
    assert (calls >= cut, ended) == (True, False)
    disk.fall(how, random.Random(cut))
    said = home / "committed"
    certain = int(said.read_text()) if said.exists() else 0
    with opened_lake(power.house_at(home).settings) as con:
        durable.check(con)
        (rows,) = con.execute("select count(*) from raw.business_day").fetchone() or (0,)
    assert 0 < certain <= rows <= certain + 1
