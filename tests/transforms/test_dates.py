"""Dates and months: which form a column has, what a text means in it, and what is refused rather than guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from columns import AGENTS, COLUMN_OF, CONTRIBUTIONS, read_column

from expectations.contract import Contract, contract, feeds

REGISTRATIONS = contract("registrations")
SEPTEMBER_5, SEPTEMBER_13 = date(2023, 9, 5), date(2023, 9, 13)
Texts = Sequence[str | None]
Read = Callable[[str, Texts], tuple[list[Any], str]]
GOOD = ["30/09/2003"]


def column_of(name: str, texts: Texts, feed: Contract = CONTRIBUTIONS) -> list[Any] | str:
    """What a column's texts became, or why the delivery was refused; business date 2023-10-13, at a WITA branch."""
    values, counted = read_column(name, {"d": list(texts)}, feed)
    return counted["d"].refusal or values["d"]


@pytest.fixture(scope="module")
def read() -> Read:
    """What a column's texts became, and why its delivery was refused.

    All columns of the lists below are read at once, each as a delivery of its own.
    """
    columns = [(COLUMN_OF[kind], [text]) for kind, text, _ in ALONE]
    columns += [(name, texts) for name, texts, _ in [*COLUMNS, *UNSETTLED]]
    columns += [(name, [text]) for name, text, _ in CENTURIES] + [("payment_date", [text]) for text, _ in STAMPS]
    found = {}
    for name in {name for name, _ in columns}:
        [feed] = [f for f in (CONTRIBUTIONS, REGISTRATIONS, AGENTS) if name in {c.name for c in f.exported}]
        own = {str(n): list(texts) for n, texts in enumerate([GOOD, *(t for other, t in columns if other == name)])}
        values, counted = read_column(name, own, feed)
        found |= {(name, *texts): (values.get(key, []), counted[key].refusal) for key, texts in own.items()}
    return lambda name, texts: found[name, *texts]


ALONE: list[tuple[str, str, Any]] = [
    ("date", "2023-09-30", date(2023, 9, 30)),
    ("date", "2023/9/3", date(2023, 9, 3)),
    ("date", "30-09-2023", date(2023, 9, 30)),
    ("date", "30/09/2023", date(2023, 9, 30)),
    ("date", "09/30/2023", date(2023, 9, 30)),
    ("date", "30.09.2023", date(2023, 9, 30)),
    ("date", "3-4-2023", date(2023, 4, 3)),
    ("date", "03.04.2023", date(2023, 4, 3)),
    ("date", "04/04/2023", date(2023, 4, 4)),
    ("date", "30-09-23", date(2023, 9, 30)),
    ("date", "13-10-23", date(2023, 10, 13)),
    ("date", "14-10-23", date(2023, 10, 14)),  # after the business date, and never a century before
    ("date", "17-08-45", date(2045, 8, 17)),
    ("date", "29-02-00", date(2000, 2, 29)),
    ("date", "45199", date(2023, 9, 30)),
    ("date", "45199.5", date(2023, 9, 30)),
    ("date", "13 September 2023", SEPTEMBER_13),
    ("date", "Rabu, 13 September 2023 pukul 14.05.33 WITA", SEPTEMBER_13),
    ("date", "13-Sep-23", SEPTEMBER_13),
    ("date", "13 Agustus 2023", date(2023, 8, 13)),
    ("date", "Sep 13, 2023", SEPTEMBER_13),
    ("date", "2023-Sep-13", SEPTEMBER_13),
    ("date", "13-Set-2023", None),
    ("date", "13-Sep", None),
    ("date", "1980", None),
    ("date", "31/09/2023", None),
    ("date", "31/13/2023", None),
    ("date", "29-02-2023", None),
    ("date", "29-02-2024", date(2024, 2, 29)),
    ("date", "0000-00-00", None),
    ("date", "-999-01-01", None),
    ("date", "13-09/2023", None),
    ("month", "2023-09", date(2023, 9, 1)),
    ("month", "2023/9", date(2023, 9, 1)),
    ("month", "2023.09", date(2023, 9, 1)),
    ("month", "2023.1", None),  # the number 2023.10 of a spreadsheet, or January
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
    ("month", "Sep-23", date(2023, 9, 1)),
    ("month", "Sep 2023", date(2023, 9, 1)),
    ("month", "September 2023", date(2023, 9, 1)),
    ("month", "2023 Sep", date(2023, 9, 1)),
    ("month", "23-Sep", date(2023, 9, 1)),
    ("month", "Mei-23", date(2023, 5, 1)),
    ("month", "Agu-23", date(2023, 8, 1)),
    ("month", "Okt 2023", date(2023, 10, 1)),
    ("month", "DES-23", date(2023, 12, 1)),
    ("month", "1 September 2023", date(2023, 9, 1)),
    ("month", "13-Sep-23", None),
    ("month", "05-Sep", None),  # a day of some year
]


