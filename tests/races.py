"""Two commands on one home at the same moment leave what they leave one after the other.

    python tests/races.py 50 load:2023-10-02 load:2023-10-03
    python tests/races.py --all 50

A small home has run 30 September; exports of two branches for two days more wait in its landing folders. Each trial
copies it and starts two commands, the second one at any moment of the first, or the first at any of the second; what
they leave is compared with what they leave one after the other, in either order. The commands are done step by step,
each step with the lock of its own, as the tasks of two DAG runs are; ``dag`` alone is a whole ``make run``.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from datetime import date
from itertools import combinations_with_replacement
from multiprocessing import get_context
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from house import House, agent, contribution, registration  # noqa: E402 (the script's own path comes first)

from perisai.errors import DayFailed  # noqa: E402
from perisai.settings import Settings  # noqa: E402

FIRST, DAYS = "2023-09-30", ("2023-10-02", "2023-10-03")
TABLES = ("delivery", "agents", "registrations", "contributions", "validation", "business_day")
KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
PEOPLE = 8


def house_at(home: Path) -> House:
    """The house of a home."""
    return House(Settings(home=home, **KEYS, max_missing_share=1, threads=1))


def prepare(home: Path) -> None:
    """A home that has run its first day, and has two days to do."""
    house = house_at(home)
    for step, branch in ((1, "NTB01"), (11, "NTB02")):
        own: dict[str, Any] = {"branch_code": branch}
        house.leave(branch, "agents", FIRST, [agent(step, agent_code=f"AB{step:05d}", wadah_code=f"W{branch}", **own)])
        for n, day in enumerate((FIRST, *DAYS)):
            start = step + 20 * n
            if branch == "NTB01" or day == FIRST:
                people = [registration(start + n, **own) for n in range(PEOPLE)]
                house.leave(branch, "registrations", day, [*people, registration(start + PEOPLE, nik="1", **own)])
            if branch == "NTB02" or day == FIRST:
                paid = [contribution(start + n, kpj=f"{step + n:011d}", payment_date=day, **own) for n in range(PEOPLE)]
                house.leave(branch, "contributions", day, paid)
    house.run(FIRST)


def close(house: House) -> None:
    """Drafts September, approves it, and writes the statements."""
    from perisai import close as closing

    month = date(2023, 9, 1)
    content = closing.draft(house.settings, month)["content_hash"]
    closing.freeze(house.settings, month, content, "kepala", "2023-10-03T09:30:00+08:00")
    closing.statements(house.settings, month)


def build(house: House) -> None:
    """What ``perisai marts`` does."""
    from perisai import day as steps

    for step in (steps.marts, steps.publish, steps.report):
        step(house.settings)


def publish(house: House) -> None:
    """What ``perisai publish`` does."""
    from perisai import day as steps

    steps.publish(house.settings)
    steps.report(house.settings)


def whole(house: House, day: str) -> None:
    """A run of the DAG, as ``make run`` does it."""
    from perisai import run_dag

    os.environ |= {f"PERISAI_{name.upper()}": value for name, value in KEYS.items()}
    os.environ |= {"PERISAI_MAX_MISSING_SHARE": "1", "PERISAI_THREADS": "1"}
    state, outcomes = run_dag.run(date.fromisoformat(day), house.settings.home)
    assert state == "success", [outcome for outcome in outcomes if outcome.state != "success"]


COMMANDS: dict[str, Callable[..., Any]] = {
    "publish": publish,
    "marts": build,
    "close": close,
    "load": House.load,
    "run": House.run,
    "dag": whole,
}
DATED = ("load", "run", "dag")


def do(home: Path, command: str, delay: float, said: Path) -> None:
    """Does a command (``load:2023-10-02``, ``close``) after so many seconds.

    What it says goes to a file; exits with 2 where it was refused in words.
    """
    name, _, day = command.partition(":")
    with said.open("w") as words, redirect_stderr(words):
        time.sleep(delay)
        try:
            COMMANDS[name](house_at(home), *([day] if day else []))
        except DayFailed as refusal:
            words.write(f"refused: {refusal}\n")
            sys.exit(2)


def left(home: Path) -> dict[str, Any]:
    """What commands leave: raw files, the ledger and each row beside its order of arrival, closed months, marts."""
    import duckdb

    from perisai.inbox import is_whole
    from perisai.step import opened_lake

    house = house_at(home)
    found: dict[str, Any] = {}
    raw = [path for path in house.settings.raw.rglob("*") if path.is_file() and not path.name.startswith(".")]
    found["raw"] = sorted(path.relative_to(house.settings.raw).as_posix() for path in raw)
    found["damaged"] = [path.name for path in raw if path.suffix == ".csv" and not is_whole(path)]
    found["staging"] = sorted(path.name for path in house.settings.staging.glob("*/*/*/*"))
    found["copies"] = [path.name for path in house.settings.raw.rglob(".*")]
    found["rejects"] = sorted(path.name for path in house.settings.rejects.rglob("*.parquet"))
    found["statements"] = sorted(path.name for path in house.settings.home.glob("statements/*/*/*"))
    with opened_lake(house.settings) as con:
        for table in TABLES:
            rows = "* exclude (arrival)" if table == "delivery" else "*"
            query = f"select count(*), sum(hash(t)) from (select {rows} from raw.{table}) as t"
            found[table] = con.execute(query).fetchall()
        months = "select table_name from duckdb_tables() where schema_name = 'closed' and table_name = 'month'"
        closed = con.execute(months).fetchall()
        found["closed"] = con.execute("select period, content_hash from closed.month").fetchall() if closed else []
    with duckdb.connect(str(house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        names = con.execute(
            "select view_name from duckdb_views() where schema_name = 'marts' and view_name <> 'dictionary'"
        ).fetchall()
        for (name,) in names:
            found[name] = con.execute(f"select count(*), sum(hash(t)) from marts.{name} as t").fetchall()
    return found


def _send(home: Path, to: Any) -> None:
    to.send(left(home))


@dataclass(frozen=True)
class Ended:
    """What commands left, how each ended, what those that failed said last, and how long each took."""

    left: dict[str, Any]
    codes: tuple[int, ...]
    said: str
    seconds: tuple[float, ...]


class Races:
    """A prepared home, and what pairs of commands leave of a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])  # the fork server looks nowhere else
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["warm"])
        assert self._done(self._context.Process(target=prepare, args=[folder / "prepared"]))[0] == (0,)

    def _done(self, *processes: Any) -> tuple[tuple[int, ...], tuple[float, ...]]:
        begun = time.monotonic()
        for process in processes:
            process.start()
        seconds = []
        for process in processes:
            process.join()
            seconds.append(time.monotonic() - begun)
        return tuple(process.exitcode for process in processes), tuple(seconds)

    def _copy(self) -> Path:
        shutil.rmtree(self._folder / "home", ignore_errors=True)
        return Path(shutil.copytree(self._folder / "prepared", self._folder / "home", symlinks=True))

    def _process(self, home: Path, command: str, delay: float, said: str) -> Any:
        return self._context.Process(target=do, args=[home, command, delay, self._folder / said])

    def _ended(self, home: Path, codes: tuple[int, ...], seconds: tuple[float, ...]) -> Ended:
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_send, args=[home, sender])
        process.start()
        sender.close()
        found: dict[str, Any] = {"home": "cannot be opened any more"}
        with suppress(EOFError):
            found = receiver.recv()
        process.join()
        words = [(self._folder / str(place)).read_text().splitlines() for place in range(len(codes))]
        said = [lines[-1] if lines else "" for lines, code in zip(words, codes, strict=True) if code]
        return Ended(found, codes, "; ".join(said), seconds)

    def after_each_other(self, *commands: str) -> Ended:
        """What commands leave one after the other."""
        home = self._copy()
        done = [self._done(self._process(home, each, 0, str(place))) for place, each in enumerate(commands)]
        return self._ended(home, tuple(code for (code,), _ in done), tuple(took for _, (took,) in done))

    def at_once(self, first: str, second: str, delay: float) -> Ended:
        """What two commands leave of which the second begins so many seconds later, or earlier."""
        home = self._copy()
        one = self._process(home, first, max(-delay, 0), "0")
        return self._ended(home, *self._done(one, self._process(home, second, max(delay, 0), "1")))


