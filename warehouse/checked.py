"""What became of the cross-checks of a build: the table ``marts.check_result``, and whether it may be published."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from expectations.checks import Outcome
from warehouse.duck import quoted
from warehouse.durable import transaction

TABLE = "marts.check_result"
STAMP = "core.check_stamp"
HEAD = {
    "grain": "one row per cross-check",
    "key": "check_name",
    "meaning": "What the cross-checks say of the marts before they are published, and what each of them is about.",
    "date": "none; as of this build",
    "source": "expectations/marts/*.yaml; the marts, and those of the last published version",
    "owner": "head office, data team",
    "caveats": "a check against the last published version passes where there is none",
}
COLUMNS = {
    "check_name": ("varchar", "Name of the check"),
    "mart": ("varchar", "Table that it is about"),
    "severity": ("varchar", "error stops the publication, warning does not"),
    "outcome": ("varchar", "passed, failed, or waived: failed, and published all the same because somebody said so"),
    "failed": ("bigint", "Rows of the check that broke it: regions, months, branches or agents, as its key says"),
    "examples": ("varchar", "The first few of them; null if there are none"),
    "meaning": ("varchar", "What holds if it passes"),
}


def write(con: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome], waived: Collection[str], stamp: str) -> bool:
    """Writes the outcomes, and if nothing stops the publication the stamp of the build that they are about.

    Args:
        con: A connection whose default catalog is the lake; no transaction may be open on it.
        outcomes: What became of each check.
        waived: Names of checks that are not to stop the publication.
        stamp: Of the build that was checked.

    Returns:
        Whether it may be published.
    """
    fit = not any(stops(outcome, waived) for outcome in outcomes)
    rows = [
        (
            outcome.check.name,
            outcome.check.mart,
            outcome.check.severity,
            "passed" if not outcome.failed else "waived" if outcome.check.name in waived else "failed",
            outcome.failed,
            "; ".join(outcome.examples) or None,
            outcome.check.meaning,
        )
        for outcome in outcomes
    ]
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    with transaction(con):
        con.execute(f"create or replace table {TABLE} ({columns})")
        if rows:  # in one statement: each would write a file of its own
            marks = ", ".join([f"({', '.join('?' for _ in COLUMNS)})"] * len(rows))
            con.execute(f"insert into {TABLE} values {marks}", [value for row in rows for value in row])
        con.execute(f"comment on table {TABLE} is {quoted(chr(10).join(f'{k}: {v}' for k, v in HEAD.items()))}")
        for name, (_, words) in COLUMNS.items():
            con.execute(f"comment on column {TABLE}.{name} is {quoted(words)}")
        _describe(con)
        con.execute(f"create or replace table {STAMP} as select {quoted(stamp if fit else '')} as stamp")
        con.execute(f"comment on table {STAMP} is 'grain: one row\nmeaning: Which build passed its checks.'")
        con.execute(f"comment on column {STAMP}.stamp is 'Tells the build from others; empty if the last one failed'")
    return fit


def _describe(con: duckdb.DuckDBPyConnection) -> None:
    """Adds the columns to ``marts.dictionary``, which is written with the models and so without this table."""
    schema, table = TABLE.split(".")
    con.execute("delete from marts.dictionary where schema_name = ? and table_name = ?", [schema, table])
    words = {("governing_date" if key == "date" else key): text for key, text in HEAD.items() if key != "key"}
    rows = [
        {"schema_name": schema, "table_name": table, "column_name": name, "position": position}
        | {"type": kind.upper(), "description": description, **words}
        for position, (name, (kind, description)) in enumerate(COLUMNS.items(), start=1)
    ]
    marks = ", ".join([f"({', '.join('?' for _ in rows[0])})"] * len(rows))
    values = [value for row in rows for value in row.values()]
    con.execute(f"insert into marts.dictionary ({', '.join(rows[0])}) values {marks}", values)


def stops(outcome: Outcome, waived: Collection[str]) -> bool:
    """Whether an outcome keeps the build from being published."""
    return bool(outcome.failed) and outcome.check.severity == "error" and outcome.check.name not in waived


def stamp(con: duckdb.DuckDBPyConnection) -> str | None:
    """The stamp of the last build that was checked, empty if it failed; None before the first."""
    schema, table = STAMP.split(".")
    there = con.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    row = con.execute(f"select stamp from {STAMP}").fetchone() if there else None
    return str(row[0]) if row else None
