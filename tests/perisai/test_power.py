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


class Machines:
    """A machine that commits rows to a lake, and others in its place where strace could not go on."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._machine = self._made()

    def _made(self) -> power.Machine:
        return power.Machine(self._folders.mktemp("power"), "commits", "import perisai.step")

    def run(self, folder: Path, cut: int) -> tuple[Path, int, power.Disk, bool]:
        """The home that was cut, and what `power.Machine.run` gives."""
        for attempt in range(5):
            home = folder / f"home-{attempt}"
            home.mkdir()
            try:
                return home, *self._machine.run(home, cut=cut)
            except power.StraceEnded:
                self.close()
                self._machine = self._made()
        raise AssertionError("strace ended five times")

    def close(self) -> None:
        """Lets it end."""
        self._machine.close()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """What is cut."""
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    machines = Machines(tmp_path_factory)
    yield machines
    machines.close()


@pytest.mark.parametrize(("cut", "how"), [(60, power.NEW), (72, power.OLD), (84, power.COIN)])
def test_what_was_committed_is_there_after_the_power_was_cut(
    machines: Machines, tmp_path: Path, cut: int, how: str
) -> None:
    home, calls, disk, ended = machines.run(tmp_path, cut)
    assert (calls >= cut, ended) == (True, False)
    disk.fall(how, random.Random(cut))
    said = home / "committed"
    certain = int(said.read_text()) if said.exists() else 0
    with opened_lake(power.house_at(home).settings) as con:
        durable.check(con)
        (rows,) = con.execute("select count(*) from raw.business_day").fetchone() or (0,)
    assert 0 < certain <= rows <= certain + 1
