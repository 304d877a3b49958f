"""The marts of the incentive agree with the second calculation, line by line, on histories that chance made up."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from models.incentive_worlds import INVENTED, NEW, OLD, Rows, World
from models.second_calculation import AgentTotal, Incentive, Line, WadahTotal, incentive, rounded

from warehouse import models

MARTS = ("marts.incentive_line", "marts.incentive_agent_month", "marts.incentive_wadah_month")
CROWD, COHORTS = 300, 4
WORLDS = int(os.environ.get("PERISAI_TEST_WORLDS", "14"))


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
def warehouse(new_warehouse: Callable[[], Any]) -> Iterator[Any]:
    """One database for all worlds, with the models that the incentive needs and no other."""
    one = new_warehouse()
    needed: set[str] = set()
    more = set(MARTS)
    while more:
        needed |= more
        more = {table for name in more if name in one.models for table in one.models[name].inputs} - needed
    one.models = {name: model for name, model in one.models.items() if name in needed}
    for table in one.template:
        if table in one.reference or table.startswith("raw."):
            one.put(table, one.reference.get(table, []))
    yield one
    one.con.close()


def fill(warehouse: Any, table: str, rows: Rows) -> None:
    """As `put`, fast for many rows."""
    warehouse.put(table, [])
    if rows:
        columns = {name: [row.get(name) for row in rows] for name, _ in warehouse.template[table]}
        given = pa.table({name: values for name, values in columns.items() if any(v is not None for v in values)})
        warehouse.con.register("given", given)
        warehouse.con.execute(f"insert into {table} by name from given")
        warehouse.con.unregister("given")


def marts(warehouse: Any, raw: dict[str, Rows], reference: dict[str, Rows]) -> Incentive:
    """What the models say."""
    for table, rows in (raw | reference).items():
        fill(warehouse, table, rows)
    chosen = [model for name, model in warehouse.models.items() if name not in warehouse.reference]
    models.build(warehouse.con, models.MODELS.parent / "reference", chosen)
    lines = warehouse.query(
        "select period, agent_code, wadah_code, scheme, rule, participant_key, source_no, contribution_month, "
        "contribution_month_no, basis_rp, rate, amount_rp, reason from marts.incentive_line where rule <> 'management'"
    )
    agents = warehouse.query(
        "select period, agent_code, wadah_code, scheme, total_rp, gross_rp from marts.incentive_agent_month"
    )
    wadahs = warehouse.query(
        "select period, wadah_code, scheme, agents_total_rp, management_rp, payable_rp, tax_rp "
        "from marts.incentive_wadah_month"
    )
    return Incentive(
        [Line(*row) for row in lines],
        {row[:4]: AgentTotal(*row[4:]) for row in agents},
        {row[:3]: WadahTotal(*row[3:]) for row in wadahs},
    )


def differences(warehouse: Any, raw: dict[str, Rows], reference: dict[str, Rows]) -> list[str]:
    """What only one of the two says; nothing if they agree."""
    theirs, ours = marts(warehouse, raw, reference), incentive(raw, reference)
    only_theirs, only_ours = Counter(theirs.lines) - Counter(ours.lines), Counter(ours.lines) - Counter(theirs.lines)
    found = sums_that_differ(theirs)
    found += [f"only the marts: {line}" for line in only_theirs] + [f"only the rules: {line}" for line in only_ours]
    # a wadah without any line of a month has a row of zeros in the mart
    wadahs = {key: total for key, total in theirs.wadahs.items() if key in ours.wadahs or total.payable}
    places = [(theirs.agents, ours.agents), (wadahs, ours.wadahs)]
    for marts_say, rules_say in places:
        for key in sorted(marts_say.keys() | rules_say.keys(), key=str):
            if marts_say.get(key) != rules_say.get(key):
                found.append(f"{key}: the marts say {marts_say.get(key)}, the rules {rules_say.get(key)}")
    return found


def sums_that_differ(said: Incentive) -> list[str]:
    """Rule 9 on what the marts say, whatever it is: an agent's period is its lines, rounded once."""
    exact: dict[Any, Decimal] = defaultdict(Decimal)
    paid: dict[Any, int] = defaultdict(int)
    for line in said.lines:
        exact[line.period, line.agent] += line.amount
    for (period, agent, wadah, scheme), total in said.agents.items():
        paid[period, agent] += total.total
        paid[period, wadah, scheme] += total.total if scheme else 0
    found = [f"{key}: {paid[key]} instead of {amount}" for key, amount in exact.items() if paid[key] != rounded(amount)]
    for key, total in said.wadahs.items():
        if total.agents != paid[key] or total.payable != total.agents + total.management:
            found.append(f"{key}: {total} instead of {paid[key]}")
    return found


