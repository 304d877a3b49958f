"""What a file holds beside the contract's columns: noted as facts, so that what is new of it can be asked about.

A column that the contract does not know may say that a row does not count, and a title may say that no row does. Words
that are known to say so are acted upon (transforms.words, transforms.unknown); nobody knows all of them. So it is noted
which columns, values of columns with few of them, and lines of text a file holds: core.unknown_content tells of which
the branch sends for the first time. A heading, a cell or a line may name a person: only keyed hashes leave the judge.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms.dates import MONTHS
from transforms.header import fold, place
from transforms.identity import hashed
from transforms.readers import Row

CONTENT = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "kind": (
        "VARCHAR",
        "column (that the contract does not know), value (of such a column), unlike (it differs from a column of the"
        " contract that it mostly repeats), unlike_rupiah (the same, of an amount) or text (a line that is no data).",
    ),
    "place": (
        "VARCHAR",
        "Number and letter of the column; or the line, 0 for the sheet's name, -1 for a text box, -2 for the name of a"
        " packed file.",
    ),
    "heading_key": ("UUID", "Keyed hash of the column's heading; null for a line."),
    "content_key": ("UUID", "Keyed hash of what stands there, without case, signs and, of a line, numbers and months."),
    "row_count": ("BIGINT", "Rows that hold it, or that differ; 1 for a line."),
    "filled": ("BIGINT", "Rows in which the column holds anything; 1 for a line."),
}
"""Columns of ``raw.unknown_content``."""
_FEW, _REPEATED, _SPARSE = 8, 3, 200
"""A column has few values if it has up to eight, three times each on average; one that is filled on less than half of
the rows may have two hundred."""
_LETTERS = "regexp_replace(upper({}), '[^0-9A-Z]', '', 'g')"
_ENOUGH = 4
"""Letters and digits that are equal by more than chance."""
_TIMES = frozenset(MONTHS) | {"senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"}


class Beside:
    """Collects cells beside the contract's columns in the temporary table ``beside`` (delivery_id, line_no, cells)."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute("create or replace temp table beside (delivery_id VARCHAR, line_no BIGINT, cells VARCHAR[])")
        self._con = con
        self.headings: dict[str, list[tuple[int, str]]] = {}
        self.lines: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def see_header(self, delivery_id: str, header: Sequence[str], positions: Mapping[str, int]) -> None:
        """Chooses the columns to collect: those that have a heading, and that the contract does not know."""
        others = [(at, fold(cell)) for at, cell in enumerate(header) if at not in positions.values()]
        if named := [(at, heading) for at, heading in others if heading]:
            self.headings[delivery_id] = named

    def collect(self, delivery_id: str, rows: Sequence[Row]) -> None:
        """Collects the cells of rows in these columns."""
        if not (named := self.headings.get(delivery_id)):
            return
        cells = [[row[at] if at < len(row) else None for at, _ in named] for _, row in rows]
        collected = {
            "delivery_id": pa.repeat(delivery_id, len(rows)),
            "line_no": pa.array([line for line, _ in rows], pa.int64()),
            "cells": pa.array(cells, pa.list_(pa.string())),
        }
        self._con.register("collected", pa.table(collected))
        self._con.execute("insert into beside from collected")
        self._con.unregister("collected")

    def note(self, contract: Contract) -> None:
        """Makes the temporary table ``said`` (as CONTENT, in clear: heading and content) of the rows of ``text``."""
        items = list(self._texts())
        if self.headings:
            self._con.execute(
                """create or replace temp table cell as
                select delivery_id, line_no, generate_subscripts(cells, 1) as n, nullif(trim(unnest(cells)), '') as cell
                from beside join text using (delivery_id, line_no)"""
            )
            items += [*self._columns(), *self._unlike(contract)]
            self._con.execute("drop table cell")
        names = ("delivery_id", "kind", "place", "heading", "content", "row_count", "filled")
        kinds = [pa.string()] * 5 + [pa.int64()] * 2
        columns = list(zip(*items, strict=True)) if items else [()] * len(names)
        table = {n: pa.array(list(c), k) for n, c, k in zip(names, columns, kinds, strict=True)}
        self._con.register("items", pa.table(table))
        self._con.execute("create or replace temp table said as from items; drop table beside")
        self._con.unregister("items")

    def _texts(self) -> Iterator[tuple[object, ...]]:
        for delivery_id, lines in self.lines.items():
            for line, text in lines:
                words = [word for word in re.findall(r"[^\W\d_]{3,}", text.casefold()) if word not in _TIMES]
                if words:
                    yield delivery_id, "text", str(line), None, " ".join(words), 1, 1

    def _columns(self) -> Iterator[tuple[object, ...]]:
        found = self._con.execute(
            f"""with value as (select delivery_id, n, cell, count(*) as rows from cell group by all),
            whole as (
                select delivery_id, n, sum(rows)::bigint as rows, count(cell) as kinds,
                    (sum(rows) filter (cell is not null))::bigint as filled
                from value group by all having count(cell) > 0
            )
            select delivery_id, n, null, filled, filled from whole
            union all
            select delivery_id, n, lower(cell), sum(value.rows)::bigint, any_value(filled)
            from value join whole using (delivery_id, n)
            where cell is not null and (
                kinds <= {_FEW} and kinds * {_REPEATED} <= filled or filled * 2 < whole.rows and kinds <= {_SPARSE}
            )
            group by delivery_id, n, lower(cell)
            order by all"""
        ).fetchall()
        for delivery_id, n, value, rows, filled in found:
            at, heading = self.headings[delivery_id][n - 1]
            kind = "column" if value is None else "value"
            yield delivery_id, kind, place(at), heading, f"{heading}:{value or ''}", rows, filled

    def _unlike(self, contract: Contract) -> Iterator[tuple[object, ...]]:
        """Columns that repeat one of the contract on half of their rows, and not on all."""
        once = _LETTERS.format("cell")
        counts = ", ".join(
            f"[count(*) filter ({once} = {own}), count(*) filter ({once} <> {own})]"
            for own in (_LETTERS.format(f'"{column.name}"') for column in contract.exported)
        )
        found = self._con.execute(
            f"""select delivery_id, n, count(*), [{counts}] from cell join text using (delivery_id, line_no)
            where length({once}) >= {_ENOUGH} group by all order by all"""
        ).fetchall()
        for delivery_id, n, filled, pairs in found:
            for column, (alike, other) in zip(contract.exported, pairs, strict=True):
                if other and alike >= max(other, _REPEATED):
                    at, heading = self.headings[delivery_id][n - 1]
                    kind = "unlike_rupiah" if column.rupiah else "unlike"
                    yield delivery_id, kind, place(at), heading, f"{heading}={column.name}", other, filled


def content_query() -> str:
    """SQL of what was noted, as CONTENT; its parameters are ``transforms.identity.keyed``."""
    heading, content = hashed("'heading:' || heading"), hashed("'content:' || content")
    return (
        f"select delivery_id, kind, place, {heading} as heading_key, {content} as content_key,"
        " sum(row_count)::bigint as row_count, max(filled) as filled from said group by all order by all"
    )
