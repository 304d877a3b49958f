"""A Perisai is a participant himself, adult, and one agent: who is not is named, from the exports to the report."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, Row, agent, contribution, registration, rows_to_csv

from perisai.settings import Settings

SEPTEMBER = "2023-09-30"


def nik(n: int) -> str:
    """The NIK of the n-th person of ``registration``."""
    return str(registration(n)["nik"])


def without_nik(rows: list[Row]) -> bytes:
    """A roster as it was exported before there was a column NIK."""
    lines = [line.split(",") for line in rows_to_csv("agents", rows).decode().splitlines()]
    place = lines[0].index("NIK")
    return "".join(",".join(cells[:place] + cells[place + 1 :]) + "\n" for cells in lines).encode()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A warehouse whose August rosters have no NIK, and whose September ones have."""
    house = House(
        Settings(home=tmp_path_factory.mktemp("rules") / "home", hmac_key="h" * 32, vault_key="v" * 32,
            max_missing_share=1)
    )  # fmt: skip
    told = {1: nik(1), 2: nik(99), 3: nik(3), 4: None, 5: "5.27101E+15", 6: nik(1)}
    rosters = [agent(n, nik=number) for n, number in told.items()]
    house.leave("NTB01", "agents", "2023-08-31", without_nik([agent(n) for n in told]))
    house.leave("NTB01", "agents", SEPTEMBER, rosters)
    born = {"birth_date": "2007-01-01", "nik": nik(3)}
    people = [registration(n, **(born if n == 3 else {})) for n in range(1, 31)]
    house.leave("NTB01", "registrations", SEPTEMBER, people)
    house.leave("NTB01", "contributions", SEPTEMBER, map(contribution, range(1, 31)))
    house.run(SEPTEMBER)
    return house


@pytest.mark.slow
def test_who_may_not_be_an_agent_is_named_and_what_is_not_known_too(house: House) -> None:
    watched = "select agent_code, participation, adulthood, other_agent_code from marts.agent_watch where month = '{}'"
    unknown = ("participation_unknown", "age_unknown", None)
    assert house.published(watched.format("2023-08-01") + " order by all") == [
        (f"AB{n:05d}", *unknown) for n in range(1, 7)
    ]
    assert house.published(watched.format("2023-09-01") + " order by all") == [
        ("AB00001", "participant", "adult", "AB00006"),
        ("AB00002", "not_participant", "age_unknown", None),
        ("AB00003", "participant", "under_age", None),
        ("AB00004", *unknown),
        ("AB00005", *unknown),
        ("AB00006", "participant", "adult", "AB00001"),
    ]


def test_it_rejects_no_row_and_moves_no_rupiah(house: House) -> None:
    assert house.published("select outcome, count(*) from marts.delivery_day where feed = 'agents' and lines > 0"
        " group by all") == [("accepted", 2)]  # fmt: skip
    broken = "select rule, severity, failed from marts.validation_result where feed = 'agents' order by all"
    assert house.published(broken) == [("agent_nik_form", "warning", 1), ("nik_of_one_agent", "warning", 2)]
    paid = "select sum(total_rp) from marts.incentive_agent_month where agent_code = 'AB00001'"
    assert house.published(paid) == [(30 * (15_000 + 5_520),)]


def test_the_report_names_them(house: House) -> None:
    page = (house.settings.published / "report" / "branch-NTB01.html").read_text(encoding="utf-8")
    for words in (
        "1 agent is no BPU participant, as a Perisai has to be",
        "1 agent is not adult, or a year of birth is wrong",
        "2 agents have the NIK of another agent",
        "Of 2 agents it is not known whether they are participants: rosters told no NIK",
    ):
        assert words in page
    assert "?only=not_participant#agen-tabel" in page


def test_the_number_leaves_the_roster_as_a_keyed_hash(house: House) -> None:
    same = "select count(*) from raw.agents join core.participant using (participant_key)"
    assert house.lake(same) == [(3,)]
    kept: list[Path] = [path for path in house.settings.home.rglob("*") if path.is_file() and "raw" not in path.parts]
    assert not [path for path in kept if "landing" not in path.parts and nik(99).encode() in path.read_bytes()]


def rows_of(house: House, feed: str) -> Iterator[dict[str, str]]:
    """The rows of the feed's exports in the landing place, by date and revision."""
    for path in sorted(house.settings.landing.glob(f"*/*_{feed}_*.csv"), key=lambda path: path.stem.split("_")[2:]):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


def test_the_demos_agents_are_those_that_a_count_of_the_exports_by_hand_gives(demo_house: House) -> None:
    born = {row["NIK"]: row["TGL_LAHIR"] for row in rows_of(demo_house, "registrations") if row.get("NIK")}
    told = {row["KODE_PERISAI"]: row["NIK"] for row in rows_of(demo_house, "agents")}
    ours = {code: number for code, number in told.items() if code.startswith("AB00")}
    october = "select agent_code from marts.agent_watch where month = '2023-10-01' and agent_code like 'AB00%' and "
    for condition, expected in (
        ("participation = 'participant'", {code for code, number in ours.items() if number in born}),
        ("participation = 'not_participant'", {code for code, number in ours.items() if number and number not in born}),
        ("participation = 'participation_unknown'", {code for code, number in ours.items() if not number}),
        ("adulthood = 'under_age'", {code for code, number in ours.items() if born.get(number, "") > "2006"}),
        ("adulthood = 'adult'", {code for code, number in ours.items() if "1900" < born.get(number, "") < "2005"}),
    ):
        assert {code for (code,) in demo_house.published(october + condition)} == expected
        assert expected
