"""core.conflicting_row: rows whose number stands for something else, shown and not counted."""

from datetime import date, timedelta

BEGIN = date(2023, 9, 16)
REGISTRATION = {
    "registration_no": "R1",
    "branch_code": "NTB01",
    "registration_date": "2023-09-13",
    "participant_key": "ani",
    "card_key": "card",
    "sex": "P",
    "occupation_key": "Pedagang",
    "region_code": "5271",
    "programmes": 3,
    "agent_code": "AB1",
    "birth_year": 1980,
    "registered_at": "10:00:00",
    "phone_key": "phone",
}
PAYMENT = {
    "receipt_no": "P1",
    "branch_code": "NTB01",
    "card_key": "card",
    "payment_date": "2023-09-13",
    "first_month": "2023-09-01",
    "months": 1,
    "programmes": 3,
    "amount_rp": 36_800,
    "payer": "PESERTA",
}
CLAIM = {
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
FEEDS = {"registrations": REGISTRATION, "contributions": PAYMENT, "claims": CLAIM}


CHANGES = {
    "registrations": {
        "registration_date": "2023-09-14", "participant_key": "budi", "card_key": "other", "sex": "L",
        "occupation_key": "Petani", "region_code": "5272", "programmes": 2, "agent_code": None, "birth_year": 1981,
        "registered_at": "11:00:00", "phone_key": "other",
    },
    "contributions": {
        "card_key": "other", "payment_date": "2023-09-14", "first_month": "2023-10-01", "months": 2, "programmes": 2,
        "amount_rp": 36_801, "payer": "APBD",
    },
    "claims": {"card_key": "other"},
}  # fmt: skip
NUMBERS = {"registrations": "registration_no", "contributions": "receipt_no", "claims": "claim_no"}
CONFLICTS = "select feed, document_no, delivery_id, standing_delivery_id from core.conflicting_row order by all"


def raw(days, arrivals=None):
    """Raw tables of files of branch NTB01: for each day the rows by feed, each with what differs from ``FEEDS``."""
    tables = {"raw.delivery": []} | {f"raw.{feed}": [] for feed in FEEDS}
    for n, files in enumerate(days):
        day = BEGIN + timedelta(n)
        for feed, rows in files.items():
            name = f"{feed} {n}"
            tables[f"raw.{feed}"] += [
                FEEDS[feed] | {"delivery_id": name, "business_date": day, "line_no": at} | row
                for at, row in enumerate(rows, 2)
            ]
            counts = {"lines": len(rows), "accepted": len(rows), "rejected": 0, "duplicates": 0, "revision": 1}
            names = {"delivery_id": name, "file_name": f"{name}.csv", "sha256": name, "judgement": "accepted"}
            whose = {"branch_code": "NTB01", "feed": feed, "business_date": day, "reason": ""}
            tables["raw.delivery"].append(counts | names | whose | {"arrival": arrivals[n] if arrivals else n})
    return tables


def test_other_content_under_a_number_is_a_conflict_of_the_later_day_and_an_equal_resend_is_none(warehouse):
    numbered = {
        feed: [{NUMBERS[feed]: f"{column}", column: value} for column, value in changes.items()]
        for feed, changes in CHANGES.items()
    }
    first = {feed: [{number: row[number]} for row in numbered[feed]] for feed, number in NUMBERS.items()}
    # said again as it stands, or without what a branch need not say; a claim that moves on and is worth less
    again = {
        "registrations": [
            {"registration_no": name, name: None} for name in ("occupation_key", "registered_at", "phone_key")
        ],
        "contributions": first["contributions"],
        "claims": [{"claim_no": "card_key", "status": "Ditetapkan", "amount_rp": 1}],
    }
    warehouse.build(raw([first, numbered, again]))
    assert warehouse.query(CONFLICTS) == sorted(
        (feed, column, f"{feed} 1", f"{feed} 0") for feed, changes in CHANGES.items() for column in changes
    )


def test_a_claim_of_the_same_person_under_another_card_is_no_conflict(warehouse):
    paid = {"card_key": "second card", "status": "Dibayarkan"}
    unknown = raw([{"claims": [{}]}, {"claims": [paid]}])
    warehouse.build(unknown)
    assert warehouse.query(CONFLICTS) == [("claims", "C1", "claims 1", "claims 0")], "nobody knows that one has both"
    cards = [{}, {"registration_no": "R2", "card_key": "second card"}]
    warehouse.build(raw([{"claims": [{}], "registrations": cards}, {"claims": [paid]}]))
    assert warehouse.query(CONFLICTS) == []
    assert warehouse.query("select count(*) from core.claim_status") == [(2,)]


def test_numbers_that_begin_again_each_day_are_loud_in_whatever_order_the_files_came(warehouse):
    """None of the second day counts, and the branch is behind; claims of the first day are not taken over."""
    days = [
        {
            feed: [{number: f"N{n}", "card_key": f"card {day} {n}", "participant_key": f"person {day} {n}"}
                   if feed == "registrations" else {number: f"N{n}", "card_key": f"card {day} {n}"} for n in range(5)]
            for feed, number in NUMBERS.items()
        }
        for day in range(2)
    ]  # fmt: skip
    for arrivals in ((1, 2), (2, 1)):
        warehouse.build(raw(days, arrivals))
        assert len(warehouse.query(CONFLICTS)) == 15
        assert warehouse.query(
            "select business_date, feed, outcome, lines, accepted, rejected, conflicting from marts.delivery_day"
            " where outcome <> 'absent' order by business_date, feed"
        ) == [
            *[(BEGIN, feed, "accepted", 5, 5, 0, 0) for feed in sorted(FEEDS)],
            *[(BEGIN + timedelta(1), feed, "nothing_accepted", 5, 0, 5, 5) for feed in sorted(FEEDS)],
        ]
        assert warehouse.query(
            "select distinct usable_date, days_behind from marts.freshness"
            " where branch_code = 'NTB01' and feed <> 'agents'"
        ) == [(BEGIN, 1)]
        assert set(
            warehouse.query(
                "select feed, subject, computed from marts.reconciliation where subject in"
                " ('conflicting_rows', 'repeated_rows') and branch_code = 'NTB01'"
            )
        ) == {(feed, *said) for feed in FEEDS for said in (("conflicting_rows", 5), ("repeated_rows", 0))}
        standing = "select claimant_key from core.claim_status where claim_no = 'N0'"
        assert warehouse.query(standing) == [("person 0 0",)]
