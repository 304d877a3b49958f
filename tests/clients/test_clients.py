"""The tools that analysts use, each as docs/query.md says, while days are loaded and another process holds the file."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from clients.blocks import under
from clients.conftest import HOLDER, Busy, missing

PAGE = "docs/query.md"
HERE = Path(__file__).parent
OLD_DUCKDB = HERE / "requirements-duckdb-1.2.txt"


def block(heading: str, language: str) -> str:
    (text,) = under(PAGE, heading, language)
    return text


def test_the_command_line(busy: Busy) -> None:
    said = busy.run("bash", "-c", block("DuckDB's command line", "sh").replace("-readonly", "-readonly -csv"))
    header, *rows = said.splitlines()
    assert header == "region_code,protected"
    assert rows == [f"{code},{protected}" for code, protected in busy.answer]


def test_perisai_sql(busy: Busy) -> None:
    said = busy.run("perisai", "sql", "from marts.claim_duration", PERISAI_HOME="data")
    assert "median_days" in said and "JKM" in said


def test_python(busy: Busy) -> None:
    said = busy.run(sys.executable, "-c", block("Python", "python"))
    assert ast.literal_eval(said) == busy.answer


def test_polars(busy: Busy) -> None:
    # both halves of the block see one version, unless it is published just between them: then it says so
    for _ in range(3):
        said = busy.run(sys.executable, "-c", block("Polars", "python"), check=False)
        if said:
            break
    rows = re.findall(r"│ (\d+) +┆ (\d+) +│", said)
    assert [(code, int(protected)) for code, protected in rows] == busy.answer
    assert re.fullmatch(r"2023-10-\d\d-[0-9a-f]+", said.splitlines()[-1])


def test_pandas(busy: Busy) -> None:
    said = busy.run(sys.executable, "-c", block("pandas", "python"))
    rows = re.findall(r"^\d+ +(\d\d) +([\d.]+)$", said, re.MULTILINE)
    assert [(code, float(protected)) for code, protected in rows] == busy.answer
    assert said.splitlines()[-1] == "decimal128(20, 6)[pyarrow]"


def test_sqlalchemy(busy: Busy) -> None:
    said = busy.run(sys.executable, "-c", block("SQLAlchemy", "python"))
    assert ast.literal_eval(said) == busy.answer


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pinned Node client, checked against the lock file's hashes."""
    if not shutil.which("npm"):
        missing("npm is not there")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "node" / name, folder)
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        missing(f"npm cannot install the client: {done.stderr[-300:]}")
    return folder


def test_node(busy: Busy, node: Path) -> None:
    script = node / "query.mjs"
    script.write_text(block("Node", "js") + "console.log(JSON.stringify(reader.getRowsJson()));\n")
    said = busy.run("node", script)
    rows = json.loads(said.splitlines()[-1])
    assert [(code, int(protected)) for code, protected in rows] == busy.answer


@pytest.fixture(scope="module")
def duckdb_1_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which Python imports DuckDB 1.2."""
    folder = tmp_path_factory.mktemp("duckdb-1.2")
    options = ["--quiet", "--only-binary", ":all:", "--no-deps", "--require-hashes"]
    install = [sys.executable, "-m", "pip", "install", *options, "--target", folder, "-r", OLD_DUCKDB]
    done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        missing(f"DuckDB 1.2 cannot be installed: {done.stderr[-300:]}")
    return folder


def test_an_older_duckdb(busy: Busy, duckdb_1_2: Path) -> None:
    every = """
import duckdb
assert duckdb.__version__.startswith("1.2."), duckdb.__version__
with duckdb.connect("data/published/warehouse.duckdb", read_only=True) as con:
    tables = con.execute("select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('marts', 'reference')").fetchall()
    for (table,) in tables:
        con.execute(f"select * from {table}").fetchall()
    print(len(tables))
"""
    said = busy.run(sys.executable, "-c", every + block("Python", "python"), PYTHONPATH=str(duckdb_1_2))
    tables, answer = said.splitlines()
    assert int(tables) > 30
    assert ast.literal_eval(answer) == busy.answer


@pytest.mark.slow
def test_days_went_on_and_who_held_the_file_kept_it(busy: Busy) -> None:
    assert busy.next_version() > "2023-10-15"
    assert busy.held().startswith("2023-10-14 ")
    said = busy.run(sys.executable, "-c", HOLDER.replace("sys.stdin.readline", "iter(['now', '']).__next__"))
    assert said >= "2023-10-15 "


def test_nothing_here_names_a_registry() -> None:
    for path in (OLD_DUCKDB, HERE / "node" / "package.json", HERE / "node" / "package-lock.json"):
        assert not re.search(r"https?://|file://|\"resolved\"|--(index|find-links)", path.read_text()), path
    lock = json.loads((HERE / "node" / "package-lock.json").read_text())
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert packages and all(entry["integrity"].startswith("sha512-") for entry in packages)
    entries = re.findall(r"^([a-z0-9][^\n]*(?:\n    --hash[^\n]*)*)", OLD_DUCKDB.read_text(), re.MULTILINE)
    assert len(entries) == 1 and "==1.2." in entries[0] and "--hash=sha256:" in entries[0]
