"""The day through its steps: what is promised of every load, whatever the branches sent."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from house import OF_CLOSES, House, agent, claim, contribution, registration
from typer.testing import CliRunner

import demo
from perisai import cli, commit, judging, people
from perisai import day as steps
from perisai.errors import DayFailed
from perisai.settings import PACKAGED_REFERENCE, Settings
from perisai.step import sealer
from transforms.read import read
from warehouse import bounds, interface, lake, pinned, vault

LAST = "2023-10-13"
DAY = date(2023, 9, 30)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo's landing place, to be copied from."""
    folder = tmp_path_factory.mktemp("exports")
    demo.make(folder, demo.Size.small)
    return folder


def house_at(folder: Path, landing: Path | None = None) -> House:
    house = House(Settings(home=folder, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    if landing:
        shutil.copytree(landing, house.settings.landing)
    return house


def marts_of(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every published table, whole, in the order of all its columns."""
    tables = house.published(
        "select schema_name || '.' || view_name from duckdb_views() where schema_name = 'marts' order by all"
    )
    assert len(tables) >= 7
    return {table: house.published(f"select * from {table} order by all") for (table,) in tables}


@pytest.fixture(scope="module")
def at_once(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The small demo, loaded in one run."""
    house = house_at(tmp_path_factory.mktemp("at_once"), exports)
    house.run(LAST)
    return house


@pytest.mark.slow
def test_any_order_of_arrival_gives_the_same_marts(at_once: House, exports: Path, tmp_path: Path) -> None:
    house = house_at(tmp_path)
    dates = sorted({path.name.split("_")[2][:10] for path in exports.glob("*/*.csv")})
    assert len(dates) == 14
    for group in (dates[9:], dates[:1], dates[5:9], dates[1:5]):
        for path in exports.glob("*/*"):
            if path.name.split("_")[2][:10] in group:
                target = house.settings.landing / path.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
        house.load(group[-1])
        house.load(group[-1])
    house.publish(LAST)
    assert marts_of(house) == marts_of(at_once)


def test_what_is_published_is_the_interface_that_was_written_down(at_once: House) -> None:
    found = pinned.of(at_once.settings.published / "warehouse.duckdb")
    assert list(pinned.broken(pinned.pinned(), found)) == [], "see warehouse/interface.py"
    assert found == pinned.pinned(), "something is new: run `make interface`, and commit the file"
    silent = at_once.published(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where schema_name in ('marts', 'reference') and comment is null"
    )
    assert silent == []
    kept = {one.table.stable for one in interface.earlier()}
    for name, said in pinned.pinned().items():
        stable = f"{name.split('_v')[0]}.{name.split('.')[1]}"
        if stable in kept:  # until its date the stable name stands for the earlier interface
            is_filled = stable != "marts.agreement_problem"  # the demo has no such problem
            assert at_once.published(f"select count(*) > 0 from {stable}") == [(is_filled,)], stable
            stable = name
        assert [row[:2] for row in at_once.published(f"describe {stable}")] == list(said["columns"].items())
        if "key" in said:
            query = f"select {', '.join(said['key'])} from {stable} group by all having count(*) > 1"
            assert at_once.published(query) == [], stable


def test_the_bounds_are_about_what_is_published(at_once: House) -> None:
    limits = bounds.read(bounds.PACKAGED)
    tables = {table for (table,) in at_once.published("select schema_name || '.' || view_name from duckdb_views()")}
    assert limits.free | set(limits.rows) <= tables
    for measure in limits.measures:
        values = at_once.published(f"select month, value from ({measure.query})")
        assert values or "closed" in measure.name, measure.name
        assert all(isinstance(month, date) for month, _ in values)


def test_a_second_run_changes_nothing(at_once: House) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        home = at_once.settings.home
        kept = [home / name for name in ("raw", "lake/data", "rejects", "published")]
        return {p: (p.stat().st_mtime_ns, p.stat().st_size) for k in kept for p in k.rglob("*") if p.is_file()}

    before, snapshots = state(), at_once.lake("select count(*) from ducklake_snapshots('lake')")
    assert at_once.run(LAST)["changed"] is False
    assert state() == before
    assert at_once.lake("select count(*) from ducklake_snapshots('lake')") == snapshots


def test_lines_are_accepted_rejected_or_duplicates(at_once: House) -> None:
    wrong = at_once.published(
        "select * from marts.delivery_day where lines is distinct from accepted + rejected + duplicates"
    )
    assert wrong == []
    (loaded,) = at_once.published("select sum(lines) > 1000 from marts.delivery_day")[0]
    assert loaded


def test_what_the_demo_says_of_each_delivery_is_what_happens(at_once: House, tmp_path: Path) -> None:
    said = {
        (s.folder, s.file_name): (s.outcome, s.lines, s.rejected, s.duplicates, s.verified or s.outcome == "refused")
        for s in demo.make(tmp_path / "again", demo.Size.small).sent
    }
    found = {
        (folder, name): tuple(rest)
        for folder, name, *rest in at_once.lake(
            "select branch_code, file_name, outcome, lines, rejected, duplicates, verified or outcome = 'refused'"
            " from core.delivery"
        )
    }
    assert found == said
    outcomes = {outcome for outcome, *_ in found.values()}
    assert outcomes == {
        "accepted", "accepted_with_rejects", "nothing_accepted", "refused", "duplicate", "superseded",
    }  # fmt: skip
    absent = at_once.published("select count(*) from marts.delivery_day where outcome = 'absent'")
    assert absent[0][0] >= 5, "a branch missing for a day (four feeds) and one feed missing"


def test_no_personal_value_rests_in_clear_outside_landing_and_raw(at_once: House) -> None:
    home = at_once.settings.home
    names = at_once.lake("select count(*) from raw.registrations")
    assert names[0][0] > 100
    needles: set[bytes] = set()
    for path in home.glob("raw/*/*/*/*_registrations_*.csv"):
        for line in path.read_text(encoding="utf-8-sig").splitlines()[1:40]:
            cells = line.split(",")
            needles |= {cell.encode() for cell in cells if cell.isdigit() and len(cell) in (11, 14, 16)}
    assert len(needles) > 50
    looked_at = 0
    for path in home.rglob("*"):
        if path.is_file() and path.relative_to(home).parts[0] not in ("landing", "raw"):
            content = path.read_bytes()
            looked_at += 1
            assert not [name for name in (b"Peserta Contoh", b"Perisai Contoh") if name in content], path
            for run in re.findall(rb"[0-9]{11,}", content):
                assert not needles & {run[n : n + size] for size in (11, 14, 16) for n in range(len(run))}, path
    assert looked_at > 20


def test_the_demo_shows_every_signal_once(at_once: House) -> None:
    found = at_once.published(
        "select kind, agent_code, branch_code, signal_count from marts.quality_signal order by all"
    )
    kinds = ["nik_series", "one_phone_many_people", "registrations_in_one_minute", "registrations_never_paid"]
    assert found == [(kind, "AB00003", "NTB01", 40) for kind in kinds]


def test_the_demo_has_one_gap_of_rosters(at_once: House) -> None:
    day = date(2023, 10, 12)
    found = at_once.published("select kind, branch_code, from_date, to_date from marts.roster_gap")
    assert found == [("missing", "NTB03", day, day)]


def test_a_month_is_explained_on_the_command_line(at_once: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perisai.settings.Settings", lambda: at_once.settings)

    def said(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(cli.app, ["explain-incentive", *arguments])
        assert result.exit_code == exit_code, result.output
        return result.output

    where = "agent_code = 'AB00001' and period = date '2023-10-01'"
    [(total,)] = at_once.published(f"select sum(total_rp) from marts.incentive_agent_month where {where}")
    explained = json.loads(said("AB00001", "2023-10", "--format", "json"))
    assert explained["total_rp"] == total > 0
    assert {"contribution", "refund"} <= {line["part"] for line in explained["lines"]}
    assert said("ab00001", "2023-10", "--format", "csv").count("\n") == len(explained["lines"]) + 1
    assert f"what the agent earned │ {total:,} │" in said("AB00001", "2023-10")
    assert "AB77777 is not known" in said("AB77777", "2023-10", exit_code=1)


@pytest.fixture(scope="module")
def judged_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one delivery was judged and not yet loaded, to be copied from."""
    house = house_at(tmp_path_factory.mktemp("judged"))
    leave_a_day(house)
    steps.extract(house.settings, DAY, "KW-BNP")
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    return house.settings.home


@pytest.fixture
def judged(judged_home: Path, tmp_path: Path) -> House:
    """A house of its own, about to load."""
    shutil.copytree(judged_home, tmp_path / "judged")
    return house_at(tmp_path / "judged")


FAULTS: list[tuple[Any, str]] = [
    (people, "store"),
    (vault, "store"),
    (commit, "_store_rejects"),
    (lake, "commit"),
    (commit, "_keep_docs"),
]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "name"), FAULTS, ids=[f"{module.__name__}.{name}" for module, name in FAULTS])
def test_a_load_that_was_cut_off_can_be_run_again(
    judged: House, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, after: bool
) -> None:
    whole: Callable[..., Any] = getattr(module, name)

    def cut_off(*args: Any, **kwargs: Any) -> None:
        if after:
            whole(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, name, cut_off)
        with pytest.raises(Killed):
            steps.load(judged.settings, DAY)
    steps.load(judged.settings, DAY)
    assert judged.lake("select count(*), sum(accepted) from raw.delivery") == [(1, 5)]
    assert judged.lake("select count(*) from raw.registrations") == [(5,)]
    assert judged.lake("select count(*) from raw.business_day") == [(1,)]
    assert vault_rows(judged) == 5
    assert len(list(judged.settings.rejects.rglob("*.parquet"))) == 1


def test_of_two_loads_at_once_one_counts(judged: House) -> None:
    with ThreadPoolExecutor(2) as pool:
        receipts = list(pool.map(lambda _: steps.load(judged.settings, DAY), range(2)))
    assert sorted(receipt["deliveries"] for receipt in receipts) == [0, 1]
    assert judged.lake("select count(*) from raw.registrations") == [(5,)]


def test_a_slower_run_for_another_date_adds_nothing_twice(judged: House) -> None:
    later = DAY + timedelta(days=1)
    judged.leave("NTB01", "claims", later.isoformat(), [claim(1)])
    steps.extract(judged.settings, later, "KW-BNP")
    steps.plan(judged.settings, later)
    steps.judge(judged.settings, later)
    assert steps.load(judged.settings, DAY)["deliveries"] == 1
    assert steps.load(judged.settings, later)["deliveries"] == 1
    assert judged.lake("select count(*) from raw.registrations") == [(5,)]
    assert judged.lake("select rule, failed from raw.validation order by rule") == [
        ("nik_agrees_with_birth_date", 1),
        ("nik_form", 1),
    ]
    assert pq.read_table(judged.settings.rejects).num_rows == 1


def test_marts_before_any_load_say_what_to_run(house: House) -> None:
    with pytest.raises(DayFailed, match="no day was loaded yet"):
        steps.marts(house.settings)


@pytest.mark.slow
def test_a_killed_process_loses_nothing(exports: Path, at_once: House, tmp_path: Path) -> None:
    house = house_at(tmp_path, exports)
    command = [sys.executable, "-m", "perisai.cli"]
    environment = os.environ | {
        "PERISAI_HOME": str(house.settings.home),
        "PERISAI_HMAC_KEY": "h" * 32,
        "PERISAI_VAULT_KEY": "v" * 32,
    }
    for seconds in (1.5, 4.0, 7.0):  # while it copies, while it judges, about when it commits
        with subprocess.Popen([*command, "load", "--day", LAST], env=environment, stdout=subprocess.DEVNULL) as load:
            time.sleep(seconds)
            load.send_signal(signal.SIGKILL)
    house.publish(LAST)
    assert marts_of(house) == marts_of(at_once)


OFFLINE = """
import socket, sys
def refuse(*args, **kwargs):
    raise SystemExit(f"reached for {args}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from perisai.cli import app
app(["load"])
"""


def test_a_load_reaches_for_no_address(house: House) -> None:
    leave_a_day(house)
    keys = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32, "PERISAI_MAX_MISSING_SHARE": "1"}
    environment = os.environ | keys | {"PERISAI_HOME": str(house.settings.home)}
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Loaded 1 delivery: " in done.stdout


def leave_a_day(house: House) -> None:
    """One delivery, with five good rows, a bad one and a repeated one."""
    good = [*map(registration, range(1, 6))]
    house.leave("NTB01", "registrations", "2023-09-30", [*good, registration(6, nik="1"), good[0]])


def vault_rows(house: House) -> int:
    ((count,),) = house.vault("select count(*) from vault.registrations")
    return int(count)


NUMBERS = ["lines", "accepted", "rejected", "duplicates"]


@pytest.mark.parametrize(("more", "less"), [(n, "") for n in NUMBERS] + [*itertools.permutations(NUMBERS[1:], 2)])
def test_a_corrupted_count_is_caught(judged: House, more: str, less: str) -> None:
    (file,) = judged.settings.staging.glob("*/*/*/judged.json")
    (delivery,) = json.loads(file.read_text())
    assert (delivery["lines"], delivery["accepted"], delivery["rejected"], delivery["duplicates"]) == (7, 5, 1, 1)
    delivery[more] += 1
    if less:  # the sum is right all the same, but the rows at hand are not as many
        delivery[less] -= 1
    file.write_text(json.dumps([delivery]))
    with pytest.raises(DayFailed, match=r"NTB01_registrations_2023-09-30.csv: .* nothing was loaded"):
        steps.load(judged.settings, DAY)
    assert judged.lake("select count(*) from raw.delivery") == [(0,)]


def test_a_lost_reject_is_caught(judged: House) -> None:
    (file,) = judged.settings.staging.glob("*/*/*/rejects-*.parquet")
    pq.write_table(pq.read_table(file).slice(1), file)
    with pytest.raises(DayFailed, match=r"1 rejected .* 5 and 0 are at hand; nothing was loaded"):
        steps.load(judged.settings, DAY)
    assert judged.lake("select count(*) from raw.delivery") == [(0,)]


def test_a_delivery_with_too_many_bad_rows_is_refused_whole(house: House) -> None:
    rows = [claim(n, kpj="x" if n < 10 else None) for n in range(20)] + [claim(n) for n in range(20, 40)]
    house.leave("NTB01", "claims", "2023-09-30", rows)
    house.leave("NTB02", "claims", "2023-09-30", [claim(99, branch_code="NTB02")])
    house.load("2023-09-30")
    found = house.lake("select branch_code, judgement, accepted, rejected, reason from raw.delivery order by all")
    assert found[0][:4] == ("NTB01", "refused", 0, 40)
    assert "20 dari 40 baris ditolak, terbanyak karena: KPJ terdiri dari tepat 11 angka" in found[0][4]
    assert "20 of 40 rows are rejected, most of them because: A KPJ is exactly 11 digits" in found[0][4]
    assert found[1][:4] == ("NTB02", "accepted", 1, 0)
    assert house.lake("select count(*) from raw.claims") == [(1,)]


def test_rejected_rows_say_where_and_why_and_are_sealed(house: House) -> None:
    rows = [registration(1), registration(2, nik="5201", programmes=7), registration(3)]
    path = house.leave("NTB01", "registrations", "2023-09-30", rows)
    house.load("2023-09-30")
    (reject,) = pq.read_table(house.settings.rejects).to_pylist()
    assert (reject["file_name"], reject["line_no"], reject["rule"]) == (path.name, 3, "nik_form")
    assert reject["all_rules"] == ["nik_form", "programmes_known"]
    assert "16 digits" in reject["reason"]
    sealed = json.loads(sealer(house.settings).decrypt(reject.pop("sealed_row").encode()))
    assert (sealed["NIK"], sealed["PROGRAM"], sealed["NAMA_LENGKAP"]) == ("5201", "7", "Peserta Contoh 00002")
    assert "Peserta" not in str(reject)


def test_files_of_later_days_wait_for_their_day(house: House) -> None:
    house.leave("NTB01", "claims", "2023-09-30", map(claim, range(1, 4)))
    house.leave("NTB01", "claims", "2023-10-01", map(claim, range(4, 6)))
    house.load("2023-09-30")
    assert house.lake("select sum(lines) from raw.delivery") == [(3,)]
    house.load("2023-10-01")
    assert house.lake("select sum(lines) from raw.delivery") == [(5,)]


def test_a_branch_that_cannot_be_read_does_not_stop_the_others(house: House) -> None:
    house.leave("NTB02", "claims", "2023-09-30", [claim(1, branch_code="NTB02")])
    (house.settings.landing / "NTB01").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="NTB01: Not a directory"):
        steps.extract(house.settings, date(2023, 9, 30), "KW-BNP")
    assert len(list(house.settings.raw.glob("NTB02/*/*/*.csv"))) == 1


def test_a_day_with_too_many_missing_branches_fails_and_says_who(house: House) -> None:
    strict = House(house.settings.model_copy(update={"max_missing_share": 0.5}))
    leave_a_day(strict)
    with pytest.raises(DayFailed, match=r"7 branches .* 50% of PERISAI_MAX_MISSING_SHARE: NTB02, .*STG03"):
        strict.load("2023-09-30")
    assert strict.lake("select count(*) from raw.delivery") == [(1,)], "what came is kept"
    assert strict.lake("select count(*) from raw.business_day") == [(0,)], "but the day does not count as run"


def test_batches_hold_whole_deliveries(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_MEMORY_A_BYTE", 1_500_000)  # of 2 GB: some 1,200 bytes a batch
    batches = []
    monkeypatch.setattr(
        judging, "read", lambda con, files, *more: batches.append(len(files)) or read(con, files, *more)
    )
    for day in range(1, 9):
        rows = [claim(day * 10 + n, status_date="2023-09-01", submitted_date="2023-09-01") for n in range(day % 5 + 1)]
        house.leave("NTB01", "claims", f"2023-09-{day:02d}", [*rows, {**rows[0], "amount_rp": 1_000}])
    house.load("2023-09-30")
    assert len(batches) > 3 and max(batches) > 1
    rejected = house.lake("select distinct rejected from raw.delivery")
    assert rejected == [(2,)], "each delivery's repeated key is seen, none is cut in two"


def test_shards_come_to_what_one_comes_to(house: House, tmp_path: Path) -> None:
    several = House(house.settings.model_copy(update={"home": tmp_path / "several", "shards": 3}))
    for one in (house, several):
        for branch in ("NTB01", "NTB02", "NTB03", "SLM01"):
            rows = [claim(n, branch_code=branch) for n in range(5)]
            one.leave(branch, "claims", "2023-09-30", [*rows, claim(6, branch_code=branch, amount_rp=-1)])
        one.load("2023-09-30")
    for query in (
        "select * exclude (arrival, received_utc) from raw.delivery order by delivery_id",
        "select rule, delivery_id, failed from raw.validation order by all",
        "select * from raw.claims order by delivery_id, line_no",
    ):
        assert several.lake(query) == house.lake(query) != []


@pytest.mark.parametrize("name", ["read", "write_sealed", "write_json"])
def test_of_a_judge_that_was_killed_nothing_is_loaded_until_it_ran_again(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def cut_off(*args: Any, **kwargs: Any) -> None:
        raise Killed

    leave_a_day(house)
    steps.extract(house.settings, DAY, "KW-BNP")
    with monkeypatch.context() as patched:
        patched.setattr(judging, name, cut_off)
        with pytest.raises(Killed):
            steps.plan(house.settings, DAY)
            steps.judge(house.settings, DAY)
    with pytest.raises(DayFailed, match="was judged to its end; run the day again"):
        steps.load(house.settings, DAY)
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    assert steps.load(house.settings, DAY)["accepted"] == 1
    assert house.lake("select count(*) from raw.registrations") == [(5,)]
    assert list(house.settings.staging.glob("2023*")) == []


def test_of_two_that_judged_a_day_the_one_that_looked_later_counts(house: House) -> None:
    leave_a_day(house)
    steps.extract(house.settings, DAY, "KW-BNP")
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    house.leave("NTB02", "registrations", "2023-09-30", [registration(9, branch_code="NTB02")])
    steps.extract(house.settings, DAY, "KW-BNP")
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    assert steps.load(house.settings, DAY)["deliveries"] == 2
    assert house.lake("select count(*) from raw.registrations") == [(6,)]


def test_keys_are_demanded_and_demo_keys_are_private(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DayFailed, match="PERISAI_HMAC_KEY is not set"):
        _ = Settings(home=tmp_path).secret_hmac
    with pytest.raises(DayFailed, match="at least 32"):
        _ = Settings(home=tmp_path, vault_key="short").secret_vault
    first = Settings(home=tmp_path, demo=True).secret_vault
    assert "Never do this with real people's data" in caplog.text
    assert first not in caplog.text
    assert Settings(home=tmp_path, demo=True).secret_vault == first
    assert (tmp_path / "demo-keys" / "vault").stat().st_mode & 0o077 == 0


def test_demo_keys_are_for_what_the_demo_wrote(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(PACKAGED_REFERENCE, reference)
    settings = Settings(home=tmp_path, demo=True, reference=reference)
    branch = settings.landing / "NTB01"
    branch.mkdir(parents=True)
    (settings.landing / ".demo").write_text("NTB01/NTB01_claims_2023-10-13.csv\n")

    def refused() -> bool:
        try:
            return not Settings(home=tmp_path, demo=True, reference=reference).secret_vault
        except DayFailed as refusal:
            assert "exports that `perisai load` would read are not the demo's" in str(refusal)
            return True

    for name in ("claims_2023-10-13.csv", "claims_2023-10-13.csv.manifest.json", "claims_2023-10-13_r2.csv"):
        (branch / f"NTB01_{name}").touch()
        assert not refused(), name
    for name in ("NTB01/NTB01_claims_2023-10-14.csv", "NTB02/NTB01_claims_2023-10-13.csv", "PLU01/claims.xlsx"):
        path = settings.landing / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        assert refused(), name
        path.unlink()
    assert not refused()
    branches = (reference / "branch.csv").read_text()
    assert branches.count(",,WITA,")
    (reference / "branch.csv").write_text(branches.replace(",,WITA,", ",s3://exports/x,WITA,", 1))
    assert refused(), "another landing place"


SLIDE = {50: (750_000, 276_000, 1_026_000), 30: (450_000, 165_600, 615_600)}


def slide_rows() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """50 new participants of one agent and 30 of another, each on 3 programmes with one month paid."""
    yield "agents", [agent(50, wadah_code="W00050"), agent(30, wadah_code="W00030")]
    people = [(n, 50 if n <= 50 else 30) for n in range(1, 81)]
    yield "registrations", [registration(n, agent_code=f"AB000{whose}") for n, whose in people]
    yield "contributions", [contribution(n) for n, _ in people]


@pytest.mark.marts(*OF_CLOSES)
def test_the_slide_s_examples_come_out_to_the_rupiah(house: House) -> None:
    for feed, rows in slide_rows():
        house.leave("NTB01", feed, "2023-09-30", rows)
    house.build("2023-09-30")
    for new, (acquisition, contributions, total) in SLIDE.items():
        found = house.lake(
            "select new_count, acquisition_rp, contribution_rp, total_rp from marts.incentive_agent_month"
            f" where agent_code = 'AB000{new}' and period = date '2023-09-01' and scheme = 'perisai-13-2022'"
        )
        assert found == [(new, acquisition, contributions, total)]
        paid = house.lake(
            "select agents_total_rp, management_rp, payable_rp from marts.incentive_wadah_month"
            f" where wadah_code = 'W000{new}' and period = date '2023-09-01'"
        )
        assert paid == [(total, total // 10, total + total // 10)]