def only(raw: dict[str, Rows], people: list[str]) -> dict[str, Rows]:
    """The same world with some of its people."""
    registrations = [row for row in raw["raw.registrations"] if row["participant_key"] in people]
    cards = {row["card_key"] for row in registrations}
    contributions = [row for row in raw["raw.contributions"] if row["card_key"] in cards]
    return raw | {"raw.registrations": registrations, "raw.contributions": contributions}


def smallest(warehouse: Any, raw: dict[str, Rows], reference: dict[str, Rows]) -> str:
    """A few people on whom the two still differ, with their rows."""
    people = sorted({row["participant_key"] for row in raw["raw.registrations"]})
    size = len(people) // 2
    while size:
        for at in range(0, len(people), size):
            fewer = people[:at] + people[at + size :]
            if differences(warehouse, only(raw, fewer), reference):
                people = fewer
                break
        else:
            size //= 2
    raw = only(raw, people)
    rows = [str(row) for table in ("raw.registrations", "raw.contributions") for row in raw[table]]
    return "\n".join([*differences(warehouse, raw, reference), *rows])


def test_thousands_of_histories_agree_line_by_line(warehouse: Any) -> None:
    seen: Counter[Any] = Counter()

    @quick(WORLDS, Phase.generate)
    @given(seed=st.integers(0, 2**32))
    def agree(seed: int) -> None:
        world = World(Random(seed), CROWD, COHORTS)
        raw, reference = world.raw, world.reference
        if differences(warehouse, raw, reference):
            pytest.fail(f"world {seed}:\n{smallest(warehouse, raw, reference)}", pytrace=False)
        note_borders(seen, incentive(raw, reference).lines)
        seen["people"] += len({row["participant_key"] for row in raw["raw.registrations"]})

    agree()
    if WORLDS >= 14:
        assert seen["people"] >= 5_000
        assert not [border for border in BORDERS if not seen[border]]


BORDERS: list[Any] = [
    *((NEW, number, None) for number in (1, 24, 25, 60)),
    (NEW, 61, "after_last_month"),
    *((NEW, "acquisition", count, reason) for count, reason in [(24, "below_threshold"), (25, None), (26, None)]),
    *((OLD, "acquisition_flat", reason) for reason in ("below_threshold", None)),
    *((INVENTED, reason) for reason in ("no_rate", "below_threshold", "no_contribution_yet", "state_paid", None)),
    *((INVENTED, reason) for reason in ("month_already_counted", "refund_of_uncounted", "after_last_month")),
    *((None, reason) for reason in ("no_agreement", "no_contribution_yet")),
    "taken back",
]


def note_borders(seen: Counter[Any], lines: list[Line]) -> None:
    """Counts what a world had, so that chance cannot leave a border out."""
    counts = Counter((line.agent, line.period) for line in lines if line.rule == "acquisition" and line.counts)
    for line in lines:
        seen[line.scheme, line.reason] += 1
        seen[line.scheme, line.number, line.reason] += 1
        seen[line.scheme, line.rule, line.reason] += 1
        if line.rule == "acquisition":
            seen[line.scheme, line.rule, counts[line.agent, line.period], line.reason] += 1
        seen["taken back"] += line.amount < 0


@quick(40)
@given(rng=st.randoms(use_true_random=False), people=st.integers(1, 3))
def test_small_worlds_agree_line_by_line(warehouse: Any, rng: Random, people: int) -> None:
    world = World(rng, people)
    assert differences(warehouse, world.raw, world.reference) == []