@dataclass
class Pair:
    """Two commands, what they leave one after the other, and what came of their trials."""

    first: str
    second: str
    forth: Ended
    back: Ended | None = None  # in the other order, which is seldom asked for
    trials: int = 0
    different: int = 0
    errors: int = 0
    seconds: float = 0

    def try_once(self, races: Races) -> None:
        """One trial, at the next of the moments that are spread over both commands.

        A command may be refused in words where it is so one after the other, too: a month is closed once.
        """
        earliest, latest = -self.forth.seconds[1], self.forth.seconds[0]
        place = (random.Random(f"{self.first} {self.second}").random() + self.trials * _GOLDEN) % 1
        delay, begun = earliest + place * (latest - earliest), time.monotonic()
        ended = races.at_once(self.first, self.second, delay)
        self.trials, self.seconds = self.trials + 1, self.seconds + time.monotonic() - begun
        keys: list[str] = []
        wrong = False
        if ended.left != self.forth.left or any(ended.codes):
            self.back = self.back or races.after_each_other(self.second, self.first)
            if ended.left not in (self.forth.left, self.back.left):
                keys = [key for key, was in self.forth.left.items() if ended.left.get(key) != was]
            wrong = ended.codes not in {self.forth.codes, self.back.codes[::-1], (0, 0)}
        self.different, self.errors = self.different + bool(keys), self.errors + wrong
        became = f"{ended.codes} {ended.said[:300]} {', '.join(keys)}" if keys or wrong else "good"
        print(f"{self.first} {self.second} {self.trials} at {delay:+.2f} s: {became}", flush=True)


