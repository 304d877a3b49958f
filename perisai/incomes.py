"""The base income that payments imply, beside the income that was declared: counts of people by branch.

A declared income is specific personal data and rests in the vault. So this is for whoever holds the vault's key: it is
computed when it is asked for, printed, and neither stored nor published; no count stands for fewer people than
`smallest_cell`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.table import Table

from perisai.errors import DayFailed
from perisai.rights import lists
from perisai.settings import Settings
from perisai.step import alone, opened_lake
from warehouse import vault


@dataclass(frozen=True)
class Compared:
    """People of a branch who declared an income and paid, by the base that their last payment implies.

    ``parts`` are the same base as declared, a lower one, a higher one, and no legal amount; None where one of them
    would stand for too few people.
    """

    branch_code: str
    people: int
    parts: tuple[int, int, int, int] | None


def compare(con: duckdb.DuckDBPyConnection, restricted: Collection[str] = ()) -> list[Compared]:
    """Each branch with enough people.

    Args:
        con: a connection to the lake as it is built, with the vault as the catalog ``vault``.
        restricted: pseudonyms of people whose data may not be used.
    """
    found = []
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for branch, people, *parts, smallest in con.execute(query, {"restricted": sorted(restricted)}).fetchall():
        if people >= smallest:
            shown = all(part == 0 or part >= smallest for part in parts)
            same, lower, higher, not_known = parts
            found.append(Compared(branch, people, (same, lower, higher, not_known) if shown else None))
    return found


def as_table(settings: Settings) -> Table:
    """The comparison on paper.

    Raises:
        DayFailed: there is no vault, or nothing was built yet.
    """
    if not vault.exists(settings.vault):
        raise DayFailed(f"{settings.vault} is not there: declared incomes rest in the vault, and nowhere else")
    with alone(settings, "incomes"), opened_lake(settings) as con, vault.reading(con, settings.vault):
        try:
            rows = compare(con, lists.restricted(settings))
        except duckdb.CatalogException as error:
            raise DayFailed("nothing was built yet; run `perisai marts`") from error
    table = Table("branch", "people", "same base", "lower base", "higher base", "no legal amount")
    for row in rows:
        parts = [f"{part:,}" for part in row.parts] if row.parts else ["too few"] * 4
        table.add_row(row.branch_code, f"{row.people:,}", *parts)
    return table
