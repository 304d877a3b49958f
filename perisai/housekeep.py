"""Housekeeping of a home: the lake is kept as large as its data, and what killed runs left is removed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from perisai import retention, shards
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake
from transforms.dates import ZONES
from warehouse import closed, files, housekeeping, lake, publish, vault, versions
from warehouse.benches import PARTS
from warehouse.files import Place

log = logging.getLogger(__name__)

_DAY = 86_400
LEFT_FOR_DAYS = 2
"""A run may stop between two of its steps for so long; what is older was left by one that was killed."""


@logged
def housekeep(settings: Settings, logs: Path | None = None, today: date | None = None) -> Receipt:
    """Keeps the lake as large as its data, the vault in few objects, and removes what killed runs left.

    The last snapshot stays, those of ``keep_snapshot_days``, those of closed months and of drafts that may still be
    approved, those of published versions, and those that tell the next build what changed. Copies, rejected rows and
    logs go as the settings say (perisai.retention).

    Args:
        settings: the settings.
        logs: Airflow's folder of logs; by default that of ``make run``.
        today: the date that it is in Makassar; by default what the clock says.
    """
    now = today or datetime.now(ZoneInfo(ZONES["WITA"])).date()
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        gone = retention.apply(con, settings, now)
        kept = housekeeping.keep_house(con, _needed(con, settings), settings.keep_snapshot_days)
        merged = vault.merge(con, settings.vault)
        publish.tidy(settings.published)
        removed = 0
        for path in _left(settings):
            log.warning("%s was left by a run that was killed, and is removed", path)
            files.remove(path)
            removed += 1
        old_logs = retention.remove_logs(settings, logs or settings.home / "airflow" / "logs")
    return {**vars(kept), "vault": merged, "removed": removed, **gone, "logs": old_logs}


def _needed(con: duckdb.DuckDBPyConnection, settings: Settings) -> set[int]:
    """Snapshots that have to stay."""
    closed.ensure_tables(con)
    query = """select snapshot_id from closed.month
        union select snapshot_id from closed.draft where period not in (select period from closed.month)"""
    months = {snapshot for (snapshot,) in con.execute(query).fetchall()}
    published = {version.manifest.snapshot_id for version in versions.kept(settings.published)}
    return {snapshot for snapshot in months | published if snapshot is not None}


def _left(settings: Settings) -> Iterator[Place]:
    """What no run that is still at work can need: staged rows, spilled ones, and files that were not finished."""
    before = time.time() - LEFT_FOR_DAYS * _DAY
    found = [*settings.staging.glob("*"), *settings.spill.glob("*"), *settings.staging.glob("extract/*")]
    found = [path for path in found if path.name not in {"spill", "extract"}]
    found += settings.buckets.parent.glob("buckets")
    found += settings.buckets.parent.glob(f"{PARTS}/*")
    found += [*settings.home.glob(".inbox-*"), *(settings.home / settings.statements.name).glob("*/.*")]
    found += settings.home.glob(".*.part")
    for folder in (settings.workbooks.parent, settings.published, settings.lake, settings.home / settings.vault.name):
        found += folder.rglob(".*.part")
    for path in sorted(set(found)):
        if path.lstat().st_mtime < before:
            yield path
    yield from shards.abandoned(settings, before)
