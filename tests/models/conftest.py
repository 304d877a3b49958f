"""Rows in, rows out: runs one model, or all of them, on tables that a test states as lists of dicts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse import closed, lake, models
from warehouse.reference_files import FIRST_MONTH

Rows = Sequence[Mapping[str, Any]]
Tables = Mapping[str, Rows]

REFERENCE = Path(models.__file__).parent / "reference"

# The models take a key of any type, and tests say p1 for a person rather than 128 bits.
RAW = "create schema raw;\n" + ";\n".join(
    [
        *(
            f"create table raw.{table} ({', '.join(f'{name} {kind}' for name, (kind, _) in columns.items())})"
            for table, columns in lake.documented().items()
        ),
        *closed.tables(),
        *(
            f"insert into raw.feed values ({', '.join('null' if said is None else repr(str(said)) for said in row)})"
            for row in lake.feeds_said()
        ),
    ]
).replace(" UUID", " VARCHAR")
FEEDS = [dict(zip(lake.FEED, row, strict=True)) for row in lake.feeds_said()]


class Warehouse:
    """An in-memory database with the tables of a test.

    Reference tables hold what the project's CSV files say, unless the test gives rows for them, with every scheme in
    force on every day; any other table holds the rows that the test gives, or none.
    """

    def __init__(
        self, every: Mapping[str, models.Model], template: Mapping[str, Sequence[tuple[str, str]]], reference: Tables
    ) -> None:
        self.con = duckdb.connect(config={"threads": 1})  # the tables are small
        self.models = every
        self.template = template
        self.reference = reference

    def put(self, table: str, rows: Rows) -> None:
        """Make a table and fill it; columns that a row leaves out are null."""
        self.con.execute(f"create schema if not exists {table.split('.', maxsplit=1)[0]}")
        columns = ", ".join(f"{name} {kind}" for name, kind in self.template[table])
        self.con.execute(f"create or replace table {table} ({columns})")
        if unknown := {name for row in rows for name in row} - {name for name, _ in self.template[table]}:
            raise KeyError(f"{table} has no {sorted(unknown)}")
        if rows:
            names = [name for name, _ in self.template[table]]
            marks = ", ".join(["(" + ", ".join("?" for _ in names) + ")"] * len(rows))
            self.con.execute(f"insert into {table} values {marks}", [row.get(name) for row in rows for name in names])

    def run(self, name: str, tables: Tables, columns: str = "*") -> list[Any]:
        """Run one model on the given tables, and on what models between make of them.

        Args:
            name: The model, e.g. `core.delivery`.
            tables: Rows of the tables that it reads, or that models read which it reads.
            columns: Columns wanted, separated by blanks.

        Returns:
            Tuples in the model's own order; bare values if only one column is wanted.
        """
        model = self.models[name]
        read = set(model.inputs)
        for table in model.inputs - set(tables):
            read |= self.fill(table, tables, model.inputs)
        for table in model.inputs & set(tables):
            self.put(table, tables[table])
        assert set(tables) <= read, f"{name} does not read {set(tables) - read}"
        wanted = columns.replace(" ", ", ")
        order = "" if "order by" in model.sql.rsplit("final as (", 1)[1] else "order by all"
        rows = self.con.execute(f"select {wanted} from ({model.sql}) {order}").fetchall()
        return rows if columns == "*" or " " in columns else [row[0] for row in rows]

    def fill(self, table: str, tables: Tables, besides: Collection[str] = ()) -> set[str]:
        """Make a table of what the test gives for its inputs, and for those of views among these; or else as ``make``.

        A model whose given inputs are all ``besides`` is left empty.
        """
        model = self.models.get(table)
        given = set(tables) - set(besides)
        if table in tables or not model or self.of_reference(table) or not self.views_in(model) & given:
            return self.make(table, tables)
        views = {source for source in model.inputs if source in self.models and self.models[source].is_view}
        read = {table}.union(*(self.make(source, tables) for source in model.inputs - views))
        return read.union(*(self.fill(source, tables) for source in views), self.create(table))

    def views_in(self, model: models.Model) -> set[str]:
        """The inputs of a model, and of the views among them."""
        views = (self.models[name] for name in model.inputs if name in self.models and self.models[name].is_view)
        return set(model.inputs).union(*(self.views_in(view) for view in views))

    def of_reference(self, table: str) -> bool:
        """Whether a model is made of reference tables and the business days alone, so that it is never left empty."""
        model = self.models.get(table)
        return bool(model) and all(
            source in self.reference or source == "raw.business_day" or self.of_reference(source)
            for source in model.inputs
        )

    def make(self, table: str, tables: Tables) -> set[str]:
        """Put the rows of a test, or else make what is of reference tables alone; the tables that were looked for."""
        if table in tables or table in self.reference or not self.of_reference(table):
            self.put(table, tables.get(table, self.reference.get(table, [])))
            return {table}
        return {table}.union(*(self.make(source, tables) for source in self.models[table].inputs), self.create(table))

    def create(self, table: str) -> set[str]:
        """Make a table by its model."""
        self.con.execute(f"create schema if not exists {table.split('.', maxsplit=1)[0]}")
        self.con.execute(f"create or replace table {table} as {self.models[table].sql}")
        return set(self.models[table].inputs)

    def build(self, raw: Tables, reference: Path = REFERENCE) -> None:
        """Build all models from raw tables, and those of closed months."""
        said = {row.get("occupation_key") for row in raw.get("raw.registrations", [])} - {None}
        spoken: Tables = {
            "raw.feed": FEEDS,
            "raw.occupation_words": [{"occupation_key": words, "words": words} for words in sorted(said)],
        }
        for table in self.template:
            if table.startswith(("raw.", "closed.")):
                self.put(table, ({**spoken, **raw}).get(table, []))
        models.build(self.con, reference, self.models.values())

    def query(self, sql: str) -> list[Any]:
        """Rows of a query."""
        return self.con.execute(sql).fetchall()


def as_dicts(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Rows of a query by the names of its columns."""
    result = con.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@functools.cache
