"""Copies reference tables and marts out of the lake into a new published file, and reads them back.

The file says of itself what it is: ``main.about`` has its name and business date, and ``marts.dictionary`` lists the
columns that are in it, and no others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from warehouse import compare, interface, models, named, stamps, versions
from warehouse.duck import quoted, transaction, using
from warehouse.interface import Table
from warehouse.versions import Version, counted

STORAGE_VERSION = "v1.2.0"
PUBLISHED_SCHEMAS = compare.SCHEMAS
LINES = "marts.incentive_line"
LINES_MONTHS = 3  # the lines of earlier months are many, and stay in the lake
DICTIONARY = "marts.dictionary"
ABOUT = "main.about"
ABOUT_HEAD = """grain: one row
meaning: Which version of the warehouse this file is, up to which day it knows anything, and what its schemas are.
date: the latest business date
source: the publisher
owner: head office, data team"""
ABOUT_COLUMNS = {
    "version": "Name of the version, as `perisai versions` lists it",
    "business_date": "Latest business date that is in it",
    "running_month": "First day of the month that is not over: from it on is_running is true",
    "package": "Version of the package that built it",
    "marts": "What the schema marts is",
    "reference": "What the schema reference is",
    "named": "What the schema named is",
}
SCHEMAS = {  # DuckDB has no comments on schemas
    "marts": "What is computed to be read. The tables below are in marts_v1 and up, by the version of their interface.",
    "reference": "Tables that people keep: places, schemes, targets, denominators, parameters. Tables as above.",
    "named": "The marts once more, with the names of their regions, branches, wadahs and sectors.",
}


class AuditFailed(Exception):
    """What was built must not be published; the previous version stays current."""


def copy(con: duckdb.DuckDBPyConnection, made: Version) -> tuple[int, dict[Table, tuple[int, str | None]]]:
    """Writes the database and the marts' Parquet files, from one snapshot of the lake.

    Returns:
        The snapshot; of each table the rows that it has in the lake, and their checksum (None for what is computed
        just once: a view, and what the file says of itself).

    Raises:
        AuditFailed: the models were built anew since the order was given.
    """
    (lake,) = con.execute("select current_database()").fetchone() or ("",)
    since = since_of(made.business_date)
    expected: dict[Table, tuple[int, str | None]] = {}
    con.execute(f"attach {quoted(made.database)} as pub (storage_version '{STORAGE_VERSION}')")
    try:
        with transaction(con):
            if stamps.stamp(con) != made.stamp:
                raise AuditFailed("the marts were built anew in the meantime; run it again")
            (snapshot,) = con.execute(f"from ducklake_current_snapshot({quoted(lake)})").fetchone() or (0,)
            columns = versions.columns_of(con, lake, PUBLISHED_SCHEMAS)
            tables = _tables(con, lake)
            for schema in {*PUBLISHED_SCHEMAS, *(table.versioned.split(".")[0] for table, _ in tables)}:
                con.execute(f"create schema pub.{schema}")
            for table, is_view in tables:
                source = f"{lake}.{table.stable}"
                shown = {name: kind for name, kind in columns[table.stable].items() if name not in table.withheld}
                if table.stable in since:
                    # sorted by published columns only: the order must not reveal that of the withheld ones
                    of_late = f"from {source} where period >= date '{since[table.stable]}'"
                    source = f"(select {', '.join(shown)} {of_late} order by all)"
                elif table.withheld:
                    source = f"(select {', '.join(shown)} from {source} order by all)"
                copied = con.execute(f"create table pub.{table.versioned} as from {source}").fetchone() or (0,)
                own = is_view or table.stable == DICTIONARY
                expected[table] = (copied[0], None) if own else counted(con, source, shown)
            said = con.execute(f"select schema_name, table_name, column_name, description from {lake}.{DICTIONARY}")
            words = {(f"{schema}.{table}", column): text for schema, table, column, text in said.fetchall()}
            with using(con, "pub"):
                interface.make_views(con, expected, words, made.business_date, interface.earlier())
                named.make(con, expected)
                _say_about(con, made)
                expected |= _describe(con, expected)
        con.execute("checkpoint pub")
        said_inside = f"{{business_date: '{made.business_date}', version: '{made.name}'}}"
        for table in expected:
            if table.schema == "marts":
                file = quoted(made.folder / "marts" / f"{table.name}.parquet")
                how = f"format parquet, compression zstd, kv_metadata {said_inside}"
                con.execute(f"copy (from pub.{table.stable}) to {file} ({how})")
    finally:
        con.execute("detach pub")
    return int(snapshot), expected


def _tables(con: duckdb.DuckDBPyConnection, lake: str) -> list[tuple[Table, bool]]:
    """What is published, and whether it is a view in the lake."""
    found = con.execute(
        """select schema_name, table_name, coalesce(comment, ''), false from duckdb_tables()
        where database_name = $lake and list_contains($schemas, schema_name)
        union all select schema_name, view_name, coalesce(comment, ''), true from duckdb_views()
        where database_name = $lake and list_contains($schemas, schema_name) order by all""",
        {"lake": lake, "schemas": list(PUBLISHED_SCHEMAS)},
    ).fetchall()
    heads = [models.head_of(comment) for _, _, comment, _ in found]
    return [
        (Table(schema, name, comment, int(head.get("version", 1)), tuple(models.withheld_of(head))), is_view)
        for (schema, name, comment, is_view), head in zip(found, heads, strict=True)
    ]


def _say_about(con: duckdb.DuckDBPyConnection, made: Version) -> None:
    """Makes ``main.about``, which stands outside the schemas that versions are compared by: it always differs."""
    con.execute(
        f"""create table {ABOUT} as select $version as version, $day::date as business_date,
        date_trunc('month', $day::date + 1)::date as running_month, $package as package,
        $marts as marts, $reference as reference, $named as named""",
        {"version": made.name, "day": made.business_date, "package": made.manifest.package, **SCHEMAS},
    )
    interface.describe(con, "table", ABOUT, ABOUT_HEAD, ABOUT_COLUMNS)


def _describe(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> dict[Table, tuple[int, None]]:
    """Fills the dictionary with the columns that the file has, in the words of their comments; its number of rows.

    What a table is says its newest version, also where an earlier interface stands under its name.
    """
    heads = {name: models.head_of(comment) for name, comment in compare.comments(con, "pub").items()}
    heads |= {table.stable: models.head_of(table.comment) for table in tables}
    heads |= {
        f"{named.SCHEMA}.{table.name}": heads[table.stable]
        for table in tables
        if table.schema == "marts" and f"{named.SCHEMA}.{table.name}" in heads
    }
    con.register("described", models.described(con, ("main", *SCHEMAS), heads))
    [dictionary] = [table for table in tables if table.stable == DICTIONARY]
    con.execute(f"delete from {dictionary.versioned}")
    rows = con.execute(f"insert into {dictionary.versioned} from described").fetchone() or (0,)
    con.unregister("described")
    return {dictionary: (rows[0], None)}


def since_of(business_date: date) -> dict[str, date]:
    """The first month of tables of which the last months alone are published."""
    index = business_date.year * 12 + business_date.month - LINES_MONTHS
    return {LINES: date(index // 12, index % 12 + 1, 1)}


def read_back(database: Path, expected: dict[Table, tuple[int, str | None]]) -> tuple[dict[str, int], dict[str, str]]:
    """Rows and checksum of each stable name, read from the new file as a reader would.

    Raises:
        AuditFailed: a table does not hold what it holds in the lake.
    """
    found: dict[str, tuple[int, str]] = {}
    with duckdb.connect(str(database), read_only=True) as reader:
        schemas = {table.versioned.split(".")[0] for table in expected}
        columns = versions.columns_of(reader, database.stem, {*PUBLISHED_SCHEMAS, *schemas})
        for table, (rows, checksum) in expected.items():
            has = counted(reader, table.versioned, columns[table.versioned])
            if has[0] != rows:
                raise AuditFailed(f"{table.stable} has {has[0]} rows in the new file and {rows} in the lake")
            if checksum not in (has[1], None):
                raise AuditFailed(f"{table.stable} has other rows in the new file than in the lake")
            if columns.get(table.stable) == columns[table.versioned]:
                found[table.stable] = has
        for name in columns:  # what an earlier interface stands for
            if name.split(".")[0] in PUBLISHED_SCHEMAS and name not in found:
                found[name] = counted(reader, name, columns[name])
    names = sorted(found)
    return {name: found[name][0] for name in names}, {name: found[name][1] for name in names}
