"""What differs between two versions, and how far a version may move before somebody has to say why."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from warehouse import bounds, compare, versions
from warehouse.compare import Difference, TableDifference
from warehouse.versions import Manifest, Version

MONTHS = [date(2023, 8, 1), date(2023, 9, 1), date(2023, 10, 1)]
SCHEMA = """
create schema reference; create schema marts;
create table marts.coverage_month (month date, region_code varchar, protected bigint, coverage_pct double);
comment on table marts.coverage_month is 'grain: one\nkey: month, region_code';
create table marts.incentive_line (period date, agent_code varchar, amount_rp decimal(20, 6));
create table marts.delivery_day (business_date date, outcome varchar);
create table marts.check_result (check_name varchar)
"""


class File:
    """A published file of a few tables, and what its manifest says."""

    def __init__(self, folder: Path, stamp: str, day: date = date(2023, 10, 20), like: Path | None = None) -> None:
        folder.mkdir()
        self.version = Version(
            folder, Manifest(day, stamp, {}, number=1, after="", snapshot_id=1, code="", package="", engine="")
        )
        if like:
            shutil.copy(like, self.version.database)

    def run(self, *statements: str) -> File:
        with duckdb.connect(str(self.version.database)) as con:
            for statement in statements:
                con.execute(statement)
        return self


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 regions, three months, 40 days with deliveries, 900 lines."""
    made = File(tmp_path_factory.mktemp("template") / "file", "t").run(*SCHEMA.split(";\n"))
    for month in MONTHS:
        made.run(
            f"insert into marts.coverage_month select date '{month}', i, 1000 + i, 12.5 from range(300) t (i)",
            f"insert into marts.incentive_line select date '{month}', i % 20, 15000 from range(300) t (i)",
        )
    made.run("insert into marts.delivery_day select date '2023-09-11' + i::int, 'accepted' from range(40) t (i)")
    return made.version.database


@pytest.fixture
def before(tmp_path: Path, template: Path) -> File:
    return File(tmp_path / "before", "b", like=template)


@pytest.fixture
def after(tmp_path: Path, template: Path) -> File:
    return File(tmp_path / "after", "a", date(2023, 10, 21), like=template)


def differs(before: File, after: File) -> Difference:
    with duckdb.connect() as con:
        return compare.difference(con, before.version, after.version)


def one(before: File, after: File) -> TableDifference:
    [table] = differs(before, after).tables
    return table


def test_the_same_rows_in_another_order_are_no_difference(before: File, after: File) -> None:
    after.run("create or replace table marts.incentive_line as from marts.incentive_line order by agent_code desc")
    assert differs(before, after).tables == []
    assert differs(before, before).tables == []


def test_rows_are_matched_by_their_key(before: File, after: File) -> None:
    after.run(
        "delete from marts.coverage_month where month = date '2023-08-01' and region_code = '7'",
        "insert into marts.coverage_month values (date '2023-08-01', null, 5, null)",
        "update marts.coverage_month set protected = 2, coverage_pct = null where region_code in ('1', '2')",
    )
    found = one(before, after)
    assert (found.key, found.added, found.gone, found.changed) == (["month", "region_code"], 1, 1, 6)
    assert found.changed_columns == {"protected": 6, "coverage_pct": 6}
    assert [(example["row"], *example["key"].values()) for example in found.examples[:3]] == [
        ("added", MONTHS[0], None),
        ("gone", MONTHS[0], "7"),
        ("changed", MONTHS[0], "1"),
    ]
    assert found.examples[2]["columns"] == {"protected": (1001, 2), "coverage_pct": (12.5, None)}
    before.run("insert into marts.coverage_month values (date '2023-08-01', null, 5, null)")
    assert one(before, after).added == 0, "a key may be null"