_GOLDEN = 0.618033988749895  # multiples of it are spread evenly, however many there are


def pairs() -> list[tuple[str, str]]:
    """Each command with itself and each other, on two dates where they have one; those that take least come first."""
    return [
        (
            f"{first}:{DAYS[0]}" if first in DATED else first,
            f"{second}:{DAYS[first in DATED]}" if second in DATED else second,
        )
        for second, first in sorted(
            combinations_with_replacement(COMMANDS, 2), key=lambda pair: [*COMMANDS].index(pair[1])
        )
    ]


def main() -> None:
    """Tries a pair of commands, or all pairs in turn, so many times; what came of it so far is told at its end."""
    wanted = int(next(word for word in sys.argv[1:] if word.isdigit()))
    named = [word for word in sys.argv[1:] if not word.isdigit() and word != "--all"]
    todo = pairs() if "--all" in sys.argv else [(named[0], named[1])]
    if "--all" in sys.argv and named:  # of some commands alone
        todo = [pair for pair in todo if all(command.partition(":")[0] in named for command in pair)]
    tried: list[Pair] = []
    with tempfile.TemporaryDirectory() as name, suppress(KeyboardInterrupt):
        races = Races(Path(name))
        for n in range(wanted):
            for place, (first, second) in enumerate(todo):
                if not n:
                    tried.append(Pair(first, second, races.after_each_other(first, second)))
                tried[place].try_once(races)
            print(f"{n + 1} of each, {sum(pair.different + pair.errors for pair in tried)} went wrong", flush=True)
    print("| first | second | trials | left something else | failed | seconds each |\n|---|---|---:|---:|---:|---:|")
    for each in tried:
        took = each.seconds / max(each.trials, 1)
        print(f"| {each.first} | {each.second} | {each.trials} | {each.different} | {each.errors} | {took:.1f} |")
    bad = sum(pair.different + pair.errors for pair in tried)
    sys.exit(f"{bad} trials went wrong" if bad else None)


if __name__ == "__main__":
    main()
