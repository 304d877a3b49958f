"""Published versions: what they say of themselves, going back, two at once, a kill at each seam, a full disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from bench import small_lake
from bench.small_lake import SmallLake, readers
from warehouse import copying, interface, publish, versions

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    """A small lake, published once as `a`."""
    lake = small_lake.make(tmp_path_factory.mktemp("small") / "home")
    lake.publish("a")
    return lake


@pytest.fixture
def lake(made: SmallLake, tmp_path: Path) -> SmallLake:
    """A copy of its own."""
    return small_lake.copy(made, tmp_path / "home")


def sound(lake: SmallLake) -> None:
    """What a reader opens is whole, is what its manifest says, and nothing lies about."""
    now = versions.current(lake.published)
    assert now is not None
    with duckdb.connect() as con:
        assert versions.wrong_files(now) + versions.wrong_tables(con, now) == []
    assert lake.leftovers() == []
    [(least, most)] = lake.read(
        "select min(marker), max(marker) from (select marker from reference.region"
        " union all select marker from marts.coverage_month union all select marker from marts.incentive_line)"
    )
    assert least == most


def test_the_manifest_says_what_the_version_is_made_of(lake: SmallLake) -> None:
    [(snapshot,)] = _in_lake(lake, "from ducklake_current_snapshot('lake')")
    done = lake.publish("b", 1)
    said = json.loads((done.version.folder / "manifest.json").read_text())
    assert said["business_date"] == "2023-11-15"
    assert (said["stamp"], said["code"], said["after"], said["number"]) == ("b", "c0de", "2023-11-15-a", 2)
    assert said["snapshot_id"] > snapshot
    assert said["package"] == "0.1.0"
    assert said["rows"]["marts.coverage_month"] == 3 * small_lake.REGIONS
    assert said["rows"]["marts.incentive_line"] == 300, "three months of six"
    assert set(said["rows"]) == set(said["checksums"])
    files = {path.name for path in (done.version.folder / "marts").iterdir()}
    assert set(said["files"]) == {"warehouse.duckdb", *(f"marts/{name}" for name in files)}
    sound(lake)


def _in_lake(lake: SmallLake, query: str) -> list[tuple[object, ...]]:
    with lake.open() as con:
        return con.execute(query).fetchall()


def test_the_checksum_knows_the_rows_and_not_their_order(lake: SmallLake) -> None:
    before = versions.current(lake.published)
    lake.change("create or replace table marts.delivery_day as from marts.delivery_day order by business_date desc")
    same = lake.publish("b").version
    lake.change("update marts.delivery_day set outcome = 'refused' where business_date = date '2023-11-03'")
    other = lake.publish("c").version
    assert before is not None
    assert same.manifest.checksums == before.manifest.checksums
    differing = {t for t, checksum in other.manifest.checksums.items() if checksum != same.manifest.checksums[t]}
    assert differing == {"marts.delivery_day"}


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda v: (v.folder / "marts" / "delivery_day.parquet").unlink(), "marts/delivery_day.parquet is gone"),
        (lambda v: _append(v.database), "warehouse.duckdb is not the file that was published"),
        (lambda v: _forge(v, rows={"marts.delivery_day": 15}), "marts.delivery_day has 14 rows and not 15"),
        (lambda v: _forge(v, checksums={"marts.delivery_day": "0"}), "other rows than were published"),
        (lambda v: _forge(v, rows={"marts.gone": 1}), "marts.gone is gone"),
        (lambda v: _forge(v, keep=("own_hash",), rows={"marts.gone": 1}), "manifest.json is not what was published"),
    ],
)
def test_a_version_that_is_not_what_it_was_is_found_out(lake: SmallLake, harm, said: str) -> None:
    version = versions.current(lake.published)
    harm(version)
    with duckdb.connect() as con:
        now = versions.current(lake.published)
        [problem] = versions.wrong_files(now) or versions.wrong_tables(con, now)
    assert said in problem


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def _forge(version: versions.Version, *, keep: tuple[str, ...] = (), **changes: dict[str, object]) -> None:
    """Changes a manifest, and its own hash with it, unless that is kept."""
    path = version.folder / "manifest.json"
    said = json.loads(path.read_text())
    for name, values in changes.items():
        said[name] |= values
    if "own_hash" not in keep:
        said["own_hash"] = versions._own_hash(said)
    path.write_text(json.dumps(said))


def test_a_rolled_back_version_stays_back_and_a_newer_one_is_published(lake: SmallLake) -> None:
    lake.publish("b", 1)
    assert lake.rollback(because="wrong denominators") == "2023-11-15-a"
    assert lake.read("select max(marker) from marts.coverage_month") == [(0,)]
    for _ in range(2):
        again = lake.publish("b")
        assert (again.changed, again.version.stamp) == (False, "a")
        assert again.held is not None
        assert again.held.rolled_back == {"to": "2023-11-15-a", "because": "wrong denominators"}
    assert lake.publish("c", 2).version.manifest.after == "2023-11-15-a"
    sound(lake)
    assert lake.rollback() == "2023-11-15-a", "the one before c is a: b was taken back"
    assert lake.rollback("2023-11-15-b") == "2023-11-15-b", "forward again, by name"
    assert lake.publish("b").held is None
    assert {v.stamp: v.rolled_back is not None for v in versions.kept(lake.published)} == {
        "a": False,
        "b": False,
        "c": True,
    }


def test_there_must_be_a_version_to_go_back_to(lake: SmallLake) -> None:
    with pytest.raises(publish.NoVersion, match="a version before 2023-11-15-a is not kept"):
        lake.rollback()
    with pytest.raises(publish.NoVersion, match="nowhere is not kept; there are: 2023-11-15-a"):
        lake.rollback("nowhere")
    first = versions.current(lake.published)
    lake.publish("b", 1)
    assert first is not None
    _append(first.database)
    with pytest.raises(publish.NoVersion, match="2023-11-15-a is damaged"):
        lake.rollback()
    assert lake.current() == "2023-11-15-b"


def test_so_many_versions_are_kept_and_the_current_one_always(lake: SmallLake) -> None:
    for number, stamp in enumerate("bcd", start=1):
        lake.publish(stamp, number, keep=2)
    assert [version.stamp for version in versions.kept(lake.published)] == ["c", "d"]
    sound(lake)


def test_the_version_to_go_back_to_is_kept_longest(lake: SmallLake) -> None:
    lake.publish("b", 1)
    (lake.published / "report").symlink_to("versions/2023-11-15-b/marts")
    (lake.published / "offices").symlink_to("versions/2023-11-15-b/offices")
    lake.rollback()
    assert (lake.published / "report").readlink() == Path("versions/2023-11-15-a/marts"), "what it has follows"
    assert not (lake.published / "offices").is_symlink(), "what it lacks is not that of the later version"
    lake.publish("c", 2, keep=2)
    assert [version.stamp for version in versions.kept(lake.published)] == ["a", "c"]
    assert lake.rollback() == "2023-11-15-a"


def test_nothing_stays_of_a_rehearsal(lake: SmallLake) -> None:
    def state() -> set[tuple[str, int]]:
        files = [path for path in lake.published.rglob("*") if path.name != ".lock"]
        return {(str(path), path.lstat().st_mtime_ns) for path in files if not path.is_dir()}

    before = state()
    lake.change("delete from marts.coverage_month where region_code < '0100'")
    with lake.open() as con:
        order = publish.Order(small_lake.TODAY, "a", small_lake.BOUNDS)
        found = publish.rehearse(con, lake.published, order)
    assert found.difference is not None
    [table] = found.difference.tables
    assert (table.table, table.gone, table.rows_after) == ("marts.coverage_month", 300, 300)
    assert any("people protected" in said for said in found.beyond)
    assert state() == before
    assert lake.leftovers() == []


# Each process kills itself right before, or right after, the n-th call of a function. They are forked off one that has
# imported everything and opened nothing.
KILLED = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from bench.small_lake import SmallLake
from warehouse import copying, files, publish, versions
for home, what, (where, name, when, n) in json.loads(sys.argv[2]):
    if child := os.fork():
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, (where, name, when, n)
        continue
    module = {"copying": copying, "files": files, "publish": publish, "versions": versions}[where]
    inner, calls = getattr(module, name), []
    def seam(*args, **kwargs):
        calls.append(1)
        if len(calls) == n and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = inner(*args, **kwargs)
        if len(calls) == n and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, seam)
    lake = SmallLake(Path(home))
    lake.rollback() if what == "rollback" else lake.publish("c", keep=2)
    os._exit(0)
"""
SEAMS = [
    ("copying", "copy", "after", 1),
    ("files", "sync", "before", 1),
    ("publish", "_place", "after", 1),
    ("publish", "link", "after", 3),
    ("publish", "_forget", "before", 1),
]


