"""From a plan to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from demo import dirt
from demo.agents import roster
from demo.calendar import Ints, number
from demo.claims import claims
from demo.export import Outgoing, Sent, write
from demo.nation import nation, write_reference
from demo.payments import contributions
from demo.people import people, registrations
from demo.plan import AS_OF, FIGURES, BranchPlan, Size, provinces


@dataclass(frozen=True)
class Receipt:
    """What was made: rows by feed, and every file with what a warehouse should make of it."""

    rows: dict[str, int]
    sent: tuple[Sent, ...]


@dataclass(frozen=True)
class Days:
    """The days that files are dated: the go-live export (or None) and the daily ones."""

    go_live: date | None
    daily: tuple[date, ...]

    @property
    def since(self) -> int:
        """First day whose events are exported, in days since 1970-01-01."""
        return number(self.daily[0]) if self.go_live is None else 0


def make(
    to: Path,
    size: Size = Size.province,
    seed: int = 20231013,
    *,
    days: int = 13,
    history: bool = True,
    participants: int = 10_000_000,
    contribution_rows: int = 60_000_000,
    threads: int = 2,
) -> Receipt:
    """Writes branch exports, the same bytes for the same arguments whatever ``threads`` is.

    Args:
        to: landing folder; gets a folder for each branch. Files already there under the same names are replaced.
        size: how much; the nation also writes ``reference/`` next to the landing folder.
        seed: of everything drawn by chance.
        days: daily files, the last of them of 13 October 2023; all before them is one go-live export.
        history: whether there is a go-live export; without it only what happened on those days is exported.
        participants: people of the nation.
        contribution_rows: about how many contribution rows the nation has, with its history.
        threads: branches made at once.

    Returns:
        What was made.

    Raises:
        ValueError: ``days`` is not from 1 to 28.
    """
    if not 1 <= days <= 28:  # noqa: PLR2004 (without history only the last two payments are looked at)
        raise ValueError(f"days is {days}; it is 1 to 28")
    daily = tuple(AS_OF - timedelta(days=back) for back in range(days - 1, -1, -1))
    calendar = Days(daily[0] - timedelta(days=1) if history else None, daily)
    if size is Size.nation:
        plans = nation(participants, contribution_rows, calendar.go_live is not None)
        write_reference(to.parent / "reference", plans)
    else:
        plans = provinces(FIGURES[size])

    def one(plan: BranchPlan) -> list[Sent]:
        clean = _deliveries(plan, plans, calendar, np.random.default_rng([seed, plan.number]))
        spoilt = clean if size is Size.nation else (file for out in clean for file in dirt.spoil(out, calendar.go_live))
        return [write(out, to) for out in spoilt]

    with ThreadPoolExecutor(threads) as pool:
        sent = tuple(file for files in pool.map(one, plans) for file in files)
    rows: Counter[str] = Counter()
    for file in sent:
        rows[file.feed] += file.lines
    return Receipt(dict(sorted(rows.items())), sent)


def _deliveries(plan: BranchPlan, plans: list[BranchPlan], days: Days, rng: np.random.Generator) -> Iterator[Outgoing]:
    who = people(plan, plans, rng)
    yield from _by_day(plan, "registrations", *registrations(plan, who, days.since), days)
    yield from _by_day(plan, "contributions", *contributions(plan, who, days.since, days.go_live is None, rng), days)
    yield from _by_day(plan, "claims", *claims(plan, who, days.since, rng), days)
    for day in (days.go_live, *days.daily):
        if day:
            yield Outgoing(plan.code, "agents", day, roster(plan, who, day))


def _by_day(plan: BranchPlan, feed: str, happened: Ints, rows: pa.Table, days: Days) -> Iterator[Outgoing]:
    """Cuts rows, ordered by day, into the go-live export and the daily files."""
    happened = dirt.held_back(plan.code, feed, happened)
    start = 0
    for day in (days.go_live, *days.daily):
        if day:
            end = int(np.searchsorted(happened, number(day), side="right"))
            yield Outgoing(plan.code, feed, day, rows.slice(start, end - start))
            start = end
