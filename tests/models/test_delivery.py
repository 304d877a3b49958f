"""core.delivery and marts.delivery_day: what became of each delivery, and who sent nothing."""

from datetime import date, datetime, time

import pytest

D1, D2, D3 = date(2023, 10, 1), date(2023, 10, 2), date(2023, 10, 3)


def sent(delivery_id, day=D1, revision=1, sha256=None, **changes):
    row = {
        "delivery_id": delivery_id,
        "branch_code": "NTB01",
        "feed": "contributions",
        "business_date": day,
        "revision": revision,
        "arrival": 1,
        "file_name": f"{delivery_id}.csv",
        "sha256": sha256 or f"content of {delivery_id}",
        "lines": 10,
        "accepted": 10,
        "rejected": 0,
        "duplicates": 0,
        "judgement": "accepted",
    }
    return row | changes


@pytest.fixture
def outcomes(run):
    def outcomes(*deliveries):
        rows = run("core.delivery", {"raw.delivery": deliveries}, "delivery_id outcome")
        assert len(rows) == len(deliveries)
        return dict(rows)

    return outcomes


def test_deliveries_of_a_normal_day(run):
    rows = run(
        "core.delivery",
        {
            "raw.delivery": [
                sent("a"),
                sent("b", feed="claims", accepted=8, rejected=2, reason="2 rows rejected"),
                sent("c", feed="agents", judgement="refused", accepted=0, rejected=10, reason="a column is missing"),
                sent("d", feed="registrations", judgement="failed", lines=None, accepted=0, rejected=0),
            ]
        },
        "delivery_id outcome effective lines accepted rejected duplicates reason",
    )
    assert rows == [
        ("c", "refused", False, 10, 0, 10, 0, "a column is missing"),
        ("b", "accepted_with_rejects", True, 10, 8, 2, 0, "2 rows rejected"),
        ("a", "accepted", True, 10, 10, 0, 0, None),
        ("d", "failed", False, None, 0, 0, 0, None),
    ]


@pytest.mark.parametrize(("said", "verified"), [(10, True), (13, True), (11, False)])
def test_a_manifest_may_count_rows_that_are_no_data(run, said, verified):
    tables = {"raw.delivery": [sent("a", not_data=3, control_lines=said)]}
    assert run("core.delivery", tables, "lines not_data verified") == [(10, 3, verified)]


def test_a_correction_supersedes(run):
    rows = run(
        "core.delivery",
        {"raw.delivery": [sent("a"), sent("b", revision=2, arrival=2), sent("c", D2)]},
        "delivery_id outcome effective accepted reason",
    )
    assert rows == [
        ("a", "superseded", False, 10, "digantikan oleh b.csv / superseded by b.csv"),
        ("b", "accepted", True, 10, None),
        ("c", "accepted", True, 10, None),
    ]


def test_the_highest_revision_counts_whatever_arrived_last(outcomes):
    assert outcomes(sent("r3", revision=3, arrival=1), sent("r1", arrival=2), sent("r2", revision=2, arrival=3)) == {
        "r1": "superseded",
        "r2": "superseded",
        "r3": "accepted",
    }


def test_of_two_contents_under_one_name_the_later_arrival_counts(outcomes):
    assert outcomes(sent("second", arrival=8), sent("first", arrival=7)) == {
        "first": "superseded",
        "second": "accepted",
    }


def test_a_refused_correction_supersedes_nothing(outcomes):
    assert outcomes(sent("a"), sent("b", revision=2, judgement="refused")) == {"a": "accepted", "b": "refused"}


@pytest.mark.parametrize("again", [{"revision": 2, "arrival": 2}, {"day": D2}, {"day": D2, "revision": 2}])
def test_the_same_content_again_is_a_duplicate(run, again):
    first = sent("first", sha256="x", accepted=9, rejected=1)
    rows = run(
        "core.delivery",
        {"raw.delivery": [sent("again", sha256="x", accepted=9, rejected=1, **again), first]},
        "delivery_id outcome effective accepted rejected duplicates reason",
    )
    assert rows == [
        ("first", "accepted_with_rejects", True, 9, 1, 0, None),
        ("again", "duplicate", False, 0, 0, 10, "isinya sama dengan first.csv / the same content as first.csv"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"branch_code": "NTB02"},
        {"feed": "claims"},
        {"sha256": "y"},
        {"judgement": "refused", "outcome": "refused"},
    ],
)
def test_content_repeats_only_what_the_same_branch_and_feed_had_accepted(outcomes, other):
    expected = other.pop("outcome", "accepted")
    assert outcomes(sent("first", **({"sha256": "x"} | other)), sent("again", D2, sha256="x")) == {
        "first": expected,
        "again": "accepted",
    }


