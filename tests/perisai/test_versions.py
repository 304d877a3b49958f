"""Contracts that change: each file is read and judged by the version in force on its own business date."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from house import OF_DELIVERIES, House, claim, registration

from expectations.contract import CONTRACTS, contract, feeds, versions
from perisai.step import opened_lake
from warehouse import lake

pytestmark = pytest.mark.marts(*OF_DELIVERIES)

CHANNEL = """
      - name: channel
        physicalName: KANAL
        logicalType: string
        required: false
        classification: public
        description: How the claim was submitted.
      - name: phone
        physicalName: HANDPHONE
        logicalType: string
        required: false
        classification: personal
        description: Phone of the claimant. Goes to the vault only.
"""

FORM = "^(?:[A-Z][A-Z0-9./-]{0,59}|[0-9][A-Z0-9./-]{0,29}[A-Z./-][A-Z0-9./-]{0,29})$"


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """The contracts, and one of claims from 1 October 2023: a column renamed, two new, a rule tightened."""
    folder = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, folder)
    words = (folder / "claims.odcs.yaml").read_text(encoding="utf-8")
    changed = words.replace("version: 1.0.0", "version: 2.0.0", 1)
    changed = changed.replace(
        "schema:\n", "customProperties:\n  - {property: inForceFrom, value: '2023-10-01'}\nschema:\n", 1
    )
    header = contract("claims").exported[0].header
    changed = changed.replace(f"physicalName: {header}\n", "physicalName: NOMOR_PERKARA\n")
    changed = changed.replace(FORM, "^[A-Z0-9./-]{10,30}$").rstrip("\n") + CHANNEL
    assert changed.count("NOMOR_PERKARA") == changed.count("{10,30}$") == changed.count("inForceFrom") == 1
    (folder / "claims.2.0.0.odcs.yaml").write_text(changed, encoding="utf-8")
    return folder


def file_of(header: list[str], *claim_nos: str, more: str = "") -> bytes:
    """A file of claims with the given header; ``more`` stands behind the columns of the first version."""
    claims = [list(claim(n).values())[1:] for n in range(1, len(claim_nos) + 1)]
    rows = [",".join([no, *map(str, cells)]) + more for no, cells in zip(claim_nos, claims, strict=True)]
    return "\n".join([",".join(header), *rows, ""]).encode()


OLD = [str(column.header) for column in contract("claims").exported if column.kept]
NEW = ["NOMOR_PERKARA", *OLD[1:], "KANAL", "HANDPHONE"]


def test_the_version_in_force_is_that_of_the_business_date(contracts: Path) -> None:
    assert feeds(contracts) == feeds()
    assert contract("claims", date(2023, 9, 30), contracts).version == "1.0.0"
    assert contract("claims", date(2023, 10, 1), contracts).version == "2.0.0"
    assert contract("claims", folder=contracts).version == "2.0.0"


def test_files_of_several_versions_in_one_run(house: House, contracts: Path) -> None:
    house = House(house.settings.model_copy(update={"contracts": contracts}))
    house.leave("NTB01", "claims", "2023-09-29", file_of(OLD, "CLM-01"))
    house.load("2023-09-29")
    house.leave("NTB01", "claims", "2023-09-30", file_of(OLD, "CLM-02", "CLM-03"))
    house.leave("NTB02", "registrations", "2023-09-30", [registration(1, branch_code="NTB02")])
    house.leave("NTB01", "claims", "2023-10-01", file_of(NEW, "CLM-000004", "CLM-05", more=",APLIKASI,081234567890"))
    house.leave("NTB01", "claims", "2023-10-02", file_of(OLD, "CLM-000006"))
    house.load("2023-10-02")
    assert house.lake(
        "select business_date, judgement, accepted, rejected, contract_version from raw.delivery"
        " where feed = 'claims' order by business_date"
    ) == [
        (date(2023, 9, 29), "accepted", 1, 0, "1.0.0"),
        (date(2023, 9, 30), "accepted", 2, 0, "1.0.0"),
        (date(2023, 10, 1), "accepted", 1, 1, "2.0.0"),
        (date(2023, 10, 2), "refused", 0, 1, "2.0.0"),
    ]
    assert house.lake("select claim_no, channel from raw.claims order by claim_no") == [
        ("CLM-000004", "APLIKASI"),
        ("CLM-01", None),
        ("CLM-02", None),
        ("CLM-03", None),
    ]
    assert house.lake("select rule, failed from raw.validation") == [("claim_no_form", 1)]


def test_a_lake_from_before_the_new_version_gets_its_columns(house: House, contracts: Path) -> None:
    house.leave("NTB01", "claims", "2023-09-30", file_of(OLD, "CLM-01"))
    house.leave("NTB01", "registrations", "2023-09-30", [registration(1)])
    house.build("2023-09-30")
    later = House(house.settings.model_copy(update={"contracts": contracts}))
    later.leave("NTB01", "claims", "2023-10-01", file_of(NEW, "CLM-000002", more=",LOKET,"))
    later.build("2023-10-01")
    assert later.lake("select claim_no, channel from raw.claims order by claim_no") == [
        ("CLM-000002", "LOKET"),
        ("CLM-01", None),
    ]
    (comment,) = later.lake(
        "select comment from duckdb_columns() where column_name = 'channel' and schema_name = 'raw'"
    )
    assert comment == ("How the claim was submitted.",)


def test_a_new_personal_column_reaches_the_vault(house: House, contracts: Path) -> None:
    registrations = (contracts / "registrations.odcs.yaml").read_text(encoding="utf-8")
    registrations = registrations.replace("version: 1.0.0", "version: 1.1.0", 1)
    registrations = registrations.replace(
        "schema:\n", "customProperties:\n  - {property: inForceFrom, value: '2023-10-01'}\nschema:\n", 1
    )
    column = CHANNEL[CHANNEL.index("      - name: phone") :].replace("phone", "email").replace("HANDPHONE", "EMAIL")
    (contracts / "registrations.1.1.0.odcs.yaml").write_text(
        registrations.rstrip("\n") + "\n" + column, encoding="utf-8"
    )
    house.leave("NTB01", "registrations", "2023-09-30", [registration(1)])
    house.load("2023-09-30")
    later = House(house.settings.model_copy(update={"contracts": contracts}))
    later.leave("NTB01", "registrations", "2023-10-01", [registration(2, email="peserta@example.org")])
    later.load("2023-10-01")
    found = later.vault("select full_name, email from vault.registrations order by full_name")
    assert found == [("Peserta Contoh 00001", None), ("Peserta Contoh 00002", "peserta@example.org")]
    assert ("email",) not in later.lake("select column_name from duckdb_columns() where schema_name = 'raw'")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("value: '2023-10-01'", "value: '0001-01-01'"), "no inForceFrom"),
        (lambda text: text.replace("version: 2.0.0", "version: 1.0.0"), "the same version"),
        (
            lambda text: text.replace(
                f"{OLD[-1]}\n        logicalType: integer", f"{OLD[-1]}\n        logicalType: string"
            ),
            "2.0.0: amount_rp was BIGINT and is VARCHAR",
        ),
        (
            lambda text: re.sub("( +)(- {property: )saran,", r"\1\2refusesAbovePct, value: 50}\n\g<0>", text),
            "refusesAbovePct is of warnings",
        ),
    ],
)
def test_versions_that_contradict_each_other_are_an_error(
    contracts: Path, change: Callable[[str], str], words: str
) -> None:
    file = contracts / "claims.2.0.0.odcs.yaml"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        versions("claims", contracts)


def test_an_unknown_column_is_named_and_ignored(house: House) -> None:
    header, *rows = file_of(OLD, "CLM-01").decode().splitlines()
    content = "\n".join([f"{header},CATATAN,0812345678", *(f"{row},Peserta Rahasia,x" for row in rows), ""])
    house.leave("NTB01", "claims", "2023-09-30", content.encode())
    house.build("2023-09-30")
    found = house.lake("select outcome, accepted, reason from marts.delivery_day where lines = 1")
    assert found == [
        (
            "accepted",
            1,
            "Kolom tidak dikenal, diabaikan: kolom 10 (J), 11 (K) / unknown columns, ignored: 10 (J), 11 (K)",
        )
    ]


def test_an_ambiguous_column_refuses_the_delivery_where_everybody_sees_it(house: House) -> None:
    rows = [claim(n, status_date="05/09/2023", submitted_date="01/09/2023") for n in range(1, 4)]
    house.leave("NTB01", "claims", "2023-09-30", rows)
    house.leave("NTB02", "claims", "2023-09-30", [claim(9, branch_code="NTB02", status_date="30/09/2023")])
    house.build("2023-09-30")
    found = house.lake(
        "select branch_code, outcome, lines, accepted, reason from marts.delivery_day where lines > 0 order by all"
    )
    assert found[0][:4] == ("NTB01", "refused", 3, 0)
    assert "line 2: day and month cannot be told apart" in found[0][4]
    assert found[1] == ("NTB02", "accepted", 1, 1, "")
    assert house.lake("select status_date from raw.claims") == [(date(2023, 9, 30),)]


def test_a_lake_whose_columns_have_other_types_is_not_gone_on_with() -> None:
    with duckdb.connect() as con:
        con.execute("create schema raw")
        con.execute("create table raw.claims (claim_no varchar, card_key varchar)")
        with pytest.raises(
            lake.OtherVersion, match=r"raw.claims.card_key is VARCHAR in this lake, and is to be UUID: .* new lake"
        ):
            lake.ensure_tables(con)
        assert con.execute("select count(*) from duckdb_tables()").fetchone() == (1,)


def test_a_feed_with_deliveries_keeps_its_contract_and_how_it_is_delivered(house: House) -> None:
    with opened_lake(house.settings) as con:
        lake.ensure_tables(con)
        said = con.execute("from raw.feed order by all").fetchall()
        con.execute("insert into raw.feed by name select 'visits' as feed, 9 as position, 'events' as delivery")
        con.execute("update raw.feed set delivery = 'events' where feed = 'agents'")
        lake.ensure_tables(con)  # nothing was delivered of either
        assert con.execute("from raw.feed order by all").fetchall() == said
        for feed, words in (
            ("visits", "deliveries of visits, which has no contract in PERISAI_CONTRACTS"),
            ("agents", "agents is delivered as events in this lake, and as snapshot by its contract"),
        ):
            con.execute("delete from raw.feed where feed = ?", [feed])
            con.execute("insert into raw.feed by name select ? as feed, 9 as position, 'events' as delivery", [feed])
            con.execute("insert into raw.delivery (delivery_id, feed) values ('d', ?)", [feed])
            with pytest.raises(lake.OtherVersion, match=words):
                lake.ensure_tables(con)
            con.execute("delete from raw.delivery")
            lake.ensure_tables(con)
            assert con.execute("from raw.feed order by all").fetchall() == said


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("primaryKey: true", "primaryKey: false", "mark one column with primaryKey: true"),
        ("{property: position, value: 3}", "{property: place, value: 3}", "no custom property position"),
        ("{property: delivery, value: events}", "{property: delivery, value: daily}", "write events or snapshot"),
        ("ExpectColumnValuesToMatchRegex", "ExpectColumnValuesToNotMatchRegex", "claim_no has no rule"),
    ],
)
def test_a_contract_that_cannot_be_used_says_why(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = (CONTRACTS / "claims.odcs.yaml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "claims.odcs.yaml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        contract("claims", folder=tmp_path)


def test_a_feed_has_a_name_of_its_own_that_can_stand_in_file_names(tmp_path: Path) -> None:
    text = (CONTRACTS / "claims.odcs.yaml").read_text(encoding="utf-8")
    (tmp_path / "agent_visits.odcs.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="small letters a to z"):
        contract("agent_visits", folder=tmp_path)
    (tmp_path / "agent_visits.odcs.yaml").rename(tmp_path / "delivery.odcs.yaml")
    with pytest.raises(ValueError, match="a table of its own"):
        lake.documented(tmp_path)
