"""What differs between two published versions: tables, columns, rows by their key, and sums.

Only the two database files are read, so that versions of any release can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from warehouse import models, versions
from warehouse.duck import Record, quoted, records

SCHEMAS = ("reference", "marts")
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
EXAMPLES = 5
_CATALOGS = ("before", "after")


@dataclass(frozen=True)
class Moved:
    """The sum of a column that changed."""

    column: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal:
        """By how much."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))

    @property
    def percent(self) -> Decimal | None:
        """The change as a share of the value before; None if that was zero."""
        return percent(self.before, self.after)


@dataclass(frozen=True)
class TableDifference:
    """What differs in one table.

    Attributes:
        table: Its stable name.
        key: Columns by which rows were matched; none if whole rows were, and then a row that changed is one that is
            gone and one that is new.
        rows_before: Rows that it had; None if there was no such table.
        rows_after: Rows that it has; None if there is none.
        added: Rows that are new.
        gone: Rows that are gone.
        changed: Rows of which some other column changed.
        changed_columns: In how many of these rows, by column.
        columns_added: Columns that are new.
        columns_gone: Columns that are gone.
        columns_retyped: Columns of another type: its name, the type before and the type after.
        moved: Sums of numbers that moved.
        examples: The first rows that are new, gone or changed, by their key.
    """

    table: str
    key: list[str]
    rows_before: int | None
    rows_after: int | None
    added: int
    gone: int
    changed: int = 0
    changed_columns: dict[str, int] = field(default_factory=dict)
    columns_added: list[str] = field(default_factory=list)
    columns_gone: list[str] = field(default_factory=list)
    columns_retyped: list[tuple[str, str, str]] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    examples: list[Record] = field(default_factory=list)

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        new_or_gone = None in {self.rows_before, self.rows_after}
        return new_or_gone or any(
            (self.added, self.gone, self.changed, self.columns_added, self.columns_gone, self.columns_retyped)
        )


@dataclass(frozen=True)
class Difference:
    """What differs between two versions; tables that are the same are not listed."""

    before: str
    after: str
    tables: list[TableDifference]


def as_json(found: Difference) -> str:
    """Everything; sums as text, so that no tool rounds them."""
    whole = asdict(found)
    for table, said in zip(found.tables, whole["tables"], strict=True):
        said["moved"] = [asdict(one) | {"change": one.change, "percent": one.percent} for one in table.moved]
    return json.dumps(whole, indent=2, default=str, ensure_ascii=False)


def difference(con: duckdb.DuckDBPyConnection, before: versions.Version, after: versions.Version) -> Difference:
    """What differs between two versions.

    Args:
        con: Any connection that nothing is attached to as ``before`` or ``after``.
        before: The one.
        after: The other.
    """
    tables: list[TableDifference] = []
    if before.folder != after.folder:
        with attached(con, before.database, after.database):
            tables = list(differing(con, SCHEMAS, _same(before.manifest, after.manifest)))
    return Difference(before.name, after.name, tables)


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, before: Path, after: Path) -> Iterator[None]:
    """Two published files, read-only, as the catalogs ``before`` and ``after``."""
    con.execute(f"attach {quoted(before)} as before (read_only)")
    try:
        con.execute(f"attach {quoted(after)} as after (read_only)")
        try:
            yield
        finally:
            con.execute("detach after")
    finally:
        con.execute("detach before")


