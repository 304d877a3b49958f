"""marts.validation_result: which rules were broken, where and how often."""

from datetime import date

DAY = date(2023, 10, 1)


def test_each_broken_rule_stands_beside_its_delivery(run):
    delivery = {"branch_code": "NTB01", "feed": "claims", "business_date": DAY}
    broken = {"severity": "error", "evaluated": 9}
    rows = run(
        "marts.validation_result",
        {
            "core.delivery": [
                {**delivery, "delivery_id": "d1", "file_name": "one.csv", "outcome": "superseded"},
                {**delivery, "delivery_id": "d2", "file_name": "two.csv", "outcome": "accepted_with_rejects"},
            ],
            "raw.validation": [
                {**broken, "delivery_id": "d2", "rule": "kpj_form", "failed": 2, "reason": "Sebelas / Eleven"},
                {**broken, "delivery_id": "d2", "rule": "amount", "failed": 1, "severity": "warning"},
                {**broken, "delivery_id": "d1", "rule": "kpj_form", "failed": 9},
            ],
        },
        "business_date branch_code feed file_name outcome rule severity reason evaluated failed",
    )
    assert rows == [
        (DAY, "NTB01", "claims", "one.csv", "superseded", "kpj_form", "error", None, 9, 9),
        (DAY, "NTB01", "claims", "two.csv", "accepted_with_rejects", "amount", "warning", None, 9, 1),
        (DAY, "NTB01", "claims", "two.csv", "accepted_with_rejects", "kpj_form", "error", "Sebelas / Eleven", 9, 2),
    ]
