from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from clients.blocks import ROOT
from house import House

BIN = Path(sys.executable).parent
HOLDER = """
import sys, duckdb
with duckdb.connect("data/published/warehouse.duckdb", read_only=True) as con:
    for _ in iter(sys.stdin.readline, ""):
        print(*con.execute("select max(business_date), count(*) from marts.delivery_day").fetchone(), flush=True)
"""


def missing(what: str) -> NoReturn:
    """Skips a test for what is not there, unless it has to be."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}; CI must have it")
    pytest.skip(what)


@dataclass
class Busy:
    """A folder whose ``data`` is a house in which days are loaded and published all the time.

    Attributes:
        folder: where clients are started, so that they find ``data/published``.
        answer: what they find there, whichever version they open: provinces and their protected people.
    """

    folder: Path
    answer: list[tuple[str, int]]
    _days: subprocess.Popen[str]
    _holder: subprocess.Popen[str]

    def run(self, *command: str | Path, check: bool = True, **variables: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def next_version(self) -> str:
        """Waits until another version is published."""
        assert self._days.stdout
        name = self._days.stdout.readline().strip()
        assert name, (self.folder / "days.log").read_text()
        return name

    def held(self) -> str:
        """What the process sees that has had the file open from the beginning."""
        assert self._holder.stdin and self._holder.stdout
        self._holder.stdin.write("\n")
        self._holder.stdin.flush()
        return self._holder.stdout.readline().strip()


@pytest.fixture(scope="module")
def busy(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    folder = tmp_path_factory.mktemp("busy")
    shutil.copytree(demo_house.settings.home, folder / "data", symlinks=True)
    answer = demo_house.published(
        """select region_code, protected from marts.coverage_month
        where region_level = 'province' and definition = 'bpu' order by month desc, region_code limit 2"""
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": folder}
    paths = f"{ROOT}:{ROOT / 'tests'}"
    days = [sys.executable, ROOT / "tests" / "clients" / "days.py", folder / "data"]
    with (
        (folder / "days.log").open("w") as log,
        subprocess.Popen([sys.executable, "-c", HOLDER], **pipes) as holder,
        subprocess.Popen(days, env={**os.environ, "PYTHONPATH": paths}, stderr=log, **pipes) as process,
    ):
        try:
            yield Busy(folder, answer, process, holder)
            assert process.poll() is None, (folder / "days.log").read_text()
        finally:  # wherever it is: a day may be killed at any moment
            process.kill()
            holder.kill()
