"""Reference files are read as a whole: a column, a value or a file that no table knows is refused, not passed over.

What a table knows is said by its model (its columns and their types) and by the lists of this module. Rows with
`valid_from` and `valid_to` neither overlap nor leave a gap, so that on each day one row holds.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

import duckdb

from warehouse import models
from warehouse.duck import quoted
from warehouse.fees import LOOKED_UP
from warehouse.models import Model

Row = dict[str, str]
Tables = Mapping[str, list[Row]]

LINE = "line"
"""Key of a row's line in its file."""
NOT_PUBLISHED = {"branch": ("landing_url",)}
"""Columns of a file that its table leaves out."""
LISTS = {
    ("branch", "time_zone"): ("WIB", "WITA", "WIT"),
    ("contribution_discount", "payer"): ("PESERTA", "APBN", "APBD"),
    ("contribution_programme", "from_programmes"): ("2", "3"),
    ("coverage_definition", "numerator"): ("bpu", "all"),
    ("occupation", "match"): ("start", "whole"),
    ("region", "region_level"): ("province", "regency"),
    ("segment_count", "segment"): ("PU", "jakon", "PMI"),
}
"""By table and column all values that it may have; it may also be empty where the table allows that."""
NAMED = {
    ("branch", "region_code"): ("region", "region_code"),
    ("branch_target", "branch_code"): ("branch", "branch_code"),
    ("contribution_discount", "programme"): ("contribution_programme", "programme"),
    ("contribution_discount", "sector"): ("sector", "sector"),
    ("coverage_target", "definition"): ("coverage_definition", "definition"),
    ("coverage_target", "region_code"): ("region", "region_code"),
    ("occupation", "sector"): ("sector", "sector"),
    ("published_figure", "denominator"): ("published_figure", "figure_id"),
    ("region", "parent_code"): ("region", "region_code"),
    ("sector_universe", "region_code"): ("region", "region_code"),
    ("sector_universe", "sector"): ("sector", "sector"),
    ("segment_count", "region_code"): ("region", "region_code"),
    ("universe", "definition"): ("coverage_definition", "definition"),
    ("universe", "region_code"): ("region", "region_code"),
}
"""By table and column the table and column in which its value has to stand."""
FROM_CONTRACTS = ("raw.feed",)
NATION = "00"
FIRST_MONTH = date(2014, 1, 1)
"""Contribution months exist since then (expectations/contracts/contributions.odcs.yaml)."""
_REGION = re.compile(r"[0-9]{2}(?:[0-9]{2})?")
_PARAMETER = re.compile(r"parameter (?:when|=) '(\w+)'")


class ReferenceProblem(Exception):
    """The reference tables contradict themselves; the message lists every problem, one a line."""


@cache
def _models() -> dict[str, Model]:
    """Those that read a file; feeds are listed by the contracts."""
    every = models.discover()
    return {one.name: one for one in every if one.schema == "reference" and one.inputs.isdisjoint(FROM_CONTRACTS)}


@cache
def known_parameters() -> frozenset[str]:
    """The parameters that some model, or what contracts look up, asks for."""
    asked = [*(model.statement for model in models.discover()), LOOKED_UP]
    return frozenset(name for sql in asked for name in _PARAMETER.findall(sql))


def read(folder: Path) -> Tables:
    """All reference tables by name, their cells as text and the line of each row.

    Raises:
        ReferenceProblem: a file or column is missing or unknown, or a row has more cells than its header.
    """
    problems = [
        f"{path.name}: no table is made of this file; take it out of {folder}, or correct its name"
        for path in sorted(folder.glob("*.csv"))
        if path.stem not in _models()
    ]
    tables = {}
    for name, model in _models().items():
        try:
            tables[name] = list(_rows(folder / f"{name}.csv", {*model.columns, *NOT_PUBLISHED.get(name, ())}))
        except ReferenceProblem as problem:
            problems.append(str(problem))
    if problems:
        raise ReferenceProblem("\n".join(problems))
    return tables


