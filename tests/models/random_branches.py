"""Random deliveries of two branches, for what has to hold whatever comes in whatever order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

BRANCHES = ("NTB01", "STG01")
AGENTS = ("AB00001", "AB00002", "AB00003")
SCHEMES = ("perisai-13-2022", "pre-2022")


class Branches:
    """Random deliveries of two branches, day by day: everything that has ever gone wrong, often."""

    def __init__(self, seed: int, persons: int) -> None:
        self.random = random.Random(seed)
        self.persons = persons
        self.arrival = 0
        self.receipts: list[tuple[str, str]] = []
        self.paid: list[dict[str, Any]] = []
        self.again = random.Random(seed)
        self.numbers: list[tuple[str, str]] = []
        self.unpaid: dict[str, int] = {}
        self.feeds = (
            ("agents", self.roster),
            ("registrations", self.people),
            ("contributions", self.money),
            ("claims", self.claims),
        )

    def day(self, con: duckdb.DuckDBPyConnection, day: date) -> None:
        """Adds the raw rows of one run."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for branch in BRANCHES:
            for feed, make in self.feeds:
                if self.random.random() < 0.15:
                    continue
                dated = day - timedelta(days=self.random.choice((0, 0, 0, 0, 1, 2, 40)))
                self._deliver(con, rows, branch, feed, dated, list(make(branch, dated)))
        for feed, listed in rows.items():
            self._insert(con, feed, listed)
        con.execute("insert into raw.business_day values (?)", [day])

    def _deliver(self, con, rows, branch: str, feed: str, day: date, content: list[dict[str, Any]]) -> None:
        self.arrival += 1
        earlier = "select count(*) from raw.delivery where branch_code = ? and feed = ? and business_date = ?"
        (before,) = con.execute(earlier, [branch, feed, day]).fetchone()
        accepted = self.random.random() < 0.95
        delivery = {
            "delivery_id": f"D{self.arrival:05d}",
            "branch_code": branch,
            "feed": feed,
            "business_date": day,
            "revision": before + 1,
            "arrival": self.arrival,
            "file_name": f"{branch}_{feed}_{day}_r{before + 1}.csv",
            "sha256": f"{self.arrival}",
            "lines": len(content),
            "accepted": len(content) if accepted else 0,
            "rejected": 0 if accepted else len(content),
            "duplicates": 0,
            "judgement": "accepted" if accepted else "refused",
        }
        self._insert(con, "delivery", [delivery])
        if accepted:
            own = {"delivery_id": delivery["delivery_id"], "business_date": day, "branch_code": branch}
            rows.setdefault(feed, []).extend(own | {"line_no": n} | row for n, row in enumerate(content, 1))

    def _insert(self, con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            con.register("given", pa.Table.from_pylist(rows))
            con.execute(f"insert into raw.{table} by name from given")
            con.unregister("given")

    def roster(self, branch: str, day: date) -> Iterator[dict[str, Any]]:
        for agent in AGENTS:
            if self.random.random() < 0.9:
                wadah = self.random.choice(("W00001", "W00001", "W00001", "W00002"))
                since = self.random.choice((date(2022, 1, 1), date(2022, 1, 1), date(2023, 2, 10)))
                until = self.random.choice((date(2025, 12, 31), date(2025, 12, 31), date(2023, 3, 15)))
                yield {
                    "agent_code": agent,
                    "region_code": "5271",
                    "joined_date": date(2022, 1, 1),
                    "status": self.random.choice(("AKTIF", "AKTIF", "NONAKTIF")),
                    "wadah_code": wadah,
                    "wadah_name": wadah,
                    "pks_no": f"{wadah} {since}",
                    "scheme": SCHEMES[since.year == 2023],
                    "pks_from": since,
                    "pks_to": until if wadah == "W00001" else date(2023, 1, 4),
                }

    def people(self, branch: str, day: date) -> Iterator[dict[str, Any]]:
        for _ in range(self.random.randint(0, 6)):
            person = self.random.randrange(self.persons)
            number = (branch, f"R{len(self.numbers):05d}")
            if self.numbers and self.random.random() < 0.1:
                number = (branch, self.random.choice(self.numbers)[1])
            self.numbers.append(number)
            yield {
                "registration_no": number[1],
                "registration_date": day - timedelta(days=self.random.choice((0, 0, 1, 30))),
                "participant_key": f"person {person}",
                "card_key": f"card {person} {self.random.choice((0, 0, 0, 1))}",
                "region_code": self.random.choice(("5271", "7271")),
                "programmes": self.random.choice((2, 3)),
                "agent_code": self.random.choice((*AGENTS, None)),
                "occupation_key": self.random.choice(("Pedagang", "Ojek", None)),
                "name_key": self.name(person),
                "namesake_key": self.again.choice((None, f"{person // 4}", f"{person // 4}")),
                "phone_key": self.again.choice((None, f"{person // 2}", f"{person}")),
            }

    def name(self, person: int) -> str | None:
        """Usually the person's own."""
        return self.again.choice((f"name {person}", f"name {person}", f"{person} otherwise", "another name", None))

    def money(self, branch: str, day: date) -> Iterator[dict[str, Any]]:
        for _ in range(self.random.randint(0, 14)):
            number = f"K{len(self.receipts):05d}"
            if self.receipts and self.random.random() < 0.05:
                number = self.random.choice(self.receipts)[1]
            self.receipts.append((branch, number))
            months = self.random.choice((1, 1, 1, 2, 3, 7))
            person = self.random.randrange(self.persons)
            card = f"card {person} {self.random.choice((0, 0, 0, 0, 0, 1))}"
            odd = self.random.random() < 0.15
            first = self.unpaid.get(card, 2023 * 12)
            self.unpaid[card] = first + months + self.random.choice((0, 0, 0, 3, 4))
            if odd:
                first = 2023 * 12 + self.random.randint(-3, 6)
            self.paid.append({
                "receipt_no": number,
                "card_key": card,
                "payment_date": day - timedelta(days=self.random.choice((0, 0, 0, 1, 3))),
                "first_month": date(first // 12, first % 12 + 1, 1),
                "months": months,
                "programmes": 3,
                "amount_rp": self.random.choice((36_800, -36_800, -10_000) if odd else (36_800, 36_801)) * months,
                "payer": self.random.choice(("PESERTA", "APBD")),
                "name_key": self.name(person),
            })  # fmt: skip
            yield self.paid[-1]
            if self.again.random() < 0.1:  # an earlier payment under another number, perhaps of another branch
                yield self.again.choice(self.paid) | {"receipt_no": f"S{len(self.paid):05d}"}

    def claims(self, branch: str, day: date) -> Iterator[dict[str, Any]]:
        for _ in range(self.random.randint(0, 4)):
            person = self.random.randrange(self.persons + 5)
            yield {
                "claim_no": f"C{self.random.randrange(20)}",
                "card_key": f"card {person} {self.random.choice((0, 0, 0, 1))}",
                "programme": "JKM",
                "benefit": "SANTUNAN_KEMATIAN",
                "status": self.random.choice(("Diajukan", "Ditetapkan", "Dibayarkan")),
                "submitted_date": day,
                "status_date": day - timedelta(days=self.random.choice((0, 0, 1, 30))),
                "amount_rp": self.random.choice((42_000_000, 10_000_000)),
                "name_key": self.name(person),
            }
