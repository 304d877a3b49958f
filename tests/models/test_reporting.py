"""marts.reporting_day, reporting_month and reporting_change: how well branches report, and what is new about it."""

from datetime import date, datetime, timedelta

import pytest

D1, D2, D3 = (date(2023, 10, day) for day in (1, 2, 3))
DUE = datetime.fromisoformat("2023-10-02 12:00")
"""When the files of the first day are due."""


def file(outcome, at=DUE, day=D1, **changes):
    """A row of delivery_day, of a file or of its absence."""
    row = {"business_date": day, "branch_code": "NTB01", "feed": "claims", "outcome": outcome, "expected": True}
    name = changes.get("revision", 1)
    there = {"delivery_id": f"{day:%d}{name}", "file_name": f"{day:%d}{name}.csv", "received_at": at, "revision": 1}
    due = {"due_at": DUE + (day - D1)}
    return row | due | ({} if outcome in ("absent", "failed") else there) | {"lines": 0, "rejected": 0} | changes


@pytest.fixture
def days(run):
    def days(*files, columns="delivered received_at days_late refused_files replaced_files corrected lines rejected"):
        return run("marts.reporting_day", {"marts.delivery_day": files}, columns)

    return days


ONE = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (DUE, 0),
        (DUE + ONE, 1),
        (DUE + timedelta(days=1), 1),
        (DUE + timedelta(days=1) + ONE, 2),
        (DUE + timedelta(days=40), 40),
        (datetime.fromisoformat("2023-10-01"), 0),
    ],
)
def test_a_file_is_late_by_the_days_that_have_begun_since_it_was_due(days, at, late):
    assert days(file("accepted", at), columns="received_at days_late") == [(at, late)]


@pytest.mark.parametrize(
    "one",
    [
        file("accepted", None),
        file("accepted", due_at=None),
        file("accepted", datetime.fromisoformat("2023-09-30 23:59:59")),  # before the day that it tells of has begun
        file("absent"),
        file("refused"),
        file("duplicate"),
    ],
)
def test_what_did_not_come_or_came_at_an_unknown_moment_is_neither_on_time_nor_late(days, one):
    assert days(one, columns="delivered days_late") == [(one["outcome"] == "accepted", None)]


def test_the_first_accepted_file_tells_the_moment_and_the_one_that_counts_the_rows(days):
    noon, night = DUE, DUE + timedelta(hours=12)
    assert days(
        file("superseded", noon, lines=9, rejected=1),
        file("accepted_with_rejects", night, revision=2, lines=10, rejected=2),
        file("duplicate", night, revision=3, lines=10),
    ) == [(True, noon, 0, 0, 1, True, 10, 2)]
    assert days(
        file("refused", noon, lines=9, rejected=9), file("accepted", night, revision=2, lines=8)
    ) == [(True, night, 1, 1, 0, True, 8, 0)]  # fmt: skip
    assert days(
        file("refused", noon, lines=9, rejected=9), file("nothing_accepted", night, revision=2, lines=7, rejected=7)
    ) == [(False, None, None, 2, 0, False, 7, 7)]
    assert days(file("superseded", None), file("accepted", night, revision=2, lines=1)) == [
        (True, None, None, 0, 1, True, 1, 0)
    ]
    assert days(file("accepted", noon, lines=3), file("duplicate", noon, revision=2)) == [
        (True, noon, 0, 0, 0, False, 3, 0)
    ]


@pytest.mark.parametrize(
    ("refused", "counting", "corrected"),
    [
        ((1, DUE), (2, DUE), True),
        ((1, DUE), (1, DUE + ONE), True),
        ((1, DUE), (1, DUE), False),  # another branch's file, say, that lay in the same folder
        ((1, DUE + ONE), (1, DUE), False),
        ((2, DUE), (1, DUE + ONE), False),
        ((2, DUE + ONE), (1, DUE), False),
        ((1, None), (1, DUE), False),
    ],
)
def test_a_refused_file_was_corrected_if_what_counts_came_after_it(days, refused, counting, corrected):
    (old, then), (new, later) = refused, counting
    one = file("refused", then, revision=old, lines=2, rejected=2) | {"delivery_id": "x"}
    found = days(one, file("accepted", later, revision=new, lines=7), columns="refused_files corrected lines")
    assert found == [(1, corrected, 7)]