def test_sums_move_by_so_much_and_exactly(before: File, after: File) -> None:
    after.run("update marts.incentive_line set amount_rp = amount_rp + 0.000001 where agent_code = '3'")
    found = one(before, after)
    assert (found.key, found.added, found.gone, found.changed) == ([], 45, 45, 0)
    [moved] = found.moved
    assert (moved.column, moved.before, moved.change) == ("amount_rp", Decimal(13_500_000), Decimal("0.000045"))
    after.run("update marts.incentive_line set amount_rp = 30000")
    assert one(before, after).moved[0].percent == 100


def test_without_a_key_a_row_counts_as_often_as_it_is_there(before: File, after: File) -> None:
    after.run("insert into marts.incentive_line select * from marts.incentive_line where agent_code = '3'")
    found = one(before, after)
    assert (found.added, found.gone, found.examples) == (45, 0, [])


def test_a_key_that_does_not_tell_rows_apart_is_none(before: File, after: File) -> None:
    after.run("insert into marts.coverage_month values (date '2023-08-01', '1', 1001, 12.5)")
    found = one(before, after)
    assert (found.key, found.added, found.gone) == ([], 1, 0)


def test_columns_and_tables_come_and_go(before: File, after: File) -> None:
    after.run(
        "alter table marts.coverage_month add column pmi bigint",
        "alter table marts.coverage_month drop column coverage_pct",
        "alter table marts.coverage_month alter column protected type varchar",
        "drop table marts.check_result",
        "create table marts.sector_month as select 1 as n",
    )
    gone, changed, new = differs(before, after).tables
    assert (gone.table, gone.rows_before, gone.rows_after) == ("marts.check_result", 0, None)
    assert (new.table, new.rows_before, new.rows_after, new.added) == ("marts.sector_month", None, 1, 1)
    assert (changed.columns_added, changed.columns_gone) == (["pmi"], ["coverage_pct"])
    assert changed.columns_retyped == [("protected", "BIGINT", "VARCHAR")]
    assert changed.changed == 0, "the columns that are left are the same"


def test_a_difference_is_json_without_rounding(before: File, after: File) -> None:
    after.run("update marts.incentive_line set amount_rp = 15000.000001 where agent_code = '3'")
    said = json.loads(compare.as_json(differs(before, after)))
    assert (said["before"], said["after"]) == ("2023-10-20-b", "2023-10-21-a")
    assert said["tables"][0]["moved"][0] == {
        "column": "amount_rp",
        "before": "13500000.000000",
        "after": "13500000.000045",
        "change": "0.000045",
        "percent": "0.00",
    }


def test_tables_whose_checksums_agree_are_not_read(before: File, after: File) -> None:
    after.run("update marts.coverage_month set protected = 0")
    told = {"engine": versions.ENGINE, "rows": {"marts.coverage_month": 1}, "checksums": {"marts.coverage_month": "1"}}
    pair = [replace(f.version, manifest=replace(f.version.manifest, **told)) for f in (before, after)]
    with duckdb.connect() as con:
        assert compare.difference(con, *pair).tables == []
        other = replace(pair[1], manifest=replace(pair[1].manifest, engine="duckdb 9"))
        assert [table.table for table in compare.difference(con, pair[0], other).tables] == ["marts.coverage_month"]


LIMITS = """
settled_after: 7
rows:
  default: {lost_pct: 5, gained_pct: 20, few: 10}
  any: [marts.check_result]
measures:
- name: protected
  query: select month, sum(protected) as value from marts.coverage_month group by month
  falls_pct: 2
  rises_pct: 10
  few: 1000
"""


def beyond(before: File, after: File, folder: Path) -> list[str]:
    path = folder / "bounds.yaml"
    path.write_text(LIMITS)
    since = {"marts.incentive_line": date(2023, 9, 1)}
    with duckdb.connect() as con:
        return bounds.beyond(con, bounds.read(path), before.version, after.version.database, since)


