"""A power failure, as a disk sees it: what was not written through is gone when the machine comes back.

    python tests/power.py 50

A child runs a small day under strace and is killed at some moment; every file that it wrote to after its last fsync
is emptied, and so is one that was never fsynced. The same day is run again, undisturbed, and has to end like a day that
nobody disturbed. Run by itself it tries so many moments and says what came of each.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
DAY = "2023-09-30"
CHILD = """
import sys
sys.path[:0] = [{tests!r}, {root!r}]
from pathlib import Path
from house import House
from perisai.settings import Settings
House(Settings(home=Path(sys.argv[1]), hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1)).run(sys.argv[2])
"""
CALLS = (
    "openat,write,pwrite64,pwritev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,"
    "copy_file_range,sendfile"
)
_OPENED = re.compile(r'openat\([^,]+, "([^"]*)", ([A-Z_|]+).*= (\d+)<([^>]*)>')
_BY_HANDLE = re.compile(r"\b(write|pwrite64|pwritev|ftruncate|fsync|fdatasync)\(\d+<([^>]*)>.*= \d+")
_COPIED = re.compile(r"(copy_file_range|sendfile)\(\d+<([^>]*)>.*?\d+<([^>]*)>.*= [1-9]")
_RENAMED = re.compile(r'rename(?:at2?)?\((?:\w+(?:<[^>]*>)?, )?"([^"]*)", (?:\w+(?:<[^>]*>)?, )?"([^"]*)".*= 0')


def house_of(home: Path) -> Any:
    """A small house with two days in its landing folders."""
    from house import House, agent, contribution, registration

    from perisai.settings import Settings

    house = House(Settings(home=home, **KEYS, max_missing_share=1))
    for start, day in ((1, "2023-09-29"), (21, DAY)):
        house.leave("NTB01", "agents", day, [agent(n) for n in range(1, 4)])
        bad = registration(start + 19, nik="1")
        house.leave("NTB01", "registrations", day, [*(registration(start + n) for n in range(15)), bad])
        house.leave("NTB01", "contributions", day, [contribution(start + n) for n in range(15)])
    return house


def outcome(house: Any) -> dict[str, Any]:
    """What a day leaves: raw files, ledger, marts as published, people in the vault."""
    import duckdb

    from perisai.step import scratch_duck
    from warehouse import vault

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
    with scratch_duck(house.settings) as con:
        key = vault.key(house.settings.secret_vault)
        con.execute(f"attach '{house.settings.vault}' as vault (encryption_key '{key}', read_only)")
        people = con.execute("select * from vault.registrations order by all").fetchall()
    return {"raw": raw, "ledger": ledger, "marts": tables, "people": people}


def cut(home: Path, after: int, folder: Path, day: str = DAY) -> tuple[int, list[Path], bool]:
    """Runs a day, cuts the power after so many calls that write, and empties what the disk does not have.

    Returns:
        How many such calls there were, which files were emptied, and whether the day had ended before.
    """
    child = CHILD.format(tests=str(TESTS), root=str(TESTS.parent))
    log = folder / "strace"
    log.unlink(missing_ok=True)
    os.mkfifo(log)
    command = ["strace", "-f", "-y", "-qq", "-s", "0", "-o", str(log), "-e", f"trace={CALLS}"]
    process = subprocess.Popen(
        [*command, "-e", "signal=none", sys.executable, "-c", child, str(home), day],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    unsynced: set[str] = set()
    calls = 0
    with log.open(errors="replace") as lines:
        for line in _joined(lines):
            calls += _noted(line, str(home), unsynced)
            if calls >= after:
                os.killpg(process.pid, signal.SIGKILL)
                break
        for line in lines:  # what was on its way
            _noted(line, str(home), unsynced)
    ended = process.wait() == 0
    log.unlink()
    emptied = [] if ended else [path for name in sorted(unsynced) if (path := Path(name)).is_file()]
    for path in emptied:
        os.truncate(path, 0)
    return calls, emptied, ended


def _joined(lines: Any) -> Iterator[str]:
    """Whole calls: strace cuts one in two where another thread comes between."""
    open_calls: dict[str, str] = {}
    for line in lines:
        pid, _, text = line.partition(" ")
        if text.rstrip().endswith("<unfinished ...>"):
            open_calls[pid] = text.rstrip().removesuffix("<unfinished ...>")
            continue
        if "resumed>" in text:
            text = open_calls.pop(pid, "") + text.partition("resumed>")[2]
        yield text


def _noted(line: str, home: str, unsynced: set[str]) -> int:  # noqa: PLR0911 (one for each kind of call)
    """Follows which files have content that the disk may not have; 1 if the call changed something in the home."""
    if match := _RENAMED.search(line):
        before, after = match.groups()
        for name in [name for name in unsynced if name == before or name.startswith(before + "/")]:
            unsynced.discard(name)
            unsynced.add(after + name.removeprefix(before))
        return before.startswith(home)
    if match := _BY_HANDLE.search(line):
        call, name = match.groups()
        if not name.startswith(home):
            return 0
        if name.endswith((".ducklake", ".wal")) or "/vault/" in name:
            return 1  # DuckDB's own, which it writes to in place and in an order that outlives a cut
        if call in {"fsync", "fdatasync"}:
            unsynced.discard(name)
        else:
            unsynced.add(name)
        return 1
    if match := _COPIED.search(line):
        call, first, second = match.groups()
        target = first if call == "sendfile" else second  # their order differs
        if target.startswith(home):
            unsynced.add(target)
        return target.startswith(home)
    if match := _OPENED.search(line):
        _, flags, _, name = match.groups()
        if name.startswith(home) and ("O_EXCL" in flags or "O_TRUNC" in flags):
            unsynced.add(name)
            return 1
    return 0


def trial(prepared: Path, folder: Path, expected: dict[str, Any], *moments: int) -> str:
    """Cuts, each in a run of its own, and what came of running the day once more.

    Args:
        prepared: the home that is copied.
        folder: where to work.
        expected: what an undisturbed day ends in.
        moments: after how many calls that write each run is cut off.

    Returns:
        What went wrong; an empty text if it ended like an undisturbed day.
    """
    from house import House

    from perisai.settings import Settings

    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(prepared, home, symlinks=True)
    where = ""
    for after in moments:
        calls, emptied, _ = cut(home, after, folder)
        where += f"cut after {calls} calls, {len(emptied)} files emptied ({', '.join(p.name for p in emptied[:4])}), "
    child = CHILD.format(tests=str(TESTS), root=str(TESTS.parent))
    again = subprocess.run([sys.executable, "-c", child, str(home), DAY], capture_output=True, text=True, check=False)
    if again.returncode:
        return f"{where}then: {again.stderr.strip().splitlines()[-1][:300]}"
    found = outcome(House(Settings(home=home, **KEYS, max_missing_share=1)))
    return "; ".join(f"{where}then: other {name}" for name in expected if found[name] != expected[name])


def prepare(folder: Path) -> tuple[Path, dict[str, Any], int]:
    """A house with a day done and one to do, what the second day ends in, and how many calls it takes."""
    from house import House

    from perisai.settings import Settings

    house = house_of(folder / "prepared")
    house.run("2023-09-29")
    shutil.copytree(folder / "prepared", folder / "undisturbed", symlinks=True)
    calls, _, ended = cut(folder / "undisturbed", sys.maxsize, folder)
    assert ended
    return (
        folder / "prepared",
        outcome(House(Settings(home=folder / "undisturbed", **KEYS, max_missing_share=1))),
        calls,
    )


def main() -> None:
    """Tries so many moments, spread over the day."""
    wanted = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared, expected, calls = prepare(folder)
        print(f"{calls} calls write in an undisturbed day", flush=True)
        bad = 0
        for n in range(wanted):
            begun = time.monotonic()
            said = trial(prepared, folder, expected, random.Random(n).randint(1, calls))
            bad += bool(said)
            print(f"{n + 1}: {said or 'good'} ({time.monotonic() - begun:.0f} s)", flush=True)
    sys.exit(f"{bad} of {wanted} ended badly" if bad else None)


if __name__ == "__main__":
    main()
