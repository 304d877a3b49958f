"""An agent's month explained: every line, and a sum that is the mart's."""

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from house import lasting_schemes
from rich.console import Console

from perisai import explain, explained
from perisai.errors import DayFailed

NEW, OLD = "perisai-13-2022", "pre-2022"
SEPTEMBER, TODAY = date(2023, 9, 1), date(2023, 10, 13)


def on_roster(code, wadah="W1", **agreed):
    agent = {"agent_code": code, "region_code": "5271", "joined_date": "2021-01-01", "status": "AKTIF"}
    agreement = {"pks_no": f"PKS/{wadah}", "scheme": NEW, "pks_from": "2022-01-01", "pks_to": "2024-12-31"}
    return agent | agreement | {"wadah_code": wadah} | agreed


def registered(n, agent="AB1", programmes=3, **more):
    row = {"registration_no": f"R{n:03}", "registration_date": "2023-09-05", "participant_key": f"{n:04x}" * 8}
    return row | {"card_key": f"c{n}", "agent_code": agent, "programmes": programmes, "region_code": "5271"} | more


def paid(n, amount=36_800, day="2023-09-06", no=None, months=1, first="2023-09-01"):
    row = {"receipt_no": no or f"K{n:03}", "card_key": f"c{n}", "payment_date": day, "first_month": first}
    return row | {"months": months, "programmes": 3, "amount_rp": amount, "payer": "PESERTA"}


OF_AB1 = [  # 26 who count, one who has not paid, one who got everything back; a refund; a month twice; odd amounts
    *[paid(n, 36_801 + n) for n in range(26)],
    *[paid(27), paid(27, -36_800, no="K927")],
    *[paid(0, 110_400, no="K900", months=3, first="2023-10-01"), paid(0, -30_000, "2023-09-30", no="K901")],
    paid(1, 36_800, no="K902"),
]
FEEDS = {
    "agents": [
        *[on_roster("AB1"), on_roster("AB2"), on_roster("AB5")],
        on_roster("AB3", "W2", scheme=OLD),
        on_roster("AB4", "W3", pks_from="2023-10-01"),
    ],
    "registrations": [
        *[registered(n, programmes=2 + n % 2) for n in range(28)],
        registered(40, "AB2"),
        *[registered(n, "AB3") for n in range(100, 151)],
        registered(200, "AB4"),
        *[registered(n, "AB5", participant_key="a" * 15 + f"{n}" + "b" * 14) for n in (300, 301)],
    ],
    "contributions": [*OF_AB1, paid(40), *[paid(n) for n in range(100, 150)], paid(200)],
}


@pytest.fixture(scope="module")
def warehouse_built(new_warehouse, tmp_path_factory):
    """September under two schemes and without one."""
    warehouse = new_warehouse()
    sent = {"branch_code": "NTB01", "business_date": TODAY}
    tables = {
        f"raw.{feed}": [sent | {"delivery_id": feed, "line_no": n} | row for n, row in enumerate(rows)]
        for feed, rows in FEEDS.items()
    }
    accepted = {"judgement": "accepted", "revision": 1, "rejected": 0}
    tables["raw.delivery"] = [
        sent | {"delivery_id": feed, "feed": feed, "file_name": f"{feed[:4]}.csv"} | accepted for feed in FEEDS
    ]
    tables["raw.business_day"] = [{"business_date": TODAY}]
    warehouse.build(tables, lasting_schemes(tmp_path_factory.mktemp("explain") / "reference"))
    yield warehouse.con
    warehouse.con.close()


@pytest.fixture
def con(warehouse_built):
    """The warehouse, for a test to change."""
    warehouse_built.execute("begin")
    yield warehouse_built
    warehouse_built.execute("rollback")


def on_paper(found):
    """The text, and the cells of its tables."""
    console = Console(width=200, file=io.StringIO(), markup=False)
    for part in explained.as_text(found):
        console.print(part)
    text = console.file.getvalue()
    return text, [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]


