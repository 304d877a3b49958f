"""A query on what is published, which can read that and do nothing else."""

from __future__ import annotations

from typing import Any

import duckdb

from perisai.errors import DayFailed
from perisai.settings import Settings

# A database that is opened read-only keeps its own tables; the rest of the machine has to be closed by these.
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,  # no file, no address, no other database, no extension
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",
    "lock_configuration": True,
}
ASKING = {duckdb.StatementType.SELECT, duckdb.StatementType.CREATE}
"""DESCRIBE, SHOW and SUMMARIZE are a SELECT too, and a PIVOT makes a type of its own in memory."""


def ask(settings: Settings, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns of a query on the published file, and its rows.

    Raises:
        DayFailed: nothing is published yet, or the query asks for something else than rows of what is published.
    """
    database = settings.published / "warehouse.duckdb"
    if not database.exists():
        raise DayFailed(f"{database} is not there yet; run `perisai load` and `perisai marts`")
    with duckdb.connect(str(database), read_only=True, config=CLOSED) as con:
        try:
            # DuckDB's own ban on files lets the database's file be, and a COPY could write over it
            if any(statement.type not in ASKING for statement in con.extract_statements(query)):
                raise DayFailed("this is no query: `perisai sql` reads the published tables and does nothing else")
            result = con.execute(query)
            return [str(column[0]) for column in result.description or []], result.fetchall()
        except duckdb.PermissionException as error:
            raise DayFailed(f"`perisai sql` reads the published tables and nothing else. {error}") from error
        except duckdb.Error as error:
            raise DayFailed(str(error)) from error
