"""marts.contradiction: deliveries whose rows contradict what other deliveries say, by kind, rows, rupiah and days."""

from datetime import date

import pytest

DAY = date(2023, 9, 20)
BEFORE = date(2023, 9, 1)
PLACE = {"branch_code": "NTB01", "business_date": DAY, "file_name": "file.csv", "effective": True, "accepted": 10}
SPELL = {
    "agent_code": "AB1",
    "branch_code": "NTB01",
    "joined_date": date(2020, 1, 1),
    "status": "AKTIF",
    "region_code": "5271",
    "wadah_code": "W1",
    "valid_from": BEFORE,
}
NONE_KEPT = {
    f"{name}_{what}": 0
    for name in ("other_programmes", "too_early", "early_month", "other_name")
    for what in ("count", "rp")
}
EMPTY = ("repeated_payment", "kept_row", "registration", "card", "agent", "person_again", "claim_status", "account",
         "month_again", "acquisition", "unlike_payment")  # fmt: skip
SHOWN = "kind delivery_id row_count amount_rp other_branch_code from_no to_no from_date to_date is_holding is_running"


@pytest.fixture
def contradictions(run):
    """What the mart says of tables of core, beside one delivery ``d`` of NTB01 for 20 September."""

    def contradictions(feed, columns=SHOWN, place=PLACE, rosters=(), others=(), **tables):
        known = {f"core.{name}": rows for name, rows in tables.items()}
        empty = {f"core.{name}": [] for name in EMPTY}
        days = {
            "core.delivery": [place | {"delivery_id": "d", "feed": feed}, *others],
            "core.running_month": [{"first_day": date(2023, 9, 1)}],
            "raw.business_day": [{"business_date": date(2020, 1, 1)}, {"business_date": DAY}],
            "raw.agents": rosters,
        }
        return run("marts.contradiction", empty | known | days, columns)

    return contradictions


def again(n, **more):
    """A payment that another delivery has brought already."""
    return {
        "delivery_id": "d", "branch_code": "NTB01", "receipt_no": f"P{n}", "payment_date": date(2023, 8, n),
        "amount_rp": 36_800, "first_branch_code": "NTB01",
    } | more  # fmt: skip


@pytest.mark.parametrize(("rows", "of", "holds"), [(4, 10, False), (5, 10, True), (5, 26, True)])
def test_payments_under_other_numbers_are_told_and_hold_from_five_on(contradictions, rows, of, holds):
    payments = [again(n + 1) for n in range(rows)]
    told = ("payment_again", "d", rows, rows * 36_800, None, "P1", f"P{rows}", date(2023, 8, 1), date(2023, 8, rows))
    place = PLACE | {"accepted": of}
    assert contradictions("contributions", place=place, repeated_payment=payments) == [(*told, holds, False)]
    first = [again(1, payment_date=BEFORE)]
    assert contradictions("contributions", "is_running", repeated_payment=first) == [True], "of the first of its days"


def test_the_other_branch_of_a_payment_is_named(contradictions):
    others = ("NTB02", "NTB03", "NTB01")
    payments = [again(n, first_branch_code=b, first_receipt_no=f"A{n}") for n, b in enumerate(others, 1)]
    columns = "other_branch_code row_count other_no"
    assert contradictions("contributions", columns, repeated_payment=payments) == [("NTB02, NTB03", 3, "A1")]


@pytest.mark.parametrize(("columns", "kind"), [
    ("other_programmes", "programmes_of_others"), ("too_early", "paid_before_registration"),
])  # fmt: skip
@pytest.mark.parametrize(("rows", "of", "told"), [(4, 4, False), (5, 25, True), (5, 26, False), (20, 101, False)])
def test_many_payments_that_are_not_the_persons_are_told_and_a_few_are_not(
    contradictions, columns, kind, rows, of, told
):
    kept = NONE_KEPT | {"delivery_id": "d", "row_count": of, f"{columns}_count": rows, f"{columns}_rp": 1_000}
    expected = [(kind, "d", rows, 1_000, None, None, None, DAY, DAY, True, True)] if told else []
    assert contradictions("contributions", place=PLACE | {"accepted": of}, kept_row=[kept]) == expected


