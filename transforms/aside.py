"""Rows that are no data are set aside, and what they say of the rows that are is compared with these."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms import doubts, pieces, signs, tally, totals, units, unknown
from transforms.header import second
from transforms.readers.cells import MERGED
from transforms.remarks import Remarks
from transforms.rows import EXTRA, HEADER, UNDATED, Judge

REST = "\x1f"
"""Between the cells of a row that no column of the contract has."""
_BATCH_ROWS = 20_000


def set_aside(con: duckdb.DuckDBPyConnection, contract: Contract, remarks: Remarks) -> dict[str, str]:
    """Moves rows that are no data from ``text`` to ``not_data``, however their file was read.

    Returns:
        By delivery why it is refused: a second header names its columns in another order, or a row that is no data,
        or an amount without a date, says that amounts are in thousands, that unsigned ones are refunds, how many
        rows there are, or what rows below have in common.
    """
    doubts.running(con, remarks.doubts)
    judge = Judge(contract)
    names = [column.name for column in contract.exported]
    found = con.execute(
        f"""select delivery_id, line_no, rest, {", ".join(f'"{name}"' for name in names)} from text
        where (row_problem is null or starts_with(row_problem, '{EXTRA}'))
            and ({UNDATED.format(date=f'"{judge.date}"')})
        order by delivery_id, line_no"""
    )
    kinds: dict[tuple[str, int], str] = {}
    refused: dict[str, str] = {}
    alone: dict[tuple[str, str], int] = {}
    amounts = [column.name for column in contract.exported if column.rupiah]
    while batch := found.fetchmany(_BATCH_ROWS):
        for delivery_id, line_no, rest, *cells in batch:
            values = {name: cell for name, cell in zip(names, cells, strict=True) if cell != MERGED}
            beside = (rest or "").split(REST)
            if kind := judge.kind(values, beside):
                kinds[delivery_id, line_no] = kind
                if kind != HEADER:
                    remarks.lines_of(delivery_id)(line_no, [*cells, rest])
                for rupiah in totals.told(kind, values, beside, contract):
                    remarks.totals[delivery_id][line_no] = rupiah
            else:
                remarks.groups.see(delivery_id, line_no, values.values(), data=True)
                only = [name for name, cell in values.items() if cell]
                if len(only) == 1:
                    alone[delivery_id, only[0]] = line_no
            if judge.header(values) is False:
                refused.setdefault(delivery_id, second(line_no))
            if units.scaled([*cells, rest] if kind else map(values.get, amounts), contract):
                refused.setdefault(delivery_id, units.of_line(line_no))
    if kinds:
        told = [(*where, kind) for where, kind in kinds.items()]
        columns = dict(zip(("delivery_id", "line_no", "kind"), map(list, zip(*told, strict=True)), strict=True))
        con.register("told", pa.table(columns))
        con.execute("insert into not_data from told")
        con.unregister("told")
        con.execute(
            "delete from text using not_data as n where text.delivery_id = n.delivery_id and text.line_no = n.line_no"
        )
    totals.keep(con, remarks.totals)
    refused |= pieces.slipped(con, contract, alone)
    refused = (
        remarks.senders.compare(con)
        | remarks.groups.compare(con, remarks.doubts)
        | tally.compare(con, remarks.tallies, contract)
        | refused
    )
    unknown.mark(con)
    refused = signs.mark(con, contract, remarks) | refused
    con.execute("alter table text drop column rest; alter table text drop column running")
    return refused
