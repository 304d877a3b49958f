"""core.monev_agent_month and what is summed up from it: wadahs, branches, regions, ranks and streaks."""

from datetime import date

import pytest

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (date(2023, month, 1) for month in range(1, 6))
NEW = "perisai-13-2022"


def index(month):
    return month.year * 12 + month.month - 1


def stretch(who, status, first, until=None, agent="AB1", registered=JANUARY, **changes):
    """A stretch of participant_status; months are dates, the last one excluded."""
    row = {
        "participant_key": who,
        "from_index": index(first),
        "to_index": until and index(until),
        "status": status,
        "unpaid_months": {"in_arrears": 1, "lapsed": 4}.get(status, 0),
        "agent_code": agent,
        "acquiring_agent_code": agent,
        "programmes": 3,
        "first_index": index(registered),
    }
    row |= changes
    row.setdefault("first_programmes", row["programmes"])
    if status == "in_arrears" and until is None:  # three unpaid months, then lapsed
        row["to_index"] = row["from_index"] + 4 - row["unpaid_months"]
    return row


DUES = [
    {"from_month": since, "to_month": until, "base_rp": base, "programmes": programmes, "payer": payer, "due_rp": rp}
    for since, until, amounts in (
        ("2014-01-01", "2023-11-30", {(2, 1): 16_800, (3, 1): 36_800, (3, 2): 66_800}),
        ("2023-12-01", None, {(2, 1): 8_400, (3, 1): 28_400, (3, 2): 53_400}),
    )
    for (programmes, base), rp in amounts.items()
    for payer in ("PESERTA", "APBD")
]
DUES += [{"from_month": "2014-01-01", "base_rp": 1, "programmes": 2, "payer": "APBN", "due_rp": 1}]


def agent(code="AB1", since="2023-01-01", until=None, branch="NTB01", **changes):
    row = {"agent_code": code, "valid_from": since, "valid_to": until, "branch_code": branch, "region_code": "5271"}
    return row | {"wadah_code": "W1", "status": "AKTIF"} | changes


@pytest.fixture
def monev(run):
    """Rows of core.monev_agent_month by agent and month."""

    def monev(stretches, columns, agents=None, as_of="2023-05-31", **tables):
        given = {
            "core.participant_status": stretches,
            "core.contribution_due": DUES,
            "core.agent": [agent()] if agents is None else agents,
            "raw.business_day": [{"business_date": "2023-01-02"}, {"business_date": as_of}],
        }
        given |= {name.replace("__", "."): rows for name, rows in tables.items()}
        rows = run("core.monev_agent_month", given, f"agent_code month {columns}")
        return {row[:2]: row[2:] if " " in columns else row[2] for row in rows}

    return monev


# paid in January and February, in arrears in March, April and May, lapsed from June on, and back in August
ANI = [
    stretch("ani", "active", JANUARY, MARCH),
    stretch("ani", "in_arrears", MARCH, date(2023, 6, 1)),
    stretch("ani", "lapsed", date(2023, 6, 1), date(2023, 8, 1)),
    stretch("ani", "reactivated", date(2023, 8, 1), date(2023, 9, 1)),
    stretch("ani", "active", date(2023, 9, 1), date(2023, 10, 1)),
    stretch("ani", "in_arrears", date(2023, 10, 1)),
]


def test_a_person_through_all_statuses(monev):
    rows = monev(ANI, "managed active in_arrears lapsed never_paid reactivated arrears_rp", as_of="2023-10-31")
    assert [rows["AB1", date(2023, month, 1)] for month in range(1, 11)] == [
        (1, 1, 0, 0, 0, 0, 0),
        (1, 1, 0, 0, 0, 0, 0),
        (1, 0, 1, 0, 0, 0, 36_800),
        (1, 0, 1, 0, 0, 0, 2 * 36_800),
        (1, 0, 1, 0, 0, 0, 3 * 36_800),  # the third unpaid month
        (1, 0, 0, 1, 0, 0, 0),  # the fourth
        (1, 0, 0, 1, 0, 0, 0),
        (1, 1, 0, 0, 0, 1, 0),
        (1, 1, 0, 0, 0, 0, 0),
        (1, 0, 1, 0, 0, 0, 36_800),
    ]


