"""The vault's objects, in a folder and in object storage: nobody is there twice or lost, whatever was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from house import House, registration

from perisai.errors import DayFailed
from perisai.rights.disclose import disclose
from perisai.rights.forget import forget
from perisai.settings import Settings
from warehouse import files, trees, vault
from warehouse.duck import connect, write_sealed
from warehouse.files import Place

SECRET, OTHER = "v" * 32, "w" * 32
FEED = "registrations"


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def opened(folder: Path, secret: str = SECRET) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(memory_limit="1GB", threads=1, spill=folder / "spill", secret=secret) as con:
        yield con


@pytest.fixture(params=["folder", "object storage"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return tmp_path / "vault"
    request.getfixturevalue("bucket")
    return files.at("s3://shared/store") / "vault"


def rows(deliveries: Iterable[str], columns: str = "'Peserta ' || line_no as full_name") -> dict[str, str]:
    """Two rows each of some deliveries, in the words of ``vault.store``."""
    listed = ", ".join(f"'{one}'" for one in deliveries)
    given = f"select unnest([{listed}]::varchar[]) as delivery_id"
    return {FEED: f"select delivery_id, line_no, {columns} from ({given}), (values (2), (3)) as lines (line_no)"}


def stored(folder: Path, place: Place, deliveries: Iterable[str]) -> None:
    with opened(folder) as con:
        vault.identify(con, place, "a mark")
        vault.store(con, place, rows(deliveries))


def there(folder: Path, place: Place, secret: str = SECRET, what: str = "delivery_id") -> list[Any]:
    """A column of all rows, in order."""
    with opened(folder, secret) as con, vault.reading(con, place):
        return [value for (value,) in con.execute(f"select {what} from vault.{FEED} order by all").fetchall()]


def names(place: Place) -> list[str]:
    return sorted(path.name.removesuffix(".parquet") for path in trees.listed(place) if path.parent.name == FEED)


def killed(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None], before: int) -> bool:
    """Whether some work was killed just before its n-th write or removal; it ends well if it has fewer."""
    left = [before]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return call(*args, **kwargs)

        return run

    with monkeypatch.context() as patched:
        patched.setattr(vault, "write_sealed", counted(write_sealed))
        patched.setattr(files, "remove", counted(files.remove))
        try:
            work()
        except Killed:
            return True
    return False


def test_a_commit_adds_an_object_that_only_the_key_opens(tmp_path: Path, place: Place) -> None:
    assert not vault.exists(place)
    stored(tmp_path, place, "ab")
    stored(tmp_path, place, "c")
    stored(tmp_path, place, [])
    assert names(place) == ["000001-000001", "000002-000002"]
    assert there(tmp_path, place) == [*"aabbcc"]
    assert vault.exists(place)
    with opened(tmp_path) as con:
        assert vault.identify(con, place, "another") == "a mark"
    for path in trees.listed(place):
        assert b"Peserta" not in (place / path).read_bytes()
    with pytest.raises(duckdb.Error, match="are you using the right key"):
        there(tmp_path, place, OTHER)
    if isinstance(place, Path):
        modes = {path.stat().st_mode & 0o777 for path in (place, *place.rglob("*"))}
        assert modes == {0o700, 0o600}


@pytest.mark.parametrize("again", ["ab", "a", "bc", "d"], ids="tried again with {}".format)
def test_a_commit_that_was_killed_and_is_tried_again_adds_nothing_twice(
    tmp_path: Path, place: Place, again: str
) -> None:
    stored(tmp_path, place, "x")
    stored(tmp_path, place, "ab")  # and killed here, before the ledger has it
    stored(tmp_path, place, again)
    found = there(tmp_path, place)
    assert {one: found.count(one) for one in again} == dict.fromkeys(again, 2)
    assert set(map(found.count, found)) == {2}
    assert found.count("x") == 2
    if again == "ab":
        assert names(place) == ["000001-000001", "000002-000002"], "the same commit has the same name"


def test_deliveries_that_are_loaded_again_are_there_once_wherever_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the lake was put back from a backup that is older than the vault."""
    before = 0
    while True:
        place = tmp_path / str(before) / "vault"
        for one in ("ab", "cd", "ef"):
            stored(tmp_path, place, one)
        was_killed = killed(monkeypatch, partial(stored, tmp_path, place, "adf"), before)
        others = [one for one in there(tmp_path, place) if one in "bce"]
        assert others == [*"bbccee"]
        stored(tmp_path, place, "adf")
        assert there(tmp_path, place) == [*"aabbccddeeff"]
        if not was_killed:
            break
        before += 1
    assert before > 3


def test_columns_of_a_newer_contract_are_null_in_earlier_rows(tmp_path: Path, place: Place) -> None:
    stored(tmp_path, place, "a")
    with opened(tmp_path) as con:
        vault.store(con, place, rows("b", "'Peserta' as full_name, 'b@example.org' as email"))
        vault.replace(con, place, rows("a", "'Nobody' as full_name"))
    assert there(tmp_path, place, what="email") == ["b@example.org", "b@example.org", None, None]
    assert there(tmp_path, place, what="full_name") == ["Nobody", "Nobody", "Peserta", "Peserta"]


