"""Run the DAG ``daily_load`` for one business date in this process: no scheduler, no server.

    python -m perisai.run_dag 2023-10-13

Tasks, order, retries and receipts are the real DAG's; Airflow keeps an embedded database of its own under
``PERISAI_HOME/airflow``. Exits with 1 if the run did not succeed.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from perisai.branches import offices
from perisai.errors import DayFailed, StepBroken
from perisai.locks import held
from perisai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk.definitions.context import Context

DAGS = Path(__file__).resolve().parent.parent / "dags"
DUE = time(5, tzinfo=ZoneInfo("Asia/Makassar"))
HOUSE = ["perisai", "transforms", "expectations", "warehouse", "reports"]


@dataclass(frozen=True)
class Outcome:
    """What became of one task: its state, and the receipt of a step that succeeded."""

    task: str
    which: str
    state: str
    receipt: dict[str, Any]


def environment(home: Path, dags: Path = DAGS) -> dict[str, str]:
    """Airflow's settings for runs in one process: all state under ``home``, with little logging."""
    airflow = home / "airflow"
    return {
        "AIRFLOW_HOME": str(airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        # `tell` says in a sentence why a task failed, where Airflow would print forty lines.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "task=CRITICAL",
    }


def run(
    business_date: date, home: Path, dags: Path = DAGS, retry_delay: timedelta | None = None
) -> tuple[str, list[Outcome]]:
    """Run ``daily_load`` for a date, in this process, which must not have imported Airflow before.

    Args:
        business_date: the date that the run is for.
        home: directory of all state.
        dags: directory of the DAG file.
        retry_delay: how long to wait before a task is tried again, if not as long as the DAG says.

    Returns:
        The state of the run (``success`` or ``failed``), and what became of each task.
    """
    os.environ |= {"PERISAI_HOME": str(home), **environment(home, dags)}
    offices(Settings())  # an unreadable table of branches fails here, in a sentence, not in Airflow
    with held(Settings(), f"make run {business_date}"):  # first, since Airflow's database lies in the home too
        return _run(business_date, home, dags, retry_delay)


def _run(business_date: date, home: Path, dags: Path, retry_delay: timedelta | None) -> tuple[str, list[Outcome]]:
    (home / "airflow").mkdir(parents=True, exist_ok=True)

    # Airflow reads its settings when it is imported.
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    from perisai.runs import note

    _show_warnings_of_the_house()
    initdb()
    bag = DagBag(str(dags))
    if bag.import_errors:
        raise DayFailed(f"Airflow cannot read the DAG: {bag.import_errors}")
    dag = bag.dags["daily_load"]
    dag.deadline = None  # whoever runs it here sees when it is done, and Airflow's dag.test cannot end a run with one
    for task in dag.tasks:
        task.on_failure_callback = task.on_retry_callback = [tell]
        if retry_delay is not None:
            task.retry_delay = retry_delay

    due = datetime.combine(business_date + timedelta(days=1), DUE)
    begun = datetime.now(UTC)
    done = dag.test(logical_date=due, run_after=due, run_conf={"business_date": business_date.isoformat()})

    with create_session() as session:
        done = session.merge(done)
        done.start_date = begun  # dag.test has it begin when it was due, which may be years ago
        done.note = note(done)
        query = XComModel.get_many(run_id=done.run_id, dag_ids=dag.dag_id, key="return_value")
        kept = cast("Iterable[XComModel]", session.scalars(query))
        receipts = {(x.task_id, x.map_index): XComModel.deserialize_value(x) for x in kept}
        order = {task.task_id: place for place, task in enumerate(dag.topological_sort())}  # type: ignore[no-untyped-call]
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


def tell(context: Context) -> None:
    """Say on stderr why a task failed: in a sentence if data or machine are the cause, with the traceback otherwise."""
    instance, error = context["ti"], context["exception"]
    again = " It is tried again." if instance.state == "up_for_retry" else ""
    name = f"{instance.task_id} {instance.rendered_map_index or ''}".strip()
    print(f"{name} failed: {error}{again}", file=sys.stderr)
    if isinstance(error, BaseException) and not isinstance(error, DayFailed | StepBroken | OSError):
        frames = error.__traceback__
        while frames and not Path(frames.tb_frame.f_code.co_filename).is_relative_to(DAGS):
            frames = frames.tb_next
        traceback.print_exception(error.with_traceback(frames or error.__traceback__))


class _Once(logging.Filter):
    """Lets each message pass once: the steps share this process, so what one warns of the next would too."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether nobody said this yet."""
        new = record.getMessage() not in self.said
        self.said.add(record.getMessage())
        return new


def _show_warnings_of_the_house() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(_Once())
    for name in HOUSE:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers = [handler]  # also if it was called before
        logger.propagate = False


def main() -> None:
    """Run the date that the command line names, and print what each task counted."""
    parser = argparse.ArgumentParser(description="Run the DAG daily_load for one business date in this process.")
    parser.add_argument("business_date", type=date.fromisoformat, help="YYYY-MM-DD")
    business_date = parser.parse_args().business_date
    from perisai.console import in_a_sentence

    _show_warnings_of_the_house()
    try:
        with redirect_stdout(sys.stderr):  # Airflow writes its log to whatever is standard output as it is imported
            state, outcomes = run(business_date, Settings().home.resolve())
    except (DayFailed, OSError, ValidationError) as error:
        sys.exit(f"perisai: {in_a_sentence(error)}")
    for outcome in outcomes:
        counted = ", ".join(f"{n:,} {name}" for name, n in outcome.receipt.items() if type(n) is int)
        unchanged = "unchanged" if outcome.receipt.get("changed") is False else ""
        print(f"{outcome.task:<9} {outcome.which:<14} {unchanged or counted or outcome.state}")
    if state != "success":
        sys.exit(f"The run for {business_date} did not succeed.")
    if not any(outcome.receipt.get("changed") for outcome in outcomes):
        print("Nothing is new: what is published stays as it is.")


if __name__ == "__main__":
    main()
