"""Sentences in two languages, ``<Indonesian> / <English>``, and English words beside numbers."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """A number with the word that goes with it: 1 branch, 2 branches."""
    return f"{number:,} {one if number == 1 else many}"


def together(*reasons: str | None) -> str:
    """Reasons in two languages as one, whose halves are each in one language; empty ones are left out.

    A heading that a reason quotes may hold the sign between the languages; it stands in both halves.
    """
    halves: tuple[list[str], list[str]] = ([], [])
    for reason in filter(None, reasons):
        parts = reason.split(" / ")
        middle = len(parts) // 2
        halves[0].append(" / ".join(parts[:middle]))
        halves[1].append(" / ".join(parts[middle:]))
    return " / ".join(filter(None, (". ".join(filter(None, half)) for half in halves)))
