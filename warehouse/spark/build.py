"""A full build by Apache Spark: it reads the files that the lake names, and what it makes is committed as by DuckDB.

The plan says which files, in which types, and the models' SQL (``translate.py``). ``spark/job.py`` carries it out in
Spark's own environment and leaves Parquet. Tables of ``reference`` are small, and of CSV files: DuckDB makes them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse import durable, models
from warehouse.duck import quoted, using
from warehouse.lookup import Lookup
from warehouse.models import Model
from warehouse.spark.translate import spoken, translated

JOB = Path(__file__).parents[2] / "spark" / "job.py"
SAME = ("BIGINT", "INTEGER", "SMALLINT", "BOOLEAN", "DOUBLE", "DATE")
# How Spark reads a type of DuckDB's files, and what it makes of the column.
READ = {name: (name, "{}") for name in SAME} | {
    "VARCHAR": ("STRING", "{}"),
    "TIMESTAMP": ("TIMESTAMP_NTZ", "{}"),
    "UUID": ("BINARY", "lower(regexp_replace(hex({}), '^(.{{8}})(.{{4}})(.{{4}})(.{{4}})', '$1-$2-$3-$4-'))"),
    "TIME": ("BIGINT", "cast(timestamp_micros({}) as timestamp_ntz)"),
}
WHOLE = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 38}
"""Whole numbers, and how many digits they may have."""
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class SparkFailed(Exception):
    """The tables cannot be built by Spark; the message says why. Nothing was changed."""


@dataclass(frozen=True)
class Engine:
    """Where Spark is: the Python that has pyspark, and the master that it asks for workers."""

    python: Path
    master: str


class OnSpark:
    """The rows of all models but those of ``reference``, computed by Spark from the lake as it is now.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        every: all models by their table, in the order of building.
        reference: folder of the reference CSV files.
        folder: where plan and rows are left until the build is committed; Spark's workers have to see it, too.
        engine: where Spark is.

    Raises:
        SparkFailed: Spark is not there, failed, or cannot read what the lake holds.
        NotProven: a model uses what was not seen to give the same on Spark.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, every: Mapping[str, Model], reference: Path, folder: Path, engine: Engine
    ) -> None:
        self.con, self.every, self.folder = con, every, folder / "spark"
        self.snapshot = self._snapshot()
        if "://" in durable.data_of(con):
            raise SparkFailed("the lake's files lie in object storage, from where Spark was not seen to read them")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        plan = self._plan(reference) | {"master": engine.master, "spill": str(self.folder / "spill")}
        (self.folder / "plan.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
        self._run(engine)

    def rows_of(self, model: Model) -> str | None:
        """SQL of all rows of a model, in the types that DuckDB gives them; None for what DuckDB makes itself."""
        if model.is_view or model.schema == "reference":
            return None
        if self._snapshot() != self.snapshot:
            raise SparkFailed("the lake has changed while Spark was building; run it again")
        files = f"from read_parquet({quoted(self.folder / model.table / '*.parquet')})"
        made = self._columns(files)
        wanted = self.types[model.table]
        if lost := [f"{name}: {made.get(name)}" for name in wanted if not _fits(made.get(name, ""), wanted[name])]:
            raise SparkFailed(f"{model.table} has other types on Spark: {', '.join(lost)}; cast the column in its SQL")
        return f"select {', '.join(f'cast({name} as {kind}) as {name}' for name, kind in wanted.items())} {files}"

    def finish(self) -> None:
        """Removes the files, once the build is committed."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _plan(self, reference: Path) -> dict[str, Any]:
        chosen = [model for model in self.every.values() if model.schema != "reference"]
        self.types: dict[str, dict[str, str]] = {}
        self.sql: dict[str, str] = {}
        tables = self._shapes(reference)
        lookup = Lookup(self.con, self.every, since=0)
        lookup.columns = self.types
        return {
            "tables": tables,
            "models": [
                {
                    "table": model.table,
                    "sql": self.sql[model.table],
                    "reads": sorted(model.inputs),
                    "is_view": model.is_view,
                    "folder": str(self.folder / model.table),
                    "spread": {
                        table: [spoken(one) for one in key]
                        for table, key in lookup.keyed(model, sorted(model.inputs)).items()
                    },
                }
                for model in chosen
            ],
        }

    def _shapes(self, reference: Path) -> dict[str, Any]:
        """Finds types and SQL of all tables by building them without rows; the files of those that no model makes."""
        outside = {name for model in self.every.values() for name in model.inputs} - self.every.keys()
        of_reference = {name for one in self.every.values() if one.schema == "reference" for name in one.inputs}
        (lake,) = self.con.execute("select current_database()").fetchone() or ("",)
        found = {}
        self.con.execute("attach ':memory:' as shape")
        try:
            with using(self.con, "shape"):
                for table in sorted(outside):
                    self.con.execute(f"create schema if not exists {table.split('.')[0]}")
                    rows = "" if table in of_reference else " limit 0"
                    self.con.execute(f"create view {table} as from {lake}.{table}{rows}")
                models.build(self.con, reference, list(self.every.values()))
                for table in sorted(outside | self.every.keys()):
                    self.types[table] = self._columns(table)
                for table, model in self.every.items():
                    if model.schema != "reference":
                        self.sql[table] = translated(table, model.statement, lambda sql: list(self._columns(sql)))
                for table in sorted(name for name in self.every if name.startswith("reference.")):
                    found[table] = self._table(table, [self._copy(table)])
            for table in sorted(outside):
                found[table] = self._table(table, self._files(table))
        finally:
            self.con.execute("detach shape")
        return found

    def _files(self, table: str) -> list[str]:
        """The files that hold just the rows of a table: those of the lake, or a copy.

        A copy is made if rows of a file are deleted or if columns came later; Spark finds columns by their names.
        """
        schema, name = table.split(".")
        listed = self.con.execute(
            f"""select data_file, delete_file from ducklake_list_files(
                current_database(), {quoted(name)}, schema => {quoted(schema)}, snapshot_version => {self.snapshot})"""
        ).fetchall()
        files = [data for data, _ in listed]
        if not files or any(delete for _, delete in listed):
            return [self._copy(table)]
        paths = ", ".join(map(quoted, files))
        is_whole, is_alike = self.con.execute(
            f"""select
                (select count(*) from {table}) = (select sum(num_rows) from parquet_file_metadata([{paths}])),
                (select bool_and(list_has_all(names, (select list(column_name) from (describe {table})))) from (
                    select list(name) as names from parquet_schema([{paths}]) group by file_name))"""
        ).fetchone() or (False, False)
        if not is_whole:
            raise SparkFailed(f"{table}: the files that the lake names do not hold its rows, no more and no less")
        return files if is_alike else [self._copy(table)]

    def _copy(self, table: str) -> str:
        path = str(self.folder / f"{table}.parquet")
        self.con.execute(f"copy (from {table}) to {quoted(path)} (format parquet)")
        return path

    def _table(self, table: str, files: list[str]) -> dict[str, Any]:
        columns = {}
        for name, kind in self.types[table].items():
            if kind not in READ and not _DECIMAL.fullmatch(kind):
                raise SparkFailed(f"{table}.{name} is {kind}, which Spark was not seen to read")
            columns[name] = READ.get(kind, (kind, "{}"))
        return {
            "files": files,
            "schema": ", ".join(f"`{name}` {kind}" for name, (kind, _) in columns.items()),
            "columns": [f"{made.format(f'`{name}`')} as `{name}`" for name, (_, made) in columns.items()],
        }

    def _run(self, engine: Engine) -> None:
        command = [str(engine.python), str(JOB), str(self.folder / "plan.json")]
        log = self.folder / "log"
        try:
            with log.open("w", encoding="utf-8") as out:
                done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            raise SparkFailed(
                f"{engine.python} cannot be started ({error.strerror}); make spark-env makes it, or set"
                " PERISAI_SPARK_PYTHON to a Python that has pyspark"
            ) from error
        if done.returncode:
            raise SparkFailed(f"Spark ended with {done.returncode}; what it said is in {log}")

    def _columns(self, query: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.con.execute(f"describe {query}").fetchall()}

    def _snapshot(self) -> int:
        (now,) = self.con.execute("select id from ducklake_current_snapshot(current_database())").fetchone() or (0,)
        return int(now)


def _fits(made: str, wanted: str) -> bool:
    """Whether each value of a type is the same value of another one, or an error."""
    if made == wanted or (made, wanted) in {("VARCHAR", "UUID"), ("TIMESTAMP", "TIME")}:
        return True
    digits, scale = WHOLE.get(made, 0), 0
    if found := _DECIMAL.fullmatch(made):
        digits, scale = int(found[1]), int(found[2])
    to = _DECIMAL.fullmatch(wanted)
    return bool(digits) and (scale <= int(to[2]) if to else not scale and wanted in WHOLE)
