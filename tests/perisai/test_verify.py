"""A home that is whole is found so; one byte that changes anywhere is found, and named with what to do."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from house import House, registration
from typer.testing import CliRunner

from perisai import day as steps
from perisai.backup import backup, restore
from perisai.cli import app
from perisai.errors import DayFailed
from perisai.housekeep import housekeep
from perisai.rebuild import rebuild
from perisai.step import opened_lake
from perisai.verify import as_json, lake, rejected, verify, wrong
from warehouse import files, vault

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
MONTH = date(2023, 9, 1)


def flip(path: Path, at: bytes | float = 0.3) -> None:
    """Changes one bit of a file, at a place or within a text."""
    content = bytearray(path.read_bytes())
    place = content.index(at) + len(at) - 1 if isinstance(at, bytes) else int(len(content) * at)
    content[place] ^= 1
    path.write_bytes(content)


def said(house: House) -> str:
    found = verify(house.settings)
    return " | ".join(each.what for one in found.values() for each in one.wrong)


@pytest.mark.slow
def test_a_home_that_is_whole_is_found_so(built: House) -> None:
    found = verify(built.settings, full=True)
    assert wrong(found) == 0, as_json(found)
    looked_at = {name: one.checked for name, one in found.items()}
    assert looked_at["copies"] == {"copies": 4, "deliveries": 3, "notes": 4}
    assert looked_at["vault"]["deliveries"] == 2
    assert looked_at["rejects"] == {"files": 1, "rows": 1, "workbooks": 1}
    assert looked_at["closed"] == {"months": 1}
    assert looked_at["published"]["versions"] == 2
    assert looked_at["marts"]["tables"] > 60
    assert looked_at["lake"]["tables of the catalog"] > 25


def only(house: House, pattern: str) -> Path:
    return sorted(house.settings.home.glob(pattern))[0]


CLASSES: dict[str, tuple[str, bytes | float]] = {
    "raw": ("raw/NTB01/2023-09-30/*/*.csv", 0.5),
    "raw manifest": ("raw/NTB01/2023-09-30/*/*.manifest.json", b'"lines": 3'),
    "note": ("inbox/[!.]*", 0.5),
    "vault": ("vault/registrations/000001-000001.parquet", 0.3),
    "published file": ("published/current/warehouse.duckdb", 0.5),
    "published Parquet": ("published/current/marts/coverage_month.parquet", 0.5),
    "published report": ("published/current/report/index.html", 0.5),
    "published export": ("published/current/exports/csv/*", 0.5),
    "manifest": ("published/current/manifest.json", b'"package": "0'),
    "rejects": ("rejects/2023-09-30/*.parquet", 0.5),
    "workbook": ("rejects/workbooks/NTB01/*.xlsx", 0.5),
    "statement": ("statements/2023-09/final/*", 0.5),
}


def test_one_byte_that_changes_is_named_whatever_it_belongs_to(copy: House) -> None:
    paths = {kind: only(copy, pattern) for kind, (pattern, _) in CLASSES.items()}
    for kind, path in paths.items():
        flip(path, CLASSES[kind][1])
    named = said(copy)
    assert [kind for kind, path in paths.items() if path.name not in named] == []


@pytest.mark.parametrize("column", ["line_no", "sealed_row"])
def test_a_rejected_row_that_a_changed_byte_has_emptied_is_named(copy: House, column: str) -> None:
    path = only(copy, CLASSES["rejects"][0])
    table = pq.read_table(path)
    at = table.schema.names.index(column)
    pq.write_table(table.set_column(at, column, pa.nulls(table.num_rows, table.schema.field(at).type)), path)
    with opened_lake(copy.settings) as con:
        (found,) = rejected.check(con, copy.settings).wrong
    assert f"{path}, the rejected rows of" in found.what and "cannot be opened" in found.what


def test_whatever_was_damaged_is_mended_by_its_file_of_a_backup(copy: House, tmp_path: Path) -> None:
    backup(copy.settings, tmp_path / "backup")
    paths = [only(copy, pattern) for pattern, _ in CLASSES.values()]
    paths += [only(copy, f"lake/data/{table}/**/*.parquet") for table in ("core/registration", "closed/statement")]
    paths.append(copy.settings.lake / "catalog.ducklake")
    for path in paths:
        flip(path, 0.5)
    assert said(copy)
    for path in paths:
        shutil.copy2(tmp_path / "backup" / path.relative_to(copy.settings.home), path)
    found = verify(copy.settings)
    assert wrong(found) == 0, as_json(found)


@pytest.mark.parametrize("table", ["core/contribution_month", "closed/incentive_line", "closed/audit"])
def test_one_byte_of_a_file_of_the_lake_is_named(copy: House, table: str) -> None:
    flip(path := only(copy, f"lake/data/{table}/**/*.parquet"), 0.5)
    assert f"{path.name} is not the file that was written" in said(copy)


def blocks(database: Path) -> list[int]:
    """The blocks of a DuckDB file that hold rows of some table."""
    with duckdb.connect(str(database), read_only=True) as con:
        tables = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        info = "select block_id from pragma_storage_info('{}') where block_id >= 0"
        return sorted({block for table in tables for (block,) in con.execute(info.format(table)).fetchall()})


def test_a_byte_of_the_catalog_is_named_in_whichever_block_it_is(copy: House) -> None:
    content = (catalog := copy.settings.lake / "catalog.ducklake").read_bytes()
    header, size = 3 * 4096, 256 * 1024
    held = blocks(catalog)
    assert len(held) > 10
    for block in held:
        damaged = bytearray(content)
        damaged[header + block * size + size // 2] ^= 1
        catalog.write_bytes(damaged)
        assert [f"the catalog {catalog} is damaged" in each.what for each in lake.catalog(copy.settings).wrong] == [
            True
        ]
    catalog.write_bytes(content[: len(content) // 2])
    assert f"the catalog {catalog} is damaged" in said(copy)


def test_what_is_gone_is_named(copy: House) -> None:
    gone = {
        "raw/NTB01/2023-09-30/*/*agents*.csv": "the copy of NTB01_agents_2023-09-30.csv",
        "rejects/2023-09-30/*.parquet": "the rejected rows of NTB01_registrations_2023-09-30.csv, is gone",
        "vault/mark/*": "vault is gone",
        "published/current/manifest.json": "is damaged or gone",
    }
    for pattern in gone:
        only(copy, pattern).unlink()
    shutil.rmtree(copy.settings.inbox)
    named = said(copy)
    assert [words for words in gone.values() if words not in named] == []
    assert "NTB01_registrations_2023-10-01.csv is neither in the ledger nor noted in the inbox" in named


def test_a_catalog_that_is_gone_is_named_and_not_made_anew(copy: House) -> None:
    (catalog := copy.settings.lake / "catalog.ducklake").unlink()
    assert f"{catalog} is gone" in said(copy)
    assert not catalog.exists()


def test_a_mart_with_other_rows_than_its_sql_gives_is_named(copy: House) -> None:
    copy.lake("update marts.coverage_month set perisai = perisai + 1")
    assert "marts.coverage_month has other rows, when it is computed again" in said(copy)


def test_the_command_exits_with_1_and_tells_tools_what_is_wrong(copy: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (KEYS | {"home": str(copy.settings.home)}).items():
        monkeypatch.setenv(f"PERISAI_{name.upper()}", value)
    files.remove(copy.settings.vault)
    done = CliRunner().invoke(app, ["verify", "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert [each["what"] for one in found.values() for each in one["wrong"]] == [f"{copy.settings.vault} is gone"]
    assert all(each["mend"] for one in found.values() for each in one["wrong"])


def test_housekeeping_leaves_a_home_that_is_whole_and_nothing_of_killed_runs(copy: House) -> None:
    scratch = copy.settings.home.with_name("scratch")
    settings = copy.settings.model_copy(update={"keep_snapshot_days": 0, "scratch": scratch})
    left = [settings.staging / "2023-09-01" / "registrations", settings.statements / "2023-09" / ".draft-1.new"]
    left += [settings.published / ".building" / "marts", settings.home / ".inbox-1"]
    left += [scratch / "spill" / "1", scratch / "buckets"]
    for path in (*left, scratch / "of somebody else"):
        path.mkdir(parents=True)
    (orphan := settings.lake / "data" / "core" / "ducklake-0.parquet").write_bytes(b"PAR1")
    for path in (left[0].parent, left[1], *left[3:], scratch / "of somebody else"):
        os.utime(path, (0, 0))
    (settings.staging / "2023-10-01").mkdir()
    done = housekeep(settings)
    assert (done["removed"], done["orphans"]) == (5, 1)
    assert [path for path in (*left, orphan) if path.exists()] == []
    assert (settings.staging / "2023-10-01").exists() and (scratch / "of somebody else").exists()
    assert done["expired"] > 5
    assert wrong(found := verify(settings)) == 0, as_json(found)
    assert found["closed"].checked == {"months": 1}
    assert steps.publish(settings)["changed"] is False
    assert housekeep(settings)["deleted"] == 0


@pytest.mark.slow
def test_a_backup_is_a_home_and_the_next_one_copies_what_is_new(copy: House, tmp_path: Path) -> None:
    target = tmp_path / "disk" / "backup"
    first = backup(copy.settings, target)
    assert not (target / "landing").exists() and not (target / "staging").exists()
    kept = House(copy.settings.model_copy(update={"home": target}))
    assert wrong(found := verify(kept.settings)) == 0, as_json(found)
    flip(only(copy, "lake/data/closed/incentive_line/**/*.parquet"))
    for lost in (
        only(copy, "lake/data/core/registration/**/*.parquet"),
        only(copy, "vault/registrations/*"),
    ):
        lost.unlink()
    (in_use := only(copy, "lake/data/raw/delivery/*.parquet")).touch()
    second = backup(copy.settings, target)
    assert 0 < second["copied"] < first["copied"] / 4
    assert in_use.stat().st_mtime_ns == (target / in_use.relative_to(copy.settings.home)).stat().st_mtime_ns
    assert wrong(found := verify(kept.settings)) == 0, as_json(found)
    assert wrong(verify(copy.settings)) > 0

    again = House(copy.settings.model_copy(update={"home": tmp_path / "machine" / "data"}))
    restore(again.settings, target)
    assert wrong(found := verify(again.settings)) == 0, as_json(found)
    table = "select count(*), sum(hash(t)) from marts.coverage_month as t"
    assert again.published(table) == copy.published(table)
    assert (again.settings.published.stat().st_mode, again.settings.raw.stat().st_mode & 0o77) == (
        copy.settings.published.stat().st_mode,
        0,
    )
    with pytest.raises(DayFailed, match="has lake, raw, vault, published already"):
        restore(again.settings, target)


def test_a_backup_has_no_object_of_the_vault_that_became_part_of_another(
    copy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def objects(home: Path) -> dict[str, bytes]:
        return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.glob("vault/*/*")}

    copy.load("2023-10-01")
    backup(copy.settings, target := tmp_path / "backup")
    assert len(objects(target)) > len({name.split("/")[1] for name in objects(target)})
    monkeypatch.setattr(vault, "MANY", 2)
    assert housekeep(copy.settings)["vault"] == 1
    lost = only(copy, "vault/agents/*").rename(tmp_path / "lost")
    backup(copy.settings, target)
    found = objects(target)
    assert found.pop("vault/agents/000001-000001.parquet") == lost.read_bytes(), "what is lost stays in the backup"
    assert found == objects(copy.settings.home)
    shutil.rmtree(copy.settings.home / "vault")
    (copy.settings.home / "vault").mkdir()
    (copy.settings.home / "vault" / "begin-anew").touch()
    copy.leave("NTB01", "registrations", "2023-10-02", [registration(41)])
    copy.load("2023-10-02")
    backup(copy.settings, target)
    assert objects(target) == objects(copy.settings.home), "nothing of two vaults at once"


def test_a_backup_goes_neither_into_the_home_nor_over_something_else(copy: House, tmp_path: Path) -> None:
    with pytest.raises(DayFailed, match="keep a backup on another disk"):
        backup(copy.settings, copy.settings.home / "backup")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(DayFailed, match="no backup of a home"):
        backup(copy.settings, tmp_path / "other")
    with pytest.raises(DayFailed, match="no backup of a home"):
        restore(copy.settings, tmp_path / "other")


def marts(house: House) -> dict[str, list[tuple[object, ...]]]:
    tables = house.published("select view_name from duckdb_views() where schema_name = 'marts' order by all")
    return {name: house.published(f"select count(*), sum(hash(t)) from marts.{name} as t") for (name,) in tables}


@pytest.mark.slow
def test_a_home_is_rebuilt_from_its_copies_with_the_same_marts_and_closed_months(copy: House) -> None:
    records = "select count(*) from __ducklake_metadata_lake.ducklake_{}"
    there = [copy.lake(records.format(kind)) for kind in ("table", "column", "view")]
    copy.load("2023-10-02")
    steps.marts(copy.settings)
    assert [copy.lake(records.format(kind)) for kind in ("table", "column", "view")] == there, "a day leaves no record"
    steps.publish(copy.settings)
    before, frozen = marts(copy), copy.lake("from closed.incentive_line order by all")
    lost = {
        "vault": only(copy, "vault/registrations/*"),
        "lake": only(copy, "lake/data/core/contribution_month/**/*.parquet"),
    }
    for subject, path in lost.items():
        path.write_bytes(path.read_bytes()[:100])
        assert verify(copy.settings)[subject].wrong
    made = rebuild(copy.settings)
    assert (made["deliveries"], made["business_dates"]) == (4, 2)
    steps.marts(copy.settings)
    steps.publish(copy.settings, "the lake was rebuilt")
    steps.report(copy.settings)
    assert marts(copy) == before
    assert copy.lake("from closed.incentive_line order by all") == frozen
    explained = steps.explain_incentive(copy.settings, "AB00001", MONTH)
    assert [scheme["scheme"] for scheme in explained.schemes] == ["perisai-13-2022"]
    assert wrong(found := verify(copy.settings)) == 0, as_json(found)
    assert found["closed"].checked == {"months": 1}
    assert (copy.settings.home / ".before-rebuild" / "lake" / "catalog.ducklake").exists()
    with pytest.raises(DayFailed, match="is of an earlier rebuild"):
        rebuild(copy.settings)


def test_a_rebuild_that_was_cut_off_while_it_swapped_goes_on(copy: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def cut_off(path: Path, target: Path) -> Path:
        if path.parent.name == ".rebuilt" and path.name == "vault":
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", cut_off)
        rebuild(copy.settings)
    assert not copy.settings.vault.exists()
    assert rebuild(copy.settings)["deliveries"] == 3
    assert copy.settings.vault.exists()
    assert verify(copy.settings)["copies"].wrong == []
    (copy.settings.home / ".rebuilt" / "staging").mkdir(parents=True)  # as if it was cut off while it tidied up
    assert rebuild(copy.settings)["deliveries"] == 3
    assert not list(copy.settings.home.glob(".rebuil*"))


def test_nothing_is_rebuilt_where_closed_months_would_be_forgotten(copy: House) -> None:
    (copy.settings.lake / "catalog.ducklake").unlink()
    with pytest.raises(DayFailed, match="nothing was changed: the old lake alone knows what was frozen for 2023-09"):
        rebuild(copy.settings)
    assert not list(copy.settings.home.glob(".[rb]*"))