def killed(lake: SmallLake, what: str, seams: list[tuple[str, str, str, int]]) -> list[SmallLake]:
    """For each seam a copy of the lake, in which a publisher or a rollback was killed there."""
    victims = [small_lake.copy(lake, lake.home.with_name(f"killed-{number}")) for number, _ in enumerate(seams)]
    todo = [(str(victim.home), what, seam) for victim, seam in zip(victims, seams, strict=True)]
    subprocess.run([sys.executable, "-c", KILLED, ROOT, json.dumps(todo)], check=True)
    return victims


def test_a_publisher_killed_at_any_seam_leaves_one_whole_version_and_the_next_run_heals(lake: SmallLake) -> None:
    lake.publish("b", 1, keep=2)
    lake.mark(2)
    for seam, victim in zip(SEAMS, killed(lake, "publish", SEAMS), strict=True):
        swapped = victim.current() == "2023-11-15-c"
        assert swapped == (seam[1:] in {("link", "after", 3), ("_forget", "before", 1)}), seam
        assert victim.read("select distinct marker from marts.coverage_month") == [(2 if swapped else 1,)]
        assert victim.publish("c", keep=2).changed is not swapped
        sound(victim)
        assert victim.current() == "2023-11-15-c"


def test_readers_find_a_version_at_any_time_while_a_damaged_one_is_published_again(
    lake: SmallLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(of: object, name: str) -> None:
        inner = getattr(of, name)

        def look(*args: object, **kwargs: object) -> object:
            done = inner(*args, **kwargs)
            seen.append((lake.published / "warehouse.duckdb").exists())
            return done

        monkeypatch.setattr(of, name, look)

    for name in ("rename", "replace", "symlink_to", "unlink"):
        watched(Path, name)
    watched(shutil, "rmtree")
    for again in ("2023-11-15-a-2", "2023-11-15-a"):
        _append(lake.published / "warehouse.duckdb")
        assert lake.publish("a").changed
        assert lake.current() == again
        assert [version.name for version in versions.kept(lake.published)] == [again]
        assert not lake.publish("a").changed
        sound(lake)
    assert len(seen) > 2
    assert all(seen)


def test_a_version_half_removed_is_none(lake: SmallLake) -> None:
    for number, stamp in enumerate("bc", start=1):
        lake.publish(stamp, number)
    gone = lake.published / ".gone-2023-11-15-a"
    (lake.published / "versions" / "2023-11-15-a").rename(gone)
    (gone / "warehouse.duckdb").unlink()
    assert [version.stamp for version in versions.kept(lake.published)] == ["b", "c"]
    assert lake.publish("c").changed is False
    sound(lake)


def test_a_rollback_that_is_killed_can_be_run_again(lake: SmallLake) -> None:
    lake.publish("b", 1)
    seams = [("versions", "note_rollback", "after", 1), ("publish", "link", "after", 1)]
    for victim in killed(lake, "rollback", seams):
        assert victim.publish("b").changed is False
        if victim.current() == "2023-11-15-b":
            victim.rollback()
        assert victim.current() == "2023-11-15-a"
        assert victim.publish("b").held is not None
        sound(victim)


def test_of_two_publishers_at_once_one_waits(lake: SmallLake) -> None:
    """Two processes cannot open one embedded lake: the lock of the folder is what is tried, with two lakes."""
    other = small_lake.copy(lake, lake.home.with_name("other"))
    shutil.rmtree(other.published)
    other.published.symlink_to(lake.published)
    with ThreadPoolExecutor(2) as both:
        done = [both.submit(lake.publish, "b", 1), both.submit(other.publish, "c", 2)]
    first, second = sorted((one.result().version for one in done), key=lambda v: v.manifest.number)
    assert (first.manifest.number, second.manifest.number) == (2, 3)
    assert second.manifest.after == first.name
    assert lake.current() == second.name
    sound(lake)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a file system of its own can be mounted by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_version_and_the_next_run_heals(lake: SmallLake, full_disk: Path) -> None:
    shutil.copytree(lake.published, full_disk / "published", symlinks=True)
    shutil.rmtree(lake.published)
    lake.published.symlink_to(full_disk / "published")
    filler = full_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(full_disk).free - 200_000))
    lake.mark(1)
    with pytest.raises((duckdb.Error, OSError)):
        lake.publish("b")
    assert lake.current() == "2023-11-15-a"
    sound(lake)
    filler.unlink()
    assert lake.publish("b").changed
    sound(lake)


