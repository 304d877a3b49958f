"""marts.reconciliation: figures of others beside our own, those of branches and those that were published."""

from datetime import date

AS_OF = {"raw.business_day": [{"business_date": "2023-10-12"}, {"business_date": "2023-10-13"}]}


def delivery(delivery_id, outcome="accepted", day="2023-10-01", **changes):
    row = {
        "delivery_id": delivery_id,
        "branch_code": "NTB01",
        "feed": "contributions",
        "business_date": day,
        "outcome": outcome,
        "effective": outcome.startswith("accepted"),
        "lines": 10,
    }
    return row | changes


def test_control_totals_of_what_stands_in_the_end(run):
    deliveries = [
        delivery("a", control_lines=10, control_rp=500, counted_rp=500),
        delivery("refused, then corrected", "refused", "2023-10-02", control_lines=99),
        delivery("correction", "accepted_with_rejects", "2023-10-02"),
        delivery("refused", "refused", "2023-10-03", control_lines=12, control_rp=700),
        delivery("superseded", "superseded", "2023-10-04", control_lines=99),
        delivery("duplicate", "duplicate", "2023-10-05", control_lines=99),
        delivery("claims", feed="claims", control_lines=10),
        delivery("elsewhere", "failed", branch_code="XX", lines=None, control_lines=4),
    ]
    rows = run(
        "marts.reconciliation",
        AS_OF | {"core.delivery": deliveries},
        "subject region_code branch_code feed period published computed difference agrees self_consistent source",
    )
    day = date(2023, 10, 13)
    end = (True, "manifest cabang / manifest of the branch")
    assert rows == [
        ("manifest_amount_rp", "5271", "NTB01", "contributions", day, 1200, 500, 700, False, *end),
        ("manifest_lines", "5271", "NTB01", "claims", day, 10, 10, 0, True, *end),
        ("manifest_lines", "5271", "NTB01", "contributions", day, 22, 20, 2, False, *end),
        ("manifest_lines", None, "XX", "contributions", day, 4, 0, 4, False, *end),
    ]


def test_payments_for_unknown_cards_are_counted_by_branch(run):
    deliveries = [
        delivery("a"),
        delivery("b"),
        delivery("c", branch_code="NTB02"),
        delivery("d", feed="registrations"),
    ]
    kept = [
        {"delivery_id": "a", "row_count": 2, "unresolved_count": 1},
        {"delivery_id": "b", "row_count": 5, "unresolved_count": 2},
        {"delivery_id": "c", "row_count": 1, "unresolved_count": 0},
        {"delivery_id": "d", "row_count": 9, "unresolved_count": 0},
    ]
    rows = run(
        "marts.reconciliation",
        AS_OF | {"core.delivery": deliveries, "core.kept_row": kept},
        "subject branch_code published computed difference self_consistent",
    )
    assert rows == [
        ("unresolved_contributions", "NTB02", None, 0, None, True),
        ("unresolved_contributions", "NTB01", None, 3, None, True),
    ]


def test_rows_that_came_again_are_counted(run):
    rows = run(
        "marts.reconciliation",
        AS_OF
        | {
            "core.delivery": [
                delivery("a", accepted=2),
                delivery("b", day="2023-10-02", accepted=3),
                delivery("c", "superseded", accepted=3),
                delivery("d", feed="registrations", accepted=1),
                delivery("e", feed="claims", accepted=1),
                delivery("f", feed="agents", accepted=7),
            ],
            "core.kept_row": [{"delivery_id": "a", "row_count": 2}, {"delivery_id": "b", "row_count": 1}],
            "core.claim_status": [{"delivery_id": "e"}],
        },
        "subject feed computed",
    )
    assert [row for row in rows if row[0] == "repeated_rows"] == [
        ("repeated_rows", "claims", 0),
        ("repeated_rows", "contributions", 2),
        ("repeated_rows", "registrations", 1),
    ]


def test_published_figures_stand_beside_the_rest(run):
    compared = {
        "subject": "protected",
        "region_code": "72",
        "period_from": date(2023, 1, 1),
        "period_to": date(2023, 10, 13),
        "published": 21521,
        "computed": 20586,
        "agrees": False,
        "self_consistent": False,
        "source": "press",
    }
    rows = run(
        "marts.reconciliation",
        {"marts.published_comparison": [compared]},
        "subject region_code branch_code feed period_from period published computed difference agrees "
        "self_consistent source",
    )
    assert rows == [
        ("protected", "72", None, None, date(2023, 1, 1), date(2023, 10, 13), 21521, 20586, 935, False, False, "press")
    ]
