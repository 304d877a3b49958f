"""Two functions of Great Expectations, quicker: with them a small file is judged in two thirds of the time.

For each metric of each expectation the library asks an expectation for a dozen of its words, makes its whole
configuration anew for each of them, and sends each null of it through forty questions about its type. What it says of
a row, and by which names it knows its metrics, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from great_expectations.core import id_dict
from great_expectations.expectations.expectation import Expectation
from great_expectations.util import convert_to_json_serializable

# What the library has of its own.
OWN_DOMAIN, OWN_SUCCESS = Expectation._get_domain_kwargs, Expectation._get_success_kwargs
OWN_JSON: Callable[[Any], Any] = convert_to_json_serializable


def domain_kwargs(one: Expectation) -> dict[str, Any]:
    """As `Expectation._get_domain_kwargs`: which rows an expectation is about."""
    return _kwargs(one, one.domain_keys)


def success_kwargs(one: Expectation) -> dict[str, Any]:
    """As `Expectation._get_success_kwargs`: which rows an expectation is about, and what it expects of them."""
    return _kwargs(one, (*one.success_keys, *one.domain_keys))


def as_json(data: Any) -> Any:
    """As `convert_to_json_serializable`."""
    if type(data) is dict and all(type(key) is str for key in data):
        return {key: value if value is None or type(value) is str else OWN_JSON(value) for key, value in data.items()}
    return OWN_JSON(data)


def _kwargs(one: Expectation, names: Iterable[str]) -> dict[str, Any]:
    given = one.configuration.kwargs
    return {name: given.get(name, one._get_default_value(name)) for name in names}


def use() -> None:
    """Has the library call these."""
    for place, name, quicker in (
        (Expectation, "_get_domain_kwargs", domain_kwargs),
        (Expectation, "_get_success_kwargs", success_kwargs),
        (id_dict, "convert_to_json_serializable", as_json),
    ):
        setattr(place, name, quicker)
