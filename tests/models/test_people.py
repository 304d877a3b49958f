"""core.registration, participant, card, participant_spell: a person counts once."""

from datetime import date

D1, D2, D3 = date(2023, 10, 1), date(2023, 10, 2), date(2023, 10, 3)


def delivery(delivery_id, effective=True, revision=1):
    return {"delivery_id": delivery_id, "effective": effective, "revision": revision}


def raw(delivery_id, business_date, registration_no, **changes):
    row = {
        "delivery_id": delivery_id,
        "business_date": business_date,
        "line_no": 1,
        "registration_no": registration_no,
        "branch_code": "NTB01",
        "registration_date": D1,
        "participant_key": "ani",
        "card_key": "card",
    }
    return row | changes


def core(registration_no, person_registration_no=1, **changes):
    row = {
        "registration_no": registration_no,
        "person_registration_no": person_registration_no,
        "registration_date": D1,
        "business_date": D1,
        "branch_code": "NTB01",
        "participant_key": "ani",
        "card_key": "card",
    }
    return row | changes


def test_only_effective_deliveries_count(run):
    rows = run(
        "core.registration",
        {
            "core.delivery": [delivery("a"), delivery("b", effective=False)],
            "raw.registrations": [raw("a", D1, "R1"), raw("b", D1, "R2"), raw("gone", D1, "R3")],
        },
        "registration_no delivery_id",
    )
    assert rows == [("R1", "a")]


def test_a_registration_number_counts_once_the_earliest(run):
    rows = run(
        "core.registration",
        {
            "core.delivery": [delivery("early"), delivery("late"), delivery("r2", revision=2)],
            "raw.registrations": [
                raw("late", D2, "R1", programmes=3),
                raw("early", D1, "R1", programmes=2),
                raw("late", D2, "R2", line_no=2, programmes=2),
                raw("r2", D2, "R2", line_no=9, programmes=3),
                raw("late", D2, "R3", line_no=4, programmes=3),
                raw("late", D2, "R3", line_no=3, programmes=2),
                raw("late", D2, "R4", branch_code="NTB02", programmes=2, line_no=9),
                raw("late", D2, "R4", branch_code="NTB03", programmes=3),
            ],
        },
        "branch_code registration_no delivery_id programmes",
    )
    assert [row[1:] for row in rows if row[0] not in ("NTB02", "NTB03")] == [
        ("R1", "early", 2),
        ("R2", "r2", 3),
        ("R3", "late", 2),
    ]
    assert [row for row in rows if row[1] == "R4"] == [("NTB02", "R4", "late", 2), ("NTB03", "R4", "late", 3)]


def test_registrations_of_a_person_are_in_order_of_date_delivery_branch_and_number(run):
    rows = run(
        "core.registration",
        {
            "core.delivery": [delivery("a")],
            "raw.registrations": [
                raw("a", D2, "R1", registration_date=D2),
                raw("a", D3, "R2"),
                raw("a", D2, "R4", branch_code="NTB02"),
                raw("a", D2, "R5"),
                raw("a", D2, "R3"),
                raw("a", D2, "R6", participant_key="budi", agent_code=None),
            ],
        },
        "registration_no person_registration_no",
    )
    assert sorted(rows) == [("R1", 5), ("R2", 4), ("R3", 1), ("R4", 3), ("R5", 2), ("R6", 1)]


def test_a_person_with_several_registrations_and_cards_is_one_participant(run):
    rows = run(
        "core.participant",
        {
            "core.registration": [
                core("R2", 2, agent_code="AB2", region_code="5272", programmes=3, card_key="new"),
                core("R1", 1, agent_code="AB1", region_code="5271", programmes=2, delivery_id="d"),
                core("R3", 3, agent_code="AB3", card_key="new"),
                core("R4", 1, participant_key="budi", agent_code=None),
            ]
        },
        "participant_key first_registration_no acquiring_agent_code first_region_code first_programmes "
        "first_delivery_id registration_count card_count",
    )
    assert rows == [
        ("ani", "R1", "AB1", "5271", 2, "d", 3, 2),
        ("budi", "R4", None, None, None, None, 1, 1),
    ]