def template() -> tuple[dict[str, models.Model], dict[str, list[tuple[str, str]]], dict[str, list[dict[str, Any]]]]:
    """The models; columns and types of every table, found by building all from nothing; the reference rows."""
    every = {model.table: model for model in models.discover()}
    con = duckdb.connect(config={"threads": 1})  # there is nothing to share
    con.execute(RAW)
    models.build(con, REFERENCE, every.values())
    tables = [
        f"{schema}.{name}"
        for schema, name in con.execute(
            "select schema_name, table_name from duckdb_tables()"
            " union all select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
    ]
    types = {table: [row[:2] for row in con.execute(f"describe {table}").fetchall()] for table in tables}
    reference = {table: as_dicts(con, f"from {table}") for table in every if table.startswith("reference.")}
    con.close()
    for table in ("reference.incentive_scheme", "reference.incentive_rule"):  # what dates do is tested by itself
        reference[table] = [row | {"valid_from": FIRST_MONTH, "valid_to": None} for row in reference[table]]
    return every, types, reference


@pytest.fixture(scope="session")
def new_warehouse() -> Callable[[], Warehouse]:
    """Makes an empty warehouse."""
    return lambda: Warehouse(*template())


@pytest.fixture
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Iterator[Warehouse]:
    """An empty warehouse, in memory."""
    one = new_warehouse()
    yield one
    one.con.close()


@pytest.fixture
def run(warehouse: Warehouse) -> Callable[..., list[Any]]:
    """Runs one model: `run("core.card", {"core.registration": [...]}, "card_key participant_key")`."""
    return warehouse.run


@pytest.fixture(scope="session")
def raw_tables() -> str:
    """The statements that make the empty raw tables."""
    return RAW


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the project's reference tables."""
    return REFERENCE
