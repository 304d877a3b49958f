"""All tables of core and marts computed anew, in buckets on the workers or by Spark, and published.

Only the order is here. What a step does is in ``perisai.full`` and ``perisai.day``, which are imported when a task
runs: Airflow parses this file all day long.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, TriggerRule, chain, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from perisai.runs import CELERY, OWNER
from perisai.tasks import BECAUSE, PUBLISH_BECAUSE, WAIT_AND_RETRY, announce, publish, receipt_of, report

ROUNDS = 4  # as in perisai.full

DOC = """
### What it does

Computes every table of `core` and `marts` anew, whatever changed, and publishes. A day does so by itself where an old
model or rule changed, on one machine; trigger this instead where that takes longer than a night, and before the next
day is loaded.

`plan_rebuild` decides on the number of buckets (`PERISAI_BUILD_BUCKETS`, or else at least `PERISAI_SHARDS`) and on the
snapshot of the lake. In each round every bucket is a task of its own, on whichever worker is free; a round reads what
the rounds before have made. `marts` takes all buckets or none, makes what is left and commits all at once.

### Reading the grid

* A worker that dies costs the bucket that it was at: it is made again. Buckets that are whole are not, nor in another
  run as long as nothing else has changed.
* A red `marts` whose last line begins with `nothing was built` says that the lake has changed since (a day was loaded,
  or housekeeping was at work), or that a file is not the one that was made: trigger the DAG again. After any other
  cause clear the square: what was built is not built again.
* Without Celery the buckets are made one after the other.

### By Spark

With `engine` spark the squares of the rounds stay empty, and `marts` has Spark build all, see docs/scale.md.
"""


@task
def plan_rebuild(engine: str) -> list[str]:
    """Decides which buckets there are, and of which snapshot; none of them for Spark."""
    if engine == "spark":
        return []
    receipt = receipt_of("plan_rebuild", module="full")
    return [f"{receipt['plan']}/{bucket}" for bucket in range(receipt["buckets"])]


@task(executor=CELERY, retries=3)
def whole(pieces: list[str]) -> dict[str, Any]:
    """Makes what cannot be taken apart, and what the other rounds read."""
    if not pieces:
        raise AirflowSkipException("Spark builds all")
    return made(0, pieces[0])


@task(
    executor=CELERY,
    retries=3,
    max_active_tis_per_dagrun=None if CELERY else 1,
    map_index_template="{{ task.op_kwargs.piece.rpartition('/')[2] }}{{ counted | default('') }}",
)
def bucket(number: int, piece: str) -> dict[str, Any]:
    """Makes a bucket of a round: of each table of the round the rows of its keys."""
    return made(number, piece)


def made(number: int, piece: str) -> dict[str, Any]:
    """A bucket of a round."""
    plan, _, which = piece.rpartition("/")
    return receipt_of("bucket", plan, number, int(which), module="full")


@task(trigger_rule=TriggerRule.NONE_FAILED)
def marts(pieces: list[str], engine: str) -> dict[str, Any]:
    """Commits all tables at once, of all buckets or by Spark, and cross-checks them."""
    plan = pieces[0].rpartition("/")[0] if pieces else ""
    return receipt_of("marts", plan, spark=engine == "spark")


@dag(
    dag_id="full_rebuild",
    dag_display_name="Perisai: full rebuild",
    description="Compute all tables anew, in buckets on the workers or by Spark",
    doc_md=DOC,
    schedule=None,
    max_active_runs=1,
    params={
        "engine": Param(
            "duckdb",
            type="string",
            enum=["duckdb", "spark"],
            title="Engine",
            description="duckdb: in buckets, on the workers. spark: by Apache Spark.",
        ),
        "publish_because": PUBLISH_BECAUSE,
    },
    default_args={"owner": OWNER, "retries": 1, **WAIT_AND_RETRY},
    tags=["perisai", "perawatan / upkeep"],
)
def full_rebuild() -> None:
    """History computed anew."""
    engine = "{{ params.engine }}"
    planned = plan_rebuild(engine)
    rounds = [
        # Airflow takes the text of a task from its docstring, unless the task is mapped.
        bucket.override(task_id=f"round_{number}", doc_md=bucket.__doc__).partial(number=number).expand(piece=planned)
        for number in range(1, ROUNDS)
    ]
    chain(planned, whole(planned), *rounds, marts(planned, engine), publish(BECAUSE), report(), announce())


full_rebuild()
