"""Two commands at the same moment on one home; by hand `tests/races.py` tries many moments and other pairs."""

from __future__ import annotations

import pytest
from races import DAYS, Races


@pytest.fixture(scope="module")
def races(tmp_path_factory: pytest.TempPathFactory) -> Races:
    """A home with a day run and two to load."""
    return Races(tmp_path_factory.mktemp("races"))


@pytest.mark.slow
def test_two_dates_loaded_at_once_leave_what_they_leave_one_after_the_other(races: Races) -> None:
    first, second = (f"load:{day}" for day in DAYS)
    expected = races.after_each_other(first, second)
    assert expected.codes == (0, 0)
    assert expected.left["damaged"] == expected.left["copies"] == []
    assert expected.left["business_day"][0][0] == 3
    assert expected.left["registrations"][0][0] == 4 * 8
    assert races.at_once(first, second, 0).left == expected.left


def test_one_date_loaded_twice_at_once_counts_once(races: Races) -> None:
    load = f"load:{DAYS[1]}"
    expected = races.after_each_other(load)
    assert expected.left["delivery"][0][0] == 10
    assert races.at_once(load, load, 0.3).left == expected.left
