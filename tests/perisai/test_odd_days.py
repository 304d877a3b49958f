"""A day on which everybody sends something odd: each costs its own delivery and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from house import House, agent, claim, contribution, registration, rows_to_csv

from perisai import judging
from perisai.branches import UNLISTED, offices
from perisai.errors import StepBroken
from perisai.settings import Settings

DAY = "2023-09-30"
NIK = 5201010101010001

MANIFESTS: dict[str, tuple[dict[str, Any], str]] = {
    "NTB04": ({"lines": 6, "amount_rp": 184_000}, "the manifest says 6 lines, the file has 5"),
    "NTB05": ({"lines": 5, "amount_rp": 184_001}, "the manifest says Rp 184001, the file adds up to Rp 184000"),
    "STG01": (
        {"lines": 5, "amount_rp": 184_000, "sha256": "0" * 64},
        "not the one that the manifest describes",
    ),
    "STG02": ({"amount_rp": 1}, "the manifest cannot be read"),
}
"""Of five payments, which are Rp 184,000: what a branch says of them, and what is said of that."""


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
    for branch, (said, _) in MANIFESTS.items():
        rows = [contribution(n, branch_code=branch) for n in range(11, 16)]
        house.leave(branch, "contributions", DAY, rows, manifest=said)
    rows = [claim(n, branch_code="STG01") for n in range(11, 14)]
    house.leave("STG01", "claims", DAY, rows, manifest={"lines": 3})
    house.leave("LAIN", "claims", DAY, [claim(1, branch_code="LAIN")])
    card = house.settings.landing / "NTB01" / f"KTP Peserta Contoh {NIK}.jpg"
    card.write_bytes(b"\xff\xd8\xff")
    house.publish(DAY)
    return house


@pytest.mark.slow
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


@pytest.mark.parametrize(("branch", "words"), [(branch, words) for branch, (_, words) in MANIFESTS.items()])
def test_a_manifest_that_disagrees_refuses_the_delivery(odd: House, branch: str, words: str) -> None:
    ((*found, reason),) = odd.published(
        "select outcome, lines, accepted, verified, reason from marts.delivery_day"
        f" where branch_code = '{branch}' and feed = 'contributions'"
    )
    assert found[:3] == ["refused", 5, 0]
    assert words in reason


def test_a_manifest_that_agrees_verifies_the_delivery(odd: House) -> None:
    where = "where branch_code = 'STG01' and feed = 'claims'"
    said = odd.published(f"select outcome, lines, accepted, verified from marts.delivery_day {where}")
    assert said == [("accepted", 3, 3, True)]


def test_a_folder_that_no_branch_owns_is_refused_in_the_open(odd: House) -> None:
    assert offices(odd.settings)[-1] == UNLISTED
    found = odd.published("select outcome, lines, reason from marts.delivery_day where branch_code = 'LAIN'")
    assert found[0][:2] == ("refused", 1)
    assert "LAIN is not in the table of branches" in found[0][2]


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

    monkeypatch.setattr(judging, "conform", stumble)
    with pytest.raises(StepBroken) as error:
        house.load(DAY)
    assert "judge: ConversionException" in str(error.value)
    assert "5201" not in str(error.value)
    assert "Peserta" not in str(error.value)
