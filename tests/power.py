"""A power failure, as a disk sees it: what was not written through may be gone when the machine comes back.

    python tests/power.py 50

A day runs under strace, is stopped for a moment after each fsync, and what the disk has for certain is noted then: of
a file its content, of a folder its names. At some moment the day is killed. What the disk has in the end is, for each
file and folder, either what it was at the end or what it was after its last fsync (nothing, if there was none): the
names of the end with the content of the last fsync, all of the last fsync, or each as a coin falls. No file is spared,
DuckDB's own neither. The same day
is run again, undisturbed, and has to end like a day that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

DAY = "2023-09-30"
ZYGOTE = """
import os, sys, traceback
sys.path[:0] = {path!r}
import power
{imports}
for line in sys.stdin:
    if not (child := os.fork()):
        try:
            os.setpgid(0, 0)
            os.dup2(2, 1)
            power.{function}(*line.split())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
NAMING = "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,symlinkat,link,linkat"
_SYNCED = re.compile(r"f(?:data)?sync\(\d+<([^>]*)>\s*\)\s*= 0")
NEW, OLD, COIN = "names of the end, content of the last fsync", "all of the last fsync", "as a coin falls"


class StraceEnded(Exception):
    """strace could not go on; what it said."""


@dataclass
class Disk:
    """What the disk has for certain of a folder and all below it."""

    root: Path
    store: Path
    content: dict[int, Path] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """All that is there in the beginning is on the disk."""
        self.store.mkdir()
        for path in (self.root, *self.root.rglob("*")):
            self.note(path)

    def note(self, path: Path) -> None:
        """Notes what a file or folder holds; it is kept open, so that no other one gets its number."""
        if not path.is_relative_to(self.root) or not (path.exists() or path.is_symlink()):
            return
        number = path.lstat().st_ino
        if path.is_symlink():
            self.links[number] = str(path.readlink())
            return
        if number not in self.content and number not in self.names:
            self.held.append(os.open(path, os.O_PATH))
        if path.is_dir():
            self.names[number] = _names(path)
            self.links |= {each.lstat().st_ino: str(each.readlink()) for each in path.iterdir() if each.is_symlink()}
        else:
            self.content[number] = Path(shutil.copy2(path, self.store / str(number)))

    def fall(self, how: str, coin: random.Random) -> None:
        """Makes of the folder what the disk has of it."""
        live = {path.lstat().st_ino: path for path in (self.root, *self.root.rglob("*"))}

        def rebuild(number: int, target: Path) -> None:
            here = live.get(number)
            if number in self.links or (here and here.is_symlink()):
                target.symlink_to(str(here.readlink()) if here else self.links[number])
            elif number in self.names or (here and here.is_dir()):
                old = here is None or how == OLD or (how == COIN and coin.random() < 1 / 2)
                names = self.names.get(number, {}) if old or not here else _names(here)
                target.mkdir(0o700)
                for name, inside in sorted(names.items()):
                    rebuild(inside, target / name)
            elif here and how == COIN and coin.random() < 1 / 2:
                shutil.copy2(here, target)
            elif number in self.content:
                shutil.copy2(self.content[number], target)
            else:
                target.touch(0o600)

        after = self.root.with_name(f"{self.root.name}.after")
        rebuild(self.root.lstat().st_ino, after)
        shutil.rmtree(self.root)
        after.rename(self.root)
        self.forget()

    def forget(self) -> None:
        """Lets go of what was noted."""
        for handle in self.held:
            os.close(handle)
        shutil.rmtree(self.store)


def _names(folder: Path) -> dict[str, int]:
    return {each.name: each.lstat().st_ino for each in folder.iterdir()}


