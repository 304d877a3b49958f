"""What rots, is lost or belongs to another home is named, and nothing is committed, drafted, frozen or published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from house import House, agent, contribution, registration

from perisai import announce, close
from perisai import day as steps
from perisai.errors import DayFailed
from perisai.settings import Settings
from warehouse import vault
from warehouse.versions import current

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
DAY = date(2023, 9, 30)
MONTH = date(2023, 9, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with a day published; to be copied."""
    house = House(Settings(home=tmp_path_factory.mktemp("built") / "data", **KEYS, max_missing_share=1))
    house.leave("NTB01", "agents", "2023-09-30", [agent(n) for n in range(1, 7)])
    house.leave("NTB01", "registrations", "2023-09-30", [registration(n) for n in range(1, 31)])
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(n) for n in range(1, 31)])
    house.run("2023-09-30")
    return house


@pytest.fixture
def copy(built: House, tmp_path: Path) -> House:
    """A copy of it."""
    shutil.copytree(built.settings.home, tmp_path / "copy", symlinks=True)
    return House(Settings(home=tmp_path / "copy", **KEYS, max_missing_share=1))


def flip(path: Path, place: float = 0.3) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0x10
    path.write_bytes(content)


def in_lake(house: House, table: str) -> Path:
    return sorted((house.settings.lake / "data").glob(f"{table}/**/*.parquet"))[0]


def snapshots(house: House) -> int:
    return int(house.lake("select count(*) from ducklake_snapshots('lake')")[0][0])


@pytest.mark.slow
def test_every_file_that_the_catalog_names_is_on_the_disk_and_has_a_checksum(built: House) -> None:
    files = "from __ducklake_metadata_lake.ducklake_{}_file"
    named = built.lake(f"select path {files.format('data')} union all select path {files.format('delete')}")
    noted = built.lake("select name from __ducklake_metadata_lake.perisai_file")
    assert {Path(path).name for (path,) in named} <= {name for (name,) in noted}
    assert built.lake("select count(*) from __ducklake_metadata_lake.ducklake_inlined_data_tables") == [(0,)]
    option = "select value from __ducklake_metadata_lake.ducklake_metadata where key = 'data_inlining_row_limit'"
    assert built.lake(option) == [("0",)]


@pytest.mark.parametrize("table", ["raw/contributions", "core/payment_number", "raw/delivery"])
def test_a_flipped_byte_in_the_lake_is_named_before_anything_is_built_of_it(copy: House, table: str) -> None:
    copy.leave("NTB01", "contributions", "2023-10-01", [contribution(n) for n in range(31, 40)])
    if table != "raw/delivery":
        copy.load("2023-10-01")
    before = snapshots(copy)
    flip(path := in_lake(copy, table))
    with pytest.raises(DayFailed, match=rf"the lake is damaged.*{path.name} is not the file that was written"):
        copy.load("2023-10-01") if table == "raw/delivery" else steps.marts(copy.settings)
    assert snapshots(copy) == before


DRAFT: Callable[[House], object] = lambda house: close.draft(house.settings, MONTH)  # noqa: E731
PUBLISH: Callable[[House], object] = lambda house: steps.publish(house.settings)  # noqa: E731


