"""Picking up what branches left: which files are finished and new, copied byte for byte into ``raw``.

A half copy is never visible: a file is copied into a temporary folder of its run, and renamed into ``raw`` after its
note in the inbox is written (see perisai.inbox). Its path contains the hash of its content, so that copying is
idempotent, also when two runs copy the same file at the same time.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from perisai import inbox, taken_back
from perisai.branches import UNLISTED, branches, folders, offices
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import alone, write_json
from transforms.delivery import MANIFEST_SUFFIX, dated, manifest_name, parsed, sha256_of
from transforms.landing import Address, Found, LandingError, Login, Place, address
from warehouse import files
from warehouse.benches import bench

log = logging.getLogger(__name__)
T = TypeVar("T")

UNFINISHED = re.compile(r"[.~].*|.*\.(part|partial|filepart|tmp|temp|crdownload|upload|swp)", re.IGNORECASE | re.DOTALL)
"""Names that programs give to a file while they still write it; such a file is left alone."""
MARKER_SUFFIX = ".ok"
"""``<file name>.ok`` beside a file says that the file is finished."""
UNDATED = "undated"
GIVE_UP_AFTER = 2
"""After so many files in a row that fail, each after its retries, a place counts as unreachable."""


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
        """Whether the file counts as finished only once size and time stayed unchanged for a while."""
        said = file.name + MARKER_SUFFIX in self.beside or manifest_name(file.name) in self.beside
        return self.settle_seconds > 0 and not said


@dataclass
class Copy:
    """A file that was fetched, and has no place in ``raw`` yet."""

    file: Found
    part: Path
    manifest: Path | None = None
    digest: str = ""


def extract(settings: Settings, business_date: date, office: str) -> dict[str, Any]:
    """Copies the finished new files of an office's branches byte for byte into ``raw``.

    Files dated after the business date stay where they are until their day, unless they are dated so far ahead
    that the date must be wrong. A place that cannot be read does not stop the others; what went wrong there is
    noted for the load, which makes outcomes of it.

    Raises:
        OSError: some place could not be read, which trying again may cure; the message names the branch.
        DayFailed: some place could not be read, and trying again is useless: a login, a host key, a setting.
    """
    inbox.ensure(settings)
    visits = _visits(settings, office)
    with ThreadPoolExecutor(settings.threads) as pool:
        lost = inbox.set_aside(settings, {visit.branch for visit in visits})
        list(pool.map(lambda visit: _guarded(visit, lambda: _look(settings, business_date, visit)), visits))
        settle = [visit.settle_seconds for visit in visits if any(map(visit.unsettled, visit.new))]
        time.sleep(max(settle, default=0))  # once for all of them
        list(pool.map(lambda visit: _guarded(visit, lambda: _take(settings, visit)), visits))
    visits += _corrections(settings, business_date, {visit.branch for visit in visits})
    for visit in visits:
        if visit.place.passed_over:
            n, where = visit.place.passed_over, visit.branch
            log.warning("%s: %d folders or links lie in the landing place; what is in them is not taken", where, n)
    if office == UNLISTED and (loose := sum(path.is_file() for path in settings.landing.glob("[!.]*"))):
        log.warning(
            "%d files lie in %s itself and are not taken: each belongs in the folder of its branch",
            loose,
            settings.landing,
        )
    for path in lost:
        if not path.exists():  # the landing place has it no more
            branch = path.relative_to(settings.raw).parts[0]
            next(visit for visit in visits if visit.branch == branch).problems.append(inbox.damaged(path))
    met = {visit.branch: "" for visit in visits}
    for visit in visits:
        visit.place.close()
        met[visit.branch] = met[visit.branch] or next(map(_words, visit.problems), "")
    with alone(settings):  # a load for the same date may be about to drop these outcomes
        write_json(_receipts(settings, business_date) / f"{office}.json", met)
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


def _corrections(settings: Settings, business_date: date, codes: set[str]) -> list[Visit]:
    """Takes, too, what was made just now of workbooks that branches sent back."""
    visits = []
    for branch in sorted(taken_back.take_back(settings, codes)):
        where = Address("file", "", None, None, str(settings.landing / branch))
        visits.append(visit := Visit(branch, Place(where, None, settings.known_hosts)))
        for step in (partial(_look, settings, business_date, visit), partial(_take, settings, visit)):
            _guarded(visit, step)
        visit.waiting = visit.unfinished = visit.place.passed_over = 0  # which the first visit counted
    return visits


def outcomes(settings: Settings, business_date: date) -> dict[str, str]:
    """What the last ``extract`` of a date met at each branch: empty if all was read, or what went wrong."""
    found: dict[str, str] = {}
    for path in sorted(_receipts(settings, business_date).glob("[!.]*.json")):
        try:
            found |= dict(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            log.warning("%s is damaged; the next run tells again what it meets at those branches", path)
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


def names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Branch and name of each file in a landing place that can be read; see ``extract`` for those that cannot."""
    visits = [visit for office in offices(settings) for visit in _visits(settings, office)]

    def look(visit: Visit) -> list[Found]:
        found: list[Found] = []
        _guarded(visit, lambda: found.extend(visit.place.files()))
        visit.place.close()
        return found

    with ThreadPoolExecutor(settings.threads) as pool:
        for visit, there in zip(visits, pool.map(look, visits), strict=True):
            for file in there:
                yield visit.branch, file.name


