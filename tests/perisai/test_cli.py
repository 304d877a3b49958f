"""What holds for every command: where it writes, what it may touch, and how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from house import House, registration
from typer.testing import CliRunner, Result

from perisai import cli
from warehouse import lake

KEYS = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32, "PERISAI_MAX_MISSING_SHARE": "1"}
PASSWORD = "sangat-rahasia"
DAY = "2023-09-30"

# Fills the disk, as far as this process is concerned: no file grows beyond argv[1] bytes.
FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from perisai import day, publication, console
from perisai.cli import app
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
app(sys.argv[2:])
"""
# A command in a process in which Airflow was imported, as where a landing place has a login.
BESIDE_AIRFLOW = """
import logging, sys
from perisai import settings
from perisai.cli import app
class Settings(settings.Settings):
    def __init__(self):
        from airflow.sdk import BaseHook
        super().__init__()
        logging.getLogger("perisai").warning("something to look at")
        print("something a library prints")
settings.Settings = Settings
app(sys.argv[1:])
"""


def test_help_is_there_at_once() -> None:
    code = (
        "import resource, sys\nfrom perisai.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'duckdb', 'pydantic', 'pyarrow', 'pandas', 'airflow'} & set(sys.modules)\n"
        "print(heavy, resource.getrusage(resource.RUSAGE_SELF).ru_utime < 0.5, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "explain-incentive" in done.stdout
    assert done.stderr.split("\n")[-2] == "set() True"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home with keys, which the commands use."""
    for name, value in (KEYS | {"PERISAI_HOME": str(tmp_path / "data")}).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file, as the publisher leaves it; its folder is one's own."""
    folder = tmp_path_factory.mktemp("home") / "published"
    (folder / "versions").mkdir(parents=True)
    with duckdb.connect(str(folder / "versions" / "w.duckdb")) as con:
        con.execute("create schema reference; create schema marts")
        con.execute("create table marts.t as select i % 2 as odd, i as n from range(4) as t (i)")
    (folder / "warehouse.duckdb").symlink_to("versions/w.duckdb")
    return folder


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select sum(n) as s from marts.t", "6"),
        ("describe marts.t", "BIGINT"),
        ("pivot marts.t on odd using sum(n)", "4"),
        ("with a as (from marts.t) select count(*) from a", "4"),
    ],
)
def test_sql_answers(published: Path, monkeypatch: pytest.MonkeyPatch, query: str, said: str) -> None:
    monkeypatch.setenv("PERISAI_HOME", str(published.parent))
    done = run("sql", query)
    assert (done.exit_code, said in done.stdout) == (0, True), done.output


