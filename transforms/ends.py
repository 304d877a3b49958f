"""The last line of a text, where it has no line end: its last cell may be the beginning of what was meant.

Many programs leave that end out, so it is no fault by itself. The last cell is compared with the others of its column:
one that is shorter than all of them rejects its row; one of a list of values, or as long as all others, is whole; of
any other it is said that it may be cut off.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms.delivery import Manifest

CUT = "cut"
"""Value of row_problem for a last row whose last cell is cut off."""
_FEW = 3
"""So many other rows show how wide a column is."""


@dataclass(frozen=True)
class End:
    """The last cell of a text without a line end behind it, and without a quote: its line and its column's name."""

    line_no: int
    column: str


def mark(
    con: duckdb.DuckDBPyConnection, contract: Contract, ends: dict[str, End], manifests: dict[str, Manifest | None]
) -> dict[str, str]:
    """Gives the rows of the temporary table ``text`` (see transforms.read) that are cut off their ``row_problem``.

    Args:
        con: has the table.
        contract: the feed's contract.
        ends: by delivery.
        manifests: by delivery; one that tells the file's hash, or the sum of that column, says that it is whole.

    Returns:
        By delivery what is said of a last cell that may be cut off.
    """
    listed = {rule.column for rule in contract.rules if rule.expectation == "ExpectColumnValuesToBeInSet"}
    by_column: dict[str, dict[str, int]] = defaultdict(dict)
    for delivery_id, end in ends.items():
        said = manifests.get(delivery_id)
        is_summed = said and said.total_rp is not None and end.column == contract.control_total
        if end.column not in listed and not (said and said.sha256) and not is_summed:
            by_column[end.column][delivery_id] = end.line_no
    told: dict[str, str] = {}
    for column, lines in by_column.items():
        con.register("ending", pa.table({"delivery_id": [*lines], "last": pa.array(lines.values(), pa.int64())}))
        found = con.execute(
            f"""select delivery_id, any_value(last), count(*) filter (line_no < last),
                min(size) filter (line_no < last), max(size) filter (line_no < last), min(size) filter (line_no = last)
            from (
                select delivery_id, last, line_no, coalesce(length("{column}"), 0) as size
                from text join ending using (delivery_id)
                where row_problem is null
            )
            group by delivery_id
            having count(*) filter (line_no = last) > 0"""
        ).fetchall()
        con.unregister("ending")
        for delivery_id, last, others, shortest, longest, size in found:
            if others and size < shortest:
                con.execute(
                    f"update text set row_problem = '{CUT}' where delivery_id = ? and line_no = ?", [delivery_id, last]
                )
            elif others < _FEW or not shortest == longest == size:
                header = next(each.header for each in contract.exported if each.name == column)
                told[delivery_id] = (
                    f"Baris terakhir ({last}) tanpa akhir baris: {header} di situ mungkin terpotong"
                    f" / the last line ({last}) has no line end: its {header} may be cut off"
                )
    return told
