"""The business date that is meant where none is named."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from perisai import intake
from perisai.branches import expected
from perisai.errors import DayFailed
from perisai.settings import Settings
from transforms.delivery import dated


def newest_date(settings: Settings) -> date:
    """The newest date in the names of files for which enough branches delivered, so that no typo counts.

    Every landing place is asked: folders, SFTP servers and S3 buckets. One that cannot be read is left out here;
    ``extract`` reports what is wrong with it.

    Raises:
        DayFailed: on no date did enough branches deliver.
    """
    senders: dict[date, set[str]] = defaultdict(set)
    for branch, name in intake.names(settings):
        if found := dated(name):
            senders[found].add(branch)
    dates = []
    for found, who in senders.items():
        there = {branch.code for branch in expected(settings.reference, found)}
        if there and len(who & there) >= (1 - settings.max_missing_share) * len(there):
            dates.append(found)
    if not dates:
        raise DayFailed(
            f"on no date did enough branches deliver to {settings.landing} or to the places that branch.csv names;"
            " name the date: --day 2023-10-13"
        )
    return max(dates)
