"""The DAG as Airflow sees it, and a day that it really runs. Airflow reads its settings once: each in a process."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import traces

from perisai.rights.person import opened_vault
from perisai.settings import Settings

ROOT = Path(__file__).parents[2]
DAY = "2023-10-13"

EXPECTED = {
    "daily_load": {"extract", "plan", "judge", "load", "marts", "publish", "report", "announce", "complete"},
    "incentive_close": {"draft", "approve", "freeze", "statements"},
    "housekeeping": {"housekeep", "verify"},
    "full_rebuild": {
        *("plan_rebuild", "whole", "round_1", "round_2", "round_3"),
        *("marts", "publish", "report", "announce"),
    },
}

PARSE = """
import importlib.util, json, os, sys
from datetime import datetime
from pathlib import Path
from perisai.run_dag import environment
os.environ |= environment(Path(sys.argv[1]))
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from perisai.errors import DayFailed, LockBusy
before = set(sys.modules)
bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
dag = bag.dags["daily_load"]
spec = importlib.util.spec_from_file_location("daily_load", dag.fileloc)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps({
    "errors": bag.import_errors,
    "tasks": {name: sorted(dag.task_ids) for name, dag in bag.dags.items()},
    "loaded": sorted({module.split(".")[0] for module in set(sys.modules) - before}),
    "after": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
    "rules": {task.task_id: task.trigger_rule for task in dag.tasks},
    "undocumented": [task.task_id for task in dag.tasks if not task.doc_md],
    "offices": list(dag.get_task("extract").op_kwargs_expand_input.value["office"]),
    "shards": list(dag.get_task("judge").op_kwargs_expand_input.value["shard"]),
    "retries": {task.task_id: task.retries for task in dag.tasks},
    "again": [dag.get_task("load").retry_policy.evaluate(e, 1, 9).action.name for e in (LockBusy(), DayFailed())],
    "paused_days": [dag.catchup, dag.max_active_runs],
    "asked": {name: {key: [p.value, p.schema.get("type")] for key, p in DagSerialization.from_dict(
        DagSerialization.to_dict(dag)).params.items()} for name, dag in bag.dags.items()},
    "because": [dag.get_template_env().from_string(dag.get_task("publish").op_args[0]).render(
        params={"publish_because": said}) for said in (None, "", "a branch closed")],
    "owners": {dag.dag_id: [sorted({task.owner for task in dag.tasks}), sorted(dag.tags)] for dag in bag.dags.values()},
    "deadlines": [[d.name, str(d.interval), d.callback.path] for d in dag.deadline],
    "dates": [str(module.business_date({"business_date": asked or None}, datetime.fromisoformat(due)))
        for asked, due, _ in json.loads(sys.argv[2])],
}))
"""

# The business date asked for, when the run is due, and the business date of the run.
DATES = {
    "asked for": ("2023-10-13", "2026-01-01T00:00:00+00:00", "2023-10-13"),
    "scheduled": ("", "2023-10-14T05:00:00+08:00", "2023-10-13"),
    "scheduled in UTC": ("", "2023-10-13T21:00:00+00:00", "2023-10-13"),
    "an hour before midnight there": ("", "2023-10-13T15:59:59+00:00", "2023-10-12"),
    "midnight there": ("", "2023-10-13T16:00:00+00:00", "2023-10-13"),
}

# `run_dag` with one step replaced by the code in argv[3].
BROKEN = """
import sys
from datetime import date, timedelta
from pathlib import Path
from perisai import day, run_dag
from perisai.errors import DayFailed
exec(sys.argv[2])
state, outcomes = run_dag.run(date.fromisoformat("2023-10-13"), Path(sys.argv[1]), retry_delay=timedelta(0))
print(state, *(f"{o.task}{':' + o.which if o.which else ''}={o.state}" for o in outcomes))
"""


# A version is announced three times; the webhook refuses the first.
ANNOUNCE = """
import os, sys
from datetime import date
from pathlib import Path
from perisai.run_dag import environment
home = Path(sys.argv[1])
os.environ |= {"PERISAI_HOME": str(home), **environment(home)}
from perisai.announce import announce
from perisai.settings import Settings
for _ in range(3):
    try:
        print(announce(Settings())["sent"])
    except Exception as refusal:
        assert "500" in str(refusal), refusal
        print("refused")
"""


def python(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PERISAI"))}
    return subprocess.run(
        [sys.executable, *arguments],
        env=clean | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = python("-c", PARSE, tmp_path_factory.mktemp("parse"), json.dumps(list(DATES.values())))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of a state whose landing folders hold the small demo exports."""
    home = tmp_path_factory.mktemp("day") / "data"
    done = python("-m", "demo", "--to", home / "landing", "--size", "small")
    assert done.returncode == 0, done.stderr
    return home


