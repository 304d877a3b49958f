"""The number of a contribution month, from exports to lines: paid out of order, with another agent, after a lapse."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from house import House, agent, contribution, registration

from perisai.settings import Settings

pytestmark = pytest.mark.marts("marts.incentive_line")


def payments(n: int, *paid: tuple[str, str, int]) -> Iterable[dict[str, Any]]:
    """Payments of the n-th person: day, first month, months."""
    for day, first, months in paid:
        no = f"PAY-{n:03d}{day.replace('-', 'X')}"  # no run of digits, which would look like a card
        yield contribution(
            n, receipt_no=no, payment_date=day, first_month=first, months=months, amount_rp=36_800 * months
        )


@pytest.mark.slow
def test_only_a_lapsed_person_who_is_reactivated_is_counted_from_month_1_again(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path / "home", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    out_of_order, lent, lapsed = 1, 2, 3
    agents = [agent(1, joined_date="2020-01-01", pks_from="2020-01-01")]
    agents.append(agent(2, joined_date="2020-01-01", pks_from="2020-01-01"))
    house.leave("NTB01", "agents", "2023-09-29", agents)
    people = [registration(n, registration_date="2020-12-01") for n in (out_of_order, lent, lapsed)]
    for number, (day, code) in enumerate([("2022-01-10", "AB00002"), ("2022-01-11", "AB00001")], 1):
        people.append(registration(lent, registration_no=f"REG-AGAIN{number}", registration_date=day, agent_code=code))
    house.leave("NTB01", "registrations", "2023-09-29", people)
    earlier = [
        *payments(out_of_order, ("2020-12-02", "2021-01", 12), ("2021-12-02", "2022-01", 12)),
        *payments(out_of_order, ("2023-01-02", "2023-05", 8), ("2023-01-03", "2023-01", 4)),
        *payments(lent, ("2020-12-02", "2021-01", 12), ("2022-01-09", "2022-01", 1), ("2022-01-10", "2022-02", 1)),
        *payments(lent, ("2022-01-11", "2022-03", 11), ("2023-01-02", "2023-02", 8)),
        *payments(lapsed, ("2020-12-02", "2021-01", 2), ("2021-07-01", "2021-07", 1)),
    ]
    house.leave("NTB01", "contributions", "2023-09-29", earlier)
    house.build("2023-09-29")
    house.leave("NTB01", "agents", "2023-09-30", agents)
    house.leave("NTB01", "registrations", "2023-09-30", [])
    later = [
        *payments(out_of_order, ("2023-09-30", "2024-01", 1)),
        *payments(lent, ("2023-09-30", "2023-10", 1)),
        *payments(lapsed, ("2023-09-30", "2023-09", 1)),
    ]
    house.leave("NTB01", "contributions", "2023-09-30", later)
    house.build("2023-09-30")

    numbers: dict[int, list[tuple[str, int, str]]] = {n: [] for n in (out_of_order, lent, lapsed)}
    for receipt, *line in house.lake(
        "select source_no, agent_code, contribution_month_no, cast(rate as varchar) from marts.incentive_line"
        " where rule = 'contribution' order by source_no, contribution_month"
    ):
        numbers[int(receipt[4:7])].append(tuple(line))
    high, low, not_in_force = "0.1500", "0.0500", None  # the scheme has terms from 2022 on
    assert [no for _, no, _ in numbers[out_of_order]] == list(range(1, 38))
    assert [rate for *_, rate in numbers[out_of_order]] == [not_in_force] * 24 + [low] * 13
    assert numbers[lent] == [
        *(("AB00001", no, not_in_force) for no in range(1, 13)),
        ("AB00001", 13, high),
        ("AB00002", 1, high),
        *(("AB00001", no, high if no <= 24 else low) for no in range(14, 34)),
    ]
    assert numbers[lapsed] == [
        ("AB00001", no, rate) for no, rate in zip((1, 2, 1, 1), [None, None, None, high], strict=True)
    ]
