"""The marts once more, with the names that belong to their codes: a view ``named.x`` over each ``marts.x``.

``marts.x`` has codes alone, so that nobody who joins a name meets it twice. In ``named.x`` a row has the columns of
``marts.x`` and the names that ``warehouse/names.sql`` has for its codes; where several codes lead to a province, the
first of ``CODES`` says which. Views of the published file alone, so that they cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb

from warehouse.interface import Table, describe

SCHEMA = "named"
NAMES = Path(__file__).parent / "names.sql"
CODES = {
    "province_code": ("province", {"province_name": "Name of the province"}),
    "region_code": (
        "region",
        {"region_name": "Name of the region", "province_name": "Name of its province, or its own if it is one"},
    ),
    "branch_code": (
        "branch",
        {
            "branch_name": "Name of the branch office",
            "office_name": "Name of the regional office (Kanwil) that looks after it",
            "province_name": "Name of the province in which the branch stands",
        },
    ),
    "wadah_code": ("wadah", {"wadah_name": "Name of the wadah, by its latest agreement"}),
    "sector": ("sector", {"sector_name": "Name of the sector"}),
    "unit_code": ("unit", {"unit_name": "Name of the branch, office or province"}),
}
"""Columns that hold codes: the view that knows their names, and what the names are."""


def make(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Makes the views, with their comments.

    Args:
        con: a connection whose default catalog has the views of ``marts`` and ``reference``, with their comments.
        tables: the tables below them.
    """
    names_sql = NAMES.read_text(encoding="utf-8")
    for table in tables:
        names_sql = re.sub(rf"(?<=from ){table.stable}\b", table.versioned, names_sql)
    con.execute(f"create schema {SCHEMA}")
    con.execute(names_sql)
    marts: dict[tuple[str, str], dict[str, str]] = {}
    for mart, comment, column, words in con.execute(
        """select view_name, v.comment, column_name, c.comment
        from duckdb_views() as v
        join duckdb_columns() as c on v.view_oid = c.table_oid and v.database_name = c.database_name
        where v.database_name = current_database() and v.schema_name = 'marts'
        order by view_name, column_index"""
    ).fetchall():
        marts.setdefault((mart, comment), {})[column] = words or ""
    for (mart, comment), own in marts.items():
        shown, words, joins = [f"mart.{column}" for column in own], dict(own), []
        for code, (names_of, names) in CODES.items():
            new = {name: text for name, text in names.items() if name not in words}
            if code in own and new:
                joins.append(f"left join {SCHEMA}.{names_of} as {names_of} on mart.{code} = {names_of}.{code}")
                shown += [f"{names_of}.{name}" for name in new]
                words |= new
        if not joins:
            continue
        view = f"{SCHEMA}.{mart}"
        con.execute(f"create view {view} as select {', '.join(shown)} from marts.{mart} as mart {' '.join(joins)}")
        describe(con, "view", view, comment, words)
