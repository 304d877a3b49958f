"""A command under strace: it stands still after each call that changes a folder, and is seen to look at files."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from power import TESTS, ZYGOTE, calls_of

CHANGING = (
    *("write", "writev", "pwrite64", "pwritev", "ftruncate", "truncate", "fallocate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat", "open", "openat", "creat", "chmod", "fchmod", "fchmodat", "utimensat"),
)
_PATH = re.compile(r'(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_REMOVING = ("unlink", "rmdir")
_LAKE = "lake/data/"


class Zygote:
    """A process with all imports done, which forks a child for each run."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / f"said-{time.monotonic_ns()}"
        code = ZYGOTE.format(path=[str(TESTS), str(TESTS.parent)], function="faults", imports="import warm, faults")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code.replace("power.faults(", "faults.run(")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said.open("a"),
            text=True,
        )

    def start(self, *words: object, strace: tuple[str, ...] = ()) -> int:
        """A child that does a command, under strace if that has arguments; its number."""
        assert self._process.stdin
        assert self._process.stdout
        os.truncate(self._said, 0)
        print(*words, file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        while Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)
        self._tracer = None
        if strace:
            self._tracer = subprocess.Popen(
                ["strace", "-f", "-q", "-y", "-s", "0", *strace, "-p", str(child)], stderr=subprocess.DEVNULL
            )
            while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text():
                time.sleep(0.001)
        os.kill(child, signal.SIGCONT)
        return child

    def ended(self) -> bool:
        """Waits for the child; whether it ended well."""
        assert self._process.stdout
        code = int(self._process.stdout.readline())
        if self._tracer:
            self._tracer.wait()
        return code == 0

    def said(self) -> str:
        """The last line that a child said."""
        return next(reversed(self._said.read_text(errors="replace").splitlines()), "")[:300]

    def close(self) -> None:
        """Lets it end."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def standing(self, place: Path, pipe: Path, *words: object) -> Iterator[str]:
        """Has a child do a command that stands still after each call that changes a folder; yields the call."""
        os.mkfifo(pipe)
        keeper = os.open(pipe, os.O_RDWR)  # strace waits for a reader, and we for a writer
        calls = ",".join(CHANGING)
        stopping = ("-e", "signal=STOP", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=STOP")
        self.start(*words, strace=("-o", str(pipe), *stopping))
        last: dict[str, str] = {}
        with pipe.open(errors="replace") as log:
            os.close(keeper)
            for thread, line in calls_of(log):
                if "--- SIGSTOP" in line or "+++" in line:
                    continue
                if "stopped by SIGSTOP" not in line:
                    last[thread] = line.strip()
                elif call := last.pop(thread, None):  # the other threads stop with it, and say so later
                    if _changes(call, place):
                        yield call
                    os.kill(int(thread), signal.SIGCONT)
        pipe.unlink()
        assert self.ended(), self.said()


@dataclass(frozen=True)
class Unread:
    """What of a folder a run did away with, and had not looked at; and what of it was looked at.

    Attributes:
        files: removed, replaced, or cut to nothing, before anything else was done with them.
        folders: removed with all that was in them, by whoever was the only one that listed them.
        named: whatever a call named, also of what is not there.
    """

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    named: frozenset[str] | None = None

    def has_passed_over(self, name: str) -> bool:
        """Whether it is a file of the lake (of which none is reached by a link) that the run named in no call."""
        return _LAKE in name and self.named is not None and name not in self.named


@dataclass(frozen=True)
class State:
    """What is in a folder: a hash of each file, folder and link, by its path."""

    files: dict[str, bytes]
    marks: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @staticmethod
    def of(place: Path, before: State | None = None, call: str = "") -> State:
        """What is there now; of what has size and times as before, and is not named by the call since, the hash is."""
        now = State({})
        for folder, folders, names in os.walk(place):
            for path in (f"{folder}/{name}" for name in (*folders, *names)):
                name, about = path[len(str(place)) + 1 :], os.lstat(path)
                mark = (about.st_ino, about.st_mode, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
                known = before is not None and before.marks.get(name) == mark and path not in call
                now.files[name] = before.files[name] if before is not None and known else _hash(Path(path))
                now.marks[name] = mark
        return now

    def is_like(self, other: State, unread: Unread) -> bool:
        """Whether a run would do with it what it did with another one: it differs in nothing that was looked at."""
        differs = {name for name, _ in self.files.items() ^ other.files.items()}
        below = tuple(f"{folder}/" for folder in unread.folders)
        differs = {name for name in differs if not name.startswith(below)}
        return all(
            (name in unread.files and name in self.files and name in other.files) or unread.has_passed_over(name)
            for name in differs
        )


def _hash(path: Path) -> bytes:
    told = hashlib.blake2b(str(path.lstat().st_mode).encode())
    if path.is_symlink():
        told.update(str(path.readlink()).encode())
    elif path.is_file():
        told.update(path.read_bytes())
    return told.digest()


def _changes(call: str, place: Path) -> bool:
    """Whether a call changed something in a folder."""
    if str(place) not in call or " = -1 " in call:
        return False
    return not call.startswith(("open(", "openat(")) or "O_CREAT" in call or "O_TRUNC" in call


def unread(lines: Iterable[str], place: Path) -> Unread:
    """What of a folder a run did away with, and had not looked at; and what it looked at.

    Args:
        lines: strace's, of all calls that name a file.
        place: the folder.
    """
    first: dict[Path, bool] = {}
    moved: list[Path] = []
    opened, emptied, removed, looked_into = Counter[Path](), set[Path](), set[Path](), set[Path]()
    named = set[Path]()
    for _, line in calls_of(lines):
        call = line.partition("(")[0]
        found = _PATH.findall(line)
        paths = [Path(folder, name) for folder, name in found]
        named.update(paths)
        if not call.startswith(_REMOVING):  # who removes all names what is in a folder by its handle
            looked_into |= {above for _, name in found for above in Path(name).parents} - removed
        if not paths or " = -1 " in line:
            continue
        *others, last = paths
        gone = call.startswith(_REMOVING) or (call.startswith("open") and "O_TRUNC" in line)
        gone = gone or (call.startswith("rename") and bool(others))
        first.setdefault(last, gone and not any(last.is_relative_to(folder) for folder in moved))
        for path in others:
            first.setdefault(path, False)
        if call.startswith("rename"):
            moved += others
        if call.startswith("open") and last not in removed:
            opened[last] += 1
        if call == "unlinkat" and "AT_REMOVEDIR" not in line:
            emptied.add(Path(found[0][0]))
        if call == "rmdir" or "AT_REMOVEDIR" in line:
            removed.add(last)
    files = {path for path, gone in first.items() if gone}
    folders = {path for path in emptied & removed - looked_into if opened[path] == 1}
    return Unread(
        *(
            frozenset(path.relative_to(place).as_posix() for path in each if path.is_relative_to(place))
            for each in (files, folders, named)
        )
    )
