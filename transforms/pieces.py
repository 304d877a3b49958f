"""Rows that only go on with a text of the row above, as programs write that turn pages into tables.

A long name then stands in two rows, of which the second holds nothing else. Neither says what is meant: the row above
has a name that is cut off. Both are damaged.
"""

from __future__ import annotations

import re
from collections import defaultdict

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract
from transforms.rows import says_no_data

PIECE = "piece"
"""Value of row_problem for such a row, and for the one above that it belongs to."""
_WORDS = "Contoh Bersama"
_LISTED = {"ExpectColumnValuesToBeInSet", "ExpectColumnPairValuesToBeEqual"}


def _of_words(contract: Contract) -> list[Column]:
    """The columns in which a text of several words may stand."""
    others = {
        name
        for rule in contract.rules
        if rule.expectation in _LISTED
        or (rule.expectation.endswith("ToMatchRegex") and not re.search(rule.kwargs["regex"], _WORDS))
        for name in rule.columns
    }
    return [c for c in contract.exported if c.kind == "string" and not c.key and c.name not in others]


def mark(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Gives the rows of the temporary table ``text`` (see transforms.read) that are pieces their ``row_problem``."""
    words = _of_words(contract)
    if not words:
        return
    others = ", ".join(f'"{column.name}"' for column in contract.exported if column not in words)
    texts = ", ".join(f'"{column.name}"' for column in words)
    found = con.execute(
        f"""select delivery_id, line_no, {texts} from text
        where coalesce({others}) is null and coalesce({texts}) is not null and row_problem is null
        order by delivery_id, line_no"""
    ).fetchall()
    pieces = [(delivery_id, line) for delivery_id, line, *cells in found if not says_no_data(filter(None, cells))]
    if not pieces:
        return
    belongs: dict[tuple[str, int], tuple[str, int]] = {}
    above = defaultdict(list)
    for delivery_id, line in pieces:
        before = (delivery_id, line - 1)
        belongs[delivery_id, line] = belongs.get(before, before)
        above[belongs[delivery_id, line]].append((delivery_id, line))
    con.register("above", pa.table({"delivery_id": [key for key, _ in above], "line_no": [line for _, line in above]}))
    key = next(column.name for column in contract.exported if column.key)
    whole = con.execute(
        f'select delivery_id, line_no from text join above using (delivery_id, line_no) where "{key}" is not null'
    ).fetchall()
    con.unregister("above")
    torn = [each for start in whole for each in (start, *above[start])]
    if torn:
        con.register("torn", pa.table({"delivery_id": [key for key, _ in torn], "line_no": [line for _, line in torn]}))
        con.execute(
            f"""update text set row_problem = '{PIECE}' from torn
            where text.delivery_id = torn.delivery_id and text.line_no = torn.line_no and row_problem is null"""
        )
        con.unregister("torn")
