"""Tasks that several DAGs have, and what tasks have in common.

The DAG files import it, and Airflow parses these all day long: it imports nothing heavy until a task runs.
"""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule, get_current_context, task

from perisai.errors import DayFailed, NotYet
from perisai.settings import Settings

WAREHOUSE = Asset("perisai_warehouse", uri="perisai://published/warehouse.duckdb", group="perisai")
BECAUSE = "{{ params.publish_because or '' }}"
PUBLISH_BECAUSE = Param(
    None,  # since Airflow's Trigger button asks for a text wherever an empty one is the default
    type=["null", "string"],
    title="Publish all the same, because",
    description="Empty: the bounds hold. Else why what is published may move beyond them this once; kept with the"
    " version.",
)
WAIT_AND_RETRY: dict[str, Any] = {
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    # The first rule that matches holds: a lock is let go some time, what the data says no to stays so.
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=NotYet, action=RetryAction.RETRY, reason="not there yet"),
            RetryRule(exception=DayFailed, action=RetryAction.FAIL, reason="the data or the settings say no"),
        ]
    ),
}


def receipt_of(step: str, *what: date | str | int, module: str = "day", **more: bool) -> dict[str, Any]:
    """Run a step, and let a mapped task be named by what it counted."""
    receipt: dict[str, Any] = getattr(import_module(f"perisai.{module}"), step)(Settings(), *what, **more)
    counted = ", ".join(f"{n} {name}" for name, n in receipt.items() if type(n) is int)
    get_current_context()["counted"] = f": {counted}" if counted else ""  # type: ignore[typeddict-unknown-key]
    return receipt


@task(outlets=[WAREHOUSE])
def publish(because: str) -> dict[str, Any]:
    """Swaps in the file that analysts open, once it has passed its audit."""
    receipt = receipt_of("publish", because)
    get_current_context()["outlet_events"][WAREHOUSE].extra = receipt
    return receipt


@task
def report() -> dict[str, Any]:
    """Draws what head office looks at, from the published file."""
    return receipt_of("report")


@task(retries=3)
def announce() -> dict[str, Any]:
    """Tells by mail and webhook that a version is there: once for each version."""
    return receipt_of("announce", module="announce")
