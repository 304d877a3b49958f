"""The vault: one encrypted DuckDB file that holds what identifies a person, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import files, keys
from warehouse.duck import quoted, transaction


def key(secret: str) -> str:
    """What the cipher is given; never the secret itself, which an error of the SQL parser would print."""
    return keys.derived(secret, keys.VAULT).hex()


def identify(con: duckdb.DuckDBPyConnection, path: Path, secret: str, fresh: str) -> str:
    """What tells the vault from others; it is made, and gets this mark, where that is missing.

    Args:
        con: a connection with httpfs loaded, which brings the cipher.
        path: the vault's file.
        secret: its key.
        fresh: the mark that it gets if it has none.
    """
    with _attached(con, path, secret):
        con.execute("create table if not exists vault.mark (mark varchar)")
        if (there := con.execute("select mark from vault.mark").fetchone()) is not None:
            return str(there[0])
        con.execute("insert into vault.mark values (?)", [fresh])
    return fresh


def store(con: duckdb.DuckDBPyConnection, path: Path, secret: str, rows: Mapping[str, str]) -> None:
    """Adds the personal columns of accepted rows; rows of a delivery that is there already are replaced.

    Args:
        con: a connection with httpfs loaded, which brings the cipher.
        path: the vault's file, made when it is missing.
        secret: its key.
        rows: for each feed the SQL of its rows (delivery_id, business_date, line_no, the keyed hashes, and
            the contract's vault columns).
    """
    with _attached(con, path, secret), transaction(con):
        for feed, query in sorted(rows.items()):
            con.execute(f"create table if not exists vault.{feed} as {query} limit 0")
            for name, kind, *_ in con.execute(f"describe {query}").fetchall():  # a newer contract may have more
                con.execute(f'alter table vault.{feed} add column if not exists "{name}" {kind}')
            con.execute(f"delete from vault.{feed} where delivery_id in (select delivery_id from ({query}))")
            con.execute(f"insert into vault.{feed} by name {query}")


def replace(con: duckdb.DuckDBPyConnection, path: Path, secret: str, rows: Mapping[str, str]) -> None:
    """Puts other rows in the place of those of the same delivery and line, and writes the file anew.

    A DuckDB file keeps what was deleted in blocks that are free. In the new one there is nothing of it.

    Args:
        con: a connection with httpfs loaded, which brings the cipher.
        path: the vault's file.
        secret: its key.
        rows: for each feed the SQL of the rows, as in ``store``; what the vault does not have is left out.
    """
    with _attached(con, path, secret), transaction(con):
        for feed, query in sorted(rows.items()):
            key_of = "(delivery_id, line_no)"
            there = f"where {key_of} in (select {key_of} from vault.{feed})"
            con.execute(f"create or replace temp table put as from ({query}) {there}")
            con.execute(f"delete from vault.{feed} where {key_of} in (select {key_of} from put)")
            con.execute(f"insert into vault.{feed} by name from put")
    seal_anew(con, path, key(secret), key(secret))


def seal_anew(con: duckdb.DuckDBPyConnection, path: Path, before: str, after: str) -> None:
    """Writes the file anew, under another cipher key or the same.

    Raises:
        duckdb.Error: it is not under the key that is named; nothing was changed.
    """
    with files.whole(path) as part:
        part.unlink(missing_ok=True)
        con.execute(f"attach {quoted(path)} as vault (encryption_key '{before}')")
        try:
            con.execute("checkpoint vault")
            con.execute(f"attach {quoted(part)} as anew (encryption_key '{after}')")
            con.execute("copy from database vault to anew")
            con.execute("detach anew")
        finally:
            con.execute("detach vault")
        part.chmod(0o600)


@contextmanager
def reading(con: duckdb.DuckDBPyConnection, path: Path, secret: str) -> Iterator[None]:
    """The vault as the catalog ``vault`` of a connection, to be read alone."""
    con.execute(f"attach {quoted(path)} as vault (encryption_key '{key(secret)}', read_only)")
    try:
        yield
    finally:
        con.execute("detach vault")


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path, secret: str) -> Iterator[None]:
    files.make_folder(path.parent)
    path.parent.chmod(0o700)
    con.execute(f"attach {quoted(path)} as vault (encryption_key '{key(secret)}')")
    try:
        path.chmod(0o600)
        yield
        con.execute("checkpoint vault")
    finally:
        con.execute("detach vault")
    files.sync_one(path)
    files.sync_one(path.parent)
