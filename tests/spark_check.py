"""Builds one lake by DuckDB and by Spark, and compares every table of core and marts, row by row.

    python tests/spark_check.py                     # the small demo
    python tests/spark_check.py --size province
    python tests/spark_check.py --millions 10       # so many million payments, as bench/history.py invents them

The lake has closed months, and after them a refund, payments that come late and rosters that say something else, so
that tables of corrections have rows, too. What differs is printed, and the exit code is 1. In the end: seconds of
processor time and on the clock, and the memory that the largest process took. Spark has one core and 3 GB, or what the
folder SPARK_CONF_DIR and PERISAI_SPARK_MASTER say.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

MONTHS = (date(2023, 8, 1), date(2023, 9, 1))
SCHEMAS = ("core", "marts")
SPARK = "spark.driver.memory 3g\nspark.sql.shuffle.partitions 2\nspark.driver.extraJavaOptions -XX:+UseSerialGC\n"
TINY = "spark.sql.codegen.wholeStage false\nspark.sql.codegen.factoryMode NO_CODEGEN\n"  # 90 times two seconds less
SUBREAPER = 36  # of prctl: the JVM, which pyspark leaves alone, becomes our child, so that what it took is told
BUILD = """
import sys
from perisai import day as steps
from perisai.settings import Settings
steps.marts(Settings(), spark=sys.argv[1] == "spark")
"""


def fill(house: Any, size: str) -> None:
    """Leaves and loads the demo's exports, closes two months, and has branches correct them."""
    from house import agent, contribution, registration

    import demo
    from perisai import close

    demo.make(house.settings.landing, demo.Size(size))
    house.build("2023-10-13")
    for month in MONTHS:
        content = close.draft(house.settings, month, "demo")["content_hash"]
        close.freeze(house.settings, month, content, "Kepala", "2023-10-14T09:30:00+08:00")
    [(branch, code)] = house.lake(
        """select source_branch_code, agent_code from closed.incentive_line
        where rule = 'contribution' and period = date '2023-08-01' order by all limit 1"""
    )
    people = range(900_001, 900_006)
    paid = [contribution(n, branch_code=branch, payment_date="2023-09-04") for n in people]
    paid.append(
        contribution(900_001, branch_code=branch, receipt_no="RFD-1", payment_date="2023-10-13", amount_rp=-36_800)
    )
    new = [registration(n, branch_code=branch, agent_code=code) for n in people]
    house.leave(branch, "registrations", "2023-10-14", new)
    house.leave(branch, "contributions", "2023-10-14", paid)
    roster = [agent(n, branch_code=branch, pks_no="PKS/1", pks_from="2023-09-15") for n in range(1, 4)]
    house.leave(branch, "agents", "2023-09-30", roster, revision=9)
    house.load("2023-10-14")


def fill_history(house: Any, millions: int) -> None:
    """Makes the lake of the bench, with a day that core does not know of yet."""
    from bench import history

    home = house.settings.home
    home.mkdir(parents=True)
    history.made(home, millions).rename(house.settings.lake)


def built(home: Path, settings: dict[str, str], engine: str) -> str:
    """Has an engine build all tables of a home anew; what it took."""
    begin = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-c", BUILD, engine]
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    environment = settings | {"PERISAI_HOME": str(home)}
    child = subprocess.Popen(command, cwd=TESTS.parent, env=environment, process_group=0)
    used = []
    while True:
        try:
            pid, status, usage = os.wait4(-child.pid, 0)
        except ChildProcessError:
            break
        used.append(usage)
        if pid == child.pid:
            child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{engine} did not build {home}")
    return (
        f"{engine}: {sum(one.ru_utime + one.ru_stime for one in used):.0f} s of processor time,"
        f" {time.monotonic() - begin:.0f} s, {max(one.ru_maxrss for one in used) / 2**20:.1f} GiB"
    )


def differences(homes: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """For each table how many rows it has, or what differs."""
    import duckdb

    from perisai.step import opened_lake
    from warehouse import compare, models

    chosen = [one for one in models.discover() if one.schema in SCHEMAS and not one.is_view]
    for name, house in homes.items():
        with opened_lake(house.settings) as con:
            con.execute(f"attach '{folder / name}.duckdb' as copy")
            for schema in SCHEMAS:
                con.execute(f"create schema copy.{schema}")
            for one in chosen:
                con.execute(f"create table copy.{one.table} as from {one.table}")
                con.execute(f"comment on table copy.{one.table} is '{one.description.replace(chr(39), chr(39) * 2)}'")
            con.execute("detach copy")
    with duckdb.connect() as con, compare.attached(con, *(folder / f"{name}.duckdb" for name in homes)):
        found = {one.table: str(one) for one in compare.differing(con, SCHEMAS)}
        for one in chosen:
            (rows,) = con.execute(f"select count(*) from before.{one.table}").fetchone() or (0,)
            yield one.table, found.get(one.table, f"{rows} rows, the same")


def main() -> None:
    """Builds, compares and tells."""
    from house import KEYS, House, copied

    from perisai.settings import Settings

    parser = argparse.ArgumentParser(description="Compare a build by Spark with one by DuckDB.")
    parser.add_argument("--size", default="small", choices=["small", "province"])
    parser.add_argument("--millions", type=int, choices=[1, 10, 100], help="payments of the bench, instead of the demo")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perisai-spark-") as name:
        folder = Path(name)
        homes = {"duckdb": House(Settings(home=folder / "duckdb", **KEYS, max_missing_share=1))}
        if asked.millions:
            fill_history(homes["duckdb"], asked.millions)
        else:
            fill(homes["duckdb"], asked.size)
        homes["duckdb"].lake("update core.build_stamp set kept = ''")  # so that DuckDB builds everything, too
        homes["spark"] = copied(homes["duckdb"], folder / "spark")
        (folder / "spark-defaults.conf").write_text(SPARK + TINY * (asked.size == "small" and not asked.millions))
        settings = {"SPARK_CONF_DIR": str(folder), "PERISAI_SPARK_MASTER": "local[1]"} | os.environ
        settings |= {f"PERISAI_{key.upper()}": value for key, value in KEYS.items()}
        took = [built(house.settings.home, settings, engine) for engine, house in homes.items()]
        wrong = 0
        for table, said in differences(homes, folder):
            print(f"{table}: {said}")
            wrong += not said.endswith("the same")
    print(*took, sep="\n")
    sys.exit(f"{wrong} tables differ" if wrong else 0)


if __name__ == "__main__":
    main()
