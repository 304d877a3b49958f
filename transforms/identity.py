"""Pseudonyms: keyed hashes that stand for a NIK or a card number everywhere past this point.

HMAC-SHA-256, because a NIK can be enumerated (region, date, four digits), so that a hash without a key
hides nothing; cut to 128 bits, where two of ten million people collide with a chance of one in 10^24.
DuckDB has no HMAC, so distinct values make a round trip through Python, about a million a second.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from expectations.contract import Contract

_BYTES = 16


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """Pseudonym of one value, hexadecimal; ``kind`` (nik, kpj) keeps equal digits of different kinds apart."""
    (made,) = _pseudonyms(kind, [value], key).storage.to_pylist()
    return bytes(made).hex()


def _pseudonyms(kind: str, values: Iterable[str], key: bytes) -> pa.UuidArray:
    """Pseudonyms of many values."""
    keyed = hmac.new(key, digestmod="sha256")  # the key is prepared once, and each value goes into a copy
    hashes = []
    for value in values:
        one = keyed.copy()
        one.update(f"{kind}:{value}".encode())
        hashes.append(one.digest()[:_BYTES])
    return pa.UuidArray.from_storage(pa.uuid(), pa.array(hashes, pa.binary(_BYTES)))


def add_pseudonyms(
    con: duckdb.DuckDBPyConnection, table: str, contract: Contract, key: bytes, source: str = ""
) -> None:
    """Makes a temporary table of rows with a column for each hash that the contract names, null where the value is.

    Args:
        con: any connection.
        table: the table.
        contract: of the feed whose rows these are.
        key: of the hashes.
        source: SQL of the rows; by default what is in the table so far.
    """
    columns, joins = ["source.*"], [f"from {source or table} as source"]
    for column in contract.columns:
        if column.hashed_as:
            found = con.execute(
                f'select distinct "{column.name}" from {source or table} where "{column.name}" is not null'
            ).to_arrow_table()[0]
            known = f"hashed_{column.name}"
            con.register(known, pa.table({"value": found, "hash": _pseudonyms(column.name, found.to_pylist(), key)}))
            columns.append(f'{known}.hash as "{column.hashed_as}"')
            joins.append(f'left join {known} on {known}.value = source."{column.name}"')
    con.execute(f"create or replace temp table {table} as select {', '.join(columns)} {' '.join(joins)}")
    for column in contract.columns:
        if column.hashed_as:
            con.unregister(f"hashed_{column.name}")
