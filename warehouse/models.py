"""Finds the SQL models, checks that they are documented, and builds them all in one transaction.

A model is one file `models/<schema>/<name>.sql`: a comment block with `grain`, `meaning`, `source`, `owner` (and
where they apply `key`, the columns that tell its rows apart, `date`, the governing date, `caveats`, `kind: view`,
`partition: <column>`, `version`, see warehouse/interface.py, `withheld`, the columns that are not published, or how a
day keeps the table, see warehouse/declared.py), then one SELECT whose last CTE is called `final`.
Every column of `final` is a plain name or has an alias, and a comment beside it. The block becomes the comment of the
table, the comment beside a column becomes the comment of the column, and both become rows of `marts.dictionary`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from warehouse import declared, refill, stamps
from warehouse.duck import quoted, using
from warehouse.durable import transaction

MODELS = Path(__file__).parent / "models"
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
SCHEMAS = ("reference", "before", "core", "marts")
REQUIRED = ("grain", "meaning", "source", "owner")
OPTIONAL = ("key", "date", "caveats", "kind", "partition", "version", "withheld", *declared.WORDS)
DICTIONARY_HEAD = {
    "grain": "one row per column of the warehouse",
    "key": "schema_name, table_name, column_name",
    "meaning": "What every table and column means, in the words that stand beside their SQL.",
    "date": "none; as of this build",
    "source": "the models' files and the built tables",
    "owner": "head office, data team",
}
DICTIONARY = {
    "schema_name": ("varchar", "marts and reference are published; core and before are what they are computed from"),
    "table_name": ("varchar", "Name of the table"),
    "column_name": ("varchar", "Name of the column"),
    "position": ("integer", "Place of the column in the table, from 1"),
    "type": ("varchar", "Type of the column"),
    "description": ("varchar", "What the column is"),
    "grain": ("varchar", "What one row of the table is"),
    "meaning": ("varchar", "What the table is for"),
    "governing_date": ("varchar", "Which date decides where a row belongs; null if the table has none"),
    "source": ("varchar", "Tables and files that the table is computed from"),
    "owner": ("varchar", "Who answers for the definition"),
    "caveats": ("varchar", "What is to be known before using it; null if nothing is"),
}


class ModelError(Exception):
    """A model file is not as it has to be; the message names the file and says what is missing."""


@dataclass(frozen=True)
class Model:
    """One SQL model as its file states it.

    Attributes:
        schema: `reference`, `before`, `core` or `marts`.
        name: Name of the table, also of the file.
        sql: The SELECT, comments included.
        head: The comment block, key by key (`grain`, `meaning`, `source`, `owner`, perhaps `caveats`).
        columns: Description of each column, in the order of the table.
        inputs: Tables that it reads, as `schema.name`; those of `raw` and `closed` are no models.
    """

    schema: str
    name: str
    sql: str
    head: dict[str, str]
    columns: dict[str, str]
    inputs: frozenset[str]

    @property
    def is_view(self) -> bool:
        """Whether it is computed whenever it is read, instead of being stored."""
        return self.head.get("kind") == "view"

    @property
    def statement(self) -> str:
        """The SELECT without comments."""
        return _COMMENT.sub("", self.sql)

    @cached_property
    def declared(self) -> declared.Kept:
        """How its head says that the table is kept by day."""
        return declared.kept(self.head)

    @property
    def table(self) -> str:
        """The two-part name of the table."""
        return f"{self.schema}.{self.name}"

    @property
    def description(self) -> str:
        """The comment of the table: one `key: text` line for each key of the head."""
        return "\n".join(f"{key}: {text}" for key, text in self.head.items())


def read_model(path: Path) -> Model:
    """Read and check one model file.

    Args:
        path: `<schema>/<name>.sql`; the folder names the schema.

    Raises:
        ModelError: The SQL cannot be parsed, the head lacks a key or has an unknown one, the model does not end
            in `select * from final`, or a column of `final` has no name or no comment.
    """
    return _model(path, path.read_text(encoding="utf-8"))


@cache  # parsing all of them takes longer than building a small warehouse
def _model(path: Path, sql: str) -> Model:
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise ModelError(f"{path}: the SQL cannot be parsed: {error}") from error
    final = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}.get("final")
    if not re.search(r"^select \* from final\s*\Z", sql, re.MULTILINE) or not isinstance(final, exp.Select):
        raise ModelError(f"{path}: the model has to end in a CTE 'final' and the line 'select * from final'")
    head, columns = _head(path, sql), _columns(path, final)
    if unknown := [name for name in key_of(head) if name not in columns]:
        raise ModelError(f"{path}: the key names {', '.join(unknown)}, which is no column of 'final'")
    made = Model(
        schema=path.parent.name,
        name=path.stem,
        sql=sql,
        head=head,
        columns=columns,
        inputs=frozenset(f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db),
    )
    try:
        strange = [key.column for key in made.declared.by if not made.declared.is_sum and key.column not in columns]
    except declared.WrongWord as error:
        raise ModelError(f"{path}: {error}") from error
    if strange:
        raise ModelError(f"{path}: 'by' names {', '.join(strange)}, which is no column of 'final'")
    return made


def key_of(head: Mapping[str, str]) -> list[str]:
    """The columns that tell the rows of a table apart; none if its head names none."""
    return head["key"].split(", ") if head.get("key") else []


def withheld_of(head: Mapping[str, str]) -> list[str]:
    """The columns of a table that are not published."""
    return head["withheld"].split(", ") if head.get("withheld") else []


def head_of(comment: str) -> dict[str, str]:
    """The head of a table, from the comment that it was built with."""
    return {key: text for key, _, text in (line.partition(": ") for line in comment.splitlines())}


def _head(path: Path, sql: str) -> dict[str, str]:
    """The keys of the comment block at the top; lines that begin with a blank continue the text before."""
    block = re.match(r"\s*/\*(.*?)\*/", sql, re.DOTALL)
    if block is None:
        raise ModelError(f"{path}: no comment block at the top")
    head: dict[str, str] = {}
    key = ""
    for line in block[1].strip().splitlines():
        start = re.match(r"([a-z]+):\s*(.*)", line)
        if start is not None:
            key = start[1]
            head[key] = start[2].strip()
        elif key and (line.startswith(" ") or not line.strip()):
            head[key] = f"{head[key]} {line.strip()}".strip()
        else:
            raise ModelError(f"{path}: the comment block has a line without a key: {line!r}")
    missing = [key for key in REQUIRED if not head.get(key)]
    unknown = [key for key in head if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ModelError(f"{path}: the comment block lacks {missing} and has unknown {unknown}")
    if head.get("kind", "view") != "view":
        raise ModelError(f"{path}: the only kind that can be asked for is 'view', not {head['kind']!r}")
    return head


def _columns(path: Path, final: exp.Select) -> dict[str, str]:
    """Name and comment of each column that `final` selects."""
    columns: dict[str, str] = {}
    for column in final.selects:
        name = column.alias_or_name
        comment = " ".join(" ".join(column.comments or []).split())
        if not isinstance(column, exp.Alias | exp.Column) or name == "*":
            raise ModelError(f"{path}: a column of 'final' has no name of its own: {column.sql('duckdb')}")
        if name in columns:
            raise ModelError(f"{path}: two columns of 'final' are called {name}")
        if not comment:
            raise ModelError(f"{path}: column {name} has no comment beside it")
        columns[name] = comment
    return columns


def discover(folder: Path = MODELS) -> list[Model]:
    """Read all models below a folder, in the order in which they can be built.

    Raises:
        ModelError: A file is wrong (see `read_model`), a model reads a table that is neither raw, closed nor a model,
            or models need each other in a circle.
    """
    models = {model.table: model for path in sorted(folder.glob("*/*.sql")) for model in (read_model(path),)}
    for model in models.values():
        if model.schema not in SCHEMAS:
            raise ModelError(f"{model.table}: {model.schema} is not one of {', '.join(SCHEMAS)}")
        unknown = sorted(i for i in model.inputs if i not in models and not i.startswith(("raw.", "closed.")))
        if unknown:
            raise ModelError(f"{model.table} reads {', '.join(unknown)}, which no model makes")
    inputs = {name: sorted(i for i in model.inputs if i in models) for name, model in models.items()}
    try:
        return [models[name] for name in TopologicalSorter(inputs).static_order()]
    except CycleError as error:
        raise ModelError(f"models need each other in a circle: {' < '.join(error.args[1])}") from error


def build(
    con: duckdb.DuckDBPyConnection,
    reference: Path,
    models: Iterable[Model] | None = None,
    *,
    stamp: str = "",
    code: str = "",
    kept: str = "",
    rows_of: Callable[[Model], str | None] = lambda model: None,
) -> int:
    """Build every model anew, all in one transaction.

    Args:
        con: Connection whose default catalog holds the schema `raw` and gets the schemas `reference`, `core` and
            `marts`; no transaction may be open on it.
        reference: Folder of the reference CSV files.
        models: The models in the order of building; all of the warehouse if not given, and then nothing else stays
            in their schemas.
        stamp: What tells this build from others; `stamps.stamp` gives it back.
        code: What tells these models and reference tables from others; `stamps.code` gives it back.
        kept: The same of those that a day brings up to date instead of building them; `stamps.kept` gives it back.
        rows_of: Called for each model when what it reads is built: SQL of its rows where they were computed already.

    Returns:
        How many tables and views were built.

    Raises:
        ModelError: See `discover`; also if a table came out with other columns than its file documents.
        duckdb.Error: A model failed; a note on the error names it. Nothing is changed then.
    """
    chosen = discover() if models is None else list(models)
    con.execute(f"set variable reference = {quoted(str(reference))}")
    with transaction(con):
        for schema in SCHEMAS:
            con.execute(f"create schema if not exists {schema}")
        make_room(con, chosen, whole=models is None)
        for model in chosen:
            build_one(con, model, rows_of(model))
        stamps.write(con, stamp, code, kept)
        write_dictionary(con, chosen)
    return len(chosen)


def make_room(con: duckdb.DuckDBPyConnection, chosen: list[Model], *, whole: bool) -> None:
    """Drop views that were tables in the build before, tables that were views, and what no model makes any more."""
    is_view = {model.table: model.is_view for model in chosen}
    there = con.execute(
        "select concat(schema_name, '.', table_name), false from duckdb_tables() "
        "where database_name = current_database() union all "
        "select concat(schema_name, '.', view_name), true from duckdb_views() "
        "where database_name = current_database()"
    ).fetchall()
    for name, was_view in there:
        gone = whole and name not in is_view and name.split(".")[0] in SCHEMAS
        if gone or is_view.get(name, was_view) != was_view:
            con.execute(f"drop {'view' if was_view else 'table'} {name}")


def build_one(con: duckdb.DuckDBPyConnection, model: Model, rows_of: str | None = None) -> None:
    """Create the table of one model with its comments, of its own SQL or of rows that it gave before."""
    try:
        _create(con, model, rows_of or model.sql)
    except duckdb.Error as error:
        error.add_note(f"while building the model {model.table}")
        raise
    columns = [row[0] for row in con.execute(f"describe {model.table}").fetchall()]
    if columns != list(model.columns):
        raise ModelError(f"{model.table}: has columns {columns}, its file documents {list(model.columns)}")
    describe(con, model, {})


def refresh(con: duckdb.DuckDBPyConnection, model: Model) -> bool:
    """Bring the table of a model to what its SQL gives now; whether that is something else.

    It is made where it is missing or has other columns. Where its comments changed, `describe` is called by whoever
    knows that: to ask for them takes 0.1 s.
    """
    try:
        is_other = None if model.is_view else refill.refill_if_it_fits(con, model.table, model.statement)
    except duckdb.Error as error:
        error.add_note(f"while building the model {model.table}")
        raise
    if is_other is None:
        build_one(con, model)
    return is_other is not False


def describe(con: duckdb.DuckDBPyConnection, model: Model, there: Mapping[str, str | None]) -> None:
    """Write the comments of a model's table and of its columns where they are others: each leaves a record.

    `refill.comments` says which there are.
    """
    kind = "view" if model.is_view else "table"
    refill.comment(con, kind, model.table, model.description, {} if model.is_view else model.columns, there=there)


def described(
    con: duckdb.DuckDBPyConnection,
    schemas: Iterable[str],
    heads: Mapping[str, Mapping[str, str]],
    words: Mapping[tuple[str, str], str] | None = None,
) -> pa.Table:
    """The rows of `marts.dictionary` for some schemas of the default catalog, by schema, table and position.

    Args:
        con: Any connection.
        schemas: The schemas.
        heads: The head of each table, by `schema.table`.
        words: Descriptions by table and column, of columns that have no comment: those of views.
    """
    found = con.execute(
        """select schema_name, table_name, column_name, column_index, data_type, coalesce(comment, '')
        from duckdb_columns() where database_name = current_database() and list_contains(?, schema_name)
        order by schema_name, table_name, column_index""",
        [list(schemas)],
    ).fetchall()
    rows = []
    for schema, name, column, position, kind, comment in found:
        table = f"{schema}.{name}"
        head = [heads.get(table, {}).get(key) for key in ("grain", "meaning", "date", "source", "owner", "caveats")]
        rows.append((schema, name, column, position, kind, (words or {}).get((table, column), comment), *head))
    return pa.table(dict(zip(DICTIONARY, map(list, zip(*rows, strict=True)), strict=True)))


def write_dictionary(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Fill `marts.dictionary`, which describes itself too."""
    known, table = {model.table: model for model in models}, "marts.dictionary"
    empty = f"select {', '.join(f'null::{kind} as {name}' for name, (kind, _) in DICTIONARY.items())} limit 0"
    refill.own_table(con, table, DICTIONARY_HEAD, DICTIONARY, empty)  # it describes itself, so it has to be there
    heads = {name: model.head for name, model in known.items()} | {table: DICTIONARY_HEAD}
    views = [model for model in known.values() if model.is_view]
    words = {(model.table, column): text for model in views for column, text in model.columns.items()}
    con.register("described", described(con, SCHEMAS, heads, words))
    con.execute("insert into marts.dictionary from described")
    con.unregister("described")


