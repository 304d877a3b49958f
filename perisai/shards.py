"""Which new files are judged in which shard, and what is handed over from there to the judges and on to the commit.

It is decided once a run, so that no file is in two shards or in none. A judge needs no lake, and no copies of its own:
where there is a store, all that is handed over lies there, and any machine judges any shard.

    staging/<business date>/<plan>/files/…                   copies of the files, for other machines (in a store alone)
    staging/<business date>/<plan>/<shard>-of-<n>.json       what is to be judged; the last one makes the plan count
    staging/<business date>/<plan>/<shard>-of-<n>_<try>/…    what came of it; judged.json, written last, makes it count
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from perisai import inbox
from perisai.corrections import Traced
from perisai.errors import DayFailed
from perisai.judging import JUDGED, is_readable, weight
from perisai.settings import Settings
from perisai.step import keys_of, write_json
from transforms.delivery import Manifest, RawFile, from_json, to_json
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


def plan(settings: Settings, business_date: date, new: Sequence[RawFile], traced: Traced) -> list[int]:
    """Deals new files to the shards, those of a branch to one of them, so that all have about as many bytes to read.

    Returns:
        How many files each shard has.
    """
    place = _date(settings, business_date) / _now()
    if settings.store:
        _each(lambda file: _copy(file.path, place / _COPIES / _within(settings, file)), filter(is_readable, new))
    shards = _dealt(new, settings.shards)
    for number, dealt in enumerate(shards):
        order = {
            "keys": {name: notes.check_value(name, key) for name, key in keys_of(settings).items()},
            "traced": {**asdict(traced), "untraced": sorted(traced.untraced)},
            "files": [
                [_within(settings, file), to_json(file.delivery), file.manifest and asdict(file.manifest)]
                for file in dealt
            ],
        }
        write_json(place / f"{_name(settings, number)}.json", order)
    return [len(dealt) for dealt in shards]


@contextmanager
def ordered(settings: Settings, business_date: date, shard: int) -> Iterator[Order | None]:
    """What the last plan of a date has for a shard; None where there is no plan, since another run has loaded it.

    What is in the folder of the result, ``judged.json`` too, is handed over in the end, unless there was an error.

    Raises:
        DayFailed: a copy is damaged, or a key is another one than where the files were picked up.
    """
    there = _last_plan(settings, business_date)
    if there is None:
        yield None
        return
    place, name = there[0], _name(settings, shard)
    order = json.loads((place / f"{name}.json").read_text(encoding="utf-8"))
    for key, value in keys_of(settings).items():
        if order["keys"][key] != notes.check_value(key, value):
            raise DayFailed(f"PERISAI_{key.upper()}_KEY: another key than where the files were picked up")
    traced = Traced(**{**order["traced"], "untraced": set(order["traced"]["untraced"])})
    target = place / f"{name}_{_now()}"
    if isinstance(target, Path) and not settings.store:
        target.mkdir()
        yield Order(list(_files(order, settings.raw)), traced, target)
        return
    with bench(_local(settings)) as folder:
        new = list(_files(order, folder / _COPIES))
        _each(lambda file: _fetch(file, place / file.path.relative_to(folder)), filter(is_readable, new))
        (result := folder / target.name).mkdir()
        yield Order(new, traced, result)
        _each(lambda name: _copy(result / name, target / name), {path.name for path in result.iterdir()} - {JUDGED})
        _copy(result / JUDGED, target / JUDGED)


@contextmanager
def judged(settings: Settings, business_date: date) -> Iterator[list[Path]]:
    """Of each shard the folder of what was judged of the last plan of a date; nothing where no run began.

    Raises:
        DayFailed: a shard was not judged to its end.
    """
    there = _last_plan(settings, business_date)
    if there is None:
        yield []
        return
    place, names = there
    done = [path.parent for path in names if path.name == JUDGED]
    found = []
    for number in range(settings.shards):
        name = _name(settings, number)
        if not (tries := sorted(folder for folder in done if folder.name.startswith(f"{name}_"))):
            raise DayFailed(f"shard {name} of {business_date} was not judged to its end; run the day again")
        found.append(tries[-1])
    if isinstance(place, Path):
        yield [place / folder for folder in found]
        return
    with bench(_local(settings)) as folder:
        _each(lambda path: trees.copy(place / path, folder / path, 0), [one for one in names if one.parent in found])
        yield [folder / one for one in found]


def forget(settings: Settings, business_date: date) -> None:
    """Removes all that was handed over of a date, once it is committed."""
    files.remove(_date(settings, business_date))


def abandoned(settings: Settings, before: float) -> Iterator[Place]:
    """What is left in the store of dates that were not committed, and of which nothing was written since a time."""
    if not settings.store:
        return
    written: dict[str, int] = defaultdict(int)
    for path, entry in trees.listed(settings.staged).items():
        written[path.parts[0]] = max(written[path.parts[0]], entry.time)
    yield from (settings.staged / date for date, last in sorted(written.items()) if last < before * 10**9)


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


def _last_plan(settings: Settings, business_date: date) -> tuple[Place, list[Path]] | None:
    """Where the last plan of a date is that was made to its end, and what lies there by its path in it.

    Raises:
        DayFailed: there is one, but none that was made to its end for as many shards as there are to be.
    """
    place = _date(settings, business_date)
    if not (there := list(trees.listed(place))):
        return None
    last = f"{_name(settings, settings.shards - 1)}.json"
    if not (plans := sorted(path.parts[0] for path in there if path.parts[1:] == (last,))):
        raise DayFailed(f"the files of {business_date} were not dealt to {settings.shards} shards; run the day again")
    return place / plans[-1], [path.relative_to(plans[-1]) for path in there if path.parts[0] == plans[-1]]


def _files(order: dict[str, Any], raw: Path) -> Iterator[RawFile]:
    for within, delivery, manifest in order["files"]:
        yield RawFile(raw / within, from_json(delivery), manifest and Manifest(**manifest))


def _fetch(file: RawFile, place: Place) -> None:
    trees.copy(place, file.path, place.stat().st_mtime_ns if isinstance(place, Path) else 0)
    if not inbox.is_whole(file.path):
        raise DayFailed(f"{place} is not what was picked up; run the day again")


def _copy(path: Path, place: Place) -> None:
    trees.copy(path, place, path.stat().st_mtime_ns)


def _each(do: Callable[[T], Any], what: Iterable[T]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(do, what))


def _within(settings: Settings, file: RawFile) -> str:
    return file.path.relative_to(settings.raw).as_posix()


def _branch(file: RawFile) -> str:
    return file.path.parts[-4]


def _name(settings: Settings, shard: int) -> str:
    return f"{shard}-of-{settings.shards}"


def _date(settings: Settings, business_date: date) -> Place:
    return settings.staged / business_date.isoformat()


def _local(settings: Settings) -> Path:
    return settings.scratch or settings.staging


def _now() -> str:
    return f"{time.time_ns():020}"
