"""Values that stand once for the rows that they are of, as in a report grouped by agent: the delivery is refused.

A title, the name of a sheet, a heading between the rows or a foot holds what an optional column would hold (an agent's
code), or names such a column (``Perisai: AB00012``), and no row below has a value there. Or the first row of each
group alone has it, as in a pivot table that does not repeat its labels, or where merged cells were exported, in all of
the file or in a block that was pasted into it. To read the other rows as if there were none would lose the agent; to
fill them up would be a guess where the group ends. Where chance may have put the values so, that is told, and the rows
are read as they stand.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from expectations.wording import counted
from transforms.doubts import Doubts
from transforms.header import fold, known
from transforms.words import place

_FEW = 2
"""A row of so few cells may be a heading, also where it looks like damaged data."""
_GROUPS, _OF_A_GROUP = 4, 3
"""So many codes in order, none of them twice, and so many rows for each are a grouped list rather than chance."""
_CHANCE = 1e-2
"""What is less likely, if values are put into rows at random, is no chance."""
_NOT = re.compile(r"\b(bukan|belum|blm|tanpa|selain|kecuali|tidak termasuk|not|without|except)\b", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(oleh|by|cetak|dicetak|operator|user|admin|unduh|diunduh|ekspor|(sub|grand)?[ -]?total|jumlah|jml)\b",
    re.IGNORECASE,
)
"""Beside a code: it may be of somebody else than the rows, or of those above."""
_LABELLED = re.compile(r"\s*([^:=]*[^:=\s])\s*[:=]\s*(.*)", re.DOTALL)


class Groups:
    """The headings of the files of a feed that hold a value of an optional column.

    Args:
        contract: the feed's.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
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
        self._titled = {column: column.titled for column in contract.exported if column.titled}
        self._titles: list[tuple[str, int, str, str]] = []
        self._found: dict[str, dict[tuple[str, int], set[str]]] = defaultdict(lambda: defaultdict(set))

    def see(self, delivery_id: str, line: int, cells: Iterable[str | None], *, data: bool = False) -> None:
        """Looks at a row.

        Args:
            delivery_id: whose it is.
            line: its line; 0 for the name of a sheet.
            cells: of the row.
            data: whether it counts as data, so that it is a heading only if it has hardly any cell.
        """
        for cell in () if data else filter(None, cells):
            self._titles += [
                (delivery_id, line, column.name, value)
                for column, named in self._titled.items()
                for value, words in named
                if re.search(rf"\b(?:{words})\b", cell, re.IGNORECASE) and not _NOT.search(cell)
            ]
        filled = [cell for cell in cells if cell and cell.strip()] if self._headers else []
        if filled and (not data or len(filled) <= _FEW) and (name := self._column(filled)):
            said = " ".join(filled)
            alone = name in self._values and not _OF_OTHERS.search(said) and not _NOT.search(said)
            self._found[name][delivery_id, line] |= {
                code[0].upper() for code in (self._values[name].finditer(said) if alone else ())
            }

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

    def compare(self, con: duckdb.DuckDBPyConnection, doubts: Doubts) -> dict[str, str]:
        """By delivery why it is refused: no row of ``text`` from a heading to the next has a value of its column.

        Or all have others than the heading. ``doubts`` gets what is told of those of which some have, and of those
        whose values stand on the first row, none below another.
        """
        refused = self._other_titles(con, doubts)
        for name, found in self._found.items():
            ids, lines = map(list, zip(*found, strict=True))
            codes = pa.array([sorted(each) for each in found.values()], pa.list_(pa.string()))
            con.register("told", pa.table({"delivery_id": ids, "line": lines, "codes": codes}))
            wrong = con.execute(
                f"""with heading as (
                    select *, lead(line) over (partition by delivery_id order by line) as next from told
                ),
                seen as (
                    select delivery_id, line, any_value(codes) as codes, count("{name}") as anywhere,
                        count(*) filter (below) as rows, count("{name}") filter (below) as filled,
                        count(*) filter (below and list_contains(codes, upper("{name}"))) as same
                    from (
                        select heading.*, "{name}", line_no > line and (next is null or line_no < next) as below
                        from heading
                        join text using (delivery_id)
                    )
                    group by delivery_id, line
                )
                select delivery_id, line, anywhere = 0 or (rows > 0 and filled = 0), filled - same, same from seen
                where anywhere = 0 or (rows > 0 and filled = 0) or (codes <> [] and same < filled)
                order by line desc"""
            ).fetchall()
            con.unregister("told")
            for delivery_id, line, without, others, same in wrong:
                if without:
                    refused[delivery_id] = _words(line, self._headers[name])
                elif not same:
                    refused.setdefault(delivery_id, _other(line, self._headers[name]))
                else:
                    doubts[delivery_id].append(_some(line, self._headers[name], others))
        for name, header in self._headers.items():
            labelled = con.execute(
                f"""select delivery_id, min(line_no) filter (label is null) as line, count(*), count(label) as labels,
                    labels = count(distinct label) and list(label order by line_no) filter (label is not null)
                        = list(label order by label) filter (label is not null)
                        as in_order, bool_or(label is not null and before is not null) as adjacent
                from (
                    select delivery_id, line_no, "{name}" as label,
                        lag(label) over (partition by delivery_id order by line_no) as before
                    from text
                    where row_problem is null
                )
                group by delivery_id
                having labels between 1 and count(*) / 2 and arg_min(label is not null, line_no)"""
            ).fetchall()
            for delivery_id, line, rows, labels, in_order, adjacent in labelled:
                grouped = in_order and labels >= _GROUPS and rows >= _OF_A_GROUP * labels and name in self._values
                if grouped or (not adjacent and _by_chance(rows, labels) < _CHANCE):
                    refused[delivery_id] = _once(line, header)
                elif not adjacent:
                    doubts[delivery_id].append(_perhaps(line, header))
            refused |= self._blocks(con, name, header)
        return refused

    def _blocks(self, con: duckdb.DuckDBPyConnection, name: str, header: str) -> dict[str, str]:
        """By delivery why it is refused: a block among whole rows, up to the last empty cell, is a grouped list."""
        blocks = con.execute(
            f"""with listed as (
                select delivery_id, line_no, "{name}" as label,
                    row_number() over (partition by delivery_id order by line_no) as place,
                    count(*) over (partition by delivery_id) as size
                from text
                where row_problem is null
            ),
            block as (
                select delivery_id, min(place) - 1 as first, max(place) as last, min(line_no) as line
                from listed where label is null group by delivery_id
            )
            select delivery_id, any_value(line)
            from (
                select delivery_id, line, place, size, first, label,
                    lag(label) over (partition by delivery_id order by place) as before
                from listed join block using (delivery_id) where place between first and last
            )
            group by delivery_id
            having count(label) >= {_GROUPS} and count(*) >= {_OF_A_GROUP} * count(label)
                and any_value(first) > 0 and any_value(size) - count(*) >= {_GROUPS}
                and count(label) = count(distinct label)
                and list(label order by place) filter (label is not null)
                    = list(label order by label) filter (label is not null)
                and not bool_or(label is not null and before is not null)"""
        ).fetchall()
        return {delivery_id: _once(line, header) for delivery_id, line in blocks}

    def _other_titles(self, con: duckdb.DuckDBPyConnection, doubts: Doubts) -> dict[str, str]:
        """By delivery why it is refused: titles above it name one value of a column, and no row has that value.

        Where some have, ``doubts`` gets how many have another.
        """
        refused: dict[str, str] = {}
        kinds = {"delivery_id": pa.string(), "line": pa.int64(), "name": pa.string(), "value": pa.string()}
        for column in self._titled:
            rows = [dict(zip(kinds, each, strict=True)) for each in self._titles if each[2] == column.name]
            con.register("told", pa.Table.from_pylist(rows, pa.schema(kinds)))
            found = con.execute(
                f"""with title as (
                    select delivery_id, min(line) as line, any_value(value) as value
                    from told
                    join (select delivery_id, min(line_no) as first from text group by all) using (delivery_id)
                    where line < first group by delivery_id having count(distinct value) = 1
                )
                select delivery_id, any_value(line), any_value(value),
                    count(*) filter (upper("{column.name}") = upper(value)) as same,
                    count("{column.name}") - same as others
                from title join text using (delivery_id) group by delivery_id having same = 0 or others > 0"""
            ).fetchall()
            con.unregister("told")
            for delivery_id, line, value, same, others in found:
                if same:
                    doubts[delivery_id].append(_some(line, str(column.header), others))
                    continue
                kata, words = place(line)
                refused[delivery_id] = (
                    f"{kata} menyebut {value}, tetapi tidak ada baris dengan {value} di kolom {column.header}; perbaiki"
                    f" kolom itu, atau judulnya / {words} names {value}, but no row has {value} in {column.header};"
                    " correct that column, or the title"
                )
        return refused


