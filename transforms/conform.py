"""From text to types: the contract's casts, its derived columns, and what is a duplicate.

How dates and numbers are written is settled for whole columns first (see transforms.values). A value that
cannot be cast becomes null while its text is kept beside it; whether that rejects the row is for the
contract's rules to say. A row that repeats an earlier row of its delivery in every column, in whatever form its values
are written, is a duplicate and goes no further than the count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from expectations.cells import FOUND
from expectations.contract import CONTRADICTED, Column, Contract
from transforms import counting, exchanged, totals
from transforms.identity import PLAIN_NAME, keyed, pseudonyms
from transforms.values import Forms, Styles, cast, settle


@dataclass(frozen=True)
class Counted:
    """What was counted over all lines of a delivery: duplicates, and the rupiah if every amount was readable.

    ``refusal`` says why nothing was counted, where it cannot be told what the delivery's values mean. ``forms`` is
    a JSON object: by header the form of each column that is not all in the standard form; empty if all are.
    """

    duplicates: int
    total_rp: int | None
    refusal: str = ""
    forms: str = ""


def conform(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    zones: Mapping[str, str],
    given: Forms | None = None,
    key: bytes | None = None,
) -> dict[str, Counted]:
    """Turns the temporary table ``text`` (see transforms.read) into the temporary table ``typed``.

    Args:
        con: has the table ``text``, and the function that the contract looks up.
        contract: the feed's contract.
        zones: by branch the zone of Indonesia in which it lies, WIB, WITA or WIT.
        given: by delivery the forms that it is read in; see transforms.values.settle.
        key: of the pseudonyms; without one there are none.

    ``typed`` has the rows of all deliveries that are not refused: row_no (0, 1, … in no particular order),
    delivery_id, sender_code, business_date, line_no, row_problem, every column of the contract in its type,
    for each column that was cast ``<name>_text`` (what the file said), and what was found in the cells
    (expectations.cells.FOUND), and for each hash that the contract names a UUID (transforms.identity).

    Returns:
        The counts of each delivery that has a line.
    """
    exported = contract.exported
    styles, refused = settle(con, contract, zones, given)
    refused |= exchanged.by_variety(con, contract)
    if refused:
        con.execute("delete from text where delivery_id in (select unnest($ids))", {"ids": list(refused)})
    _register(con, styles)
    con.execute(PLAIN_NAME)
    dated = [column.name for column in exported if column.kind in ("date", "month") and column.name in styles]
    read = " ".join(f'left join read_{name} using (delivery_id, "{name}")' for name in dated)
    reads = {column: cast(column, _style(column, styles)) for column in exported}
    values = [f"{each} as {_quoted(column)}" for column, each in reads.items()]
    number = next(column for column in exported if column.key)
    number_read = _number(con, number)
    read_or_text = [
        each if column.kind == "string" else f"coalesce(({each})::varchar, {_quoted(column)})"
        for column, each in (reads | {number: number_read}).items()
    ]
    # equal numbers first: to read every value, and a window over every column of every row, cost ten times as much
    con.execute(
        f"""create or replace temp table repeated as
        with suspect_key as (
            select hash(delivery_id, {number_read}) as key_hash from text where row_problem is null
            group by key_hash having count(*) > 1
        ),
        suspect as (
            select text.*
            from text
            join suspect_key on hash(delivery_id, {number_read}) = key_hash
            where row_problem is null
        )
        select delivery_id, line_no
        from suspect
        left join style using (delivery_id)
        {read}
        qualify row_number() over (partition by delivery_id, {", ".join(read_or_text)} order by line_no) > 1"""
    )
    total = next((column for column in exported if column.name == contract.control_total), None)
    amount = reads[total] if total else "null::bigint"
    unlike = totals.compare(con, amount) | totals.run_up(con, contract, amount)
    counts = con.execute(
        f"""with repeats as (select delivery_id, count(*) as repeats from repeated group by delivery_id),
        totals as (
            select delivery_id,
                case when count({amount}) = count(*) then try_cast(sum({amount}) as bigint) end as total_rp
            from text
            left join style using (delivery_id)
            group by delivery_id
        )
        select delivery_id, coalesce(repeats, 0), total_rp
        from totals
        left join repeats using (delivery_id)"""
    ).fetchall()
    texts = [f'"{column.name}" as "{column.name}_text"' for column in exported if column.kind != "string"]
    derived = [f"{column.derived} as {_quoted(column)}" for column in contract.derived if not column.only_if]
    derived.append(f"{_found(con, contract)} as {FOUND}")
    hashes = pseudonyms(contract) if key is not None else []
    looked_up = f" left join lateral {contract.looks_up} as looked_up on true" if contract.looks_up else ""
    con.execute(
        f"""create or replace temp table typed as
        with numbered as (
            select row_number() over () - 1 as row_no, * from text anti join repeated using (delivery_id, line_no)
        ),
        typed as (
            select row_no, delivery_id, sender_code, business_date, line_no,
                nullif(row_problem, '{CONTRADICTED}') as row_problem,
                case when row_problem = '{CONTRADICTED}' then 1 end as {CONTRADICTED}, {", ".join(values + texts)}
            from numbered
            left join style using (delivery_id)
            {read}
        )
        select {", ".join(["typed.*", *derived, *hashes])}
        from typed{looked_up}""",
        keyed(key) if hashes and key is not None else {},
    )
    if unlike:
        con.execute("delete from typed where delivery_id in (select unnest($ids))", {"ids": list(unlike)})
        refused |= unlike
    counting.mark(con, contract)
    _mark_suspects(con, contract)
    con.execute(
        "; ".join(f"drop table {name}" for name in ["repeated", "style", "text", *(f"read_{n}" for n in dated)])
    )
    headers = {column.name: str(column.header) for column in exported}
    counted = {}
    for delivery_id, duplicates, total_rp in counts:
        forms = {headers[name]: style[delivery_id] for name, style in styles.items() if style.get(delivery_id)}
        counted[delivery_id] = Counted(duplicates, total_rp, forms=json.dumps(forms) if forms else "")
    return counted | {delivery_id: Counted(0, None, reason) for delivery_id, reason in refused.items()}


def _found(con: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """SQL of the column FOUND. What is found in no cell of a column for certain costs nothing more."""
    looked_for = [column for column in contract.derived if column.only_if]
    asked = ", ".join(f"coalesce(bool_or({column.only_if}), false)" for column in looked_for)
    may_be = con.execute(f"select {asked} from text").fetchone() or ()
    named = [
        f"case {c.derived} when 1 then '{c.name}' end" for c, it_may in zip(looked_for, may_be, strict=True) if it_may
    ]
    return f"nullif(concat_ws(' ', {', '.join(named)}), '')" if named else "null::varchar"


def _mark_suspects(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Adds to FOUND the columns that look at few rows of ``typed``."""
    for column in contract.derived:
        if column.suspects:
            con.execute(
                f"""update typed set {FOUND} = concat_ws(' ', {FOUND}, '{column.name}') where row_no in (
                    select row_no from (
                        select row_no, {column.derived} as is_found from typed where {column.suspects}
                    ) where is_found = 1
                )"""
            )