@pytest.mark.parametrize(("rows", "of", "told"), [(4, 4, False), (5, 25, True), (5, 26, False)])
def test_many_payments_for_cards_that_nobody_registered_are_told(contradictions, rows, of, told):
    kept = NONE_KEPT | {"delivery_id": "d", "row_count": of, "unresolved_count": rows}
    expected = [("payment_of_unknown", "d", rows, None, None, None, None, DAY, DAY, False, True)] if told else []
    assert contradictions("contributions", place=PLACE | {"accepted": of}, kept_row=[kept]) == expected


def test_a_card_that_another_has_already_is_told_and_its_owner_is_not(contradictions):
    rows = [
        {
            "delivery_id": who, "registration_no": f"R{n}", "card_key": card, "participant_key": who,
            "registration_date": day,
        }
        for n, (who, card, day) in enumerate([("d", "c1", DAY), ("owner", "c1", BEFORE), ("d", "c2", DAY)])
    ]  # fmt: skip
    cards = [
        {"card_key": "c1", "participant_key": "owner", "is_disputed": True},
        {"card_key": "c2", "participant_key": "nobody", "is_disputed": False},
    ]
    told = ("card_of_another", "d", 1, None, None, "R0", "R0", DAY, DAY, False, True)
    assert contradictions("registrations", registration=rows, card=cards) == [told]


@pytest.mark.parametrize(("before", "now", "kinds"), [
    ({}, {}, []),
    ({}, {"joined_date": date(2021, 1, 1)}, ["joined_otherwise"]),
    ({}, {"region_code": "5272"}, ["agent_region_changed"]),
    ({"region_code": None}, {}, []),
    ({"joined_date": None}, {}, []),
    ({}, {"branch_code": "NTB02", "joined_date": date(2021, 1, 1)}, []),
    ({"status": "NONAKTIF"}, {}, ["came_back"]),
    ({"status": "NONAKTIF"}, {"wadah_code": "W2"}, []),
    ({}, {"wadah_code": "W2"}, ["wadah_changed"]),
    ({}, {"wadah_code": "W2", "status": "NONAKTIF"}, []),
    ({"status": "NONAKTIF", "valid_from": date(2023, 3, 21)}, {}, ["came_back"]),
    ({"status": "NONAKTIF", "valid_from": date(2023, 3, 20)}, {}, []),
    ({}, {"status": "NONAKTIF"}, []),
    ({}, {"joined_date": date(2021, 1, 1), "valid_from": date(2023, 9, 10)}, []),  # said by another roster
])  # fmt: skip
def test_of_one_agent_is_told_what_does_not_change_and_who_comes_back_at_once(contradictions, before, now, kinds):
    spells = [SPELL | before, SPELL | {"valid_from": DAY} | now]
    assert contradictions("agents", "kind", agent=spells) == kinds


@pytest.mark.parametrize(("agents", "of", "told"), [(4, 4, False), (5, 25, True), (5, 26, False)])
def test_many_agents_whose_status_turns_on_one_day_are_told(contradictions, agents, of, told):
    spells = [
        SPELL | {"agent_code": f"AB{n}"} | turned
        for n in range(agents)
        for turned in ({}, {"status": "NONAKTIF", "valid_from": DAY})
    ]
    expected = [("status_turned", "d", agents, None, None, "AB0", f"AB{agents - 1}", DAY, DAY, True, True)]
    assert contradictions("agents", place=PLACE | {"accepted": of}, agent=spells) == (expected if told else [])


@pytest.mark.parametrize(("place", "told"), [
    ({"effective": False}, 0),
    ({"business_date": date(2022, 9, 30)}, 0),
    ({"business_date": date(2022, 10, 1)}, 1),
], ids=["replaced by a revision", "long ago", "twelve months"])  # fmt: skip
def test_what_is_replaced_or_long_ago_is_not_told(contradictions, place, told):
    assert len(contradictions("contributions", place=PLACE | place, repeated_payment=[again(1)])) == told


