"""Months that a remark beside a payment names, ``iuran Juli s.d. September``: compared with those that its columns say.

The column of the first month says in the contract which column counts them (``spans``).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms import dates, doubts

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
