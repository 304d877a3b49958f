"""The vault: encrypted Parquet objects that hold what identifies a person, and nothing else does.

Each feed has a folder. A commit adds one object, and housekeeping puts neighbours together; their names say of which
commits, so ``000003-000005.parquet`` is all that the third to the fifth added. An object within another one's span
counts no more, and a span that no object has is an error. So a process may be killed between any two writes, each of
which is one whole object. Who writes holds the lock of the home, and the connection knows the vault's key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from warehouse import files, keys, trees
from warehouse.duck import VAULT, know_key, know_storage, quoted, read_sealed, write_sealed
from warehouse.files import Place

P = TypeVar("P", bound=Place)

LARGEST = 32 << 20
"""Bytes of the objects that become one, at most."""
MANY = 10
"""Neighbours of which one object is made."""
_MARK = "mark"
MARK = Path(_MARK, "000001-000001.parquet")
"""What tells the vault from others, by its place in the vault."""
_EARLIER = Path("vault.duckdb")
_NAME = re.compile(r"(\d{6})-(\d{6})\.parquet")


def exists(place: Place) -> bool:
    """Whether there is a vault."""
    return _MARK in objects(place)


def ends(place: Place) -> dict[str, int]:
    """The number of each feed's last commit, and of the mark. Whoever noted a higher one misses an object."""
    return {feed: _span(paths[-1])[1] for feed, paths in objects(place).items()}


def identify(con: duckdb.DuckDBPyConnection, place: Place, fresh: str) -> str:
    """What tells the vault from others; it gets this mark, and thereby begins, where it has none.

    Args:
        con: a connection that knows the vault's key.
        place: the vault's folder.
        fresh: the mark that it gets if it has none.
    """
    if paths := _opened(con, place).get(_MARK):
        (mark,) = con.execute(f"from {read_sealed(paths, VAULT)}").fetchone() or ("",)
        return str(mark)
    _write(con, f"select {quoted(fresh)} as mark", place / MARK)
    return fresh


def store(con: duckdb.DuckDBPyConnection, place: Place, rows: Mapping[str, str]) -> None:
    """Adds the personal columns of accepted rows; rows of a delivery that is there already are replaced.

    Those may be of a commit that was killed or of a lake that was put back from a backup. They go first, and the rows
    that replace them are written last: a delivery is never there twice, and whoever is killed before stores it again.

    Args:
        con: a connection that knows the vault's key.
        place: the vault's folder.
        rows: for each feed the SQL of its rows (delivery_id, business_date, line_no, the keyed hashes, and
            the contract's vault columns).
    """
    _tidy(place)
    there = _opened(con, place)
    for feed, query in sorted(rows.items()):
        con.execute(f"create or replace temp table stored as select distinct delivery_id from ({query})")
        if not con.execute("from stored limit 1").fetchone():
            continue
        paths = there.get(feed, [])
        target = _named(place / feed, next_one := _span(paths[-1])[1] + 1 if paths else 1, next_one)
        for path in _holding(con, paths, "delivery_id in (from stored)"):
            rest = f"from {read_sealed([path], VAULT)} where delivery_id not in (from stored)"
            if path == paths[-1] and not con.execute(f"{rest} limit 1").fetchone():
                target = path  # the same commit, tried again
            else:
                _write(con, rest, path)
        _write(con, query, target)


def replace(con: duckdb.DuckDBPyConnection, place: Place, rows: Mapping[str, str]) -> None:
    """Puts other rows in the place of those of the same delivery and line: the objects that have them are written anew.

    Args:
        con: a connection that knows the vault's key.
        place: the vault's folder.
        rows: for each feed the SQL of the rows, as in ``store``; what the vault does not have is left out.
    """
    _tidy(place)
    there = _opened(con, place)
    for feed, query in sorted(rows.items()):
        if paths := there.get(feed):
            con.execute(f"create or replace temp table put as from {read_sealed(paths, VAULT)} limit 0")
            con.execute(f"insert into put by name {query}")
            for path in _holding(con, paths, "(delivery_id, line_no) in (select (delivery_id, line_no) from put)"):
                old = read_sealed([path], VAULT)
                others = f"from {old} anti join put using (delivery_id, line_no)"
                now = f"select put.* from put semi join {old} using (delivery_id, line_no)"
                _write(con, f"({others}) union all by name ({now})", path)


def seal_anew(con: duckdb.DuckDBPyConnection, place: Place, before: str) -> int:
    """Writes the objects anew that are not under the connection's key yet; how many objects there are.

    Args:
        con: a connection that knows the vault's key.
        place: the vault's folder.
        before: the secret that they may be under.

    Raises:
        duckdb.Error: one is under neither key.
    """
    _tidy(place)
    know_key(con, "before", before, keys.VAULT)
    paths = [path for those in _opened(con, place).values() for path in those]
    for path in paths:
        try:
            con.execute(f"describe from {read_sealed([path], VAULT)}")
        except duckdb.Error:
            _write(con, f"from {read_sealed([path], 'before')}", path)
    return len(paths)


