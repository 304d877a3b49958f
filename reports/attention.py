"""What somebody has to act on, in the words of the report, the worst first; each leads to the rows that it counts."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from markupsafe import Markup

from reports import unfinished
from reports.facts import NATION
from reports.items import BAD, HINT, WARN, Item, Where, first, worst_first
from reports.read import Row
from reports.views import Views
from reports.words import both_of, day, month, number, percent

ENDING_DAYS = 60
"""Agreements that end within so many days are told."""
CLOSE_BY = 3
"""Day of the next month by which a month of incentives is to be closed; docs/close.md."""
NEAR = 5
"""Agents who lack so many participants to the threshold, or fewer, are near it."""
WHO, WHAT = "todo.html", "unfinished.html"
"""The pages with the rows that the pages of more than one branch count: agents and wadahs, and all else."""


def of_branch(views: Views, code: str) -> list[Item]:
    """What the head of a branch has to act on."""
    line, here = views.lines[code], Where()
    items = unfinished.feeds_late(views, code) + unfinished.agreements(views, code)
    items += unfinished.gaps(views.gaps[code], here)
    items += unfinished.contradictions(views.contradictions[code], here)
    items += unfinished.rejected(views, code, [code], here)
    items += _target(views, line["monev"])
    items += _agents(views.agents[code], here, "agen-tabel")
    items += _wadahs(views, views.wadahs_of[code], here, "wadah-tabel")
    owed = [agent_link(agent) for agent in views.owing(code)]
    items += unfinished.arrears(line["monev"], owed, here.rows("agen-tabel", "arrears"))
    if signals := views.signals[code]:
        words = (
            "{} pola pendaftaran yang perlu dilihat",
            "{0} {0:pattern/patterns} in registrations to be looked at",
        )
        items.append(Item(HINT, both_of(*words, number(len(signals))), "#pola-tabel"))
    return worst_first(items)


def of_region(views: Views, region: str, codes: Sequence[str]) -> list[Item]:
    """What head office for the nation, a province, or a regional office has to act on.

    Args:
        views: what the report shows.
        region: code of the province or the nation, or anything else where there is no coverage.
        codes: its branches.
    """
    coverage = views.coverage(region)
    last = views.facts.produced[region].get(views.facts.month or date.min, {})
    there = Where(WHAT, "" if region == NATION else region)
    items = unfinished.branches_late(views, codes, there if region == NATION else Where())
    if region == NATION:
        items += _close(views)
        if checks := views.facts.checks:
            words = ("{} pemeriksaan silang tidak lolos", "{0} {0:cross-check/cross-checks} did not pass")
            items.append(Item(BAD, both_of(*words, number(len(checks))), "#pemeriksaan-tabel"))
    items += unfinished.gaps([row for code in codes for row in views.gaps[code]], there)
    items += unfinished.contradictions([row for code in codes for row in views.contradictions[code]], there)
    items += unfinished.rejected(views, region, codes, there)
    if coverage["bpu"]["target_state"] == "open":
        text = both_of(
            "{} pendaftaran sebulan diperlukan untuk mencapai target {} pada akhir tahun",
            "{0} {0:registration/registrations} a month {0:is/are} needed"
            " to reach the target of {1} by the end of the year",
            number(coverage["bpu"]["needed_a_month"]),
            percent(coverage["bpu"]["target_pct"]),
        )
        items.append(Item(WARN, text, "#cakupan"))
    items += _target(views, last)
    named, kind = (Where(WHO), "tabel") if region == NATION else (Where(), "teratas")
    items += _agents(views.agents_in(region, codes), named, f"agen-{kind}")
    items += _wadahs(views, views.wadahs_in(region, codes), named, f"wadah-{kind}")
    owed = [views.branch_link(row["branch_code"]) for row in views.in_arrears(codes)]
    items += unfinished.arrears(last, owed, there.rows("tunggakan"))
    places = [link_to_place(place) for place in views.without_agents(region)]
    items += unfinished.without_agents(
        places, *((there, "tanpa-agen") if region == NATION else (Where(), "cakupan-wilayah"))
    )
    return worst_first(items)


def agent_link(agent: Row) -> Markup:
    """An agent's code, which leads to his page."""
    return Markup('<a href="agent-{0}.html">{0}</a>').format(agent["agent_code"])


