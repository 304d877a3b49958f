"""Rosters that change what they said, gaps, renewals, late documents, closes in between: nothing is lost or moved.

Each world is one history: month after month branches deliver, correct rosters of months that are closed, and a month is
closed. The second calculation says what is right, and what only rosters have changed since the last close.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from house import needed
from models.incentive_marts import MARTS
from models.incentive_worlds import NEW, Rows, roster_row
from models.second_calculation import Incentive, Line, Rosters, incentive, month_index, month_of

from warehouse import closed, held, increment, lake, models, stamps
from warehouse.duck import transaction

# In that of seed 14 an agreement is dated back to before a payment, which a closed month gives back.
WORLDS = range(int(os.environ["PERISAI_TEST_WORLDS"])) if "PERISAI_TEST_WORLDS" in os.environ else (0, 14)
MONTHS = [date(2023, month, 1) for month in range(1, 7)]
WADAHS = {"NTB01": ("W00001", "W00002"), "STG01": ("W00003",)}
AGENTS = [f"AB{number:05}" for number in range(4)]
WHY = "disetujui kepala kantor"
Lines = dict[tuple[Any, ...], Decimal]


class History:
    """What branches send, month by month; of a branch and day the last roster counts."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.sent: dict[tuple[str, str, date], list[tuple[dict[str, Any], Rows]]] = {}
        self.people = 0
        self.receipts = 0
        self.cards: list[str] = []
        self.home = {agent: rng.choice(WADAHS["NTB01"]) for agent in AGENTS}

    def deliver(self, feed: str, branch: str, day: date, rows: Rows, rejected: int = 0) -> None:
        before = self.sent.setdefault((feed, branch, day), [])
        number = sum(map(len, self.sent.values())) + 1
        delivery_id = f"D{number:04}"
        own = {"delivery_id": delivery_id, "business_date": day, "branch_code": branch}
        said = own | {
            "feed": feed,
            "revision": len(before) + 1,
            "arrival": number,
            "file_name": delivery_id,
            "sha256": delivery_id,
            "lines": len(rows) + rejected,
            "accepted": len(rows),
            "rejected": rejected,
            "duplicates": 0,
            "judgement": "accepted",
        }
        before.append((said, [own | {"line_no": line} | row for line, row in enumerate(rows, 2)]))

    def month(self, month: date) -> None:
        """Rosters of the month, some of earlier months corrected, and documents, some of them late."""
        rng = self.rng
        for day in (1, 9, 20, 28):
            for agent in AGENTS:
                if rng.random() < 0.07:
                    self.home[agent] = rng.choice([*WADAHS["NTB01"], *WADAHS["STG01"]])
            for branch in WADAHS:
                self.roster(branch, month + timedelta(day - 1))
        earlier = sorted((branch, day) for feed, branch, day in self.sent if feed == "agents" and day < month)
        for branch, day in rng.sample(earlier, min(len(earlier), rng.choice([0, 0, 1, 2]))):
            self.roster(branch, day)
        if earlier and rng.random() < 0.2:  # one that had been left out
            self.roster(*rng.choice([(branch, day + timedelta(3)) for branch, day in earlier]))
        for branch in WADAHS:
            last = (month + timedelta(31)).replace(day=1) - timedelta(1)
            self.deliver("registrations", branch, last, [self.registration(month) for _ in range(rng.randrange(5))])
            self.deliver("contributions", branch, last, [self.payment(month) for _ in range(rng.randrange(12))])

    def roster(self, branch: str, day: date) -> None:
        rng, rows = self.rng, []
        for agent, wadah in self.home.items():
            if wadah in WADAHS[branch] and rng.random() < 0.88:
                begins = date(2022, 1, 1) if rng.random() < 0.95 else day.replace(day=1)  # renewed under its number
                row = roster_row(agent, wadah, (NEW, begins, date(2024, 12, 31)), joined_date=date(2022, 5, 1))
                status = "NONAKTIF" if rng.random() < 0.06 else "AKTIF"
                rows.append(row | {"pks_no": wadah, "status": status})
        if rows:  # one without a row that is accepted supersedes nothing
            self.deliver("agents", branch, day, rows, rejected=int(rng.random() < 0.1))

    def day_of(self, month: date) -> date:
        """A day of the month, or with luck of an earlier one."""
        late = self.rng.choice([0, 0, 0, 0, 1, 2])
        return max(MONTHS[0], month_of(month_index(month) - late)) + timedelta(self.rng.randrange(28))

    def registration(self, month: date) -> dict[str, Any]:
        if not self.cards or self.rng.random() < 0.85:
            self.people += 1
            self.cards.append(f"p{self.people}")
        who = self.cards[-1] if self.rng.random() < 0.9 else self.rng.choice(self.cards)
        self.receipts += 1
        return {
            "registration_no": f"R{self.receipts:05}",
            "registration_date": self.day_of(month),
            "participant_key": who,
            "card_key": who,
            "region_code": "5271",
            "programmes": self.rng.choice([3, 2]),
            "agent_code": self.rng.choice([*AGENTS, "AB00099", None]),
        }

    def payment(self, month: date) -> dict[str, Any]:
        self.receipts += 1
        day = self.day_of(month)
        return {
            "receipt_no": f"K{self.receipts:05}",
            "card_key": self.rng.choice(self.cards or ["nobody's"]),
            "payment_date": day,
            "first_month": month_of(month_index(day) - self.rng.choice([0, 0, 0, 1, 5])),
            "months": self.rng.choice([1, 1, 2]),
            "programmes": 3,
            "amount_rp": self.rng.choice([36_800, 36_800, 36_800, -36_800]),
            "payer": "PESERTA",
        }

    def raw(self, latest: date, rosters_of: Mapping[Any, int] | None = None) -> dict[str, Rows]:
        """The rows that count, of the last roster of each branch and day, or of those that were the last once."""
        found: dict[str, Rows] = {
            f"raw.{feed}": [] for feed in ("registrations", "contributions", "agents", "delivery")
        }
        for key, revisions in self.sent.items():
            number = len(revisions) if rosters_of is None or key[0] != "agents" else rosters_of.get(key, 0)
            if number:
                said, rows = revisions[number - 1]
                found["raw.delivery"].append(said)
                found[f"raw.{key[0]}"] += rows
        return found | {"raw.business_day": [{"business_date": latest}]}

    def rosters(self) -> dict[Any, int]:
        """How many rosters of each branch and day there are."""
        return {key: len(revisions) for key, revisions in self.sent.items() if key[0] == "agents"}


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Reference tables with a threshold that a few people reach."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for path in (Path(models.__file__).parent / "reference").glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(
            text.replace("perisai-13-2022,2022-01-01,,25,", "perisai-13-2022,2022-01-01,,2,")
        )
    return folder


