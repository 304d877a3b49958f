"""Dates and numbers: what a column of a delivery means, and what is refused rather than guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.contract import Contract, contract
from transforms.conform import Counted, conform

CONTRIBUTIONS, AGENTS = contract("contributions"), contract("agents")
COLUMN_OF = {"date": "payment_date", "month": "first_month", "integer": "amount_rp"}


def read_column(
    name: str, deliveries: dict[str, list[str | None]], feed: Contract = CONTRIBUTIONS
) -> tuple[dict[str, list[Any]], dict[str, Counted]]:
    """What a column's texts became, by delivery, in the order of the lines; business date 2023-10-13."""
    con = duckdb.connect()
    rows = [(key, line, text) for key, texts in deliveries.items() for line, text in enumerate(texts, start=2)]
    text = {
        "delivery_id": [key for key, _, _ in rows],
        "sender_code": ["NTB01"] * len(rows),
        "line_no": [line for _, line, _ in rows],
        "row_problem": pa.nulls(len(rows), pa.string()),
        **{c.name: pa.nulls(len(rows), pa.string()) for c in feed.exported},
        feed.exported[0].name: [f"{key}-{line}" for key, line, _ in rows],  # no two rows are the same
        name: pa.array([text for _, _, text in rows], pa.string()),
    }
    con.register("rows", pa.table(text))
    con.execute("create temp table text as select *, date '2023-10-13' as business_date from rows")
    counted = conform(con, feed)
    values: dict[str, list[Any]] = {}
    for key, value in con.execute(f"select delivery_id, {name} from typed order by delivery_id, line_no").fetchall():
        values.setdefault(key, []).append(value)
    return values, counted


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("integer", "36800", 36800),
        ("integer", "36.800", 36800),
        ("integer", "1.840.000,00", 1840000),
        ("integer", "Rp 1.840.000", 1840000),
        ("integer", "Rp 1.840.000,-", 1840000),
        ("integer", "IDR 1,840,000", 1840000),
        ("integer", "Rp. 36800", 36800),
        ("integer", "36800.00", 36800),
        ("integer", "36800,0", 36800),
        ("integer", "1,840,000.00", 1840000),
        ("integer", "36,800", 36800),
        ("integer", "-36.800", -36800),
        ("integer", "0", 0),
        ("integer", "0.500", None),
        ("integer", "36800.5", None),
        ("integer", "36800,50", None),
        ("integer", "36.8", None),
        ("integer", "1.84.000", None),
        ("integer", "1,840.000,00", None),
        ("integer", "5.27101E+15", None),
        ("integer", "99999999999999999999", None),
        ("integer", "x", None),
        ("date", "2023-09-30", date(2023, 9, 30)),
        ("date", "2023/9/3", date(2023, 9, 3)),
        ("date", "2023-09-30 00:00:00", date(2023, 9, 30)),
        ("date", "2023-09-30T07:15:00.000Z", date(2023, 9, 30)),
        ("date", "30/09/2023 12:00:00 AM", date(2023, 9, 30)),
        ("date", "30-09-2023", date(2023, 9, 30)),
        ("date", "30/09/2023", date(2023, 9, 30)),
        ("date", "09/30/2023", date(2023, 9, 30)),
        ("date", "30.09.2023", date(2023, 9, 30)),
        ("date", "3-4-2023", date(2023, 4, 3)),
        ("date", "03.04.2023", date(2023, 4, 3)),
        ("date", "04/04/2023", date(2023, 4, 4)),
        ("date", "30-09-23", date(2023, 9, 30)),
        ("date", "13-10-23", date(2023, 10, 13)),
        ("date", "14-10-23", date(1923, 10, 14)),
        ("date", "17-08-45", date(1945, 8, 17)),
        ("date", "29-02-00", date(2000, 2, 29)),
        ("date", "45199", date(2023, 9, 30)),
        ("date", "45199.5", date(2023, 9, 30)),
        ("date", "1980", None),
        ("date", "31/09/2023", None),
        ("date", "31/13/2023", None),
        ("date", "29-02-2023", None),
        ("date", "29-02-2024", date(2024, 2, 29)),
        ("date", "0000-00-00", None),
        ("date", "-999-01-01", None),
        ("month", "2023-09", date(2023, 9, 1)),
        ("month", "2023/9", date(2023, 9, 1)),
        ("month", "09-2023", date(2023, 9, 1)),
        ("month", "09/2023", date(2023, 9, 1)),
        ("month", "2023-09-01", date(2023, 9, 1)),
        ("month", "2023-09-01 00:00:00", date(2023, 9, 1)),
        ("month", "01/09/2023", date(2023, 9, 1)),
        ("month", "09/01/2023", date(2023, 9, 1)),
        ("month", "45170", date(2023, 9, 1)),
        ("month", "45171", None),
        ("month", "2023-09-02", None),
        ("month", "2023-13", None),
        ("month", "September", None),
    ],
)
def test_a_value_alone_in_its_column(kind: str, text: str, expected: Any) -> None:
    values, counted = read_column(COLUMN_OF[kind], {"d": [text]})
    assert (values, counted["d"].refusal) == ({"d": [expected]}, "")


