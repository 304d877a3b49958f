"""The borders of the incentive's rules, each as a small story with its lines. See docs/incentives.md for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from models.incentive_marts import IncentiveMarts
from models.incentive_worlds import NEW, OLD, SENT, Exports, Rows, published, roster_row, rule, scheme
from models.second_calculation import Incentive, Line, WadahTotal

FOREVER = ("2019-01-01", "2026-12-31")
Event = Callable[["Story", "Teller"], None]


@dataclass(frozen=True)
class Story:
    """What happens in a place of its own, with branches, wadahs W1 and W2, agents A and B, people p, q, …

    Attributes:
        name: What it shows.
        events: Registrations, payments and refunds, in any order.
        lines: The lines that come of it: period, receipt, month, agent, wadah, number, basis, rate, amount, reason.
        months: Only lines for these contribution months are compared, if given.
        wadahs: Agreements as wadah, scheme, first and last day.
        moves: Rosters as day, agent and wadah.
    """

    name: str
    events: list[Event]
    lines: list[str]
    months: tuple[str, ...] = ()
    wadahs: list[tuple[str, str, str, str]] = field(
        default_factory=lambda: [("W1", NEW, *FOREVER), ("W2", NEW, *FOREVER)]
    )
    moves: list[tuple[str, str, str]] = field(default_factory=list)


class Teller:
    """Makes raw rows of stories; every story has branches, wadahs, agents and people of its own."""

    def __init__(self) -> None:
        self.exports = Exports()
        self.place = 0
        self.numbers = 0

    def tell(self, story: Story) -> None:
        self.place += 1
        self.numbers = 0
        terms = {}
        for wadah, named, begins, ends in story.wadahs:
            terms[wadah] = named, date.fromisoformat(begins), date.fromisoformat(ends)
            self.roster(f"X {wadah} {begins}", wadah, terms[wadah], SENT[0])
        works = {"A": "W1", "B": "W1"}
        for day, agent, wadah in [("2019-01-31", "A", "W1"), *story.moves]:
            works[agent] = wadah
            for other, its in works.items():
                self.roster(other, its, terms[its], date.fromisoformat(day))
        for agent, wadah in works.items():
            self.roster(agent, wadah, terms[wadah], SENT[0])
        for event in story.events:
            event(story, self)

    def own(self, name: str) -> str:
        return f"{self.place:03} {name}"

    def roster(self, agent: str, wadah: str, terms: tuple[str, date, date], day: date) -> None:
        row = roster_row(self.own(agent), self.own(wadah), terms)
        self.exports.send("agents", self.own("home"), day, **row)


def reg(
    day: str, agent: str | None = "A", who: str = "p", card: str = "", branch: str = "home", programmes: int = 3
) -> Event:
    """A registration."""

    def happens(_: Story, teller: Teller) -> None:
        teller.numbers += 1
        row = {
            "registration_no": f"R{teller.numbers:03}",
            "registration_date": date.fromisoformat(day),
            "participant_key": teller.own(who),
            "card_key": teller.own(card or who),
            "programmes": programmes,
            "agent_code": agent and teller.own(agent),
        }
        teller.exports.send("registrations", teller.own(branch), SENT[0], **row)

    return happens


def pay(
    first: str,
    months: int = 1,
    rp: int = 0,
    on: str = "",
    card: str = "p",
    no: str = "",
    branch: str = "home",
    programmes: int = 3,
    payer: str = "PESERTA",
) -> Event:
    """A payment, by default of the smallest contribution on the 10th of the first month; a refund if negative."""

    def happens(_: Story, teller: Teller) -> None:
        teller.numbers += 1
        row = {
            "receipt_no": no or f"K{teller.numbers}",
            "card_key": teller.own(card),
            "payment_date": date.fromisoformat(on or f"{first}-10"),
            "first_month": date.fromisoformat(f"{first}-01"),
            "months": months,
            "programmes": programmes,
            "amount_rp": rp or months * 36_800,
            "payer": payer,
        }
        teller.exports.send("contributions", teller.own(branch), SENT[0], **row)

    return happens


STORIES = [
    Story(
        "month 24 earns 15 %, month 25 earns 5 %",
        [reg("2021-01-05"), pay("2021-01", 12), pay("2022-01", 12), pay("2023-01", 2)],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2022-01 K3 2022-12 A W1 24 36800 0.15 5520 -",
            "2023-01 K4 2023-01 A W1 25 36800 0.05 1840 -",
        ],
        months=("2021-01", "2022-12", "2023-01"),
    ),
    Story(
        "month 60 earns 5 %, month 61 nothing",
        [reg("2020-01-05"), *(pay(f"{year}-01", 12) for year in range(2020, 2026))],
        ["2024-01 K6 2024-12 A W1 60 36800 0.05 1840 -", "2025-01 K7 2025-01 A W1 61 36800 - 0 after_last_month"],
        months=("2024-12", "2025-01"),
    ),
    Story(
        "the old scheme pays nine tenths of 7.5 % for ever",
        [reg("2020-01-05"), *(pay(f"{year}-01", 12) for year in range(2020, 2026))],
        ["2020-01 K2 2020-01 A W1 1 36800 0.075 2484 -", "2025-01 K7 2025-01 A W1 61 36800 0.075 2484 -"],
        months=("2020-01", "2025-01"),
        wadahs=[("W1", OLD, *FOREVER)],
    ),
    Story(
        "three unpaid months are arrears: the count goes on",
        [reg("2021-01-05"), pay("2021-01"), pay("2021-05")],
        ["2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -", "2021-05 K3 2021-05 A W1 2 36800 0.15 5520 -"],
    ),
    Story(
        "four unpaid months are a lapse: the count begins anew, and arrears paid later do not undo it",
        [reg("2021-01-05"), pay("2021-01"), pay("2021-06"), pay("2021-02", 4, on="2021-07-10")],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-06 K3 2021-06 A W1 1 36800 0.15 5520 -",
            "2021-07 K4 2021-02 A W1 2 36800 0.15 5520 -",
            "2021-07 K4 2021-03 A W1 3 36800 0.15 5520 -",
            "2021-07 K4 2021-04 A W1 4 36800 0.15 5520 -",
            "2021-07 K4 2021-05 A W1 5 36800 0.15 5520 -",
        ],
    ),
    Story(
        "a short payment inside a long one does not shorten what is covered",
        [reg("2021-01-05"), pay("2021-01", 12), pay("2021-03", on="2021-02-01"), pay("2022-04")],
        ["2022-04 K4 2022-04 A W1 13 36800 0.15 5520 -"],
        months=("2022-04",),
    ),
    Story(
        "a refund is no return from a lapse, and what it covers is not covered",
        [reg("2021-01-05"), pay("2021-01"), pay("2021-09", rp=-36_800), pay("2021-05"), pay("2021-09")],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-05 K4 2021-05 A W1 2 36800 0.15 5520 -",
            "2021-09 K3 2021-09 A W1 - 0 - 0 refund_of_uncounted",
            "2021-09 K5 2021-09 A W1 - 0 - 0 given_back_before",
        ],
    ),
    Story(
        "the order of payment numbers the months, not the calendar",
        [
            reg("2021-01-05"),
            pay("2021-03", on="2021-04-10"),
            pay("2021-02", on="2021-04-11"),
            pay("2021-01", no="A1", on="2021-04-10"),
        ],
        [
            "2021-04 A1 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-04 K2 2021-03 A W1 2 36800 0.15 5520 -",
            "2021-04 K3 2021-02 A W1 3 36800 0.15 5520 -",
        ],
    ),
    Story(
        "a month earns once",
        [reg("2021-01-05"), pay("2021-01"), pay("2021-01", 2, on="2021-01-20")],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-01 K3 2021-01 A W1 - 0 - 0 month_already_counted",
            "2021-01 K3 2021-02 A W1 2 36800 0.15 5520 -",
        ],
    ),
    Story(
        "discounted contributions earn on what was received",
        [reg("2026-01-05"), pay("2026-01", rp=28_400), pay("2026-02", rp=8_400, programmes=2)],
        ["2026-01 K2 2026-01 A W1 1 28400 0.15 4260 -", "2026-02 K3 2026-02 A W1 2 8400 0.15 1260 -"],
    ),
    Story(
        "the last month takes what remains, of a refund too",
        [reg("2021-01-05"), pay("2021-01", 3, rp=100_000), pay("2021-01", 3, rp=-100_000, on="2021-02-10")],
        [
            "2021-01 K2 2021-01 A W1 1 33333 0.15 4999.95 -",
            "2021-01 K2 2021-02 A W1 2 33333 0.15 4999.95 -",
            "2021-01 K2 2021-03 A W1 3 33334 0.15 5000.1 -",
            "2021-02 K3 2021-01 A W1 1 -33333 0.15 -4999.95 -",
            "2021-02 K3 2021-02 A W1 2 -33333 0.15 -4999.95 -",
            "2021-02 K3 2021-03 A W1 3 -33334 0.15 -5000.1 -",
        ],
    ),
    Story(
        "a month begins to count with the instalment that makes it whole, on all of them, for its agent and day",
        [
            reg("2022-01-05"),
            pay("2022-01", rp=10_000),
            pay("2022-01", rp=6_799, on="2022-02-10"),
            reg("2022-03-01", "B"),
            pay("2022-01", rp=1, on="2022-03-10"),
            pay("2022-01", rp=20_000, on="2022-04-10"),
        ],
        [
            "2022-01 K2 2022-01 A W1 - 0 - 0 month_not_whole_yet",
            "2022-02 K3 2022-01 A W1 - 0 - 0 month_not_whole_yet",
            "2022-03 K5 2022-01 B W1 1 16800 0.15 2520 -",
            "2022-04 K6 2022-01 B W1 - 0 - 0 month_already_counted",
        ],
    ),
    Story(
        "an instalment that is given back before the month is whole had not counted",
        [
            reg("2022-01-05"),
            pay("2022-01", rp=16_000),
            pay("2022-01", rp=-800, on="2022-02-10"),
            pay("2022-01", rp=1_599, on="2022-03-10"),
            pay("2022-02", on="2022-03-10"),
            pay("2022-01", rp=1, on="2022-03-11"),
        ],
        [
            "2022-01 K2 2022-01 A W1 - 0 - 0 month_not_whole_yet",
            "2022-02 K3 2022-01 A W1 - 0 - 0 refund_of_uncounted",
            "2022-03 K4 2022-01 A W1 - 0 - 0 month_not_whole_yet",
            "2022-03 K5 2022-02 A W1 1 36800 0.15 5520 -",
            "2022-03 K6 2022-01 A W1 2 16800 0.15 2520 -",
        ],
    ),
    Story(
        "a whole month stays so until nothing is left of it, and has to be whole again after that",
        [
            reg("2022-01-05"),
            pay("2022-01", rp=20_000),
            pay("2022-01", rp=-19_999, on="2022-02-10"),
            pay("2022-01", rp=5_000, on="2022-03-10"),
            pay("2022-01", rp=-5_001, on="2022-04-10"),
            pay("2022-01", rp=5_000, on="2022-05-10"),
            pay("2022-01", rp=-1_000, on="2022-05-11"),
            pay("2022-01", rp=12_800, on="2022-06-10"),
        ],
        [
            "2022-01 K2 2022-01 A W1 1 20000 0.15 3000 -",
            "2022-02 K3 2022-01 A W1 1 -19999 0.15 -2999.85 -",
            "2022-03 K4 2022-01 A W1 1 5000 0.15 750 -",
            "2022-04 K5 2022-01 A W1 1 -5001 0.15 -750.15 -",
            "2022-05 K6 2022-01 A W1 - 0 - 0 month_not_whole_yet",
            "2022-05 K7 2022-01 A W1 - 0 - 0 refund_of_uncounted",
            "2022-06 K8 2022-01 A W1 1 16800 0.15 2520 -",
        ],
    ),
    Story(
        "what was given back before leaves as much room for later payments",
        [
            reg("2021-01-05"),
            pay("2021-01", rp=-10_000),
            pay("2021-01", on="2021-02-10"),
            pay("2021-01", rp=12_000, on="2021-03-10"),
        ],
        [
            "2021-01 K2 2021-01 A W1 - 0 - 0 refund_of_uncounted",
            "2021-02 K3 2021-01 A W1 1 26800 0.15 4020 -",
            "2021-03 K4 2021-01 A W1 1 10000 0.15 1500 -",
        ],
    ),
    Story(
        "the smallest amount is that of the month that is paid for",
        [
            reg("2020-07-05"),
            pay("2020-07", rp=168, programmes=2),
            pay("2020-08", rp=168, programmes=2),
            pay("2020-09", rp=167, programmes=2),
            pay("2021-02", rp=16_799, programmes=2),
            pay("2021-03", rp=16_800, programmes=2),
        ],
        [
            "2020-07 K2 2020-07 A W1 - 0 - 0 month_not_whole_yet",
            "2020-08 K3 2020-08 A W1 1 168 0.15 25.2 -",
            "2020-09 K4 2020-09 A W1 - 0 - 0 month_not_whole_yet",
            "2021-02 K5 2021-02 A W1 - 0 - 0 month_not_whole_yet",
            "2021-03 K6 2021-03 A W1 1 16800 0.15 2520 -",
        ],
    ),
    Story(
        "a payment over the border of a discount is whole, since it is spread evenly",
        [
            reg("2025-11-05"),
            pay("2025-12", 3, rp=33_600, programmes=2),
            reg("2025-11-05", who="q"),
            pay("2025-12", 3, rp=33_593, programmes=2, card="q"),
        ],
        [
            *(
                f"2025-12 K2 {month} A W1 {n} 11200 0.15 1680 -"
                for n, month in enumerate(["2025-12", "2026-01", "2026-02"], 1)
            ),
            "2025-12 K4 2025-12 A W1 - 0 - 0 month_not_whole_yet",
            "2025-12 K4 2026-01 A W1 1 11197 0.15 1679.55 -",
            "2025-12 K4 2026-02 A W1 2 11199 0.15 1679.85 -",
        ],
    ),
    Story(
        "two instalments for three months are whole, though some rupiah are missing where they are spread",
        [reg("2022-01-05"), pay("2022-01", 3, rp=30_200), pay("2022-01", 3, rp=20_200, on="2022-02-10")],
        [
            *(f"2022-01 K2 2022-0{n} A W1 - 0 - 0 month_not_whole_yet" for n in (1, 2, 3)),
            *(f"2022-02 K3 2022-0{n} A W1 {n} 16799 0.15 2519.85 -" for n in (1, 2)),
            "2022-02 K3 2022-03 A W1 3 16802 0.15 2520.3 -",
        ],
    ),
    Story(
        "a rupiah is a payment, but no month",
        [
            reg("2021-01-05"),
            pay("2021-01", 2, rp=1),
            pay("2021-01", 2, rp=-1, on="2021-02-10"),
            pay("2021-07"),
            pay("2021-12", rp=1),
        ],
        [
            "2021-01 K2 2021-01 A W1 - 0 - 0 nothing_received",
            "2021-01 K2 2021-02 A W1 - 0 - 0 month_not_whole_yet",
            "2021-02 K3 2021-01 A W1 - 0 - 0 refund_of_uncounted",
            "2021-02 K3 2021-02 A W1 - 0 - 0 refund_of_uncounted",
            "2021-07 K4 2021-07 A W1 1 36800 0.15 5520 -",
            "2021-12 K5 2021-12 A W1 - 0 - 0 month_not_whole_yet",
        ],
    ),
    Story(
        "a month that was paid back and is paid again keeps its number",
        [
            reg("2021-01-05"),
            pay("2021-01"),
            pay("2021-02"),
            pay("2021-01", rp=-36_800, on="2021-03-10"),
            pay("2021-01", on="2021-03-11"),
            pay("2021-03", on="2021-03-12"),
        ],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-02 K3 2021-02 A W1 2 36800 0.15 5520 -",
            "2021-03 K4 2021-01 A W1 1 -36800 0.15 -5520 -",
            "2021-03 K5 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-03 K6 2021-03 A W1 3 36800 0.15 5520 -",
        ],
    ),
    Story(
        "a refund takes back what did not count first",
        [
            reg("2021-01-05"),
            pay("2021-01", rp=36_800),
            pay("2021-01", rp=20_000, on="2021-02-10"),
            pay("2021-01", rp=-15_000, on="2021-03-10"),
            pay("2021-01", rp=-15_000, on="2021-04-10"),
            pay("2021-01", rp=-26_801, on="2021-05-10"),
        ],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-02 K3 2021-01 A W1 - 0 - 0 month_already_counted",
            "2021-03 K4 2021-01 A W1 - 0 - 0 refund_of_uncounted",
            "2021-04 K5 2021-01 A W1 1 -10000 0.15 -1500 -",
            "2021-05 K6 2021-01 A W1 1 -26800 0.15 -4020 -",
        ],
    ),
    Story(
        "what was paid back in part and is paid again counts again",
        [
            reg("2021-01-05"),
            pay("2021-01"),
            pay("2021-01", rp=-10_000, on="2021-02-10"),
            pay("2021-01", rp=1, on="2021-03-10"),
            pay("2021-01", rp=15_000, on="2021-04-10"),
        ],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-02 K3 2021-01 A W1 1 -10000 0.15 -1500 -",
            "2021-03 K4 2021-01 A W1 1 1 0.15 0.15 -",
            "2021-04 K5 2021-01 A W1 1 9999 0.15 1499.85 -",
        ],
    ),
    Story(
        "a refund that comes before its payment",
        [
            reg("2021-01-05"),
            pay("2021-01", rp=-20_000, on="2021-01-06"),
            pay("2021-01", on="2021-01-10"),
            pay("2021-01", on="2021-01-11"),
        ],
        [
            "2021-01 K2 2021-01 A W1 - 0 - 0 refund_of_uncounted",
            "2021-01 K3 2021-01 A W1 1 16800 0.15 2520 -",
            "2021-01 K4 2021-01 A W1 1 20000 0.15 3000 -",
        ],
    ),
    Story(
        "a refund is charged to the agent who had earned, in the month of the refund",
        [
            reg("2021-01-05"),
            pay("2021-01"),
            reg("2021-02-01", "B", branch="away"),
            pay("2021-02"),
            pay("2021-01", rp=-36_800, on="2021-03-10", payer="APBD", programmes=2),
            pay("2021-01", on="2021-04-10"),
        ],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-02 K4 2021-02 B W1 1 36800 0.15 5520 -",
            "2021-03 K5 2021-01 A W1 1 -36800 0.15 -5520 -",
            "2021-04 K6 2021-01 B W1 2 36800 0.15 5520 -",
        ],
    ),
    Story(
        "who comes back to an agent goes on where it stood",
        [
            reg("2021-01-05"),
            pay("2021-01"),
            reg("2021-02-01", "B"),
            pay("2021-02", on="2021-02-01"),
            reg("2021-03-01", "A"),
            pay("2021-03"),
            reg("2021-04-01", "A"),
            pay("2021-04"),
            reg("2021-05-01", None),
            pay("2021-05"),
        ],
        [
            "2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-02 K4 2021-02 B W1 1 36800 0.15 5520 -",
            "2021-03 K6 2021-03 A W1 2 36800 0.15 5520 -",
            "2021-04 K8 2021-04 A W1 3 36800 0.15 5520 -",
        ],
    ),
    Story(
        "of several registrations on one day the last one manages",
        [reg("2021-01-05", "A"), reg("2021-01-05", "B"), pay("2021-01", on="2021-01-05")],
        ["2021-01 K3 2021-01 B W1 1 36800 0.15 5520 -"],
    ),
    Story(
        "two cards of a person in two branches are one person",
        [
            reg("2021-01-05"),
            reg("2021-01-06", card="second", branch="away"),
            pay("2021-01"),
            pay("2021-01", card="second", branch="away"),
            pay("2021-02", card="second", branch="away"),
        ],
        [
            "2021-01 K3 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-01 K4 2021-01 A W1 - 0 - 0 month_already_counted",
            "2021-02 K5 2021-02 A W1 2 36800 0.15 5520 -",
        ],
    ),
    Story(
        "the same receipt number in two branches is two payments, in the order of the branches",
        [
            reg("2021-01-05"),
            pay("2021-07", no="K", branch="home", on="2021-01-10"),
            pay("2021-01", no="K", branch="away"),
        ],
        ["2021-01 K 2021-01 A W1 1 36800 0.15 5520 -", "2021-01 K 2021-07 A W1 2 36800 0.15 5520 -"],
    ),
    Story(
        "a payment for an unknown card is nobody's",
        [reg("2021-01-05"), pay("2021-01", card="unknown"), pay("2021-02")],
        ["2021-02 K3 2021-02 A W1 1 36800 0.15 5520 -"],
    ),
    Story(
        "a payment from before the first registration has no agent, but the month is paid",
        [pay("2021-01", on="2021-01-04"), reg("2021-01-05"), pay("2021-01", 2, on="2021-01-05")],
        ["2021-01 K3 2021-01 A W1 - 0 - 0 month_already_counted", "2021-01 K3 2021-02 A W1 1 36800 0.15 5520 -"],
    ),
    Story(
        "an agent moves to another wadah: the roster's day is the first one there",
        [reg("2021-01-05"), pay("2021-02", on="2021-03-09"), pay("2021-03", on="2021-03-10")],
        ["2021-03 K2 2021-02 A W1 1 36800 0.15 5520 -", "2021-03 K3 2021-03 A W2 2 36800 0.15 5520 -"],
        moves=[("2021-03-10", "A", "W2")],
    ),
    Story(
        "a wadah changes scheme: both the last and the first day are in force",
        [reg("2021-01-05"), pay("2021-12", on="2021-12-31"), pay("2022-01", on="2022-01-01")],
        ["2021-12 K2 2021-12 A W1 1 36800 0.075 2484 -", "2022-01 K3 2022-01 A W1 2 36800 0.15 5520 -"],
        wadahs=[("W1", OLD, "2019-01-01", "2021-12-31"), ("W1", NEW, "2022-01-01", "2026-12-31")],
    ),
    Story(
        "between two agreements nothing is earned, but the number counts on",
        [
            reg("2021-01-05"),
            pay("2021-01", on="2021-06-30"),
            pay("2021-02", on="2021-07-01"),
            pay("2021-02", on="2021-07-01"),
            pay("2021-03", on="2021-07-31"),
            pay("2021-04", on="2021-08-01"),
        ],
        [
            "2021-06 K2 2021-01 A W1 1 36800 0.15 5520 -",
            "2021-07 K3 2021-02 A W1 2 36800 - 0 no_agreement",
            "2021-07 K4 2021-02 A W1 - 0 - 0 no_agreement",
            "2021-07 K5 2021-03 A W1 3 36800 - 0 no_agreement",
            "2021-08 K6 2021-04 A W1 4 36800 0.15 5520 -",
        ],
        wadahs=[("W1", NEW, "2019-01-01", "2021-06-30"), ("W1", NEW, "2021-08-01", "2026-12-31")],
    ),
    Story(
        "of two agreements in force the one that began later holds, and the other again after it",
        [
            reg("2021-01-05"),
            pay("2021-01", on="2021-04-30"),
            pay("2021-02", on="2021-05-01"),
            pay("2021-03", on="2021-05-31"),
            pay("2021-04", on="2021-06-01"),
        ],
        [
            "2021-04 K2 2021-01 A W1 1 36800 0.075 2484 -",
            "2021-05 K3 2021-02 A W1 2 36800 0.15 5520 -",
            "2021-05 K4 2021-03 A W1 3 36800 0.15 5520 -",
            "2021-06 K5 2021-04 A W1 4 36800 0.075 2484 -",
        ],
        wadahs=[("W1", OLD, *FOREVER), ("W1", NEW, "2021-05-01", "2021-05-31")],
    ),
    Story(
        "an agent's month is rounded once, half up, and so that its wadahs add up",
        [
            reg("2021-01-05"),
            pay("2020-12", rp=170, on="2021-03-09"),
            pay("2021-01", rp=170, on="2021-03-10"),
            pay("2020-12", rp=-170, on="2021-04-10"),
        ],
        [
            "2021-03 K2 2020-12 A W1 1 170 0.15 25.5 -",
            "2021-03 K3 2021-01 A W2 2 170 0.15 25.5 -",
            "2021-04 K4 2020-12 A W1 1 -170 0.15 -25.5 -",
        ],
        moves=[("2021-03-10", "A", "W2")],
    ),
    Story(
        "what the state pays earns too",
        [reg("2021-01-05"), pay("2021-01", payer="APBN"), pay("2021-02", payer="APBD")],
        ["2021-01 K2 2021-01 A W1 1 36800 0.15 5520 -", "2021-02 K3 2021-02 A W1 2 36800 0.15 5520 -"],
    ),
]


def crowd(size: int, day: str, agent: str = "A", paid: bool = True, programmes: int = 3, first: int = 0) -> list[Event]:
    """New participants of one day, each of whom pays at once."""
    who = [f"{day} {programmes} {number}" for number in range(first, first + size)]
    payments = [pay(day[:7], on=day, card=one) for one in who if paid]
    return [*(reg(day, agent, one, programmes=programmes) for one in who), *payments]


@dataclass(frozen=True)
class Month:
    """A month of agent A: how many registered, and what the acquisitions earn.

    Attributes:
        name: What it shows.
        events: What happens.
        earned: Reasons, `-` where it earns, with how many lines and rupiah.
        wadahs: See Story; likewise moves.
    """

    name: str
    events: list[Event]
    earned: dict[str, tuple[int, int]]
    wadahs: list[tuple[str, str, str, str]] = field(
        default_factory=lambda: [("W1", NEW, *FOREVER), ("W2", NEW, *FOREVER)]
    )
    moves: list[tuple[str, str, str]] = field(default_factory=list)


MONTHS = [
    Month("24 are too few", crowd(24, "2023-09-30"), {"below_threshold": (24, 0)}),
    Month("25 are enough", crowd(25, "2023-09-01"), {"-": (25, 375_000)}),
    Month("26 earn for 26", crowd(26, "2023-09-30"), {"-": (26, 390_000)}),
    Month(
        "those of the next day are of the next month",
        [*crowd(24, "2023-09-30"), *crowd(1, "2023-10-01")],
        {"below_threshold": (25, 0)},
    ),
    Month(
        "2 and 3 programmes count together",
        [*crowd(12, "2023-09-05"), *crowd(13, "2023-09-05", programmes=2)],
        {"-": (25, 310_000)},
    ),
    Month(
        "who has not paid does not count",
        [*crowd(24, "2023-09-05"), *crowd(1, "2023-09-06", paid=False)],
        {"below_threshold": (24, 0), "no_contribution_yet": (1, 0)},
    ),
    Month(
        "who got everything back does not count",
        [*crowd(25, "2023-09-05"), pay("2023-09", rp=-36_800, on="2024-01-10", card="2023-09-05 3 7")],
        {"below_threshold": (24, 0), "no_contribution_yet": (1, 0)},
    ),
    Month(
        "who got back all but the smallest contribution counts, and the payment may come much later",
        [
            *crowd(24, "2023-09-05"),
            *crowd(1, "2023-09-06", paid=False),
            pay("2024-06", card="2023-09-06 3 0"),
            pay("2024-06", rp=-20_000, card="2023-09-06 3 0"),
        ],
        {"-": (25, 375_000)},
    ),
    Month(
        "who got back a rupiah more does not, and one who paid a rupiah does not either",
        [
            *crowd(24, "2023-09-05"),
            *crowd(1, "2023-09-06", paid=False),
            pay("2024-06", card="2023-09-06 3 0"),
            pay("2024-06", rp=-20_001, card="2023-09-06 3 0"),
            *crowd(1, "2023-09-07", paid=False),
            pay("2023-09", rp=1, card="2023-09-07 3 0"),
        ],
        {"below_threshold": (24, 0), "no_contribution_yet": (2, 0)},
    ),
    Month(
        "instalments count when they are a contribution together",
        [
            *crowd(24, "2023-09-05"),
            *crowd(1, "2023-09-06", paid=False),
            pay("2023-09", rp=16_799, card="2023-09-06 3 0"),
            pay("2023-09", rp=1, on="2023-11-10", card="2023-09-06 3 0"),
        ],
        {"-": (25, 375_000)},
    ),
    Month(
        "only the first registration anywhere acquires",
        [
            *crowd(24, "2023-09-05"),
            reg("2023-09-04", "B", "old", branch="away"),
            reg("2023-09-05", "A", "old"),
            pay("2023-09", card="old"),
        ],
        {"below_threshold": (24, 0)},
    ),
    Month(
        "of two registrations on one day the first number acquires",
        [
            *crowd(24, "2023-09-05"),
            reg("2023-09-05", "A", "new"),
            reg("2023-09-05", "B", "new"),
            pay("2023-09", card="new"),
        ],
        {"-": (25, 375_000)},
    ),
    Month(
        "the threshold counts over all wadahs of the agent",
        [*crowd(12, "2023-09-14"), *crowd(13, "2023-09-15")],
        {"-": (25, 375_000)},
        moves=[("2023-09-15", "A", "W2")],
    ),
    Month(
        "registrations while no agreement is in force do not count",
        [*crowd(1, "2023-09-14"), *crowd(24, "2023-09-15")],
        {"no_agreement": (1, 0), "below_threshold": (24, 0)},
        wadahs=[("W1", NEW, "2023-09-15", "2026-12-31")],
    ),
    Month(
        "49 are too few for the old scheme",
        crowd(49, "2021-09-05"),
        {"below_threshold": (1, 0)},
        [("W1", OLD, *FOREVER)],
    ),
    Month("50 earn the flat amount", crowd(50, "2021-09-05"), {"-": (1, 450_000)}, [("W1", OLD, *FOREVER)]),
    Month("51 earn no more", crowd(51, "2021-09-05"), {"-": (1, 450_000)}, [("W1", OLD, *FOREVER)]),
]


@pytest.fixture(scope="module")
def built(raw_tables: str) -> Iterator[IncentiveMarts]:
    one = IncentiveMarts(raw_tables)
    yield one
    one.con.close()


def all_stories() -> dict[str, Rows]:
    """Raw tables in which every story happens."""
    teller = Teller()
    for story in [*STORIES, *MONTHS]:
        teller.tell(story)
    return teller.exports.tables()


@pytest.fixture(scope="module")
def told(built: IncentiveMarts) -> Incentive:
    """All stories in one build, under the rules that the project's reference tables state."""
    assert built.differences(all_stories(), built.rules) == []
    return built.said()


