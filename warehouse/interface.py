"""The stable names of what is published: a view ``marts.x`` over the table ``marts_v1.x``.

The number is the version of the table's interface: which columns it has, of which types, by which key, and what they
mean. It is 1 unless the head of the model says ``version: 2``. Whoever changes a table so that a query of yesterday
could fail or mean something else raises it, and leaves the interface as it was in
``warehouse/earlier/marts.x.v1.sql``: a SELECT on ``marts_v2.x`` after the lines ``-- until: 2027-12-31`` and
``-- why: ...`` (and ``-- key: ...``, if the table had one). Up to that business date ``marts.x`` stays what it was, and
the new one is read as ``marts_v2.x``; from then on ``marts.x`` is the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.duck import quoted

EARLIER = Path(__file__).parent / "earlier"
_NAME = re.compile(r"([a-z]+)\.([a-z0-9_]+)\.v([0-9]+)\.sql")
_HEAD = re.compile(r"-- until: ([0-9-]{10})\n-- why: (.+)\n(?:-- key: (.+)\n)?")


class InterfaceError(Exception):
    """A file of an earlier interface is not as it has to be."""


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        schema: ``marts`` or ``reference``.
        name: Its name.
        comment: Its comment.
        version: Version of its interface.
        withheld: Columns that it has in the lake and that are not published.
    """

    schema: str
    name: str
    comment: str
    version: int = 1
    withheld: tuple[str, ...] = ()

    @property
    def stable(self) -> str:
        """The name that a reader uses."""
        return f"{self.schema}.{self.name}"

    @property
    def versioned(self) -> str:
        """The name that says the version of the interface."""
        return f"{self.schema}_v{self.version}.{self.name}"


@dataclass(frozen=True)
class Earlier:
    """An interface that a table had, kept up to a business date.

    Attributes:
        table: The table as it was then.
        until: The last business date for which it is published.
        sql: What computes it from the tables of today.
    """

    table: Table
    until: date
    sql: str


def earlier(folder: Path | None = None) -> list[Earlier]:
    """The interfaces that are kept, the oldest of each table first.

    Raises:
        InterfaceError: a file's name or head is not as described above.
    """
    found = []
    for path in (folder or EARLIER).glob("*.sql"):
        sql = path.read_text(encoding="utf-8")
        name, head = _NAME.fullmatch(path.name), _HEAD.match(sql)
        if name is None or head is None:
            raise InterfaceError(f"{path}: it is called <schema>.<table>.v<number>.sql and begins with until and why")
        comment = f"meaning: kept until {head[1]}, {head[2]}" + (f"\nkey: {head[3]}" if head[3] else "")
        found.append(Earlier(Table(name[1], name[2], comment, int(name[3])), date.fromisoformat(head[1]), sql))
    return sorted(found, key=lambda one: (one.table.stable, one.table.version))


def make_views(
    con: duckdb.DuckDBPyConnection,
    tables: Iterable[Table],
    descriptions: Mapping[tuple[str, str], str],
    business_date: date,
    kept: Iterable[Earlier],
) -> None:
    """Makes the stable names, with their comments.

    Args:
        con: A connection whose default catalog holds the tables by their versioned names.
        tables: The tables.
        descriptions: What a column means, by the stable name of its table and its own.
        business_date: Of the version that is built.
        kept: See ``earlier``; those of tables that are not published, or not in a later version, are left out.
    """
    stands_for = {table.stable: table for table in tables}
    for table in stands_for.values():
        con.execute(f"comment on table {table.versioned} is {quoted(table.comment)}")
    in_force = [
        one
        for one in kept
        if (now := stands_for.get(one.table.stable)) and one.table.version < now.version and business_date <= one.until
    ]
    for one in sorted(in_force, key=lambda one: -one.table.version):  # an older one may be computed from a later one
        con.execute(f"create schema if not exists {one.table.versioned.split('.')[0]}")
        con.execute(f"create view {one.table.versioned} as {one.sql}")
        con.execute(f"comment on view {one.table.versioned} is {quoted(one.table.comment)}")
        stands_for[one.table.stable] = one.table
    for table in stands_for.values():
        columns = [row[0] for row in con.execute(f"describe {table.versioned}").fetchall()]
        con.execute(f"create view {table.stable} as select {', '.join(columns)} from {table.versioned}")
        # what an earlier interface alone has is described by why it is kept
        rest = table.comment.partition("meaning: ")[2].split("\n")[0]
        words = {column: descriptions.get((table.stable, column)) or rest for column in columns}
        describe(con, "view", table.stable, table.comment, words)


def describe(con: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str, words: Mapping[str, str]) -> None:
    """Comments on a table or view and on its columns, in one statement of many: each alone takes half as long again."""
    said = [f"comment on {kind} {name} is {quoted(comment)}"]
    said += [f"comment on column {name}.{column} is {quoted(text)}" for column, text in words.items() if text]
    con.execute("; ".join(said))