def contradictions(folder: Path, tables: Tables, besides: Collection[str], feeds: Collection[str]) -> Iterator[str]:
    """What is wrong with the values of tables that ``read`` gave, with the fee schedule and with deadlines.

    Args:
        folder: where the files are.
        tables: the tables.
        besides: tables whose single values are looked at elsewhere.
        feeds: the feeds that have a contract.
    """
    unread: list[str] = []
    with duckdb.connect() as con:
        con.execute(f"set variable reference = {quoted(str(folder))}")
        for name in sorted(tables.keys() - besides):
            unread += _unread(con, _models()[name], tables[name])
    yield from unread
    yield from _values(tables, LISTS | {("feed_deadline", "feed"): feeds})
    yield from _names(tables)
    yield from _figures(tables)
    if not unread:
        yield from _fee_schedule(tables)
        yield from periods("feed_deadline", tables["feed_deadline"], ("feed",), FIRST_MONTH)


def _rows(path: Path, columns: set[str]) -> Iterator[Row]:
    if not path.exists():
        raise ReferenceProblem(f"{path.name}: the file is missing; add it")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restval="")
        there = list(reader.fieldnames or ())
        if missing := sorted(columns - set(there)):
            raise ReferenceProblem(f"{path.name}: column {missing[0]} is missing; add it")
        if extra := [name for name in there if name not in columns or there.count(name) > 1]:
            raise ReferenceProblem(
                f"{path.name}: column {extra[0]!r} is unknown or stands twice, and nothing is made of it; take it out"
            )
        for row in reader:
            if None in row:  # read as a citation, it would be cut at the comma
                raise ReferenceProblem(
                    f"{path.name}, line {reader.line_num}: more cells than columns; put text with a comma in quotes"
                )
            yield {**row, LINE: str(reader.line_num)}


def _unread(con: duckdb.DuckDBPyConnection, model: Model, rows: list[Row]) -> Iterator[str]:
    """Values that the table does not hold as they are written: no number, no date, or more decimals than are kept."""
    try:
        held = con.execute(model.sql).to_arrow_table()
    except duckdb.ConversionException as error:
        yield f"{model.name}.csv: a value is not what its column holds: {str(error).splitlines()[0]}"
        return
    for column in held.column_names:
        values = {_plain("" if value is None else str(value)) for value in held[column].to_pylist()}
        for row in rows:
            if _plain(row[column]) not in values:
                yield (
                    f"{model.name}.csv, line {row[LINE]}: {column} is {row[column]!r}, which the table would hold"
                    f" as something else ({held.schema.field(column).type}); write it so that nothing is lost"
                )


def _plain(text: str) -> str:
    """Numbers in one form; flags and everything else as they are."""
    if text in ("True", "False"):
        return text.lower()
    try:
        return str(Decimal(text).normalize())
    except InvalidOperation:
        return text


def _values(tables: Tables, lists: Mapping[tuple[str, str], Collection[str]]) -> Iterator[str]:
    for (name, column), allowed in lists.items():
        for row in tables[name]:
            if row[column] and row[column] not in allowed:
                yield f"{name}.csv, line {row[LINE]}: {column} is {row[column]!r}; write {', '.join(allowed)}"
    known = known_parameters()
    for row in tables["parameter"]:
        if row["parameter"] not in known:
            yield f"parameter.csv, line {row[LINE]}: nothing asks for {row['parameter']!r}; correct its name"
    for name in sorted(known - {row["parameter"] for row in tables["parameter"]}):
        yield f"parameter.csv: {name} is missing; add its row"


def _names(tables: Tables) -> Iterator[str]:
    for (name, column), (other, key) in NAMED.items():
        there = {row[key] for row in tables[other]} | ({NATION} if key == "region_code" else set())
        for row in tables[name]:
            if row[column] and row[column] not in there:
                yield f"{name}.csv, line {row[LINE]}: {column} {row[column]!r} is not in {other}.csv; add it there"