@pytest.mark.parametrize(("kind", "text", "expected"), ALONE)
def test_a_value_alone_in_its_column(kind: str, text: str, expected: Any, read: Read) -> None:
    assert read(COLUMN_OF[kind], [text]) == ([expected], "")


TYPO = ["05-09-2023"] * 12 + ["05-13-2023"]


COLUMNS: list[tuple[str, Texts, list[Any]]] = [
    # one cell that the official form does not explain is that row's problem
    ("payment_date", TYPO, [SEPTEMBER_5] * 12 + [None]),
    ("payment_date", ["05.09.23"] * 12 + ["05.13.23"], [SEPTEMBER_5] * 12 + [None]),
    ("payment_date", ["05-09-2023"] * 12 + ["35-09-2023"], [SEPTEMBER_5] * 12 + [None]),
    ("birth_date", ["05-09-1981"] * 12 + ["05-13-1981", "x"], [date(1981, 9, 5)] * 12 + [None, None]),
    ("birth_date", ["25-09-1981"] * 12 + ["05-13-1981"], [date(1981, 9, 25)] * 12 + [None]),
    ("payment_date", ["13/09/2023"] * 12 + ["09/14/2023", "05/09/2023"], [SEPTEMBER_13] * 12 + [None, SEPTEMBER_5]),
    # many cells tell so, none the contrary
    ("birth_date", ["09-25-1981"] * 5 + ["05-09-1981"], [date(1981, 9, 25)] * 5 + [date(1981, 5, 9)]),
    # one cell tells so, and the others lie a few days before the business date only in that order
    ("payment_date", ["09-05-2023"] * 5 + ["09-13-2023"], [SEPTEMBER_5] * 5 + [SEPTEMBER_13]),
    ("payment_date", ["09-05-2023"] * 5 + ["06-31-2023"], [SEPTEMBER_5] * 5 + [None]),
    # without a form of the contract any order needs evidence
    ("payment_date", ["03/04/2023", None, "30/09/2023", "2023-01-02"],
     [date(2023, 4, 3), None, date(2023, 9, 30), date(2023, 1, 2)]),
    ("payment_date", ["03/04/2023", "09/30/2023", "09/29/2023"],
     [date(2023, 3, 4), date(2023, 9, 30), date(2023, 9, 29)]),
    # in the other order they would lie after the business date, or none lies in the week before it
    ("payment_date", ["12/08/2023"] * 2, [date(2023, 8, 12)] * 2),
    ("payment_date", [f"{day:02d}/10/2023" for day in range(2, 11)], [date(2023, 10, day) for day in range(2, 11)]),
    ("payment_date", [f"10/{day:02d}/2023" for day in range(2, 11)], [date(2023, 10, day) for day in range(2, 11)]),
    ("payment_date", ["12/08/2023"], [date(2023, 8, 12)]),
    ("payment_date", ["10/12/2023"] * 3, [date(2023, 10, 12)] * 3),
    ("payment_date", ["11/10/2023", "13/10/2023"], [date(2023, 10, 11), date(2023, 10, 13)]),
    ("payment_date", ["11/10/2023"], [date(2023, 10, 11)]),
    ("payment_date", ["05/09/2023"] * 60 + ["30/08/2023"], [SEPTEMBER_5] * 60 + [date(2023, 8, 30)]),
    # an odd text among dates that say what they are
    ("payment_date", ["2023-09-05"] * 12 + ["05/09/2023"], [SEPTEMBER_5] * 12 + [None]),
    ("payment_date", ["05-09-2023"] * 12 + ["03/04/2023"], [SEPTEMBER_5] * 12 + [None]),
    # serials
    ("payment_date", ["45199", None, "45200"], [date(2023, 9, 30), None, date(2023, 10, 1)]),
    ("payment_date", ["45199"] * 9 + ["kemarin"], [date(2023, 9, 30)] * 9 + [None]),
    ("payment_date", ["45199"] * 3 + ["13-09-2023"] * 3, [date(2023, 9, 30)] * 3 + [SEPTEMBER_13] * 3),
    ("payment_date", ["45199", "2023-10-01"], [None, date(2023, 10, 1)]),
    # true dates beside texts: without evidence of an exchange both are read
    ("payment_date", ["2023-09-05"] * 9 + ["13/09/2023"] * 5, [SEPTEMBER_5] * 9 + [SEPTEMBER_13] * 5),
    ("birth_date", ["1981-09-25", "1981-09-05"] * 5 + ["13-09-1981"] * 5,
     [date(1981, 9, 25), date(1981, 9, 5)] * 5 + [date(1981, 9, 13)] * 5),
    ("birth_date", ["1981-09-05"] * 60 + ["13-09-1981"] * 2, [date(1981, 9, 5)] * 60 + [date(1981, 9, 13)] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "texts", "expected"), COLUMNS)