def test_arrears_are_counted_at_the_smallest_month_of_the_programmes(monev):
    rows = monev(
        [
            stretch("ani", "in_arrears", MARCH, programmes=2),
            stretch("budi", "in_arrears", APRIL, unpaid_months=2),  # moved to the agent in the second unpaid month
            stretch("cici", "in_arrears", MARCH, agent="AB2"),
        ],
        "in_arrears arrears_rp",
        [agent(), agent("AB2")],
    )
    assert rows["AB1", MARCH] == (1, 16_800)
    assert rows["AB1", MAY] == (2, 3 * 16_800 + 3 * 36_800)
    assert rows["AB2", MAY] == (1, 3 * 36_800)


@pytest.mark.parametrize(
    ("last", "owed"),
    [
        (66_800, [66_800, 66_800 + 53_400, 66_800 + 2 * 53_400]),
        (None, [36_800, 36_800 + 28_400, 36_800 + 2 * 28_400]),
        (53_400, [36_800, 36_800 + 28_400, 36_800 + 2 * 28_400]),  # no legal amount of October
        (16_800, [36_800, 36_800 + 28_400, 36_800 + 2 * 28_400]),  # at the same base, now on 3 programmes
    ],
)
def test_arrears_are_what_is_due_for_each_month_at_the_last_base(monev, last, owed):
    november, january = date(2023, 11, 1), date(2024, 1, 1)
    moved = stretch("budi", "in_arrears", january, agent="AB2", unpaid_months=3, last_month_rp=last)
    here = stretch("budi", "in_arrears", november, january, last_month_rp=last)
    rows = monev([here, moved], "in_arrears arrears_rp", [agent(), agent("AB2")], as_of="2024-02-28")
    expected = [(1, owed[0]), (1, owed[1]), (0, 0), (0, 0)]
    months = [november, date(2023, 12, 1), january, date(2024, 2, 1)]
    assert [rows["AB1", month] for month in months] == expected
    assert [rows["AB2", month] for month in months[2:]] == [(1, owed[2]), (0, 0)]


def test_new_and_continuing_participants_on_2_and_3_programmes(monev):
    rows = monev(
        [
            stretch("ani", "active", JANUARY, registered=JANUARY),
            stretch("budi", "active", JANUARY, registered=JANUARY, programmes=2),
            stretch("cici", "registered", JANUARY, MARCH, registered=JANUARY, programmes=2),
            stretch("cici", "active", MARCH, registered=JANUARY, programmes=2),
            stretch("dedi", "active", JANUARY, registered=FEBRUARY),  # paid before the registration
        ],
        "new_2 new_3 continuing_2 continuing_3 acquired_total never_paid",
    )
    assert [rows["AB1", month] for month in (JANUARY, FEBRUARY, MARCH)] == [
        (2, 1, 0, 1, 3, 1),
        (0, 1, 1, 1, 4, 1),
        (0, 0, 2, 2, 4, 0),
    ]


def test_who_is_new_counts_by_the_programmes_of_the_first_registration(monev):
    """Which are those that the acquisition is paid for; what is paid for later are those that hold by then."""
    stretches = [
        stretch("ani", "active", JANUARY, programmes=3, first_programmes=2),
        stretch("budi", "active", JANUARY),
    ]
    columns = "new_2 new_3 continuing_2 continuing_3"
    rows = monev(stretches, columns, as_of="2023-02-28")
    assert [rows["AB1", month] for month in (JANUARY, FEBRUARY)] == [(1, 1, 0, 0), (0, 0, 0, 2)]


