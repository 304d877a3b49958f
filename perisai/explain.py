"""An agent's month of incentive as a person would check it by hand: from the agreement to what the wadah is paid.

Everything is read from the lake's marts and core; the sum of the lines is made here once more and has to be what
`marts.incentive_agent_month` says. Persons are keyed hashes; on paper their first characters stand for them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import duckdb
from rich.table import Table

from perisai.errors import DayFailed
from warehouse import lake, models
from warehouse.duck import Record, records

SHORT = 10  # hexadecimal digits: of a million people two share them about once
REASONS = {
    "no_contribution_yet": "no contribution received yet",
    "contribution_given_back": "what was received was given back",
    "below_threshold": "below the threshold",
    "no_agreement": "no agreement in force that day",
    "no_rate": "the scheme has no rate for it",
    "month_already_counted": "the month was counted before",
    "given_back_before": "as much was given back before",
    "refund_of_uncounted": "money that had not counted, given back",
    "nothing_received": "nothing received for the month",
    "state_paid": "paid by the state, which earns nothing",
    "after_last_month": "after the last month that earns",
}

_LINES = """
select
    line.rule,
    line.wadah_code,
    line.scheme,
    replace(cast(line.participant_key as varchar), '-', '') as participant_key,
    acquisition.registration_date,
    acquisition.programmes,
    acquisition.counted,
    paid.payment_date,
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
    line.source_no,
    line.delivery_id,
    line.corrects_period,
    case
        when line.corrects_period is not null then 'adjustment'
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
_FLAT_PEOPLE = """
select
    replace(cast(participant_key as varchar), '-', '') as participant_key,
    registration_date,
    programmes,
    counted,
    scheme
from core.acquisition
where agent_code = $agent and period = $period and counted
order by registration_date, registration_no
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
        schemes: their schemes and those of the lines, each with its rules and citations.
        lines: every line of the agent and month; ``part`` is acquisition, contribution, refund or adjustment.
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
        return _sum(self.lines)

    @property
    def total_rp(self) -> int:
        """The sum of the lines, rounded half up once."""
        return int(self.exact_rp.quantize(Decimal(1), ROUND_HALF_UP))


def explain(con: duckdb.DuckDBPyConnection, agent_code: str, period: date) -> Explanation:
    """Collects an agent's month.

    Args:
        con: a connection to the lake.
        agent_code: the agent.
        period: the month, its first day.

    Raises:
        DayFailed: nothing is built, nobody knows the agent, the month has no line, or the lines do not add up to
            what the mart says.
    """
    if models.built_stamp(con) is None:
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
        schemes=_schemes(con, {line["scheme"] for line in lines}),
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


def _schemes(con: duckdb.DuckDBPyConnection, names: set[str | None]) -> list[Record]:
    schemes = records(con, "from reference.incentive_scheme order by scheme")
    rules = records(con, "from reference.incentive_rule order by all")
    return [
        scheme | {"rules": [rule for rule in rules if rule["scheme"] == scheme["scheme"]]}
        for scheme in schemes
        if scheme["scheme"] in names
    ]


def _sum(lines: Sequence[Record]) -> Decimal:
    return sum((line["amount_rp"] for line in lines), Decimal(0))


def as_json(found: Explanation) -> str:
    """Everything, with whole persons' keys; exact amounts as text, so that no tool rounds them."""
    whole = asdict(found) | {"exact_rp": found.exact_rp, "total_rp": found.total_rp}
    return json.dumps(whole, indent=2, default=str)


def as_csv(found: Explanation) -> str:
    """The lines, one a row, with whole persons' keys."""
    text = io.StringIO()
    names = ["agent_code", "period", *found.lines[0]]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for line in found.lines:
        writer.writerow({"agent_code": found.agent_code, "period": found.period, **line})
    return text.getvalue()


