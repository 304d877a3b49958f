"""The cross-checks of the marts: what is right passes, and each of them catches a mart that is broken."""

import re

import duckdb
import pytest

from tests.models.test_whole import made_up
from warehouse import checks, models
from warehouse.checks import Check, Outcome

ALL = {check.name: check for check in checks.checks()}
BREAKS = {
    "regencies_make_their_province": "update marts.coverage_month set protected = protected + 1"
    " where region_code = '5271' and definition = 'bpu'",
    "provinces_make_the_nation": "insert into marts.coverage_month (month, region_level, definition, protected)"
    " values (date '2023-10-01', 'nation', 'bpu', 999999), (date '2023-10-01', 'province', 'bpu', 1)",
    "perisai_are_some_of_the_protected": "update marts.coverage_month set perisai = protected + 1",
    "perisai_share_is_a_share": "update marts.coverage_month set perisai_share_pct = 100.1",
    "coverage_is_a_share": "update marts.coverage_month set coverage_pct = -0.1 where region_code = '52'",
    "coverage_of_a_regency_is_a_share": "update marts.coverage_month set coverage_pct = 101 where region_code = '5271'",
    "every_region_has_every_month": "delete from marts.coverage_month"
    " where region_code = '7271' and month = date '2023-01-01'",
    "parts_of_a_split_region_make_it": "insert into marts.coverage_month"
    " (month, region_code, region_level, definition, protected)"
    " values (date '2023-10-01', '5203+5204', 'regencies', 'bpu', 7)",
    "no_region_vanished": "delete from marts.coverage_month where region_code = '7271'",
    "no_month_vanished": "delete from marts.coverage_month where month = date '2023-10-01'",
    "every_person_has_one_status": "delete from core.participant"
    " where participant_key = (select min(participant_key) from core.participant)",
    "statuses_of_a_region_make_its_people": "update marts.status_month set lapsed = lapsed + 1"
    " where region_code = '5271'",
    "protected_are_active_or_in_arrears": "update marts.coverage_month set protected_bpu = protected_bpu + 1"
    " where region_code = '7271'",
    "no_status_has_fewer_than_nobody": "update marts.status_month set reactivated = -1 where region_code = '7271'",
    "statuses_make_the_managed": "update marts.monev_agent_month set lapsed = lapsed + 1",
    "everyone_acquired_was_new_once": "update marts.monev_agent_month set acquired_total = acquired_total + 1",
    "no_count_of_an_agent_is_negative": "update marts.monev_agent_month set continuing_3 = -1",
    "shares_of_agents_are_shares": "update marts.monev_agent_month set arrears_pct = -1",
    "agents_have_every_month": "delete from marts.monev_agent_month"
    " where agent_code = 'AB00001' and month = date '2023-09-01'",
    "no_agent_vanished": "delete from marts.monev_agent_month where agent_code = 'AB00001'",
    "agents_make_the_branches": "update marts.monev_branch_month set contribution_rp = contribution_rp + 1"
    " where branch_code = 'NTB01'",
    "every_branch_has_every_month": "delete from marts.monev_branch_month where branch_code = 'NTB05'",
    "no_branch_vanished": "delete from marts.monev_branch_month where branch_code = 'NTB05'",
    "wadahs_make_the_branches": "update marts.monev_wadah_month set managed = managed + 1",
    "agents_of_regencies_make_the_nation": "update marts.agent_region_month set agents = agents + 1"
    " where region_code = '00'",
    "every_region_has_every_month_of_agents": "delete from marts.agent_region_month where region_code = '7271'",
    "lines_make_the_agents": "update marts.incentive_agent_month set total_rp = total_rp + 1",
    "acquisition_contribution_and_adjustments_make_the_total": (
        "update marts.incentive_agent_month set total_rp = total_rp + 1"
    ),
    "agents_make_the_wadahs": "delete from marts.incentive_wadah_month where agents_total_rp > 0",
    "agents_and_management_make_the_payable": "update marts.incentive_wadah_month set payable_rp = payable_rp + 1",
    "no_small_group_of_claims": "update marts.claim_group_month set claim_count = 4",
    "dimensions_of_claims_agree": "update marts.claim_month set claim_count = coalesce(claim_count, 0) + 7",
    "claims_paid_are_the_same_everywhere": "update marts.claim_month set claim_count = 7",
    "provinces_make_the_nation_of_benefits": "update marts.claim_ratio set benefit_rp = 7",
    "claims_are_paid_after_they_were_submitted": "insert into marts.claim_duration (median_days) values (-1)",
    "revisions_keep_documents": "update core.delivery set accepted_before = 7, left_out = 4"
    " where business_date = (select max(business_date) from core.delivery where effective)",
    "numbers_stand_for_one_thing": "update marts.delivery_day set conflicting = 1"
    " where delivery_id = (select min(delivery_id) from marts.delivery_day)",
    "expected_are_the_days_of_existing_branches": "delete from marts.reporting_month where unit_level = 'nation'",
    "branches_make_every_unit": "update marts.reporting_month set corrected = corrected + 1"
    " where unit_level = 'office'",
    "what_came_was_on_time_late_or_untimed": "update marts.reporting_month set untimed = untimed + 1",
    "shares_of_reports_are_shares": "update marts.reporting_month set on_time_pct = 100.1"
    " where unit_level = 'branch' and unit_code = 'NTB01'",
    "nobody_is_late_by_less_than_a_day": "update marts.reporting_month"
    " set late = 1, days_late_median = 3, days_late_worst = 2",
    "claims_paid_by_a_branch_are_those_of_its_months": (
        "insert into marts.claim_duration_branch (claim_count) values (7)"
    ),
    "groups_make_the_protected": "update marts.protected_group_month set protected = protected + 1",
    "no_small_group_of_protected_people": "update marts.protected_group_month set protected = 4",
    "sectors_make_what_was_received_day_by_day": (
        "update marts.contribution_sector_month set contribution_rp = contribution_rp + 1"
    ),
    "lines_are_accepted_rejected_or_duplicates": "update marts.delivery_day set rejected = rejected + 1",
}


