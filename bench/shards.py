"""How long ten national days at once take to read and judge, in one shard and in more, in a home and from an S3 server.

``python -m bench.shards`` makes the exports of 325 branches for ten days (9,750 files), picks them up and deals them to
1, 2 and 4 shards; each shard is judged by a process of its own, at most ``--at-once`` of them at a time. Then the same
with an S3 server (SeaweedFS) on this machine, where judges have homes of their own and fetch what they judge.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from bench.national_day import DAY, FEEDS
from perisai.settings import Settings

STORE = "s3://bench/store"


def settings_of(home: Path, shards: int, store: str) -> Settings:
    """The settings of a machine."""
    reference = home.parent / "reference"
    keys = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
    more: dict[str, Any] = {"reference": reference} if reference.exists() else {}
    return Settings(home=home, shards=shards, store=store, max_missing_share=1, **keys, **more)


def make(folder: Path, size: str, days: int) -> int:
    """Exports of some days, copied into ``raw`` as the step before does; the number of files."""
    import demo
    from perisai import day
    from perisai.branches import offices

    demo.make(folder / "home" / "landing", demo.Size(size), days=days, history=False)
    for path in (folder / "home" / "landing").glob("*/*"):
        if path.name.split("_")[1] not in FEEDS:
            path.unlink()
    if (made := folder / "home" / "reference").exists():
        made.rename(folder / "reference")
    settings = settings_of(folder / "home", 1, "")
    for office in offices(settings):
        day.extract(settings, DAY, office)
    return len(list((folder / "home").glob("landing/*/*.csv")))


def judge(home: Path, shard: int, shards: int, store: str, plan: str) -> dict[str, float]:
    """Seconds, processor seconds and peak memory of a shard, and its rows; in a process of its own."""
    from expectations import data_docs, judge  # noqa: F401 (under Airflow the worker has them)
    from perisai import day

    begun, cpu = time.perf_counter(), time.process_time()
    rows = day.judge(settings_of(home, shards, store), DAY, shard, plan)["lines"]
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    seconds = {"s": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    return {**seconds, "rows": rows, "rss": peak}


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """An S3 server on this machine, which the environment names."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    login = {"ACCESS_KEY_ID": "bench", "SECRET_ACCESS_KEY": "b" * 32, "ENDPOINT_URL": "http://127.0.0.1:8333"}
    os.environ |= {f"AWS_{name}": value for name, value in login.items()} | {"AWS_DEFAULT_REGION": "us-east-1"}
    (folder / "objects").mkdir()
    command = [str(weed), "server", f"-dir={folder / 'objects'}", "-ip=127.0.0.1", "-s3", "-master.telemetry=false"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            time.sleep(10)
            yield
        finally:
            server.terminate()


def measured(folder: Path, shards: int, at_once: int, store: str) -> str:
    """A row of the table: files dealt to some shards, and judged."""
    from perisai import day

    shutil.rmtree(folder / "home" / "staging", ignore_errors=True)
    begun = time.perf_counter()
    plan = day.plan(settings_of(folder / "home", shards, store), DAY)["plan"]
    planned = time.perf_counter()

    def run(shard: int) -> dict[str, float]:
        home = folder / (f"worker-{shard % at_once}" if store else "home")
        words = ["--judge", str(home), str(shard), str(shards), store, plan]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bench.shards", *words], check=True, capture_output=True, text=True
        )
        said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return said

    with ThreadPoolExecutor(at_once) as pool:
        said = list(pool.map(run, range(shards)))
    judged = time.perf_counter()
    return (
        f"| {'S3, homes of their own' if store else 'one home'} | {shards} | {planned - begun:.1f}"
        f" | {judged - planned:.1f} | {sum(one['cpu'] for one in said):.0f} | {max(one['rss'] for one in said):.0f}"
        f" | {sum(one['rows'] for one in said):,.0f} |"
    )


def main() -> None:
    """Makes the days, measures and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="nation", help="size of the demo exports")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--at-once", type=int, default=2, help="processes that judge at the same time")
    parser.add_argument("--where", nargs="+", choices=["home", "s3"], default=["home", "s3"])
    parser.add_argument("--judge", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.judge:
        home, shard, shards, store, plan = asked.judge
        print(json.dumps(judge(Path(home), int(shard), int(shards), store, plan)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make(folder, asked.size, asked.days)
        print(f"{files:,} files, {os.cpu_count()} cores, {asked.at_once} processes at once:\n")
        print("| where | shards | plan, s | judge, s | CPU, s | most memory of a shard, MiB | rows |")
        print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
        for where in asked.where:
            with storage(folder) if where == "s3" else nullcontext():
                for shards in asked.shards:
                    print(measured(folder, shards, asked.at_once, STORE if where == "s3" else ""), flush=True)


if __name__ == "__main__":
    main()
