"""A full build in buckets: a hash deals the keys of a model to them, and each bucket is computed from its own rows.

So the memory that a build takes does not grow with the history, and several processes may make buckets, in rounds (see
perisai/full.py). A round reads the lake, and what the rounds before have made. Models whose rows are of the same keys
are of one round: a bucket of the second is computed from the same bucket of the first. What a model reads by another
key, or whole, is of a round before. What cannot be taken apart is made by the first bucket alone. Which rows of the
inputs belong to a key is what a day knows, too: see ``warehouse/declared.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse import models, stamps
from warehouse.duck import memory_of, quoted, using
from warehouse.files import Place, whole
from warehouse.lookup import Lookup
from warehouse.models import Model
from warehouse.rewrite import Query

ROW_BYTES = 350
"""Memory that a row of an input takes at most while the widest model is computed: 10 million payments in 3.5 GB."""


@dataclass(frozen=True)
class Part:
    """How a model's table is made.

    Attributes:
        round: the round, from 0; in the first one nothing is taken apart.
        query: its SQL.
        keys: the inputs of which a bucket reads its own rows, each with the expressions whose hash tells the bucket;
            none if the table is made whole.
        own: the columns of the table whose hash tells the bucket; none if it adds up over buckets, or has them not.
    """

    round: int
    query: Query
    keys: Mapping[str, list[str]]
    own: tuple[str, ...]

    def numbers(self, count: int) -> range:
        """The buckets that the table is made in."""
        return range(count if self.keys else 1)


@dataclass(frozen=True)
class Made:
    """What was made so far.

    Attributes:
        count: number of buckets.
        files: the Parquet file of each bucket of a table, by the table and the bucket's number.
    """

    count: int
    files: dict[tuple[str, int], Place]


def parts(con: duckdb.DuckDBPyConnection, every: Mapping[str, Model]) -> dict[str, Part]:
    """The models that are made in buckets, and those that they are made from, by their tables and in order.

    Args:
        con: a connection whose default catalog has the tables that no model makes.
        every: all models by their table, in the order of building.
    """
    lookup, found = _lookup(con, every), dict[str, Part]()
    for table, model in every.items():
        if not model.is_view and model.schema != "reference":
            found[table] = _part(lookup, found, model)
    needed = {table for table, part in found.items() if part.keys}
    for table in reversed(found):
        if table in needed:
            needed.update(found[table].query.inputs)
    return {table: part for table, part in found.items() if table in needed}


def make(
    con: duckdb.DuckDBPyConnection,
    every: Mapping[str, Model],
    reference: Path,
    folder: Path,
    made: Made,
    *,
    ours: Callable[[Part], Iterable[int]] | None = None,
    at: str = "",
) -> None:
    """Makes buckets; nothing is written to the lake.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        every: all models by their table, in the order of building.
        reference: folder of the reference CSV files.
        folder: where the files are left.
        made: what is there already; what is made is added.
        ours: which buckets of a part are to be made here; by default all.
        at: SQL of the snapshot that is read; by default now.
    """
    wanted = parts(con, every)
    there = {name for model in every.values() for name in model.inputs} - every.keys()
    (lake,) = con.execute("select current_database()").fetchone() or ("",)
    con.execute(f"set variable reference = {quoted(reference)}")
    con.execute("attach ':memory:' as pieces")
    try:
        with using(con, "pieces"):
            for schema in {name.split(".")[0] for name in [*there, *every]}:
                con.execute(f"create schema {schema}")
            for table in there:
                con.execute(f"create view {table} as from {lake}.{table}{at}")
            for table, model in every.items():
                part = wanted.get(table)
                if part is None:
                    if not model.inputs <= there or not (model.is_view or model.schema == "reference"):
                        continue
                    models.build_one(con, model)
                else:
                    for number in part.numbers(made.count) if ours is None else ours(part):
                        if (table, number) in made.files:
                            continue
                        query = part.query.on(con, _given(wanted, made, part, number), "bucket")
                        path = folder / f"{table}-{made.count}-{number}.parquet"
                        with whole(path) as file:
                            con.execute(f"copy ({query}) to {quoted(file)} (format parquet)")
                        made.files[table, number] = path
                    if any((table, number) not in made.files for number in part.numbers(made.count)):
                        continue
                    con.execute(f"create view {table} as {rows(con, every, table, made)}")
                there.add(table)
    finally:
        con.execute("detach pieces")


def rows(con: duckdb.DuckDBPyConnection, every: Mapping[str, Model], table: str, made: Made) -> str:
    """SQL of all rows of a table that was made."""
    read = f"from read_parquet([{', '.join(quoted(path) for (name, _), path in made.files.items() if name == table)}])"
    return _lookup(con, every).added_up(every[table], read) if every[table].declared.is_sum else read


class Buckets:
    """The rows of the models of one build that are made bucket by bucket, if one bucket is not enough.

    The file of each bucket has a name that says what it was made of, so that a build that was killed goes on with the
    bucket that it was at.

    Args:
        con: the connection that builds; no transaction may be open on it.
        every: all models that are built, by their table.
        reference: folder of the reference CSV files.
        folder: where the rows of buckets are left until the build is committed; the same for each attempt.
        stamp: what tells all that is built from, or nothing; builds with the same stamp of the same snapshot go on
            where the one before was.
        wanted: number of buckets; 0 for as many as the connection's memory asks for.
        made: buckets that were made elsewhere; there are as many then.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        every: Mapping[str, Model],
        reference: Path,
        folder: Path,
        stamp: str = "",
        *,
        wanted: int = 0,
        made: Made | None = None,
    ) -> None:
        self.con, self.every, self.folder = con, every, folder
        read = "select id from ducklake_current_snapshot(current_database())" if stamps.is_lake(con) else "select 0"
        (snapshot,) = con.execute(read).fetchone() or (0,)
        own = folder / f"{stamp or 'build'}-{snapshot}"
        for other in folder.glob("*"):
            if not stamp or other != own:
                shutil.rmtree(other)
        self.made = made or Made(wanted or asked(con, every), {})
        for path in own.glob("*.parquet") if made is None else ():
            table, count, number = path.stem.split("-")
            if int(count) == self.made.count:
                self.made.files[table, int(number)] = path
        if self.made.count > 1 or made:
            make(con, every, reference, own, self.made)

    def rows_of(self, model: Model) -> str | None:
        """SQL of all rows of a model; None if it was not made in buckets."""
        return rows(self.con, self.every, model.table, self.made) if (model.table, 0) in self.made.files else None

    def finish(self) -> None:
        """Removes the files, once the build is committed."""
        shutil.rmtree(self.folder, ignore_errors=True)


