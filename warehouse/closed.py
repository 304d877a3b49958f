"""The months that are closed: what was approved and paid, in tables of the lake that no build ever touches.

Frozen rows are only ever added, a month at a time and whole. What the models say about a closed month afterwards
becomes lines that correct it in an open one; see core.incentive_adjustment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.duck import quoted, records
from warehouse.durable import transaction

Columns = dict[str, tuple[str, str]]

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
AUDIT: Columns = {
    "entry_no": ("BIGINT", "Number of the entry, from 1 without a gap."),
    "period": ("DATE", "The month that was closed, its first day."),
    "content_hash": ("VARCHAR", "As in closed.month; likewise because, approved_by, approved_at and note."),
    "because": ("VARCHAR", ""),
    "approved_by": ("VARCHAR", ""),
    "approved_at": ("VARCHAR", ""),
    "note": ("VARCHAR", ""),
    "recorded_by": ("VARCHAR", "User of the system that ran the close."),
    "before_hash": ("VARCHAR", "Hash of the entry before; empty for the first."),
    "entry_hash": ("VARCHAR", "Hash of all of the above."),
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
    "audit": AUDIT,
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
        for table in FROZEN:
            con.execute(f"insert into closed.{table} {drafted(table, approved.period, approved.snapshot_id)}")
        found = content_hash(con, {table: frozen(table, approved.period) for table in FROZEN}, approved.because)
        if found != approved.content_hash:
            raise WrongContent(
                f"snapshot {approved.snapshot_id} has {found} for {approved.period:%Y-%m}, not {approved.content_hash}"
            )
        _insert(con, "month", vars(approved))
        _insert(con, "audit", _entry(con, vars(approved), recorded_by))


def note_erasure(con: duckdb.DuckDBPyConnection, period: date, content_hash: str, why: str, recorded_by: str) -> None:
    """Notes in the audit that a closed month has another hash since, which nobody approved."""
    _insert(con, "audit", _entry(con, {"period": period, "content_hash": content_hash, "note": why}, recorded_by))


def _entry(con: duckdb.DuckDBPyConnection, said: Mapping[str, Any], recorded_by: str) -> dict[str, Any]:
    """The audit's next entry, chained to the one before."""
    last = con.execute("select entry_no, entry_hash from closed.audit order by entry_no desc limit 1").fetchone()
    number, before = last or (0, "")
    entry = {"entry_no": number + 1} | {name: said.get(name) for name in AUDIT if name in MONTH}
    entry |= {"recorded_by": recorded_by, "before_hash": before}
    return entry | {"entry_hash": _entry_hash(entry)}


def _entry_hash(entry: Mapping[str, Any]) -> str:
    told = {name: None if entry[name] is None else str(entry[name]) for name in AUDIT if name != "entry_hash"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def audit_problems(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What does not fit between the audit and the closed months: a broken chain, a month closed again or taken away.

    Months that were closed before there was an audit have no entry.
    """
    entries = records(con, f"select {', '.join(AUDIT)} from closed.audit order by entry_no")
    found, before = [], ""
    for number, entry in enumerate(entries, 1):
        as_written = entry["entry_hash"] == _entry_hash(entry)
        if entry["entry_no"] != number or entry["before_hash"] != before or not as_written:
            found.append(f"the audit is not as it was written from entry {number} on")
            break
        before = entry["entry_hash"]
    of_month: dict[date, list[Mapping[str, Any]]] = {}
    for entry in entries:
        of_month.setdefault(entry["period"], []).append(entry)
    months = {row["period"]: row for row in records(con, f"select {', '.join(MONTH)} from closed.month")}
    for period, its in sorted(of_month.items()):
        closings = [entry for entry in its if entry["approved_by"] is not None]  # others: new pseudonyms
        if len(closings) > 1:
            found.append(f"{period:%Y-%m} was closed {len(closings)} times, the last time by {its[-1]['approved_by']}")
        if period not in months:
            found.append(f"{period:%Y-%m} was closed by {its[-1]['approved_by']} and is not closed any more")
        elif differing := [
            name
            for name in AUDIT
            if name in MONTH
            for entry in (its if name == "content_hash" else closings)[-1:]
            if entry[name] != months[period][name]
        ]:
            found.append(f"{period:%Y-%m} is not as the audit has it: {', '.join(differing)}")
    first = min(of_month, default=date.max)
    found += [f"{period:%Y-%m} is closed, but not in the audit" for period in months if first < period not in of_month]
    return found


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
    """Hash of the rows of each table of ``FROZEN``, whatever order they come in, and of what was decided about them.

    Args:
        con: any connection.
        queries: SQL of the rows, by table.
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
    return digest.hexdigest()


def _text(name: str, kind: str) -> str:
    return f"strftime({name}, '%Y-%m-%d')" if kind == "DATE" else f"cast({name} as varchar)"
