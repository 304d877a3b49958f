"""A table that is computed whole each day keeps its place in the catalog: its rows are exchanged, if they differ.

To create it anew would leave a record of the old table and of each of its columns in the catalog of the lake for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse.duck import quoted


def refill(con: duckdb.DuckDBPyConnection, table: str, query: str) -> int:
    """Puts the rows of a query in the place of a table's rows; how many there are.

    Nothing is written where they are the same. All rows are deleted, not those that differ: the lake lets go of a whole
    file then, and needs no file that lists what is deleted of it.

    Args:
        con: a connection whose default catalog has the table; the caller holds the transaction.
        table: the table.
        query: its rows, with the table's columns in their order.
    """
    con.execute(f"create or replace temp table refill as {query}")
    return _exchanged(con, table)


def refill_if_it_fits(con: duckdb.DuckDBPyConnection, table: str, query: str) -> int | None:
    """As ``refill``; None, and nothing is done, where the table is missing or has other columns than the query."""
    con.execute(f"create or replace temp table refill as {query}")
    if columns_of(con, table) != result_of(con, "from temp.refill"):  # to plan the query once more would take longer
        con.execute("drop table temp.refill")
        return None
    return _exchanged(con, table)


def _exchanged(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counts = f"select (select count(*) from {table}), (select count(*) from temp.refill)"
    before, rows = con.execute(counts).fetchone() or (0, 0)
    if before != rows or con.execute(f"from temp.refill except all from {table} limit 1").fetchone():
        if before:  # a DELETE of no row beside an INSERT doubles rows in this version of the lake
            con.execute(f"delete from {table}")
        if rows:
            con.execute(f"insert into {table} from temp.refill")
    con.execute("drop table temp.refill")
    return int(rows)


def own_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    head: Mapping[str, str],
    columns: Mapping[str, tuple[str, str]],
    query: str,
) -> None:
    """Refills a table that no model makes, and describes it.

    Args:
        con: see ``refill``.
        table: the table, as ``schema.table``; it is made where it is missing or has other columns.
        head: what it is, by the keys of a model's head.
        columns: type and description of each column, by name.
        query: its rows, with these columns in their order.
    """
    kinds = {name: kind for name, (kind, _) in columns.items()}
    nothing = "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in kinds.items())
    made = columns_of(con, table) != result_of(con, nothing)
    if made:
        con.execute(f"create or replace table {table} as {nothing} limit 0")
    refill(con, table, query)
    words = "\n".join(f"{key}: {text}" for key, text in head.items())
    comment(con, "table", table, words, {name: text for name, (_, text) in columns.items()}, new=made)


def comment(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    table: str,
    words: str,
    columns: Mapping[str, str] | None = None,
    *,
    new: bool = False,
) -> None:
    """Write the comments of a table or view, and of a table's columns, where they are others.

    One that was just made, ``new``, has none, and is not asked for them: that takes 15 ms.
    """
    schema, name = table.split(".")
    own = "database_name = current_database() and schema_name = ? and"
    if new or con.execute(
        f"select comment from duckdb_{kind}s() where {own} {kind}_name = ?", [schema, name]
    ).fetchone() != (words,):
        con.execute(f"comment on {kind} {table} is {quoted(words)}")
    if not columns:
        return
    query = f"select column_name, comment from duckdb_columns() where {own} table_name = ?"
    there = {} if new else dict(con.execute(query, [schema, name]).fetchall())
    for column, text in columns.items():
        if there.get(column) != text:
            con.execute(f"comment on column {table}.{column} is {quoted(text)}")


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Name and type of each column of a table of the default catalog; none if there is no such table."""
    try:
        return result_of(con, f"from {table}")
    except duckdb.CatalogException:  # a transaction goes on after it; a list of all tables takes ten times as long
        return []


def result_of(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Name and type of each column of a query."""
    return [(name, kind) for name, kind, *_ in con.execute(f"describe {query}").fetchall()]
