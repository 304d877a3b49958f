"""One run at a time holds the home, whatever started it: a task of Airflow, ``make run`` or the command line.

The lock is the file ``lake.lock`` in the home, which the system frees when the process that holds it dies. Where the
lake's catalog is a PostgreSQL, homes on several machines may share it: there an advisory lock of that database is
held as well, by a connection of its own, which the server frees likewise.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perisai.errors import LockBusy
from perisai.settings import Settings
from warehouse import durable, files

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

POSTGRES = "postgres:"
_KEY = 0x7065726973616931  # "perisai1": advisory locks are numbers, and each database has its own
_POLL_SECONDS = 0.2
_TELL_SECONDS = 60
_NAME_BYTES = 63  # of a connection's name, in PostgreSQL
_HOLDER = """
select application_name, backend_start from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
    and ((classid::bigint << 32) | objid::bigint) = %s
"""
_Until = Callable[[Callable[[], bool], Callable[[], str]], None]
_threads = threading.RLock()
_held: Counter[tuple[Path, str]] = Counter()


@contextmanager
def held(settings: Settings, what: str, *, shared: bool = False) -> Iterator[None]:
    """Holds the home while the context lasts, and waits for whoever holds it; within one thread it may be nested.

    Args:
        settings: the settings; how long it waits at most is ``lock_wait_seconds``.
        what: what it is held for, in words for whoever waits: a step and its date.
        shared: others may hold it shared at the same time; for work in the staging folder alone.

    Raises:
        LockBusy: the wait was too long; the message says for whom and since when.
        OSError: the PostgreSQL of the catalog cannot be reached.
    """
    seconds = settings.lock_wait_seconds
    until = partial(_until, what, time.monotonic() + seconds, seconds)
    until(lambda: _threads.acquire(blocking=False), lambda: "another thread of this process")
    key = (settings.home, settings.lake_catalog)
    try:
        with ExitStack() as locks:
            if not _held[key]:
                locks.enter_context(_file(settings.home, what, until, shared=shared))
                if settings.lake_catalog.startswith(POSTGRES):
                    conninfo = settings.lake_catalog.removeprefix(POSTGRES)
                    locks.enter_context(_advisory(conninfo, what, until, shared=shared))
            locks.enter_context(files.private())
            files.close(*settings.private)  # an earlier release, or a backup, may have left them open
            _held[key] += 1
            try:
                yield
            finally:
                _held[key] -= 1
    finally:
        _threads.release()


def _until(what: str, deadline: float, seconds: float, taken: Callable[[], bool], holder: Callable[[], str]) -> None:
    """Tries until the lock is acquired, and logs once a minute who holds it.

    Raises:
        LockBusy: it was not in time.
    """
    told = -float("inf")
    while not taken():
        now = time.monotonic()
        if now >= deadline:
            raise LockBusy(
                f"{what} waited {seconds:.0f} s (PERISAI_LOCK_WAIT_SECONDS) for {holder()} and gave up;"
                " run it again when that is done"
            )
        if now - told >= _TELL_SECONDS:
            log.warning("%s waits for %s", what, holder())
            told = now
        time.sleep(min(_POLL_SECONDS, max(deadline - now, 0.01)))


@contextmanager
def _file(home: Path, what: str, until: _Until, *, shared: bool) -> Iterator[None]:
    """The lock of the home; who holds it is written into the file, for whoever waits."""
    with files.shared():  # readers of the lake take it too, see docs/query.md
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "lake.lock").open("a+", encoding="utf-8")
    with opened as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(taken, lambda: _said(file))
        me = {"what": what, "pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
        _note(file, json.dumps(me))
        try:
            yield
        finally:
            with suppress(BlockingIOError):  # others still hold it shared, and who waits has to be told
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _note(file, "")


def _note(file: Any, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _said(file: Any) -> str:
    """Who holds the lock of a home, as the file says."""
    file.seek(0)
    try:
        holder = json.loads(file.read())
        return f"{holder['what']} (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return f"somebody who holds {file.name}, such as a reader of the lake (docs/query.md)"


@contextmanager
def _advisory(conninfo: str, what: str, until: _Until, *, shared: bool) -> Iterator[None]:
    """The lock of the database that the catalog is in."""
    import psycopg

    def name(doing: str) -> str:
        return f"perisai: {doing}, {os.getpid()} on {socket.gethostname()}"[:_NAME_BYTES]

    try:
        con = psycopg.connect(conninfo, autocommit=True, application_name=name(f"{what} (waits)"))
    except psycopg.Error as error:  # the message may repeat the setting, with its password
        raise OSError(f"the PostgreSQL of PERISAI_LAKE_CATALOG cannot be reached ({type(error).__name__})") from None
    with con:
        mode = "_shared" if shared else ""
        take = f"select pg_try_advisory_lock{mode}(%s)"
        until(lambda: bool(_one(con, take, _KEY)), lambda: _who(con))
        _one(con, "select set_config('application_name', %s, false)", name(what))
        with durable.guarded(lambda: _still(con)):
            yield


def _one(con: psycopg.Connection[Any], query: str, value: object) -> Any:
    row = con.execute(query, [value]).fetchone()
    return row[0] if row else None


def _who(con: psycopg.Connection[Any]) -> str:
    """Who holds the lock of the database, as the server says."""
    found = con.execute(_HOLDER, [_KEY]).fetchall()
    said = [f"{name} (connected since {since:%Y-%m-%d %H:%M:%S%z})" for name, since in found]
    return " and ".join(said) or "a process that has just released the catalog"


def _still(con: psycopg.Connection[Any]) -> None:
    """Has a commit fail if the connection is gone, and the lock with it."""
    import psycopg

    try:
        _one(con, "select %s", 1)
    except psycopg.Error as error:
        raise OSError(
            f"the lock in the PostgreSQL of PERISAI_LAKE_CATALOG was lost ({type(error).__name__}), so nothing was"
            " committed; run it again"
        ) from None


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")