BEYOND = [
    ("nothing", [], []),
    (
        "a tenth of the rows",
        ["delete from marts.coverage_month where region_code < '2'"],
        [
            "rows of marts.coverage_month: 900 became 564 (-37.33 %; -5 % is allowed)",
            "protected, 2023-08: 344,850 became ",
            "protected, 2023-09: 344,850 became ",
            "protected, 2023-10: 344,850 became ",
        ],
    ),
    ("a few of them", ["delete from marts.coverage_month where region_code in ('1', '2')"], []),
    ("all rows", ["delete from marts.delivery_day"], ["rows of marts.delivery_day: there were 40 and there are none"]),
    ("a table", ["drop table marts.incentive_line"], ["marts.incentive_line is gone"]),
    ("a free table", ["drop table marts.check_result"], []),
    (
        "a sum falls",
        ["update marts.coverage_month set protected = 1000 where month = date '2023-10-01'"],
        ["protected, 2023-10: 344,850 became 300,000 (-13.01 %; -2 % is allowed)"],
    ),
    (
        "the sum of a month that was over rises",
        ["update marts.coverage_month set protected = protected * 2 where month = date '2023-09-01'"],
        ["protected, 2023-09: 344,850 became 689,700 (+100.00 %; +10 % is allowed)"],
    ),
    (
        "the running month fills up",
        [
            "update marts.coverage_month set protected = protected * 2 where month = date '2023-10-01'",
            "insert into marts.incentive_line select period, 'x', 1 from marts.incentive_line"
            " where period = date '2023-10-01'",
        ],
        [],
    ),
    (
        "rows of months that were over",
        ["insert into marts.incentive_line select period, 'x', 1 from marts.incentive_line"],
        [
            "rows of marts.incentive_line where period < date '2023-10-01' and period >= date '2023-09-01':"
            " 300 became 600"
        ],
    ),
    ("the month before the last three falls out", ["delete from marts.incentive_line where period < '2023-09-01'"], []),
    (
        "a month that is gone is none",
        ["update marts.coverage_month set month = date '2023-11-01' where month = date '2023-10-01'"],
        ["protected, 2023-10: 344,850 became 0 (-100.00 %; -2 % is allowed)"],
    ),
]


@pytest.mark.parametrize(("statements", "expected"), [case[1:] for case in BEYOND], ids=[case[0] for case in BEYOND])
def test_what_moves_beyond_the_bounds_is_said(
    before: File, after: File, tmp_path: Path, statements: list[str], expected: list[str]
) -> None:
    after.run(*statements)
    found = beyond(before, after, tmp_path)
    assert len(found) == len(expected), found
    for said, words in zip(found, expected, strict=True):
        assert said.startswith(words)


def test_in_the_first_days_everything_may_rise_and_nothing_fall(before: File, after: File, tmp_path: Path) -> None:
    before.run("delete from marts.delivery_day where business_date >= date '2023-09-17'")
    after.run("update marts.coverage_month set protected = protected * 9 where month < date '2023-10-01'")
    assert beyond(before, after, tmp_path) == []
    after.run("update marts.coverage_month set protected = 1")
    assert [said[:18] for said in beyond(before, after, tmp_path)] == [
        f"protected, 2023-{m}" for m in ("08", "09", "10")
    ]


def test_a_turn_of_the_month_and_a_late_office_are_no_news(before: File, after: File, tmp_path: Path) -> None:
    """The first of November, and a tenth of the branches deliver the last three days of October late."""
    before.version = replace(
        before.version, manifest=replace(before.version.manifest, business_date=date(2023, 10, 31))
    )
    after.run(
        "update marts.coverage_month set protected = protected * 1.01 where month = date '2023-10-01'",
        "insert into marts.coverage_month select date '2023-11-01', region_code, protected * 0.9, 1"
        " from marts.coverage_month where month = date '2023-10-01'",
        "delete from marts.incentive_line where period = date '2023-08-01'",
        "insert into marts.incentive_line select date '2023-11-01', agent_code, 1 from marts.incentive_line limit 5",
        "insert into marts.delivery_day select date '2023-11-01', 'absent' from range(1300)",
    )
    assert beyond(before, after, tmp_path) == []


def test_an_earlier_release_may_lack_what_is_measured(before: File, after: File, tmp_path: Path) -> None:
    before.run("alter table marts.coverage_month rename column protected to reached")
    assert beyond(before, after, tmp_path) == []
