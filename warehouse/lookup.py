"""What changed in tables since they were built, and the rows of tables that have certain keys.

A key is a row of a temporary table with the columns ``by_1``, ``by_2`` and so on; expressions over the columns of a
table say what they are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import duckdb

from warehouse import models, rewrite, stamps
from warehouse.duck import quoted
from warehouse.models import Model
from warehouse.rewrite import Query

_MANY = 400  # dates that are written into a condition one by one, so that files of other dates are not read


class Lookup:
    """What changed, and what to read, in one run of `increment.update`.

    Temporary tables are called by a word and the table: ``removed`` and ``added`` hold what changed in it.

    Args:
        con: a connection whose default catalog is the lake, in which all models are built.
        every: all models by their table, in the order of building.
        since: snapshot of the lake that they were built from.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, every: Mapping[str, Model], since: int) -> None:
        self.con, self.every, self.since = con, every, since
        self.changed: dict[str, bool] = {}
        self.rows: dict[str, int] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.looked_up: dict[str, tuple[dict[str, list[str]], str]] = {}
        self.apart = frozenset(table for table, model in every.items() if model.declared.carries)
        self.indexes = [model for model in every.values() if model.declared.index]

    def changes(self, table: str) -> bool:
        """Whether anything changed in a table: ``removed`` and ``added`` hold its rows."""
        if table not in self.changed:
            if table.startswith("reference.") or table in self.apart:
                return False  # what changed in a reference table is noted when it is read anew
            if table in self.every:
                raise models.ModelError(f"{table} is read before it is brought up to date")
            schema, name = table.split(".")
            if self.snapshots:
                first, last = self.snapshots[0], self.snapshots[-1]
                rows = f"ducklake_table_changes(current_database(), '{schema}', '{name}', {first}, {last})"
                rows += f" where list_contains({self.snapshots}, snapshot_id)"
            else:
                rows = f"(select *, '' as change_type from {table} where false)"
            self.temp(f"changes {table}", f"from {rows}")
            listed = ", ".join(self.columns_of(table))
            for word, kinds in (("removed", "'delete', 'update_preimage'"), ("added", "'insert', 'update_postimage'")):
                these = f"select {listed} from {called('changes', table)} where change_type in ({kinds})"
                self.temp(f"{word} {table}", these)
            self.note_change(table)
        return self.changed[table]

    @cached_property
    def snapshots(self) -> list[int]:
        """The snapshots since the build that may have changed rows."""
        found = self.con.execute(
            f"""select snapshot_id from ducklake_snapshots(current_database()) where snapshot_id > {self.since}
            and commit_message is distinct from {quoted(stamps.SAME_ROWS)} order by snapshot_id"""
        )
        return [snapshot for (snapshot,) in found.fetchall()]

    def note_change(self, table: str) -> None:
        """Notes that ``removed`` and ``added`` hold what changed in a table."""
        self.changed[table] = bool(self.count(f"removed {table}") or self.count(f"added {table}"))

    def difference(self, table: str, columns: Sequence[str]) -> str:
        """Rows that came or went, as far as some columns tell."""
        listed = ", ".join(columns)
        sides = [f"select {listed} from {called(word, table)}" for word in ("removed", "added")]
        if not all(self.count(f"{word} {table}") for word in ("removed", "added")):
            return " union all ".join(sides)
        past, now = sides
        return f"({past} except {now}) union all ({now} except {past})"

    def find(
        self, table: str, by: Sequence[str], keys: str, what: str = "*", *, since: str | None = None, other: str = ""
    ) -> str:
        """SQL of the rows of a table that have one of some keys.

        Args:
            table: where to look.
            by: expressions over its columns.
            keys: a temporary table with the values that they are to have.
            what: what of the rows is wanted.
            since: a date of the rows that is not to be before the key's ``from_date``.
            other: a table that has no row for any of the keys before; see `declared.Index`.
        """
        join = having(keys, by) + (f" and {since} >= key.from_date" if since else "")
        where = ["true"]
        if since:
            (first,) = self.row(f"select min(from_date) from {called(keys)}")
            where.append(f"{since} >= date '{first or '9999-12-31'}'")
        for number, expression in enumerate(by, 1):
            if self.columns_of(table).get(expression) == "DATE":
                where.append(self._listed(expression, f"select distinct by_{number} from {called(keys)}"))
        for index in self.indexes:
            says = index.declared.index
            if says and table in says.tables and [*says.columns] == [*by] and (says.other or "") in {other, ""}:
                first_column = Query(self.every, index.table).first_column
                of_keys = rewrite.renamed(first_column, {column: f"by_{n}" for n, column in enumerate(says.columns, 1)})
                known = f"{next(iter(index.columns))} in (select {of_keys} from {called(keys)})"
                where.append(self._listed(says.place, f"select distinct {says.place} from {index.table} where {known}"))
        return f"select {what} from {table} {join} where {' and '.join(where)}"

    def _listed(self, column: str, dates: str) -> str:
        """Condition with the dates of a query written out, so that files of other dates are not read."""
        found = [date for (date,) in self.con.execute(f"{dates} order by all").fetchall()]
        if None in found:
            return "true"
        if len(found) > _MANY:
            return f"{column} between date '{found[0]}' and date '{found[-1]}'"
        written = ", ".join(f"date '{date}'" for date in found)
        return f"{column} in ({written})" if found else "false"

    def own_key(self, model: Model) -> list[str]:
        """The columns of a model's own key."""
        return [key.column for key in model.declared.by]

    def key_in(self, model: Model, table: str) -> list[str] | None:
        """The expressions that an input has for the key of a model; None if it has not all of them."""
        columns, found = self.columns_of(table), []
        for key in model.declared.by:
            fitting = [one for one in key.sources if all(column in columns for column in rewrite.columns_of(one))]
            if not fitting:
                return None
            found.append(fitting[0])
        return found

    def keyed(self, model: Model, inputs: Iterable[str]) -> dict[str, list[str]]:
        """Those of a model's inputs that are read by key, each with the expressions of the key.

        None is, if the model is computed whole.
        """
        says = model.declared
        if says.along:
            return {says.along: self.own_key(self.every[says.along])}
        if not says.by or says.together:
            return {}
        whole = {*says.also, *says.beside, *self.apart}
        return {table: key for table in inputs if table not in whole and (key := self.key_in(model, table)) is not None}

    def grain(self, table: str) -> list[str]:
        """The columns that tell the rows of a table apart."""
        model = self.every.get(table)
        return (models.key_of(model.head) if model else []) or list(self.columns_of(table))

    def added_up(self, model: Model, rows: str) -> str:
        """SQL that adds up rows of a table of sums by its key; those of which nothing is left are no rows."""
        key = self.grain(model.table)
        sums = [column for column in model.columns if column not in key]
        summed = ", ".join(f"cast(sum({column}) as bigint) as {column}" for column in sums)
        something = " or ".join(f"sum({column}) <> 0" for column in sums)
        return f"select {', '.join([*key, summed])} from ({rows}) group by {', '.join(key)} having {something}"

    def read(self, query: Query, table: str, besides: Sequence[str]) -> list[str]:
        """The columns of a table that a query reads, and those that some expressions read."""
        columns = list(self.columns_of(table))
        read = {*query.columns_read(table, tuple(columns)), *(c for one in besides for c in rewrite.columns_of(one))}
        return [column for column in columns if column in read]

    def columns_of(self, table: str) -> dict[str, str]:
        """The columns of a table with their types."""
        if table not in self.columns:
            rows = self.con.execute(f"describe {table}").fetchall()
            self.columns[table] = {name: kind for name, kind, *_ in rows}
        return self.columns[table]

    def temp(self, name: str, query: str) -> None:
        """Makes a temporary table of the rows of a query."""
        try:
            made = self.con.execute(f"create or replace temp table {called(name)} as {query}")
            (self.rows[name],) = made.fetchone() or (0,)
        except duckdb.Error as error:
            error.add_note(f"while making {name} for the increment")
            raise

    def row(self, query: str) -> tuple[object, ...]:
        """The first row of a query; empty if it has none."""
        return self.con.execute(query).fetchone() or ()

    def count(self, name: str) -> int:
        """How many rows a temporary table has."""
        return self.rows[name]


def called(word: str, table: str = "") -> str:
    """A temporary table's name in SQL."""
    name = f"{word} {table}".strip()
    return f'"{name}"'


def numbered(expressions: Sequence[str]) -> str:
    """Selects a key: ``by_1`` and so on; of no expression a key that is the same for all rows."""
    named = [f"{expression} as by_{number}" for number, expression in enumerate(expressions, 1)]
    return ", ".join(named) or "true as by_0"


def same_key(expressions: Sequence[str]) -> str:
    """Condition that a row has a key."""
    return " and ".join(f"key.by_{n} is not distinct from {expression}" for n, expression in enumerate(expressions, 1))


def having(keys: str, expressions: Sequence[str], kind: str = "semi") -> str:
    """Join after which only rows are left that have one of some keys, or with ``anti`` none of them."""
    return f"{kind} join {called(keys)} as key on {same_key(expressions)}"
