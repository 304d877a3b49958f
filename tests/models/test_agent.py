"""core.agent and core.wadah_agreement: agents and agreements as they were at any date."""

from datetime import date, timedelta

import pytest

D1, D2, D3, D4 = (date(2023, 10, day) for day in (1, 2, 3, 4))
JOINED = date(2021, 5, 1)


def rosters(days, branch="NTB01", rejected=()):
    return [
        {
            "delivery_id": f"{branch} {day}",
            "branch_code": branch,
            "feed": "agents",
            "business_date": day,
            "effective": True,
            "rejected": 1 if day in rejected else 0,
        }
        for day in days
    ]


def on_roster(day, branch="NTB01", agent="AB1", **changes):
    row = {
        "delivery_id": f"{branch} {day}",
        "business_date": day,
        "line_no": 1,
        "agent_code": agent,
        "branch_code": branch,
        "region_code": "5271",
        "joined_date": JOINED,
        "status": "AKTIF",
        "wadah_code": "W1",
        "wadah_name": "Wadah Satu",
        "pks_no": "P1",
        "scheme": "perisai-13-2022",
        "pks_from": date(2023, 1, 1),
        "pks_to": date(2023, 12, 31),
    }
    return row | changes


@pytest.fixture
def spells(run):
    def spells(deliveries, rows, columns="agent_code valid_from valid_to wadah_code"):
        return run("core.agent", {"core.delivery": deliveries, "raw.agents": rows}, columns)

    return spells


def test_an_unchanged_agent_is_one_spell_back_to_the_day_of_joining(spells):
    assert spells(
        rosters([D1, D2, D3]),
        [on_roster(D1), on_roster(D2), on_roster(D3)],
        "agent_code valid_from valid_to branch_code region_code joined_date status wadah_code wadah_name",
    ) == [("AB1", JOINED, None, "NTB01", "5271", JOINED, "AKTIF", "W1", "Wadah Satu")]


@pytest.mark.parametrize(
    "change",
    [{"wadah_code": "W2"}, {"status": "NONAKTIF"}, {"region_code": "5272"}, {"wadah_name": "Baru"}, {"status": None}],
)
def test_a_change_begins_a_new_spell(spells, change):
    rows = spells(
        rosters([D1, D2, D3]),
        [on_roster(D1), on_roster(D2, **change), on_roster(D3, **change)],
        "valid_from valid_to " + next(iter(change)),
    )
    before = on_roster(D1)[next(iter(change))]
    assert rows == [(JOINED, D2, before), (D2, None, *change.values())]


def test_the_changed_agent_may_change_back(spells):
    rows = spells(rosters([D1, D2, D3]), [on_roster(D1), on_roster(D2, wadah_code="W2"), on_roster(D3)])
    assert rows == [("AB1", JOINED, D2, "W1"), ("AB1", D2, D3, "W2"), ("AB1", D3, None, "W1")]


GAPS = "valid_from valid_to wadah_code is_missing"


def test_who_was_said_to_leave_ends_with_the_next_roster_that_lacks_them(spells):
    leaving = on_roster(D2, status="NONAKTIF")
    rows = [(JOINED, D2, "AKTIF", False), (D2, D4, "NONAKTIF", False)]
    assert spells(rosters([D1, D2, D4]), [on_roster(D1), leaving], "valid_from valid_to status is_missing") == rows
    again = on_roster(D4)
    assert spells(rosters([D1, D2, D3, D4]), [on_roster(D1), leaving, again], GAPS)[1:] == [
        (D2, D3, "W1", False),
        (D4, None, "W1", False),
    ]


def test_who_is_merely_missing_goes_on_as_was_said_before(spells):
    assert spells(rosters([D1, D2, D4]), [on_roster(D1), on_roster(D2)], GAPS) == [
        (JOINED, D4, "W1", False),
        (D4, None, "W1", True),
    ]
    assert spells(rosters([D1, D2, D3]), [on_roster(D1), on_roster(D3, wadah_code="W2")], GAPS) == [
        (JOINED, D2, "W1", False),
        (D2, D3, "W1", True),
        (D3, None, "W2", False),
    ]


