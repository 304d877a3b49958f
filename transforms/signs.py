"""Rows that are said to count for nothing, and refunds without a minus: refused or rejected, for they would count.

A title, a note between the rows or the name of a sheet says that what follows was paid back, cancelled, or is of a
training; a column that the contract does not know says debit or credit, or says so of a row. In a feed with a column of
``refunds: negative`` what was paid back or cancelled may stand as such an amount.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Contract
from transforms.header import place
from transforms.remarks import BACK, VOID, Remarks

REFUND = "refund"
"""Value of row_problem for a row that says beside the contract's columns that it was paid back or cancelled."""
CANCELLED = (
    r"\b(dibatalkan|batal|cancel(l?ed)?|void(ed)?|dihapus|hapus|deleted|dobel|double|duplikat|duplicate|ganda"
    r"|(di)?coret|(tidak|tdk) (di)?(pakai|hitung)|(tidak|tdk|blm|belum) cair|(cek|giro) kosong|tertukar|ralat"
    r"|(se|yang |yg )?harusnya|y(an)?g (benar|betul)"
    r"|(data|input|entri) ganda|salah (input|ketik|entri|entry)|(di)?abaikan|tidak jadi|gagal|failed|invalid"
    r"|jangan (di)?(proses|hitung|input|bayar)|(tidak|tdk) (sah|valid)|belum (di)?(bayar|lunas|setor)|unpaid"
    rf"|uji ?coba|dummy)\b|{VOID}"
)
"""What says of a row of any feed that it does not count."""
_WITHOUT_MINUS = (
    "menyebut pengembalian atau pembatalan, tetapi jumlah di bawahnya tanpa minus; tulis pengembalian sebagai -36800",
    "says that payments were returned or cancelled, but the amounts below have no minus; write a refund as -36800",
)
_NOTHING = (
    "menyebut bahwa baris di bawahnya batal, latihan, contoh atau salah input; hapus baris itu, atau keterangannya",
    "says that the rows below were cancelled, or are of a training, a sample or a mistake; take these rows out, or what"
    " says so",
)
_OF_A_PERIOD = (
    "menyebut penghasilan setahun, seminggu atau sehari; tulis penghasilan sebulan, dan hapus keterangan itu",
    "says that incomes are of a year, a week or a day; write those of a month, and take that out",
)


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
    refused: dict[str, str] = {}
    voids = {key: [line] for key, line in remarks.voids.items()}
    for delivery_id, line in remarks.periods.items():
        if any(column.rupiah and column.personal for column in contract.exported):
            refused[delivery_id] = _words(line, *_OF_A_PERIOD)
    told = {key: [*remarks.lines.get(key, ()), *voids.get(key, ())] for key in remarks.lines.keys() | voids.keys()}
    for delivery_id, lines in told.items():
        for line in lines:
            takes_back = amount and line != remarks.voids.get(delivery_id)
            first = f"arg_min({unsigned}, line_no) filter ({amount} is not null)" if takes_back else "count(*) > 0"
            (behind,) = con.execute(
                f"select {first} from text where delivery_id = ? and line_no > ?", [delivery_id, line]
            ).fetchone() or (None,)
            if behind:
                refused.setdefault(delivery_id, _words(line, *(_WITHOUT_MINUS if takes_back else _NOTHING)))
    if not amount:
        return refused
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


def _words(line: int, kata: str, words: str) -> str:
    where = (f"Baris {line}", f"line {line}") if line else ("Nama lembar", "the sheet's name")
    return f"{where[0]} {kata} / {where[1]} {words}"
