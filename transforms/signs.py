"""Refunds that are written without a minus: refused or rejected, since they would count as payments.

A title, a note between the rows or the name of a sheet says that what follows was paid back; a column that the contract
does not know says debit or credit, or says of a row that it was paid back or cancelled. Only a column of the contract
with ``refunds: negative`` is looked at; but a row that is said to be cancelled, deleted or double is rejected in every
feed.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Contract
from transforms.header import place
from transforms.remarks import BACK, Remarks

REFUND = "refund"
"""Value of row_problem for a row that says beside the contract's columns that it was paid back or cancelled."""
CANCELLED = (
    r"\b(dibatalkan|batal|cancell?ed|void(ed)?|dihapus|hapus|deleted|dobel|double|duplikat|duplicate"
    r"|(data|input|entri) ganda|salah (input|ketik|entri|entry)|(di)?abaikan|tidak jadi|gagal|failed|invalid"
    r"|jangan (di)?(proses|hitung|input|bayar)|(tidak|tdk) (sah|valid)|belum (di)?(bayar|lunas|setor)|unpaid"
    r"|uji ?coba|dummy)\b"
)
"""What says of a row of any feed that it does not count."""


def mark(con: duckdb.DuckDBPyConnection, contract: Contract, remarks: Remarks) -> dict[str, str]:
    """Gives the rows of the temporary table ``text`` that say so in ``rest`` their ``row_problem``.

    Args:
        con: has the table (see transforms.read).
        contract: the feed's contract.
        remarks: what the files say.

    Returns:
        By delivery why it is refused.
    """
    amount = next((f'"{column.name}"' for column in contract.exported if column.refunds), None)
    unsigned = (
        f"{amount} is not null and not regexp_matches({amount}, '^[^0-9]*[-(\u2212\u2013]')" if amount else "true"
    )
    said = f"{BACK}|{CANCELLED}" if amount else CANCELLED
    con.execute(
        f"""update text set row_problem = '{REFUND}'
        where row_problem is null and rest is not null and {unsigned} and regexp_matches(rest, '(?i){said}')"""
    )
    if not amount:
        return {}
    refused: dict[str, str] = {}
    for delivery_id, lines in remarks.lines.items():
        for line in lines:
            (behind,) = con.execute(
                f"""select arg_min({unsigned}, line_no) from text
                where delivery_id = ? and line_no > ? and {amount} is not null""",
                [delivery_id, line],
            ).fetchone() or (None,)
            if behind:
                kata, words = (f"Baris {line}", f"line {line}") if line else ("Nama lembar", "the sheet's name")
                refused.setdefault(
                    delivery_id,
                    f"{kata} menyebut pengembalian atau pembatalan, tetapi jumlah di bawahnya tanpa minus; tulis"
                    f" pengembalian sebagai -36800 / {words} says that payments were returned or cancelled, but the"
                    " amounts below have no minus; write a refund as -36800",
                )
    for delivery_id, at in remarks.sides.items():
        (signed,) = con.execute(
            f"select bool_or(not ({unsigned})) from text where delivery_id = ? and {amount} is not null", [delivery_id]
        ).fetchone() or (None,)
        if signed is False:
            refused.setdefault(
                delivery_id,
                f"Kolom {place(at)} menyebut debet atau kredit, tetapi tidak ada jumlah dengan minus; tulis"
                f" pengembalian sebagai -36800 dan hapus kolom itu / column {place(at)} says debit or credit, but no"
                " amount has a minus; write refunds as -36800 and remove that column",
            )
    return refused