def test_who_is_missing_without_a_status_is_missing_too(spells):
    assert spells(rosters([D1, D2]), [on_roster(D1, status=None)], GAPS) == [
        (JOINED, D2, "W1", False),
        (D2, None, "W1", True),
    ]


def test_a_gap_goes_on_until_a_roster_of_any_branch_has_the_agent(spells):
    deliveries = rosters([D1, D2, D3, D4]) + rosters([D4], "NTB02")
    rows = [on_roster(D1), on_roster(D4, "NTB02", wadah_code="W2")]
    assert spells(deliveries, rows, "valid_from valid_to branch_code is_missing") == [
        (JOINED, D2, "NTB01", False),
        (D2, D4, "NTB01", True),
        (D4, None, "NTB02", False),
    ]


def test_a_day_without_a_roster_ends_nobody(spells):
    assert spells(rosters([D1, D4]), [on_roster(D1), on_roster(D4)]) == [("AB1", JOINED, None, "W1")]


def test_a_roster_with_rejected_rows_ends_nobody(spells):
    deliveries = rosters([D1, D2, D3], rejected=[D2])
    left = on_roster(D1, status="NONAKTIF")
    assert spells(deliveries, [left]) == [("AB1", JOINED, D3, "W1")]
    assert spells(deliveries, [left, on_roster(D3, status="NONAKTIF")], GAPS) == [(JOINED, None, "W1", False)]
    assert spells(deliveries, [on_roster(D1), on_roster(D3)], GAPS) == [
        (JOINED, D2, "W1", False),
        (D2, D3, "W1", True),
        (D3, None, "W1", False),
    ]


def test_superseded_rosters_and_other_feeds_do_not_count(spells):
    deliveries = rosters([D1, D2])
    deliveries[1]["effective"] = False
    other = {**rosters([D3])[0], "feed": "claims"}
    assert spells([*deliveries, other], [on_roster(D1), on_roster(D2, wadah_code="W2")]) == [
        ("AB1", JOINED, None, "W1")
    ]


def test_rosters_of_other_branches_end_nobody(spells):
    deliveries = rosters([D1]) + rosters([D2], "NTB02")
    for row in (on_roster(D1), on_roster(D1, status="NONAKTIF")):
        assert spells(deliveries, [row]) == [("AB1", JOINED, None, "W1")]


def test_an_agent_who_moves_is_in_one_place_at_a_time(spells):
    deliveries = rosters([D1, D2, D3]) + rosters([D1, D2, D3], "NTB02")
    rows = spells(
        deliveries,
        [
            on_roster(D1),
            on_roster(D2, status="NONAKTIF"),
            on_roster(D2, "NTB02"),
            on_roster(D3, "NTB02"),
        ],
        "valid_from valid_to branch_code status",
    )
    assert rows == [(JOINED, D2, "NTB01", "AKTIF"), (D2, None, "NTB02", "AKTIF")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"status": "AKTIF"}, {"status": "NONAKTIF", "joined_date": D1, "branch": "NTB02"}),
        ({"joined_date": D1}, {"branch": "NTB02"}),
        ({"branch": "NTB02"}, {"line_no": 2}),
        ({"line_no": 2}, {"line_no": 1}),
    ],
)
def test_of_two_rosters_on_a_day_one_is_chosen(spells, one, other):
    deliveries = rosters([D1]) + rosters([D1], "NTB02")
    rows = [on_roster(D1, **one, wadah_code="W1"), on_roster(D1, **other, wadah_code="W2")]
    for given in (rows, rows[::-1]):
        assert spells(deliveries, given, "wadah_code valid_to") == [("W1", None)]