def test_a_day_is_a_branch_a_feed_and_a_date(days):
    assert days(
        file("accepted"),
        file("absent", feed="agents"),
        file("absent", day=D2),
        file("accepted", branch_code="NTB02", expected=False),
        file("refused", feed="unknown", expected=False),
        file("refused", expected=False) | {"business_date": None},
        columns="business_date branch_code feed expected delivered",
    ) == [
        (D1, "NTB01", "agents", True, False),
        (D1, "NTB01", "claims", True, True),
        (D1, "NTB02", "claims", False, True),
        (D2, "NTB01", "claims", True, False),
    ]


BRANCHES = [
    {"branch_code": "NTB01", "office_code": "KW1", "region_code": "5271"},
    {"branch_code": "NTB02", "office_code": "KW1", "region_code": "52"},
    {"branch_code": "STG01", "office_code": "KW2", "region_code": "7271"},
]
REGIONS = [
    {"region_code": "5271", "parent_code": "52"},
    {"region_code": "52"},
    {"region_code": "7271", "parent_code": "72"},
]


def reported(day, branch="NTB01", late=0, **changes):
    row = {"business_date": day, "branch_code": branch, "feed": "claims", "expected": True, "delivered": True}
    return row | {"days_late": late, "refused_files": 0, "corrected": False, "lines": 10, "rejected": 0} | changes


@pytest.fixture
def months(run):
    def months(*days, columns):
        tables = {"marts.reporting_day": days, "reference.branch": BRANCHES, "reference.region": REGIONS}
        return run("marts.reporting_month", tables, f"unit_level unit_code {columns}")

    return months


def test_what_was_expected_came_in_time_late_or_not(months):
    rows = months(
        reported(D1),
        reported(D2, late=1, corrected=True, refused_files=2),
        reported(D3, late=8, rejected=5),
        reported(date(2023, 10, 4), late=2),
        reported(date(2023, 10, 31), late=None),
        reported(date(2023, 10, 30), late=None, delivered=False, refused_files=1, lines=50, rejected=50),
        reported(date(2023, 10, 29), late=None, delivered=False, lines=0),
        reported(date(2023, 10, 28), expected=False, late=99, corrected=True, lines=0),
        reported(date(2023, 10, 27), expected=False, delivered=False, late=None, lines=7, refused_files=1),
        reported(date(2023, 11, 1), late=3),
        columns="month expected delivered missing on_time late untimed days_late_median days_late_worst refused"
        " corrected unexpected lines rejected",
    )
    october = (date(2023, 10, 1), 7, 5, 2, 1, 3, 1, 2.0, 8, 2, 1, 1, 100, 55)
    november = (date(2023, 11, 1), 1, 1, 0, 0, 1, 0, 3.0, 3, 0, 0, 0, 10, 0)
    units = [("branch", "NTB01"), ("nation", "00"), ("office", "KW1"), ("province", "52")]
    assert rows == [(*unit, *month) for month in (october, november) for unit in units]


def test_shares_are_out_of_what_was_expected_and_of_what_is_known(months):
    shares = "delivered_pct on_time_pct rejected_pct"
    [row, *_] = months(
        reported(D1, rejected=4),
        reported(D2, late=1),
        reported(D3, late=None),
        reported(date(2023, 10, 4), late=None, delivered=False, lines=0),
        columns=shares,
    )
    assert row[2:] == (75.0, pytest.approx(100 / 3), pytest.approx(40 / 3))
    assert months(reported(D1, late=None, lines=0), columns=shares)[0][2:] == (100.0, None, None)
    assert months(reported(D1, expected=False), columns=shares)[0][2:] == (None, None, 0.0)


