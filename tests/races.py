"""Two commands on one home at the same moment leave what they leave one after the other.

    python tests/races.py 50 load:2023-10-02 load:2023-10-03

A small home has run 30 September; exports of two branches for two days more wait in its landing folders. Each trial
copies it and starts two commands, the second one some moments later; what they leave is compared with what they leave
one after the other, in either order. Run by itself it tries one pair so many times.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from house import House, agent, contribution, registration  # noqa: E402 (the script's own path comes first)

from perisai.settings import Settings  # noqa: E402

FIRST, DAYS = "2023-09-30", ("2023-10-02", "2023-10-03")
TABLES = ("delivery", "agents", "registrations", "contributions", "validation", "business_day")


def house_at(home: Path) -> House:
    """The house of a home."""
    return House(Settings(home=home, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))


def prepare(home: Path, *, published: bool) -> None:
    """A home that has run its first day, with marts or without, and has two days to do."""
    house = house_at(home)
    for start, day in ((1, FIRST), (21, DAYS[0]), (41, DAYS[1])):
        for step, branch in ((0, "NTB01"), (10, "NTB02")):
            own: dict[str, Any] = {"branch_code": branch}
            if day == FIRST:
                own_agent = agent(1 + step, agent_code=f"AB{1 + step:05d}", wadah_code=f"W{branch}", **own)
                house.leave(branch, "agents", day, [own_agent])
            people = range(start + step, start + step + 8)
            bad = registration(start + step + 8, nik="1", **own)
            house.leave(branch, "registrations", day, [*(registration(n, **own) for n in people), bad])
            house.leave(branch, "contributions", day, [contribution(n, payment_date=day, **own) for n in people])
    (house.run if published else house.load)(FIRST)


def close(house: House) -> None:
    """Drafts September and approves it."""
    from perisai import close as closing

    month = date(2023, 9, 1)
    content = closing.draft(house.settings, month)["content_hash"]
    closing.freeze(house.settings, month, content, "kepala", "2023-10-03T09:30:00+08:00")


def build(house: House) -> None:
    """What ``perisai marts`` does."""
    from perisai import day as steps

    for step in (steps.marts, steps.publish, steps.report):
        step(house.settings, date.min)


def publish(house: House) -> None:
    """What ``perisai publish`` does."""
    from perisai import day as steps

    steps.publish(house.settings, date.min)
    steps.report(house.settings, date.min)


def whole(house: House, day: str) -> None:
    """A run of the DAG."""
    from perisai import run_dag

    state, outcomes = run_dag.run(date.fromisoformat(day), house.settings.home)
    assert state == "success", outcomes


COMMANDS: dict[str, Callable[..., Any]] = {
    "run": House.run,
    "load": House.load,
    "dag": whole,
    "marts": build,
    "publish": publish,
    "close": close,
}


def do(home: Path, command: str, delay: float = 0) -> None:
    """Does a command (``load:2023-10-02``, ``close``) after so many seconds."""
    name, _, day = command.partition(":")
    time.sleep(delay)
    COMMANDS[name](house_at(home), *([day] if day else []))


def left(home: Path) -> dict[str, Any]:
    """What commands leave: raw files, the ledger and each row beside its order of arrival, closed months, marts."""
    from perisai.inbox import is_whole

    house = house_at(home)
    found: dict[str, Any] = {}
    raw = [path for path in house.settings.raw.rglob("*") if path.is_file() and not path.name.startswith(".")]
    found["raw"] = sorted(path.relative_to(house.settings.raw).as_posix() for path in raw)
    found["damaged"] = [path.name for path in raw if path.suffix == ".csv" and not is_whole(path)]
    found["staging"] = sorted(path.name for path in house.settings.staging.glob("*/*/*"))
    found["rejects"] = sorted(path.name for path in house.settings.rejects.rglob("*.parquet"))
    for table in TABLES:
        rows = "* exclude (arrival)" if table == "delivery" else "*"
        found[table] = house.lake(f"select count(*), sum(hash(t)) from (select {rows} from raw.{table}) as t")
    if (house.settings.published / "warehouse.duckdb").exists():
        found["closed"] = house.lake("select content_hash from closed.month")
        names = house.published(
            "select view_name from duckdb_views() where schema_name = 'marts' and view_name <> 'dictionary'"
        )
        for (name,) in names:
            found[name] = house.published(f"select count(*), sum(hash(t)) from marts.{name} as t")
    return found


class Races:
    """A prepared home, and what pairs of commands leave of a copy of it."""

    def __init__(self, folder: Path, *, published: bool) -> None:
        self._folder, self._published = folder, published
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["house", "perisai.day", "expectations.judge", "perisai.newest"])
        made = self._context.Process(target=prepare, args=[folder / "prepared"], kwargs={"published": published})
        assert self._done(made) == [0]

    def _done(self, *processes: Any) -> list[int]:
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        return [process.exitcode for process in processes]

    def _copy(self) -> Path:
        shutil.rmtree(self._folder / "home", ignore_errors=True)
        return Path(shutil.copytree(self._folder / "prepared", self._folder / "home", symlinks=True))

    def _left(self, home: Path) -> dict[str, Any]:
        if self._published:  # the last of the two may have published nothing
            assert self._done(self._context.Process(target=do, args=[home, "marts"])) == [0]
        return left(home)

    def after_each_other(self, *commands: str) -> dict[str, Any]:
        """What commands leave one after the other."""
        home = self._copy()
        for command in commands:
            assert self._done(self._context.Process(target=do, args=[home, command])) == [0], command
        return self._left(home)

    def at_once(self, first: str, second: str, delay: float) -> dict[str, Any]:
        """What two commands leave of which the second begins so many seconds later, or earlier."""
        home = self._copy()
        starts = ((first, max(-delay, 0)), (second, max(delay, 0)))
        codes = self._done(*(self._context.Process(target=do, args=[home, *start]) for start in starts))
        return self._left(home) if codes == [0, 0] else {"exit codes": codes}


def main() -> None:
    """Tries a pair of commands so many times, with starts spread over some seconds."""
    wanted, first, second = int(sys.argv[1]), *sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        races = Races(Path(name), published=any(not command.startswith("load") for command in (first, second)))
        orders = [races.after_each_other(first, second), races.after_each_other(second, first)]
        print("either order leaves the same" if orders[0] == orders[1] else "the order matters", flush=True)
        bad = 0
        for n in range(wanted):
            delay, begun = random.Random(n).uniform(-2, 2), time.monotonic()
            found = races.at_once(first, second, delay)
            other = [] if found in orders else [key for key in found if found[key] != orders[0].get(key)]
            bad += found not in orders
            print(f"{n + 1}: {delay:+.1f} s: {other or 'good'} ({time.monotonic() - begun:.0f} s)", flush=True)
    sys.exit(f"{bad} of {wanted} left something else" if bad else None)


if __name__ == "__main__":
    main()