def test_a_delivery_of_which_nothing_is_contradicted_is_not_told(contradictions):
    assert contradictions("contributions", kept_row=[NONE_KEPT | {"delivery_id": "d", "row_count": 9}]) == []


@pytest.mark.parametrize(
    ("kind", "holds"), [("unknown_column", False), ("unknown_text", False), ("unknown_value", True)]
)
def test_what_a_branch_sends_for_the_first_time_holds_only_if_it_is_a_value(contradictions, kind, holds):
    new = [{"kind": kind, "delivery_id": "d", "row_count": 9, "from_place": "a", "to_place": "b"}]
    found = contradictions("contributions", "kind row_count from_no to_no is_holding", unknown_content=new)
    assert found == [(kind, 9, "a", "b", holds)]


def test_columns_that_look_other_than_before_are_told_with_both_shares_and_hold_nothing(contradictions):
    changes = [
        {
            "delivery_id": "d",
            "column_name": name,
            "measure": "blank",
            "row_count": 9,
            "percent_before": 41,
            "percent_now": 0,
        }
        for name in ("HANDPHONE", "KODE_PERISAI")
    ]
    found = contradictions("registrations", "kind row_count from_no is_holding", column_change=changes)
    assert found == [("column_blank", 9, "HANDPHONE 41 % → 0 %, KODE_PERISAI 41 % → 0 %", False)]


@pytest.mark.parametrize(("columns", "kind"), [
    ("other_name", "named_otherwise"), ("early_month", "months_before_registration"),
])  # fmt: skip
@pytest.mark.parametrize(("rows", "of", "holds"), [(1, 1, False), (4, 4, False), (5, 25, True), (5, 26, False)])
def test_payments_that_cannot_be_are_told_one_by_one_and_many_of_them_hold(
    contradictions, columns, kind, rows, of, holds
):
    kept = NONE_KEPT | {"delivery_id": "d", "row_count": of, f"{columns}_count": rows, f"{columns}_rp": 1_000}
    told = (kind, "d", rows, 1_000, None, None, None, DAY, DAY, holds, True)
    assert contradictions("contributions", place=PLACE | {"accepted": of}, kept_row=[kept]) == [told]


@pytest.mark.parametrize(("name", "told"), [("budi", True), ("ani", False), (None, False)])
def test_a_person_who_is_registered_again_under_another_name_is_told(contradictions, name, told):
    first = {"participant_key": "p", "person_registration_no": 1, "name_key": "ani", "registration_no": "R1"}
    first |= {"delivery_id": "before", "branch_code": "NTB02", "registration_date": BEFORE}
    again = first | {"person_registration_no": 2, "name_key": name, "registration_no": "R2", "delivery_id": "d"}
    again |= {"branch_code": "NTB01", "registration_date": DAY}
    columns = "kind row_count other_branch_code from_no to_no other_no is_holding"
    expected = [("named_otherwise", 1, "NTB02", "R2", "R2", "R1", False)] if told else []
    assert contradictions("registrations", columns, registration=[first, again]) == expected


def test_one_person_under_two_nik_holds_and_both_numbers_are_named(contradictions):
    again = {"delivery_id": "d", "branch_code": "NTB01", "registration_no": "R9", "registration_date": DAY}
    again |= {"first_branch_code": "NTB01", "first_registration_no": "R1", "participant_key": "p"}
    columns = "kind row_count other_branch_code from_no to_no other_no is_holding"
    assert contradictions("registrations", columns, person_again=[again]) == [
        ("person_again", 1, None, "R9", "R9", "R1", True)
    ]
    others = [
        again | {"first_branch_code": branch, "registration_no": f"R{n}", "participant_key": branch} | more
        for n, (branch, more) in enumerate(
            [("NTB02", {"registration_date": BEFORE}), ("NTB03", {"first_registration_no": "R2"}), ("NTB01", {})]
        )
    ]
    columns = "other_branch_code from_no to_no other_no from_date to_date"
    expected = [("NTB02, NTB03", "R0", "R2", "R1", BEFORE, DAY)]
    assert contradictions("registrations", columns, person_again=others) == expected


