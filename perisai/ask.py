"""A query on what is published, which can read that and do nothing else."""

from __future__ import annotations

import csv
import io
from contextlib import redirect_stdout
from enum import StrEnum
from typing import TYPE_CHECKING

from perisai.errors import DayFailed

if TYPE_CHECKING:
    import duckdb

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
SHOWN = 100
"""Rows of a table or records that are shown to people; DuckDB says below them how many there are."""


class AnswerFormat(StrEnum):
    """How the answer to a query is written: for people (table; records, one column a line), or whole, for tools."""

    table = "table"
    records = "records"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def ask(settings: Settings, query: str, form: AnswerFormat, width: int) -> bytes:
    """The answer to one query on the published file; tables are found without the name of their schema, too.

    Args:
        settings: where the published file is.
        query: one statement that reads.
        form: how the answer is written.
        width: columns of the terminal; what does not fit is left out in the middle, and the last line says so.

    Raises:
        DayFailed: nothing is published yet, or the query asks for something else than rows of what is published.
    """
    import duckdb  # here, since it would make the start of every command slower

    # DESCRIBE, SHOW and SUMMARIZE are a SELECT too, and a PIVOT makes a type of its own in memory
    asking = {duckdb.StatementType.SELECT, duckdb.StatementType.CREATE}
    database = settings.published / "warehouse.duckdb"
    if not database.exists():
        raise DayFailed(f"{database} is not there yet; run `perisai load` and `perisai marts`")
    with duckdb.connect(str(database), read_only=True, config=CLOSED) as con:
        try:
            # DuckDB's own ban on files lets the database's file be, and a COPY could write over it
            kinds = [statement.type for statement in con.extract_statements(query)]
            if not asking.issuperset(kinds):
                raise DayFailed("this is no query: `perisai sql` reads the published tables and does nothing else")
            if (count := kinds.count(duckdb.StatementType.SELECT)) != 1:
                raise DayFailed(f"`perisai sql` answers one query at a time; here are {count}")
            con.execute("set search_path = 'marts,reference'")
            return _written(con.sql(query), form, width)
        except duckdb.PermissionException as error:
            raise DayFailed(f"`perisai sql` reads the published tables and nothing else. {error}") from error
        except duckdb.Error as error:
            raise DayFailed(str(error)) from error


def _written(answer: duckdb.DuckDBPyRelation, form: AnswerFormat, width: int) -> bytes:
    match form:
        case AnswerFormat.json:
            rows = answer.query("answer", "select to_json(answer) from answer").fetchall()
            return ("[" + ",\n".join(row for (row,) in rows) + "]\n").encode()
        case AnswerFormat.parquet:
            import pyarrow.parquet as pq

            file = io.BytesIO()
            pq.write_table(answer.to_arrow_table(), file)
            return file.getvalue()
        case AnswerFormat.csv:
            text = io.StringIO(newline="")
            lines = csv.writer(text, lineterminator="\n")
            lines.writerow(answer.columns)
            lines.writerows(answer.query("answer", "select cast(columns(*) as varchar) from answer").fetchall())
            return text.getvalue().encode()
    shown = io.StringIO()
    with redirect_stdout(shown):
        answer.show(max_width=width, max_rows=SHOWN, render_mode="columns" if form is AnswerFormat.records else "rows")
    box, corner, foot = shown.getvalue().rpartition("┘")
    return (box + corner + foot.replace("  1 rows ", "  1 row  ")).encode()
