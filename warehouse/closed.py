"""The months that are closed: what was approved and paid, in tables of the lake that no build ever touches.

Frozen rows are only ever added, a month at a time and whole. What the models say about a closed month afterwards
becomes lines that correct it in an open one; see core.incentive_adjustment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse import audit, terms
from warehouse.duck import quoted
from warehouse.durable import transaction
from warehouse.terms import Columns

_BATCH = 100_000  # rows that are hashed at a time; the database sorts them, and spills if it has to

MONTH: Columns = {
    "period": ("DATE", "The month, its first day."),
    "content_hash": ("VARCHAR", "Hash of the frozen lines and totals: what was approved."),
    "snapshot_id": ("BIGINT", "Snapshot of the lake that they were computed in; null if it was rebuilt since."),
    "last_business_date": ("DATE", "Latest business date that had been run then."),
    "stamp": ("VARCHAR", "Stamp of the models' build."),
    "code_version": ("VARCHAR", "Version of the SQL that computed them; closed.code holds it."),
    "because": (
        "VARCHAR",
        "Reason given for what was held, see warehouse.held; null if nothing was.",
    ),
    "approved_by": ("VARCHAR", "Who approved, as Airflow or the command line was told."),
    "approved_at": ("VARCHAR", "When, as Airflow or the command line was told: ISO 8601."),
    "note": ("VARCHAR", "What the approver remarked; empty if nothing."),
}
DRAFT: Columns = {name: MONTH[name] for name in list(MONTH)[:7]}
STATEMENT: Columns = {
    "period": ("DATE", "The closed month, its first day."),
    "file_name": ("VARCHAR", "A file of its statements."),
    "sha256": ("VARCHAR", "Hash of its content."),
}
CODE: Columns = {
    "code_version": ("VARCHAR", "Hash of all models that incentives are computed by."),
    "model": ("VARCHAR", "Name of a model, schema.table."),
    "sql": ("VARCHAR", "Its SQL."),
}
TURN: Columns = {"turns": ("BIGINT", "Incremented by each close: of two at once one is refused; see take_turn.")}


def _frozen(table: str, columns: str) -> Columns:
    named = (column.split(" ") for column in " ".join(columns.split()).split(", "))
    words = f"As in marts.{table}; likewise all others."
    return {name: (kind, "" if number else words) for number, (name, kind) in enumerate(named)}


FROZEN: dict[str, Columns] = {
    table: _frozen(table, columns)
    for table, columns in {
        "incentive_line": """
            period DATE, agent_code VARCHAR, wadah_code VARCHAR, scheme VARCHAR, rule VARCHAR,
            participant_key UUID, contribution_month DATE, contribution_month_no INTEGER,
            basis_rp BIGINT, rate DECIMAL(7,4), amount_rp DECIMAL(20,6), reason VARCHAR, delivery_id VARCHAR,
            source_branch_code VARCHAR, source_no VARCHAR, agent_share DECIMAL(5,2),
            new_participants INTEGER, gross_rp DECIMAL(24,4), corrects_period DATE
        """,
        "incentive_agent_month": """
            period DATE, agent_code VARCHAR, wadah_code VARCHAR, scheme VARCHAR, new_count BIGINT,
            acquisition_rp BIGINT, contribution_basis_rp BIGINT, contribution_rp BIGINT,
            adjustment_rp BIGINT, cap_rp BIGINT, total_rp BIGINT, gross_rp BIGINT
        """,
        "incentive_wadah_month": """
            period DATE, wadah_code VARCHAR, scheme VARCHAR, pks VARCHAR, agent_count BIGINT,
            agents_total_rp BIGINT, adjustment_rp BIGINT, management_rp BIGINT, payable_rp BIGINT,
            management_basis_rp BIGINT, management_rate DECIMAL(7,4), minimum_agents INTEGER,
            tax_rate DECIMAL(7,4), tax_rp BIGINT
        """,
    }.items()
}
"""Tables that hold what was paid; each is a mart of the same name, without the columns that are of today."""
TABLES: dict[str, Columns] = FROZEN | {
    "month": MONTH,
    "draft": DRAFT,
    "statement": STATEMENT,
    "code": CODE,
    "terms": terms.TERMS,
    "audit": audit.AUDIT,
    "turn": TURN,
}


class AlreadyClosed(Exception):
    """The month is closed; the message says with which content."""


class WrongContent(Exception):
    """The rows to be frozen are not those that were approved."""


@dataclass(frozen=True)
class Draft:
    """A month as it was computed to be approved; see DRAFT."""

    period: date
    content_hash: str
    snapshot_id: int | None
    last_business_date: date
    stamp: str
    code_version: str
    because: str | None


@dataclass(frozen=True)
class Month(Draft):
    """A closed month; see MONTH."""

    approved_by: str
    approved_at: str
    note: str


def tables(catalog: str = "") -> list[str]:
    """The statements that make the tables, empty.

    Args:
        catalog: name of the database, with a point, if it is not the default one.
    """
    made = [
        f"create table if not exists {catalog}closed.{table} ({', '.join(f'{n} {t}' for n, (t, _) in columns.items())})"
        for table, columns in TABLES.items()
    ]
    return [f"create schema if not exists {catalog}closed", *made]


def ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables of the schema ``closed``, and their columns, where they are missing."""
    there: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'closed'"
    ).fetchall():
        there.setdefault(table, set()).add(column)
    if all(columns.keys() <= there.get(table, set()) for table, columns in TABLES.items()):
        return
    with transaction(con):
        for statement in tables():
            con.execute(statement)
        for table, columns in TABLES.items():
            for name, (kind, words) in columns.items():
                if name not in there.get(table, {name}):
                    con.execute(f"alter table closed.{table} add column {name} {kind}")
                if words and name not in there.get(table, ()):
                    con.execute(f"comment on column closed.{table}.{name} is {quoted(words)}")
        if "incentive_line" not in there:
            con.execute("alter table closed.incentive_line set partitioned by (year(period), month(period))")
        if "turn" not in there:
            con.execute("insert into closed.turn values (0)")


