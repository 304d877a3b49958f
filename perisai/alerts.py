"""What is called when something that somebody has to do was not done in time. Airflow's triggerer imports this."""

from __future__ import annotations

import json
import logging
from typing import Any

log = logging.getLogger(__name__)


async def approval_overdue(context: dict[str, Any]) -> str:
    """Says that a month of incentives was not closed in time; Airflow keeps the text with the missed deadline.

    Args:
        context: what Airflow tells of the run: ``dag_run`` and ``deadline``.
    """
    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    said = {"alert": "incentive_close_overdue", "run": run["dag_run_id"], "state": run["state"], "due": str(due)}
    text = " ".join(f"{name}={json.dumps(value)}" for name, value in said.items())
    log.error(text)
    return text
