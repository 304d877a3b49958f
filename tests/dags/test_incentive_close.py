"""The DAG incentive_close: as Airflow sees it, and months that it really drafts, has approved or rejected, and freezes.

The answer comes through Airflow's own web interface (its application, called without a socket), from a process of its
own, while the run waits.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from house import House, agent, contribution, registration

from perisai.settings import Settings
from tests.dags.test_daily_load import python

KEYS = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32, "PERISAI_MAX_MISSING_SHARE": "1"}
KEYS["PERISAI_STATEMENTS_URL"] = "https://perisai.example.test/statements/"

# What both processes begin with: Airflow's settings, in the home of argv[1].
BEGIN = """
import json, os, sys, time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from perisai.run_dag import environment
home = Path(sys.argv[1])
os.environ |= {"PERISAI_HOME": str(home), **environment(home)}
(home / "airflow").mkdir(parents=True, exist_ok=True)
"""

ANSWER = (
    BEGIN
    + """
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
app = create_app(apps="core")
token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="kepala", role="admin"))
web = TestClient(app, headers={"Authorization": f"Bearer {token}"})
for option in sys.argv[2:]:
    while True:
        found = web.get("/api/v2/dags/~/dagRuns/~/hitlDetails", params={"response_received": False})
        parked = [d for d in found.json()["hitl_details"] if d["task_instance"]["state"] == "awaiting_input"]
        if found.status_code == 200 and parked:
            break
        time.sleep(0.2)
    run = parked[0]["task_instance"]["dag_run_id"]
    path = f"/api/v2/dags/incentive_close/dagRuns/{run}/taskInstances/approve/-1/hitlDetails"
    noted = {"note": None if option == "Reject" else "sudah dicek"}
    said = web.patch(path, json={"chosen_options": [option], "params_input": noted})
    assert said.status_code == 200, said.text
    print(json.dumps([parked[0]["subject"], parked[0]["body"], parked[0]["params"]]))
"""
)

RUNS = (
    BEGIN
    + """
import importlib.util, subprocess
from types import SimpleNamespace
from airflow.utils.db import initdb
initdb()
answers = subprocess.Popen([sys.executable, "-c", sys.argv[2], str(home), "Reject", "Approve"], text=True,
    stdout=subprocess.PIPE)
from airflow.dag_processing.dagbag import DagBag
from airflow.models import Deadline
from airflow.models.dagbag import DBDagBag
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from perisai.errors import DayFailed, NotYet
from perisai.run_dag import tell
dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["incentive_close"]
spec = importlib.util.spec_from_file_location("incentive_close", dag.fileloc)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
outcome = {
    "after": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
    "undocumented": [task.task_id for task in dag.tasks if not task.doc_md],
    "retries": {task.task_id: task.retries for task in dag.tasks},
    "schedule": [dag.timetable.expression, str(dag.timetable.timezone), dag.catchup, dag.max_active_runs],
    "again": [dag.get_task("draft").retry_policy.evaluate(e, 1, 9).action.name for e in (NotYet(), DayFailed())],
    "periods": [module.period({"period": m}, datetime.fromisoformat(due)) for m, due in json.loads(sys.argv[3])],
    "notes": [dag.get_template_env().from_string(dag.get_task("freeze").op_args[4]).render(
        ti=SimpleNamespace(xcom_pull=lambda task_ids: {"params_input": said})) for said in ({}, {"note": None})],
    "runs": [],
}
dag.deadline = None  # Airflow's dag.test cannot end a run that has one; below is a run that is made as a scheduler does
for task in dag.tasks:
    task.on_failure_callback = [tell]
for day in (1, 2):
    due = datetime(2023, 10, day, 7, tzinfo=timezone(timedelta(hours=8)))
    done = dag.test(logical_date=due, run_after=due)
    outcome["runs"].append([str(done.state), {t.task_id: str(t.state) for t in done.get_task_instances()}])
outcome["asked"] = [json.loads(line) for line in answers.communicate()[0].splitlines() if line.startswith("[")]

with create_session() as session:
    scheduled = DBDagBag().get_latest_version_of_dag("incentive_close", session=session)
    due = datetime(2023, 11, 1, 7, tzinfo=timezone(timedelta(hours=8)))
    run = scheduled.create_dagrun(run_id="scheduled", logical_date=due, run_after=due, data_interval=(due, due),
        run_type=DagRunType.SCHEDULED, triggered_by=DagRunTriggeredByType.TIMETABLE, state="running", session=session)
    session.flush()
    run.notify_dagrun_state_changed(msg="started")  # as the scheduler does
    session.flush()
    session.expire_all()
    outcome["note"] = run.note
    [deadline] = session.query(Deadline).all()
    outcome["deadline"] = deadline.deadline_time.isoformat()
    deadline.handle_miss(session)
    trigger = deadline.callback.trigger
    path, kwargs = trigger.classpath, trigger.kwargs
    outcome["missed"] = deadline.missed

