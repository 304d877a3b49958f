"""An agent's month of incentive as a person would check it by hand: from the agreement to what the wadah is paid.

Everything is read from the lake's marts and core, by the queries of ``explain.sql``; the sum of the lines is computed
here a second time and has to equal `marts.incentive_agent_month`. perisai.explained shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb

from perisai.errors import DayFailed
from warehouse import lake, stamps
from warehouse.duck import Record, records, run


@dataclass(frozen=True)
class Explanation:
    """What an agent earned in a month, and why.

    Attributes:
        agent_code: the agent.
        period: the month, its first day.
        as_of: last business date that the warehouse has run; a closed month does not follow it.
        agreements: agreements (PKS) that the agent worked under in the month.
        schemes: their schemes and those of the lines, each with its rules and citations; of a closed month as they
            were when it was closed.
        lines: every line of the agent and month; ``part`` is acquisition, contribution, refund, cap or adjustment.
            Branch, number, file and line in it lead to the export; null for a flat acquisition and a cap. ``place`` is
            that of a new participant in the month, as it is now.
        flat_people: who counts where a scheme pays acquisitions flat, and one line stands for them all.
        agent_month: rows of the mart of agents, which add up to the total.
        wadah_month: rows of the mart of wadahs that these enter.
    """

    agent_code: str
    period: date
    as_of: date | None
    agreements: list[Record]
    schemes: list[Record]
    lines: list[Record]
    flat_people: list[Record]
    agent_month: list[Record]
    wadah_month: list[Record]

    @property
    def exact_rp(self) -> Decimal:
        """The sum of the lines before rounding."""
        return sum_of(self.lines)

    @property
    def total_rp(self) -> int:
        """The sum of the lines, rounded half up once."""
        return int(self.exact_rp.quantize(Decimal(1), ROUND_HALF_UP))


def explain(con: duckdb.DuckDBPyConnection, agent_code: str, period: date) -> Explanation:
    """Collects an agent's month.

    Raises:
        DayFailed: nothing is built, nobody knows the agent, the month has no line, or the lines do not add up to
            what the mart says.
    """
    if stamps.stamp(con) is None:
        raise DayFailed("no marts are built yet; run `perisai load` and `perisai marts`")
    run(con, Path(__file__).with_suffix(".sql"), agent=agent_code, period=period)
    lines = records(con, "from temp.agent_lines")
    if not lines:
        raise DayFailed(_nothing(con, agent_code, period))
    found = Explanation(
        agent_code=agent_code,
        period=period,
        as_of=lake.last_day(con),
        agreements=records(con, "from temp.agent_agreements"),
        schemes=_schemes(con, {line["scheme"] for line in lines}, period),
        lines=lines,
        flat_people=records(con, "from temp.agent_people")
        if any(x["rule"] == "acquisition_flat" for x in lines)
        else [],
        agent_month=records(con, "from temp.agent_month"),
        wadah_month=records(con, "from temp.agent_wadahs"),
    )
    said = sum(row["total_rp"] for row in found.agent_month)
    if said != found.total_rp:
        raise DayFailed(
            f"the lines of {agent_code} in {period:%Y-%m} add up to Rp {found.total_rp:,}, but"
            f" marts.incentive_agent_month says Rp {said:,}; run `perisai marts`, and report it if that does not help"
        )
    return found


def _nothing(con: duckdb.DuckDBPyConnection, agent_code: str, period: date) -> str:
    """Why there is no line."""
    query = "select distinct period from marts.incentive_line where agent_code = $agent order by period"
    months = [row["period"] for row in records(con, query, {"agent": agent_code})]
    if months:
        return f"{agent_code} has no line in {period:%Y-%m}; it has lines from {months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    if records(con, "from core.agent where agent_code = $agent limit 1", {"agent": agent_code}):
        return f"{agent_code} has no line in any month: no new participant and no contribution"
    return f"{agent_code} is not known: it stands on no roster, and no registration names it first"


def _schemes(con: duckdb.DuckDBPyConnection, names: set[str | None], period: date) -> list[Record]:
    """The schemes of some lines as they were: of a closed month those of its snapshot, which a rebuilt lake has not."""
    closed = con.execute("select snapshot_id from closed.month where period = ?", [period]).fetchone()
    then = f"at (version => {int(closed[0])})" if closed and closed[0] is not None else ""
    schemes, rules = (
        _in_force(con, f"reference.{name} {then}", period) for name in ("incentive_scheme", "incentive_rule")
    )
    return [
        scheme | {"rules": [rule for rule in rules if rule["scheme"] == scheme["scheme"]]}
        for scheme in schemes
        if scheme["scheme"] in names
    ]


def _in_force(con: duckdb.DuckDBPyConnection, table: str, period: date) -> list[Record]:
    """Rows of a reference table in a month; all of them, as of the time before rules had dates."""
    dated = "valid_from" in {row[0] for row in con.execute(f"describe (from {table})").fetchall()}
    where = f"where valid_from <= date '{period}' and coalesce(valid_to >= date '{period}', true)" if dated else ""
    return records(con, f"from {table} {where} order by all")


def sum_of(lines: Sequence[Record]) -> Decimal:
    """What lines come to, before rounding."""
    return sum((line["amount_rp"] for line in lines), Decimal(0))
