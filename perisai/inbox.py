"""The inbox: a note for each file in ``raw`` that the ledger may not know yet.

With it the cost of a day depends on the day's files, and not on how many files ``raw`` holds. A file of ``raw`` lies in
a folder that is named by its hash, which is compared before the file is read.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from expectations.wording import counted
from perisai.errors import DayFailed
from perisai.settings import Settings
from transforms.delivery import MANIFEST_SUFFIX, NAME, delivery_id, manifest_name, sha256_of
from transforms.landing import Found, LandingError
from warehouse import files

log = logging.getLogger(__name__)

REMOVED = ".removed.json"
RETURNED = ".returned.json"
"""How the notes beside a copy end: that it was removed, and what came of a workbook (perisai.taken_back)."""
_PLACE = 4  # branch, date, hash, name


def ensure(settings: Settings, *, anew: bool = False) -> None:
    """Rebuilds the inbox from all of ``raw`` if it is missing, or in any case (``anew``)."""
    if settings.inbox.exists() and not anew:
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".inbox-", dir=settings.home))
    try:
        for path in settings.raw.glob("[!.]*/[!.]*/*/[!.]*"):
            if not path.name.endswith(MANIFEST_SUFFIX):
                (fresh / _name(settings, path)).write_text(_text(settings, path), encoding="utf-8")
        files.sync(fresh)
        if anew and settings.inbox.exists():
            for note in fresh.iterdir():
                note.replace(settings.inbox / note.name)
            return
        try:
            fresh.rename(settings.inbox)
        except OSError:
            if not settings.inbox.exists():  # otherwise the task of another office made it meanwhile
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def note(settings: Settings, paths: Iterable[Path], bench: Path) -> None:
    """Notes files that are about to get their places in ``raw``.

    Args:
        settings: the settings.
        paths: the files' places.
        bench: folder of this run alone on the inbox's file system, where they are written before they get their names.
    """
    notes = {}
    for path in paths:
        part = bench / _name(settings, path)
        part.write_text(_text(settings, path), encoding="utf-8")
        notes[part] = settings.inbox / part.name
    files.move(notes, settings.inbox)


def uncommitted(settings: Settings, known: Collection[str]) -> list[Path]:
    """Files of ``raw`` that the ledger does not know, in the order in which branches wrote them.

    Args:
        settings: the settings.
        known: keys of all deliveries in the ledger. Their notes are dropped from the inbox; if there are none,
            the ledger is new, and the inbox is rebuilt from all of ``raw``.

    Raises:
        DayFailed: the ledger is new, and there were copies of which an earlier lake alone has the rows.
    """
    if not known and (gone := sum(1 for _ in settings.raw.glob(f"[!.]*/[!.]*/*/.*{REMOVED}"))):
        raise DayFailed(
            f"this lake is empty, and {counted(gone, 'copy was', 'copies were')} removed from {settings.raw} by"
            " retention: an earlier lake alone has their rows. Put that back from a backup; see docs/operate.md,"
            " Retention"
        )
    ensure(settings, anew=not known)
    paths = []
    for key, path in noted(settings).items():
        if key in known:
            (settings.inbox / key).unlink(missing_ok=True)
        elif path.exists():  # otherwise the copy was cut off just before its end, and is made again
            paths.append(path)
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path))


def is_whole(path: Path) -> bool:
    """Whether a file of ``raw`` is the one that was received, or what an erasure left of it."""
    return sha256_of(path) == hash_of(path)


def hash_of(path: Path) -> str | None:
    """The hash that a file of ``raw`` is to have; none where its note is damaged."""
    left = erased(path)
    return path.parent.name if left is None else left.get("sha256")


def has(day_folder: Path, file: Found) -> bool:
    """Whether ``raw`` has, or had until it was removed, a file of this name, size and time: then it is not fetched."""
    if not day_folder.exists():
        return False
    for folder in day_folder.iterdir():
        kept = folder / file.name
        there = kept if kept.exists() else removed_note(kept)
        if not there.exists():
            continue
        size = kept.stat().st_size if there == kept else files.read_json(there, {}).get("bytes")
        if size == file.size and abs(there.stat().st_mtime - file.modified) < 0.001:  # noqa: PLR2004 (seconds)
            return True
    return False


def erased(path: Path) -> dict[str, Any] | None:
    """What is noted beside a copy of which a person was erased (see perisai.rights): ``sha256``, ``bytes``, ``at``."""
    try:
        return dict(json.loads(erased_note(path).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}  # which no content has: the copy counts as damaged


def erased_note(path: Path) -> Path:
    """Where it is noted."""
    return path.with_name(f".{path.name}.erased.json")


def removed_note(path: Path) -> Path:
    """What stays of a copy that was removed: its size and time, and by which rule, when and by whom."""
    return path.with_name(f".{path.name}{REMOVED}")


def copy_of(note: Path) -> Path:
    """The copy that such a note is of."""
    return note.with_name(note.name[1:].removesuffix(REMOVED))


def beside(path: Path) -> list[Path]:
    """A copy and what may lie beside it, the copy last."""
    others = (erased_note(path), path.with_name(f".{path.name}{RETURNED}"), path.with_name(f".{path.name}.bad"))
    return [path.with_name(manifest_name(path.name)), *others, path]


def remove(path: Path, said: Mapping[str, object]) -> None:
    """Removes a copy; its note is on the disk before. A run that was killed may do it again."""
    before = path.stat()
    with files.whole(removed_note(path)) as part:
        part.write_text(json.dumps({"bytes": before.st_size, **said}), encoding="utf-8")
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    for each in beside(path):
        each.unlink(missing_ok=True)
    files.sync_one(path.parent)


def set_aside(settings: Settings, branches: Collection[str]) -> list[Path]:
    """Gives damaged files of some branches that are to be loaded another name, so that they are fetched anew.

    Returns:
        Their places, and those of files that an earlier run set aside and that were not replaced since.
    """
    lost = []
    for path in noted(settings).values():
        if path.relative_to(settings.raw).parts[0] not in branches:
            continue
        aside = path.with_name(f".{path.name}.bad")
        if path.exists() and not is_whole(path):
            log.error("%s", damaged(path))
            path.replace(aside)
        if not path.exists() and aside.exists():
            lost.append(path)
    return lost


def damaged(path: Path) -> LandingError:
    """What is to be said of a damaged file, without what a stranger wrote."""
    name = path.name if NAME.fullmatch(path.name) else "file"
    return LandingError(
        f"Salinan {name} ({path.parent.name[:8]}) di raw rusak; kirim lagi berkas yang sama, atau kembalikan dari"
        f" cadangan / the copy of {name} ({path.parent.name[:8]}) in raw is damaged; send the same file again, or put"
        " it back from a backup",
        again=False,
    )


def noted(settings: Settings) -> dict[str, Path]:
    """The file of each note. A note that cannot be read is set aside, and the inbox is rebuilt."""
    found, garbled = {}, []
    for each in settings.inbox.iterdir():
        if each.name.startswith("."):
            continue
        try:
            path = Path(json.loads(each.read_text(encoding="utf-8")))
        except FileNotFoundError:  # dropped by another run meanwhile
            continue
        except (ValueError, TypeError):
            path = Path()
        if len(path.parts) == _PLACE:
            found[each.name] = settings.raw / path
        else:
            garbled.append(each)
    if not garbled:
        return found
    for each in garbled:
        log.warning("the note %s is damaged: it is set aside, and the inbox is made anew from raw", each)
        with suppress(FileNotFoundError):  # another run did it meanwhile
            each.replace(each.with_name(f".{each.name}.bad"))
    ensure(settings, anew=True)
    return noted(settings)


def _name(settings: Settings, path: Path) -> str:
    return delivery_id(path.relative_to(settings.raw).parts[0], path.name, path.parent.name)


def _text(settings: Settings, path: Path) -> str:
    return json.dumps(path.relative_to(settings.raw).as_posix())