def link_to_place(place: Row) -> Markup:
    """The name of a kabupaten or kota, which leads to its line."""
    link = Markup('<a href="province-{}.html#w{}">{}</a>')
    return link.format(place["parent_code"], place["region_code"], place["region_name"])


def of_wadah(views: Views, code: str) -> list[Item]:
    """What a wadah, or who looks after it, has to act on."""
    return worst_first(
        _wadahs(views, views.facts.agreements.get(code, ()), Where(), "perjanjian")
        + _agents(views.agents_of_wadah[code], Where(), "agen-tabel")
    )


def of_agent(agent: Row) -> list[Item]:
    """What an agent, or who looks after him, has to act on."""
    return [replace(item, href="#riwayat") for item in worst_first(_agents([agent], Where(), ""))]


def counted_agent(agent: Row) -> list[str]:
    """Under what an agent is counted of what needs doing; see _AGENTS."""
    counted = [agent["state"]]
    if agent["on_duty"]:
        counted += [agent["participation"], agent["adulthood"]]
        counted += ["two_codes"] * bool(agent["other_agent_code"])
        counted += ["near"] * (0 < (agent["missing_to_threshold"] or 0) <= NEAR)
    return [one for one in counted if one in _AGENTS]


def counted_wadah(views: Views, row: Row) -> list[str]:
    """Under what a wadah of a branch is counted: few (agents), or ending (its agreement with the branch)."""
    watch = views.facts.wadah_watch.get(row["wadah_code"])
    until = (views.facts.as_of or date.min) + timedelta(days=ENDING_DAYS)
    made = views.facts.agreements.get(row["wadah_code"], ())
    ending = [one for one in made if one["last_day"] <= until and one["branch_code"] == row["branch_code"]]
    return ["few"] * (watch is not None and watch["missing_agents"] > 0) + ["ending"] * bool(ending)


def with_needs(agents: Iterable[Row]) -> list[Row]:
    """Agents, each with what it is counted under."""
    return [agent | {"needs": counted_agent(agent)} for agent in agents]


def wadahs_with_needs(views: Views, rows: Iterable[Row]) -> list[Row]:
    """Wadahs of branches as lines of a table, each with what it is counted under."""
    return [views.wadah_line(row) | {"needs": counted_wadah(views, row)} for row in rows]


