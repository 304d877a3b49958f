"""Signals of quality (marts.quality_signal), and deliveries that contradict others, from rows of core on."""

from datetime import date, time

import pytest

TODAY = {"raw.business_day": [{"business_date": date(2023, 10, 13)}]}


@pytest.fixture
def signals(run):
    columns = "period kind agent_code branch_code signal_count from_date to_date clock"

    def signals(registrations=(), acquisitions=(), accounts=()):
        tables = {"core.registration": registrations, "core.acquisition": acquisitions, "core.account": accounts}
        return run("marts.quality_signal", TODAY | tables, columns)

    return signals


def registered(n, day="2023-09-15", **more):
    row = {"participant_key": f"p{n}", "registration_date": day, "agent_code": "AB1", "branch_code": "B"}
    return row | more


def test_registrations_in_one_minute(signals):
    def at(clock, n=5, **more):
        return [registered(i, registered_at=clock, **more) for i in range(n)]

    day, month = date(2023, 9, 15), date(2023, 9, 1)
    assert signals(at(time(8, 5), 4)) == signals(at(None)) == signals(at(time(8, 5), agent_code=None)) == []
    assert signals(at(time(8, 5), 4) + at(time(8, 6), 1)) == signals(at(time(8, 5), 4) + at(time(9, 5), 1)) == []
    assert signals(at(time(8, 5), 4) + at(time(8, 5), 1, agent_code="AB2")) == []
    assert signals(at(time(8, 5), 4) + at(time(8, 5), 1, registration_date="2023-09-16")) == []
    assert signals(at(time(8, 5, 1), 2) + at(time(8, 5, 59), 3)) == [
        (month, "registrations_in_one_minute", "AB1", "B", 5, day, day, "08:05")
    ]


def test_one_phone_for_many_people(signals):
    four = [registered(n, phone_key="x") for n in range(4)]
    assert signals(four) == signals([*four, registered(0, phone_key="x"), registered(9, phone_key="y")]) == []
    kind, days = "one_phone_many_people", (date(2023, 9, 15), date(2023, 9, 15))
    other = registered(4, "2023-10-02", phone_key="x", agent_code=None)
    assert signals([*four, other]) == [
        (date(2023, 9, 1), kind, "AB1", "B", 5, *days, None),
        (date(2023, 10, 1), kind, None, "B", 5, date(2023, 10, 2), date(2023, 10, 2), None),
    ]


def test_nik_of_one_series(signals):
    three = [registered(n, nik_series_key="s") for n in range(3)]
    again, other = registered(2, nik_series_key="s"), registered(8, nik_series_key="t")
    assert signals(three) == signals([*three, again, other]) == []
    [row] = signals([*three, registered(3, "2023-08-01", nik_series_key="s")])
    assert row == (date(2023, 9, 1), "nik_series", "AB1", "B", 4, date(2023, 8, 1), date(2023, 9, 15), None)


def test_a_discount_of_another_sector(run):
    def due(first, last, rp, sector=None, payer="PESERTA"):
        return {"from_month": first, "to_month": last, "due_rp": rp, "sector": sector, "payer": payer} | {
            "base_rp": 1_000_000,
            "programmes": 2,
        }

    dues = [
        *[due("2021-02-01", "2025-12-31", 16_800, sector) for sector in (None, "transport")],
        *[due("2026-01-01", "2026-03-31", rp, sector) for sector, rp in {None: 16_800, "transport": 8_400}.items()],
        *[due("2026-04-01", "2026-12-31", 8_400, sector) for sector in (None, "transport")],
        *[due("2026-01-01", None, 16_800, sector, "APBD") for sector in (None, "transport")],
    ]
    sectors = {"driver": "transport", "farmer": "agriculture", "day labourer": "unspecific"}
    spells = [
        {"participant_key": occupation, "valid_from": "2025-01-01", "occupation": occupation} for occupation in sectors
    ]
    # from 10 March on, the farmer drives
    spells[1]["valid_to"] = "2026-03-10"
    spells.append({"participant_key": "farmer", "valid_from": "2026-03-10", "occupation": "driver"})

    def signals(who, first, rp, months=1, day="2026-03-09", payer="PESERTA", as_of="2026-04-30"):
        payment = {
            "participant_key": who,
            "payment_date": day,
            "period": f"{day[:7]}-01",
            "first_month": f"{first}-01",
            "months": months,
            "programmes": 2,
            "amount_rp": rp,
            "payer": payer,
            "agent_code": "AB1",
            "branch_code": "B",
        }
        tables = {
            "raw.business_day": [{"business_date": as_of}],
            "core.contribution": [payment, payment | {"payment_date": "2026-03-08"}]
            if day < "2026-03-10"
            else [payment],
            "core.contribution_due": dues,
            "core.participant_spell": spells,
            "core.occupation_sector": [{"occupation": name, "sector": sector} for name, sector in sectors.items()],
        }
        return run("marts.quality_signal", tables, "period kind agent_code branch_code signal_count from_date to_date")

    march, days = date(2026, 3, 1), (date(2026, 3, 8), date(2026, 3, 9))
    wrong = [(march, "amount_of_another_sector", "AB1", "B", 2, *days)]
    assert signals("farmer", "2026-03", 8_400) == wrong
    assert signals("farmer", "2025-12", 16_800 + 8_400, months=2) == wrong
    assert signals("farmer", "2026-03", 16_800 + 8_400, months=2) == []  # the discount of April is the farmer's
    assert signals("driver", "2026-03", 16_800) == wrong  # paid more than is due
    assert signals("driver", "2026-03", 8_400) == signals("farmer", "2026-03", 16_800) == []
    assert signals("farmer", "2026-03", 8_400, day="2026-03-10") == []
    assert signals("farmer", "2026-04", 8_400) == signals("farmer", "2026-03", 8_401) == []
    assert signals("farmer", "2026-03", 8_400, payer="APBD") == signals("day labourer", "2026-03", 8_400) == []
    assert signals("farmer", "2026-03", 8_400, as_of="2027-02-28") == wrong
    assert signals("farmer", "2026-03", 8_400, as_of="2027-03-01") == []


