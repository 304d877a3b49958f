"""The reference models read the CSV files by column name and lose nothing; the files agree with each other."""

import csv
from collections import Counter
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from reports import words
from warehouse import models

TABLES = sorted(model.name for model in models.discover() if "read_csv(" in model.sql)


def read_csv(reference, name):
    with (reference / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: text or None for key, text in row.items()} for row in csv.DictReader(file)]


def as_written(value):
    """Numbers compare by value, everything else by its text."""
    if value is None or isinstance(value, bool):
        return {None: None, True: "true", False: "false"}[value]
    if isinstance(value, date | time):
        return value.isoformat()
    try:
        return Decimal(str(value)).normalize()
    except ArithmeticError:
        return value


# names servers and accounts, which no analyst needs
HELD_BACK = {"landing_url"}
NATION = "00"


@pytest.mark.parametrize("name", TABLES)
def test_a_reference_table_holds_exactly_what_its_file_says(warehouse, reference, name):
    warehouse.con.execute("set variable reference = ?", [str(reference)])
    stored = warehouse.con.execute(warehouse.models[f"reference.{name}"].sql)
    names = [column[0] for column in stored.description]
    rows = [{n: as_written(v) for n, v in zip(names, row, strict=True)} for row in stored.fetchall()]
    written = [{n: as_written(v) for n, v in row.items() if n not in HELD_BACK} for row in read_csv(reference, name)]
    assert sorted(rows, key=str) == sorted(written, key=str)


def test_every_reference_file_has_a_model(reference):
    assert sorted(path.stem for path in reference.glob("*.csv")) == TABLES


def test_columns_are_found_by_name_and_a_missing_one_is_an_error(warehouse, tmp_path):
    sql = warehouse.models["reference.sector"].sql
    warehouse.con.execute("set variable reference = ?", [str(tmp_path)])
    file = tmp_path / "sector.csv"
    file.write_text('source,sector,description,sector_name\nx,trade,"a, b",Dagang\n,other,,\n', encoding="utf-8")
    assert warehouse.query(sql) == [("other", None, None, None), ("trade", "Dagang", "a, b", "x")]
    file.write_text("source,sector,description\nx,trade,y\n", encoding="utf-8")
    with pytest.raises(duckdb.BinderException, match="sector_name"):
        warehouse.query(sql)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("branch", ["branch_code", "valid_from"]),
        ("contribution_bracket", ["income_from_rp", "valid_from"]),
        ("contribution_discount", ["programme", "sector", "payer", "valid_from"]),
        ("contribution_programme", ["programme", "valid_from"]),
        ("coverage_definition", ["definition"]),
        ("coverage_target", ["region_code", "definition", "year"]),
        ("feed_deadline", ["feed", "valid_from"]),
        ("incentive_rule", ["scheme", "rule", "programmes", "month_from", "new_from"]),
        ("incentive_scheme", ["scheme"]),
        ("occupation", ["occupation"]),
        ("parameter", ["parameter", "valid_from"]),
        ("published_figure", ["figure_id"]),
        ("region", ["region_code", "valid_from"]),
        ("sector", ["sector"]),
        ("sector_universe", ["region_code", "sector", "reference_from"]),
        ("segment_count", ["region_code", "segment", "reference_from"]),
        ("universe", ["region_code", "definition", "reference_from"]),
    ],
)
def test_rows_are_unique_since_joins_rely_on_it(reference, name, key):
    keys = [tuple(row[column] for column in key) for row in read_csv(reference, name)]
    assert len(keys) == len(set(keys)) > 0


def test_brackets_follow_the_arithmetic_of_the_annex(reference):
    brackets = [
        tuple(row[name] and int(row[name]) for name in ("income_from_rp", "income_to_rp", "base_rp"))
        for row in read_csv(reference, "contribution_bracket")
    ]
    # PP 44/2015, Annex II: steps of income and of base, and how many brackets each of them is for
    expected, income, base = [(0, 1_099_000, 1_000_000)], 1_100_000, 1_200_000
    for wide, often, next_base in ((200_000, 8, 2_950_000), (500_000, 11, 8_700_000), (1_000_000, 12, 20_700_000)):
        for n in range(often):
            expected.append((income, income + wide - 1_000, base + n * wide))
            income += wide
        base = next_base
    assert brackets == [*expected, (20_200_000, None, 20_700_000)]
    assert len(brackets) == 33
    # but for the first and the last, the base is the middle of the bracket
    assert all(2 * base == low + high + 1_000 for low, high, base in brackets[1:-1])


