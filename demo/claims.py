"""The rows of ``claims``: one for each status that a claim reaches."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pyarrow as pa

from demo.calendar import Ints, number
from demo.people import FATES, TODAY, People, coded, dates, kpj, pick
from demo.plan import BranchPlan, Fate

DEATH_RP = 42_000_000
KINDS = [
    # programme, benefit, in a hundred, from and to in rupiah
    ("JKK", "PENGOBATAN", 44, 1_000_000, 20_000_000),
    ("JKK", "CACAT_SEBAGIAN", 14, 10_000_000, 40_000_000),
    ("JKK", "CACAT_TOTAL", 1, 60_000_000, 90_000_000),
    ("JKK", "MENINGGAL", 14, 48_000_000, 100_000_000),
    ("JKK", "SEMBUH", 5, 500_000, 3_000_000),
    ("JKM", "BEASISWA", 2, 12_000_000, 48_000_000),
    ("JHT", "SALDO_JHT", 20, 300_000, 4_000_000),
    ("JKM", "SANTUNAN_KEMATIAN", 0, DEATH_RP, DEATH_RP),
]
DEATH = len(KINDS) - 1
STATUSES = ["Diajukan", "Ditetapkan", "Dibayarkan", "Ditolak"]
PAID, REJECTED, WAITING = 2, 3, -1
SLOWEST = 24
"""Days within which every claim is decided and paid."""


def claims(plan: BranchPlan, who: People, since: int, rng: np.random.Generator) -> tuple[Ints, pa.Table]:
    """The rows of ``claims`` from a day on: (the day of each, rows under the contract's names), by day."""
    lapsed = who.fate == FATES.index(Fate.lapsed)
    old = np.flatnonzero((who.registered <= TODAY - 60) & (who.fate != FATES.index(Fate.unpaid)))
    ours = old[who.agent[old] >= 0]
    dead_first = ours[np.argsort(~lapsed[ours], kind="stable")]  # who died pays no more
    deaths, rest = _paid_mix(plan)
    exact = np.concatenate([dead_first[:deaths], dead_first[::-1][:rest]])
    exact_kind = np.concatenate([np.full(deaths, DEATH), _kinds(rest, rng)])
    rest_rp = _sum_to(plan.paid_claims_rp - deaths * DEATH_RP, exact_kind[deaths:], rng)
    exact_rp = np.concatenate([np.full(deaths, DEATH_RP), rest_rp])

    n = plan.other_claims
    other = old[rng.integers(0, len(old), n)]
    other_kind = np.where(pick(rng, n, [60], [1, 0]) == 1, DEATH, _kinds(n, rng))
    fate = pick(rng, n, [85], [PAID, REJECTED])
    if plan.paid_claims is not None:  # so that the published number is not exceeded
        fate = np.where((who.agent[other] >= 0) & (fate == PAID), WAITING, fate)

    person, kind = np.concatenate([exact, other]), np.concatenate([exact_kind, other_kind])
    amount = np.concatenate([exact_rp, _amounts(other_kind, rng)])
    last = np.concatenate([np.full(len(exact), PAID), fate])
    earliest = np.maximum(who.registered[person] + 30, number(plan.claims_from))
    latest = np.concatenate([np.full(len(exact), TODAY - SLOWEST), np.full(n, TODAY)])
    submitted = rng.integers(earliest, latest + 1)
    determined = submitted + rng.integers(3, 14, len(person))
    closed = determined + rng.integers(1, 11, len(person))

    claim = np.tile(np.arange(len(person)), 3)
    day = np.concatenate([submitted, determined, closed])
    status = np.concatenate([0 * last, 0 * last + 1, last])
    asked = np.concatenate([-(-amount // 100_000) * 100_000, amount, amount])
    rows = np.flatnonzero((status != WAITING) & (day <= TODAY) & (day >= since))
    rows = rows[np.argsort(day[rows], kind="stable")]
    of = claim[rows]
    table = pa.table(
        {
            "claim_no": coded(f"{plan.code}/K/", of + 1, 7),
            "branch_code": pa.repeat(plan.code, len(rows)),
            "kpj": kpj(plan, who.card[person[of]]),
            "programme": pa.array([kind[0] for kind in KINDS]).take(pa.array(kind[of])),
            "benefit": pa.array([kind[1] for kind in KINDS]).take(pa.array(kind[of])),
            "status": pa.array(STATUSES).take(pa.array(status[rows])),
            "submitted_date": dates(submitted[of]),
            "status_date": dates(day[rows]),
            "amount_rp": asked[rows],
        }
    )
    return day[rows], table


def _paid_mix(plan: BranchPlan) -> tuple[int, int]:
    """(death claims, others) among the claims that are known to be paid: 85 % of the money is for deaths."""
    paid = plan.paid_claims or 0
    deaths = plan.paid_claims_rp * 85 // 100 // DEATH_RP
    return deaths, paid - deaths


def _kinds(n: int, rng: np.random.Generator) -> Ints:
    return pick(rng, n, list(accumulate(kind[2] for kind in KINDS[:-2])), list(range(len(KINDS) - 1)))


def _amounts(kind: Ints, rng: np.random.Generator) -> Ints:
    low, high = np.array([kind[3] for kind in KINDS])[kind], np.array([kind[4] for kind in KINDS])[kind]
    return rng.integers(low // 1000, high // 1000 + 1) * 1000


def _sum_to(total: int, kind: Ints, rng: np.random.Generator) -> Ints:
    """Amounts near the usual ones that add up to a total, to the rupiah."""
    if not len(kind):
        return np.zeros(0, np.int64)
    usual = _amounts(kind, rng)
    amounts = usual * (total // 1000) // int(usual.sum()) * 1000
    amounts[0] += total - int(amounts.sum())
    return amounts