@pytest.mark.parametrize("feed", ["contributions", "agents"])
def test_a_delivery_of_which_no_row_was_accepted_supersedes_nothing_and_does_not_count(run, feed):
    rejected = {"feed": feed, "accepted": 0, "rejected": 10, "sha256": "x"}
    rows = run(
        "core.delivery",
        {
            "raw.delivery": [
                sent("good", feed=feed),
                sent("bad", revision=2, **rejected),
                sent("bad again", D2, **rejected),
                sent("nothing to report", D3, feed=feed, lines=0, accepted=0),
            ]
        },
        "delivery_id outcome effective rejected",
    )
    assert rows == [
        ("good", "accepted", True, 0),
        ("bad", "nothing_accepted", False, 10),
        ("bad again", "nothing_accepted", False, 10),
        ("nothing to report", "accepted", True, 0),
    ]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "Tidak satu baris pun diterima; lihat buku kerja / not one row was accepted; see the workbook"),
        (
            "kolom diabaikan / a column is ignored",
            "Tidak satu baris pun diterima; lihat buku kerja. kolom diabaikan"
            " / not one row was accepted; see the workbook. a column is ignored",
        ),
        (
            "satu / dua / one / two",
            "Tidak satu baris pun diterima; lihat buku kerja. satu / dua"
            " / not one row was accepted; see the workbook. one / two",
        ),
        (
            "a column is ignored",
            "Tidak satu baris pun diterima; lihat buku kerja"
            " / not one row was accepted; see the workbook. a column is ignored",
        ),
    ],
)
def test_why_nothing_was_accepted_stands_before_what_else_is_said_of_the_file_in_each_language(run, reason, said):
    nothing = sent("a", accepted=0, reason=reason)
    assert run("core.delivery", {"raw.delivery": [nothing]}, "reason") == [said]


def test_rosters_and_empty_files_are_never_duplicates(outcomes):
    assert set(
        outcomes(
            sent("a1", feed="agents", sha256="x"),
            sent("a2", D2, feed="agents", sha256="x"),
            sent("c1", sha256="y", lines=0, accepted=0),
            sent("c2", D2, sha256="y", lines=0, accepted=0),
        ).values()
    ) == {"accepted"}


def test_back_to_the_first_content_is_a_correction_not_a_duplicate(outcomes):
    assert outcomes(sent("a", sha256="x"), sent("b", revision=2, sha256="y"), sent("c", revision=3, sha256="x")) == {
        "a": "superseded",
        "b": "superseded",
        "c": "accepted",
    }


def test_a_file_sent_first_under_a_wrong_date_counts_under_the_right_one(outcomes):
    assert outcomes(
        sent("wrong date", D1, sha256="x"), sent("corrected", D1, revision=2, sha256="y"), sent("right", D2, sha256="x")
    ) == {"wrong date": "superseded", "corrected": "accepted", "right": "accepted"}


def test_what_a_later_arrival_of_the_same_name_replaced_can_be_sent_again(outcomes):
    assert outcomes(
        sent("first", arrival=1, sha256="x"), sent("second", arrival=2, sha256="y"), sent("next day", D2, sha256="x")
    ) == {"first": "superseded", "second": "accepted", "next day": "accepted"}


def test_a_delivery_that_no_feed_or_date_can_be_read_from_stays(outcomes):
    unreadable = sent("a", None, feed="unknown", judgement="refused", revision=None)
    assert outcomes(unreadable, unreadable | {"delivery_id": "b"}) == {"a": "refused", "b": "refused"}