def people(home: Path) -> set[str]:
    """Every NIK, KPJ, name and phone that the vault of a demo holds."""
    settings = Settings(home=home, demo=True)
    with opened_vault(settings) as (con, tables):
        return {
            value
            for table, names in tables.items()
            for name in names & {"nik", "kpj", "full_name", "phone"}
            for (value,) in con.execute(f"select distinct {name} from vault.{table}").fetchall()
            # too short, it is no number of anybody's; the other stands in a rule's words for what a spreadsheet does
            if value and not re.fullmatch(r"[0-9]{1,7}|5\.27101E\+15", value)
        }


def published(home: Path) -> dict[str, list[Any]]:
    """Every published mart, ordered."""
    with duckdb.connect(str(home / "published" / "warehouse.duckdb"), read_only=True) as warehouse:
        names = warehouse.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by all"
        ).fetchall()
        return {name: warehouse.execute(f"from marts.{name} order by all").fetchall() for (name,) in names}


def recorded(home: Path) -> tuple[list[tuple[float, str]], list[str]]:
    """What Airflow shows: of each run how many seconds it took and its note; the buttons of the offices' squares."""
    with sqlite3.connect(home / "airflow" / "airflow.db") as db:
        runs = db.execute(
            "select (julianday(end_date) - julianday(start_date)) * 86400, content"
            " from dag_run left join dag_run_note on dag_run_id = dag_run.id"
        ).fetchall()
        links = db.execute("select value from xcom where key = '_link_OfficePage'").fetchall()
    return runs, sorted(link for (value,) in links if (link := json.loads(value)))


def test_these_dags_and_tasks_and_no_others(parsed):
    assert parsed["errors"] == {}
    assert {dag: set(tasks) for dag, tasks in parsed["tasks"].items()} == EXPECTED


def test_reading_the_file_loads_nothing_heavy(parsed):
    heavy = {"pandas", "pyarrow", "duckdb", "numpy", "great_expectations", "sqlglot", "bs4", "altair"}
    assert "perisai" in parsed["loaded"]
    assert heavy.isdisjoint(parsed["loaded"])


def test_order_of_the_steps(parsed):
    assert parsed["after"] == {
        "extract": [],
        "plan": ["extract"],
        "judge": ["plan"],
        "load": ["judge", "plan"],
        "marts": ["load"],
        "publish": ["marts"],
        "report": ["publish"],
        "announce": ["report"],
        "complete": ["announce", "extract"],
    }
    assert parsed["paused_days"] == [False, 1]


def test_who_waits_for_the_day_is_told_when_it_is_late(parsed):
    assert parsed["deadlines"] == [["published by 08:00", "3:00:00", "perisai.alerts.publication_overdue"]]


def test_a_run_by_hand_needs_no_reason_and_without_one_no_bound_is_lifted(parsed):
    # Airflow's button stays grey as long as a parameter that may not be null is an empty text
    assert parsed["asked"] == {
        "daily_load": {name: [None, ["null", "string"]] for name in ("business_date", "publish_because")},
        "incentive_close": {name: [None, ["null", "string"]] for name in ("correct_because", "period")},
        "housekeeping": {},
        "full_rebuild": {"engine": ["duckdb", "string"], "publish_because": [None, ["null", "string"]]},
    }
    assert parsed["because"] == ["", "", "a branch closed"]


def test_owner_and_tags_are_the_house_s_own(parsed):
    assert {tuple(owners) for owners, _ in parsed["owners"].values()} == {("data team",)}
    assert all("perisai" in tags and len(tags) == 2 for _, tags in parsed["owners"].values())


def test_one_square_an_office_and_one_a_shard(parsed):
    assert parsed["offices"] == ["KW-BNP", "KW-SLM", "(unlisted)"]
    assert parsed["shards"] == [0]


def test_only_what_follows_extract_goes_on_after_a_failure(parsed):
    assert {task for task, rule in parsed["rules"].items() if rule != "all_success"} == {"plan"}
    assert parsed["rules"]["plan"] == "all_done"


def test_retries_are_bounded(parsed):
    assert [parsed["retries"].pop(task) for task in ("extract", "announce")] == [3, 3]
    assert set(parsed["retries"].values()) == {1}
    assert parsed["again"] == ["RETRY", "FAIL"]


def test_every_task_says_what_it_does(parsed):
    assert parsed["undocumented"] == []


@pytest.mark.parametrize("place", range(len(DATES)), ids=list(DATES))
def test_business_date(parsed, place):
    *_, expected = list(DATES.values())[place]
    assert parsed["dates"][place] == expected