class Closes:
    """A lake that is brought up to date and closed month by month.

    Attributes:
        named: By closed month the agents whom the last close named as moved by rosters or agreements.
        silent: Agents whom it named as missing or unknown.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, reference: Path, raw_tables: str) -> None:
        self.con, self.loaded = con, 0
        self.every = {model.table: model for model in needed(models.discover(), MARTS)}
        con.execute(raw_tables)
        models.build(con, reference, list(self.every.values()))
        self.kept = increment.kept(self.every)
        names = ("reference.incentive_scheme", "reference.incentive_rule", "reference.parameter")
        self.reference = {name: con.execute(f"from {name}").to_arrow_table().to_pylist() for name in names}
        self.named: dict[date, set[str]] = {}
        self.silent: set[str] = set()

    def load(self, history: History, latest: date) -> None:
        """Takes in the deliveries that came since, and brings the tables up to date."""
        rows: dict[str, Rows] = defaultdict(list, {"business_day": [{"business_date": latest}]})
        for said, content in (one for revisions in history.sent.values() for one in revisions):
            if said["arrival"] > self.loaded:
                rows["delivery"].append(said)
                rows[said["feed"]] += content
        self.loaded = sum(map(len, history.sent.values()))
        for table, new in rows.items():
            if new:
                self.con.register("given", pa.Table.from_pylist(new))
                self.con.execute(f"insert into raw.{table} by name from given")
                self.con.unregister("given")
        self.update()

    def update(self) -> None:
        with transaction(self.con):
            others = [m for m in self.every.values() if m.table not in self.kept and m.schema != "reference"]
            whole = [model for model in others if not model.is_view]
            increment.update(self.con, self.every, int(str(stamps.snapshot(self.con))), (), whole)
            stamps.write(self.con, "", "", "")

    def paid(self) -> Lines:
        """What was paid and is to be paid, the corrections with the month that they correct."""
        rows = self.con.execute(
            "select coalesce(corrects_period, period), agent_code, wadah_code, scheme, rule, participant_key,"
            " source_no, contribution_month, sum(amount_rp) from marts.incentive_line where rule <> 'management'"
            " group by all having sum(amount_rp) <> 0"
        ).fetchall()
        return {row[:-1]: row[-1] for row in rows}

    def corrected(self) -> set[tuple[date, str]]:
        """Closed months and agents that are to be corrected."""
        return set(
            self.con.execute("select distinct corrects_period, agent_code from core.incentive_adjustment").fetchall()
        )

    def close(self, period: date, latest: date) -> str:
        """Closes a month, with a reason if one is asked for; the reason."""
        said = held.found(self.con, period, self.every)
        self.named, self.silent = defaultdict(set), set()
        for sentence in said:
            agents = set(re.findall("AB[0-9]{5}", sentence))
            moved = re.match("([0-9]{4})-([0-9]{2}), other (?:rosters|agreements)", sentence)
            if moved:
                self.named[date(int(moved[1]), int(moved[2]), 1)] |= agents
            elif "counted by what rosters said" in sentence or "earn nothing" in sentence:
                self.silent |= agents
        because = WHY if said else None
        (snapshot,) = self.con.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchone() or (0,)
        rows = closed.drafted_rows(self.con, period, snapshot)
        content = closed.content_hash(self.con, rows, because)
        month = closed.Month(period, content, snapshot, latest, "", "", because, "kepala", "2024-01-01T00:00:00Z", "")
        closed.freeze(self.con, month, "test")
        return because or ""


def lines_of(said: Incentive) -> Lines:
    """What the second calculation pays, line by line."""
    found: Lines = defaultdict(Decimal)
    for line in said.lines:
        found[key_of(line)] += line.amount
    return {key: amount for key, amount in found.items() if amount}


def key_of(line: Line) -> tuple[Any, ...]:
    return (
        line.period, line.agent, line.wadah, line.scheme, line.rule, line.person, line.source_no, line.month
    )  # fmt: skip


@pytest.mark.slow
def test_what_was_frozen_and_adjusted_is_what_the_rules_say_and_rosters_move_nothing_unseen(
    reference: Path, raw_tables: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "NAMED", 100)
    seen: Counter[str] = Counter()
    for seed in WORLDS:
        spill = tmp_path / f"spill {seed}"
        with lake.open_lake("", "", tmp_path / str(seed), memory_limit="1GB", threads=1, spill=spill) as con:
            live(History(Random(seed)), Closes(con, reference, raw_tables), seen)
    assert seen["moved"]
    assert seen["corrected"]


def live(history: History, house: Closes, seen: Counter[str]) -> None:
    """Delivers and closes month after month; counts what was held in between."""
    known: dict[Any, int] = {}
    for number, month in enumerate(MONTHS):
        latest = (month + timedelta(31)).replace(day=1) - timedelta(1)
        history.month(month)
        house.load(history, latest)
        now = incentive(history.raw(latest), house.reference)
        assert house.paid() == lines_of(now), month
        as_known = lines_of(incentive(history.raw(latest, known), house.reference))
        differing = {key[:2] for key, _ in as_known.items() ^ lines_of(now).items() if key[0] in MONTHS[:number]}
        corrected = house.corrected()
        moved = differing & corrected
        missing = {
            gap[1] for gap, counts in now.gaps.items() if gap[0] == month and gap[2] == "missing" and any(counts)
        }
        because = house.close(month, latest)
        named = {(period, agent) for period, agents in house.named.items() for agent in agents}
        assert moved <= named, month
        assert missing <= house.silent, month
        assert because or not (moved or missing)
        then, today = Rosters(history.raw(latest, known)), Rosters(history.raw(latest))
        for period, agent in named:  # and nothing is asked about that no roster has changed, of it or what it refunds
            until = (period + timedelta(31)).replace(day=1)
            days = [MONTHS[0] + timedelta(day) for day in range((until - MONTHS[0]).days)]
            assert [then.on(agent, day) for day in days] != [today.on(agent, day) for day in days], month
        seen.update(moved=len(moved), missing=len(missing), corrected=len(corrected))
        known = history.rosters()
