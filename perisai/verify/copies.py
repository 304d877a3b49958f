"""The copies in ``raw``, their notes in the inbox, and the ledger that says what became of each."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from expectations.contract import contract
from perisai import inbox
from perisai.settings import Settings
from perisai.verify.finding import Found
from transforms.delivery import MANIFEST_SUFFIX, delivery_id, manifest_name, read_manifest
from warehouse import removed

_FROM_BACKUP = "put {} back from a backup, or have the branch send the same file again; then run the date again"
_ANEW = "remove the folder inbox: the next run makes it anew from raw"


def check(con: duckdb.DuckDBPyConnection, settings: Settings) -> Found:
    """Compares the copies with the hashes that their folders name, and with the ledger."""
    found = Found()
    there = {}
    for path in sorted(settings.raw.glob("[!.]*/[!.]*/*/[!.]*")):
        if path.name.endswith(MANIFEST_SUFFIX):
            continue
        branch, _, digest, name = path.relative_to(settings.raw).parts
        there[delivery_id(branch, name, digest)] = path
        if not inbox.is_whole(path):
            found.add(f"{path} is not the file that was received", _FROM_BACKUP.format("it"))
    found.checked["copies"] = len(there)
    if settings.erasing.exists():
        found.add("an erasure was cut off, so that the person is in parts of the home still", "run perisai forget")
    _erased(con, there, found)
    known = _ledger(con, settings, there, found)
    noted = _notes(settings, there, found)
    for key in sorted(there.keys() - known - noted):
        found.add(f"{there[key]} is neither in the ledger nor noted in the inbox: nothing will load it", _ANEW)
    return found


def _erased(con: duckdb.DuckDBPyConnection, there: dict[str, Path], found: Found) -> None:
    """Compares what is noted beside copies of which a person was erased with what the ledger has of them."""
    said = dict(con.execute("select delivery_id, sha256 from raw.erased").fetchall())
    noted = {key: note.get("sha256") for key, path in there.items() if (note := inbox.erased(path)) is not None}
    for key in sorted(key for key in {*said, *noted} if said.get(key) != noted.get(key) and key in there):
        found.add(f"{there[key]} is not what an erasure has left by the ledger", _FROM_BACKUP.format("it"))
    found.checked |= {"copies of which a person was erased": len(said)} if said else {}


def _ledger(con: duckdb.DuckDBPyConnection, settings: Settings, there: dict[str, Path], found: Found) -> set[str]:
    """Keys of the deliveries in the ledger, each compared with its copy and its numbers."""
    rows = con.execute(
        "select delivery_id, file_name, sha256, bytes, lines = accepted + rejected + duplicates,"
        " control_lines, control_rp, feed, business_date, judgement from raw.delivery order by all"
    ).fetchall()
    gone = removed.keys(con, removed.COPY)
    for key, name, digest, size, adds_up, control_lines, control_rp, feed, day, judgement in rows:
        said = f"{name} ({digest[:8]}) of the ledger"
        path = there.get(key)
        if key in gone:
            if path is not None:
                found.add(f"{path} was to be removed by retention", "run perisai housekeep, or remove it by hand")
        elif path is None:
            found.add(f"the copy of {said} is gone", _FROM_BACKUP.format("it"))
        elif (inbox.erased(path) is None and path.stat().st_size != size) or path.parent.name != digest:
            found.add(f"{said} says another size or hash than the copy has", "see When a file of the lake is damaged")
        elif judgement == "accepted" and not _agrees(
            path, contract(feed, day, settings.contracts).control_total, control_lines, control_rp
        ):
            beside = path.with_name(manifest_name(path.name))
            found.add(f"{beside} is not the manifest that was read", _FROM_BACKUP.format("it"))
        if not adds_up:
            found.add(f"the numbers of {said} do not add up", "see When a file of the lake is damaged")
    found.checked["deliveries"] = len(rows)
    found.checked |= {"copies removed by retention": len(gone)} if gone else {}
    return {row[0] for row in rows}


def _agrees(path: Path, total: str | None, lines: int | None, rupiah: int | None) -> bool:
    """Whether the manifest beside a copy says what the ledger has of it; one of a correction has no such numbers."""
    try:
        manifest = read_manifest(path, total)
    except ValueError:
        return False
    if manifest is None or manifest.corrects:
        return lines is None
    return (lines, rupiah) == (manifest.lines, manifest.total_rp) and manifest.sha256 in {None, path.parent.name}


def _notes(settings: Settings, there: dict[str, Path], found: Found) -> set[str]:
    """Keys that the inbox has a note of, each compared with what it says."""
    notes = list(settings.inbox.glob("[!.]*")) if settings.inbox.exists() else []
    for path in sorted(notes):
        try:
            branch, _, digest, name = Path(json.loads(path.read_text(encoding="utf-8"))).parts
        except (ValueError, TypeError):
            branch = digest = name = ""
        if delivery_id(branch, name, digest) != path.name:
            found.add(f"the note {path} is damaged", _ANEW)
    found.checked["notes"] = len(notes)
    return {path.name for path in notes}
