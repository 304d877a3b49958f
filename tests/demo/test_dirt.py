"""What is wrong with the exports is what the demo says is wrong, and nothing else."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from demo import Receipt
from demo.bad_rows import BAD_ROWS_BRANCH, FIRST_BAD_DAY, FOUND, bad_rows, breaks
from demo.dirt import DELIVERIES, KINDS
from expectations.contract import COUNTED_UP, MEANT_RULE, Column, Rule, contract, feeds
from expectations.declared import FITS, NEAR
from transforms.identity import PLAIN_NAME
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE

ALSO = {"submitted_date_plausible", "declared_income_thousands_kept", "kpj_of_one_claim"}
"""Rules that are broken wherever another one is: of the same column, or of a number that stands twice."""
OF_THE_REST = ("_form", "_readable", "_present", "_is_sender")
"""Ends of the rules that a cell with something foreign in it breaks as well."""


def test_every_delivery_is_there_but_the_absent_ones(small: tuple[Path, Receipt]) -> None:
    landing, receipt = small
    sent = {(file.folder, file.feed, file.day) for file in receipt.sent}
    branches = {path.name for path in landing.iterdir()}
    expected = {
        (branch, feed, day)
        for branch in branches
        for feed in feeds()
        for day in (date(2023, 9, 30), *(date(2023, 10, day) for day in range(1, 14)))
    }
    absent = {("NTB04", feed, date(2023, 10, 5)) for feed in feeds()} | {("STG02", "claims", date(2023, 10, 9))}
    assert len(branches) == 8
    assert expected - sent == absent
    assert not sent - expected
    assert Counter(file.outcome for file in receipt.sent) == {
        "accepted": 419,
        "accepted_with_rejects": 18,
        "nothing_accepted": 6,
        "superseded": 1,
        "duplicate": 2,
        "refused": 5,
    }


def test_duplicates_repeat_an_earlier_file_and_nothing_else_does(small: tuple[Path, Receipt]) -> None:
    landing, receipt = small
    by_content: dict[tuple[str, str, str], list[str]] = {}
    for file in sorted(receipt.sent, key=lambda file: (file.day, file.revision)):
        if file.lines and file.outcome != "refused" and file.feed != "agents":
            content = hashlib.sha256((landing / file.folder / file.file_name).read_bytes()).hexdigest()
            by_content.setdefault((file.folder, file.feed, content), []).append(file.outcome)
    assert Counter(len(outcomes) for outcomes in by_content.values() if outcomes != ["accepted"])[2] == 2
    for outcomes in by_content.values():
        assert "duplicate" not in outcomes[:1]
        assert outcomes[1:] in ([], ["duplicate"])


def test_every_kind_of_spoilt_delivery_is_used() -> None:
    assert {spoilt.kind for spoilt in DELIVERIES} == set(KINDS)


@pytest.mark.parametrize("feed", feeds())
def test_every_rule_of_the_contract_is_broken_by_a_row_and_by_little_else(
    feed: str, small: tuple[Path, Receipt]
) -> None:
    rules = {rule.name: rule for rule in contract(feed).rules}
    # what every column has by itself, or what only a whole file shows, is tried by the corpus
    of_all = ("_is_not_repeated", "_letters_intact", "_not_a_date", "kpj_not_phone", "sex_certain")
    of_all += ("amount_signs_kept", "claim_amount_in_full", "birth_dates_in_their_rows", "_not_exchanged")
    of_all += (COUNTED_UP, MEANT_RULE, "programmes_certain", "amount_in_rupiah", "receipt_no_whole")
    of_all += ("_of_one_person", "_of_one_claim", "_not_multiplied", "_no_number", "_years_early")
    of_all += ("_says_one_thing", "_has_one_name", "_stands_once", "_no_filler", "_has_amount", "_is_known")
    of_all += (FITS, NEAR, "last_month_readable", "last_month_fits", "region_name_fits", "region_name_known")
    of_all += ("_exists_then", "_of_one_agent", "_in_order", "_in_one_unit", "_amount_usual", "full_name_of_one")
    of_all += ("branch_name_fits", "_of_this_branch", "agent_name_fits", "card_has_one_name")
    of_all += ("_has_one_nik", "_of_neighbour", "_sorted_alone", "_in_order_of_numbers", "regions_of_this_branch")
    of_all += ("left_date_readable", "active_agent_has_not_left", "_registered_once", "_not_of_nik", "_of_one_agent")
    of_all += ("_date_not_long_past", "_beside_its_number", "_of_24_hours", "_of_its_status", "_not_coded")
    of_all += ("_of_this_year", "_no_range", "_far_ahead", "_no_sum", "_too_long", "_as_determined")
    of_all += ("_not_turned", "_of_this_zone", "_of_its_month", "_perhaps_rounded", "_in_their_rows", "_not_filled")
    of_all += (
        "_of_a_month",
        "kpj_not_rounded",
        "_years_ago",
        "_sum_of_parts",
        *(f"{part}_rp_readable" for part in ("jkk", "jkm", "jht")),
    )
    demanded = {name for name in rules if not name.endswith(of_all)}
    assert set(breaks(feed)) == demanded
    broken: set[str] = set()
    for offset in range(20):
        day = FIRST_BAD_DAY + timedelta(days=offset)
        rows = bad_rows(feed, BAD_ROWS_BRANCH, day)
        if not rows:
            continue
        failing = judge(feed, BAD_ROWS_BRANCH, day, [row for _, row in rows])
        for (rule, _), found in zip(rows, failing, strict=True):
            assert rule in found
            errors = {name for name in found if rules[name].severity == "error"}
            if rule.startswith(("nik_not", "kpj_not", "kpj_leading")):  # what is damaged has not its form either
                errors -= {"nik_form", "kpj_form"}
            if rule.endswith(tuple(FOUND)) and not rule.startswith(("nik", "kpj")):
                errors = {name for name in errors if not name.endswith(OF_THE_REST)} | {rule}
            assert errors - (ALSO - {rule}) <= {rule}
            broken.add(rule)
        path = small[0] / BAD_ROWS_BRANCH / f"{BAD_ROWS_BRANCH}_{feed}_{day}.csv"
        with path.open(encoding="utf-8", newline="") as text:
            assert {row for _, row in rows} <= {tuple(cells) for cells in csv.reader(text)}
        sent = next(file for file in small[1].sent if file.file_name == path.name)
        wrong = [found for found in failing if any(rules[name].severity == "error" for name in found)]
        assert (sent.rejected, sent.warnings) == (len(wrong), len(failing) - len(wrong))
    assert broken == demanded


@pytest.mark.parametrize("feed", feeds())
def test_the_go_live_export_breaks_no_rule(feed: str, small: tuple[Path, Receipt]) -> None:
    for branch in ("NTB01", "STG01"):
        with (small[0] / branch / f"{branch}_{feed}_2023-09-30.csv").open(encoding="utf-8", newline="") as text:
            _, *rows = [tuple(cells) for cells in csv.reader(text)]
        assert rows
        assert not any(judge(feed, branch, date(2023, 9, 30), rows))


def judge(feed: str, branch: str, day: date, rows: list[tuple[str, ...]]) -> list[set[str]]:
    """By row, the rules that it breaks: the contract once more, in SQL."""
    con = duckdb.connect()
    columns = contract(feed).exported
    asked = [column.name for column in columns if not column.beside]
    con.execute(
        f"create table cells (line_no integer, ragged boolean, {', '.join(f'{c.name} varchar' for c in columns)})"
    )
    for n, row in enumerate(rows):
        ragged = len(row) != len(asked)
        con.execute(
            f"insert into cells (line_no, ragged, {', '.join(asked)}) values ({', '.join(['?'] * (len(asked) + 2))})",
            [n, ragged, *([None] * len(asked) if ragged else [cell or None for cell in row])],
        )

    values = ", ".join(f"{cast(c)} as {c.name}" for c in columns)
    texts = ", ".join(f"{c.name} as {c.name}_text" for c in columns)
    unreadable = ", ".join(f"case when {cast(c)} is null then {c.name} end as {c.name}_unreadable" for c in columns)
    unreadable += "".join(
        f", case when {c.name} is null and not ragged then 1 end as {c.name}_missing" for c in columns
    )
    derived = "".join(f", {column.derived} as {column.name}" for column in contract(feed).derived)
    know_reference(con, REFERENCE)
    con.execute(PLAIN_NAME)
    looked_up = contract(feed).looks_up or "(select 1)"
    con.execute(
        f"""create table derived as
        with typed as (
            select line_no, case when ragged then 'columns' end as row_problem, 1 as delivery_id,
                '{branch}' as sender_code, date '{day}' as business_date, {values}, {texts}, {unreadable}
            from cells
        )
        select typed.*{derived}
        from typed
        left join lateral {looked_up} as looked_up on true"""
    )
    con.execute("alter table derived rename to typed")
    found: list[set[str]] = [set() for _ in rows]
    for rule in contract(feed).rules:
        if rule.name.endswith((COUNTED_UP, MEANT_RULE)):
            continue  # the corpus tries them
        for (line,) in con.execute(f"select line_no from typed where {failing(rule)}").fetchall():
            if len(rows[line]) == len(asked) or rule.name == "row_readable":
                found[line].add(rule.name)
    return found


def failing(rule: Rule) -> str:  # noqa: PLR0911
    """The rows that break a rule, as a condition; what is missing breaks only the rule that it be there."""
    kwargs, column = rule.kwargs, rule.kwargs.get("column")
    regions, schemes = (
        "select region_code::varchar from read_csv('{}/region.csv')",
        "select scheme from read_csv('{}/incentive_scheme.csv')",
    )
    match rule.expectation:
        case "ExpectColumnValuesToBeNull":
            return f"{column} is not null"
        case "ExpectColumnValuesToMatchRegex":
            return f"not regexp_matches({column}, '{kwargs['regex']}')"
        case "ExpectColumnValuesToNotMatchRegex":
            return f"regexp_matches({column}, '{kwargs['regex']}')"
        case "ExpectColumnValueLengthsToBeBetween":
            return f"length({column}) not between {kwargs['min_value']} and {kwargs['max_value']}"
        case "ExpectColumnValuesToBeBetween":
            high = f" or {column} > '{kwargs['max_value']}'" if "max_value" in kwargs else ""
            return f"{column} < '{kwargs['min_value']}'{high}"
        case "ExpectColumnValuesToNotBeInSet":
            return f"{column} in ({str(list(kwargs['value_set']))[1:-1]})"
        case "ExpectColumnValuesToBeInSet":
            known = {"$regions": regions, "$schemes": schemes}
            values = kwargs["value_set"]
            listed = known[values].format("warehouse/reference") if isinstance(values, str) else str(list(values))[1:-1]
            return f"{column} not in ({listed})"
        case "ExpectColumnPairValuesToBeEqual":
            return f"{kwargs['column_A']} <> {kwargs['column_B']}"
        case "ExpectColumnPairValuesAToBeGreaterThanB":
            return f"{kwargs['column_A']} {'<' if kwargs.get('or_equal') else '<='} {kwargs['column_B']}"
        case "ExpectCompoundColumnsToBeUnique":
            given, key = kwargs["column_list"][1], ", ".join(kwargs["column_list"])
            twice = f"qualify count(*) over (partition by {key}) > 1"
            return f"line_no in (select line_no from typed where {given} is not null {twice})"
        case other:
            raise AssertionError(f"{other} is not known here")


def cast(column: Column) -> str:
    """The text of a cell as its type, null where it cannot be read."""
    text = f"{column.name} || '-01'" if column.kind == "month" else column.name
    if column.kind == "integer":  # DuckDB would round 36800.50
        text = f"case when regexp_full_match({text}, '-?[0-9]+') then {text} end"
    return f"try_cast({text} as {column.sql_type})"
