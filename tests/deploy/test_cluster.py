"""Several machines: the profile `cluster` of docker-compose.yml, each service in processes of this machine.

Exports lie in object storage. Two workers of Celery judge them, each with a home of its own, and make the buckets of a
full build; what is built is compared with the same days on one machine.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from deploy import compose
from deploy.test_services import (  # noqa: F401 (fixtures)
    PATIENCE,
    SERVERS,
    Server,
    database,
    free_port,
    postgres,
    variables,
    wait_for,
)
from house import House
from s3fs import S3FileSystem

from perisai import day as steps
from perisai import full
from perisai.settings import PACKAGED_REFERENCE, Settings
from warehouse import files, trees

pytestmark = pytest.mark.slow
DAYS = ("2023-10-10", "2023-10-11", "2023-10-12", "2023-10-13")
OF_THE_HOME = ("extract", "plan", "load", "marts", "publish", "report")  # done where the scheduler is
WORKERS = ("one", "two")
LONGEST = pytest.mark.skipif(not os.environ.get("LONGEST"), reason="half an hour each; LONGEST=1 runs these, too")


@dataclass
class Machine(Server):
    """A machine of the cluster: where Redis and object storage are, and the login of the latter, on each of them."""

    redis: int = 0
    storage: int = 0
    login: dict[str, str] = field(default_factory=dict)

    def place(self, value: str) -> str:
        for there, port in (("@redis:6379", self.redis), ("s3:8333", self.storage)):
            value = value.replace(there, f"{'@' * there.startswith('@')}127.0.0.1:{port}")
        return super().place(value).replace("/var/lib/objects", str(self.home / "objects"))

    def environment(self, name: str) -> dict[str, str]:
        of_storage = self.login if "env_file" in self.service(name) else {}
        quick = {  # a task whose worker is gone is noticed in seconds
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
        }
        return super().environment(name) | {key: self.place(value) for key, value in of_storage.items()} | quick

    def service(self, name: str) -> dict[str, Any]:
        found = super().service(name)
        if name == "s3":  # one of several servers on this machine has no port that is always the same
            ports = [
                f"-{one}.port{kind}={free_port()}" for one in ("master", "volume", "filer") for kind in ("", ".grpc")
            ]
            found["command"] += [*ports, f"-s3.port={self.storage}", f"-s3.port.grpc={free_port()}"]
        return found

    def made(self, home: Path) -> Machine:
        """Another machine of the same cluster, with an empty home."""
        for folder in ("airflow/logs", "state", "objects"):
            (home / folder).mkdir(parents=True)
        for name in ("secrets", "site"):
            shutil.copytree(self.home / name, home / name)
        (home / "airflow" / "config").symlink_to(compose.ROOT / "config")
        return replace(self, home=home, processes={})


def redis(folder: Path, password: str, port: int) -> subprocess.Popen[bytes]:
    """Redis, as Compose starts it."""
    *shell, said = compose.raw()["services"]["redis"]["command"]
    said = said.replace("$$", "$").replace("/tmp/", f"{folder}/")
    with (folder / "redis.log").open("wb") as log:
        return subprocess.Popen(
            [*shell, f"{said} --port {port}"],
            env=os.environ | {"REDISCLI_AUTH": password},
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def landing_in_storage(folder: Path) -> None:
    """Reference tables in which each branch leaves its exports in object storage."""
    shutil.copytree(PACKAGED_REFERENCE, folder)
    with (folder / "branch.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "landing_url": f"s3://perisai/landing/{row['branch_code']}"} for row in csv.DictReader(file)]
    with (folder / "branch.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def cluster(
    variables: dict[str, str],  # noqa: F811
    postgres: int,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Machine, dict[str, Machine]]]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "env").write_text("")
    files = [folder / "env", folder / "login"]
    subprocess.run([compose.ROOT / "scripts" / "cluster.sh", *files], check=True, capture_output=True)
    given, login = (
        dict(line.split("=", 1) for line in file.read_text().splitlines() if line[:1] not in "#") for file in files
    )
    given |= {"PERISAI_REFERENCE": "/etc/perisai/reference", "PERISAI_LAKE_DATA": "s3://perisai/lake"}
    template = folder / "template"
    (template / "secrets").mkdir(parents=True)
    for name, variable in compose.secrets().items():
        (template / "secrets" / name).write_text(variables[variable])
    landing_in_storage(template / "site" / "reference")
    blank = Machine(
        template, postgres, free_port(), variables | given, redis=free_port(), storage=free_port(), login=login
    )
    up = blank.made(folder / "server")
    workers = {name: blank.made(folder / name) for name in WORKERS}
    everything = {"redis": redis(folder, variables["REDIS_PASSWORD"], blank.redis)}
    try:
        up.processes["s3"] = everything["s3"] = up.start("s3")
        assert up.start("init").wait(timeout=PATIENCE) == 0, up.log("init").read_text()
        for name in SERVERS:
            up.processes[name] = everything[name] = up.start(name)
        for name, worker in workers.items():
            worker.processes["worker"] = everything[name] = start_worker(worker, name)
        for name in SERVERS:
            wait_for(f"healthy {name}", lambda name=name: up.healthy(name))
        for name, worker in workers.items():
            wait_for("healthy worker", lambda name=name, worker=worker: takes_tasks(worker, name))
        yield up, workers
    finally:
        for process in [*everything.values(), *up.processes.values()]:
            kill(process)


def start_worker(worker: Machine, name: str) -> subprocess.Popen[bytes]:
    """A worker, under a name of its own on this one host."""
    service = worker.service("worker")
    with worker.log("worker").open("ab") as log:
        return subprocess.Popen(
            [*service["command"], "--celery-hostname", f"{name}@%h"],
            env=worker.environment("worker"),
            cwd=worker.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def takes_tasks(worker: Machine, name: str) -> bool:
    """The health check of a worker, which has another name here."""
    assert worker.processes["worker"].poll() is None, worker.log("worker").read_text()[-4000:]
    *check, _ = (worker.place(word) for word in worker.service("worker")["healthcheck"]["test"][1:])
    done = subprocess.run([*check, name], env=worker.environment("worker"), capture_output=True, check=False)
    return done.returncode == 0


def kill(process: subprocess.Popen[bytes]) -> None:
    """As when a machine loses its power: the process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def leave(up: Machine, bucket: S3FileSystem, plain: House, day: str) -> None:
    """A day's exports in object storage, and the same in a folder, as of the same time."""
    for path in sorted(plain.settings.landing.with_name("exports").glob(f"*/*_{day}*")):
        key = f"perisai/landing/{path.parent.name}/{path.name}"
        bucket.put_file(str(path), key)
        target = plain.settings.landing / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        at = bucket.info(key)["LastModified"].timestamp()
        os.utime(target, (at, at))


