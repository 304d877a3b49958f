"""The commands about published versions, on a house: publish, rehearse, compare, go back, list, verify."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from house import House, claim
from typer.testing import CliRunner

from perisai import cli
from perisai.settings import Settings
from perisai.step import opened_lake
from warehouse import checks, stamps

DAY = "2023-09-30"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house that has published one day, and whose next build, not published yet, has lost all claims."""
    home = tmp_path_factory.mktemp("publication") / "data"
    house = House(Settings(home=home, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "claims", DAY, map(claim, range(1, 7)))
    house.run(DAY)
    with opened_lake(house.settings) as con:
        con.execute("delete from marts.claim_month")
        con.execute("update marts.claim_ratio set claim_count = 0")
        stamps.write(con, "5ec0nd", "c0de", "")
        checks.write(con, [], (), "5ec0nd")
    return house


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, and gives back what it printed; what it refused is not in its JSON."""
    for name, value in (("HOME", str(house.settings.home)), ("HMAC_KEY", "h" * 32), ("VAULT_KEY", "v" * 32)):
        monkeypatch.setenv(f"PERISAI_{name}", value)

    def run(*arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(cli.app, arguments)
        assert isinstance(done.exception, SystemExit) if fails else done.exception is None, done.exception
        assert done.exit_code == (1 if fails else 0), done.output
        return done.stdout if "--json" in arguments else " ".join(done.output.split())

    return run


@pytest.mark.slow
def test_a_version_s_life(house: House, run: Run) -> None:
    published = house.settings.published
    first, second = (published / "current").readlink().name, f"{DAY}-5ec0nd"

    # tried out: what would change, and that it is too much
    refused = "rows of marts.claim_month: there were 1 and there are none"
    tried = run("publish", "--dry-run", fails=True)
    assert f"From {first} to {second}: Rows" in tried
    assert f"would not be published: {refused}" in tried
    tried_json = run("publish", "--dry-run", "--json", fails=True)
    assert [path.name for path in (published / "versions").iterdir()] == [first]

    # refused, and published with a reason, with its report
    assert f"not published: {refused}. If this is as it should be, say why: perisai" in run("publish", fails=True)
    assert (published / "current").readlink().name == first
    assert f"Published version {second}, with " in run("publish", "--because", "claims go to another warehouse")
    assert (published / "current").readlink().name == second
    assert (published / "report").resolve() == (published / "versions" / second / "report").resolve()

    # listed with the reason
    assert "claims go to another warehouse" in run("versions")
    later, earlier = json.loads(run("versions", "--json"))
    assert (later["version"], later["current"], later["code"]) == (second, True, "c0de")
    assert (later["moved"], later["because"]) == ([refused], "claims go to another warehouse")
    assert (earlier["version"], earlier["current"], earlier["because"]) == (first, False, "")

    # compared: the same as was said before
    compared = json.loads(run("diff", "--json"))
    assert (compared["before"], compared["after"]) == (first, second)
    tables = {table["table"]: table for table in compared["tables"]}
    assert set(tables) == {"marts.claim_month", "marts.claim_ratio", "marts.check_result"}
    assert tables["marts.claim_month"]["gone"] == 1
    assert tables["marts.claim_ratio"]["changed_columns"] == {"claim_count": 2}
    assert json.loads(tried_json) == compared
    assert "There is no difference." in run("diff", second, second)

    # taken back, with its report, and not published again by itself
    assert run("rollback", "--because", "they are needed").startswith(f"Version {first} is current again.")
    assert (published / "report").resolve() == (published / "versions" / first / "report").resolve()
    assert f"Rolled back: {second}." in run("publish", "--because", "again")
    assert (published / "current").readlink().name == first
    assert "they are needed" in run("versions")
    assert json.loads(run("versions", "--json"))[0]["rolled_back"]["to"] == first

    # verified
    assert run("versions", "--verify").count("files") == 2
    (published / "versions" / second / "marts" / "claim_month.parquet").unlink()
    assert "marts/claim_month.parquet is gone" in run("versions", "--verify", fails=True)
    assert f"{second} is damaged" in run("rollback", second, fails=True)
    assert "nowhere is not kept" in run("diff", "nowhere", fails=True)
