"""The published warehouse: one file that no process ever writes to, replaced whole.

A version is built beside the others, audited, and becomes current by the renaming of one symbolic link::

    published/versions/<business date>-<stamp>/warehouse.duckdb, marts/*.parquet, manifest.json
    published/current          -> versions/<the current one>
    published/warehouse.duckdb -> current/warehouse.duckdb
    published/marts            -> current/marts

Whoever has the file open keeps reading yesterday's; whoever opens it now gets today's; nobody waits. DuckDB 1.2 and
later read it. One publisher works at a time; if it is killed, the previous version stays current and the next publisher
removes what it left.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import metadata
from pathlib import Path

import duckdb

from warehouse import audit, compare, copying, durable, files, personal, stamps, versions
from warehouse import bounds as bounding
from warehouse.copying import PUBLISHED_SCHEMAS, AuditFailed
from warehouse.duck import bounded
from warehouse.files import link
from warehouse.versions import DATABASE, Manifest, Version, current, kept

log = logging.getLogger(__name__)

_BUILDING, _GONE = ".building", ".gone-"


class NoVersion(Exception):
    """There is no version to go to; the message says which was asked for."""


@dataclass(frozen=True)
class Order:
    """What is to be published.

    Attributes:
        business_date: The last business date that is in it.
        stamp: What the models were built from; the same stamp is the same version.
        bounds: How far it may move from the last version without a reason.
        because: The reason why it may move further; empty if there is none.
        waived: Columns whose texts may hold what looks like the number of a person.
        rules: What other rules would move of closed months, as warehouse.held tells it.
    """

    business_date: date
    stamp: str
    bounds: bounding.Bounds
    because: str = ""
    waived: frozenset[str] = frozenset()
    rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Publication:
    """The result of publishing.

    Attributes:
        version: What is current now.
        changed: Whether it was made just now.
        held: The version that would have been made, had it not been rolled back by a person; else None.
    """

    version: Version
    changed: bool
    held: Version | None = None


@dataclass(frozen=True)
class Rehearsal:
    """What publishing would do.

    Attributes:
        version: What would be published; its folder is gone.
        difference: What would change; None before the first version.
        beyond: What moves further than it may without a reason.
    """

    version: Version
    difference: compare.Difference | None
    beyond: list[str]


def publish(con: duckdb.DuckDBPyConnection, published: Path, order: Order, keep: int) -> Publication:
    """Copies reference and marts out of the lake into a new version and makes it current.

    The version that is current stays if it has the stamp already, and if the stamp's version was rolled back: what a
    person took out of use does not come back by itself. Anything newer does.

    Args:
        con: a connection whose default catalog is the lake, with the models built.
        published: folder of the published versions.
        order: what is to be published.
        keep: versions that stay, this one included.

    Raises:
        AuditFailed: something was lost on the way, or moved further than it may without a reason.
    """
    with _alone(published):
        _tidy(published)
        now = current(published)
        if now and (wrong := versions.wrong_files(now)):
            log.warning("%s is damaged and is published again: %s", now.name, "; ".join(wrong))
            now = None
        if now and now.stamp == order.stamp:
            return Publication(now, changed=False)
        held = next((one for one in kept(published) if one.stamp == order.stamp and one.rolled_back), None)
        if now and held:
            return Publication(now, changed=False, held=held)
        durable.check(con)
        now = now or _last_whole(published)
        with _built(con, published, order, now) as made:
            beyond = _beyond(con, order, now, made)
            if beyond and not order.because.strip():
                raise AuditFailed("; ".join(beyond))
            version = _place(published, made, order.because if beyond else "", beyond)
        for name in (DATABASE, "marts"):
            link(published / name, Path("current") / name)
        link(published / "current", Path("versions") / version.name)
        files.sync_one(published)
        _forget(published, version, keep)
    return Publication(version, changed=True)


def _last_whole(published: Path) -> Version | None:
    """The last version that is undamaged and was not rolled back; for where the current one is damaged."""
    every = [version for version in kept(published) if not version.rolled_back]
    return next((version for version in reversed(every) if not versions.wrong_files(version)), None)


def rehearse(con: duckdb.DuckDBPyConnection, published: Path, order: Order) -> Rehearsal:
    """Builds and audits what ``publish`` would, says what would change, and removes it again.

    Raises:
        AuditFailed: something was lost on the way.
    """
    with _alone(published):
        _tidy(published)
        now = current(published)
        durable.check(con)
        with _built(con, published, order, now) as made:
            found = compare.difference(con, now, made) if now else None
            return Rehearsal(made, found, _beyond(con, order, now, made))


def rollback(published: Path, name: str = "", because: str = "") -> Version:
    """Makes a version that is kept current again, and notes in the one that was current that it was taken out of use.

    Links into the folder of the version that was current follow; those to what the other one lacks are removed, until
    it is drawn.

    Args:
        published: folder of the published versions.
        name: of the version; empty for the one that was current before the current one. A later one can be named
            too, and its note is removed.
        because: why.

    Raises:
        NoVersion: there is no such version, or it is damaged.
    """
    with _alone(published):
        _tidy(published)
        now, every = current(published), {version.name: version for version in kept(published)}
        if now is None:
            raise NoVersion("nothing is published yet")
        target = every.get(name) if name else versions.before(published, now)
        if target is None:
            asked = name or f"a version before {now.name}"
            raise NoVersion(f"{asked} is not kept; there are: {', '.join(every)}")
        if wrong := versions.wrong_files(target):
            raise NoVersion(f"{target.name} is damaged: {'; '.join(wrong)}")
        # in this order: if the process is killed in between, the next publication repairs what is left
        (target.folder / versions.ROLLED_BACK).unlink(missing_ok=True)
        names = [*every]
        if names.index(target.name) < names.index(now.name):
            versions.note_rollback(now, target, because)
        link(published / "current", Path("versions") / target.name)
        _follow(published, target)
        files.sync_one(published)
        return target


def _follow(published: Path, target: Version) -> None:
    for name in [path for path in published.iterdir() if path.is_symlink()]:
        match name.readlink().parts:
            case ("versions", _, *inside) if inside and target.folder.joinpath(*inside).exists():
                link(name, Path("versions", target.name, *inside))
            case ("versions", _, _, *_):  # nothing there is better than another version's figures beside this one's
                name.unlink()


@contextmanager
def _alone(published: Path) -> Iterator[None]:
    """The lock of the folder, so that of two publishers one waits; the system frees it if the process dies."""
    with files.shared():
        published.mkdir(parents=True, exist_ok=True)
        with (published / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextmanager
def _built(con: duckdb.DuckDBPyConnection, published: Path, order: Order, now: Version | None) -> Iterator[Version]:
    """A new version in a folder of its own, which is removed unless it was moved among the others."""
    folder = published / _BUILDING
    (folder / "marts").mkdir(parents=True)
    try:
        numbers = [version.manifest.number for version in kept(published)]
        first = published / "versions" / versions.name_of(order.business_date, order.stamp)
        manifest = Manifest(
            order.business_date,
            order.stamp,
            {},
            number=max(numbers, default=0) + 1,
            after=now.name if now else "",
            snapshot_id=0,  # known once it is copied
            code=stamps.code(con) or "",
            package=metadata.version("perisai"),
            engine=versions.ENGINE,
            again=(published / "current").resolve() == first.resolve(),
            last_close=audit.head(con),
            rules=list(order.rules),
        )
        snapshot, expected = copying.copy(con, Version(folder, manifest))
        rows, checksums = copying.read_back(folder / DATABASE, expected)
        if held := personal.found(folder / DATABASE, PUBLISHED_SCHEMAS, order.waived, bounded(con)):
            raise AuditFailed(f"{'; '.join(held)}. {personal.REMEDY}")
        hashes = versions.hashes(folder)
        manifest = replace(manifest, rows=rows, snapshot_id=snapshot, checksums=checksums, files=hashes)
        yield Version(folder, manifest)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _beyond(con: duckdb.DuckDBPyConnection, order: Order, now: Version | None, made: Version) -> list[str]:
    """What moves further from the current version than it may."""
    if now is None:
        return []
    is_lost = audit.lost(con, now.manifest.last_close)
    gone = [f"the last close that {now.name} names is not in the audit any more"] if is_lost else []
    gone += [words for rule, words in order.rules.items() if rule not in now.manifest.rules]
    return gone + bounding.beyond(con, order.bounds, now, made.database, copying.since_of(order.business_date))


def _place(published: Path, made: Version, because: str, beyond: list[str]) -> Version:
    """Moves the new version among the others; what a killed publisher left in its place is removed."""
    manifest = replace(made.manifest, because=because, moved=beyond)
    versions.write(made.folder, manifest)
    folder = published / "versions" / made.name
    folder.parent.mkdir(exist_ok=True)
    _remove(published, folder)
    files.place(made.folder, folder)
    return Version(folder, manifest)


def _forget(published: Path, newest: Version, keep: int) -> None:
    """Removes versions that the newest replaces, then the oldest; the one that was current before stays longest."""
    for folder in (published / "versions").glob(f"{versions.name_of(newest.business_date, newest.stamp)}*"):
        if folder != newest.folder:
            _remove(published, folder)
    others = [version for version in kept(published) if version.name != newest.name]
    others.sort(key=lambda version: version.name == newest.manifest.after)
    for version in others[: max(len(others) - keep + 1, 0)]:
        _remove(published, version.folder)


def _remove(published: Path, folder: Path) -> None:
    """Removes a version; it is renamed first, so that a half-deleted one never counts as a version."""
    if folder.exists():
        gone = published / f"{_GONE}{folder.name}"
        folder.rename(gone)
        shutil.rmtree(gone)


def tidy(published: Path) -> None:
    """Removes what a killed publisher left, once nobody publishes."""
    with _alone(published):
        _tidy(published)


def _tidy(published: Path) -> None:
    """Removes what a killed publisher left."""
    for path in [*published.glob(_BUILDING), *published.glob(f"{_GONE}*"), *published.glob("versions/.building-*")]:
        shutil.rmtree(path)
    for name in ("current", "marts", DATABASE):
        for path in published.glob(f".{name}-*"):
            path.unlink()
