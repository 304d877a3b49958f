"""Amounts: in which form a column is written, what is read of it, and what is refused or left to its row."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.contract import contract
from transforms.conform import Counted, conform
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE


def conformed(
    deliveries: list[list[str]], column: str, feed: str = "contributions", problems: dict[int, str] | None = None
) -> list[tuple[list[Any], Counted]]:
    """Of each delivery what the texts of a column became, on lines from 2 on, and what was counted."""
    con, rules = duckdb.connect(), contract(feed)
    rows = [(str(n), line, text) for n, texts in enumerate(deliveries) for line, text in enumerate(texts, start=2)]
    text = {
        "delivery_id": [delivery for delivery, _, _ in rows],
        "sender_code": ["NTB01"] * len(rows),
        "line_no": [line for _, line, _ in rows],
        "row_problem": pa.array([(problems or {}).get(line) for _, line, _ in rows], pa.string()),
        **{each.name: pa.nulls(len(rows), pa.string()) for each in rules.exported},
        rules.exported[0].name: [f"X-{n}" for n in range(len(rows))],  # no two rows are the same
        column: [text for _, _, text in rows],
    }
    con.register("rows", pa.table(text))
    con.execute("create temp table text as select *, date '2023-10-13' as business_date from rows")
    know_reference(con, REFERENCE)
    counted = conform(con, rules, {"NTB01": "WITA"})
    values = con.execute(
        f"select delivery_id, list({column} order by line_no) from typed group by delivery_id"
    ).fetchall()
    found = dict(values)
    return [(found.get(str(n), []), counted[str(n)]) for n in range(len(deliveries))]


ALONE: list[tuple[str, int | None]] = [
    # currency, blanks, signs
    ("Rp\u00a036.800,00", 36800),
    ("Rp\u202f36.800", 36800),
    ("rp.36.800", 36800),
    ("36.800 IDR", 36800),
    ("IDR 1,840,000.00", 1840000),
    ("Rp36.800,-", 36800),
    ("Rp 36.800,--", 36800),
    ("36.800.-", 36800),
    ("-Rp36.800", -36800),
    ("Rp -36.800", -36800),
    ("Rp-36.800,00", -36800),
    ("\u221236.800", -36800),
    ("(36.800)", -36800),
    ("(Rp 36.800,00)", -36800),
    ("Rp (36.800)", -36800),
    ("+36800", 36800),
    ("36.800-", None),  # a minus behind it: SAP's sign, or the half of ,-
    ("Rp36.800-", None),
    ("-(36.800)", None),
    ("--36.800", None),
    ("Rp", None),
    ("36.800 ribu", None),
    # decimals
    ("36800.0000", 36800),
    ("36800,0000", 36800),
    ("36.800,000", None),
    ("1,840,000.000", None),
    ("36800.", 36800),
    ("36800.000", 36800),
    ("0.00", 0),
    ("36799.99999999999", 36800),
    ("36800.00000000001", 36800),
    ("110400,00000000001", 110400),
    ("-36799.99999999999", -36800),
    ("36799.9999999999", None),  # 15 digits: that is what the spreadsheet shows
    ("36799.99", None),
    ("123456789012345.6", None),
    # thousands
    ("1'840'000", 1840000),
    ("1\u2019840\u2019000.00", 1840000),
    ("1 840 000", 1840000),
    ("1\u00a0840\u00a0000,00", 1840000),
    ("36 800,000", 36800),
    ("18'40", None),
    ("1.8400.00", None),
    # exponents
    ("1.84E+06", None),
    ("1,84E+06", None),
    ("4.2E7", 42000000),
    ("1.104E5", 110400),
    ("1.2345E2", None),
    ("#N/A", None),
    ("inf", None),
    ("nan", None),
]
COLUMNS: list[tuple[list[str], list[int | None]]] = [
    # one cell that fits no form, or another, is its row's problem
    (["36.800"] * 199 + ["36.80"], [36800] * 199 + [None]),
    (["36800"] * 199 + ["36.80"], [36800] * 199 + [None]),
    (["36.800"] * 6 + ["220,800"], [36800] * 6 + [None]),
    (["36,800"] * 50 + ["36.800"] * 5, [36800] * 50 + [None] * 5),
    (["36800.00"] * 30 + ["168.000"], [36800] * 30 + [None]),
    (["36.800"] * 30 + ["168,000"], [36800] * 30 + [None]),
    (["36800"] * 30 + ["36,800"], [36800] * 31),
    # three decimals
    (["36800.000", "110400.000", "368.000", "36800.000"], [36800, 110400, 368, 36800]),
    (["36800,000", "110400,000", "368,000", "36800,000"], [36800, 110400, 368, 36800]),
    (["36800.000", "36800.000", "36800.500"], [36800, 36800, None]),
    (["168.000", "36.800", "1.840.000"], [168000, 36800, 1840000]),
    (["168.000", "168.000", "36800"], [168000, 168000, 36800]),
    (["168,000", "1,840,000.00"], [168000, 1840000]),
    # small amounts are not damage by themselves
    (["168", "36800", "36.800"], [168, 36800, 36800]),
    (["0", "0.0", "36800.5"], [0, 0, None]),
    (["36.8"] + ["36.800"] * 40, [None] + [36800] * 40),
]
REFUSED: list[tuple[list[str], list[str]]] = [
    (["36.800"] * 4 + ["36,800"] * 3, ["line 2 (1.840.000,00)", "line 6 (1,840,000.00)"]),
    (["36.800"] * 20 + ["1,840,000"] * 5, ["line 2 (1.840.000,00)", "line 22 (1,840,000.00)"]),
    (["168.000"] * 30 + ["36800.000"], ["line 2 (1.840.000,00)", "line 32 (36800.000)"]),
    (["168,000"] * 30 + ["36800,000"] * 2, ["line 2 (1,840,000.00)", "line 32 (36800,000)"]),
    (["36.800"] * 4 + ["36800.000"] * 4, ["line 2 (1.840.000,00)", "line 6 (36800.000)"]),
    (["168"] * 30 + ["36.8"] * 5, ["line 32", "36.800 became 36.8"]),
    (["168"] * 30 + ["36,8"] * 5, ["line 32", "36.800 became 36.8"]),
    (["168"] * 30 + ["36.8"], ["36.800 became 36.8"]),
    (["36.8", "1.84", "36.8"], ["line 2"]),
    (["168.0", "36.8", "504.0"], ["line 3"]),
    (["168.00"] * 9 + ["36.80", "16.80"], ["line 11"]),
    (["1.840.000"] * 20 + ["36.8"] * 3, ["line 22"]),
    (["36800"] * 400 + ["168"] * 30 + ["36.8"] * 5, ["line 432"]),
    (["-36.8", "-168"], ["line 2"]),
]


def test_an_amount_alone_in_its_column() -> None:
    found = conformed([[text] for text, _ in ALONE], "amount_rp")
    assert [(text, values, said.refusal) for (text, _), (values, said) in zip(ALONE, found, strict=True)] == [
        (text, [expected], "") for text, expected in ALONE
    ]


@pytest.fixture(scope="module")
def columns() -> list[tuple[list[Any], Counted]]:
    """What became of COLUMNS and, behind them, of REFUSED."""
    return conformed([texts for texts, _ in [*COLUMNS, *REFUSED]], "amount_rp")


@pytest.mark.parametrize("number", range(len(COLUMNS)))
def test_a_column_has_one_form_and_a_row_may_not_fit_it(number: int, columns: list[tuple[list[Any], Counted]]) -> None:
    values, said = columns[number]
    assert (values, said.refusal) == (COLUMNS[number][1], "")


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_has_two_readings_or_lost_its_thousands_refuses_the_delivery(
    number: int, columns: list[tuple[list[Any], Counted]]
) -> None:
    values, said = columns[len(COLUMNS) + number]
    assert values == []
    for words in ("JUMLAH_IURAN", *REFUSED[number][1]):
        assert words in said.refusal


def test_rows_that_are_rejected_for_themselves_do_not_vote() -> None:
    texts = ["36.800", "36.800", "73,600", "73,600"]
    ((values, counted),) = conformed([texts], "amount_rp", problems={4: "columns", 5: "error"})
    assert (values, counted.refusal) == ([36800, 36800, None, None], "")


def test_a_column_that_is_no_money_has_no_thousands() -> None:
    texts = ["3", "3.0", "3,00", "3.000", "12,000", "-1.0", "1.5", "1.0.0", "1.000,0"]
    assert conformed([texts], "months")[0][0] == [3, 3, 3, 3, 12, -1, None, None, None]


def test_an_amount_of_another_feed_is_read_alike() -> None:
    (values, _), (_, lost) = conformed([["4.2E7", "42000000.0"], ["42", "1.5"]], "amount_rp", "claims")
    assert values == [42_000_000, 42_000_000]
    assert "NILAI_KLAIM, baris 3" in lost.refusal
