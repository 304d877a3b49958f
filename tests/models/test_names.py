"""Names as keys: a card beside another name, a person under two NIK, and what contradicts claims."""

from datetime import date

import pytest

DAY = "2023-10-02"
CLAIM = {
    "delivery_id": "d",
    "business_date": DAY,
    "line_no": 1,
    "claim_no": "C1",
    "branch_code": "B",
    "card_key": "card",
    "status": "Diajukan",
    "submitted_date": "2023-09-20",
    "status_date": "2023-09-20",
    "amount_rp": 42_000_000,
    "name_key": "ani",
}


def registered(n, **more):
    """The n-th registration, of a person and a card of its own."""
    row = {"registration_no": f"R{n}", "participant_key": f"p{n}", "card_key": f"c{n}", "registration_date": DAY}
    row |= {"business_date": DAY, "branch_code": "B", "delivery_id": "d", "person_registration_no": 1}
    return row | {"name_key": f"n{n}", "namesake_key": f"s{n}", "region_code": "5271"} | more


def test_a_card_has_the_names_that_its_owner_was_registered_under(run):
    rows = [
        registered(1, name_key="moch rizki"),
        registered(2, participant_key="p1", card_key="c1", name_key="rizki", person_registration_no=2),
        registered(3, card_key="c1", name_key="another person's"),
        registered(4, name_key=None),
    ]
    cards = run("core.card", {"core.registration": rows}, "card_key owner_name_key other_name_key is_disputed")
    assert cards == [("c1", "moch rizki", "rizki", True), ("c4", None, None, False)]


@pytest.mark.parametrize(
    ("name", "owner", "other", "is_another"),
    [
        ("ani", "ani", "ani", False),
        ("ani", "ani w", "ani", False),
        ("budi", "ani w", "ani", True),
        (None, "ani", "ani", False),
        ("budi", None, None, False),
    ],
)
def test_a_payment_beside_a_name_that_is_not_the_owners_is_marked(run, name, owner, other, is_another):
    card = {"card_key": "c", "participant_key": "p", "owner_name_key": owner, "other_name_key": other}
    payment = {"receipt_no": "P1", "branch_code": "B", "card_key": "c", "payment_date": DAY, "name_key": name}
    tables = {"core.payment": [payment], "core.card": [card]}
    assert run("core.contribution", tables, "is_named_otherwise") == [is_another]
    row = {"delivery_id": "d", "amount_rp": 36_800, "is_named_otherwise": is_another}
    kept = run("core.kept_row", {"core.contribution": [row]}, "other_name_count other_name_rp")
    assert kept == [(int(is_another), 36_800 * is_another)]


def test_months_before_the_first_registration_are_marked(run):
    registrations = [
        {"participant_key": "p", "registration_date": day, "person_registration_no": n}
        for n, day in enumerate([date(2023, 5, 20), date(2023, 9, 20)], 1)
    ]
    columns = "participant_key valid_from valid_to is_first"
    spells = run("core.participant_spell", {"core.registration": registrations}, columns)
    people = {
        "core.card": [{"card_key": "c", "participant_key": "p"}],
        "core.participant_spell": [dict(zip(columns.split(), spell, strict=True)) for spell in spells],
    }

    def marked(first_month, paid):
        payment = {"receipt_no": "P1", "branch_code": "B", "card_key": "c", "payment_date": paid}
        tables = people | {"core.payment": [payment | {"first_month": first_month}]}
        [marked] = run("core.contribution", tables, "is_before_registration")
        return marked

    assert marked(date(2023, 4, 1), date(2023, 5, 20))
    assert not marked(date(2023, 5, 1), date(2023, 5, 20))
    assert not marked(date(2023, 4, 1), date(2023, 5, 19)), "paid_before_registration tells of it"
    assert not marked(date(2023, 8, 1), date(2023, 9, 20)), "arrears of who comes to another agent"


def test_a_person_under_another_nik_is_found_by_name_birth_and_phone_or_place(run):
    def again(*rows):
        columns = "registration_no first_registration_no first_branch_code participant_key"
        return run("core.person_again", {"core.registration": rows}, columns)

    ani = {"namesake_key": "ani, 1980"}
    first = registered(1, **ani, phone_key="08", registration_date="2023-08-01", branch_code="A")
    found = [("R2", "R1", "A", "p2")]
    assert again(first, registered(2, **ani, phone_key="08")) == found
    assert again(first, registered(2, **ani, phone_key="08", region_code="7271")) == found
    assert again(first, registered(2, **ani)) == found  # in the same kabupaten, and no phone to tell them apart
    assert again(first, registered(2, **ani), registered(3, **ani)) == [*found, ("R3", "R1", "A", "p3")]
    assert again(first, registered(2, **ani, phone_key="09")) == []
    assert again(first, registered(2, **ani, region_code="7271")) == []
    assert again(first, registered(2, namesake_key="budi, 1980", phone_key="08")) == []
    assert again(first, registered(2, **ani, participant_key="p1", person_registration_no=2)) == []
    assert again(registered(1, namesake_key=None), registered(2, namesake_key=None)) == []