def as_text(found: Explanation) -> Iterator[Table | str]:
    """What a person reads, part by part."""
    closed = any(row["status"] == "closed" for row in found.agent_month)
    state = "closed: as it was frozen" if closed else f"open: as of {found.as_of}"
    yield f"Incentive of {found.agent_code}, {found.period:%Y-%m}, {state}; before tax, rupiah"
    yield from _agreement_text(found)
    parts = {
        part: [line for line in found.lines if line["part"] == part]
        for part in ("acquisition", "contribution", "refund", "adjustment")
    }
    short = _shortener(found)
    yield from _acquisition_text(found, parts["acquisition"], short)
    for part, title in (("contribution", "Contributions"), ("refund", "Refunds"), ("adjustment", "Adjustments")):
        if parts[part]:
            yield _line_table(title, parts[part], short, adjustments=part == "adjustment")
    yield _sum_table(found, parts)
    yield from _wadah_text(found)


def _agreement_text(found: Explanation) -> Iterator[Table | str]:
    if not found.agreements:
        yield "Agreement: none in force on any day of the month"
    for row in found.agreements:
        yield (
            f"Agreement: {row['pks_no']} of wadah {row['wadah_code']} with branch {row['branch_code']},"
            f" {row['valid_from']} to {row['valid_to']}, scheme {row['scheme']}"
        )
    for scheme in found.schemes:
        yield (
            f"Scheme {scheme['scheme']}: threshold {scheme['threshold_new']} new participants a month"
            f" ({'2 and 3 programmes apart' if scheme['threshold_per_programmes'] else '2 and 3 programmes together'}),"
            f" the agent keeps {_percent(scheme['agent_share'])}. {scheme['citation']}"
        )
        table = _table(None, "rule", "programmes", "months", ">pays", "citation")
        for rule in scheme["rules"]:
            months = f"{rule['month_from'] or 1} to {rule['month_to'] or 'the end'}" if rule["rate"] is not None else ""
            pays = _percent(rule["rate"]) if rule["amount_rp"] is None else _rupiah(rule["amount_rp"])
            table.add_row(rule["rule"], str(rule["programmes"] or ""), months, pays, rule["citation"])
        yield table


def _acquisition_text(found: Explanation, lines: list[Record], short: dict[str, str]) -> Iterator[Table | str]:
    counted = sum(line["new_participants"] for line in lines if line["scheme"] is not None)
    named = [line for line in lines if line["participant_key"]]
    registered = len(named) + len(found.flat_people) if found.flat_people else len(named)
    thresholds = {scheme["scheme"]: scheme["threshold_new"] for scheme in found.schemes}
    asked = sorted({thresholds[line["scheme"]] for line in lines if line["scheme"] in thresholds})
    words = ", ".join(
        f"threshold {threshold}: " + ("reached" if counted >= threshold else f"{threshold - counted} missing")
        for threshold in asked
    )
    if any(scheme["threshold_per_programmes"] for scheme in found.schemes):
        words = f"thresholds {', '.join(map(str, asked))}, on 2 and 3 programmes apart"
    yield f"New participants: {registered} registered, {counted} count{'; ' + words if words else ''}"
    if not lines:
        return
    table = _table(None, "person", "registered", "programmes", "number", "counts", ">amount", "why not")
    people = [line | {"counts": _counts(line)} for line in named]
    people += [
        person | {"counts": "yes", "source_no": "", "amount_rp": None, "reason": None} for person in found.flat_people
    ]
    for line in people:
        table.add_row(
            short[line["participant_key"]],
            str(line["registration_date"] or ""),
            str(line["programmes"] or ""),
            line["source_no"],
            line["counts"],
            _rupiah(line["amount_rp"]),
            REASONS.get(line["reason"], line["reason"] or ""),
        )
    for line in lines:
        if line["rule"] == "acquisition_flat":
            words = f"flat for {line['new_participants']}"
            table.add_row(words, "", "", "", "", _rupiah(line["amount_rp"]), REASONS.get(line["reason"], ""))
    table.add_row("subtotal", "", "", "", str(counted), _rupiah(_sum(lines)), "", style="bold")
    yield table