def merge(con: duckdb.DuckDBPyConnection, place: Place) -> int:
    """Makes one object of many small neighbours; how many objects were made. May be killed and run again.

    Args:
        con: a connection that knows the vault's key.
        place: the vault's folder.
    """
    _tidy(place)
    sizes = {place / name: entry.size for name, entry in trees.listed(place).items()}
    made = 0
    for feed, paths in _opened(con, place).items():
        groups: list[list[Place]] = [[]]
        for path in paths:
            if sum(sizes[one] for one in [*groups[-1], path]) > LARGEST:
                groups.append([])
            groups[-1].append(path)
        for group in groups:
            if len(group) >= MANY:
                whole = _named(place / feed, _span(group[0])[0], _span(group[-1])[1])
                _write(con, f"from {read_sealed(group, VAULT)}", whole)
                made += 1
    _tidy(place)
    return made


@contextmanager
def reading(con: duckdb.DuckDBPyConnection, place: Place) -> Iterator[dict[str, set[str]]]:
    """The vault as the catalog ``vault`` of a connection that knows its key, to be read; the columns of each feed."""
    con.execute("attach ':memory:' as vault")
    try:
        for feed, paths in _opened(con, place).items():
            con.execute(f'create view vault."{feed}" as from {read_sealed(paths, VAULT)}')
        columns: dict[str, set[str]] = {}
        listed = "select table_name, column_name from duckdb_columns() where database_name = 'vault'"
        for feed, name in con.execute(listed).fetchall():
            columns.setdefault(feed, set()).add(name)
        columns.pop(_MARK, None)
        yield columns
    finally:
        con.execute("detach vault")


def read_through(con: duckdb.DuckDBPyConnection, path: Place) -> None:
    """Reads every value of an object, which are authenticated.

    Raises:
        duckdb.Error: it is damaged, or under another key.
    """
    if not isinstance(path, Path):
        know_storage(con)
    con.execute(f"select sum(hash(one)) from {read_sealed([path], VAULT)} as one").fetchall()


def objects(place: Place) -> dict[str, list[Place]]:
    """The objects that count, in order, of each feed and of the mark.

    Raises:
        FileNotFoundError: one is gone.
        FileExistsError: it is the vault of an earlier version.
    """
    names = trees.listed(place)
    if _EARLIER in names:
        raise FileExistsError(
            f"{place / _EARLIER} is the vault of an earlier version, which this one does not read: run perisai rebuild"
        )
    listed = [place / name for name in sorted(names) if _NAME.fullmatch(name.name)]
    gone = {*covered(listed)}
    found: dict[str, list[Place]] = {}
    for path in (one for one in listed if one not in gone):
        those = found.setdefault(path.parent.name, [])
        first = _span(those[-1])[1] + 1 if those else 1
        if _span(path)[0] != first:
            raise FileNotFoundError(
                f"{_named(path.parent, first, _span(path)[0] - 1)} is gone; put it back from a backup. If there is"
                " none, see docs/operate.md, When the vault is gone"
            )
        those.append(path)
    return found


def covered(paths: Iterable[P]) -> list[P]:
    """Of the files of a vault the objects that count no more, since another one has all of their span."""
    found: list[P] = []
    folder, end = "", 0
    objects = [path for path in paths if _NAME.fullmatch(path.name)]
    for path in sorted(objects, key=lambda one: (str(one.parent), _span(one)[0], -_span(one)[1])):
        if str(path.parent) == folder and _span(path)[1] <= end:
            found.append(path)
        else:
            folder, end = str(path.parent), _span(path)[1]
    return found


def stale(paths: Iterable[P], others: Iterable[P]) -> list[P]:
    """Of other files the objects with a commit that these have, too: before they became one, or of an earlier time."""
    numbers = {(str(one.parent), n) for one in paths if _NAME.fullmatch(one.name) for n in _commits(one)}
    objects = (one for one in others if _NAME.fullmatch(one.name))
    return [one for one in objects if any((str(one.parent), n) in numbers for n in _commits(one))]


def _commits(path: Place) -> range:
    first, last = _span(path)
    return range(first, last + 1)


def _opened(con: duckdb.DuckDBPyConnection, place: Place) -> dict[str, list[Place]]:
    """The objects, which the connection can read then."""
    if not isinstance(place, Path):
        know_storage(con)
    return objects(place)


def _tidy(place: Place) -> None:
    """Removes what counts no more, and what a killed process has not finished."""
    listed = [place / name for name in trees.listed(place)]
    parts = [path for path in listed if path.name.endswith(".part")]
    for path in [*parts, *covered(listed)]:
        files.remove(path)


def _span(path: Place) -> tuple[int, int]:
    first, last = path.stem.split("-")
    return int(first), int(last)


def _named(folder: Place, first: int, last: int) -> Place:
    return folder / f"{first:06d}-{last:06d}.parquet"


def _holding(con: duckdb.DuckDBPyConnection, paths: list[Place], condition: str) -> list[Place]:
    """The objects of a feed with a row that meets a condition on its first columns, which all of them have."""
    if not paths:
        return []
    each = ", ".join(map(quoted, paths))
    options = f"encryption_config = {{footer_key: '{VAULT}'}}, filename = true, hive_partitioning = false"
    query = f"select distinct filename from read_parquet([{each}], {options}) where {condition}"
    names = {name for (name,) in con.execute(query).fetchall()}
    return [path for path in paths if str(path) in names]


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Place) -> None:
    with files.private():
        write_sealed(con, query, path, VAULT)
