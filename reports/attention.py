"""What somebody has to act on, in the words of the report, the worst first."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from reports.facts import NATION
from reports.read import Row
from reports.views import Views
from reports.words import both_of, day, first_sentence, label, month, number, percent, rupiah

ENDING_DAYS = 60
"""Agreements that end within so many days are told."""
CLOSE_BY = 3
"""Day of the next month by which a month of incentives is to be closed; docs/close.md."""
NEAR = 5
"""Agents who lack so many participants to the threshold, or fewer, are near it."""
NAMED = 3
"""So many places are named where somebody has to act; the others are counted."""

BAD, WARN, HINT = "bad", "warn", "hint"


@dataclass(frozen=True)
class Item:
    """Something to act on: how pressing it is, words, and where the page tells more."""

    level: str
    text: Markup
    href: str


def of_branch(views: Views, code: str) -> list[Item]:
    """What the head of a branch has to act on."""
    line = views.lines[code]
    items = [
        Item(
            BAD,
            both_of(
                "{} belum diterima sejak {} ({} hari data)",
                "{} not received since {} ({} business dates)",
                views.feeds[late["feed"]],
                day(late["since"]),
                number(late["days"]),
            ),
            "#kiriman",
        )
        for late in line["behind"]
    ]
    items += [
        Item(
            BAD,
            both_of(
                "{} {}: {} tidak dapat ditutup",
                "{} {}: {} cannot be closed",
                label(problem["problem"]),
                problem["wadah_code"],
                month(problem["month"]),
            ),
            "#insentif",
        )
        for problem in views.problems[code]
    ]
    items += _gaps(row for row in views.facts.roster_gaps if row["branch_code"] == code)
    items += _contradictions(row for row in views.facts.contradictions if row["branch_code"] == code)
    items += _rejected(views, [code])
    items += _target(views, line["monev"])
    items += _agents(views.agents[code], "#agen-tabel")
    items += _wadahs(views, [row["wadah_code"] for row in views.wadahs_of[code]], "#wadah-tabel", code)
    items += _arrears(line["monev"])
    if signals := views.signals[code]:
        words = ("{} pola pendaftaran yang perlu dilihat", "{} patterns in registrations to be looked at")
        items.append(Item(HINT, both_of(*words, number(len(signals))), "#pola"))
    return _worst_first(items)


def of_region(views: Views, region: str, codes: Sequence[str]) -> list[Item]:
    """What head office for the nation, a province, or a regional office has to act on.

    Args:
        views: what the report shows.
        region: code of the province or the nation, or anything else where there is no coverage.
        codes: its branches.
    """
    coverage = views.coverage(region)
    last: Any = views.produced(codes).get(views.facts.month) or {} if views.facts.month else {}
    agents = views.facts.agents if region == NATION else [agent for code in codes for agent in views.agents[code]]
    wadahs = {row["wadah_code"]: None for code in codes for row in views.wadahs_of[code]}
    items = _late(views, codes)
    if region == NATION:
        items += _close(views)
        if checks := views.facts.checks:
            words = ("{} pemeriksaan silang tidak lolos", "{} cross-checks did not pass")
            items.append(Item(BAD, both_of(*words, number(len(checks))), "#pemeriksaan"))
    items += _gaps(row for row in views.facts.roster_gaps if row["branch_code"] in codes)
    items += _contradictions(row for row in views.facts.contradictions if row["branch_code"] in codes)
    items += _rejected(views, codes)
    if coverage["bpu"]["target_state"] == "open":
        text = both_of(
            "{} pendaftaran sebulan diperlukan untuk mencapai target {} pada akhir tahun",
            "{} registrations a month are needed to reach the target of {} by the end of the year",
            number(coverage["bpu"]["needed_a_month"]),
            percent(coverage["bpu"]["target_pct"]),
        )
        items.append(Item(WARN, text, "#cakupan"))
    items += _target(views, last)
    named = (
        ("todo.html#agen-tabel", "todo.html#wadah-tabel") if region == NATION else ("#agen-teratas", "#wadah-teratas")
    )
    items += _agents(agents, named[0])
    items += _wadahs(views, wadahs, named[1])
    items += _arrears(last)
    if coverage["without"]:
        words = ("{} kabupaten/kota tanpa agen: {}", "{} regencies and cities without an agent: {}")
        named_places = _first(_without_agents(views, region))
        items.append(Item(HINT, both_of(*words, number(coverage["without"]), named_places), "#cakupan"))
    return _worst_first(items)


def _without_agents(views: Views, region: str) -> list[Markup]:
    """Kabupaten and kota of a region in which no agent is on duty, each a link to its line."""
    link = Markup('<a href="province-{}.html#w{}">{}</a>')
    found = views.facts.regions
    return [
        link.format(found[code]["parent_code"], code, found[code]["region_name"])
        for (code, month), row in sorted(views.facts.agents_of_region.items())
        if month == views.facts.month
        and row["regencies_without_agents"]
        and code in found
        and found[code]["region_level"] == "regency"
        and region in (NATION, found[code]["parent_code"])
    ]


def of_wadah(views: Views, code: str) -> list[Item]:
    """What a wadah, or who looks after it, has to act on."""
    return _worst_first(_wadahs(views, [code], "#perjanjian") + _agents(views.agents_of_wadah[code], "#agen-tabel"))


def of_agent(agent: Row) -> list[Item]:
    """What an agent, or who looks after him, has to act on."""
    return [replace(item, href="#riwayat") for item in _worst_first(_agents([agent], ""))]


def counted_agent(agent: Row) -> list[str]:
    """Under what an agent is counted of what needs doing; see _AGENTS."""
    counted = [agent["state"]]
    if agent["on_duty"]:
        counted += [agent["participation"], agent["adulthood"]]
        counted += ["two_codes"] * bool(agent["other_agent_code"])
        counted += ["near"] * (0 < (agent["missing_to_threshold"] or 0) <= NEAR)
    return [one for one in counted if one in _AGENTS]


def counted_wadah(views: Views, code: str, branch: str | None = None) -> list[str]:
    """Under what a wadah is counted of what needs doing: few (agents) or ending (an agreement with the branch)."""
    watch = views.facts.wadah_watch.get(code)
    is_few = watch is not None and watch["missing_agents"] > 0
    return ["few"] * is_few + ["ending"] * bool(_ending(views, code, branch))


def _late(views: Views, codes: Iterable[str]) -> list[Item]:
    late = views.behind(codes)
    if not late:
        return []
    link = Markup('<a href="branch-{}.html">{}</a>')
    text = both_of(
        "{} cabang tertinggal mengirim: {}",
        "{} branches are behind with deliveries: {}",
        number(len(late)),
        _first([link.format(line["branch_code"], views.names[line["branch_code"]]) for line in late]),
    )
    return [Item(BAD, text, "#kiriman")]


def _first(names: Sequence[Markup | str]) -> Markup:
    """The first names, and how many more there are."""
    more = both_of(" dan {} lagi", " and {} more", number(len(names) - NAMED)) if len(names) > NAMED else ""
    return Markup(", ").join(names[:NAMED]) + more


def _rejected(views: Views, codes: Sequence[str]) -> list[Item]:
    """Rows that are still to be corrected: those of a file that was replaced since are done."""
    rejected = sum(views.lines[code]["open_rejected"] for code in codes)
    if not rejected:
        return []
    words = ("{} baris ditolak", "{} rows were rejected")
    broken = [row for row in views.reasons(codes) if row["severity"] == "error" and row["open_failed"]]
    if not broken:  # files that could not be read row by row
        return [Item(WARN, both_of(*words, number(rejected)), "#ditolak")]
    worst = max(broken, key=lambda row: int(row["open_failed"]))
    text = both_of(
        "{} baris ditolak, terbanyak pada {}: {}",
        "{} rows were rejected, most of them of {}: {}",
        number(rejected),
        views.feeds[worst["feed"]],
        first_sentence(worst["reason"] or worst["rule"]),
    )
    return [Item(WARN, text, "#ditolak")]


def _gaps(gaps: Iterable[Row]) -> list[Item]:
    """Agents missing from rosters who were not said to leave, in the last two months of incentives."""
    if not (missing := list(gaps)):
        return []
    text = both_of(
        "{} agen hilang dari daftar tanpa NONAKTIF, {} peserta baru dan {} pembayaran bergantung padanya: {}",
        "{} agents are missing from rosters without NONAKTIF, {} new participants and {} payments rely on them: {}",
        number(len({row["agent_code"] for row in missing})),
        number(sum(row["new_participants"] for row in missing)),
        number(sum(row["payments"] for row in missing)),
        _first(
            list(dict.fromkeys(Markup("{} ({})").format(row["agent_code"], day(row["from_date"])) for row in missing))
        ),
    )
    return [Item(BAD, text, "#insentif")]


def _contradictions(found: Iterable[Row]) -> list[Item]:
    """Deliveries whose rows contradict what others say, one item for each way, in the last two months of incentives."""
    items = []
    for kind, rows in groupby(sorted(found, key=itemgetter("kind")), itemgetter("kind")):
        one = list(rows)
        text = both_of(
            "{}: {} baris, {}: {}",
            "{}: {} rows, {}: {}",
            label(kind),
            number(sum(row["row_count"] for row in one)),
            rupiah(sum(row["amount_rp"] or 0 for row in one)),
            _first(
                [Markup("{} {}{}").format(row["branch_code"], day(row["business_date"]), _numbers(row)) for row in one]
            ),
        )
        items.append(Item(BAD if any(row["is_holding"] for row in one) else WARN, text, "#insentif"))
    return items


def _numbers(row: Row) -> str:
    """Between which numbers the rows are that contradict others, and the lowest number of what they contradict."""
    told = list(dict.fromkeys(filter(None, (row["from_no"], row["to_no"], row["other_no"]))))
    return f" ({', '.join(told)})" if told else ""


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
        "{} new participants of a target of {} ({}), while {} of the month is over: {} short{}",
        number(new),
        number(target),
        percent(new * 100 / target),
        percent(over * 100, 0),
        number(left),
        both_of(", {} sehari selama {} hari", ", {} a day for {} days", number(-(-left // days_left)), days_left)
        if days_left
        else "",
    )
    return [Item(WARN, text, "#kinerja")]


def _arrears(monev: Row) -> list[Item]:
    if not monev.get("in_arrears"):
        return []
    text = both_of(
        "{} peserta menunggak dan masih terlindungi: {} dapat ditagih sebelum mereka gugur",
        "{} participants are in arrears and still protected: {} can be collected before they lapse",
        number(monev["in_arrears"]),
        rupiah(monev["arrears_rp"]),
    )
    return [Item(HINT, text, "#kinerja")]


_AGENTS = {
    "inactive": (
        BAD,
        "{} agen tidak aktif, terlalu lama tanpa transaksi: {}",
        "{} agents are inactive, too long without a transaction: {}",
    ),
    "warning": (
        WARN,
        "{} agen terlalu lama tanpa peserta baru: {}",
        "{} agents are too long without a new participant: {}",
    ),
    "not_participant": (
        WARN,
        "{} agen bukan peserta BPU, padahal Perisai harus peserta: {}",
        "{} agents are no BPU participants themselves, as a Perisai has to be: {}",
    ),
    "under_age": (
        WARN,
        "{} agen belum dewasa, atau tahun lahirnya salah: {}",
        "{} agents are not adults, or their year of birth is wrong: {}",
    ),
    "two_codes": (
        WARN,
        "{} agen ber-NIK sama dengan agen lain: {}",
        "{} agents have the NIK of another agent: {}",
    ),
    "participation_unknown": (
        HINT,
        "{} agen tidak diketahui apakah peserta, karena daftar agen tidak memuat NIK: {}",
        "Of {} agents it is not known whether they are participants: rosters told no NIK: {}",
    ),
    "near": (
        HINT,
        f"{{}} agen kurang {NEAR} peserta atau kurang untuk mencapai ambang: {{}}",
        f"{{}} agents lack {NEAR} participants or fewer to the threshold: {{}}",
    ),
}


def _agents(agents: Sequence[Row], table: str) -> list[Item]:
    """Agents by what they are counted under, the first of them with links to their pages; `table` has them all."""
    items = []
    link = Markup('<a href="agent-{0}.html">{0}</a>')
    for counted, (level, *words) in _AGENTS.items():
        found = [agent for agent in agents if counted in counted_agent(agent)]
        if found:
            text = both_of(*words, number(len(found)), _first([link.format(agent["agent_code"]) for agent in found]))
            items.append(Item(level, text, _just(counted, table)))
    return items


def _just(counted: str, table: str) -> str:
    """A link to those rows of a table that are counted under something."""
    page, _, caption = table.partition("#")
    return f"{page}?only={counted}#{caption}"


def _wadahs(views: Views, codes: Iterable[str], table: str, branch: str | None = None) -> list[Item]:
    """Wadahs with too few agents, and agreements that end soon: of a branch, or all.

    Args:
        views: what the report shows.
        codes: the wadahs.
        table: where the rows of all of them stand, or what there is to see of a single one.
        branch: count agreements with this branch only.
    """
    link = Markup('<a href="wadah-{}.html">{}</a>')
    codes = list(codes)
    names = {code: link.format(code, views.wadah_name(code) or code) for code in codes}
    few = [code for code in codes if "few" in counted_wadah(views, code)]
    items = []
    if few:
        words = ("{} wadah kekurangan agen: {}", "{} wadahs have too few agents: {}")
        text = both_of(*words, number(len(few)), _first([names[code] for code in few]))
        items.append(Item(WARN, text, "#agen-tabel" if table == "#perjanjian" else _just("few", table)))
    ending = [code for code in codes for _ in _ending(views, code, branch)]
    if ending:
        text = both_of(
            "{} perjanjian (PKS) berakhir dalam {} hari atau sudah berakhir: {}",
            "{} agreements (PKS) end within {} days, or have ended: {}",
            number(len(ending)),
            ENDING_DAYS,
            _first([names[code] for code in dict.fromkeys(ending)]),
        )
        items.append(Item(WARN, text, table if table == "#perjanjian" else _just("ending", table)))
    return items


def _ending(views: Views, code: str, branch: str | None) -> list[Row]:
    until = (views.facts.as_of or date.min) + timedelta(days=ENDING_DAYS)
    made = views.facts.agreements.get(code, ())
    return [one for one in made if one["last_day"] <= until and branch in (None, one["branch_code"])]


def _close(views: Views) -> list[Item]:
    """The last month of incentives that is over, unless it is closed."""
    over = next((row for row in views.facts.close if row["state"] != "running"), None)
    if over is None or over["state"] not in ("open", "held_up"):
        return []
    if over["state"] == "held_up":
        words = ("Insentif {} tertahan oleh {} perjanjian", "Incentives of {} are held up by {} agreements")
        return [Item(BAD, both_of(*words, month(over["month"]), number(over["agreement_problems"])), "#insentif")]
    due = (over["month"] + timedelta(days=31)).replace(day=CLOSE_BY)
    late = views.facts.as_of is not None and views.facts.as_of > due
    words = ("Insentif {} belum ditutup, batasnya {}", "Incentives of {} are not closed, due on {}")
    return [Item(BAD if late else WARN, both_of(*words, month(over["month"]), day(due)), "#insentif")]


def _worst_first(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (BAD, WARN, HINT).index(item.level))
