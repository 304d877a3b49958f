"""Closed months in the models: what corrects them, and that the marts show them as they were frozen."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from models.incentive_marts import IncentiveMarts

from warehouse import closed

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (date(2023, month, 1) for month in (8, 9, 10, 11))
NEW = "perisai-13-2022"
COLUMNS = "period corrects_period agent_code wadah_code participant_key source_no basis_rp amount_rp reason"


def line(amount, number=1, **changes):
    row = {
        "period": SEPTEMBER,
        "agent_code": "AB1",
        "wadah_code": "W1",
        "scheme": NEW,
        "rule": "contribution",
        "participant_key": f"p{number}",
        "contribution_month": SEPTEMBER,
        "contribution_month_no": 1,
        "basis_rp": 36_800,
        "rate": Decimal("0.15"),
        "amount_rp": Decimal(amount),
        "gross_rp": Decimal(amount),
        "delivery_id": "d",
        "source_branch_code": "B",
        "source_no": f"K{number}",
        "agent_share": Decimal(1),
        "new_participants": 0,
    }
    return row | changes


@pytest.fixture
def adjustments(run):
    def adjustments(now, frozen, columns=COLUMNS, months=(SEPTEMBER,)):
        tables = {
            "core.incentive_earning": now,
            "closed.incentive_line": frozen,
            "closed.month": [{"period": month} for month in months],
        }
        return run("core.incentive_adjustment", tables, columns)

    return adjustments


def test_what_came_as_it_was_frozen_is_not_corrected(adjustments):
    assert adjustments([line(5520), line(1, 2)], [line(1, 2, delivery_id="other"), line(5520)]) == []
    assert adjustments([line(5520), line(1, 2, period=OCTOBER)], [line(5520)]) == []


def test_before_anything_is_closed_nothing_is_corrected(adjustments):
    assert adjustments([line(5520)], [], months=()) == []


def test_months_before_the_first_closed_one_are_not_corrected(adjustments):
    assert adjustments([line(5520, period=AUGUST)], [line(1)], "participant_key") == ["p1"]


@pytest.mark.parametrize(
    ("now", "frozen", "expected"),
    [
        ([line(5520)], [], ("p1", 36_800, 5520, "late")),
        ([line(1)], [], ("p1", 36_800, 1, "late")),
        ([line(-1)], [], ("p1", 36_800, -1, "late")),
        ([], [line(5520)], ("p1", -36_800, -5520, "withdrawn")),
        ([line(2760, basis_rp=18_400)], [line(5520)], ("p1", -18_400, -2760, "changed")),
        ([line(1840, rate=Decimal("0.05"))], [line(5520)], ("p1", 0, -3680, "changed")),
        ([line(0, rate=None, reason="no_agreement")], [line(5520)], ("p1", 0, -5520, "no_agreement")),
        ([line(5520)], [line(0, rate=None, reason="below_threshold")], ("p1", 0, 5520, "changed")),
    ],
)
def test_the_difference_of_a_line_corrects_it_in_the_earliest_open_month(adjustments, now, frozen, expected):
    rows = adjustments(now, frozen)
    person, basis, amount, reason = expected
    assert rows == [(OCTOBER, SEPTEMBER, "AB1", "W1", person, "K1", basis, Decimal(amount), reason)]


def test_a_difference_that_earns_nothing_is_no_line(adjustments):
    assert adjustments([line(0, reason="below_threshold"), line(5520, 2)], [line(5520, 2)]) == []
    assert adjustments([line(0, reason="no_rate", basis_rp=1)], [line(0, reason="no_agreement")]) == []


def test_an_adjustment_keeps_what_its_line_is_about(adjustments):
    columns = (
        "scheme rule contribution_month contribution_month_no rate delivery_id source_branch_code gross_rp agent_share"
        " new_participants"
    )
    frozen = line(900, rule="acquisition", scheme="old", new_participants=1, gross_rp=1000, agent_share="0.9")
    what = ("old", "acquisition", SEPTEMBER, 1, Decimal("0.15"), "d", "B", Decimal(-1000), Decimal("0.9"), -1)
    assert adjustments([], [frozen], columns) == [what]
    now = frozen | {"amount_rp": 1900, "gross_rp": 2000, "contribution_month_no": 7, "delivery_id": "e"}
    now |= {"rate": Decimal("0.25"), "agent_share": "0.95"}
    what = ("old", "acquisition", SEPTEMBER, 7, Decimal("0.25"), "e", "B", Decimal(1000), Decimal("0.95"), 0)
    assert adjustments([now], [frozen], columns) == [what]
    what = ("old", "acquisition", SEPTEMBER, 1, Decimal("0.15"), "d", "B", Decimal(-1000), Decimal("0.9"), 0)
    assert adjustments([frozen], [now], columns) == [what]


def test_a_withdrawn_line_that_was_frozen_with_several_words_keeps_the_greatest(adjustments):
    corrected = {"contribution_month_no": 2, "rate": Decimal("0.2"), "delivery_id": "e", "agent_share": Decimal("1.5")}
    frozen = [line(5), line(1, period=OCTOBER, corrects_period=SEPTEMBER, **corrected)]
    rows = adjustments([], frozen, " ".join(corrected), months=(SEPTEMBER, OCTOBER))
    assert rows == [tuple(corrected.values())]


def test_a_correction_has_all_decimals_of_its_line(adjustments):
    least = {"amount_rp": Decimal("0.000001"), "gross_rp": Decimal("0.0001")}
    assert adjustments([line(0, **least)], [], "amount_rp gross_rp") == [tuple(least.values())]


def test_what_an_earlier_month_corrected_is_not_corrected_again(adjustments):
    frozen = [line(5520), line(5520, 2, period=OCTOBER, corrects_period=SEPTEMBER), line(7, 3, period=OCTOBER)]
    months = (SEPTEMBER, OCTOBER)
    now = [line(5520), line(5520, 2), line(7, 3, period=OCTOBER)]
    assert adjustments(now, frozen, months=months) == []
    late = adjustments([*now, line(1, 4)], frozen, months=months)
    assert late == [(NOVEMBER, SEPTEMBER, "AB1", "W1", "p4", "K4", 36_800, Decimal(1), "late")]
    back = adjustments([now[0], now[2]], frozen, months=months)
    assert back == [(NOVEMBER, SEPTEMBER, "AB1", "W1", "p2", "K2", -36_800, Decimal(-5520), "withdrawn")]


@pytest.mark.parametrize(
    "changes",
    [
        {"agent_code": "AB2"},
        {"wadah_code": "W2"},
        {"wadah_code": None},
        {"scheme": "old"},
        {"rule": "acquisition"},
        {"participant_key": "p2"},
        {"contribution_month": OCTOBER},
        {"source_branch_code": "C"},
        {"source_no": "K2"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_line_that_moved_is_taken_back_here_and_paid_there(adjustments, changes):
    rows = adjustments([line(5520, **changes)], [line(5520)], "amount_rp reason")
    assert sorted(rows) == [(Decimal(-5520), "withdrawn"), (Decimal(5520), "late")]


def test_lines_of_one_agent_whose_amounts_changed_places_are_found(adjustments):
    rows = adjustments([line(1), line(2, 2)], [line(2), line(1, 2)], "participant_key amount_rp")
    assert sorted(rows) == [("p1", Decimal(-1)), ("p2", Decimal(1))]


@pytest.mark.parametrize("same", ["amount_rp", "gross_rp"])
def test_it_is_enough_that_one_of_the_two_amounts_changed_places(adjustments, same):
    now, frozen = ([line(one) | {same: 5}, line(other, 2) | {same: 5}] for one, other in ((1, 2), (2, 1)))
    assert sorted(adjustments(now, frozen, "participant_key")) == ["p1", "p2"]


@pytest.mark.parametrize("other", ["amount_rp", "gross_rp"])
def test_an_amount_that_only_changed_its_sign_is_corrected(adjustments, other):
    now, frozen = ([line(sign) | {other: 5}] for sign in (1, -1))
    assert adjustments(now, frozen, "amount_rp gross_rp") == [(0, 2) if other == "amount_rp" else (2, 0)]


def test_the_gross_amount_alone_is_corrected_too(adjustments):
    rows = adjustments([line(900, gross_rp=1000)], [line(900, gross_rp=900)], "amount_rp gross_rp")
    assert rows == [(0, Decimal(100))]


@pytest.mark.parametrize(("amount", "gross"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_what_was_corrected_in_one_of_the_two_amounts_is_taken_back(adjustments, amount, gross):
    """As when the agent's share is another one, or was nothing."""
    correction = line(amount, gross_rp=Decimal(gross), period=OCTOBER, corrects_period=SEPTEMBER)
    rows = adjustments([line(5)], [line(5), correction], "amount_rp gross_rp", months=(SEPTEMBER, OCTOBER))
    assert rows == [(Decimal(-amount), Decimal(-gross))]


