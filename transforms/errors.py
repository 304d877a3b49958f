"""Errors of a spreadsheet, such as #N/A or Loading..., and cells that a merge covers, where any text may be meant."""

from __future__ import annotations

import duckdb

from expectations.contract import Column, Contract

ERROR = "error"
"""Value of row_problem for a row with such an error."""

_WORDS = r"#(N/A|NAME\?|DIV/0!|GETTING_DATA|[A-Z]+!).*|Err:[0-9]{3}"
_NOT_LOADED = r"(?i)(loading|memuat)(\.\.\.|\x{2026})"
_FORMS = {"ExpectColumnValuesToMatchRegex", "ExpectColumnValuesToBeInSet"}


def free(contract: Contract) -> list[Column]:
    """The columns of free text."""
    formed = {rule.column for rule in contract.rules if rule.expectation in _FORMS and rule.severity == "error"}
    return [column for column in contract.exported if column.kind == "string" and column.name not in formed]


def mark(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Gives the rows of the temporary table ``text`` (see transforms.read) that hold one their ``row_problem``.

    Only columns of free text are looked at: a form, a list of values or a type rejects an error by its own rule. But a
    form may allow the words of a cell that was not loaded yet, which are looked for in every column of text.
    """
    looked_for = [(column, "'#', 'E'", _WORDS) for column in free(contract)]
    looked_for += [
        (column, "'L', 'l', 'M', 'm'", _NOT_LOADED) for column in contract.exported if column.kind == "string"
    ]
    said = " or ".join(
        f"""(left("{column.name}", 1) in ({first}) and regexp_full_match("{column.name}", '{words}'))"""
        for column, first, words in looked_for
    )
    con.execute(f"update text set row_problem = '{ERROR}' where row_problem is null and ({said})")
