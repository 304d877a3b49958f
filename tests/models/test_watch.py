"""The marts that watch: agents and wadahs that need attention."""

from datetime import date

import pytest

NEW, OLD = "perisai-13-2022", "pre-2022"
TODAY = {"raw.business_day": [{"business_date": date(2023, 10, 13)}]}


def agreement(pks_no, since, until, scheme=NEW, **changes):
    """An agreement; ``until`` is the day after its last one."""
    row = {"branch_code": "B", "wadah_code": "W1", "pks_no": pks_no, "valid_from": since, "valid_to": until}
    return row | {"scheme": scheme} | changes


@pytest.fixture
def watched(run):
    """Rows of agent_watch for AB1 of wadah W1, on a roster since 2023-01-01, seen on 2023-10-13."""

    def watched(columns, acquired=(), paid=(), spells=None, today="2023-10-13", **agreed):
        spells = spells or [{"valid_from": "2023-01-01"}]
        tables = {
            "raw.business_day": [{"business_date": today}],
            "core.agent": [
                {"agent_code": "AB1", "branch_code": "B", "wadah_code": "W1", "status": "AKTIF"} | spell
                for spell in spells
            ],
            "core.acquisition": [
                {"agent_code": "AB1", "period": f"2023-{month:02}-01", "counted": True, "scheme": NEW} | more
                for month, more in acquired
            ],
            "core.payment_month": [
                {"agent_code": "AB1", "period": f"2023-{month:02}-01", "payments": int(amount > 0)}
                for month, amount in paid
            ],
            "core.wadah_agreement": [agreement("P", "2020-01-01", "2025-01-01") | agreed],
        }
        return run("marts.agent_watch", tables, columns)

    return watched


def test_months_without_anything_lead_to_a_warning_and_to_inactivity(watched):
    rows = watched(
        "months_without_acquisition months_without_transaction state inactive_from reentry_from",
        acquired=[(2, {})],
        paid=[(3, 1), (4, -1)],
    )
    july, january = date(2023, 7, 1), date(2024, 1, 1)
    assert rows == [
        (1, 1, "active", None, None),
        (0, 0, "active", None, None),
        (1, 0, "active", None, None),
        (2, 1, "active", None, None),
        (3, 2, "warning", None, None),
        (4, 3, "inactive", july, january),
        (5, 4, "inactive", july, january),
        (6, 5, "inactive", july, january),
        (7, 6, "inactive", july, january),
        (7, 6, "inactive", july, january),  # October still runs
    ]


def test_a_month_is_over_on_its_last_day(watched):
    columns = "period months_without_acquisition"
    assert watched(columns, today="2023-03-30")[-1] == (date(2023, 3, 1), 2)
    assert watched(columns, today="2023-03-31")[-1] == (date(2023, 3, 1), 3)


def test_the_month_of_joining_counts_only_if_it_is_whole(watched):
    assert watched("months_without_transaction", spells=[{"valid_from": "2023-08-01"}]) == [1, 2, 2]
    assert watched("months_without_transaction", spells=[{"valid_from": "2023-08-02"}]) == [0, 1, 1]


def test_what_does_not_count_is_no_activity_and_who_comes_back_is_active(watched):
    rows = watched(
        "state unpaid_participants payments", acquired=[(4, {"counted": False}), (9, {"scheme": None})], paid=[(10, 5)]
    )
    assert rows == [
        ("active", 0, 0),
        ("active", 0, 0),
        ("inactive", 0, 0),
        ("inactive", 1, 0),
        *[("inactive", 0, 0)] * 4,
        ("active", 0, 0),
        ("active", 0, 1),
    ]


def test_what_is_missing_to_the_threshold(watched):
    def of(n, programmes_count=None, **more):
        return [(9, {"agent_month_count": programmes_count or n} | more)] * n

    columns = "period new_participants threshold missing_to_threshold"
    september = date(2023, 9, 1)
    assert watched(columns, of(24))[8] == (september, 24, 25, 1)
    assert watched(columns, of(25))[8] == (september, 25, 25, 0)
    assert watched(columns, of(26))[8] == (september, 26, 25, 0)
    assert watched(columns, of(3, counted=False))[8] == (september, 0, 25, 22)  # three of a group that counts apart
    assert watched(columns)[8] == (september, 0, 25, 25)
    assert watched(columns, valid_to="2023-09-30")[7:9] == [
        (date(2023, 8, 1), 0, 25, 25),
        (september, 0, None, None),
    ]
    assert watched(columns, of(2), scheme=OLD)[8] == (september, 2, 50, 48)


def test_of_two_rosters_in_a_month_the_last_one_stands(watched):
    rows = watched(
        "period wadah_code roster_status scheme",
        spells=[
            {"valid_from": "2023-08-01", "valid_to": "2023-09-30"},
            {"valid_from": "2023-09-30", "valid_to": "2023-10-01", "wadah_code": "W2", "status": "NONAKTIF"},
        ],
    )
    assert rows == [(date(2023, 8, 1), "W1", "AKTIF", NEW), (date(2023, 9, 1), "W2", "NONAKTIF", None)]


