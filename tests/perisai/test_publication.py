"""The commands about published versions, on a house: publish, rehearse, compare, go back, list, verify."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from house import House, agent, claim, contribution, registration
from typer.testing import CliRunner

from perisai import cli
from perisai import day as steps
from perisai.settings import Settings

DAY, NEXT = "2023-09-29", "2023-09-30"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house that has published one day, and built the next one without publishing it."""
    home = tmp_path_factory.mktemp("publication") / "data"
    house = House(Settings(home=home, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    for feed, make in (("agents", agent), ("registrations", registration), ("contributions", contribution)):
        house.leave("NTB01", feed, DAY, map(make, range(1, 7)))
    house.run(DAY)
    house.leave("NTB01", "claims", NEXT, map(claim, range(1, 7)))
    house.load(NEXT)
    steps.marts(house.settings, date.fromisoformat(NEXT))
    return house


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, and gives back what it printed."""
    for name, value in (("HOME", str(house.settings.home)), ("HMAC_KEY", "h" * 32), ("VAULT_KEY", "v" * 32)):
        monkeypatch.setenv(f"PERISAI_{name}", value)

    def run(*arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == (1 if fails else 0), done.output
        return " ".join(done.output.split())

    return run


def test_a_version_s_life(house: House, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = house.settings.published
    first = (published / "current").readlink().name

    rehearsed = json.loads(run("publish", "--dry-run", "--format", "json"))
    assert "6 " in run("publish", "--dry-run")
    assert [path.name for path in (published / "versions").iterdir()] == [first]

    strict = tmp_path / "bounds.yaml"
    measure = "{name: days, query: 'select month, -count(*) as value from marts.claim_month group by month'"
    strict.write_text(
        "settled_after: 7\nrows: {default: {lost_pct: 0, gained_pct: 0, few: 0}, any: []}\n"
        f"measures: [{measure}, falls_pct: 0, rises_pct: 0, few: 0}}]\n"
    )
    lost = house.lake("select count(*) from marts.delivery_day")[0][0]
    assert lost > 0
    monkeypatch.setenv("PERISAI_BOUNDS", str(strict))
    with house_without_deliveries(house):
        refusal = run("publish", fails=True)
        assert "not published: rows of marts.delivery_day: there were" in refusal
        assert "say why: perisai publish --because" in refusal
        assert (published / "current").readlink().name == first
        assert "changed True" in run("publish", "--because", "the ledger was cleared")
    second = (published / "current").readlink().name
    assert second != first
    assert (published / "report").resolve() == (published / "versions" / second / "report").resolve()

    listed = run("versions")
    assert f"{second} current" in listed
    assert "the ledger was cleared" in listed
    said = json.loads(run("versions", "--format", "json"))
    assert [version["version"] for version in said] == [second, first]
    assert said[0]["moved"][0].startswith("rows of marts.delivery_day")
    assert said[0]["because"] == "the ledger was cleared"

    compared = json.loads(run("diff", "--format", "json"))
    assert (compared["before"], compared["after"]) == (first, second)
    tables = {table["table"]: table for table in compared["tables"]}
    assert tables["marts.delivery_day"]["rows_after"] == 0
    assert set(tables) >= {table["table"] for table in rehearsed["tables"]} - {"marts.delivery_day"}
    assert "marts.delivery_day" in run("diff", first, second)
    assert "no difference" in run("diff", second, second)

    assert run("rollback", "--because", "the ledger is needed").startswith(f"current {first}")
    assert (published / "report").resolve() == (published / "versions" / first / "report").resolve()
    assert f"rolled_back {second}" in run("publish")
    assert (published / "current").readlink().name == first
    assert f"rolled back to {first}" in run("versions")
    assert "the ledger is needed" in run("versions")

    assert run("versions", "--verify").count("files") == 2
    (published / "versions" / second / "marts" / "claim_month.parquet").unlink()
    assert "marts/claim_month.parquet is gone" in run("versions", "--verify", fails=True)
    assert f"{second} is damaged" in run("rollback", second, fails=True)
    assert "nowhere is not kept" in run("diff", "nowhere", fails=True)


class house_without_deliveries:
    """A lake whose mart of deliveries is empty, for as long as the context lasts."""

    def __init__(self, house: House) -> None:
        self.house = house

    def __enter__(self) -> None:
        self.house.lake("create table core.kept as from marts.delivery_day")
        self.house.lake("delete from marts.delivery_day")

    def __exit__(self, *error: object) -> None:
        self.house.lake("insert into marts.delivery_day from core.kept")