def percent(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """By how many percent a value changed; None if it was zero before."""
    if not before:
        return None
    return round(((after or Decimal(0)) - before) * 100 / abs(before), 2)


def _same(before: versions.Manifest, after: versions.Manifest) -> set[str]:
    """Tables whose rows have the same checksums in both manifests; columns may have been renamed."""
    if before.engine != after.engine:
        return set()
    return {
        table
        for table, checksum in after.checksums.items()
        if before.checksums.get(table) == checksum and before.rows[table] == after.rows[table]
    }


def differing(
    con: duckdb.DuckDBPyConnection, schemas: Collection[str], same: Collection[str] = ()
) -> Iterator[TableDifference]:
    """The tables that differ between the catalogs ``before`` and ``after``.

    Args:
        con: a connection that both are attached to.
        schemas: the schemas that are compared.
        same: tables that are known to have the same rows.
    """
    had = versions.columns_of(con, "before", schemas)
    has = versions.columns_of(con, "after", schemas)
    keys = {table: models.key_of(models.head_of(comment)) for table, comment in comments(con, "after").items()}
    for table in sorted({*had, *has}):
        if table in had and table in has:
            if table in same and had[table] == has[table]:
                continue
            found = _table(con, table, keys.get(table, []), had[table], has[table])
        else:
            catalog = "before" if table in had else "after"
            (rows,) = con.execute(f"select count(*) from {catalog}.{table}").fetchone() or (0,)
            before, after = (rows, None) if table in had else (None, rows)
            found = TableDifference(table, [], before, after, after or 0, before or 0)
        if found.is_any:
            yield found


def comments(con: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, str]:
    """The comment of each table and view, by ``schema.table``; empty where there is none."""
    rows = con.execute(
        """select schema_name, table_name, comment from duckdb_tables() where database_name = $catalog
        union all
        select schema_name, view_name, comment from duckdb_views() where database_name = $catalog""",
        {"catalog": catalog},
    ).fetchall()
    return {f"{schema}.{table}": comment or "" for schema, table, comment in rows}


def _table(
    con: duckdb.DuckDBPyConnection, table: str, key: list[str], had: dict[str, str], has: dict[str, str]
) -> TableDifference:
    common = [column for column in has if column in had]
    alike = [column for column in common if had[column] == has[column]]
    key = key if set(key) <= set(alike) and all(_tells_apart(con, f"{c}.{table}", key) for c in _CATALOGS) else []
    others = [column for column in alike if column not in key]
    rows = {c: int((con.execute(f"select count(*) from {c}.{table}").fetchone() or (0,))[0]) for c in _CATALOGS}
    counts: dict[str, Any] = _by_key(con, table, key, others) if key else _whole(con, table, alike)
    return TableDifference(
        table,
        key,
        rows["before"],
        rows["after"],
        columns_added=[column for column in has if column not in had],
        columns_gone=[column for column in had if column not in has],
        columns_retyped=[(column, had[column], has[column]) for column in common if column not in alike],
        moved=_moved(con, table, had, has, key),
        **counts,
    )


def _tells_apart(con: duckdb.DuckDBPyConnection, table: str, key: list[str]) -> bool:
    """Whether no two rows of a table have the same key."""
    query = f"select 1 from {table} group by {', '.join(key)} having count(*) > 1 limit 1"
    return bool(key) and con.execute(query).fetchone() is None


def _by_key(con: duckdb.DuckDBPyConnection, table: str, key: list[str], others: list[str]) -> dict[str, Any]:
    joined = f"""(select *, true as here from before.{table}) as b
        full join (select *, true as here from after.{table}) as a
        on {" and ".join(f"b.{name} is not distinct from a.{name}" for name in key)}"""
    both = "b.here and a.here"
    differs = {name: f"b.{name} is distinct from a.{name}" for name in others}
    changed = f"{both} and ({' or '.join(differs.values()) or 'false'})"
    counted = ["b.here is null", "a.here is null", changed, *(f"{both} and {one}" for one in differs.values())]
    query = ", ".join(f"count(*) filter ({where})" for where in counted)
    added, gone, altered, *by_column = con.execute(f"select {query} from {joined}").fetchone() or (0, 0, 0)
    examples = []
    names = ", ".join(f"coalesce(b.{name}, a.{name}) as {name}" for name in key)
    for what, where in (("added", "b.here is null"), ("gone", "a.here is null"), ("changed", changed)):
        values = "".join(f", b.{name} as before_{name}, a.{name} as after_{name}" for name in others)
        query = f"select {names}{values} from {joined} where {where} order by {', '.join(key)}"
        for row in records(con, f"{query} limit {EXAMPLES}"):
            example: Record = {"row": what, "key": {name: row[name] for name in key}}
            if what == "changed":
                pairs = {name: (row[f"before_{name}"], row[f"after_{name}"]) for name in others}
                example["columns"] = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
            examples.append(example)
    return {
        "added": added,
        "gone": gone,
        "changed": altered,
        "changed_columns": {name: n for name, n in zip(others, by_column, strict=True) if n},
        "examples": examples,
    }


def _whole(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> dict[str, int]:
    """Counts of rows that only one of the two has, however often each has it."""
    names = ", ".join(columns)
    added, gone = con.execute(
        f"""select coalesce(sum(n) filter (n > 0), 0), coalesce(-sum(n) filter (n < 0), 0) from (
            select sum(one) as n from (
                select hash({names}) as row, 1 as one from after.{table}
                union all select hash({names}), -1 from before.{table}
            ) group by row
        )"""
    ).fetchone() or (0, 0)
    return {"added": int(added), "gone": int(gone)}


def _moved(
    con: duckdb.DuckDBPyConnection, table: str, had: dict[str, str], has: dict[str, str], key: list[str]
) -> list[Moved]:
    """The sums of numbers that are no part of the key, where they differ."""
    measures = [column for column in {**had, **has} if column not in key]
    sums = {c: _sums(con, f"{c}.{table}", measures, of) for c, of in (("before", had), ("after", has))}
    found = [Moved(column, sums["before"].get(column), sums["after"].get(column)) for column in measures]
    return [one for one in found if one.before != one.after]


def _sums(
    con: duckdb.DuckDBPyConnection, table: str, measures: list[str], types: dict[str, str]
) -> dict[str, Decimal | None]:
    terms = {}
    for column in measures:
        kind = types.get(column, "")
        if kind in NUMBERS or kind.startswith("DECIMAL"):
            terms[column] = f"sum({column})"
        elif kind in {"DOUBLE", "FLOAT"}:  # a sum of these depends on the order, one of decimals does not
            terms[column] = f"sum(try_cast({column} as decimal(38, 6)))"
    if not terms:
        return {}
    values = con.execute(f"select {', '.join(terms.values())} from {table}").fetchone() or ()
    return {name: None if value is None else Decimal(value) for name, value in zip(terms, values, strict=True)}
