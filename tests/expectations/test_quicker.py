"""What is mended of Great Expectations gives what the library's own functions give."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from great_expectations.core.id_dict import IDDict
from great_expectations.expectations.expectation import Expectation

import expectations.judge
from expectations import quicker
from expectations.contract import contract, feeds
from expectations.suite import suite
from perisai.judging import value_sets
from perisai.settings import PACKAGED_REFERENCE

VALUES: list[Any] = [
    {"one": None, "two": "text", "three": [1, None, "x"], "four": date(2023, 1, 2), "five": float("nan")},
    {"one": {"within": None, 2: "x"}, "two": np.int64(3), "three": pd.Timestamp("2023-01-02"), "four": True},
    {1: "a key that is no text", "two": None},
    IDDict({"one": None, "two": ("x", "y")}),
    {},
    [None, "x"],
    None,
]


def test_they_are_used_once_there_is_a_judge() -> None:
    assert expectations.judge.Judge
    assert Expectation._get_domain_kwargs is quicker.domain_kwargs
    assert Expectation._get_success_kwargs is quicker.success_kwargs


@pytest.mark.parametrize("feed", feeds())
def test_an_expectation_has_the_same_words(feed: str) -> None:
    made = suite(contract(feed), value_sets(PACKAGED_REFERENCE)).expectations
    assert made
    for one in made:
        assert quicker.domain_kwargs(one) == quicker.OWN_DOMAIN(one)
        assert quicker.success_kwargs(one) == quicker.OWN_SUCCESS(one)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_is_written_alike(value: Any) -> None:
    said, own = quicker.as_json(value), quicker.OWN_JSON(value)
    assert said == own
    assert repr(said) == repr(own)
