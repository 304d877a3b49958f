"""What is kept for a time only goes, is noted, and nothing else is lost by it."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import traces
from house import SOMEBODY, House, agent, contribution, copied, made_once, registration

from perisai import close, inbox, retention
from perisai import day as steps
from perisai.backup import backup, restore
from perisai.errors import DayFailed
from perisai.housekeep import housekeep
from perisai.rebuild import rebuild
from perisai.rekey import rotate
from perisai.rights.disclose import disclose
from perisai.rights.forget import forget
from perisai.rights.person import key_of
from perisai.step import opened_lake
from perisai.verify import as_json, verify, wrong
from warehouse import files, keys, removed

CAME = datetime(2023, 10, 3, 9, tzinfo=UTC)
SOON, LATER = date(2024, 10, 3), date(2024, 10, 5)
"""Days on which what came then is younger than a year, and older."""
REJECTED, OPEN = registration(31), registration(51, kpj="28061700511")


@pytest.fixture(scope="session")
def aged_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A year after its files came: a month is closed, a reject corrected, another one open, and a file refused."""

    def fill(house: House) -> None:
        others, day = [n for n in range(1, 31) if n != 6], "2023-09-30"
        good = [*map(registration, others), SOMEBODY]
        paid = [contribution(6, kpj=SOMEBODY["kpj"]), *map(contribution, others)]
        total = sum(each["amount_rp"] for each in paid)
        house.leave("NTB01", "agents", day, [agent(n) for n in range(1, 7)])
        house.leave("NTB01", "contributions", day, paid, manifest={"lines": 30, "amount_rp": total})
        house.leave("NTB01", "registrations", day, [*good, REJECTED | {"nik": "1"}])
        house.leave("NTB01", "registrations", day, [*good, REJECTED], revision=2)
        house.leave("NTB01", "registrations", "2023-10-02", [registration(50), OPEN | {"nik": "1"}])
        house.leave("NTB01", "registrations", "2023-10-03", b"no header\n1\n")
        for path in house.settings.landing.glob("*/*"):
            os.utime(path, (CAME.timestamp(), CAME.timestamp()))
        house.load("2023-10-03")
        house.load(LATER.isoformat())
        content = close.draft(house.settings, date(2023, 9, 1))["content_hash"]
        close.freeze(house.settings, date(2023, 9, 1), content, "Kepala", "2024-10-06T09:30:00+08:00")
        close.statements(house.settings, date(2023, 9, 1))
        steps.publish(house.settings)
        steps.report(house.settings)

    return made_once(tmp_path_factory, "aged-house", fill)


@pytest.fixture
def aged(aged_house: House, tmp_path: Path) -> House:
    """A copy of it that keeps copies for a year and corrected rejects for 367 days."""
    house = copied(aged_house, tmp_path / "aged")
    return House(house.settings.model_copy(update={"keep_raw_years": 1, "keep_rejects_days": 367}))


def copies(house: House) -> set[str]:
    """Names of the copies that are there, manifests included."""
    return {path.name for path in house.settings.raw.glob("*/*/*/[!.]*")}


def marts(house: House) -> dict[str, list[tuple[object, ...]]]:
    steps.marts(house.settings)
    tables = house.lake("select table_name from duckdb_tables() where schema_name = 'marts' order by all")
    return {name: house.lake(f"select count(*), sum(hash(t)) from marts.{name} as t") for (name,) in tables}


def is_whole(house: House, *, full: bool = False) -> dict[str, dict[str, int]]:
    found = verify(house.settings, full=full)
    assert wrong(found) == 0, as_json(found)
    return {name: one.checked for name, one in found.items()}