def _counts(line: Record) -> str:
    if not line["new_participants"]:
        return "not yet"
    return "yes" if line["scheme"] is not None else "no"


def _line_table(title: str, lines: list[Record], short: dict[str, str], *, adjustments: bool) -> Table:
    """Lines with a subtotal for each wadah, scheme and rate (or month that is corrected)."""
    columns = [
        "person",
        "month",
        ">no.",
        "day",
        "receipt",
        ">received",
        ">basis",
        ">rate",
        ">share",
        ">amount",
        "why not",
    ]
    table = _table(title, *(["corrects", "rule"] if adjustments else []), *columns)
    blank = [""] * (2 if adjustments else 0)

    def group(line: Record) -> tuple[Any, ...]:
        return (line["corrects_period"],) if adjustments else (line["wadah_code"], line["scheme"], line["rate"])

    for _, some in groupby(lines, key=group):
        rows = list(some)
        for line in rows:
            month = line["contribution_month"]
            table.add_row(
                *([f"{line['corrects_period']:%Y-%m}", line["rule"]] if adjustments else []),
                short.get(line["participant_key"], ""),
                f"{month:%Y-%m}" if month else "",
                str(line["contribution_month_no"] or ""),
                str(line["payment_date"] or ""),
                line["source_no"] or "",
                _rupiah(line["received_rp"]),
                _rupiah(line["basis_rp"]),
                _percent(line["rate"]),
                _percent(line["agent_share"]),
                _rupiah(line["amount_rp"]),
                REASONS.get(line["reason"], line["reason"] or ""),
            )
        first = rows[0]
        rate = f" at {_percent(first['rate'])}" if first["rate"] is not None and not adjustments else ""
        what = f"subtotal{rate}, {first['wadah_code'] or 'no wadah'}, {first['scheme'] or 'no scheme'}"
        basis = sum(line["basis_rp"] or 0 for line in rows)
        amount = _rupiah(_sum(rows))
        cells = ["subtotal" if adjustments else what, "", "", "", "", "", _rupiah(basis), "", "", amount, ""]
        table.add_row(*blank, *cells, style="bold", end_section=True)
    return table


def _sum_table(found: Explanation, parts: dict[str, list[Record]]) -> Table:
    table = _table("Sum", "", ">rupiah")
    for part, lines in parts.items():
        if lines:
            table.add_row(f"{part}s, {len(lines)} lines", _rupiah(_sum(lines)))
    table.add_row("exact", _rupiah(found.exact_rp))
    table.add_row("rounded half up, once: what the agent earned", _rupiah(found.total_rp), style="bold")
    return table


def _wadah_text(found: Explanation) -> Iterator[Table]:
    table = _table(
        "In what the wadah is paid", "wadah", "scheme", ">of this agent", ">all agents", ">management", ">payable"
    )
    wadahs = {(row["wadah_code"], row["scheme"]): row for row in found.wadah_month}
    for row in found.agent_month:
        wadah = wadahs.get((row["wadah_code"], row["scheme"]))
        table.add_row(
            row["wadah_code"] or "none",
            row["scheme"] or "none",
            _rupiah(row["total_rp"]),
            *([_rupiah(wadah[name]) for name in ("agents_total_rp", "management_rp", "payable_rp")] if wadah else []),
        )
    yield table


def _shortener(found: Explanation) -> dict[str, str]:
    """By person's key, its beginning; longer for all of them if two of the month began alike."""
    keys = {row["participant_key"] for row in [*found.lines, *found.flat_people] if row["participant_key"]}
    length = next((n for n in range(SHORT, 32) if len({key[:n] for key in keys}) == len(keys)), 32)
    return {key: key[:length] for key in keys}


def _table(title: str | None, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", overflow="fold"
        )
    return table


def _rupiah(value: Decimal | int | None) -> str:
    """With thousands, and with decimals only where there are some."""
    if value is None:
        return ""
    whole = f"{value:,}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{_rupiah(value * 100)} %"