def test_a_card_belongs_to_whom_the_earliest_registration_says(run):
    rows = run(
        "core.card",
        {
            "core.registration": [
                core("R2", registration_date=D2, participant_key="budi"),
                core("R1", registration_date=D1, participant_key="ani"),
                core("R4", card_key="same day", business_date=D2, participant_key="budi"),
                core("R5", card_key="same day", business_date=D1, participant_key="ani"),
            ]
        },
        "card_key participant_key registration_no",
    )
    assert rows == [("card", "ani", "R1"), ("same day", "ani", "R5")]


def test_a_card_knows_both_ways_in_which_its_owner_was_written_and_nobody_elses(run):
    names = [("ani", "a"), ("ani", "b"), ("budi", "z")]
    registrations = [
        core(f"R{n}", n, registration_date=date(2023, n, 1), participant_key=person, name_key=name)
        for n, (person, name) in enumerate(names, 1)
    ]
    rows = run("core.card", {"core.registration": registrations}, "owner_name_key other_name_key is_disputed")
    assert rows == [("a", "b", True)]


def test_spells_run_from_registration_to_registration(run):
    rows = run(
        "core.participant_spell",
        {
            "core.registration": [
                core("R1", 1, agent_code="AB1", region_code="5271"),
                core("R2", 2, registration_date=D2, agent_code="AB1", region_code="5272"),
                core("R3", 3, registration_date=D3, agent_code="AB2", region_code="5272"),
            ]
        },
        "valid_from valid_to agent_code region_code registration_no is_first",
    )
    assert rows == [
        (D1, D2, "AB1", "5271", "R1", True),
        (D2, D3, "AB1", "5272", "R2", False),
        (D3, None, "AB2", "5272", "R3", False),
    ]


def test_of_several_registrations_on_a_day_the_last_holds(run):
    rows = run(
        "core.participant_spell",
        {"core.registration": [core("R9", 1, agent_code="AB1"), core("R1", 2, agent_code="AB2")]},
        "valid_from valid_to agent_code",
    )
    assert rows == [(D1, None, "AB2")]


def test_a_spell_has_the_branch_region_and_programmes_of_its_registration(run):
    registrations = [
        core("R1", 1, branch_code="NTB01", region_code="5271", programmes=3),
        core("R2", 2, registration_date=D2, branch_code="STG01", region_code="7271", programmes=2),
    ]
    rows = run("core.participant_spell", {"core.registration": registrations}, "branch_code region_code programmes")
    assert rows == [("NTB01", "5271", 3), ("STG01", "7271", 2)]


def test_the_occupation_of_a_spell_is_the_last_that_was_said(run):
    said = [None, "Pedagang", None, "Nelayan", "Petani", None]
    registrations = [
        core(f"R{n}", n, registration_date=date(2023, n, 1), occupation_key=text) for n, text in enumerate(said, 1)
    ]
    rows = run("core.participant_spell", {"core.registration": registrations}, "occupation")
    assert rows == [None, "Pedagang", "Pedagang", "Nelayan", "Petani", "Petani"]


def test_an_occupation_said_earlier_on_the_day_is_not_lost(run):
    registrations = [
        core("R1", 1, occupation_key="Pedagang"),
        core("R2", 2, occupation_key="Nelayan"),
        core("R3", 3, agent_code="AB1"),
        core("R4", 1, participant_key="budi"),
    ]
    rows = run("core.participant_spell", {"core.registration": registrations}, "participant_key agent_code occupation")
    assert rows == [("ani", "AB1", "Nelayan"), ("budi", None, None)]


def test_a_card_is_disputed_if_two_persons_have_it_and_of_one_day_the_earlier_document_decides(run):
    def owner(*registrations):
        [row] = run("core.card", {"core.registration": registrations}, "participant_key is_disputed")
        return row

    assert owner(core("R1"), core("R2", 2)) == ("ani", False)
    assert owner(core("R2"), core("R1", participant_key="budi")) == ("budi", True)
    assert owner(core("R1", branch_code="NTB02"), core("R2", participant_key="budi")) == ("budi", True)
