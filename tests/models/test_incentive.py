"""core.acquisition, core.incentive_earning and the incentive marts: every rupiah and its reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from models.incentive_worlds import published

NEW, OLD = "perisai-13-2022", "pre-2022"
SEPTEMBER, OCTOBER = date(2023, 9, 1), date(2023, 10, 1)
DAY = date(2023, 9, 15)
ONE_DAY = {"valid_from": DAY, "valid_to": DAY}
OTHER_DAYS = [{"valid_from": DAY + timedelta(1)}, {"valid_to": DAY - timedelta(1)}]


def person(number, agent="AB1", registered="2023-09-15", programmes=3):
    return {
        "participant_key": f"p{number:03}",
        "first_registration_date": registered,
        "first_registration_no": f"R{number:03}",
        "first_delivery_id": "d",
        "acquiring_agent_code": agent,
        "first_programmes": programmes,
    }


def accounts(persons, total_rp=36_800):
    first = {"first_payment_date": "2023-10-02", "paid_in": total_rp >= 16_800}
    return [first | {"participant_key": one["participant_key"]} for one in persons]


ROSTER = {
    "core.agent": [
        {
            "agent_code": "AB1",
            "branch_code": "B",
            "wadah_code": "W1",
            "valid_from": "2021-01-01",
            "valid_to": "2023-09-16",
        },
        {"agent_code": "AB1", "branch_code": "B", "wadah_code": "W2", "valid_from": "2023-09-16"},
    ],
    "core.wadah_agreement": [
        {
            "branch_code": "B",
            "wadah_code": "W1",
            "valid_from": "2023-09-10",
            "valid_to": "2023-12-01",
            "scheme": NEW,
        },
        {"branch_code": "B", "wadah_code": "W2", "valid_from": "2023-09-16", "valid_to": "2023-09-20", "scheme": OLD},
    ],
}


@pytest.mark.parametrize(
    ("registered", "wadah", "scheme"),
    [
        ("2020-12-31", None, None),
        ("2023-09-09", "W1", None),
        ("2023-09-10", "W1", NEW),
        ("2023-09-15", "W1", NEW),
        ("2023-09-16", "W2", OLD),
        ("2023-09-19", "W2", OLD),
        ("2023-09-20", "W2", None),
    ],
)
def test_an_acquisition_has_the_wadah_and_scheme_of_the_day_of_registration(run, registered, wadah, scheme):
    persons = [person(1, registered=registered)]
    rows = run(
        "core.acquisition",
        ROSTER | {"core.participant": persons, "core.account": accounts(persons)},
        "period agent_code wadah_code scheme counted agent_month_count first_payment_date delivery_id registration_no",
    )
    period = date.fromisoformat(registered).replace(day=1)
    counts = 0 if scheme is None else 1
    assert rows == [(period, "AB1", wadah, scheme, True, counts, date(2023, 10, 2), "d", "R001")]


def test_the_month_counts_over_wadahs_but_only_paid_agreed_and_own_acquisitions(run):
    persons = [
        person(1, registered="2023-09-10"),
        person(2, registered="2023-09-16"),
        person(3, registered="2023-09-15"),
        person(4, registered="2023-09-25"),
        person(5, registered="2023-10-01"),
        person(6, agent="AB2"),
        person(7, agent=None),
    ]
    rows = run(
        "core.acquisition",
        ROSTER | {"core.participant": persons, "core.account": accounts([*persons[:2], *persons[3:]])},
        "participant_key counted agent_month_count",
    )
    assert rows == [
        ("p001", True, 2),
        ("p002", True, 2),
        ("p003", False, 2),
        ("p004", True, 2),
        ("p005", True, 0),
        ("p006", True, 0),
    ]


@pytest.mark.parametrize(("total", "counted"), [(0, False), (16_799, False), (16_800, True)])
def test_what_is_not_paid_in_does_not_count(run, total, counted):
    persons = [person(1), person(2)]
    tables = ROSTER | {
        "core.participant": persons,
        "core.account": accounts(persons[:1], total) + accounts(persons[1:]),
    }
    count = 2 if counted else 1
    assert run("core.acquisition", tables, "participant_key counted agent_month_count first_payment_date") == [
        ("p001", counted, count, date(2023, 10, 2)),
        ("p002", True, count, date(2023, 10, 2)),
    ]


def scheme_with(reference_rows, **changes):
    return [row | (changes if row["scheme"] == NEW else {}) for row in reference_rows["reference.incentive_scheme"]]


def test_a_scheme_may_count_2_and_3_programmes_apart_and_without_a_contribution(run, warehouse):
    persons = [person(1, programmes=3), person(2, programmes=3), person(3, programmes=2)]
    tables = ROSTER | {"core.participant": persons, "core.account": []}
    columns = "participant_key counted agent_month_count"
    assert run("core.acquisition", tables, columns) == [("p001", False, 0), ("p002", False, 0), ("p003", False, 0)]
    schemes = scheme_with(warehouse.reference, threshold_per_programmes=True, acquisition_needs_contribution=False)
    assert run("core.acquisition", tables | {"reference.incentive_scheme": schemes}, columns) == [
        ("p001", True, 2),
        ("p002", True, 2),
        ("p003", True, 1),
    ]
    schemes = scheme_with(warehouse.reference, threshold_per_programmes=True)
    tables |= {"reference.incentive_scheme": schemes, "core.account": accounts(persons[:1])}
    assert run("core.acquisition", tables, columns) == [("p001", True, 1), ("p002", False, 1), ("p003", False, 0)]


def acquired(number=1, count=25, **changes):
    row = {
        "participant_key": f"p{number}",
        "period": SEPTEMBER,
        "registration_date": "2023-09-15",
        "registration_no": f"R{number}",
        "agent_code": "AB1",
        "wadah_code": "W1",
        "scheme": NEW,
        "programmes": 3,
        "counted": True,
        "agent_month_count": count,
        "agent_month_place": 1,
        "delivery_id": "d",
    }
    return row | changes


@pytest.mark.parametrize(
    ("changes", "amount", "reason"),
    [
        ({"count": 24}, 0, "below_threshold"),
        ({"count": 25}, 15_000, None),
        ({"count": 26}, 15_000, None),
        ({"count": 25, "programmes": 2}, 10_000, None),
        ({"count": 25, "programmes": 4}, 0, "no_rate"),
        ({"count": 25, "programmes": None}, 0, "no_rate"),
        ({"count": 0, "scheme": None}, 0, "no_agreement"),
        ({"count": 0, "scheme": None, "wadah_code": None}, 0, "no_agreement"),
    ],
)
def test_acquisition_lines(run, changes, amount, reason):
    wadah, scheme = changes.get("wadah_code", "W1"), changes.get("scheme", NEW)
    rows = run(
        "core.incentive_earning",
        {"core.acquisition": [acquired(**changes)]},
        "period agent_code wadah_code scheme rule participant_key contribution_month contribution_month_no basis_rp "
        "rate amount_rp reason delivery_id source_no new_participants",
    )
    what = (SEPTEMBER, "AB1", wadah, scheme, "acquisition", "p1", None, None, None, None)
    assert rows == [(*what, Decimal(amount), reason, "d", "R1", 1)]


@pytest.mark.parametrize("scheme", [NEW, OLD, None])
@pytest.mark.parametrize("count", [0, 60])
def test_an_acquisition_that_does_not_count_yet_is_a_line_of_0(run, scheme, count):
    rows = run(
        "core.incentive_earning",
        {"core.acquisition": [acquired(counted=False, scheme=scheme, count=count)]},
        "scheme rule participant_key amount_rp gross_rp reason source_no new_participants",
    )
    assert rows == [(scheme, "acquisition", "p1", 0, 0, "no_contribution_yet", "R1", 0)]


def rules_with(reference_rows, *rules):
    others = [row for row in reference_rows["reference.incentive_rule"] if row["rule"] != rules[0]["rule"]]
    return {"reference.incentive_rule": others + [{"scheme": NEW, "valid_from": "2014-01-01"} | rule for rule in rules]}


@pytest.mark.parametrize(("programmes", "amount"), [(2, 12_000), (3, 12_000), (None, 12_000)])
def test_a_rate_without_a_number_of_programmes_is_for_any(run, warehouse, programmes, amount):
    rules = rules_with(warehouse.reference, {"rule": "acquisition", "programmes": None, "amount_rp": 12_000})
    tables = rules | {"core.acquisition": [acquired(programmes=programmes)]}
    assert run("core.incentive_earning", tables, "amount_rp reason") == [(amount, None)]


@pytest.mark.parametrize(("count", "amount", "reason"), [(49, 0, "below_threshold"), (50, 450_000, None)])
def test_a_flat_acquisition_is_one_line_a_month_in_the_last_wadah(run, count, amount, reason):
    rows = run(
        "core.incentive_earning",
        {
            "core.acquisition": [
                acquired(1, count, scheme=OLD, registration_date="2023-09-01"),
                acquired(2, count, scheme=OLD, registration_date="2023-09-20", wadah_code="W2"),
                acquired(3, count, scheme=OLD, registration_date="2023-09-20", wadah_code="W3", programmes=2),
                acquired(4, count, scheme=OLD, registration_date="2023-09-25", counted=False),
            ]
        },
        "period agent_code wadah_code scheme rule participant_key rate amount_rp gross_rp reason new_participants",
    )
    gross = 0 if reason else 500_000
    flat = (SEPTEMBER, "AB1", "W3", OLD, "acquisition_flat", None, None, Decimal(amount), Decimal(gross), reason, 3)
    uncounted = (SEPTEMBER, "AB1", "W1", OLD, "acquisition", "p4", None, 0, 0, "no_contribution_yet", 0)
    assert rows == [uncounted, flat]


@pytest.mark.parametrize(("counts", "reason"), [((49, 50), None), ((50, 49), None), ((49, 49), "below_threshold")])
def test_a_flat_acquisition_counted_apart_is_reached_by_either_number(run, counts, reason):
    early = acquired(1, counts[0], scheme=OLD, registration_date="2023-09-01", programmes=3)
    late = acquired(2, counts[1], scheme=OLD, registration_date="2023-09-20", programmes=2)
    tables = {"core.acquisition": [early, late]}
    columns = "rule amount_rp reason new_participants"
    amount = 0 if reason else 450_000
    assert run("core.incentive_earning", tables, columns) == [("acquisition_flat", amount, reason, 2)]


def paid_month(number=1, basis=36_800, **changes):
    row = {
        "branch_code": "NTB01",
        "receipt_no": "K1",
        "contribution_month": "2023-08-01",
        "contribution_month_no": number,
        "period": SEPTEMBER,
        "earned_date": "2023-09-05",
        "participant_key": "p1",
        "basis_rp": basis,
        "agent_code": "AB1",
        "wadah_code": "W1",
        "scheme": NEW,
        "payer": "PESERTA",
        "programmes": 3,
        "delivery_id": "d",
    }
    return row | changes


@pytest.fixture
def contribution_line(run):
    def contribution_line(month, columns="contribution_month_no rate amount_rp reason", **tables):
        return run("core.incentive_earning", {"core.contribution_month": [month]} | tables, columns)

    return contribution_line


def test_a_contribution_line_in_full(contribution_line):
    what = (SEPTEMBER, "AB1", "W1", NEW, "contribution", "p1", date(2023, 8, 1), 1, 36_800)
    assert contribution_line(
        paid_month(),
        "period agent_code wadah_code scheme rule participant_key contribution_month contribution_month_no basis_rp "
        "rate amount_rp reason delivery_id source_branch_code source_no gross_rp agent_share new_participants",
    ) == [(*what, Decimal("0.15"), Decimal(5520), None, "d", "NTB01", "K1", Decimal(5520), 1, 0)]


@pytest.mark.parametrize(
    ("number", "rate", "amount", "reason"),
    [
        (1, "0.15", "5520", None),
        (24, "0.15", "5520", None),
        (25, "0.05", "1840", None),
        (60, "0.05", "1840", None),
        (61, None, "0", "after_last_month"),
    ],
)
def test_the_rate_depends_on_the_contribution_month_number(contribution_line, number, rate, amount, reason):
    expected = (number, rate and Decimal(rate), Decimal(amount), reason)
    assert contribution_line(paid_month(number)) == [expected]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (None, "month_already_counted"),
        (None, "refund_of_uncounted"),
        (None, "nothing_received"),
        (1, "given_back_before"),
    ],
)
def test_what_does_not_count_for_its_month_is_a_line_of_0_with_the_reason(contribution_line, number, reason):
    month = paid_month(number, 0, reason=reason)
    columns = "contribution_month_no basis_rp rate amount_rp reason"
    assert contribution_line(month, columns) == [(number, 0, None, 0, reason)]


@pytest.mark.parametrize(
    ("changes", "rate", "amounts"),
    [
        ({"number": 24}, "0.15", ("-5520", "-5520")),
        ({"number": 25}, "0.05", ("-1840", "-1840")),
        ({"number": 1, "scheme": OLD}, "0.075", ("-2484", "-2760")),
        ({"number": 61}, None, ("0", "0")),
        ({"number": 1, "scheme": None}, None, ("0", "0")),
    ],
)
def test_a_refund_is_a_negative_line_at_the_rate_of_its_month(contribution_line, changes, rate, amounts):
    rows = contribution_line(paid_month(basis=-36_800, **changes), "basis_rp rate amount_rp gross_rp")
    assert rows == [(-36_800, rate and Decimal(rate), *(Decimal(amount) for amount in amounts))]


@pytest.mark.parametrize(("programmes", "rate"), [(2, "0.10"), (3, "0.15")])
def test_rates_of_contributions_may_depend_on_the_programmes_paid_for(contribution_line, warehouse, programmes, rate):
    rules = rules_with(
        warehouse.reference,
        {"rule": "contribution", "programmes": 2, "month_from": 1, "month_to": 24, "rate": Decimal("0.10")},
        {"rule": "contribution", "programmes": 3, "month_from": 1, "month_to": 24, "rate": Decimal("0.15")},
    )
    assert contribution_line(paid_month(programmes=programmes), "rate", **rules) == [Decimal(rate)]


@pytest.mark.parametrize("number", [1, 61])
def test_the_old_scheme_pays_the_agents_share_of_one_rate_for_ever(contribution_line, number):
    assert contribution_line(paid_month(number, scheme=OLD), "rate amount_rp gross_rp agent_share") == [
        (Decimal("0.075"), Decimal(2484), Decimal(2760), Decimal("0.9"))
    ]


def test_amounts_are_exact_to_the_millionth(contribution_line):
    assert contribution_line(paid_month(basis=33_333, scheme=OLD), "amount_rp") == [Decimal("2249.977500")]
    assert contribution_line(paid_month(basis=33_333), "amount_rp") == [Decimal("4999.950000")]


def test_without_an_agreement_a_contribution_earns_nothing(contribution_line):
    assert contribution_line(paid_month(scheme=None)) == [(1, None, Decimal(0), "no_agreement")]


def test_without_an_agent_there_is_no_line(contribution_line):
    assert contribution_line(paid_month(agent_code=None)) == []


@pytest.mark.parametrize("payer", ["APBN", "APBD"])
def test_what_the_state_pays_earns_unless_the_scheme_says_no(contribution_line, warehouse, payer):
    earns = (1, Decimal("0.15"), Decimal(5520), None)
    assert contribution_line(paid_month(payer=payer)) == [earns]
    schemes = {"reference.incentive_scheme": scheme_with(warehouse.reference, state_paid_earns=False)}
    assert contribution_line(paid_month(payer=payer), **schemes) == [(1, None, Decimal(0), "state_paid")]
    assert contribution_line(paid_month(), **schemes) == [earns]
    again = paid_month(None, 0, payer=payer, reason="month_already_counted")
    assert contribution_line(again, "reason", **schemes) == ["month_already_counted"]


def earning(amount, rule="contribution", **changes):
    row = {
        "period": SEPTEMBER,
        "agent_code": "AB1",
        "wadah_code": "W1",
        "scheme": NEW,
        "rule": rule,
        "amount_rp": amount,
        "gross_rp": amount,
        "new_participants": 0 if rule == "contribution" else 1,
    }
    return row | changes


@pytest.fixture
def agent_month(run):
    def agent_month(
        *earnings, columns="period agent_code wadah_code scheme new_count acquisition_rp contribution_rp total_rp"
    ):
        return run("core.incentive_agent_month", {"core.incentive_open": earnings}, columns)

    return agent_month


def test_the_lines_of_an_agent_and_month_are_summed(agent_month):
    assert agent_month(
        earning(15_000, "acquisition"),
        earning(450_000, "acquisition_flat", new_participants=50),
        earning(5520),
        earning(0, "acquisition"),
        earning(1, period=OCTOBER),
        earning(2, agent_code="AB2"),
        earning(0, "acquisition", scheme=None, wadah_code=None),
    ) == [
        (SEPTEMBER, "AB1", "W1", NEW, 52, 465_000, 5520, 470_520),
        (SEPTEMBER, "AB1", None, None, 1, 0, 0, 0),
        (SEPTEMBER, "AB2", "W1", NEW, 0, 0, 2, 2),
        (OCTOBER, "AB1", "W1", NEW, 0, 0, 1, 1),
    ]


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (["0.499999"], 0),
        (["0.5"], 1),
        (["1.5"], 2),
        (["2.5"], 3),
        (["0.25", "0.25"], 1),
        (["0.4", "0.4", "0.4"], 1),
        (["0.5", "0.5", "0.5"], 2),
        (["-0.499999"], 0),
        (["-0.5"], -1),
        (["-2.5"], -3),
        (["-0.7", "0.2"], -1),
    ],
)
def test_the_sum_is_rounded_half_up_once(agent_month, amounts, total):
    assert agent_month(*(earning(Decimal(amount)) for amount in amounts), columns="total_rp") == [total]


def test_acquisition_and_contribution_add_up_to_the_rounded_total(agent_month):
    half = Decimal("0.5")
    rows = agent_month(earning(half, "acquisition"), earning(half), columns="acquisition_rp contribution_rp total_rp")
    assert rows == [(1, 0, 1)]


def test_an_agent_in_two_wadahs_is_rounded_once_in_all(agent_month):
    rows = agent_month(
        earning(Decimal("0.5"), wadah_code="W1"),
        earning(Decimal("0.5"), wadah_code="W2"),
        earning(Decimal("0.4"), wadah_code="W3", gross_rp=Decimal("0.6")),
        columns="wadah_code total_rp gross_rp",
    )
    assert rows == [("W1", 1, 1), ("W2", 0, 0), ("W3", 0, 1)]


def test_an_agent_in_two_wadahs_is_rounded_once_also_if_one_takes_back(agent_month):
    rows = agent_month(
        earning(Decimal("3"), wadah_code="W1"),
        earning(Decimal("-1.5"), wadah_code="W2"),
        columns="wadah_code total_rp gross_rp",
    )
    assert rows == [("W1", 3, 3), ("W2", -1, -1)]


def test_an_agent_under_two_schemes_of_a_wadah_is_rounded_once_in_all(agent_month):
    half = Decimal("0.5")
    assert agent_month(earning(half, scheme=NEW), earning(half, scheme=OLD), columns="scheme total_rp") == [
        (NEW, 1),
        (OLD, 0),
    ]


@pytest.mark.parametrize(
    ("acquisition", "adjustment", "rounded"), [("3", "-1.5", (3, -1, 0, 2)), ("1.5", "3", (2, 3, 0, 5))]
)
def test_acquisition_and_adjustment_add_up_to_the_rounded_total(agent_month, acquisition, adjustment, rounded):
    rows = agent_month(
        earning(Decimal(acquisition), "acquisition"),
        earning(Decimal(adjustment), corrects_period=date(2023, 8, 1)),
        columns="acquisition_rp adjustment_rp contribution_rp total_rp",
    )
    assert rows == [rounded]


def test_acquisitions_have_no_basis(agent_month):
    assert agent_month(earning(15_000, "acquisition", basis_rp=None), columns="contribution_basis_rp") == [0]


def test_the_basis_of_an_agents_month_is_what_earned_and_not_what_is_corrected(agent_month):
    assert agent_month(
        earning(5520, basis_rp=36_800),
        earning(0, basis_rp=500, reason="no_agreement"),
        earning(15, basis_rp=100, corrects_period=date(2023, 8, 1)),
        columns="contribution_basis_rp",
    ) == [36_800]


AGREEMENT = {
    "branch_code": "B",
    "wadah_code": "W1",
    "scheme": NEW,
    "valid_from": date(2023, 9, 1),
    "valid_to": date(2023, 11, 1),
}
AGENT = {"agent_code": "AB1", "branch_code": "B", "wadah_code": "W1", "status": "AKTIF", "valid_from": "2021-01-01"}


def total(amount, **changes):
    row = {"period": SEPTEMBER, "agent_code": "AB1", "wadah_code": "W1", "scheme": NEW, "total_rp": amount}
    return row | {"gross_rp": amount, "adjustment_rp": 0, "status": "open"} | changes


@pytest.fixture
def wadah_month(run):
    def wadah_month(totals=(), agents=(AGENT,), agreements=(AGREEMENT,), as_of="2023-10-13", columns=None, **tables):
        return run(
            "marts.incentive_wadah_month",
            {
                "core.incentive_agent_month": totals,
                "core.agent": agents,
                "core.wadah_agreement": agreements,
                "raw.business_day": [{"business_date": "2021-01-31"}, {"business_date": as_of}],
            }
            | tables,
            columns or "period wadah_code scheme agent_count agents_total_rp management_rp payable_rp",
        )

    return wadah_month


def test_a_wadah_gets_a_tenth_on_top_and_a_row_for_every_month_in_force(wadah_month):
    totals = [total(1_026_000), total(615_600, agent_code="AB2"), total(0, scheme=None)]
    assert wadah_month(totals) == [
        (SEPTEMBER, "W1", NEW, 1, 1_641_600, 164_160, 1_805_760),
        (OCTOBER, "W1", NEW, 1, 0, 0, 0),
    ]


def test_under_the_old_scheme_agents_and_wadah_share_the_whole(wadah_month):
    agreement = AGREEMENT | {"scheme": OLD}
    totals = [total(574_200, gross_rp=638_000, scheme=OLD)]
    assert wadah_month(totals, agreements=[agreement], as_of="2023-09-30") == [
        (SEPTEMBER, "W1", OLD, 1, 574_200, 63_800, 638_000)
    ]
    assert wadah_month(agreements=[agreement], as_of="2023-09-30", columns="minimum_agents") == [3]


def test_a_wadah_is_paid_for_its_agents_also_without_an_agreement_in_the_month(wadah_month):
    columns = "period wadah_code scheme pks agent_count adjustment_rp management_basis_rp payable_rp"
    assert wadah_month([total(100)], agreements=[], columns=columns) == [(SEPTEMBER, "W1", NEW, None, 0, 0, 100, 110)]
    columns = "agent_count adjustment_rp agents_total_rp management_basis_rp"
    assert wadah_month(as_of="2023-09-30", columns=columns) == [(1, 0, 0, 0)]


@pytest.mark.parametrize("changes", [{"period": OCTOBER}, {"wadah_code": "W2"}, {"scheme": OLD}])
def test_what_agents_earn_goes_to_their_wadah_month_and_scheme(wadah_month, changes):
    rows = wadah_month(
        [total(100), total(200) | changes],
        agreements=[AGREEMENT | {"valid_to": date(2023, 10, 1)}],
        columns="period wadah_code scheme agent_count agents_total_rp",
    )
    other = {"period": SEPTEMBER, "wadah_code": "W1", "scheme": NEW} | changes
    assert sorted(rows) == sorted([(SEPTEMBER, "W1", NEW, 1, 100), (*other.values(), 0, 200)])


@pytest.mark.parametrize(("amount", "management"), [(4, 0), (5, 1), (14, 1), (15, 2), (25, 3), (-4, 0), (-5, -1)])
def test_management_is_rounded_half_up(wadah_month, amount, management):
    rows = wadah_month([total(amount)], as_of="2023-09-30", columns="management_rp payable_rp")
    assert rows == [(management, amount + management)]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"valid_to": "2023-09-01"}, 0),
        ({"valid_to": "2023-09-02"}, 1),
        ({"valid_from": "2023-09-30"}, 1),
        ({"valid_from": "2023-10-01"}, 0),
        ({"status": "NONAKTIF"}, 0),
        ({"status": None}, 0),
        ({"wadah_code": "W2"}, 0),
        ({"branch_code": "C"}, 0),
    ],
)
def test_agents_are_counted_if_active_in_the_wadah_on_a_day_of_the_month(wadah_month, changes, count):
    assert wadah_month(agents=[AGENT | changes], as_of="2023-09-30", columns="agent_count") == [count]


def test_an_agent_with_several_spells_counts_once(wadah_month):
    agents = [AGENT | {"valid_to": "2023-09-10"}, AGENT | {"valid_from": "2023-09-10"}]
    assert wadah_month(agents=agents, as_of="2023-09-30", columns="agent_count minimum_agents") == [(1, 5)]


def test_agents_of_before_and_after_the_agreement_do_not_count(wadah_month):
    agreement = AGREEMENT | {"valid_from": date(2023, 9, 10), "valid_to": date(2023, 9, 20)}
    agents = [AGENT | {"valid_to": "2023-09-10"}, AGENT | {"agent_code": "AB2", "valid_from": "2023-09-20"}]
    assert wadah_month(agents=agents, agreements=[agreement], columns="agent_count") == [0]


def test_the_months_of_an_agreement_end_with_its_last_day(wadah_month):
    agreement = AGREEMENT | {"valid_from": date(2023, 8, 31), "valid_to": date(2023, 9, 2)}
    assert wadah_month(agreements=[agreement], columns="period") == [date(2023, 8, 1), SEPTEMBER]
    agreement["valid_to"] = agreement["valid_from"] + timedelta(1)
    assert wadah_month(agreements=[agreement], columns="period") == [date(2023, 8, 1)]


def test_months_are_right_at_the_turn_of_the_year(wadah_month):
    agreement = AGREEMENT | {"valid_from": date(2022, 11, 1), "valid_to": date(2023, 1, 1)}
    agents = [
        AGENT | {"agent_code": "AB1", "valid_from": "2022-11-30", "valid_to": "2022-12-01"},
        AGENT | {"agent_code": "AB2", "valid_from": "2022-12-01"},
        AGENT | {"agent_code": "AB3", "valid_from": "2022-12-31"},
        AGENT | {"agent_code": "AB4", "valid_from": "2023-01-01"},
    ]
    rows = wadah_month(agents=agents, agreements=[agreement], columns="period agent_count")
    assert rows == [(date(2022, 11, 1), 1), (date(2022, 12, 1), 2)]


def test_tax_is_shown_apart_once_its_rate_is_known(wadah_month, warehouse):
    columns = "payable_rp tax_rp"
    assert wadah_month([total(1000)], as_of="2023-09-30", columns=columns) == [(1100, None)]
    schemes = scheme_with(warehouse.reference, tax_rate=Decimal("0.025"))
    rows = wadah_month([total(1000)], as_of="2023-09-30", columns=columns, **{"reference.incentive_scheme": schemes})
    assert rows == [(1100, 28)]


def test_lines_are_those_of_the_agents_and_one_for_each_wadah_that_earns(run):
    wadah = {
        "period": SEPTEMBER,
        "wadah_code": "W1",
        "scheme": NEW,
        "management_basis_rp": 1_026_005,
        "management_rate": Decimal("0.1"),
        "status": "open",
    }
    rows = run(
        "marts.incentive_line",
        {
            "core.incentive_open": [earning(Decimal("5520.25"), participant_key="p1", source_no="K1")],
            "marts.incentive_wadah_month": [
                wadah,
                wadah | {"wadah_code": "W0", "management_basis_rp": 0},
                wadah | {"period": OCTOBER, "management_basis_rp": -5},
            ],
        },
        "period agent_code wadah_code rule participant_key basis_rp rate amount_rp reason source_no new_participants",
    )
    assert rows == [
        (SEPTEMBER, "AB1", "W1", "contribution", "p1", None, None, Decimal("5520.25"), None, "K1", 0),
        (SEPTEMBER, None, "W1", "management", None, 1_026_005, Decimal("0.1"), Decimal("102600.5"), None, None, 0),
        (OCTOBER, None, "W1", "management", None, -5, Decimal("0.1"), Decimal("-0.5"), None, None, 0),
    ]


@pytest.mark.parametrize("table", ["reference.incentive_scheme", "reference.incentive_rule"])
def test_the_reference_tables_say_what_was_published(warehouse, table):
    stated = published()[table]
    rows = [{name: row[name] for name in stated[0]} for row in warehouse.reference[table]]
    assert sorted(rows, key=str) == sorted(stated, key=str)


def test_what_is_above_the_cap_of_a_month_is_a_line_wadah_by_wadah(run):
    def line(gross, **changes):
        row = {"period": SEPTEMBER, "agent_code": "AB1", "wadah_code": "W1", "scheme": NEW, "rule": "contribution"}
        return row | {"gross_rp": gross, "agent_share": Decimal(1), "new_participants": 0} | changes

    half = Decimal("0.5")
    lines = [
        *[line(600, rule="acquisition"), line(300), line(100 + half, wadah_code="W2"), line(500, wadah_code="W3")],
        *[line(-550, wadah_code="W4"), line(-100, wadah_code="W5")],
        *[line(1_000, period=OCTOBER), line(1_000, agent_code="AB2"), line(9_000, scheme=OLD)],
        line(9_000, period=date(2023, 8, 1)),
    ]
    terms = [
        {"scheme": NEW, "valid_from": "2023-09-01", "agent_cap_rp": 1_000, "agent_share": half},
        {"scheme": NEW, "valid_from": "2022-01-01", "valid_to": "2023-08-31", "agent_share": half},
        {"scheme": OLD, "valid_from": "2022-01-01", "agent_share": half},
    ]
    found = run(
        "core.incentive_earning",
        {"core.incentive_uncapped": lines, "reference.incentive_scheme": terms},
        "rule period agent_code wadah_code scheme gross_rp amount_rp new_participants",
    )
    assert [row[1:] for row in found if row[0] == "cap"] == [
        (SEPTEMBER, "AB1", "W2", NEW, -half, -half / 2, 0),
        (SEPTEMBER, "AB1", "W3", NEW, -500, -250, 0),
        (SEPTEMBER, "AB1", "W4", NEW, half + 500, (half + 500) / 2, 0),
    ]
    assert len(found) == len(lines) + 3


@pytest.mark.parametrize(
    ("acquisition", "cap", "rounded"), [("3", "-1.5", (3, -1, 0, 2)), ("1.5", None, (2, None, 0, 2))]
)
def test_acquisition_and_cap_add_up_to_the_rounded_total(agent_month, acquisition, cap, rounded):
    cut = [] if cap is None else [earning(Decimal(cap), "cap", new_participants=0)]
    rows = agent_month(
        earning(Decimal(acquisition), "acquisition"), *cut, columns="acquisition_rp cap_rp contribution_rp total_rp"
    )
    assert rows == [rounded]


def test_a_new_participant_counts_from_the_first_day_of_the_schemes_terms_to_their_last(run, warehouse):
    def counted(**dates):
        schemes = [row | dates for row in warehouse.reference["reference.incentive_scheme"]]
        persons = {"core.participant": [person(1)], "core.account": accounts([person(1)])}
        return run("core.acquisition", ROSTER | persons | {"reference.incentive_scheme": schemes}, "agent_month_count")

    assert counted(**ONE_DAY) == [1]
    assert [counted(**dates) for dates in OTHER_DAYS] == [[0], [0]]


def test_who_has_neither_paid_nor_an_agreement_does_not_count(run):
    given = ROSTER | {"core.participant": [person(1, registered="2023-09-25")]}
    assert run("core.acquisition", given, "scheme counted agent_month_place") == [(None, False, None)]


@pytest.mark.parametrize("apart", [False, True])
def test_a_new_participant_has_a_place_among_those_that_count(run, warehouse, apart):
    persons = [
        person(3, programmes=2),
        person(2, programmes=3),
        person(1, programmes=2) | {"first_branch_code": "C"},
        person(4, programmes=2) | {"first_registration_no": "R001", "first_branch_code": "B"},
        person(5, registered="2023-09-10"),
        *[person(6, registered="2023-09-10"), person(7, agent="AB2"), person(8, registered="2023-09-09")],
    ]
    paid = accounts([one for one in persons if one["participant_key"] != "p006"])
    tables = ROSTER | {"core.participant": persons, "core.account": paid}
    tables["reference.incentive_scheme"] = scheme_with(warehouse.reference, threshold_per_programmes=apart)
    assert run("core.acquisition", tables, "participant_key agent_month_place") == [
        *[("p001", 2 if apart else 3), ("p002", 2 if apart else 4), ("p003", 3 if apart else 5)],
        *[("p004", 1 if apart else 2), ("p005", 1), ("p006", None), ("p007", None), ("p008", None)],
    ]


@pytest.mark.parametrize(
    ("place", "amount", "reason"), [(1, 9, None), (50, 9, None), (51, 4, None), (61, 0, "no_rate")]
)
def test_an_acquisition_earns_what_its_place_says(run, warehouse, place, amount, reason):
    tiers = [
        {"rule": "acquisition", "new_to": 50, "amount_rp": 9},
        {"rule": "acquisition", "new_from": 51, "new_to": 60, "amount_rp": 4},
    ]
    tables = {
        "core.acquisition": [acquired(agent_month_place=place)],
    } | rules_with(warehouse.reference, *tiers)
    assert run("core.incentive_earning", tables, "gross_rp reason") == [(amount, reason)]


@pytest.mark.parametrize(("scheme", "amount"), [(NEW, 15_000), (OLD, 450_000)])
@pytest.mark.parametrize("place", ["reference.incentive_scheme", "reference.incentive_rule"])
def test_terms_and_rates_hold_from_their_first_day_to_their_last(run, warehouse, place, scheme, amount):
    def of(dates):
        given = {"core.acquisition": [acquired(count=60, scheme=scheme)], "core.contribution_month": [paid]}
        rows = {place: [row | dates for row in warehouse.reference[place]]}
        return run("core.incentive_earning", given | rows, "rule amount_rp reason")

    paid = paid_month(earned_date=DAY)
    assert [row[1:] for row in of(ONE_DAY) if row[0] != "contribution"] == [(amount, None)]
    assert [amount > 0 for rule, amount, _ in of(ONE_DAY) if rule == "contribution"] == [True]
    missing = {"no_rate", "after_last_month"} if place.endswith("rule") else {"scheme_not_in_force"}
    for dates in OTHER_DAYS:
        assert {row[1:] for row in of(dates)} == {(0, reason) for reason in missing}


@pytest.mark.parametrize(("minimum", "lower", "management"), [(1, "0.04", 100), (2, "0.04", 40), (2, None, 100)])
def test_management_of_a_wadah_with_too_few_agents(wadah_month, warehouse, minimum, lower, management):
    schemes = scheme_with(
        warehouse.reference, minimum_agents=minimum, management_rate_below_minimum=lower and Decimal(lower)
    )
    terms = {"reference.incentive_scheme": schemes}
    columns = "management_rp management_rate"
    rate = Decimal(management) / 1_000
    assert wadah_month([total(1000)], as_of="2023-09-30", columns=columns, **terms) == [(management, rate)]
    without = wadah_month([total(1000)], as_of="2023-09-30", columns=columns, agreements=[], **terms)
    assert without == [(100, Decimal("0.1"))], "no agreement that could have too few agents"


@pytest.mark.parametrize(
    ("begins", "management"),
    [
        (["2023-09-01"], 100),
        (["2023-08-01", "2023-09-01"], 200),  # of two the one that began last
        (["2023-09-01", "2023-08-01"], 100),
        (["2023-10-01"], 0),  # not yet
    ],
)
def test_management_is_by_the_terms_that_began_last(wadah_month, warehouse, begins, management):
    [terms] = [row for row in warehouse.reference["reference.incentive_scheme"] if row["scheme"] == NEW]
    schemes = [
        terms | {"valid_from": day, "valid_to": None, "management_rate": Decimal(nth) / 10}
        for nth, day in enumerate(begins, start=1)
    ]
    given = {"as_of": "2023-09-30", "agreements": [], "reference.incentive_scheme": schemes}
    rows = wadah_month([total(1000)], columns="agents_total_rp management_rp payable_rp", **given)
    assert rows == [(1000, management, 1000 + management)]


@pytest.mark.parametrize(
    ("acquisition", "adjustment", "cap", "rounded"),
    [("1.5", "0.5", "-0.6", (2, 0, -1, 0, 1)), ("1.5", "0", "1.5", (2, 0, 1, 0, 3))],
)
def test_acquisition_adjustment_and_cap_add_up_to_the_rounded_total(agent_month, acquisition, adjustment, cap, rounded):
    rows = agent_month(
        earning(Decimal(acquisition), "acquisition"),
        earning(Decimal(adjustment), corrects_period=date(2023, 8, 1)),
        earning(Decimal(cap), "cap", new_participants=0),
        columns="acquisition_rp adjustment_rp cap_rp contribution_rp total_rp",
    )
    assert rows == [rounded]


def test_the_month_of_a_wadah_runs_until_its_last_day_is_in(wadah_month):
    def running(as_of):
        return [one for month, one in wadah_month(as_of=as_of, columns="month is_running") if month == SEPTEMBER]

    assert running("2023-09-01") == running("2023-09-29") == [True]
    assert running("2023-09-30") == [False]
