"""Files dealt to shards: each is judged once, on whichever machine, and is what was picked up."""

from __future__ import annotations

import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from house import House, claim, contribution, registration
from s3fs import S3FileSystem

from perisai import day as steps
from perisai import inbox, judging, shards
from perisai.corrections import Traced
from perisai.errors import DayFailed
from perisai.settings import PACKAGED_REFERENCE, Settings
from perisai.step import clear_staging, write_json
from transforms.delivery import RawFile, identify, sha256_of

DAY, OFFICE = date(2023, 9, 30), "KW-BNP"
TABLES = ("delivery", "registrations", "claims", "contributions", "validation", "not_data")
STORE = "s3://shared/store"
NOT_WHOLE = r"not all that came up to 2023-09-30 was judged to its end; run the day again"


def home(folder: Path, **more: Any) -> House:
    keys = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
    return House(Settings(**{"home": folder, "max_missing_share": 1, "shards": 2, **keys, **more}))


def leave(house: House, number: int = 2) -> None:
    """A day of two branches, with a rejected row; how many people the second one registered may be chosen."""
    day = DAY.isoformat()
    house.leave("NTB01", "registrations", day, [*map(registration, range(1, 30)), registration(30, nik="1")])
    house.leave("NTB01", "contributions", day, [contribution(n) for n in range(1, 6)])
    people = range(100, 100 + number)
    house.leave("NTB02", "registrations", day, [registration(n, branch_code="NTB02") for n in people])
    house.leave("NTB02", "claims", day, [claim(n, branch_code="NTB02") for n in range(1, 4)])


def pick_up(house: House) -> dict[str, Any]:
    steps.extract(house.settings, DAY, OFFICE)
    return steps.plan(house.settings, DAY)


def judge(house: House, plan: str = "") -> int:
    return sum(steps.judge(house.settings, DAY, shard, plan)["accepted"] for shard in range(2))


def loaded(house: House) -> list[list[tuple[Any, ...]]]:
    rows = "select columns(c -> c not in ('arrival', 'received_utc')) from raw."
    return [house.lake(f"{rows}{table} order by all") for table in TABLES]


def test_the_files_of_a_branch_go_to_one_shard_and_all_have_about_as_much_to_read(tmp_path: Path) -> None:
    settings = home(tmp_path, shards=3).settings
    files = []
    for branch, sizes in {"A1": [900], "B1": [300, 300], "C1": [500], "D1": [100, 350], "E1": []}.items():
        for number, size in enumerate(sizes):
            path = settings.raw / branch / "2023-09-30" / ("0" * 64) / f"{branch}_claims_2023-09-2{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * size)
            known = {"branches": ["A1", "B1", "C1", "D1"], "feeds": ["claims"]}
            files.append(RawFile(path, identify(path, "0" * 64, branch, DAY, **known)))
    dealt = shards._dealt(files, 3)
    assert sorted(file.path for shard in dealt for file in shard) == sorted(file.path for file in files)
    assert [sum(file.path.stat().st_size for file in shard) for shard in dealt] == [900, 600, 950]
    assert [{file.path.parts[-4] for file in shard} for shard in dealt] == [{"A1"}, {"B1"}, {"C1", "D1"}]
    assert shards.plan(settings, DAY, [], Traced({}, set()))[1] == [0, 0, 0]


def test_a_plan_that_is_made_anew_puts_no_file_into_two_shards(tmp_path: Path) -> None:
    once, house = home(tmp_path / "once"), home(tmp_path / "twice")
    leave(house)
    pick_up(house)
    steps.judge(house.settings, DAY, 0)  # the shard of NTB01, which sent more; then the run is killed
    leave(house, 60)  # now NTB02 has more, and that shard
    leave(once, 60)
    with pytest.raises(DayFailed, match=NOT_WHOLE):
        steps.load(house.settings, DAY)
    for each in (house, once):
        pick_up(each)
        assert judge(each) == 29 + 5 + 60 + 3 + (2 if each is house else 0)
        steps.load(each.settings, DAY)
        assert each.lake("select count(*), count(distinct line_no) from raw.claims") == [(3, 3)]
    assert [*house.settings.staging.glob("2023*")] == []


def test_of_a_plan_that_was_not_made_to_its_end_nothing_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = home(tmp_path)
    leave(house)
    write = shards.write_json

    def cut_off(path: Path, value: object) -> None:
        if path.name == "1-of-2.json":
            raise KeyboardInterrupt
        write(path, value)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shards, "write_json", cut_off)
        pick_up(house)
    assert judge(house) == 0
    with pytest.raises(DayFailed, match=NOT_WHOLE):
        steps.load(house.settings, DAY)
    plan = pick_up(house)["plan"]
    (order,) = house.settings.staging.glob(f"*/{plan}/1-of-2.json")
    order.write_bytes(order.read_bytes()[:100])
    with pytest.raises(DayFailed, match=r"1-of-2\.json is damaged; run the date again"):
        judge(house, plan)
    pick_up(house)
    assert judge(house) == 29 + 5 + 2 + 3


