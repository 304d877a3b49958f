"""Invented worlds for the incentive: schemes, wadahs, agents who move, people who pay, stop, pay twice and get refunds.

A world is made by a `random.Random`: a seeded one for volume, or one whose every draw is hypothesis's, which shrinks.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.second_calculation import month_index, month_of

Rows = list[dict[str, Any]]

NEW, OLD, INVENTED, INVENTED_FLAT = "perisai-13-2022", "pre-2022", "invented", "invented-flat"
BRANCHES = ("NTB01", "STG01")
WADAHS = ("W00001", "W00002")
ALWAYS = date(2014, 1, 1)  # contribution months exist since then
FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)
SENT = (date(2027, 1, 4), date(2027, 1, 5))  # when the branches send what they have
WORTH = {2: 16_800, 3: 36_800}
DISCOUNTED = {2: 8_400, 3: 28_400}


def scheme(name: str, **changes: Any) -> dict[str, Any]:
    row = {
        "scheme": name,
        "valid_from": ALWAYS,
        "valid_to": None,
        "threshold_new": 25,
        "threshold_per_programmes": False,
        "acquisition_needs_contribution": True,
        "state_paid_earns": True,
        "agent_share": Decimal(1),
        "management_rate": Decimal("0.10"),
        "minimum_agents": 5,
        "management_rate_below_minimum": None,
        "agent_cap_rp": None,
        "months_count_from": None,
        "tax_rate": None,
    }
    return row | changes


def rule(name: str, kind: str, **changes: Any) -> dict[str, Any]:
    columns = ("programmes", "month_from", "month_to", "new_from", "new_to", "amount_rp", "rate")
    return {"scheme": name, "rule": kind, "valid_from": ALWAYS, "valid_to": None} | dict.fromkeys(columns) | changes


# As published (Perdir 13/2022 and the rules before it), stated here once more and not read from the reference tables.
PUBLISHED_SCHEMES = [scheme(NEW), scheme(OLD, threshold_new=50, agent_share=Decimal("0.9"), minimum_agents=3)]
PUBLISHED_RULES = [
    rule(NEW, "acquisition", programmes=3, amount_rp=15_000),
    rule(NEW, "acquisition", programmes=2, amount_rp=10_000),
    rule(NEW, "contribution", month_from=1, month_to=24, rate=Decimal("0.15")),
    rule(NEW, "contribution", month_from=25, month_to=60, rate=Decimal("0.05")),
    rule(OLD, "acquisition_flat", amount_rp=500_000),
    rule(OLD, "contribution", month_from=1, rate=Decimal("0.075")),
]
PUBLISHED_PARAMETERS = [
    {"parameter": "arrears_months", "value": 3, "valid_from": ALWAYS, "valid_to": None},
    {"parameter": "counter_restarts_on_reactivation", "value": 1, "valid_from": ALWAYS, "valid_to": None},
]


def published() -> dict[str, Rows]:
    """The reference tables of the incentive as published."""
    return {
        "reference.incentive_scheme": list(PUBLISHED_SCHEMES),
        "reference.incentive_rule": list(PUBLISHED_RULES),
        "reference.parameter": list(PUBLISHED_PARAMETERS),
    }


class Exports:
    """Raw tables, filled row by row; the rows of one branch, feed and date are one delivery."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {"raw.registrations": [], "raw.contributions": [], "raw.agents": []}
        self.deliveries: dict[tuple[str, str, date], dict[str, Any]] = {}

    def roster(self, branch: str, day: date, rejected: int = 0) -> None:
        """A delivery, also if no row comes with it."""
        self.deliveries.setdefault(("agents", branch, day), {})["rejected"] = rejected

    def send(self, feed: str, branch: str, day: date, **row: Any) -> None:
        self.deliveries.setdefault((feed, branch, day), {})
        rows = self.rows[f"raw.{feed}"]
        key = {"delivery_id": f"{feed} {branch} {day}", "business_date": day, "branch_code": branch}
        rows.append(key | {"line_no": len(rows) + 2} | row)

    def tables(self) -> dict[str, Rows]:
        delivered = [
            {
                "delivery_id": f"{feed} {branch} {day}",
                "branch_code": branch,
                "feed": feed,
                "business_date": day,
                "revision": 1,
                "arrival": number,
                "file_name": f"{feed} {branch} {day}.csv",
                "sha256": f"{feed} {branch} {day}",
                "lines": 1,
                "rejected": 0,
                "judgement": "accepted",
            }
            | changes
            for number, ((feed, branch, day), changes) in enumerate(self.deliveries.items())
        ]
        return self.rows | {"raw.delivery": delivered, "raw.business_day": [{"business_date": day} for day in SENT]}