def take_turn(con: duckdb.DuckDBPyConnection) -> None:
    """Makes concurrent transactions of this kind conflict, so that only one of them can be committed.

    Rows that two transactions add never conflict in the lake, whatever either has read before; a row that both update
    does.
    """
    con.execute("update closed.turn set turns = turns + 1")


def month(con: duckdb.DuckDBPyConnection, period: date) -> Month | None:
    """A closed month, or None while it is open."""
    row = con.execute(f"select {', '.join(MONTH)} from closed.month where period = ?", [period]).fetchone()
    return Month(*row) if row else None


def last_period(con: duckdb.DuckDBPyConnection) -> date | None:
    """The last closed month, or None before the first."""
    row = con.execute("select max(period) from closed.month").fetchone()
    latest: date | None = row[0] if row else None
    return latest


def draft(con: duckdb.DuckDBPyConnection, period: date, content_hash: str) -> Draft | None:
    """The draft of a month that has a content, or None."""
    row = con.execute(
        f"select {', '.join(DRAFT)} from closed.draft where period = ? and content_hash = ?", [period, content_hash]
    ).fetchone()
    return Draft(*row) if row else None


def note_draft(con: duckdb.DuckDBPyConnection, made: Draft, sql: Mapping[str, str]) -> Draft:
    """Notes a draft and the SQL that computed it; one with the same content that is there already stays instead."""
    with transaction(con):
        if (earlier := draft(con, made.period, made.content_hash)) is not None:
            return earlier
        take_turn(con)
        known = con.execute("select 1 from closed.code where code_version = ?", [made.code_version]).fetchone()
        if known is None:
            con.executemany("insert into closed.code values (?, ?, ?)", [(made.code_version, *s) for s in sql.items()])
        _insert(con, "draft", vars(made))
    return made


def code(con: duckdb.DuckDBPyConnection, code_version: str) -> dict[str, str]:
    """The SQL of each model of a version, by name."""
    return dict(
        con.execute(
            "select model, sql from closed.code where code_version = ? order by model", [code_version]
        ).fetchall()
    )


def drafted_rows(con: duckdb.DuckDBPyConnection, period: date, snapshot_id: int) -> dict[str, str]:
    """SQL of all that a month would freeze, by table: its rows of ``FROZEN``, and the terms of their schemes."""
    rows = {table: drafted(table, period, snapshot_id) for table in FROZEN}
    return rows | {"terms": terms.drafted(con, period, snapshot_id, rows["incentive_line"])}


