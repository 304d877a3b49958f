"""Progress of a long step: steps report counts, and a terminal may show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, int], None]
_listeners: list[Listener] = []


def tell(what: str, n: int) -> None:
    """Reports that ``n`` more of something (files, rows read, rows judged) are done."""
    for listener in _listeners:
        listener(what, n)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """While the context lasts, the listener is called with what the steps of this process report."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
