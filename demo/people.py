"""The people of a branch: who registers, when, by which agent, and the rows of ``registrations``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.calendar import Ints, day_in, month_of, number
from demo.plan import AS_OF, BranchPlan, Fate

FATES = list(Fate)
ELSEWHERE = 3171
"""Region in the NIK of one person in twenty: a NIK tells where a person was first registered, not where they work."""
OCCUPATIONS = [
    *("PETANI", "NELAYAN", "PEDAGANG PASAR", "OJEK", "TUKANG BANGUNAN", "PENGRAJIN TENUN", "PETERNAK"),
    *("SOPIR", "PEMANDU WISATA", "PEDAGANG KELILING", "BURUH TANI", None),
]
OCTOBER = int(month_of(np.array([number(AS_OF)]))[0])
TODAY = number(AS_OF)
AUGUST = number(date(2023, 8, 1))
AGENT_LEAVES = number(date(2023, 10, 10))
FIRST_DAILY_MONTH = number(date(2023, 10, 1))
BIRTHS = 14_600
"""Days of birth, 1964 to 2003; 7919 has no factor in common with it, so that every one comes up equally often."""


@dataclass(frozen=True)
class People:
    """Registrations of a branch, one array element each; the first ``first`` of them are a person's first.

    ``person`` is the person's number in the whole demo, ``card`` the serial of the card within the branch,
    ``agent`` the agent's place on the branch's roster or -1, ``registered`` in days since 1970-01-01.
    ``payments`` is set where the number of monthly payments is given, and 0 elsewhere.
    """

    person: Ints
    card: Ints
    region: Ints
    registered: Ints
    agent: Ints
    fate: Ints
    programmes: Ints
    income: Ints
    payments: Ints
    first: int


def people(plan: BranchPlan, plans: list[BranchPlan], rng: np.random.Generator) -> People:
    """Draws the people of a branch and appends those who come back for a second card."""
    which = np.repeat(np.arange(len(plan.groups)), [group.people for group in plan.groups])
    n = len(which)
    region = np.array([int(group.region) for group in plan.groups])[which]
    fate = np.array([FATES.index(group.fate) for group in plan.groups])[which]
    if plan.payments:
        registered, payments = _monthly(n, plan.payments, rng)
    else:
        first = np.array([number(group.first) for group in plan.groups])
        last = np.array([number(group.last) for group in plan.groups])
        registered, payments = rng.integers(first[which], last[which] + 1), np.zeros(n, np.int64)
    agent = _agents(plan, region, rng)
    agent[~np.array([group.by_agent for group in plan.groups])[which]] = -1
    if not plan.payments:
        _exact_month(plan, registered, agent)
    income = np.maximum(10, rng.integers(-40, 51, n)) * 100_000  # most declare the least that is allowed
    income[rng.integers(0, 500, n) == 0] = 25_000_000
    programmes = pick(rng, n, [65], [2, 3])

    again, home = _returning(plan, plans)
    k = np.arange(len(again))
    return People(
        person=np.concatenate([plan.first_person + np.arange(n), again]),
        card=np.arange(1, n + len(again) + 1),
        region=np.concatenate([region, home]),
        registered=np.concatenate([registered, FIRST_DAILY_MONTH + 1 + k % 11]),
        agent=np.concatenate([agent, k % 2 if plan.paid_claims is not None else 0 * k - 1]),
        fate=np.concatenate([fate, 0 * k + FATES.index(Fate.protected)]),
        programmes=np.concatenate([programmes, 0 * k + 2]),
        income=np.concatenate([income, 0 * k + 1_000_000]),
        payments=np.concatenate([payments, 0 * k]),
        first=n,
    )


def registrations(plan: BranchPlan, who: People, since: int) -> tuple[Ints, pa.Table]:
    """The rows of ``registrations`` from a day on: (the day of each, rows under the contract's names), by day."""
    order = np.argsort(who.registered, kind="stable")
    serial = np.arange(1, len(order) + 1)[who.registered[order] >= since]
    order = order[len(order) - len(serial) :]
    person, region = who.person[order], who.region[order]
    woman, born = _woman(person), _born(person)
    agent = who.agent[order]
    phone = pc.binary_join_element_wise("080000", digits(person, 8), "")
    table = pa.table(
        {
            "registration_no": coded(f"{plan.code}/R/", serial, 8),
            "branch_code": pa.repeat(plan.code, len(order)),
            "registration_date": dates(who.registered[order]),
            "nik": niks(person, region),
            "kpj": kpj(plan, who.card[order]),
            "full_name": coded("Peserta Contoh ", person + 1, 8),
            "birth_date": dates(born),
            "sex": pa.array(["L", "P"]).take(pa.array(woman)),
            "phone": pc.if_else(pa.array(person % 9 > 0), phone, None),
            "occupation": pa.array(OCCUPATIONS, pa.string()).take(pa.array(person * 31 // 7 % len(OCCUPATIONS))),
            "region_code": pa.array(region).cast(pa.string()),
            "programmes": who.programmes[order],
            "declared_income_rp": who.income[order],
            "agent_code": pc.if_else(pa.array(agent >= 0), coded("AB", plan.first_agent + agent, 5), None),
            "registered_at": pc.if_else(pa.array(person % 6 > 0), _clock(person), None),
        }
    )
    return who.registered[order], table


def pick(rng: np.random.Generator, n: int, below: list[int], values: list[int]) -> Ints:
    """Draws n values; ``below`` are the bounds, in a hundred, up to which the first, second … is drawn."""
    return np.array(values)[np.searchsorted(below, rng.integers(0, 100, n), side="right")]


def digits(values: Ints, width: int) -> pa.Array:
    """Numbers as text with leading zeros."""
    return pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0")


def coded(prefix: str, values: Ints, width: int) -> pa.Array:
    """Codes: a prefix and a number with leading zeros."""
    return pc.binary_join_element_wise(prefix, digits(values, width), "")


def kpj(plan: BranchPlan, card: Ints) -> pa.Array:
    """Card numbers: three digits for the branch, eight for the card."""
    return digits(plan.number * 100_000_000 + card, 11)


def dates(days: Ints) -> pa.Array:
    """Days since 1970-01-01 as dates."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _clock(person: Ints) -> pa.Array:
    """A minute of the office's day, 8:00 to 15:59."""
    minute = 480 + person * 61 % 480
    return pc.binary_join_element_wise(digits(minute // 60, 2), digits(minute % 60, 2), ":")


def niks(person: Ints, region: Ints) -> pa.Array:
    """PPKKCC DDMMYY NNNN: no two persons share one, since day and serial count the persons through."""
    born = _born(person)
    month = born.astype("M8[D]").astype("M8[M]")
    day = born - month.astype("M8[D]").astype(np.int64) + 1 + 40 * _woman(person)
    since_1970 = month.astype(np.int64)
    ddmmyy = day * 10_000 + (since_1970 % 12 + 1) * 100 + (since_1970 // 12 + 70) % 100
    place = np.where(person % 20 == 0, ELSEWHERE, region) * 100 + person % 17 + 1
    return pa.array((place * 1_000_000 + ddmmyy) * 10_000 + 1 + person // BIRTHS).cast(pa.string())


def _woman(person: Ints) -> Ints:
    """1 for a woman, 0 for a man."""
    return (person * 2_654_435_761 >> 13) & 1


def _born(person: Ints) -> Ints:
    """The day of birth, in days since 1970-01-01."""
    return number(date(1964, 1, 1)) + person * 7919 % BIRTHS


def _agents(plan: BranchPlan, region: Ints, rng: np.random.Generator) -> Ints:
    """An agent of each person's own region; squaring the draw gives a few agents most of the people."""
    counts = np.array([count for _, count in plan.agents])
    place = np.zeros(10_000, np.int64)
    place[[int(code) for code, _ in plan.agents]] = np.arange(len(counts))
    here = place[region]
    u = rng.random(len(region))
    first: Ints = np.cumsum(counts) - counts
    return first[here] + (counts[here] * u * u).astype(np.int64)


def _exact_month(plan: BranchPlan, registered: Ints, agent: Ints) -> None:
    """Lets the first agent win exactly 25 (or 24, by turns) people in August 2023, whoever there are enough for.

    They are the first people of the first group, among whom are those who register again in October.
    """
    goal = 24 + plan.number % 2
    enough = plan.groups[0].people >= goal and plan.agents[0][1] > 1
    wanted = goal if enough else plan.returning
    august = AUGUST + np.arange(wanted) % 28
    if enough:
        others = (agent == 0) & (month_of(registered) == OCTOBER - 2)
        agent[others] = 1
        agent[:wanted] = 0
    registered[:wanted] = august
    leaver = plan.roster - 1
    agent[(agent == leaver) & (registered >= AGENT_LEAVES)] = 0


def _monthly(n: int, mean: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(day of registration, payments so far) of people who pay on that day of every month since."""
    u = rng.random(n)
    payments = 1 + (u * (2 * mean - 1)).astype(np.int64) if mean > 1 else (u < mean).astype(np.int64)
    day = rng.integers(1, 31, n)
    last = OCTOBER - (day > AS_OF.day)
    return day_in(last - np.maximum(payments, 1) + 1, day), payments


def _returning(plan: BranchPlan, plans: list[BranchPlan]) -> tuple[Ints, Ints]:
    """(person, region) of those who register again here: some of this branch's, some of its neighbour's."""
    if plan.neighbour is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    sources = [plan, plans[plan.neighbour]]
    person = [source.first_person + np.arange(i, source.returning, 2) for i, source in enumerate(sources)]
    home = [0 * who + int(source.groups[0].region) for who, source in zip(person, sources, strict=True)]
    return np.concatenate(person), np.concatenate(home)
