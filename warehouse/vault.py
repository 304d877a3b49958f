"""The vault: one encrypted DuckDB file that holds what identifies a person, and nothing else does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.duck import quoted, transaction


def key(secret: str) -> str:
    """What the cipher is given; never the secret itself, which an error of the SQL parser would print."""
    return hashlib.sha256(b"vault|" + secret.encode()).hexdigest()


def store(con: duckdb.DuckDBPyConnection, path: Path, secret: str, rows: Mapping[str, str]) -> None:
    """Adds the personal columns of accepted rows; rows of a delivery that is there already are replaced.

    Args:
        con: a connection with httpfs loaded, which brings the cipher.
        path: the vault's file, made when it is missing.
        secret: its key.
        rows: for each feed the SQL of its rows (delivery_id, business_date, line_no, the keyed hashes, and
            the contract's vault columns).
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    con.execute(f"attach {quoted(path)} as vault (encryption_key '{key(secret)}')")
    path.chmod(0o600)
    with transaction(con):
        for feed, query in sorted(rows.items()):
            con.execute(f"create table if not exists vault.{feed} as {query} limit 0")
            for name, kind, *_ in con.execute(f"describe {query}").fetchall():  # a newer contract may have more
                con.execute(f'alter table vault.{feed} add column if not exists "{name}" {kind}')
            con.execute(f"delete from vault.{feed} where delivery_id in (select delivery_id from ({query}))")
            con.execute(f"insert into vault.{feed} by name {query}")
    con.execute("detach vault")
