"""The questions of docs/query.md, each run as it stands there, with answers that are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from clients.blocks import Block, blocks
from house import House

PAGE = "docs/query.md"
QUESTIONS = [block for block in blocks(PAGE) if block.language == "sql" and block.heading.endswith("?")]
Row = dict[str, Any]
Rows = list[Row]


def version(rows: Rows) -> None:
    (row,) = rows
    assert (row["business_date"], row["running_month"]) == (date(2023, 10, 14), date(2023, 10, 1))
    assert row["version"].startswith("2023-10-14-")


def projected(rows: Rows) -> None:
    assert {row["region_name"] for row in rows} == {"Indonesia", "Nusa Tenggara Barat", "Sulawesi Tengah"}
    for row in rows:
        assert row["months_left"] == 3  # from the end of September on
        assert row["projected_people"] == pytest.approx(row["protected"] + 3 * row["pace_people"], abs=1)


def to_date(rows: Rows) -> None:
    assert {row["to_date"] for row in rows} == {date(2023, 10, 14)}
    mataram = next(row for row in rows if row["branch_name"] == "Cabang Mataram")
    assert mataram["new_participants"] > 0 < mataram["new_participants_before"]
    assert mataram["contribution_rp"] > 0 < mataram["contribution_before_rp"]


def days(rows: Rows) -> None:
    assert len(rows) == 14
    assert [row["activity_date"] for row in rows] == sorted((row["activity_date"] for row in rows), reverse=True)
    assert sum(row["payments"] for row in rows) > 0
    assert sum(row["rupiah"] for row in rows) >= 16_800 * sum(row["payments"] for row in rows)


def ranked(rows: Rows) -> None:
    assert rows[0]["target_province_rank"] == 1
    reached = [row["realised_new_pct"] for row in rows if row["target_province_rank"] is not None]
    assert reached == sorted(reached, reverse=True) != []


def earned(rows: Rows) -> None:
    assert {row["branch_name"] for row in rows} >= {"Cabang Mataram"}
    assert [row["total_rp"] for row in rows] == sorted((row["total_rp"] for row in rows), reverse=True)


def groups(rows: Rows) -> None:
    assert all(row["protected"] >= 5 for row in rows)
    assert {row["sex"] for row in rows} <= {"L", "P", "pooled"}
    assert {"Nusa Tenggara Barat"} <= {row["province_name"] for row in rows}


def contributions(rows: Rows) -> None:
    assert {row["sector"] for row in rows} >= {"agriculture", "trade"}
    assert all(row["contribution_rp"] >= 16_800 * row["payments"] for row in rows)


def duration(rows: Rows) -> None:
    everywhere = next(row for row in rows if (row["province_code"], row["programme"]) == ("00", "all"))
    assert (everywhere["claim_count"], everywhere["median_days"]) == (18, 6)
    assert all(row["claim_count"] >= 5 and row["median_days"] <= row["p90_days"] for row in rows)


def branch_duration(rows: Rows) -> None:
    assert sum(row["claim_count"] for row in rows) == 23  # of all months
    assert all(row["claim_count"] >= 5 and row["median_days"] <= row["p90_days"] for row in rows)


def kabupaten(rows: Rows) -> None:
    assert {row["region_name"] for row in rows} >= {"Kota Mataram", "Kabupaten Lombok Timur"}
    assert len(rows) == 10
    for row in rows:
        assert row["coverage_pct"] == pytest.approx(100 * row["protected"] / row["universe"])
        assert row["gap_people"] == row["target_people"] - row["protected"] > 0
        assert row["needed_a_month"] * 2 >= row["gap_people"]  # November and December are left


def behind(rows: Rows) -> None:
    assert {row["days_behind"] for row in rows} >= {1}
    assert all(row["last_usable"] < date(2023, 10, 14) for row in rows)
    delivered = {(row["branch_code"], row["feed"]) for row in rows if row["branch_code"] == "NTB01"}
    assert delivered == {("NTB01", "agents")}  # the one that this branch did not send


def late(rows: Rows) -> None:
    assert len(rows) == 32  # for the 14th, NTB01 alone has sent anything, and that years later
    worst = max(rows, key=lambda row: row["days_late_worst"] or 0)
    assert (worst["unit_name"], worst["expected"]) == ("Cabang Mataram", 14)
    assert [row["on_time_pct"] for row in rows] == sorted(row["on_time_pct"] for row in rows)


def silent(rows: Rows) -> None:
    assert len(rows) > 5
    assert {row["state"] for row in rows} == {"warning", "inactive"}
    assert all((row["state"] == "inactive") == (row["months_without_transaction"] >= 3) for row in rows)


def wadah(rows: Rows) -> None:
    (row,) = rows
    assert (row["agents_total_rp"], row["management_rp"], row["payable_rp"]) == (329_760, 32_976, 362_736)


def wadah_lines(rows: Rows) -> None:
    agents = sum(row["amount_rp"] for row in rows if row["rule"] != "management")
    assert (round(agents), {row["agent_code"] is None for row in rows}) == (329_760, {True, False})


def arrears(rows: Rows) -> None:
    assert len(rows) == 8
    assert sum(row["in_arrears"] for row in rows) > 0
    for row in rows:
        assert row["arrears_rp"] >= 16_800 * row["in_arrears"]
        assert (row["arrears_rp"] > 0) == (row["in_arrears"] > 0)


def retention(rows: Rows) -> None:
    june = next(row for row in rows if row["registered_in"] == date(2023, 6, 1))
    assert (june["registered"], june["still_paying"]) == (45, 4)  # forty of them are invented and never paid
    assert all(0 <= row["still_paying"] <= row["registered"] for row in rows)


def claims(rows: Rows) -> None:
    paid = {row["programme"]: (row["claims"], row["claim_rp"]) for row in rows}
    assert paid["JKM"] == (12, 12 * 42_000_000)


def sectors(rows: Rows) -> None:
    assert rows[0]["sector_name"] == "Pertanian tanaman"
    assert [row["unprotected"] for row in rows] == sorted((row["unprotected"] for row in rows), reverse=True)


def rejected(rows: Rows) -> None:
    assert sum(row["times"] for row in rows) > 50
    assert ("NTB01", "registrations", "nik_form") in {(row["branch_code"], row["feed"], row["rule"]) for row in rows}


def published(rows: Rows) -> None:
    assert ("protected", "Nusa Tenggara Barat", 286_000) in {
        (row["subject"], row["region_name"], row["published"]) for row in rows
    }
    assert all(row["difference"] == row["published"] - row["computed"] for row in rows if row["difference"] is not None)


def changed(rows: Rows) -> None:
    assert rows[0]["people_change_month"] != 0
    provinces = {row["region_name"]: row["people_change_month"] for row in rows if row["definition"] == "bpu"}
    assert provinces["Nusa Tenggara Barat"] > 0


CHECKS: dict[str, Callable[[Rows], None]] = {
    "Which version of the warehouse is this, and up to which day?": version,
    "How far is each kabupaten from its target?": kabupaten,
    "Where does the present pace lead by the end of the year?": projected,
    "Does the running month keep up with the same days of the month before?": to_date,
    "What came in, day by day?": days,
    "Which branches reach the largest share of their target?": ranked,
    "Who is behind with deliveries?": behind,
    "Which agents have registered nobody for three months?": silent,
    "What is a wadah paid for August?": wadah,
    "For what is it paid?": wadah_lines,
    "What do the agents of each branch earn?": earned,
    "How many rupiah are in arrears, and whose?": arrears,
    "Of those registered in a month, how many still pay three months later?": retention,
    "Who is protected, by sex and age?": groups,
    "From which sectors do contributions come?": contributions,
    "In which sectors is most to be done next?": sectors,
    "Which claims were paid?": claims,
    "How long did they take?": duration,
    "How long does each branch take to pay a claim?": branch_duration,
    "Which branches report late?": late,
    "Why were rows rejected?": rejected,
    "Do the published figures agree with ours?": published,
    "What has changed since last month?": changed,
}


def test_each_of_twenty_questions_is_one_query_of_eight_lines_at_most() -> None:
    assert [block.heading for block in QUESTIONS] == list(CHECKS)
    assert len(CHECKS) >= 20
    assert [block.heading for block in QUESTIONS if len(block.text.strip().splitlines()) > 8] == []


@pytest.fixture(scope="module")
def reader(demo_house: House) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        yield con


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> Rows:
    result = con.execute(query)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda block: block.text.split("\n", 1)[0] + block.heading)
def test_a_question_is_answered(reader: duckdb.DuckDBPyConnection, question: Block) -> None:
    rows = rows_of(reader, question.text)
    assert rows
    assert len({tuple(row.items()) for row in rows}) == len(rows)
    CHECKS[question.heading](rows)


def test_the_file_says_what_it_is(reader: duckdb.DuckDBPyConnection, demo_house: House) -> None:
    (about,) = rows_of(reader, "from about")
    version = (demo_house.settings.published / "current").resolve().name
    assert (about["version"], about["business_date"], about["running_month"]) == (
        version,
        date(2023, 10, 14),
        date(2023, 10, 1),
    )
    running = rows_of(reader, "select distinct month from marts.coverage_month where is_running")
    assert running == [{"month": date(2023, 10, 1)}]


def test_the_dictionary_lists_the_columns_of_the_file_and_no_others(reader: duckdb.DuckDBPyConnection) -> None:
    told = "select schema_name, table_name, column_name, position, type from marts.dictionary"
    there = (
        "select schema_name, table_name, column_name, column_index, data_type from duckdb_columns()"
        " where not internal and not regexp_matches(schema_name, '_v[0-9]+$')"
    )
    assert rows_of(reader, f"{told} except {there}") == rows_of(reader, f"{there} except {told}") == []
    assert (
        rows_of(reader, "from marts.dictionary where coalesce(description, '') = '' or coalesce(meaning, '') = ''")
        == []
    )


def test_a_named_view_has_the_rows_of_its_mart_with_names(reader: duckdb.DuckDBPyConnection) -> None:
    views = rows_of(
        reader,
        "select view_name as view from duckdb_views() where schema_name = 'named'"
        " and view_name in (select view_name from duckdb_views() where schema_name = 'marts')",
    )
    assert len(views) >= 20
    for view in (row["view"] for row in views):
        columns = ", ".join(row["column_name"] for row in rows_of(reader, f"describe marts.{view}"))
        for one, other in ((f"marts.{view}", f"named.{view}"), (f"named.{view}", f"marts.{view}")):
            query = f"select {columns} from {one} except all select {columns} from {other}"
            assert rows_of(reader, f"select count(*) as n from ({query})") == [{"n": 0}], view
    for view, code, name in (
        ("coverage_month", "region_code", "region_name"),
        ("monev_branch_month", "branch_code", "office_name"),
        ("incentive_agent_month", "wadah_code", "wadah_name"),
    ):
        assert rows_of(reader, f"from named.{view} where {name} is null and {code} is not null") == []
    places = rows_of(reader, "select distinct region_name, province_name from named.coverage_month")
    assert {"region_name": "Kota Palu", "province_name": "Sulawesi Tengah"} in places
    assert {"region_name": "Indonesia", "province_name": "Indonesia"} in places


def test_parquet_says_what_it_is_of(demo_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(demo_house.settings.home)
    monkeypatch.chdir(tmp_path)
    (query,) = [b.text for b in blocks(PAGE) if b.heading == "Workbook, CSV and Parquet" and b.language == "sql"]
    with duckdb.connect() as con:
        said = dict(con.execute(query).fetchall())
    version = (demo_house.settings.published / "current").resolve().name
    assert (said["business_date"], said["version"]) == ("2023-10-14", version)
