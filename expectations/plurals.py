"""English words beside numbers; Indonesian ones have no plural."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """A number with the word that goes with it: 1 branch, 2 branches."""
    return f"{number:,} {one if number == 1 else many}"
