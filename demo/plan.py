"""What is to be made: how many people of which fate in which region, so that the published figures come out.

The figures of the two press articles, for 13 October 2023, and what the demo makes of them:

=======================================================  =============
NTB: protected in October 2023                                 286,000
of those, acquired by a Perisai                                144,000
NTB: claims of Perisai participants paid so far                  1,744
their value                                          Rp 64,100,000,000
STG: registrations by Perisai since January, Palu (7271)         9,437
Parigi Moutong (7208)                                            7,713
Donggala (7203), and none in any other region                    3,436
STG: agents on the rosters of that day                             400
=======================================================  =============

On top come people whom no published figure counts: those who lapsed before July 2023, those who registered and
never paid, second registrations and second cards of the same person.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "warehouse" / "reference"
AS_OF = date(2023, 10, 13)
SECOND_REGISTRATIONS = 20


class Size(StrEnum):
    """How much is made."""

    small = "small"
    province = "province"
    nation = "nation"


class Fate(StrEnum):
    """What becomes of a registered person."""

    protected = "protected"
    lapsed = "lapsed"
    unpaid = "unpaid"
    monthly = "monthly"  # pays each month on the same day, to the end: the nation's


@dataclass(frozen=True)
class Figures:
    """Numbers to be met; see the head of this module."""

    protected: int = 286_000
    by_perisai: int = 144_000
    claims: int = 1_744
    claims_rp: int = 64_100_000_000
    palu: tuple[int, int, int] = (9_437, 7_713, 3_436)
    stg_earlier: int = 2_000
    stg_others: int = 30_000
    other_claims: int = 2_000
    ntb_agents: int = 900
    stg_agents: int = 400


FIGURES = {
    Size.province: Figures(),
    Size.small: Figures(286, 144, 2, 64_100_000, (9, 8, 3), 10, 30, 16, 30, 24),
}


@dataclass(frozen=True)
class Group:
    """People of one region who share a fate; they register between two days, by an agent or without one."""

    region: str
    people: int
    fate: Fate
    by_agent: bool
    first: date
    last: date = AS_OF


@dataclass(frozen=True)
class BranchPlan:
    """What one branch exports. The numbers of people, agents and wadah run on from branch to branch."""

    code: str
    number: int
    groups: tuple[Group, ...]
    agents: tuple[tuple[str, int], ...]
    paid_claims: int | None
    paid_claims_rp: int
    other_claims: int
    claims_from: date
    first_person: int = 0
    first_agent: int = 1
    first_wadah: int = 1
    neighbour: int | None = None
    payments: float = 0.0

    @property
    def people(self) -> int:
        """Persons who register here first."""
        return sum(group.people for group in self.groups)

    @property
    def roster(self) -> int:
        """Agents on the roster at any one time; one leaves and another joins in the last days."""
        return sum(count for _, count in self.agents)

    @property
    def returning(self) -> int:
        """The first so many persons of the first group register again, here and at the next branch."""
        return min(SECOND_REGISTRATIONS, self.groups[0].people // 4)


SERVES = {
    "NTB01": ("5271", "5201", "5208"),
    "NTB02": ("5203",),
    "NTB03": ("5202",),
    "NTB04": ("5204", "5207"),
    "NTB05": ("5206", "5205", "5272"),
    "STG01": ("7271", "7210", "7202", "7206", "7212", "7204", "7205"),
    "STG02": ("7208", "7209"),
    "STG03": ("7203", "7201", "7207", "7211"),
}
"""Regions that each branch serves, its seat first."""

UNEVEN = {
    "5201": (118, 104, 16),
    "5202": (124, 92, 20),
    "5203": (118, 80, 10),
    "5204": (72, 112, 24),
    "5205": (55, 88, 9),
    "5206": (48, 74, 27),
    "5207": (64, 168, 6),
    "5208": (0, 62, 30),
    "5271": (150, 140, 12),
    "5272": (104, 130, 18),
    "7202": (80, 80, 22),
    "7204": (60, 60, 28),
    "7205": (45, 45, 12),
    "7206": (170, 170, 7),
    "7207": (50, 50, 25),
    "7210": (110, 110, 19),
    "7211": (35, 35, 30),
    "7212": (150, 150, 8),
    "7271": (140, 140, 12),
}
"""Regions that differ from their province: protected by an agent, and without one, for 100 that the province has among
as many workers; and how many of 100 registered before 2023. Nobody works as an agent where agents protect nobody."""
EVEN = (100, 100, 15)

WADAH_SIZES = (5, 12, 20, 8, 3, 16, 10)
PALU = ("7271", "7208", "7203")
YEAR, QUARTER = date(2023, 1, 1), date(2023, 3, 31)
BEFORE, BEFORE_END, MIDYEAR = date(2022, 1, 1), date(2022, 12, 31), date(2022, 7, 1)


def allocate(total: int, weights: list[int]) -> list[int]:
    """Splits a total by weights into whole numbers that add up to it (largest remainders first)."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def provinces(figures: Figures) -> list[BranchPlan]:
    """The plans of the branches of NTB and STG."""
    with (REFERENCE / "universe.csv").open(encoding="utf-8", newline="") as file:
        universe = {
            row["region_code"]: int(row["people"]) for row in csv.DictReader(file) if row["definition"] == "bpu"
        }
    ntb = [region for code, regions in SERVES.items() if code < "S" for region in regions]
    stg = [region for code, regions in SERVES.items() if code > "S" for region in regions]
    others = [region for region in stg if region not in PALU]

    def split(total: int, regions: list[str], *, by_agent: bool) -> dict[str, int]:
        weights = [universe[region] * UNEVEN.get(region, EVEN)[0 if by_agent else 1] for region in regions]
        return dict(zip(regions, allocate(total, weights), strict=True))

    by_perisai = split(figures.by_perisai, ntb, by_agent=True)
    groups = {region: _with_lapsed(region, people, True) for region, people in by_perisai.items()}
    for region, people in split(figures.protected - figures.by_perisai, ntb, by_agent=False).items():
        groups[region] += _with_lapsed(region, people, False)
    for region, people in zip(PALU, figures.palu, strict=True):
        lapsed, unpaid = people // 20, people // 60
        groups[region] = [
            Group(region, people - lapsed - unpaid, Fate.protected, True, YEAR),
            Group(region, lapsed, Fate.lapsed, True, YEAR, QUARTER),
            Group(region, unpaid, Fate.unpaid, True, YEAR),
        ]
    for region, people in split(figures.stg_earlier, others, by_agent=True).items():
        groups[region] = [Group(region, people, Fate.protected, True, BEFORE, BEFORE_END)]
    for region, people in split(figures.stg_others, stg, by_agent=False).items():
        groups[region] += _with_lapsed(region, people, False)

    agents = dict.fromkeys(ntb, 0)
    agents |= _one_each(figures.ntb_agents, [region for region in ntb if by_perisai[region]], universe)
    agents |= _one_each(figures.stg_agents // 4, others, universe)
    palu_agents = figures.stg_agents - sum(agents[region] for region in others)
    agents |= _one_each(palu_agents, list(PALU), dict(zip(PALU, figures.palu, strict=True)))
    weights = [sum(universe[region] for region in regions) for regions in SERVES.values()]
    inside = [weight if code < "S" else 0 for code, weight in zip(SERVES, weights, strict=True)]
    claims = allocate(figures.claims, inside)
    claims_rp = allocate(figures.claims_rp, claims)
    plans = [
        BranchPlan(
            code=code,
            number=number,
            groups=tuple(group for region in regions for group in groups[region]),
            agents=tuple((region, agents[region]) for region in regions),
            paid_claims=claims[number - 1] if code < "S" else None,
            paid_claims_rp=claims_rp[number - 1],
            other_claims=other,
            claims_from=YEAR,
            neighbour={1: 4, 6: 7}.get(number, number - 2),
        )
        for number, ((code, regions), other) in enumerate(
            zip(SERVES.items(), allocate(figures.other_claims, weights), strict=True), 1
        )
    ]
    return running(plans)


def wadah_sizes(agents: int) -> list[int]:
    """Agents of each wadah of a branch: 5 to 20, and a few with fewer than the minimum of 5."""
    sizes: list[int] = []
    while (left := agents - sum(sizes)) > 0:
        sizes.append(min(left, WADAH_SIZES[len(sizes) % len(WADAH_SIZES)]))
    return sizes


def running(plans: list[BranchPlan]) -> list[BranchPlan]:
    """The plans, their people, agents and wadah numbered through."""
    person, agent, wadah = 0, 1, 1
    numbered = []
    for plan in plans:
        numbered.append(replace(plan, first_person=person, first_agent=agent, first_wadah=wadah))
        person, agent = person + plan.people, agent + plan.roster + 1
        wadah += len(wadah_sizes(plan.roster))
    return numbered


def _with_lapsed(region: str, protected: int, by_agent: bool) -> list[Group]:
    """The protected ones, and on top of them some who lapsed and some who never paid."""
    earlier = protected * UNEVEN.get(region, EVEN)[2] // 100
    return [
        Group(region, protected - earlier, Fate.protected, by_agent, YEAR),
        Group(region, earlier, Fate.protected, by_agent, BEFORE, BEFORE_END),
        Group(region, protected // 25, Fate.lapsed, by_agent, MIDYEAR, QUARTER),
        Group(region, protected // 80, Fate.unpaid, by_agent, YEAR),
    ]


def _one_each(total: int, regions: list[str], weights: dict[str, int]) -> dict[str, int]:
    """Splits agents over regions so that each has one at least."""
    spare = allocate(max(total - len(regions), 0), [weights[region] for region in regions])
    return {region: 1 + more for region, more in zip(regions, spare, strict=True)}
