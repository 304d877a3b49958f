"""Numbers and times: what a column of a delivery means, and what is refused rather than guessed."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from columns import read_column

from expectations.contract import contract
from transforms.conform import Counted

ALONE: list[tuple[str, int | None]] = [
    ("36800", 36800),
    ("36.800", 36800),
    ("1.840.000,00", 1840000),
    ("Rp 1.840.000", 1840000),
    ("Rp 1.840.000,-", 1840000),
    ("IDR 1,840,000", 1840000),
    ("Rp. 36800", 36800),
    ("36800.00", 36800),
    ("36800,0", 36800),
    ("1,840,000.00", 1840000),
    ("36,800", 36800),
    ("-36.800", -36800),
    ("0", 0),
    ("0.500", None),
    ("36800.5", None),
    ("36800,50", None),
    ("36.8", None),
    ("1.84.000", None),
    ("1,840.000,00", None),
    ("5.27101E+15", None),
    ("99999999999999999999", None),
    ("x", None),
]


@pytest.fixture(scope="module")
def alone() -> tuple[dict[str, list[Any]], dict[str, Counted]]:
    """What became of the amounts of ALONE, each a delivery of its own."""
    return read_column("amount_rp", {text: [text] for text, _ in ALONE})


@pytest.mark.parametrize(("text", "expected"), ALONE)
def test_a_value_alone_in_its_column(
    text: str, expected: int | None, alone: tuple[dict[str, list[Any]], dict[str, Counted]]
) -> None:
    values, counted = alone
    assert (values[text], counted[text].refusal) == ([expected], "")


def test_numbers_are_settled_by_their_column() -> None:
    values, counted = read_column(
        "amount_rp",
        {
            "indonesian": ["36.800", "1.840.000,00", "5"],
            "english": ["36,800", "1,840,000.00", "5", "Rp 7"],
            "float": ["36800.0", "16800.0"],
            "both": ["36.800", "1,840,000.00"],
        },
    )
    assert values == {
        "indonesian": [36_800, 1_840_000, 5],
        "english": [36_800, 1_840_000, 5, 7],
        "float": [36_800, 16_800],
    }
    assert counted["english"].total_rp == 1_876_812
    assert (
        "points part the thousands on line 2 (1.840.000,00), commas part the thousands on line 3"
        in counted["both"].refusal
    )


def test_columns_of_text_are_left_alone() -> None:
    assert read_column("payer", {"d": ["03/04/2023"]})[0] == {"d": ["03/04/2023"]}


TIMES: list[tuple[str, time | None]] = [
    ("08:05", time(8, 5)),
    ("8.05", time(8, 5)),
    ("08:05:33", time(8, 5, 33)),
    ("08.05.33", time(8, 5, 33)),
    ("2023-09-01 08:05:33.250", time(8, 5, 33)),
    ("01/09/2023 23:59", time(23, 59)),
    ("14:05 WITA", time(14, 5)),
    ("00:00", time(0, 0)),
    ("24:00", None),
    ("14:60", None),
    ("8", None),
    ("0.3368", None),  # a spreadsheet's part of a day is not guessed at
    ("pagi", None),
]


@pytest.fixture(scope="module")
def times() -> dict[str, list[Any]]:
    """What became of TIMES, each a delivery of its own."""
    return read_column("registered_at", {text: [text] for text, _ in TIMES}, contract("registrations"))[0]


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_times_of_day(text: str, expected: time | None, times: dict[str, list[Any]]) -> None:
    assert times[text] == [expected]
