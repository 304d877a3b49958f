"""What is kept for a time only: copies in ``raw``, rejected rows that are corrected, and logs.

What goes is noted in the lake (``raw.removed``) before it is removed, and beside a copy, too. So nobody takes it for
lost, fetches it again, or makes a lake anew without its rows.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from perisai import close, inbox, rejected
from perisai.errors import DayFailed
from perisai.intake import UNDATED
from perisai.settings import Settings
from perisai.verify.finding import Found
from perisai.verify.lake import check as check_lake
from perisai.verify.people import check as check_people
from transforms.delivery import dated, delivery_id
from warehouse import files, lake, removed, stamps
from warehouse.files import Place

log = logging.getLogger(__name__)

_DAY = 86_400


def apply(con: duckdb.DuckDBPyConnection, settings: Settings, today: date) -> dict[str, int]:
    """Removes what the settings let go: how many ``copies`` and ``rejects`` (files of rejected rows).

    Args:
        con: a connection to the lake.
        settings: the settings.
        today: the date that it is; one after the last business date that was run counts as that, so that a clock that
            is wrong removes nothing.

    Raises:
        DayFailed: lake or vault are not whole; nothing was removed.
    """
    done = _finish(con, settings)  # what a run that was killed has noted
    last = lake.last_day(con)
    if last is None or stamps.stamp(con) is None:
        return done
    today = min(today, last)
    years, days = settings.keep_raw_years, settings.keep_rejects_days
    copies = today.replace(year=today.year - years, day=min(today.day, 28)) if years else None  # no 29 February
    rejects = today - timedelta(days=days) if days else None
    found = [
        row
        for row in removed.old(con, copies, rejects)
        if (_copy if row.what == removed.COPY else _rejects)(settings, row)
    ]
    if not found:
        return done
    _check_whole(con, settings)
    rules = {removed.COPY: f"PERISAI_KEEP_RAW_YEARS={years}", removed.REJECTS: f"PERISAI_KEEP_REJECTS_DAYS={days}"}
    removed.note(con, found, rules, datetime.now(UTC).replace(tzinfo=None), close.user())
    return {name: count + done[name] for name, count in _finish(con, settings).items()}


def _check_whole(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Refuses while lake or vault are not whole: what is removed may be what they have to be made anew from."""
    found = [*check_lake(con, Found()).wrong, *check_people(con, settings).wrong]
    if found:
        raise DayFailed(
            f"nothing was removed by retention: {'; '.join(f'{each.what} -> {each.mend}' for each in found)}"
        )


def _finish(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, int]:
    """Removes what was noted last, as far as it is there."""
    counts = {"copies": 0, "rejects": 0}
    for row in removed.last(con):
        if row.what == removed.COPY and (copy := _copy(settings, row)):
            said = {"rule": row.rule, "removed_utc": str(row.removed_utc), "removed_by": row.removed_by}
            inbox.remove(copy, said)
            counts["copies"] += 1
        elif row.what == removed.REJECTS and (rows := _rejects(settings, row)):
            files.remove(rows)
            counts["rejects"] += 1
        else:
            continue
        log.info("removed %s of %s (%s) of %s: %s", row.what, row.file_name, row.delivery_id, row.branch_code, row.rule)
    return counts


def _copy(settings: Settings, row: removed.Row) -> Path | None:
    """The copy of a delivery, if it is there; the ledger does not tell each file's name as it is."""
    for day in {str(dated(row.file_name)), str(row.business_date), UNDATED}:
        for path in (settings.raw / row.branch_code / day / row.sha256).glob("[!.]*"):
            if delivery_id(row.branch_code, path.name, row.sha256) == row.delivery_id:
                return path
    return None


def _rejects(settings: Settings, row: removed.Row) -> Place | None:
    """The rejected rows of a delivery, if they are there."""
    place = rejected.place(settings, row.business_date, row.delivery_id)
    return place if place.exists() else None


def remove_logs(settings: Settings, folder: Path) -> int:
    """Removes files of logs that nobody has written to for so many days, and folders that are empty for as long."""
    if not settings.keep_logs_days:
        return 0
    before, count = time.time() - settings.keep_logs_days * _DAY, 0
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.lstat().st_mtime >= before:
            continue
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # it is not empty
                path.rmdir()
        else:
            path.unlink(missing_ok=True)
            count += 1
    return count
