"""Closing a month of incentives: computed, approved by a person, frozen.

Only the order is here. What a step does is in ``perisai.close``, which is imported when a task runs: Airflow parses
this file all day long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import (
    AsyncCallback,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    chain,
    dag,
    task,
)

from perisai.alerts import approval_overdue
from perisai.errors import DayFailed, NotYet
from perisai.runs import OWNER, ZONE, period
from perisai.settings import Settings

DOC = """
### What it does

Closes one month of incentives: the parameter `period`, or else the month before the run is due. `draft` computes the
month and writes a statement for each wadah, `approve` waits for a person, `freeze` makes final exactly what was
approved, `statements` writes the final statements. What is delivered later becomes adjustments in the next month.

### What a person does

Open *Required actions* of the run: it links to the draft, `statements/<month>/draft-<hash>/summary.html` below
`PERISAI_STATEMENTS_URL`. Look at it, then choose *Approve* or *Reject*; a remark is kept with the month. Who approved,
and when, is Airflow's to say. Nothing is frozen without it, however long it takes. After *Reject* the run ends and the
month stays open: trigger the DAG again for a new draft.

### When it is late

The wadah are paid by the 5th. A run that is not done at 17:00 on the 3rd, for whatever reason, is a missed deadline:
Airflow shows it with the run, the triggerer logs `incentive_close_overdue` and, with `PERISAI_ALERT_MAIL` set, mails
it through the connection `smtp_default`. The run goes on.

### Reading the grid

* `draft` waits, by being tried again every half hour for a day, until the month's last business date was run.
* A red `draft` says no: the month is closed, it is not its turn, or an agreement (PKS) is missing or overlaps another.
  It also says no if rosters, agreements or rules say something else of closed months now, with the rupiah that would
  move: put the roster right, or trigger the DAG again with the reason in `correct_because`.
"""
BECAUSE = "{{ params.correct_because or '' }}"
SUBJECT = "Insentif {{ period(params, dag_run.logical_date or dag_run.run_after) }}: setujui? / approve?"
BODY = """
{%- set made = ti.xcom_pull(task_ids='draft') -%}
{%- set month = period(params, dag_run.logical_date or dag_run.run_after) -%}
{{ made.wadahs }} wadah, {{ made.agents }} Perisai, {{ made.lines }} baris / lines

**Rp {{ '{:,}'.format(made.payable_rp).replace(',', '.') }}** dibayarkan, bruto / payable, gross

Koreksi di dalamnya / adjustments in it: Rp {{ '{:,}'.format(made.adjustment_rp).replace(',', '.') }}

{% set draft = month ~ '/draft-' ~ made.content_hash ~ '/summary.html' -%}
{% if made.statements_url -%}
[{{ draft }}]({{ made.statements_url.rstrip('/') }}/{{ draft }})
{%- else -%}
`statements/{{ draft }}`
{%- endif %}
"""
WAIT_AND_RETRY: dict[str, Any] = {
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    # The first rule that matches holds: what is not there yet may come; wrong data or settings stay wrong.
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception=NotYet, action=RetryAction.RETRY, retry_delay=timedelta(minutes=30), reason="not there yet"
            ),
            RetryRule(exception=DayFailed, action=RetryAction.FAIL, reason="the data or the settings are wrong"),
        ]
    ),
}


def receipt_of(step: str, month: str, *what: str) -> dict[str, Any]:
    """Run a step of the close."""
    from perisai import close

    receipt: dict[str, Any] = getattr(close, step)(Settings(), close.month_of(month), *what)
    return receipt


@task(retries=48)
def draft(month: str, because: str) -> dict[str, Any]:
    """Computes the month, writes its statements as drafts, and says by which hash they are approved."""
    return {**receipt_of("draft", month, because), "statements_url": Settings().statements_url}


@task
def freeze(month: str, content_hash: str, approved_by: str, approved_at: str, note: str) -> dict[str, Any]:
    """Closes the month with exactly what was approved, in one transaction, once."""
    return receipt_of("freeze", month, content_hash, approved_by, approved_at, note)


@task
def statements(month: str) -> dict[str, Any]:
    """Writes the final statements from the frozen rows."""
    return receipt_of("statements", month)


@dag(
    # After the daily load of the 1st, which brings the month's last business date.
    schedule=CronTriggerTimetable("0 7 1 * *", timezone=ZONE.key, run_immediately=False),
    catchup=False,
    max_active_runs=1,
    params={
        "period": Param(
            None,
            type=["null", "string"],
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            title="Month / bulan",
            description="For example 2023-09. Empty: the month before the run is due.",
        ),
        "correct_because": Param(
            None,
            type=["null", "string"],
            title="Correct closed months all the same, because / koreksi bulan yang sudah ditutup, alasan",
            description="Empty: a month is held that would correct closed ones because rosters, agreements (PKS) or"
            " rules say something else of them now. Else why that is right; it stands in the statements.",
        ),
    },
    default_args={"owner": OWNER, "retries": 3, **WAIT_AND_RETRY},
    deadline=DeadlineAlert(
        name="approved by the 3rd",
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=timedelta(days=2, hours=10),
        callback=AsyncCallback(approval_overdue),
    ),
    user_defined_macros={"period": period},
    doc_md=DOC,
    tags=["perisai", "insentif / incentive"],
)
def incentive_close() -> None:
    """A month of incentives, approved and frozen."""
    month = "{{ period(params, dag_run.logical_date or dag_run.run_after) }}"
    approve = ApprovalOperator(
        task_id="approve",
        subject=SUBJECT,
        body=BODY,
        # null, since Airflow's Approve button asks for a text wherever an empty one is the default
        params={"note": Param(None, type=["null", "string"], title="Catatan / note")},
        retries=0,
        doc_md="Waits as long as it takes, without holding a worker; without an answer nothing is approved.",
    )
    said = "ti.xcom_pull(task_ids='approve')"
    frozen = freeze(
        month,
        "{{ ti.xcom_pull(task_ids='draft')['content_hash'] }}",
        f"{{{{ {said}['responded_by_user']['name'] }}}}",
        f"{{{{ {said}['responded_at'] | string }}}}",
        f"{{{{ {said}['params_input'].get('note') or '' }}}}",
    )
    chain(draft(month, BECAUSE), approve, frozen, statements(month))


incentive_close()
