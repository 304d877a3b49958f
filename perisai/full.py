"""A full build whose buckets are made on as many machines as there are, and committed by one.

A bucket needs the lake as it was when the build was planned, and nothing of any home; see ``warehouse/buckets.py``.
What is handed over lies in the store, or in the home where there is none:

    staging/full_rebuild/<plan>/plan.json                          what all have to agree on
    staging/full_rebuild/<plan>/<round>/<bucket>-of-<n>_<try>/…    Parquet; made.json, written last, makes it count

A plan's name tells the lake's snapshot and all else that tables are built from: a plan that is made anew of the same is
the same one, and what is there of it is not made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb

from perisai import occupations, shards
from perisai.build import code_of, ensure_buildable, stamp_of
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, read_json, write_json
from warehouse import buckets, durable, files, models, stamps, trees
from warehouse.benches import bench
from warehouse.buckets import Made
from warehouse.duck import know_storage
from warehouse.files import Place

ROUNDS = 4
"""What is of a later round is small: the commit makes it."""
_OWN = "full_rebuild"
_MADE = "made.json"
_PLAN = "plan.json"
Pieces = dict[tuple[int, int], tuple[Path, dict[str, list[int]]]]
"""By round and bucket: the folder in the plan, and the mark of each file in it."""


@logged
def plan_rebuild(settings: Settings) -> Receipt:
    """Decides on how many buckets there are, and of which snapshot.

    Raises:
        DayFailed: see perisai.build.
    """
    with alone(settings), opened_lake(settings) as con:
        ensure_buildable(con, settings)
        durable.check(con)
        occupations.spell(con, settings)
        every = {model.table: model for model in models.discover()}
        count = settings.build_buckets or max(settings.shards, buckets.asked(con, every))
        name = _name(con, settings)
        plan = {
            "buckets": count,
            "snapshot": _snapshot(con),
            "models": code_of(con, settings),
            "duckdb": duckdb.__version__,
            "rules": shards.rules_of(settings),
        }
        write_json(_place(settings, name) / _PLAN, plan)
    return {"plan": name, "buckets": count}


@logged
def bucket(settings: Settings, plan: str, number: int, bucket: int = 0) -> Receipt:
    """Makes a bucket of a round, on whichever machine reaches the lake and the store.

    Where the catalog is a file, one process at a time opens it; else nothing is locked.

    Args:
        settings: the settings.
        plan: the plan's name.
        number: of the round.
        bucket: of the bucket; the first round has one.

    Raises:
        DayFailed: the plan or what an earlier round has made is gone, the lake is not here, or keys, code, contracts
            or reference tables are others.
    """
    place = _place(settings, plan)
    told = _told(place)
    shards.compare(settings, told["rules"], "where the build was planned")
    if told["duckdb"] != duckdb.__version__:
        raise DayFailed(f"DuckDB is {duckdb.__version__} here and {told['duckdb']} where the build was planned")
    catalog, data = settings.lake / "catalog.ducklake", Path(settings.lake_data or settings.lake / "data")
    if not (settings.lake_catalog or catalog.exists()) or not ("://" in settings.lake_data or data.exists()):
        raise DayFailed("the lake is not on this machine: it has to be shared, by PERISAI_LAKE_CATALOG and _LAKE_DATA")
    count = told["buckets"]
    there = _there(place, count)
    if (number, bucket) in there:
        return {"changed": False}
    made = _made(place, there, count, number)
    target = place / str(number) / f"{bucket}-of-{count}_{shards.now()}"
    with alone(settings) if not settings.lake_catalog else nullcontext(), opened_lake(settings) as con:
        if code_of(con, settings) != told["models"]:
            raise DayFailed("models, reference tables or feeds are others here than where the build was planned")
        _know_store(con, settings)
        every = {model.table: model for model in models.discover()}
        with bench(shards.local(settings)) as folder:
            buckets.make(
                con,
                every,
                settings.reference,
                folder,
                made,
                ours=lambda part: [bucket] if part.round == number and bucket in part.numbers(count) else [],
                at=f" at (version => {told['snapshot']})",
            )
            marks = {path.name: _left(path, target / path.name) for path in sorted(folder.iterdir())}
    write_json(target / _MADE, marks)
    return {"changed": True, "tables": len(marks)}


def made(con: duckdb.DuckDBPyConnection, settings: Settings, plan: str) -> Made:
    """All buckets of a plan, from which everything else can be built.

    Args:
        con: a connection whose default catalog is the lake.
        settings: the settings.
        plan: the plan's name.

    Raises:
        DayFailed: the lake has changed since the plan, a bucket is not there, or a file is not the one that was made.
    """
    place = _place(settings, plan)
    if _name(con, settings) != plan:
        files.remove(place)
        raise DayFailed(
            "nothing was built: the lake, keys, code, contracts or reference tables have changed since the build was"
            " planned; run it again"
        )
    count = _told(place)["buckets"]
    found = _made(place, _there(place, count), count, ROUNDS)
    for folder, marks in _tries(place):
        for name, mark in marks.items():
            if not (file := place / folder / name).exists() or files.mark(file) != tuple(mark):
                files.remove(place)  # what was made of it has to be made again, too
                raise DayFailed(f"nothing was built: {folder / name} is not the file that was made; run it again")
    _know_store(con, settings)
    return found


def is_built(con: duckdb.DuckDBPyConnection, settings: Settings, plan: str) -> bool:
    """Whether the tables are of the plan already: who committed them was killed or stopped by a check after that."""
    return stamps.snapshot(con) == int(plan.partition("-")[0]) and stamps.stamp(con) == stamp_of(con, settings)


def forget(settings: Settings) -> None:
    """Removes what was made in buckets, once it is committed."""
    files.remove(settings.staged / _OWN)


def _know_store(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Lets a connection read what lies in the store."""
    if "://" in settings.store:
        know_storage(con)


