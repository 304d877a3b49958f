"""What the judge says of a few rows, without a house around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import contract
from expectations.judge import Judge, Verdict
from transforms.conform import conform
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE

VALUE_SETS = {"regions": ["5271", "5201", "7271"], "schemes": ["perisai-13-2022"]}


def judged(
    feed: str, rows: list[dict[str, Any]], day: str = "2023-09-30", reference: Path = REFERENCE
) -> tuple[Verdict, dict[int, set[str]]]:
    """The verdict on rows that NTB01 sent for a day, and the broken rules of each row."""
    rules = contract(feed)
    names = [column.name for column in rules.exported]
    con = duckdb.connect()
    text = {
        "delivery_id": ["d"] * len(rows),
        "sender_code": ["NTB01"] * len(rows),
        "line_no": range(2, len(rows) + 2),
        "row_problem": pa.array([row.get("row_problem") for row in rows], pa.string()),
        **{
            name: pa.array(
                [None if row.get(name) is None or "row_problem" in row else str(row[name]) for row in rows], pa.string()
            )
            for name in names
        },
    }
    con.register("rows", pa.table(text))
    con.execute(f"create temp table text as select *, date '{day}' as business_date from rows")
    know_reference(con, reference)
    conform(con, rules, {"NTB01": "WITA"})
    judge = Judge(rules, VALUE_SETS)
    verdict = judge.judge(con.execute(judge.frame_query("typed")).to_arrow_table())
    broken: dict[int, set[str]] = {}
    for row_no, rule_no in zip(*verdict.failures.to_pydict().values(), strict=True):
        broken.setdefault(row_no, set()).add(rules.rules[rule_no].name)
    return verdict, broken
