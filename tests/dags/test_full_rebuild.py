"""The DAG full_rebuild: as Airflow sees it, and runs of it that build, in buckets or by a Spark that is missing."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from house import House, agent, contribution, registration

from perisai.full import ROUNDS
from perisai.settings import Settings
from tests.dags.test_daily_load import python
from tests.dags.test_incentive_close import BEGIN

KEYS = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32, "PERISAI_MAX_MISSING_SHARE": "1"}
BUCKETS = {"PERISAI_BUILD_BUCKETS": "2"}
NO_SPARK = {"PERISAI_SPARK_PYTHON": "/nowhere/python"}

RUN = (
    BEGIN
    + """
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["full_rebuild"]
for task in dag.tasks:
    task.retry_delay = timedelta(0)
done = dag.test(run_conf={"engine": sys.argv[2]})
print(json.dumps([str(done.state), sorted([t.task_id, t.map_index, str(t.state)] for t in done.get_task_instances())]))
"""
)
SEEN = (
    BEGIN
    + """
os.environ |= json.loads(sys.argv[2])
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["full_rebuild"]
print(json.dumps({
    "after": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
    "rules": {task.task_id: task.trigger_rule for task in dag.tasks if task.trigger_rule != "all_success"},
    "at once": {task.task_id: task.max_active_tis_per_dagrun for task in dag.tasks if task.is_mapped},
    "executors": {task.task_id: task.executor for task in dag.tasks if task.executor},
    "undocumented": [task.task_id for task in dag.tasks if not task.doc_md],
    "schedule": [dag.schedule, dag.max_active_runs],
}))
"""
)


def said(program: str, *arguments: Any, **environment: str) -> Any:
    done = python("-c", program, *arguments, **KEYS, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_rounds_follow_each_other_and_all_is_committed_by_one_task(tmp_path):
    rounds = [f"round_{number}" for number in range(1, ROUNDS)]
    order = ["plan_rebuild", "whole", *rounds, "marts", "publish", "report", "announce"]
    after = {task: {before} for before, task in pairwise(order)} | {"plan_rebuild": set()}
    for task in ("whole", *rounds, "marts"):
        after[task].add("plan_rebuild")
    for celery in (False, True):
        executors = {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor,CeleryExecutor"} if celery else {}
        seen = said(SEEN, tmp_path, json.dumps(executors))
        assert {task: set(before) for task, before in seen["after"].items()} == after
        assert seen["rules"] == {"marts": "none_failed"}
        assert seen["at once"] == dict.fromkeys(rounds, None if celery else 1)
        assert seen["executors"] == (dict.fromkeys(["whole", *rounds], "CeleryExecutor") if celery else {})
        assert seen["undocumented"] == []
        assert seen["schedule"] == [None, 1]


@pytest.mark.slow
def test_a_build_in_buckets_is_published_and_where_spark_is_missing_nothing_is(tmp_path):
    house = House(Settings(home=tmp_path / "data", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    house.leave("NTB01", "registrations", "2023-09-30", [registration(n) for n in range(1, 9)])
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(n) for n in range(1, 9)])
    house.load("2023-09-30")
    state, tasks = said(RUN, house.settings.home, "duckdb", **BUCKETS)
    assert (state, {outcome for *_, outcome in tasks}) == ("success", {"success"})
    assert [which for task, which, _ in tasks if task == "round_2"] == [0, 1]
    assert house.published("select count(*) > 0 from marts.coverage_month") == [(True,)]
    stamp = house.lake("from core.build_stamp")
    state, tasks = said(RUN, house.settings.home, "spark", **BUCKETS, **NO_SPARK)
    outcome = {task: outcome for task, _, outcome in tasks}
    assert (state, outcome["whole"], outcome["round_3"], outcome["marts"]) == ("failed", "skipped", "skipped", "failed")
    assert house.lake("from core.build_stamp") == stamp
