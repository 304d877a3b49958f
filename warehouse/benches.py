"""Temporary folders that do not stay: of a process that was killed, the next that makes one removes its folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTS = ".parts"


@contextmanager
def bench(folder: Path) -> Iterator[Path]:
    """A temporary folder below another one, on the same file system; removed in the end.

    It is locked while in use. The system frees the lock when the process dies, and the next run removes the folder.
    """
    benches = folder / PARTS
    while True:
        with suppress(FileExistsError):  # pathlib looks again, and another thread removed it in between
            benches.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another run has just removed the empty folder
            made = Path(tempfile.mkdtemp(dir=benches))
            handle = os.open(made, os.O_RDONLY)
            if _is_free(handle) and made.exists():
                break
            os.close(handle)
    try:
        for other in benches.iterdir():
            with suppress(FileNotFoundError):
                dead = os.open(other, os.O_RDONLY)
                if other != made and _is_free(dead):
                    shutil.rmtree(other, ignore_errors=True)
                os.close(dead)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(handle)
        with suppress(OSError):  # not empty: another run is at work
            benches.rmdir()


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
