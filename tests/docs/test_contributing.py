"""The recipes of CONTRIBUTING.md, walked through as they stand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.commands import ROOT
from house import House, agent, registration
from models.conftest import Warehouse, template

from expectations.contract import CONTRACTS, contract
from warehouse import checks, lake, models

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"`([\w./]+)`(?:;[^`]+)?:\n\n```\w+\n(.*?)```", TEXT, re.DOTALL))
DAY_BEFORE, DAY = "2023-10-12", "2023-10-13"


def block(suffix: str) -> str:
    [text] = [text for name, text in BLOCKS.items() if name.endswith(suffix)]
    return text


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts with the column ``email`` and the feed ``complaints``."""
    folder = tmp_path_factory.mktemp("new") / "contracts"
    shutil.copytree(CONTRACTS, folder)
    (folder / "complaints.odcs.yaml").write_text(block("complaints.odcs.yaml"), encoding="utf-8")
    file = folder / "registrations.odcs.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("    properties:\n", "    properties:\n" + block("registrations.odcs.yaml"), 1))
    return folder


@pytest.fixture(scope="module")
def house(contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A day with the new column and the new feed, after one without them, drawn up to the report."""
    from conftest import KEYS

    from perisai.settings import Settings

    home = tmp_path_factory.mktemp("house") / "data"
    before = House(Settings(home=home, **KEYS, max_missing_share=1))
    before.leave("NTB01", "registrations", DAY_BEFORE, [registration(3)])
    before.build(DAY_BEFORE)
    one = House(Settings(home=home, contracts=contracts, **KEYS, max_missing_share=1))
    one.leave("NTB01", "registrations", DAY, [registration(1, email="peserta@contoh.example"), registration(2)])
    one.leave("NTB01", "agents", DAY, [agent(1)])
    complaint = {"branch_code": "NTB01", "complaint_date": "2023-10-12", "status": "Diterima"}
    said = [complaint | {"complaint_no": f"K-{n}"} for n in range(1, 13)]
    one.leave("NTB01", "complaints", DAY, [*said, said[0] | {"status": "Hilang"}])
    one.run(DAY)
    yield one


@pytest.mark.slow
def test_a_new_column_that_is_personal_goes_to_the_vault_alone(house: House, contracts: Path) -> None:
    assert [column.name for column in contract("registrations", folder=contracts).vault_columns].count("email") == 1
    kept = house.vault("select email from vault.registrations order by business_date, line_no")
    assert kept == [(None,), ("peserta@contoh.example",), (None,)]
    columns = [name for (name, *_) in house.lake("describe raw.registrations")]
    assert "full_name" not in columns and "email" not in columns
    broken = house.published("select rule from marts.validation_result where rule like 'email%'")
    assert broken == []


def test_a_new_feed_is_picked_up_judged_committed_and_shown(house: House) -> None:
    assert house.lake("select count(*), min(status), max(complaint_no) from raw.complaints") == [
        (12, "Diterima", "K-9")
    ]
    shown = house.published(
        "select branch_code, outcome, accepted, rejected, lines from marts.delivery_day"  # none of the day before
        " where feed = 'complaints' and branch_code in ('NTB01', 'NTB02') order by all"
    )
    assert shown == [("NTB01", "accepted_with_rejects", 12, 1, 13), ("NTB02", "absent", 0, 0, 0)]
    fresh = "select usable_date::varchar from marts.freshness where branch_code = 'NTB01' and feed = 'complaints'"
    assert house.published(fresh) == [(DAY,)]
    broken = "select rule, failed from marts.validation_result where feed = 'complaints'"
    assert house.published(broken) == [("status_known", 1)]
    assert (house.settings.workbooks / "NTB01" / f"NTB01_{DAY}.xlsx").exists()
    page = (house.settings.published / "report" / "branch-NTB01.html").read_text(encoding="utf-8")
    assert "Keluhan" in page and "Complaints" in page
    assert house.published("select feed from reference.feed order by position")[-1] == ("complaints",)


def test_a_new_mart_is_its_sql_its_checks_and_its_test(contracts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models.MODELS, folder)
    (folder / "marts" / "complaint_month.sql").write_text(block("complaint_month.sql"), encoding="utf-8")
    (folder / "marts" / "complaint_month.yaml").write_text(block("complaint_month.yaml"), encoding="utf-8")
    every = {model.table: model for model in models.discover(folder)}
    new = every["marts.complaint_month"]
    _, types, reference = template()
    columns = [(name, kind) for name, (kind, _) in lake.documented(contracts)["complaints"].items()]
    warehouse = Warehouse(every, {**types, "raw.complaints": columns}, reference)
    given: dict[str, Any] = {}
    exec(block("test_complaint_month.py"), given)  # the recipe's own test
    [test] = [value for name, value in given.items() if name.startswith("test_")]
    walk: Callable[..., None] = test
    walk(warehouse.run)
    warehouse.con.execute("create schema if not exists marts")
    warehouse.con.execute(f"create table {new.table} as {new.sql}")
    own = [check for check in checks.checks(folder / "marts") if check.mart == new.table]
    assert [check.name for check in own] == ["answered_complaints_are_complaints"]
    assert [outcome.failed for outcome in checks.judge(warehouse.con, own)] == [0]
    warehouse.con.execute("update marts.complaint_month set answered_count = 3")
    assert [outcome.failed for outcome in checks.judge(warehouse.con, own)] == [1]


def test_columns_that_say_yes_or_no_are_named_as_the_grammar_says() -> None:
    """Or are among those that were published before."""
    kept = set(re.findall(r"`(\w+)`", TEXT.split("the yes-or-no columns", 1)[1].split(";", 1)[0]))
    pinned = yaml.safe_load((ROOT / "warehouse" / "interface.yaml").read_text(encoding="utf-8"))
    columns = {
        name
        for table in pinned.values()
        for name, kind in table["columns"].items()
        if kind == "BOOLEAN" and not name.startswith(("is_", "has_"))
    }
    assert columns <= kept