def test_management_is_not_corrected_by_lines(adjustments):
    assert adjustments([], [line(100, rule="management", agent_code=None, participant_key=None)]) == []


def test_whatever_is_closed_and_changes_what_was_paid_is_what_holds_now(adjustments, warehouse):
    """Month after month is closed while lines come, go and change; a plain count says what was paid for each."""
    rng = random.Random(4)
    months = [date(2023, month, 1) for month in range(1, 7)]
    now, frozen = {}, []
    for number, month in enumerate(months, start=1):
        for _ in range(40):
            one = line(rng.randrange(-3, 9), rng.randrange(12), agent_code=rng.choice(["AB1", "AB2"]))
            one |= {"period": rng.choice(months[:number]), "wadah_code": rng.choice(["W1", None])}
            now[one["period"], one["agent_code"], one["wadah_code"], one["participant_key"]] = one
        for key in rng.sample(sorted(now, key=str), 5):
            del now[key]
        past = months[: number - 1]
        names = [name for name, _ in closed.FROZEN["incentive_line"].items()]
        rows = adjustments(now.values(), frozen, " ".join(names), past) if past else []
        assert {row[0] for row in rows} <= {month}
        frozen += [dict(zip(names, row, strict=True)) for row in rows]
        frozen += [one for key, one in now.items() if key[0] == month]
        paid = Counter()
        for one in frozen:
            paid[
                one.get("corrects_period") or one["period"],
                one["agent_code"],
                one["wadah_code"],
                one["participant_key"],
            ] += one["amount_rp"]
        due = {key: one["amount_rp"] for key, one in now.items() if key[0] <= month}
        assert {key: amount for key, amount in paid.items() if amount} == {
            k: amount for k, amount in due.items() if amount
        }
    assert len([one for one in frozen if one.get("corrects_period")]) > 50


