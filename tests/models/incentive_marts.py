"""The incentive as the marts state it, built from raw rows, beside what the second calculation says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pyarrow as pa
from models.incentive_worlds import Rows
from models.second_calculation import AgentTotal, Incentive, Line, WadahTotal, incentive, rounded

MARTS = ("marts.incentive_line", "marts.incentive_agent_month", "marts.incentive_wadah_month")


@contextmanager
def incentive_warehouse(one: Any) -> Iterator[Any]:
    """A warehouse for many worlds, one after the other, with the models that the incentive needs and no other."""
    needed: set[str] = set()
    more = set(MARTS)
    while more:
        needed |= more
        more = {table for name in more if name in one.models for table in one.models[name].inputs} - needed
    one.models = {name: model for name, model in one.models.items() if name in needed}
    for table in one.template:
        if table in one.reference or table.startswith("raw."):
            one.put(table, one.reference.get(table, []))
    for schema in {name.split(".")[0] for name in one.models}:
        one.con.execute(f"create schema if not exists {schema}")
    one.con.execute("set threads = 1")  # the tables are small
    yield one
    one.con.close()


def fill(warehouse: Any, table: str, rows: Rows) -> None:
    """As `put`, fast for many rows."""
    warehouse.put(table, [])
    if rows:
        columns = {name: [row.get(name) for row in rows] for name, _ in warehouse.template[table]}
        given = pa.table({name: values for name, values in columns.items() if any(v is not None for v in values)})
        warehouse.con.register("given", given)
        warehouse.con.execute(f"insert into {table} by name from given")
        warehouse.con.unregister("given")


def marts(warehouse: Any, raw: dict[str, Rows], reference: dict[str, Rows]) -> Incentive:
    """What the models say."""
    for table, rows in (raw | reference).items():
        fill(warehouse, table, rows)
    for name, model in warehouse.models.items():
        if name not in warehouse.reference:
            kind = "view" if model.is_view else "table"
            warehouse.con.execute(f"create or replace {kind} {name} as {model.sql}")  # without the comments of a build
    lines = warehouse.query(
        "select period, agent_code, wadah_code, scheme, rule, participant_key, source_no, contribution_month, "
        "contribution_month_no, basis_rp, rate, amount_rp, reason from marts.incentive_line where rule <> 'management'"
    )
    agents = warehouse.query(
        "select period, agent_code, wadah_code, scheme, total_rp, gross_rp from marts.incentive_agent_month"
    )
    wadahs = warehouse.query(
        "select period, wadah_code, scheme, agents_total_rp, management_rp, payable_rp, tax_rp "
        "from marts.incentive_wadah_month"
    )
    return Incentive(
        [Line(*row) for row in lines],
        {row[:4]: AgentTotal(*row[4:]) for row in agents},
        {row[:3]: WadahTotal(*row[3:]) for row in wadahs},
    )


def differences(warehouse: Any, raw: dict[str, Rows], reference: dict[str, Rows]) -> list[str]:
    """What only one of the two says; nothing if they agree."""
    return compared(warehouse, marts(warehouse, raw, reference), incentive(raw, reference))


def compared(warehouse: Any, theirs: Incentive, ours: Incentive) -> list[str]:
    """What only one of the two says, and sums of the marts that are not the sums of their lines."""
    only_theirs, only_ours = Counter(theirs.lines) - Counter(ours.lines), Counter(ours.lines) - Counter(theirs.lines)
    found = sums_that_differ(theirs) + management_that_differs(warehouse)
    found += [f"only the marts: {line}" for line in only_theirs] + [f"only the rules: {line}" for line in only_ours]
    # a wadah without any line of a month has a row of zeros in the mart
    wadahs = {key: total for key, total in theirs.wadahs.items() if key in ours.wadahs or total.payable}
    places = [(theirs.agents, ours.agents), (wadahs, ours.wadahs)]
    for marts_say, rules_say in places:
        for key in sorted(marts_say.keys() | rules_say.keys(), key=str):
            if marts_say.get(key) != rules_say.get(key):
                found.append(f"{key}: the marts say {marts_say.get(key)}, the rules {rules_say.get(key)}")
    return found


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


def management_that_differs(warehouse: Any) -> list[str]:
    """A wadah's own incentive is a line like any other."""
    rows = warehouse.query(
        """
        select period, wadah_code, scheme, management_rp, round(coalesce(sum(line.amount_rp), 0)) as lines_rp
        from marts.incentive_wadah_month
        left join (from marts.incentive_line where rule = 'management') as line using (period, wadah_code, scheme)
        group by all
        having management_rp <> lines_rp
        """
    )
    return [f"management {row[:3]}: {row[3]}, its lines {row[4]}" for row in rows]
