"""Rejected rows go back to their branch: a workbook for each branch and business date.

A workbook holds what is to be corrected *now*: of each feed of that date the latest delivery, if it was refused, has
rejected rows, or rows whose number stands for something else. Once a correction counts, the workbook is removed.
perisai.replay reads a workbook that comes back.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections import defaultdict
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from cryptography.fernet import Fernet, InvalidToken

from expectations.contract import Contract, contract
from expectations.wording import counted, together
from perisai import rejected
from perisai.branches import branches
from perisai.judging import value_sets
from perisai.rights import lists
from perisai.rights.disclose import hidden
from perisai.settings import Settings
from transforms import workbook
from transforms.dates import ZONES
from transforms.delivery import FIELDS, UNKNOWN_FEED, Delivery
from transforms.workbook import Conflict, Errand, Reject
from warehouse import files
from warehouse.files import Place

log = logging.getLogger(__name__)

# What a branch may correct: its latest delivery of a feed and date, and the one whose rows count meanwhile.
_OPEN = f"""
with said as (
    select
        delivery_id,
        outcome,
        effective,
        coalesce(conflicting, 0) as conflicting,
        row_number() over (
            partition by branch_code, feed, business_date, case feed when 'unknown' then file_name end
            order by revision desc, arrival desc
        ) = 1 as is_last
    from core.delivery
    left join (select delivery_id, count(*) as conflicting from core.conflicting_row group by all)
        using (delivery_id)
    where outcome <> 'duplicate'
)
select conflicting, delivery_id in (select delivery_id from raw.removed), {", ".join(FIELDS)}
from said
join raw.delivery using (delivery_id)
where outcome <> 'failed' and (is_last or effective) and (judgement = 'refused' or rejected > 0 or conflicting > 0)
order by branch_code, business_date, feed, is_last desc, file_name, delivery_id
"""
_DUE = """
select delivery_id, business_date, received_utc, correct_days, by_time
from raw.delivery
join reference.feed_deadline using (feed)
where delivery_id in (select unnest($those)) and business_date between valid_from and coalesce(valid_to, 'infinity')
"""
_LAYOUT = 2
"""Number of the workbook's layout: with another one, all are written anew."""
_SEALED = (
    "Baris yang ditolak tidak dapat dibuka; kirim ulang seluruh file"
    " / the rejected rows cannot be opened; send the whole file again"
)
REMOVED = (
    "Salinan file ini sudah dihapus karena masa simpannya habis; kirim ulang seluruh file, jangan perbaiki per baris"
    " / what was kept of this file was removed by retention; send the whole file again, it cannot be corrected by rows"
)

_HIDDEN = (
    "{0} baris tidak ditampilkan: pemakaian data orangnya dibatasi"
    " / {1} not shown: the use of the person's data is restricted"
)


@dataclasses.dataclass(frozen=True)
class Open:
    """A delivery of which something is to be corrected.

    ``conflicting`` is how many of its rows have a number of something else; with ``removed`` its copy
    went by retention.
    """

    delivery: Delivery
    conflicting: int
    removed: bool = False

    def rejects_in(self, settings: Settings) -> Place:
        """The file of its rejected rows; there is none where it was refused for another reason."""
        return rejected.place(settings, self.delivery.business_date, self.delivery.delivery_id)

    def has_rows(self, settings: Settings) -> bool:
        """Whether there are rows to be corrected one by one."""
        return self.conflicting > 0 or self.rejects_in(settings).exists()


def opened(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Open]:
    """What is to be corrected now, by branch, date and feed.

    Of a feed and date that is the latest delivery alone where it has rows. Where it has none (refused for another
    reason), the rows of the delivery that counts meanwhile still have to be corrected.
    """
    found: dict[tuple[object, ...], list[Open]] = defaultdict(list)
    for conflicting, removed, *row in con.execute(_OPEN).fetchall():
        d = Delivery(*row)
        found[d.branch_code, d.business_date, d.feed, d.file_name if d.feed == UNKNOWN_FEED else ""].append(
            Open(d, conflicting, removed)
        )
    return [
        one
        for group in found.values()
        for place, one in enumerate(group)
        if place == 0 or (not group[0].has_rows(settings) and one.has_rows(settings))
    ]


def write_workbooks(con: duckdb.DuckDBPyConnection, settings: Settings, secret: Fernet) -> int:
    """Brings the workbooks up to date; returns how many were written or removed.

    Only the rejected rows of deliveries that changed since are read, not the whole history.

    Args:
        con: a connection whose default catalog is the lake, with the models built.
        settings: where rejected rows and workbooks lie.
        secret: opens the sealed rows.
    """
    groups: dict[str, list[Open]] = defaultdict(list)
    for one in opened(con, settings):
        d = one.delivery
        groups[f"{d.branch_code}/{d.branch_code}_{d.business_date}.xlsx"].append(one)
    index = settings.workbooks / "index.json"
    before = files.read_json(index, {})
    listed = lists.fingerprint(lists.restricted(settings))
    errands = {name: _errand(con, settings, those) for name, those in groups.items()}
    now = {name: _stamp(con, those, errands[name]) + listed for name, those in groups.items()}
    changed = [name for name in now if before.get(name) != now[name] or not (settings.workbooks / name).exists()]
    for name in changed:
        target = settings.workbooks / name
        content, whole = _book(con, settings, secret, groups[name], errands[name])
        files.write(target, content)
        now[name] = now[name] if whole else ""  # so that it is written again, once its rows can be opened
    there = {path.relative_to(settings.workbooks).as_posix() for path in settings.workbooks.glob("*/*.xlsx")}
    outdated = sorted(there - set(now))
    for name in outdated:
        (settings.workbooks / name).unlink(missing_ok=True)
    if changed or outdated or before != now:
        files.write(index, json.dumps(now, indent=1, sort_keys=True).encode())
    return len(changed) + len(outdated)


