"""Homes on several machines share a catalog in PostgreSQL and files in S3: each counts, and nothing counts twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import psycopg
import pytest
import yaml
from house import KEYS, House, agent, claim, contribution, registration
from s3fs import S3FileSystem
from servers import SECRET, START, free_port, login, postgres, process, s3

from perisai import close, rejects
from perisai import day as steps
from perisai.errors import DayFailed, LockBusy, StepBroken
from perisai.housekeep import housekeep
from perisai.locks import held
from perisai.rights.disclose import disclose
from perisai.rights.forget import forget
from perisai.settings import Settings
from perisai.step import opened_lake, sealer
from perisai.verify import lake as lake_check
from perisai.verify import people, rejected
from perisai.verify.finding import Found
from warehouse import durable

SEPTEMBER, DAY = date(2023, 9, 1), date(2023, 9, 30)
LOAD = START + 'print(house.load("2023-09-30")["accepted"])'
FREEZE = (
    START
    + """
content, approved = sys.argv[1], ("kepala", "2023-10-02T09:30:00+08:00")
print(close.freeze(house.settings, date(2023, 9, 1), content, *approved)["changed"])
"""
)


def at_once(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What processes say last that begin at the same moment; all of them have to end well."""
    for one in processes:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate()[0] for one in processes]
    assert [one.returncode for one in processes] == [0, 0]
    return [text.split()[-1] for text in said]


@dataclass
class Pair:
    """Two homes on one catalog, first the one that committed more deliveries; how many each; the bucket of the lake."""

    first: House
    second: House
    accepted: list[str]
    bucket: S3FileSystem