def test_small_objects_become_one_and_whoever_is_killed_meanwhile_loses_and_doubles_nobody(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "MANY", 3)
    deliveries = "abcdefg"
    for one in deliveries:
        stored(tmp_path, place, one)
    whole = [one for one in deliveries for _ in range(2)]

    def merge() -> None:
        with opened(tmp_path) as con:
            vault.merge(con, place)

    killings = 0
    while killed(monkeypatch, merge, 1 if killings else 0):  # one call further each time
        assert there(tmp_path, place) == whole
        with opened(tmp_path) as con:
            vault.replace(con, place, rows("c", "'Nobody' as full_name"))
        assert there(tmp_path, place, what="full_name").count("Nobody") == 2
        killings += 1
    assert killings > 0
    assert names(place) == ["000001-000007"]
    assert there(tmp_path, place) == whole
    stored(tmp_path, place, "h")
    merge()
    assert names(place) == ["000001-000007", "000008-000008"]


def test_an_object_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MANY", 2)
    for one in "abcde":
        stored(tmp_path, tmp_path / "vault", one)
    size = max(path.stat().st_size for path in (tmp_path / "vault" / FEED).iterdir())
    monkeypatch.setattr(vault, "LARGEST", 2 * size)
    with opened(tmp_path) as con:
        assert vault.merge(con, tmp_path / "vault") == 2
    assert names(tmp_path / "vault") == ["000001-000002", "000003-000004", "000005-000005"]


def test_another_key_is_given_object_by_object_and_goes_on_where_it_was_cut_off(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in "abc":
        stored(tmp_path, place, one)

    def sealed() -> None:
        with opened(tmp_path, OTHER) as con:
            assert vault.seal_anew(con, place, SECRET) == 4

    killings = 0
    while killed(monkeypatch, sealed, 1):  # an object further each time
        killings += 1
    assert killings == 3
    assert there(tmp_path, place, OTHER) == [*"aabbcc"]
    with pytest.raises(duckdb.Error):
        there(tmp_path, place)
    with opened(tmp_path, "x" * 32) as con, pytest.raises(duckdb.Error):
        vault.seal_anew(con, place, "y" * 32)
    assert there(tmp_path, place, OTHER) == [*"aabbcc"], "under neither key it stays as it was"


def test_no_byte_stays_of_what_was_replaced_or_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MANY", 2)
    place = tmp_path / "vault"
    for one in "abc":
        stored(tmp_path, place, one)
    kept = {path.name: path.read_bytes() for path in (place / FEED).iterdir()}
    with opened(tmp_path) as con:
        vault.merge(con, place)
    for name, content in kept.items():  # as if it was killed before it removed them
        (place / FEED / name).write_bytes(content)
    (place / FEED / ".000004-000004.parquet.part").write_bytes(kept["000001-000001.parquet"])
    with opened(tmp_path) as con:
        vault.replace(con, place, rows("abc", "'Nobody' as full_name"))
    assert names(place) == ["000001-000003"]
    assert set(there(tmp_path, place, what="full_name")) == {"Nobody"}


def test_an_object_that_is_gone_and_an_earlier_version_s_vault_are_named(tmp_path: Path, place: Place) -> None:
    for one in "abc":
        stored(tmp_path, place, one)
    files.remove(gone := place / FEED / "000002-000002.parquet")
    for work in (lambda: there(tmp_path, place), lambda: stored(tmp_path, place, "d")):
        with pytest.raises(FileNotFoundError, match=f"{gone} is gone; put it back"):
            work()
    files.write(place / "vault.duckdb", b"earlier")
    with pytest.raises(FileExistsError, match=r"the vault of an earlier version, .* run perisai rebuild"):
        vault.exists(place)
    with suppress(FileExistsError):
        stored(tmp_path, place, "d")
    assert names(place) == ["000001-000001", "000003-000003"]


def test_the_last_objects_of_a_feed_are_missed_and_their_numbers_not_given_again(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path / "home", hmac_key="h" * 32, vault_key=SECRET, max_missing_share=1))
    for n, day in enumerate(("2023-09-29", "2023-09-30"), start=1):
        house.leave("NTB01", FEED, day, [registration(n)])
        house.load(day)
    place = house.settings.vault
    assert vault.ends(place)[FEED] == 2
    last = place / FEED / "000002-000002.parquet"
    house.leave("NTB01", FEED, "2023-10-02", [registration(3)])
    for gone in (last, last.with_name("000001-000001.parquet")):
        gone.unlink()
        for ask in (
            lambda: house.load("2023-10-02"),
            lambda: disclose(house.settings, registration(1)["nik"], tmp_path / "said.yaml", "asked"),
            lambda: forget(house.settings, registration(1)["nik"], "asked"),
        ):
            with pytest.raises(DayFailed, match=f"{place} lacks its last objects of {FEED}"):
                ask()


def test_objects_of_a_backup_that_the_vault_has_otherwise_are_stale() -> None:
    single, both, later = (
        Path(FEED, f"{name}.parquet") for name in ("000002-000002", "000001-000002", "000003-000003")
    )
    assert vault.stale([single], [both, later]) == [both]
    assert vault.stale([both], [single, later]) == [single]
