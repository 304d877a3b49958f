"""Rows that are said to count for nothing, and refunds without a minus: refused or rejected, for they would count.

A title, a note between the rows or the name of a sheet says that what follows was paid back, cancelled, or is of a
training; a column that the contract does not know says debit or credit, or says so of a row. In a feed with a column of
``refunds: negative`` what was paid back or cancelled may stand as such an amount.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Contract
from transforms import told_months, words
from transforms.header import place
from transforms.remarks import Remarks

REFUND = "refund"
"""Value of row_problem for a row that says beside the contract's columns that it was paid back or cancelled."""
DENIED = "denied"
"""... or that somebody left, died, or that what was paid came back, where a column says that it is not so."""
_ALWAYS = 3
"""What so many numbers of a file end in, and all of it, is a code of their branch."""
_WITHOUT_MINUS = (
    "menyebut pengembalian atau pembatalan, tetapi jumlah di bawahnya tanpa minus; tulis pengembalian sebagai -36800",
    "says that payments were returned or cancelled, but the amounts below have no minus; write a refund as -36800",
)
_NOTHING = (
    "menyebut bahwa baris di bawahnya batal, latihan, contoh atau salah input; hapus baris itu, atau keterangannya",
    "says that the rows below were cancelled, or are of a training, a sample or a mistake; take these rows out, or what"
    " says so",
)
_ANOTHER = (
    "menyebut daftar lain (tagihan atau belum dibayar, calon, keluar, belum lengkap, belum diajukan, atau segmen lain);"
    " kirim daftar yang benar, atau perbaiki judulnya",
    "names another list (bills or what is not paid, prospects, people who left, what is not complete or not submitted,"
    " or another segment); send the right one, or correct the title",
)
_LEGEND = (
    "menyebut bahwa baris dengan warna, tanda atau nomor tertentu tidak dihitung, dan itu tidak terbaca; hapus baris"
    " itu, dan keterangannya",
    "says that rows of some colour, mark or number do not count, which cannot be read; take these rows out, and what"
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
    said = "|".join([*([words.BACK] if amount else []), words.cancelled(contract)])
    con.execute(
        f"""update text set row_problem = '{REFUND}' where row_problem is null and rest is not null and {unsigned}
        and regexp_matches({words.WITHOUT_LATER}, '(?i){said}')"""
    )
    _deny(con, contract)
    _numbers(con, contract, unsigned)
    told_months.mark(con, contract)
    told_months.headings(con, contract, remarks.beside.lines, (remarks.times, remarks.doubts))
    refused = _codes(con, remarks)
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
    for found, why in ((remarks.others, _ANOTHER), (remarks.legends, _LEGEND)):
        for delivery_id, line in found.items():
            (rows,) = con.execute(
                "select count(*) from text where delivery_id = ? and line_no > ?",
                [delivery_id, line if why is _ANOTHER else 0],
            ).fetchone() or (0,)
            if rows:
                refused.setdefault(delivery_id, _words(line, *why))
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


def _codes(con: duckdb.DuckDBPyConnection, remarks: Remarks) -> dict[str, str]:
    """By delivery why it is refused: a heading names a code, and no value shows that something else stands below."""
    refused = {}
    for delivery_id, coded in remarks.coded.items():
        for column, certain in coded:
            (shown,) = con.execute(
                f"""select bool_or("{column.name}" = ?) from text where delivery_id = ?""", [certain, delivery_id]
            ).fetchone() or (None,)
            if shown is False:
                refused[delivery_id] = (
                    f"Judul kolom {column.header} menyebut kode, dan nilai {certain} tidak ada; kode yang sama bisa"
                    f" berarti lain. Kirim kolom {column.header} seperti dalam kontrak / the heading of {column.header}"
                    f" names a code, and there is no {certain}; one code may mean another thing. Send {column.header}"
                    " as the contract says"
                )
    return refused


def _deny(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Marks rows whose remark denies what a column says (``deniedBy``), and names with words behind them."""
    denied = [(f'"{column.name}"', *said) for column in contract.exported for said in column.denied_by]
    for name, value, meaning in denied:
        con.execute(
            f"""update text set row_problem = '{DENIED}' where row_problem is null and rest is not null
            and upper({name}) = upper('{value}')
            and regexp_matches({words.WITHOUT_LATER}, '(?i){words.MEANINGS[meaning]}')
            and not regexp_matches(rest, '(?i){words.NOT_SO}')"""
        )
    so = " and ".join(["true", *(f"upper({name}) = upper('{value}')" for name, value, _ in denied)])
    for column in contract.exported:
        if column.is_name:
            behind = f"""regexp_extract("{column.name}", '(?i){words.BEHIND_A_NAME}')"""
            con.execute(
                f"""update text set row_problem = '{DENIED}' where row_problem is null and {so}
                and not regexp_full_match("{column.name}", '[A-Za-z .]*')
                and regexp_matches({behind}, '(?i){words.CANCELLED}|{words.MEANINGS["left"]}')
                and not regexp_matches("{column.name}", '(?i){words.OF_ANOTHER}')"""
            )


def _numbers(con: duckdb.DuckDBPyConnection, contract: Contract, unsigned: str) -> None:
    """Marks rows whose number begins or ends in a word such as BTL, unless all do, and those with the number alone."""
    number = f'"{contract.number.name}"'
    for end, may_be in ((words.BEHIND_A_NUMBER, f"right({number}, 1)"), (words.BEFORE_A_NUMBER, f"left({number}, 1)")):
        con.execute(
            f"""update text set row_problem = '{REFUND}' from (
                select delivery_id, {number} as ended, regexp_replace(ended, '(?i){end}', '') as number
                from text join (select delivery_id, count(*) as size from text group by all) using (delivery_id)
                where row_problem is null and {unsigned}
                    and {may_be} not between '0' and '9' and regexp_matches({number}, '(?i){end}')
                qualify count(*) over (partition by delivery_id) < greatest(size, {_ALWAYS})
            ) as cancelled
            where text.delivery_id = cancelled.delivery_id and row_problem is null
                and {number} in (cancelled.ended, cancelled.number)"""
        )


def _words(line: int, kata: str, said: str) -> str:
    where = words.place(line)
    return f"{where[0]} {kata} / {where[1]} {said}"
