"""A table that is computed whole each day keeps its place in the catalog: its rows are exchanged, if they differ.

To create it anew would leave a record of the old table and of each of its columns in the catalog of the lake for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse.duck import quoted


def refill(con: duckdb.DuckDBPyConnection, table: str, query: str) -> bool:
    """Puts the rows of a query in the place of a table's rows; whether they are others.

    Nothing is written where they are the same. All rows are deleted, not those that differ: the lake lets go of a whole
    file then, and needs no file that lists what is deleted of it.

    Args:
        con: a connection whose default catalog has the table; the caller holds the transaction.
        table: the table.
        query: its rows, with the table's columns in their order.
    """
    con.execute(f"create or replace temp table refill as {query}")
    return _exchanged(con, table)


def refill_if_it_fits(con: duckdb.DuckDBPyConnection, table: str, query: str) -> bool | None:
    """As ``refill``; None, and nothing is done, where the table is missing or has other columns than the query."""
    con.execute(f"create or replace temp table refill as {query}")
    if columns_of(con, table) != result_of(con, "from temp.refill"):  # to plan the query once more would take longer
        con.execute("drop table temp.refill")
        return None
    return _exchanged(con, table)


def _exchanged(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    counts = f"select (select count(*) from {table}), (select count(*) from temp.refill)"
    before, rows = con.execute(counts).fetchone() or (0, 0)
    is_other = before != rows or (rows > 0 and _differs(con, table))
    if is_other:
        if before:  # a DELETE of no row beside an INSERT doubles rows in this version of the lake
            con.execute(f"delete from {table}")
        if rows:
            con.execute(f"insert into {table} from temp.refill")
    con.execute("drop table temp.refill")
    return is_other


def _differs(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether some row stands more often on one side; EXCEPT ALL says the same and takes three times as long."""
    listed = ", ".join(f'"{name}"' for name, _ in result_of(con, "from temp.refill"))
    sides = f"select *, 1 as side_ from temp.refill union all select *, -1 from {table}"
    query = f"select 1 from ({sides}) group by {listed} having sum(side_) <> 0 limit 1"
    return con.execute(query).fetchone() is not None


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
    comment(con, "table", table, words, {name: text for name, (_, text) in columns.items()}, there={} if made else None)


def comment(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    table: str,
    words: str,
    columns: Mapping[str, str] | None = None,
    *,
    there: Mapping[str, str | None] | None = None,
) -> None:
    """Write the comments of a table or view, and of a table's columns, where they are others.

    Args:
        con: see ``refill``.
        kind: ``table`` or ``view``.
        table: the table or view, as ``schema.name``.
        words: its comment.
        columns: the comment of each column, by name.
        there: the comments that there are, as ``comments`` says; empty for what was just made. It asks if not given.
    """
    if there is None:
        there = comments(con)
    if there.get(table) != words:
        con.execute(f"comment on {kind} {table} is {quoted(words)}")
    for column, text in (columns or {}).items():
        if there.get(f"{table}.{column}") != text:
            con.execute(f"comment on column {table}.{column} is {quoted(text)}")


def comments(con: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """The comments of all tables, views and columns, by ``schema.table`` and ``schema.table.column``.

    To ask for those of one table takes as long, 0.1 s.
    """
    return dict(
        con.execute(
            """select concat_ws('.', schema_name, table_name), comment from duckdb_tables()
            where database_name = current_database()
            union all select concat_ws('.', schema_name, view_name), comment from duckdb_views()
            where database_name = current_database()
            union all select concat_ws('.', schema_name, table_name, column_name), comment from duckdb_columns()
            where database_name = current_database()"""
        ).fetchall()
    )


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Name and type of each column of a table of the default catalog; none if there is no such table."""
    try:
        return result_of(con, f"from {table}")
    except duckdb.CatalogException:  # a transaction goes on after it; a list of all tables takes ten times as long
        return []


def result_of(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Name and type of each column of a query."""
    return [(name, kind) for name, kind, *_ in con.execute(f"describe {query}").fetchall()]
