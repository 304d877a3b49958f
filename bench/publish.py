"""What publishing costs on top of 1, 10 and 100 million payments of history, and what readers notice of it.

``python -m bench.publish --home FOLDER --millions 1 10`` takes the lakes that ``bench.history`` keeps in a folder (it
makes those that are missing), builds every mart in them once, and publishes: the first time without, the second with a
version to be compared with. ``--readers`` has 8 processes hold the file open and query it in a loop, during 50
publications of a small lake, and compares how long those take with how long they take without readers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench import history, small_lake
from perisai.settings import PACKAGED_BOUNDS, PACKAGED_REFERENCE
from warehouse import bounds, checks, copying, models, publish, stamps, versions

PUBLICATIONS = 50
READERS = 8


def cpu_seconds() -> float:
    """Seconds of both cores that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def build_marts(home: Path) -> float:
    """Builds every mart that ``bench.history`` leaves out, and commits them; seconds."""
    begun = time.perf_counter()
    with history.opened(home) as con:
        chosen = [m for m in models.discover() if m.schema == "marts" and m.table not in history.BY_MONTH]
        models.build(con, PACKAGED_REFERENCE, chosen, stamp="first", code="bench")
        checks.write(con, [], (), "first")
    (home / "marts").write_text(str(time.perf_counter() - begun))
    return time.perf_counter() - begun


def measure(home: Path) -> dict[str, float]:
    """Seconds of two publications, from opening the lake on; the second is compared with the first."""
    published, said = home / "published", {"marts_s": float((home / "marts").read_text())}
    shutil.rmtree(published, ignore_errors=True)
    for stamp in ("first", "second"):
        begun, used = time.perf_counter(), cpu_seconds()
        with history.opened(home) as con:
            stamps.write(con, stamp, "bench", "bench")
            order = publish.Order(history.TODAY, stamp, bounds.read(PACKAGED_BOUNDS))
            version = publish.publish(con, published, order, keep=2).version
        said |= {f"{stamp}_s": time.perf_counter() - begun, f"{stamp}_cpu_s": cpu_seconds() - used}
    manifest = version.manifest
    said |= {"rows": sum(manifest.rows.values()), "lines": manifest.rows[copying.LINES]}
    said["mib"] = sum(path.stat().st_size for path in version.folder.rglob("*")) / 2**20
    begun = time.perf_counter()
    with history.opened(home) as con:
        if problems := versions.wrong_files(version) or versions.wrong_tables(con, version):
            raise RuntimeError("; ".join(problems))
    said["verify_s"] = time.perf_counter() - begun
    return said | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def with_readers(home: Path) -> dict[str, float]:
    """Seconds and CPU seconds of a publication: without readers, with some that pause, with some that do not."""
    lake = small_lake.make(home / "small")
    lake.publish("first", 0)
    marker, said = 0, {}
    for name, count, pause in (("alone", 0, 0.0), ("pausing", READERS, 0.5), ("looping", READERS, 0.0)):
        with small_lake.readers(lake.published, count, pause) as reading:
            walls, cpus = [], []
            for _ in range(PUBLICATIONS):
                marker += 1
                lake.mark(marker)
                begun, used = time.perf_counter(), cpu_seconds()
                lake.publish(str(marker), keep=3)
                walls.append(time.perf_counter() - begun)
                cpus.append(cpu_seconds() - used)
            ended = [reader.end() for reader in reading]
        said |= {f"{name}_s": median(walls), f"{name}_cpu_s": median(cpus), f"{name}_longest_s": max(walls)}
        if count:
            said |= {f"{name}_queries": sum(queries for queries, _ in ended)}
            said |= {f"{name}_versions_seen": min(seen for _, seen in ended)}
    return said


def main() -> None:
    """Makes what is missing, measures each size in a process of its own, prints one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--home", type=Path, help="folder that keeps the lakes; by default a temporary one")
    parser.add_argument("--readers", action="store_true", help="measure what readers and publications do to each other")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        home = asked.home or Path(scratch)
        for millions in asked.millions:
            lake = home / f"{millions}-million"
            if not (lake / "made").exists():
                history.make_history(lake, max(millions * 100_000, 400_000), history.EACH[millions])
                (lake / "made").touch()
            if not (lake / "marts").exists():
                build_marts(lake)
            command = [sys.executable, "-m", "bench.publish", "--one", str(lake)]
            said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(json.dumps({"millions": millions, "load": os.getloadavg()[0]} | said), flush=True)
        if asked.readers:
            print(json.dumps({"load": os.getloadavg()[0]} | with_readers(Path(scratch))), flush=True)


if __name__ == "__main__":
    main()
