"""The rows of ``contributions``: who pays how many months when."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa

from demo.calendar import MONTH_FIRST, MONTH_NAMES, Ints, day_in, month_of
from demo.people import FATES, OCTOBER, TODAY, People, coded, dates, kpj, pick
from demo.plan import REFERENCE, BranchPlan, Fate

JKM_RP = 6_800
with (REFERENCE / "contribution_bracket.csv").open(encoding="utf-8", newline="") as _file:
    _BRACKETS = [(int(row["income_from_rp"]), int(row["base_rp"])) for row in csv.DictReader(_file)]
INCOME_FROM, BASE = np.array(_BRACKETS).T
"""Brackets of declared income in rising order, and the base that contributions of each are counted from."""
JUNE = OCTOBER - 4
"""A month paid in June 2023 protects up to September, not in October."""


def contributions(
    plan: BranchPlan, who: People, since: int, recent_only: bool, rng: np.random.Generator
) -> tuple[Ints, pa.Table]:
    """The rows of ``contributions`` from a day on: (the day of each, rows under the contract's names), by day.

    Args:
        plan: the branch.
        who: its registrations.
        since: first day, in days since 1970-01-01.
        recent_only: whether payments before the last two of a person are not even looked at.
        rng: source of chance.
    """
    start, step, gap, count = _schedule(who, rng)
    skipped = np.maximum(count - 2, 0) if recent_only else 0 * count
    left = count - skipped
    payer = pick(rng, len(count), [92, 97], [0, 1, 2])
    i = np.repeat(np.arange(len(count)), left)
    k = np.arange(len(i)) - np.repeat(np.cumsum(left) - left - skipped, left)
    first_month = start[i] + k * step[i] + gap[i] * (k > 0)
    paid = _paid(plan, who.registered[i], first_month, k, rng)
    months, programmes = step[i], who.programmes[i]
    base = BASE[np.searchsorted(INCOME_FROM, who.income[i], side="right") - 1]
    monthly = base // 100 + JKM_RP + np.where(programmes == 3, base // 50, 0)  # noqa: PLR2004

    order = np.argsort(paid, kind="stable")
    serial = np.arange(1, len(order) + 1)[paid[order] >= since]
    order = order[len(order) - len(serial) :]
    table = pa.table(
        {
            "receipt_no": coded(f"{plan.code}/B/", serial, 8),
            "branch_code": pa.repeat(plan.code, len(order)),
            "kpj": kpj(plan, who.card[i[order]]),
            "payment_date": dates(paid[order]),
            "first_month": pa.array(MONTH_NAMES).take(pa.array(first_month[order])),
            "months": months[order],
            "programmes": programmes[order],
            "amount_rp": (months * monthly)[order],
            "payer": pa.array(["PESERTA", "APBD", "APBN"]).take(pa.array(payer[i[order]])),
        }
    )
    return paid[order], table


def _schedule(who: People, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """(first month, months a payment, months unpaid after the first payment, payments) of each person.

    Protected people have paid for a month from July 2023 on, lapsed people for none. A gap of 2 months is
    arrears, one of 5 a lapse and a reactivation. One protected person in a hundred pays once ahead.
    """
    n = len(who.person)
    start = month_of(who.registered)
    lapsed, unpaid = who.fate == FATES.index(Fate.lapsed), who.fate == FATES.index(Fate.unpaid)
    step = pick(rng, n, [60, 68, 86, 94], [1, 2, 3, 6, 12])
    step = np.where(lapsed & (step > 3), 1, step)  # noqa: PLR2004 (who lapsed never paid half a year)
    late = pick(rng, n, [55, 80, 92], [0, 1, 2, 3])
    end = np.where(lapsed, JUNE - late % 2, np.maximum(OCTOBER - late, start))
    gap = pick(rng, n, [92, 97], [0, 2, 5])
    gap = np.where(lapsed | (end - start + 1 - gap <= step), 0, gap)
    ahead = pick(rng, n, [99], [0, 1])
    count = np.where(lapsed, (end - start + 1) // step, -(-(end - start + 1 - gap) // step) + ahead)
    again = np.arange(n) >= who.first
    given = who.fate == FATES.index(Fate.monthly)
    plain = again | given
    count = np.where(unpaid, 0, np.where(given, who.payments, np.where(again, 1, count)))
    return start, np.where(plain, 1, step), np.where(plain, 0, gap), count


def _paid(plan: BranchPlan, registered: Ints, first_month: Ints, k: Ints, rng: np.random.Generator) -> Ints:
    """The day of each payment: soon after registering, later in the month that it begins with, never after today."""
    month = np.minimum(first_month, OCTOBER)
    if plan.payments:
        return day_in(month, registered - MONTH_FIRST[month_of(registered)] + 1)
    chance = rng.integers(0, 28, len(k))
    later = MONTH_FIRST[month] + np.where(month == OCTOBER, chance % 13, chance)
    return np.where(k == 0, np.minimum(registered + chance % 4, TODAY), later)
