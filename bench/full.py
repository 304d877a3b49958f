"""What a full build costs on the lakes of ``bench.history``: CPU seconds, memory and disk.

``python -m bench.full --millions 1 10`` builds core and marts anew, from the disk, large tables in as many buckets as
the memory limit asks for. Nothing is kept but the lake, with ``--home``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from bench import history
from perisai.settings import PACKAGED_REFERENCE
from warehouse import models
from warehouse.buckets import Buckets


def measure(home: Path) -> dict[str, float]:
    """Wall and CPU seconds of a full build in buckets, and what it holds in memory and on disk; nothing is kept.

    Returns:
        ``full`` and ``full_cpu`` (seconds), ``full_peak_mib`` of the process, ``full_spill_mib`` (what DuckDB put on
        disk at the same time) and ``full_bucket_mib`` (rows of buckets that wait for the commit) at their largest, and
        the CPU seconds of each model under its name, those that were spent on buckets under ``buckets``.
    """
    chosen = models.discover()
    said: dict[str, float] = {"full_spill_mib": 0, "full_bucket_mib": 0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            for name in ("spill", "bucket"):
                said[f"full_{name}_mib"] = max(said[f"full_{name}_mib"], mib_below(home / name))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with history.opened(home) as con:
        begun, cpu = time.perf_counter(), time.process_time()
        pieces = Buckets(con, {model.table: model for model in chosen}, PACKAGED_REFERENCE, home / "bucket")
        said["buckets"] = time.process_time() - cpu
        con.execute("begin")
        for model in chosen:
            own = time.process_time()
            models.build_one(con, model, pieces.rows_of(model))
            said[model.table] = time.process_time() - own
        said["full"] = time.perf_counter() - begun
        said["full_cpu"] = time.process_time() - cpu
        con.execute("rollback")
        pieces.finish()
    done.set()
    watcher.join()
    said["full_peak_mib"] = history.peak_mib()
    return said


def mib_below(folder: Path) -> float:
    """Size of the files below a folder, some of which may go while it is looked through."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total / 2**20


def main() -> None:
    """Measures each size in a process of its own, prints one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--home", type=Path, help="folder that keeps the lakes; by default a temporary one")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.home)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        for millions in asked.millions:
            home = history.made(asked.home or Path(scratch), millions)
            history.forget(home)
            command = [sys.executable, "-m", "bench.full", "--home", str(home), "--measure"]
            said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(json.dumps({"millions": millions, "load": os.getloadavg()[0]} | said), flush=True)


if __name__ == "__main__":
    main()
