"""Published versions in the store, for readers who reach it and no folder of the home.

    published/versions/<business date>-<stamp>/warehouse.duckdb, marts/*.parquet, report, exports, manifest.json
    published/current.json

A version is whole once its manifest is there, which is written last; what was drawn of it, once ``drawn.json`` is.
``current.json`` names the version to read. It is written after that, as one small object, so that a reader finds the
earlier version or the new one, and no mixture. An object is never written to again. The slices of the offices have
rejected rows in clear: they stay in the home.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from warehouse import files, trees, versions
from warehouse.files import Place
from warehouse.versions import DATABASE, DRAWN, MANIFEST, Version

log = logging.getLogger(__name__)

POINTER = "current.json"
_LEFT_OUT = "offices/"
_AT_ONCE = 8  # files: each is waited for


def share(published: Path, place: Place, keep: int) -> None:
    """Writes the current version where it is missing, names it, and removes the oldest of the others.

    What a killed process left is made whole. One process at a time does this: the caller holds the lock.

    Args:
        published: folder of the published versions in the home.
        place: their place in the store.
        keep: versions that stay there, whichever machine wrote them.
    """
    now = versions.current(published)
    if now is None:
        return
    target = place / "versions" / now.name
    if not (target / MANIFEST).exists():
        _put(now, target, now.manifest.files, MANIFEST)
    try:
        drawn = [name for name in versions.drawn(now) if not name.startswith(_LEFT_OUT)]
    except ValueError:
        log.warning("%s is damaged, so what was drawn is not in the store; see perisai verify", now.folder / DRAWN)
        drawn = []
    if drawn and _text(target / DRAWN) != _text(now.folder / DRAWN):
        files.remove(target / DRAWN)
        _put(now, target, drawn, DRAWN)
    if _text(place / POINTER) != (said := _pointer(now)):
        files.write(place / POINTER, said)
    _forget(place, now.name, keep)


def wrong(published: Path, place: Place) -> list[str]:
    """How what is in the store differs from the current version and from what its own manifest says."""
    now = versions.current(published)
    if now is None:
        return []
    found = [] if _text(place / POINTER) == _pointer(now) else [f"{place / POINTER} does not name {now.name}"]
    folder = cast(Path, place / "versions" / now.name)  # an address has the same methods
    version = versions.read(folder)
    if version is None:
        return [*found, f"{folder} has no manifest"]
    return found + [f"{folder}: {words}" for words in versions.wrong_files(version)]


def _pointer(version: Version) -> str:
    folder = f"versions/{version.name}"
    said = {
        "version": version.name,
        "business_date": version.business_date.isoformat(),
        "database": f"{folder}/{DATABASE}",
        "marts": f"{folder}/marts",
    }
    return json.dumps(said, indent=2) + "\n"


def _put(version: Version, target: Place, names: Iterable[str], last: str) -> None:
    def copy(name: str) -> None:
        path = version.folder / name
        trees.copy(path, target / name, path.stat().st_mtime_ns)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(copy, names))
    copy(last)


def _forget(place: Place, current: str, keep: int) -> None:
    """Removes the versions that were written first, their manifests before the rest; and what has none."""
    there = trees.listed(place)
    written = {path.parts[1]: 0 for path in there if path.parts[0] == "versions"}
    written |= {name: there[note].time for name in written if (note := Path("versions", name, MANIFEST)) in there}
    others = sorted((name for name in written if name != current), key=lambda name: (written[name], name))
    gone = {name for name in others if not written[name]} | {*others[: max(len(others) - keep + 1, 0)]}
    for name in sorted(gone):
        files.remove(place / "versions" / name / MANIFEST)
        files.remove(place / "versions" / name)


def _text(path: Place) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