def short(value: Any) -> str:
    """As the stories write it."""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
    return "-" if value is None else f"{value:%Y-%m}" if isinstance(value, date) else str(value).split(" ", 1)[-1]


def as_told(line: Line) -> str:
    columns = (line.period, line.source_no, line.month, line.agent, line.wadah)
    return " ".join(map(short, (*columns, line.number, line.basis, line.rate, line.amount, line.reason)))


@pytest.mark.parametrize("place", range(len(STORIES)), ids=[story.name for story in STORIES])
def test_contributions(told: Incentive, place: int) -> None:
    story = STORIES[place]
    own = [line for line in told.lines if line.agent.startswith(f"{place + 1:03} ") and line.rule == "contribution"]
    lines = [as_told(line) for line in own if not story.months or short(line.month) in story.months]
    assert sorted(lines) == sorted(story.lines)


@pytest.mark.parametrize("place", range(len(MONTHS)), ids=[month.name for month in MONTHS])
def test_acquisitions(told: Incentive, place: int) -> None:
    agent = f"{len(STORIES) + place + 1:03} A"
    earned: dict[str, tuple[int, int]] = {}
    for line in told.lines:
        if line.agent == agent and line.rule != "contribution":
            count, rupiah = earned.get(short(line.reason), (0, 0))
            earned[short(line.reason)] = count + 1, rupiah + int(line.amount)
    assert earned == MONTHS[place].earned