def test_what_is_due_for_a_month_is_what_is_published(warehouse, reference):
    warehouse.con.execute("create schema reference")
    warehouse.con.execute("set variable reference = ?", [str(reference)])
    for name in ("contribution_bracket", "contribution_programme", "contribution_discount"):
        model = warehouse.models[f"reference.{name}"]
        warehouse.con.execute(f"create table {model.table} as {model.sql}")
    warehouse.con.execute(f"create temp table due as {warehouse.models['core.contribution_due'].sql}")

    def due(month, payer, sector=None):
        return warehouse.query(
            f"""select min(due_rp), max(full_rp), count(*) from due
            where date '{month}-01' between from_month and coalesce(to_month, '9999-12-31')
                and payer = '{payer}' and sector is not distinct from {f"'{sector}'" if sector else "null"}
            group by programmes order by programmes"""
        )

    def both(on_2, on_3):
        return [(on_2, 213_800, 33), (on_3, 627_800, 33)]

    whole, halved, covid = both(16_800, 36_800), both(8_400, 28_400), both(168, 20_168)
    for month in ("2014-01", "2020-07", "2021-02", "2025-12", "2027-04"):
        assert due(month, "PESERTA") == due(month, "PESERTA", "transport") == due(month, "APBD") == whole, month
    for month in ("2020-08", "2021-01"):
        assert due(month, "PESERTA") == due(month, "APBN", "transport") == covid, month
    for month, other in {
        "2026-01": whole,
        "2026-03": whole,
        "2026-04": halved,
        "2026-12": halved,
        "2027-03": whole,
    }.items():
        assert due(month, "PESERTA", "transport") == halved, month
        assert due(month, "PESERTA") == other, month
        assert due(month, "APBD", "transport") == due(month, "APBN") == whole, month


def test_the_smallest_contribution_is_the_least_of_each_stretch_of_months(run):
    due = {"from_month": "2020-01-01", "to_month": "2020-02-29"}
    rows = [due | {"due_rp": 20}, due | {"due_rp": 10}, {"from_month": "2020-03-01", "due_rp": 30}]
    assert run("core.smallest_contribution", {"core.contribution_due": rows}, "from_month to_month due_rp") == [
        (date(2020, 1, 1), date(2020, 2, 29), 10),
        (date(2020, 3, 1), date(9999, 12, 31), 30),
    ]


def test_what_is_due_changes_with_each_row_of_the_fee_schedule_and_is_rounded_by_programme(run):
    """A base that goes up and ends, a programme that begins and ends, and discounts of which the narrowest holds."""
    bracket = {"income_from_rp": 0}
    tables = {
        "reference.contribution_bracket": [
            bracket | {"base_rp": 1_050, "valid_from": "2020-01-01", "valid_to": "2020-02-29"},
            bracket | {"base_rp": 2_000, "valid_from": "2020-03-01", "valid_to": "2020-08-31"},
        ],
        "reference.contribution_programme": [
            {"programme": "JKK", "from_programmes": 2, "rate": "0.01", "amount_rp": 0, "valid_from": "2020-01-01"},
            {"programme": "JKM", "from_programmes": 2, "rate": 0, "amount_rp": 1, "valid_from": "2020-01-01"},
            {"programme": "JHT", "from_programmes": 3, "rate": "0.05", "amount_rp": 0, "valid_from": "2020-02-01",
             "valid_to": "2020-06-30"},
        ],
        "reference.contribution_discount": [
            {"programme": "JKK", "share": "0.5", "valid_from": "2020-04-01"},
            {"programme": "JKK", "share": "0.2", "sector": "transport", "valid_from": "2020-04-01",
             "valid_to": "2020-04-30"},
            {"programme": "JKK", "share": "0.1", "payer": "APBD", "valid_from": "2020-04-01", "valid_to": "2020-05-31"},
        ],
    }  # fmt: skip
    columns = "from_month to_month programmes payer sector base_rp full_rp due_rp"
    rows = [row for row in run("core.contribution_due", tables, columns) if row[3] != "APBN"]

    def of(programmes, payer="PESERTA", sector=None):
        return [(*row[:2], *row[5:]) for row in sorted(rows, key=str) if row[2:5] == (programmes, payer, sector)]

    def month(first, last, *amounts):
        ends = [date(2020, first, 1), date(2020, last + 1, 1) - timedelta(1)]
        return (*ends, *amounts)

    assert of(2) == [
        *[month(1, 1, 1_050, 12, 12), month(2, 2, 1_050, 12, 12)],  # 10.5 is rounded before 1 is added
        *[month(3, 3, 2_000, 21, 21), month(4, 4, 2_000, 21, 11), month(5, 5, 2_000, 21, 11)],
        *[month(6, 6, 2_000, 21, 11), month(7, 8, 2_000, 21, 11)],
    ]
    assert of(3) == [
        *[month(1, 1, 1_050, 12, 12), month(2, 2, 1_050, 65, 65)],
        *[month(3, 3, 2_000, 121, 121), month(4, 4, 2_000, 121, 111), month(5, 5, 2_000, 121, 111)],
        *[month(6, 6, 2_000, 121, 111), month(7, 8, 2_000, 21, 11)],
    ]
    assert [row[-1] for row in of(2, sector="transport")] == [12, 12, 21, 5, 11, 11, 11]
    assert [row[-1] for row in of(2, "APBD")] == [12, 12, 21, 3, 3, 11, 11]
    assert [row[-1] for row in of(2, "APBD", "transport")] == [12, 12, 21, 5, 3, 11, 11]