def _figures(tables: Tables) -> Iterator[str]:
    """Published figures name others, in lists; their region may be one that no branch serves."""
    there = {row["figure_id"] for row in tables["published_figure"]}
    for row in tables["published_figure"]:
        where = f"published_figure.csv, line {row[LINE]}"
        terms = [term.removeprefix("-") for column in ("total_of", "numerator") for term in row[column].split(";")]
        if unknown := [term for term in terms if term and term not in there]:
            yield f"{where}: figure {unknown[0]!r} has no row; add it, or write its name as it stands there"
        if bool(row["numerator"]) != bool(row["denominator"] or row["factor"]):
            yield f"{where}: a numerator needs a denominator or a factor, and they need a numerator"
        if not _REGION.fullmatch(row["region_code"]):
            yield f"{where}: region_code is {row['region_code']!r}; write 2 digits of a province or 4 of a regency"


def _fee_schedule(tables: Tables) -> Iterator[str]:
    """On each day one programme of each name and one bracket for each income; one discount of a kind at most."""
    yield from periods("contribution_programme", tables["contribution_programme"], ("programme",), FIRST_MONTH)
    yield from periods("contribution_discount", tables["contribution_discount"], ("programme", "sector", "payer"))
    brackets = tables["contribution_bracket"]
    for day in sorted({FIRST_MONTH, *(border for row in brackets for border in borders(row))}):
        there = sorted((row for row in brackets if holds(row, day)), key=lambda row: int(row["income_from_rp"]))
        expected: int | None = 0
        for row in there:
            if int(row["income_from_rp"]) != expected:
                yield (
                    f"contribution_bracket.csv, line {row[LINE]}: on {day} the bracket begins at"
                    f" {row['income_from_rp']} and not at {expected}; let brackets follow without gap or overlap"
                )
            expected = int(row["income_to_rp"]) + 1_000 if row["income_to_rp"] else None
        if not there or expected is not None:
            yield f"contribution_bracket.csv: on {day} no bracket is for the highest incomes; add it, or its dates"


def until_next(rows: list[Row], key: tuple[str, ...]) -> list[Row]:
    """The rows, where one without a last day of validity ends before the next one of its key begins."""
    begins: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows:
        begins[tuple(row[column] for column in key)].append(row["valid_from"])

    def last(row: Row) -> str:
        later = [day for day in begins[tuple(row[column] for column in key)] if day > row["valid_from"]]
        return str(date.fromisoformat(min(later)) - timedelta(days=1)) if later else ""

    return [row if row["valid_to"] else row | {"valid_to": last(row)} for row in rows]


def periods(
    name: str, rows: list[Row], key: tuple[str, ...], since: date | None = None, *, whole: bool = False
) -> Iterator[str]:
    """Rows of one key that hold on the same day, or leave days between them.

    Args:
        name: the table.
        rows: its rows, with ``valid_from`` and ``valid_to`` as dates.
        key: the columns of which each value has rows of its own.
        since: the day from which on there has to be a row; None where days without one mean something.
        whole: whether rows follow each other without a gap, also if no first day is asked for.
    """
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        by_key[tuple(row[column] for column in key)].append(row)
    for values, of_key in by_key.items():
        what = f"{name}.csv: " + ", ".join(f"{column} {value!r}" for column, value in zip(key, values, strict=True))
        free = since
        before: Row | None = None
        for row in of_key:
            begins, *ends = borders(row)
            where = f"lines {before[LINE]} and {row[LINE]}" if before else f"line {row[LINE]}"
            if ends and ends[0] <= begins:
                yield f"{what}, line {row[LINE]}: valid_to lies before valid_from; exchange or correct them"
            elif before is not None and (free is None or begins < free):
                yield f"{what}, {where}: both hold on {begins}; let the first one end before the second begins"
            elif (since is not None or (whole and before is not None)) and free is not None and begins > free:
                yield f"{what}, {where}: no row holds from {free} to {begins - timedelta(days=1)}; close the gap"
            before, free = row, ends[0] if ends else None


def borders(row: Row) -> list[date]:
    """The first day on which a row holds, and the first one on which it does not any more."""
    ends = [date.fromisoformat(row["valid_to"]) + timedelta(days=1)] if row["valid_to"] else []
    return [date.fromisoformat(row["valid_from"]), *ends]


def holds(row: Row, day: date) -> bool:
    """Whether a row holds on a day."""
    begins, *ends = borders(row)
    return begins <= day and (not ends or day < ends[0])
