"""core.claim_status and marts.claim_month: each claim once in each status."""

from datetime import date

import pytest

CLAIM = {
    "delivery_id": "d",
    "business_date": "2023-10-01",
    "line_no": 1,
    "claim_no": "C1",
    "branch_code": "NTB01",
    "card_key": "card",
    "programme": "JKM",
    "benefit": "SANTUNAN_KEMATIAN",
    "status": "Diajukan",
    "submitted_date": "2023-09-01",
    "status_date": "2023-09-01",
    "amount_rp": 42_000_000,
}
TABLES = {
    "core.delivery": [
        {"delivery_id": "d", "effective": True, "revision": 1},
        {"delivery_id": "e", "effective": True, "revision": 1},
        {"delivery_id": "r2", "effective": True, "revision": 2},
        {"delivery_id": "old", "effective": False, "revision": 1},
    ],
    "core.card": [
        {"card_key": "card", "participant_key": "ani"},
        {"card_key": "second card", "participant_key": "ani"},
        {"card_key": "other card", "participant_key": "budi"},
    ],
    "core.participant": [
        {"participant_key": "ani", "acquiring_agent_code": "AB1"},
        {"participant_key": "budi", "acquiring_agent_code": None},
    ],
    "core.participant_spell": [
        {"participant_key": "ani", "valid_from": "2023-01-01", "valid_to": "2023-09-10", "region_code": "5271"},
        {"participant_key": "ani", "valid_from": "2023-09-10", "valid_to": None, "region_code": "5272"},
    ],
}


def test_the_statuses_of_a_claim(run):
    claims = [
        CLAIM,
        CLAIM | {"delivery_id": "e", "status": "Dibayarkan", "status_date": "2023-09-10", "card_key": "second card"},
        CLAIM | {"delivery_id": "old", "status": "Ditolak"},
        CLAIM | {"claim_no": "C2", "card_key": "other card"},
        CLAIM | {"claim_no": "C3", "card_key": "nobody's"},
    ]
    rows = run(
        "core.claim_status",
        TABLES | {"raw.claims": claims},
        "claim_no status reached_date participant_key region_code channel amount_rp",
    )
    assert rows == [
        ("C1", "Diajukan", date(2023, 9, 1), "ani", "5271", "perisai", 42_000_000),
        ("C1", "Dibayarkan", date(2023, 9, 10), "ani", "5272", "perisai", 42_000_000),
        ("C2", "Diajukan", date(2023, 9, 1), "budi", None, "other", 42_000_000),
        ("C3", "Diajukan", date(2023, 9, 1), None, None, "unresolved", 42_000_000),
    ]


def test_a_claim_has_the_occupation_that_was_said_up_to_its_day(run):
    spells = [
        {"participant_key": "ani", "valid_from": "2023-01-01", "valid_to": "2023-09-10", "occupation": "PETANI"},
        {"participant_key": "ani", "valid_from": "2023-09-10", "occupation": "NELAYAN"},
    ]
    claims = [CLAIM, CLAIM | {"status": "Dibayarkan", "status_date": "2023-09-10"}]
    tables = TABLES | {"core.participant_spell": spells, "raw.claims": claims}
    assert run("core.claim_status", tables, "status occupation") == [("Diajukan", "PETANI"), ("Dibayarkan", "NELAYAN")]


def test_a_status_that_comes_again_keeps_its_first_date_and_takes_the_latest_value(run):
    claims = [
        CLAIM | {"delivery_id": "e", "business_date": "2023-10-03", "status_date": "2023-09-03", "amount_rp": 5},
        CLAIM | {"business_date": "2023-10-01", "status_date": "2023-09-02"},
        CLAIM | {"delivery_id": "old", "business_date": "2023-10-05", "status_date": "2023-09-01", "amount_rp": 6},
    ]
    rows = run("core.claim_status", TABLES | {"raw.claims": claims}, "reached_date amount_rp delivery_id")
    assert rows == [(date(2023, 9, 2), 5, "e")]


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ({"business_date": "2023-10-02"}, {"delivery_id": "r2"}),
        ({"delivery_id": "r2"}, {"line_no": 2}),
        ({"line_no": 2}, {"line_no": 1}),
    ],
)
def test_the_latest_value_is_that_of_the_last_date_revision_and_line(run, later, earlier):
    claims = [CLAIM | later | {"amount_rp": 1}, CLAIM | earlier | {"amount_rp": 2}]
    for given in (claims, claims[::-1]):
        assert run("core.claim_status", TABLES | {"raw.claims": given}, "amount_rp") == [1]


def test_two_branches_may_use_the_same_claim_number(run):
    claims = [CLAIM | {"amount_rp": 1}, CLAIM | {"branch_code": "NTB02", "amount_rp": 2}]
    assert run("core.claim_status", TABLES | {"raw.claims": claims}, "branch_code amount_rp") == [
        ("NTB01", 1),
        ("NTB02", 2),
    ]


@pytest.mark.parametrize(
    ("reached", "region", "programmes"),
    [("2022-12-31", "5299", 2), ("2023-09-09", "5271", 3), ("2023-09-10", "5272", 2)],
)
def test_the_person_of_a_claim_as_of_the_day(run, reached, region, programmes):
    first, second = TABLES["core.participant_spell"]
    ani = {"participant_key": "ani", "first_region_code": "5299", "first_programmes": 2, "sex": "P", "birth_year": 1980}
    people = {
        "core.participant": [ani],
        "core.participant_spell": [first | {"programmes": 3}, second | {"programmes": 2}],
    }
    claims = [CLAIM | {"status_date": reached}, CLAIM | {"claim_no": "C2", "card_key": "nobody's"}]
    rows = run(
        "core.claim_status",
        TABLES | people | {"raw.claims": claims},
        "claim_no claimant_key region_code programmes sex birth_year",
    )
    assert rows == [("C1", "ani", region, programmes, "P", 1980), ("C2", "nobody's", None, None, None, None)]


def test_claims_are_counted_by_month_branch_programme_status_and_channel(run):
    cell = {
        "month": "2023-09-01",
        "person_shown": "known",
        "province_shown": "52",
        "branch_code": "NTB01",
        "programme_shown": "JKM",
        "status": "Dibayarkan",
        "channel": "perisai",
        "is_hidden": False,
        "people": 1,
        "amount_rp": 42_000_000,
    }
    others = [
        {},
        {"month": "2023-10-01"},
        {"branch_code": "NTB02"},
        {"programme_shown": "JKK"},
        {"status": "Ditolak"},
        {"channel": "other"},
        {"person_shown": "unresolved", "channel": "unresolved", "amount_rp": None},
    ]
    rows = run(
        "marts.claim_month",
        {"core.claim_cell": [cell | other for other in others for _ in range(5)]},
        "month branch_code programme status channel claim_count claim_rp province_code",
    )
    september, october = date(2023, 9, 1), date(2023, 10, 1)
    worth = (5, 210_000_000, "52")
    assert rows == [
        (september, "NTB01", "JKK", "Dibayarkan", "perisai", *worth),
        (september, "NTB01", "JKM", "Dibayarkan", "other", *worth),
        (september, "NTB01", "JKM", "Dibayarkan", "perisai", *worth),
        (september, "NTB01", "JKM", "Dibayarkan", "unresolved", 5, None, "52"),
        (september, "NTB01", "JKM", "Ditolak", "perisai", *worth),
        (september, "NTB02", "JKM", "Dibayarkan", "perisai", *worth),
        (october, "NTB01", "JKM", "Dibayarkan", "perisai", *worth),
    ]
