"""A regency that is split in the second year: what was published of the first stays, byte for byte."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from house import House, agent, claim, contribution, registration

from perisai import day as steps
from perisai.settings import PACKAGED_REFERENCE, Settings

DATED = ("month", "period", "business_date", "period_to")
OF_TODAY = {
    "agreement", "branch_to_date", "check_result", "coverage_projection", "dictionary", "freshness", "incentive_close",
    "occupation_unmapped", "region_history", "reporting_change",
}  # fmt: skip
"""Tables that have no past, or say what the past is called today."""
SPLIT = "2024-07-01,,\n"


def first_year(house: House, folder: Path) -> dict[str, bytes]:
    """By table the rows of 2023 as a reader exports them."""
    found = {}
    folder.mkdir()
    with duckdb.connect(str(house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        names = con.execute("select view_name from duckdb_views() where schema_name = 'marts'").fetchall()
        for (name,) in names:
            columns = [row[0] for row in con.execute(f"describe marts.{name}").fetchall()]
            dated = next((column for column in DATED if column in columns), None)
            if name in OF_TODAY or dated is None:
                assert name in OF_TODAY, f"{name} has no date that tells its first year"
                continue
            query = f"from marts.{name} where {dated} < date '2024-01-01' order by all"
            con.execute(f"copy ({query}) to '{folder / name}' (format csv)")
            found[name] = (folder / name).read_bytes()
    return found


def split(reference: Path) -> None:
    """Sumbawa becomes a smaller one and Sumbawa Timur on the first of July 2024."""
    path = reference / "region.csv"
    old = "5204,regency,Kabupaten Sumbawa,52,5204,"
    text = path.read_text(encoding="utf-8").replace(f"{old},,\n", f"{old},2024-06-30,5204;5209\n")
    path.write_text(f"{text}{old}{SPLIT}5209,regency,Kabupaten Sumbawa Timur,52,5209,{SPLIT}", encoding="utf-8")


@pytest.mark.slow
def test_a_split_leaves_what_was_published_of_the_year_before(tmp_path: Path) -> None:
    reference = shutil.copytree(PACKAGED_REFERENCE, tmp_path / "reference")
    settings = Settings(
        home=tmp_path / "home", reference=reference, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1
    )
    house = House(settings)
    for day, numbers in {"2023-11-30": range(1, 13), "2024-09-30": range(21, 31)}.items():
        when = {"registration_date": f"{day[:8]}01"}
        house.leave("NTB01", "agents", day, [agent(1, region_code="5204"), agent(2, region_code="5203")])
        rows = [registration(n, region_code="5204" if n % 3 else "5203", **when) for n in numbers]
        house.leave("NTB01", "registrations", day, rows)
        paid = {"payment_date": f"{day[:8]}02", "first_month": day[:7], "months": 12, "amount_rp": 441_600}
        house.leave("NTB01", "contributions", day, [contribution(n, **paid) for n in numbers])
        dead = {"submitted_date": f"{day[:8]}03", "status_date": f"{day[:8]}04"}
        house.leave("NTB01", "claims", day, [claim(n, **dead) for n in numbers])
    house.publish("2024-09-30")
    before = first_year(house, tmp_path / "before")
    assert {name for name, rows in before.items() if not rows} <= {
        "agreement_problem",
        "contradiction",
        "quality_signal",
    }

    split(reference)
    assert steps.marts(settings)["changed"]
    steps.publish(settings)
    assert first_year(house, tmp_path / "after") == before
    assert house.published(
        "select month, region_code, protected, universe, coverage_pct is null, is_undivided from marts.coverage_month"
        " where definition = 'bpu' and region_code in ('5204', '5209', '5204+5209')"
        " and month in (date '2024-06-01', date '2024-07-01') order by all"
    ) == [
        (date(2024, 6, 1), "5204", 8, 95_000, False, False),
        (date(2024, 7, 1), "5204", 8, None, True, True),
        (date(2024, 7, 1), "5204+5209", 8, 95_000, False, False),
        (date(2024, 7, 1), "5209", 0, None, True, True),
    ]