@contextmanager
def computed_again(
    con: duckdb.DuckDBPyConnection, reference: Path, chosen: Collection[Model], at: str = ""
) -> Iterator[None]:
    """Holds a catalog `again` in memory with some models, built from the other tables of the catalog `lake`.

    Args:
        con: A connection whose default catalog is the lake.
        reference: Folder of the reference CSV files, where models of `reference` are among them.
        chosen: The models, in the order of building.
        at: SQL of the snapshot that the other tables are read of; by default now.
    """
    con.execute("attach ':memory:' as again")
    try:
        with using(con, "again"):
            for table in sorted(
                {name for model in chosen for name in model.inputs} - {model.table for model in chosen}
            ):
                con.execute(f"create schema if not exists {table.split('.')[0]}")
                con.execute(f"create view {table} as from lake.{table}{at}")
            build(con, reference, chosen)
            yield
    finally:
        con.execute("detach again")


def _create(con: duckdb.DuckDBPyConnection, model: Model, query: str) -> None:
    """Create a model's table, or its view."""
    partition = model.head.get("partition")
    if model.is_view:
        con.execute(f"create or replace view {model.table} as\n{model.sql}")
    elif partition is None or not stamps.is_lake(con):
        con.execute(f"create or replace table {model.table} as\n{query}")
    else:
        con.execute(f"create or replace table {model.table} as select * from (\n{query}) limit 0")
        con.execute(f"alter table {model.table} set partitioned by ({partition})")
        con.execute(f"insert into {model.table}\n{query}")
