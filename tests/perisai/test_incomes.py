"""Declared incomes beside what payments imply: counts, and none for a few people."""

from __future__ import annotations

from datetime import date

import duckdb

from perisai.incomes import Compared, compare
from warehouse import models
from warehouse.pinned import REFERENCE

READ = ("reference.contribution_bracket", "reference.contribution_programme", "reference.contribution_discount")
PARAMETER, DUE = "reference.parameter", "core.contribution_due"


def compared(people: list[tuple[str, int, int]]) -> list[Compared]:
    """People as (branch, declared income, what was paid for September 2023 on 3 programmes), each of them twice."""
    con = duckdb.connect()
    con.execute("set variable reference = $folder", {"folder": str(REFERENCE)})
    con.execute("attach ':memory:' as vault; create schema reference; create schema core")
    every = {model.table: model for model in models.discover()}
    for table in (*READ, PARAMETER, DUE):
        con.execute(f"create table {table} as {every[table].sql}")
    con.execute(
        "create table core.delivery as select 'd' as delivery_id, true as effective union all select 'x', false"
    )
    con.execute(
        """create table vault.registrations (participant_key varchar, declared_income_rp bigint, delivery_id varchar,
            business_date date, line_no bigint);
        create table core.contribution (participant_key varchar, branch_code varchar, first_month date, months bigint,
            programmes bigint, payer varchar, amount_rp bigint, payment_date date, receipt_no varchar)"""
    )
    for n, (branch, income, amount) in enumerate(people):
        day, month = date(2023, 9, 5), date(2023, 9, 1)
        rows = [(income + 9_000_000, "d", day.replace(day=4)), (income, "d", day), (income + 9_000_000, "x", day)]
        for line, (declared, delivery, on) in enumerate(rows):
            con.execute(
                "insert into vault.registrations values (?, ?, ?, ?, ?)", [f"p{n}", declared, delivery, on, line]
            )
        for receipt, rupiah in (("K1", 627_800), ("K2", amount), ("K3", -amount)):
            row = [f"p{n}", branch, month, 1, 3, "PESERTA", rupiah, day, receipt]
            con.execute("insert into core.contribution values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return compare(con)


def test_the_base_of_the_last_payment_is_laid_beside_the_last_declared_income() -> None:
    same = [("NTB01", 1_099_500, 36_800)] * 5 + [("NTB01", 1_100_000, 42_800)]
    lower, higher = [("NTB01", 2_700_000, 36_800)] * 7, [("NTB01", 1_000_000, 42_800)] * 8
    not_legal = [("NTB01", 1_000_000, 36_801)] * 9
    assert compared([*same, *lower, *higher, *not_legal]) == [Compared("NTB01", 30, (6, 7, 8, 9))]
    assert compared([*same, *lower]) == [Compared("NTB01", 13, (6, 7, 0, 0))]


def test_nothing_stands_for_a_few_people() -> None:
    few, enough = [("NTB02", 1_000_000, 36_800)] * 4, [("NTB01", 1_000_000, 36_800)] * 5
    assert compared(few) == []
    assert compared([*few, *enough]) == [Compared("NTB01", 5, (5, 0, 0, 0))]
    assert compared([*enough, ("NTB01", 9_000_000, 36_800)]) == [Compared("NTB01", 6, None)]
