"""The lake (DuckLake): accepted rows of every delivery, and the ledger that says what became of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.contract import CONTRACTS, feeds, in_order, versions
from transforms.beside import CONTENT
from transforms.delivery import UNKNOWN_FEED, Delivery
from transforms.profile import PROFILE
from warehouse import files, left_out, removed
from warehouse.duck import connect, know_storage, quoted, scrubbed
from warehouse.durable import transaction

EXTENSIONS = ("ducklake", "postgres_scanner")

LEDGER = {
    "delivery_id": ("VARCHAR", "Key of the delivery: hash of branch, file name and content."),
    "branch_code": ("VARCHAR", "Branch whose landing folder held the file."),
    "feed": ("VARCHAR", "Feed that the file's name tells, or unknown."),
    "business_date": ("DATE", "Business date that the file's name tells, or that of the run which found it."),
    "revision": ("INTEGER", "1, or the number after _r in the file's name."),
    "arrival": ("BIGINT", "Position in the order in which deliveries were first committed."),
    "file_name": ("VARCHAR", "Name of the file."),
    "sha256": ("VARCHAR", "Hash of the file's content."),
    "bytes": ("BIGINT", "Size of the file."),
    "lines": ("BIGINT", "Rows after the header that are data."),
    "accepted": ("BIGINT", "Rows that passed every rule of severity error."),
    "rejected": ("BIGINT", "Rows that broke one, or all rows of a refused delivery."),
    "duplicates": ("BIGINT", "Rows that repeat an earlier row of the same delivery in every column."),
    "control_lines": ("BIGINT", "Rows according to the branch's manifest; null without one."),
    "control_rp": ("BIGINT", "Rupiah according to the branch's manifest; null without one."),
    "counted_rp": ("BIGINT", "Rupiah counted over all rows; null if an amount was unreadable."),
    "judgement": ("VARCHAR", "accepted, refused or failed, as judged when the delivery came in."),
    "reason": ("VARCHAR", "Why it was refused."),
    "contract_version": ("VARCHAR", "Version of the contract that judged it."),
    "forms": (
        "VARCHAR",
        "JSON object: by header the form in which a column was read, of columns that are not all in the standard form.",
    ),
    "not_data": ("BIGINT", "Rows after the header that are no data, such as totals; listed in raw.not_data."),
    "received_utc": (
        "TIMESTAMP",
        "When the file was left in the landing place, as the place says, in UTC; null if that was not noted yet.",
    ),
}
HASHES = frozenset(name for name, (_, words) in LEDGER.items() if "hash of" in words.lower())
"""Columns that hold a hash wherever they stand: no text of anybody's, though one may be all digits."""
VALIDATION = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "rule": ("VARCHAR", "Rule of the contract that some row broke."),
    "severity": ("VARCHAR", "error or warning."),
    "reason": ("VARCHAR", "What the rule asks for, in Bahasa Indonesia / in English."),
    "evaluated": ("BIGINT", "Rows that were judged."),
    "failed": ("BIGINT", "Rows that broke the rule."),
}
NOT_DATA = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "line_no": ("BIGINT", "Line of the row in its file."),
    "kind": ("VARCHAR", "total, header, numbers (of the columns), blank (a line that nobody filled in) or note."),
}
LANDING_PROBLEM = {
    "business_date": ("DATE", "Business date of the run that could not read the branch's landing place."),
    "branch_code": ("VARCHAR", "Branch."),
    "reason": ("VARCHAR", "What went wrong."),
}
ERASED = {
    "delivery_id": ("VARCHAR", "Delivery of whose copy a person was erased."),
    "sha256": ("VARCHAR", "Hash of the copy as it is since."),
    "bytes": ("BIGINT", "Size of the copy as it is since."),
    "erased_utc": ("TIMESTAMP", "When that was asked for, in UTC; as in raw.person_request."),
}
PERSON_REQUEST = {
    "asked_utc": ("TIMESTAMP", "When a person's right was exercised, in UTC."),
    "request": ("VARCHAR", "forget, restrict, lift or disclose."),
    "because": ("VARCHAR", "Who asked for it or why, as the operator said; no data of the person."),
    "copies": ("BIGINT", "Copies of files that named the person."),
    "rows": ("BIGINT", "Rows of these."),
}
FEED = {
    "feed": ("VARCHAR", "Name of the feed, as in file names."),
    "position": ("INTEGER", "Its place where feeds are listed, from 1."),
    "delivery": ("VARCHAR", "events (only what is new) or snapshot (everything each time)."),
    "label_indonesian": ("VARCHAR", "Its name for people, in Bahasa Indonesia."),
    "label_english": ("VARCHAR", "The same in English."),
    "meaning": ("VARCHAR", "What its rows are."),
    "valid_from": ("DATE", "First business date that branches have to deliver it for; null if all."),
}
OCCUPATION_WORDS = {
    "occupation_key": ("UUID", "Keyed hash of an occupation as a participant said it; of some vault that told it."),
    "words": ("VARCHAR", "The words, if enough different people said them and no digit is in them; else null."),
    "withheld": ("VARCHAR", "digits or few_people: why the words stay in the vault; null if they do not."),
    "sector": ("VARCHAR", "Sector that the words mean, or unmapped, or unstated."),
}
OWN = ("delivery", "validation", "landing_problem", "business_day", "feed", "erased", "person_request", "removed")
"""Tables of the schema ``raw`` that are no feed's."""
ROW = {
    "delivery_id": ("VARCHAR", "Delivery that brought the row."),
    "business_date": ("DATE", "Business date of that delivery."),
    "line_no": ("BIGINT", "Line of the row in its file; the header is line 1."),
}