def _target(views: Views, monev: Row) -> list[Item]:
    """Behind the pace: less of the target is reached than of the month is over."""
    target, new, shown = monev.get("target_new"), monev.get("new_participants") or 0, views.facts.month
    if not target or not shown:
        return []
    days = calendar.monthrange(shown.year, shown.month)[1]
    over = views.facts.as_of.day / days if views.facts.running and views.facts.as_of else 1.0
    if new >= target * over:
        return []
    left, days_left = target - new, round(days * (1 - over))
    text = both_of(
        "Peserta baru {} dari target {} ({}), sedangkan {} bulan sudah lewat: kurang {}{}",
        "{0} new {0:participant/participants} of a target of {1} ({2}), while {3} of the month is over: {4} short{5}",
        number(new),
        number(target),
        percent(new * 100 / target),
        percent(over * 100, 0),
        number(left),
        both_of(
            ", {} sehari selama {} hari",
            ", {0} a day for {1} {1:day/days}",
            number(-(-left // days_left)),
            number(days_left),
        )
        if days_left
        else "",
    )
    return [Item(WARN, text, "#kinerja")]


_AGENTS = {
    "inactive": (
        BAD,
        "{} agen tidak aktif, terlalu lama tanpa transaksi: {}",
        "{0} {0:agent is/agents are} inactive, too long without a transaction: {1}",
    ),
    "warning": (
        WARN,
        "{} agen terlalu lama tanpa peserta baru: {}",
        "{0} {0:agent is/agents are} too long without a new participant: {1}",
    ),
    "not_participant": (
        WARN,
        "{} agen bukan peserta BPU, padahal Perisai harus peserta: {}",
        "{0} {0:agent is no BPU participant/agents are no BPU participants}, as a Perisai has to be: {1}",
    ),
    "under_age": (
        WARN,
        "{} agen belum dewasa, atau tahun lahirnya salah: {}",
        "{0} {0:agent is not adult/agents are not adults}, or {0:a/their} year of birth is wrong: {1}",
    ),
    "two_codes": (
        WARN,
        "{} agen ber-NIK sama dengan agen lain: {}",
        "{0} {0:agent has/agents have} the NIK of another agent: {1}",
    ),
    "participation_unknown": (
        HINT,
        "{} agen tidak diketahui apakah peserta, karena daftar agen tidak memuat NIK: {}",
        "Of {0} {0:agent/agents} it is not known whether they are participants: rosters told no NIK: {1}",
    ),
    "near": (
        HINT,
        f"{{}} agen kurang {NEAR} peserta atau kurang untuk mencapai ambang: {{}}",
        f"{{0}} {{0:agent lacks/agents lack}} {NEAR} participants or fewer to the threshold: {{1}}",
    ),
}


def _agents(agents: Sequence[Row], where: Where, table: str) -> list[Item]:
    """Agents by what they are counted under, the first of them with links to their pages; the table has them all."""
    items = []
    for counted, (level, *words) in _AGENTS.items():
        found = [agent for agent in agents if counted in counted_agent(agent)]
        if found:
            text = both_of(*words, number(len(found)), first([agent_link(agent) for agent in found]))
            items.append(Item(level, text, where.rows(table, counted)))
    return items


def _wadahs(views: Views, rows: Iterable[Row], where: Where, table: str) -> list[Item]:
    """Wadahs with too few agents, and agreements that end soon; the table has a row of each wadah and branch."""
    link = Markup('<a href="wadah-{}.html">{}</a>')
    found: dict[str, list[Markup]] = {"few": [], "ending": []}
    for row in rows:
        name = link.format(row["wadah_code"], views.wadah_name(row["wadah_code"]) or row["wadah_code"])
        for counted in counted_wadah(views, row):
            found[counted].append(name)
    items = []
    if few := list(dict.fromkeys(found["few"])):
        words = ("{} wadah kekurangan agen: {}", "{0} {0:wadah has/wadahs have} too few agents: {1}")
        of_agents = "agen-tabel" if table == "perjanjian" else table
        items.append(
            Item(
                WARN,
                both_of(*words, number(len(few)), first(few)),
                where.rows(of_agents, *["few"] * (of_agents == table)),
            )
        )
    if ending := found["ending"]:
        text = both_of(
            "{} perjanjian (PKS) berakhir dalam {} hari atau sudah berakhir: {}",
            "{0} {0:agreement (PKS) ends/agreements (PKS) end} within {1} days, or {0:has/have} ended: {2}",
            number(len(ending)),
            ENDING_DAYS,
            first(list(dict.fromkeys(ending))),
        )
        items.append(Item(WARN, text, where.rows(table, "ending")))
    return items


def _close(views: Views) -> list[Item]:
    """The last month of incentives that is over, unless it is closed."""
    over = next((row for row in views.facts.close if row["state"] != "running"), None)
    if over is None or over["state"] not in ("open", "held_up"):
        return []
    if over["state"] == "held_up":
        words = (
            "Insentif {} tertahan oleh {} perjanjian",
            "Incentives of {0} are held up by {1} {1:agreement/agreements}",
        )
        text = both_of(*words, month(over["month"]), number(over["agreement_problems"]))
        return [Item(BAD, text, Where().rows("perjanjian-masalah", over["month"].isoformat()))]
    due = (over["month"] + timedelta(days=31)).replace(day=CLOSE_BY)
    late = views.facts.as_of is not None and views.facts.as_of > due
    words = ("Insentif {} belum ditutup, batasnya {}", "Incentives of {} are not closed, due on {}")
    return [Item(BAD if late else WARN, both_of(*words, month(over["month"]), day(due)), "#insentif-bulan")]