def acquired_by(paid, unpaid, month=6):
    rows = [
        {
            "participant_key": f"p{n}",
            "agent_code": "AB1",
            "branch_code": "B",
            "period": f"2023-{month:02}-01",
            "registration_date": f"2023-{month:02}-{1 + n % 28:02}",
        }
        for n in range(paid + unpaid)
    ]
    return rows, [{"participant_key": f"p{n}", "total_rp": 1 if n < paid else 0} for n in range(paid + 1)]


def test_registrations_that_never_pay(signals):
    def found(*args):
        rows, accounts = acquired_by(*args)
        return signals(acquisitions=rows, accounts=accounts)

    kind, first = "registrations_never_paid", date(2023, 6, 1)
    assert found(0, 10) == [(first, kind, "AB1", "B", 10, first, date(2023, 6, 10), None)]
    assert found(10, 10) == [(first, kind, "AB1", "B", 10, date(2023, 6, 11), date(2023, 6, 20), None)]
    assert found(26, 25) == found(0, 9) == []
    assert found(0, 10, 7) == []  # three whole months have not passed


def test_signals_look_back_over_their_window(signals):
    def shared(day):
        return [registered(n, day, phone_key="x") for n in range(5)]

    assert signals(shared("2022-10-31")) == []
    assert len(signals(shared("2022-11-01"))) == 1


@pytest.fixture
def contradictions(run):
    columns = "month kind branch_code row_count accepted amount_rp other_branch_code from_no to_no from_date is_holding"

    def contradictions(**tables):
        said = {"branch_code": "B", "accepted": 20, "effective": True}
        deliveries = [
            said | {"delivery_id": f"{feed}-{day}", "feed": feed, "business_date": f"2023-{day}"}
            for feed in ("agents", "contributions", "registrations")
            for day in ("08-01", "09-29", "10-02")
        ]
        given = {f"core.{name}": rows for name, rows in tables.items()}
        return run("marts.contradiction", TODAY | {"core.delivery": deliveries} | given, columns)

    return contradictions


def test_payments_that_another_delivery_has_under_other_numbers(run, contradictions):
    paid = {
        "card_key": "c",
        "payment_date": "2023-09-12",
        "first_month": "2023-09-01",
        "months": 1,
        "programmes": 2,
        "amount_rp": 16_800,
        "payer": "PESERTA",
        "branch_code": "B",
        "delivery_id": "contributions-09-29",
        "business_date": "2023-09-29",
    }
    later = {"delivery_id": "contributions-10-02", "business_date": "2023-10-02"}
    payments = [
        paid | {"receipt_no": "B/1"},
        paid | {"receipt_no": "B/2"},  # in the same delivery: payment_stands_once tells of it
        paid | later | {"receipt_no": "SIP-1"},
        paid | later | {"receipt_no": "SIP-2", "branch_code": "C", "card_key": "c"},
        *(paid | later | {"receipt_no": "SIP-9", name: other} for name, other in [
            ("card_key", "d"), ("payment_date", "2023-09-13"), ("first_month", "2023-10-01"), ("months", 2),
            ("programmes", 3), ("amount_rp", -16_800), ("payer", "APBD"),
        ]),
    ]  # fmt: skip
    columns = "branch_code receipt_no first_branch_code first_receipt_no first_delivery_id"
    again = run("core.repeated_payment", {"core.contribution": payments}, columns)
    assert sorted(again) == [
        ("B", "SIP-1", "B", "B/1", "contributions-09-29"),
        ("C", "SIP-2", "B", "B/1", "contributions-09-29"),
    ]
    september, day = date(2023, 9, 1), date(2023, 9, 12)
    for count, holds in ((4, False), (5, True)):
        rows = [paid | later | {"receipt_no": f"SIP-{n}", "first_branch_code": "A" if n else "B"} for n in range(count)]
        assert contradictions(repeated_payment=rows) == [
            (september, "payment_again", "B", count, 20, count * 16_800, "A", "SIP-0", f"SIP-{count - 1}", day, holds)
        ]