class OtherVersion(Exception):
    """The lake was filled under other contracts or by an earlier version, with which this one cannot go on."""


@contextmanager
def open_lake(
    catalog: str,
    data: str,
    folder: Path,
    *,
    memory_limit: str,
    threads: int,
    spill: Path,
    secret: str | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default catalog is the lake.

    Args:
        catalog: DuckLake catalog such as ``postgres:dbname=lake host=db``; empty for a file in ``folder``.
        data: where the Parquet files lie, a folder or ``s3://bucket/prefix``; empty for a folder in ``folder``.
        folder: home of the embedded catalog and data.
        memory_limit: see warehouse.duck.connect; likewise threads, spill and secret.
        threads: see there.
        spill: see there.
        secret: see there.
    """
    files.make_folder(folder)
    needed = EXTENSIONS if catalog else EXTENSIONS[:1]
    with connect(memory_limit=memory_limit, threads=threads, spill=spill, secret=secret, extensions=needed) as con:
        if "://" in data:
            know_storage(con)
        # files are named relative to the data path, so a folder that was moved or copied is still a lake
        try:
            con.execute(
                f"attach {quoted('ducklake:' + (catalog or str(folder / 'catalog.ducklake')))} as lake"
                f" (data_path {quoted(data or folder / 'data')}, override_data_path {'false' if data else 'true'},"
                " data_inlining_row_limit 0)"
            )
        except duckdb.Error as error:
            raise type(error)(
                _without(catalog, error)
            ) from None  # DuckDB says the catalog, and a password may be in it
        con.execute("use lake")
        yield con
    files.sync_one(folder)  # the log that is gone now must not come back after a power failure


def _without(catalog: str, error: duckdb.Error) -> str:
    """What DuckDB says of a catalog that it cannot attach, without the text that names it."""
    if not catalog:
        return str(error)
    said = str(error).replace(catalog, "…").replace(catalog.partition(":")[2] or catalog, "…")
    return f"the catalog that PERISAI_LAKE_CATALOG names: {scrubbed(Exception(said))}"


def documented(contracts: Path = CONTRACTS) -> dict[str, dict[str, tuple[str, str]]]:
    """Type and description of each column of each table of the schema ``raw``."""
    tables = {"delivery": LEDGER, "validation": VALIDATION, "not_data": NOT_DATA, "landing_problem": LANDING_PROBLEM}
    tables |= {"occupation_words": OCCUPATION_WORDS, "feed": FEED, "left_out": left_out.TABLE}
    tables |= {"unknown_content": CONTENT, "profile": PROFILE}
    tables |= {"erased": ERASED, "person_request": PERSON_REQUEST, "removed": removed.TABLE}
    tables["business_day"] = {"business_date": ("DATE", "A business date that was run.")}
    for feed in feeds(contracts):
        if feed in tables or feed == UNKNOWN_FEED:
            raise ValueError(f"a feed cannot be called {feed}: the warehouse uses the name for a table of its own")
        tables[feed] = ROW | {
            name: (sql_type, words)
            for version in versions(feed, contracts)
            for name, sql_type, words in version.lake_columns
        }
    return tables


def ensure_tables(con: duckdb.DuckDBPyConnection, contracts: Path = CONTRACTS) -> None:
    """Makes the tables of the schema ``raw`` where they are missing, from the ledger above and the contracts.

    A feed's table has the columns of all versions of its contract; those that a new version brings are added. What
    the contracts say of the feeds themselves is kept in ``raw.feed``, where models find it.

    Raises:
        OtherVersion: a column has another type in the lake, or is not to be there any more; a feed has deliveries
            and no contract, or is delivered in another way than before. Nothing was changed.
        ValueError: a contract cannot be used; see expectations.contract.versions.
    """
    tables = documented(contracts)
    personal = {
        (feed, column.name)
        for feed in feeds(contracts)
        for version in versions(feed, contracts)
        for column in version.columns
        if column.personal and column.name not in tables[feed]
    }
    there: dict[str, set[str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'raw'"
    ).fetchall():
        said, _ = tables.get(table, {}).get(column, (kind, ""))
        if said != kind:
            raise OtherVersion(
                f"raw.{table}.{column} is {kind} in this lake, and is to be {said}: this version cannot go on with the"
                " lake of that one; give it a new lake and run the days again"
            )
        if (table, column) in personal:
            raise OtherVersion(
                f"raw.{table}.{column} is personal data, which this version keeps in the vault only: it cannot go on"
                " with the lake of an earlier one; give it a new lake and run the days again"
            )
        there.setdefault(table, set()).add(column)
    said = feeds_said(contracts)
    held = con.execute("from raw.feed order by position, feed").fetchall() if "feed" in there else []
    _check_feeds(con, held, said)
    # numbers that stand in order take half of the bytes then; core.payment_number is read whole each day
    con.execute("call ducklake_set_option(current_database(), 'parquet_version', '2')")
    # few rows are a file like many: rows in the catalog are lost or doubled by known faults once they are deleted
    con.execute("call ducklake_set_option(current_database(), 'data_inlining_row_limit', 0)")
    if held == said and all(columns.keys() <= there.get(table, set()) for table, columns in tables.items()):
        return
    with transaction(con):
        con.execute("create schema if not exists raw")
        for table, columns in tables.items():
            new = {name: said for name, said in columns.items() if name not in there.get(table, ())}
            if table in there:
                for name, (sql_type, _) in new.items():
                    con.execute(f"alter table raw.{table} add column {name} {sql_type}")
            else:
                con.execute(f"create table raw.{table} ({', '.join(f'{n} {t}' for n, (t, _) in new.items())})")
            for name, (_, words) in new.items():
                con.execute(f"comment on column raw.{table}.{name} is {quoted(words)}")
            if table not in there and table in feeds(contracts):
                con.execute(f"alter table raw.{table} set partitioned by (year(business_date), month(business_date))")
        if held != said:
            if held:
                con.execute("delete from raw.feed")
            con.executemany(f"insert into raw.feed values ({', '.join('?' * len(FEED))})", said)


def feeds_said(contracts: Path = CONTRACTS) -> list[tuple[object, ...]]:
    """The rows of ``raw.feed``: what the contracts say of their feeds, in the order of ``FEED``."""
    return [
        (
            one.feed,
            one.position,
            "snapshot" if one.snapshot else "events",
            *one.labels,
            one.description,
            one.expected_from,
        )
        for one in in_order(contracts)
    ]


def _check_feeds(
    con: duckdb.DuckDBPyConnection, held: list[tuple[object, ...]], said: list[tuple[object, ...]]
) -> None:
    """Refuses contracts under which deliveries that were committed would mean something else, or nothing."""
    kinds = {feed: kind for feed, _, kind, *_ in said}
    for feed, _, kind, *_ in held:
        if kinds.get(feed) == kind or not con.execute("select 1 from raw.delivery where feed = ?", [feed]).fetchone():
            continue
        if feed not in kinds:
            raise OtherVersion(
                f"the lake has deliveries of {feed}, which has no contract in PERISAI_CONTRACTS; put it back, or files"
                " of this feed would be refused"
            )
        raise OtherVersion(
            f"{feed} is delivered as {kind} in this lake, and as {kinds[feed]} by its contract: give it a new lake and"
            " run the days again"
        )


def known_deliveries(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Keys of all deliveries of which the ledger says what became of them: those that failed are tried again."""
    found = con.execute("select delivery_id from raw.delivery where judgement <> 'failed'").fetchall()
    return {key for (key,) in found}


def failed_deliveries(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Deliveries that have to be tried again."""
    return {
        name for (name,) in con.execute("select delivery_id from raw.delivery where judgement = 'failed'").fetchall()
    }


def commit(  # noqa: PLR0917 (in the order in which they are written)
    con: duckdb.DuckDBPyConnection,
    business_date: date | None,
    deliveries: list[Delivery],
    rows: Mapping[str, str],
    validation: str,
    not_data: str = "",
    problems: list[tuple[date, str, str]] | None = None,
    *,
    numbers: Mapping[str, str] | None = None,
    beside: Mapping[str, str] | None = None,
) -> None:
    """Adds deliveries, their rows and their validation counts in one transaction.

    Args:
        con: a connection of ``open_lake``.
        business_date: the day that was run, noted even when nothing was delivered; None for a day that failed.
        deliveries: deliveries that the ledger does not have yet, or has as failed, whatever became of them, the
            oldest first.
        rows: for each feed the SQL of its accepted rows.
        validation: SQL of (delivery_id, rule, severity, reason, evaluated, failed), or nothing.
        not_data: SQL of (delivery_id, line_no, kind), or nothing.
        problems: what ``raw.landing_problem`` is to hold; None leaves it as it is.
        numbers: for each feed the column of its documents' numbers.
        beside: for other tables the SQL of their new rows, or nothing.
    """
    numbers = numbers or {}
    # of two contents under one name the one that is listed later came later: the sort keeps that order
    order = sorted(deliveries, key=lambda d: (d.business_date, d.branch_code, d.feed, d.revision, d.file_name))
    with transaction(con):
        (last,) = con.execute("select coalesce(max(arrival), 0) from raw.delivery").fetchone() or (0,)
        ledger = [{**dataclasses.asdict(d), "arrival": last + n} for n, d in enumerate(order, start=1)]
        if ledger:
            con.register("ledger", pa.Table.from_pylist(ledger, schema=_ledger_schema()))
            # asked first: a DELETE of no row beside an INSERT doubles rows in this version of the lake
            if failed_deliveries(con) & {d.delivery_id for d in order}:
                con.execute("delete from raw.delivery where delivery_id in (select delivery_id from ledger)")
            con.execute("insert into raw.delivery by name select * from ledger")
            con.unregister("ledger")
        for feed, query in sorted(rows.items()):
            con.execute(f"insert into raw.{feed} by name {query}")
            if feed in numbers:
                left_out.note(
                    con,
                    feed,
                    numbers[feed],
                    [d for d in order if d.feed == feed and d.judgement == "accepted" and d.accepted],
                )
        if validation:
            con.execute(f"insert into raw.validation by name {validation}")
        if not_data:
            con.execute(f"insert into raw.not_data by name {not_data}")
        for table, query in (beside or {}).items():
            if query:
                con.execute(f"insert into raw.{table} by name {query}")
        if problems is not None:
            con.execute("delete from raw.landing_problem")
            if problems:
                con.executemany("insert into raw.landing_problem values (?, ?, ?)", problems)
        if business_date and not has_run(con, business_date):
            con.execute("insert into raw.business_day values (?)", [business_date])


def last_day(con: duckdb.DuckDBPyConnection) -> date | None:
    """The latest business date that was run, or None before the first."""
    row = con.execute("select max(business_date) from raw.business_day").fetchone()
    latest: date | None = row[0] if row else None
    return latest


def landing_problems(
    con: duckdb.DuckDBPyConnection, business_date: date, outcomes: Mapping[str, str]
) -> list[tuple[date, str, str]] | None:
    """What ``raw.landing_problem`` has to hold after a run; None if it holds just that.

    A branch whose place was read has no problem left on that date or an earlier one: whatever it had for them was
    there to be taken.

    Args:
        con: a connection of ``open_lake``.
        business_date: the date of the run.
        outcomes: for each branch that was visited what went wrong, or an empty text.
    """
    held = con.execute("select business_date, branch_code, reason from raw.landing_problem order by all").fetchall()
    kept = [
        (day, branch, reason)
        for day, branch, reason in held
        if branch not in outcomes or day > business_date or (outcomes[branch] and day < business_date)
    ]
    after = sorted(kept + [(business_date, branch, reason) for branch, reason in outcomes.items() if reason])
    return None if after == held else after


def has_run(con: duckdb.DuckDBPyConnection, business_date: date) -> bool:
    """Whether a business date was run before."""
    found = con.execute("select 1 from raw.business_day where business_date = ?", [business_date]).fetchone()
    return found is not None


def _ledger_schema() -> pa.Schema:
    types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "INTEGER": pa.int32(), "BIGINT": pa.int64()} | {
        "TIMESTAMP": pa.timestamp("us")
    }
    return pa.schema([(name, types[sql_type]) for name, (sql_type, _) in LEDGER.items()])
