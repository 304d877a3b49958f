"""A difference between two versions as a reviewer reads it in a pull request: Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.compare import Difference, TableDifference

_EXAMPLES = 3
_ABOUT = "marts.about"
"""Says of itself which version it is in, so it always differs."""


def as_markdown(found: Difference, title: str) -> str:
    """What moved: per table the rows, sums of columns, and first rows.

    Args:
        found: the difference.
        title: what is compared.
    """
    tables = [one for one in found.tables if one.table != _ABOUT]
    return "\n".join([f"### {title}", "", *(_parts(tables) if tables else ["No figure of any table moves."]), ""])


def _parts(tables: list[TableDifference]) -> Iterator[str]:
    differ = "1 table differs" if len(tables) == 1 else f"{len(tables)} tables differ"
    yield f"{differ}; every other one is the same, row by row."
    yield ""
    yield from _row("table", "rows before", "rows after", "new", "gone", "changed", "columns")
    yield from _row(":--", "--:", "--:", "--:", "--:", "--:", ":--")
    for one in tables:
        counts = (one.rows_before, one.rows_after, one.added, one.gone, one.changed if one.key else None)
        yield from _row(f"`{one.table}`", *("" if n is None else f"{n:,}" for n in counts), "; ".join(_columns(one)))
    if any(one.moved for one in tables):
        yield ""
        yield from _row("figure (sum of the column)", "before", "after", "change", "%")
        yield from _row(":--", "--:", "--:", "--:", "--:")
        for one in tables:
            for each in one.moved:
                values = ("" if v is None else f"{v:,f}" for v in (each.before, each.after, each.change))
                share = "" if each.percent is None else f"{each.percent:+,.2f}"
                yield from _row(f"`{one.table}.{each.column}`", *values, share)
    if any(one.examples for one in tables):
        yield from ("", "<details><summary>First rows</summary>", "")
        for one in tables:
            for example in one.examples[:_EXAMPLES]:
                key = ", ".join("" if value is None else str(value) for value in dict(example["key"]).values())
                moves = (f"{name} {was} → {now}" for name, (was, now) in dict(example.get("columns", {})).items())
                yield f"* {example['row']} `{one.table}` [{_cell(key)}] {_cell('; '.join(moves))}".rstrip()
        yield from ("", "</details>")


def _columns(one: TableDifference) -> Iterator[str]:
    if one.rows_before is None or one.rows_after is None:
        yield "the table is new" if one.rows_before is None else "the table is gone"
    yield from (f"new `{name}`" for name in one.columns_added)
    yield from (f"gone `{name}`" for name in one.columns_gone)
    yield from (f"`{name}` was {had}, is {has}" for name, had, has in one.columns_retyped)
    yield from (f"`{name}` in {count:,}" for name, count in one.changed_columns.items())


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
