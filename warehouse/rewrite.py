"""Puts other relations in the place of a model's inputs, in the tree of its SQL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import duckdb
import sqlglot
from sqlglot import exp

from warehouse.models import Model

DIALECT = "duckdb"


class Query:
    """The SQL of a model, in which each view is the query that it stands for.

    Args:
        every: all models by their table.
        table: the model.
        apart: views that stay as they are.
    """

    def __init__(self, every: Mapping[str, Model], table: str, apart: frozenset[str] = frozenset()) -> None:
        sql, wanted = {table: every[table].sql}, [table]
        while wanted:
            for name in every[wanted.pop()].inputs:
                if name not in sql and name not in apart and name in every and every[name].is_view:
                    sql[name] = every[name].sql
                    wanted.append(name)
        self._said = (table, tuple(sorted(sql.items())))

    @property
    def inputs(self) -> list[str]:
        """The tables that it reads, in the order in which it names them."""
        return _inputs(*self._said)

    def columns_read(self, table: str, columns: tuple[str, ...]) -> frozenset[str]:
        """Those of a table's columns that it may read; all of them if it names none one by one."""
        return _columns_read(*self._said, table, columns)

    @property
    def first_column(self) -> str:
        """The expression of the first column of the model's ``final``."""
        [final] = [cte.this for cte in _tree(*self._said).find_all(exp.CTE) if cte.alias == "final"]
        return str(final.expressions[0].unalias().sql(DIALECT, comments=False))

    def on(self, con: duckdb.DuckDBPyConnection, given: Mapping[str, str], word: str = "given") -> str:
        """Its SQL with other relations in the place of some inputs.

        Args:
            con: a connection; the relations become temporary views of it, which the next call replaces.
            given: SQL of a query by the table that it stands for.
            word: what the names of the views begin with.
        """
        for table, relation in given.items():
            con.execute(f'create or replace temp view "{word} {table}" as {relation}')
        return _renamed(*self._said, frozenset(given), word)


Said = tuple[tuple[str, str], ...]


@cache
def _tree(table: str, said: Said) -> exp.Expr:
    sql = dict(said)
    made = sqlglot.parse_one(sql[table], dialect=DIALECT)
    for node in list(made.find_all(exp.Table)):
        if (name := _name_of(node)) in sql and name != table:
            query = exp.Subquery(this=_tree(name, said).copy())
            node.replace(query.as_(node.alias or node.name, table=True))
    return made


def _name_of(node: exp.Table) -> str:
    """The two-part name of a table; empty for what the query names itself."""
    return f"{node.db}.{node.name}" if node.db else ""


@cache
def _inputs(table: str, said: Said) -> list[str]:
    return list(dict.fromkeys(name for node in _tree(table, said).find_all(exp.Table) if (name := _name_of(node))))


@cache
def _renamed(table: str, said: Said, given: frozenset[str], word: str) -> str:
    made = _tree(table, said).copy()
    for node in list(made.find_all(exp.Table)):
        if (name := _name_of(node)) in given:
            node.replace(exp.to_table(f'"{word} {name}"', dialect=DIALECT).as_(node.alias or node.name, table=True))
    return made.sql(DIALECT, comments=False)


@cache
def _columns_read(table: str, said: Said, read: str, columns: tuple[str, ...]) -> frozenset[str]:
    query = _tree(table, said)
    aliases = set()
    for node in query.find_all(exp.Table):
        if _name_of(node) == read:
            aliases.add(node.alias or node.name)
            select = node.find_ancestor(exp.Select)
            if select is not None and any(isinstance(one, exp.Star) for one in select.expressions):
                return frozenset(columns)
    named = set()
    for column in query.find_all(exp.Column):
        if not column.table or column.table in aliases:
            if isinstance(column.this, exp.Star):
                return frozenset(columns)
            named.add(column.name)
    return frozenset(columns) & named


@cache
def columns_of(expression: str) -> tuple[str, ...]:
    """The columns that an expression reads."""
    return tuple(column.name for column in _expression(expression).find_all(exp.Column))


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """An expression in which columns have other names."""
    made = _expression(expression).copy()
    for column in made.find_all(exp.Column):
        column.replace(exp.column(names.get(column.name, column.name)))
    return str(made.expressions[0].sql(DIALECT))


@cache
def _expression(text: str) -> exp.Expr:
    return sqlglot.parse_one(f"select {text}", dialect=DIALECT)
