"""Every write is a place to die: a command is killed at, or fails with, one call of the system, and then runs again.

    python tests/faults.py 200                       # so many points, spread over all commands and calls
    python tests/faults.py 50 publish                # of one command
    python tests/faults.py 200 --table docs/reliability.md

A point is a command, a call of the system (write, fsync, rename, unlink, mkdir and the like), the how-manieth of its
thread, and what happens there: the process is killed, or the call fails with ENOSPC, EIO or EACCES, by strace. Then the
same command runs undisturbed. It has to end well, and what it leaves has to equal what an undisturbed one leaves:
raw files, ledger, marts, people in the vault, closed months, files of the home by name; after housekeeping no file of
the lake that its catalog does not name, and `perisai verify` finds nothing wrong.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from power import DAY, ZYGOTE, house_at, house_of, outcome  # noqa: E402 (the script's own path comes first)

MONTH = date(2023, 9, 1)
KILL, ERRORS = "KILL", ("ENOSPC", "EIO", "EACCES")
CALLS = (
    "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename", "renameat2", "unlink", "unlinkat", "rmdir",
    "mkdir", "symlink", "openat",
)  # fmt: skip
ONLY_KILLED = frozenset({"openat", "rmdir"})
"""Calls that are not made to fail: most files that are opened are the program's own."""
_CALL = re.compile(r"(\d+) +(\w+)\(")
_STARTED, _ENDED = "<!-- faults: begin -->", "<!-- faults: end -->"
COMMANDS = ("day", "marts", "publish", "report", "replay", "close", "housekeep")


@dataclass(frozen=True)
class Point:
    """Where a command is disturbed, and how."""

    command: str
    call: str
    number: int
    fault: str

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.command}: {self.fault} at {self.call} {self.number}"


def run(home: str, command: str) -> None:
    """A command in a home; the zygote calls it in a process of its own, once it is being traced."""
    os.kill(os.getpid(), signal.SIGSTOP)
    perform(Path(home), command)


def perform(home: Path, command: str) -> None:
    """A command in a home."""
    from perisai import close
    from perisai import day as steps
    from perisai.housekeep import housekeep

    house = house_at(home)
    settings = house.settings
    match command:
        case "day":
            house.run(DAY)
        case "marts":
            steps.marts(settings)
        case "publish":
            steps.publish(settings)
        case "report":
            steps.report(settings)
        case "replay":
            (book,) = home.parent.glob(f"{home.name}.xlsx")
            steps.replay(settings, book)
        case "close":
            frozen = house.lake("select content_hash from closed.month") if _has_closed(house) else []
            content = frozen[0][0] if frozen else close.draft(settings, MONTH)["content_hash"]
            close.freeze(settings, MONTH, content, "Kepala", "2023-10-02T09:30:00+08:00")
            close.statements(settings, MONTH)
        case "housekeep":
            housekeep(settings)


def _has_closed(house: Any) -> bool:
    return bool(house.lake("select 1 from duckdb_tables() where schema_name = 'closed' and table_name = 'month'"))


class Faults:
    """Homes in which each command is the next one, a process that forks a child for each run, and what is expected.

    A home that is in the folder under the name of its command is taken as it is.
    """

    def __init__(self, folder: Path, commands: tuple[str, ...]) -> None:
        os.environ["PERISAI_KEEP_SNAPSHOT_DAYS"] = "0"
        self.folder = folder
        self._said = folder / "said"
        code = ZYGOTE.format(path=[str(TESTS), str(TESTS.parent)], function="faults", imports="import warm, faults")
        code = code.replace("power.faults(", "faults.run(")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said.open("w"),
            text=True,
        )
        self.expected: dict[str, dict[str, Any]] = {}
        self.points: dict[str, Counter[str]] = {}
        if missing := tuple(command for command in commands if not (folder / command).exists()):
            self._prepare(missing)
        for command in commands:
            home = self.copied(command)
            calls = self._traced(home, command)
            self.points[command] = calls
            self.expected[command] = self.left(home)

    def _prepare(self, commands: tuple[str, ...]) -> None:
        """A home before each command: a day is run, and what comes before the command of the next one."""
        house = house_of(self.folder / "day")
        house.run("2023-09-29")
        home = house.settings.home
        for command in ("marts", "publish", "report", "close"):
            if set(COMMANDS[COMMANDS.index(command) :]) & set(commands):
                shutil.copytree(home, home.with_name(command), symlinks=True)
                home = home.with_name(command)
                before = {"marts": "load", "publish": "marts", "report": "publish", "close": "report"}[command]
                if before == "load":
                    house_at(home).load(DAY)
                else:
                    perform(home, before)
        for command in {"housekeep", "replay"} & set(commands):
            shutil.copytree(home, home.with_name(command), symlinks=True)
        if "replay" in commands:
            (book, *_) = sorted((self.folder / "replay" / "rejects" / "workbooks").glob("*/*.xlsx"))
            self._corrected(book, self.folder / "corrected.xlsx")

    @staticmethod
    def _corrected(book: Path, target: Path) -> None:
        """The workbook of rejected rows with a NIK put right."""
        import openpyxl

        opened = openpyxl.load_workbook(book)
        for sheet in opened.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value == "1":
                        cell.value = "5201014103830040"
        opened.save(target)

    def copied(self, command: str) -> Path:
        """A home before a command."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.folder / command, home, symlinks=True)
        if command == "replay":
            shutil.copy(self.folder / "corrected.xlsx", self.folder / "home.xlsx")
        return home

    def _start(self, home: Path, command: str, *strace: str) -> tuple[int, subprocess.Popen[bytes] | None]:
        """A child that stands still until strace, if there is any, has taken hold of it."""
        assert self._process.stdin
        assert self._process.stdout
        print(home, command, file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        while Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.01)
        tracer = None
        if strace:
            tracer = subprocess.Popen(["strace", "-f", "-qq", *strace, "-p", str(child)], stderr=subprocess.DEVNULL)
            while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text():
                time.sleep(0.01)
        os.kill(child, signal.SIGCONT)
        return child, tracer

    def _ended(self, tracer: subprocess.Popen[bytes] | None) -> int:
        assert self._process.stdout
        code = int(self._process.stdout.readline())
        if tracer:
            tracer.wait()
        return code

    def _traced(self, home: Path, command: str) -> Counter[str]:
        """How often a thread of an undisturbed run makes each call, at most."""
        log = self.folder / "calls"
        _, tracer = self._start(
            home, command, "-o", str(log), "-s", "0", "-e", f"trace={','.join(CALLS)}", "-e", "signal=none"
        )
        assert self._ended(tracer) == 0, self.said()
        found: Counter[tuple[str, str]] = Counter(_CALL.findall(log.read_text(errors="replace")))
        most: Counter[str] = Counter()
        for (_, call), count in found.items():
            most[call] = max(most[call], count)
        return most

    def every(self, command: str) -> list[Point]:
        """Every point of a command."""
        return [
            Point(command, call, number, fault)
            for call, most in sorted(self.points[command].items())
            for number in range(1, most + 1)
            for fault in (KILL, *(() if call in ONLY_KILLED else ERRORS))
        ]

    def trial(self, point: Point) -> str:
        """Disturbs a command at a point, runs it again, and says what went wrong; an empty text if nothing did."""
        home = self.copied(point.command)
        how = f"signal={point.fault}" if point.fault == KILL else f"error={point.fault}"
        inject = f"inject={point.call}:{how}:when={point.number}"
        _, tracer = self._start(
            home, point.command, "-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject, "-e", "signal=none"
        )
        self._ended(tracer)
        if self._ended(self._start(home, point.command)[1]):
            return f"{point}, then: {self.said()}"
        found, expected = self.left(home), self.expected[point.command]
        wrong = [name for name in expected if found[name] != expected[name]]
        details = ""
        if "names" in wrong:
            details = f" {sorted(set(found['names']) ^ set(expected['names']))[:5]}"
        if "wrong" in wrong:
            details += f" {found['wrong']}"
        return f"{point}, then: other {', '.join(wrong)}{details}" if wrong else ""

    def left(self, home: Path) -> dict[str, Any]:
        """What is in a home: the outcome of its days, months that are closed, names of its files, and what is wrong."""
        from perisai.housekeep import housekeep
        from perisai.step import opened_lake
        from perisai.verify import copies, lake, people, published, rejected

        house = house_at(home)
        settings = house.settings
        names = sorted(_name(path, home) for path in home.rglob("*") if not path.is_dir() and "lake" not in path.parts)
        housekeep(settings)
        found = [published.check(settings), lake.catalog(settings)]
        with opened_lake(settings) as con:
            found += [lake.check(con, found[1]), copies.check(con, settings)]
            found += [people.check(con, settings), rejected.check(con, settings)]
            closed = con.execute("from closed.incentive_line order by all").fetchall()
        return {
            **outcome(house),
            "closed": closed,
            "names": [name for name in names if name],
            "wrong": [each.what for one in found for each in one.wrong],
        }

    def said(self) -> str:
        """The last line that a run said."""
        return next(reversed(self._said.read_text().splitlines()), "")[:300]

    def close(self) -> None:
        """Lets it end."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def _name(path: Path, home: Path) -> str:
    """Name of a file of a home as it is compared; empty for locks. Names that differ from run to run are cut.

    A note of the inbox may stay until the next day drops it, as soon as its file is committed; what `verify` says of
    notes is compared.
    """
    name = path.relative_to(home).as_posix()
    if name.endswith((".lock", ".wal")) or re.fullmatch(r"inbox/[^.].*", name):
        return ""
    return re.sub(r"\d+-[0-9a-f]{12}", "VERSION", name)