def test_readers_see_one_whole_version_at_any_time_and_nobody_waits(lake: SmallLake) -> None:
    with readers(lake.published, 3, pause=0.1) as reading:
        for number, stamp in enumerate("bcd", start=1):
            lake.publish(stamp, number, keep=2)
        for reader in reading:
            queries, seen = reader.end()
            assert queries > seen > 1
    sound(lake)


def test_a_reader_that_never_closes_keeps_its_version_and_holds_up_nothing(lake: SmallLake) -> None:
    with duckdb.connect(str(lake.published / "warehouse.duckdb"), read_only=True) as con:
        con.execute("begin")
        assert con.execute("select max(marker) from marts.coverage_month").fetchone() == (0,)
        for number, stamp in enumerate("bc", start=1):
            publishing = threading.Thread(target=lake.publish, args=(stamp, number), kwargs={"keep": 1})
            publishing.start()
            publishing.join(timeout=60)
            assert not publishing.is_alive()
        assert con.execute("select max(marker) from reference.region").fetchone() == (0,), "though its file is gone"
    assert lake.read("select max(marker) from reference.region") == [(2,)]


def test_what_was_built_anew_in_the_meantime_is_not_published_under_the_old_stamp(lake: SmallLake) -> None:
    with lake.open() as con, pytest.raises(copying.AuditFailed, match="built anew in the meantime"):
        publish.publish(con, lake.published, publish.Order(small_lake.TODAY, "b", small_lake.BOUNDS), keep=2)
    assert lake.leftovers() == []


def test_a_lost_row_is_no_version(lake: SmallLake, monkeypatch: pytest.MonkeyPatch) -> None:
    views = interface.make_views

    def lose(con: duckdb.DuckDBPyConnection, *args: object) -> None:
        con.execute("update marts_v1.delivery_day set outcome = 'lost' where business_date = date '2023-11-03'")
        views(con, *args)

    monkeypatch.setattr(interface, "make_views", lose)
    lake.mark(1)
    with pytest.raises(copying.AuditFailed, match="delivery_day has other rows in the new file than in the lake"):
        lake.publish("b")
    assert lake.current() == "2023-11-15-a"
    assert lake.leftovers() == []
