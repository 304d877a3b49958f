"""What a close needs a reason for: silent or doubled rosters, deliveries and rules in doubt, months before the first.

A payment that comes late corrects a closed month as a matter of course: the document says so. A roster or a reference
row that is changed says it of many documents at once, and may be a slip. What these move is held until a person
decides. What was known at the last close is what its snapshot of the lake holds. Likewise silence is not zero: an
agent who is missing from a roster earns by what was said before (marts.roster_gap), once somebody has looked at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb

from expectations.wording import counted
from warehouse.duck import records

# Days of closed months of which an agent's branch, wadah or scheme is another than was known at the last close. A
# refund goes by the day of the payment that it gives back, which may lie in an earlier month.
_MOVED = """
with correction as (
    select
        corrects_period,
        agent_code,
        sum(least(amount_rp, 0)) as back_rp,
        sum(greatest(amount_rp, 0)) as paid_rp
    from core.incentive_adjustment
    group by corrects_period, agent_code
),

day as (
    select
        corrects_period,
        agent_code,
        cast(unnest(generate_series(
            corrects_period, corrects_period + interval 1 month - interval 1 day, interval 1 day
        )) as date) as day
    from correction
    union
    select
        correction.corrects_period,
        correction.agent_code,
        line.earned_date as day
    from correction
    inner join core.contribution_month as line
        on correction.agent_code = line.agent_code and correction.corrects_period = line.period
),

fact as (
    {facts}
),

changed as (
    select
        corrects_period,
        agent_code,
        case when count(distinct (branch_code, wadah_code)) > 1 then 'roster' else 'agreement' end as cause
    from fact
    group by corrects_period, agent_code, day
    having count(distinct (branch_code, wadah_code, scheme)) > 1
),

cause as (
    select
        corrects_period,
        agent_code,
        max(cause) as cause  -- a roster, where some days have one and others an agreement
    from changed
    group by corrects_period, agent_code
    union
    select
        corrects_period,
        agent_code,
        'rules' as cause
    from correction
    where list_contains($other_rules, corrects_period)
)

select
    corrects_period as period,
    cause.cause,
    cast(sum(back_rp) as decimal(20, 0)) as back_rp,
    cast(sum(paid_rp) as decimal(20, 0)) as paid_rp,
    list_sort(list(agent_code)) as agents
from correction
inner join cause using (corrects_period, agent_code)
group by corrects_period, cause.cause
order by all
"""
_FACTS = """
    select
        day.corrects_period,
        day.agent_code,
        day.day,
        coalesce(agent.branch_code, '') as branch_code,
        coalesce(agent.wadah_code, '') as wadah_code,
        coalesce(agreement.scheme, '') as scheme
    from day
    left join (from core.agent {version}) as agent
        on
            day.agent_code = agent.agent_code
            and day.day >= agent.valid_from
            and (agent.valid_to is null or day.day < agent.valid_to)
    left join (from core.wadah_agreement {version}) as agreement
        on
            agent.branch_code = agreement.branch_code
            and agent.wadah_code = agreement.wadah_code
            and day.day >= agreement.valid_from
            and (agreement.valid_to is null or day.day < agreement.valid_to)
"""
# All that corrects closed months, where nothing is left of what was known when they were closed.
_CORRECTED = """
select
    corrects_period as period,
    cast(sum(least(amount_rp, 0)) as decimal(20, 0)) as back_rp,
    cast(sum(greatest(amount_rp, 0)) as decimal(20, 0)) as paid_rp,
    list_sort(list(distinct agent_code)) as agents
from core.incentive_adjustment
where $months is null or list_contains($months, corrects_period)
group by corrects_period
order by corrects_period
"""
# Agents of whom rosters are silent: those missing from them, where that is new or something relies on it, and those
# unknown. What was there in the month before was looked at when that was closed, but money that goes on is not asked
# for once and for all.
_SILENT = """
select
    kind,
    cast(sum(new_participants) as bigint) as new_participants,
    cast(sum(payments) as bigint) as payments,
    list(
        agent_code || case kind when 'missing' then ' (' || branch_code || ' since ' || from_date || ')' else '' end
        order by agent_code, from_date
    ) as agents
from marts.roster_gap as gap
where period = $period
    and (
        (kind = 'missing' and new_participants + payments > 0)
        or not exists (
            from ({known}) as known
            where gap.agent_code = known.agent_code and gap.kind = known.kind
                and (gap.kind = 'unknown' or gap.from_date = known.from_date)
        )
    )
