"""What a death pays on a day: the dated rows of parameter.csv, whole or in parts."""

from __future__ import annotations

from itertools import combinations

import duckdb
import pytest

from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE


@pytest.mark.parametrize(
    ("day", "parts"),
    [
        ("2014-01-01", (16_200_000, 4_800_000, 3_000_000)),
        ("2019-11-30", (16_200_000, 4_800_000, 3_000_000)),
        ("2019-12-01", (20_000_000, 12_000_000, 10_000_000)),
        ("2026-04-01", (20_000_000, 12_000_000, 10_000_000)),
    ],
)
def test_a_death_pays_three_parts_or_some_of_them_by_its_day(day: str, parts: tuple[int, ...]) -> None:
    with duckdb.connect() as con:
        know_reference(con, REFERENCE)
        [(found,)] = con.execute(f"select benefits_rp from death_benefit(date '{day}')").fetchall()
    assert sorted(found) == sorted(sum(some) for n in (1, 2, 3) for some in combinations(parts, n))
