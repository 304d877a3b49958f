"""What is called when something that somebody has to do was not done in time. Airflow's triggerer imports this."""

from __future__ import annotations

import json
import logging
from html import escape
from typing import Any

from perisai.settings import Settings

SUBJECT = "Insentif belum disetujui / incentives not approved"
BODY = (
    "Penutupan insentif bulan lalu belum selesai pada batas waktunya; setujui atau tolak di Airflow."
    " / Last month's incentives are not closed in time; approve or reject them in Airflow."
)

log = logging.getLogger(__name__)


async def approval_overdue(context: dict[str, Any]) -> str:
    """Says that a month of incentives was not closed in time: in the log, and by mail where an address is set.

    The mail goes through Airflow's connection ``smtp_default``. Airflow keeps the text with the missed deadline.

    Args:
        context: what Airflow tells of the run: ``dag_run`` and ``deadline``.
    """
    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    said = {"alert": "incentive_close_overdue", "run": run["dag_run_id"], "state": run["state"], "due": str(due)}
    text = " ".join(f"{name}={json.dumps(value)}" for name, value in said.items())
    log.error(text)
    if to := Settings().alert_mail:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        await SmtpNotifier(to=to, subject=SUBJECT, html_content=f"<p>{BODY}</p><p>{escape(text)}</p>").async_notify({})
    return text
