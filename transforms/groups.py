"""Values that stand once for the rows that they are of, as in a report grouped by agent: the delivery is refused.

A title, the name of a sheet, a heading between the rows or a foot holds what an optional column would hold (an agent's
code), or names such a column (``Perisai: AB00012``), and no row below has a value there. Or the first row of each group
alone has the code, as in a pivot table that does not repeat its labels. To read the other rows as if there were none
would lose the agent; to fill them up would be a guess where the group ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms.header import fold, known

_FEW = 2
"""A row of so few cells may be a heading, also where it looks like damaged data."""
_GROUPS, _OF_A_GROUP = 4, 3
"""So many codes in order, none of them twice, and so many rows for each are a grouped list rather than chance."""
_LABELLED = re.compile(r"\s*([^:=]*[^:=\s])\s*[:=]\s*(.*)", re.DOTALL)


class Groups:
    """The headings of the files of a feed that hold a value of an optional column.

    Args:
        contract: the feed's.
    """

    def __init__(self, contract: Contract) -> None:
        rules = [rule for rule in contract.rules if rule.expectation == "ExpectColumnValuesToMatchRegex"]
        forms = {rule.column: str(rule.kwargs["regex"]) for rule in rules if rule.severity == "error"}
        columns = {column.name: column for column in contract.exported if column.name in forms and not column.required}
        self._headers = {name: str(column.header) for name, column in columns.items()}
        self._labels = {header: name for header, name in known(contract).items() if name in columns}
        self._values = {
            name: re.compile(rf"(?<![^\W_]){forms[name].strip('^$')}(?![^\W_])", re.IGNORECASE)
            for name, column in columns.items()
            if not column.personal
        }
        self._found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))

    def see(self, delivery_id: str, line: int, cells: Iterable[str | None], *, data: bool = False) -> None:
        """Looks at a row.

        Args:
            delivery_id: whose it is.
            line: its line; 0 for the name of a sheet.
            cells: of the row.
            data: whether it counts as data, so that it is a heading only if it has hardly any cell.
        """
        filled = [cell for cell in cells if cell and cell.strip()] if self._headers else []
        if filled and (not data or len(filled) <= _FEW) and (name := self._column(filled)):
            self._found[name][delivery_id].add(line)

    def _column(self, cells: list[str]) -> str:
        for name, form in self._values.items():
            if any(map(form.search, cells)):
                return name
        for cell, behind in zip(cells, [*cells[1:], ""], strict=True):
            if found := _LABELLED.fullmatch(cell):
                label, value = found.groups()
                if (value or behind) and (column := self._labels.get(fold(label))):
                    return column
        return ""

    def compare(self, con: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """By delivery why it is refused: no row of ``text`` from a heading to the next has a value of its column."""
        refused: dict[str, str] = {}
        for name, found in self._found.items():
            told = [(key, line) for key, lines in found.items() for line in lines]
            ids, lines = map(list, zip(*told, strict=True))
            con.register("told", pa.table({"delivery_id": ids, "line": lines}))
            without = con.execute(
                f"""with heading as (
                    select *, lead(line) over (partition by delivery_id order by line) as next from told
                ),
                seen as (
                    select delivery_id, line, count("{name}") as anywhere,
                        count(*) filter (below) as rows, count("{name}") filter (below) as filled
                    from (
                        select heading.*, "{name}", line_no > line and (next is null or line_no < next) as below
                        from heading
                        join text using (delivery_id)
                    )
                    group by delivery_id, line
                )
                select delivery_id, min(line) from seen
                where anywhere = 0 or (rows > 0 and filled = 0) group by delivery_id"""
            ).fetchall()
            con.unregister("told")
            refused |= {delivery_id: _words(line, self._headers[name]) for delivery_id, line in without}
        for name in self._values:
            once = con.execute(
                f"""select delivery_id, min(line_no) filter ("{name}" is null) from text
                where row_problem is null
                group by delivery_id
                having count("{name}") = count(distinct "{name}") and count("{name}") >= {_GROUPS}
                    and count(*) >= {_OF_A_GROUP} * count("{name}") and arg_min("{name}" is not null, line_no)
                    and list("{name}" order by line_no) filter ("{name}" is not null)
                        = list("{name}" order by "{name}") filter ("{name}" is not null)"""
            ).fetchall()
            refused |= {delivery_id: _once(line, self._headers[name]) for delivery_id, line in once}
        return refused


def _words(line: int, header: str) -> str:
    kata, words = (f"Baris {line}", f"line {line}") if line else ("Nama lembar", "the sheet's name")
    return (
        f"{kata} memuat {header} untuk baris lain, yang kolom {header}-nya kosong; tulis {header} di setiap baris, atau"
        f" hapus dari {kata.lower()} / {words} holds a {header} for other rows, whose {header} is empty; write"
        f" {header} on each row, or take it out there"
    )


def _once(line: int, header: str) -> str:
    return (
        f"Setiap {header} hanya ada di satu baris, berurutan, dan baris di bawahnya kosong (baris {line} dan lainnya),"
        f" seperti daftar berkelompok; tulis {header} di setiap baris / each {header} stands on one row only, in order,"
        f" with empty rows below (line {line} and others), as in a grouped list; write {header} on each row"
    )
