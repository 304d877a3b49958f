"""A full build in buckets gives what one piece gives, and goes on where it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from models.random_branches import Branches
from models.test_increment import BEGIN, REFERENCE

from perisai.full import ROUNDS
from warehouse import buckets, increment, lake, models
from warehouse.buckets import Buckets

BUILD = """
import os
import sys
from pathlib import Path
from warehouse import increment, lake, models
home, reference = Path(sys.argv[1]), Path(sys.argv[2])
with lake.open_lake("", "", home / "lake", memory_limit="1GB", threads=1, spill=home / str(os.getpid())) as con:
    increment.bring_up_to_date(con, reference, stamp="one", code="one", scratch=home / "buckets", buckets=2)
"""


@pytest.fixture
def home(tmp_path: Path, raw_tables: str) -> Path:
    """The home of a lake with the raw rows of a few days."""
    with opened(tmp_path) as con:
        con.execute(raw_tables)
        branches = Branches(3, persons=40)
        for day in range(3):
            branches.day(con, BEGIN.replace(day=1 + 9 * day))
    return tmp_path


def opened(home: Path) -> Any:
    return lake.open_lake("", "", home / "lake", memory_limit="1GB", threads=1, spill=home / "spill")


def everything(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[Any]]]:
    for model in models.discover():
        if not model.is_view:
            yield model.table, con.execute(f"from {model.table} order by all").fetchall()


def left(home: Path) -> dict[str, int]:
    """The finished files of buckets, and when each was written."""
    found = (home / "buckets").glob("*/*.parquet")
    return {path.name: path.stat().st_mtime_ns for path in found if not path.name.startswith(".")}


@pytest.mark.slow
def test_a_build_in_buckets_gives_the_same_rows_and_goes_on_after_a_kill(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = subprocess.Popen([sys.executable, "-W", "ignore", "-c", BUILD, str(home), str(REFERENCE)])
    while len(left(home)) < 5 and child.poll() is None:
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    before = left(home)
    assert len(before) >= 5

    chosen = {model.table: model for model in models.discover()}
    with opened(home) as con:
        (committed,) = con.execute("select count(*) from duckdb_tables() where schema_name = 'marts'").fetchone()
        assert committed == 0
        monkeypatch.setattr(Buckets, "finish", lambda self: None)
        increment.bring_up_to_date(con, REFERENCE, stamp="one", code="one", scratch=home / "buckets", buckets=2)
        after = left(home)
        assert {name: after[name] for name in before} == before  # they were read, not computed again
        assert len(after) > len(before)
        in_buckets = {name.split("-")[0] for name in after}
        assert {"core.contribution", "core.contribution_month", "core.account", "core.payment_month"} <= in_buckets
        bucketed = dict(everything(con))
        assert [bucketed[table] != [] for table in ("core.contribution_month", "core.payment_month")] == [True, True]
        monkeypatch.undo()
        models.build(con, REFERENCE, list(chosen.values()))
        assert [table for table, rows in everything(con) if rows != bucketed[table]] == []

        # another snapshot than the one that the files are of
        Buckets(con, chosen, REFERENCE, home / "buckets", "one", wanted=1)
        assert left(home) == {}

        # by itself, as many buckets as the memory asks for
        payments = len(con.execute("from raw.contributions").fetchall())
        counted = chosen["core.contribution_month"]
        assert Buckets(con, chosen, REFERENCE, home / "buckets").rows_of(counted) is None
        monkeypatch.setattr(buckets, "ROW_BYTES", 3 * 1_000_000_000 // payments)
        asked = Buckets(con, chosen, REFERENCE, home / "buckets")
        assert 3 <= str(asked.rows_of(counted)).count("core.contribution_month-") <= 4
        registrations = str(asked.rows_of(chosen["core.registration"]))
        assert registrations.count("core.registration-") == 1  # rows of a person hang together
        asked.finish()
    assert left(home) == {}


def test_what_costs_most_is_made_in_buckets_of_the_rounds_that_others_make(raw_tables: str) -> None:
    every = {model.table: model for model in models.discover()}
    with duckdb.connect() as con:
        con.execute(raw_tables)
        found = buckets.parts(con, every)
    assert all(part.round == 0 for part in found.values() if not part.keys and part.round < ROUNDS - 1)
    assert {part.round for part in found.values() if part.keys} >= {*range(1, ROUNDS)}
    persons = ("core.contribution_month", "core.account", "core.paid_stretch", "core.payment_month")
    assert {found[table].round for table in persons} == {ROUNDS - 1}
    assert found["core.contribution"].round == ROUNDS - 2
