"""What a run of a DAG is of, for the DAGs themselves and for whoever looks at the list of runs.

Airflow loads this as a plugin: as a run begins, its business date or its month becomes its note. Imports nothing heavy,
since the DAG files import it, and Airflow parses these all day long.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

ZONE = ZoneInfo("Asia/Makassar")
OWNER = "data team"
CELERY = "CeleryExecutor" if "CeleryExecutor" in conf.get("core", "executor") else None
"""Who runs what any machine can do: Celery's workers where Airflow has them, else whoever runs all the rest."""


def business_date(params: Mapping[str, Any], due: datetime) -> str:
    """The date asked for, or else the day before the run is due, as the branches' calendar has it."""
    if asked := params.get("business_date"):
        return date.fromisoformat(asked).isoformat()
    return (due.astimezone(ZONE).date() - timedelta(days=1)).isoformat()


def period(params: Mapping[str, Any], due: datetime) -> str:
    """The month asked for, or else the one before the run is due, as the branches' calendar has it."""
    if asked := params.get("period"):
        return f"{date.fromisoformat(asked + '-01'):%Y-%m}"
    return f"{due.astimezone(ZONE).date().replace(day=1) - timedelta(days=1):%Y-%m}"


def note(run: DagRun) -> str:
    """What a run is of, in words; empty for a DAG that is of no date."""
    due = run.logical_date or run.run_after
    said = {
        "daily_load": lambda: f"Tanggal data / business date: {business_date(run.conf or {}, due)}",
        "incentive_close": lambda: f"Bulan / month: {period(run.conf or {}, due)}",
    }
    return said[run.dag_id]() if run.dag_id in said else ""


def page(report_url: str, name: str) -> str:
    """Address of a page beside the report's first one; empty where nobody said where the report is."""
    if not report_url:
        return ""
    told = urlsplit(report_url)
    folder = PurePosixPath(told.path or "/")
    return urlunsplit(told._replace(path=str((folder.parent if folder.suffix else folder) / name), fragment=""))


class RunNotes:
    """Listens to the scheduler."""

    @hookimpl
    def on_dag_run_running(self, dag_run: DagRun, msg: str) -> None:
        """Notes what a run is of, unless whoever started it noted something."""
        if not dag_run.note and (words := note(dag_run)):
            dag_run.note = words


class RunsPlugin(AirflowPlugin):
    """How Airflow finds the listener; see pyproject.toml."""

    name = "perisai_runs"
    listeners = [RunNotes()]  # noqa: RUF012 (Airflow reads it so)
