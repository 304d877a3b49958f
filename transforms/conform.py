"""From text to types: the contract's casts, its derived columns, and what is a duplicate.

How dates and numbers are written is settled for whole columns first (see transforms.values). A value that
cannot be cast becomes null while its text is kept beside it; whether that rejects the row is for the
contract's rules to say. A row that repeats an earlier row of its delivery in every column is a
duplicate and goes no further than the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract
from transforms.read import HEADER, NOTE, TOTAL
from transforms.values import Styles, cast, settle


@dataclass(frozen=True)
class Counted:
    """What was counted over all lines of a delivery: duplicates, and the rupiah if every amount was readable.

    ``refusal`` says why nothing was counted, where it cannot be told what the delivery's values mean.
    """

    duplicates: int
    total_rp: int | None
    refusal: str = ""


def conform(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, Counted]:
    """Turns the temporary table ``text`` (see transforms.read) into the temporary table ``typed``.

    ``typed`` has the rows of all deliveries that are not refused: row_no (0, 1, … in no particular order),
    delivery_id, sender_code, business_date, line_no, row_problem, every column of the contract in its type,
    and for each column that was cast ``<name>_text`` (what the file said).

    Returns:
        The counts of each delivery that has a line.
    """
    exported = contract.exported
    names = ", ".join(f'"{column.name}"' for column in exported)
    styles, refused = settle(con, contract)
    if refused:
        con.execute("delete from text where delivery_id in (select unnest($ids))", {"ids": list(refused)})
    _register(con, styles)
    # equal hashes first: a window over every column of every row costs ten times as much
    con.execute(
        f"""create or replace temp table repeated as
        with hashed as (
            select *, hash(delivery_id, {names}) as row_hash from text where row_problem is null
        ),
        suspects as (
            select row_hash from hashed group by row_hash having count(*) > 1
        )
        select delivery_id, line_no
        from hashed
        where row_hash in (from suspects)
        qualify row_number() over (partition by delivery_id, {names} order by line_no) > 1"""
    )
    total = next((column for column in exported if column.name == contract.control_total), None)
    amount = cast(total, _style(total, styles)) if total else "null::bigint"
    counts = con.execute(
        f"""with repeats as (select delivery_id, count(*) as repeats from repeated group by delivery_id),
        totals as (
            select delivery_id,
                case when count({amount}) = count(*) then try_cast(sum({amount}) as bigint) end as total_rp
            from text
            left join style using (delivery_id)
            where coalesce(row_problem, '') not in ('{TOTAL}', '{HEADER}', '{NOTE}')
            group by delivery_id
        )
        select delivery_id, coalesce(repeats, 0), total_rp
        from totals
        left join repeats using (delivery_id)"""
    ).fetchall()
    values = [f"{cast(column, _style(column, styles))} as {_quoted(column)}" for column in exported]
    texts = [f'"{column.name}" as "{column.name}_text"' for column in exported if column.kind != "string"]
    derived = [f"{column.derived} as {_quoted(column)}" for column in contract.derived]
    con.execute(
        f"""create or replace temp table typed as
        with typed as (
            select delivery_id, sender_code, business_date, line_no, row_problem, {", ".join(values + texts)}
            from text
            left join style using (delivery_id)
            anti join repeated using (delivery_id, line_no)
        )
        select row_number() over () - 1 as row_no, {", ".join(["*", *derived])}
        from typed"""
    )
    con.execute("drop table repeated; drop table style; drop table text")
    counted = {delivery_id: Counted(duplicates, total_rp) for delivery_id, duplicates, total_rp in counts}
    return counted | {delivery_id: Counted(0, None, reason) for delivery_id, reason in refused.items()}


def _register(con: duckdb.DuckDBPyConnection, styles: Styles) -> None:
    """Makes the temporary table ``style``: for each odd delivery its style of each odd column."""
    ids = sorted({delivery_id for column in styles.values() for delivery_id in column})
    table = {f"{name}_style": pa.array(map(column.get, ids), pa.string()) for name, column in styles.items()}
    con.register("styles", pa.table({"delivery_id": pa.array(ids, pa.string()), **table}))
    con.execute("create or replace temp table style as from styles")
    con.unregister("styles")


def _style(column: Column, styles: Styles) -> str:
    return f'style."{column.name}_style"' if column.name in styles else "null::varchar"


def _quoted(column: Column) -> str:
    return f'"{column.name}"'
