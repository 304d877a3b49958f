"""Runs one day after the other in a house, from a branch's file to the report, until it is killed.

Tells each published version by a line, so that whoever reads the house meanwhile knows that it changed.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

from house import House, contribution

from perisai.settings import Settings


def main(home: str) -> None:
    house = House(Settings(home=Path(home), hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    day = date(2023, 10, 15)
    while True:
        # somebody pays ahead, so that no count of this month moves
        number = 900_100 + day.day
        row = contribution(900_001, receipt_no=f"PAY-{number}", payment_date=str(day), first_month="2023-10")
        house.leave("NTB01", "contributions", str(day), [row])
        house.run(str(day))
        print((house.settings.published / "current").resolve().name, flush=True)
        day += timedelta(days=1)


if __name__ == "__main__":
    main(sys.argv[1])
