"""Files that are whole or not there, also after a power failure, and that only those may read who should.

A rename alone is not enough: the system may write the new name to the disk before what the file holds. So what is
written here is on the disk first, then gets its name, then the folder that holds the name is on the disk too.

What lies in object storage is under an address such as ``s3://bucket/prefix`` in the place of a folder. There an object
is whole and kept once it can be read, and the storage tells by its ETag whether it is another one.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from upath import UPath

log = logging.getLogger(__name__)

PRIVATE = 0o077
Place = Path | UPath
"""A path of a folder, or in object storage, which can be listed, read and removed with the same methods."""
Mark = tuple[int, int]
"""Bytes of a file, and a checksum of its content; of an object, a checksum of its ETag."""
_CHUNK = 1 << 20
_FRESH = {"use_listings_cache": False}  # a listing that is kept would not have what others write


def at(place: str | Path) -> Place:
    """A folder, or what stands for one in object storage, by its address."""
    if "://" not in str(place):
        return Path(place)
    return UPath(str(place), protocol="s3", use_listings_cache=False)


def write(path: Place, content: bytes | str) -> None:
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
def whole(path: Place, beside: Path | None = None) -> Iterator[Path]:
    """Where a file is to be written; it gets its name once it is complete and on the disk.

    Args:
        path: the file's name.
        beside: folder in which it grows, on the same file system; by default the one it will be in. What is to be an
            object grows in a temporary folder.
    """
    if not isinstance(path, Path):
        with TemporaryDirectory() as folder:
            yield (part := Path(folder) / path.name)
            path.fs.put_file(str(part), path.path)
        return
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


def move(named: Mapping[Path, Path], root: Path) -> None:
    """Gives files that were written elsewhere on the file system their names, in this order.

    Args:
        named: the name of each, with all of its content on the disk before.
        root: folder that all names are below; the disk holds those between.
    """
    for part in named:
        sync_one(part)
    for part, path in named.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
    for folder in {one for path in named.values() for one in path.parents if one == root or root in one.parents}:
        sync_one(folder)


@contextmanager
def built(folder: Place) -> Iterator[Path]:
    """Where a folder is to be built; it takes the place of an earlier one, once all in it is on the disk.

    Between the two there is none for a moment. What a killed process left of it is removed. Objects are written one
    after the other, and of a process that is killed meanwhile some are there: who reads them compares what they are to
    be, or has them written again.
    """
    if not isinstance(folder, Path):
        with TemporaryDirectory() as local:
            yield Path(local)
            made = [path.name for path in Path(local).iterdir()]
            folder.fs.put([f"{local}/{name}" for name in made], [(folder / name).path for name in made])
        for path in [path for path in folder.glob("*") if path.name not in made]:
            path.unlink()
        return
    make_folder(folder.parent)
    new, old = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir()
    try:
        yield new
        sync(new)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    sync_one(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def passing(folder: Path) -> Iterator[Path]:
    """A folder that is empty first and gone afterwards; what a killed process left in it goes when it is used again.

    One process at a time uses it: the caller holds a lock.
    """
    remove(folder)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        remove(folder)


def remove(path: Place) -> None:
    """Removes a file, or a folder with all that is in it, if it is there."""
    if not isinstance(path, Path):
        if path.exists():
            path.fs.rm(path.path, recursive=True)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def link(name: Path, target: Path) -> None:
    """Points a symbolic link at a target, in one step even where it pointed elsewhere."""
    if name.is_symlink() and name.readlink() == target:
        return
    beside = name.with_name(f".{name.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(name)


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


def kept(place: str, ending: str, but: Collection[str] = ()) -> dict[str, Mark]:
    """Has the disk hold the files on any level of a place, and the folders that they are in; their marks, by name.

    Args:
        place: a folder, or an address in object storage, which keeps by itself what can be read there.
        ending: how the names of the files end.
        but: names of files that are left out.
    """
    if "://" in place:
        return {name: mark for name, (_, mark) in _objects(place, ending).items() if name not in but}
    folder = Path(place)
    if not (new := [path for path in folder.rglob(f"*{ending}") if path.name not in but]):
        return {}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sync_one, new))
        list(pool.map(sync_one, {folder, *(one for path in new for one in path.parents if folder in one.parents)}))
    return _marks(new)


def marks(place: str, ending: str, wanted: Collection[str]) -> dict[str, Mark]:
    """The marks of the files of these names that are there, by name; see ``kept``."""
    if "://" in place:
        return {name: mark for name, (_, mark) in _objects(place, ending).items() if name in wanted}
    return _marks([path for path in Path(place).rglob(f"*{ending}") if path.name in wanted])


def remove_others(place: str, ending: str, but: Collection[str]) -> int:
    """Removes the files on any level of a place that have none of these names; how many they were; see ``kept``."""
    if "://" in place:
        others = [key for name, (key, _) in _objects(place, ending).items() if name not in but]
        if others:
            _storage().rm(others)
        return len(others)
    paths = [path for path in Path(place).rglob(f"*{ending}") if path.name not in but]
    for path in paths:
        path.unlink()
    for folder in {path.parent for path in paths}:
        sync_one(folder)
    return len(paths)


def mark(path: Place) -> Mark:
    """The mark of a file."""
    if not isinstance(path, Path):
        return mark_of(path.fs.info(path.path))
    size = crc = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc


def login() -> dict[str, Any]:
    """How object storage is reached and by whom, in the words of a secret of DuckDB.

    All of it is what botocore finds: in the environment, in a profile, or as the role of an instance.

    Raises:
        OSError: there are no credentials.
    """
    from botocore.session import Session

    session = Session()
    if (found := session.get_credentials()) is None:
        raise OSError("there are no credentials for object storage: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    now, meta = found.get_frozen_credentials(), session.create_client("s3").meta
    address = urlsplit(meta.endpoint_url)
    return {
        "key_id": now.access_key,
        "secret": now.secret_key,
        "session_token": now.token or "",
        "region": meta.region_name,
        "endpoint": address.netloc,
        "use_ssl": address.scheme == "https",
        "url_style": "path",
    }


def unreached(error: Exception) -> OSError | None:
    """What is to be said where object storage could not be reached, or None if that is not what went wrong."""
    library, *_ = type(error).__module__.split(".")
    if library not in {"aiobotocore", "aiohttp", "botocore"}:
        return None
    return OSError(f"object storage: {error}; run it again once it can be reached")


def _marks(paths: Iterable[Path]) -> dict[str, Mark]:
    found = {path.name: path for path in paths}
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(found, pool.map(mark, found.values()), strict=True))


def _objects(address: str, ending: str) -> dict[str, tuple[str, Mark]]:
    """Key and mark of the objects below an address whose names end so, by name."""
    listed = _storage().find(address, detail=True).values()
    return {
        one["name"].rpartition("/")[2]: (one["name"], mark_of(one)) for one in listed if one["name"].endswith(ending)
    }


def mark_of(entry: Mapping[str, Any]) -> Mark:
    """The mark of an object, by what a listing says of it."""
    return entry["size"], zlib.crc32(entry["ETag"].encode())


def _storage() -> Any:
    from s3fs import S3FileSystem

    return S3FileSystem(**_FRESH)


def close(*folders: Place) -> None:
    """Lets nobody but this account look into folders that are there, whatever is in them; not so in a bucket."""
    for folder in folders:
        if isinstance(folder, Path) and folder.exists() and (mode := folder.stat().st_mode) & PRIVATE:
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
