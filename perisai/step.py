"""What every step shares: one line of log, locks, connections, and the files that one step leaves for the next."""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import json
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import duckdb
from cryptography.fernet import Fernet

from perisai.errors import StepBroken
from perisai.settings import Settings
from warehouse import lake
from warehouse.duck import connect, scrubbed

Receipt = dict[str, Any]
P = ParamSpec("P")


def logged(step: Callable[P, Receipt]) -> Callable[P, Receipt]:
    """The step, which logs its receipt in one line of ``key=value`` when it is done."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Receipt:
        begun = time.perf_counter()
        try:
            receipt = step(*args, **kwargs)
        except duckdb.Error as error:  # DuckDB quotes the values it stumbles over, and they may be a person's
            raise StepBroken(f"{step.__name__}: {type(error).__name__}: {scrubbed(error)}") from None
        what = list(inspect.signature(step).parameters)[1]  # business_date, or the period of a close
        line = {"step": step.__name__, what: args[1], **receipt}
        line["seconds"] = f"{time.perf_counter() - begun:.1f}"
        logging.getLogger(step.__module__).info(" ".join(f"{name}={_logfmt(value)}" for name, value in line.items()))
        return receipt

    return run


def _logfmt(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return json.dumps(text) if not text or set(text) & set(' "=') else text


@contextmanager
def one_run(settings: Settings, name: str = "run.lock") -> Iterator[None]:
    """Holds a lock of the home, so that of two runs at once one waits; the system frees it if the process dies."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def alone(settings: Settings) -> AbstractContextManager[None]:
    """The lock of one step on the lake, for runs that Airflow starts in processes of their own."""
    return one_run(settings, "lake.lock")


def scratch_duck(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own, for rows that are on their way."""
    return connect(
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=settings.staging / "spill",
        secret=settings.secret_vault,
    )


def opened_lake(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A connection whose default catalog is the lake."""
    return lake.open_lake(
        settings.lake_catalog,
        settings.lake_data,
        settings.lake,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=settings.staging / "spill",
        secret=settings.secret_vault,
    )


def sealer(settings: Settings) -> Fernet:
    """What seals rejected rows, and opens them again."""
    return Fernet(urlsafe_b64encode(hashlib.sha256(settings.secret_vault.encode()).digest()))


def write_json(path: Path, value: object) -> None:
    """Leaves a value for a later step."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


def read_json(path: Path) -> Any:
    """What ``write_json`` left."""
    return json.loads(path.read_text(encoding="utf-8"))
