"""What is to be done about what branches sent: what is late, missing, contradicts, was rejected, or is in arrears.

The rows that an item counts stand in tables of the branch's page, and for larger places of ``unfinished.html``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup

from reports.items import BAD, HINT, WARN, Item, Where, first
from reports.read import Row
from reports.views import Views
from reports.words import both_of, day, first_sentence, label, month, number, rupiah

_BRANCH = Markup('<a href="branch-{}.html">{}</a>')


def feeds_late(views: Views, code: str) -> list[Item]:
    """Feeds of a branch that did not come."""
    words = ("{} belum diterima sejak {} ({} hari data)", "{0} not received since {1} ({2} business {2:date/dates})")
    return [
        Item(
            BAD,
            both_of(*words, views.feeds[late["feed"]], day(late["since"]), number(late["days"])),
            Where().rows("tertinggal", late["feed"]),
        )
        for late in views.lines[code]["behind"]
    ]


def branches_late(views: Views, codes: Iterable[str], where: Where) -> list[Item]:
    """Branches that are behind with deliveries."""
    if not (late := views.behind(codes)):
        return []
    text = both_of(
        "{} cabang tertinggal mengirim: {}",
        "{0} {0:branch is/branches are} behind with deliveries: {1}",
        number(len(late)),
        first([_BRANCH.format(line["branch_code"], views.names[line["branch_code"]]) for line in late]),
    )
    return [Item(BAD, text, where.rows("tertinggal"))]


def agreements(views: Views, code: str) -> list[Item]:
    """Agreements of a branch that hold up a month of incentives."""
    return [
        Item(
            BAD,
            both_of(
                "{} {}: {} tidak dapat ditutup",
                "{} {}: {} cannot be closed",
                label(problem["problem"]),
                problem["wadah_code"],
                month(problem["month"]),
            ),
            Where().rows("perjanjian-masalah", problem["wadah_code"], problem["month"].isoformat()),
        )
        for problem in views.problems[code]
    ]


def gaps(found: Sequence[Row], where: Where) -> list[Item]:
    """Agents missing from rosters who were not said to leave, in the last two months of incentives."""
    if not found:
        return []
    text = both_of(
        "{} agen hilang dari daftar tanpa NONAKTIF, {} peserta baru dan {} pembayaran bergantung padanya: {}",
        "{0} {0:agent is/agents are} missing from rosters without NONAKTIF,"
        " {1} new {1:participant/participants} and {2} {2:payment/payments} rely on them: {3}",
        number(len(found)),
        number(sum(row["new_participants"] for row in found)),
        number(sum(row["payments"] for row in found)),
        first([Markup("{} ({})").format(row["agent_code"], day(row["from_date"])) for row in found]),
    )
    return [Item(BAD, text, where.rows("hilang"))]


def contradictions(found: Iterable[Row], where: Where) -> list[Item]:
    """Deliveries whose rows contradict what others say, one item for each way, in the last two months of incentives."""
    items = []
    for kind, rows in groupby(sorted(found, key=itemgetter("kind")), itemgetter("kind")):
        one = list(rows)
        text = both_of(
            "{}: {} baris, {}: {}",
            "{0}: {1} {1:row/rows}, {2}: {3}",
            label(kind),
            number(sum(row["row_count"] for row in one)),
            rupiah(sum(row["amount_rp"] or 0 for row in one)),
            first(
                [Markup("{} {}{}").format(row["branch_code"], day(row["business_date"]), numbers(row)) for row in one]
            ),
        )
        level = BAD if any(row["is_holding"] for row in one) else WARN
        items.append(Item(level, text, where.rows("bertentangan", kind)))
    return items


def numbers(row: Row) -> str:
    """Between which numbers the rows are that contradict others, and the lowest number of what they contradict."""
    told = list(dict.fromkeys(filter(None, (row["from_no"], row["to_no"], row["other_no"]))))
    return f" ({', '.join(told)})" if told else ""


def rejected(views: Views, place: str, codes: Sequence[str], where: Where) -> list[Item]:
    """Rows that are still to be corrected: those of a file that was replaced since are done."""
    count = sum(views.lines[code]["open_rejected"] for code in codes)
    if not count:
        return []
    broken = [row for row in views.facts.reasons[place] if row["severity"] == "error" and row["open_failed"]]
    worst = max(broken, key=lambda row: int(row["open_failed"]), default=None)
    most = (
        both_of(
            ", terbanyak pada {}: {}",
            ", most of them of {}: {}",
            views.feeds[worst["feed"]],
            first_sentence(worst["reason"] or worst["rule"]),
        )
        if worst
        else ""  # files that could not be read row by row
    )
    whose = sorted(codes, key=lambda code: -views.lines[code]["open_rejected"]) if where.page else ()
    named = [_BRANCH.format(code, views.names[code]) for code in whose if views.lines[code]["open_rejected"]]
    text = both_of("{} baris ditolak", "{0} {0:row was/rows were} rejected", number(count)) + most
    return [Item(WARN, text + (" · " + first(named) if named else ""), where.rows("perlu-dibetulkan"))]


def arrears(found: Row, whose: Sequence[Markup | str], href: str) -> list[Item]:
    """Participants who have not paid and are protected still, and with whom most of them are."""
    if not found.get("in_arrears"):
        return []
    text = both_of(
        "{} peserta menunggak dan masih terlindungi: {} dapat ditagih sebelum mereka gugur",
        "{0} {0:participant is/participants are} in arrears and still protected:"
        " {1} can be collected before they lapse",
        number(found["in_arrears"]),
        rupiah(found["arrears_rp"]),
    )
    if not whose:  # nobody looks after them
        return [Item(HINT, text, "#kinerja")]
    text += both_of(", terbanyak pada {}", ", most of them of {}", first(whose))
    return [Item(HINT, text, href)]


def without_agents(places: Sequence[Markup], where: Where, table: str) -> list[Item]:
    """Kabupaten and kota in which no agent is on duty."""
    if not places:
        return []
    text = both_of(
        "{} kabupaten/kota tanpa agen: {}",
        "{0} {0:regency or city/regencies and cities} without an agent: {1}",
        number(len(places)),
        first(places),
    )
    return [Item(HINT, text, where.rows(table, *["none"] * (not where.page)))]