def _name(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    told = [stamp_of(con, settings), duckdb.__version__, shards.rules_of(settings)]
    return f"{_snapshot(con)}-{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}"


def _snapshot(con: duckdb.DuckDBPyConnection) -> int:
    (now,) = con.execute("select id from ducklake_current_snapshot(current_database())").fetchone() or (0,)
    return int(now)


def _place(settings: Settings, plan: str) -> Place:
    return settings.staged / _OWN / plan


def _told(place: Place) -> dict[str, Any]:
    if not (place / _PLAN).exists():
        raise DayFailed("the plan of the build is gone, run it again; or machines share no PERISAI_STORE")
    told: dict[str, Any] = read_json(place / _PLAN)
    return told


def _tries(place: Place) -> Iterator[tuple[Path, dict[str, list[int]]]]:
    """The folder of each try that was made to its end, from the first to the last, with the marks of its files."""
    for path in sorted(path for path in trees.listed(place) if path.name == _MADE):
        yield path.parent, read_json(place / path)


def _there(place: Place, count: int) -> Pieces:
    """The last try of each bucket, of so many."""
    found: Pieces = {}
    for folder, marks in _tries(place):
        number, _, of = folder.name.partition("_")[0].partition("-of-")
        if int(of) == count:
            found[int(folder.parts[0]), int(number)] = folder, marks
    return found


def _made(place: Place, there: Pieces, count: int, rounds: int) -> Made:
    """The files of the first rounds, by table and bucket."""
    found = Made(count, {})
    for number in range(rounds):
        for one in range(count if number else 1):
            if (number, one) not in there:
                raise DayFailed(
                    f"bucket {one} of round {number} was not made; clear its square, or run the build again"
                )
            folder, marks = there[number, one]
            for name in marks:
                table, _, of = name.removesuffix(".parquet").split("-")
                found.files[table, int(of)] = place / folder / name
    return found


def _left(path: Path, target: Place) -> files.Mark:
    """Leaves a file where others find it; its mark there."""
    trees.copy(path, target, path.stat().st_mtime_ns)
    return files.mark(target)