def test_what_deliveries_say_otherwise_of_a_claim_is_marked(run):
    people = {
        "core.card": [
            {"card_key": "card", "participant_key": "p", "owner_name_key": "ani", "other_name_key": "ani"},
        ],
        "core.participant": [{"participant_key": "p", "first_registration_date": date(2023, 9, 20)}],
        "core.delivery": [
            {"delivery_id": name, "effective": True, "revision": 1, "business_date": DAY} for name in "de"
        ],
    }

    def marked(*rows):
        columns = "is_named_otherwise is_amount_changed is_day_changed is_before_registration is_paid_and_rejected"
        return run("core.claim_status", people | {"raw.claims": rows}, columns)

    later = {"delivery_id": "e", "business_date": "2023-10-03"}
    quiet = (False, False, False, False, False)
    assert marked(CLAIM) == [quiet]
    assert marked(CLAIM, CLAIM | later) == [quiet]
    assert marked(CLAIM | {"name_key": None}) == [quiet]
    assert marked(CLAIM | {"name_key": "budi"}) == [(True, False, False, False, False)]
    assert marked(CLAIM, CLAIM | later | {"amount_rp": 41_000_000}) == [(False, True, False, False, False)]
    paid = CLAIM | later | {"status": "Dibayarkan", "status_date": "2023-10-01"}
    assert marked(CLAIM, paid | {"amount_rp": 41_000_000}) == [quiet] * 2, "another status has an amount of its own"
    assert marked(CLAIM, paid | {"submitted_date": "2023-09-21"}) == [(False, False, True, False, False)] * 2
    assert marked(CLAIM | {"submitted_date": "2023-09-19"}) == [(False, False, False, True, False)]
    assert marked(CLAIM | {"card_key": "nobody's", "name_key": "budi"}) == [quiet]
    assert marked(paid, paid | {"status": "Ditolak"}) == [(False, False, False, False, True)] * 2

    def turned(*rows):
        return run("core.claim_status", people | {"raw.claims": rows}, "status is_paid_otherwise is_turned_back")

    determined = CLAIM | {"status": "Ditetapkan", "status_date": "2023-09-28"}
    right = [("Dibayarkan", False, False), ("Ditetapkan", False, False)]
    assert sorted(turned(determined, paid)) == right
    assert sorted(turned(determined | {"delivery_id": "e", "business_date": "2023-10-09"}, paid)) == right, "it is late"
    told = sorted(turned(determined, paid | {"amount_rp": 420_000_000}))
    assert told == [("Dibayarkan", True, False), ("Ditetapkan", False, False)]
    back = determined | {"delivery_id": "e", "business_date": "2023-10-09", "status_date": "2023-10-09"}
    assert sorted(turned(determined, paid, back)) == [("Dibayarkan", False, True), ("Ditetapkan", False, True)]
    early = paid | {"status_date": "2023-09-27"}
    assert sorted(turned(determined, early)) == [("Dibayarkan", False, True), ("Ditetapkan", False, True)]
    assert sorted(turned(CLAIM | {"status": "Ditolak", "status_date": "2023-10-09"}, paid))[0] == right[0]

    def changed(*rows):
        return run("core.claim_status", people | {"raw.claims": rows}, "status is_status_again is_benefit_changed")

    assert changed(determined, determined | later) == [("Ditetapkan", False, False)]
    assert changed(determined, back) == [("Ditetapkan", True, False)]
    assert sorted(changed(determined, paid)) == [("Dibayarkan", False, False), ("Ditetapkan", False, False)]
    for change in ({"programme": "JHT"}, {"benefit": "BEASISWA"}):
        told = sorted(changed(determined, paid | change))
        assert told == [("Dibayarkan", False, True), ("Ditetapkan", False, True)]


def test_months_that_were_paid_already_are_counted_by_delivery(run):
    line = {"delivery_id": "d", "branch_code": "NTB01", "receipt_no": "P1", "received_rp": 36_800}
    line |= {"reason": "month_already_counted"}
    lines = [line, line, line | {"reason": None}, line | {"delivery_id": "e", "reason": "nothing_received"}]
    lines += [line | {"receipt_no": "P2", "received_rp": -1, "reason": "refund_of_uncounted"}]
    again = run("core.paid_again", {"core.contribution_month": lines}, "delivery_id receipt_no kind months amount_rp")
    assert sorted(again) == [("d", "P1", "months_paid_again", 2, 73_600), ("d", "P2", "refund_of_unpaid", 1, -1)]


def test_payments_for_a_month_that_was_paid_are_counted_by_delivery_also_of_cards_that_nobody_has(run):
    known = {"delivery_id": "d", "branch_code": "NTB01", "receipt_no": "P1", "kind": "months_paid_again"}
    known |= {"months": 2, "amount_rp": 73_600}

    def waits(receipt_no, first, months, amount_rp, day, card="card"):
        return {
            "delivery_id": f"d{day}", "branch_code": "NTB01", "receipt_no": receipt_no, "card_key": card,
            "payment_date": date(2023, 9, day), "first_month": date(2023, first, 1), "months": months,
            "amount_rp": amount_rp, "business_date": date(2023, 9, day),
        }  # fmt: skip

    def counted(*waiting):
        tables = {"core.paid_again": [known], "core.waiting_payment": waiting}
        return sorted(run("core.month_again", tables))

    own = ("d", "months_paid_again", 1, 73_600, "P1", "P1")
    first = waits("A", 7, 3, 110_400, 1)
    assert counted(first, waits("B", 10, 1, 36_800, 2), waits("C", 9, 1, 36_800, 2, "other")) == [own]
    again = [waits("B", 9, 2, 73_601, 2), waits("C", 8, 1, 42_800, 2)]
    assert counted(first, *again) == [own, ("d2", "months_paid_again", 2, 36_800 + 42_800, "B", "C")]
    assert counted(first, again[1], waits("D", 8, 1, -42_800, 3)) == [own], "it was given back"


def test_payments_wait_while_nobody_has_their_card(run):
    paid = {"branch_code": "NTB01", "participant_key": None, "card_key": "card", "months": 1}
    rows = [paid | {"receipt_no": "A"}, paid | {"receipt_no": "B", "participant_key": "p"}]
    assert run("core.waiting_payment", {"core.contribution": rows}, "receipt_no card_key months") == [("A", "card", 1)]
