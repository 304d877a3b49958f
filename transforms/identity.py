"""Pseudonyms: keyed hashes that stand for a NIK or a card number everywhere past this point.

HMAC-SHA-256, because a NIK can be enumerated (region, date, four digits), so that a hash without a key
hides nothing; cut to 128 bits, where two of ten million people collide with a chance of one in 10^24.
DuckDB has no HMAC, so distinct values make a round trip through Python, about a million a second.
"""

from __future__ import annotations

import hmac

import duckdb
import pyarrow as pa

from expectations.contract import KEY_TYPE, Contract

_BYTES = 16


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """Pseudonym of one value, hexadecimal; ``kind`` (nik, kpj) keeps equal digits of different kinds apart."""
    return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")[:_BYTES].hex()


def add_pseudonyms(con: duckdb.DuckDBPyConnection, table: str, contract: Contract, key: bytes) -> None:
    """Gives a temporary table a column for each hash that the contract names, null where the value is."""
    for column in contract.columns:
        if not column.hashed_as:
            continue
        values = con.execute(
            f'select distinct "{column.name}" from {table} where "{column.name}" is not null'
        ).to_arrow_table()[0]
        hashes = [pseudonym(column.name, value, key) for value in values.to_pylist()]
        con.register("hashed", pa.table({"value": values, "hash": pa.array(hashes, pa.string())}))
        con.execute(
            f'create or replace temp table {table} as select t.*, cast(h.hash as {KEY_TYPE}) as "{column.hashed_as}"'
            f' from {table} as t left join hashed as h on h.value = t."{column.name}"'
        )
        con.unregister("hashed")
