"""What a day stands on goes away, or the clock is set, in its middle: the landing place, the PostgreSQL, the time."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import power
import pytest
from house import KEYS, House, claim, copied, few_marts
from servers import postgres, restart_postgres

from perisai import close
from perisai import day as steps
from perisai.errors import StepBroken
from perisai.housekeep import housekeep
from perisai.settings import Settings
from perisai.step import opened_lake
from transforms.landing import Found, Place
from warehouse import durable

DAY, OFFICE, MONTH = date(2023, 9, 30), "KW-BNP", date(2023, 9, 1)
YEAR = 366


def test_a_landing_place_that_vanishes_while_it_is_read_costs_no_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for branch in ("NTB01", "NTB02"):
        for revision in (1, 2):
            rows = [claim(n, branch_code=branch) for n in range(1, 3 + revision)]
            house.leave(branch, "claims", "2023-09-30", rows, revision=revision)
    undisturbed = copied(house, house.settings.home.with_name("undisturbed"))
    undisturbed.load("2023-09-30")
    landing, fetch = house.settings.landing, Place.fetch
    gone = landing.with_name("gone")

    def vanishing(place: Place, file: Found, target: Path) -> None:
        fetch(place, file, target)
        if landing.exists():
            landing.rename(gone)

    with monkeypatch.context() as patched, pytest.raises(OSError, match=r"NTB0\d: "):
        patched.setattr(Place, "fetch", vanishing)
        steps.extract(house.settings, DAY, OFFICE)
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    steps.load(house.settings, DAY)
    (came,) = house.lake("select count(*) from raw.delivery where judgement = 'accepted'")[0]
    assert came < 4
    told = house.lake("select branch_code, reason from raw.landing_problem order by all")
    assert {branch for branch, _ in told} and {*dict(told)} <= {"NTB01", "NTB02"}
    gone.rename(landing)
    house.load("2023-09-30")
    ledger = "select * exclude (arrival) from raw.delivery order by all"
    for query in (ledger, "from raw.claims order by all", "from raw.landing_problem"):
        assert house.lake(query) == undisturbed.lake(query), query


@pytest.mark.slow
def test_a_postgresql_that_is_restarted_in_the_middle_of_each_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    plain = power.house_of(tmp_path / "plain")
    with postgres() as folder, few_marts("marts.incentive_line"):
        there = Settings(
            home=tmp_path / "there",
            **KEYS,
            max_missing_share=1,
            lake_catalog=f"postgres:dbname=lake host={folder} user=postgres",
        )
        home = House(there)
        shutil.copytree(plain.settings.landing, home.settings.landing)
        restarts = 0

        def restart() -> None:
            nonlocal restarts
            restarts += 1
            restart_postgres(folder)

        plain.build(power.DAY)
        steps.extract(there, DAY, OFFICE)
        steps.plan(there, DAY)
        steps.judge(there, DAY)
        for step in (lambda: steps.load(there, DAY), lambda: steps.marts(there)):
            with durable.guarded(restart), pytest.raises((StepBroken, OSError)):
                step()
            step()
        assert restarts == 2
        for table in ("raw.delivery", "raw.registrations", "raw.contributions", "marts.incentive_line"):
            query = f"select columns(c -> c <> 'arrival') from {table} order by all"
            assert home.lake(query) == plain.lake(query) != [], table


def days_later(house: House, days: int) -> None:
    """Makes of a home what it would be if the clock had been so many days ahead when everything in it was written.

    To set a home into the future is to set the clock back. Files keep the times that the branches gave them.
    """
    with opened_lake(house.settings) as con:
        con.execute(
            "update __ducklake_metadata_lake.ducklake_snapshot set snapshot_time = snapshot_time + to_days(?)", [days]
        )
    own = {house.settings.raw, house.settings.landing}
    for path in house.settings.home.rglob("*"):
        if not own & {path, *path.parents} and not path.is_symlink():
            about = path.stat()
            os.utime(path, (about.st_atime, about.st_mtime + days * 86_400))


@pytest.mark.slow
def test_a_clock_that_is_set_back_and_forth_changes_nothing(tmp_path: Path) -> None:
    first = power.house_of(tmp_path / "first")
    first.run("2023-09-29")
    second = copied(first, tmp_path / "second")
    left = []
    for house, shifts in ((first, (0, 0, 0)), (second, (YEAR, -2 * YEAR, 2 * YEAR))):
        days_later(house, shifts[0])
        house.run(power.DAY)
        days_later(house, shifts[1])
        housekeep(house.settings)
        content = close.draft(house.settings, MONTH)["content_hash"]
        days_later(house, shifts[2])
        close.freeze(house.settings, MONTH, content, "Kepala", "2023-10-02T09:30:00+08:00")
        close.statements(house.settings, MONTH)
        housekeep(house.settings)
        steps.publish(house.settings)
        closed = house.lake("from closed.incentive_line order by all")
        left.append({**power.outcome(house), "closed": closed, "content": content})
        assert close.verify(house.settings, MONTH)
    assert left[0] == left[1]
