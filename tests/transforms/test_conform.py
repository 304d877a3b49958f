"""Text to types: what can be read, what cannot, and what is a duplicate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract import contract
from transforms.conform import conform
from warehouse.duck import connect, read_sealed, write_sealed
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE


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
    know_reference(con, REFERENCE)
    return con, conform(con, feed, {"NTB01": "WITA"})


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
        assert con.execute(f"from {read_sealed([tmp_path / 'x.parquet'])}").fetchall() == [("Peserta Contoh",)]
    assert b"Peserta" not in (tmp_path / "x.parquet").read_bytes()
    with connect(memory_limit="200MB", threads=1, spill=spill, secret="w" * 32) as other, pytest.raises(duckdb.Error):
        other.execute(f"from {read_sealed([tmp_path / 'x.parquet'])}").fetchall()


def test_rows_that_do_not_fit_in_memory_go_to_a_folder_that_is_made(tmp_path: Path) -> None:
    with connect(memory_limit="50MB", threads=1, spill=tmp_path / "staging" / "spill" / "1") as con:
        con.execute("create temp table row as select i, md5(cast(i as varchar)) as text from range(2_000_000) as r (i)")
        assert con.execute("select max(size) > 0 from duckdb_temporary_files()").fetchone() == (True,)
        assert con.execute("select count(distinct text) from row").fetchone() == (2_000_000,)


def test_a_refund_lowers_the_control_total() -> None:
    rows = [{"receipt_no": "A", "amount_rp": "36.800"}, {"receipt_no": "B", "amount_rp": "-16.800"}]
    con, counted = conformed(rows)
    assert counted["d"].total_rp == 20_000
    assert con.execute("select amount_rp from typed order by line_no").fetchall() == [(36_800,), (-16_800,)]