def test_who_acquires_and_who_manages(monev):
    """Registered by AB1, moved in March to AB2 of another branch: new once, and managed by one at a time."""
    rows = monev(
        [
            stretch("ani", "active", JANUARY, MARCH),
            stretch("ani", "active", MARCH, agent="AB2", acquiring_agent_code="AB1"),
            stretch("budi", "active", JANUARY, agent=None),
        ],
        "new_3 acquired_total managed active cohort_3 kept_3",
        [agent(), agent("AB2", branch="STG01")],
    )
    assert rows["AB1", JANUARY] == (1, 1, 1, 1, 0, 0)
    assert rows["AB2", JANUARY] == (0, 0, 0, 0, 0, 0)
    assert rows["AB1", APRIL] == (0, 1, 0, 0, 1, 1)  # the cohort stays with who acquired it
    assert rows["AB2", APRIL] == (0, 0, 1, 1, 0, 0)
    assert {code for code, _ in rows} == {"AB1", "AB2"}


@pytest.mark.parametrize(
    ("status", "first", "kept"),
    [("active", JANUARY, 1), ("reactivated", APRIL, 1), ("in_arrears", APRIL, 0), ("lapsed", APRIL, 0)],
)
def test_who_is_kept_has_paid_that_month(monev, status, first, kept):
    before = [stretch("ani", "registered", JANUARY, first)] if first != JANUARY else []
    rows = monev([*before, stretch("ani", status, first)], "cohort_3 kept_3")
    assert rows["AB1", APRIL] == (1, kept)
    assert rows["AB1", MARCH] == rows["AB1", MAY] == (0, 0)  # no cohort three months before


def test_cohorts_after_one_three_six_and_twelve_months(monev):
    rows = monev(
        [stretch("ani", "active", JANUARY, date(2023, 7, 1)), stretch("ani", "in_arrears", date(2023, 7, 1))],
        "cohort_1 kept_1 cohort_3 kept_3 cohort_6 kept_6 cohort_12 kept_12",
        as_of="2024-02-01",
    )
    counts = {month: row for (_, month), row in rows.items() if any(row)}
    assert counts == {
        FEBRUARY: (1, 1, 0, 0, 0, 0, 0, 0),
        APRIL: (0, 0, 1, 1, 0, 0, 0, 0),
        date(2023, 7, 1): (0, 0, 0, 0, 1, 0, 0, 0),
        date(2024, 1, 1): (0, 0, 0, 0, 0, 0, 1, 0),
    }


def test_months_run_from_the_first_of_the_agent_to_the_latest_business_day(monev):
    born = stretch("ani", "active", FEBRUARY, registered=FEBRUARY)
    rows = monev([born], "managed", [agent("AB2", "2023-04-30")], as_of="2023-05-01")
    assert set(rows) == {("AB1", month) for month in (FEBRUARY, MARCH, APRIL, MAY)} | {("AB2", APRIL), ("AB2", MAY)}
    assert monev([], "managed", [agent("AB3", "2023-06-01")]) == {}


@pytest.mark.parametrize(
    ("agents", "place"),
    [
        ([agent(until="2023-03-31"), agent(since="2023-03-31", branch="STG01")], ("STG01", "72", True)),
        ([agent(until="2023-04-01"), agent(since="2023-04-01", branch="STG01")], ("NTB01", "52", True)),
        ([agent(status="NONAKTIF")], ("NTB01", "52", False)),
        ([agent(until="2023-04-01")], ("NTB01", "52", True)),
        ([agent(until="2023-03-31")], ("NTB01", "52", False)),  # gone on the last day, and the branch remembered
        ([agent(since="2023-04-01")], (None, None, False)),
        ([], (None, None, False)),
    ],
)
def test_the_place_of_an_agent_is_that_of_the_last_day_of_the_month(monev, agents, place):
    rows = monev([stretch("ani", "active", JANUARY)], "branch_code province_code on_duty", agents)
    assert rows["AB1", MARCH] == place


def test_the_running_month_ends_on_the_latest_business_day(monev):
    agents = [agent(until="2023-05-20"), agent(since="2023-05-20", branch="STG01")]
    assert monev([stretch("ani", "active", MAY)], "branch_code", agents, as_of="2023-05-19") == {
        ("AB1", month): "NTB01" for month in (JANUARY, FEBRUARY, MARCH, APRIL, MAY)
    }


