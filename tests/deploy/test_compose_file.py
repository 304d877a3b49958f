from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from deploy import compose

from perisai.errors import DayFailed
from perisai.settings import Settings

SECRET = re.compile(r"PASSWORD|SECRET|KEY$|CONN")
AIRFLOW = ["init", "api-server", "scheduler", "dag-processor", "triggerer"]
BI = ["bi-init", "bi"]
CLUSTER = ["worker", "redis", "s3"]
DATABASE = "postgresql+psycopg://airflow:@postgres/airflow"
KEPT = {"", DATABASE, f"db+{DATABASE}", "redis://:@redis:6379/0"}
"""What is left of a variable with a secret where that is taken out."""


def check(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def secrets(file: Path) -> dict[str, str]:
    subprocess.run([compose.ROOT / "scripts" / "secrets.sh", file], check=True, capture_output=True)
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_file_keeps_to_the_compose_specification(tmp_path):
    assert check(compose.ROOT / "docker-compose.yml").returncode == 0
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((compose.ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthchecks:"))
    said = check(wrong)
    assert said.returncode == 1
    assert "healthchecks" in said.stdout


def test_services_are_the_ones_that_the_docs_name():
    assert sorted(compose.raw()["services"]) == sorted([*AIRFLOW, *BI, *CLUSTER, "postgres"])


def test_the_catalog_s_server_speaks_english_whatever_the_locale():
    assert "lc_messages=C" in compose.raw()["services"]["postgres"]["command"]


@pytest.mark.parametrize("name", sorted(compose.required()))
def test_no_start_without_this_secret(name, tmp_path):
    variables = secrets(tmp_path / "env")
    compose.filled(compose.raw(), variables)
    if name in compose.secrets().values():
        return  # Compose itself refuses to start a service whose secret is made of a variable that is not set
    with pytest.raises(compose.Unset, match=name):
        compose.filled(compose.raw(), variables | {name: ""})


def test_every_secret_comes_from_outside():
    for name, service in compose.raw()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                left = compose.VARIABLE.sub("", value)
                assert left in KEPT or variable.endswith("_FILE"), f"{name} holds {variable} in the file"
                assert not re.search(":-[^}]", value), "a default that is no secret"


def test_secrets_are_random_private_and_made_once(tmp_path):
    one, two = secrets(tmp_path / "one"), secrets(tmp_path / "two")
    assert set(one) == compose.required()
    assert all(one[name] != two[name] and len(one[name]) >= 32 for name in one)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    before = (tmp_path / "one").read_text()
    again = subprocess.run(
        [compose.ROOT / "scripts" / "secrets.sh", tmp_path / "one"], capture_output=True, check=False
    )
    assert again.returncode == 1
    assert (tmp_path / "one").read_text() == before


def test_secrets_reach_neither_git_nor_the_image():
    assert "/.env" in (compose.ROOT / ".gitignore").read_text().splitlines()
    kept_out, *let_in = [
        line for line in (compose.ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
    ]
    assert kept_out == "*"
    assert "!.env" not in let_in


def test_only_this_machine_is_listened_on():
    ports = [port for service in compose.raw()["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_nothing_of_ours_runs_as_root():
    services = compose.raw()["services"]
    assert {services[name]["user"] for name in [*AIRFLOW, *BI, "worker", "s3"]} == {"50000:50000"}
    assert services["redis"]["user"] == "999:999"
    for folder in (compose.ROOT, compose.ROOT / "bi"):
        dockerfile = (folder / "Dockerfile").read_text()
        assert "--uid 50000" in dockerfile
        assert "\nUSER perisai\n" in dockerfile


def test_only_the_scheduler_holds_files_of_the_branches_and_whoever_judges_keys():
    services = compose.raw()["services"]
    holders = {name for name, service in services.items() if service.get("secrets")}
    assert {"PERISAI_HMAC_KEY", "PERISAI_VAULT_KEY"}.isdisjoint(
        name for service in services.values() for name in service.get("environment", {})
    ), "a key in an environment is a key in every process"
    mounts = {name for name in services if {"state", "landing"} & set(mounted(name))}
    assert mounts == {"scheduler"}
    assert holders == {"scheduler", "worker"}
    assert mounted("worker") == ["./site"], "it shares nothing but what it reads"


def mounted(service: str) -> list[str]:
    """Names of the volumes and folders that a service mounts."""
    volumes = compose.filled(compose.raw()["services"][service].get("volumes", []), {})
    return [volume.split(":")[0] for volume in volumes]


def test_superset_sees_what_is_published_and_nothing_else_and_starts_only_when_asked():
    services = compose.raw()["services"]
    assert all(services[name]["profiles"] == ["bi"] for name in BI)
    assert {name for name, service in services.items() if service.get("profiles")} == {*BI, *CLUSTER}
    assert services["bi"]["volumes"] == ["bi:/var/lib/superset", "published:/srv/perisai/published:ro"]
    assert mounted("bi-init") == ["bi"]
    assert not any(name.startswith("PERISAI_") for service in BI for name in services[service]["environment"])


def test_who_judges_elsewhere_starts_only_when_asked_and_gets_no_login_but_that_of_the_storage(tmp_path):
    services = compose.raw()["services"]
    assert all(services[name]["profiles"] == ["cluster"] for name in CLUSTER)
    storage = services["s3"]["env_file"]
    assert services["worker"]["env_file"] == storage
    assert services["scheduler"]["env_file"][:1] == storage
    assert "-master.telemetry=false" in services["s3"]["command"]
    file, login = tmp_path / "env", tmp_path / "site" / "storage.env"
    before = secrets(file)
    for _ in range(2):
        subprocess.run([compose.ROOT / "scripts" / "cluster.sh", file, login], check=True, capture_output=True)
    written = dict(line.split("=", 1) for line in file.read_text().splitlines() if not line.startswith("#"))
    assert before.items() <= written.items()
    assert written["AIRFLOW_EXECUTOR"] == "LocalExecutor,CeleryExecutor"
    assert len(file.read_text().splitlines()) == len({*file.read_text().splitlines()}), "written once"
    file.write_text("COMPOSE_PROFILES=bi\n")
    said = subprocess.run(
        [compose.ROOT / "scripts" / "cluster.sh", file, login], capture_output=True, text=True, check=False
    )
    assert (said.returncode, file.read_text()) == (1, "COMPOSE_PROFILES=bi\n")
    assert "add cluster to it" in said.stderr
    assert {"AWS_ENDPOINT_URL=http://s3:8333"} < set(login.read_text().splitlines())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, login)] == [0o600] * 2


def test_secrets_of_a_new_release_are_added_and_the_old_ones_stay(tmp_path):
    before = secrets(tmp_path / "env")
    text = (tmp_path / "env").read_text()
    (tmp_path / "env").write_text("".join(line for line in text.splitlines(True) if not line.startswith("SUPERSET_")))
    after = secrets(tmp_path / "env")
    assert set(after) == set(before)
    kept = {name for name in before if not name.startswith("SUPERSET_")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


# A setting that Compose does not pass, and why.
NOT_PASSED = {
    "PERISAI_HOME": "the image says it",
    "PERISAI_DEMO": "keys of a server are made by `make secrets`",
    "PERISAI_HMAC_KEY": "it is a file",
    "PERISAI_VAULT_KEY": "it is a file",
    "PERISAI_SPARK_MASTER": "the image has no Spark",
    "PERISAI_SPARK_PYTHON": "the image has no Spark",
}


def test_every_setting_reaches_the_steps_and_is_documented():
    settings = {f"PERISAI_{name.upper()}" for name in Settings.model_fields}
    for service in ("scheduler", "worker"):
        passed = {name for name in compose.raw()["services"][service]["environment"] if name.startswith("PERISAI_")}
        assert settings - passed == set(NOT_PASSED) | ({"PERISAI_ALERT_MAIL"} if service == "worker" else set())
    page = (compose.ROOT / "docs" / "operate.md").read_text()
    listed = re.findall(r"^\| `(PERISAI_\w+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(settings), "the table of settings in docs/operate.md"


def test_what_the_docs_tell_to_set_is_a_setting():
    told = set()
    for page in [compose.ROOT / "README.md", *(compose.ROOT / "docs").glob("*.md")]:
        told |= set(re.findall(r"(?<![A-Z_])PERISAI_[A-Z]\w+", page.read_text()))
    assert told <= {f"PERISAI_{name.upper()}" for name in Settings.model_fields}


def test_an_alarm_and_a_dag_file_have_what_they_read():
    services = compose.raw()["services"]
    read = set(re.findall(r"Settings\(\)\.(\w+)", (compose.ROOT / "perisai" / "alerts.py").read_text()))
    assert read == {"alert_mail"}
    assert {"PERISAI_ALERT_MAIL", "AIRFLOW_CONN_SMTP_DEFAULT"} <= set(services["triggerer"]["environment"])
    assert {"PERISAI_REFERENCE", "PERISAI_SHARDS"} <= set(services["dag-processor"]["environment"])
    assert {name for name in services if "./site" in mounted(name)} == {
        "scheduler",
        "dag-processor",
        "worker",
    }


def test_a_setting_that_is_left_empty_has_its_default(tmp_path, monkeypatch):
    variables = secrets(tmp_path / "env")
    given = compose.filled(compose.raw()["services"]["scheduler"]["environment"], variables)
    for name, value in given.items():
        if name.startswith("PERISAI_") and not name.endswith("_KEY_FILE"):
            monkeypatch.setenv(name, value)
    settings, default = Settings(), Settings.model_construct()
    other = {name for name in Settings.model_fields if getattr(settings, name) != getattr(default, name)}
    assert other <= {"home", "known_hosts", "lake_catalog"}


def test_a_key_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 64 + "\n")
    settings = Settings(hmac_key_file=tmp_path / "key", vault_key="v" * 32, vault_key_file=tmp_path / "key")
    assert settings.secret_hmac == b"k" * 64
    with pytest.raises(DayFailed, match="both set"):
        _ = settings.secret_vault


def test_every_mounted_volume_is_declared():
    file = compose.raw()
    every = {name for service in file["services"] for name in mounted(service)}
    assert {name for name in every if not name.startswith(".")} == set(file["volumes"])
