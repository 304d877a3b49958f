"""Every write is a place to die: a command is killed after each call that changes the disk, and runs again.

    python tests/faults.py                                # all commands
    python tests/faults.py publish close --errors 100     # some commands, with so many errors of each
    python tests/faults.py --table docs/reliability.md

A process that is killed leaves on the disk what the calls before had made. So a command runs once, under strace, which
has it stand still after each call that changes its folder: a file or folder that is made, written, cut, renamed or
removed. Each time the folder is copied as it is, and the same command runs in the copy. It does not if it ran in the
same folder before, or in one that differs only in files that it was seen to remove, replace or empty before it looked
at them, in what is in a folder that it removed with all that was in it, or in files of the lake
that it named in no call, because its catalog does not: it would do just the same, and what is left of such files has
to be gone after housekeeping each time that it does run.

Errors (ENOSPC, EIO, EACCES, and a write that is cut short) need a run each, so a sample of them is tried: the call
fails, and the command runs again.

It has to end well, and what it leaves has to equal what an undisturbed one leaves: raw files, ledger, marts, people in
the vault, closed months, names of files; after housekeeping no file of the lake that its catalog does not name, and
`perisai verify` finds nothing wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from power import DAY, calls_of, house_at, house_of, outcome  # noqa: E402 (the script's own path comes first)
from traced import CHANGING, State, Unread, Zygote, unread  # noqa: E402

MONTH = date(2023, 9, 1)
ERRORS = ("ENOSPC", "EIO", "EACCES", "SHORT")
SYNCING = ("fsync", "fdatasync")
"""Calls that change nothing that a process sees, but may fail."""
ONLY_KILLED = frozenset({"open", "openat", "creat", "rmdir"})
"""Calls that are not made to fail: most files that are opened are the program's own."""
_CALL = re.compile(r"(\w+)\(")
_STARTED, _ENDED = "<!-- faults: begin -->", "<!-- faults: end -->"
COMMANDS = ("load", "marts", "publish", "report", "replay", "close", "housekeep", "backup")
BEFORE = {"marts": "load", "publish": "marts", "report": "publish", "close": "report"}
"""The step of the day that comes before the command."""


@dataclass(frozen=True)
class Point:
    """Where a command has an error: the how-manieth call of a thread; for SHORT, the bytes that a file may have."""

    command: str
    call: str
    number: int
    fault: str

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.command}: {self.fault} at {self.call} {self.number}"


@dataclass
class Tried:
    """How a command fared: calls that change its folder, how often it was run again, errors, and what went wrong."""

    calls: int = 0
    again: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def run(home: str, command: str, limit: str = "") -> None:
    """A command in a home; a process of its own does it, which stands still before until it is being traced.

    Args:
        home: the home.
        command: the command.
        limit: bytes that a file may have; a write beyond them is cut short, and the next one fails.
    """
    shutil._USE_CP_SENDFILE = False  # type: ignore[attr-defined] # stopped it is begun anew, and stopped again, for ever
    os.kill(os.getpid(), signal.SIGSTOP)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    perform(Path(home), command)


def perform(home: Path, command: str) -> None:
    """A command in a home."""
    from perisai import backup, close
    from perisai import day as steps
    from perisai.housekeep import housekeep

    house = house_at(home)
    settings = house.settings
    match command:
        case "load":
            house.load(DAY)
        case "marts":
            steps.marts(settings)
        case "publish":
            steps.publish(settings)
        case "report":
            steps.report(settings)
        case "replay":
            steps.replay(settings, home.with_name("corrected.xlsx"))
        case "close":
            frozen = house.lake("select content_hash from closed.month") if _has_closed(house) else []
            content = frozen[0][0] if frozen else close.draft(settings, MONTH)["content_hash"]
            close.freeze(settings, MONTH, content, "Kepala", "2023-10-02T09:30:00+08:00")
            close.statements(settings, MONTH)
        case "housekeep":
            housekeep(settings)
        case "backup":
            backup.backup(settings, home.with_name("backup"))


def _has_closed(house: Any) -> bool:
    return bool(house.lake("select 1 from duckdb_tables() where schema_name = 'closed' and table_name = 'month'"))