CLAIM = {"delivery_id": "d", "claim_no": "C1", "amount_rp": 7, "submitted_date": BEFORE, "participant_key": "p"}


@pytest.mark.parametrize(("mark", "kind"), [
    ("is_named_otherwise", "named_otherwise"), ("is_amount_changed", "claim_amount_changed"),
    ("is_day_changed", "claim_day_changed"), ("is_before_registration", "claim_before_registration"),
    ("is_paid_and_rejected", "claim_paid_and_rejected"), ("is_paid_otherwise", "claim_paid_otherwise"),
    ("is_turned_back", "claim_turned_back"), ("is_benefit_changed", "claim_benefit_changed"),
    ("is_status_again", "claim_status_again"),
])  # fmt: skip
def test_a_claim_that_contradicts_what_is_known_is_told_and_holds_nothing(contradictions, mark, kind):
    claims = [CLAIM | {"claim_no": f"C{n}", mark: True} for n in range(6)]
    claims += [CLAIM | {"claim_no": "C5", mark: True}, CLAIM | {"claim_no": "C6", mark: False}]
    paid = [{"participant_key": "p"}]
    told = (kind, "d", 6, None, None, "C0", "C5", DAY, DAY, False, True)
    assert contradictions("claims", claim_status=claims, account=paid) == [told]


@pytest.mark.parametrize(("person", "kind"), [(None, "claim_of_unknown"), ("p", "claim_never_paid")])
@pytest.mark.parametrize(("claims", "of"), [(1, 26), (5, 5)])
def test_each_claim_of_people_who_never_came_or_paid_is_told(contradictions, person, kind, claims, of):
    rows = [CLAIM | {"claim_no": f"C{n}", "participant_key": person} for n in range(claims)]
    place = PLACE | {"accepted": of}
    told = [(kind, claims, False)]
    assert contradictions("claims", "kind row_count is_holding", place=place, claim_status=rows) == told
    payers = [{"participant_key": "p"}] if person else []
    if payers:
        assert contradictions("claims", "kind", place=place, claim_status=rows, account=payers) == []


@pytest.mark.parametrize(("rows", "of", "holds"), [(1, 4, False), (4, 4, False), (5, 25, True), (5, 26, False)])
def test_months_that_were_paid_already_are_told_and_many_hold(contradictions, rows, of, holds):
    again = [{"delivery_id": "d", "kind": "months_paid_again", "row_count": rows, "amount_rp": 1_000, "from_no": "P1"}]
    told = ("months_paid_again", "d", rows, 1_000, None, "P1", None, DAY, DAY, holds, True)
    assert contradictions("contributions", place=PLACE | {"accepted": of}, month_again=again) == [told]


@pytest.mark.parametrize(("agent", "people", "of", "told"), [
    ("AB2", 5, 25, True), ("AB2", 5, 26, False), ("AB2", 4, 4, False), ("AB1", 5, 5, False), (None, 5, 5, True),
])  # fmt: skip
def test_many_people_who_are_registered_again_by_another_agent_are_told(contradictions, agent, people, of, told):
    first = {"delivery_id": "before", "branch_code": "NTB01", "registration_date": BEFORE, "agent_code": "AB1"}
    rows = []
    for n in range(people):
        one = first | {"participant_key": f"p{n}", "registration_no": f"R{n}", "person_registration_no": 1}
        again = {"registration_no": f"S{n}", "person_registration_no": 2, "delivery_id": "d", "agent_code": agent}
        rows += [one, one | again | {"registration_date": DAY}]
    columns = "kind row_count from_no to_no other_no is_holding"
    expected = [("registered_again", people, "S0", f"S{people - 1}", "R0", True)] if told else []
    assert contradictions("registrations", columns, place=PLACE | {"accepted": of}, registration=rows) == expected


