"""Callbacks for missed deadlines. Airflow's triggerer imports this module."""

from __future__ import annotations

import json
import logging
from html import escape
from typing import Any

from perisai.settings import Settings

log = logging.getLogger(__name__)


async def approval_overdue(context: dict[str, Any]) -> str:
    """Alerts that a month of incentives was not closed in time; see ``_alert``."""
    return await _alert(
        context,
        "incentive_close_overdue",
        "Insentif belum disetujui / incentives not approved",
        "Penutupan insentif bulan lalu belum selesai pada batas waktunya; setujui atau tolak di Airflow."
        " / Last month's incentives are not closed in time; approve or reject them in Airflow.",
    )


async def publication_overdue(context: dict[str, Any]) -> str:
    """Alerts that a day was not published in time; see ``_alert``."""
    return await _alert(
        context,
        "publication_overdue",
        "Data hari ini belum terbit / today's data is not published",
        "Muatan harian belum selesai pada batas waktunya; yang terbit masih data sebelumnya. Lihat di Airflow."
        " / The daily load is not done in time; what is published is the day before. Have a look in Airflow.",
    )


async def _alert(context: dict[str, Any], alert: str, subject: str, body: str) -> str:
    """Logs the alert, and mails it where an address is set.

    The mail goes through Airflow's connection ``smtp_default``. Airflow keeps the text with the missed deadline.
    """
    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    said = {"alert": alert, "run": run["dag_run_id"], "state": run["state"], "due": str(due)}
    text = " ".join(f"{name}={json.dumps(value)}" for name, value in said.items())
    log.error(text)
    if to := Settings().alert_mail:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        addresses = [address.strip() for address in to.split(",")]
        content = f"<p>{body}</p><p>{escape(text)}</p>"
        await SmtpNotifier(to=addresses, subject=subject, html_content=content).async_notify({})
    return text
