"""Regions and branches with a history: rows follow each other, and whatever ends says what became of it.

Marts show a month in the regions of that month, and join rows by the day on which they hold; so of each code one row
holds on a day, from its first to its last, and what names a code names one that exists then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from warehouse.reference_files import LINE, Row, Tables, borders, holds, periods

Lives = dict[str, tuple[date, date]]
"""By code the first day, and the first one after the last."""
EVER = "0001-01-01"
SEPARATOR = ";"
_DAY = timedelta(days=1)


def problems(tables: Tables) -> Iterator[str]:
    """What is wrong with the rows of `region` and `branch`, and with rows that name them when they do not exist.

    Args:
        tables: all reference tables, with dates that are dates and codes that are known.
    """
    regions, branches = (
        [row | {"valid_from": row["valid_from"] or EVER} for row in tables[name]] for name in ("region", "branch")
    )
    overlaps = [
        *periods("region", regions, ("region_code",), whole=True),
        *periods("branch", branches, ("branch_code",), whole=True),
    ]
    yield from overlaps
    if overlaps:
        return
    yield from _became("region", regions)
    yield from _became("branch", branches)
    yield from _from_nothing(regions)
    lives = _lives(regions)
    yield from _outlived("region", "parent_code", regions, lives)
    yield from _outlived("branch", "region_code", branches, lives)
    for name in ("universe", "segment_count", "sector_universe"):
        yield from _counted(name, tables[name], lives)


def _became(name: str, rows: list[Row]) -> Iterator[str]:
    """Rows that end without a word, or in codes that do not begin on the day after.

    A region begins anew when it takes in another one, for it is larger then; a branch that takes over the work of
    another goes on as it is. A branch may close for good.
    """
    column = f"{name}_code"
    for row in rows:
        where, codes = f"{name}.csv, line {row[LINE]}", _codes(row)
        if not row["valid_to"]:
            if codes:
                yield f"{where}: became is {row['became']!r}, and valid_to is empty; write the last day of the row"
            continue
        after = borders(row)[1]
        if not codes and name == "region":
            yield f"{where}: it ends, and became is empty; write the codes that follow, separated by semicolons"
        for other in (other for other in rows if other[column] == row[column] and borders(other)[0] == after):
            if row[column] not in codes:
                yield f"{where}: became lacks {row[column]}, which goes on in line {other[LINE]}; add it"
        for code in codes:
            follows = [other for other in rows if other[column] == code and holds(other, after)]
            if name == "region":
                follows = [
                    other
                    for other in follows
                    if borders(other)[0] == after and other["region_level"] == row["region_level"]
                ]
            if not follows:
                what = "no row holds" if name == "branch" else f"no {row['region_level']} begins"
                yield f"{where}: became names {code!r}, of which {what} on {after}; add its row, or correct the code"


def _from_nothing(regions: list[Row]) -> Iterator[str]:
    """Regions that begin, and nobody says out of which: their people would have been nowhere before."""
    for row in regions:
        begins = borders(row)[0]
        of_it = (other for other in regions if row["region_code"] in _codes(other))
        if row["valid_from"] != EVER and not any(borders(other)[1:] == [begins] for other in of_it):
            yield (
                f"region.csv, line {row[LINE]}: {row['region_code']} begins on {begins}, and no row that ends on"
                f" {begins - _DAY} became it; name it there, or leave valid_from empty"
            )


def _outlived(name: str, column: str, rows: list[Row], lives: Lives) -> Iterator[str]:
    """Rows that hold on days on which the region that they lie in does not exist."""
    for row in rows:
        if not row[column]:
            continue
        (begins, ends), (first, end) = _span(row), lives[row[column]]
        if begins < first or end < ends:
            yield (
                f"{name}.csv, line {row[LINE]}: {column} is {row[column]}, which exists {_words(first, end)} only;"
                " end the row with it, and add one with what became of it"
            )


def _counted(name: str, rows: list[Row], lives: Lives) -> Iterator[str]:
    """Counts of a month in which their region does not exist."""
    for row in rows:
        day = date.fromisoformat(row["reference_from"])
        month_end = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        first, end = lives.get(row["region_code"], (date.min, date.max))  # the nation is in no list
        if day >= end or month_end <= first:
            yield (
                f"{name}.csv, line {row[LINE]}: region_code {row['region_code']} exists {_words(first, end)} only, and"
                f" reference_from is {day}; write the code of that day"
            )


def _lives(regions: Iterable[Row]) -> Lives:
    lives: Lives = {}
    for row in regions:
        first, end = _span(row)
        before = lives.get(row["region_code"], (first, end))
        lives[row["region_code"]] = min(first, before[0]), max(end, before[1])
    return lives


def _span(row: Row) -> tuple[date, date]:
    first, *ends = borders(row)
    return first, ends[0] if ends else date.max


def _words(first: date, end: date) -> str:
    since = "" if first == date.min else f"from {first} "
    return since + ("on" if end == date.max else f"to {end - _DAY}")


def _codes(row: Row) -> list[str]:
    return [code for code in row["became"].split(SEPARATOR) if code]