def _visits(settings: Settings, office: str) -> list[Visit]:
    """The places of an office's branches: the folder of each, and its URL where it has one.

    Logins are looked up here and not in threads: Airflow answers a task's main thread only.
    """
    visits: list[Visit] = []
    urls = {branch.code: branch.landing_url for branch in branches(settings.reference)} if office != UNLISTED else {}
    for folder in folders(settings, office):
        here = Address("file", "", None, None, str(folder))
        place = Place(here, None, settings.known_hosts)
        visits.append(Visit(folder.name, place, settings.settle_local_seconds))
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
            settle = 0 if place.whole_at_once else settle
            visits.append(Visit(folder.name, place, settle, problems=problems))
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
            elif not inbox.has(settings.raw / visit.branch / str(day or UNDATED), file):
                visit.new.append(file)


def _take(settings: Settings, visit: Visit) -> None:
    """Copies the new files that are finished; one that cannot be copied does not stop the next."""
    in_a_row = 0
    copies: list[Copy] = []
    if not visit.new:
        return
    with bench(settings.raw / visit.branch) as folder:
        for number, file in enumerate(visit.new):
            try:
                copy = _persistently(settings, partial(_copy, settings, visit, file, folder / str(number)))
            except OSError as problem:
                visit.problems.append(problem)
                in_a_row += 1
                if in_a_row == GIVE_UP_AFTER:
                    break
            else:
                in_a_row = 0
                visit.unfinished += copy is None
                copies += [copy] if copy else []
        _keep(settings, visit, copies)


def _copy(settings: Settings, visit: Visit, file: Found, parts: Path) -> Copy | None:
    """Copies a file and its manifest into the temporary folder; None if the file is still being written."""
    place = visit.place
    parts.mkdir(parents=True, exist_ok=True)
    copy = Copy(file, parts / "file")
    if visit.unsettled(file) and place.again(file) != file:
        return None
    place.fetch(file, copy.part)
    manifest = visit.beside.get(manifest_name(file.name))
    if manifest:
        copy.manifest = parts / manifest.name
        place.fetch(manifest, copy.manifest)
    if copy.part.stat().st_size != file.size or place.again(file) != file:
        return None
    copy.digest = sha256_of(copy.part)
    if copy.manifest and visit.settle_seconds and _disowns(copy.manifest, copy.digest):
        time.sleep(visit.settle_seconds)  # the manifest came first: the file may not be all there yet
        if place.again(file) != file:
            return None
    os.utime(copy.part, (file.modified, file.modified))
    return copy


def _keep(settings: Settings, visit: Visit, copies: list[Copy]) -> None:
    """Renames copies to their places in ``raw``; the note of each file is on the disk before its name is."""
    new: dict[Path, Path] = {}
    notes: list[Path] = []
    for copy in copies:
        file = copy.file
        target = settings.raw / visit.branch / str(dated(file.name) or UNDATED) / copy.digest / file.name
        if target.exists() and inbox.is_whole(target):
            os.utime(target, (file.modified, file.modified))  # so that the next run recognises it without a copy
        elif (gone := inbox.removed_note(target)).exists() and not target.exists():  # by retention: its rows are loaded
            os.utime(gone, (file.modified, file.modified))
        else:
            if copy.manifest:
                new[copy.manifest] = target.with_name(copy.manifest.name)
            new[copy.part] = target
            notes.append(target)
    with bench(settings.inbox) as folder:
        inbox.note(settings, notes, folder)
    files.move(new, settings.raw)
    visit.copied += len(notes)


def _disowns(manifest: Path, digest: str) -> bool:
    """Whether a manifest is, for certain, of another content than the one with this hash."""
    try:
        said = parsed(manifest).sha256
    except ValueError:
        return False  # for the judge to refuse
    return said is not None and said.lower() != digest


def _receipts(settings: Settings, business_date: date) -> Path:
    return settings.staging / "extract" / business_date.isoformat()


def _may_pass(error: BaseException) -> bool:
    """Whether trying again can help."""
    return error.again if isinstance(error, LandingError) else isinstance(error, OSError)


def _words(problem: OSError) -> str:
    return problem.strerror or str(problem) or type(problem).__name__