def _words(line: int, header: str) -> str:
    kata, words = place(line)
    return (
        f"{kata} memuat {header} untuk baris lain, yang kolom {header}-nya kosong; tulis {header} di setiap baris, atau"
        f" hapus dari {kata.lower()} / {words} holds a {header} for other rows, whose {header} is empty; write"
        f" {header} on each row, or take it out there"
    )


def _other(line: int, header: str) -> str:
    kata, words = place(line)
    return (
        f"{kata} menyebut {header} lain daripada semua baris di bawahnya; perbaiki kolom itu, atau judulnya / {words}"
        f" names another {header} than all rows below it; correct that column, or the title"
    )


def _some(line: int, header: str, others: int) -> str:
    kata, words = place(line)
    return (
        f"{kata} menyebut satu isi kolom {header}, tetapi {others} baris berisi yang lain; periksa kolom itu / {words}"
        f" names one value of {header}, but {counted(others, 'row has', 'rows have')} another; check that column"
    )


def _by_chance(rows: int, labels: int) -> float:
    """How likely the first of these rows has a label, and none directly below another, if they stand at random."""
    return math.comb(rows - labels, labels - 1) / math.comb(rows, labels)


def _perhaps(line: int, header: str) -> str:
    return (
        f"Di bawah setiap {header} ada baris tanpa {header} (baris {line} dan lainnya), yang dibaca sebagai kosong;"
        f" jika itu daftar berkelompok, tulis {header} di setiap baris / below each {header} stand rows without one"
        f" (line {line} and others), which are read as having none; if this is a grouped list, write {header} on each"
        " row"
    )


def _once(line: int, header: str) -> str:
    return (
        f"Setiap {header} hanya ada di satu baris, dan baris di bawahnya kosong (baris {line} dan lainnya),"
        f" seperti daftar berkelompok; tulis {header} di setiap baris / each {header} stands on one row only,"
        f" with empty rows below (line {line} and others), as in a grouped list; write {header} on each row"
    )
