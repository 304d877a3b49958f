"""How a column of whole numbers is written, and how such a text is read.

Indonesian (``1.840.000,00``) or English (``1,840,000.00``), whichever the column shows. Three digits behind a
separator are a group, since rupiah have no thousandths.
"""

from __future__ import annotations

import duckdb

from expectations.contract import Column, Contract

_GROUPED = r"-?[1-9][0-9]{{0,2}}(\{group}[0-9]{{3}})+(\{point}{decimals}{{1,2}})?"
_PLAIN = r"-?[0-9]+\{point}{decimals}{{1,2}}"

Looked = dict[str, tuple[str, str]]
"""By delivery the sign that parts thousands in a column, and why the delivery is refused (empty if it is not)."""


def look(con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, odd: list[str]) -> Looked:
    """Looks at a column in the deliveries ``odd``, in which it is not all in the standard form."""
    bare = _bare_number(f'"{column.name}"')
    rows = con.execute(
        f"""select delivery_id, min(line_no) filter (regexp_full_match({bare}, '{_number(".")}')),
            min(line_no) filter (regexp_full_match({bare}, '{_number(",")}'))
        from text
        where delivery_id in (select unnest($odd))
        group by delivery_id""",
        {"odd": odd},
    ).fetchall()
    found: Looked = {}
    for delivery_id, point_line, comma_line in rows:
        refusal = ""
        if point_line and comma_line:
            refusal = (
                f"Kolom {column.header}: titik memisahkan ribuan di baris {point_line}, koma di baris {comma_line};"
                f" tulis angka saja / column {column.header}: points part the thousands on line {point_line}, commas"
                f" on line {comma_line}; write digits only"
            )
        found[delivery_id] = "," if comma_line else ".", refusal
    return found


def cast(column: Column, style: str) -> str:
    """The branches of an SQL ``case`` that reads a text of another form than the standard."""
    bare = _bare_number(f'"{column.name}"')
    return " ".join(
        f"when {style} = '{group}' and (regexp_full_match({bare}, '{_number(group, '0')}')"
        f" or regexp_full_match({bare}, '-?[0-9]+'))"
        f" then try_cast(replace(split_part({bare}, '{_other(group)}', 1), '{group}', '') as bigint)"
        for group in ".,"
    )


def _bare_number(text: str) -> str:
    return rf"regexp_replace(regexp_replace({text}, '^(Rp\.?|IDR)\s*', '', 'i'), ',-$', '')"


def _other(group: str) -> str:
    return {".": ",", ",": "."}[group]


def _number(group: str, decimals: str = "[0-9]") -> str:
    """Pattern of the numbers that show ``group`` to part thousands."""
    parts = {"group": group, "point": _other(group), "decimals": decimals}
    return f"{_GROUPED.format(**parts)}|{_PLAIN.format(**parts)}"
