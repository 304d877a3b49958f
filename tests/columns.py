"""A column of invented texts, taken through what reads the values of a delivery."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import Contract, contract
from transforms.conform import Counted, conform
from transforms.values import Forms
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE

CONTRIBUTIONS, AGENTS = contract("contributions"), contract("agents")
COLUMN_OF = {"date": "payment_date", "month": "first_month", "integer": "amount_rp"}


def read_column(
    name: str,
    deliveries: dict[str, list[str | None]],
    feed: Contract = CONTRIBUTIONS,
    *,
    given: Forms | None = None,
    problems: dict[int, str] | None = None,
) -> tuple[dict[str, list[Any]], dict[str, Counted]]:
    """What a column's texts became, by delivery, in the order of the lines; business date 2023-10-13.

    Args:
        name: the column.
        deliveries: its texts, from line 2 on.
        feed: the contract.
        given: forms that are given; see transforms.values.settle.
        problems: by line why a row is no data.
    """
    con = duckdb.connect(config={"threads": 1})  # the tables are small
    rows = [(key, line, text) for key, texts in deliveries.items() for line, text in enumerate(texts, start=2)]
    text = {
        "delivery_id": [key for key, _, _ in rows],
        "sender_code": ["NTB01"] * len(rows),
        "line_no": [line for _, line, _ in rows],
        "row_problem": pa.array([(problems or {}).get(line) for _, line, _ in rows], pa.string()),
        **{c.name: pa.nulls(len(rows), pa.string()) for c in feed.exported},
        feed.exported[0].name: [f"{key}-{line}" for key, line, _ in rows],  # no two rows are the same
        name: pa.array([text for _, _, text in rows], pa.string()),
    }
    con.register("rows", pa.table(text))
    con.execute("create temp table text as select *, date '2023-10-13' as business_date from rows")
    know_reference(con, REFERENCE)
    counted = conform(con, feed, {"NTB01": "WITA"}, given)
    values: dict[str, list[Any]] = {}
    for key, value in con.execute(f"select delivery_id, {name} from typed order by delivery_id, line_no").fetchall():
        values.setdefault(key, []).append(value)
    return values, counted
