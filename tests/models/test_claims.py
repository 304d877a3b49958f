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


def test_claims_are_counted_by_month_branch_programme_status_and_channel(run):
    reached = {
        "claim_no": "C1",
        "reached_date": "2023-09-30",
        "branch_code": "NTB01",
        "programme": "JKM",
        "status": "Dibayarkan",
        "channel": "perisai",
        "amount_rp": 42_000_000,
    }
    others = [
        {"claim_no": "C2", "reached_date": "2023-09-01", "amount_rp": 1},
        {"reached_date": "2023-10-01"},
        {"branch_code": "NTB02"},
        {"programme": "JKK"},
        {"status": "Ditolak"},
        {"channel": "unresolved", "amount_rp": None},
    ]
    rows = run("marts.claim_month", {"core.claim_status": [reached, *[reached | other for other in others]]})
    september, october = date(2023, 9, 1), date(2023, 10, 1)
    assert rows == [
        (september, "NTB01", "JKK", "Dibayarkan", "perisai", 1, 42_000_000),
        (september, "NTB01", "JKM", "Dibayarkan", "perisai", 2, 42_000_001),
        (september, "NTB01", "JKM", "Dibayarkan", "unresolved", 1, None),
        (september, "NTB01", "JKM", "Ditolak", "perisai", 1, 42_000_000),
        (september, "NTB02", "JKM", "Dibayarkan", "perisai", 1, 42_000_000),
        (october, "NTB01", "JKM", "Dibayarkan", "perisai", 1, 42_000_000),
    ]
