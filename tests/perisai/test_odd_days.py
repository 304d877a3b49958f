"""A day on which everybody sends something odd: each costs its own delivery and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from house import House, agent, claim, contribution, registration, rows_to_csv

from perisai import day as steps
from perisai.errors import StepBroken
from perisai.settings import Settings

DAY = "2023-09-30"
NIK = 5201010101010001


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose path and key hold quotes, after a day of oddities."""
    home = tmp_path_factory.mktemp("o'brien") / "data"
    house = House(Settings(home=home, hmac_key="h" * 32, vault_key="v'" * 20, max_missing_share=1))
    good = rows_to_csv("claims", [claim(1)])
    house.leave("NTB01", "claims", DAY, good.replace(b"\n", b"\r"))
    house.leave("NTB02", "claims", DAY, b"x" * 200_000 + b"\n1\n")
    house.leave("NTB03", "claims", DAY, [claim(3, branch_code="NTB03")]).with_name(
        f"NTB03_claims_{DAY}.manifest.json"
    ).write_text('{"lines": Infinity}')
    house.leave("NTB04", "claims", DAY, [claim(4, branch_code="NTB04")], manifest={"lines": 10**30})
    late = house.leave("NTB05", "claims", DAY, [claim(5, branch_code="NTB05")], manifest={"lines": 1})
    said = late.with_name(f"NTB05_claims_{DAY}.manifest.json")
    said.write_text(json.dumps({key: str(value).upper() for key, value in json.loads(said.read_text()).items()}))
    house.leave("NTB01", "contributions", DAY, [contribution(1, amount_rp=9 * 10**18), contribution(2, months=NIK)])
    house.leave("NTB02", "contributions", DAY, [contribution(3, branch_code="NTB02", amount_rp=NIK)])
    house.leave("NTB03", "contributions", DAY, [contribution(4, branch_code="NTB03", first_month="2203-10")])
    house.leave("NTB04", "agents", DAY, rows_to_csv("agents", []))
    house.leave("NTB05", "agents", DAY, [agent(5, branch_code="NTB05")])
    house.leave("NTB01", "registrations", DAY, [registration(1, registration_no=NIK), registration(2)])
    card = house.settings.landing / "NTB01" / f"KTP Peserta Contoh {NIK}.jpg"
    card.write_bytes(b"\xff\xd8\xff")
    house.run(DAY)
    return house


@pytest.mark.parametrize(
    ("branch", "feed", "outcome", "accepted", "rejected", "words"),
    [
        ("NTB01", "claims", "accepted", 1, 0, ""),
        ("NTB02", "claims", "refused", 0, 1, "no header is found"),
        ("NTB03", "claims", "refused", 0, 1, "the manifest cannot be read"),
        ("NTB04", "claims", "refused", 0, 1, "the manifest cannot be read"),
        ("NTB05", "claims", "accepted", 1, 0, ""),
        ("NTB01", "contributions", "nothing_accepted", 0, 2, "not one row was accepted"),
        ("NTB02", "contributions", "nothing_accepted", 0, 1, "not one row was accepted"),
        ("NTB03", "contributions", "nothing_accepted", 0, 1, "not one row was accepted"),
        ("NTB04", "agents", "refused", 0, 0, "the roster is empty"),
        ("NTB05", "agents", "accepted", 1, 0, ""),
        ("NTB01", "registrations", "accepted_with_rejects", 1, 1, ""),
    ],
)
def test_each_has_its_own_outcome(
    odd: House, branch: str, feed: str, outcome: str, accepted: int, rejected: int, words: str
) -> None:
    ((*counts, reason),) = odd.published(
        "select outcome, accepted, rejected, reason from marts.delivery_day"
        f" where branch_code = '{branch}' and feed = '{feed}' and business_date = date '{DAY}'"
    )
    assert counts == [outcome, accepted, rejected]
    assert words in (reason or "")


def test_no_identity_number_is_published(odd: House) -> None:
    for path in [*odd.settings.published.rglob("*"), *odd.settings.lake.rglob("*")]:
        if path.is_file() and not path.is_symlink():
            assert str(NIK).encode() not in path.read_bytes(), path
    tables = odd.published("select schema_name || '.' || table_name from duckdb_tables()")
    assert len(tables) > 7
    for (table,) in tables:
        assert str(NIK) not in str(odd.published(f"from {table}")), table
    assert odd.published("select count(*) from marts.delivery_day where feed = 'unknown' and outcome = 'refused'") == [
        (1,)
    ]


def test_an_error_of_the_database_quotes_no_value(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house.leave("NTB01", "claims", DAY, [claim(1)])

    def stumble(con: duckdb.DuckDBPyConnection, *_: object) -> None:
        con.execute(f"select cast('{NIK} Peserta Contoh' as integer)")

    monkeypatch.setattr(steps, "conform_rows", stumble)
    with pytest.raises(StepBroken) as error:
        house.load(DAY)
    assert "conform: ConversionException" in str(error.value)
    assert "5201" not in str(error.value)
    assert "Peserta" not in str(error.value)
