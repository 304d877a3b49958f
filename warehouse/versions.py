"""The published versions that are kept: what each says of itself, and whether it still matches its manifest.

    published/versions/<business date>-<stamp>/manifest.json, warehouse.duckdb, marts/*.parquet
    published/current -> versions/<the current one>

A version is never written to again, but for ``rolled_back.json``, the note that it was taken out of use, and for what
is drawn of it (``report``, ``exports``), whose hashes ``drawn.json`` has.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse import files
from warehouse.duck import quoted

log = logging.getLogger(__name__)

DATABASE = "warehouse.duckdb"
MANIFEST = "manifest.json"
ROLLED_BACK = "rolled_back.json"
DRAWN = "drawn.json"
_OWN = "own_hash"
ENGINE = f"duckdb {duckdb.__version__}"


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself.

    Attributes:
        business_date: The last business date that is in it.
        stamp: What the models were built from; the same stamp is the same content.
        rows: Rows of each table.
        number: Grows with each publication.
        after: Name of the version that was current before; empty for the first.
        snapshot_id: Snapshot of the lake that it is a copy of.
        code: Hash of the models and reference tables that it was built by.
        package: Version of this package.
        engine: What computed the checksums; another engine may hash otherwise.
        checksums: Of the rows of each table, whatever their order.
        files: SHA-256 of each file, by its path in the version.
        because: Why it was published although it moved beyond the bounds; empty if it did not.
        moved: What moved beyond them.
        again: Whether it took the place of a damaged current version with the same stamp: its name has the number.
        last_close: Hash and number of the last entry of the audit of closes; empty before the first.
        rules: Closed months that other rules than at the last close move, and which rules; a reason let them through.
    """

    business_date: date
    stamp: str
    rows: dict[str, int]
    number: int
    after: str
    snapshot_id: int
    code: str
    package: str
    engine: str
    checksums: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    because: str = ""
    moved: list[str] = field(default_factory=list)
    again: bool = False
    last_close: str = ""
    rules: list[str] = field(default_factory=list)


def name_of(business_date: date, stamp: str) -> str:
    """What the first version of a content is called, and its folder."""
    return f"{business_date.isoformat()}-{stamp}"


@dataclass(frozen=True)
class Version:
    """One published version."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """What it is called: business date and stamp, and its number where another one has that name."""
        first = name_of(self.manifest.business_date, self.manifest.stamp)
        return f"{first}-{self.manifest.number}" if self.manifest.again else first

    @property
    def stamp(self) -> str:
        """What the models were built from."""
        return self.manifest.stamp

    @property
    def business_date(self) -> date:
        """The last business date that is in it."""
        return self.manifest.business_date

    @property
    def database(self) -> Path:
        """The file that analysts open."""
        return self.folder / DATABASE

    @property
    def rolled_back(self) -> dict[str, str] | None:
        """To which version it was rolled back (``to``), and why (``because``); None if it was not."""
        note = self.folder / ROLLED_BACK
        try:
            return dict(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else None
        except ValueError:  # damaged, but the file proves that the version was rolled back
            return {"to": "", "because": f"{note.name} is damaged"}


def current(published: Path) -> Version | None:
    """The version that readers get now, or None before the first."""
    return read((published / "current").resolve())


def kept(published: Path) -> list[Version]:
    """All versions that are kept, in the order in which they were published."""
    folders = (path for path in (published / "versions").glob("[!.]*"))
    found = [version for path in folders if (version := read(path))]
    return sorted(found, key=lambda one: one.manifest.number)


def before(published: Path, version: Version) -> Version | None:
    """The version that was current before; if it is not kept, the last earlier one that was not rolled back."""
    every = kept(published)
    after = [one for one in every if one.name == version.manifest.after]
    earlier = every[: [one.name for one in every].index(version.name)]
    return next((one for one in [*after, *reversed(earlier)] if one in after or not one.rolled_back), None)


def read(folder: Path) -> Version | None:
    """The version in a folder, or None if there is none."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    known = {one.name for one in fields(Manifest)}  # fields that a later release adds are ignored
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        said["business_date"] = date.fromisoformat(said["business_date"])
        return Version(folder, Manifest(**{name: value for name, value in said.items() if name in known}))
    except (ValueError, KeyError, TypeError):
        log.warning("%s is damaged, so the version counts as none; put it back, or publish it again", path)
        return None