@pytest.mark.parametrize(
    ("before", "now", "told"), [("ani", "budi", True), ("ani", "ani", False), (None, "ani", False)]
)
def test_a_code_that_is_another_persons_now_is_told(contradictions, before, now, told):
    said = {"agent_code": "AB1", "branch_code": "NTB01", "line_no": 2, "delivery_id": "d"}
    for column, kind in (("participant_key", "agent_of_another"), ("name_key", "agent_named_otherwise")):
        same = dict.fromkeys(("participant_key", "name_key"), "same")
        rosters = [
            said | same | {column: before, "business_date": BEFORE},
            said | same | {column: now, "business_date": DAY},
        ]
        assert contradictions("agents", "kind", rosters=rosters) == ([kind] if told else [])
        both = [rosters[0], rosters[1] | {column: before}, rosters[1] | {"line_no": 3}]
        rows = contradictions("agents", "kind row_count", rosters=both)
        assert rows == ([(kind, 1)] if told else []), "of two lines of one roster the second is new"


@pytest.mark.parametrize(("agents", "of", "holds"), [(4, 4, False), (5, 25, True), (5, 26, False)])
def test_names_of_many_agents_that_changed_hold(contradictions, agents, of, holds):
    said = {"branch_code": "NTB01", "line_no": 2, "delivery_id": "d", "participant_key": None}
    rosters = [
        said | {"agent_code": f"AB{n}", "name_key": name, "business_date": day}
        for n in range(agents)
        for name, day in (("ani", BEFORE), ("budi", DAY))
    ]
    columns = "kind row_count from_no to_no is_holding"
    told = [("agent_named_otherwise", agents, "AB0", f"AB{agents - 1}", holds)]
    assert contradictions("agents", columns, place=PLACE | {"accepted": of}, rosters=rosters) == told


@pytest.mark.parametrize(("agents", "of"), [(4, 4), (5, 25)])
def test_other_names_of_a_wadah_and_niks_that_are_left_out_are_told_and_hold_nothing(contradictions, agents, of):
    before = {"branch_code": "NTB01", "delivery_id": "d", "wadah_code": "W6", "wadah_name": "Maju", "line_no": 2}
    before |= {"participant_key": "p", "business_date": BEFORE}
    rosters = [before | {"agent_code": f"AB{n}"} for n in range(agents)]
    place, columns = PLACE | {"accepted": of}, "kind row_count from_no to_no is_holding"
    for change, kind in (
        ({"wadah_name": "Jaya"}, "wadah_named_otherwise"),
        ({"wadah_name": "MA. JU"}, None),  # written otherwise
        ({"participant_key": None}, "agent_nik_left_out"),
        ({}, None),
        ({"wadah_name": "Jaya", "wadah_code": "W7"}, None),  # the spells of core.agent tell of another wadah
    ):
        days = rosters + [one | {"business_date": DAY} | change for one in rosters]
        found = contradictions("agents", columns, place=place, rosters=days)
        assert found == ([(kind, agents, "AB0", f"AB{agents - 1}", False)] if kind else [])
        later = days + [one | {"business_date": date(2023, 9, 21)} | change for one in rosters]
        assert contradictions("agents", columns, place=place, rosters=later) == found, "once"


@pytest.mark.parametrize(("change", "told"), [
    ({"pks_no": "P2"}, True),
    ({"pks_no": "P2", "pks_to": date(2026, 3, 6)}, True),
    ({"pks_no": "P2", "pks_from": date(2023, 7, 3)}, False),
    ({"pks_no": "P2", "wadah_code": "W2"}, False),
    ({"pks_no": "P2", "agent_code": "AB2"}, False),
    ({}, False),
])  # fmt: skip
def test_an_agreement_under_another_number_from_the_same_day_on_is_told(contradictions, change, told):
    said = {"agent_code": "AB1", "branch_code": "NTB01", "wadah_code": "W1", "pks_no": "P1", "line_no": 2}
    said |= {"delivery_id": "d", "pks_from": date(2023, 3, 7), "pks_to": date(2025, 3, 6)}
    rosters = [said | {"business_date": DAY} | change, said | {"business_date": BEFORE}]
    expected = [("agreement_again", 1)] if told else []
    assert contradictions("agents", "kind row_count", rosters=rosters) == expected


