"""How well branches report, counted by hand: from names, times and lines of the files that the demo's branches left.

Nothing here is asked of the warehouse but the figures that are compared. What a file is worth the demo says itself;
when it was left its time says; what was due when is the rule in words: by noon of the day after, in Central Indonesia.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import House

import demo

FEEDS = ("registrations", "contributions", "claims", "agents")
BRANCHES = ("NTB01", "NTB02", "NTB03", "NTB04", "NTB05", "STG01", "STG02", "STG03")
DATES = [date(2023, 9, 30) + timedelta(days=n) for n in range(15)]
"""The go-live export, thirteen days, and the fourteenth, for which only NTB01 has sent anything."""
EIGHT_HOURS = timedelta(hours=8)


class File(NamedTuple):
    revision: int
    outcome: str
    lines: int
    rejected: int
    left: datetime


def lines_of(path: Path) -> int:
    """Lines below the header; the demo's cells have no line ends in them."""
    return max(len(path.read_text(encoding="utf-8-sig").splitlines()) - 1, 0)


@pytest.fixture(scope="module")
def files(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, date], list[File]]:
    """The files in the folder of each branch, by feed and date, in the order of their revisions.

    One of another branch is refused where it lies.
    """
    said = {
        (sent.folder, sent.file_name): sent for sent in demo.make(tmp_path_factory.mktemp("said"), demo.Size.small).sent
    }
    found = defaultdict(list)
    for path in sorted(demo_house.settings.landing.glob("*/*.csv")):
        branch, (_, feed, day) = path.parent.name, path.stem.split("_")[:3]
        revision = int(path.stem.rpartition("_r")[2]) if "_r" in path.stem[-4:] else 1
        sent = said.get((branch, path.name))
        left = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        outcome, rejected = (sent.outcome, sent.rejected) if sent else ("accepted", 0)
        found[branch, feed, date.fromisoformat(day)].append(File(revision, outcome, lines_of(path), rejected, left))
    return {key: sorted(files) for key, files in found.items()}


def days_late(day: date, left: datetime) -> int:
    """Days begun since noon of the day after, which is four in the morning of UTC."""
    due = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=1)
    return -((due - left) // timedelta(days=1)) if left > due else 0


def by_hand(files: dict[tuple[str, str, date], list[File]], branches: Any, feed: str, month: int) -> dict[str, Any]:
    """The figures of a month over some branches."""
    late: list[int] = []
    count: dict[str, int] = defaultdict(int)
    for day in (day for day in DATES if day.month == month):
        for branch in branches:
            came = files.get((branch, feed, day), [])
            count["expected"] += 1
            refused = [file for file in came if file.outcome in ("refused", "nothing_accepted")]
            good = [file for file in came if file.outcome.startswith("accepted")]
            replaced = [file for file in came if file.outcome == "superseded"]
            count["refused"] += bool(refused)
            if good:
                count["delivered"] += 1
                put_right = [file for file in refused if (file.revision, file.left) < (good[0].revision, good[0].left)]
                count["corrected"] += bool(put_right or replaced)
                late.append(days_late(day, min(file.left for file in good + replaced)))
            for file in (good or refused)[-1:]:
                count["lines"] += file.lines
                count["rejected"] += file.rejected
    tardy = [days for days in late if days]
    names = ("expected", "delivered", "refused", "corrected", "lines", "rejected")
    return {name: count[name] for name in names} | {
        "on_time": len(late) - len(tardy),
        "late": len(tardy),
        "days_late_median": statistics.median(tardy) if tardy else None,
        "days_late_worst": max(tardy, default=None),
    }


COLUMNS = (
    "expected", "delivered", "refused", "corrected", "lines", "rejected", "on_time", "late", "days_late_median",
    "days_late_worst",
)  # fmt: skip
UNITS = {
    **{("branch", branch): (branch,) for branch in BRANCHES},
    ("office", "KW-BNP"): BRANCHES[:5],
    ("office", "KW-SLM"): BRANCHES[5:],
    ("province", "52"): BRANCHES[:5],
    ("province", "72"): BRANCHES[5:],
    ("nation", "00"): BRANCHES,
}


def test_punctuality_is_what_a_count_of_the_files_by_hand_gives(
    demo_house: House, files: dict[tuple[str, str, date], list[File]]
) -> None:
    found = {
        (level, code, feed, month.month): dict(zip(COLUMNS, figures, strict=True))
        for month, level, code, feed, *figures in demo_house.published(
            f"select month, unit_level, unit_code, feed, {', '.join(COLUMNS)} from marts.reporting_month"
        )
    }
    counted = {
        (*unit, feed, month): by_hand(files, branches, feed, month)
        for unit, branches in UNITS.items()
        for feed in FEEDS
        for month in (9, 10)
    }
    assert found == counted
    assert demo_house.published("select sum(untimed), sum(unexpected) from marts.reporting_month") == [(0, 0)]


def test_three_figures_as_a_reader_of_the_demos_page_counts_them(demo_house: House) -> None:
    def october(branch: str, feed: str) -> list[tuple[Any, ...]]:
        return demo_house.published(
            "select expected, delivered, missing, on_time, late, days_late_worst, refused, corrected"
            " from marts.reporting_month"
            f" where month = date '2023-10-01' and unit_code = '{branch}' and feed = '{feed}'"
        )

    # 14 dates; the 5th and the 14th are missing
    assert october("NTB04", "agents") == [(14, 12, 2, 12, 0, None, 0, 0)]
    # the 14th is missing; the 7th was an hour late; the file of the 10th was refused, and the right one two hours late
    assert october("NTB05", "registrations") == [(14, 13, 1, 11, 2, 1, 1, 1)]
    # the 9th and the 14th are missing; the 11th came on the 14th at ten in the evening
    assert october("STG02", "claims") == [(14, 12, 2, 11, 1, 3, 0, 0)]


def test_the_demos_last_day_is_compared_with_the_days_before(demo_house: House) -> None:
    found = demo_house.published("select kind, branch_code, feed, rule from marts.reporting_change")
    silent = [(branch, feed) for kind, branch, feed, _ in found if kind == "silent"]
    expected = {(branch, feed) for branch in BRANCHES for feed in FEEDS} - {
        ("NTB01", feed) for feed in ("registrations", "contributions", "claims")
    }
    assert sorted(silent) == sorted(expected)
    assert {branch for kind, branch, _, _ in found if kind != "silent"} <= {"NTB01"}


def test_when_a_file_was_left_is_kept_with_its_delivery(demo_house: House) -> None:
    [(utc, local)] = demo_house.lake(
        "select core.received_utc, mart.received_at from core.delivery as core"
        " join marts.delivery_day as mart using (delivery_id) where core.file_name = 'NTB02_claims_2023-10-03.csv'"
    )
    assert (f"{utc}", f"{local}") == ("2023-10-03 22:00:00", "2023-10-04 06:00:00")
