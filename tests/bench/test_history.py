"""The history that the bench writes down is the one that the models make of its raw rows; and it is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import full, history, publish
from warehouse import increment, models
from warehouse.duck import transaction


@pytest.mark.slow
def test_what_the_bench_writes_is_what_the_models_make_and_a_day_comes_on_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MONTHS", 6)
    monkeypatch.setattr(history, "DAY", {"contributions": 3_300, "registrations": 300, "claims": 150})
    history.make_history(tmp_path, persons=120, each=3)
    every = {model.table: model for model in models.discover()}
    tables = [table for table in increment.kept(every) if not every[table].is_view]
    with history.opened(tmp_path) as con:
        written = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
        with transaction(con):
            for table in tables:
                models.build_one(con, every[table])
        made = {table: con.execute(f"from {table} order by all").fetchall() for table in tables}
    assert [table for table in tables if written[table] != made[table]] == []
    nothing = {"core.incentive_adjustment", "core.doubtful_payment", "core.conflicting_row", "core.repeated_payment"}
    nothing |= {"core.paid_again", "core.person_again", "core.unlike_payment"}
    assert {table for table in tables if not made[table]} == nothing
    history.load_day(tmp_path, persons=120)
    said = history.measure(tmp_path)
    assert said["core"] > 0
    assert said["a month of incentives"] > 0
    said = full.measure(tmp_path)
    assert said["full_cpu"] > said["core.contribution_month"] > 0
    with history.opened(tmp_path) as con:  # it was taken back
        assert {table: con.execute(f"from {table} order by all").fetchall() for table in tables} == written
    publish.build_marts(tmp_path)
    assert publish.measure(tmp_path)["second_s"] > 0


def test_the_curve_shows_the_median_of_each_size(tmp_path: Path) -> None:
    curve = tmp_path / "curve.svg"
    history.draw({(1, "disk"): [3.0, 1.0, 2.5], (10, "disk"): [20.0], (1, "memory"): [2.0, 1.0]}, curve)
    points = "million payments of history: {}; seconds of a day: {}; the lake is read: from {}"
    for point in ((1, 2.5, "disk"), (10, 20, "disk"), (1, 1.5, "memory")):
        assert points.format(*point) in curve.read_text()