def leave_a_day(house: House) -> None:
    left = [
        house.leave("NTB01", "agents", "2023-09-30", [agent(1)]),
        house.leave("NTB01", "registrations", "2023-09-30", [registration(n) for n in range(1, 9)]),
        house.leave("NTB01", "contributions", "2023-09-30", [contribution(n) for n in range(1, 9)]),
    ]
    for path in left:  # at the same moment in each house
        os.utime(path, (1_696_100_000, 1_696_100_000))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both start for the first time, at the same moment and on an empty database, with the same exports."""
    folder = tmp_path_factory.mktemp("postgres")
    with postgres() as socket, s3() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in login(endpoint).items():
            patch.setenv(name, value)
        bucket = S3FileSystem(use_listings_cache=False)
        bucket.mkdir("lake")
        bucket.pipe("lake/data-of-others/theirs.parquet", b"PAR1")
        shared = {
            "lake_catalog": f"postgres:dbname=lake host={socket} user=postgres",
            "lake_data": "s3://lake/data",
            "store": "s3://lake/store",
            "max_missing_share": 1,
        }
        homes = [House(Settings(home=folder / name, **KEYS, **shared)) for name in ("one", "two")]
        for home in homes:
            leave_a_day(home)
        accepted = at_once([process(home.settings, LOAD) for home in homes])
        if int(accepted[0]) < int(accepted[1]):  # the first is whoever committed
            homes, accepted = homes[::-1], accepted[::-1]
        yield Pair(*homes, accepted, bucket)


@pytest.mark.slow
def test_two_first_starts_at_once_commit_every_row_once(pair: Pair) -> None:
    assert sum(map(int, pair.accepted)) == 3
    counts = "select " + ", ".join(
        f"(select count(*) from raw.{table})"
        for table in ("delivery", "agents", "registrations", "contributions", "business_day")
    )
    for home in (pair.first, pair.second):
        assert home.lake(counts) == [(3, 1, 8, 8, 1)]


@pytest.mark.slow
def test_the_marts_are_those_of_the_same_day_in_a_folder(pair: Pair, tmp_path: Path) -> None:
    alone = House(Settings(home=tmp_path / "alone", max_missing_share=1, **KEYS))
    leave_a_day(alone)
    alone.build("2023-09-30")
    steps.marts(pair.first.settings)
    assert all("data" not in path.parts for path in pair.first.settings.home.rglob("*.parquet")), (
        "a file of the lake lies in a folder"
    )
    tables = "select schema_name, table_name from duckdb_tables() where schema_name in ('core', 'marts') order by all"
    names = [f"{schema}.{table}" for schema, table in alone.lake(tables)]
    assert len(names) > 50
    assert [f"{schema}.{table}" for schema, table in pair.first.lake(tables)] == names
    hashes = " union all by name ".join(
        f"select '{name}' as name, count(*) as rows, sum(hash(one)) as content from {name} as one" for name in names
    )
    there, here = ({name: rest for name, *rest in house.lake(hashes)} for house in (pair.first, alone))
    assert {name for name in names if there[name] != here[name]} == set()


def test_one_home_waits_for_the_other_and_is_told_for_what(pair: Pair) -> None:
    impatient = pair.first.settings.model_copy(update={"lock_wait_seconds": 0.3})
    holder = (
        START
        + 'from perisai.locks import held\nwith held(house.settings, "close 2023-09"):\n'
        + ('    print("held", flush=True)\n    sys.stdin.read()')
    )
    with process(pair.second.settings, holder) as other:
        assert other.stdin and other.stdout
        other.stdin.write("\n")
        other.stdin.flush()
        assert [other.stdout.readline() for _ in range(2)] == ["ready\n", "held\n"]
        with (
            pytest.raises(LockBusy, match=rf"waited 0 s .* for perisai: close 2023-09, {other.pid} on .* and gave up"),
            held(impatient, "load 2023-09-30"),
        ):
            raise AssertionError("two hold it")
        other.kill()  # and the server frees the lock
    with held(pair.first.settings.model_copy(update={"lock_wait_seconds": 30}), "load 2023-09-30"):
        pass


@pytest.mark.slow
def test_two_at_once_close_the_month_once(pair: Pair) -> None:
    drafted = close.draft(pair.first.settings, SEPTEMBER)
    content = drafted["content_hash"]
    assert drafted["lines"]
    said = at_once([process(home.settings, FREEZE, content) for home in (pair.first, pair.second)])
    assert sorted(said) == ["False", "True"]
    for home in (pair.first, pair.second):
        assert home.lake("select content_hash, approved_by from closed.month") == [(content, "kepala")]
        paid = home.lake("select sum(payable_rp)::bigint from closed.incentive_wadah_month")
        assert paid == [(drafted["payable_rp"],)]
        assert home.lake("select count(*) from closed.incentive_line") == [(drafted["lines"],)]


@pytest.mark.slow
def test_the_statements_that_one_writes_the_other_compares_and_writes_again(pair: Pair) -> None:
    final = "lake/store/statements/2023-09/final"
    drafts = pair.bucket.ls("lake/store/statements/2023-09")
    assert [key.rpartition("/")[2].startswith("draft-") for key in drafts] == [True]
    written = close.statements(pair.first.settings, SEPTEMBER)
    assert written["changed"] and written["files"] > 2
    assert pair.bucket.ls("lake/store/statements/2023-09") == [final], "the draft stays beside the final statements"
    for home in (pair.first, pair.second):
        assert not (home.settings.home / "statements").exists()
        assert close.verify(home.settings, SEPTEMBER)["files"] == written["files"]
    with pytest.raises(DayFailed, match="2023-09 is closed"):
        close.draft(pair.second.settings, SEPTEMBER)
    gone, kept = f"{final}/summary.html", {key: pair.bucket.cat(key) for key in pair.bucket.find(final)}
    pair.bucket.rm(gone)
    pair.bucket.pipe(f"{final}/left-by-hand.html", b"")
    with pytest.raises(DayFailed, match=r"the statement summary.html is missing"):
        close.verify(pair.second.settings, SEPTEMBER)
    assert close.statements(pair.second.settings, SEPTEMBER) == {"changed": True, "files": written["files"]}
    assert {key: pair.bucket.cat(key) for key in pair.bucket.find(final)} == kept


def test_a_catalog_that_goes_away_in_the_middle_of_a_commit_loses_and_doubles_nothing(pair: Pair) -> None:
    conninfo = pair.second.settings.lake_catalog.removeprefix("postgres:")
    cut = """select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name """

    def cut_off(whose: str) -> None:
        with psycopg.connect(conninfo) as con:
            assert con.execute(cut + whose).fetchone() != (0,)

    pair.second.leave(
        "NTB02", "claims", "2023-09-30", [claim(1, branch_code="NTB02"), claim(2, branch_code="NTB02", amount_rp=0)]
    )
    before = pair.first.lake("select count(*) from raw.delivery")
    steps.extract(pair.second.settings, DAY, "KW-BNP")
    steps.plan(pair.second.settings, DAY)
    steps.judge(pair.second.settings, DAY)
    for whose, said in (
        ("not like 'perisai%'", "load: "),
        ("like 'perisai%'", "the lock in the PostgreSQL .* was lost"),
    ):
        with pytest.raises((StepBroken, OSError), match=said), durable.guarded(partial(cut_off, whose)):
            steps.load(pair.second.settings, DAY)
        assert pair.first.lake("select count(*) from raw.delivery") == before
    assert steps.load(pair.second.settings, DAY)["accepted"] == 1
    assert pair.first.lake("select count(*) from raw.claims") == [(1,)]


def test_what_one_rejects_the_other_gives_back_to_the_branch(pair: Pair) -> None:
    settings = pair.first.settings
    (kept,) = pair.bucket.find("lake/store/rejects")
    assert [*pair.second.settings.workbooks.parent.rglob("*.parquet")] == []
    steps.marts(settings)
    with opened_lake(settings) as con:
        assert rejects.write_workbooks(con, settings, sealer(settings)) == 1
        book = openpyxl.load_workbook(settings.workbooks / "NTB02" / "NTB02_2023-09-30.xlsx")
        assert [sheet.title for sheet in book.worksheets if any(c.value == "CLM-0000002" for r in sheet for c in r)]
        found = rejected.check(con, settings)
        assert (found.wrong, found.checked["files"]) == ([], 1)
        was = pair.bucket.cat(kept)
        pair.bucket.pipe(kept, was + b" ")
        assert [each.what.rpartition("claims")[2] for each in rejected.check(con, settings).wrong] != []
        pair.bucket.pipe(kept, was)


def test_what_nothing_names_goes_and_what_is_gone_or_another_one_is_named(pair: Pair) -> None:
    settings = pair.first.settings.model_copy(update={"keep_snapshot_days": 0})
    pair.bucket.pipe("lake/data/core/left-by-a-killed-run.parquet", b"PAR1")
    assert housekeep(settings)["orphans"] >= 1  # commits that were cut off leave some, too
    left = {key.rpartition("/")[2]: key for key in pair.bucket.find("lake/data")}
    assert pair.bucket.exists("lake/data-of-others/theirs.parquet")
    with opened_lake(settings) as con:
        assert lake_check.check(con, Found()).wrong == []
        named = " union all ".join(
            f"select parse_filename(path) from __ducklake_metadata_lake.ducklake_{kind}_file"
            for kind in ("data", "delete")
        )
        assert {name for (name,) in con.execute(named).fetchall()} == left.keys()
        said = con.execute("select secret_string from duckdb_secrets()").fetchall()
        assert SECRET not in str(said)
    one, other, *_ = (key for name, key in left.items() if "/registrations/" in key or "/contributions/" in key)
    was, taken = pair.bucket.cat(one), pair.bucket.cat(other)
    pair.bucket.pipe(one, was[:-9] + b"x" + was[-8:])
    pair.bucket.rm(other)
    with pytest.raises(DayFailed, match="the lake is damaged") as said, opened_lake(settings) as con:
        durable.check(con)
    assert f"{Path(one).name} is not the file that was written" in str(said.value)
    assert f"{Path(other).name} is gone" in str(said.value)
    pair.bucket.pipe({one: was, other: taken})
    steps.marts(settings)
    assert steps.publish(settings)["changed"]


@pytest.mark.slow
def test_people_whom_one_committed_the_other_discloses_and_erases(pair: Pair, tmp_path: Path) -> None:
    one, other = pair.first, pair.second
    person = registration(5)
    assert [*one.settings.home.glob("vault")] == [*other.settings.home.glob("vault")] == []
    assert disclose(other.settings, person["nik"], tmp_path / "told.yaml", "letter")["rows"] == 2
    told = yaml.safe_load((tmp_path / "told.yaml").read_text())
    assert [row["full_name"] for row in told["vault"]["registrations"]] == [person["full_name"]]
    before = one.vault("select count(*) from vault.registrations")
    forget(other.settings, person["nik"], "letter")
    assert one.vault("select count(*) from vault.registrations") == before == [(8,)]
    for name in ("nik", "kpj", "full_name", "phone"):
        assert one.vault(f"select count(*) from vault.registrations where {name} = '{person[name]}'") == [(0,)]
    for home in (one, other):
        with opened_lake(home.settings) as con:
            found = people.check(con, home.settings)
        assert (found.wrong, found.left_out, found.checked["deliveries"]) == ([], [], 2)


def test_object_storage_that_cannot_be_reached_is_a_sentence(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    before = pair.first.lake("select count(*) from raw.delivery")
    pair.second.leave("NTB03", "claims", "2023-09-30", [claim(3, branch_code="NTB03")])
    steps.extract(pair.second.settings, DAY, "KW-BNP")
    steps.plan(pair.second.settings, DAY)
    steps.judge(pair.second.settings, DAY)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        S3FileSystem.clear_instance_cache()
        with pytest.raises(OSError, match=r"object storage: Could not connect .*; run it again"):
            steps.load(pair.second.settings, DAY)
    S3FileSystem.clear_instance_cache()
    assert pair.first.lake("select count(*) from raw.delivery") == before
    assert steps.load(pair.second.settings, DAY)["accepted"] == 1


def test_without_credentials_it_says_what_to_set(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(OSError, match="no credentials for object storage: set AWS_ACCESS_KEY_ID"):
        pair.first.lake("select 1")