def test_offices_provinces_and_the_nation_add_up_their_branches(months):
    rows = months(
        reported(D1), reported(D1, "NTB02", late=1), reported(D2, "NTB02", late=3), reported(D1, "STG01", late=4),
        reported(D1, "STG01", feed="agents"),
        columns="feed branches expected on_time days_late_median days_late_worst",
    )  # fmt: skip
    assert rows == [
        ("branch", "NTB01", "claims", 1, 1, 1, None, None),
        ("branch", "NTB02", "claims", 1, 2, 0, 2.0, 3),
        ("branch", "STG01", "agents", 1, 1, 1, None, None),
        ("branch", "STG01", "claims", 1, 1, 0, 4.0, 4),
        ("nation", "00", "agents", 1, 1, 1, None, None),
        ("nation", "00", "claims", 3, 4, 1, 3.0, 4),
        ("office", "KW1", "claims", 2, 3, 1, 2.0, 3),
        ("office", "KW2", "agents", 1, 1, 1, None, None),
        ("office", "KW2", "claims", 1, 1, 0, 4.0, 4),
        ("province", "52", "claims", 2, 3, 1, 2.0, 3),
        ("province", "72", "agents", 1, 1, 1, None, None),
        ("province", "72", "claims", 1, 1, 0, 4.0, 4),
    ]


TODAY = date(2023, 10, 31)


def ago(days, branch="NTB01", **changes):
    day = TODAY - timedelta(days=days)
    return reported(day, branch, delivery_id=f"{branch} {day}", **changes)


def broke(days, failed, rule="kpj_form", branch="NTB01"):
    day = TODAY - timedelta(days=days)
    return {
        "delivery_id": f"{branch} {day}", "business_date": day, "branch_code": branch, "feed": "claims",
        "rule": rule, "severity": "error", "failed": failed,
    }  # fmt: skip


@pytest.fixture
def news(run):
    def news(days, broken=(), columns="kind rule found"):
        tables = {
            "marts.reporting_day": days,
            "marts.validation_result": broken,
            "raw.business_day": [{"business_date": TODAY}, {"business_date": TODAY - timedelta(days=1)}],
        }
        return run("marts.reporting_change", tables, columns)

    return news


def test_a_branch_that_fell_silent_or_whose_file_was_refused_is_told_once(news):
    nothing = {"delivered": False, "lines": 0}
    came = [ago(2), ago(1, lines=30)]
    columns = "business_date kind branch_code feed rule found usual low high"
    told = (TODAY, "silent", "NTB01", "claims", None, 0, 30.0, None, None)
    assert news([*came, ago(0, **nothing)], columns=columns) == [told]
    assert news([*came, ago(0, **nothing | {"refused_files": 1, "lines": 9})]) == [("refused", None, 9)]
    assert news([*came, ago(0)]) == []
    assert news([ago(2), ago(1, **nothing), ago(0, **nothing)]) == [], "it was silent the day before too"
    assert news([*came, ago(0, **nothing, expected=False)]) == [], "it is closed"
    assert news([ago(2), ago(1, **nothing, expected=False), ago(0, **nothing)]) == [("silent", None, 0)]
    assert news([ago(1, "NTB02"), ago(0, **nothing)]) == [], "it has never sent anything"
    assert news([ago(0), ago(-1, **nothing)]) == [], "what lies ahead is not judged yet"


