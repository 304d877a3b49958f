"""One business date, from what the branches left to what analysts open.

Only the order is here. What a step does is in ``perisai.day``, which is imported when a task runs:
Airflow parses this file all day long.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow.providers.standard.decorators.python import _PythonDecoratedOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import (
    AsyncCallback,
    BaseOperatorLink,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    TriggerRule,
    chain,
    dag,
    task,
)
from airflow.sdk.bases.decorator import task_decorator_factory

from perisai.alerts import publication_overdue
from perisai.branches import UNLISTED, offices
from perisai.runs import CELERY, OWNER, ZONE, business_date, page
from perisai.settings import Settings
from perisai.tasks import BECAUSE, PUBLISH_BECAUSE, WAIT_AND_RETRY, announce, publish, receipt_of, report

DOC = """
### What it does

Takes every file that the branches left since the last run, judges each row, and publishes coverage, incentives
and claims anew. **A run is for one business date**: the parameter `business_date`, or else the day before the run
is due. Running a date again changes nothing as long as no file changed.

### Reading the grid

* The note of a run is its business date.
* `extract` has one square an office, `judge` one a shard (`PERISAI_SHARDS`); each is named by what it did. The button
  *Cabang / branches* of an office's square opens its page in the report, if `PERISAI_REPORT_URL` says where that is.
* A failed `extract` means that an office's landing place could not be read, after retries. The other offices are
  loaded and published all the same; `complete` keeps the run from looking green. Clear that square once the place
  can be reached again: what follows it runs again too.
* A branch that delivered nothing, or rubbish, is no failed task: it is a row of `marts.delivery_day`. Only when too
  many are missing (`PERISAI_MAX_MISSING_SHARE`) does the day fail.
* A red `publish` says that something shrank or jumped beyond the bounds. If that is as it should be, trigger the date
  again with the reason in `publish_because`.
* A red square without retries: the data or the settings say no, and the last line of its log says why.

### What others can build on

The asset `perisai_warehouse` is updated by `publish`; its event carries the receipt of the publication. `announce`
mails what is new to `PERISAI_PUBLISH_MAIL` and posts it to the connection `PERISAI_PUBLISH_WEBHOOK`, once a version.

### When it is late

A run that is not done at 08:00, for whatever reason, is a missed deadline: Airflow shows it, the triggerer logs
`publication_overdue` and, with `PERISAI_ALERT_MAIL` set, mails it through the connection `smtp_default`.
"""


class OfficePage(BaseOperatorLink):
    """From an office's square to its page in the report: what each of its branches delivered, and what came of it."""

    name = "Cabang / branches"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Where the page is; empty for folders that no office answers for."""
        office = operator.op_kwargs["office"]
        return page(Settings().report_url, f"office-{office}.html") if office != UNLISTED else ""


class OfficeStep(_PythonDecoratedOperator):
    """A step of one office."""

    custom_operator_name = "@task"
    operator_extra_links = (OfficePage(),)


def office_task(**kwargs: Any) -> Any:
    """A task whose squares lead to the pages of their offices."""
    return task_decorator_factory(decorated_operator_class=OfficeStep, **kwargs)


@office_task(retries=3, map_index_template="{{ task.op_kwargs.office }}{{ counted | default('') }}")
def extract(day: str, office: str) -> dict[str, Any]:
    """Copies the new files of an office's branches, byte for byte. Other offices do not wait for this one."""
    return receipt_of("extract", date.fromisoformat(day), office)


@task(trigger_rule=TriggerRule.ALL_DONE)
def plan(day: str) -> dict[str, Any]:
    """Deals the new files to the shards, by their bytes."""
    return receipt_of("plan", date.fromisoformat(day))


@task(executor=CELERY, map_index_template="{{ task.op_kwargs.shard }}{{ counted | default('') }}")
def judge(day: str, shard: int, plan: str) -> dict[str, Any]:
    """Has Great Expectations judge every row by its feed's contract. A file that cannot be read is refused."""
    return receipt_of("judge", date.fromisoformat(day), shard, plan)


@task
def load(day: str, plan: str) -> dict[str, Any]:
    """Commits, all at once, the accepted rows and an outcome for every delivery."""
    return receipt_of("load", date.fromisoformat(day), plan)


@task
def marts() -> dict[str, Any]:
    """Brings core and marts up to date with what is new, in one transaction, and cross-checks them."""
    return receipt_of("marts")


@dag(
    # No start date: once unpaused it waits for the next morning, instead of running for the one that has passed.
    schedule=CronTriggerTimetable("0 5 * * *", timezone=ZONE.key, run_immediately=False),
    catchup=False,
    max_active_runs=1,
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Business date",
            description="Empty: the day before the run is due.",
        ),
        "publish_because": PUBLISH_BECAUSE,
    },
    default_args={"owner": OWNER, "retries": 1, **WAIT_AND_RETRY},
    deadline=DeadlineAlert(
        name="published by 08:00",
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=timedelta(hours=3),
        callback=AsyncCallback(publication_overdue),
    ),
    user_defined_macros={"business_date": business_date},
    doc_md=DOC,
    tags=["perisai", "harian / daily"],
)
def daily_load() -> None:
    """Branch exports in, published warehouse out."""
    settings = Settings()
    day = "{{ business_date(params, dag_run.logical_date or dag_run.run_after) }}"
    # Airflow takes the text of a task from its docstring, unless the task is mapped.
    extracted = extract.override(doc_md=extract.__doc__).partial(day=day).expand(office=offices(settings))
    planned = plan(day)
    judged = (
        judge.override(doc_md=judge.__doc__)
        .partial(day=day, plan=planned["plan"])
        .expand(shard=[*range(settings.shards)])
    )
    announced = announce()
    chain(extracted, planned, judged, load(day, planned["plan"]), marts(), publish(BECAUSE), report(), announced)
    # `plan` goes on without the office that could not be reached; this one keeps the run from looking green.
    [extracted, announced] >> EmptyOperator(task_id="complete", doc_md="Every office was read.")


daily_load()
