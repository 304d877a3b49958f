"""Picking up what branches left: which files are finished and new, copied byte for byte into ``raw``.

Nothing half-copied is ever seen: a file gets its place in ``raw`` by a rename, after its note in the *inbox* is
written. The inbox names the files that ``raw`` holds and the ledger may not know yet, so that a day costs as much
as the day's files, however long the history in ``raw`` is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from perisai.branches import UNLISTED, branches, folders, offices
from perisai.errors import DayFailed
from perisai.settings import Settings
from transforms.delivery import MANIFEST_SUFFIX, dated, delivery_id, manifest_name, sha256_of
from transforms.landing import Address, Found, LandingError, Login, Place, address

log = logging.getLogger(__name__)
T = TypeVar("T")

UNFINISHED = re.compile(r"[.~].*|.*\.(part|partial|filepart|tmp|temp|crdownload|upload|swp)", re.IGNORECASE | re.DOTALL)
"""Names that programs give to a file while they still write it; such a file is left alone."""
MARKER_SUFFIX = ".ok"
"""``<file name>.ok`` beside a file says that the file is finished."""
UNDATED = "undated"
PARTS = ".parts"
GIVE_UP_AFTER = 2
"""Files that fail one after the other, each after its retries, until a place counts as gone."""


@dataclass
class Visit:
    """One landing place of one branch, and what was seen and done there."""

    branch: str
    place: Place
    settle_seconds: float = 0
    beside: dict[str, Found] = field(default_factory=dict)
    new: list[Found] = field(default_factory=list)
    copied: int = 0
    waiting: int = 0
    unfinished: int = 0
    problems: list[OSError] = field(default_factory=list)

    def unsettled(self, file: Found) -> bool:
        """Whether only time can tell if the file is finished."""
        said = file.name + MARKER_SUFFIX in self.beside or manifest_name(file.name) in self.beside
        return self.settle_seconds > 0 and not said


def extract(settings: Settings, business_date: date, office: str) -> dict[str, Any]:
    """Copies the finished new files of an office's branches byte for byte into ``raw``.

    Files dated after the business date stay where they are until their day, unless they are dated so far ahead
    that the date must be wrong. A place that cannot be read does not stop the others; what went wrong there is
    noted for the load, which makes outcomes of it.

    Raises:
        OSError: some place could not be read, which trying again may cure; the message names the branch.
        DayFailed: some place could not be read, and trying again is useless: a login, a host key, a setting.
    """
    ensure_inbox(settings)
    visits = _visits(settings, office)
    with ThreadPoolExecutor(settings.threads) as pool:
        list(pool.map(lambda visit: _guarded(visit, lambda: _look(settings, business_date, visit)), visits))
        settle = [visit.settle_seconds for visit in visits if any(map(visit.unsettled, visit.new))]
        time.sleep(max(settle, default=0))  # once for all of them
        list(pool.map(lambda visit: _guarded(visit, lambda: _take(settings, visit)), visits))
    met = {visit.branch: "" for visit in visits}
    for visit in visits:
        visit.place.close()
        met[visit.branch] = met[visit.branch] or next(map(_words, visit.problems), "")
    _write_atomically(_receipts(settings, business_date) / f"{office}.json", met)
    receipt = {
        "office": office,
        "branches": len(met),
        "new_files": sum(visit.copied for visit in visits),
        "dated_later": sum(visit.waiting for visit in visits),
        "unfinished": sum(visit.unfinished for visit in visits),
    }
    log.info("%s: %s", office, ", ".join(f"{n} {name}" for name, n in receipt.items() if name != "office"))
    if failed := "; ".join(f"{branch}: {problem}" for branch, problem in sorted(met.items()) if problem):
        again = any(_may_pass(problem) for visit in visits for problem in visit.problems)
        raise OSError(failed) if again else DayFailed(failed)
    return receipt


def outcomes(settings: Settings, business_date: date) -> dict[str, str]:
    """What the last ``extract`` of a date met at each branch: empty if all was read, or what went wrong."""
    found: dict[str, str] = {}
    for path in sorted(_receipts(settings, business_date).glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def forget_outcomes(settings: Settings, business_date: date) -> None:
    """Drops what ``outcomes`` tells, once it is committed."""
    shutil.rmtree(_receipts(settings, business_date), ignore_errors=True)


def too_far_ahead(settings: Settings, business_date: date, day: date, modified: float) -> bool:
    """Whether a file's date must be wrong: days after both the run's date and the day the file was written.

    The second keeps a run for an old date from refusing what was rightly sent since.
    """
    written = datetime.fromtimestamp(modified, UTC).date()
    return (day - max(business_date, written)).days > settings.max_days_ahead


def ensure_inbox(settings: Settings, *, anew: bool = False) -> None:
    """Makes the inbox out of all of ``raw`` where it is missing, or although it is there (``anew``)."""
    if settings.inbox.exists() and not anew:
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".inbox-", dir=settings.home))
    try:
        for path in settings.raw.glob("*/*/*/*"):
            grows = path.parts[-3] == PARTS
            if not grows and not path.name.startswith(".") and not path.name.endswith(MANIFEST_SUFFIX):
                _note(fresh, settings, path)
        if anew and settings.inbox.exists():
            for note in fresh.iterdir():
                note.replace(settings.inbox / note.name)
            return
        try:
            fresh.rename(settings.inbox)
        except OSError:
            if not settings.inbox.exists():  # another office's task was faster otherwise
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def uncommitted(settings: Settings, known: Collection[str]) -> list[Path]:
    """Files of ``raw`` that the ledger does not know, in the order in which branches wrote them.

    Args:
        settings: the house's.
        known: keys of all deliveries in the ledger. Their notes are dropped from the inbox; if there are none,
            the ledger is new, and the inbox is made anew from all of ``raw``.
    """
    ensure_inbox(settings, anew=not known)
    paths = []
    for note in settings.inbox.iterdir():
        if note.name in known:
            note.unlink(missing_ok=True)
        elif not note.name.startswith("."):
            path = settings.raw / json.loads(note.read_text(encoding="utf-8"))
            if path.exists():  # or else the copy was cut off just before its end, and is made again
                paths.append(path)
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path))


def names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Branch and name of each file in a landing place that can be read; see ``extract`` for those that cannot."""
    visits = [visit for office in offices(settings) for visit in _visits(settings, office)]

    def look(visit: Visit) -> list[Found]:
        found: list[Found] = []
        _guarded(visit, lambda: found.extend(visit.place.files()))
        visit.place.close()
        return found

    with ThreadPoolExecutor(settings.threads) as pool:
        for visit, files in zip(visits, pool.map(look, visits), strict=True):
            for file in files:
                yield visit.branch, file.name