def _errand(con: duckdb.DuckDBPyConnection, settings: Settings, opened: list[Open]) -> Errand:
    """Where the corrections of one branch are to be left, and until when."""
    code = opened[0].delivery.branch_code
    branch = next((each for each in branches(settings.reference) if each.code == code), None)
    if branch is None:
        return Errand(code)
    zone = ZoneInfo(ZONES[branch.zone])
    due = {}
    for key, day, received, days, time in con.execute(
        _DUE, {"those": [o.delivery.delivery_id for o in opened]}
    ).fetchall():
        left = max(day, received.replace(tzinfo=UTC).astimezone(zone).date()) if received else day
        due[key] = f"{left + timedelta(days=days)}, {time:%H:%M} {branch.zone}"
    return Errand(code, branch.landing_url, due)


def _stamp(con: duckdb.DuckDBPyConnection, opened: list[Open], errand: Errand) -> str:
    said = [str(_LAYOUT), errand.folder, errand.url, *map(str, sorted(errand.due.items()))]
    said += [one.delivery.delivery_id for one in opened]
    said += [f"{one.delivery.delivery_id} removed" for one in opened if one.removed]
    if held := [one.delivery.delivery_id for one in opened if one.conflicting]:
        found = con.execute(
            """select delivery_id, document_no, status, standing_delivery_id from core.conflicting_row
            where delivery_id in (select unnest($held)) order by all""",
            {"held": held},
        ).fetchall()
        said += map(str, found)
    return hashlib.sha256("|".join(said).encode()).hexdigest()[:16]


def _book(
    con: duckdb.DuckDBPyConnection, settings: Settings, secret: Fernet, opened: list[Open], errand: Errand
) -> tuple[bytes, bool]:
    """The workbook of one branch and date, and whether all of its rejected rows could be opened."""
    rows: dict[str, list[Reject]] = {}
    conflicts: dict[str, list[Conflict]] = {}
    told: dict[str, Contract] = {}
    deliveries = []
    whole = True
    for one in opened:
        d = one.delivery
        if one.removed:
            d = dataclasses.replace(d, reason=together(d.reason, REMOVED))
        try:
            rejects = _rejects(one, settings, secret)
        except (OSError, pa.ArrowException, InvalidToken, ValueError):
            # one damaged file does not keep other branches from their workbooks
            log.warning("the rejected rows of delivery %s cannot be opened", d.delivery_id)
            d = dataclasses.replace(d, reason=together(d.reason, _SEALED))
            rejects, whole = [], False
        if count := sum(row is None for row in rejects):
            kept_back = _HIDDEN.format(count, counted(count, "row is", "rows are"))
            d = dataclasses.replace(d, reason=together(d.reason, kept_back))
        shown = [row for row in rejects if row is not None]
        if shown or one.conflicting:
            told[d.feed] = contract(d.feed, d.business_date, settings.contracts)
        if shown:
            rows[d.feed] = shown
        if one.conflicting:
            conflicts[d.feed] = conflicts_of(con, d, told[d.feed])
        deliveries.append(d)
    first = deliveries[0]
    content = workbook.content(
        first.branch_code,
        first.business_date,
        deliveries,
        rows,
        told,
        conflicts=conflicts,
        errand=errand,
        named=value_sets(settings.reference),
    )
    return content, whole


def _rejects(one: Open, settings: Settings, secret: Fernet) -> list[Reject | None]:
    """The rejected rows of a delivery, in the order of their lines; None for one that may not be shown."""
    path = one.rejects_in(settings)
    if not path.exists():
        return []
    found: list[Reject | None] = []
    for row in sorted(rejected.read(path).to_pylist(), key=lambda row: row["line_no"]):
        cells = json.loads(secret.decrypt(row["sealed_row"].encode()))
        rules = tuple(row["all_rules"])
        reject = Reject(one.delivery.delivery_id, row["file_name"], row["line_no"], rules, row["reason"], cells)
        found.append(None if hidden(settings, row["feed"], row["business_date"], cells) else reject)
    return found


def conflicts_of(con: duckdb.DuckDBPyConnection, delivery: Delivery, rules: Contract) -> list[Conflict]:
    """The rows of a delivery whose number stands for something else, in the order of their lines."""
    has_status = any(name == "status" for name, *_ in rules.lake_columns)
    status = "coalesce(conflict.status = brought.status, conflict.status is null)" if has_status else "true"
    found = con.execute(
        f"""select line_no, document_no, conflict.status, standing.file_name
        from core.conflicting_row as conflict
        join raw.{rules.feed} as brought
            on brought.delivery_id = conflict.delivery_id and brought.{rules.number.name} = document_no and {status}
        join core.delivery as standing on standing.delivery_id = standing_delivery_id
        where conflict.feed = ? and conflict.delivery_id = ? and brought.business_date = ?
        order by line_no""",
        [rules.feed, delivery.delivery_id, delivery.business_date],
    ).fetchall()
    return [Conflict(delivery.delivery_id, delivery.file_name, *row) for row in found]
