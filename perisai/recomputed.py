"""A closed month once more: from the lake's snapshot of then, with the SQL and the reference tables of then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from expectations.wording import counted
from warehouse import closed, models, terms


def differences(con: duckdb.DuckDBPyConnection, month: closed.Month, rows: Mapping[str, str]) -> list[str]:
    """How what is frozen differs from what the lake's snapshot gives.

    Args:
        con: a connection to the lake.
        month: the month, of a snapshot that is there.
        rows: SQL of what is frozen, as of ``closed.frozen_rows``.
    """
    with _computed_again(con, month):
        found = [each for table in closed.FROZEN for each in _differences(con, table, month.period, rows[table])]
    return found + _other_terms(con, month, rows)


def code() -> dict[str, str]:
    """The SQL of every model that incentives are computed by, the reference tables' included."""
    every = {model.table: model for model in models.discover()}
    wanted, found = [f"marts.{table}" for table in closed.FROZEN], set[str]()
    while wanted:
        name = wanted.pop()
        if name in every and name not in found:
            found.add(name)
            wanted += every[name].inputs
    return {name: every[name].sql for name in sorted(found)}


def version(sql: Mapping[str, str]) -> str:
    """What such SQL is called: the first digits of its hash."""
    return hashlib.sha256(repr(sorted(sql.items())).encode()).hexdigest()[:12]


@contextmanager
def _computed_again(con: duckdb.DuckDBPyConnection, month: closed.Month) -> Iterator[None]:
    """Holds a catalog ``again`` with the models of a closed month, built from the lake's snapshot, in memory."""
    with TemporaryDirectory() as folder:
        for name, sql in closed.code(con, month.code_version).items():
            path = Path(folder, *name.split(".")).with_suffix(".sql")
            path.parent.mkdir(exist_ok=True)
            path.write_text(sql, encoding="utf-8")
        every = models.discover(Path(folder))
    again = [model for model in every if model.schema != "reference"]
    with models.computed_again(con, Path(folder), again, f" at (version => {month.snapshot_id})"):
        yield


def _differences(con: duckdb.DuckDBPyConnection, table: str, period: date, frozen: str) -> list[str]:
    """How many rows of a table differ between what is frozen and what the catalog ``again`` has."""
    known = {row[0] for row in con.execute(f"describe again.marts.{table}").fetchall()}
    columns = ", ".join(name for name in closed.FROZEN[table] if name in known)  # a later version may have more
    kept = f"select {columns} from ({frozen})"
    again = f"select {columns} from again.marts.{table} where period = date '{period}'"
    found = []
    for text, one, other in (("only frozen", kept, again), ("only computed again", again, kept)):
        (count,) = con.execute(f"select count(*) from (({one}) except all ({other}))").fetchone() or (0,)
        found += [f"{counted(count, 'row', 'rows')} of {table} {'is' if count == 1 else 'are'} {text}"] if count else []
    return found


def _other_terms(con: duckdb.DuckDBPyConnection, month: closed.Month, rows: Mapping[str, str]) -> list[str]:
    """Whether the terms that are frozen are others than those of the month's snapshot; none were frozen formerly."""
    kept = terms.text(con, rows["terms"])
    then = terms.drafted(con, month.period, int(month.snapshot_id or 0), rows["incentive_line"])
    differ = kept not in ("", terms.text(con, then))
    return ["the frozen terms of its schemes are others than those of then"] if differ else []