def run(up: Machine, day: str = "", dag: str = "daily_load") -> str:
    """Where the API has a run, for a date or of another DAG, that is triggered now."""
    token = up.admin()
    wait_for("DAG", lambda: up.call("/api/v2/dags", token=token)["total_entries"])
    asked = {"logical_date": None, "conf": {"business_date": day} if day else {}}
    started: str = up.call(f"/api/v2/dags/{dag}/dagRuns", asked, token)["dag_run_id"]
    up.call(f"/api/v2/dags/{dag}", {"is_paused": False}, token, "PATCH")
    return f"/api/v2/dags/{dag}/dagRuns/{started}"


def tasks(up: Machine, started: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = up.call(f"{started}/taskInstances?limit=200", token=up.admin())["task_instances"]
    return found


def running(up: Machine, started: str, step: str) -> bool:
    """Whether a step is at work."""
    return any(task["task_id"] == step and task["state"] == "running" for task in tasks(up, started))


def ended(up: Machine, started: str) -> None:
    def state() -> str:
        for name in SERVERS:  # as Compose does
            if up.processes[name].poll() is not None:
                up.processes[name] = up.start(name)
        try:
            return asked()
        except OSError:  # the server is about to start again
            return ""

    def asked() -> str:
        said: str = up.call(started, token=up.admin())["state"]
        return said if said in {"success", "failed"} else ""

    assert wait_for("end of the run", state) == "success", [
        (task["task_id"], task["map_index"], task["state"]) for task in tasks(up, started)
    ]


@pytest.fixture(scope="module")
def plain(cluster: tuple[Machine, dict[str, Machine]], tmp_path_factory: pytest.TempPathFactory) -> House:
    """One machine with the same keys, reference tables and exports."""
    up, _ = cluster
    home = tmp_path_factory.mktemp("plain")
    subprocess.run(
        [sys.executable, "-m", "demo", "--to", home / "exports", "--size", "small"],
        check=True,
        capture_output=True,
        cwd=compose.ROOT,
    )
    keys = {name: (up.home / "secrets" / f"perisai_{name}").read_text() for name in ("hmac_key", "vault_key")}
    return House(Settings(home=home, reference=up.home / "site" / "reference", **keys))


@pytest.fixture
def bucket(cluster: tuple[Machine, dict[str, Machine]], monkeypatch: pytest.MonkeyPatch) -> S3FileSystem:
    up, _ = cluster
    for name, value in up.login.items():
        monkeypatch.setenv(name, up.place(value))
    S3FileSystem.clear_instance_cache()
    return S3FileSystem(use_listings_cache=False)


def same(up: Machine, plain: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built in both is the same, table by table."""
    monkeypatch.setenv("PGPASSWORD", up.variables["LAKE_DB_PASSWORD"])
    there = House(
        plain.settings.model_copy(
            update={
                "home": up.state,
                "lake_catalog": up.place("postgres:dbname=lake host=postgres user=lake"),
                "lake_data": "s3://perisai/lake",
                "store": "s3://perisai/store",
            }
        )
    )
    tables = "select schema_name, table_name from duckdb_tables() where schema_name in ('core', 'marts') order by all"
    names = [f"{schema}.{table}" for schema, table in plain.lake(tables)]
    assert len(names) > 50
    assert [f"{schema}.{table}" for schema, table in there.lake(tables)] == names
    hashes = " union all by name ".join(
        f"select '{name}' as name, count(*) as rows, sum(hash(one)) as content from {name} as one" for name in names
    )
    one, other = ({name: rest for name, *rest in house.lake(hashes)} for house in (there, plain))
    assert {name: (one[name], other[name]) for name in names if one[name] != other[name]} == {}
    assert one["marts.coverage_month"][0] > 0


def test_two_workers_give_the_marts_of_one_machine(
    cluster: tuple[Machine, dict[str, Machine]], plain: House, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, workers = cluster
    leave(up, bucket, plain, DAYS[0])
    started = run(up, DAYS[0])
    ended(up, started)
    by = {task["task_id"]: task["executor"] for task in tasks(up, started)}
    assert {task for task, executor in by.items() if executor} == {"judge"}
    assert sum("judge" in worker.log("worker").read_text() for worker in workers.values()) == 2, "each took a shard"
    plain.build(DAYS[0])
    same(up, plain, monkeypatch)
    assert not trees.listed(files.at("s3://perisai/store/staging"))
    for worker in workers.values():
        left = {path.name for path in worker.state.rglob("*") if path.is_file()}
        assert left <= {"lake.lock", "judge"}, "nothing that a branch sent stays there"


def test_a_worker_that_is_killed_costs_its_shard_only(
    cluster: tuple[Machine, dict[str, Machine]], plain: House, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, workers = cluster
    leave(up, bucket, plain, DAYS[1])
    started = run(up, DAYS[1])
    wait_for("shard that is judged", lambda: running(up, started, "judge"))
    time.sleep(1)
    kill(workers["one"].processes["worker"])
    ended(up, started)
    tries = [task["try_number"] for task in tasks(up, started) if task["task_id"] == "judge"]
    assert sorted(tries)[-1] > 1, "none was at work when its worker was killed"
    plain.build(DAYS[1])
    same(up, plain, monkeypatch)


@LONGEST
@pytest.mark.timeout(3600)
def test_a_scheduler_that_is_killed_in_each_of_its_steps_loses_and_doubles_nothing(
    cluster: tuple[Machine, dict[str, Machine]], plain: House, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, _ = cluster
    leave(up, bucket, plain, DAYS[2])
    started = run(up, DAYS[2])
    for step in OF_THE_HOME:
        wait_for(f"start of {step}", lambda step=step: running(up, started, step))
        kill(up.processes["scheduler"])
        up.processes["scheduler"] = up.start("scheduler")
    ended(up, started)
    tries = {task["task_id"]: task["try_number"] for task in sorted(tasks(up, started), key=lambda t: t["try_number"])}
    assert {step for step in OF_THE_HOME if tries[step] < 2} == set(), "each was at work when it was killed"
    assert not trees.listed(files.at("s3://perisai/store/staging"))
    plain.build(DAYS[2])
    same(up, plain, monkeypatch)


def test_storage_and_database_that_go_away_lose_and_double_nothing(
    cluster: tuple[Machine, dict[str, Machine]],
    plain: House,
    bucket: S3FileSystem,
    database: tuple[int, Callable[[], None]],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    up, _ = cluster
    leave(up, bucket, plain, DAYS[3])
    started = run(up, DAYS[3])
    wait_for("shard that is judged", lambda: running(up, started, "judge"))
    kill(up.processes["s3"])
    time.sleep(3)
    up.processes["s3"] = up.start("s3")
    wait_for("build of the marts", lambda: running(up, started, "marts"))
    database[1]()
    ended(up, started)
    assert max(task["try_number"] for task in tasks(up, started) if task["task_id"] == "marts") > 1
    assert not trees.listed(files.at("s3://perisai/store/staging"))
    plain.build(DAYS[3])
    same(up, plain, monkeypatch)


@LONGEST
@pytest.mark.timeout(3600)
def test_a_full_build_on_the_workers_of_which_one_is_killed_gives_the_tables_of_one_machine(
    cluster: tuple[Machine, dict[str, Machine]], plain: House, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, workers = cluster
    if not plain.settings.lake.exists():  # none of the tests above was run
        leave(up, bucket, plain, DAYS[0])
        ended(up, run(up, DAYS[0]))
        plain.build(DAYS[0])
    one = workers["one"].processes
    if one["worker"].poll() is not None:
        up.processes["worker one"] = one["worker"] = start_worker(workers["one"], "one")
        wait_for("healthy worker", lambda: takes_tasks(workers["one"], "one"))
    started = run(up, dag="full_rebuild")
    wait_for("bucket that is made", lambda: running(up, started, "round_2"))
    time.sleep(1)
    kill(one["worker"])
    ended(up, started)
    made = [task for task in tasks(up, started) if task["task_id"].startswith("round_")]
    assert {task["executor"] for task in made} == {"CeleryExecutor"}
    assert sorted((task["task_id"], task["map_index"]) for task in made) == [
        (f"round_{number}", bucket) for number in (1, 2, 3) for bucket in (0, 1)
    ]
    assert max(task["try_number"] for task in made) > 1, "none was at work when its worker was killed"
    settings = plain.settings.model_copy(update={"build_buckets": 3})  # as many as they are, the tables are the same
    plan = full.plan_rebuild(settings)
    for number in range(full.ROUNDS):
        for each in range(3 if number else 1):
            full.bucket(settings, plan["plan"], number, each)
    steps.marts(settings, plan["plan"])
    same(up, plain, monkeypatch)
    assert not trees.listed(files.at("s3://perisai/store/staging"))