def _visits(settings: Settings, office: str) -> list[Visit]:
    """The places of an office's branches: the folder of each, and its URL where it has one.

    Logins are looked up here and not in threads: Airflow answers a task's main thread only.
    """
    visits = []
    urls = {branch.code: branch.landing_url for branch in branches(settings.reference)} if office != UNLISTED else {}
    for folder in folders(settings, office):
        here = Address("file", "", None, None, str(folder))
        visits.append(Visit(folder.name, Place(here, None, settings.known_hosts), settings.settle_local_seconds))
        if url := urls.get(folder.name):
            problems: list[OSError] = []
            where, login = here, None
            try:
                where = address(url)
                login = login_for(where) if where.scheme != "file" else None
            except LandingError as problem:
                problems.append(problem)
            place = Place(where, login, settings.known_hosts)
            settle = settings.settle_local_seconds if where.scheme == "file" else settings.settle_seconds
            visits.append(Visit(folder.name, place, 0 if place.whole_at_once else settle, problems=problems))
    return visits


def login_for(where: Address) -> Login | None:
    """The login that Airflow keeps for a place: in its connections, or ``AIRFLOW_CONN_<ID>`` of the environment."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    for name in where.connection_ids:
        try:
            kept = BaseHook.get_connection(name)
        except AirflowNotFoundException:
            continue
        return Login(kept.login or None, kept.password or None, kept.port, kept.extra_dejson)
    return None


def _guarded(visit: Visit, step: Callable[[], None]) -> None:
    """Does a step unless the visit has failed already; a place that cannot be read is that branch's problem only."""
    if not visit.problems:
        try:
            step()
        except OSError as problem:
            visit.problems.append(problem)


def _persistently(settings: Settings, step: Callable[[], T]) -> T:
    for attempt in Retrying(
        stop=stop_after_attempt(settings.landing_attempts),
        wait=wait_exponential(multiplier=settings.landing_wait_seconds, max=60),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    ):
        with attempt:
            return step()
    raise AssertionError("unreachable: the last attempt returns or raises")