def test_a_column_has_one_form(name: str, texts: Texts, expected: list[Any], read: Read) -> None:
    assert read(name, texts) == (expected, "")


UNSETTLED: list[tuple[str, Texts, str]] = [
    ("payment_date", ["05/05/2023", "03/04/2023"], "line 3: day and month cannot be told apart"),
    ("payment_date", ["03/04/2023", "09/30/2023"], "line 2: day and month cannot be told apart"),
    ("payment_date", ["03-04-2023", "09-30-2023"], "line 2: day and month cannot be told apart"),
    ("birth_date", ["05/09/1981"] * 60 + ["30/08/1981"], "line 2: day and month cannot be told apart"),
    ("payment_date", ["05/09/2023"] * 60 + ["05/13/2023"], "line 2: day and month cannot be told apart"),
    ("payment_date", ["30/09/2023", "2023-09-30", "09/30/2023"],
     "line 2 has the form DD/MM/YYYY, line 4 the form MM/DD/YYYY"),
    ("payment_date", ["13/09/2023", "05/09/2023", "09/13/2023"] * 9, "line 2 has the form DD/MM/YYYY, line 4"),
    ("birth_date", ["13-09-1981"] * 9 + ["09-13-1981"] * 4, "line 2 has the form DD-MM-YYYY, line 11"),
    ("payment_date", ["30-09-2023", "09/30/2023"], "line 2 has the form DD-MM-YYYY, line 3 the form MM/DD/YYYY"),
    ("payment_date", ["45170"] * 5 + ["05-09-2023"] * 4, "line 2 has the form 45199, line 7 the form DD-MM-YYYY"),
    ("payment_date", ["2023-07-09"] * 9 + ["17/09/2023"] * 6, "line 2 holds a true date whose day is at most 12"),
    ("birth_date", ["1981-07-09", "1981-03-02"] * 3 + ["17-09-1981"] * 3, "line 8 a text whose day is above 12"),
    ("birth_date", ["1981-07-09"] * 4 + ["09/17/1981"] * 2, "exchanged day and month"),
    ("payment_date", ["45116"] * 4 + ["17/09/2023"] * 4, "exchanged day and month"),
    ("payment_date", ["23-09-13"] * 3, "line 2: a year of two digits stands first"),
    ("payment_date", ["05-09-23", "23-09-12", "23-09-13"], "line 3: a year of two digits stands first"),
    ("birth_date", ["81-05-10", "01-05-10"], "line 2: a year of two digits stands first"),
    ("pks_from", ["24-01-01", "24-01-15"], "line 2: a year of two digits stands first"),
    # dates of which most make sense either way, and some with the year in front only
    ("pks_from", ["23-03-29", "24-10-24", "25-10-01", "24-04-23"], "line 4: a year of two digits stands first"),
    ("pks_from", ["23-03-29", "23-04-24", "23-10-21"], "line 2: a year of two digits stands first, or may do so"),
    ("payment_date", ["2023-09-12 16:00:00"] * 3, "line 2 and others: the time of day is midnight in Indonesia"),
    ("birth_date", ["12/09/1981 17:00", "1981-09-13 17:00:00", "14-09-1981 17.00"], "the day may be the next one"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "texts", "words"), UNSETTLED)