def test_the_three_parts_of_what_a_death_pays_come_to_what_is_published(warehouse):
    paid = Counter()
    for row in warehouse.reference["reference.parameter"]:
        if row["parameter"].startswith("death_benefit_"):
            paid[row["valid_from"]] += row["value"]
    assert paid == {date(2014, 1, 1): 24_000_000, date(2019, 12, 1): 42_000_000}


def test_one_rule_at_most_is_for_a_number_of_programmes_and_a_month(reference):
    covered = set()
    for row in read_csv(reference, "incentive_rule"):
        months = range(int(row["month_from"] or 1), int(row["month_to"] or 1000) + 1)
        programmes = [row["programmes"]] if row["programmes"] else ["2", "3"]
        met = {(row["scheme"], row["rule"], number, month) for number in programmes for month in months}
        assert not met & covered
        covered |= met


def test_names_that_point_to_other_tables_are_there(reference):
    table = {name: read_csv(reference, name) for name in TABLES}
    regions = {row["region_code"] for row in table["region"]}
    assert {row["parent_code"] for row in table["region"]} - {None} <= regions
    for name in ("branch", "segment_count", "universe"):
        assert {row["region_code"] for row in table[name]} <= regions, name
    for name in ("coverage_target", "sector_universe"):
        assert {row["region_code"] for row in table[name]} <= regions | {NATION}, name
    definitions = {row["definition"] for row in table["coverage_definition"]}
    assert {row["definition"] for row in table["universe"]} == definitions
    assert {row["definition"] for row in table["coverage_target"]} <= definitions
    sectors = {row["sector"] for row in table["sector"]} - {"unmapped", "unstated"}
    assert {row["sector"] for row in table["occupation"]} == sectors
    assert {row["sector"] for row in table["sector_universe"]} <= sectors
    assert {r["scheme"] for r in table["incentive_rule"]} == {r["scheme"] for r in table["incentive_scheme"]}


def test_feeds_are_those_of_the_contracts(warehouse):
    contracts = Path(models.__file__).parents[1] / "expectations" / "contracts"
    stated = {}
    for path in contracts.glob("*.odcs.yaml"):
        [schema] = yaml.safe_load(path.read_text(encoding="utf-8"))["schema"]
        said = {p["property"]: p["value"] for p in schema["customProperties"]}
        labels = said["labels"]
        stated[schema["name"]] = (said["delivery"], said["position"], labels["indonesian"], labels["english"])
    warehouse.build({})
    rows = warehouse.query("select feed, delivery, position, label_indonesian, label_english from reference.feed")
    assert {feed: tuple(said) for feed, *said in rows} == stated
    assert len({position for _, _, position, *_ in rows}) == len(rows)


# of all segments, of plans, or of people whose registrations no branch sends
OUT_OF_REACH = {
    "active_participants", "active_share_pct", "claims_paid_count", "claims_paid_rp", "contribution_need_rp",
    "short_of_target", "supported_participants", "target_participants", "target_share_pct", "unprotected", "workers",
}  # fmt: skip


def test_every_published_subject_is_one_that_the_warehouse_computes_or_is_known_to_be_out_of_reach(reference):
    sql = (models.MODELS / "marts" / "published_comparison.sql").read_text(encoding="utf-8")
    subjects = {row["subject"] for row in read_csv(reference, "published_figure")}
    assert subjects >= OUT_OF_REACH
    assert [s for s in subjects - OUT_OF_REACH if f"'{s}'" not in sql] == []
    assert [s for s in OUT_OF_REACH if f"'{s}'" in sql] == []
    assert [s for s in subjects - {"agents"} if words.label(s) == s] == [], "what the report calls it"


def test_a_target_is_a_share_or_a_number_of_people(reference):
    for row in read_csv(reference, "coverage_target"):
        assert (row["target_pct"] is None) != (row["target_people"] is None)
        assert Decimal(row["target_pct"] or row["target_people"]) > 0
        assert Decimal(row["target_pct"] or 0) <= 100
        assert row["source"].startswith(("pers", "asumsi demo: "))


def test_definitions_divide_what_the_mart_can_count(reference):
    assert {row["numerator"] for row in read_csv(reference, "coverage_definition")} <= {"bpu", "all"}


def test_listed_occupations_are_in_normal_form(warehouse, reference):
    rows = read_csv(reference, "occupation")
    assert {row["match"] for row in rows} == {"start", "whole"}
    status = [{"participant_key": row["occupation"], "occupation": row["occupation"].lower()} for row in rows]
    words = [{"occupation_key": row["occupation"].lower(), "words": row["occupation"]} for row in rows]
    tables = {"core.participant_status": status, "raw.occupation_words": words}
    found = warehouse.run("core.occupation_sector", tables, "normal_form sector")
    assert sorted(found) == sorted((row["occupation"], row["sector"]) for row in rows)
