"""An agent's month of incentive as a person would check it by hand: from the agreement to what the wadah is paid.

Everything is read from the lake's marts and core; the sum of the lines is
computed here a second time and has to equal `marts.incentive_agent_month`. perisai.explained shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import duckdb

from perisai.errors import DayFailed
from warehouse import lake, stamps
from warehouse.duck import Record, records

# Rows of the exports, as they came: also of lines that were frozen long ago, and of files that were corrected since.
_PAPER = """
paper as (
    select
        'contribution' as rule,
        delivery_id,
        branch_code,
        receipt_no as source_no,
        min(line_no) as line_no,
        min(payment_date) as payment_date,
        cast(null as date) as registration_date,
        cast(null as integer) as programmes
    from raw.contributions
    where delivery_id in (select delivery_id from wanted)
    group by delivery_id, branch_code, receipt_no
    union all
    select
        'acquisition' as rule,
        delivery_id,
        branch_code,
        registration_no as source_no,
        min(line_no) as line_no,
        null as payment_date,
        min(registration_date) as registration_date,
        min(programmes) as programmes
    from raw.registrations
    where delivery_id in (select delivery_id from wanted)
    group by delivery_id, branch_code, registration_no
)
"""
_LINES = f"""
with wanted as (
    select distinct delivery_id
    from marts.incentive_line
    where agent_code = $agent and period = $period
),
{_PAPER}
select
    line.rule,
    line.wadah_code,
    line.scheme,
    replace(cast(line.participant_key as varchar), '-', '') as participant_key,
    coalesce(acquisition.registration_date, paper.registration_date) as registration_date,
    coalesce(acquisition.programmes, paper.programmes) as programmes,
    acquisition.counted,
    acquisition.agent_month_place as place,
    coalesce(paid.payment_date, paper.payment_date) as payment_date,
    line.contribution_month,
    line.contribution_month_no,
    paid.received_rp,
    line.basis_rp,
    line.rate,
    line.agent_share,
    line.amount_rp,
    case
        when line.reason = 'no_contribution_yet' and account.total_rp <= 0 then 'contribution_given_back'
        else line.reason
    end as reason,
    line.new_participants,
    line.source_branch_code,
    line.source_no,
    delivery.file_name,
    paper.line_no as file_line,
    line.delivery_id,
    line.corrects_period,
    case
        when line.corrects_period is not null then 'adjustment'
        when line.rule = 'cap' then 'cap'
        when line.rule <> 'contribution' then 'acquisition'
        when line.basis_rp < 0 or paid.is_refund then 'refund'
        else 'contribution'
    end as part
from marts.incentive_line as line
left join core.acquisition
    on line.participant_key = acquisition.participant_key and line.rule = 'acquisition'
left join core.account
    on line.participant_key = account.participant_key
left join core.contribution_month as paid
    on
        line.rule = 'contribution'
        and line.delivery_id = paid.delivery_id
        and line.source_no = paid.receipt_no
        and line.contribution_month = paid.contribution_month
left join raw.delivery
    on line.delivery_id = delivery.delivery_id
left join paper
    on
        line.rule = paper.rule
        and line.delivery_id = paper.delivery_id
        and line.source_branch_code = paper.branch_code
        and line.source_no = paper.source_no
where line.agent_code = $agent and line.period = $period
order by
    corrects_period, wadah_code, scheme, rate desc, reason nulls first, payment_date, source_no,
    contribution_month, line.participant_key
"""
_AGREEMENTS = """
select distinct
    agent.branch_code,
    agent.wadah_code,
    agreement.pks_no,
    agreement.valid_from,
    agreement.valid_to - 1 as valid_to,
    agreement.scheme
from core.agent
inner join core.wadah_agreement as spell
    on
        agent.branch_code = spell.branch_code
        and agent.wadah_code = spell.wadah_code
        and spell.valid_from < coalesce(agent.valid_to, date '9999-12-31')
        and spell.valid_to > agent.valid_from
inner join core.agreement
    on
        spell.branch_code = agreement.branch_code
        and spell.wadah_code = agreement.wadah_code
        and spell.pks_no = agreement.pks_no
where
    agent.agent_code = $agent
    and greatest(agent.valid_from, spell.valid_from) < $period + interval 1 month
    and least(agent.valid_to, spell.valid_to) > $period
order by all
"""
_FLAT_PEOPLE = f"""
with wanted as (
    select distinct delivery_id
    from core.acquisition
    where agent_code = $agent and period = $period
),
{_PAPER}
select
    replace(cast(acquisition.participant_key as varchar), '-', '') as participant_key,
    acquisition.registration_date,
    acquisition.programmes,
    acquisition.counted,
    acquisition.scheme,
    acquisition.branch_code as source_branch_code,
    acquisition.registration_no as source_no,
    delivery.file_name,
    paper.line_no as file_line
from core.acquisition
left join raw.delivery
    on acquisition.delivery_id = delivery.delivery_id
left join paper
    on
        paper.rule = 'acquisition'
        and acquisition.delivery_id = paper.delivery_id
        and acquisition.branch_code = paper.branch_code
        and acquisition.registration_no = paper.source_no
where acquisition.agent_code = $agent and acquisition.period = $period and acquisition.counted
order by acquisition.registration_date, acquisition.registration_no
"""
_AGENT_MONTH = "from marts.incentive_agent_month where agent_code = $agent and period = $period order by all"
_WADAH_MONTH = """
from marts.incentive_wadah_month
where period = $period and (wadah_code, scheme) in (
    select (wadah_code, scheme) from marts.incentive_agent_month where agent_code = $agent and period = $period
)
order by wadah_code, scheme
"""


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
    given = {"agent": agent_code, "period": period}
    lines = records(con, _LINES, given)
    if not lines:
        raise DayFailed(_nothing(con, agent_code, period))
    found = Explanation(
        agent_code=agent_code,
        period=period,
        as_of=lake.last_day(con),
        agreements=records(con, _AGREEMENTS, given),
        schemes=_schemes(con, {line["scheme"] for line in lines}, period),
        lines=lines,
        flat_people=records(con, _FLAT_PEOPLE, given) if any(x["rule"] == "acquisition_flat" for x in lines) else [],
        agent_month=records(con, _AGENT_MONTH, given),
        wadah_month=records(con, _WADAH_MONTH, given),
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