def test_what_no_evidence_settles_refuses_its_delivery_alone(name: str, texts: Texts, words: str, read: Read) -> None:
    values, refusal = read(name, texts)
    assert values == []
    assert words in refusal
    assert not any(str(text) in refusal for text in texts), "no value in a reason"
    assert read(name, GOOD) == ([date(2003, 9, 30)], "")


def test_the_contract_says_which_separators_mean_day_first() -> None:
    strict = replace(CONTRIBUTIONS, day_first=())
    loose = replace(CONTRIBUTIONS, day_first=("/",))
    assert "cannot be told apart" in str(column_of("payment_date", ["03-04-2023"], strict))
    assert column_of("payment_date", ["03/04/2023"], loose) == [date(2023, 4, 3)]


def test_rows_that_are_no_data_do_not_vote() -> None:
    texts: list[str | None] = ["03/04/2023"] * 3 + ["09/13/2023"] * 2
    assert column_of("payment_date", texts) == [date(2023, 3, 4)] * 3 + [SEPTEMBER_13] * 2
    assert "cannot be told apart" in read_column("payment_date", {"d": texts}, problems={5: "total"})[1]["d"].refusal


CENTURIES: list[tuple[str, str, date]] = [
    ("birth_date", "10-05-81", date(1981, 5, 10)),
    ("birth_date", "10-05-22", date(1922, 5, 10)),  # one year or 101: a rule rejects it
    ("birth_date", "10-05-08", date(2008, 5, 10)),
    ("birth_date", "13-10-08", date(2008, 10, 13)),
    ("birth_date", "14-10-08", date(1908, 10, 14)),
    ("pks_from", "01/01/24", date(2024, 1, 1)),
    ("pks_from", "13.10.23", date(2023, 10, 13)),
    ("pks_to", "31/12/25", date(2025, 12, 31)),
    ("joined_date", "13-10-14", date(2014, 10, 13)),
]


@pytest.mark.parametrize(("name", "text", "expected"), CENTURIES)
def test_the_century_of_a_short_year_follows_from_what_the_date_is(
    name: str, text: str, expected: date, read: Read
) -> None:
    assert read(name, [text]) == ([expected], "")


def test_a_short_year_in_front_rejects_its_row_among_others() -> None:
    assert column_of("payment_date", ["05-09-23"] * 9 + ["23-09-15"]) == [SEPTEMBER_5] * 9 + [None]


def test_a_column_of_months_is_settled_by_the_first_of_the_month() -> None:
    assert column_of("first_month", ["01/01/2023", "02/01/2023"]) == [date(2023, 1, 1), date(2023, 2, 1)]
    assert column_of("first_month", ["23-Sep", "22-Nov", "22-Sep"]) == [date(2023, 9, 1), date(2022, 11, 1), None]
    assert column_of("first_month", ["23-Sep", "05-Sep"]) == [None, None]
    assert "line 2 has the form DD/MM/YYYY, line 3 the form" in str(
        column_of("first_month", ["01/02/2023", "02/01/2023"])
    )