def test_contributions_and_the_threshold(monev):
    paid = {"agent_code": "AB1", "period": MARCH, "people": 2, "months": 3, "received_rp": 110_400}
    payments = [
        paid,
        paid | {"branch_code": "STG01", "received_rp": -10_400},
        paid | {"agent_code": None},
        paid | {"period": MAY},
    ]
    acquired = {"agent_code": "AB1", "period": MARCH, "scheme": NEW, "counted": True, "agent_month_count": 25}
    acquired["registration_date"] = MARCH
    others = [
        {"period": JANUARY, "agent_month_count": 24},
        {"period": FEBRUARY, "counted": False},
        {"period": APRIL, "scheme": None},
        {"period": MAY, "scheme": "pre-2022", "agent_month_count": 49},
    ]
    rows = monev(
        [],
        "payers paid_months contribution_rp threshold_reached",
        core__payment_month=payments,
        core__acquisition=[acquired, *[acquired | other for other in others]],
    )
    assert rows["AB1", MARCH] == (4, 6, 100_000, True)
    assert rows["AB1", MAY] == (2, 3, 110_400, False)
    assert rows["AB1", APRIL] == (0, 0, 0, False)
    assert [rows["AB1", month][3] for month in (JANUARY, FEBRUARY)] == [False, False]


COUNTS = [
    "new_2",
    "new_3",
    "continuing_2",
    "continuing_3",
    "acquired_total",
    "managed",
    "active",
    "in_arrears",
    "lapsed",
    "never_paid",
    "reactivated",
    "arrears_rp",
    "cohort_1",
    "kept_1",
    "cohort_3",
    "kept_3",
    "cohort_6",
    "kept_6",
    "cohort_12",
    "kept_12",
    "payers",
    "paid_months",
    "contribution_rp",
]


def base(code="AB1", month=MARCH, **changes):
    """A row of core.monev_agent_month."""
    row = {"month": month, "agent_code": code, "branch_code": "NTB01", "province_code": "52", "wadah_code": "W1"}
    row |= {"region_code": "5271", "on_duty": True, "threshold_reached": False}
    return row | dict.fromkeys(COUNTS, 0) | changes


@pytest.fixture
def mart(run):
    def mart(name, rows, columns, **tables):
        given = {name.replace("__", "."): some for name, some in tables.items()}
        return run(f"marts.{name}", {"core.monev_agent_month": rows} | given, columns)

    return mart


def test_shares_of_an_agent(mart):
    columns = "active_pct dropped_out drop_out_pct retention_3_pct retention_6_pct retention_12_pct arrears_pct"
    row = base(managed=10, active=4, in_arrears=1, cohort_1=4, kept_1=3, cohort_3=8, kept_3=2, cohort_6=2, cohort_12=1)
    assert mart("monev_agent_month", [row | {"kept_12": 1}], columns) == [(40, 1, 25, 25, 0, 100, 20)]
    assert mart("monev_agent_month", [base()], columns) == [(None, 0, None, None, None, None, None)]


def test_ranks_in_branch_and_province(mart):
    rows = [
        base("AB1", new_2=3, new_3=2, contribution_rp=10),
        base("AB2", new_3=5, contribution_rp=10),
        base("AB3", new_3=5, contribution_rp=11),
        base("AB4", new_3=9, branch_code="NTB02"),
        base("AB5", new_3=99, on_duty=False),
        base("AB6", new_3=9, branch_code="STG01", province_code="72"),
        base("AB7", new_3=99, month=APRIL),
    ]
    assert mart("monev_agent_month", rows, "agent_code branch_rank province_rank") == [
        ("AB1", 2, 3),
        ("AB2", 2, 3),
        ("AB3", 1, 2),
        ("AB4", 1, 1),
        ("AB5", None, None),
        ("AB6", 1, 1),
        ("AB7", 1, 1),
    ]


def test_a_streak_counts_months_in_a_row_at_the_threshold(mart):
    reached = [True, True, False, True, True, True, False]
    rows = [base(month=date(2023, n, 1), threshold_reached=yes) for n, yes in enumerate(reached, 1)]
    rows += [base("AB2", date(2023, n, 1), threshold_reached=True) for n in (1, 2)]
    found = mart("monev_agent_month", rows, "agent_code month streak")
    assert [streak for code, _, streak in found if code == "AB1"] == [1, 2, 0, 1, 2, 3, 0]
    assert [streak for code, _, streak in found if code == "AB2"] == [1, 2]


