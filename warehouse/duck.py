"""DuckDB connections: extensions from the environment, bounded memory, nothing fetched, no spill in clear."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb

from warehouse import files, keys

Record = dict[str, Any]

SEALED, VAULT = "sealed", "vault"
"""Names under which a connection knows the keys of encrypted Parquet files: what passes, and the vault."""


@dataclass
class _Instance:
    """A DuckDB of this process: to load an extension is to check the signature of up to 40 MB, so it is done once."""

    bounds: tuple[str, int, str | None]
    spill: Path
    con: duckdb.DuckDBPyConnection
    loaded: set[str] = field(default_factory=set)


_idle: list[_Instance] = []
_idle_lock = Lock()


@contextmanager
def connect(
    *,
    memory_limit: str,
    threads: int,
    spill: Path,
    secret: str | None = None,
    extensions: tuple[str, ...] = (),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB, empty, that nobody else uses meanwhile.

    Args:
        memory_limit: e.g. ``2GB``; beyond it DuckDB spills to ``spill``, encrypted.
        threads: number of threads.
        spill: folder for what does not fit in memory.
        secret: key of encrypted Parquet files, where they are read or written.
        extensions: names of extension wheels to load; httpfs (it brings the ciphers) is always loaded.
    """
    instance = _taken((memory_limit, threads, secret), spill)
    try:
        for name in {"httpfs", *extensions} - instance.loaded:
            file = resources.files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
            instance.con.execute(f"load {quoted(file / f'{name}.duckdb_extension')}")
            instance.loaded.add(name)
        with instance.con.cursor() as con:
            con.execute("set enable_progress_bar = false; attach ':memory:' as scratch; use scratch")
            yield con
        _emptied(instance)
    except BaseException:
        instance.con.close()
        raise
    _idle.append(instance)


def _taken(bounds: tuple[str, int, str | None], spill: Path) -> _Instance:
    """An idle instance with these bounds, or a new one; those with others are closed."""
    spill.parent.mkdir(parents=True, exist_ok=True)  # DuckDB makes the last folder of the path alone, once it spills
    with _idle_lock:
        while _idle:
            instance = _idle.pop()
            if instance.bounds == bounds and _spills_to(instance, spill):
                return instance
            instance.con.close()
    memory_limit, threads, secret = bounds
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory_limit,
            "threads": str(threads),
            "temp_directory": str(spill),
            "temp_file_encryption": "true",
        }
    )
    # of a log that a crash cut off amid a commit, DuckDB 1.5.5 reads NULL as '' in columns that are stored like that
    con.execute("set disabled_compression_methods = 'dict_fsst'")
    if secret is not None:
        know_key(con, SEALED, secret, keys.STAGED)
        know_key(con, VAULT, secret, keys.VAULT)
    return _Instance(bounds, spill, con)


def know_key(con: duckdb.DuckDBPyConnection, name: str, secret: str, purpose: str) -> None:
    """Lets a connection know the key of encrypted Parquet files that a secret has for a purpose, under a name."""
    con.execute(f"pragma add_parquet_key('{name}', '{base64.b64encode(keys.derived(secret, purpose)).decode()}')")


def _spills_to(instance: _Instance, spill: Path) -> bool:
    """Has an instance spill to a folder, which it refuses if it has spilled to another one."""
    if instance.spill != spill:
        try:
            instance.con.execute(f"set temp_directory = {quoted(spill)}")
        except duckdb.NotImplementedException:
            return False
        instance.spill = spill
    return True


def _emptied(instance: _Instance) -> None:
    """Lets go of all files and rows."""
    databases = "select database_name from duckdb_databases() where not internal and database_name <> 'memory'"
    for (name,) in instance.con.execute(databases).fetchall():
        instance.con.execute(f"detach database if exists {name}")  # a lake takes its catalog along
    # switched off it forgets what it holds of files
    instance.con.execute("set enable_external_file_cache = false; set enable_external_file_cache = true")


def _close_idle() -> None:
    """A process that is forked off would have the connections, but not the threads that work for them."""
    while _idle:
        _idle.pop().con.close()


os.register_at_fork(before=_close_idle)


def bounded(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The settings of a connection by which another one keeps the same bounds of memory and of spill."""
    names = ("memory_limit", "threads", "temp_directory", "temp_file_encryption")
    values = con.execute(f"select {', '.join(f'current_setting({quoted(name)})' for name in names)}").fetchone() or ()
    return dict(zip(names, map(str, values), strict=True))


def memory_of(con: duckdb.DuckDBPyConnection) -> int:
    """Bytes of memory that a connection may take."""
    (limit,) = con.execute("select parse_formatted_bytes(current_setting('memory_limit'))").fetchone() or (0,)
    return int(limit)


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9]{5,}|\nLINE .*", re.DOTALL)


def scrubbed(error: BaseException) -> str:
    """What DuckDB says of an error, without what it quotes: values of rows, and the text of an ATTACH."""
    return " ".join(_QUOTED.sub("…", text) for text in [str(error), *getattr(error, "__notes__", [])])


def quoted(value: object) -> str:
    """A path, secret or text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def records(con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object] | None = None) -> list[Record]:
    """The rows of a query, each by the names of its columns; decimals stay exact."""
    result = con.execute(query, values or {})
    names = [str(column[0]) for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def run(con: duckdb.DuckDBPyConnection, script: Path, **values: object) -> None:
    """Runs a file of SQL, to which some variables are known."""
    for name, value in values.items():
        con.execute(f"set variable {name} = $value", {"value": value})
    con.execute(script.read_text(encoding="utf-8"))


@contextmanager
def using(con: duckdb.DuckDBPyConnection, catalog: str) -> Iterator[None]:
    """Another default catalog, while the context lasts."""
    (before,) = con.execute("select current_database()").fetchone() or ("",)
    con.execute(f"use {catalog}")
    try:
        yield
    finally:
        con.execute(f"use {before}")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it, or nothing."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def know_storage(con: duckdb.DuckDBPyConnection) -> None:
    """Lets a connection read and write object storage; its credentials stand in no SQL text, and on no disk."""
    login = files.login()
    named = ", ".join(f"{name} ${name}" for name in login)
    con.execute(f"create or replace temporary secret storage (type s3, {named})", login)


def write_sealed(con: duckdb.DuckDBPyConnection, query: str, path: files.Place, key: str = SEALED) -> None:
    """Writes a query's rows as Parquet that only a key of the connection opens."""
    options = f"format parquet, compression zstd, encryption_config {{footer_key: '{key}'}}"
    with files.whole(path) as part:
        con.execute(f"copy ({query}) to {quoted(part)} ({options})")


def read_sealed(paths: Iterable[files.Place], key: str = SEALED) -> str:
    """SQL that reads files which ``write_sealed`` wrote, columns by name."""
    # DuckDB's own union_by_name fails on encrypted files
    options = f"encryption_config = {{footer_key: '{key}'}}, hive_partitioning = false"
    each = (f"from read_parquet({quoted(file)}, {options})" for file in paths)
    return f"({' union all by name '.join(each)})"
