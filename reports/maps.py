"""Maps of tiles: one equal tile for each place, laid out like the islands; positions stand in ``tiles.csv``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from textwrap import wrap
from typing import Any

from reports.read import Row, listed

WORST = 3
LETTERS, LINES = 13, 3
"""So many letters and lines of a name stand in a tile; its title has all of it."""
ROW = 5
"""Tiles in a row, of places that have no position of their own."""
BOUNDS: Mapping[str, tuple[float, ...]] = {
    "coverage": (60, 80, 95, 100),
    "growth": (0, 0.2, 0.5, 1),
    "share": (10, 25, 50, 75),
    "agents": (1, 5, 20, 50),
}
"""What is shown of places, and where its five colours begin: reached of the target in percent, points of coverage in
a month, percent of the protected, agents on duty."""


def measures(region: Row) -> dict[str, Any]:
    """What a map shows of a place, by the names of ``BOUNDS``; None where it is not known."""
    bpu = region["bpu"]
    covered, target = bpu["coverage_pct"], bpu["target_pct"]
    return {
        "coverage": float(covered) * 100 / float(target) if covered is not None and target else None,
        "growth": bpu["points_change_month"],
        "share": bpu["perisai_share_pct"],
        "agents": region["agents"],
    }


def nation(provinces: Sequence[Row], regencies: Mapping[str, Sequence[Row]]) -> Row:
    """The map of provinces, each with its regencies in small; provinces that are not in the warehouse stand empty."""
    known = {region["region_code"]: region for region in provinces}
    places = {code for code in _positions() if len(code) == 2} | set(known)  # noqa: PLR2004  # 52 is a province
    tiles = [
        _tile(known.get(code), code, f"province-{code}.html#peta")
        | {"inside": [_tile(one, one["region_code"], None) for one in regencies.get(code, ())]}
        for code in places
    ]
    return _laid_out(tiles) | {"worst": worst([one for code in known for one in regencies.get(code, ())])}


def regencies_of(regions: Sequence[Row], page: str = "", own: frozenset[str] = frozenset()) -> Row:
    """The map of regencies and cities.

    Args:
        regions: the places.
        page: the page with their table, where a tile leads to; empty for the same page.
        own: places that are marked.
    """
    tiles = [
        _tile(one, one["region_code"], f"{page}#w{one['region_code']}") | {"own": one["region_code"] in own}
        for one in regions
    ]
    return _laid_out(tiles) | {"worst": worst(regions)}


def worst(regions: Sequence[Row]) -> dict[str, list[Row]]:
    """By measure the places with the least, the least first; of those without agents the ones with most workers."""
    found: dict[str, list[Row]] = {}
    for name in BOUNDS:
        known = [
            (value, -(one["bpu"]["universe"] or 0), one)
            for one in regions
            if (value := measures(one)[name]) is not None
        ]
        known.sort(key=lambda row: (row[0], row[1], row[2]["region_code"]))
        found[name] = [one for *_, one in known[:WORST]]
    return found


def _tile(region: Row | None, code: str, href: str | None) -> Row:
    values = measures(region) if region else dict.fromkeys(BOUNDS)
    classes = [
        f"{name[0]}{'x' if value is None else bisect_right(BOUNDS[name], value)}" for name, value in values.items()
    ]
    short, *_ = _positions().get(code, ("", 0, 0))
    name = region["region_name"].removeprefix("Kabupaten ") if region else code
    return {
        "code": code,
        "short": short or code,
        "region": region,
        "href": href,
        "classes": " ".join(classes),
        "lines": wrap(name, LETTERS)[:LINES],
    }


def _laid_out(tiles: list[Row]) -> Row:
    """Tiles with their columns and rows, and how many there are of each; those without a position stand below."""
    tiles.sort(key=lambda tile: tile["code"])
    below = 1 + max((_positions()[tile["code"]][2] for tile in tiles if tile["code"] in _positions()), default=-1)
    width = 1 + max((_positions()[tile["code"]][1] for tile in tiles if tile["code"] in _positions()), default=ROW - 1)
    loose = 0
    for tile in tiles:
        if tile["code"] in _positions():
            _, tile["x"], tile["y"] = _positions()[tile["code"]]
        else:
            tile["x"], tile["y"] = loose % width, below + loose // width
            loose += 1
    return {"tiles": tiles, "columns": width, "rows": 1 + max((tile["y"] for tile in tiles), default=0), "loose": loose}


@cache
def _positions() -> dict[str, tuple[str, int, int]]:
    return {row["code"]: (row["short"], int(row["x"]), int(row["y"])) for row in listed("tiles.csv")}
