"""How long a national day takes: 325 branches, 975 files of the event feeds, about 375,000 rows.

``python -m bench.national_day`` makes the exports in a temporary folder and reads them in three ways, each in a
process of its own so that its memory is its own, in rounds so that a slow moment of the machine hits all three:

* perisai: the step ``judge`` of a day, ending with accepted and rejected rows on disk, encrypted;
* duckdb: a plain scan of the same files into tables of text, no judgement of anything;
* pandas: the usual loop of ``read_csv`` a file, casts, a few checks by column, ``concat`` at the end.

Times of different machines say little; the ratios within one run do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

FEEDS = ("registrations", "contributions", "claims")
DAY = date(2023, 10, 13)
WAYS = {
    "perisai": "read, conform, judge",
    "duckdb": "plain scan, nothing judged",
    "pandas": "read_csv per file, casts, checks",
}


def perisai(home: Path) -> dict[str, float]:
    """Seconds of importing and judging; and the rows that came out."""
    started = time.perf_counter()
    from expectations import data_docs, judge  # noqa: F401 (the import is what is measured)
    from perisai import day
    from perisai.settings import Settings

    reference = home / "reference"
    settings = Settings(
        home=home,
        hmac_key="h" * 32,
        vault_key="v" * 32,
        **({"reference": reference} if reference.exists() else {}),
    )
    imported, cpu_before = time.perf_counter(), time.process_time()
    day.plan(settings, DAY)
    rows = day.judge(settings, DAY)["lines"]
    judged = time.perf_counter()
    return {
        "import": imported - started,
        "cpu_before": cpu_before,
        "work": judged - imported,
        "rows": rows,
    }


def duckdb(home: Path) -> dict[str, float]:
    """Seconds of importing and of one scan a feed."""
    started = time.perf_counter()
    import duckdb as engine

    imported, cpu_before = time.perf_counter(), time.process_time()
    rows = 0
    with engine.connect(config={"threads": "2"}) as con:
        for feed in FEEDS:
            pattern = home / "landing" / "*" / f"*_{feed}_*.csv"
            con.execute(f"create table {feed} as from read_csv('{pattern}', header = true, all_varchar = true)")
            rows += (con.execute(f"select count(*) from {feed}").fetchone() or (0,))[0]
    done = time.perf_counter()
    return {"import": imported - started, "cpu_before": cpu_before, "work": done - imported, "rows": rows}


def pandas(home: Path) -> dict[str, float]:
    """Seconds of importing and of a loop over the files that casts and checks by the contract's columns."""
    started = time.perf_counter()
    import pandas as pd

    imported, cpu_before = time.perf_counter(), time.process_time()
    rows = 0
    for feed in FEEDS:
        frames = []
        for path in sorted((home / "landing").glob(f"*/*_{feed}_*.csv")):
            frame = pd.read_csv(path, dtype=str).drop_duplicates()
            wrong = pd.Series(False, index=frame.index)
            for name in frame.columns:
                if name.startswith("TGL_"):
                    frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d", errors="coerce")
                    wrong |= frame[name].isna() | (frame[name] > pd.Timestamp(DAY))
                elif name.startswith(("JUMLAH_", "NILAI_", "UPAH")):
                    frame[name] = pd.to_numeric(frame[name], errors="coerce")
                    wrong |= ~(frame[name] > 0)
                elif name in ("NIK", "KPJ"):
                    wrong |= ~frame[name].str.fullmatch("[0-9]{16}" if name == "NIK" else "[0-9]{11}").fillna(False)
            frame["wrong"] = wrong
            frames.append(frame)
        rows += len(pd.concat(frames))
    done = time.perf_counter()
    return {"import": imported - started, "cpu_before": cpu_before, "work": done - imported, "rows": rows}


def make(home: Path, size: str) -> int:
    """Exports of one day under ``home``, copied into ``raw`` as the step before does; the number of files."""
    import demo
    from perisai import day
    from perisai.branches import offices
    from perisai.settings import Settings

    demo.make(home / "landing", demo.Size(size), days=1, history=False)
    for path in (home / "landing").glob("*/*_agents_*"):
        path.unlink()
    reference = home / "reference"
    settings = Settings(home=home, **({"reference": reference} if reference.exists() else {}))
    for office in offices(settings):
        day.extract(settings, DAY, office)
    return len(list(home.glob("landing/*/*.csv")))


def measured(way: str, home: Path) -> dict[str, float]:
    """One way in a process of its own: what it says, and its peak memory in MiB."""
    for state in ("staging", "lake"):
        shutil.rmtree(home / state, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.national_day", "--way", way, "--home", str(home)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def table(results: dict[str, list[dict[str, float]]], files: int, load: float) -> str:
    """The medians as a Markdown table, with ratios to the plain scan.

    Args:
        results: by way, what each round said.
        files: number of files.
        load: the machine's load average when the rounds began; above its cores, others were at work too.
    """

    def median(way: str, what: str) -> float:
        return statistics.median(result[what] for result in results[way])

    rows = int(results["perisai"][0]["rows"])
    lines = [
        f"{files:,} files, {rows:,} rows, {os.cpu_count()} cores, load {load:.1f} at the start, median of"
        f" {len(results['perisai'])} rounds:",
        "",
        "| way | what it does | s | times the scan | CPU, s | import, s | with import, s | peak memory, MiB |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for way, words in WAYS.items():
        work, loading = median(way, "work"), median(way, "import")
        lines.append(
            f"| {way} | {words} | {work:.2f} | {work / median('duckdb', 'work'):.1f} | {median(way, 'cpu'):.2f}"
            f" | {loading:.2f} | {work + loading:.2f} | {median(way, 'rss'):.0f} |"
        )
    lines += [
        "",
        "The import is Great Expectations for the most part; under Airflow it is paid once, in the scheduler, and not"
        " by each task.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Makes a day, measures, prints the table and puts it into a README."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="nation", help="size of the demo exports")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", type=Path, help="file whose table is replaced")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.way:
        result: dict[str, Any] = {"perisai": perisai, "duckdb": duckdb, "pandas": pandas}[said.way](said.home)
        # not ru_maxrss: a child begins with that of the process which started it
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        (peak,) = (int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
        print(json.dumps({**result, "cpu": time.process_time() - result["cpu_before"], "rss": peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = make(home, said.size)
        load = os.getloadavg()[0]
        results: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(said.rounds):
            for way in WAYS:
                results[way].append(measured(way, home))
    found = table(results, files, load)
    print(found)
    if said.readme:
        before = said.readme.read_text(encoding="utf-8").split(MARK)[0]
        said.readme.write_text(f"{before}{MARK}\n{found}", encoding="utf-8")


MARK = "<!-- what follows is written by the bench -->\n"

if __name__ == "__main__":
    main()
