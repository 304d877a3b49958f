"""What a monitor asks: is it alive, how far is it, how much came, how long does it take, is the disk full.

It reads the published file and the heartbeats alone: no key, no lock and nothing of a person.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import duckdb

from perisai.settings import Settings
from warehouse import files
from warehouse.versions import current

Sample = tuple[dict[str, str], float]
_TOLD = {
    "published_business_date_seconds": "Last business date that is published, 0:00 UTC of it, as Unix time.",
    "published_seconds": "When the current version was published, as Unix time.",
    "rows": "Rows that came for the last published business date, by feed and by what became of them.",
    "deliveries": "Deliveries of the last published business date by outcome; absent: expected, and not there.",
    "branches_behind": "Branches of which some feed is behind.",
    "step_done_seconds": "When a step was last done, as Unix time.",
    "step_duration_seconds": "How long it took then.",
    "disk_bytes": "Size of the disk of the home.",
    "disk_free_bytes": "What is free of it.",
}
_ROWS = """
select feed, sum(accepted), sum(rejected), sum(duplicates) from marts.delivery_day
where business_date = (select max(business_date) from marts.delivery_day) group by feed order by feed
"""
_DELIVERIES = """
select outcome, count(*) from marts.delivery_day
where business_date = (select max(business_date) from marts.delivery_day) group by outcome order by outcome
"""
_BEHIND = "select count(distinct branch_code) from marts.freshness where days_behind > 0"


def as_text(settings: Settings) -> str:
    """All metrics, in the text format of Prometheus."""
    found: dict[str, list[Sample]] = {name: [] for name in _TOLD}
    for name, labels, value in [*_published(settings), *_steps(settings), *_disk(settings)]:
        found[name].append((labels, value))
    lines = []
    for name, words in _TOLD.items():
        lines += [f"# HELP perisai_{name} {words}", f"# TYPE perisai_{name} gauge"]
        for labels, value in found[name]:
            said = ",".join(f'{key}="{text}"' for key, text in labels.items())
            lines.append(f"perisai_{name}{f'{{{said}}}' if said else ''} {value:.17g}")
    return "\n".join(lines) + "\n"


def write(settings: Settings, target: Path) -> None:
    """Writes them to a file, whole, which others may read: for node_exporter's textfile collector."""
    with files.whole(target) as part:
        part.write_text(as_text(settings), encoding="utf-8")
        part.chmod(0o644)


def _published(settings: Settings) -> Iterator[tuple[str, dict[str, str], float]]:
    version = current(settings.published)
    if version is None:
        return
    day = datetime.combine(version.manifest.business_date, time(), UTC)
    yield "published_business_date_seconds", {}, day.timestamp()
    yield "published_seconds", {}, version.database.stat().st_mtime
    with duckdb.connect(str(version.database), read_only=True) as con:
        for feed, *counts in con.execute(_ROWS).fetchall():
            for outcome, count in zip(("accepted", "rejected", "duplicate"), counts, strict=True):
                yield "rows", {"feed": feed, "outcome": outcome}, count or 0
        for outcome, count in con.execute(_DELIVERIES).fetchall():
            yield "deliveries", {"outcome": outcome}, count
        yield "branches_behind", {}, (con.execute(_BEHIND).fetchone() or (0,))[0]


def _steps(settings: Settings) -> Iterator[tuple[str, dict[str, str], float]]:
    for path in sorted(settings.heartbeats.glob("[!.]*")):
        try:
            seconds = float(path.read_text(encoding="ascii"))
        except ValueError:
            continue  # it is being written, or a power failure emptied it; the alert on a late step tells
        yield "step_done_seconds", {"step": path.name}, path.stat().st_mtime
        yield "step_duration_seconds", {"step": path.name}, seconds


def _disk(settings: Settings) -> Iterator[tuple[str, dict[str, str], float]]:
    if settings.home.exists():
        disk = shutil.disk_usage(settings.home)
        yield "disk_bytes", {}, disk.total
        yield "disk_free_bytes", {}, disk.free
