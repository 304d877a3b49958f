"""What a scheme may say besides a rate and a threshold, each as rows: from exports to a closed and corrected month."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from house import OF_CLOSES, House, agent, contribution, registration

from perisai import close, explain, explained
from perisai.settings import PACKAGED_REFERENCE, Settings
from perisai.step import opened_lake

SEPTEMBER, OCTOBER = date(2023, 9, 1), date(2023, 10, 1)
pytestmark = pytest.mark.marts(*OF_CLOSES)

WHOLE = {
    "valid_from": "2022-01-01",
    "threshold_new": "1",
    "threshold_per_programmes": "false",
    "acquisition_needs_contribution": "true",
    "state_paid_earns": "true",
    "agent_share": "1.0",
    "management_rate": "0.10",
    "minimum_agents": "1",
    "citation": "a scheme that does not exist",
}
# By wadah its scheme, and what is not as in WHOLE, and its rules. All pay 15,000 for a new participant and 15 % else.
SCHEMES: dict[str, tuple[dict[str, str], list[dict[str, str]]]] = {
    "capped": ({"agent_cap_rp": "20000"}, []),
    "tiered": (
        {},
        [
            {"rule": "acquisition", "new_to": "2", "amount_rp": "15000"},
            {"rule": "acquisition", "new_from": "3", "amount_rp": "4000"},
        ],
    ),
    "by-programmes": (
        {},
        [
            {"rule": "contribution", "programmes": "2", "rate": "0.1"},
            {"rule": "contribution", "programmes": "3", "rate": "0.2"},
        ],
    ),
    "too-few": ({"minimum_agents": "2", "management_rate_below_minimum": "0.04"}, []),
    "goes-on": (
        {},
        [
            {"rule": "contribution", "month_to": "3", "rate": "0.2"},
            {"rule": "contribution", "month_from": "4", "rate": "0.05"},
        ],
    ),
}
SCHEMES["own-count"] = ({"months_count_from": "2023-09-01"}, SCHEMES["goes-on"][1])
SCHEMES["before"] = ({}, [])


def append(folder: Path, table: str, row: dict[str, str]) -> None:
    path = folder / f"{table}.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(row) <= set(header)
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(row.get(column, "") for column in header) + "\n")


def works(n: int, scheme: str, wadah: int, **changes: Any) -> dict[str, Any]:
    """Agent n of a wadah, under an agreement that begins in September."""
    named = {"wadah_code": f"W{wadah:05d}", "wadah_name": f"Wadah Contoh {wadah}", "scheme": scheme}
    return agent(n, **named | {"pks_no": f"PKS/{scheme}/{wadah}", "pks_from": "2023-09-01"} | changes)


def joins(n: int, code: int, **changes: Any) -> dict[str, Any]:
    return registration(n, agent_code=f"AB{code:05d}", **{"registration_date": "2023-09-04"} | changes)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """September loaded and closed, and in October two people of September who became known late."""
    reference = Path(shutil.copytree(PACKAGED_REFERENCE, tmp_path_factory.mktemp("terms") / "reference"))
    for name, (terms, rules) in SCHEMES.items():
        append(reference, "incentive_scheme", WHOLE | {"scheme": name} | terms)
        usual = [{"rule": "acquisition", "amount_rp": "15000"}, {"rule": "contribution", "rate": "0.15"}]
        said = {rule["rule"] for rule in rules}
        for rule in [*rules, *(rule for rule in usual if rule["rule"] not in said)]:
            append(reference, "incentive_rule", {"scheme": name, "valid_from": "2022-01-01", "citation": "none"} | rule)
    keys = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
    home = tmp_path_factory.mktemp("terms home")
    one = House(Settings(home=home, reference=reference, max_missing_share=1, **keys))  # type: ignore[arg-type]
    earlier = {"status": "NONAKTIF", "pks_from": "2023-01-01", "pks_to": "2023-08-31"}
    roster = [
        works(1, "capped", 1),
        works(2, "tiered", 2),
        works(3, "by-programmes", 3),
        *(works(4, "too-few", 4), works(5, "too-few", 5), works(6, "too-few", 5)),
        *(works(7, "goes-on", 6), works(8, "own-count", 7)),
        *(works(97, "before", 6, **earlier), works(98, "before", 7, **earlier)),
    ]
    people = [
        *[joins(n, 1) for n in (1, 2)],
        *[joins(n, 2) for n in (11, 12, 13)],
        *[joins(21, 3), joins(22, 3, programmes=2)],
        *[joins(31, 4), joins(41, 5)],
        *[joins(51, 7, registration_date="2023-06-05"), joins(61, 8, registration_date="2023-06-05")],
    ]
    paid = [contribution(n, payment_date="2023-09-05") for n in (1, 2, 11, 12, 13, 21, 31, 41, 51, 61)]
    paid.append(contribution(22, payment_date="2023-09-05", programmes=2, amount_rp=16_800))
    for month in (6, 7, 8):
        when = {"payment_date": f"2023-0{month}-10", "first_month": f"2023-0{month}"}
        paid += [contribution(n, receipt_no=f"OLD-{n}-{month}", **when) for n in (51, 61)]
    one.leave("NTB01", "agents", "2023-09-30", roster)
    one.leave("NTB01", "registrations", "2023-09-30", people)
    one.leave("NTB01", "contributions", "2023-09-30", paid)
    one.load("2023-09-30")
    content = close.draft(one.settings, SEPTEMBER, "paid by hand until August")["content_hash"]
    close.freeze(one.settings, SEPTEMBER, content, "kepala", "2023-10-02T09:30:00+08:00")
    one.leave("NTB01", "agents", "2023-10-31", roster)
    late = [joins(3, 1), joins(14, 2, registration_date="2023-09-02")]
    one.leave("NTB01", "registrations", "2023-10-31", late)
    one.leave("NTB01", "contributions", "2023-10-31", [contribution(n, payment_date="2023-09-29") for n in (3, 14)])
    one.build("2023-10-31")
    return one


def earned(house: House, period: date, agents: str) -> list[tuple[Any, ...]]:
    return house.lake(
        "select agent_code, acquisition_rp, contribution_rp, adjustment_rp, cap_rp, total_rp"
        f" from marts.incentive_agent_month where period = '{period}' and agent_code in ({agents}) order by all"
    )


def lines(house: House, period: date, agent_code: str) -> list[tuple[Any, ...]]:
    return house.lake(
        "select rule, source_no, cast(amount_rp as integer), reason from marts.incentive_line"
        f" where period = '{period}' and agent_code = '{agent_code}' and amount_rp <> 0 order by all"
    )


def on_paper(house: House, agent_code: str, period: date = SEPTEMBER) -> str:
    with opened_lake(house.settings) as con:
        parts = list(explained.as_text(explain.explain(con, agent_code, period)))
    return "\n".join(part for part in parts if isinstance(part, str))


@pytest.mark.slow
def test_what_an_agent_earns_in_a_month_ends_at_the_cap(house: House) -> None:
    assert earned(house, SEPTEMBER, "'AB00001'") == [("AB00001", 30_000, 11_040, 0, -21_040, 20_000)]
    [wadah] = house.lake(
        "select agents_total_rp, management_rp, status from marts.incentive_wadah_month"
        " where wadah_code = 'W00001' and period = '2023-09-01'"
    )
    assert wadah == (20_000, 2_000, "closed")
    text = on_paper(house, "AB00001")
    assert "the agent keeps 100 %, at most 20,000 a month before that." in text
    assert "Cap, W00001, capped: -21,040, above the cap" in text
    # one who is known late earns nothing beyond it either, and not from October's cap
    assert lines(house, OCTOBER, "AB00001") == [
        ("acquisition", "REG-0000003", 15_000, "late"),
        ("cap", None, -20_520, "changed"),
        ("contribution", "PAY-0000003", 5_520, "late"),
    ]
    assert earned(house, OCTOBER, "'AB00001'") == [("AB00001", 0, 0, 0, None, 0)]


def test_new_participants_are_paid_by_their_place_in_the_month(house: House) -> None:
    assert earned(house, SEPTEMBER, "'AB00002'") == [("AB00002", 34_000, 3 * 5_520, 0, None, 34_000 + 3 * 5_520)]
    # one of the 2nd takes the first place from those of the 4th, and the second of these comes to be the third
    assert lines(house, OCTOBER, "AB00002") == [
        ("acquisition", "REG-0000012", -11_000, "changed"),
        ("acquisition", "REG-0000014", 15_000, "late"),
        ("contribution", "PAY-0000014", 5_520, "late"),
    ]


def test_rates_depend_on_the_programmes_that_were_paid_for(house: House) -> None:
    assert [line[1:3] for line in lines(house, SEPTEMBER, "AB00003") if line[0] == "contribution"] == [
        ("PAY-0000021", 7_360),
        ("PAY-0000022", 1_680),
    ]


def test_a_wadah_with_too_few_agents_gets_the_lower_management_fee(house: House) -> None:
    assert house.lake(
        "select wadah_code, agent_count, management_rate, management_rp from marts.incentive_wadah_month"
        " where scheme = 'too-few' and period = '2023-09-01' order by all"
    ) == [("W00004", 1, Decimal("0.04"), 821), ("W00005", 2, Decimal("0.1"), 2_052)]  # of 15,000 + 5,520
    text = on_paper(house, "AB00004")
    assert "; management 4 % below 2 agents." in text
    assert "W00004 has 1 active agents, fewer than 2; management is 4 %" in text


def test_months_paid_before_a_scheme_are_counted_unless_it_counts_from_a_day(house: House) -> None:
    numbers = house.lake(
        "select agent_code, contribution_month_no, cast(amount_rp as integer) from marts.incentive_line"
        " where agent_code in ('AB00007', 'AB00008') and period = '2023-09-01' order by all"
    )
    assert numbers == [("AB00007", 4, 1_840), ("AB00008", 1, 7_360)]
    assert "contribution months are counted since 2023-09-01" in on_paper(house, "AB00008")


def test_the_closed_month_is_computed_again_and_its_statement_has_the_cap(house: House) -> None:
    close.statements(house.settings, SEPTEMBER)
    close.verify(house.settings, SEPTEMBER)
    page = (house.settings.statements / "2023-09" / "final" / "W00001.html").read_text(encoding="utf-8")
    assert "Above the cap" in page
    assert "\N{MINUS SIGN}21.040" in page