def write(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest of a version that is being built."""
    said = json.loads(json.dumps(asdict(manifest), default=str))
    text = json.dumps(said | {_OWN: _own_hash(said)}, indent=2, ensure_ascii=False)
    files.write(folder / MANIFEST, text + "\n")


def _own_hash(said: Mapping[str, Any]) -> str:
    """SHA-256 of what a manifest says, but for this hash, however it is laid out."""
    rest = {name: value for name, value in said.items() if name != _OWN}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def counted(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str]) -> tuple[int, str]:
    """Rows of a table and the checksum of what is in them, whatever their order.

    Args:
        con: any connection.
        table: the table, or a query in brackets.
        columns: its columns.
    """
    names = ", ".join(columns)
    rows, checksum = con.execute(f"select count(*), sum(hash({names})) from {table}").fetchone() or (0, None)
    return int(rows), f"{int(checksum or 0):x}"


def columns_of(con: duckdb.DuckDBPyConnection, catalog: str, schemas: Iterable[str]) -> dict[str, dict[str, str]]:
    """Type of each column of each table and view of some schemas, by ``schema.table``, in their order."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        """select concat(schema_name, '.', table_name), column_name, data_type from duckdb_columns()
        where database_name = $catalog and list_contains($schemas, schema_name)
        order by schema_name, table_name, column_index""",
        {"catalog": catalog, "schemas": list(schemas)},
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def hashes(folder: Path, beside: Path | None = None) -> dict[str, str]:
    """SHA-256 of each file in a folder, by its path in it, or in another one that it is in."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(beside or folder).as_posix(): _sha256(path) for path in files}


def note_drawn(version: Version, folders: Iterable[Path]) -> None:
    """Notes the hashes of what was drawn of a version."""
    found = {name: each for folder in folders for name, each in hashes(folder, version.folder).items()}
    files.write(version.folder / DRAWN, json.dumps(found, indent=2, sort_keys=True) + "\n")


def forget_drawn(version: Version) -> None:
    """Takes that note away, before something is drawn anew."""
    (version.folder / DRAWN).unlink(missing_ok=True)


def drawn(version: Version) -> dict[str, str]:
    """SHA-256 of each file that was drawn of a version, by its path in it; none if that is not noted.

    Raises:
        ValueError: the note is damaged.
    """
    note = version.folder / DRAWN
    return dict(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else {}


def wrong_drawn(version: Version) -> list[str]:
    """Which files that were drawn of a version differ from those drawn; none if nothing was, or if that is not told."""
    try:
        said = drawn(version)
    except ValueError:
        return [f"{DRAWN} is damaged"]
    return [words for name, expected in sorted(said.items()) if (words := _wrong_file(version, name, expected))]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wrong_files(version: Version) -> list[str]:
    """Which files of a version differ from those published."""
    found = [] if _is_whole(version) else [f"{MANIFEST} is not what was published"]
    said = version.manifest.files.items()
    return found + [words for name, expected in said if (words := _wrong_file(version, name, expected))]


def _wrong_file(version: Version, name: str, expected: str) -> str:
    path = version.folder / name
    if not path.exists():
        return f"{name} is gone"
    return f"{name} is not the file that was published" if _sha256(path) != expected else ""


def _is_whole(version: Version) -> bool:
    """Whether a manifest says what it said when it was written."""
    said = json.loads((version.folder / MANIFEST).read_text(encoding="utf-8"))
    return version.folder.name == version.name and said.get(_OWN) == _own_hash(said)


def wrong_tables(con: duckdb.DuckDBPyConnection, version: Version) -> list[str]:
    """Which tables of a version do not hold what its manifest says.

    Args:
        con: any connection that nothing is attached to as ``checked``.
        version: the version, whose file is there.
    """
    said, found = version.manifest, []
    con.execute(f"attach {quoted(version.database)} as checked (read_only)")
    try:
        columns = columns_of(con, "checked", {table.partition(".")[0] for table in said.rows})
        for table, expected in said.rows.items():
            if table not in columns:
                found.append(f"{table} is gone")
                continue
            rows, checksum = counted(con, f"checked.{table}", columns[table])
            if rows != expected:
                found.append(f"{table} has {rows} rows and not {expected}")
            elif said.engine == ENGINE and checksum != said.checksums[table]:
                found.append(f"{table} has other rows than were published")
    finally:
        con.execute("detach checked")
    return found


def note_rollback(version: Version, to: Version, because: str) -> None:
    """Notes in a version that it was taken out of use, whole or not at all."""
    said = json.dumps({"to": to.name, "because": because}, ensure_ascii=False)
    files.write(version.folder / ROLLED_BACK, said + "\n")
