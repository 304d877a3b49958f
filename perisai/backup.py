"""A copy of what the warehouse holds that is of one moment, made while days go on; and a warehouse made of the copy.

A backup is a home in a folder, wherever catalog, lake, rejected rows and statements lie: ``perisai verify`` looks at it
as at any other, and it becomes a home again, or PostgreSQL and object storage.

First what is written once is copied (``raw``, files that the lake names, versions) beside whoever works on it: that is
the bulk. Then, while nobody does, all that differs, the catalog last. Housekeeping takes the same lock, so what the
catalog names then is there. The next backup copies what is new. A file that rots keeps size and time, and a file of the
lake is compared with its checksum before it is copied, so it does not replace the good one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from expectations.wording import counted
from perisai import inbox
from perisai.errors import DayFailed
from perisai.rights import forget, lists
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, unbound_lake
from perisai.verify import lake
from warehouse import catalogs, durable, files, trees, vault
from warehouse.catalogs import Marks
from warehouse.files import Mark, Place
from warehouse.trees import Entry

LEFT_OUT = ("landing", "staging", "demo-keys", "lake.lock", "airflow", "heartbeats", ".erasing")
"""What of a home is no state of the warehouse, or is a secret."""
DATA = Path("lake", "data")
ONCE = (Path("raw"), DATA, Path("published", "versions"))
"""Files in these folders are written once."""
FOR_EVER = ("raw", "statements", "vault")
"""What stays in a backup although the home has lost it, but for what retention and housekeeping have removed."""
_AT_ONCE = 8  # files: from object storage each is waited for
Roots = Mapping[Path, Place]
"""Where folders of a home lie, by their place in it."""


@logged
def backup(settings: Settings, target: Path) -> Receipt:
    """Copies all state into a folder; what is there from an earlier backup is not copied again.

    Args:
        settings: the settings.
        target: the folder; it is made where it is missing. Keep it on another disk.

    Raises:
        DayFailed: there is nothing to copy, a file of the lake is damaged, or the folder is within the home, another
            lake's backup or something else.
    """
    _check(settings, target)
    kept = _home(settings, target)
    ours, theirs = _roots(settings), _roots(kept)
    with files.private():
        files.make_folder(kept.lake)  # by which a backup is known, though it be killed at once
        copied = _copy(ours, theirs, _noted(settings, kept), alone=False)
        with alone(settings):
            copied += _copy(ours, theirs, noted := _noted(settings, kept), alone=True)
            _copy_catalog(settings, kept, keep_marks=True)
    found = _files(theirs)
    there = {place.name for place in found}
    if lacking := sorted(name for name in noted if name.startswith(durable.OWN) and name not in there):
        raise DayFailed(
            f"the backup is made, but lacks {counted(len(lacking), 'file', 'files')} of the lake, gone or not what was"
            f" written: {', '.join(lacking[:5])}; see docs/operate.md, When a file of the lake is damaged"
        )
    return {"copied": copied + 1, "files": len(found) + 1}


@logged
def restore(settings: Settings, source: Path) -> Receipt:
    """Makes of a backup what the settings name, where there is nothing. Who was erased since is erased in it again.

    Raises:
        DayFailed: there is something, or the folder is no backup.
    """
    if not _catalog(source).exists():
        raise DayFailed(f"{source} is no backup of a home")
    kept, known = _home(settings, source), lists.forgotten(settings)
    _refuse_unless_empty(settings)
    with files.private(), alone(settings):
        copied = _copy(_roots(kept), _roots(settings), {}, alone=True)
        _copy_catalog(kept, settings)
        if listed := known | lists.read(source / "forgotten") | lists.forgotten(settings):
            lists.write(settings.forgotten, listed)
        erased = forget.apply(settings)
    return {"copied": copied + 1, "erased_again": erased}


def _check(settings: Settings, target: Path) -> None:
    if settings.erasing.exists():
        raise DayFailed("an erasure was cut off, so that the person is in parts of the home still; run perisai forget")
    if (gone := lake.gone(settings)) is not None:
        raise DayFailed("; ".join(each.what for each in gone.wrong) or "there is nothing to back up yet")
    if target.resolve().is_relative_to(settings.home.resolve()):
        raise DayFailed(f"{target} is within {settings.home}; keep a backup on another disk")
    if target.exists() and any(target.iterdir()) and not (target / "lake").exists():
        raise DayFailed(f"{target} is not empty, and no backup of a home")


def _refuse_unless_empty(settings: Settings) -> None:
    there = {name: settings.home / name for name in ("lake", "raw", "vault", "published")}
    if found := [name for name, folder in there.items() if folder.exists() and any(folder.iterdir())]:
        raise DayFailed(f"{settings.home} has {', '.join(found)} already; move it aside, or name another home")
    for place in _roots(settings).values():
        if not isinstance(place, Path) and trees.listed(place):
            raise DayFailed(f"{place} has objects already; remove them, or name another prefix")
    if settings.lake_catalog:
        try:
            with unbound_lake(settings) as con:
                is_empty = catalogs.is_empty(con)
        except duckdb.Error as error:
            if "DATA_PATH" not in str(error):
                raise
            is_empty = False  # its files lie elsewhere
        if not is_empty:
            raise DayFailed("PERISAI_LAKE_CATALOG names a lake already; name another, empty database")


def _home(settings: Settings, folder: Path) -> Settings:
    """The settings under which a backup is a home; what DuckDB spills stays outside of it."""
    here = {"lake_catalog": "", "lake_data": "", "store": "", "scratch": settings.spill.parent}
    return settings.model_copy(update={"home": folder.absolute(), **here})


def _catalog(home: Path) -> Path:
    return home / "lake" / "catalog.ducklake"


def _noted(settings: Settings, kept: Settings) -> Marks:
    """The marks of what the lake names now, and of rejected rows."""
    with alone(settings), opened_lake(settings) as con:
        # another database than before, by a mistake, must not take away what the backup has
        if settings.lake_catalog and (catalogs.is_empty(con) or not catalogs.is_of(con, _catalog(kept.home))):
            raise DayFailed(f"PERISAI_LAKE_CATALOG names another lake than {kept.home} has, or an empty one")
        return durable.needed(con)


def _roots(settings: Settings) -> Roots:
    return {
        Path(): settings.home,
        DATA: files.at(settings.lake_data or settings.lake / "data"),
        Path("vault"): settings.vault,
        Path("rejects"): settings.rejects,
        Path("rejects", "workbooks"): settings.workbooks,
        Path("statements"): settings.statements,
    }


def _is_local(roots: Roots) -> bool:
    return all(isinstance(folder, Path) for folder in roots.values())


def _at(roots: Roots, place: Path) -> Place:
    """Where what has a place in a home lies."""
    root = max((root for root in roots if place.is_relative_to(root)), key=lambda root: len(root.parts))
    return roots[root].joinpath(*place.relative_to(root).parts)


def _files(roots: Roots) -> dict[Path, Entry]:
    """What belongs to the state, by its place in a home, but for the catalog."""
    home, found = roots[Path()], {}
    for root, folder in roots.items():
        if root == Path() or folder != home / root:
            for name, entry in trees.listed(folder, LEFT_OUT if root == Path() else ()).items():
                place = root / name
                is_catalog = place.parts[0] == "lake" and DATA not in place.parents
                if not is_catalog and _at(roots, place) == folder / name:
                    found[place] = entry
    return found


def _copy(source: Roots, target: Roots, noted: Marks, *, alone: bool) -> int:
    """Copies what differs in size, time or target of a link; how much.

    Args:
        source: where it is.
        target: where it goes.
        noted: marks, by name; a file that differs from its mark is not copied.
        alone: nobody works on it, so that all may be copied, and what is not there any more is removed from the target.
            Otherwise it is what is written once, and files that the lake names.
    """
    theirs, ours = _files(source), _files(target)

    def one(place: Path) -> bool:
        path, other, mark = _at(source, place), _at(target, place), noted.get(place.name)
        if _is_there(place, theirs[place], ours.get(place)) or _is_link_to(path, other):
            return False
        try:
            if mark and place.parts[0] in {"lake", "rejects"} and mark != (theirs[place].mark or files.mark(path)):
                return False
            trees.copy(path, other, theirs[place].time)
        except FileNotFoundError:
            if alone:
                raise
            return False
        return True

    wanted = [
        place
        for place in theirs
        if alone
        or (any(place.is_relative_to(once) for once in ONCE) and (DATA not in place.parents or place.name in noted))
    ]
    with ThreadPoolExecutor(1 if _is_local(source) and _is_local(target) else _AT_ONCE) as pool:
        copied = sum(pool.map(one, wanted))
    if alone:
        notes = [place for place in theirs if place.parts[0] == "raw" and place.name.endswith(inbox.REMOVED)]
        gone = {one for note in notes for one in inbox.beside(inbox.copy_of(note))}
        objects = (
            {one for one in places if one.parts[0] == "vault"} for places in (theirs, ours.keys() - theirs.keys())
        )
        gone |= {*vault.stale(*objects)}
        mark = Path("vault", vault.MARK)  # other keys, or a vault that was begun anew: the earlier one goes as a whole
        is_other = mark in theirs and not _is_there(mark, theirs[mark], ours.get(mark))
        for place in ours.keys() - theirs.keys():
            is_lake = DATA in place.parents and place.name in noted
            stays = is_lake or (place.parts[0] in FOR_EVER and not (is_other and place.parts[0] == "vault"))
            if place in gone or not stays:
                files.remove(_at(target, place))
        for folder in {parent for place in theirs for parent in place.parents}:
            path, other = _at(source, folder), _at(target, folder)
            if isinstance(path, Path) and isinstance(other, Path) and other.exists():
                shutil.copymode(path, other)
    return copied


def _is_there(place: Path, entry: Entry, other: Entry | None) -> bool:
    """Whether a file was copied before: objects of the lake have other times than their copies."""
    if other is None or entry.size != other.size:
        return False
    return entry.time == other.time or (DATA in place.parents and (entry.mark or other.mark) is not None)


def _is_link_to(path: Place, other: Place) -> bool:
    if not (isinstance(path, Path) and isinstance(other, Path) and path.is_symlink() and other.is_symlink()):
        return False
    return path.readlink() == other.readlink()


def _copy_catalog(source: Settings, target: Settings, *, keep_marks: bool = False) -> None:
    """Copies the catalog; what it notes of files becomes what is to be noted of their copies."""
    theirs, ours = _roots(source), _roots(target)
    places = {place.name: place for place in _files(ours) if place.parts[0] in {"lake", "rejects"}}

    def marks(noted: Marks) -> Marks:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(noted, pool.map(one, noted.items()), strict=True))

    def one(said: tuple[str, Mark]) -> Mark:
        name, mark = said
        there, copy = before.get(name, (None, mark))
        if there == mark or name not in places:
            return copy
        path, other = _at(theirs, places[name]), _at(ours, places[name])
        is_kept = isinstance(path, Path) and (isinstance(other, Path) or files.mark(path) != mark)
        return mark if is_kept else files.mark(other)  # a rotten one keeps a mark that it does not have

    with _new_catalog(target) as made, unbound_lake(made) as con:
        before = catalogs.earlier(con, _catalog(target.home))
        catalogs.copy(con, source.lake_catalog or str(_catalog(source.home)), marks, keep_marks=keep_marks)


@contextmanager
def _new_catalog(target: Settings) -> Iterator[Settings]:
    """The settings under which a catalog is written; a file takes its place once it is whole."""
    if target.lake_catalog:
        yield target
        return
    with files.passing(target.lake / ".new") as new:
        data = target.lake_data or str(target.lake / "data")
        yield target.model_copy(update={"lake_catalog": str(new / "catalog.ducklake"), "lake_data": data})
        files.move({new / "catalog.ducklake": _catalog(target.home)}, target.lake)