def test_open_months_are_computed_and_corrected_closed_ones_are_left_out(run):
    rows = run(
        "core.incentive_open",
        {
            "core.incentive_earning": [line(1, period=AUGUST), line(2), line(3, period=OCTOBER)],
            "core.incentive_adjustment": [line(4, period=OCTOBER, corrects_period=SEPTEMBER)],
            "closed.month": [{"period": SEPTEMBER}],
        },
        "period corrects_period amount_rp",
    )
    assert set(rows) == {(AUGUST, None, Decimal(1)), (OCTOBER, SEPTEMBER, Decimal(4)), (OCTOBER, None, Decimal(3))}


def test_adjustments_are_apart_in_an_agents_month_and_part_of_its_total(run):
    rows = run(
        "core.incentive_agent_month",
        {
            "core.incentive_open": [
                line(15_000, rule="acquisition", new_participants=1, basis_rp=None, period=OCTOBER),
                line("5520.4", period=OCTOBER),
                line(0, 2, reason="month_already_counted", period=OCTOBER),
                line(
                    15_000,
                    rule="acquisition",
                    new_participants=1,
                    basis_rp=None,
                    period=OCTOBER,
                    corrects_period=SEPTEMBER,
                ),
                line("-10000.7", 3, period=OCTOBER, corrects_period=AUGUST),
            ],
            "closed.incentive_agent_month": [{"period": SEPTEMBER, "agent_code": "AB1", "total_rp": 7}],
        },
        "period new_count acquisition_rp contribution_basis_rp contribution_rp adjustment_rp total_rp gross_rp status",
    )
    assert rows == [
        (SEPTEMBER, None, None, None, None, None, 7, None, "closed"),
        (OCTOBER, 1, 15_000, 36_800, 5521, 4999, 25_520, 25_520, "open"),
    ]