def test_the_sum_is_that_of_the_mart_and_of_the_parts(con):
    found = explain.explain(con, "AB1", SEPTEMBER)
    query = "select sum(total_rp) from marts.incentive_agent_month where agent_code = 'AB1'"
    assert con.execute(query).fetchone() == (found.total_rp,)
    assert found.exact_rp != found.total_rp, "an odd sum, so that rounding is seen"
    parts = Counter()
    for line in found.lines:
        parts[line["part"]] += line["amount_rp"]
    received = sum(36_801 + n for n in range(26)) + 110_400 + 36_800  # the last one is what was given back whole
    assert parts == {
        "acquisition": 13 * 10_000 + 13 * 15_000,
        "contribution": received * Decimal("0.15"),
        "refund": (-30_000 - 36_800) * Decimal("0.15"),
    }


def test_what_is_read_on_paper(con):
    found = explain.explain(con, "AB1", SEPTEMBER)
    text, rows = on_paper(found)
    assert "Agreement: PKS/W1 of wadah W1 with branch NTB01, 2022-01-01 to 2024-12-31, scheme perisai-13-2022" in text
    assert "Perdir 13/2022: 15 % of contributions received, months 1 to 24" in text
    assert "28 registered, 26 count; threshold 25: reached" in text
    month, again = ["2023-09", "1", "2023-09-30", "NTB01", "K901"], ["2023-09", "", "2023-09-06", "NTB01", "K902"]
    for row in (
        [
            "001a001a00",
            "2023-09-05",
            "2",
            "NTB01",
            "R026",
            "not yet",
            "0",
            "no contribution received yet",
            "regi.csv:26",
        ],
        [
            *("001b001b00", "2023-09-05", "3", "NTB01", "R027"),
            *("not yet", "0", "what was received was given back", "regi.csv:27"),
        ],
        ["0000000000", "2023-09-05", "2", "NTB01", "R000", "yes", "10,000", "", "regi.csv:0"],
        [
            *("0000000000", "2023-11", "3", "2023-09-06", "NTB01", "K900"),
            *("36,800", "36,800", "15 %", "100 %", "5,520", "", "cont.csv:28"),
        ],
        ["0001000100", *again, "36,800", "0", "", "100 %", "0", "the month was counted before", "cont.csv:30"],
        ["0000000000", *month, "-30,000", "-30,000", "15 %", "100 %", "-4,500", "", "cont.csv:29"],
        ["rounded half up, once: what the agent earned", f"{found.total_rp:,}"],
        ["W1", NEW, f"{found.total_rp:,}", f"{found.total_rp + 5_520:,}", *rows[-1][4:]],
    ):
        assert row in rows
    assert "0028002800" not in text, "a person of another agent"


def test_for_tools(con):
    found = explain.explain(con, "AB1", SEPTEMBER)
    said = json.loads(explained.as_json(found))
    assert (said["total_rp"], said["exact_rp"]) == (found.total_rp, str(found.exact_rp))
    assert said["schemes"][0]["rules"][0]["citation"]
    rows = list(csv.DictReader(io.StringIO(explained.as_csv(found))))
    assert len(said["lines"]) == len(rows) == len(found.lines)
    assert {(row["agent_code"], row["period"]) for row in rows} == {("AB1", "2023-09-01")}
    assert len({row["participant_key"] for row in rows}) == 28
    assert sum(Decimal(row["amount_rp"]) for row in rows) == found.exact_rp


def test_persons_are_told_apart_by_as_many_characters_as_it_takes(con):
    _, rows = on_paper(explain.explain(con, "AB5", SEPTEMBER))
    assert {row[0] for row in rows if row[0].startswith("aaa")} == {"a" * 15 + "300", "a" * 15 + "301"}


def test_a_flat_scheme_names_those_who_count(con):
    found = explain.explain(con, "AB3", SEPTEMBER)
    text, rows = on_paper(found)
    assert found.total_rp == 574_200
    assert "51 registered, 50 count; threshold 50: reached" in text
    assert ["flat for 50", "", "", "", "", "", "450,000", "", ""] in rows
    assert Counter(row[5] for row in rows if row[0].startswith("00") and len(row) == 9) == {"yes": 50, "not yet": 1}
    assert {tuple(row[8:11]) for row in rows if len(row) == 13 and row[5].startswith("K")} == {
        ("7.5 %", "90 %", "2,484")
    }