@pytest.fixture(scope="module")
def good(new_warehouse, tmp_path_factory):
    """A built warehouse, and a file that holds the same marts as its last published version."""
    warehouse = new_warehouse()
    raw = made_up(0)
    for row in raw["raw.delivery"]:
        if row["judgement"] == "refused":
            row |= {"accepted": 0, "rejected": row["lines"]}
    warehouse.build(raw)
    file = tmp_path_factory.mktemp("published") / "warehouse.duckdb"
    warehouse.con.execute(f"attach '{file}' as copy_of")
    warehouse.con.execute("create schema copy_of.marts")
    for table in tables(warehouse.con):
        warehouse.con.execute(f"create table copy_of.marts.{table} as from marts.{table}")
    warehouse.con.execute("detach copy_of")
    yield warehouse.con, file
    warehouse.con.close()


def tables(con):
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' and database_name = 'memory' order by 1"
    )
    return [name for (name,) in rows.fetchall()]


@pytest.fixture
def marts(good):
    """The connection, the file, and what runs a statement on the marts that is undone after the test."""
    con, file = good
    touched = set()

    def spoil(statement, *values):
        touched.update(re.findall(r"marts\.(\w+)", statement))
        con.execute(statement, list(values))

    yield con, file, spoil
    con.execute(f"attach '{file}' as copy_of (read_only)")
    for table in touched:
        con.execute(f"create or replace table marts.{table} as from copy_of.marts.{table}")
    con.execute("detach copy_of")


def failing(con, file, *names):
    chosen = [ALL[name] for name in names] or list(ALL.values())
    return {outcome.check.name: outcome for outcome in checks.judge(con, chosen, file) if outcome.failed}


def test_what_was_built_passes_with_and_without_a_version_before(marts):
    con, file, _ = marts
    assert failing(con, file) == {}
    assert failing(con, None) == {}


def test_there_is_a_break_for_every_check():
    assert set(BREAKS) == set(ALL)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        *BREAKS.items(),
        ("shares_of_agents_are_shares", "update marts.monev_agent_month set retention_6_pct = 100.5"),
        ("coverage_is_a_share", "update marts.coverage_month set coverage_pct = 101 where region_code = '52'"),
        ("perisai_are_some_of_the_protected", "update marts.coverage_month set protected = null where perisai > 0"),
        ("agents_make_the_branches", "delete from marts.monev_branch_month where month = date '2023-09-01'"),
    ],
)
def test_a_broken_mart_is_caught(marts, name, statement):
    con, file, spoil = marts
    spoil(statement)
    outcome = failing(con, file, name)[name]
    assert 0 < len(outcome.examples) <= checks.EXAMPLES
    assert outcome.said.startswith(f"{name} of {ALL[name].mart} fails for {outcome.failed}: ")


