"""Published versions in object storage: read there as by analysts, whole or not at all, though a process is killed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars
import pytest
from house import House, copied
from s3fs import S3FileSystem
from servers import login

from perisai import day as steps
from perisai import publication
from perisai.step import scratch_duck
from perisai.verify import published
from warehouse import duck, trees, versions

ROOT = "shared/store/published"


@pytest.fixture
def house(built: House, bucket: S3FileSystem, tmp_path: Path) -> House:
    """A home of which a version is published, and then a store is named, to which its vault goes."""
    home = copied(built, tmp_path / "home")
    for path in home.settings.vault.rglob("*.parquet"):
        bucket.put_file(str(path), f"shared/store/vault/{path.relative_to(home.settings.vault)}")
    return House(home.settings.model_copy(update={"store": "s3://shared/store", "keep_versions": 2}))


def said(bucket: S3FileSystem) -> dict[str, str]:
    return dict(json.loads(bucket.cat(f"{ROOT}/current.json")))


def there(bucket: S3FileSystem) -> set[str]:
    """The versions of which there are objects, and those of them that are whole."""
    names = [key.removeprefix(f"{ROOT}/versions/") for key in bucket.find(f"{ROOT}/versions")]
    return {name.partition("/")[0] for name in names} | {name for name in names if name.endswith("/manifest.json")}


def wrong(house: House) -> str:
    return " ".join(each.what for each in published.check(house.settings).wrong)


@pytest.mark.slow
def test_a_version_is_read_as_objects_and_the_pointer_follows_publication_and_rollback(
    house: House, bucket: S3FileSystem
) -> None:
    first = versions.current(house.settings.published)
    assert first is not None
    assert "current.json does not name" in wrong(house), "nothing is shared yet"
    steps.publish(house.settings)
    assert said(bucket)["version"] == first.name
    assert not bucket.exists(f"{ROOT}/versions/{first.name}/offices")
    query = "select * from marts.coverage_month order by all"
    with scratch_duck(house.settings) as con:
        duck.know_storage(con)
        con.execute(f"attach 's3://{ROOT}/{said(bucket)['database']}' as shared_ (read_only)")
        assert con.execute(query.replace("marts.", "shared_.marts.")).fetchall() == house.published(query)
        con.execute("detach shared_")
    options = {name.lower(): value for name, value in login(os.environ["AWS_ENDPOINT_URL"]).items()}
    lazy = polars.scan_parquet(f"s3://{ROOT}/{said(bucket)['marts']}/incentive_line.parquet", storage_options=options)
    assert lazy.collect().height == len(house.published("from marts.incentive_line")) > 0
    steps.report(house.settings)
    assert json.loads(bucket.cat(f"{ROOT}/versions/{first.name}/drawn.json")) == versions.drawn(first)
    assert bucket.exists(f"{ROOT}/versions/{first.name}/report/index.html")
    assert wrong(house) == ""

    before = trees.listed(house.settings.shared or Path())
    steps.publish(house.settings)
    assert trees.listed(house.settings.shared or Path()) == before, "what is there is written again"

    house.publish("2023-10-01")
    second = versions.current(house.settings.published)
    assert second is not None and second.name != first.name
    assert said(bucket)["version"] == second.name
    publication.rollback(house.settings, "", "a test")
    assert said(bucket)["version"] == first.name
    assert wrong(house) == ""


def test_what_a_killed_process_left_is_made_whole_and_the_oldest_go(
    house: House, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, calls, limit = trees.copy, 0, 3

    def killed(path: trees.Place, other: trees.Place, time: int) -> None:
        nonlocal calls
        calls += 1
        if calls > limit:
            raise KeyboardInterrupt
        copy(path, other, time)

    for name in ("2020-01-01-older", "2020-01-02-old"):
        bucket.pipe(f"{ROOT}/versions/{name}/manifest.json", b"{}")
    bucket.pipe(f"{ROOT}/versions/2020-01-03-cut/warehouse.duckdb", b"of a process that was killed")
    with monkeypatch.context() as patch:
        patch.setattr(trees, "copy", killed)
        with pytest.raises(KeyboardInterrupt):
            steps.publish(house.settings)
    first = versions.current(house.settings.published)
    assert first is not None
    assert f"{first.name}/manifest.json" not in there(bucket)
    assert not bucket.exists(f"{ROOT}/current.json")
    assert f"{first.name} has no manifest" in wrong(house)
    steps.publish(house.settings)
    kept = {first.name, "2020-01-02-old"}
    assert there(bucket) == kept | {f"{name}/manifest.json" for name in kept}
    assert said(bucket)["version"] == first.name


def test_an_object_that_is_another_one_is_named_and_written_again(house: House, bucket: S3FileSystem) -> None:
    note = house.settings.published / "current" / "drawn.json"
    drawn, _ = note.read_bytes(), note.write_text("{")
    steps.publish(house.settings)
    folder = f"{ROOT}/versions/{said(bucket)['version']}"
    assert not bucket.exists(f"{folder}/drawn.json"), "what was drawn is not known"
    note.write_bytes(drawn)
    steps.publish(house.settings)
    assert bucket.exists(f"{folder}/drawn.json")
    content = bytearray(bucket.cat(f"{folder}/warehouse.duckdb"))
    content[len(content) // 2] ^= 1
    bucket.pipe(f"{folder}/warehouse.duckdb", bytes(content))
    assert "warehouse.duckdb is not the file that was published" in wrong(house)
    bucket.rm(f"{folder}/manifest.json")
    steps.publish(house.settings)
    assert wrong(house) == ""
