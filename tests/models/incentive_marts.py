"""The incentive as the marts state it, built from raw rows, beside what the second calculation says."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from house import needed
from models.incentive_worlds import ALWAYS, Rows, published
from models.second_calculation import AgentTotal, Incentive, Line, WadahTotal, incentive, rounded

from warehouse import models

MARTS = (
    "marts.incentive_line", "marts.incentive_agent_month", "marts.incentive_wadah_month", "marts.roster_gap",
    "marts.contradiction",
)  # fmt: skip


class IncentiveMarts:
    """A database in memory for many worlds, one after the other, with the models that the incentive needs.

    Attributes:
        con: The database.
        models: The models between raw or reference tables and the marts, in the order of building.
        rules: The project's reference tables of the incentive, with every scheme in force on every day.
    """

    def __init__(self, raw_tables: str) -> None:
        chain = needed(models.discover(), MARTS)
        self.con = duckdb.connect(config={"threads": 1})  # the tables are small
        self.con.execute(raw_tables)
        models.build(self.con, models.MODELS.parent / "reference", chain)
        self.models = [model for model in chain if model.schema != "reference"]
        self.rules = {table: self.con.execute(f"from {table}").to_arrow_table().to_pylist() for table in published()}
        for table in ("reference.incentive_scheme", "reference.incentive_rule"):
            self.rules[table] = [row | {"valid_from": ALWAYS, "valid_to": None} for row in self.rules[table]]

    def query(self, sql: str) -> list[Any]:
        """Rows of a query."""
        return self.con.execute(sql).fetchall()

    def load(self, tables: dict[str, Rows]) -> None:
        """Rows of raw and reference tables, in the place of those before."""
        for table, rows in tables.items():
            self.con.execute(f"truncate {table}")
            names = {name for row in rows for name, value in row.items() if value is not None}
            if names:
                given = pa.table({name: [row.get(name) for row in rows] for name in sorted(names)})
                self.con.register("given", given)
                self.con.execute(f"insert into {table} by name from given")
                self.con.unregister("given")

    def build(self, first: str = "") -> None:
        """Builds the models, without the comments of a build; if one is named, it and what may depend on it."""
        names = [model.table for model in self.models]
        for model in self.models[names.index(first) if first else 0 :]:
            kind = "view" if model.is_view else "table"
            self.con.execute(f"create or replace {kind} {model.table} as {model.sql}")

    def marts(self, raw: dict[str, Rows], reference: dict[str, Rows]) -> Incentive:
        """What the models say about a world."""
        self.load(raw | reference)
        self.build()
        return self.said()

    def differences(self, raw: dict[str, Rows], reference: dict[str, Rows]) -> list[str]:
        """What only one of the two says about a world; nothing if they agree."""
        self.load(raw | reference)
        self.build()
        return self.compared(incentive(raw, reference))

    def said(self) -> Incentive:
        """What stands in the marts."""
        lines = self.query(
            "select period, agent_code, wadah_code, scheme, rule, participant_key, source_no, contribution_month, "
            "contribution_month_no, basis_rp, rate, amount_rp, reason "
            "from marts.incentive_line where rule <> 'management'"
        )
        agents = self.query(
            "select period, agent_code, wadah_code, scheme, total_rp, gross_rp from marts.incentive_agent_month"
        )
        wadahs = self.query(
            "select period, wadah_code, scheme, agents_total_rp, management_rp, payable_rp, tax_rp "
            "from marts.incentive_wadah_month"
        )
        gaps = self.query(
            "select period, agent_code, kind, branch_code, from_date, to_date, wadah_code, new_participants, payments "
            "from marts.roster_gap"
        )
        return Incentive(
            [Line(*row) for row in lines],
            {row[:4]: AgentTotal(*row[4:]) for row in agents},
            {row[:3]: WadahTotal(*row[3:]) for row in wadahs},
            {row[:7]: row[7:] for row in gaps},
        )

    def compared(self, ours: Incentive) -> list[str]:
        """What only one of the two says, and sums of the marts that are not the sums of their lines."""
        theirs = self.said()
        only_theirs, only_ours = (
            Counter(theirs.lines) - Counter(ours.lines),
            Counter(ours.lines) - Counter(theirs.lines),
        )
        found = [f"only the marts: {line}" for line in only_theirs] + [f"only the rules: {line}" for line in only_ours]
        # a wadah without any line of a month has a row of zeros in the mart
        wadahs = {key: total for key, total in theirs.wadahs.items() if key in ours.wadahs or total.payable != 0}
        places = [(theirs.agents, ours.agents), (wadahs, ours.wadahs), (theirs.gaps, ours.gaps)]
        for marts_say, rules_say in places:
            for key in sorted(marts_say.keys() | rules_say.keys(), key=str):
                if marts_say.get(key) != rules_say.get(key):
                    found.append(f"{key}: the marts say {marts_say.get(key)}, the rules {rules_say.get(key)}")
        return found or [*sums_that_differ(theirs), *self.management_that_differs()]

    def management_that_differs(self) -> list[str]:
        """A wadah's own incentive is a line like any other."""
        rows = self.query(
            """
            select period, wadah_code, scheme, management_rp, round(coalesce(sum(line.amount_rp), 0)) as lines_rp
            from marts.incentive_wadah_month
            left join (from marts.incentive_line where rule = 'management') as line using (period, wadah_code, scheme)
            group by all
            having management_rp <> lines_rp
            """
        )
        return [f"management {row[:3]}: {row[3]}, its lines {row[4]}" for row in rows]


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
