"""What a row that says TOTAL tells of the rupiah above it, compared with the rows once they are read.

Rows that got lost in copying are not to be seen in what is left; a total that is not the sum of its rows shows that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms.rows import TOTAL

Totals = dict[str, dict[int, int]]
"""By delivery and line the rupiah that a row tells."""
_NAMED = re.compile(
    r"\b(?:total|jumlah|jml)\b(?:[^0-9]|[0-9][0-9.,]*\s*[a-z])*?\b(?:rp|idr)\b[.\s]*(-?[0-9](?:[0-9.,]*[0-9])?)",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(target|s/?d|sampai|hingga|kumulatif|lalu|sebelumnya|saldo|tahun|pagu|plafon|biaya|admin\w*|denda|potongan)\b",
    re.IGNORECASE,
)
"""Totals of other rows than those of the file."""
_GROWING, _DISTINCT = 10, 4
"""So many rows do not grow by chance in an order that is kept for another column, which has so many values."""
_RUPIAH = re.compile(
    r"(?:rp|idr)?[.\s]*(\d+|\d{1,3}(?:([.,' ])\d{3})(?:\2\d{3})*)(?:[.,]0{1,2})?(?:,-)?", re.IGNORECASE
)


def told(kind: str, cells: Mapping[str, str | None], rest: Iterable[str], contract: Contract) -> Iterator[int]:
    """The rupiah that a row tells of the control total's column, if it is a total and tells one in whole rupiah."""
    if kind == TOTAL and contract.control_total:
        own = cells.get(contract.control_total)
        yield from (
            map(_rupiah, filter(_RUPIAH.fullmatch, [own.strip()]))
            if own
            else named(filter(None, (*cells.values(), *rest)), contract)
        )


def named(cells: Iterable[str], contract: Contract) -> Iterator[int]:
    """The rupiah that a title or foot tells as the total of its rows: ``Total: 153 peserta, Rp 2.570.400``."""
    said = " ".join(cells) if contract.control_total else ""
    if not _OF_OTHERS.search(said) and (found := _NAMED.search(said)) and _RUPIAH.fullmatch(found[1]):
        yield _rupiah(found[1])


def _rupiah(text: str) -> int:
    found = _RUPIAH.fullmatch(text.strip())
    return int(re.sub("[^0-9]", "", found[1])) if found else 0


def keep(con: duckdb.DuckDBPyConnection, totals: Totals) -> None:
    """Makes the temporary table ``told_total`` of delivery_id, line and rupiah."""
    rows = [(key, line, rupiah) for key, lines in totals.items() for line, rupiah in lines.items()]
    kinds = {"delivery_id": pa.string(), "line": pa.int64(), "rupiah": pa.int64()}
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds.values())]
    con.register("totals", pa.table(columns, names=list(kinds)))
    con.execute("create or replace temp table told_total as from totals")
    con.unregister("totals")


def run_up(con: duckdb.DuckDBPyConnection, contract: Contract, amount: str) -> dict[str, str]:
    """By delivery why it is refused: amounts only grow from row to row, and so do numbers or days.

    Sorted by one of them, the other would be in order by chance only: these are sums that run up. A feed with refunds
    has amounts that are known one by one, and is not looked at.
    """
    total = next((column for column in contract.exported if column.name == contract.control_total), None)
    if not total or total.refunds:
        return {}
    days = [f'"{column.name}"' for column in contract.exported if column.dated in ("recent", "past")]
    kept = [f'"{contract.number.name}"', *days]
    rises = ", ".join(f"{each} >= lag({each}) over each as rises_{n}" for n, each in enumerate(kept))
    in_order = " or ".join(
        f"(bool_and(coalesce(rises_{n}, true)) and count(distinct {each}) >= {_DISTINCT})"
        for n, each in enumerate(kept)
    )
    found = con.execute(
        f"""with read as (select *, {amount} as rupiah from text left join style using (delivery_id)),
        risen as (
            select *, rupiah > lag(rupiah) over each as grows, {rises} from read
            window each as (partition by delivery_id order by line_no)
        )
        select delivery_id from risen group by delivery_id
        having count(*) >= {_GROWING} and count(rupiah) = count(*) and bool_and(coalesce(grows, true))
            and ({in_order})"""
    ).fetchall()
    return {
        delivery_id: f"Kolom {total.header} naik dari setiap baris ke baris berikutnya, sejalan dengan nomor atau"
        " tanggalnya: tampaknya jumlah berjalan (kumulatif); kirim jumlah setiap baris sendiri / column"
        f" {total.header} grows from each row to the next, as numbers or dates do: these seem to be sums that run up;"
        " send the amount of each row alone"
        for (delivery_id,) in found
    }


def compare(con: duckdb.DuckDBPyConnection, amount: str) -> dict[str, str]:
    """By delivery why it is refused: a total is the sum neither of all rows, nor of those above it, nor of its part.

    Nor are all totals together the sum of all rows.

    Args:
        con: has ``told_total``, and ``text`` with the style of each delivery joined as ``read``.
        amount: SQL of a row's rupiah. A delivery in which one cannot be read is not compared.
    """
    con.execute("create temp table if not exists told_total (delivery_id VARCHAR, line BIGINT, rupiah BIGINT)")
    if not con.execute("from told_total").fetchall():
        return {}
    found = con.execute(
        f"""with total as (
            select *, coalesce(lag(line) over (partition by delivery_id order by line), 0) as before,
                sum(rupiah) over (partition by delivery_id) as together
            from told_total
        ),
        read as (
            select delivery_id, line_no, {amount} as rupiah
            from text
            left join style using (delivery_id)
            where delivery_id in (select delivery_id from total)
        ),
        summed as (
            select delivery_id, line, any_value(total.rupiah) as said, any_value(together) as together,
                sum(read.rupiah) as whole,
                coalesce(sum(read.rupiah) filter (line_no < line), 0) as above,
                coalesce(sum(read.rupiah) filter (line_no < line and line_no > before), 0) as part
            from total
            join read using (delivery_id)
            group by delivery_id, line
            having count(read.rupiah) = count(*)
        )
        select delivery_id, min(line), arg_min(said, line), arg_min(case when above > 0 then above else whole end, line)
        from summed
        where said not in (whole, above, part) and together <> whole
        group by delivery_id"""
    ).fetchall()
    return {
        delivery_id: f"Baris {line} menyebut total Rp {said}, tetapi baris-barisnya berjumlah Rp {above}; mungkin ada"
        f" baris yang hilang; ekspor ulang / line {line} tells of Rp {said} in total, but its rows add up to"
        f" Rp {above}; perhaps rows got lost; export anew"
        for delivery_id, line, said, above in found
    }
