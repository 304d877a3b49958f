"""The lake, attached read-only as docs/query.md says: beside a step that writes, and in PostgreSQL."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest
import servers
from clients.blocks import under
from clients.conftest import BIN
from house import House

from perisai.settings import Settings
from perisai.step import alone, opened_lake
from warehouse import lake

PAGE, HEADING = "docs/query.md", "The lake: rows and time travel"
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
QUERIES = under(PAGE, HEADING, "sql")
ATTACH, GRANT = under(PAGE, HEADING, "sh")[0], under(PAGE, HEADING, "text")[0]


@pytest.fixture(scope="module")
def folder(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose ``data`` is a house with a lake of its own, and the ``lake.sql`` that the page makes."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "data").mkdir()
    shutil.copytree(demo_house.settings.lake, folder / "data" / "lake")
    said = subprocess.run(
        ["bash", "-euc", ATTACH], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert re.search(r"\b4\d\d\b", said.stdout)  # deliveries
    return folder


def ask(folder: Path, *queries: str) -> list[dict[str, str]]:
    """The rows of the last query, as the command line prints them."""
    command = [BIN / "duckdb", "-csv", "-init", "lake.sql", *(part for query in queries for part in ("-c", query))]
    done = subprocess.run(
        ["flock", "--shared", "data/lake.lock", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_the_row_behind_a_line_of_incentive(folder: Path, demo_house: House) -> None:
    rows = ask(folder, QUERIES[0])
    assert len(rows) == 5
    for row in rows:
        raw = list(demo_house.settings.raw.glob(f"*/*/*/{row['file_name']}"))
        line = raw[0].read_text(encoding="utf-8-sig").splitlines()[int(row["line_no"]) - 1]
        assert row["payment_date"] in line and row["paid_rp"] in line


def test_every_state_is_listed_and_can_be_asked(folder: Path) -> None:
    snapshots = ask(folder, QUERIES[1])
    assert len(snapshots) == 5
    (now,) = ask(folder, "select count(*) as deliveries from lake.raw.delivery")
    assert ask(folder, QUERIES[2]) == [now]
    assert ask(folder, QUERIES[3]) == [now]
    (before,) = ask(folder, QUERIES[2].replace("=> 2", "=> 1"))
    assert int(before["deliveries"]) == 0 < int(now["deliveries"])


def test_what_the_last_load_brought(folder: Path) -> None:
    brought = ask(folder, QUERIES[4])
    assert {row["branch_code"] for row in brought} >= {"NTB01", "STG03"}
    assert "NTB01_claims_2023-10-14.csv" in {row["file_name"] for row in brought}


def test_no_query_of_the_page_is_left_out() -> None:
    assert len(QUERIES) == 5


def test_reader_and_step_wait_for_each_other_instead_of_failing(folder: Path) -> None:
    settings = Settings(home=folder / "data", hmac_key="h" * 32, vault_key="v" * 32)
    query = ["-init", "lake.sql", "-csv", "-c", "select count(*) from lake.raw.delivery"]
    pipes = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with alone(settings), opened_lake(settings):
        refused = subprocess.run([BIN / "duckdb", *query], check=False, **pipes)
        assert refused.returncode and "lock" in refused.stderr
        waiting = subprocess.Popen(["flock", "--shared", "data/lake.lock", BIN / "duckdb", *query], **pipes)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=1)
    said, complaint = waiting.communicate(timeout=60)  # the step is over, and so is the wait
    assert (waiting.returncode, said.splitlines()[0]) == (0, "count_star()"), complaint


@pytest.fixture
def postgres() -> Iterator[str]:
    """A PostgreSQL with an account ``analyst`` beside that of the house; the folder of its socket."""
    with servers.postgres("create role analyst login;") as folder:
        yield folder


def test_with_postgresql_nobody_waits_and_an_account_that_may_only_read_is_enough(
    postgres: str, tmp_path: Path
) -> None:
    grant, attach = re.findall(r"^(.+;)$", GRANT, re.MULTILINE)
    attach = attach.replace("host=db", f"host={postgres}")
    catalog = f"postgres:dbname=lake host={postgres} user=postgres"
    options = {"memory_limit": "1GB", "threads": 1, "spill": tmp_path / "spill"}
    with lake.open_lake(catalog, str(tmp_path / "data"), tmp_path, **options) as writer:
        lake.ensure_tables(writer)
        writer.execute("insert into raw.business_day values (date '2023-10-13')")
        with psycopg.connect(f"dbname=lake host={postgres} user=postgres", autocommit=True) as admin:
            admin.execute(grant)
        with closing(duckdb.connect()) as reader:
            for name in ("ducklake", "postgres_scanner"):
                (extension,) = (
                    Path(lake.__file__)
                    .parents[0]
                    .parent.glob(
                        f".venv/lib/*/site-packages/duckdb_extension_{name}/extensions/*/{name}.duckdb_extension"
                    )
                )
                reader.execute(f"load '{extension}'")
            reader.execute(attach)
            writer.execute("begin; insert into raw.business_day values (date '2023-10-14')")
            days = "select count(*) from lake.raw.business_day"
            assert reader.execute(days).fetchone() == (1,)
            writer.execute("commit")
            assert reader.execute(days).fetchone() == (2,)
            assert reader.execute(f"{days} at (version => 2)").fetchone() == (1,)
            with pytest.raises(duckdb.Error, match="read-only"):
                reader.execute("delete from lake.raw.business_day")
