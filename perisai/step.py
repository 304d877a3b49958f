"""What every step shares: one line of log, locks, connections, and the files that one step leaves for the next."""

from __future__ import annotations

import inspect
import json
import logging
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import duckdb
from cryptography.fernet import Fernet

from perisai.errors import DayFailed, StepBroken
from perisai.locks import held
from perisai.settings import Settings
from warehouse import durable, files, keys, lake, notes
from warehouse.benches import PARTS
from warehouse.duck import connect, scrubbed
from warehouse.files import Place

Receipt = dict[str, Any]
P = ParamSpec("P")
_doing: ContextVar[str] = ContextVar("doing", default="perisai")


def logged(step: Callable[P, Receipt]) -> Callable[P, Receipt]:
    """The step, which logs its receipt in one line of ``key=value`` when it is done."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Receipt:
        begun = time.perf_counter()
        given = inspect.signature(step).bind(*args, **kwargs).arguments
        dates = {name: value for name, value in given.items() if isinstance(value, date)}  # business date or period
        doing = _doing.set(" ".join([step.__name__, *map(str, dates.values())]))
        try:
            with files.private():
                receipt = step(*args, **kwargs)
        except duckdb.Error as error:  # DuckDB quotes the values it stumbles over, and they may be a person's
            raise StepBroken(f"{step.__name__}: {type(error).__name__}: {scrubbed(error)}") from None
        except Exception as error:
            if (problem := files.unreached(error)) is None:
                raise
            raise problem from None
        finally:
            _doing.reset(doing)
        line = {"step": step.__name__, **dates, **receipt}
        line["seconds"] = f"{time.perf_counter() - begun:.1f}"
        _beat(given.get("settings"), step.__name__, line["seconds"])
        logging.getLogger(step.__module__).info(" ".join(f"{name}={_logfmt(value)}" for name, value in line.items()))
        return receipt

    return run


def _beat(settings: Settings | None, step: str, seconds: str) -> None:
    """Leaves a heartbeat, which a monitor reads. A power failure may take it."""
    if settings is not None and settings.home.exists():
        settings.heartbeats.mkdir(exist_ok=True)
        (settings.heartbeats / step).write_text(seconds, encoding="ascii")


def _logfmt(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return json.dumps(text) if not text or set(text) & set(' "=') else text


def alone(settings: Settings, what: str = "", *, shared: bool = False) -> AbstractContextManager[None]:
    """The lock of the home, for a step or a whole run; see perisai.locks.

    Args:
        settings: the settings.
        what: what it is held for; by default the step that is logged.
        shared: others may hold it shared meanwhile.
    """
    return held(settings, what or _doing.get(), shared=shared)


def scratch_duck(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB for rows between two steps."""
    return connect(
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=_spill(settings),
        secret=settings.secret_vault,
    )


@contextmanager
def opened_lake(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default catalog is the lake.

    Raises:
        DayFailed: a key is another one than the lake was made with, the lake is an earlier version's, or a file of it
            is damaged.
    """
    with unbound_lake(settings) as con:
        noted = notes.every(con)
        if wrong := notes.bind(con, keys_of(settings), noted):
            named = " and ".join(f"PERISAI_{name.upper()}_KEY" for name in wrong)
            raise DayFailed(
                f"{named}: another key than this lake was made with; set the earlier key again. With another one every"
                " person would be counted twice, and the vault could not be opened"
            )
        if noted.get("keys are changing"):
            raise DayFailed("the vault was about to get other keys; run perisai rotate-keys, see docs/operate.md")
        try:
            yield con
        except lake.OtherVersion as earlier:
            raise DayFailed(f"{earlier}; see docs/operate.md, Upgrade from before") from None
        except durable.Damaged as damaged:
            raise DayFailed(
                f"the lake is damaged, so nothing was computed, committed or published: {damaged}. Put it back from a"
                " backup; see docs/operate.md, When a file of the lake is damaged"
            ) from None


def unbound_lake(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The same, whatever keys it is under."""
    return lake.open_lake(
        settings.lake_catalog,
        settings.lake_data,
        settings.lake,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=_spill(settings),
        secret=settings.secret_vault,
    )


def keys_of(settings: Settings) -> dict[str, bytes]:
    """The keys that a lake belongs to, by name."""
    return {"hmac": settings.secret_hmac, "vault": settings.secret_vault.encode()}


def clear_staging(settings: Settings) -> None:
    """Removes staged rows, which the next run makes anew; what other processes have spilled stays."""
    parts = (settings.scratch or settings.staging) / PARTS
    for path in {*settings.staging.glob("*"), *settings.staged.glob("*"), settings.buckets, parts} - {settings.spill}:
        files.remove(path)


def _spill(settings: Settings) -> Path:
    """The folder to which this process spills: DuckDB gives these files the same names in every process."""
    return settings.spill / str(os.getpid())


def sealer(settings: Settings) -> Fernet:
    """What seals rejected rows, and opens them again."""
    return Fernet(urlsafe_b64encode(keys.derived(settings.secret_vault, keys.SEALED)))


def write_json(path: Place, value: object) -> None:
    """Leaves a value for a later step."""
    files.write(path, json.dumps(value, indent=1, sort_keys=True))


def read_json(path: Place) -> Any:
    """What ``write_json`` left.

    Raises:
        DayFailed: the file is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise DayFailed(f"{path} is damaged; run the date again, which makes it anew") from None
