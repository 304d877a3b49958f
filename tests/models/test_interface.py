"""What counts as an incompatible change of the published interface; see also tests/perisai/test_day.py."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from warehouse import interface, pinned


def test_no_key_of_a_person_card_name_or_phone_is_published() -> None:
    named = {column for table in pinned.pinned().values() for column in table["columns"]}
    assert {"branch_code", "row_count"} <= named
    assert not [name for name in named if name.endswith("_key")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["columns"].pop("protected"), "marts_v1.coverage_month.protected is gone"),
        (lambda t: t["columns"].update(protected="VARCHAR"), "protected was BIGINT and is VARCHAR"),
        (lambda t: t.update(key=["month"]), "the key was"),
        (lambda t: t["columns"].update(month=t["columns"].pop("month")), "another order"),
    ],
)
def test_an_incompatible_change_is_named(change, said: str) -> None:
    before, after = pinned.pinned(), deepcopy(pinned.pinned())
    change(after["marts_v1.coverage_month"])
    [found] = pinned.broken(before, after)
    assert said in found


def test_what_is_new_breaks_nothing_and_what_is_gone_does() -> None:
    before, after = pinned.pinned(), deepcopy(pinned.pinned())
    after["marts_v1.coverage_month"]["columns"] = {"first": "DATE"} | after["marts_v1.coverage_month"]["columns"]
    after["marts_v2.coverage_month"] = after["marts_v1.coverage_month"]
    assert list(pinned.broken(before, after)) == []
    assert list(pinned.broken(after, before)) == [
        "marts_v1.coverage_month.first is gone",
        "marts_v2.coverage_month is gone",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("marts.coverage_month.sql", "-- until: 2027-12-31\n-- why: x\nselect 1\n"),
        ("marts.coverage_month.v1.sql", "select 1\n"),
        ("marts.coverage_month.v1.sql", "-- until: some day\n-- why: x\nselect 1\n"),
    ],
)
def test_an_earlier_interface_says_until_when_and_why(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(interface.InterfaceError, match=r"begins with until and why"):
        interface.earlier(tmp_path)