def asked(con: duckdb.DuckDBPyConnection, every: Mapping[str, Model]) -> int:
    """As many buckets as the connection's memory asks for."""
    read = {name for part in parts(con, every).values() for name in part.query.inputs} - every.keys()
    counts = (con.execute(f"select count(*) from {table}").fetchone() or (0,) for table in read)
    return 1 + max((int(count) for (count,) in counts), default=0) // max(memory_of(con) // ROW_BYTES, 1)


def _given(wanted: Mapping[str, Part], made: Made, part: Part, number: int) -> dict[str, str]:
    """SQL of the rows of a bucket, by the input that they are of."""
    given = {}
    for name, key in part.keys.items():
        if name in wanted and wanted[name].round == part.round:
            given[name] = f"from read_parquet({quoted(made.files[name, number])})"
        else:
            given[name] = f"from {name} where hash({', '.join(key)}) % {made.count} = {number}"
    return given


def _lookup(con: duckdb.DuckDBPyConnection, every: Mapping[str, Model]) -> Lookup:
    """Knows the columns of tables that are not made yet."""
    lookup = Lookup(con, every, since=0)
    lookup.columns = {table: dict.fromkeys(model.columns, "") for table, model in every.items()}
    return lookup


def _part(lookup: Lookup, found: Mapping[str, Part], model: Model) -> Part:
    query = Query(lookup.every, model.table, lookup.apart)
    keys = lookup.keyed(model, query.inputs)
    made = {name: found[name] for name in query.inputs if name in found}
    if not keys:
        return Part(max((one.round + bool(one.keys) for one in made.values()), default=0), query, {}, ())
    last = max((one.round for one in made.values()), default=0)
    own = lookup.own_key(lookup.every[model.declared.along or model.table])
    # the places, in this model's key, of the columns that tell the buckets of what the last of these rounds has made
    shared = {
        tuple(keys[name].index(column) if column in keys.get(name, []) else -1 for column in one.own)
        for name, one in made.items()
        if one.round == last
    }
    places = shared.pop() if len(shared) == 1 else ()
    if not places or -1 in places:
        last, places = last + 1, tuple(range(len(own)))
    columns = tuple(own[place] for place in places)
    tells = not model.declared.is_sum and all(column in model.columns for column in columns)
    by = {name: [key[place] for place in places] for name, key in keys.items()}
    return Part(last, query, by, columns if tells else ())
