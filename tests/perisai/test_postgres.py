"""Homes on several machines share a catalog in PostgreSQL: each counts, and nothing counts twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from house import House, agent, contribution, registration
from servers import postgres

from perisai import close
from perisai.errors import LockBusy
from perisai.locks import held
from perisai.settings import Settings

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
TESTS = Path(__file__).resolve().parent.parent
SEPTEMBER = date(2023, 9, 1)
START = """
import sys
from datetime import date
from house import House
from perisai import close
from perisai.settings import Settings
house = House(Settings())
print("ready", flush=True)
sys.stdin.readline()
"""
LOAD = START + 'print(house.load("2023-09-30")["accepted"])'
FREEZE = (
    START
    + """
content, approved = sys.argv[1], ("kepala", "2023-10-02T09:30:00+08:00")
print(close.freeze(house.settings, date(2023, 9, 1), content, *approved)["changed"])
"""
)


def process(house: House, program: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that works on a home as another machine would; it begins once it is sent a line."""
    settings = house.settings
    own = {name: str(getattr(settings, name)) for name in ("home", "lake_catalog", "lake_data")}
    own |= KEYS | {"max_missing_share": "1"}
    environment = os.environ | {f"PERISAI_{name.upper()}": value for name, value in own.items()}
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def at_once(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What processes say last that begin at the same moment; all of them have to end well."""
    for one in processes:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate()[0] for one in processes]
    assert [one.returncode for one in processes] == [0, 0]
    return [text.split()[-1] for text in said]


@dataclass
class Pair:
    """Two homes on one catalog, and how many deliveries each of them committed."""

    first: House
    second: House
    accepted: list[str]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both start for the first time, at the same moment and on an empty database, with the same exports."""
    folder = tmp_path_factory.mktemp("postgres")
    with postgres() as socket:
        shared = {
            "lake_catalog": f"postgres:dbname=lake host={socket} user=postgres",
            "lake_data": str(folder / "lake"),
            "max_missing_share": 1,
        }
        homes = [House(Settings(home=folder / name, **KEYS, **shared)) for name in ("one", "two")]
        for home in homes:
            home.leave("NTB01", "agents", "2023-09-30", [agent(1)])
            home.leave("NTB01", "registrations", "2023-09-30", [registration(n) for n in range(1, 9)])
            home.leave("NTB01", "contributions", "2023-09-30", [contribution(n) for n in range(1, 9)])
        yield Pair(*homes, at_once([process(home, LOAD) for home in homes]))


def test_two_first_starts_at_once_commit_every_row_once(pair: Pair) -> None:
    assert sum(map(int, pair.accepted)) == 3
    counts = "select " + ", ".join(
        f"(select count(*) from raw.{table})"
        for table in ("delivery", "agents", "registrations", "contributions", "business_day")
    )
    for home in (pair.first, pair.second):
        assert home.lake(counts) == [(3, 1, 8, 8, 1)]


def test_one_home_waits_for_the_other_and_is_told_for_what(pair: Pair) -> None:
    impatient = pair.first.settings.model_copy(update={"lock_wait_seconds": 0.3})
    holder = (
        START
        + 'from perisai.locks import held\nwith held(house.settings, "close 2023-09"):\n'
        + ('    print("held", flush=True)\n    sys.stdin.read()')
    )
    with process(pair.second, holder) as other:
        assert other.stdin and other.stdout
        other.stdin.write("\n")
        other.stdin.flush()
        assert [other.stdout.readline() for _ in range(2)] == ["ready\n", "held\n"]
        with (
            pytest.raises(LockBusy, match=rf"waited 0 s .* for perisai: close 2023-09, {other.pid} on .* and gave up"),
            held(impatient, "load 2023-09-30"),
        ):
            raise AssertionError("two hold it")
        other.kill()  # and the server frees the lock
    with held(pair.first.settings.model_copy(update={"lock_wait_seconds": 30}), "load 2023-09-30"):
        pass


def test_two_at_once_close_the_month_once(pair: Pair) -> None:
    drafted = close.draft(pair.first.settings, SEPTEMBER)
    content = drafted["content_hash"]
    assert drafted["lines"]
    said = at_once([process(home, FREEZE, content) for home in (pair.first, pair.second)])
    assert sorted(said) == ["False", "True"]
    for home in (pair.first, pair.second):
        assert home.lake("select content_hash, approved_by from closed.month") == [(content, "kepala")]
        paid = home.lake("select sum(payable_rp)::bigint from closed.incentive_wadah_month")
        assert paid == [(drafted["payable_rp"],)]
        assert home.lake("select count(*) from closed.incentive_line") == [(drafted["lines"],)]