@pytest.fixture
def identities(run):
    """(month, agent, participation, adulthood, other agent) of August to October 2023, from rosters with these NIK."""

    def identities(told, people=(), columns="month agent_code participation adulthood other_agent_code"):
        agents = sorted({row["agent_code"] for row in told} | {"AB1"})
        tables = {
            "raw.business_day": [{"business_date": "2023-10-13"}],
            "core.agent": [
                {"agent_code": agent, "branch_code": "B", "wadah_code": "W1", "valid_from": "2023-08-01"}
                for agent in agents
            ],
            "core.delivery": [{"delivery_id": "d", "effective": True}, {"delivery_id": "old", "effective": False}],
            "raw.agents": [{"delivery_id": "d", "branch_code": "B"} | row for row in told],
            "core.participant": people,
        }
        return [(row[0].month, *row[1:]) for row in run("marts.agent_watch", tables, columns)]

    return identities


def told(day, key, agent="AB1", **more):
    return {"agent_code": agent, "business_date": day, "participant_key": key} | more


def person(key, day, born):
    return {"participant_key": key, "first_registration_date": day, "birth_year": born}


def test_an_agent_is_a_participant_from_the_month_in_which_he_is_registered(identities):
    columns = "month participation"
    p = told("2023-08-01", "p")
    assert identities([p], [person("p", "2023-09-30", 1980)], columns) == [
        (8, "not_participant"),
        (9, "participant"),
        (10, "participant"),
    ]
    assert identities([p], [person("p", "2023-10-01", 1980)], columns)[1:] == [
        (9, "not_participant"),
        (10, "participant"),
    ]
    assert identities([p], [person("p", "2023-10-13", 1980)], columns)[2] == (10, "participant")
    assert identities([p], [person("p", "2023-10-14", 1980)], columns)[2] == (10, "not_participant")  # of days to come
    assert identities([p], [person("q", "2023-09-30", 1980)], columns)[2] == (10, "not_participant")


def test_what_rosters_do_not_tell_is_said_to_be_unknown(identities):
    columns = "month participation adulthood"
    people = [person("p", "2020-01-01", 1980)]
    unknown, known = ("participation_unknown", "age_unknown"), ("participant", "adult")
    assert identities([], people, columns) == [(8, *unknown), (9, *unknown), (10, *unknown)]
    assert identities([told("2023-09-30", None)], people, columns)[1] == (9, *unknown)
    assert identities([told("2023-09-30", "p", nik_in_doubt=1)], people, columns)[1] == (9, *unknown)
    assert identities([told("2023-09-30", "p", delivery_id="old")], people, columns)[1] == (9, *unknown)
    assert identities([told("2023-09-30", "p", "AB2")], people, columns)[2] == (9, *unknown)  # of another agent
    assert identities([told("2023-09-30", "p")], people, columns) == [(8, *unknown), (9, *known), (10, *known)]
    # what was told once holds until a roster tells something else
    later = [told("2023-09-30", "p"), told("2023-10-12", None)]
    assert identities(later, people, columns)[2] == (10, *known)
    assert identities([*later, told("2023-10-13", "q")], people, columns)[1:] == [
        (9, *known),
        (10, "not_participant", "age_unknown"),
    ]
    twice = [told("2023-09-30", "q", branch_code="A", line_no=9), told("2023-09-30", "p", line_no=2)]
    assert identities([*twice, told("2023-09-30", "q", line_no=1)], people, columns)[2] == (10, *known)


@pytest.mark.parametrize(
    ("born", "adulthood"),
    [(2004, "adult"), (2005, "age_unknown"), (2006, "under_age"), (None, "age_unknown")],
)
def test_of_the_age_the_year_is_known(identities, born, adulthood):
    rows = identities([told("2023-08-01", "p")], [person("p", "2023-08-01", born)], "month adulthood")
    assert rows == [(8, adulthood), (9, adulthood), (10, adulthood)]


def test_one_person_under_two_codes_is_named_with_the_other_one(identities):
    codes = [("2023-09-05", "AB1"), ("2023-10-05", "AB2"), ("2023-10-06", "AB3")]
    rows = identities([told(day, "p", agent) for day, agent in codes], (), "month agent_code other_agent_code")
    assert rows == [
        *[(8, agent, None) for _, agent in codes],
        *[(9, agent, None) for _, agent in codes],
        (10, "AB1", "AB3"),
        (10, "AB2", "AB1"),
        (10, "AB3", "AB1"),
    ]
    assert identities([told("2023-10-05", None), told("2023-10-05", None, "AB2")], (), "month other_agent_code")[
        -2:
    ] == [
        (10, None),
        (10, None),
    ]


@pytest.mark.parametrize(("agents", "missing"), [(4, 1), (5, 0), (6, 0)])
def test_a_wadah_below_its_minimum(run, agents, missing):
    wadah = {"period": "2023-09-01", "wadah_code": "W1", "scheme": NEW, "agent_count": agents, "minimum_agents": 5}
    watch = [
        {"period": "2023-09-01", "wadah_code": "W1", "scheme": NEW, "missing_to_threshold": lacking, "state": state}
        for lacking, state in [(0, "active"), (1, "warning"), (2, "warning"), (25, "inactive")]
    ]
    tables = {"marts.incentive_wadah_month": [wadah, wadah | {"wadah_code": "W2"}], "marts.agent_watch": watch}
    columns = "wadah_code agent_count missing_agents agents_below_threshold agents_warned agents_inactive"
    assert run("marts.wadah_watch", tables, columns) == [
        ("W1", agents, missing, 3, 2, 1),
        ("W2", agents, missing, 0, 0, 0),
    ]