@pytest.mark.parametrize("step", [DRAFT, PUBLISH])
@pytest.mark.parametrize("damage", [flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_nothing_is_drafted_or_published_of_a_lake_that_is_damaged(
    copy: House, step: Callable[[House], object], damage: Callable[[Path], object]
) -> None:
    if step is PUBLISH:
        shutil.rmtree(copy.settings.published)
    damage(path := in_lake(copy, "raw/contributions"))
    with pytest.raises(DayFailed, match=rf"the lake is damaged.*{path.name}"):
        step(copy)
    assert not copy.settings.statements.exists() and (step is DRAFT or not list(copy.settings.published.glob("v*")))


def test_nothing_is_frozen_of_a_draft_that_is_damaged(copy: House) -> None:
    content = close.draft(copy.settings, MONTH)["content_hash"]
    flip(path := in_lake(copy, "marts/incentive_agent_month"))
    with pytest.raises(DayFailed, match=rf"the lake is damaged.*{path.name}"):
        close.freeze(copy.settings, MONTH, content, "Kepala", "2023-10-02T09:30:00+08:00")
    assert copy.lake("from closed.month") == []


@pytest.mark.parametrize(("key", "name"), [("hmac_key", "PERISAI_HMAC_KEY"), ("vault_key", "PERISAI_VAULT_KEY")])
def test_another_key_is_refused_before_anything_is_read(copy: House, key: str, name: str) -> None:
    copy.leave("NTB01", "registrations", "2023-10-01", [registration(40)])
    other = House(Settings(home=copy.settings.home, max_missing_share=1, **KEYS | {key: "x" * 32}))
    before = snapshots(copy)
    dated, others = (steps.plan, steps.load), (steps.marts, steps.publish, steps.report)
    for step in (*(partial(each, business_date=DAY) for each in dated), *others):
        with pytest.raises(DayFailed, match=rf"{name}: another key than this lake was made with"):
            step(other.settings)
    assert snapshots(copy) == before


def test_a_vault_that_is_gone_is_not_made_anew_unless_a_person_says_so(copy: House) -> None:
    copy.leave("NTB01", "registrations", "2023-10-01", [registration(40)])
    shutil.move(copy.settings.vault, gone := copy.settings.home / "vault.backup")
    with pytest.raises(DayFailed, match="is gone, but the lake has rows of people"):
        copy.load("2023-10-01")
    assert not copy.settings.vault.exists()
    shutil.copytree(gone, copy.settings.vault)
    copy.load("2023-10-01")
    shutil.rmtree(copy.settings.vault)
    copy.leave("NTB01", "registrations", "2023-10-02", [registration(41)])
    copy.settings.vault.mkdir()
    (copy.settings.vault / "begin-anew").touch()
    copy.load("2023-10-02")
    assert vault.exists(copy.settings.vault)
    assert not (copy.settings.vault / "begin-anew").exists()
    shutil.rmtree(copy.settings.vault)
    shutil.copytree(gone, copy.settings.vault)  # the first one is this lake's too
    copy.leave("NTB01", "registrations", "2023-10-03", [registration(42)])
    copy.load("2023-10-03")


def test_another_lake_s_vault_is_refused(copy: House, house: House) -> None:
    house.leave("NTB01", "registrations", "2023-09-30", [registration(1)])
    house.load("2023-09-30")
    shutil.rmtree(copy.settings.vault)
    shutil.copytree(house.settings.vault, copy.settings.vault)
    copy.leave("NTB01", "registrations", "2023-10-01", [registration(40)])
    with pytest.raises(DayFailed, match="is the vault of another lake"):
        copy.load("2023-10-01")


@pytest.mark.slow
def test_a_damaged_small_file_is_named_and_stops_nothing(copy: House, caplog: pytest.LogCaptureFixture) -> None:
    first = current(copy.settings.published)
    assert first
    copy.leave("NTB01", "registrations", "2023-10-01", [registration(40), registration(41, nik="1")])
    copy.build("2023-10-01")
    steps.report(copy.settings)
    index = copy.settings.workbooks / "index.json"
    copy.settings.announced.write_text('{"mail": [')
    for small in (first.folder / "manifest.json", index, copy.settings.inbox / "0123456789abcdef"):
        small.write_text('{"cut')
    copy.leave("NTB01", "registrations", "2023-10-02", [registration(42)])
    copy.run("2023-10-02")
    assert announce.announce(copy.settings)["sent"] == []
    assert copy.published("select count(*) from marts.delivery_day where delivery_id is not null")
    for small in (first.folder / "manifest.json", index, copy.settings.inbox / "0123456789abcdef"):
        assert f"{small} is damaged" in caplog.text
    assert set(json.loads(index.read_text())) == {"NTB01/NTB01_2023-10-01.xlsx"}
    assert (copy.settings.home / ".announced.json.bad").exists()


@pytest.mark.parametrize("name", ["warehouse.duckdb", "manifest.json"])
def test_a_damaged_current_version_is_published_again(copy: House, name: str) -> None:
    now = current(copy.settings.published)
    assert now
    (now.folder / name).write_bytes((now.folder / name).read_bytes()[:100])
    assert steps.publish(copy.settings)["changed"]
    steps.report(copy.settings)
    again = current(copy.settings.published)
    assert again and again.name.startswith(f"{now.name}-"), "it stands beside until the link is switched"
    assert again.manifest.checksums == now.manifest.checksums
    assert (copy.settings.published / "report" / "index.html").exists()
