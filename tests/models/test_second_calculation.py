"""The marts of the incentive agree with the second calculation, line by line, on histories that chance made up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from models.incentive_marts import IncentiveMarts
from models.incentive_worlds import INVENTED, NEW, OLD, Rows, World
from models.second_calculation import Line

CROWD, COHORTS = 230, 14
# a number here is the small form of the mutation check: fewer worlds, and what differs is not made small
WORLDS, SMALL = int(os.environ.get("PERISAI_TEST_WORLDS", "12")), "PERISAI_TEST_WORLDS" in os.environ


def quick(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=not os.environ.get("PERISAI_TEST_RANDOM"),
        suppress_health_check=list(HealthCheck),
        phases=phases or tuple(Phase),
    )


@pytest.fixture(scope="module")
def built(raw_tables: str) -> Iterator[IncentiveMarts]:
    one = IncentiveMarts(raw_tables)
    yield one
    one.con.close()


def only(raw: dict[str, Rows], people: list[str]) -> dict[str, Rows]:
    """The same world with some of its people."""
    registrations = [row for row in raw["raw.registrations"] if row["participant_key"] in people]
    cards = {row["card_key"] for row in registrations}
    contributions = [row for row in raw["raw.contributions"] if row["card_key"] in cards]
    return raw | {"raw.registrations": registrations, "raw.contributions": contributions}


def smallest(built: IncentiveMarts, raw: dict[str, Rows], reference: dict[str, Rows]) -> str:
    """A few people and payments on which the two still differ."""
    people = sorted({row["participant_key"] for row in raw["raw.registrations"]})
    people = fewest(people, lambda some: built.differences(only(raw, some), reference))
    raw = only(raw, people)
    payments = fewest(
        raw["raw.contributions"],
        lambda some: built.differences(raw | {"raw.contributions": some}, reference),
    )
    raw |= {"raw.contributions": payments}
    rows = [str(row) for table in ("raw.registrations", "raw.contributions") for row in raw[table]]
    return "\n".join([*built.differences(raw, reference), *rows])


def fewest(things: list[Any], differ: Callable[[list[Any]], Any]) -> list[Any]:
    """What is left when every part that can go has gone."""
    size = len(things) // 2
    while size:
        at = 0
        while at < len(things):
            fewer = things[:at] + things[at + size :]
            things, at = (fewer, at) if differ(fewer) else (things, at + size)
        size //= 2
    return things


def test_thousands_of_histories_agree_line_by_line(built: IncentiveMarts) -> None:
    seen: Counter[Any] = Counter()

    @quick(WORLDS, Phase.generate)
    @given(seed=st.integers(0, 2**32))
    def agree(seed: int) -> None:
        world = World(Random(seed), CROWD, COHORTS)
        raw, reference = world.raw, world.reference
        if found := built.differences(raw, reference):
            shown = "\n".join(found) if SMALL else smallest(built, raw, reference)
            pytest.fail(f"world {seed}:\n{shown}", pytrace=False)
        said = built.said()
        note_borders(seen, said.lines)
        seen.update(("gap", gap[2], any(relying)) for gap, relying in said.gaps.items())
        seen.update({border: built.query(sql)[0][0] for border, sql in COUNTED.items()})
        seen["people"] += len({row["participant_key"] for row in raw["raw.registrations"]})

    agree()
    if not SMALL:
        assert seen["people"] >= 5_000
        assert not [border for border in [*BORDERS, *COUNTED] if not seen[border]]


BORDERS: list[Any] = [
    *((NEW, number, None) for number in (1, 24, 25, 60)),
    (NEW, 61, "after_last_month"),
    *((NEW, "acquisition", count, reason) for count, reason in [(24, "below_threshold"), (25, None), (26, None)]),
    *((OLD, "acquisition_flat", reason) for reason in ("below_threshold", None)),
    *((INVENTED, reason) for reason in ("no_rate", "below_threshold", "no_contribution_yet", "state_paid", None)),
    *((INVENTED, reason) for reason in ("scheme_not_in_force", "month_not_whole_yet")),
    *((INVENTED, reason) for reason in ("month_already_counted", "refund_of_uncounted", "after_last_month")),
    *((None, reason) for reason in ("no_agreement", "no_contribution_yet")),
    "taken back",
    *(("gap", *silent) for silent in [("missing", True), ("missing", False), ("unknown", True)]),
    "cut",
]
COUNTED = {
    "whole by instalments": "select count(*) from core.contribution_month"
    " where basis_rp > received_rp and received_rp > 0",
    "an instalment of another agent": "select count(*) from core.contribution_month as whole"
    " join core.contribution_month as part using (participant_key, contribution_month)"
    " where whole.basis_rp > whole.received_rp and whole.received_rp > 0 and part.reason = 'month_not_whole_yet'"
    " and part.agent_code <> whole.agent_code",
    "an own count": "select count(*) from core.contribution_month"
    " where own_count like '% 20%' and contribution_month_no = 1",
    "too few agents": "select count(*) from marts.incentive_wadah_month where management_rp <> 0"
    " and management_rate in (0.0111, 0.02)",
    "a second tier": "select count(*) from core.incentive_uncapped join core.acquisition using (participant_key)"
    f" where rule = 'acquisition' and gross_rp > 0 and agent_month_place = 3 and acquisition.scheme = '{INVENTED}'",
}


def note_borders(seen: Counter[Any], lines: list[Line]) -> None:
    """Counts what a world had, so that chance cannot leave a border out."""
    counts = Counter((line.agent, line.period) for line in lines if line.rule == "acquisition" and line.counts)
    for line in lines:
        seen[line.scheme, line.reason] += 1
        seen[line.scheme, line.number, line.reason] += 1
        seen[line.scheme, line.rule, line.reason] += 1
        if line.rule == "acquisition":
            seen[line.scheme, line.rule, counts[line.agent, line.period], line.reason] += 1
        seen["taken back"] += line.amount < 0 and line.rule != "cap"
        seen["cut"] += line.amount < 0 and line.rule == "cap"


@quick(5 if SMALL else 15)
@given(rng=st.randoms(use_true_random=False), people=st.integers(1, 3))
def test_small_worlds_agree_line_by_line(built: IncentiveMarts, rng: Random, people: int) -> None:
    world = World(rng, people)
    assert built.differences(world.raw, world.reference) == []
