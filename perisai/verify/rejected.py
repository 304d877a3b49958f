"""Rejected rows: every file is as it was written, its sealed rows open, and there are as many as the ledger says."""

from __future__ import annotations

from zipfile import ZipFile

import duckdb
import pyarrow as pa
from cryptography.fernet import InvalidToken

from perisai import rejected
from perisai.settings import Settings
from perisai.step import sealer
from perisai.verify.finding import Found
from transforms.readers.containers import DAMAGED
from warehouse import durable, removed

_FILE = "put it back from a backup; if there is none, have the branch send the whole file again as a correction"
_WORKBOOK = "remove it and rejects/workbooks/index.json, and run perisai marts"


def check(con: duckdb.DuckDBPyConnection, settings: Settings) -> Found:
    """Compares the rejected rows of each delivery of the ledger, and opens the branches' workbooks."""
    found, secret, noted = Found(), sealer(settings), durable.noted(con)
    rows = con.execute(
        "select business_date, delivery_id, file_name, judgement = 'accepted', rejected from raw.delivery"
        " where rejected > 0 order by all"
    ).fetchall()
    gone = removed.keys(con, removed.REJECTS)
    for day, key, file_name, is_accepted, count in rows:
        path = rejected.place(settings, day, key)
        if key in gone:
            if path.exists():
                found.add(f"{path} was to be removed by retention", "run perisai housekeep, or remove it by hand")
            continue
        if not path.exists() and not is_accepted:
            continue  # refused for another reason than its rows
        if not path.exists():
            found.add(f"{path}, the rejected rows of {file_name}, is gone", _FILE)
            continue
        try:
            table = rejected.read(path)
            for sealed in table["sealed_row"].to_pylist():
                secret.decrypt(sealed.encode())
        except (OSError, pa.ArrowException, InvalidToken, ValueError):
            found.add(f"{path}, the rejected rows of {file_name}, cannot be opened", _FILE)
            continue
        if not durable.is_as_noted(path, noted.get(path.name)):
            found.add(f"{path}, the rejected rows of {file_name}, is not the file that was written", _FILE)
        if is_accepted and table.num_rows != count:
            found.add(f"{path} has {table.num_rows} rejected rows, and the ledger says {count}", _FILE)
    books = sorted(settings.workbooks.glob("*/*.xlsx"))
    for book in books:
        try:
            with ZipFile(book) as opened:
                bad = opened.testzip()
        except DAMAGED:
            bad = book.name
        if bad:
            found.add(f"the workbook {book} is damaged", _WORKBOOK)
    found.checked = {"files": len(rows), "rows": sum(row[-1] for row in rows), "workbooks": len(books)}
    found.checked |= {"removed by retention": len(gone)} if gone else {}
    return found