def test_joined_after_the_first_roster_does_not_turn_a_spell_around(spells):
    assert spells(rosters([D1]), [on_roster(D1, joined_date=None)], "valid_from") == [D1]


@pytest.fixture
def agreements(run):
    def agreements(*rows, columns="valid_from valid_to pks_no scheme"):
        deliveries = rosters(sorted({row["business_date"] for row in rows}))
        names = "branch_code wadah_code pks_no valid_from valid_to wadah_name scheme"
        known = run("core.agreement", {"core.delivery": deliveries, "raw.agents": rows}, names)
        known = [dict(zip(names.split(), row, strict=True)) for row in known]
        return run("core.wadah_agreement", {"core.agreement": known}, columns)

    return agreements


def test_an_agreement_is_in_force_on_its_first_and_last_day(agreements):
    rows = agreements(
        on_roster(D1), on_roster(D1, agent="AB2"), on_roster(D2), columns="wadah_code valid_from valid_to"
    )
    assert rows == [("W1", date(2023, 1, 1), date(2023, 12, 31) + timedelta(1))]


def test_agreements_follow_each_other_with_a_gap_between(agreements):
    later = {"pks_no": "P2", "pks_from": date(2024, 2, 1), "pks_to": date(2024, 12, 31), "scheme": "other"}
    assert agreements(on_roster(D1), on_roster(D2, **later)) == [
        (date(2023, 1, 1), date(2024, 1, 1), "P1", "perisai-13-2022"),
        (date(2024, 2, 1), date(2025, 1, 1), "P2", "other"),
    ]


def test_where_agreements_overlap_the_later_begun_holds_and_the_first_resumes(agreements):
    inner = {"pks_no": "P2", "pks_from": date(2023, 4, 1), "pks_to": date(2023, 4, 30), "scheme": "other"}
    assert agreements(on_roster(D1), on_roster(D1, agent="AB2", **inner)) == [
        (date(2023, 1, 1), date(2023, 4, 1), "P1", "perisai-13-2022"),
        (date(2023, 4, 1), date(2023, 5, 1), "P2", "other"),
        (date(2023, 5, 1), date(2024, 1, 1), "P1", "perisai-13-2022"),
    ]


def test_the_latest_roster_says_how_long_an_agreement_runs(agreements):
    assert agreements(on_roster(D2, pks_to=date(2023, 6, 30)), on_roster(D1)) == [
        (date(2023, 1, 1), date(2023, 7, 1), "P1", "perisai-13-2022")
    ]


@pytest.mark.parametrize(
    ("chosen", "other"),
    [
        ({"pks_from": date(2023, 2, 1), "pks_to": date(2023, 6, 30)}, {}),
        ({"scheme": "a"}, {"scheme": "z", "pks_to": date(2023, 11, 30)}),
        ({"scheme": "z", "wadah_name": "A"}, {"scheme": "a", "wadah_name": "Z"}),
        ({"wadah_name": "Z"}, {"wadah_name": "A"}),
    ],
)
def test_where_one_roster_contradicts_itself_one_row_is_chosen(agreements, chosen, other):
    rows = [on_roster(D1, **chosen), on_roster(D1, agent="AB2", **other)]
    row = on_roster(D1, **chosen)
    expected = [(row["pks_from"], row["pks_to"] + timedelta(1), row["scheme"], row["wadah_name"])]
    for given in (rows, rows[::-1]):
        assert agreements(*given, columns="valid_from valid_to scheme wadah_name") == expected


def test_of_agreements_that_begin_on_one_day_the_higher_number_holds(agreements):
    rows = [on_roster(D1, pks_no="P2"), on_roster(D1, agent="AB2", pks_no="P1", scheme="other")]
    assert agreements(*rows, columns="pks_no") == agreements(*rows[::-1], columns="pks_no") == ["P2"]


def test_agents_without_wadah_or_agreement_make_no_agreement(agreements):
    assert agreements(on_roster(D1, wadah_code=None), on_roster(D1, pks_no=None)) == []
