"""An agent's month of incentive, shown: as text for people, as JSON or CSV for tools.

Persons are keyed hashes; the text shows the first characters of each only.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.table import Table

from expectations.wording import counted
from perisai.console import table_of
from perisai.explain import Explanation, sum_of
from reports.words import codes
from warehouse.duck import Record

SHORT = 10  # hexadecimal digits: of a million people two share them about once


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
        for part in ("acquisition", "contribution", "refund", "cap", "adjustment")
    }
    short = _shortener(found)
    yield from _acquisition_text(found, parts["acquisition"], short)
    for part, title in (("contribution", "Contributions"), ("refund", "Refunds"), ("adjustment", "Adjustments")):
        if parts[part]:
            yield _line_table(title, parts[part], short, adjustments=part == "adjustment")
    for line in parts["cap"]:
        cut = "above the cap" if line["amount_rp"] < 0 else "cut in another wadah, given back since refunds leave room"
        yield f"Cap, {line['wadah_code']}, {line['scheme']}: {_rupiah(line['amount_rp'])}, {cut}"
    yield from _came_and_went(parts["adjustment"], short)
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
            f" the agent keeps {_percent(scheme['agent_share'])}{_more_terms(scheme)}. {scheme['citation']}"
        )
        table = table_of(None, "rule", "programmes", "months or places", ">pays", "citation")
        for rule in scheme["rules"]:
            tier = f"{rule['month_from'] or 1} to {rule['month_to'] or 'the end'}" if rule["rate"] is not None else ""
            if rule.get("new_from") or rule.get("new_to"):
                tier = f"{rule['new_from'] or 1} to {rule['new_to'] or 'the end'}"
            pays = _percent(rule["rate"]) if rule["amount_rp"] is None else _rupiah(rule["amount_rp"])
            table.add_row(rule["rule"], str(rule["programmes"] or ""), tier, pays, rule["citation"])
        yield table


def _more_terms(scheme: Record) -> str:
    """What only some schemes say; the columns are not there in months that an earlier version closed."""
    said = ""
    if (cap := scheme.get("agent_cap_rp")) is not None:
        said += f", at most {_rupiah(cap)} a month before that"
    if since := scheme.get("months_count_from"):
        said += f"; contribution months are counted since {since}"
    if (lower := scheme.get("management_rate_below_minimum")) is not None:
        said += f"; management {_percent(lower)} below {scheme['minimum_agents']} agents"
    return said


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
    table = table_of(
        None, "person", "registered", "programmes", "branch", "number", "counts", ">amount", "why not", "export"
    )
    tiers = {rule["scheme"] for scheme in found.schemes for rule in scheme["rules"] if rule.get("new_to")}
    people = [line | {"counts": _counts(line) + _place(line, tiers)} for line in named]
    people += [person | {"counts": "yes", "amount_rp": None, "reason": None} for person in found.flat_people]
    for line in people:
        table.add_row(
            short[line["participant_key"]],
            str(line["registration_date"] or ""),
            str(line["programmes"] or ""),
            line["source_branch_code"] or "",
            line["source_no"] or "",
            line["counts"],
            _rupiah(line["amount_rp"]),
            _why_not(line),
            _paper(line),
        )
    for line in lines:
        if line["rule"] == "acquisition_flat":
            words = f"flat for {line['new_participants']}"
            table.add_row(words, "", "", "", "", "", _rupiah(line["amount_rp"]), _why_not(line), "")
    table.add_row("subtotal", "", "", "", "", str(counted), _rupiah(sum_of(lines)), "", "", style="bold")
    yield table


def _came_and_went(lines: list[Record], short: dict[str, str]) -> Iterator[str]:
    """Who came to or went from the new participants of a corrected month, which changes the lines of the others."""
    corrected = sorted({line["corrects_period"] for line in lines if line["reason"] == "changed"})
    for period in corrected:
        of_month = [line for line in lines if line["corrects_period"] == period and line["participant_key"]]
        for word, sign in (("came", 1), ("went", -1)):
            people = [short[line["participant_key"]] for line in of_month if line["new_participants"] == sign]
            if people:
                yield f"New participants of {period:%Y-%m} who {word} since it was closed: {', '.join(people)}"


def _why_not(line: Record) -> str:
    """Why a line earns nothing, in the words of the report."""
    reason = line["reason"] or ""
    return codes().get(f"why_{reason}", ("", reason))[1]


def _paper(line: Record) -> str:
    """Where the document of a line stands: file of the export and line in it."""
    if not line["file_name"]:
        return ""
    return f"{line['file_name']}:{line['file_line']}" if line["file_line"] is not None else line["file_name"]


def _counts(line: Record) -> str:
    if not line["new_participants"]:
        return "not yet"
    return "yes" if line["scheme"] is not None else "no"


def _place(line: Record, tiers: set[str]) -> str:
    """Which new participant of the month it is now, where that decides the amount."""
    return f", place {line['place']}" if line["scheme"] in tiers and line["place"] else ""


def _line_table(title: str, lines: list[Record], short: dict[str, str], *, adjustments: bool) -> Table:
    """Lines with a subtotal for each wadah, scheme and rate (or month that is corrected)."""
    shown: dict[str, Callable[[Record], str]] = {
        "person": lambda line: short.get(line["participant_key"], ""),
        "month": lambda line: _month(line["contribution_month"]),
        ">no.": lambda line: str(line["contribution_month_no"] or ""),
        "day": lambda line: str(line["payment_date"] or ""),
        "branch": lambda line: line["source_branch_code"] or "",
        "receipt": lambda line: line["source_no"] or "",
        ">received": lambda line: _rupiah(line["received_rp"]),
        ">basis": lambda line: _rupiah(line["basis_rp"]),
        ">rate": lambda line: _percent(line["rate"]),
        ">share": lambda line: _percent(line["agent_share"]),
        ">amount": lambda line: _rupiah(line["amount_rp"]),
        "why not": _why_not,
        "export": _paper,
    }
    group: Callable[[Record], tuple[Any, ...]] = itemgetter("wadah_code", "scheme", "rate")
    if adjustments:
        shown = {"corrects": lambda line: _month(line["corrects_period"]), "rule": itemgetter("rule"), **shown}
        group = itemgetter("corrects_period")
    table = table_of(title, *shown)
    for _, some in groupby(lines, key=group):
        rows = list(some)
        for line in rows:
            table.add_row(*(show(line) for show in shown.values()))
        first = rows[0]
        rate = f" at {_percent(first['rate'])}" if first["rate"] is not None else ""
        what = f"subtotal{rate}, {first['wadah_code'] or 'no wadah'}, {first['scheme'] or 'no scheme'}"
        sums = {
            "person": "subtotal" if adjustments else what,
            ">basis": _rupiah(sum(line["basis_rp"] or 0 for line in rows)),
            ">amount": _rupiah(sum_of(rows)),
        }
        table.add_row(*(sums.get(column, "") for column in shown), style="bold", end_section=True)
    return table


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _sum_table(found: Explanation, parts: dict[str, list[Record]]) -> Table:
    table = table_of("Sum", "", ">rupiah")
    for part, lines in parts.items():
        if lines:
            table.add_row(f"{part}s, {counted(len(lines), 'line', 'lines')}", _rupiah(sum_of(lines)))
    table.add_row("exact", _rupiah(found.exact_rp))
    table.add_row("rounded half up, once: what the agent earned", _rupiah(found.total_rp), style="bold")
    return table


def _wadah_text(found: Explanation) -> Iterator[Table | str]:
    table = table_of(
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
    for row in found.wadah_month:
        if row["pks"] and row["minimum_agents"] is not None and row["agent_count"] < row["minimum_agents"]:
            yield (
                f"{row['wadah_code']} has {row['agent_count']} active agents, fewer than {row['minimum_agents']};"
                f" management is {_percent(row['management_rate'])}"
            )


def _shortener(found: Explanation) -> dict[str, str]:
    """By person's key, its beginning; longer for all of them if two of the month began alike."""
    keys = {row["participant_key"] for row in [*found.lines, *found.flat_people] if row["participant_key"]}
    length = next((n for n in range(SHORT, 32) if len({key[:n] for key in keys}) == len(keys)), 32)
    return {key: key[:length] for key in keys}


def _rupiah(value: Decimal | int | None) -> str:
    """With thousands, and with decimals only where there are some."""
    if value is None:
        return ""
    whole = f"{value:,}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{_rupiah(value * 100)} %"
