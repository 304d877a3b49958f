"""One run at a time holds the home; copies of two runs at once do not touch each other; damage is named."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from house import House, claim, registration

from perisai import day as steps
from perisai import inbox
from perisai.errors import DayFailed, LockBusy
from perisai.locks import held
from perisai.settings import Settings
from transforms.landing import Place

DAY = date(2023, 9, 30)
OFFICE = "KW-BNP"
HOLDER = """
import sys
from pathlib import Path
from perisai.locks import held
from perisai.settings import Settings
with held(Settings(home=Path(sys.argv[1])), "load 2023-09-30"):
    print("held", flush=True)
    sys.stdin.read()
"""


def impatient(house: House) -> Settings:
    return house.settings.model_copy(update={"lock_wait_seconds": 0.3})


def test_who_waits_is_told_for_whom_and_gives_up_in_words(house: House, caplog: pytest.LogCaptureFixture) -> None:
    command = [sys.executable, "-c", HOLDER, str(house.settings.home)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        whom = rf"load 2023-09-30 \(process {other.pid} on \S+, since 20\d\d-\S+\)"
        with (
            pytest.raises(LockBusy, match=rf"marts waited 0 s .* for {whom} and gave up"),
            held(impatient(house), "marts"),
        ):
            raise AssertionError("two hold it")
        assert f"marts waits for load 2023-09-30 (process {other.pid}" in caplog.text
        other.kill()  # and the system frees the lock
    with held(impatient(house), "marts"):
        assert '"marts"' in (house.settings.home / "lake.lock").read_text()
    assert (house.settings.home / "lake.lock").read_text() == ""


def test_of_several_who_share_it_the_last_to_leave_empties_the_text(house: House) -> None:
    home = house.settings.home
    with held(house.settings, "judge", shared=True):
        text = (home / "lake.lock").read_text()
        code = HOLDER.replace('"load 2023-09-30"', '"judge again", shared=True')
        other = subprocess.run([sys.executable, "-c", code, str(home)], input="", text=True, check=True)
        assert other.returncode == 0
        assert '"judge' in (home / "lake.lock").read_text(), text
    assert (home / "lake.lock").read_text() == ""


def test_the_name_of_a_damaged_file_is_told_only_if_it_follows_the_rule(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder = house.settings.landing / "NTB01"
    folder.mkdir(parents=True)
    (folder / "KTP Siti Contohwati 5271011203450001.csv").write_bytes(b"42000000")
    steps.extract(house.settings, DAY, OFFICE)
    (path,) = house.settings.raw.glob("NTB01/*/*/*.csv")
    path.write_bytes(b"43000000")
    with pytest.raises(DayFailed, match="is damaged") as refusal:
        steps.plan(house.settings, DAY)
        steps.judge(house.settings, DAY)
    inbox.set_aside(house.settings, {"NTB01"})
    assert "is damaged" in caplog.text
    assert "Contohwati" not in f"{refusal.value}{caplog.text}"


def test_a_run_holds_it_through_its_steps_and_a_reader_is_told_of(house: House) -> None:
    with held(house.settings, "make run"), held(house.settings, "judge"):
        pass
    with (house.settings.home / "lake.lock").open() as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        with pytest.raises(LockBusy, match=r"a reader of the lake"), held(impatient(house), "load"):
            raise AssertionError("two hold it")
        with held(impatient(house), "judge", shared=True):
            pass


def test_threads_of_one_process_wait_for_each_other(house: House) -> None:
    def inside(name: str) -> tuple[float, float]:
        with held(house.settings, name):
            begun = time.monotonic()
            time.sleep(0.2)
            return begun, time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        (_, ended), (begun, _) = sorted(pool.map(inside, ["one", "other"]))
    assert begun >= ended


def test_two_runs_that_copy_at_once_leave_each_file_under_its_own_hash(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, day in enumerate(("2023-09-28", "2023-09-29", "2023-09-30"), start=1):
        house.leave("NTB01", "claims", day, [claim(m, status_date="2023-09-21") for m in range(n, 3 * n)])
    fetch: Callable[..., None] = Place.fetch

    def slowly(place: Place, file: Any, target: Path) -> None:
        fetch(place, file, target)
        time.sleep(0.05)  # so that the other run's copy comes between this one and its hash

    monkeypatch.setattr(Place, "fetch", slowly)
    with ThreadPoolExecutor(3) as pool:
        days = [date(2023, 9, 29), DAY, DAY]
        list(pool.map(lambda day: steps.extract(house.settings, day, OFFICE), days))
    kept = [path for path in house.settings.raw.rglob("*") if path.is_file()]
    assert sorted(path.name for path in kept) == [f"NTB01_claims_2023-09-{day}.csv" for day in (28, 29, 30)]
    assert all(inbox.is_whole(path) for path in kept)
    assert len(inbox.uncommitted(house.settings, {"none"})) == 3


def test_what_a_killed_run_left_is_taken_away_and_a_living_run_is_left_alone(house: House) -> None:
    house.leave("NTB01", "claims", "2023-09-30", [claim(1)])
    benches = house.settings.raw / "NTB01" / ".parts"
    for name in ("dead", "living"):
        (benches / name / "0").mkdir(parents=True)
        (benches / name / "0" / "file").write_text("half a file")
    handle = os.open(benches / "living", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    steps.extract(house.settings, DAY, OFFICE)
    os.close(handle)
    assert [path.name for path in benches.iterdir()] == ["living"]


def flip_a_digit(house: House, branch: str) -> Path:
    (path,) = house.settings.raw.glob(f"{branch}/*/*/{branch}_*.csv")
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"42000000", b"43000000", 1))
    os.utime(path, (before.st_atime, before.st_mtime))  # a disk that rots changes no time
    return path


def test_a_raw_file_that_rots_before_it_is_read_is_named_and_fetched_anew(house: House) -> None:
    house.leave("NTB01", "claims", "2023-09-30", [claim(1)])
    steps.extract(house.settings, DAY, OFFICE)
    path = flip_a_digit(house, "NTB01")
    with pytest.raises(DayFailed, match=rf"NTB01_claims_2023-09-30\.csv \({path.parent.name[:8]}\) .*is damaged"):
        steps.plan(house.settings, DAY)
        steps.judge(house.settings, DAY)
    house.load("2023-09-30")
    assert house.lake("select amount_rp from raw.claims") == [(42_000_000,)]


def test_a_raw_file_that_nobody_has_any_more_is_the_branch_s_problem_until_it_is_back(house: House) -> None:
    landed = [
        house.leave(b, "claims", "2023-09-30", [claim(n, branch_code=b)]) for n, b in ((1, "NTB01"), (2, "NTB02"))
    ]
    content = landed[0].read_bytes()
    steps.extract(house.settings, DAY, OFFICE)
    flip_a_digit(house, "NTB01")
    landed[0].unlink()
    for _ in range(2):
        with pytest.raises(DayFailed, match=r"NTB01: .*NTB01_claims_2023-09-30\.csv .*put it back from a backup"):
            steps.extract(house.settings, DAY, OFFICE)
        steps.plan(house.settings, DAY)
        steps.judge(house.settings, DAY)
        steps.load(house.settings, DAY)
        assert house.lake("select branch_code from raw.claims") == [("NTB02",)]
        assert house.lake("select branch_code from raw.landing_problem") == [("NTB01",)]
    landed[0].write_bytes(content)
    house.load("2023-09-30")
    assert house.lake("select count(*) from raw.claims") == [(2,)]
    assert house.lake("from raw.landing_problem") == []


def test_a_note_that_was_cut_off_is_made_anew(house: House, caplog: pytest.LogCaptureFixture) -> None:
    for n, branch in ((1, "NTB01"), (2, "NTB02")):
        house.leave(branch, "claims", "2023-09-30", [claim(n, branch_code=branch)])
    steps.extract(house.settings, DAY, OFFICE)
    note = sorted(house.settings.inbox.iterdir())[0]
    note.write_text('"NTB0')
    assert len(inbox.uncommitted(house.settings, {"none"})) == 2
    assert str(note) in caplog.text


def test_what_holds_people_is_for_the_owner_alone_and_what_is_published_is_not(house: House) -> None:
    bad = registration(3, nik="1")
    house.leave("NTB01", "registrations", "2023-09-30", [registration(1), registration(2), bad])
    before = os.umask(0o022)
    try:
        house.run("2023-09-30")
    finally:
        os.umask(before)
    home = house.settings.home
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if not path.is_symlink()}
    readable = {path.relative_to(home).parts[0] for path, mode in modes.items() if mode & 0o077}
    assert readable == {"landing", "published", "lake.lock", "heartbeats"}
    assert all(mode & 0o044 == 0o044 for path, mode in modes.items() if "published" in path.parts)
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    for folder in house.settings.private:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # as an earlier release, or a backup that was put back, has left them
    steps.extract(house.settings, DAY, OFFICE)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in house.settings.private} == {0o700}
