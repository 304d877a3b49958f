"""`perisai sql` as people and tools use it, on a small published file."""

from __future__ import annotations

import io
import json
from importlib import metadata
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from perisai import cli


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which ``marts.wide`` (41 columns, 300 rows) and ``reference.place`` are published."""
    monkeypatch.setenv("PERISAI_HOME", str(tmp_path))
    (tmp_path / "published").mkdir()
    wide = ", ".join(f"{n} as column_{n}" for n in range(40))
    with duckdb.connect(str(tmp_path / "published" / "warehouse.duckdb")) as con:
        con.execute("create schema marts; create schema reference")
        con.execute(f"create table marts.wide as select range as n, {wide} from range(300)")
        con.execute(
            """create table reference.place as
            select '52' as code, 'Nusa "Tenggara", Barat' as name, 12.50 :: decimal(18, 2) as share,
                9007199254740993 as rupiah, date '2023-10-13' as since, null :: integer as until"""
        )
    return tmp_path


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(cli.app, arguments, input=given)


@pytest.mark.usefixtures("published")
def test_a_table_is_found_without_its_schema_and_says_what_does_not_fit() -> None:
    shown = run("sql", "from wide order by n").stdout
    assert max(map(len, shown.splitlines())) <= 160
    assert "300 rows (100 shown)" in shown
    assert "41 columns (" in shown
    assert " 1 row  " in run("sql", "from wide limit 1").stdout
    assert "Nusa" in run("sql", "from place").stdout


@pytest.mark.usefixtures("published")
def test_records_give_each_column_a_line() -> None:
    lines = run("sql", "--format", "records", "from wide order by n limit 1").stdout.splitlines()
    assert [line.split("│")[1].strip() for line in lines if "column_" in line] == [f"column_{n}" for n in range(40)]


@pytest.mark.usefixtures("published")
def test_what_tools_read_is_whole_and_exact() -> None:
    assert run("sql", "-", "--format", "csv", given="from place").stdout == (
        'code,name,share,rupiah,since,until\n52,"Nusa ""Tenggara"", Barat",12.50,9007199254740993,2023-10-13,\n'
    )
    (place,) = json.loads(run("sql", "from place", "--format", "json").stdout)
    assert place["rupiah"] == 9007199254740993
    assert (place["since"], place["until"]) == ("2023-10-13", None)
    assert len(json.loads(run("sql", "from wide", "--format", "json").stdout)) == 300
    assert json.loads(run("sql", "from wide where n < 0", "--format", "json").stdout) == []
    table = pq.read_table(io.BytesIO(run("sql", "from wide", "--format", "parquet").stdout_bytes))
    assert (table.num_rows, table.num_columns) == (300, 41)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from wid", 'Did you mean "wide"?'),
        ("select 1; select 2", "one query at a time; here are 2"),
        ("", "one query at a time; here are 0"),
    ],
)
def test_what_is_no_single_query_is_refused(query: str, said: str) -> None:
    done = run("sql", query)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_the_release_is_told() -> None:
    assert run("--version").stdout == f"perisai {metadata.version('perisai')}\n"