def test_an_ambiguous_date_follows_the_evidence_of_its_own_delivery() -> None:
    values, counted = read_column(
        "payment_date",
        {
            "day": ["03/04/2023", None, "30/09/2023", "2023-01-02"],
            "month": ["03/04/2023", "09/30/2023"],
            "dashes": ["03-04-2023", "09-30-2023"],
            "standard": ["2023-04-03"],
        },
    )
    assert values == {
        "day": [date(2023, 4, 3), None, date(2023, 9, 30), date(2023, 1, 2)],
        "month": [date(2023, 3, 4), date(2023, 9, 30)],
        "dashes": [date(2023, 3, 4), date(2023, 9, 30)],
        "standard": [date(2023, 4, 3)],
    }
    assert not any(count.refusal for count in counted.values())


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["05/05/2023", "03/04/2023"], "line 3: day and month cannot be told apart"),
        (["30/09/2023", "2023-09-30", "09/30/2023"], "line 2 has the day first, line 4 the month"),
        (["30-09-2023", "09/30/2023"], "line 2 has the day first, line 3 the month"),
        (["05-10-23", "81-07-01"], "line 3: a year of two digits stands first"),
    ],
)
def test_what_no_evidence_settles_refuses_its_delivery_alone(texts: list[str | None], words: str) -> None:
    values, counted = read_column("payment_date", {"bad": texts, "good": ["30/09/2023"]})
    assert values == {"good": [date(2023, 9, 30)]}
    assert words in counted["bad"].refusal
    assert "TGL_BAYAR" in counted["bad"].refusal
    assert not any(str(text) in counted["bad"].refusal for text in texts), "no value in a reason"
    assert counted["good"].refusal == ""


def test_the_contract_says_which_separators_mean_day_first() -> None:
    strict = replace(CONTRIBUTIONS, day_first=())
    loose = replace(CONTRIBUTIONS, day_first=("/",))
    assert read_column("payment_date", {"d": ["03-04-2023"]}, strict)[1]["d"].refusal
    assert read_column("payment_date", {"d": ["03/04/2023"]}, loose)[0] == {"d": [date(2023, 4, 3)]}


def test_serials_are_dates_only_where_the_whole_column_is() -> None:
    values, _ = read_column("payment_date", {"all": ["45199", None, "45200"], "some": ["45199", "2023-10-01"]})
    assert values == {"all": [date(2023, 9, 30), None, date(2023, 10, 1)], "some": [None, date(2023, 10, 1)]}


def test_only_a_date_that_may_lie_ahead_gets_a_two_digit_year_ahead() -> None:
    assert read_column("pks_to", {"d": ["31-12-25"]}, AGENTS)[0] == {"d": [date(2025, 12, 31)]}
    assert read_column("pks_from", {"d": ["31-12-25"]}, AGENTS)[0] == {"d": [date(1925, 12, 31)]}


def test_a_column_of_months_is_settled_by_the_first_of_the_month() -> None:
    values, counted = read_column(
        "first_month", {"d": ["01/01/2023", "02/01/2023"], "bad": ["01/02/2023", "02/01/2023"]}
    )
    assert values == {"d": [date(2023, 1, 1), date(2023, 2, 1)]}
    assert "line 2 has the day first, line 3 the month" in counted["bad"].refusal


def test_numbers_are_settled_by_their_column() -> None:
    values, counted = read_column(
        "amount_rp",
        {
            "indonesian": ["36.800", "1.840.000,00", "5"],
            "english": ["36,800", "1,840,000.00", "5", "Rp 7"],
            "float": ["36800.0", "16800.0"],
            "both": ["36.800", "1,840,000.00"],
        },
    )
    assert values == {
        "indonesian": [36_800, 1_840_000, 5],
        "english": [36_800, 1_840_000, 5, 7],
        "float": [36_800, 16_800],
    }
    assert counted["english"].total_rp == 1_876_812
    assert "points part the thousands on line 2, commas on line 3" in counted["both"].refusal


def test_columns_of_text_are_left_alone() -> None:
    assert read_column("payer", {"d": ["03/04/2023"]})[0] == {"d": ["03/04/2023"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:05", time(8, 5)),
        ("8.05", time(8, 5)),
        ("08:05:33", time(8, 5, 33)),
        ("08.05.33", time(8, 5, 33)),
        ("2023-09-01 08:05:33.250", time(8, 5, 33)),
        ("01/09/2023 23:59", time(23, 59)),
        ("14:05 WITA", time(14, 5)),
        ("00:00", time(0, 0)),
        ("24:00", None),
        ("14:60", None),
        ("8", None),
        ("0.3368", None),  # a spreadsheet's part of a day is not guessed at
        ("pagi", None),
    ],
)
def test_times_of_day(text: str, expected: time | None) -> None:
    assert read_column("registered_at", {"d": [text]}, contract("registrations"))[0]["d"] == [expected]
