"""PostgreSQL and object storage are backed up while days go on, and become a home, or others of their kind, again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from house import KEYS, House, claim, copied, registration
from s3fs import S3FileSystem
from servers import START, login, postgres, process, s3
from traced import Zygote

from perisai import close
from perisai import day as steps
from perisai.backup import backup, restore
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import opened_lake, scratch_duck
from perisai.verify import as_json, copies, lake, rejected, verify, wrong
from perisai.verify.finding import Found
from warehouse import compare, trees, versions

DAY = """
from perisai.housekeep import housekeep
house.load("2023-10-01")
print(housekeep(house.settings.model_copy(update={"keep_snapshot_days": 0}))["deleted"])
"""


STATE = ("inbox", "lake", "published", "raw", "rejects", "statements", "vault")


@dataclass(frozen=True)
class Place:
    """Homes on a PostgreSQL and an object storage, each with a database and a prefix of its own."""

    folder: Path
    socket: str
    bucket: S3FileSystem

    def house(self, name: str) -> House:
        shared = {
            "lake_catalog": f"postgres:dbname={name} host={self.socket} user=postgres",
            "lake_data": f"s3://lake/{name}/data",
            "store": f"s3://lake/{name}/store",
        }
        return House(Settings(home=self.folder / name, max_missing_share=1, **KEYS, **shared))

    def embedded(self, name: str) -> House:
        return House(Settings(home=self.folder / name, max_missing_share=1, **KEYS))

    def objects(self) -> dict[str, str]:
        """The files of the first lake, by name."""
        return {key.rpartition("/")[2]: key for key in self.bucket.find("lake/lake/data")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, built: House) -> Iterator[Place]:
    """A home that has become PostgreSQL and object storage, by way of a backup."""
    folder = tmp_path_factory.mktemp("backup")
    with postgres("create database other") as socket, s3() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in login(endpoint).items():
            patch.setenv(name, value)
        place = Place(folder, socket, S3FileSystem(use_listings_cache=False))
        place.bucket.mkdir("lake")
        backup(copied(built, folder / "first").settings, folder / "moved")
        restore(place.house("lake").settings, folder / "moved")
        yield place


def files(house: House) -> dict[str, int]:
    """The files of the lake in a home by name, and which they are for the system."""
    return {path.name: path.stat().st_ino for path in house.settings.lake.glob("data/**/*.parquet")}


@pytest.mark.slow
def test_a_backup_is_of_one_moment_though_a_day_is_loaded_and_objects_go_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, lock, gone, copy = place.house("lake"), threading.Lock(), list[object](), trees.copy
    said: list[str] = []

    def beside_a_day(path: trees.Place, other: trees.Place, time: int) -> None:
        with lock:
            if not said:
                with process(house.settings, START + DAY) as day:
                    said.append(day.communicate("\n")[0])
        try:
            copy(path, other, time)
        except FileNotFoundError:
            gone.append(path)
            raise

    monkeypatch.setattr(trees, "copy", beside_a_day)
    backup(house.settings, place.folder / "kept")
    assert int(said[0].split()[-1]) == len(gone) > 0, "no object went while it was to be copied"
    kept = place.embedded("kept")
    assert wrong(found := verify(kept.settings)) == 0, as_json(found)
    assert found["closed"].checked == {"months": 1}
    assert found["copies"].checked["deliveries"] == 4
    assert files(kept).keys() == place.objects().keys()


@pytest.mark.slow
def test_the_next_backup_copies_what_is_new_and_nothing_that_is_not_what_was_written(place: Place) -> None:
    house, kept = place.house("lake"), place.embedded("kept")
    before = files(kept)
    house.leave(
        "NTB02", "claims", "2023-10-02", [claim(1, branch_code="NTB02"), claim(2, branch_code="NTB02", amount_rp=0)]
    )
    house.load("2023-10-02")
    done, after = backup(house.settings, kept.settings.home), files(kept)
    new = after.keys() - before.keys()
    assert before.items() <= after.items(), "what was there is copied again"
    assert new and after.keys() == place.objects().keys()
    assert 0 < done["copied"] - len(new) < 10
    name, lost = sorted(new)[:2]
    there, was = place.objects(), {key: place.bucket.cat(key) for key in map(place.objects().get, (name, lost))}
    for key, content in was.items():
        place.bucket.pipe(key, content[:-9] + b"x" + content[-8:])
    next(kept.settings.lake.glob(f"data/**/{lost}")).unlink()
    with pytest.raises(DayFailed, match=f"the backup is made, but lacks 1 file of the lake, .*: {lost}; see docs"):
        backup(house.settings, kept.settings.home)
    assert next(kept.settings.lake.glob(f"data/**/{name}")).read_bytes() == was[there[name]]
    place.bucket.pipe(was)
    assert backup(house.settings, kept.settings.home)["copied"] == 2


@pytest.mark.slow
def test_a_backup_that_was_killed_is_made_good_by_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    house, target = place.house("lake"), place.folder / "backup"
    for name in ("lake_catalog", "lake_data", "store"):
        monkeypatch.setenv(f"PERISAI_{name.upper()}", getattr(house.settings, name))
    backup(house.settings, whole := place.folder / "kept")
    zygote = Zygote(place.folder)
    for calls, which in (("rename", 3), ("rename", 9), ("pwrite64", 9), ("rmdir", 1)):  # the last two of the catalog
        inject = f"inject={calls}:signal=KILL:when={which}"
        zygote.start(house.settings.home, "backup", strace=("-o", "/dev/null", "-e", f"trace={calls}", "-e", inject))
        assert not zygote.ended(), f"it was not killed at {calls} {which}"
    zygote.close()
    kept = place.embedded("backup")
    assert files(kept)
    backup(house.settings, target)
    with opened_lake(kept.settings) as con:
        found = [lake.check(con, Found()), copies.check(con, kept.settings), rejected.check(con, kept.settings)]
    assert [each.what for one in found for each in one.wrong] == []
    left, expected = (
        {place for path in home.rglob("*") if not path.is_dir() and (place := path.relative_to(home)).parts[0] in STATE}
        for home in (target, whole)
    )
    assert left == expected


@pytest.mark.slow
def test_it_becomes_a_home_and_another_lake_of_its_kind_which_go_on_alike(place: Place) -> None:
    one, home, other = place.house("lake"), place.embedded("home"), place.house("other")
    backup(one.settings, place.folder / "backup")
    restore(home.settings, place.folder / "backup")
    with pytest.raises(DayFailed, match=r"names another lake than .* has, or an empty one"):
        backup(other.settings.model_copy(update={"home": home.settings.home}), place.folder / "backup")
    restore(other.settings, place.folder / "backup")
    away = {"home": place.folder / "away"}
    with pytest.raises(DayFailed, match=r"s3://lake/other/data has objects already"):
        restore(other.settings.model_copy(update=away), place.folder / "backup")
    with pytest.raises(DayFailed, match="PERISAI_LAKE_CATALOG names a lake already"):
        restore(other.settings.model_copy(update=away | {"lake_data": "", "store": ""}), place.folder / "backup")
    for house in (one, home, other):
        left = house.leave("NTB01", "registrations", "2023-10-03", [registration(41), registration(42)])
        os.utime(left, (1_696_300_000, 1_696_300_000))
        assert house.build("2023-10-03")["accepted"]
        steps.publish(house.settings, "a day of few rows")
    assert wrong(found := verify(other.settings)) == 0, as_json(found)
    assert found["closed"].checked == {"months": 1}
    assert close.verify(home.settings, date(2023, 9, 1))["lines"]
    first, *others = (versions.current(house.settings.published) for house in (one, home, other))
    assert first
    with scratch_duck(one.settings) as con:
        for version in others:
            assert version
            assert compare.difference(con, first, version).tables == []