class Faults:
    """Folders in which each command is the next one, and what it leaves if nobody disturbs it.

    Each has the home, named ``home``, and what else the command needs or makes. A folder that is there under the name
    of its command is taken as it is.
    """

    def __init__(self, folder: Path, commands: tuple[str, ...]) -> None:
        os.environ["PERISAI_KEEP_SNAPSHOT_DAYS"] = "0"
        self.folder = folder
        self._disturbed, self._again = Zygote(folder), Zygote(folder)
        self._expected: dict[str, dict[str, Any]] = {}
        self.points: dict[str, list[Point]] = {}
        if missing := {command for command in commands if not (folder / command).exists()}:
            self._prepare(missing)
        for command in commands:
            self.points[command] = self._undisturbed(command)

    def _prepare(self, commands: set[str]) -> None:
        """A folder before each command: a day is run, and what comes before the command of the next one."""
        first = self.folder / "load"
        house_of(first / "home").run("2023-09-29")
        for command in COMMANDS[1 : max(map(COMMANDS.index, commands)) + 1]:
            before = BEFORE.get(command)
            shutil.copytree(self.folder / (before or "load"), self.folder / command, symlinks=True)
            if before:
                perform(self.folder / command / "home", before)
            if command == "replay":
                (book, *_) = sorted((self.folder / command / "home" / "rejects" / "workbooks").glob("*/*.xlsx"))
                _correct(book, self.folder / command / "corrected.xlsx")

    def _copied(self, source: str, name: str) -> Path:
        """A copy of a folder."""
        copy = self.folder / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder / source, copy, symlinks=True)
        return copy

    def _undisturbed(self, command: str) -> list[Point]:
        """Notes what a command leaves; the errors that it can have."""
        place, log = self._copied(command, "place"), self.folder / "calls"
        sizes = _sizes(place)
        traced = ("-o", str(log), "-e", f"trace={','.join((*CHANGING, *SYNCING))}", "-e", "signal=none")
        self._disturbed.start(place / "home", command, strace=traced)
        assert self._disturbed.ended(), self._disturbed.said()
        numbers, points = Counter[tuple[str, str]](), []
        for thread, line in calls_of(log.read_text(errors="replace").splitlines()):
            if found := _CALL.match(line):
                numbers[thread, found[1]] += 1
                if found[1] not in ONLY_KILLED and str(place) in line:
                    number = numbers[thread, found[1]]
                    points += [Point(command, found[1], number, error) for error in ERRORS if error != "SHORT"]
        made = {size for path, size in _sizes(place).items() if size > 1 and sizes.get(path) != size}
        points += [
            Point(command, "write", bytes_, "SHORT") for bytes_ in {n for size in made for n in (size // 2, size - 1)}
        ]
        self._expected[command] = left(place)
        return in_turn(points)

    def killed(self, command: str, every: int = 1) -> Iterator[tuple[str, str | None]]:
        """Runs a command that stands still after each call that changes its folder, and again in a copy of the folder.

        It is not run again if the folder is one in which it was, but for what it did not look at.

        Args:
            command: the command.
            every: each so-manieth of the calls is looked at.

        Yields:
            The call, and what went wrong in the copy: an empty text if nothing did, None if it was not run again.
        """
        place = self._copied(command, "place")
        state = State.of(place)
        known = [(state, Unread())]
        calls = self._disturbed.standing(place, self.folder / "pipe", place / "home", command)
        for number, call in enumerate(calls, start=1):
            state = State.of(place, state, call)
            if number % every:
                continue
            if any(state.is_like(*other) for other in known):
                yield call, None
                continue
            log = self.folder / "again"
            wrong = self._again_in(self._copied("place", "copy"), command, "-o", str(log), "-e", "trace=%file")
            known.append((state, unread(log.read_text(errors="replace").splitlines(), self.folder / "copy")))
            yield call, wrong
        assert State.of(place).files == state.files, "something changed the folder that is not seen"

    def trial(self, point: Point) -> str:
        """Has a command fail, runs it again, and says what went wrong; an empty text if nothing did."""
        place = self._copied(point.command, "copy")
        if point.fault == "SHORT":
            self._disturbed.start(place / "home", point.command, point.number)
        else:
            inject = f"inject={point.call}:error={point.fault}:when={point.number}"
            how = ("-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject, "-e", "signal=none")
            self._disturbed.start(place / "home", point.command, strace=how)
        self._disturbed.ended()
        return self._again_in(place, point.command)

    def _again_in(self, place: Path, command: str, *strace: str) -> str:
        """Runs a command in a folder; what went wrong, or an empty text."""
        self._again.start(place / "home", command, strace=strace)
        if not self._again.ended():
            return self._again.said()
        found, expected = left(place), self._expected[command]
        wrong = [name for name in expected if found[name] != expected[name]]
        said = f"other {', '.join(wrong)}" if wrong else ""
        if "names" in wrong:
            said += f" {sorted(set(found['names']) ^ set(expected['names']))[:5]}"
        return f"{said} {found['wrong'][:3]}" if "wrong" in wrong else said

    def close(self) -> None:
        """Lets it end."""
        self._disturbed.close()
        self._again.close()


def left(place: Path) -> dict[str, Any]:
    """What is in a folder: names of its files, and of home and backup the outcome of days, and what is wrong."""
    names = sorted(name for path in place.rglob("*") if (name := _name(path, place)))
    found = [_left(home) for home in (place / "home", place / "backup") if home.exists()]
    return {"names": names, **{key: [each[key] for each in found] for key in found[0]}}


def _left(home: Path) -> dict[str, Any]:
    from perisai.housekeep import housekeep
    from perisai.step import opened_lake
    from perisai.verify import copies, lake, people, published, rejected

    house = house_at(home)
    settings = house.settings
    housekeep(settings)
    found = [published.check(settings), lake.catalog(settings)]
    with opened_lake(settings) as con:
        found += [lake.check(con, found[1]), copies.check(con, settings)]
        found += [people.check(con, settings), rejected.check(con, settings)]
        closed = con.execute("from closed.incentive_line order by all").fetchall()
    return {**outcome(house), "closed": closed, "wrong": [each.what for one in found for each in one.wrong]}


def _correct(book: Path, target: Path) -> None:
    """The workbook of rejected rows with a NIK put right."""
    import openpyxl

    opened = openpyxl.load_workbook(book)
    for sheet in opened.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "1":
                    cell.value = "5201014103830040"
    opened.save(target)


def _sizes(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in place.rglob("*") if path.is_file()}


def _name(path: Path, place: Path) -> str:
    """Name of a file as it is compared; empty for folders, locks and files of a lake. What differs by run is cut.

    A note of the inbox may stay until the next day drops it, as soon as its file is committed; what `verify` says of
    notes is compared.
    """
    name = path.relative_to(place).as_posix()
    if path.is_dir() or "/lake/" in name or name.endswith((".lock", ".wal")) or re.search(r"/inbox/[^.]", name):
        return ""
    return re.sub(r"\d+-[0-9a-f]{12}", "VERSION", name)


def in_turn(points: list[Point]) -> list[Point]:
    """Points of each call and fault in turn, in an order of chance that is the same each time."""
    kinds = sorted({(point.call, point.fault) for point in points})
    by_kind = [[point for point in points if (point.call, point.fault) == kind] for kind in kinds]
    chosen = random.Random(0)
    lists = [chosen.sample(each, len(each)) for each in chosen.sample(by_kind, len(by_kind))]
    longest = max(map(len, lists), default=0)
    return [each[n] for n in range(longest) for each in lists if n < len(each)]


def tried(faults: Faults, command: str, errors: int, every: int = 1) -> Tried:
    """Kills a command after each so-manieth call that changes its folder, and tries so many errors."""
    told = Tried()

    def tell(what: str, wrong: str) -> None:
        if wrong:
            told.wrong.append(f"{what}: {wrong}")
        print(f"{time.strftime('%X')} {what}: {wrong or 'good'}", flush=True)

    for call, wrong in faults.killed(command, every):
        told.calls += 1
        if wrong is not None:
            told.again += 1
            tell(f"{command}: killed after change {told.calls}, {call[:200]}", wrong)
    for point in faults.points[command][:errors]:
        told.errors[point.fault] += 1
        tell(str(point), faults.trial(point))
    return told


def row(command: str, told: Tried) -> str:
    """How a command fared, as a row of the table of the docs."""
    counts = [told.calls, told.again, *(told.errors[error] for error in ERRORS), len(told.wrong)]
    return f"| `{command}` | {' | '.join(f'{count:,}' for count in counts)} |"


def written(page: str, rows: dict[str, str]) -> str:
    """A page whose table has these rows, and those of other commands as they were."""
    before, _, rest = page.partition(_STARTED)
    old, _, after = rest.partition(_ENDED)
    rows = {line.split("`")[1]: line for line in old.splitlines() if line.startswith("| `")} | rows
    heads = ("killed after", "run again", *ERRORS, "went wrong")
    lines = [f"| command | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    lines += [rows[command] for command in COMMANDS if command in rows]
    return "\n".join([before + _STARTED, *lines, _ENDED]) + after


def main() -> None:
    """Tries commands, one after the other."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("commands", nargs="*", default=COMMANDS, help=", ".join(COMMANDS))
    asked.add_argument("--every", type=int, default=1, help="kill it after each so-manieth call")
    asked.add_argument("--errors", type=int, default=24, help="so many errors of each command")
    asked.add_argument("--table", type=Path, help="the page whose table tells it")
    given = asked.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        faults = Faults(Path(name), tuple(given.commands))
        for command in given.commands:
            told = tried(faults, command, given.errors, given.every)
            wrong += told.wrong
            print(row(command, told), flush=True)
            if given.table:
                page = given.table.read_text(encoding="utf-8")
                given.table.write_text(written(page, {command: row(command, told)}), encoding="utf-8")
        faults.close()
    sys.exit("went wrong:\n" + "\n".join(wrong) if wrong else None)


if __name__ == "__main__":
    main()
