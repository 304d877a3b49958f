"""What keeps a home in order each night: housekeeping, then a look at everything.

Only the order is here. What a step does is in ``perisai.housekeep`` and ``perisai.verify``, which are imported when a
task runs: Airflow parses this file all day long.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule, chain, dag, task

from perisai.errors import DayFailed, NotYet
from perisai.runs import OWNER, ZONE
from perisai.settings import Settings

DOC = """
### What it does

`housekeep` writes small files of the lake anew as few, drops the snapshots that no closed month, draft, published
version or reader needs, and removes what killed runs left; copies, corrected rejects and logs go after the time that
`PERISAI_KEEP_RAW_YEARS`, `PERISAI_KEEP_REJECTS_DAYS` and `PERISAI_KEEP_LOGS_DAYS` set. `verify` then looks at the whole
home: copies, lake, vault, rejected rows, marts, published versions, closed months.

### When a square is red

The last lines of the log name what is wrong, and what to do. Nothing is mended by itself. Days go on being loaded: each
step looks at what it needs, and refuses what is damaged.
"""


@task(retries=2)
def housekeep() -> dict[str, Any]:
    """Keeps the lake as large as its data, and removes what killed runs left, and what is kept for a time only."""
    from airflow.sdk.configuration import conf

    from perisai.housekeep import housekeep as keep

    return keep(Settings(), Path(conf.get("logging", "base_log_folder")))


@task(retries=2)
def verify() -> dict[str, Any]:
    """Looks at everything, and fails if something is wrong."""
    from perisai.verify import verify_or_fail

    return verify_or_fail(Settings())


@dag(
    dag_id="housekeeping",
    dag_display_name="Perisai: housekeeping",
    description="Keep the lake as large as its data, and look at everything",
    doc_md=DOC,
    schedule=CronTriggerTimetable("0 22 * * *", timezone=ZONE.key, run_immediately=False),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": OWNER,
        "retry_delay": timedelta(minutes=10),
        "retry_policy": ExceptionRetryPolicy(
            rules=[
                RetryRule(exception=NotYet, action=RetryAction.RETRY, reason="another run holds the home"),
                RetryRule(exception=DayFailed, action=RetryAction.FAIL, reason="something is wrong; the log names it"),
            ]
        ),
    },
    tags=["perisai", "perawatan / upkeep"],
)
def housekeeping() -> None:
    """Keep a home in order."""
    chain(housekeep(), verify())


housekeeping()