def test_what_a_withdrawn_delivery_takes_along_has_not_vanished(marts):
    con, file, spoil = marts
    spoil("delete from marts.monev_agent_month where agent_code = 'AB00001'")
    spoil("delete from marts.coverage_month where month = date '2023-10-01'")
    [(branch,)] = con.execute(
        "select arg_max(branch_code, month) from core.monev_agent_month where agent_code = 'AB00001'"
    ).fetchall()
    other = "STG01" if branch == "NTB01" else "NTB01"
    names = ["no_agent_vanished", "no_month_vanished"]
    assert set(failing(con, file, *names)) == set(names)
    withdraw = "update marts.delivery_day set outcome = 'superseded' where feed = 'agents' and branch_code = $1"
    spoil(withdraw, other)
    assert set(failing(con, file, *names)) == {"no_agent_vanished"}
    spoil(withdraw, branch)
    assert failing(con, file, *names) == {}


def some_check(query):
    return Check("some", "marts.some", "error", "it holds", "hal itu berlaku", query)


def test_only_a_few_wrong_rows_are_named_and_all_are_counted():
    with duckdb.connect() as con:
        [outcome] = checks.judge(con, [some_check("select k, k + 1 as next from range(9) as r (k) order by k desc")])
    assert (outcome.failed, outcome.examples) == (9, ("k 0, next 1", "k 1, next 2", "k 2, next 3"))


def test_a_check_that_cannot_be_evaluated_is_no_verdict():
    with duckdb.connect() as con, pytest.raises(duckdb.Error) as raised:
        checks.judge(con, [some_check("select error('no')")])
    assert raised.value.__notes__ == ["in the check some of marts.some"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{name: a, severity: error}", None), ("{name: a, severity: fatal}", "neither error nor warning: a")],
)
def test_a_file_of_checks_is_refused_if_it_is_wrong(tmp_path, text, message):
    rest = "meaning: m, meaning_indonesian: i, query: q"
    entry = text.replace("}", f", {rest}}}")
    (tmp_path / "some.yaml").write_text(f"- {entry}\n")
    if message is None:
        [check] = checks.checks(tmp_path)
        assert (check.mart, check.query, check.against_last) == ("marts.some", "q", False)
        (tmp_path / "some.yaml").write_text(f"- {entry}\n- {entry}\n")
        checks.checks.cache_clear()
        message = "checks of the same name: a"
    with pytest.raises(ValueError, match=message):
        checks.checks(tmp_path)


@pytest.mark.parametrize(
    ("severity", "failed", "waived", "outcome", "fit"),
    [
        ("error", 0, (), "passed", True),
        ("error", 2, (), "failed", False),
        ("error", 2, ("other",), "failed", False),
        ("error", 2, ("some",), "waived", True),
        ("error", 0, ("some",), "passed", True),
        ("warning", 2, (), "failed", True),
    ],
)
def test_an_error_stops_the_publication_and_a_warning_is_listed(severity, failed, waived, outcome, fit):
    check = Check(**vars(some_check("select 1")) | {"severity": severity})
    with duckdb.connect() as con:
        con.execute("create schema marts; create schema core")
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in models.DICTIONARY.items())
        con.execute(f"create table marts.dictionary ({columns})")
        assert checks.stamp(con) is None
        result = Outcome(check, failed, ("k 1", "k 2") if failed else ())
        assert checks.write(con, [result], waived, "abc") == fit
        assert checks.write(con, [result], waived, "abc") == fit
        assert checks.stamp(con) == ("abc" if fit else "")
        examples = "k 1; k 2" if failed else None
        assert con.execute("from marts.check_result").fetchall() == [
            ("some", "marts.some", severity, outcome, failed, examples, "it holds", "hal itu berlaku")
        ]
        real = con.execute("describe marts.check_result").fetchall()
        said = con.execute("select column_name, type, description from marts.dictionary order by position").fetchall()
        assert [row[:2] for row in said] == [row[:2] for row in real]
        comments = con.execute(
            "select comment from duckdb_columns() where table_name = 'check_result' order by column_index"
        )
        assert comments.fetchall() == [row[2:] for row in said]
