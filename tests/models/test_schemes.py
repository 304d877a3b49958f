"""Schemes are rows: a new one is paid by the models as they are, and one that contradicts itself is refused."""

import csv
import shutil
from datetime import date

import pytest

from perisai import day as steps
from perisai.errors import DayFailed
from warehouse import models, reference_check

NEW = "perisai-13-2022"
SCHEME, RULE, PARAMETER = "incentive_scheme.csv", "incentive_rule.csv", "parameter.csv"


@pytest.fixture
def folder(reference, tmp_path):
    """A copy of the reference tables."""
    return shutil.copytree(reference, tmp_path / "reference")


def lines(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def append(path, **cells):
    """A row at the end of a table; what is not given is empty."""
    header = lines(path)[0]
    assert set(cells) <= set(header)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([cells.get(column, "") for column in header])


def change(path, row, **cells):
    """Changes cells of the n-th row of a table, 0 for the first one."""
    header, *rows = lines(path)
    rows[row] = [cells.get(column, cell) for column, cell in zip(header, rows[row], strict=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


NEXT = {
    "scheme": "perisai-2030",
    "valid_from": "2023-01-01",
    "threshold_new": 3,
    "threshold_per_programmes": "false",
    "acquisition_needs_contribution": "true",
    "state_paid_earns": "false",
    "agent_share": "0.75",
    "management_rate": "0.08",
    "minimum_agents": 2,
    "tax_rate": "0.025",
    "citation": "a scheme that does not exist",
}


def add_next(folder):
    append(folder / SCHEME, **NEXT)
    name = {key: NEXT[key] for key in ("scheme", "valid_from", "citation")}
    append(folder / RULE, **name, rule="acquisition", programmes=2, amount_rp=7_000)
    append(folder / RULE, **name, rule="acquisition", programmes=3, amount_rp=9_000)
    append(folder / RULE, **name, rule="contribution", month_to=1, rate="0.2")
    append(folder / RULE, **name, rule="contribution", month_from=2, month_to=2, rate="0")
    append(folder / RULE, **name, rule="contribution", programmes=3, month_from=3, month_to=4, rate="0.0333")
    append(folder / RULE, **name, rule="contribution", programmes=2, month_from=3, rate="0.01")


def test_a_new_scheme_is_only_rows(warehouse, folder):
    add_next(folder)
    reference_check.check(folder)
    day, month = date(2023, 9, 5), date(2023, 9, 1)
    agent = {"agent_code": "AB1", "region_code": "5271", "joined_date": day, "status": "AKTIF", "wadah_code": "W1"}
    agreement = {"pks_no": "P", "scheme": NEXT["scheme"], "pks_from": day, "pks_to": day}
    card = {"card_key": "c0", "programmes": 2}
    registration = {"registration_date": day, "region_code": "5271", "agent_code": "AB1"}
    paid = {"payment_date": day, "first_month": month, "months": 1, "payer": "PESERTA"}
    feeds = {
        "agents": [agent | agreement],
        "registrations": [
            registration
            | {"registration_no": f"R{n}", "participant_key": f"p{n}", "card_key": f"c{n}", "programmes": p}
            for n, p in enumerate((2, 3, 3))
        ],
        "contributions": [
            paid | card | {"receipt_no": "K0", "amount_rp": 16_800},
            paid | card | {"receipt_no": "K1", "card_key": "c1", "programmes": 3, "amount_rp": 240_000, "months": 6},
            paid | card | {"receipt_no": "K2", "card_key": "c2", "amount_rp": 36_800, "payer": "APBD"},
        ],
    }
    sent = {"branch_code": "NTB01", "business_date": day}
    tables = {f"raw.{feed}": [sent | {"delivery_id": feed} | row for row in rows] for feed, rows in feeds.items()}
    tables["raw.business_day"] = [{"business_date": day}]
    tables["raw.delivery"] = [
        sent | {"delivery_id": feed, "feed": feed, "judgement": "accepted", "revision": 1, "rejected": 0}
        for feed in feeds
    ]
    for table in (name for name in warehouse.template if name.startswith(("raw.", "closed."))):
        warehouse.put(table, tables.get(table, []))
    models.build(warehouse.con, folder, warehouse.models.values())
    # 75 % of 7,000 + 2 x 9,000, of 20 % of 16,800 and of 40,000 in month 1, and of 3.33 % of 40,000 in months 3 and 4
    acquisition, contribution = 18_750, 2_520 + 6_000 + 999 * 2
    assert warehouse.query(
        "select acquisition_rp, contribution_rp, total_rp from marts.incentive_agent_month where scheme is not null"
    ) == [(acquisition, contribution, acquisition + contribution)]
    assert warehouse.query(
        "select agents_total_rp, management_rp, tax_rp, minimum_agents from marts.incentive_wadah_month"
        " where period = date '2023-09-01'"
    ) == [(29_268, 3_122, 810, 2)]  # 8 % of 39,024 before the split; 2.5 % of 32,390
    assert warehouse.query(
        "select reason, count(*) from marts.incentive_line where reason is not null group by all order by all"
    ) == [("after_last_month", 2), ("state_paid", 1)]


def test_the_reference_tables_as_they_are_agree(reference):
    reference_check.check(reference)


OVERLAP = "from 2022-01-01 on contribution months on 2 programmes: tiers overlap at 20 (lines 4 and 5), which"


@pytest.mark.parametrize(
    ("file", "row", "cells", "problem"),
    [
        (RULE, 3, {"month_from": "20"}, f"scheme 'perisai-13-2022': {OVERLAP}"),
        (RULE, 3, {"month_from": "24"}, "overlap at 24"),
        (RULE, 2, {"month_to": ""}, "overlap at 25"),
        (
            RULE,
            3,
            {"month_from": "26"},
            "contribution months on 3 programmes: no tier is for 25 to 25 (before line 5); add it",
        ),
        (RULE, 2, {"month_from": "2"}, "contribution months on 2 programmes: no tier is for 1 to 1 (before line 4)"),
        (RULE, 3, {"month_to": "24"}, "programmes: 25 to 24 (line 5) are the wrong way round"),
        (RULE, 3, {"scheme": "perisai-99"}, "scheme 'perisai-99' is not in incentive_scheme.csv; add its row there"),
        (RULE, 1, {"programmes": "3"}, "new participants on 3 programmes: tiers overlap at 1 (lines 2 and 3)"),
        (RULE, 1, {"programmes": "3"}, "new participants on 2 programmes: there is no row; add it"),
        (RULE, 1, {"new_from": "51"}, "new participants on 2 programmes: no tier is for 1 to 50 (before line 3)"),
        (RULE, 4, {"new_from": "51"}, "acquisition_flat has new_from '51', which it does not use"),
        (RULE, 2, {"new_to": "51"}, "contribution has new_to '51', which it does not use"),
        (RULE, 0, {"new_to": "fifty"}, "new_to is 'fifty'; write a whole number from 1"),
        (RULE, 1, {"programmes": "4"}, "programmes is '4'; write 2 or 3, or nothing for both"),
        (RULE, 1, {"programmes": ""}, "new participants on 3 programmes: tiers overlap at 1 (lines 2 and 3)"),
        (RULE, 2, {"programmes": "3"}, "contribution months on 2 programmes: no tier is for 1 to 24 (before line 5)"),
        (RULE, 5, {"programmes": "3"}, "contribution months on 2 programmes: there is no row"),
        (RULE, 1, {"rule": "acquisition_flat", "programmes": ""}, "each and flat at once"),
        (RULE, 5, {"rule": "acquisition_flat", "month_from": "", "rate": "", "amount_rp": "1"}, "flat has two rows"),
        (RULE, 1, {"rule": "bonus"}, "rule 'bonus' is not known; write acquisition, acquisition_flat, contribution"),
        (RULE, 0, {"month_from": "1"}, "acquisition has month_from '1', which it does not use"),
        (RULE, 4, {"programmes": "3"}, "acquisition_flat has programmes '3', which it does not use"),
        (RULE, 2, {"rate": ""}, "contribution: rate is empty"),
        (RULE, 2, {"rate": "15"}, "rate is '15'; write a share from 0 to 1"),
        (RULE, 2, {"rate": "0.12345"}, "rate is '0.12345'; write a share from 0 to 1 with up to 4 decimals"),
        (RULE, 2, {"month_from": "0"}, "month_from is '0'; write a whole number from 1"),
        (RULE, 0, {"amount_rp": "15.000"}, "amount_rp is '15.000'; write whole rupiah"),
        (RULE, 0, {"citation": ""}, "citation is empty; say where the rule is written"),
        (
            SCHEME,
            1,
            {"scheme": "perisai-13-2022", "valid_to": "2022-01-31"},
            "scheme 'perisai-13-2022', lines 3 and 2: both hold on 2022-01-01",
        ),
        (
            SCHEME,
            1,
            {"scheme": "perisai-13-2022", "valid_to": "2021-10-31"},
            "lines 3 and 2: no row holds from 2021-11-01 to 2021-12-31; close the gap",
        ),
        (SCHEME, 1, {"valid_to": "2016-12-31"}, ", line 3: valid_to lies before valid_from"),
        (SCHEME, 1, {"valid_to": "2021-12-30"}, ", line 3: valid_to is '2021-12-30'; write the last day of a month"),
        (SCHEME, 1, {"valid_from": "01/01/2017"}, ", line 3: valid_from is '01/01/2017'; write the first day of a"),
        (RULE, 5, {"valid_from": "2018-02-15"}, ", line 7: valid_from is '2018-02-15'; write the first day of a month"),
        (
            RULE,
            3,
            {"valid_from": "2022-03-01", "month_from": "2"},
            "from 2022-03-01 on contribution months on 2 programmes: tiers overlap at 2 (lines 4 and 5)",
        ),
        (PARAMETER, 0, {"valid_from": ""}, ", line 2: valid_from is ''; write the first day of a month"),
        (PARAMETER, 0, {"valid_from": "2014-02-01"}, "line 2: no row holds from 2014-01-01 to 2014-01-31"),
        (PARAMETER, 1, {"valid_from": "2014-01-01"}, ", line 3: change_days is of no date; leave its dates empty"),
        (
            SCHEME,
            1,
            {"agent_share": "0.875"},
            "agent_share is '0.875'; write a share from 0 to 1 with up to 2 decimals",
        ),
        (SCHEME, 0, {"agent_cap_rp": "1 million"}, "agent_cap_rp is '1 million'; write a whole number from 0"),
        (SCHEME, 0, {"management_rate_below_minimum": "0.2"}, "below_minimum is 0.2, above management_rate 0.10; exch"),
        (SCHEME, 0, {"management_rate_below_minimum": "5"}, "below_minimum is '5'; write a share from 0 to 1"),
        (SCHEME, 0, {"months_count_from": "2022-01-15"}, "months_count_from is '2022-01-15'; write the first day of a"),
        (SCHEME, 0, {"threshold_new": "-1"}, "threshold_new is '-1'; write a whole number"),
        (SCHEME, 0, {"state_paid_earns": "yes"}, "state_paid_earns is 'yes'; write true or false"),
        (SCHEME, 0, {"citation": ""}, "scheme 'perisai-13-2022': citation is empty"),
        (PARAMETER, 1, {"parameter": "change_few"}, "change_few has two rows"),
        (PARAMETER, 1, {"parameter": "arrears_months", "valid_from": "2014-01-01"}, "lines 2 and 3: both hold on 2014"),
        (PARAMETER, 0, {"value": "three"}, "the value of arrears_months is 'three'"),
        (PARAMETER, 13, {"value": "2"}, "the value of counter_restarts_on_reactivation is '2'; write 0 or 1"),
        (PARAMETER, 0, {"citation": ""}, "citation of arrears_months is empty"),
    ],
)
def test_a_contradiction_is_named_with_file_scheme_and_what_to_do(folder, file, row, cells, problem):
    change(folder / file, row, **cells)
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert any(line.startswith(file) and problem in line for line in str(found.value).splitlines())


DEADLINES = "feed_deadline.csv"
LATER = {
    "valid_from": "2023-10-05",
    "valid_to": "",
    "days_after": "0",
    "by_time": "20:00:00",
    "correct_days": "3",
    "citation": "x",
}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({}, "feed 'claims', lines 4 and 6: both hold on 2023-10-05"),
        ({"feed": "claim", **LATER}, "feed is 'claim'; write agents, claims, contributions, registrations"),
        ({"valid_from": "5 October"}, "a value is not what its column holds"),
        ({"valid_to": "2023-10-04"}, "valid_to lies before valid_from"),
        ({"valid_from": "2013-12-30", "valid_to": "2013-12-30"}, "no row holds from 2013-12-31 to 2013-12-31"),
        ({"days_after": "one"}, "a value is not what its column holds"),
        ({"by_time": "noon"}, "a value is not what its column holds"),
    ],
)
def test_a_deadline_that_contradicts_another_or_cannot_be_read_is_named(folder, row, problem):
    append(folder / DEADLINES, **{"feed": "claims"} | LATER | row)
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert any(line.startswith(DEADLINES) and problem in line for line in str(found.value).splitlines()), found.value


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"total_of": "palu-city;palu-centre"}, "line 2: figure 'palu-centre' has no row"),
        ({"numerator": "-palu-centre", "factor": "1"}, "line 2: figure 'palu-centre' has no row"),
        ({"numerator": "palu-city"}, "line 2: a numerator needs a denominator or a factor"),
        ({"factor": "12"}, "line 2: a numerator needs a denominator or a factor, and they need a numerator"),
        ({"denominator": "palu-centre", "numerator": "palu-city"}, "line 2: denominator 'palu-centre' is not in"),
        ({"region_code": "527"}, "line 2: region_code is '527'; write 2 digits of a province or 4 of a regency"),
    ],
)
def test_a_published_figure_that_names_nothing_is_refused(folder, cells, problem):
    change(folder / "published_figure.csv", 0, **cells)
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert any(problem in line for line in str(found.value).splitlines()), found.value


