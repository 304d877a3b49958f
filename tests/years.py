"""Many small days one after the other, with housekeeping each week: what grows, and what it should not.

    python tests/years.py 300
    python tests/years.py 300 /var/tmp/years        # goes on in that folder where an earlier run stopped

A branch delivers ten registrations and forty payments a day: ten people new, ten of each of the last three months.
After each month its incentives are closed. The clock of the machine does not move on like that, so each snapshot that
nobody needs is dropped at once. A line is printed each week: megabytes of the lake's files, of the catalog and of raw;
files, those of today, tables and columns that the catalog has records of, snapshots; seconds of processor time that a
day took on average, and housekeeping. In the end all of `perisai verify --full` has to hold.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

FIRST = date(2023, 9, 1)
WEEK = 7
ONE = 101
"""The number of the first person: one of zeros, or a NIK that ends in them, is a filler."""
META = "__ducklake_metadata_lake.ducklake"
WIDTHS = {"day": 5, "date": 10, "lake": 7, "catalog": 8, "raw": 7, "files": 6, "live": 6, "records": 7, "snapshots": 9}
WIDTHS |= {"a day": 6, "housekeeping": 12}


def deliver(house: Any, n: int) -> date:
    """Leaves the exports of the n-th day."""
    from house import agent, contribution, registration

    day = FIRST + timedelta(n)
    if n == 0:
        house.leave("NTB01", "agents", day.isoformat(), [agent(i) for i in range(1, 4)])
    new = [registration(ONE + 10 * n + i, registration_date=day.isoformat()) for i in range(10)]
    house.leave("NTB01", "registrations", day.isoformat(), new)
    paid = [
        contribution(
            100 * back + 10 * n + i, kpj=f"{ONE + 10 * (n - 30 * back) + i:011d}", receipt_no=f"PAY-{n:04d}{back}{i}",
            payment_date=day.isoformat(), first_month=f"{day:%Y-%m}",
        )
        for back in range(4)
        if n >= 30 * back
        for i in range(10)
    ]  # fmt: skip
    house.leave("NTB01", "contributions", day.isoformat(), paid)
    return day


def close_month(house: Any, day: date) -> None:
    """Closes the month that ends with a day."""
    from perisai import close

    month = day.replace(day=1)
    content = close.draft(house.settings, month, "a simulated month")["content_hash"]
    close.freeze(house.settings, month, content, "Kepala", f"{day + timedelta(1)}T09:00:00+08:00")
    close.statements(house.settings, month)


def size(folder: Path) -> float:
    """Megabytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def told(house: Any) -> dict[str, float]:
    """What there is on the disk and in the catalog."""
    query = f"""select
        (select count(*) from {META}_data_file where end_snapshot is null)
            + (select count(*) from {META}_delete_file where end_snapshot is null),
        (select count(*) from {META}_table) + (select count(*) from {META}_column),
        (select count(*) from {META}_snapshot)"""
    ((live, records, snapshots),) = house.lake(query)
    lake = house.settings.lake
    return {
        "lake": size(lake / "data"), "catalog": (lake / "catalog.ducklake").stat().st_size / 1e6,
        "raw": size(house.settings.raw), "files": sum(1 for _ in (lake / "data").rglob("*.parquet")),
        "live": live, "records": records, "snapshots": snapshots,
    }  # fmt: skip


def line(**values: object) -> None:
    """Prints a line of the table."""
    cells = {name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in values.items()}
    print(" ".join(cells[name].rjust(width) for name, width in WIDTHS.items()), flush=True)


def main() -> None:
    """Runs so many days."""
    from power import house_at

    from perisai import day as steps
    from perisai.housekeep import housekeep
    from perisai.verify import as_json, verify, wrong

    days = int(sys.argv[1])
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    folder = kept or Path(tempfile.mkdtemp())
    os.environ["PERISAI_KEEP_SNAPSHOT_DAYS"] = "0"
    logging.disable(logging.WARNING)
    house = house_at(folder / "home")
    done = folder / "days"
    begin = int(done.read_text()) if done.exists() else 0
    line(**{name: name for name in WIDTHS})
    week: list[float] = []
    for n in range(begin, days):
        day = deliver(house, n)
        begun = time.process_time()
        house.publish(day.isoformat())
        if (day + timedelta(1)).day == 1:
            close_month(house, day)
            steps.publish(house.settings)
        week.append(time.process_time() - begun)
        if n % WEEK == WEEK - 1 or n == days - 1:
            begun = time.process_time()
            housekeep(house.settings)
            spent = time.process_time() - begun
            line(day=n + 1, date=day, **told(house), **{"a day": sum(week) / len(week), "housekeeping": spent})
            week.clear()
            done.write_text(str(n + 1))
    found = verify(house.settings, full=True)
    if kept is None:
        shutil.rmtree(folder)
    sys.exit(as_json(found) if wrong(found) else None)


if __name__ == "__main__":
    main()