@pytest.mark.slow
def test_what_is_old_goes_with_a_note_and_what_is_open_stays(aged: House, caplog: pytest.LogCaptureFixture) -> None:
    before, rejects = copies(aged), set(aged.settings.rejects.glob("*/*.parquet"))
    kept = aged.settings.model_copy(update={"keep_raw_years": 0, "keep_rejects_days": 0})
    for settings, today in ((kept, LATER), (aged.settings, SOON)):
        done = housekeep(settings, today=today)
        assert (done["copies"], done["rejects"]) == (0, 0)
    assert copies(aged) == before
    caplog.set_level(logging.INFO)
    done = housekeep(aged.settings, today=date(2099, 1, 1))
    assert (done["copies"], done["rejects"]) == (5, 1)
    assert copies(aged) == {"NTB01_registrations_2023-10-03.csv"}, "nothing of what was refused is in the lake"
    (gone,) = rejects - set(aged.settings.rejects.glob("*/*.parquet"))
    assert gone.parent.name == "2023-09-30"
    lines = [each.getMessage() for each in caplog.records if each.name == retention.__name__]
    assert len(lines) == 6
    assert any("removed copy of NTB01_agents_2023-09-30.csv" in line and "KEEP_RAW_YEARS=1" in line for line in lines)
    noted = "select what, rule, count(*), min(removed_by) from raw.removed group by all order by all"
    assert aged.lake(noted) == [
        ("copy", "PERISAI_KEEP_RAW_YEARS=1", 5, close.user()),
        ("rejects", "PERISAI_KEEP_REJECTS_DAYS=367", 1, close.user()),
    ]
    looked_at = is_whole(aged)
    assert looked_at["copies"]["copies removed by retention"] == 5
    assert looked_at["rejects"]["removed by retention"] == 1
    assert housekeep(aged.settings, today=LATER)["copies"] == 0
    aged.lake("delete from raw.removed")
    named = " ".join(each.what for one in verify(aged.settings).values() for each in one.wrong)
    assert "the copy of NTB01_agents_2023-09-30.csv" in named
    assert f"{gone}, the rejected rows of NTB01_registrations_2023-09-30.csv, is gone" in named


def test_a_clock_that_is_wrong_removes_nothing(copy: House) -> None:
    """The last business date that was run is 30 September 2023."""
    settings = copy.settings.model_copy(update={"keep_raw_years": 1, "keep_rejects_days": 1})
    before = copies(copy)
    done = housekeep(settings, today=date(2099, 1, 1))
    assert (done["copies"], done["rejects"]) == (0, 0)
    assert copies(copy) == before


def test_nothing_goes_while_lake_or_vault_are_not_whole(aged: House) -> None:
    before = copies(aged)
    rows = next(aged.settings.lake.glob("data/raw/contributions/**/*.parquet"))
    for path in (next(aged.settings.home.glob("vault/registrations/*")), rows):
        content = path.read_bytes()
        path.write_bytes(content[:-100])
        with pytest.raises(DayFailed, match=f"nothing was removed by retention: .*{path.name}"):
            housekeep(aged.settings, today=LATER)
        path.write_bytes(content)
    assert copies(aged) == before
    assert housekeep(aged.settings, today=LATER)["copies"] == 5


class Killed(BaseException):
    """The process ends here."""


