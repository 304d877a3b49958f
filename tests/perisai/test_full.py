"""A full build of buckets that any process makes gives the tables as they were, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from house import KEYS, OF_CLOSES, House, agent, contribution, registration
from s3fs import S3FileSystem
from servers import postgres

from perisai import day as steps
from perisai import full
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import opened_lake
from warehouse import buckets, files, models, trees

CHANGED = "nothing was built: the lake, keys, code, contracts or reference tables have changed since"
OTHER = "is not the file that was made; run it again"


def tables(house: House) -> dict[str, tuple[Any, ...]]:
    """Types and rows of every table that is built, but for the build's own snapshot."""
    found = {}
    with opened_lake(house.settings) as con:
        for model in models.discover():
            if not model.is_view:
                kinds = con.execute(f"describe {model.table}").fetchall()
                found[model.table] = (kinds, con.execute(f"from {model.table} order by all").fetchall())
    return found


def make(settings: Settings, plan: dict[str, Any], rounds: int = full.ROUNDS) -> list[dict[str, Any]]:
    """All buckets of the first rounds, the last one first."""
    return [
        full.bucket(settings, plan["plan"], number, bucket)
        for number in range(rounds)
        for bucket in reversed(range(plan["buckets"] if number else 1))
    ]


def split(house: House, count: int = 2) -> Settings:
    return house.settings.model_copy(update={"build_buckets": count})


def place(settings: Settings, plan: dict[str, Any]) -> Any:
    return settings.staged / "full_rebuild" / plan["plan"]


def fails(settings: Settings, plan: dict[str, Any], said: str) -> None:
    with pytest.raises(DayFailed, match=said):
        steps.marts(settings, plan["plan"])


@pytest.mark.slow
def test_buckets_give_the_tables_that_were_there(copy: House) -> None:
    settings = split(copy, 3)
    before = tables(copy)
    assert before["core.contribution_month"][1]
    plan = full.plan_rebuild(settings)
    receipts = make(settings, plan)
    assert [receipt["changed"] for receipt in receipts] == [True] * 10
    assert full.bucket(settings, plan["plan"], 2, 1) == {"changed": False}  # as after a kill, when it was whole
    copy.lake("update core.participant set sex = 'X'")
    fails(settings, plan, CHANGED)

    plan = full.plan_rebuild(settings)
    make(settings, plan)
    assert steps.marts(settings, plan["plan"])["changed"]
    assert tables(copy) == before
    assert not (settings.staged / "full_rebuild").exists()
    assert not settings.buckets.exists()
    assert not steps.marts(settings)["changed"]


@pytest.mark.marts(*OF_CLOSES)
def test_a_bucket_that_is_missing_damaged_or_of_elsewhere_builds_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(house)
    house.build("2023-09-30")
    settings = split(house)
    stamp = house.lake("from core.build_stamp")
    plan = full.plan_rebuild(settings)
    with pytest.raises(DayFailed, match="bucket 0 of round 0 was not made; clear its square, or run the build again"):
        full.bucket(settings, plan["plan"], 1, 1)
    with monkeypatch.context() as patched, pytest.raises(DayFailed, match="others here than where the build was"):
        patched.setattr(full, "code_of", lambda con, settings: "of another release")
        full.bucket(settings, plan["plan"], 0)
    with pytest.raises(DayFailed, match="PERISAI_HMAC_KEY are others here than where the build was planned"):
        full.bucket(Settings(home=settings.home, **KEYS | {"hmac_key": "x" * 32}), plan["plan"], 0)
    elsewhere = Settings(home=tmp_path / "elsewhere", store=str(settings.home), **KEYS)
    with pytest.raises(
        DayFailed, match="the lake is not on this machine: it has to be shared, by PERISAI_LAKE_CATALOG"
    ):
        full.bucket(elsewhere, plan["plan"], 0)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(full, "write_json", interrupt)
        full.bucket(settings, plan["plan"], 0)
    with pytest.raises(DayFailed, match="bucket 0 of round 0 was not made"):
        full.bucket(settings, plan["plan"], 1, 0)
    make(settings, plan, 2)
    fails(settings, plan, "bucket 0 of round 2 was not made")
    make(settings, plan)

    whole = shutil.copytree(place(settings, plan), settings.home / "aside")
    files_of = [path for path in trees.listed(place(settings, plan)) if path.suffix == ".parquet"]
    [contributions] = [path for path in files_of if path.name == "core.contribution-2-1.parquet"]
    [others] = [path for path in files_of if path.name == "core.contribution-2-0.parquet"]
    for damage in (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), Path.unlink, None):
        shutil.copytree(whole, place(settings, plan), dirs_exist_ok=True)
        path = place(settings, plan) / contributions
        if damage:
            damage(path)
        else:
            shutil.copyfile(place(settings, plan) / others, path)
        fails(settings, plan, OTHER)
        assert not place(settings, plan).exists()
        fails(settings, plan, "the plan of the build is gone, run it again")
    assert house.lake("from core.build_stamp") == stamp

    shutil.copytree(whole, place(settings, plan))
    assert full.plan_rebuild(settings) == plan
    assert not any(receipt["changed"] for receipt in make(settings, plan))
    assert steps.marts(settings, plan["plan"])["changed"]


@pytest.mark.marts(*OF_CLOSES)
def test_a_plan_has_as_many_buckets_as_there_are_shards_or_as_the_memory_asks_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DayFailed, match="no day was loaded yet"):
        full.plan_rebuild(house.settings)
    leave(house)
    house.load("2023-09-30")
    settings = house.settings.model_copy(update={"shards": 3})
    assert full.plan_rebuild(settings)["buckets"] == 3
    monkeypatch.setattr(buckets, "ROW_BYTES", 2 * 10**9)
    assert full.plan_rebuild(settings)["buckets"] == 9
    assert full.plan_rebuild(split(house))["buckets"] == 2


@pytest.mark.slow
def test_a_home_without_the_vault_makes_buckets_of_a_lake_in_postgresql_and_object_storage(
    tmp_path: Path, bucket: S3FileSystem
) -> None:
    with postgres() as socket:
        shared = {
            "lake_catalog": f"postgres:dbname=lake host={socket} user=postgres",
            "lake_data": "s3://shared/lake",
            "store": "s3://shared/store",
            "max_missing_share": 1,
            "build_buckets": 2,
        }
        one, other = (Settings(home=tmp_path / name, **KEYS, **shared) for name in ("one", "other"))
        house = House(one)
        leave(house)
        house.build("2023-09-30")
        before = tables(house)
        plan = full.plan_rebuild(one)
        make(other, plan)
        assert {path.name for path in other.home.rglob("*") if path.is_file()} <= {"bucket"}  # its heartbeat
        assert bucket.find("shared/store/staging/full_rebuild")
        steps.marts(one, plan["plan"])
        assert tables(house) == before
        assert not trees.listed(files.at("s3://shared/store/staging"))


def leave(house: House) -> None:
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    house.leave("NTB01", "registrations", "2023-09-30", [registration(n) for n in range(1, 9)])
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(n) for n in range(1, 9)])


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt
