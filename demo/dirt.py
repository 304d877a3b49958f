"""What is wrong with the exports, on purpose. None of it disturbs the figures of ``plan``.

Whole deliveries are spoilt as ``DELIVERIES`` lists, and rows are added that break a rule each (``demo.bad_rows``). Bad
rows stand on top of the good ones; where a delivery cannot be used, its rows arrive corrected or a day later.
``python -m demo`` prints each spoilt delivery with its lines, its rejected lines and the outcome that a warehouse
should come to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.bad_rows import bad_rows, good_row, odd_rows
from demo.calendar import Ints, number
from demo.export import Outgoing
from expectations.contract import contract

ODD_NAMES = ('Peserta "Contoh" Kutip', "Peserta Contoh, S.Pd.", "Peserta O'Contoh")
UNVERIFIED = "STG03"
"""The branch that sends no manifests."""


@dataclass(frozen=True)
class Spoilt:
    """One spoilt delivery; ``feed`` * means every feed."""

    branch: str
    feed: str
    day: date
    kind: str
    why: str


def _october(day: int) -> date:
    return date(2023, 10, day)


DELIVERIES = (
    Spoilt("NTB02", "registrations", _october(2), "repeated", "rows stand twice in the file"),
    Spoilt("NTB02", "contributions", _october(2), "repeated", "rows stand twice in the file"),
    Spoilt("NTB02", "claims", _october(2), "repeated", "rows stand twice in the file"),
    Spoilt("NTB02", "agents", _october(2), "repeated", "rows stand twice in the file"),
    Spoilt("NTB02", "contributions", _october(3), "corrected", "amounts half as high, corrected by _r2"),
    Spoilt("NTB03", "registrations", _october(4), "sent_again", "names with quotes and commas; sent again as _r2"),
    Spoilt("STG03", "contributions", _october(4), "empty", "a file of zero bytes, then the right one"),
    Spoilt("NTB04", "*", _october(5), "absent", "nothing at all; the rows come a day later"),
    Spoilt("STG01", "registrations", _october(6), "bom", "begins with a byte order mark"),
    Spoilt("STG02", "contributions", _october(6), "crlf", "lines end with CR LF"),
    Spoilt("NTB02", "claims", _october(7), "wrong_folder", "left in the folder of NTB03 too"),
    Spoilt("STG03", "claims", _october(8), "header_only", "a Sunday without claims"),
    Spoilt("STG02", "claims", _october(9), "absent", "the feed is missing; its rows come a day later"),
    Spoilt("NTB05", "contributions", _october(9), "aliases", "header in other words and other case"),
    Spoilt("NTB05", "registrations", _october(10), "no_nik", "column NIK is missing, then the right file"),
    Spoilt("NTB01", "claims", _october(10), "manifest", "the manifest counts other lines, then the right one"),
    Spoilt(
        "NTB02",
        "registrations",
        _october(11),
        "mostly_bad",
        "a spreadsheet ruined the NIKs, then the right file",
    ),
    Spoilt("NTB05", "*", _october(7), "late", "left an hour after it was due"),
    Spoilt("STG02", "*", _october(11), "very_late", "left two days and ten hours after it was due"),
    Spoilt("STG01", "contributions", _october(11), "sent_later", "sent again as the next day's _r2"),
)


def held_back(branch: str, feed: str, days: Ints) -> Ints:
    """The business day of each event: its own, or the next one where that day's file lacks it."""
    for spoilt in DELIVERIES:
        if spoilt.kind in ("absent", "header_only") and spoilt.branch == branch and spoilt.feed in ("*", feed):
            days = np.where(days == number(spoilt.day), number(spoilt.day) + 1, days)
    return days


def spoil(out: Outgoing, go_live: date | None) -> Iterator[Outgoing]:
    """What a branch really sends instead of the clean file: nothing, that file or several.

    The go-live export is spared, whatever its date.
    """
    if out.branch == UNVERIFIED:
        out = replace(out, manifest="none")
    if out.day == go_live:
        yield out
        return
    if bad := bad_rows(out.feed, out.branch, out.day):
        severity = {rule.name: rule.severity for rule in contract(out.feed).rules}
        rejected = sum(severity[rule] == "error" for rule, _ in bad)
        why = "breaks " + ", ".join(dict.fromkeys(rule for rule, _ in bad))
        extra = tuple(row for _, row in bad)
        out = replace(out, extra=extra, rejected=rejected, warnings=len(bad) - rejected, why=why)
    if odd := odd_rows(out.feed, out.branch, out.day):
        out = replace(out, extra=(*out.extra, *odd), why="odd, and breaks no rule")
    for spoilt in DELIVERIES:
        if (spoilt.branch, spoilt.day) == (out.branch, out.day) and spoilt.feed in ("*", out.feed):
            yield from KINDS[spoilt.kind](replace(out, why=spoilt.why))
            return
    yield out