def test_a_wadah_s_month_has_its_adjustments_and_may_be_negative(run):
    month = {"period": OCTOBER, "agent_code": "AB1", "wadah_code": "W1", "scheme": NEW, "status": "open"}
    rows = run(
        "marts.incentive_wadah_month",
        {
            "core.incentive_agent_month": [
                month | {"total_rp": -105, "gross_rp": -105, "adjustment_rp": -205},
                month | {"period": SEPTEMBER, "total_rp": 9, "gross_rp": 9, "status": "closed"},
            ],
            "closed.incentive_wadah_month": [{"period": SEPTEMBER, "wadah_code": "W1", "payable_rp": 5}],
            "closed.month": [{"period": SEPTEMBER}],
            "core.wadah_agreement": [
                {
                    "branch_code": "B",
                    "wadah_code": "W1",
                    "scheme": NEW,
                    "pks_no": "PKS/1",
                    "valid_from": "2023-09-10",
                    "valid_to": "2023-11-01",
                }
            ],
            "raw.business_day": [{"business_date": "2023-10-02"}],
        },
        "period pks agents_total_rp adjustment_rp management_basis_rp management_rp payable_rp status",
    )
    assert rows == [
        (SEPTEMBER, None, None, None, None, None, 5, "closed"),
        (OCTOBER, "B PKS/1", -105, -205, -105, -11, -116, "open"),
    ]


def test_lines_of_closed_months_are_shown_as_frozen_and_open_wadahs_have_a_management_line(run):
    wadah = {"wadah_code": "W1", "scheme": NEW, "management_rate": Decimal("0.1")}
    rows = run(
        "marts.incentive_line",
        {
            "core.incentive_open": [line(1, period=OCTOBER)],
            "closed.incentive_line": [line(2), line("1.5", rule="management")],
            "marts.incentive_wadah_month": [
                wadah | {"period": SEPTEMBER, "management_basis_rp": 15, "status": "closed"},
                wadah | {"period": OCTOBER, "management_basis_rp": -25, "status": "open"},
            ],
        },
        "period rule basis_rp amount_rp",
    )
    assert sorted(rows) == [
        (SEPTEMBER, "contribution", 36_800, Decimal(2)),
        (SEPTEMBER, "management", 36_800, Decimal("1.5")),
        (OCTOBER, "contribution", 36_800, Decimal(1)),
        (OCTOBER, "management", -25, Decimal("-2.5")),
    ]


def test_a_line_that_corrects_has_the_reason_of_the_close_that_paid_it(run):
    months = [{"period": SEPTEMBER, "because": "of September"}, {"period": OCTOBER, "because": "of October"}]
    frozen = [line(1), line(2, period=OCTOBER), line(3, period=OCTOBER, corrects_period=SEPTEMBER)]
    tables = {
        "closed.month": months, "closed.incentive_line": frozen, "core.running_month": [{"first_day": OCTOBER}]
    }  # fmt: skip
    rows = run("marts.incentive_line", tables, "amount_rp because is_running")
    assert sorted(rows) == [(1, None, False), (2, None, True), (3, "of October", True)]


OF_TODAY = {"month", "status", "is_running", "branch_code", "province_code", "because"}


def test_the_tables_of_closed_months_are_the_marts_without_what_is_of_today(raw_tables):
    built = IncentiveMarts(raw_tables)
    for table in closed.FROZEN:
        mart = [row[:2] for row in built.query(f"describe marts.{table}") if row[0] not in OF_TODAY]
        assert [row[:2] for row in built.query(f"describe closed.{table}")] == mart