@pytest.mark.parametrize(
    "query",
    [
        "copy marts.t to '{0}/out.csv'",
        "copy marts.t to '{0}/published/warehouse.duckdb' (format csv, use_tmp_file false)",
        "explain analyze copy marts.t to '{0}/published/warehouse.duckdb' (format csv, use_tmp_file false)",
        "select 1; copy marts.t to '{0}/out.csv'",
        "export database '{0}/out'",
        "from read_csv('{0}/secret.csv')",
        "from '{0}/secret.csv'",
        "from read_text('{0}/secret.csv')",
        "from read_blob('{0}/*')",
        "from glob('{0}/*')",
        "attach '{0}/other.duckdb' as other",
        "attach '{0}/other.duckdb' as other (read_only)",
        "attach 'postgres:dbname=lake' as other",
        "install httpfs",
        "force install httpfs from community",
        "load httpfs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma profiling_output = '{0}/out.json'",
        "call enable_logging(storage = 'file', storage_path = '{0}/out')",
        "from read_csv('https://example.test/x.csv')",
        "create secret s (type s3)",
        "create table marts.mine as select 1 as i",
        "insert into marts.t values (1, 1)",
        "drop table marts.t",
        "from duckdb_secrets()",
    ],
)
def test_sql_reads_what_is_published_and_does_nothing_else(
    published: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    home = published.parent
    (home / "secret.csv").write_text("n\n4711\n")
    duckdb.connect(str(home / "other.duckdb")).close()
    monkeypatch.setenv("PERISAI_HOME", str(home))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    done = run("sql", query.format(home))
    assert done.exit_code == 1
    assert done.stderr.startswith("perisai: ")
    assert "4711" not in done.output
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "catalog",
    [
        "postgres:dbname=lake host=127.0.0.1 port=1 password={}",
        "postgres:dbname=lake host=127.0.0.1 port=1 password='{} x\"'",
        "postgres:dbname=lake host=127.0.0.1 port=1 password=a {}",
        "postgres:postgresql://lake:{}@127.0.0.1:1/lake",
        "no_such_kind:password={}",
        "postgres:dbname=lake password={} '",
    ],
)
def test_no_error_tells_the_password_of_the_catalog(
    home: Path, monkeypatch: pytest.MonkeyPatch, catalog: str, tmp_path: Path
) -> None:
    text = catalog.format(PASSWORD)
    monkeypatch.setenv("PERISAI_LAKE_CATALOG", text)
    for arguments in (["marts"], ["explain-incentive", "AB1", "2023-09"], ["publish", "--dry-run"]):
        done = run(*arguments)
        assert done.exit_code == 1
        assert "PERISAI_LAKE_CATALOG" in done.stderr
        assert PASSWORD not in done.output
        assert done.exception is not None
    with (
        pytest.raises(duckdb.Error) as refused,
        lake.open_lake(text, "", tmp_path, memory_limit="1GB", threads=1, spill=tmp_path / "spill"),
    ):
        """Nothing can be done in it."""
    assert PASSWORD not in str(refused.value)
    assert refused.value.__suppress_context__, "or a traceback would tell it"


def test_a_wrong_setting_is_named_and_its_value_is_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERISAI_THREADS", PASSWORD)
    done = run("status")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("perisai: PERISAI_THREADS: ")
    assert PASSWORD not in done.stderr


def test_a_home_that_reads_like_a_pattern_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for sign in "*?[":
        monkeypatch.setenv("PERISAI_HOME", str(tmp_path / f"a{sign}b"))
        done = run("load")
        assert done.exit_code == 1
        assert "PERISAI_HOME" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", "s3://bucket/home"),
        ("LAKE_DATA", "gs://bucket/lake"),
        ("STORE", "ftp://host/store"),
        ("SCRATCH", "s3://bucket/scratch"),
        ("LAKE_DATA", f"s3://key:{PASSWORD}@bucket/lake"),
    ],
)
def test_an_address_under_which_nothing_could_be_written_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"PERISAI_{name}", value)
    done = run("load")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"perisai: PERISAI_{name}: ")
    assert PASSWORD not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_a_sentence(home: Path) -> None:
    home.mkdir()
    (home / "published").write_text("a file where a folder is to be")
    done = run("versions")
    assert done.exit_code == 0
    done = run("rollback")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"perisai: {home / 'published'}: File exists\n"


@pytest.mark.parametrize("size", [0, 20_000])
def test_a_full_disk_is_a_sentence(home: Path, house: House, size: int) -> None:
    house.leave("NTB01", "registrations", DAY, [registration(n) for n in range(1, 400)])
    done = process(FULL, str(size), "load", "--day", DAY)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr


def test_a_spark_that_is_not_there_is_a_sentence(home: Path, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.leave("NTB01", "registrations", DAY, [registration(1)])
    assert run("load", "--day", DAY).exit_code == 0
    monkeypatch.setenv("PERISAI_SPARK_PYTHON", str(home / "nowhere"))
    done = run("marts", "--engine", "spark")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nothing was built, the tables are as they were" in done.stderr
    assert "make spark-env makes it, or set PERISAI_SPARK_PYTHON" in " ".join(done.stderr.split())
    assert not (home / "published" / "warehouse.duckdb").exists()


def test_json_is_json_whatever_is_logged_and_printed(home: Path) -> None:
    done = process(BESIDE_AIRFLOW, "versions", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert "something to look at" in done.stderr
    assert "something a library prints" in done.stderr


def test_without_a_date_it_is_said_where_none_was_found(home: Path) -> None:
    done = run("load")
    assert done.exit_code == 1
    assert f"to {home / 'landing'} or to the places that branch.csv names" in done.stderr
