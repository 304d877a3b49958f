"""A file that takes too much time or memory gets no verdict: it is failed, and a later run reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus.files import PAYMENTS, payment, xlsx
from house import OF_DELIVERIES, House, contribution

from perisai import rejects
from perisai.settings import Settings
from perisai.step import opened_lake, sealer

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
pytestmark = pytest.mark.marts(*OF_DELIVERIES)

LINES = 5_001  # a processor counts its time in ticks of milliseconds, in which a small workbook is read
LEDGER = "select branch_code, judgement, lines, accepted, reason from raw.delivery order by branch_code"
DAY_OF_BRANCH = """
select branch_code, outcome, lines from marts.delivery_day
where business_date = '2023-09-16' and feed = 'contributions' and branch_code in ('NTB01', 'NTB02') order by all
"""


def test_a_file_that_takes_too_long_is_failed_shown_and_read_by_a_later_run(tmp_path: Path) -> None:
    def house(seconds: float) -> House:
        return House(Settings(home=tmp_path / "data", **KEYS, max_missing_share=1, reader_seconds=seconds))

    hurried, patient = house(0.001), house(60)
    book = hurried.leave("NTB01", "contributions", "2023-09-16", xlsx([PAYMENTS, *map(payment, range(1, LINES + 1))]))
    hurried.leave("NTB02", "contributions", "2023-09-16", [contribution(1, branch_code="NTB02")])
    receipt = hurried.build("2023-09-16")
    assert (receipt["deliveries"], receipt["failed"], receipt["refused"]) == (2, 1, 0)
    (failed, accepted) = hurried.lake(LEDGER)
    assert failed[:4] == ("NTB01", "failed", 0, 0)
    assert "PERISAI_READER_SECONDS" in failed[4]
    assert accepted[:4] == ("NTB02", "accepted", 1, 1)
    assert hurried.lake(DAY_OF_BRANCH) == [("NTB01", "failed", 0), ("NTB02", "accepted", 1)]
    with opened_lake(hurried.settings) as con:
        assert rejects.write_workbooks(con, hurried.settings, sealer(hurried.settings)) == 0
    assert not [*hurried.settings.workbooks.rglob("*.xlsx")]

    again = hurried.load("2023-09-16")
    assert (again["changed"], again["deliveries"]) == (False, 0)

    book.unlink()  # it is in ``raw``; the branch need not send it again
    later = patient.build("2023-09-17")
    assert (later["deliveries"], later["accepted"]) == (1, 1)
    assert patient.lake(LEDGER)[0] == ("NTB01", "accepted", LINES, LINES, "")
    assert patient.lake(DAY_OF_BRANCH) == [("NTB01", "accepted", LINES), ("NTB02", "accepted", 1)]
    assert patient.load("2023-09-17")["deliveries"] == 0