def test_a_date_that_another_run_has_loaded_meanwhile_is_judged_to_nothing(tmp_path: Path) -> None:
    house = home(tmp_path)
    leave(house)
    pick_up(house)
    assert house.load(DAY.isoformat())["deliveries"] == 4
    assert judge(house) == 0
    assert steps.load(house.settings, DAY)["deliveries"] == 0


def test_another_machine_judges_what_one_has_picked_up(
    tmp_path: Path, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = home(tmp_path / "plain")
    one, other = (home(tmp_path / name, store=STORE) for name in ("one", "other"))
    for each in (plain, one):
        leave(each)
        assert pick_up(each)["shards"] == 2
    assert judge(plain) == 29 + 5 + 2 + 3
    (plan,) = {Path(key).parts[4] for key in bucket.find("shared/store/staging")}
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(judging, "write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        judge(other, plan)
    with pytest.raises(DayFailed, match=NOT_WHOLE):
        steps.load(one.settings, DAY)
    assert judge(other, plan) == 29 + 5 + 2 + 3
    left = [path for path in other.settings.home.rglob("*") if path.is_file()]
    assert {path.name for path in left} == {"lake.lock", "judge"}, "nothing stays on the machine that judges"
    for each in (plain, one):
        steps.load(each.settings, DAY)
    assert loaded(one) == loaded(plain)
    assert bucket.find("shared/store/staging") == []


def test_what_is_judged_elsewhere_is_what_was_picked_up_and_by_the_same_keys_and_rules(
    tmp_path: Path, bucket: S3FileSystem
) -> None:
    one, other = (home(tmp_path / name, store=STORE) for name in ("one", "other"))
    leave(one)
    plan = pick_up(one)["plan"]
    reference = tmp_path / "reference"
    shutil.copytree(PACKAGED_REFERENCE, reference)
    with (reference / "occupation.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    for more, what in (
        ({"hmac_key": "x" * 32}, "PERISAI_HMAC_KEY"),
        ({"reference": reference}, "code, contracts or reference tables"),
    ):
        with pytest.raises(DayFailed, match=f"{what} are others here than where the files were picked up"):
            judge(home(tmp_path / "stranger", store=STORE, **more), plan)
    (copy,) = [key for key in bucket.find("shared/store/staging") if "NTB02_claims" in key]
    bucket.pipe(copy, bucket.cat(copy).replace(b"42000000", b"43000000"))
    with pytest.raises(DayFailed, match=r"NTB02_claims_2023-09-30\.csv is not what was picked up; run the day again"):
        judge(other, plan)
    assert judge(other, pick_up(one)["plan"]) == 29 + 5 + 2 + 3
    assert [*shards.abandoned(one.settings, time.time() - 60)] == []
    assert [*map(str, shards.abandoned(one.settings, time.time() + 60))] == [f"{STORE}/staging/2023-09-30"]
    assert [*shards.abandoned(one.settings.model_copy(update={"store": ""}), time.time() + 60)] == []


def test_two_homes_that_hand_over_in_one_store_load_each_its_own(tmp_path: Path, bucket: S3FileSystem) -> None:
    one, other = (home(tmp_path / name, store=STORE) for name in ("one", "other"))
    one.leave("NTB01", "claims", DAY.isoformat(), [claim(1)])
    other.leave("NTB02", "claims", DAY.isoformat(), [claim(n, branch_code="NTB02") for n in (2, 3)])
    for each in (one, other):
        pick_up(each)
    for each, rows in ((one, 1), (other, 2)):
        assert judge(each) == rows
        assert steps.load(each.settings, DAY)["accepted"] == 1
        assert each.lake("select count(*) from raw.claims") == [(rows,)]


def test_a_copy_of_which_a_person_was_erased_is_judged_elsewhere_as_it_is_now(
    tmp_path: Path, bucket: S3FileSystem
) -> None:
    one, other = (home(tmp_path / name, store=STORE) for name in ("one", "other"))
    one.leave("NTB01", "claims", DAY.isoformat(), [claim(1), claim(2)])
    steps.extract(one.settings, DAY, OFFICE)
    (copy,) = one.settings.raw.glob("NTB01/*/*/*.csv")
    copy.write_bytes(b"".join(copy.read_bytes().splitlines(keepends=True)[:2]))
    write_json(inbox.erased_note(copy), {"sha256": sha256_of(copy), "bytes": copy.stat().st_size, "at": "now"})
    assert judge(other, steps.plan(one.settings, DAY)["plan"]) == 1


def test_what_cleared_staging_between_two_steps_is_told_by_the_load(tmp_path: Path) -> None:
    house = home(tmp_path)
    leave(house)
    plan = pick_up(house)["plan"]
    clear_staging(house.settings)
    assert judge(house, plan) == 0
    with pytest.raises(DayFailed, match=NOT_WHOLE):
        steps.load(house.settings, DAY, plan)
    assert house.load(DAY.isoformat())["deliveries"] == 4
    assert steps.load(house.settings, DAY, plan)["deliveries"] == 0, "a load that was killed at its end runs again"
