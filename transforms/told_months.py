"""Months that a remark beside a payment names, ``iuran Juli s.d. September``: compared with those that its columns say.

So are those that headings between the rows name, ``Iuran bulan Agustus 2023``, with all rows up to the next one.
The column of the first month says in the contract which column counts them (``spans``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms import dates, doubts, words

OTHER_MONTHS = "months"
"""Value of row_problem for a row whose remark names other months."""
_NAME = (
    r"(?:jan(?:uari|uary)?|feb(?:r?uari|ruary)?|mar(?:et|ch)?|apr(?:il)?|mei|may|jun[ie]?|jul[iy]?|agustus|agt|agst"
    r"|aug(?:ust)?|sept?(?:ember)?|okt(?:ober)?|oct(?:ober)?|no[vp](?:ember)?|des(?:ember)?|dec(?:ember)?)\b\.?"
)
_MONTH = rf"(?:{_NAME}(?:[ \x27/-]*20\d\d)?|(?:0?[1-9]|1[0-2])[/-]20\d\d|20\d\d-(?:0[1-9]|1[0-2])\b)"
_TO = r"\s*(?:s\W{0,2}d\W{0,2}|sampai(?: dengan)?|hingga|dan|to|[&,+" + "\u2013-])" + r"\s*"
MONTHS = (
    rf"\b(?:iuran|untuk|utk|rapel|tunggakan|masa|periode)(?: iuran)?(?: bulan| bln)?[ :.]*{_MONTH}(?:{_TO}{_MONTH})*"
    rf"|{_MONTH}(?:{_TO}{_MONTH})+"
)
"""Pattern of a remark that names months: behind a word that says what for, or from one to another."""
_EACH = re.compile(_MONTH, re.IGNORECASE)
_HEADING = re.compile(rf"\b(?:iuran|rapel)(?: iuran)?(?: bulan| bln)?[ :.]*{_MONTH}(?:{_TO}{_MONTH})*", re.I)
"""What a heading says of the months of the rows below it; a title may tell when they were paid."""
_FOOT = re.compile(r"\b(?:total|jumlah|jml)\b", re.I)


def mark(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Gives rows of the temporary table ``text`` their ``row_problem``. Few texts differ: each is looked at once."""
    for first, count in ((column.name, column.spans) for column in contract.exported if column.spans):
        found = con.execute(
            f"""create or replace temp table months_said as
            select delivery_id, line_no, lower(regexp_extract(rest, '(?i){MONTHS}')) as said,
                "{first}" as begins, try_cast("{count}" as integer) as spanned
            from text where row_problem is null and rest is not null and said <> '' and spanned between 1 and 12;
            select distinct said, begins, spanned from months_said"""
        ).fetchall()
        others = [row for row in found if _differ(*row)]
        kinds = {"said": pa.string(), "begins": pa.string(), "spanned": pa.int64()}
        con.register(
            "others", pa.Table.from_pylist([dict(zip(kinds, row, strict=True)) for row in others], pa.schema(kinds))
        )
        con.execute(
            f"""update text set row_problem = '{OTHER_MONTHS}'
            from months_said join others using (said, begins, spanned)
            where text.delivery_id = months_said.delivery_id and text.line_no = months_said.line_no"""
        )
        con.unregister("others")


def headings(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    lines: Mapping[str, Iterable[tuple[int, str]]],
    remarks: tuple[dict[str, list[tuple[int, str]]], doubts.Doubts],
) -> None:
    """Tells of headings, two in a file at least, whose month no row has that stands below them.

    Args:
        con: has the table ``text``.
        contract: the feed's.
        lines: by delivery those that are no data, and what they say.
        remarks: by delivery the lines that tell of a time, of which these are taken out, and what is told of it.
    """
    times, told = remarks
    for first, count in ((column, column.spans) for column in contract.exported if column.spans):
        for delivery_id, said in lines.items():
            heads = [each for each in said if not _FOOT.search(each[1])]
            named = sorted({line: found[0] for line, text in heads if (found := _HEADING.search(text))}.items())
            ends = [line for line, _ in named[1:]] + [sys.maxsize]
            for (line, heading), end in zip(named if len(named) > 1 else (), ends, strict=False):
                rows = con.execute(
                    f"""select distinct "{first.name}", coalesce(try_cast("{count}" as integer), 1) from text
                    where delivery_id = ? and line_no between ? and ? and row_problem is null""",
                    [delivery_id, line, end],
                ).fetchall()
                if rows:
                    times[delivery_id] = [each for each in times[delivery_id] if each[0] != line]
                if rows and all(_differ(heading.lower(), begin, months) for begin, months in rows):
                    kata, where = words.place(line)
                    told[delivery_id].append(
                        f"{kata} menyebut bulan iuran lain daripada {first.header} di semua baris di bawahnya; cocokkan"
                        f" keduanya dengan buktinya / {where} names another month than {first.header} on all rows below"
                        " it; compare both with the receipts"
                    )


def _differ(said: str, begin: str, months: int) -> bool:
    """Whether a remark names months that are not those of the columns; one month need only be one of these."""
    meant = dates.meaning(begin or "", "month")
    first = meant.month or (meant.iso and meant.iso.replace(day=1))
    if not first:
        return False
    last = _later(first, months - 1)
    named = _EACH.findall(said)
    ends = [doubts.span(named[at], day) for at, day in ((0, first), (-1, last))]
    if not all(ends):
        return False
    low, high = (end[0] for end in ends if end)
    if len(named) == 1:
        return not (first <= low <= last or first <= high <= last)
    return (low, high) != (first, last)


def _later(month: date, count: int) -> date:
    for _ in range(count):
        month = (month + timedelta(31)).replace(day=1)
    return month
