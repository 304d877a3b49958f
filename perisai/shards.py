"""Which new files are judged in which shard, and what is handed over from there to the judges and on to the commit.

It is decided once a run, so that no file is in two shards or in none. A judge needs no lake, and no copies of its own:
where there is a store, all that is handed over lies there, and any machine judges any shard.

    staging/<business date>/<plan>/files/…                   copies of the files, for other machines (in a store alone)
    staging/<business date>/<plan>/<shard>-of-<n>.json       what is to be judged; the last one makes the plan whole
    staging/<business date>/<plan>/<shard>-of-<n>_<try>/…    what came of it; judged.json, written last, makes it count
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from socket import gethostname
from typing import Any, TypeVar

from perisai import inbox
from perisai.corrections import Traced
from perisai.errors import DayFailed
from perisai.judging import JUDGED, is_readable, weight
from perisai.settings import Settings
from perisai.step import keys_of, read_json, write_json
from transforms.delivery import Manifest, RawFile, from_json, sha256_of, to_json
from warehouse import files, notes, trees
from warehouse.benches import bench
from warehouse.files import Place

T = TypeVar("T")

_COPIES = "files"
_AT_ONCE = 8
"""Objects: each is waited for."""


@dataclass(frozen=True)
class Order:
    """What is to be judged in a shard: files at hand, and what is known of the corrections among them."""

    files: list[RawFile]
    traced: Traced
    result: Path
    """An empty folder for what comes of it."""


def plan(settings: Settings, business_date: date, new: Sequence[RawFile], traced: Traced) -> tuple[str, list[int]]:
    """Deals new files to the shards, those of a branch to one of them, so that all have about as many bytes to read.

    Returns:
        The plan's name, and how many files each shard has.
    """
    name = f"{now()}{_own(settings)}"
    place = _date(settings, business_date) / name
    if settings.store:
        _each(lambda file: _copy(file.path, place / _COPIES / _within(settings, file)), filter(is_readable, new))
    rules = rules_of(settings)
    shards = _dealt(new, settings.shards)
    for number, dealt in enumerate(shards):
        order = {
            "rules": rules,
            "traced": {**asdict(traced), "untraced": sorted(traced.untraced)},
            "files": [
                [
                    _within(settings, file),
                    inbox.hash_of(file.path),
                    to_json(file.delivery),
                    file.manifest and asdict(file.manifest),
                ]
                for file in dealt
            ],
        }
        write_json(place / f"{_shard(settings, number)}.json", order)
    return name, [len(dealt) for dealt in shards]


@contextmanager
def ordered(settings: Settings, business_date: date, shard: int, plan: str = "") -> Iterator[Order | None]:
    """What a plan has for a shard; None where it is gone: another run has loaded the date, or staging was cleared.

    What is in the folder of the result, ``judged.json`` too, is handed over in the end, unless there was an error.

    Args:
        settings: the settings.
        business_date: the date of the plan.
        shard: the shard's number.
        plan: the plan's name; by default the last one of this home.

    Raises:
        DayFailed: a copy is damaged, or keys or rules are others than where the files were picked up.
    """
    found = _plan(settings, business_date, plan)
    if found is None:
        yield None
        return
    place, name = found[0], _shard(settings, shard)
    order = read_json(place / f"{name}.json")
    compare(settings, order["rules"], "where the files were picked up")
    traced = Traced(**{**order["traced"], "untraced": set(order["traced"]["untraced"])})
    target = place / f"{name}_{now()}"
    if isinstance(target, Path) and not settings.store:
        target.mkdir()
        yield Order([_file(settings.raw, told) for told in order["files"]], traced, target)
        return
    with bench(local(settings)) as folder:
        _each(lambda told: _fetch(folder, place, told), order["files"])
        (result := folder / target.name).mkdir()
        yield Order([_file(folder / _COPIES, told) for told in order["files"]], traced, result)
        _each(lambda name: _copy(result / name, target / name), {path.name for path in result.iterdir()} - {JUDGED})
        _copy(result / JUDGED, target / JUDGED)


@contextmanager
def judged(settings: Settings, business_date: date, plan: str = "") -> Iterator[list[Path] | None]:
    """Of each shard of a plan the folder of what was judged; None where not all is there. See ``ordered``."""
    found = _plan(settings, business_date, plan)
    place, names = found or (Path(), [])
    done = sorted(path.parent for path in names if path.name == JUDGED)
    of_shard = {folder.name.partition("_")[0]: folder for folder in done}  # of several tries the last one
    folders = [of_shard.get(_shard(settings, number)) for number in range(settings.shards)]
    whole = [folder for folder in folders if folder is not None]
    if len(whole) < settings.shards:
        yield None
    elif isinstance(place, Path):
        yield [place / folder for folder in whole]
    else:
        with bench(local(settings)) as here:
            _each(lambda path: trees.copy(place / path, here / path, 0), [one for one in names if one.parent in whole])
            yield [here / folder for folder in whole]


def forget(settings: Settings, business_date: date) -> None:
    """Removes all that this home has handed over of a date, once it is committed."""
    place = _date(settings, business_date)
    for name in {path.parts[0] for path in trees.listed(place)}:
        if name.endswith(_own(settings)):
            files.remove(place / name)
    if isinstance(place, Path) and place.exists() and not any(place.iterdir()):
        place.rmdir()


def abandoned(settings: Settings, before: float) -> Iterator[Place]:
    """What is left in the store of dates that were not committed, and of which nothing was written since a time."""
    if not settings.store:
        return
    written: dict[str, int] = defaultdict(int)
    for path, entry in trees.listed(settings.staged).items():
        written[path.parts[0]] = max(written[path.parts[0]], entry.time)
    yield from (settings.staged / date for date, last in sorted(written.items()) if last < before * 10**9)


def rules_of(settings: Settings) -> dict[str, str]:
    """What tells the keys, and the code, contracts and reference tables, by which files are judged from others."""
    digest = hashlib.sha256()
    packages = [Path(__file__).parents[1] / name for name in ("expectations", "perisai", "transforms", "warehouse")]
    read = [path for folder in packages for path in folder.rglob("*.py")]
    read += [*settings.contracts.rglob("*.yaml"), *settings.reference.glob("*.csv")]
    for content in sorted(path.read_bytes() for path in read):
        digest.update(content)
    keys = {f"PERISAI_{name.upper()}_KEY": notes.check_value(name, key) for name, key in keys_of(settings).items()}
    return {**keys, "code, contracts or reference tables": digest.hexdigest()}


def compare(settings: Settings, rules: Mapping[str, str], where: str) -> None:
    """Fails if keys or rules are others here than they were elsewhere; see ``rules_of``.

    Raises:
        DayFailed: they are; the message says which.
    """
    for what, value in rules_of(settings).items():
        if rules[what] != value:
            raise DayFailed(f"{what} are others here than {where}")


def _dealt(new: Sequence[RawFile], shards: int) -> list[list[RawFile]]:
    """The files of each shard, in the order in which they came; the heaviest branch first to the lightest shard."""
    weights: dict[str, int] = defaultdict(int)
    for file in new:
        weights[_branch(file)] += weight(file.path) if is_readable(file) else 0
    held, shard_of = [0] * shards, {}
    for branch in sorted(weights, key=lambda branch: (-weights[branch], branch)):
        shard_of[branch] = held.index(min(held))
        held[shard_of[branch]] += weights[branch]
    return [[file for file in new if shard_of[_branch(file)] == number] for number in range(shards)]


def _plan(settings: Settings, business_date: date, name: str) -> tuple[Place, list[Path]] | None:
    """Where a plan is that was made to its end, and what lies there by its path in it; None if it is not there."""
    place = _date(settings, business_date)
    there = list(trees.listed(place))
    last = f"{_shard(settings, settings.shards - 1)}.json"
    whole = sorted(path.parts[0] for path in there if path.parts[1:] == (last,))
    named = [each for each in whole if (each == name if name else each.endswith(_own(settings)))]
    if not named:
        return None
    return place / named[-1], [path.relative_to(named[-1]) for path in there if path.parts[0] == named[-1]]


def _file(raw: Path, told: list[Any]) -> RawFile:
    within, _, delivery, manifest = told
    return RawFile(raw / within, from_json(delivery), manifest and Manifest(**manifest))


def _fetch(folder: Path, place: Place, told: list[Any]) -> None:
    file, digest = _file(folder / _COPIES, told), told[1]
    if not is_readable(file):
        return
    trees.copy(source := place / file.path.relative_to(folder), file.path, 0)
    if sha256_of(file.path) != digest:
        raise DayFailed(f"{source} is not what was picked up; run the day again")


def _copy(path: Path, place: Place) -> None:
    trees.copy(path, place, path.stat().st_mtime_ns)


def _each(do: Callable[[T], Any], what: Iterable[T]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(do, what))


def _within(settings: Settings, file: RawFile) -> str:
    return file.path.relative_to(settings.raw).as_posix()


def _branch(file: RawFile) -> str:
    return file.path.parts[-4]


def now() -> str:
    """A name that sorts by time, and has no run of digits that could be a person's number: it stands in logs."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"


def _shard(settings: Settings, number: int) -> str:
    return f"{number}-of-{settings.shards}"


def _own(settings: Settings) -> str:
    """What the names of this home's plans end in where several homes may hand over: in a store."""
    if not settings.store:
        return ""
    return f"-{zlib.crc32(f'{gethostname()}:{settings.home.resolve()}'.encode()):08x}"


def _date(settings: Settings, business_date: date) -> Place:
    return settings.staged / business_date.isoformat()


def local(settings: Settings) -> Path:
    """Folder for what is fetched, or about to be handed over."""
    return settings.scratch or settings.staging
