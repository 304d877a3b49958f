"""What the process of transforms.readers.sandbox runs: reads strangers' files under limits of its own.

Each request is a line of JSON, followed by the file's bytes; each answer is a line of JSON. It can write no file,
start no program and gain no rights, and nothing of the environment came along.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from itertools import islice
from typing import Any

from transforms.readers import MEBIBYTE, Limits
from transforms.readers.cells import Refused, Sheet

BATCH_ROWS = 1000
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of Linux's prctl
OPEN_FILES = 64


def sheets(kind: str, content: bytes, limits: Limits) -> list[Sheet]:
    """The tables of a file of some kind (see transforms.readers.containers)."""
    if kind == "parquet":
        from transforms.readers.columnar import parquet

        return parquet(content)
    if kind == "html":
        from transforms.readers.webpage import webpage

        return webpage(content.decode())
    from transforms.readers.workbooks import xls, xlsx

    if kind == "xls":
        return xls(content)
    return xlsx(content, limits.file_bytes, limits.ratio, limits.ratio_from_mb * MEBIBYTE)


def say(**words: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def answer(kind: str, content: bytes, limits: Limits, peek: int) -> None:
    """The tables and, of those that are asked for, the rows."""
    found = sheets(kind, content, limits)
    tables = [
        {
            "name": each.name,
            "hidden": each.hidden,
            "typed": not each.slips,
            "peek": [*islice(each.rows(), peek)],
            "marked": {**each.marked},
            "notes": [*each.notes.items()],
            "titles": each.titles,
        }
        for each in found
    ]
    say(tables=tables)
    while (number := json.loads(sys.stdin.buffer.readline())["table"]) is not None:
        rows = found[number].rows()
        while batch := list(islice(rows, BATCH_ROWS)):
            say(rows=batch)
        say(end=True)


def confine(memory_mb: int) -> None:
    """Takes from this process whatever reading a file does not need."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    memory = memory_mb * MEBIBYTE
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))


def main() -> None:
    """Answers until nothing more is asked."""
    os.umask(0o077)
    confine(int(sys.argv[1]))
    say(ready=True)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        limits = Limits(**request["limits"])
        content = sys.stdin.buffer.read(request["size"])
        # the time that the processor works for this file; a busy machine takes nothing off it
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)
        try:
            answer(request["kind"], content, limits, request["peek"])
        except Refused as refusal:
            say(refused=str(refusal))
        except MemoryError:
            say(refused="memory")
        except ImportError:
            raise
        except Exception:  # noqa: BLE001 (whatever a parser raises, the bytes are not what they say they are)
            say(refused="damaged")
        except BaseException as panic:
            if type(panic).__name__ != "PanicException":  # of a library in Rust, and no Exception
                raise
            say(refused="memory" if "capacity overflow" in str(panic) else "damaged")
        signal.setitimer(signal.ITIMER_PROF, 0)
