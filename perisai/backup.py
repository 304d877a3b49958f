"""A copy of a home that is of one moment, made while days go on; and a home made of such a copy.

First what is written once is copied (``raw``, files of the lake, versions) beside whoever works on the home: that is
the bulk. Then, while nobody does, all that differs. The next backup copies what is new. A backup is a home: ``perisai
verify`` looks at it as at any other. A file that rots keeps size and time, so it does not replace the good one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from perisai import inbox
from perisai.errors import DayFailed
from perisai.rights import forget, lists
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake
from perisai.verify import lake
from warehouse import files

LEFT_OUT = ("landing", "staging", "demo-keys", "lake.lock", "airflow", "heartbeats", ".erasing")
"""What of a home is no state of the warehouse, or is a secret."""
ONCE = (("raw",), ("lake", "data"), ("published", "versions"))
"""Files in these folders are written once."""
FOR_EVER = ("raw", "statements", "vault")
"""What stays in a backup although the home has lost it, but for copies that retention has removed."""


@logged
def backup(settings: Settings, target: Path) -> Receipt:
    """Copies a home into a folder; what is there from an earlier backup is not copied again.

    Args:
        settings: the settings.
        target: the folder; it is made where it is missing. Keep it on another disk.

    Raises:
        DayFailed: the catalog is elsewhere or gone, or the folder is within the home or something else.
    """
    _check(settings, target)
    with files.private():
        copied = _copy(settings.home, target, alone=False)
        with alone(settings):
            with opened_lake(settings):
                pass  # what an interrupted run has left in the log of the catalog is in its file now
            copied += _copy(settings.home, target, alone=True)
    return {"copied": copied, "files": sum(1 for _ in _files(target))}


@logged
def restore(settings: Settings, source: Path) -> Receipt:
    """Makes a home of a backup, where there is none. Who was erased since the backup was made is erased in it again.

    Raises:
        DayFailed: there is a home, or the folder is no backup.
    """
    if not (source / "lake" / "catalog.ducklake").exists():
        raise DayFailed(f"{source} is no backup of a home")
    there = {name: settings.home / name for name in ("lake", "raw", "vault", "published")}
    if found := [name for name, folder in there.items() if folder.exists() and any(folder.iterdir())]:
        raise DayFailed(f"{settings.home} has {', '.join(found)} already; move it aside, or name another home")
    known = lists.forgotten(settings)
    with files.private(), alone(settings):
        copied = _copy(source, settings.home, alone=True)
        if listed := known | lists.read(source / "forgotten") | lists.forgotten(settings):
            lists.write(settings.forgotten, listed)
        erased = forget.apply(settings)
    return {"copied": copied, "erased_again": erased}


def _check(settings: Settings, target: Path) -> None:
    if settings.lake_catalog or settings.lake_data or settings.store:
        raise DayFailed("the catalog or files of the lake are not in the home; see docs/operate.md, Back up")
    if settings.erasing.exists():
        raise DayFailed("an erasure was cut off, so that the person is in parts of the home still; run perisai forget")
    if (gone := lake.gone(settings)) is not None:
        raise DayFailed("; ".join(each.what for each in gone.wrong) or "there is nothing to back up yet")
    if target.resolve().is_relative_to(settings.home.resolve()):
        raise DayFailed(f"{target} is within {settings.home}; keep a backup on another disk")
    if target.exists() and any(target.iterdir()) and not (target / "lake").exists():
        raise DayFailed(f"{target} is not empty, and no backup of a home")


def _files(home: Path) -> Iterator[Path]:
    """Files and links of a home that belong to its state, by their place in it."""
    for folder, folders, names in os.walk(home):
        place = Path(folder).relative_to(home)
        if place == Path():
            folders[:] = [name for name in folders if name not in LEFT_OUT]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (place / name for name in sorted([*names, *links]) if place != Path() or name not in LEFT_OUT)


def _copy(source: Path, target: Path, *, alone: bool) -> int:
    """Copies what differs in size, time or target of a link; how much.

    Args:
        source: a home.
        target: where it goes.
        alone: nobody works on it, so that all may be copied, and what is not there any more is removed from the target.
    """
    copied, there = 0, set()
    for place in _files(source):
        if not alone and not any(place.parts[: len(once)] == once for once in ONCE):
            continue
        there.add(place)
        try:
            copied += _copy_one(source / place, target / place)
        except FileNotFoundError:
            if alone:
                raise
    if alone:
        notes = [place for place in there if place.parts[0] == "raw" and place.name.endswith(inbox.REMOVED)]
        gone = {one for note in notes for one in inbox.beside(inbox.copy_of(note))}
        for place in set(_files(target)) - there:
            if place.parts[0] not in FOR_EVER or place in gone:
                (target / place).unlink()
        for folder in {parent for place in there for parent in place.parents}:
            shutil.copymode(source / folder, target / folder)
    return copied


def _copy_one(path: Path, other: Path) -> bool:
    if path.is_symlink():
        if other.is_symlink() and other.readlink() == path.readlink():
            return False
        other.parent.mkdir(parents=True, exist_ok=True)
        other.unlink(missing_ok=True)
        other.symlink_to(path.readlink())
        return True
    before = path.stat()  # if it is written to meanwhile, its time is another one, and it is copied again
    if other.exists() and (other.stat().st_size, other.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        return False
    with files.whole(other) as part:
        shutil.copyfile(path, part)
        shutil.copymode(path, part)
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    return True