def test_a_duplicate_as_correction_leaves_the_good_delivery_in_force(outcomes):
    assert outcomes(sent("day 1", D1, sha256="x"), sent("day 2", D2), sent("slip", D2, revision=2, sha256="x")) == {
        "day 1": "accepted",
        "day 2": "accepted",
        "slip": "duplicate",
    }


@pytest.mark.parametrize(
    ("totals", "verified"),
    [
        ({}, False),
        ({"control_lines": 10}, True),
        ({"control_lines": 11}, False),
        ({"control_lines": 10, "control_rp": 500, "counted_rp": 500}, True),
        ({"control_lines": 10, "control_rp": 500, "counted_rp": 499}, False),
        ({"control_lines": 10, "control_rp": 500, "counted_rp": None}, False),
        ({"control_rp": 500, "counted_rp": 500}, False),
    ],
)
def test_verified_only_by_totals_that_agree(run, totals, verified):
    assert run("core.delivery", {"raw.delivery": [sent("a", **totals)]}, "verified") == [verified]


def test_every_branch_and_feed_has_a_row_for_every_day(run):
    delivered = {
        "delivery_id": "x",
        "branch_code": "NTB01",
        "feed": "claims",
        "business_date": D1,
        "outcome": "accepted",
        "judgement": "accepted",
        "lines": 3,
        "accepted": 3,
        "rejected": 0,
        "duplicates": 0,
        "verified": True,
        "revision": 1,
        "file_name": "x.csv",
    }
    rows = run(
        "marts.delivery_day",
        {
            "core.delivery": [delivered],
            "raw.business_day": [{"business_date": D1}, {"business_date": D2}],
            "reference.branch": [{"branch_code": "NTB01"}, {"branch_code": "NTB02"}],
            "reference.feed": [{"feed": "claims"}],
        },
        "business_date branch_code feed outcome lines accepted verified reason",
    )
    absent = ("absent", 0, 0, False, "tidak ada file yang diterima / no file was received")
    assert rows == [
        (D1, "NTB01", "claims", "accepted", 3, 3, True, None),
        (D1, "NTB02", "claims", *absent),
        (D2, "NTB01", "claims", *absent),
        (D2, "NTB02", "claims", *absent),
    ]


def test_rows_whose_number_stands_for_something_else_are_told_of_and_do_not_count(run):
    def delivered(name, **changes):
        counts = {"lines": 5, "accepted": 5, "rejected": 0, "duplicates": 0, "effective": True, "outcome": "accepted"}
        whose = {"delivery_id": name, "branch_code": "NTB01", "feed": "claims", "business_date": D1}
        return whose | counts | {"judgement": "accepted", "reason": "", "revision": 1, "file_name": name} | changes

    def conflicts(name, n):
        return [{"delivery_id": name, "document_no": f"C{i}"} for i in range(n)]

    rows = run(
        "marts.delivery_day",
        {
            "core.delivery": [
                delivered("a"),
                delivered("b", reason="satu kolom diabaikan / a column is ignored"),
                delivered("c", accepted=3, rejected=1, duplicates=1, outcome="accepted_with_rejects"),
            ],
            "core.conflicting_row": conflicts("b", 2) + conflicts("c", 3),
            "reference.branch": [{"branch_code": "NTB01"}],
            "reference.feed": [{"feed": "claims"}],
        },
        "delivery_id outcome accepted rejected duplicates conflicting reason",
    )
    assert [row[:6] for row in rows] == [
        ("a", "accepted", 5, 0, 0, 0),
        ("b", "accepted_with_rejects", 3, 2, 0, 2),
        ("c", "nothing_accepted", 0, 4, 1, 3),
    ]
    assert rows[0][6] == ""
    assert rows[1][6] == (
        "2 baris tidak dihitung: nomornya sudah dipakai untuk isi lain; lihat buku kerja. satu kolom diabaikan"
        " / 2 rows do not count: their numbers stand for something else; see the workbook. a column is ignored"
    )
    assert rows[2][6].endswith(
        "lihat buku kerja / 3 rows do not count: their numbers stand for something else; see the workbook"
    )