def test_a_new_deadline_follows_the_one_before(folder):
    text = (folder / DEADLINES).read_text()
    (folder / DEADLINES).write_text(text.replace("claims,2014-01-01,,", "claims,2014-01-01,2023-10-04,"))
    append(folder / DEADLINES, feed="claims", **LATER)
    reference_check.check(folder)


def test_a_scheme_without_rules_and_rules_without_a_scheme(folder):
    change(folder / SCHEME, 0, scheme="perisai-14")
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert str(found.value).splitlines() == [
        f"{RULE}: scheme '{NEW}' is not in {SCHEME}; add its row there, or write the name as it stands there",
        f"{RULE}: scheme 'perisai-14' has no rule, so that it never pays; add its rules",
    ]


def test_nothing_is_built_from_a_contradiction(house, folder):
    change(folder / RULE, 3, month_from="24")
    settings = house.settings.model_copy(update={"reference": folder})
    with pytest.raises(DayFailed, match=r"nothing was built, .*\n.*'perisai-13-2022': .* overlap at 24"):
        steps.marts(settings)


BRACKET, PROGRAMME, DISCOUNT = (f"contribution_{name}.csv" for name in ("bracket", "programme", "discount"))


@pytest.mark.parametrize(
    ("file", "row", "cells", "problem"),
    [
        (PARAMETER, 0, {"parameter": "arears_months"}, ", line 2: nothing asks for 'arears_months'"),
        (PARAMETER, 0, {"parameter": "arears_months"}, ": arrears_months is missing; add its row"),
        ("occupation.csv", 0, {"match": "begins"}, ", line 2: match is 'begins'; write start, whole"),
        ("occupation.csv", 0, {"sector": "fishing"}, ", line 2: sector 'fishing' is not in sector.csv"),
        ("universe.csv", 0, {"people": "1100000.5"}, ", line 2: people is '1100000.5', which the table would hold"),
        ("universe.csv", 0, {"people": "many"}, ": a value is not what its column holds"),
        ("branch.csv", 0, {"region_code": "5299"}, ", line 2: region_code '5299' is not in region.csv"),
        (DISCOUNT, 2, {"payer": "SENDIRI"}, ", line 4: payer is 'SENDIRI'; write PESERTA, APBN, APBD"),
        (DISCOUNT, 2, {"sector": "", "valid_from": "2026-10-01"}, ", lines 6 and 4: both hold on 2026-10-01"),
        (DISCOUNT, 2, {"valid_to": "2025-12-31"}, ", line 4: valid_to lies before valid_from"),
        (PROGRAMME, 1, {"valid_from": "2014-02-01"}, ", line 3: no row holds from 2014-01-01 to 2014-01-31"),
        (BRACKET, 5, {"income_from_rp": "1900001"}, ", line 7: on 2014-01-01 the bracket begins at 1900001 and not"),
        (BRACKET, 5, {"valid_to": "2029-12-31"}, ", line 8: on 2030-01-01 the bracket begins at 2100000 and not at"),
        (BRACKET, 32, {"valid_from": "2015-07-01"}, ": on 2014-01-01 no bracket is for the highest incomes"),
    ],
)
def test_a_value_that_nothing_knows_is_named_with_its_file(folder, file, row, cells, problem):
    change(folder / file, row, **cells)
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert any(line.startswith(file) and problem in line for line in str(found.value).splitlines()), found.value


