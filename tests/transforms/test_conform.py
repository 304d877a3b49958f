"""Text to types: what can be read, what cannot, and what is a duplicate."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract import Column, contract
from transforms.conform import cast, conform
from warehouse.duck import connect, read_sealed, write_sealed


def column(kind: str) -> Column:
    return Column("c", "C", kind, True, "public", "", (), None, None, True)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("integer", "36800", 36800),
        ("integer", "36.800", 36800),
        ("integer", "1.840.000,00", 1840000),
        ("integer", "Rp 1.840.000", 1840000),
        ("integer", "Rp. 36800", 36800),
        ("integer", "36800.00", 36800),
        ("integer", "-36.800", -36800),
        ("integer", "0", 0),
        ("integer", "36,800", None),
        ("integer", "36800.5", None),
        ("integer", "36.8", None),
        ("integer", "1.84.000", None),
        ("integer", "5.27101E+15", None),
        ("integer", "99999999999999999999", None),
        ("integer", "x", None),
        ("date", "2023-09-30", date(2023, 9, 30)),
        ("date", "30-09-2023", date(2023, 9, 30)),
        ("date", "30/09/2023", date(2023, 9, 30)),
        ("date", "31/09/2023", None),
        ("date", "29-02-2023", None),
        ("date", "29-02-2024", date(2024, 2, 29)),
        ("date", "45199", None),
        ("month", "2023-09", date(2023, 9, 1)),
        ("month", "09-2023", date(2023, 9, 1)),
        ("month", "09/2023", date(2023, 9, 1)),
        ("month", "2023-13", None),
        ("month", "September", None),
        ("string", "05", "05"),
    ],
)
def test_cast(kind: str, text: str, expected: Any) -> None:
    (value,) = (
        duckdb.connect().execute(f"select {cast(column(kind), 't')} from (select ? as t)", [text]).fetchone() or ()
    )
    assert value == expected


def conformed(rows: list[dict[str, Any]]) -> tuple[duckdb.DuckDBPyConnection, dict[str, Any]]:
    con = duckdb.connect()
    feed = contract("contributions")
    names = [c.name for c in feed.exported]
    columns = ", ".join(f"{n} VARCHAR" for n in names)
    con.execute(
        "create temp table text (delivery_id VARCHAR, sender_code VARCHAR, business_date DATE, line_no BIGINT,"
        f" row_problem VARCHAR, {columns})"
    )
    for line, row in enumerate(rows, start=2):
        values = [row.get(n) for n in names]
        con.execute(
            f"insert into text values ('d', 'NTB01', '2023-09-30', {line}, ?, {', '.join('?' * len(names))})",
            [row.get("row_problem"), *values],
        )
    return con, conform(con, feed)


def test_repeated_rows_are_counted_and_only_the_first_goes_on() -> None:
    row = {"receipt_no": "A", "amount_rp": "36.800"}
    con, counted = conformed([row, {**row, "amount_rp": "36.801"}, row, row])
    assert counted["d"].duplicates == 2
    assert con.execute("select line_no from typed order by row_no").fetchall() == [(2,), (3,)]


def test_ragged_rows_are_never_duplicates_of_each_other() -> None:
    con, counted = conformed([{"row_problem": "columns"}, {"row_problem": "columns"}])
    assert counted["d"].duplicates == 0
    assert con.execute("select count(*) from typed").fetchone() == (2,)


def test_the_control_total_counts_every_line_or_is_unknown() -> None:
    row = {"receipt_no": "A", "amount_rp": "Rp 36.800"}
    assert conformed([row, row])[1]["d"].total_rp == 73_600
    assert conformed([row, {"receipt_no": "B", "amount_rp": "?"}])[1]["d"].total_rp is None


def test_the_text_of_what_cannot_be_read_is_kept() -> None:
    con, _ = conformed([{"receipt_no": "A", "payment_date": "31-09-2023"}])
    assert con.execute("select payment_date, payment_date_text from typed").fetchone() == (None, "31-09-2023")


def test_staged_rows_are_unreadable_without_the_key(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    with connect(memory_limit="200MB", threads=1, spill=spill, secret="v" * 32) as con:
        write_sealed(con, "select 'Peserta Contoh' as name", tmp_path / "x.parquet")
        assert con.execute(f"from {read_sealed(tmp_path / 'x.parquet')}").fetchall() == [("Peserta Contoh",)]
    assert b"Peserta" not in (tmp_path / "x.parquet").read_bytes()
    with connect(memory_limit="200MB", threads=1, spill=spill, secret="w" * 32) as other, pytest.raises(duckdb.Error):
        other.execute(f"from {read_sealed(tmp_path / 'x.parquet')}").fetchall()