def _number(con: duckdb.DuckDBPyConnection, column: Column) -> str:
    """SQL of a document's number as rows are compared by it.

    Where a delivery has numbers with a sign and others without it (BKT/1 and BKT-1), two systems may have written the
    same one: there the signs are left out.
    """
    name = _quoted(column)
    mixed = " or ".join(f"count(*) filter (contains({name}, '{sign}')) not in (0, count({name}))" for sign in "/-. _")
    found = con.execute(f"select delivery_id from text group by delivery_id having {mixed}").fetchall()
    if not found:
        return name
    listed = ", ".join(f"'{delivery_id}'" for (delivery_id,) in found)
    return f"case when delivery_id in ({listed}) then regexp_replace({name}, '[^0-9A-Za-z]', '', 'g') else {name} end"


def _register(con: duckdb.DuckDBPyConnection, styles: Styles) -> None:
    """Makes the temporary table ``style``: for each odd delivery its style of each odd column."""
    ids = sorted({delivery_id for column in styles.values() for delivery_id in column})
    table = {f"{name}_style": pa.array(map(column.get, ids), pa.string()) for name, column in styles.items()}
    con.register("styles", pa.table({"delivery_id": pa.array(ids, pa.string()), **table}))
    con.execute("create or replace temp table style as from styles")
    con.unregister("styles")


def _style(column: Column, styles: Styles) -> str | None:
    if column.name not in styles:
        return None
    return f'"{column.name}_read"' if column.kind in ("date", "month") else f'style."{column.name}_style"'


def _quoted(column: Column) -> str:
    return f'"{column.name}"'