def frozen_rows(period: date, catalog: str = "") -> dict[str, str]:
    """SQL of all that a closed month froze, by table."""
    rows = {table: frozen(table, period, catalog) for table in FROZEN}
    return rows | {"terms": terms.frozen(period, catalog)}


def drafted(table: str, period: date, snapshot_id: int | None, catalog: str = "") -> str:
    """SQL of a month's rows of a table of ``FROZEN``, as a snapshot of the lake has them in the mart."""
    return (
        f"select {', '.join(FROZEN[table])} from {catalog}marts.{table} at (version => {snapshot_id})"
        f" where period = date '{period}'"
    )


def frozen(table: str, period: date, catalog: str = "") -> str:
    """SQL of a closed month's rows of a table of ``FROZEN``."""
    return f"select {', '.join(FROZEN[table])} from {catalog}closed.{table} where period = date '{period}'"


def freeze(con: duckdb.DuckDBPyConnection, approved: Month, recorded_by: str) -> None:
    """Closes a month with the rows of its snapshot, in one transaction, of which only one can succeed.

    Raises:
        AlreadyClosed: it is closed.
        WrongContent: the snapshot's rows have another content than the approved one.
    """
    with transaction(con):
        if (there := month(con, approved.period)) is not None:
            raise AlreadyClosed(f"{approved.period:%Y-%m} is closed with {there.content_hash}")
        take_turn(con)
        for table, rows in drafted_rows(con, approved.period, int(approved.snapshot_id or 0)).items():
            con.execute(f"insert into closed.{table} {rows}")
        found = content_hash(con, frozen_rows(approved.period), approved.because)
        if found != approved.content_hash:
            raise WrongContent(
                f"snapshot {approved.snapshot_id} has {found} for {approved.period:%Y-%m}, not {approved.content_hash}"
            )
        _insert(con, "month", vars(approved))
        audit.note(con, vars(approved), recorded_by)


def _insert(con: duckdb.DuckDBPyConnection, table: str, values: Mapping[str, Any]) -> None:
    # by name: a column that a later version added stands at the end of the table
    marks = ", ".join("?" for _ in values)
    con.execute(f"insert into closed.{table} ({', '.join(values)}) values ({marks})", list(values.values()))


def statements(con: duckdb.DuckDBPyConnection, period: date) -> dict[str, str]:
    """The hash of each statement of a closed month, by file name; empty if none were written yet."""
    query = "select file_name, sha256 from closed.statement where period = ? order by all"
    return dict(con.execute(query, [period]).fetchall())


def note_statements(con: duckdb.DuckDBPyConnection, period: date, files: Mapping[str, str]) -> None:
    """Notes the hashes of a closed month's statements, unless they are noted."""
    with transaction(con):
        if statements(con, period):
            return
        take_turn(con)
        con.executemany("insert into closed.statement values (?, ?, ?)", [(period, *file) for file in files.items()])


def content_hash(con: duckdb.DuckDBPyConnection, queries: Mapping[str, str], because: str | None = None) -> str:
    """Hash of the rows of a month, whatever order they come in, and of what was decided about them.

    Args:
        con: any connection.
        queries: SQL of the rows, by table, as of ``frozen_rows``.
        because: reason given for what was held; see warehouse.held.
    """
    digest = hashlib.sha256(f"because\n{because}\n".encode() if because else b"")
    for table, columns in FROZEN.items():
        # nulls are left out of the hash, so that a column which a later version adds changes no earlier month's hash
        named = (f"'{name}=' || {_text(name, kind)} || chr(31)" for name, (kind, _) in sorted(columns.items()))
        row = " || ".join(f"coalesce({text}, '')" for text in named)
        digest.update(f"{table}\n".encode())
        lines = con.execute(f"select {row} || chr(10) as line from ({queries[table]}) order by line")
        for batch in lines.to_arrow_reader(_BATCH):
            digest.update("".join(batch.column(0).to_pylist()).encode())
    digest.update(terms.text(con, queries["terms"]).encode())
    return digest.hexdigest()


def _text(name: str, kind: str) -> str:
    return f"strftime({name}, '%Y-%m-%d')" if kind == "DATE" else f"cast({name} as varchar)"