group by kind
order by kind
"""
_SILENCE = {
    "missing": "are counted by what rosters said of their agents before, since later ones lack them",
    "unknown": "earn nothing, since no roster had said anything of their agents",
}
# What the months before the first one that is closed come to.
_EARLIER = """
select count(distinct period) as months, min(period) as first_month, cast(sum(payable_rp) as bigint) as payable_rp
from marts.incentive_wadah_month
where period < $period and payable_rp <> 0 and not exists (from closed.month)
having count(*) > 0
"""
# What rosters of one day of the month say in two ways: which branch an agent is of, and what an agreement is. One of
# them is taken by an order (see core.agent and core.agreement), which nobody has to accept unseen.
_TWICE = """
with roster as (
    select agents.*
    from raw.agents
    inner join core.delivery using (delivery_id)
    where delivery.effective and agents.business_date >= $period
        and agents.business_date < $period + interval 1 month
),

twice as (
    select 'agent' as what, agent_code as name
    from roster
    group by agent_code, business_date
    having count(distinct branch_code) > 1
    union
    select 'agreement' as what, pks_no as name
    from roster
    group by branch_code, pks_no, business_date
    having count(distinct (wadah_code, scheme, pks_from, pks_to)) > 1
)

select what, list_sort(list(name)) as names
from twice
group by what
order by what
"""
_TWO_THINGS = {
    "agent": "agents that stand on the rosters of two branches on one day",
    "agreement": "agreements (PKS) of which the rosters of one day say two things (wadah, scheme, first or last day)",
}
# Deliveries of which many rows contradict what others say of the same payments, persons or agents: whatever is wrong,
# somebody earns by it. They are asked about in each month that the rows or the file are of.
_CONTRADICTING = """
select kind, cast(sum(row_count) as bigint) as rows, list(branch_code || ' ' || business_date order by all) as files
from marts.contradiction
where is_holding and from_date < $period + interval 1 month and greatest(to_date, business_date) >= $period
group by kind
order by kind
"""
# Tables of a schema that the lake had in a snapshot.
_THERE = """
select schema_name || '.' || table_name
from __ducklake_metadata_lake.ducklake_table as found
inner join __ducklake_metadata_lake.ducklake_schema as schema on found.schema_id = schema.schema_id
where found.begin_snapshot <= $snapshot and coalesce(found.end_snapshot > $snapshot, true)
"""
CAUSES = {"roster": "rosters", "agreement": "agreements (PKS)", "rules": "rules or parameters"}
_WHY = "other {cause} than at the last close"
NAMED = 5  # agents or agreements


def found(con: duckdb.DuckDBPyConnection, period: date, inputs: Iterable[str]) -> list[str]:
    """What is to be decided before the earliest open month is drafted, in words; agents by code.

    Args:
        con: a connection to the lake whose models are up to date.
        period: the month, its first day.
        inputs: tables that incentives are computed from; the reference tables among them that cite what they follow are
            the rules.
    """
    (last,) = con.execute("select max_by(snapshot_id, period) from closed.month").fetchone() or (None,)
    said = [
        f"{counted(row['new_participants'], 'new participant', 'new participants')} and"
        f" {counted(row['payments'], 'payment', 'payments')} of {period:%Y-%m}"
        f" {_SILENCE[row['kind']]}: {_named(row['agents'])}"
        for row in records(con, _SILENT.format(known=_known_gaps(con, last)), {"period": period})
    ]
    said += [
        f"{period:%Y-%m} has {_TWO_THINGS[row['what']]}: {_named(row['names'])}"
        for row in records(con, _TWICE, {"period": period})
    ]
    said += [
        f"it would be the first month that is closed, and what came before it,"
        f" {counted(row['months'], 'month', 'months')} from {row['first_month']:%Y-%m} on, comes to"
        f" Rp {row['payable_rp']:,}: it would never be frozen, paid or corrected here. If it was settled elsewhere, say"
        f" so as the reason; if not, close {row['first_month']:%Y-%m} first"
        for row in records(con, _EARLIER, {"period": period})
    ]
    said += [
        f"{counted(row['rows'], 'row contradicts', 'rows contradict')} other deliveries ({row['kind']},"
        f" marts.contradiction): {_named(row['files'])}"
        for row in records(con, _CONTRADICTING, {"period": period})
    ]
    if last is None:  # no month is closed, or the lake was rebuilt since
        why, moved = "and the lake was rebuilt since the last close", records(con, _CORRECTED, {"months": None})
    else:
        then = f"at (version => {int(last)})"
        facts = "    union all\n".join(_FACTS.format(version=version) for version in ("", then))
        why = _WHY
        moved = records(con, _MOVED.format(facts=facts), {"other_rules": _other_rules(con, inputs, int(last))})
    return said + [_said(row, why) for row in moved]


def _said(row: dict[str, Any], why: str) -> str:
    return (
        f"{row['period']:%Y-%m}, {why.format(cause=CAUSES.get(row.get('cause', '')))}:"
        f" Rp {-int(row['back_rp']):,} taken back and Rp {int(row['paid_rp']):,} paid, agents {_named(row['agents'])}"
    )


def by_rules(con: duckdb.DuckDBPyConnection, inputs: Iterable[str]) -> dict[str, str]:
    """Closed months that other rules than at the last close would move: each in words, by month and rows of rules.

    Args:
        con: a connection to the lake whose models are up to date.
        inputs: as in ``found``.
    """
    (last,) = con.execute("select max_by(snapshot_id, period) from closed.month").fetchone() or (None,)
    months = _other_rules(con, tables := sorted(inputs), int(last)) if last is not None else []
    if not months:
        return {}
    rules = [table for table in tables if table.startswith("reference.")]
    hashes = [con.execute(f"select bit_xor(hash(whole_row)) from {table} as whole_row").fetchone() for table in rules]
    now = hashlib.sha256(repr(hashes).encode()).hexdigest()[:12]
    return {
        f"{row['period']:%Y-%m} {now}": _said(row | {"cause": "rules"}, _WHY)
        for row in records(con, _CORRECTED, {"months": months})
    }


def _named(codes: list[str]) -> str:
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return ", ".join(codes[:NAMED]) + more


def _known_gaps(con: duckdb.DuckDBPyConnection, snapshot: int | None) -> str:
    """SQL of the last closed month's rows of marts.roster_gap as they were when it was closed; none if nobody knows."""
    gap = "marts.roster_gap"
    if snapshot is None or (gap,) not in con.execute(_THERE, {"snapshot": snapshot}).fetchall():
        return f"from {gap} where false"
    return f"from {gap} at (version => {int(snapshot)}) where period = (select max(period) from closed.month)"


