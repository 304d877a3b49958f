"""Marts for analysts: days, the running month against the one before, year's end, contributions and people by group."""

from datetime import date

import pytest

SEPTEMBER, OCTOBER = date(2023, 9, 1), date(2023, 10, 1)


def registered(no, day, branch="NTB01", **changes):
    row = {"registration_no": no, "registration_date": day, "branch_code": branch, "person_registration_no": 1}
    return row | {"agent_code": "AB1"} | changes


def paid(no, day, amount=16_800, branch="NTB01", **changes):
    row = {"receipt_no": no, "payment_date": day, "period": f"{day[:7]}-01", "branch_code": branch, "months": 1}
    return row | {"amount_rp": amount, "region_code": "5271", "occupation": "farm"} | changes


def test_a_day_of_a_branch(run):
    rows = run(
        "core.branch_day",
        {
            "core.registration": [
                registered("R1", "2023-10-02"),
                registered("R2", "2023-10-02", agent_code=None),
                registered("R3", "2023-10-02", person_registration_no=2),
            ],
            "core.contribution": [paid("K1", "2023-10-02"), paid("K2", "2023-10-02", -800), paid("K3", "2023-10-03")],
        },
    )
    assert rows == [(date(2023, 10, 2), "NTB01", 3, 2, 1, 1, 16_000), (date(2023, 10, 3), "NTB01", 0, 0, 0, 1, 16_800)]


def test_days_are_published_for_the_running_month_and_thirteen_before(run):
    days = [{"activity_date": day, "branch_code": "NTB01"} for day in ("2022-08-31", "2022-09-01", "2023-10-13")]
    tables = {"core.branch_day": days, "raw.business_day": [{"business_date": "2023-10-13"}]}
    assert run("marts.branch_day", tables, "activity_date month is_running") == [
        (date(2022, 9, 1), date(2022, 9, 1), False),
        (date(2023, 10, 13), OCTOBER, True),
    ]


@pytest.mark.parametrize(
    ("as_of", "before", "found"),
    [
        ("2023-10-13", date(2023, 9, 13), (1, 2, 2, 4, True)),
        ("2023-10-31", date(2023, 9, 30), (5, 6, 10, 12, False)),  # a whole month against a whole one
        ("2023-03-30", date(2023, 2, 28), (9, 8, 18, 16, True)),
    ],
)
def test_half_a_month_is_held_against_half_a_month(run, as_of, before, found):
    new = {"2023-10-13": 1, "2023-10-14": 4, "2023-09-13": 2, "2023-09-14": 4, "2023-08-31": 99}
    new |= {"2023-03-30": 9, "2023-03-31": 7, "2023-02-28": 8, "2023-01-31": 99}
    days = [
        {"activity_date": day, "branch_code": "NTB01", "new_participants": n, "new_by_perisai": 2 * n}
        for day, n in new.items()
    ]
    tables = {
        "core.branch_day": days,
        "raw.business_day": [{"business_date": as_of}],
        "core.running_month": [{"first_day": "2023-11-01" if as_of == "2023-10-31" else f"{as_of[:7]}-01"}],
    }
    columns = "to_date_before new_participants new_participants_before new_by_perisai new_by_perisai_before is_running"
    assert run("marts.branch_to_date", tables, columns) == [(before, *found)]


def test_the_pace_of_three_whole_months_goes_on_to_the_end_of_the_year(run):
    row = {"region_code": "52", "region_level": "province", "definition": "bpu", "universe": 1000, "is_running": False}
    rows = [
        row | {"month": SEPTEMBER, "protected": 260, "numerator": 260, "people_change_quarter": 30},
        row | {"month": OCTOBER, "protected": 255, "is_running": True, "target_people": 300},
    ]
    columns = "from_month pace_people months_left projected_people projected_pct target_people projected_gap_people"
    assert run("marts.coverage_projection", {"marts.coverage_month": rows}, columns) == [
        (SEPTEMBER, 10, 3, 290, 29, 300, 10)
    ]
    unknown = [one | {"people_change_quarter": None} for one in rows]
    assert run("marts.coverage_projection", {"marts.coverage_month": unknown}, "projected_people") == [None]


def test_contributions_of_a_sector_stand_for_five_payments_or_are_pooled(run):
    payments = [
        *(paid(f"F{n}", "2023-09-02") for n in range(6)),
        *(paid(f"S{n}", "2023-09-02", occupation="sea") for n in range(4)),
        paid("X1", "2023-09-02", -6_800),
        *(paid(f"T{n}", "2023-09-02", occupation=None, region_code="7271") for n in range(5)),
        *(paid(f"U{n}", "2023-09-02", region_code=None, occupation="what") for n in range(5)),
    ]
    tables = {
        "core.contribution": payments,
        "core.occupation_sector": [{"occupation": word, "sector": word} for word in ("farm", "sea")],
        "raw.business_day": [{"business_date": "2023-10-13"}],
    }
    groups = {"core.contribution_group": named(run("core.contribution_group", {"core.contribution": payments}))}
    found = run(
        "marts.contribution_sector_month", groups | {k: v for k, v in tables.items() if k != "core.contribution"}
    )
    assert found == [
        (SEPTEMBER, "52", "pooled", 10, 9, 10 * 16_800 - 6_800, 2, False),
        (SEPTEMBER, "72", "unstated", 5, 5, 5 * 16_800, 1, False),
        (SEPTEMBER, "unknown", "unmapped", 5, 5, 5 * 16_800, 1, False),
    ]


def named(rows):
    columns = ("period", "region_code", "occupation", "payments", "months", "received_rp")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_protected_people_by_sex_and_age_are_five_or_pooled_and_grow_older(run):
    start = 2023 * 12 + 10  # November

    def born(year, sex, people, region="5271", month=start):
        return {"month_index": month, "region_code": region, "sex": sex, "birth_year": year, "people": people}

    tables = {
        "core.protected_change": [
            *(born(1980, "P", 6), born(1980, "L", 9), born(1999, "L", 5), born(1999, "P", 4)),
            *(born(1970, "L", 4, "7271"), born(1980, "L", -9, month=start + 1)),
        ],
        "raw.business_day": [{"business_date": "2024-01-13"}],
        "core.running_month": [{"first_day": "2024-01-01"}],
    }
    rows = run("marts.protected_group_month", tables)
    november, december, january = date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1)
    assert [row for row in rows if row[0] == november] == [
        (november, "52", "L", "35 to 44", 9, 1, False),
        (november, "52", "P", "35 to 44", 6, 1, False),
        (november, "52", "pooled", "pooled", 9, 2, False),  # four women, and the five men who are the fewest others
    ]
    assert [row[2:5] for row in rows if row[0] == december] == [("P", "35 to 44", 6), ("pooled", "pooled", 9)]
    assert [row[2:] for row in rows if row[0] == january] == [
        ("P", "35 to 44", 6, 1, True),
        ("pooled", "pooled", 9, 2, True),  # who was born in 1999 is 25 now
    ]
