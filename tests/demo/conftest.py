"""Exports of two sizes, and the rows of them that count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from demo import Receipt, Size, make
from expectations.contract import Column, contract, feeds

Made = tuple[Path, Receipt]


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """(landing folder, receipt) at true scale."""
    landing = tmp_path_factory.mktemp("province") / "landing"
    return landing, make(landing, Size.province)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """(landing folder, receipt) at 1:1000."""
    landing = tmp_path_factory.mktemp("small") / "landing"
    return landing, make(landing, Size.small)


@pytest.fixture(scope="session")
def rows_that_count() -> Callable[[Path, Receipt], duckdb.DuckDBPyConnection]:
    """Reads exports into a database; see ``_rows_that_count``."""
    return _rows_that_count


@pytest.fixture(scope="session")
def counted(request: pytest.FixtureRequest) -> duckdb.DuckDBPyConnection:
    """The rows that count, of the size that the test asks for."""
    return _rows_that_count(*request.getfixturevalue(request.param))


def _cast(column: Column) -> str:
    """The text of a cell as its type, null where it cannot be read."""
    text = f"{column.name} || '-01'" if column.kind == "month" else column.name
    return f"try_cast({text} as {column.sql_type})"


def _rows_that_count(landing: Path, receipt: Receipt) -> duckdb.DuckDBPyConnection:
    """Table by feed of the rows that count, a number once, and the tables person, card and protected."""
    con = duckdb.connect(config={"threads": 2})
    for feed in feeds():
        names = [
            str(landing / file.folder / file.file_name)
            for file in receipt.sent
            if file.feed == feed and file.outcome.startswith("accepted")
        ]
        header = Path(names[0]).read_text(encoding="utf-8-sig").partition("\n")[0].split(",")
        columns = [column for column in contract(feed).exported if str(column.header) in header]
        values = ", ".join(f"{_cast(column)} as {column.name}" for column in columns)
        readable = " and ".join(f"{column.name} is not null" for column in columns if column.required)
        con.execute(
            f"""create table {feed} as
            select distinct *
            from (
                select {values}, split_part(parse_filename(filename), '_', 3)[:10]::date as day, filename
                from read_csv($names, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
                    columns = $columns, filename = true, ignore_errors = true)
            )
            where {readable} and branch_code = split_part(parse_filename(filename), '_', 1)""",
            {"names": names, "columns": {column.name: "VARCHAR" for column in columns}},
        )
    con.execute(
        """create table person as
        select nik, agent_code is not null as by_perisai, region_code
        from registrations
        where regexp_full_match(nik, '[0-9]{16}')
        qualify row_number() over (partition by nik order by registration_date, branch_code, registration_no) = 1"""
    )
    con.execute(
        "create table card as select distinct kpj, nik from registrations where regexp_full_match(nik, '[0-9]{16}')"
    )
    con.execute(
        """create table protected as
        select distinct nik
        from contributions join card using (kpj)
        where payment_date <= date '2023-10-13' and first_month <= date '2023-10-01'
            and first_month + to_months(cast(months - 1 as integer)) >= date '2023-07-01'"""
    )
    return con
