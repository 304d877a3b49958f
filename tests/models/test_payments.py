"""core.payment_month: what was received, by the month of receipt."""

from datetime import date

LINE = {
    "period": "2023-09-01",
    "branch_code": "NTB01",
    "agent_code": "AB1",
    "agent_branch_code": "NTB01",
    "programmes": 3,
    "payer": "PESERTA",
    "participant_key": "ani",
    "contribution_month": "2023-09-01",
    "is_refund": False,
    "received_rp": 36_800,
}


def test_people_months_and_rupiah_of_a_period(run):
    lines = [
        LINE,
        LINE | {"contribution_month": "2023-10-01"},  # a second month of the same payment, or of another card
        LINE | {"participant_key": "budi"},
        LINE | {"participant_key": "budi", "is_refund": True, "received_rp": -6_800},
        LINE | {"branch_code": "NTB02"},  # a person who pays at two branches
        LINE | {"agent_code": None, "agent_branch_code": None},
        LINE | {"programmes": 2, "received_rp": 16_800},
        LINE | {"payer": "APBD"},
        LINE | {"period": "2023-10-01"},
    ]
    september, october = date(2023, 9, 1), date(2023, 10, 1)
    assert run("core.payment_month", {"core.contribution_month": lines}) == [
        (september, "NTB01", "AB1", "NTB01", 2, "PESERTA", 1, 1, 16_800),
        (september, "NTB01", "AB1", "NTB01", 3, "APBD", 1, 1, 36_800),
        (september, "NTB01", "AB1", "NTB01", 3, "PESERTA", 2, 2, 103_600),
        (september, "NTB01", None, None, 3, "PESERTA", 1, 1, 36_800),
        (september, "NTB02", "AB1", "NTB01", 3, "PESERTA", 1, 1, 36_800),
        (october, "NTB01", "AB1", "NTB01", 3, "PESERTA", 1, 1, 36_800),
    ]
