"""What the pages of agents show: months behind each other, and why an agent earned what he earned; by code alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from reports.facts import PERIODS
from reports.read import Groups, Row, group, rows

EXPLAINED = 2
"""Months whose lines of incentive are told; the published file has three."""

_HISTORY = f"""
with earned as (
    select month, agent_code, sum(acquisition_rp) as acquisition_rp, sum(contribution_rp) as contribution_rp,
        sum(adjustment_rp) as adjustment_rp, sum(cap_rp) as cap_rp, sum(total_rp) as total_rp,
        sum(new_count) as counted, sum(contribution_basis_rp) as basis_rp
    from marts.incentive_agent_month
    where month > $month::date - interval {PERIODS} month
    group by all
)
select month, agent_code, on_duty, new_2 + new_3 as new_participants, counted, managed, active, in_arrears, lapsed,
    never_paid, active_pct, retention_3_pct, branch_rank, threshold_reached, streak,
    monev.contribution_rp as received_rp, acquisition_rp, earned.contribution_rp, adjustment_rp, cap_rp, total_rp,
    basis_rp
from marts.monev_agent_month as monev left join earned using (month, agent_code)
where month > $month::date - interval {PERIODS} month
order by agent_code, month desc
"""
_LINE = f"""
select agent_code, month, rule, rate, reason, corrects_period, count(*) as lines, sum(new_participants) as people,
    sum(amount_rp) as amount_rp
from marts.incentive_line
where agent_code is not null and month > $month::date - interval {EXPLAINED} month
group by all
order by agent_code, month desc, corrects_period nulls first, rule, reason nulls first, rate desc
"""


@dataclass(frozen=True)
class AgentFacts:
    """By agent the months, the newest first, and the lines of incentive of the last ones, added up by what they say."""

    history: Groups
    lines: Groups


def read(con: duckdb.DuckDBPyConnection, month: date | None) -> AgentFacts:
    """Reads what the pages of agents show.

    Args:
        con: a connection to the published file.
        month: the month of the report.
    """
    return AgentFacts(
        history=group(rows(con, _HISTORY, month=month), "agent_code"),
        lines=group(rows(con, _LINE, month=month), "agent_code"),
    )


def explained(found: AgentFacts, code: str) -> Iterator[Row]:
    """By month that is told: what the agent's month says, and its lines."""
    by_month = group(found.lines[code], "month")
    for month in found.history[code][:EXPLAINED]:
        if month["total_rp"] is not None:
            yield {**month, "lines": by_month[month["month"]]}