import asyncio
from airflow.sdk._shared.module_loading import import_string
async def mailbox(reader, writer):
    # as much of a mail server as one mail needs
    writer.write(b"220 here\\r\\n")
    while line := await reader.readline():
        if line.upper().startswith(b"DATA"):
            writer.write(b"354 go on\\r\\n")
            outcome["mail"] = (await reader.readuntil(b"\\r\\n.\\r\\n")).decode()
        elif line.upper().startswith(b"RCPT"):
            outcome["mailed"] = line.decode().strip()
        elif line.upper().startswith(b"QUIT"):
            writer.write(b"221 bye\\r\\n")
            return writer.close()
        writer.write(b"250 fine\\r\\n")
async def fire():
    server = await asyncio.start_server(mailbox, "127.0.0.1", 0)
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": server.sockets[0].getsockname()[1],
        "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "gudang@contoh.id"}}
    os.environ["AIRFLOW_CONN_SMTP_DEFAULT"] = json.dumps(connection)
    os.environ["PERISAI_ALERT_MAIL"] = "kepala@contoh.id"
    return [event.payload async for event in import_string(path)(**kwargs).run()]
outcome["told"] = asyncio.run(fire())
print(json.dumps(outcome, default=str))
"""
)

SKIPPED = {"freeze": "skipped", "statements": "skipped"}
DUE = [
    ("2023-09", "2026-01-01T00:00:00+00:00"),
    (None, "2023-10-01T07:00:00+08:00"),
    (None, "2023-09-30T15:59:59+00:00"),
    (None, "2023-09-30T16:00:00+00:00"),
    (None, "2024-01-01T07:00:00+08:00"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, dict[str, Any]]:
    """A loaded September, rejected in one run and approved in another; and a run whose deadline has passed."""
    house = House(
        Settings(
            home=tmp_path_factory.mktemp("close") / "data", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1
        )
    )
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    house.leave("NTB01", "registrations", "2023-09-30", map(registration, range(1, 31)))
    house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, 31)))
    house.load("2023-09-30")
    done = python("-c", RUNS, house.settings.home, ANSWER, json.dumps(DUE), **KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    return house, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_order_schedule_and_retries(run: tuple[House, dict[str, Any]]) -> None:
    _, found = run
    assert found["after"] == {"draft": [], "approve": ["draft"], "freeze": ["approve"], "statements": ["freeze"]}
    assert found["undocumented"] == []
    assert found["retries"] == {"draft": 48, "approve": 0, "freeze": 3, "statements": 3}
    assert found["schedule"] == ["0 7 1 * *", "Asia/Makassar", False, 1]
    assert found["again"] == ["RETRY", "FAIL"]
    assert found["periods"] == ["2023-09", "2023-09", "2023-08", "2023-09", "2023-12"]


@pytest.mark.slow
def test_a_person_rejects_and_nothing_is_frozen_then_approves_and_it_is(run: tuple[House, dict[str, Any]]) -> None:
    house, outcome = run
    rejected, approved = outcome["runs"]
    assert rejected == [
        "success",
        {"draft": "success", "approve": "success", "freeze": "skipped", "statements": "skipped"},
    ]
    assert approved == ["success", dict.fromkeys(("draft", "approve", "freeze", "statements"), "success")]
    ((content, by, at, note),) = house.lake("select content_hash, approved_by, approved_at, note from closed.month")
    assert (by, note) == ("kepala", "sudah dicek")
    assert at.endswith("+00:00")
    (subject, body, params), again = outcome["asked"]
    assert subject == again[0] == "Insentif 2023-09: setujui? / approve?"
    assert body == again[1]
    # Airflow's button stays grey as long as a parameter that may not be null is an empty text
    assert (params["note"]["value"], params["note"]["schema"]["type"]) == (None, ["null", "string"])
    assert outcome["notes"] == ["", ""]
    draft = f"2023-09/draft-{content}/summary.html"
    for part in (
        "1 wadah, 1 Perisai, 61 baris",
        "**Rp 677.160**",
        f"[{draft}](https://perisai.example.test/statements/{draft})",
    ):
        assert part in body
    assert sorted(path.name for path in (house.settings.statements / "2023-09" / "final").iterdir()) == [
        "W00001.html",
        "W00001.xlsx",
        "summary.html",
        "summary.xlsx",
    ]


@pytest.mark.slow
def test_who_does_not_approve_by_the_3rd_is_told_of(run: tuple[House, dict[str, Any]]) -> None:
    _, outcome = run
    assert outcome["note"] == "Bulan / month: 2023-10"
    assert outcome["deadline"] == "2023-11-03T09:00:00+00:00"  # 17:00 in Makassar
    assert outcome["missed"] is True
    assert [event["state"] for event in outcome["told"]] == ["running", "success"]
    assert "<kepala@contoh.id>" in outcome["mailed"]
    assert "From: gudang@contoh.id" in outcome["mail"]
    assert outcome["told"][-1]["body"] == (
        'alert="incentive_close_overdue" run="scheduled" state="running" due="2023-11-03 09:00:00+00:00"'
    )