def test_a_new_amount_from_a_date_is_a_row_and_the_end_of_the_row_before(folder):
    change(folder / PROGRAMME, 1, valid_to="2027-12-31")
    append(
        folder / PROGRAMME,
        programme="JKM",
        from_programmes=2,
        rate=0,
        amount_rp=7200,
        valid_from="2028-02-01",
        citation="x",
    )
    with pytest.raises(
        reference_check.ReferenceProblem, match="lines 3 and 5: no row holds from 2028-01-01 to 2028-01-31"
    ):
        reference_check.check(folder)
    change(folder / PROGRAMME, 3, valid_from="2027-12-31")
    with pytest.raises(reference_check.ReferenceProblem, match="lines 3 and 5: both hold on 2027-12-31"):
        reference_check.check(folder)
    change(folder / PROGRAMME, 3, valid_from="2028-01-01")
    reference_check.check(folder)


def test_a_column_or_a_file_that_nothing_reads_is_refused(folder):
    path = folder / RULE
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",cap_rp", *[line + ",2500000" for line in lines[1:]]]) + "\n")
    (folder / "parameters.csv").write_text("parameter,value\n")
    with pytest.raises(reference_check.ReferenceProblem) as found:
        reference_check.check(folder)
    assert str(found.value).splitlines() == [
        f"parameters.csv: no table is made of this file; take it out of {folder}, or correct its name",
        f"{RULE}: column 'cap_rp' is unknown or stands twice, and nothing is made of it; take it out",
    ]


def test_two_tiers_that_begin_together_overlap(folder):
    append(
        folder / RULE,
        scheme="pre-2022",
        rule="contribution",
        month_from=1,
        month_to=3,
        rate="0.1",
        valid_from="2017-01-01",
        valid_to="2021-12-31",
        citation="x",
    )
    with pytest.raises(
        reference_check.ReferenceProblem, match=r"'pre-2022': from 2017-01-01 on .*3 programmes: tiers overlap at 1 "
    ):
        reference_check.check(folder)


def test_a_missing_column_and_a_comma_without_quotes_are_named(folder):
    path = folder / RULE
    path.write_text(path.read_text() + "pre-2022,contribution,,1,,,,,0.1,2017-01-01,,rules, before 2022\n")
    with pytest.raises(reference_check.ReferenceProblem, match=r"incentive_rule.csv, line 8: more cells than columns"):
        reference_check.check(folder)
    path.write_text(path.read_text().replace("month_to", "until", 1))
    with pytest.raises(reference_check.ReferenceProblem, match=r"incentive_rule.csv: column month_to is missing"):
        reference_check.check(folder)