def in_turn(points: list[Point]) -> list[Point]:
    """Points of each call and fault in turn, in an order of chance that is the same each time."""
    kinds = sorted({(point.call, point.fault) for point in points})
    by_kind = [[point for point in points if (point.call, point.fault) == kind] for kind in kinds]
    chosen = random.Random(0)
    return _one_of_each([chosen.sample(each, len(each)) for each in chosen.sample(by_kind, len(by_kind))])


def _one_of_each(lists: list[list[Point]]) -> list[Point]:
    """One of each list, then the next of each."""
    longest = max(map(len, lists), default=0)
    return [each[n] for n in range(longest) for each in lists if n < len(each)]


def row(command: str, there: int, tried: Counter[tuple[str, str]], wrong: int) -> str:
    """The points of a command as a row of the table of the docs."""
    counts = " | ".join(str(tried[command, fault]) for fault in (KILL, *ERRORS))
    return f"| `{command}` | {there:,} | {counts} | {wrong} |"


def written(page: str, rows: dict[str, str]) -> str:
    """A page whose table has these rows, and those of other commands as they were."""
    before, _, rest = page.partition(_STARTED)
    old, _, after = rest.partition(_ENDED)
    rows = {line.split("`")[1]: line for line in old.splitlines() if line.startswith("| `")} | rows
    head = [
        "| command | points there are | " + " | ".join((KILL, *ERRORS)) + " | went wrong |",
        "|---|---:|" + "---:|" * (len(ERRORS) + 2),
    ]
    lines = [*head, *(rows[command] for command in COMMANDS if command in rows)]
    return "\n".join([before + _STARTED, *lines, _ENDED]) + after


def main() -> None:
    """Tries so many points, spread over the commands and their calls."""
    arguments = sys.argv[1:]
    page = None
    if "--table" in arguments:
        at = arguments.index("--table")
        page = Path(arguments[at + 1])
        del arguments[at : at + 2]
    wanted, commands = int(arguments[0]), tuple(arguments[1:]) or COMMANDS
    tried, wrong = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as name:
        faults = Faults(Path(name), commands)
        every = {command: faults.every(command) for command in commands}
        order = _one_of_each([in_turn(points) for points in every.values()])
        with suppress(KeyboardInterrupt):
            for n, point in enumerate(order[:wanted], start=1):
                begun = time.monotonic()
                said = faults.trial(point)
                tried[point.command, point.fault] += 1
                wrong[point.command, point.fault] += bool(said)
                print(f"{n} {said or f'{point}: good'} ({time.monotonic() - begun:.0f} s)", flush=True)
        faults.close()
    rows = {
        command: row(command, len(points), tried, sum(wrong[command, fault] for fault in (KILL, *ERRORS)))
        for command, points in every.items()
    }
    print("\n".join(rows.values()))
    if page:
        page.write_text(written(page.read_text(encoding="utf-8"), rows), encoding="utf-8")
    sys.exit(f"{sum(wrong.values())} of {sum(tried.values())} went wrong" if wrong.total() else None)


if __name__ == "__main__":
    main()