def roster_row(agent: str, wadah: str, pks: tuple[str, date, date], **changes: Any) -> dict[str, Any]:
    name, begins, ends = pks
    row = {
        "agent_code": agent,
        "region_code": "5271",
        "joined_date": FIRST,
        "status": "AKTIF",
        "wadah_code": wadah,
        "wadah_name": wadah,
        "pks_no": f"{wadah} {name} {begins}",
        "scheme": name,
        "pks_from": begins,
        "pks_to": ends,
    }
    return row | changes


class World:
    """One invented world. People are independent of each other, but for the agents' thresholds and shared cards."""

    def __init__(self, rng: Random, people: int, cohorts: int = 0) -> None:
        self.rng = rng
        self.exports = Exports()
        self.reference = self.made_up_reference()
        self.agents = [f"AB{number:05}" for number in range(5)]
        self.numbers: dict[str, int] = defaultdict(int)
        self.make_rosters([*self.agents, *(f"AB{90 + number:05}" for number in range(cohorts))])
        self.busy_months = [self.day(last=date(2025, 6, 1)).replace(day=1) for _ in range(2)]
        for number in range(people):
            self.make_person(f"p{number:05}")
        for number in range(cohorts):
            self.make_cohort(f"AB{90 + number:05}", (25, 24, 26, 50, 49, 51, 26)[number % 7])
        self.register("somebody", "somebody", self.busy_months[0], "AB00077")  # an agent whom no roster knows

    @property
    def raw(self) -> dict[str, Rows]:
        return self.exports.tables()

    def chance(self, percent: int) -> bool:
        # the unlikely is the greater number, so that shrinking takes it away
        return self.rng.randrange(100) >= 100 - percent

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        return first + timedelta(self.rng.randrange((last - first).days + 1))

    def made_up_reference(self) -> dict[str, Rows]:
        """The published schemes, and two that nobody has published: one by person and one flat."""
        rng, reference = self.rng, published()
        shares = [Decimal(1), Decimal("0.9"), Decimal("0.85"), Decimal("0.33")]
        for name in (INVENTED, INVENTED_FLAT):
            reference["reference.incentive_scheme"].append(
                scheme(
                    name,
                    threshold_new=rng.choice([0, 1, 2, 3, 4]),
                    threshold_per_programmes=self.chance(40),
                    acquisition_needs_contribution=not self.chance(40),
                    state_paid_earns=not self.chance(50),
                    agent_share=rng.choice(shares),
                    management_rate=Decimal(rng.randrange(0, 3_000)) / 10_000,
                    minimum_agents=rng.choice([3, 6, 9]),
                    management_rate_below_minimum=Decimal("0.0111") if self.chance(50) else None,
                    agent_cap_rp=rng.choice([1_000, 20_000, 100_000]) if self.chance(50) else None,
                    months_count_from=self.day().replace(day=1) if self.chance(40) else None,
                    tax_rate=rng.choice([None, Decimal("0.025"), Decimal("0.0005")]),
                )
            )
            border = rng.choice([1, 2, 5, 12])
            end = rng.choice([None, border + 1, border + 7])
            rates = [Decimal(rng.randrange(1, 1_500)) * 2 / 10_000 for _ in range(2)]
            apart = [(3, Decimal(1)), (2, Decimal("0.5"))] if self.chance(40) else [(None, Decimal(1))]
            for programmes, part in apart:
                reference["reference.incentive_rule"] += [
                    rule(name, "contribution", programmes=programmes, month_to=border, rate=rates[0] * part),
                    rule(
                        name, "contribution", programmes=programmes, month_from=border + 1, month_to=end, rate=rates[1]
                    ),
                ]
        paid = rng.choice([(2, 3), (3,), (None,)])
        tiers = [(None, 2), (3, 5), (6, rng.choice([None, 9]))] if self.chance(50) else [(None, None)]
        reference["reference.incentive_rule"] += [
            rule(
                INVENTED,
                "acquisition",
                programmes=programmes,
                new_from=first,
                new_to=last,
                amount_rp=rng.randrange(1, 20_000),
            )
            for programmes in paid
            for first, last in tiers
        ] + [rule(INVENTED_FLAT, "acquisition_flat", amount_rp=rng.randrange(1, 600_000))]
        arrears, restarts = published()["reference.parameter"]
        reference["reference.parameter"] = [
            arrears | {"value": rng.choice([3, 3, 0, 1, 5])},
            restarts | {"value": 0 if self.chance(20) else 1},
        ]
        for rows in reference.values():
            rows[:] = [later for row in rows for later in self.made_up_terms(row)]
        return reference

    def made_up_terms(self, row: dict[str, Any]) -> Rows:
        """A row, or with luck two: other terms from a month on, or none at all before or after it."""
        may_end = row.get("scheme") in {INVENTED, INVENTED_FLAT} and "rule" not in row
        if not self.chance(80 if may_end else 15):
            return [row]
        border = self.day().replace(day=1)
        before, after = row | {"valid_to": border - timedelta(1)}, row | {"valid_from": border}
        other: dict[str, Any] = {
            "threshold_new": max(0, row.get("threshold_new", 0) + self.rng.choice([0, 0, -1, 1])),
            "agent_share": Decimal("0.8"),
            "management_rate": Decimal("0.07"),
            "management_rate_below_minimum": Decimal("0.02"),
            "agent_cap_rp": 5_000,
            "months_count_from": border,
            "amount_rp": 12_345,
            "rate": Decimal("0.12"),
            "value": self.rng.choice([0, 1]),
        }
        after |= {name: value for name, value in other.items() if row.get(name) is not None}
        return [self.rng.choice([before, after])] if may_end and self.chance(70) else [before, after]

    def made_up_agreements(self) -> list[tuple[str, date, date]]:
        """A wadah goes from scheme to scheme; an agreement begins right after the last one, late, or before its end."""
        rng, begins, made = self.rng, FIRST, []
        names = [NEW, NEW, OLD, OLD, *(row["scheme"] for row in self.reference["reference.incentive_scheme"])]
        while begins < LAST:
            ends = begins + timedelta(rng.choice([900, 3_000, 400, 30]) + rng.randrange(40))
            made.append((rng.choice(names), begins, ends))
            begins = ends + timedelta(rng.choice([1, 1, 1, 2, 45, 0, -20]))
        return made

    def make_rosters(self, agents: list[str]) -> None:
        """Agents go from wadah to wadah, away and back; every agreement stands on some roster."""
        rng = self.rng
        agreements = {(branch, wadah): self.made_up_agreements() for branch in BRANCHES for wadah in WADAHS}
        days = [date(2019, 1, 31), *sorted({self.day() for _ in range(6)})]
        for day in days:
            for branch in BRANCHES:
                if not self.chance(10):
                    self.exports.roster(branch, day, rejected=1 if self.chance(15) else 0)
        rosters = {(branch, day) for feed, branch, day in self.exports.deliveries if feed == "agents"}
        for number, agent in enumerate(agents):
            branch, wadah = BRANCHES[number % 2], WADAHS[number // 2 % 2]
            joined = FIRST if self.chance(80) else self.day(last=days[1])
            for day in days:
                branch = rng.choice(BRANCHES) if self.chance(5) else branch
                wadah = rng.choice(WADAHS) if self.chance(15) else wadah
                if (branch, day) in rosters and not self.chance(8):
                    row = roster_row(agent, wadah, rng.choice(agreements[branch, wadah]), joined_date=min(joined, day))
                    row["status"] = "NONAKTIF" if self.chance(10) else "AKTIF"
                    self.exports.send("agents", branch, day, **row)
        for (branch, wadah), made in agreements.items():
            for number, agreement in enumerate(made):
                row = roster_row(f"AB9{number:02}{wadah[-1]}{branch[0]}", wadah, agreement, status="NONAKTIF")
                self.exports.send("agents", branch, SENT[0], **row)

    def number(self, branch: str, letters: str) -> str:
        """A number of the branch's own: other branches use the same ones, and they do not grow with time."""
        self.numbers[branch] += 1
        return f"{self.rng.choice(letters)}{self.numbers[branch]:05}"

    def register(self, who: str, card: str, day: date, agent: str | None) -> None:
        branch = self.rng.choice(BRANCHES)
        row = {
            "registration_no": self.number(branch, "RS"),
            "registration_date": day,
            "participant_key": who,
            "card_key": card,
            "region_code": "5271",
            "programmes": self.rng.choice([3, 2]),
            "agent_code": agent,
        }
        self.exports.send("registrations", branch, self.rng.choice(SENT), **row)
        if self.chance(5):  # sent again, with another agent: the first one stays
            other = row | {"agent_code": self.rng.choice(self.agents)}
            self.exports.send("registrations", branch, date(2027, 1, 6), **other)

    def make_person(self, who: str) -> None:
        """Somebody's registrations and payments."""
        rng = self.rng
        day = self.day(date(2019, 1, 1), date(2025, 6, 30))
        if self.chance(60):  # many in one month, so that thresholds are reached
            day = rng.choice(self.busy_months) + timedelta(rng.randrange(28))
        agent = rng.choice(self.agents[:2]) if self.chance(60) else rng.choice([*self.agents, None])
        cards = [f"{who} a"]
        self.register(who, cards[0], day, agent)
        while self.chance(30):
            again = day if self.chance(20) else self.day(day, min(LAST, day + timedelta(1_000)))
            cards.append(rng.choice([cards[0], f"{who} b"]))
            self.register(who, cards[-1], again, rng.choice([agent, *self.agents, None]))
        if self.chance(3) and who != "p00000":  # a card that an earlier person may have
            cards.append(f"p{rng.randrange(int(who[1:])):05} a")
            self.register(who, cards[-1], self.day(), agent)
        self.make_payments(cards, day)

    def make_cohort(self, agent: str, size: int) -> None:
        """About as many new participants of one agent and month as a threshold asks for."""
        month = self.rng.choice(self.busy_months)
        for number in range(size):
            who, day = f"{agent} {number:02}", month + timedelta(self.rng.randrange(28))
            self.register(who, who, day, agent)
            for amount in [] if self.chance(1) else [36_800, -36_800] if self.chance(1) else [36_800]:
                self.pay([who], month_index(month), 1, amount, 3, "PESERTA")

    def make_payments(self, cards: list[str], since: date) -> None:
        """Month by month, with what happens: gaps, lapses, double payments, refunds, arrears, months far ahead."""
        rng = self.rng
        programmes, payer = rng.choice([3, 2]), rng.choice(["PESERTA", "PESERTA", "APBN", "APBD"])
        usual = rng.choice([1, 2, 3, 6, 12]) if self.chance(70) else 12
        faithful = self.chance(10)  # pays year after year, to the border after month 60
        at, paid = month_index(since) - (1 if self.chance(10) else 0), []
        for _ in range(7 if faithful else rng.choice([2, 5, 1, 0, 8, 12])):
            months = 12 if faithful else usual if self.chance(70) else 1 + rng.randrange(12)
            first = at
            event = rng.randrange(5 if faithful else 100)
            if paid and event >= 65:  # refund of a payment, or of other months
                self.refund(cards, *rng.choice(paid), payer)
                continue
            if paid and event >= 50:  # once more for some months that were paid
                first = rng.choice(paid)[0] + rng.choice([0, 0, 1, -1])
            else:
                if event >= 35:
                    at += rng.choice([1, 3, 4, 2, 5, 9])
                first, at = at, at + months
            worth = DISCOUNTED if first >= month_index(date(2026, 1, 1)) else WORTH
            amount = months * worth[programmes] if self.chance(85) else 12 + rng.randrange(200_000)
            paid.append((first, months, amount))
            for part in self.instalments(amount) if self.chance(20) else [amount]:
                self.pay(cards, first, months, part, programmes, payer)
                if part < amount and self.chance(15):
                    self.refund(cards, first, months, part, payer)

    def instalments(self, amount: int) -> list[int]:
        """Two or three parts that are the amount together, or with luck a rupiah less."""
        first = 1 + self.rng.randrange(amount - 2)
        rest = amount - first - (1 if self.chance(15) else 0)
        parts = [first, rest // 2, rest - rest // 2] if self.chance(50) else [first, rest]
        return [part for part in parts if part > 0]

    def refund(self, cards: list[str], first: int, months: int, amount: int, payer: str) -> None:
        kind = self.rng.randrange(5)
        if kind == 1:  # some of the money
            amount = months + self.rng.randrange(amount)
        elif kind == 2:  # one month of several
            first, months, amount = first + self.rng.randrange(months), 1, amount // months
        elif kind == 3:  # more than was paid
            amount += self.rng.randrange(50_000)
        self.pay(cards, first, months, -amount, self.rng.choice([3, 2]), payer)

    def pay(self, cards: list[str], first: int, months: int, amount: int, programmes: int, payer: str) -> None:
        """A row for the payment, around its first month; refunds and payments may meet on one day."""
        rng = self.rng
        month = month_of(first + rng.choice([0, 0, 0, 1, -1, 4]))
        day = month + timedelta(rng.choice([0, 14, 27, rng.randrange(28)]))
        branch = rng.choice(BRANCHES)
        card = rng.choice(cards) if not self.chance(3) else "nobody's"
        row = {
            "receipt_no": self.number(branch, "KAZ"),
            "card_key": card,
            "payment_date": day,
            "first_month": month_of(first),
            "months": months,
            "programmes": programmes,
            "amount_rp": amount,
            "payer": payer if not self.chance(10) else "APBD",
        }
        self.exports.send("contributions", branch, rng.choice(SENT), **row)
        if self.chance(3):  # sent again with another amount: the first one stays
            self.exports.send("contributions", branch, date(2027, 1, 6), **row | {"amount_rp": 1_000_000})