class Machine:
    """A process that forks a child for each run, under strace."""

    def __init__(self, folder: Path, function: str = "run", imports: str = "import warm") -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
        pipe = folder / "strace"
        os.mkfifo(pipe)
        code = ZYGOTE.format(path=[str(TESTS), str(TESTS.parent)], function=function, imports=imports)
        strace = ["strace", "-f", "-y", "-q", "-s", "0", "-o", str(pipe), "-e", "signal=STOP,KILL"]
        calls = ["-e", f"trace=fsync,fdatasync,{NAMING}", "-e", "inject=fsync,fdatasync:signal=STOP"]
        self._process = subprocess.Popen(
            [*strace, *calls, sys.executable, "-W", "ignore", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "said").open("w"),
            text=True,
        )
        self._log = pipe.open(errors="replace")
        self._folder, self._said = folder, folder / "said"

    def run(self, home: Path, *words: str, cut: int = sys.maxsize, wait: float = 0) -> tuple[int, Disk, bool]:
        """Runs something in a home, and kills it some seconds after so many calls.

        Returns:
            How many calls there were, what the disk has for certain, and whether the run ended well by itself.

        Raises:
            StraceEnded: strace has ended, as it does if a thread is killed while it is told to stay stopped. Nothing
                is known of the run then; another machine may try again.
        """
        disk = Disk(home, self._folder / f"disk-{time.monotonic_ns()}")
        assert self._process.stdin
        assert self._process.stdout
        print(home, *words, file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        calls, stopped = 0, set[str]()
        for thread, call in calls_of(self._log):
            if "--- SIGSTOP" in call:
                stopped.add(thread)
            elif "stopped by SIGSTOP" in call:
                if thread in stopped:  # the others of its process stop with it, and say so later
                    stopped.remove(thread)
                    with suppress(ProcessLookupError):  # it was killed before it could say so
                        os.kill(int(thread), signal.SIGCONT)
            elif "+++" in call:
                if int(thread) == child:
                    break
            else:
                if found := _SYNCED.search(call):
                    disk.note(Path(found[1]))
                calls += 1
                if calls == cut:
                    time.sleep(wait)
                    with suppress(ProcessLookupError):  # it was done meanwhile
                        os.killpg(child, signal.SIGKILL)
        said = self._process.stdout.readline()
        if not said:
            raise StraceEnded(self.said())
        return calls, disk, int(said) == 0

    def close(self) -> None:
        """Lets it end."""
        assert self._process.stdin
        with suppress(BrokenPipeError):  # strace has ended
            self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def said(self) -> str:
        """The last line that a run said."""
        return next(reversed(self._said.read_text().splitlines()), "")


def calls_of(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Threads and their whole calls: strace cuts a call in two where another thread comes between, and pads numbers."""
    open_calls: dict[str, str] = {}
    for line in lines:
        pid, _, text = line.partition(" ")
        text = text.lstrip()
        if text.rstrip().endswith("<unfinished ...>"):
            open_calls[pid] = text.rstrip().removesuffix("<unfinished ...>")
            continue
        if "resumed>" in text:
            text = open_calls.pop(pid, "") + text.partition("resumed>")[2]
        yield pid, text


def run(home: str, day: str) -> None:
    """A day of a home, which a machine runs."""
    house_at(Path(home)).run(day)


def commits(home: str) -> None:
    """Commits a row to a new lake several times; a file says how many there are for certain."""
    from perisai.step import opened_lake
    from warehouse import durable, files, lake

    settings = house_at(Path(home)).settings
    with opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        for n in range(1, 7):
            with durable.transaction(con):
                con.execute("insert into raw.business_day (business_date) values (date '2023-09-01' + ?::int)", [n])
            files.write(settings.home / "committed", str(n))


def house_at(home: Path) -> Any:
    """The house of a home."""
    from house import House

    from perisai.settings import Settings

    keys = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
    return House(Settings(home=home, **keys, max_missing_share=1, threads=1))


def house_of(home: Path) -> Any:
    """A small house with two days in its landing folders."""
    from house import agent, contribution, registration

    house = house_at(home)
    for start, day in ((1, "2023-09-29"), (21, DAY)):
        house.leave("NTB01", "agents", day, [agent(n) for n in range(1, 4)])
        bad = registration(start + 19, nik="1")
        house.leave("NTB01", "registrations", day, [*(registration(start + n) for n in range(15)), bad])
        house.leave("NTB01", "contributions", day, [contribution(start + n) for n in range(15)])
    return house


def outcome(house: Any) -> dict[str, Any]:
    """What a day leaves: raw files, ledger, marts as published, people in the vault."""
    import duckdb

    raw = sorted(
        (path.relative_to(house.settings.raw).as_posix(), path.read_bytes())
        for path in house.settings.raw.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    ledger = house.lake("select * exclude (arrival) from raw.delivery order by all")
    with duckdb.connect(str(house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        tables = {
            name: con.execute(f"select count(*), sum(hash(t)) from marts.{name} as t").fetchone()
            for (name,) in con.execute(
                "select view_name from duckdb_views() where schema_name = 'marts' and view_name <> 'dictionary'"
            ).fetchall()
        }
    people = house.vault("from vault.registrations order by all")
    return {"raw": raw, "ledger": ledger, "marts": tables, "people": people}


def trial(machine: Machine, prepared: Path, expected: dict[str, Any], cut: int, seed: int) -> str:
    """Runs a day that is cut off after so many calls, then runs it once more.

    Returns:
        What went wrong; an empty text if it ended like an undisturbed day.
    """
    home = prepared.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(prepared, home, symlinks=True)
    coin = random.Random(seed)
    _, disk, _ = machine.run(home, DAY, cut=cut, wait=coin.random() / 10)
    how = (NEW, OLD, COIN)[seed % 3]
    disk.fall(how, coin)
    _, disk, well = machine.run(home, DAY)
    disk.forget()
    where = f"cut after {cut} calls, the disk has {how}"
    if not well:
        return f"{where}, then: {machine.said()[:400]}"
    found = outcome(house_at(home))
    return "; ".join(f"{where}, then: other {name}" for name in expected if found[name] != expected[name])


def main() -> None:
    """Tries so many moments, spread over the day."""
    wanted, begin = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    bad = 0
    with tempfile.TemporaryDirectory() as name, suppress(KeyboardInterrupt):
        folder = Path(name)
        machine = Machine(folder)
        house_of(folder / "prepared").run("2023-09-29")
        shutil.copytree(folder / "prepared", folder / "home", symlinks=True)
        calls, disk, well = machine.run(folder / "home", DAY)
        disk.forget()
        assert well, machine.said()
        expected = outcome(house_at(folder / "home"))
        print(f"{calls} calls of an undisturbed day write through, or name something", flush=True)
        for n in range(begin, wanted):
            begun = time.monotonic()
            cut = 1 + int(n * 0.618033988749895 % 1 * calls)  # spread evenly, however many there are
            said = trial(machine, folder / "prepared", expected, cut, n)
            bad += bool(said)
            print(f"{n + 1} at {cut}: {said or 'good'} ({time.monotonic() - begun:.0f} s)", flush=True)
        machine.close()
    sys.exit(f"{bad} of {wanted - begin} ended badly" if bad else None)


if __name__ == "__main__":
    main()