def _absent(out: Outgoing) -> list[Outgoing]:
    return []


def _header_only(out: Outgoing) -> list[Outgoing]:
    return [out]


def _one_more(out: Outgoing) -> Outgoing:
    """The file with a row on top, so that it has one even at the smallest size."""
    return replace(out, extra=(good_row(out.feed, out.branch, out.day, 1),))


def _refused_then(out: Outgoing, **wrong: Any) -> list[Outgoing]:
    out = _one_more(out)
    return [replace(out, outcome="refused", **wrong), replace(out, revision=2, why="the right file")]


def _repeated(out: Outgoing) -> list[Outgoing]:
    """Rows on top twice over (none for a roster) and the first three others once more."""
    extra = [good_row(out.feed, out.branch, out.day, n) for n in (1, 2) if out.feed != "agents"]
    again = out.table.slice(0, 3)
    table = pa.concat_tables([out.table, again])
    return [replace(out, table=table, extra=(*extra, *extra), duplicates=len(extra) + again.num_rows)]


def _corrected(out: Outgoing) -> list[Outgoing]:
    place = out.table.column_names.index("amount_rp")
    wrong = out.table.set_column(place, "amount_rp", pc.divide(out.table["amount_rp"], 2))
    wrong_row = good_row(out.feed, out.branch, out.day, 1, {"amount_rp": "8400"})
    return [
        replace(out, table=wrong, extra=(wrong_row,), outcome="superseded", warnings=wrong.num_rows + 1),
        replace(_one_more(out), revision=2, why="the correction"),
    ]


def _sent_again(out: Outgoing) -> list[Outgoing]:
    names = [good_row(out.feed, out.branch, out.day, n, {"full_name": name}) for n, name in enumerate(ODD_NAMES, 1)]
    first = replace(out, extra=tuple(names))
    return [first, replace(first, revision=2, outcome="duplicate", why="the same file again")]


def _sent_later(out: Outgoing) -> list[Outgoing]:
    first = _one_more(out)
    later = out.day + timedelta(days=1)
    return [
        first,
        replace(first, day=later, revision=2, outcome="duplicate", why="the day before's file again"),
    ]


def _wrong_folder(out: Outgoing) -> list[Outgoing]:
    return [replace(out, why=""), replace(out, folder="NTB03", outcome="refused")]


def _no_nik(out: Outgoing) -> list[Outgoing]:
    row = list(good_row(out.feed, out.branch, out.day, 1))
    del row[out.table.column_names.index("nik")]
    return _refused_then(out, table=out.table.drop_columns(["nik"]), extra=(tuple(row),))


def _mostly_bad(out: Outgoing) -> list[Outgoing]:
    nik = out.table.column_names.index("nik")
    ruined = out.table.set_column(nik, "nik", pa.repeat("5.20301E+15", out.table.num_rows))
    extra = tuple(good_row(out.feed, out.branch, out.day, n, {"nik": "5.20301E+15"}) for n in range(1, 13))
    return _refused_then(out, table=ruined, extra=extra)


def _aliases(out: Outgoing) -> list[Outgoing]:
    header = tuple(
        column.aliases[0].lower() if column.aliases else column.name
        for column in contract(out.feed).exported
        if column.name in out.table.column_names
    )
    return [replace(_one_more(out), header=header)]


KINDS: dict[str, Callable[[Outgoing], list[Outgoing]]] = {
    "absent": _absent,
    "header_only": _header_only,
    "repeated": _repeated,
    "corrected": _corrected,
    "sent_again": _sent_again,
    "sent_later": _sent_later,
    "wrong_folder": _wrong_folder,
    "no_nik": _no_nik,
    "mostly_bad": _mostly_bad,
    "aliases": _aliases,
    "empty": lambda out: _refused_then(out, disguise=lambda content: b""),
    "manifest": lambda out: _refused_then(out, manifest="wrong"),
    "bom": lambda out: [replace(_one_more(out), disguise=lambda content: b"\xef\xbb\xbf" + content)],
    "late": lambda out: [replace(out, after=timedelta(days=1, hours=13))],
    "very_late": lambda out: [replace(out, after=timedelta(days=3, hours=22))],
    "crlf": lambda out: [replace(_one_more(out), disguise=lambda content: content.replace(b"\n", b"\r\n"))],
}