STAMPS: list[tuple[str, date | None]] = [
    ("2023-09-30 00:00:00", date(2023, 9, 30)),
    ("30/09/2023 12:00:00 AM", date(2023, 9, 30)),
    ("13/9/2023, 14.05.33", SEPTEMBER_13),
    ("2023-09-13T10:00:00+07:00", SEPTEMBER_13),
    ("2023-09-13T23:30:00+07:00", date(2023, 9, 14)),  # half past midnight at the branch
    ("2023-09-13 11:30:00 PM WIB", date(2023, 9, 14)),
    ("13-09-2023 14:05 WIB", SEPTEMBER_13),
    ("13-09-2023 00:30 WIT", date(2023, 9, 12)),
    ("2023-09-13T15:59:59.999Z", SEPTEMBER_13),
    ("2023-09-12T16:10:00.000Z", SEPTEMBER_13),
    ("2023-09-12T16:00:00.000Z", SEPTEMBER_13),  # midnight WITA
    ("2023-09-12T17:00:00.000Z", SEPTEMBER_13),  # midnight WIB
    ("2023-09-12T15:00:00.000Z", SEPTEMBER_13),  # midnight WIT, 23:00 at the branch
    ("2023-09-13T00:00:00.000Z", SEPTEMBER_13),
    ("2023-09-13 00:00:00+09:00", SEPTEMBER_13),
    ("1962-05-09T16:30:00.000Z", date(1962, 5, 10)),  # midnight in Jakarta of that time
    ("1920-05-10 00:00:00+07:07:12", date(1920, 5, 10)),
    ("2023-09-13 25:00:00Z", None),
]


@pytest.mark.parametrize(("text", "expected"), STAMPS)
def test_a_stamp_is_the_day_at_the_branch(text: str, expected: date | None, read: Read) -> None:
    assert read("payment_date", [text]) == ([expected], "")


def test_a_midnight_among_other_stamps_is_a_moment() -> None:
    moments = ["2023-09-12T15:00:00Z", "2023-09-12T15:10:00Z", "2023-09-12T03:00:00Z"]
    assert column_of("payment_date", moments) == [date(2023, 9, 12)] * 3
    trick = ["2023-09-12T15:00:00Z"] * 10 + ["2023-09-12T15:10:00Z"]
    assert column_of("payment_date", trick) == [SEPTEMBER_13] * 10 + [date(2023, 9, 12)]


def test_the_decided_forms_are_told() -> None:
    _, counted = read_column(
        "payment_date",
        {
            "standard": ["2023-09-13"],
            "official": TYPO,
            "two": ["13-09-2023"] * 4 + ["13/09/2023"] * 4,
            "english": ["09/13/2023"],
            "serial": ["45199"],
            "zone": ["2023-09-12T15:00:00Z"],
        },
    )
    assert {key: count.forms for key, count in counted.items()} == {
        "standard": "",
        "official": '{"TGL_BAYAR": "DD-MM-YYYY"}',
        "two": '{"TGL_BAYAR": "DD-MM-YYYY | DD/MM/YYYY"}',
        "english": '{"TGL_BAYAR": "MM/DD/YYYY"}',
        "serial": '{"TGL_BAYAR": "serial"}',
        "zone": '{"TGL_BAYAR": "YYYY-MM-DD | midnight WIT"}',
    }


def test_a_correction_is_read_in_the_forms_of_its_original() -> None:
    given = {"d": {"TGL_BAYAR": "MM-DD-YYYY"}, "standard": {}}
    deliveries: dict[str, list[str | None]] = {
        "d": ["09-05-2023", "2023-09-13", "30-06-2023", "13/09/2023"],
        "standard": ["2023-09-05", "05-09-2023", "05/09/2023", "09/13/2023", "13/09/2023", "45199"],
    }
    values, counted = read_column("payment_date", deliveries, given=given)
    assert values == {
        "d": [SEPTEMBER_5, SEPTEMBER_13, None, None],
        "standard": [SEPTEMBER_5, SEPTEMBER_5, None, None, None, None],
    }
    assert [count.refusal for count in counted.values()] == ["", ""]
    assert counted["d"].forms == '{"TGL_BAYAR": "MM-DD-YYYY"}'


def test_every_date_of_every_feed_is_judged_from_below_and_from_above() -> None:
    missing = []
    for feed in map(contract, feeds()):
        for column in (c for c in feed.exported if c.kind in ("date", "month") and not c.beside):
            rules = [rule for rule in feed.rules if rule.severity == "error" and column.name in rule.columns]
            above = [r for r in rules if r.kwargs.get("column_B") == column.name or "max_value" in r.kwargs]
            below = [r for r in rules if r.kwargs.get("column_A") == column.name or "min_value" in r.kwargs]
            missing += [] if above and below else [f"{feed.feed}.{column.name}"]
    assert not missing