def test_killed_at_any_moment_and_run_again_it_ends_the_same(
    aged: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the note in the lake, and after files that are written or removed, of which each copy has eleven."""
    calls = [(files, "whole"), (files, "remove"), (files, "sync_one"), (Path, "unlink"), (removed, "last")]
    count, limit = 0, 0

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            if count == limit:
                raise Killed
            return call(*args, **kwargs)

        return run

    def applied(house: House) -> None:
        with opened_lake(house.settings) as con:
            retention.apply(con, house.settings, LATER)

    ends, moments = set(), (1, 2, 9, 14, 20, 27, 10_000)
    for limit in moments:
        house, count = copied(aged, tmp_path / str(limit)), 0
        with monkeypatch.context() as patched:
            for owner, name in calls:
                patched.setattr(owner, name, counted(getattr(owner, name)))
            with nullcontext() if limit == moments[-1] else pytest.raises(Killed):
                applied(house)
        applied(house)
        there = {path.relative_to(house.settings.home) for path in house.settings.raw.rglob("*")}
        there |= {path.relative_to(house.settings.home) for path in house.settings.rejects.glob("*/*.parquet")}
        ends.add((frozenset(there), tuple(house.lake("select what, delivery_id from raw.removed order by all"))))
    assert len(ends) == 1


@pytest.mark.slow
def test_a_file_whose_copy_went_is_neither_fetched_nor_loaded_again(aged: House) -> None:
    housekeep(aged.settings, today=LATER)
    assert steps.extract(aged.settings, LATER, "KW-BNP")["new_files"] == 0
    left = aged.settings.landing / "NTB01" / "NTB01_agents_2023-09-30.csv"
    os.utime(left, (1_700_000_000, 1_700_000_000))
    for _ in range(2):  # fetched the first time, and known by its time the second
        assert steps.extract(aged.settings, LATER, "KW-BNP")["new_files"] == 0
    assert copies(aged) == {"NTB01_registrations_2023-10-03.csv"}
    assert aged.load(LATER.isoformat())["deliveries"] == 0
    shutil.copy(left, left.with_name("NTB01_registrations_2023-10-02_r2.csv"))
    shutil.copy(
        left.with_name("NTB01_registrations_2023-09-30.csv"), left.with_name("NTB01_registrations_2023-10-04.csv")
    )
    aged.build(LATER.isoformat())
    said = "select outcome from core.delivery where file_name = 'NTB01_registrations_2023-10-04.csv'"
    assert aged.lake(said) == [("accepted_with_rejects",)]
    is_whole(aged)


def test_a_workbook_without_its_copy_says_to_send_the_whole_file(aged: House, tmp_path: Path) -> None:
    book = aged.settings.workbooks / "NTB01" / "NTB01_2023-10-02.xlsx"
    shutil.copy(book, old := tmp_path / book.name)
    assert not traces.found(book.parent, ["removed by retention"])
    housekeep(aged.settings, today=LATER)
    assert steps.report(aged.settings)["workbooks"] == 1
    assert traces.found(book.parent, ["removed by retention"])
    for each in (old, book):
        with pytest.raises(DayFailed, match="send the whole file again, it cannot be corrected by rows"):
            steps.replay(aged.settings, corrected(each))


def corrected(book: Path) -> Path:
    import openpyxl

    opened = openpyxl.load_workbook(book)
    for sheet in opened.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "1":
                    cell.value = OPEN["nik"]
    opened.save(book)
    return book


@pytest.mark.slow
def test_what_is_made_anew_has_the_rows_of_copies_that_went(aged: House) -> None:
    before = marts(aged)
    tables = ["registrations", "contributions", "agents", "delivery", "validation", "removed"]
    housekeep(aged.settings, today=LATER)
    rows = [aged.lake(f"from raw.{name} order by all") for name in tables]
    assert rebuild(aged.settings)["deliveries"] == 6
    assert [aged.lake(f"from raw.{name} order by all") for name in tables[:3]] == rows[:3]
    assert [len(aged.lake(f"from raw.{name}")) for name in tables] == [len(each) for each in rows]
    assert marts(aged) == before
    assert is_whole(aged, full=True)["copies"]["copies removed by retention"] == 5
    assert verify(aged.settings)["closed"].checked == {"months": 1}


def test_without_the_old_lake_nothing_is_made_anew_or_loaded(aged: House) -> None:
    housekeep(aged.settings, today=LATER)
    shutil.rmtree(aged.settings.statements)
    shutil.rmtree(aged.settings.lake)
    with pytest.raises(DayFailed, match=r"5 copies were removed from .* by retention: an earlier lake alone"):
        rebuild(aged.settings)
    with pytest.raises(DayFailed, match=r"5 copies were removed from .* by retention: an earlier lake alone"):
        aged.load(LATER.isoformat())


@pytest.mark.slow
def test_the_key_of_the_pseudonyms_stays_and_that_of_the_vault_changes(
    aged: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "is_weak", lambda _: False)
    housekeep(aged.settings, today=LATER)
    other = type(aged.settings)(**(aged.settings.model_dump() | {"hmac_key": "x" * 32}))
    with pytest.raises(DayFailed, match=r"the key of the pseudonyms has to stay. Nothing was changed"):
        rotate(other, aged.settings)
    is_whole(aged)
    other = type(aged.settings)(**(aged.settings.model_dump() | {"vault_key": "y" * 32}))
    assert rotate(other, aged.settings)["changed"]
    is_whole(House(other))


@pytest.mark.slow
def test_a_backup_follows_what_went_and_a_restored_one_is_whole(aged: House, tmp_path: Path) -> None:
    backup(aged.settings, target := tmp_path / "backup")
    shutil.copytree(target, old := tmp_path / "old", symlinks=True)
    housekeep(aged.settings, today=LATER)
    lost = next(aged.settings.raw.glob("*/2023-10-03/*/*.csv"))
    lost.rename(tmp_path / "lost")
    backup(aged.settings, target)
    assert {path.name for path in target.glob("raw/*/*/*/[!.]*")} == {lost.name}, "what is lost stays in the backup"
    for source, count in ((target, 5), (old, 0)):
        again = House(aged.settings.model_copy(update={"home": tmp_path / f"again-{count}"}))
        restore(again.settings, source)
        assert is_whole(again)["copies"].get("copies removed by retention", 0) == count
        assert housekeep(again.settings, today=LATER)["copies"] == 5 - count


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("person", [SOMEBODY, OPEN], ids=["in the lake", "in a rejected row"])
def test_a_person_is_told_and_erased_also_where_the_copies_went(
    aged: House, tmp_path: Path, person: dict[str, str]
) -> None:
    housekeep(aged.settings, today=LATER)
    before = marts(aged)
    backup(aged.settings, old := tmp_path / "old")
    told = disclose(aged.settings, person["kpj"], tmp_path / "told.yaml", "letter")
    assert told["copies"] == 0
    assert (told["rows"], told["rejected"]) == ((3, 0) if person is SOMEBODY else (0, 1))
    numbers = {person[name] for name in ("nik", "kpj")}
    leads = {person[name] for name in ("kpj", "full_name", "phone")} | (numbers if person is SOMEBODY else set())
    leads |= {key_of(person[name], aged.settings.secret_hmac) for name in ("nik", "kpj")}
    for path in aged.settings.landing.glob("*/*"):
        path.unlink()  # what branches keep is theirs
    assert forget(aged.settings, person["kpj"], "letter")["copies"] == 0
    assert traces.found(aged.settings.home, leads, aged.settings) == {}
    assert marts(aged) == before
    is_whole(aged)
    again = House(
        aged.settings.model_copy(update={"home": tmp_path / "again", "forgotten_list": aged.settings.forgotten})
    )
    assert traces.found(old, leads, aged.settings)
    restore(again.settings, old)
    assert traces.found(again.settings.home, leads, again.settings) == {}
    is_whole(again)


def test_logs_that_nobody_writes_to_any_more_go(house: House) -> None:
    folder = house.settings.home / "airflow" / "logs"
    old, new = (
        folder / "dag_id=daily_load" / "run_id=1" / "attempt=1.log",
        folder / "dag_id=daily_load" / "attempt=2.log",
    )
    for path in (old, new):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("said")
    for path in (old, old.parent):
        os.utime(path, (0, 0))
    assert retention.remove_logs(house.settings, folder) == 0
    settings = house.settings.model_copy(update={"keep_logs_days": 30})
    assert retention.remove_logs(settings, folder) == 1
    assert sorted(folder.rglob("*.log")) == [new]
    os.utime(old.parent, (0, 0))
    assert retention.remove_logs(settings, folder) == 0
    assert not old.parent.exists()


def test_a_note_that_is_damaged_has_the_file_fetched_again(aged: House) -> None:
    housekeep(aged.settings, today=LATER)
    (note,) = aged.settings.raw.glob("*/*/*/.NTB01_agents*.removed.json")
    assert json.loads(note.read_text())["rule"] == "PERISAI_KEEP_RAW_YEARS=1"
    note.write_text("{")
    copy = inbox.copy_of(note)
    assert steps.extract(aged.settings, LATER, "KW-BNP")["new_files"] == 1
    assert [each.what for each in verify(aged.settings)["copies"].wrong] == [f"{copy} was to be removed by retention"]
    assert housekeep(aged.settings, today=LATER)["copies"] == 1
    assert not copy.exists()