def _look(settings: Settings, business_date: date, visit: Visit) -> None:
    """Lists a place and picks the files that are new."""
    found = _persistently(settings, visit.place.files)
    visit.beside = {file.name: file for file in found}
    for file in found:
        if UNFINISHED.fullmatch(file.name):
            visit.unfinished += 1
        elif not file.name.endswith((MANIFEST_SUFFIX, MARKER_SUFFIX)):
            day = dated(file.name)
            if day and day > business_date and not too_far_ahead(settings, business_date, day, file.modified):
                visit.waiting += 1
            elif not _has(settings.raw / visit.branch / str(day or UNDATED), file):
                visit.new.append(file)


def _take(settings: Settings, visit: Visit) -> None:
    """Copies the new files that are finished; one that cannot be copied does not keep the next from it."""
    in_a_row = 0
    for file in visit.new:
        try:
            finished = _persistently(settings, partial(_copy, settings, visit, file))
        except OSError as problem:
            visit.problems.append(problem)
            in_a_row += 1
            if in_a_row == GIVE_UP_AFTER:
                break
        else:
            in_a_row = 0
            visit.copied += finished is True
            visit.unfinished += finished is None
    shutil.rmtree(_parts(settings, visit), ignore_errors=True)


def _copy(settings: Settings, visit: Visit, file: Found) -> bool | None:
    """Copies a file and its manifest: True if ``raw`` got it, False if it had it, None if it is still being written."""
    place = visit.place
    parts = _parts(settings, visit)
    parts.mkdir(parents=True, exist_ok=True)
    part, manifest_part = parts / "file", parts / "manifest"
    if visit.unsettled(file) and place.again(file) != file:
        return None
    place.fetch(file, part)
    manifest = visit.beside.get(manifest_name(file.name))
    if manifest:
        place.fetch(manifest, manifest_part)
    if part.stat().st_size != file.size or place.again(file) != file:
        return None
    digest = sha256_of(part)
    if manifest and visit.settle_seconds and _disowns(manifest_part, digest):
        time.sleep(visit.settle_seconds)  # the manifest came first: the file may not be all there yet
        if place.again(file) != file:
            return None
    target = settings.raw / visit.branch / str(dated(file.name) or UNDATED) / digest / file.name
    os.utime(part, (file.modified, file.modified))
    if target.exists():
        os.utime(target, (file.modified, file.modified))  # so that it is known at a glance the next time
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    if manifest:
        _sync(manifest_part)
        manifest_part.replace(target.parent / manifest.name)
    _sync(part)
    _note(settings.inbox, settings, target, digest)
    part.replace(target)
    _sync(target.parent)
    return True


def _disowns(manifest: Path, digest: str) -> bool:
    """Whether a manifest is, for certain, of another content than the one with this hash."""
    try:
        said = json.loads(manifest.read_bytes())
    except ValueError:
        return False  # for the judge to refuse
    return isinstance(said, dict) and said.get("sha256") not in (None, digest)


def _has(day_folder: Path, file: Found) -> bool:
    """Whether ``raw`` has a file of this name, size and time; if so it is not fetched to be compared."""
    if not day_folder.exists():
        return False
    for folder in day_folder.iterdir():
        kept = folder / file.name
        if kept.exists():
            before = kept.stat()
            if before.st_size == file.size and abs(before.st_mtime - file.modified) < 0.001:  # noqa: PLR2004 (seconds)
                return True
    return False


def _parts(settings: Settings, visit: Visit) -> Path:
    """Where a visit's copies grow; on the file system of ``raw``, and no place where a delivery is looked for."""
    where = hashlib.sha256(repr(visit.place.where).encode()).hexdigest()[:16]
    return settings.raw / visit.branch / PARTS / where


def _note(inbox: Path, settings: Settings, path: Path, digest: str = "") -> None:
    branch = path.relative_to(settings.raw).parts[0]
    name = delivery_id(branch, path.name, digest or path.parent.name)
    _write_atomically(inbox / name, path.relative_to(settings.raw).as_posix())


def _receipts(settings: Settings, business_date: date) -> Path:
    return settings.staging / "extract" / business_date.isoformat()


def _write_atomically(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value), encoding="utf-8")
    _sync(part)
    part.replace(path)


def _sync(path: Path) -> None:
    """Has the disk hold what was written, so that a power failure right after a rename leaves no empty file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _may_pass(error: BaseException) -> bool:
    """Whether trying again can help."""
    return error.again if isinstance(error, LandingError) else isinstance(error, OSError)


def _words(problem: OSError) -> str:
    return problem.strerror or str(problem) or type(problem).__name__
