"""Headers of two columns that were exchanged: told by all rows of a delivery together, which is then refused."""

from __future__ import annotations

from itertools import combinations

import duckdb

from expectations.contract import Column, Contract

_MANY, _FEW = 10, 2
"""So many rows tell that a column repeats its values; so few may be typing errors."""


def by_variety(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, str]:
    """By delivery of the temporary table ``text`` why it is refused: a column varies less than another one.

    Names of people differ from row to row, and their occupations are few (``variesMoreThan`` in the contract). Where
    half of the names repeat others and nearly no occupation does, they stand under each other's header.
    """
    refused: dict[str, str] = {}
    columns = {column.name: column for column in contract.exported}
    for column in columns.values():
        if column.varies_more_than:
            other = columns[column.varies_more_than]
            found = con.execute(
                f"""select delivery_id from text where row_problem is null group by delivery_id
                having count("{other.name}") >= {_MANY}
                    and count(distinct "{column.name}") * 2 <= count("{column.name}")
                    and count(distinct "{other.name}") >= 0.9 * count(*)"""
            ).fetchall()
            refused |= dict.fromkeys((delivery_id for (delivery_id,) in found), _words(column, other))
    return refused


def by_rules(con: duckdb.DuckDBPyConnection, contract: Contract, delivery_id: str) -> str:
    """Why a delivery of the temporary table ``typed`` is refused; empty if no two columns seem exchanged.

    Three rows or more break what the contract says of two columns, and none would do so with the two exchanged.
    """
    ruled = [column for column in contract.exported if _fits(contract, column, column)]
    pairs = [(a, b) for a, b in combinations(ruled, 2) if a.kind == b.kind]
    if not pairs:
        return ""
    counts = ", ".join(
        f"count(*) filter (not coalesce({_fits(contract, a, x)} and {_fits(contract, b, y)}, true))"
        for a, b in pairs
        for x, y in ((a, b), (b, a))
    )
    found = con.execute(
        f"select {counts} from typed where delivery_id = ? and row_problem is null", [delivery_id]
    ).fetchone()
    assert found  # noqa: S101 (without a group there is one row)
    for (a, b), wrong, turned in zip(pairs, found[::2], found[1::2], strict=True):
        if wrong > _FEW and not turned:
            return _words(a, b)
    return ""


def _fits(contract: Contract, column: Column, other: Column) -> str:
    """SQL: whether what stands in another column is what the rules want of this one; empty if there is no such rule."""
    value, told = f'"{other.name}"', []
    for rule in contract.rules:
        if rule.severity != "error" or rule.column != column.name or rule.kwargs.get("column") != column.name:
            continue
        if rule.expectation == "ExpectColumnValuesToBeInSet" and isinstance(rule.kwargs["value_set"], list):
            told.append(f"{value} in ({', '.join(map(repr, rule.kwargs['value_set']))})")
        elif rule.expectation == "ExpectColumnValuesToMatchRegex":
            told.append(f"regexp_matches({value}, '{rule.kwargs['regex']}')")
        elif rule.expectation == "ExpectColumnValuesToBeBetween" and column.kind == "integer":
            told += [
                f"{value} {sign} {rule.kwargs[bound]}"
                for bound, sign in (("min_value", ">="), ("max_value", "<="))
                if bound in rule.kwargs
            ]
    return " and ".join(told)


def _words(one: Column, other: Column) -> str:
    return (
        f"Judul {one.header} dan {other.header} tampaknya tertukar; periksa kedua kolom, lalu ekspor ulang"
        f" / the headers {one.header} and {other.header} seem to be exchanged; check both columns, and export anew"
    )
