"""What one thing to act on is, and the link to just the rows that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.words import both_of, number

NAMED = 3
"""So many places are named where somebody has to act; the others are counted."""

BAD, WARN, HINT = "bad", "warn", "hint"


@dataclass(frozen=True)
class Item:
    """Something to act on: how pressing it is, words, and where the rows stand that are counted."""

    level: str
    text: Markup
    href: str


@dataclass(frozen=True)
class Where:
    """Where the rows stand that are counted: on a page, among those of other places; empty is the page itself, or all.

    Attributes:
        page: the page.
        scope: code of the province or office whose rows are meant.
    """

    page: str = ""
    scope: str = ""

    def rows(self, table: str, *counted: str) -> str:
        """A link to those rows of a table that are counted under something."""
        only = "+".join(filter(None, (*counted, self.scope)))
        return f"{self.page}{'?only=' * bool(only)}{only}#{table}"


def first(names: Sequence[Markup | str]) -> Markup:
    """The first names, and how many more there are."""
    more = both_of(" dan {} lagi", " and {} more", number(len(names) - NAMED)) if len(names) > NAMED else ""
    return Markup(", ").join(names[:NAMED]) + more


def worst_first(items: list[Item]) -> list[Item]:
    """Things to act on, the most pressing first."""
    return sorted(items, key=lambda item: (BAD, WARN, HINT).index(item.level))
