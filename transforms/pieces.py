"""Rows that only go on with a text of the row above, as programs write that turn pages into tables.

A long name then stands in two rows, of which the second holds nothing else. Neither says what is meant: the row above
has a name that is cut off. Both are damaged. Where a row holds one value of another column, and a row above lacks
just that, the whole column has moved.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

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


def slipped(con: duckdb.DuckDBPyConnection, contract: Contract, alone: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """By delivery why it is refused: a cell was inserted into a column, and those below moved down by a row.

    Args:
        con: has the table ``text``.
        contract: the feed's contract.
        alone: by delivery and column the line of a row that holds a value there only.
    """
    refused = {}
    headers = {column.name: str(column.header) for column in contract.exported}
    needed = " and ".join(f'"{column.name}" is not null' for column in contract.exported if column.key)
    for (delivery_id, name), last in alone.items():
        (gap,) = con.execute(
            f"""select max(line_no) from text
            where delivery_id = ? and line_no < ? and "{name}" is null and row_problem is null and {needed}""",
            [delivery_id, last],
        ).fetchone() or (None,)
        if gap:
            header = headers[name]
            refused[delivery_id] = (
                f"Kolom {header} tampaknya bergeser ke bawah: baris {gap} kosong di situ, dan baris {last} tidak berisi"
                f" yang lain; perbaiki, lalu ekspor ulang / column {header} seems to have moved down: line {gap} has"
                f" none, and line {last} nothing else; put it right, and export anew"
            )
    return refused