def test_payments_that_do_not_fit_what_is_known_of_the_persons(run, contradictions):
    line = {"delivery_id": "contributions-10-02", "participant_key": "p", "programmes": 2, "amount_rp": 16_800}
    paid = [
        line | {"registered_programmes": 2},
        line | {"registered_programmes": 3},
        line | {"registered_programmes": None},
        line | {"registered_programmes": None, "participant_key": None},
    ]
    [kept] = run("core.kept_row", {"core.contribution": paid})
    assert kept == ("contributions-10-02", 4, 1, 1, 16_800, 1, 16_800, 0, 0, 0, 0)

    def told(rows, count):
        counted = {"row_count": rows, "other_programmes_count": count, "other_programmes_rp": 9 * count}
        counted |= {"too_early_count": count - 1, "too_early_rp": 7}
        return [row[1:6] for row in contradictions(kept_row=[{"delivery_id": "contributions-10-02"} | counted])]

    assert told(20, 4) == []
    assert told(20, 5) == [("programmes_of_others", "B", 5, 20, 45)]
    assert told(30, 7) == [("paid_before_registration", "B", 6, 20, 7), ("programmes_of_others", "B", 7, 20, 63)]


def test_cards_that_were_another_persons_before(run, contradictions):
    def named(card, person, day, no):
        row = {"card_key": card, "participant_key": person, "registration_date": f"2023-{day}", "registration_no": no}
        return row | {"delivery_id": "registrations-10-02", "branch_code": "B", "business_date": "2023-10-02"}

    rows = [
        named("c", "ani", "08-01", "R1") | {"delivery_id": "registrations-08-01"},
        named("c", "budi", "09-30", "R2"),
        named("c", "ani", "09-30", "R3"),
        named("d", "citra", "09-30", "R4"),
    ]
    cards = run("core.card", {"core.registration": rows}, "card_key participant_key is_disputed")
    assert cards == [("c", "ani", True), ("d", "citra", False)]
    disputed = [{"card_key": "c", "participant_key": "ani", "is_disputed": True}]
    assert contradictions(registration=rows, card=disputed) == [
        (date(2023, 9, 1), "card_of_another", "B", 1, 20, None, None, "R2", "R2", date(2023, 9, 30), False)
    ]


def test_rosters_that_contradict_the_one_before(contradictions):
    def spells(n, *changes, day="09-29", branch="B"):
        said = {"agent_code": f"AB{n}", "branch_code": branch, "joined_date": "2023-01-05", "status": "AKTIF"}
        one = said | {"wadah_code": "W1", "valid_from": "2023-01-05"}
        return [one, *(one | {"valid_from": f"2023-{day}"} | change for change in changes)]

    def told(*agents):
        return [row[1:4] + row[7:9] for row in contradictions(agent=[one for each in agents for one in each])]

    other, left = {"joined_date": "2023-01-06"}, {"status": "NONAKTIF"}
    back = {"valid_from": "2023-10-02"}
    assert told(spells(1, {"region_code": "5201"}), spells(2, other, day="09-28")) == []
    assert told(spells(1, other), spells(2, other)) == [("joined_otherwise", "B", 2, "AB1", "AB2")]
    assert told(spells(1, left, back), spells(2, left, back | {"wadah_code": "W2"})) == [
        ("came_back", "B", 1, "AB1", "AB1")
    ]
    assert told(spells(1, left, back | {"valid_from": "2024-03-29"})) == []  # after the months of a re-entry
    four = [spells(n, left) for n in range(4)]
    assert told(*four) == told(*four, spells(4, left, branch="C")) == told(*four, spells(4, left, day="10-02")) == []
    long_gone = [spells(5, left | {"valid_from": "2023-01-06"}, {})]
    assert told(*four, spells(4, left)) == [("status_turned", "B", 5, "AB0", "AB4")]
    assert told(*four, *long_gone) == [("status_turned", "B", 5, "AB0", "AB5")]