@pytest.mark.slow
def test_a_day_is_published_and_announced_and_running_it_again_changes_nothing(demo, mailbox, webhook):
    told = {
        "AIRFLOW_CONN_SMTP_DEFAULT": mailbox.connection,
        "AIRFLOW_CONN_KANTOR_PUSAT": webhook.connection,
        "PERISAI_PUBLISH_MAIL": "kepala@example.test, data@example.test",
        "PERISAI_PUBLISH_WEBHOOK": "kantor_pusat",
        "PERISAI_REPORT_URL": "https://perisai.example.test/report?a=1&b=2",
    }
    first = python("-m", "perisai.run_dag", DAY, PERISAI_HOME=str(demo), PERISAI_DEMO="1", **told)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Nothing is new" not in first.stdout
    assert "PERISAI_HMAC_KEY is not set" in first.stderr
    marts = published(demo)
    assert all(marts[name] for name in ("coverage_month", "incentive_line", "claim_month", "delivery_day"))
    version = (demo / "published" / "warehouse.duckdb").resolve()

    [mail] = mailbox.mails
    assert mail["to"] == ["kepala@example.test", "data@example.test"]
    assert mail["subject"] == f"Perisai {DAY}: sudah terbit / published"
    assert "https://perisai.example.test/report?a=1&amp;b=2" in mail["body"]
    [posted] = webhook.posts
    assert (posted["business_date"], posted["version"]) == (DAY, version.parent.name)
    assert posted["rows"]["lines"] == sum(row[4] for row in marts["delivery_day"] if str(row[0]) == DAY) > 0
    assert posted["deliveries"]["branches_behind"] == len({row[0] for row in marts["freshness"] if row[4]})
    assert posted["incentives"]["payable_rp"] > 0

    [(seconds, note)], links = recorded(demo)
    assert 1 < seconds < 600, "the run lasted as long as it lasted, whatever its date"
    assert note == f"Tanggal data / business date: {DAY}"
    assert links == [
        f"https://perisai.example.test/report/office-{office}.html?a=1&b=2" for office in ("KW-BNP", "KW-SLM")
    ]

    again = python("-m", "perisai.run_dag", DAY, PERISAI_HOME=str(demo), PERISAI_DEMO="1", **told)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing is new" in again.stdout
    assert (demo / "published" / "warehouse.duckdb").resolve() == version
    assert published(demo) == marts
    assert (len(mailbox.mails), len(webhook.posts)) == (1, 1)


@pytest.mark.slow
def test_who_could_not_be_told_is_told_by_the_next_run_and_nobody_twice(demo, mailbox, webhook):
    (demo / "announced.json").unlink(missing_ok=True)
    webhook.answers = [500, 200]
    done = python(
        "-c",
        ANNOUNCE,
        demo,
        PERISAI_DEMO="1",
        AIRFLOW_CONN_SMTP_DEFAULT=mailbox.connection,
        AIRFLOW_CONN_KANTOR_PUSAT=webhook.connection,
        PERISAI_PUBLISH_MAIL="kepala@example.test",
        PERISAI_PUBLISH_WEBHOOK="kantor_pusat",
    )
    assert done.stdout.splitlines()[-3:] == ["refused", "['webhook']", "[]"], done.stdout + done.stderr
    assert (len(mailbox.mails), len(webhook.posts)) == (1, 2)
    assert webhook.posts[0] == webhook.posts[1]


@pytest.mark.slow
def test_the_day_fails_at_once_when_the_data_says_no(demo):
    code = "def no(*a): raise DayFailed('the lines do not add up')\nday.load = no"
    done = python("-c", BROKEN, demo, code, PERISAI_DEMO="1")
    state, *tasks = done.stdout.split()
    assert state == "failed", done.stdout + done.stderr
    assert "load=failed" in tasks
    assert "publish=upstream_failed" in tasks
    assert done.stderr.count("load failed: the lines do not add up") == 1
    assert "tried again" not in done.stderr


@pytest.mark.slow
def test_an_office_out_of_reach_is_tried_again_and_stops_no_other(demo):
    code = """
real = day.extract
def flaky(settings, when, office):
    if office == "KW-SLM":
        raise OSError("STG01: no route to host")
    return real(settings, when, office)
day.extract = flaky
"""
    done = python("-c", BROKEN, demo, code, PERISAI_DEMO="1")
    state, *tasks = done.stdout.split()
    assert state == "failed", done.stdout + done.stderr
    assert {"extract:KW-SLM=failed", "extract:KW-BNP=success", "publish=success", "report=success"} <= set(tasks)
    assert "complete=upstream_failed" in tasks
    assert done.stderr.count("no route to host It is tried again.") == 3


@pytest.mark.slow
def test_nobody_is_named_by_a_day_that_went_well_or_failed(demo, tmp_path):
    """In no log, receipt, rendered template, table of Airflow, exception or temporary file, in whatever encoding."""
    meant = people(demo)
    assert len(meant) > 1000
    nik = next(value for value in sorted(meant) if re.fullmatch(r"\d{16}", value))
    code = f"""
import duckdb
from perisai.step import logged
@logged
def load(settings, business_date, plan):
    duckdb.sql("select cast('{nik}' as date)").fetchall()
day.load = load
"""
    done = python("-c", BROKEN, demo, code, PERISAI_DEMO="1", TMPDIR=str(tmp_path))
    state, *tasks = done.stdout.split()
    assert (state, "load=failed" in tasks) == ("failed", True), done.stderr
    assert "ConversionException" in done.stderr
    (tmp_path / "said").write_text(done.stdout + done.stderr)
    for folder in (demo, tmp_path):
        assert traces.found(folder, meant, left_out=("raw/", "landing/", "rejects/workbooks/")) == {}
    assert len(traces.found(demo / "landing", meant)) > 5, "where they are, they are found"
