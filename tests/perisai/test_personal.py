"""What is published names nobody: no number of a person in a text, no column that leads to one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import traces
from house import House, registration

from bench import small_lake
from bench.small_lake import SmallLake
from warehouse import copying, personal, versions

NOBODY = [
    "NTB01_claims_2023-10-13.csv",
    "0123456789abcdef" * 4,
    "12345678901abcdef0123456789abcde",
    "Manifest menyebut Rp 64100000000, file berjumlah Rp 64100000001 / the manifest says Rp 64100000000",
    "2023-10-13 2023-10-14",
    "baris 1234567, 1234568 / lines 1234567, 1234568",
    "PKS/01/102022/000123456",
    "https://example.test/read/2023101312345678901234/berita",
    None,
]
SOMEBODY = {
    "a NIK": [
        "5271011203450001",
        "NIK 5271011203450001!",
        "Dicetak oleh 5271 0112 0345 0001",
        "BKD/5271011203450001/9",
    ],
    "a KPJ": ["12345678901", "K-12345678901", "(12345678901)"],
    "a phone": ["081234567890", "hub. +6281234567890", "0812-3456-7890", "62 812 3456 7890", "0800 0012 345"],
}


def looked_at(path: Path, texts: list[str | None], *waived: str) -> list[str]:
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts; create or replace table marts.t (said varchar, also varchar)")
        con.executemany("insert into marts.t (said) values (?)", [[text] for text in texts])
    return personal.found(path, ["marts"], waived)


def test_what_is_no_number_of_a_person_passes(tmp_path: Path) -> None:
    assert looked_at(tmp_path / "w.duckdb", NOBODY) == []


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SOMEBODY.items() for text in texts])
def test_a_number_of_a_person_is_found_and_not_told(tmp_path: Path, kind: str, text: str) -> None:
    said = looked_at(tmp_path / "w.duckdb", [*NOBODY, text])
    assert f"marts.t.said has 1 texts with what looks like {kind}" in said
    assert not any(text in one for one in said)
    assert personal.found(tmp_path / "w.duckdb", ["marts"], ["marts.t.said"]) == []


def test_a_hash_of_the_house_may_be_all_digits(made: SmallLake, tmp_path: Path) -> None:
    lake = small_lake.copy(made, tmp_path / "home")
    lake.change(
        "alter table marts.delivery_day add column delivery_id varchar",
        "update marts.delivery_day set delivery_id = '5271011203450001'",
    )
    assert lake.publish("b").changed


def test_a_publication_stops_and_the_version_before_stays(made: SmallLake, tmp_path: Path) -> None:
    lake = small_lake.copy(made, tmp_path / "home")
    lake.change("update marts.delivery_day set branch_code = '5271011203450001' where branch_code = 'B001'")
    with pytest.raises(copying.AuditFailed, match=r"marts\.delivery_day\.branch_code has 1 texts .* a NIK") as refusal:
        lake.publish("b")
    assert "5271011203450001" not in str(refusal.value)
    now = versions.current(lake.published)
    assert now is not None
    assert now.stamp == "a"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    """A small lake, published once."""
    lake = small_lake.make(tmp_path_factory.mktemp("small"))
    lake.publish("a")
    return lake


def test_columns_that_are_withheld_stay_in_the_lake_and_the_rows_tell_no_order(made: SmallLake, tmp_path: Path) -> None:
    lake = small_lake.copy(made, tmp_path / "home")
    lake.change(
        "comment on table marts.delivery_day is 'grain: one row per business date\nkey: business_date\n"
        "withheld: branch_code, outcome'"
    )
    lake.change(
        "create or replace table marts.people as select 'p' || (9 - i) as person, i % 3 as n from range(9) t (i)"
    )
    lake.change("comment on table marts.people is 'grain: one row per person\nwithheld: person'")
    done = lake.publish("b")
    assert lake.read("select n from marts.people") == [(n,) for n in (0, 0, 0, 1, 1, 1, 2, 2, 2)]
    assert [row[0] for row in lake.read("describe marts.delivery_day")] == ["business_date", "marker"]
    with duckdb.connect() as con:
        assert versions.wrong_files(done.version) + versions.wrong_tables(con, done.version) == []
        parquet = done.version.folder / "marts" / "people.parquet"
        assert con.execute(f"select name from parquet_schema('{parquet}')").fetchall()[1:] == [("n",)]


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from house import House
from perisai import day
from perisai.settings import Settings
day.load = lambda *_: os.kill(os.getpid(), 9)
House(Settings(home=Path(sys.argv[1]), hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1)).load("2023-09-30")
"""


def test_a_day_that_was_killed_names_nobody_outside_the_copies(house: House, tmp_path: Path) -> None:
    rows = [registration(n) for n in range(1, 9)] + [registration(9, nik="1", full_name="Peserta Yang Ditolak")]
    house.leave("NTB01", "registrations", "2023-09-30", rows)
    (temporary := tmp_path / "tmp").mkdir()
    tests = str(Path(__file__).parents[1])
    paths = {"PYTHONPATH": f"{tests}{os.pathsep}{Path(tests).parent}", "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", KILLED, str(house.settings.home)]
    done = subprocess.run(command, env=os.environ | paths, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    (temporary / "said").write_bytes(done.stdout + done.stderr)
    meant = {row[name] for row in rows for name in ("nik", "kpj", "full_name", "phone") if len(row[name]) > 1}
    assert list(house.settings.staging.glob("*/*/*/*.parquet")), "rows are staged"
    assert traces.found(tmp_path, meant, left_out=("data/raw/", "data/landing/")) == {}
    assert len(traces.found(house.settings.raw, meant)) == 1