@pytest.mark.parametrize(("change", "told"), [
    ({}, False),
    ({"pks_from": date(2023, 7, 3)}, True),
    ({"pks_to": date(2024, 3, 6)}, True),
    ({"pks_to": date(2026, 3, 6)}, False),
    ({"pks_to": date(2024, 3, 6), "pks_no": "P2", "pks_from": date(2023, 7, 3)}, False),
    ({"pks_to": date(2024, 3, 6), "wadah_code": "W2"}, False),
    ({"pks_to": date(2024, 3, 6), "branch_code": "NTB02"}, False),
    ({"pks_to": date(2024, 3, 6), "agent_code": "AB2"}, False),
])  # fmt: skip
def test_an_agreement_whose_days_change_is_told(contradictions, change, told):
    said = {"agent_code": "AB1", "branch_code": "NTB01", "wadah_code": "W1", "pks_no": "P1", "line_no": 2}
    said |= {"delivery_id": "d", "pks_from": date(2023, 3, 7), "pks_to": date(2025, 3, 6)}
    rosters = [said | {"business_date": DAY} | change, said | {"business_date": BEFORE}]
    columns = "kind row_count from_no is_holding"
    assert contradictions("agents", columns, rosters=rosters) == (
        [("agreement_dates_changed", 1, "AB1", False)] if told else []
    )
    later = rosters[0] | {"business_date": date(2023, 9, 21)}
    assert contradictions("agents", "kind row_count", rosters=[rosters[1], later | {"business_date": DAY}, later]) == (
        [("agreement_dates_changed", 1)] if told else []
    ), "once"


def test_the_later_roster_is_told_of_what_changed(contradictions):
    earlier = PLACE | {"delivery_id": "before", "feed": "agents", "business_date": BEFORE}
    said = {"agent_code": "AB1", "branch_code": "NTB01", "wadah_code": "W1", "pks_no": "P1", "line_no": 2}
    old = {"participant_key": "p", "name_key": "ani", "wadah_name": "Maju", "pks_from": date(2023, 3, 7)}
    new = {"participant_key": "q", "name_key": "budi", "wadah_name": "Jaya", "pks_from": date(2023, 7, 3)}
    rosters = [
        said | old | {"delivery_id": "before", "business_date": BEFORE},
        said | new | {"delivery_id": "d", "business_date": DAY},
    ]
    kinds = ["agent_named_otherwise", "agent_of_another", "agreement_dates_changed", "wadah_named_otherwise"]
    found = contradictions("agents", "kind delivery_id", others=[earlier], rosters=rosters)
    assert found == [(kind, "d") for kind in kinds]


DEATH = CLAIM | {"benefit": "SANTUNAN_KEMATIAN", "claimant_key": "p", "status": "Diajukan", "branch_code": "NTB01"}


@pytest.mark.parametrize(("change", "told"), [
    ({}, True),
    ({"amount_rp": 9, "submitted_date": DAY}, True),
    ({"claim_no": "C1"}, False),
    ({"claimant_key": "q"}, False),
    ({"status": "Ditolak"}, False),
    ({"benefit": "PENGOBATAN"}, False),
])  # fmt: skip
def test_two_deaths_of_one_person_are_told(contradictions, change, told):
    other = DEATH | {"claim_no": "C2", "delivery_id": "before"} | change
    more = [DEATH | {"claim_no": "C8", "benefit": "BEASISWA"}, DEATH | {"claim_no": "C9", "claimant_key": "r"}]
    claims, paid = [DEATH, other, *more], [{"participant_key": "p"}]
    found = contradictions("claims", "kind row_count", claim_status=claims, account=paid)
    assert found == ([("claim_again", 1)] if told else [])


@pytest.mark.parametrize(("change", "told"), [({}, True), ({"amount_rp": 9}, False), ({"submitted_date": DAY}, False)])
def test_another_benefit_is_the_same_claim_if_day_and_amount_are(contradictions, change, told):
    one = DEATH | {"benefit": "PENGOBATAN"}
    rows = [one, one | {"claim_no": "C2", "delivery_id": "before"} | change]
    found = contradictions("claims", "kind", claim_status=rows, account=[{"participant_key": "p"}])
    assert found == (["claim_again"] if told else [])