def test_a_rule_is_new_if_no_file_before_has_broken_it(news):
    assert news([ago(1), ago(0)], [broke(0, 1)]) == [("rule_new", "kpj_form", 1)]
    assert news([ago(0)], [broke(0, 1)]) == [], "on the first day everything is new"
    assert news([ago(1, lines=0), ago(0)], [broke(0, 1)]) == [], "an empty file could break nothing"
    assert news([ago(400), ago(0)], [broke(400, 1), broke(0, 4)]) == [], (
        "it was broken long ago, and few rows are chance"
    )
    assert news([ago(1), ago(0), ago(1, "NTB02")], [broke(1, 1, branch="NTB02"), broke(0, 1)])[0][0] == "rule_new"
    assert news([ago(1), ago(0)], [broke(1, 1, "other"), broke(0, 1)])[0][0] == "rule_new"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([(1, 100, 1)], (100, 10), True),
        ([(1, 100, 1)], (100, 9), False),
        ([(1, 100, 1)], (50, 5), True),
        ([(1, 1000, 1)], (40, 4), False),  # a hundred times as often, but few rows
        ([(1, 100, 2), (2, 100, 0)], (100, 10), True),  # one of a hundred
        ([(56, 100, 1)], (100, 9), False),
        ([(57, 100, 50), (1, 100, 0)], (100, 5), True),  # none in the last eight weeks
    ],
)
def test_a_rule_is_told_that_breaks_ten_times_as_often_as_in_the_last_weeks(news, before, now, told):
    days = [*(ago(n, lines=lines) for n, lines, _ in before), ago(0, lines=now[0])]
    broken = [*(broke(n, failed) for n, _, failed in before if failed), broke(0, now[1])]
    assert news(days, broken) == ([("rule_more", "kpj_form", now[1])] if told else [])


def test_what_would_be_usual_for_a_rule_is_the_rate_of_before(news):
    days = [ago(1, lines=200), ago(0, lines=100)]
    assert news(days, [broke(1, 2), broke(0, 50)], "kind usual severity") == [("rule_more", 1.0, "error")]
    assert news(days, [broke(0, 50)], "kind usual") == [("rule_new", 0.0)]


def weeks(*lines):
    return [ago(7 * n, lines=count) for n, count in enumerate(lines, 1)]


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ((100, 100, 100, 100), 80, None),  # a fifth of the median
        ((100, 100, 100, 100), 79, "rows_fewer"),
        ((100, 100, 100, 100), 120, None),
        ((100, 100, 100, 100), 121, "rows_more"),
        ((10, 10, 10, 10), 5, None),  # five rows
        ((10, 10, 10, 10), 4, "rows_fewer"),
        ((10, 10, 10, 10), 16, "rows_more"),
        ((100, 200, 300, 400, 500), 800, None),  # from 200 - 300 to 400 + 300
        ((100, 200, 300, 400, 500), 0, None),
        ((1000, 1200, 1300, 1400, 1500), 899, "rows_fewer"),  # from 1200 - 300
        ((1000, 1200, 1300, 1400, 1500), 900, None),
        ((100, 100, 100), 1, None),  # three Tuesdays tell nothing
        ((100, 100, 100, 1, 1, 1, 1, 1, 100), 1, None),  # the ninth is too long ago: 1 to 100 are usual
    ],
)
def test_rows_beyond_what_is_usual_on_that_weekday_are_told(news, before, now, kind):
    if now == 800:
        assert news([*weeks(*before), ago(0, lines=701)]) == [("rows_more", None, 701)]
        now = 700
    found = news([*weeks(*before), ago(0, lines=now)])
    assert found == ([(kind, None, now)] if kind else [])


def test_other_weekdays_branches_and_days_without_a_delivery_say_nothing_of_a_weekday(news):
    tuesdays = weeks(100, 100, 100, 100)
    assert news([*tuesdays, ago(0, lines=1)], columns="kind usual low high") == [("rows_fewer", 100.0, 80.0, 120.0)]
    assert news([*tuesdays[:3], ago(1, lines=100), ago(0, lines=1)]) == []
    assert news([*tuesdays[:3], ago(28, "NTB02", lines=100), ago(0, lines=1)]) == []
    assert news([*tuesdays[:3], ago(28, lines=100, delivered=False), ago(0, lines=1)]) == []
    assert news([*tuesdays, ago(0, lines=1, delivered=False, refused_files=1), ago(1, lines=2)])[0][0] == "refused"
