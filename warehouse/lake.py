"""The lake (DuckLake): accepted rows of every delivery, and the ledger that says what became of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.contract import CONTRACTS, feeds, versions
from transforms.delivery import Delivery
from warehouse.duck import connect, transaction

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
    "lines": ("BIGINT", "Rows after the header."),
    "accepted": ("BIGINT", "Rows that passed every rule of severity error."),
    "rejected": ("BIGINT", "Rows that broke one, or all rows of a refused delivery."),
    "duplicates": ("BIGINT", "Rows that repeat an earlier row of the same delivery in every column."),
    "control_lines": ("BIGINT", "Rows according to the branch's manifest; null without one."),
    "control_rp": ("BIGINT", "Rupiah according to the branch's manifest; null without one."),
    "counted_rp": ("BIGINT", "Rupiah counted over all rows; null if an amount was unreadable."),
    "judgement": ("VARCHAR", "accepted, refused or failed, as judged when the delivery came in."),
    "reason": ("VARCHAR", "Why it was refused."),
    "contract_version": ("VARCHAR", "Version of the contract that judged it."),
}
VALIDATION = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "rule": ("VARCHAR", "Rule of the contract that some row broke."),
    "severity": ("VARCHAR", "error or warning."),
    "evaluated": ("BIGINT", "Rows that were judged."),
    "failed": ("BIGINT", "Rows that broke the rule."),
}
ROW = {
    "delivery_id": ("VARCHAR", "Delivery that brought the row."),
    "business_date": ("DATE", "Business date of that delivery."),
    "line_no": ("BIGINT", "Line of the row in its file; the header is line 1."),
}


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
        data: where the Parquet files lie; empty for a folder in ``folder``.
        folder: home of the embedded catalog and data.
        memory_limit: see warehouse.duck.connect; likewise threads, spill and secret.
        threads: see there.
        spill: see there.
        secret: see there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    con = connect(memory_limit=memory_limit, threads=threads, spill=spill, secret=secret, extensions=EXTENSIONS)
    try:
        # files are named relative to the data path, so a folder that was moved or copied is still a lake
        con.execute(
            f"attach 'ducklake:{catalog or folder / 'catalog.ducklake'}' as lake"
            f" (data_path '{data or folder / 'data'}', override_data_path {'false' if data else 'true'})"
        )
        con.execute("use lake")
        yield con
    finally:
        con.close()


def ensure_tables(con: duckdb.DuckDBPyConnection, contracts: Path = CONTRACTS) -> None:
    """Makes the tables of the schema ``raw`` where they are missing, from the ledger above and the contracts.

    A feed's table has the columns of all versions of its contract; those that a new version brings are added.

    Args:
        con: a connection of ``open_lake``.
        contracts: folder of the contracts.
    """
    tables = {"delivery": LEDGER, "validation": VALIDATION}
    tables["business_day"] = {"business_date": ("DATE", "A business date that was run.")}
    for feed in feeds(contracts):
        tables[feed] = ROW | {
            name: (sql_type, words)
            for version in versions(feed, contracts)
            for name, sql_type, words in version.lake_columns
        }
    there: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'raw'"
    ).fetchall():
        there.setdefault(table, set()).add(column)
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
                con.execute(f"comment on column raw.{table}.{name} is '{words.replace(chr(39), chr(39) * 2)}'")
            if table not in there and table in feeds(contracts):
                con.execute(f"alter table raw.{table} set partitioned by (year(business_date), month(business_date))")


def known_deliveries(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Keys of all deliveries in the ledger."""
    return {key for (key,) in con.execute("select delivery_id from raw.delivery").fetchall()}


def commit(
    con: duckdb.DuckDBPyConnection,
    business_date: date,
    deliveries: list[Delivery],
    rows: Mapping[str, str],
    validation: pa.Table | None,
) -> None:
    """Adds deliveries, their rows and their validation counts in one transaction.

    Args:
        con: a connection of ``open_lake``.
        business_date: the day that was run; noted even when nothing was delivered.
        deliveries: deliveries that the ledger does not have yet, whatever became of them.
        rows: for each feed the SQL of its accepted rows.
        validation: (delivery_id, rule, severity, evaluated, failed), or None.
    """
    order = sorted(
        deliveries, key=lambda d: (d.business_date, d.branch_code, d.feed, d.revision, d.file_name, d.sha256)
    )
    with transaction(con):
        (last,) = con.execute("select coalesce(max(arrival), 0) from raw.delivery").fetchone() or (0,)
        ledger = [{**dataclasses.asdict(d), "arrival": last + n} for n, d in enumerate(order, start=1)]
        if ledger:
            con.register("ledger", pa.Table.from_pylist(ledger, schema=_ledger_schema()))
            con.execute("insert into raw.delivery by name select * from ledger")
            con.unregister("ledger")
        for feed, query in sorted(rows.items()):
            con.execute(f"insert into raw.{feed} by name {query}")
        if validation is not None:
            con.register("validation_rows", validation)
            con.execute("insert into raw.validation by name select * from validation_rows")
            con.unregister("validation_rows")
        con.execute(
            "insert into raw.business_day select $day where $day not in (select business_date from raw.business_day)",
            {"day": business_date},
        )


def has_run(con: duckdb.DuckDBPyConnection, business_date: date) -> bool:
    """Whether a business date was run before."""
    found = con.execute("select 1 from raw.business_day where business_date = ?", [business_date]).fetchone()
    return found is not None


def _ledger_schema() -> pa.Schema:
    types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "INTEGER": pa.int32(), "BIGINT": pa.int64()}
    return pa.schema([(name, types[sql_type]) for name, (sql_type, _) in LEDGER.items()])