def test_a_day_on_which_nothing_was_accepted_is_no_day_and_leaves_the_branch_behind(run, freshness):
    nothing = {
        "delivery_id": "x", "branch_code": "NTB01", "feed": "claims", "business_date": D3,
        "outcome": "nothing_accepted", "judgement": "accepted", "lines": 6, "accepted": 0, "rejected": 6,
    }  # fmt: skip
    given = {
        "core.delivery": [nothing],
        "reference.branch": [{"branch_code": "NTB01"}, {"branch_code": "NTB02"}],
        "reference.feed": [{"feed": "claims"}],
    }
    assert run("marts.delivery_day", given, "branch_code outcome") == [("NTB01", "nothing_accepted")]
    rows = freshness(
        day("accepted", D1), day("nothing_accepted", D3, reason="not one row"), day("accepted", D3, "NTB02")
    )
    assert rows[0] == ("NTB01", D1, D3, 2, "nothing_accepted", "not one row")


def test_a_branch_is_expected_only_while_it_exists_and_what_it_sends_besides_is_shown(run):
    sent_after_its_end = {
        "delivery_id": "x", "branch_code": "GONE", "feed": "claims", "business_date": D3,
        "outcome": "accepted", "judgement": "accepted", "lines": 1, "accepted": 1, "rejected": 0,
    }  # fmt: skip
    rows = run(
        "marts.delivery_day",
        {
            "core.delivery": [sent_after_its_end],
            "raw.business_day": [{"business_date": d} for d in (D1, D2, D3)],
            "reference.branch": [
                {"branch_code": "GONE", "valid_to": D2},
                {"branch_code": "NEW", "valid_from": D2},
                {"branch_code": "ONE", "valid_from": D3, "valid_to": D3},
            ],
            "reference.feed": [{"feed": "claims"}],
        },
        "business_date branch_code outcome expected",
    )
    assert rows == [
        (D1, "GONE", "absent", True),
        (D2, "GONE", "absent", True),
        (D2, "NEW", "absent", True),
        (D3, "GONE", "accepted", False),
        (D3, "NEW", "absent", True),
        (D3, "ONE", "absent", True),
    ]


def test_moments_are_told_by_the_clock_of_the_branch(run):
    clocks = {"A": "WIB", "B": "WITA", "C": "WIT", "D": None}
    received = datetime.fromisoformat("2023-10-01 17:30:05")
    delivered = [
        {
            "delivery_id": branch, "branch_code": branch, "feed": "claims", "business_date": D1, "outcome": "accepted",
            "judgement": "accepted", "received_utc": received,
        }
        for branch in clocks
    ]  # fmt: skip
    deadlines = [
        {"feed": "claims", "valid_from": date(2023, 9, 1), "valid_to": D1, "days_after": 1, "by_time": time(12)},
        {"feed": "claims", "valid_from": D2, "days_after": 0, "by_time": time(23, 59, 59)},
        {"feed": "agents", "valid_from": D1, "days_after": 9, "by_time": time(9)},
    ]
    rows = run(
        "marts.delivery_day",
        {
            "core.delivery": delivered,
            "raw.business_day": [{"business_date": d} for d in (D1, D2, date(2023, 8, 31))],
            "reference.branch": [{"branch_code": code, "time_zone": zone} for code, zone in clocks.items()],
            "reference.feed": [{"feed": "claims"}],
            "reference.feed_deadline": deadlines,
        },
        "business_date branch_code received_at due_at",
    )
    assert [row[1:] for row in rows if row[0] == D1] == [
        ("A", datetime.fromisoformat("2023-10-02 00:30:05"), datetime.fromisoformat("2023-10-02 12:00")),
        ("B", datetime.fromisoformat("2023-10-02 01:30:05"), datetime.fromisoformat("2023-10-02 12:00")),
        ("C", datetime.fromisoformat("2023-10-02 02:30:05"), datetime.fromisoformat("2023-10-02 12:00")),
        ("D", None, datetime.fromisoformat("2023-10-02 12:00")),
    ]
    assert {row[2:] for row in rows if row[0] == D2} == {(None, datetime.fromisoformat("2023-10-02 23:59:59"))}
    assert {row[2:] for row in rows if row[0] < D1} == {(None, None)}


