"""The roster of a branch: its agents and their wadah on any day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from demo.bad_rows import ODD_BRANCH, YOUNG_NIK
from demo.calendar import number
from demo.people import AUGUST, People, coded, dates, niks
from demo.plan import BranchPlan, wadah_sizes

SCHEME = "perisai-13-2022"
PKS_FROM, PKS_TO = date(2022, 1, 1), date(2025, 12, 31)
MOVES, RESTS, LEAVES, JOINS = date(2023, 10, 5), date(2023, 10, 8), date(2023, 10, 10), date(2023, 10, 11)
FORGETFUL, FORGETS = "NTB03", date(2023, 10, 12)
STRANGER, UNTOLD = 3, 4
"""Places on the roster of an agent who is no participant, and of one whose NIK the roster does not tell."""
NOBODY = 100_000_000
"""Persons from this number on are registered nowhere."""
YOUNG = 5
"""Place of an agent of ``ODD_BRANCH`` who is not adult; she is registered among its odd rows."""


def roster(plan: BranchPlan, who: People, day: date) -> pa.Table:
    """The rows of ``agents`` on a day, under the contract's names.

    In October 2023 the third agent moves to another wadah, the last but one becomes inactive, the last one is said to
    leave and then gone, and a new one joins. Everyone else has been there since 2021; a branch forgets its second agent
    on one day. Agents are participants of their branch since July 2023 or before, but for one in each, where there are
    so many; of one nobody knows it.
    """
    n = plan.roster
    sizes = wadah_sizes(n)
    wadah = np.append(np.repeat(np.arange(len(sizes)), sizes), len(sizes) - 1)
    joined = number(date(2021, 1, 4)) + np.arange(n + 1) * 37 % 350
    joined[n] = number(JOINS)
    status = np.zeros(n + 1, np.int64)
    region = np.repeat([int(code) for code, _ in plan.agents], [count for _, count in plan.agents])
    region = np.append(region, region[-1])
    here = np.ones(n + 1, bool)
    here[n] = day >= JOINS
    here[n - 1] = day < LEAVES
    if (plan.code, day) == (FORGETFUL, FORGETS):
        here[1] = False
    if n > 2 and day >= MOVES:  # noqa: PLR2004
        wadah[2] = (wadah[2] + 1) % len(sizes)
    if n > 2 and day >= RESTS:  # noqa: PLR2004
        status[n - 2] = 1
        status[n - 1] = 1
    place = np.flatnonzero(here)
    wadah_no = plan.first_wadah + wadah[place]
    return pa.table(
        {
            "agent_code": coded("AB", plan.first_agent + place, 5),
            "branch_code": pa.repeat(plan.code, len(place)),
            "full_name": coded("Perisai Contoh ", plan.first_agent + place, 5),
            "nik": _niks(plan, who, n + 1).take(pa.array(place)),
            "region_code": pa.array(region[place]).cast(pa.string()),
            "joined_date": dates(joined[place]),
            "status": pa.array(["AKTIF", "NONAKTIF"]).take(pa.array(status[place])),
            "wadah_code": coded("W", wadah_no, 5),
            "wadah_name": coded("Wadah Contoh ", wadah_no, 5),
            "pks_no": coded(f"PKS/{plan.code}/2022/", wadah_no, 5),
            "scheme": pa.repeat(SCHEME, len(place)),
            "pks_from": pa.repeat(pa.scalar(PKS_FROM), len(place)),
            "pks_to": pa.repeat(pa.scalar(PKS_TO), len(place)),
        }
    )


def _niks(plan: BranchPlan, who: People, n: int) -> pa.Array:
    """The NIK of the agents by place; none where the branch has too few people who have been there for long."""
    since_long = np.flatnonzero(who.registered[: who.first] < AUGUST)[:n]
    person = NOBODY + plan.first_agent + np.arange(n)
    region = np.full(n, int(plan.groups[0].region))
    person[: len(since_long)], region[: len(since_long)] = who.person[since_long], who.region[since_long]
    person[STRANGER : STRANGER + 1] = NOBODY + plan.first_agent + STRANGER
    numbers = niks(person, region).to_pylist()
    told = [
        None if place == UNTOLD or len(since_long) <= place != STRANGER else each for place, each in enumerate(numbers)
    ]
    if plan.code == ODD_BRANCH and n > YOUNG:
        told[YOUNG] = YOUNG_NIK
    return pa.array(told, pa.string())
