"""Files that are whole or not there, also after a power failure, and that only those may read who should.

A rename alone is not enough: the system may write the new name to the disk before what the file holds. So what is
written here is on the disk first, then gets its name, then the folder that holds the name is on the disk too.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

PRIVATE = 0o077


def write(path: Path, content: bytes | str) -> None:
    """Writes a file whole, in place of an earlier one."""
    with whole(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def read_json(path: Path, otherwise: Any) -> Any:
    """What a JSON file holds, or something else if there is none; one that is damaged is set aside and named."""
    try:
        if isinstance(found := json.loads(path.read_text(encoding="utf-8")), type(otherwise)):
            return found
    except FileNotFoundError:
        return otherwise
    except ValueError:
        pass
    aside = path.with_name(f".{path.name}.bad")
    path.replace(aside)
    log.warning("%s is damaged: it is now %s, and counts as missing", path, aside.name)
    return otherwise


@contextmanager
def whole(path: Path, beside: Path | None = None) -> Iterator[Path]:
    """Where a file is to be written; it gets its name once it is complete and on the disk.

    Args:
        path: the file's name.
        beside: folder in which it grows, on the same file system; by default the one it will be in.
    """
    make_folder(path.parent)
    part = (beside or path.parent) / f".{path.name}.part"
    try:
        yield part
        sync_one(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_one(path.parent)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it where they are missing, and has the disk hold their names."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(new):
        sync_one(one.parent)


def place(built: Path, folder: Path) -> None:
    """Gives a folder that was built its name, which nothing has; all in it is on the disk before."""
    sync(built)
    built.rename(folder)
    sync_one(folder.parent)


def sync(folder: Path) -> None:
    """Has the system write a folder and all in it to the disk."""
    for path in [*sorted(path for path in folder.rglob("*") if not path.is_symlink()), folder]:
        sync_one(path)


def sync_one(path: Path) -> None:
    """Has the system write a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def close(*folders: Path) -> None:
    """Lets nobody but this account look into folders that are there, whatever is in them."""
    for folder in folders:
        if folder.exists() and (mode := folder.stat().st_mode) & PRIVATE:
            folder.chmod(mode & ~PRIVATE & 0o7777)


@contextmanager
def private() -> Iterator[None]:
    """What this process makes meanwhile only its own account may read. May be nested, also by threads."""
    _enter(1)
    try:
        yield
    finally:
        _enter(-1)


@contextmanager
def shared() -> Iterator[None]:
    """Within ``private``: what this process makes may be read by whoever the account usually lets read."""
    if not _mask.depth:
        yield
        return
    os.umask(_mask.usual)
    try:
        yield
    finally:
        os.umask(PRIVATE)


@dataclass
class _Mask:
    """The system keeps one mask for the whole process: the first who enters sets it, the last who leaves resets it."""

    depth: int = 0
    usual: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_mask = _Mask()


def _enter(step: int) -> None:
    with _mask.lock:
        if not _mask.depth:
            _mask.usual = os.umask(PRIVATE)
        _mask.depth += step
        if not _mask.depth:
            os.umask(_mask.usual)