def test_refused_deliveries_are_not_absent_and_make_no_day_of_their_own(run):
    refused = {
        "delivery_id": "x",
        "branch_code": "NTB01",
        "feed": "claims",
        "business_date": D3,
        "outcome": "refused",
        "judgement": "refused",
    }
    unreadable = refused | {"delivery_id": "y", "feed": "unknown", "business_date": None, "verified": False}
    rows = run(
        "marts.delivery_day",
        {
            "core.delivery": [refused, unreadable],
            "reference.branch": [{"branch_code": "NTB01"}, {"branch_code": "NTB02"}],
            "reference.feed": [{"feed": "claims"}],
        },
        "business_date branch_code feed outcome lines rejected",
    )
    assert rows == [
        (D3, "NTB01", "claims", "refused", 0, 0),
        (None, "NTB01", "unknown", "refused", 0, 0),
    ]


def day(outcome, business_date=D1, branch="NTB01", feed="claims", **changes):
    row = {"branch_code": branch, "feed": feed, "business_date": business_date, "outcome": outcome, "revision": 1}
    return row | changes


@pytest.fixture
def freshness(run):
    def freshness(*days, **lives):
        given = {
            "marts.delivery_day": days,
            "reference.branch": [{"branch_code": code} | lives.get(code, {}) for code in ("NTB01", "NTB02")],
            "reference.feed": [{"feed": "claims"}],
        }
        return run("marts.freshness", given, "branch_code usable_date missing_since days_behind outcome reason")

    return freshness


def test_who_delivered_the_latest_day_is_fresh_and_who_never_did_is_behind_since_the_first(freshness):
    rows = freshness(
        day("accepted", D1),
        day("accepted_with_rejects", D3),
        day("absent", D1, "NTB02", reason="tidak ada file yang diterima / no file was received"),
        day("absent", D3, "NTB02", reason="tidak ada file yang diterima / no file was received"),
    )
    assert rows == [
        ("NTB01", D3, None, 0, None, None),
        ("NTB02", None, D1, 3, "absent", "tidak ada file yang diterima / no file was received"),
    ]


def test_who_is_behind_is_so_since_the_day_after_the_last_usable_one_for_the_latest_reason(freshness):
    rows = freshness(
        day("accepted", D1),
        day("absent", D2, reason="tidak ada file yang diterima / no file was received"),
        day("refused", D3, reason="a column is missing"),
        day("refused", D3, revision=2, reason="the file is empty"),
        day("accepted", D3, "NTB02"),
    )
    assert rows[0] == ("NTB01", D1, D2, 2, "refused", "the file is empty")


def test_a_file_that_was_replaced_is_not_behind(freshness):
    rows = freshness(day("superseded", D3), day("accepted", D3, revision=2), day("duplicate", D3, revision=3))
    assert rows[0] == ("NTB01", D3, None, 0, None, None)
    assert rows[1] == ("NTB02", None, None, 1, None, None)


def test_a_branch_is_behind_for_the_days_that_it_existed_only(freshness):
    days = (day("accepted", D1), day("absent", D2), day("refused", D3, reason="late"), day("accepted", D3, "NTB02"))
    closed = freshness(*days, NTB01={"valid_to": D2}, NTB02={"valid_from": D3})
    assert closed == [("NTB01", D1, D2, 1, "absent", None), ("NTB02", D3, None, 0, None, None)]
    assert freshness(*days, NTB01={"valid_to": D1})[0] == ("NTB01", D1, None, 0, None, None)
    opened = freshness(day("accepted", D1), day("absent", D3, "NTB02"), day("accepted", D3), NTB02={"valid_from": D2})
    assert opened[1] == ("NTB02", None, D3, 2, "absent", None)
    assert [row[0] for row in freshness(*days, NTB02={"valid_from": date(2023, 10, 4)})] == ["NTB01"]
    assert [row[0] for row in freshness(*days, NTB02={"valid_to": date(2023, 9, 30)})] == ["NTB01"]
    sent_later = freshness(day("absent", D1), day("accepted", D3), day("accepted", D3, "NTB02"), NTB01={"valid_to": D2})
    assert sent_later[0] == ("NTB01", D3, None, 0, None, None)