@pytest.mark.parametrize(
    ("counts", "warnings"),
    [
        ({"cohort_1": 6, "kept_1": 3}, None),
        ({"cohort_1": 100, "kept_1": 49}, "drop_out"),
        ({"cohort_1": 4}, None),
        ({"cohort_1": 5}, "drop_out"),
        ({"active": 6, "in_arrears": 4}, None),
        ({"active": 59, "in_arrears": 41}, "arrears"),
        ({"active": 1, "in_arrears": 3}, None),
        ({"managed": 10, "never_paid": 3}, None),
        ({"managed": 100, "never_paid": 31, "cohort_1": 5}, "drop_out, never_paid"),
        ({"managed": 4, "never_paid": 4}, None),
    ],
)
def test_warnings(mart, counts, warnings):
    assert mart("monev_agent_month", [base(**counts)], "warnings") == [warnings]


def test_a_wadah_is_the_sum_of_its_agents_with_rates_of_its_own(mart):
    rows = [
        base("AB1", new_3=2, managed=10, active=2, contribution_rp=500, threshold_reached=True),
        base("AB2", managed=10, active=8, contribution_rp=1_000),
        base("AB3", on_duty=False, managed=20),
        base("AB4", wadah_code="W2", new_2=1),
        base("AB5", wadah_code="W3", new_2=9, on_duty=False),
        base("AB6", wadah_code=None, branch_code=None, province_code=None),
    ]
    counts = "agents agents_on_duty agents_with_new agents_at_threshold"
    columns = f"wadah_code {counts} new_2 new_3 managed active_pct new_per_agent contribution_per_agent_rp branch_rank"
    assert mart("monev_wadah_month", rows, columns) == [
        ("W1", 3, 2, 1, 1, 0, 2, 40, 25, 1, 750, 1),
        ("W2", 1, 1, 1, 0, 1, 0, 0, None, 1, 0, 2),
        ("W3", 1, 0, 1, 0, 9, 0, 0, None, None, None, None),
        (None, 1, 1, 0, 0, 0, 0, 0, None, 0, 0, None),
    ]


RUNNING = {"raw__business_day": [{"business_date": "2023-03-13"}]}


def test_the_running_month_has_counts_and_no_shares_and_breaks_no_streak(mart):
    counts = {"managed": 100, "active": 10, "in_arrears": 80, "cohort_1": 9, "cohort_3": 8, "cohort_6": 7}
    rows = [base(month=FEBRUARY, threshold_reached=True, **counts), base(month=MARCH, **counts)]
    columns = "is_running managed active_pct dropped_out drop_out_pct retention_3_pct retention_6_pct arrears_pct"
    shares = (False, 100, 10, 9, 100, 0, 0, pytest.approx(800 / 9))
    for name in ("monev_agent_month", "monev_wadah_month"):
        assert mart(name, rows, columns, **RUNNING) == [shares, (True, 100, *[None] * 6)]
    branch = mart("monev_branch_month", rows, f"branch_code {columns}", **RUNNING)
    assert [row[1:] for row in branch if row[0] == "NTB01"] == [shares, (True, 100, *[None] * 6)]
    assert mart("monev_agent_month", rows, "streak warnings", **RUNNING) == [(1, "drop_out, arrears"), (1, None)]
    last_day = {"raw__business_day": [{"business_date": "2023-03-31"}]}
    assert mart("monev_agent_month", rows, "is_running streak", **last_day) == [(False, 1), (False, 0)]
    rows = [base(month=FEBRUARY, new_3=4), base(month=MARCH, new_3=1)]
    found = mart("monev_branch_month", rows, "branch_code streak", reference__branch_target=[target()], **RUNNING)
    assert [streak for code, streak in found if code == "NTB01"] == [1, 1]


