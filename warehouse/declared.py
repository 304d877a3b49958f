"""What a model's head says about how a day keeps its table; docs/architecture.md explains each word.

Every word is read here and nowhere else; ``warehouse/increment.py`` acts on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WORDS = ("by", "together", "also", "beside", "since", "sums", "unless", "along", "carries", "index")
ROW = "row"
_ALSO = re.compile(r"(?P<table>\S+)(?: through (?P<columns>.+?))?(?: since (?P<since>.+?))?(?: in (?P<places>.+))?")
_INDEX = re.compile(r"(?P<tables>.+?) by (?P<columns>.+?) in (?P<place>\w+)(?: where (?P<other>\S+) has none)?")


class WrongWord(ValueError):
    """A declaration cannot be read; the message says which."""


@dataclass(frozen=True)
class Key:
    """A column that pieces are told apart by, and the expressions that inputs have for it, the first that fits."""

    column: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Also:
    """An input that is read whole.

    Attributes:
        table: the input.
        columns: own column and the input's column for each pair that a row finds it by; empty if any change touches
            every key.
        since: own column with the date as of which the input, with ``valid_from`` and ``valid_to``, is read; of several
            the first that a place has. Empty if it is not read as of a date.
        places: inputs whose rows are looked through for the own columns; the model's own table if none is named.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    since: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Index:
    """Where to look for rows of tables by columns: the values of ``place`` that stand in the index with them.

    Attributes:
        tables: the tables.
        columns: the columns by which rows are looked up.
        place: a column of the index and of the tables.
        other: only rows are in the index for whose columns this table has no row.
    """

    tables: tuple[str, ...]
    columns: tuple[str, ...]
    place: str
    other: str | None


@dataclass(frozen=True)
class Kept:
    """How a table is kept; see docs/architecture.md. All empty for a table that is built whole."""

    by: tuple[Key, ...]
    together: tuple[str, ...]
    also: Mapping[str, Also]
    beside: tuple[str, ...]
    since: str | None
    is_sum: bool
    by_row: bool
    unless: str | None
    along: str | None
    carries: str | None
    index: Index | None


def listed(text: str) -> list[str]:
    """The parts of a list, split at commas outside of brackets."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def kept(head: Mapping[str, str]) -> Kept:
    """Reads the declarations of a head.

    Raises:
        WrongWord: one of them cannot be read, or two contradict each other.
    """
    if "by" in head and "sums" in head:
        raise WrongWord("a table is kept either 'by' or as 'sums'")
    said = head.get("by", head.get("sums", ""))
    by_row = said == ROW
    also = [_also(part.strip()) for part in head.get("also", "").split(";") if part.strip()]
    return Kept(
        by=() if by_row else tuple(_key(part) for part in listed(said)),
        together=tuple(listed(head.get("together", ""))),
        also={one.table: one for one in also},
        beside=tuple(listed(head.get("beside", ""))),
        since=head.get("since"),
        is_sum="sums" in head,
        by_row=by_row,
        unless=head.get("unless"),
        along=head.get("along"),
        carries=head.get("carries"),
        index=_index(head["index"]) if "index" in head else None,
    )


def _key(text: str) -> Key:
    column, _, sources = text.partition(" from ")
    return Key(column, tuple(source.strip() for source in sources.split(" or ")) if sources else (column,))


def _also(text: str) -> Also:
    found = _ALSO.fullmatch(text)
    if found is None:
        raise WrongWord(f"also: {text!r} is not '<table> through <columns> [since <date> or <date>] [in <inputs>]'")
    columns = []
    for part in listed(found["columns"] or ""):
        own, _, theirs = part.partition(" as ")
        columns.append((own, theirs or own))
    since = tuple(found["since"].split(" or ")) if found["since"] else ()
    return Also(found["table"], tuple(columns), since, tuple(listed(found["places"] or "")))


def _index(text: str) -> Index:
    found = _INDEX.fullmatch(text)
    if found is None:
        raise WrongWord(f"index: {text!r} is not '<tables> by <columns> in <column> [where <table> has none]'")
    return Index(tuple(listed(found["tables"])), tuple(listed(found["columns"])), found["place"], found["other"])