def test_an_agents_month_is_rounded_once(told: Incentive) -> None:
    place = next(n for n, story in enumerate(STORIES, 1) if story.name.startswith("an agent's month is rounded"))
    rows = {
        (key[0].month, short(key[2])): total.total
        for key, total in told.agents.items()
        if key[1] == f"{place:03} A" and key[0].month > 1
    }
    assert rows == {(3, "W1"): 26, (3, "W2"): 25, (4, "W1"): -26}


def test_a_scheme_that_nobody_has_thought_of_is_a_set_of_rows(built: IncentiveMarts) -> None:
    """Another threshold and share, one amount for all, rates by programmes, tax, nothing for what the state pays."""
    tenth = Decimal("0.1")
    reference = {
        "reference.incentive_scheme": [
            scheme(
                "other",
                threshold_new=2,
                acquisition_needs_contribution=False,
                state_paid_earns=False,
                agent_share=Decimal("0.8"),
                management_rate=Decimal("0.25"),
                tax_rate=Decimal("0.025"),
            )
        ],
        "reference.incentive_rule": [
            rule("other", "acquisition", amount_rp=12_000),
            rule("other", "contribution", programmes=3, month_to=2, rate=2 * tenth),
            rule("other", "contribution", programmes=3, month_from=3, rate=tenth**2),
            rule("other", "contribution", programmes=2, month_to=2, rate=tenth),
            rule("other", "contribution", programmes=2, month_from=3, month_to=4, rate=tenth / 20),
        ],
        "reference.parameter": published()["reference.parameter"],
    }
    teller = Teller()
    events = [
        reg("2021-01-05", who="p"),
        reg("2021-01-05", who="q", programmes=2),
        reg("2021-02-05", who="r"),
        pay("2021-01", 3, rp=300_000),
        pay("2021-02", 5, rp=100_000, programmes=2, card="q"),
        pay("2021-04", payer="APBN"),
        pay("2021-04", rp=-36_800, on="2021-05-10", programmes=2),
    ]
    teller.tell(Story("", events, [], wadahs=[("W1", "other", *FOREVER)]))
    said = built.marts(teller.exports.tables(), reference)
    assert sorted(map(as_told, said.lines)) == [
        "2021-01 K4 2021-01 A W1 1 100000 0.2 16000 -",
        "2021-01 K4 2021-02 A W1 2 100000 0.2 16000 -",
        "2021-01 K4 2021-03 A W1 3 100000 0.01 800 -",
        "2021-01 R001 - A W1 - - - 9600 -",
        "2021-01 R002 - A W1 - - - 9600 -",
        "2021-02 K5 2021-02 A W1 1 20000 0.1 1600 -",
        "2021-02 K5 2021-03 A W1 2 20000 0.1 1600 -",
        "2021-02 K5 2021-04 A W1 3 20000 0.005 80 -",
        "2021-02 K5 2021-05 A W1 4 20000 0.005 80 -",
        "2021-02 K5 2021-06 A W1 5 20000 - 0 after_last_month",
        "2021-02 R003 - A W1 - - - 0 below_threshold",
        "2021-04 K6 2021-04 A W1 4 36800 - 0 state_paid",
        "2021-05 K7 2021-04 A W1 4 -36800 - 0 state_paid",
    ]
    totals = {key[0].month: total for key, total in said.wadahs.items() if total.payable}
    assert totals == {1: WadahTotal(52_000, 16_250, 68_250, 1_706), 2: WadahTotal(3_360, 1_050, 4_410, 110)}