def target(branch="NTB01", since=JANUARY, people=4, rupiah=1_000):
    row = {"branch_code": branch, "period_from": since, "new_participants": people, "contribution_rp": rupiah}
    return row | {"source": "a test"}


def test_a_branch_against_its_target(mart):
    rows = [base(new_3=new, contribution_rp=500, month=date(2023, n, 1)) for n, new in enumerate([4, 5, 3, 8, 2], 1)]
    columns = "branch_code month target_new realised_new_pct realised_contribution_pct streak"
    targets = [target(), target(since=APRIL, people=8), target("NTB02", since=MAY)]
    found = mart("monev_branch_month", rows, columns, reference__branch_target=targets)
    assert [row[2:] for row in found if row[0] == "NTB01"] == [
        (4, 100, 50, 1),
        (4, 125, 50, 2),
        (4, 75, 50, 0),
        (8, 100, 50, 1),
        (8, 25, 50, 0),
    ]
    assert [row[2:] for row in found if row[0] == "NTB02"] == [*[(None, None, None, 0)] * 4, (4, 0, 0, 0)]


def test_branches_are_ranked_by_the_share_of_their_target(mart):
    rows = [base(new_3=90), base("AB2", branch_code="NTB02", new_3=9), base("AB3", branch_code="STG02", new_3=5)]
    rows[2]["province_code"] = "72"
    targets = [target(people=100), target("NTB02", people=5), target("STG02", people=5), target("NTB03", people=0)]
    columns = "branch_code nation_rank target_province_rank target_nation_rank"
    found = {row[0]: row[1:] for row in mart("monev_branch_month", rows, columns, reference__branch_target=targets)}
    assert (found["NTB01"], found["NTB02"], found["STG02"]) == ((1, 2, 3), (2, 1, 1), (3, 1, 2))
    assert found["NTB03"][1:] == (None, None)


def test_every_branch_has_a_row_and_agents_of_none_have_one(mart):
    rows = [base(new_3=3), base("AB2", branch_code="STG02", province_code="72"), base("AB3", branch_code=None, new_3=9)]
    columns = "branch_code province_code agents agents_on_duty new_3 province_rank nation_rank"
    found = {row[0]: row[1:] for row in mart("monev_branch_month", rows, columns)}
    assert len(found) == 9
    assert found["NTB01"] == ("52", 1, 1, 3, 1, 1)
    assert found["NTB02"] == ("52", 0, 0, 0, 2, 2)
    assert found["STG02"] == ("72", 1, 1, 0, 1, 2)
    assert found[None] == (None, 1, 1, 9, None, None)


def test_agents_by_region_and_places_with_none(mart):
    rows = [
        base("AB1", new_3=3, threshold_reached=True),
        base("AB2", wadah_code="W2"),
        base("AB3", on_duty=False),
        base("AB4", region_code="7271"),
        base("AB5", region_code=None),
    ]
    columns = "region_code agents without_agents regencies_without_agents wadahs agents_at_threshold new_participants"
    found = {row[0]: row[1:] for row in mart("agent_region_month", rows, columns)}
    assert len(found) == 26
    assert found["5271"] == (2, False, 0, 2, 1, 3)
    assert found["5272"] == (0, True, 1, 0, 0, 0)
    assert found["52"] == (2, False, 9, 2, 1, 3)
    assert found["00"] == (3, False, 21, 2, 1, 3)


def test_agents_for_those_who_could_be_protected(mart):
    def density(month):
        universe = [
            {"region_code": "5271", "definition": "bpu", "people": people, "reference_from": since}
            for people, since in ((20_000, "2023-03-15"), (40_000, "2023-05-01"))
        ]
        universe.append({"region_code": "5271", "definition": "ucj", "people": 1, "reference_from": "2020-01-01"})
        columns = "region_code universe agents_per_10000"
        rows = mart("agent_region_month", [base(month=month)], columns, reference__universe=universe)
        return next(row[1:] for row in rows if row[0] == "5271")

    assert density(FEBRUARY) == (None, None)
    assert density(MARCH) == (20_000, 0.5)
    assert density(APRIL) == (20_000, 0.5)
    assert density(MAY) == (40_000, 0.25)
