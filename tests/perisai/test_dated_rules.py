"""What a regulation sets is a row with a first day: before it the old rule holds, from it on the new one."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from house import OF_CLOSES, House, agent, contribution, registration

from perisai import close, explain
from perisai.errors import DayFailed
from perisai.settings import PACKAGED_REFERENCE, Settings
from perisai.step import opened_lake

pytestmark = pytest.mark.marts(*OF_CLOSES)

SEPTEMBER, OCTOBER = date(2023, 9, 1), date(2023, 10, 1)
# One row each: the threshold is 30 from October on, and the first months earn 12 % instead of 15 %.
THRESHOLD = 'perisai-13-2022,2023-10-01,,30,false,true,true,1.0,0.10,5,,,,,"a rule that does not exist"\n'
RATE = 'perisai-13-2022,contribution,,1,24,,,,0.12,2023-10-01,,"a rule that does not exist"\n'


def add(house: House, file: str, row: str) -> None:
    path = house.settings.reference / file
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")


def earned(house: House) -> list[tuple[object, ...]]:
    return house.lake(
        "select period, agent_code, new_count, acquisition_rp, contribution_rp, adjustment_rp"
        " from marts.incentive_agent_month order by all"
    )


@pytest.mark.slow
def test_a_new_threshold_and_rate_hold_from_their_date_on(tmp_path: Path) -> None:
    reference = shutil.copytree(PACKAGED_REFERENCE, tmp_path / "reference")
    house = House(
        Settings(
            home=tmp_path / "home", reference=reference, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1
        )
    )
    agents = [agent(1), agent(2)]
    house.leave("NTB01", "agents", "2023-09-30", agents)
    house.leave("NTB01", "registrations", "2023-09-30", map(registration, range(1, 28)))
    house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, 28)))
    house.load("2023-09-30")
    content = close.draft(house.settings, SEPTEMBER)["content_hash"]
    close.freeze(house.settings, SEPTEMBER, content, "kepala", "2023-10-02T09:30:00+08:00")
    september = (SEPTEMBER, "AB00001", 27, 27 * 15_000, 27 * 5_520, 0)
    assert earned(house) == [september]

    add(house, "incentive_scheme.csv", THRESHOLD)
    add(house, "incentive_rule.csv", RATE)
    october = {"registration_date": "2023-10-02"}
    people = [registration(n, **october) for n in range(101, 128)]
    people += [registration(n, agent_code="AB00002", **october) for n in range(201, 231)]
    paid = [
        contribution(n, payment_date="2023-10-03", first_month="2023-10") for n in (*range(101, 128), *range(201, 231))
    ]
    paid.append(contribution(1, receipt_no="BACK-0001", payment_date="2023-10-04", amount_rp=-36_800))
    house.leave("NTB01", "agents", "2023-10-31", agents)
    house.leave("NTB01", "registrations", "2023-10-31", people)
    house.leave("NTB01", "contributions", "2023-10-31", paid)
    house.build("2023-10-31")
    assert earned(house) == [
        september,
        (OCTOBER, "AB00001", 27, 0, 27 * 4_416 - 5_520, -15_000),  # what was given back had earned 15 %
        (OCTOBER, "AB00002", 30, 30 * 15_000, 30 * 4_416, 0),
    ]
    close.draft(house.settings, OCTOBER)  # rows from October on move nothing of September

    add(house, "incentive_scheme.csv", THRESHOLD.replace("2023-10-01", "2023-09-01"))
    with pytest.raises(
        DayFailed, match=r"2023-09, other rules or parameters than at the last close: Rp 405,000 taken back"
    ):
        close.draft(house.settings, OCTOBER)
    with opened_lake(house.settings) as con:
        found = explain.explain(con, "AB00001", SEPTEMBER)
    assert [scheme["threshold_new"] for scheme in found.schemes] == [25], "as it was when the month was closed"
    assert {(line["source_branch_code"], line["file_name"], line["file_line"]) for line in found.lines} == {
        ("NTB01", f"NTB01_{feed}_2023-09-30.csv", line)
        for feed in ("registrations", "contributions")
        for line in range(2, 29)
    }


def test_an_agreement_whose_scheme_has_no_terms_is_named_and_holds_the_close(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path / "home", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "agents", "2023-09-30", [agent(1, scheme="pre-2022")])
    house.leave("NTB01", "registrations", "2023-09-30", [registration(1)])
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(1)])
    house.build("2023-09-30")
    assert house.lake("select rule, reason, amount_rp from marts.incentive_line order by all") == [
        ("acquisition", "scheme_not_in_force", 0),
        ("contribution", "scheme_not_in_force", 0),
    ]
    assert house.lake(
        "select problem, from_date, to_date, detail from marts.agreement_problem where period = '2023-09-01'"
    ) == [
        (
            "scheme_not_in_force",
            date(2023, 9, 1),
            date(2023, 9, 30),
            "PKS/0001 (2023-01-01..2025-12-31, pre-2022): skemanya mempunyai aturan untuk masa 2017-01-01..2021-12-31"
            " / PKS/0001 (2023-01-01..2025-12-31, pre-2022): its scheme has terms for the time 2017-01-01..2021-12-31",
        )
    ]
    with pytest.raises(DayFailed, match=r"W00001 \(NTB01\): scheme_not_in_force"):
        close.draft(house.settings, SEPTEMBER)
