"""From text to types: the contract's casts, its derived columns, and what is a duplicate.

A value that cannot be cast becomes null while its text is kept beside it; whether that rejects the row is
for the contract's rules to say. A row that repeats an earlier row of its delivery in every column is a
duplicate and goes no further than the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from expectations.contract import Column, Contract
from transforms.read import HEADER, NOTE, TOTAL

_DATES = "['%Y-%m-%d', '%d-%m-%Y', '%d/%m/%Y']"
_MONTHS = "['%Y-%m-%d', '%m-%Y-%d', '%m/%Y-%d']"
# 36800, 36.800, 1.840.000,00, Rp 36.800: points group thousands, a comma may only bring zeros
_PLAIN = r"-?[0-9]+([.,]0{1,2})?"
_GROUPED = r"-?[0-9]{1,3}(\.[0-9]{3})+(,0{1,2})?"


def cast(column: Column, text: str) -> str:
    """SQL that reads the text expression as the column's type, null where it cannot be read."""
    if column.kind == "date":
        return f"cast(try_strptime({text}, {_DATES}) as date)"
    if column.kind == "month":
        return f"cast(date_trunc('month', try_strptime({text} || '-01', {_MONTHS})) as date)"
    if column.kind == "integer":
        bare = rf"regexp_replace({text}, '^(Rp\.?|IDR)\s*', '', 'i')"
        return (
            f"case when regexp_full_match({bare}, '{_GROUPED}')"
            f" then try_cast(replace(split_part({bare}, ',', 1), '.', '') as bigint)"
            f" when regexp_full_match({bare}, '{_PLAIN}')"
            f" then try_cast(regexp_extract({bare}, '^-?[0-9]+') as bigint) end"
        )
    return text


@dataclass(frozen=True)
class Counted:
    """What was counted over all lines of a delivery: duplicates, and the rupiah if every amount was readable."""

    duplicates: int
    total_rp: int | None


def conform(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, Counted]:
    """Turns the temporary table ``text`` (see transforms.read) into the temporary table ``typed``.

    ``typed`` has row_no (0, 1, … in no particular order), delivery_id, sender_code,
    business_date, line_no, row_problem, every column of the contract in its type, and for each column that
    was cast ``<name>_text`` (what the file said).

    Returns:
        The counts of each delivery that has a line.
    """
    exported = contract.exported
    names = ", ".join(f'"{column.name}"' for column in exported)
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
    amount = cast(total, _quoted(total)) if total else "null::bigint"
    counts = con.execute(
        f"""with repeats as (select delivery_id, count(*) as repeats from repeated group by delivery_id),
        totals as (
            select delivery_id,
                case when count({amount}) = count(*) then try_cast(sum({amount}) as bigint) end as total_rp
            from text
            where coalesce(row_problem, '') not in ('{TOTAL}', '{HEADER}', '{NOTE}')
            group by delivery_id
        )
        select delivery_id, coalesce(repeats, 0), total_rp
        from totals
        left join repeats using (delivery_id)"""
    ).fetchall()
    values = [f"{cast(column, _quoted(column))} as {_quoted(column)}" for column in exported]
    texts = [f'"{column.name}" as "{column.name}_text"' for column in exported if column.kind != "string"]
    derived = [f"{column.derived} as {_quoted(column)}" for column in contract.derived]
    con.execute(
        f"""create or replace temp table typed as
        with typed as (
            select delivery_id, sender_code, business_date, line_no, row_problem, {", ".join(values + texts)}
            from text
            anti join repeated using (delivery_id, line_no)
        )
        select row_number() over () - 1 as row_no, {", ".join(["*", *derived])}
        from typed"""
    )
    con.execute("drop table repeated; drop table text")
    return {delivery_id: Counted(duplicates, total_rp) for delivery_id, duplicates, total_rp in counts}


def _quoted(column: Column) -> str:
    return f'"{column.name}"'