@pytest.mark.parametrize(("benefit", "last", "told"), [
    ("SANTUNAN_KEMATIAN", DAY, True), ("SANTUNAN_KEMATIAN", BEFORE, False), ("PENGOBATAN", DAY, False),
])  # fmt: skip
def test_a_payment_after_a_death_is_told(contradictions, benefit, last, told):
    paid = [{"participant_key": "p", "last_payment_date": last}]
    found = contradictions("claims", "kind", claim_status=[DEATH | {"benefit": benefit}], account=paid)
    assert found == (["paid_after_death"] if told else [])


@pytest.mark.parametrize(
    ("programme", "programmes", "told"), [("JHT", 2, True), ("JHT", 3, False), ("JKK", 2, False), ("JHT", None, False)]
)
def test_a_claim_of_savings_of_somebody_without_them_is_told(contradictions, programme, programmes, told):
    rows = [CLAIM | {"programme": programme, "programmes": programmes}]
    found = contradictions("claims", "kind", claim_status=rows, account=[{"participant_key": "p"}])
    assert found == (["claim_of_other_programme"] if told else [])


@pytest.mark.parametrize(("day", "kind"), [(date(2023, 9, 8), "registered_twice"), (date(2023, 9, 9), None)])
def test_a_person_whom_two_agents_register_within_a_week_is_told(contradictions, day, kind):
    first = {"participant_key": "p", "registration_no": "R1", "person_registration_no": 1, "agent_code": "AB1"}
    first |= {"delivery_id": "before", "branch_code": "NTB02", "registration_date": BEFORE}
    again = {"registration_no": "R2", "person_registration_no": 2, "agent_code": "AB2", "registration_date": day}
    rows = [first, first | again | {"delivery_id": "d", "branch_code": "NTB01"}]
    expected = [(kind, "NTB02", "R2", "R1", False)] if kind else []
    columns = "kind other_branch_code from_no other_no is_holding"
    assert contradictions("registrations", columns, registration=rows) == expected


@pytest.mark.parametrize(("day", "agent", "told"), [
    (BEFORE, "AB1", True), (date(2023, 9, 8), "AB1", True), (date(2023, 9, 9), "AB1", False), (BEFORE, "AB2", False),
    (BEFORE, None, False),
])  # fmt: skip
def test_a_person_whom_one_agent_registers_again_within_a_week_is_told(contradictions, day, agent, told):
    one = {"participant_key": "p", "registration_no": "R2", "person_registration_no": 2, "agent_code": "AB1"}
    one |= {"delivery_id": "before", "branch_code": "NTB01", "registration_date": BEFORE}
    again = {"registration_no": "R3", "person_registration_no": 3, "agent_code": agent, "registration_date": day}
    first = {"registration_no": "R1", "person_registration_no": 1, "registration_date": date(2023, 1, 1)}
    columns = "kind row_count from_no other_no is_holding"
    known = [one | first, one, one | again | {"delivery_id": "d"}]
    assert contradictions("registrations", columns, registration=known) == (
        [("registered_once_more", 1, "R3", "R2", False)] if told else []
    )


@pytest.mark.parametrize(("change", "told"), [
    ({}, True), ({"status": "Ditetapkan"}, True), ({"status": "Diajukan"}, False), ({"status": "Ditolak"}, False),
    ({"benefit": "PENGOBATAN"}, False), ({"participant_key": "q"}, False), ({"submitted_date": DAY}, False),
])  # fmt: skip
def test_a_person_who_is_registered_after_a_death_is_told(contradictions, change, told):
    one = {"participant_key": "p", "person_registration_no": 1, "branch_code": "NTB01", "agent_code": "AB1"}
    first = one | {"delivery_id": "before", "registration_no": "R1", "registration_date": BEFORE}
    again = one | {"delivery_id": "d", "registration_no": "R2", "person_registration_no": 2, "registration_date": DAY}
    death = DEATH | {"delivery_id": "old", "status": "Dibayarkan"} | change
    claims = [death, death | {"status": "Ditetapkan"}] if death["status"] == "Dibayarkan" else [death]
    columns = "kind row_count from_no to_no other_no from_date is_holding"
    expected = [("registered_after_death", 1, "R2", "R2", None, DAY, False)] if told else []
    found = contradictions("registrations", columns, registration=[first, again], claim_status=claims)
    assert found == expected


