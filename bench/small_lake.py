"""A lake of a few tables, small enough to be published in a moment, and processes that read what is published."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from warehouse import bounds, closed, lake, models, publish
from warehouse.bounds import Bounds, Limit

REGIONS = 200
TODAY = date(2023, 11, 15)
DICTIONARY = ", ".join(f"{name} {kind}" for name, (kind, _) in models.DICTIONARY.items())
# Every table has the marker, so that rows of two versions together would be seen.
MAKE = f"""
create schema reference; create schema core; create schema marts;
create table reference.region as
select lpad(cast(i as varchar), 4, '0') as region_code, concat('Region ', i) as region_name,
    null::varchar as parent_code, null::date as valid_from, 0 as marker
from range({REGIONS}) t (i);
comment on table reference.region is 'grain: one row per region\nkey: region_code';
create table reference.branch as
select 'B001' as branch_code, 'Branch' as branch_name, '0001' as region_code, 'O1' as office_code,
    'Office' as office_name, null::date as valid_from;
create table reference.sector as select 'trade' as sector, 'Trade' as sector_name;
create table marts.agreement as
select 'W1' as wadah_code, 'Wadah' as wadah_name, 'B001' as branch_code, date '2023-01-01' as first_day,
    date '2023-12-31' as last_day;
create table marts.coverage_month as
select region_code, cast(date '2023-09-01' + interval (m) month as date) as month, 1000 as protected,
    12.5::double as coverage_pct, 0 as marker from reference.region cross join range(3) t (m);
comment on table marts.coverage_month is 'grain: one row per region and month\nkey: region_code, month';
create table marts.delivery_day as
select date '2023-11-01' + cast(i as integer) as business_date, 'B001' as branch_code, 'accepted' as outcome,
    0 as marker from range(14) t (i);
create table core.line as select date '2023-06-01' + interval (i % 6) month as period, i as amount_rp, 0 as marker
from range(600) t (i);
create view marts.incentive_line as select cast(period as date) as period, amount_rp, marker from core.line;
create table marts.dictionary ({DICTIONARY});
insert into marts.dictionary by name
select 'marts' as schema_name, 'coverage_month' as table_name, 'protected' as column_name, 'Who is protected' as
description;
create table core.build_stamp as select 'a' as stamp, 'c0de' as code
"""
PROTECTED = bounds.Measure(
    "people protected",
    "select month, sum(protected) as value from marts.coverage_month group by month",
    Limit(Decimal(2), Decimal(10), Decimal(100)),
)
BOUNDS = Bounds({}, Limit(Decimal(5), Decimal(20), Decimal(10)), frozenset(), (PROTECTED,), 7)


@dataclass(frozen=True)
class SmallLake:
    """The lake and what is published from it."""

    home: Path

    @property
    def published(self) -> Path:
        """Folder of the published versions."""
        return self.home / "published"

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the lake."""
        spill = self.home / "spill"
        with lake.open_lake("", "", self.home / "lake", memory_limit="1GB", threads=2, spill=spill) as con:
            yield con

    def change(self, *statements: str) -> None:
        """Runs statements in the lake."""
        with self.open() as con:
            for statement in statements:
                con.execute(statement)

    def mark(self, marker: int) -> None:
        """Sets the marker of every table."""
        self.change(*_marking(marker))

    def publish(
        self, stamp: str, marker: int | None = None, because: str = "", keep: int = 7, day: date = TODAY
    ) -> publish.Publication:
        """Publishes as the build of a stamp, after setting the marker of every table if one is given."""
        with self.open() as con:
            for statement in _marking(marker) if marker is not None else ():
                con.execute(statement)
            con.execute(f"update core.build_stamp set stamp = '{stamp}'")
            return publish.publish(con, self.published, publish.Order(day, stamp, BOUNDS, because), keep)

    def rollback(self, name: str = "", because: str = "") -> str:
        """Rolls back; the name of what is current then."""
        return publish.rollback(self.published, name, because).name

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, read as a reader does."""
        with duckdb.connect(str(self.published / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query).fetchall()

    def current(self) -> str:
        """Name of the current version."""
        return (self.published / "current").readlink().name

    def leftovers(self) -> list[str]:
        """What lies about in the folder of published versions that is none."""
        return [path.name for path in self.published.glob(".*") if path.name != ".lock"]


def _marking(marker: int) -> list[str]:
    tables = ("reference.region", "marts.coverage_month", "marts.delivery_day", "core.line")
    return [f"update {table} set marker = {marker}" for table in tables]


def make(home: Path) -> SmallLake:
    """A small lake of which nothing is published yet."""
    made = SmallLake(home)
    made.change(*MAKE.split(";\n"))
    with made.open() as con:
        closed.ensure_tables(con)
    return made


def copy(of: SmallLake, home: Path) -> SmallLake:
    """The same in a folder of its own."""
    shutil.copytree(of.home, home, symlinks=True)
    return SmallLake(home)


READER = """
import sys, time, duckdb
file, pause = sys.argv[1], float(sys.argv[2])
seen = []
print("ready", flush=True)
end = False
while not end:
    end = not sys.stdin.readable() or __import__("select").select([sys.stdin], [], [], 0)[0] != []
    with duckdb.connect(file, read_only=True) as con:
        con.execute("set threads = 1")
        for _ in range(3):  # the file that is open stays the one it was
            markers = con.execute('''
                select min(marker), max(marker) from (
                    select marker from reference.region union all select marker from marts.coverage_month
                    union all select marker from marts.delivery_day union all select marker from marts.incentive_line
                )''').fetchone()
            assert markers[0] == markers[1], f"two versions in one query: {markers}"
            seen.append(markers[0])
            time.sleep(pause)
        assert len(set(seen[-3:])) == 1, f"two versions in one file: {seen[-3:]}"
assert seen == sorted(seen), "a version came back"
print(len(seen), len(set(seen)))
"""


@dataclass
class Reader:
    """A process that opens the published file and queries it, again and again, until it is told to end."""

    process: subprocess.Popen[str]

    def end(self) -> tuple[int, int]:
        """How many queries it ran, and how many versions it saw."""
        said, wrong = self.process.communicate("end\n", timeout=60)
        if self.process.returncode != 0:
            raise AssertionError(wrong)
        queries, seen = said.split()
        return int(queries), int(seen)


@contextmanager
def readers(published: Path, count: int, pause: float = 0.0) -> Iterator[list[Reader]]:
    """So many processes that read, each ready."""
    command = [sys.executable, "-c", READER, str(published / "warehouse.duckdb"), str(pause)]
    pipe = subprocess.PIPE
    made = [Reader(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)) for _ in range(count)]
    try:
        for reader in made:
            assert reader.process.stdout is not None
            assert reader.process.stdout.readline() == "ready\n"
        yield made
    finally:
        for reader in made:
            reader.process.kill()
            reader.process.wait()
