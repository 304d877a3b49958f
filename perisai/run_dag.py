"""Run the DAG ``daily_load`` for one business date in this process: no scheduler, no server.

    python -m perisai.run_dag 2023-10-13

Tasks, order, retries and receipts are the real DAG's; Airflow keeps an embedded database of its own under
``PERISAI_HOME/airflow``. Exits with 1 if the run did not succeed.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from perisai.errors import DayFailed
from perisai.settings import Settings

DAGS = Path(__file__).resolve().parent.parent / "dags"
HOUSE = ["perisai", "transforms", "expectations", "warehouse", "reports"]


@dataclass(frozen=True)
class Outcome:
    """What became of one task: its state, and the receipt of a step that succeeded."""

    task: str
    which: str
    state: str
    receipt: dict[str, Any]


def environment(home: Path, dags: Path = DAGS) -> dict[str, str]:
    """Airflow's settings for runs in one process: all state under ``home``, only the house's own warnings shown."""
    airflow = home / "airflow"
    return {
        "AIRFLOW_HOME": str(airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        # A failed task is told of in words by `tell`, not by forty lines of Airflow's.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": " ".join(["task=CRITICAL", *(f"{name}=WARNING" for name in HOUSE)]),
    }


def run(business_date: date, home: Path, dags: Path = DAGS) -> tuple[str, list[Outcome]]:
    """Run ``daily_load`` for a date, in this process, which must not have imported Airflow before.

    Args:
        business_date: the date that the run is for.
        home: directory of all state.
        dags: directory of the DAG file.

    Returns:
        The state of the run (``success`` or ``failed``), and what became of each task.
    """
    os.environ |= {"PERISAI_HOME": str(home), **environment(home, dags)}
    (home / "airflow").mkdir(parents=True, exist_ok=True)

    # Airflow reads its settings when it is imported.
    import pendulum
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from sqlalchemy import select

    initdb()
    bag = DagBag(str(dags))
    if bag.import_errors:
        raise DayFailed(f"Airflow cannot read the DAG: {bag.import_errors}")
    dag = bag.dags["daily_load"]
    for task in dag.tasks:
        task.on_failure_callback = task.on_retry_callback = [tell]

    due = pendulum.datetime(business_date.year, business_date.month, business_date.day, 5, tz=dag.timezone)
    due = due + timedelta(days=1)
    done = dag.test(logical_date=due, run_after=due, run_conf={"business_date": business_date.isoformat()})

    with create_session() as session:
        kept = session.execute(
            select(XComModel).where(XComModel.dag_id == dag.dag_id, XComModel.run_id == done.run_id)
        ).scalars()
        receipts = {(x.task_id, x.map_index): XComModel.deserialize_value(x) for x in kept if x.key == "return_value"}
        order = {task.task_id: place for place, task in enumerate(dag.topological_sort())}
        tasks = sorted(done.get_task_instances(session=session), key=lambda t: (order[t.task_id], t.map_index))
        outcomes = [
            Outcome(
                task=t.task_id,
                which=(t.rendered_map_index or "").partition(": ")[0],
                state=str(t.state),
                receipt=receipts.get((t.task_id, t.map_index)) or {},
            )
            for t in tasks
        ]
    return str(done.state), outcomes


def tell(context: dict[str, Any]) -> None:
    """Say on stderr why a task failed: in a sentence if the data said no, in full if the program broke."""
    instance, error = context["ti"], context["exception"]
    again = " It is tried again." if instance.state == "up_for_retry" else ""
    name = f"{instance.task_id} {instance.rendered_map_index or ''}".strip()
    print(f"{name} failed: {error}{again}", file=sys.stderr)
    if not isinstance(error, DayFailed | OSError):
        traceback.print_exception(error)


def main() -> None:
    """Run the date that the command line names, and print what each task counted."""
    parser = argparse.ArgumentParser(description="Run the DAG daily_load for one business date in this process.")
    parser.add_argument("business_date", type=date.fromisoformat, help="YYYY-MM-DD")
    business_date = parser.parse_args().business_date
    state, outcomes = run(business_date, Settings().home.resolve())
    for outcome in outcomes:
        counted = ", ".join(f"{n:,} {name}" for name, n in outcome.receipt.items() if type(n) is int)
        print(f"{outcome.task:<9} {outcome.which:<14} {counted or outcome.state}")
    if state != "success":
        sys.exit(f"The run for {business_date} did not succeed.")


if __name__ == "__main__":
    main()