@pytest.mark.parametrize(("feed", "moves", "rows", "of", "holds"), [
    ("contributions", True, 5, 26, True), ("contributions", True, 4, 4, False), ("contributions", False, 9, 9, False),
    ("claims", True, 9, 9, False),
])  # fmt: skip
def test_columns_that_a_revision_changed_are_told_and_hold_where_money_moves(
    contradictions, feed, moves, rows, of, holds
):
    changed = {"delivery_id": "d", "heading": "KPJ", "changed": rows, "kind": "revision_slipped"}
    changes = [
        changed | {"moves_money": moves, "amount_rp": 9},
        changed | {"heading": "BULAN_AWAL", "changed": 1, "amount_rp": 1, "moves_money": False},
        changed | {"heading": "PROGRAM", "changed": 99, "kind": None, "moves_money": True},
    ]
    columns = "kind row_count amount_rp from_no to_no is_holding"
    place = PLACE | {"accepted": of}
    assert contradictions(feed, columns, place=place, revision_change=changes) == [
        ("revision_slipped", rows, 9, "BULAN_AWAL, KPJ", None, holds)
    ]


@pytest.mark.parametrize(("spell", "kinds"), [
    ({}, []),
    ({"branch_code": "NTB02"}, ["agent_of_other_branch"]),
    ({"status": "NONAKTIF"}, ["agent_not_active"]),
    ({"joined_date": date(2023, 9, 21)}, ["agent_not_active"]),
    ({"valid_to": DAY, "branch_code": "NTB02"}, []),
])  # fmt: skip
def test_people_of_an_agent_who_is_elsewhere_or_does_not_work_are_told(contradictions, spell, kinds):
    new = {"participant_key": "p", "registration_no": "R1", "registration_date": DAY, "agent_code": "AB1"}
    new |= {"delivery_id": "d", "branch_code": "NTB01"}
    assert contradictions("registrations", "kind", acquisition=[new], agent=[SPELL | spell]) == kinds


@pytest.mark.parametrize(
    ("past", "told"),
    [
        ({}, True),
        ({"accepted": 10}, False),
        ({"outcome": "refused"}, False),
        ({"branch_code": "NTB02"}, False),
        ({"feed": "registrations"}, False),
        ({"business_date": BEFORE}, False),
    ],
)
def test_a_revision_that_lacks_rows_is_told(contradictions, past, told):
    of = PLACE | {"delivery_id": "r1", "feed": "contributions", "effective": False, "outcome": "superseded"}
    versions = [of | {"accepted": 18} | past, of | {"delivery_id": "r0", "accepted": 8}]
    found = contradictions("contributions", "kind row_count is_holding", others=versions)
    assert found == ([("revision_is_shorter", 8, True)] if told else [])


@pytest.mark.parametrize("kind", ["payer_changed", "amount_changed", "months_left_out"])
@pytest.mark.parametrize(("rows", "of", "many"), [(1, 1, False), (4, 4, False), (5, 25, True), (5, 26, False)])
def test_payments_unlike_those_before_are_told_if_many_and_months_left_out_always(contradictions, kind, rows, of, many):
    paid = {"delivery_id": "d", "branch_code": "NTB01", "kind": kind, "amount_rp": 1_000}
    unlike = [paid | {"receipt_no": f"P{n}", "payment_date": date(2023, 8, n)} for n in range(1, rows + 1)]
    last = date(2023, 8, rows)
    holds = many and kind == "months_left_out"
    told = (kind, "d", rows, rows * 1_000, None, "P1", f"P{rows}", date(2023, 8, 1), last, holds, False)
    found = contradictions("contributions", place=PLACE | {"accepted": of}, unlike_payment=unlike)
    assert found == ([told] if many or kind == "months_left_out" else [])