def test_without_an_agreement_nothing_counts(con):
    text, rows = on_paper(explain.explain(con, "AB4", SEPTEMBER))
    assert "Agreement: none in force on any day of the month" in text
    assert "1 registered, 0 count" in text
    assert [row[-2] for row in rows if len(row) > 1].count("no agreement in force that day") == 2


def frozen_copy(con):
    """Puts a table that can be changed in the place of the view of lines."""
    con.execute("create table lines as from marts.incentive_line")
    con.execute("drop view marts.incentive_line")
    con.execute("create table marts.incentive_line as from lines")


def test_adjustments_name_the_month_that_they_correct(con):
    """The lines of a closed month's corrections, however they came into the mart."""
    frozen_copy(con)
    con.execute(
        """insert into marts.incentive_line by name
        select * replace (date '2023-08-01' as corrects_period, -1234 as amount_rp, -8230 as basis_rp)
        from marts.incentive_line where source_no = 'K005'"""
    )
    with pytest.raises(DayFailed, match=r"lines of AB1 in 2023-09 add up to Rp .* marts.incentive_agent_month says"):
        explain.explain(con, "AB1", SEPTEMBER)
    con.execute("update marts.incentive_agent_month set total_rp = total_rp - 1234 where agent_code = 'AB1'")
    text, rows = on_paper(explain.explain(con, "AB1", SEPTEMBER))
    [row] = [row for row in rows if row[0] == "2023-08"]
    assert row[1:] == [
        *["contribution", "0005000500", "2023-09", "1", "2023-09-06", "NTB01", "K005"],
        *["36,806", "-8,230", "15 %", "100 %", "-1,234", "", "cont.csv:5"],
    ]
    assert ["adjustments, 1 line", "-1,234"] in rows
    assert "28 registered, 26 count" in text


def test_who_changed_the_lines_of_a_closed_month_is_named(con):
    frozen_copy(con)
    for number, came, reason in (("R005", 1, "late"), ("R006", 0, "changed"), ("R007", -1, "withdrawn")):
        con.execute(
            f"""insert into marts.incentive_line by name
            select * replace (date '2023-08-01' as corrects_period, 0 as amount_rp, '{reason}' as reason,
                {came} as new_participants)
            from marts.incentive_line where source_no = '{number}'"""
        )
    text, _ = on_paper(explain.explain(con, "AB1", SEPTEMBER))
    assert "New participants of 2023-08 who came since it was closed: 0005000500" in text
    assert "New participants of 2023-08 who went since it was closed: 0007000700" in text


def test_a_month_says_whether_it_is_closed(con):
    """Whatever came in since, a closed month is what was frozen."""
    assert "2023-09, open: as of 2023-10-13; before tax" in on_paper(explain.explain(con, "AB1", SEPTEMBER))[0]
    con.execute("update marts.incentive_agent_month set status = 'closed'")
    con.execute("update core.account set total_rp = 1 where total_rp = 0")
    text, rows = on_paper(explain.explain(con, "AB1", SEPTEMBER))
    assert "2023-09, closed: as it was frozen; before tax" in text
    assert [row[-2] for row in rows if len(row) > 1].count("no contribution received yet") == 2, "as it was then"


def test_nobody_and_nothing_are_clear_errors(con):
    with pytest.raises(DayFailed, match=r"AB9 is not known: it stands on no roster"):
        explain.explain(con, "AB9", SEPTEMBER)
    with pytest.raises(DayFailed, match=r"AB1 has no line in 2023-08; it has lines from 2023-09 to 2023-09"):
        explain.explain(con, "AB1", SEPTEMBER - timedelta(31))
    frozen_copy(con)
    con.execute("delete from marts.incentive_line where agent_code = 'AB2'")
    with pytest.raises(DayFailed, match=r"AB2 has no line in any month"):
        explain.explain(con, "AB2", SEPTEMBER)


def test_before_the_first_build_there_is_nothing_to_explain(new_warehouse):
    warehouse = new_warehouse()
    with pytest.raises(DayFailed, match="no marts are built yet"):
        explain.explain(warehouse.con, "AB1", SEPTEMBER)