def _other_rules(con: duckdb.DuckDBPyConnection, inputs: Iterable[str], snapshot: int) -> list[date]:
    """Closed months for which a rule is another one than it was in a snapshot, where its table was there."""
    there = {name for (name,) in con.execute(_THERE, {"snapshot": snapshot}).fetchall()}
    tables = [name for name in inputs if name.startswith("reference.") and name in there]
    months = con.execute("select period from closed.month order by period").fetchall()
    then = f"at (version => {snapshot})"
    return [month for (month,) in months if any(_differs(con, table, then, month) for table in tables)]


def _differs(con: duckdb.DuckDBPyConnection, table: str, then: str, month: date) -> bool:
    """Whether the rows of a rule that are in force in a month differ, words about them left aside."""
    was, now = (
        {row[0] for row in con.execute(f"describe (from {table} {version})").fetchall()} for version in (then, "")
    )
    if "citation" not in now:  # what nobody has to be asked about: labels, and days from which a feed is expected
        return False
    dated = {"valid_from", "valid_to"}
    compared = sorted((was & now) - {"citation", "unit"} - dated)
    if dated <= was:  # a row that ends, or is said to begin otherwise, outside of the month is the same in it
        ends = f"date '{month}' + interval 1 month - interval 1 day"
        compared += [f"greatest(valid_from, date '{month}')", f"least(valid_to, {ends})"]
    in_force = f"valid_from < date '{month}' + interval 1 month and coalesce(valid_to >= date '{month}', true)"
    sides = [
        f"(select {', '.join(compared)} from {table} {version}" + (f" where {in_force})" if dated <= columns else ")")
        for version, columns in ((then, was), ("", now))
    ]
    query = "select exists({0} except {1}) or exists({1} except {0})".format(*sides)
    return bool((con.execute(query).fetchone() or (False,))[0])
