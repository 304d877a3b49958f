"""All files below a folder, or below an address in object storage: listed, and copied one by one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse import files
from warehouse.files import Mark, Place


@dataclass(frozen=True)
class Entry:
    """A file or link as it is listed: bytes, when it was written (in nanoseconds), and of an object its mark."""

    size: int
    time: int
    mark: Mark | None = None


def listed(place: Place, but: Collection[str] = ()) -> dict[Path, Entry]:
    """The files and links on any level of a place, by their path in it.

    Args:
        place: a folder, or an address in object storage.
        but: names of what is left out on the first level of a folder.
    """
    if not isinstance(place, Path):
        found = place.fs.find(place.path, detail=True)
        return {
            Path(key).relative_to(place.path): Entry(
                one["size"], int(one["LastModified"].timestamp()) * 10**9, files.mark_of(one)
            )
            for key, one in found.items()
            if one["type"] == "file"  # some servers list a folder that has become empty
        }
    entries = {}
    for name, folders, names in os.walk(place):
        folder = Path(name)
        if folder == place:
            folders[:] = [one for one in folders if one not in but]
        for path in (folder / one for one in [*names, *folders] if folder != place or one not in but):
            with suppress(FileNotFoundError):  # others work there
                if path.is_symlink() or not path.is_dir():
                    entries[path.relative_to(place)] = Entry((at := path.lstat()).st_size, at.st_mtime_ns)
    return entries


def copy(path: Place, other: Place, time: int) -> None:
    """Copies a file, whole or not at all, in the place of what was there; one of the two may be an object.

    Args:
        path: the file; of a link the copy is a link.
        other: where its copy goes.
        time: when it was written, in nanoseconds, as a folder is to say of the copy.
    """
    if not isinstance(other, Path):
        other.fs.put_file(str(path), other.path)
    elif isinstance(path, Path) and path.is_symlink():
        other.parent.mkdir(parents=True, exist_ok=True)
        files.link(other, path.readlink())
    else:
        with files.whole(other) as part:
            if isinstance(path, Path):
                shutil.copyfile(path, part)
                shutil.copymode(path, part)
            else:
                path.fs.get_file(path.path, str(part))
            os.utime(part, ns=(time, time))
