"""Positions of places on the maps of tiles, and where a place stands that has none."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from reports import maps
from tests.reports.published_file import Published
from tests.reports.test_site import pages, said, soup

REGIONS = Path(maps.__file__).parents[1] / "warehouse" / "reference" / "region.csv"


def test_every_place_of_the_reference_has_a_position_of_its_own() -> None:
    positions = maps._positions()
    with REGIONS.open(encoding="utf-8", newline="") as file:
        codes = {row["region_code"] for row in csv.DictReader(file)}
    assert codes - set(positions) == set()
    assert len([code for code in positions if len(code) == 2]) == 38  # the provinces of today
    tiles = Counter((code[:2] if len(code) > 2 else "", x, y) for code, (_, x, y) in positions.items())
    assert {tile: many for tile, many in tiles.items() if many > 1} == {}


def test_a_place_without_a_position_stands_below_with_its_name(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {code: tile for code, tile in maps._positions().items() if code not in {"5202", "72"}}
    monkeypatch.setattr(maps, "_positions", lambda: known)
    written = pages(published)
    for page, name, others in (
        ("province-52.html", "Kabupaten Lombok Tengah", "Kota Mataram"),
        ("index.html", "Sulawesi Tengah", "Nusa Tenggara Barat"),
    ):
        svg = soup(written, page).select_one(".map svg")
        assert svg is not None
        tops = {}
        for tile in svg.select("a"):
            top = tile["transform"].split(",")[1].strip(")") if tile.has_attr("transform") else tile.rect["y"]  # type: ignore[index, union-attr]
            tops[said(tile.title)] = float(str(top))
        assert set(tops) == {name, others}
        empty = [float(str(part["y"])) for part in svg.select(".none rect")]
        assert tops[name] > max([tops[others], *empty])
        assert "berdiri di bawah, menurut kode: 1." in said(soup(written, page).select_one(".map"))
