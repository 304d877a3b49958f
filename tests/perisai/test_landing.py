"""Picking files up from real servers: an OpenSSH server and an S3-speaking one, both on the loopback address."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from house import House, claim, rows_to_csv
from s3fs import S3FileSystem
from servers import CLERK, HOST, PASSWORD, SSHD, Cutter, SshServer, free_port, keygen, s3, sshd

from perisai import day as steps
from perisai import inbox, intake, judging
from perisai.branches import branches
from perisai.errors import DayFailed
from perisai.newest import newest_date
from perisai.settings import PACKAGED_REFERENCE, Settings
from transforms.delivery import dated
from transforms.landing import Address, LandingError, Login, Place, address
from warehouse import benches, files

DAY = date(2023, 9, 30)
NAME = "NTB01_claims_2023-09-30.csv"
CONTENT = rows_to_csv("claims", map(claim, range(1, 4)))
LARGE = rows_to_csv("claims", map(claim, range(1, 8000)))
OFFICE = "KW-BNP"
CONNECTION = "AIRFLOW_CONN_PERISAI_LANDING_127_0_0_1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    if SSHD is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("sshd is missing: apt-get install openssh-server")
    with sshd(tmp_path_factory.mktemp("ssh")) as running:
        yield running


@pytest.fixture
def upload(server: SshServer) -> Iterator[Path]:
    """The folder in which NTB01 leaves its files at the SSH server."""
    folder = server.files / "NTB01"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3FileSystem]:
    """A bucket ``exports``; the file system's ``endpoint_url`` is its server's address."""
    with s3() as endpoint:
        fs = S3FileSystem(key="k", secret="s", endpoint_url=endpoint)
        fs.mkdir("exports")
        yield fs


def house_of(tmp_path: Path, urls: dict[str, str], **changes: Any) -> House:
    """A house of two branches of one office, whose landing URLs are given."""
    reference = tmp_path / "reference"
    shutil.copytree(PACKAGED_REFERENCE, reference)
    for name in ("branch.csv", "branch_target.csv"):
        with (reference / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["branch_code"] in ("NTB01", "NTB02")]
        if name == "branch.csv":
            rows = [{**row, "landing_url": urls.get(row["branch_code"], "")} for row in rows]
        with (reference / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    given: dict[str, Any] = {
        "home": tmp_path / "data",
        "reference": reference,
        "hmac_key": "h" * 32,
        "vault_key": "v" * 32,
        "max_missing_share": 1,
        "settle_seconds": 0.05,
        "landing_wait_seconds": 0.01,
    }
    return House(Settings(**{**given, **changes}))


def ssh_house(tmp_path: Path, server: SshServer, upload: Path, port: int | None = None, **changes: Any) -> House:
    url = f"sftp://{HOST}:{port or server.port}{upload}"
    return house_of(tmp_path, {"NTB01": url}, **{"known_hosts": server.known_hosts, **changes})


def with_key(monkeypatch: pytest.MonkeyPatch, server: SshServer) -> None:
    said = {"conn_type": "sftp", "login": server.user, "extra": {"key_file": str(server.key)}}
    monkeypatch.setenv(CONNECTION, json.dumps(said))


def in_raw(house: House) -> dict[str, bytes]:
    """All that lies in raw, by its name; what half-copied files leave would show up too."""
    return {path.name: path.read_bytes() for path in house.settings.raw.rglob("*") if path.is_file()}


def load_in_spite(house: House, day: date = DAY) -> str:
    """Runs a day as the DAG does, which goes on without the office that failed; what extract said."""
    with pytest.raises((OSError, DayFailed)) as said:
        steps.extract(house.settings, day, OFFICE)
    steps.plan(house.settings, day)
    steps.judge(house.settings, day)
    steps.load(house.settings, day)
    return f"{type(said.value).__name__}: {said.value}"


def failed(house: House) -> list[tuple[str, str]]:
    """(branch, reason) of each landing place that could not be read on the day."""
    return house.lake(f"select branch_code, reason from raw.landing_problem where business_date = date '{DAY}'")


def accepted(house: House) -> list[str]:
    """Names of the files whose rows are in the lake."""
    return [n for (n,) in house.lake("select file_name from raw.delivery where judgement = 'accepted' order by all")]


def day_of(house: House, branch: str) -> dict[str, tuple[str, str]]:
    """Feed → (outcome, reason) of a branch on the day, from the mart."""
    steps.marts(house.settings)
    rows = house.lake(
        f"select feed, outcome, reason from marts.delivery_day where branch_code = '{branch}'"
        f" and business_date = date '{DAY}' and outcome <> 'superseded'"
    )
    return {feed: (outcome, reason) for feed, outcome, reason in rows}


class TestSftp:
    def test_a_file_and_its_manifest_are_taken_once(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        house = ssh_house(tmp_path, server, upload)
        manifest = json.dumps({"lines": 3}).encode()
        (upload / NAME).write_bytes(CONTENT)
        (upload / "NTB01_claims_2023-09-30.manifest.json").write_bytes(manifest)
        (upload / "arsip").mkdir()
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        digest = hashlib.sha256(CONTENT).hexdigest()
        folder = house.settings.raw / "NTB01" / "2023-09-30" / digest
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            NAME: CONTENT,
            "NTB01_claims_2023-09-30.manifest.json": manifest,
        }
        monkeypatch.setattr(Place, "fetch", None)  # what is known by name, size and time is not fetched again
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 0

    def test_a_password_opens_too_and_a_wrong_one_is_tried_once(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (upload / NAME).write_bytes(CONTENT)
        house = ssh_house(tmp_path, server, upload)
        house.leave("NTB02", "claims", "2023-09-30", [claim(9, branch_code="NTB02")])
        monkeypatch.setenv(CONNECTION, f"sftp://{server.user}:salah-sekali@/")
        counter = Cutter(server.port, after=0, cuts=0)
        wrong = ssh_house(
            tmp_path / "wrong",
            server,
            upload,
            counter.port,
            known_hosts=server.known_at(counter.port, tmp_path / "known"),
        )
        with pytest.raises(DayFailed, match="NTB01: login or access refused"):
            steps.extract(wrong.settings, DAY, OFFICE)
        assert counter.connections == 1, "an account is not locked by a machine that keeps trying"
        counter.close()

        said = load_in_spite(house)
        assert said.startswith("DayFailed: NTB01: login or access refused")
        assert "salah" not in said
        outcome = day_of(house, "NTB01")
        assert {feed: word for feed, (word, _) in outcome.items()} == dict.fromkeys(outcome, "failed")
        assert len(outcome) == 4
        assert "login or access refused" in outcome["claims"][1]
        assert day_of(house, "NTB02")["claims"][0] == "accepted", "the other branch is none the worse"
        assert day_of(house, "NTB02")["agents"][0] == "absent"
        if not server.has_password:
            pytest.skip("only root may start an sshd that knows a password")
        monkeypatch.setenv(CONNECTION, f"sftp://{CLERK}:{PASSWORD}@/")
        house.load(DAY.isoformat())
        assert {feed: word for feed, (word, _) in day_of(house, "NTB01").items()} == {
            "claims": "accepted",
            "agents": "absent",
            "contributions": "absent",
            "registrations": "absent",
        }

    def test_a_server_with_another_host_key_gets_no_login(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        (upload / NAME).write_bytes(CONTENT)
        other = keygen(tmp_path / "other").with_suffix(".pub").read_text()
        (tmp_path / "known").write_text(f"[{HOST}]:{server.port} {other}")
        house = ssh_house(tmp_path, server, upload, known_hosts=tmp_path / "known")
        with pytest.raises(DayFailed, match="NTB01: the server's host key is not the one in PERISAI_KNOWN_HOSTS"):
            steps.extract(house.settings, DAY, OFFICE)
        nobody = ssh_house(tmp_path / "nobody", server, upload, known_hosts=tmp_path / "missing")
        with pytest.raises(DayFailed, match="NTB01: PERISAI_KNOWN_HOSTS is no file"):
            steps.extract(nobody.settings, DAY, OFFICE)
        assert in_raw(house) == in_raw(nobody) == {}

    def test_a_cut_connection_is_taken_up_again(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        (upload / NAME).write_bytes(LARGE)
        cutter = Cutter(server.port, after=len(LARGE) // 2, cuts=1)
        known = server.known_at(cutter.port, tmp_path / "known")
        house = ssh_house(tmp_path, server, upload, cutter.port, known_hosts=known)
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        assert in_raw(house) == {NAME: LARGE}
        assert cutter.connections == 2
        cutter.close()

    def test_a_connection_that_keeps_being_cut_fails_and_leaves_nothing_half_copied(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        (upload / NAME).write_bytes(LARGE)
        cutter = Cutter(server.port, after=len(LARGE) // 2, cuts=99)
        known = server.known_at(cutter.port, tmp_path / "known")
        house = ssh_house(tmp_path, server, upload, cutter.port, known_hosts=known)
        assert load_in_spite(house).startswith("OSError: NTB01: ")
        assert cutter.connections == house.settings.landing_attempts
        assert in_raw(house) == {}
        assert [branch for branch, _ in failed(house)] == ["NTB01"]
        cutter.cuts = 0
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        assert in_raw(house) == {NAME: LARGE}
        cutter.close()

    def test_a_growing_file_is_left_until_it_is_whole(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        house = ssh_house(tmp_path, server, upload)
        path = upload / NAME
        path.write_bytes(CONTENT[:100])
        (upload / "NTB01_claims_2023-10-01.csv.part").write_bytes(CONTENT)

        def grows(seconds: float) -> None:
            if seconds:
                path.write_bytes(CONTENT[:150])

        with monkeypatch.context() as patched:
            patched.setattr(intake.time, "sleep", grows)
            receipt = steps.extract(house.settings, DAY, OFFICE)
        assert (receipt["new_files"], receipt["unfinished"]) == (0, 2)
        assert in_raw(house) == {}

        fetch = Place.fetch

        def grows_meanwhile(place: Place, *args: Any) -> None:
            fetch(place, *args)
            path.write_bytes(CONTENT[:180])

        with monkeypatch.context() as patched:
            patched.setattr(Place, "fetch", grows_meanwhile)
            assert steps.extract(house.settings, DAY, OFFICE)["unfinished"] == 2
        assert in_raw(house) == {}
        path.write_bytes(CONTENT)
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        assert in_raw(house) == {NAME: CONTENT}

    def test_a_manifest_or_a_marker_says_that_a_file_is_whole(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        house = ssh_house(tmp_path, server, upload)
        waits: list[float] = []
        monkeypatch.setattr(intake.time, "sleep", waits.append)
        said = {"lines": 3, "sha256": hashlib.sha256(CONTENT).hexdigest()}
        (upload / NAME).write_bytes(CONTENT)
        (upload / "NTB01_claims_2023-09-30.manifest.json").write_text(json.dumps(said))
        (upload / "NTB01_claims_2023-09-29.csv").write_bytes(CONTENT)
        (upload / "NTB01_claims_2023-09-29.csv.ok").touch()
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 2
        assert not any(waits)
        # a manifest that came before the end of its file: of another content, so only time can tell
        (upload / "NTB01_claims_2023-09-28.csv").write_bytes(CONTENT[:100])
        (upload / "NTB01_claims_2023-09-28.manifest.json").write_text(json.dumps(said))

        def grows(seconds: float) -> None:
            waits.append(seconds)
            if seconds:
                (upload / "NTB01_claims_2023-09-28.csv").write_bytes(CONTENT)

        monkeypatch.setattr(intake.time, "sleep", grows)
        assert steps.extract(house.settings, DAY, OFFICE)["unfinished"] == 1
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        assert [wait for wait in waits if wait] == [house.settings.settle_seconds]

    def test_names_that_are_no_text_and_files_that_cannot_be_read_stop_nothing(
        self, tmp_path: Path, server: SshServer, upload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_key(monkeypatch, server)
        house = ssh_house(tmp_path, server, upload)
        (upload / NAME).write_bytes(CONTENT)
        (upload / os.fsdecode(b"AAA_\xff\xfe.csv")).write_bytes(b"x\n1\n")
        (upload / "tautan.csv").symlink_to("/etc/hostname")
        steps.extract(house.settings, DAY, OFFICE)
        assert sorted(in_raw(house)) == ["AAA_\ufffd\ufffd.csv", NAME], "a link is not followed"
        steps.plan(house.settings, DAY)
        assert steps.judge(house.settings, DAY)["files"] == 2


class TestBucket:
    def test_objects_are_taken_once(
        self, tmp_path: Path, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.log_in(monkeypatch, bucket.endpoint_url)
        bucket.pipe({f"exports/ntb/01/{NAME}": CONTENT, "exports/ntb/01/lama/x.csv": b"1", "exports/ntb/01/": b""})
        house = house_of(tmp_path, {"NTB01": "s3://exports/ntb/01", "NTB02": "s3://exports/ntb/02"})
        assert newest_date(house.settings) == dated(NAME), "as no folder says"
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
        assert in_raw(house) == {NAME: CONTENT}
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 0
        bucket.pipe(f"exports/ntb/01/{NAME}", LARGE)
        assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1

    def test_what_cannot_be_read_fails_for_that_branch_only(
        self, tmp_path: Path, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.log_in(monkeypatch, bucket.endpoint_url, "missing")
        house = house_of(tmp_path, {"NTB01": "s3://missing/x"})
        house.leave("NTB02", "claims", "2023-09-30", [claim(9, branch_code="NTB02")])
        assert newest_date(house.settings) == date(2023, 9, 30), "by those that can be read"
        assert "NTB01: " in load_in_spite(house)
        assert "bucket does not exist" in dict(failed(house))["NTB01"]
        assert accepted(house) == ["NTB02_claims_2023-09-30.csv"]
        self.log_in(monkeypatch, f"http://{HOST}:{free_port()}", "missing")
        with pytest.raises(OSError, match="NTB01: Could not connect to the endpoint URL"):
            steps.extract(house.settings, DAY, OFFICE)

    def test_a_wrong_key_is_refused(
        self, tmp_path: Path, bucket: S3FileSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.log_in(monkeypatch, bucket.endpoint_url)
        house = house_of(tmp_path, {"NTB01": "s3://exports/ntb/01"})

        def ask_for_keys_after(requests: bytes) -> None:
            address = f"{bucket.endpoint_url}/moto-api/reset-auth"
            said = urllib.request.Request(address, requests, {"Content-Type": "text/plain"}, method="POST")
            urllib.request.urlopen(said, timeout=10).close()

        ask_for_keys_after(b"0")
        try:
            with pytest.raises(DayFailed, match="NTB01: login or access refused"):
                steps.extract(house.settings, DAY, OFFICE)
        finally:
            ask_for_keys_after(b"inf")

    def log_in(self, monkeypatch: pytest.MonkeyPatch, endpoint: str, bucket: str = "exports") -> None:
        said = {"login": "k", "password": "s", "extra": {"endpoint_url": endpoint, "region_name": "us-east-1"}}
        monkeypatch.setenv(f"AIRFLOW_CONN_PERISAI_LANDING_{bucket.upper()}", json.dumps({"conn_type": "aws", **said}))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sftp://clerk:geheim@host/x", "has a password in it"),
        ("s3://key:geheim@bucket/x", "has a password in it"),
        ("ftp://host/x", "is none of"),
        ("host/x", "is none of"),
        ("file://host/x", "is none of"),
        ("sftp:///x", "is none of"),
        ("s3://bucket/x?versionId=1", "is none of"),
        ("sftp://host:port/x", "is not a URL"),
    ],
)
def test_a_url_that_is_no_place_is_refused_without_being_repeated(tmp_path: Path, url: str, words: str) -> None:
    house = house_of(tmp_path, {"NTB01": url})
    with pytest.raises(DayFailed, match=f"NTB01: landing_url {words}") as said:
        steps.extract(house.settings, DAY, OFFICE)
    assert "geheim" not in str(said.value)


def test_a_login_is_looked_up_under_the_user_and_then_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    where = address("sftp://ntb01@sftp.contoh.example:2222/unggah/hari%20ini")
    assert where == Address("sftp", "sftp.contoh.example", "ntb01", 2222, "/unggah/hari ini")
    assert intake.login_for(where) is None
    monkeypatch.setenv("AIRFLOW_CONN_PERISAI_LANDING_SFTP_CONTOH_EXAMPLE", "sftp://semua:satu@/")
    assert intake.login_for(where) == Login("semua", "satu", None, {})
    monkeypatch.setenv("AIRFLOW_CONN_PERISAI_LANDING_NTB01_SFTP_CONTOH_EXAMPLE", "sftp://ntb01:dua%40@/?key_file=k")
    login = intake.login_for(where)
    assert login == Login("ntb01", "dua@", None, {"key_file": "k"})
    assert "dua" not in repr(login)


def test_a_login_that_is_missing_names_what_to_set(tmp_path: Path) -> None:
    house = house_of(tmp_path, {"NTB01": "sftp://sftp.contoh.example/unggah"})
    with pytest.raises(DayFailed, match="NTB01: no connection perisai_landing_sftp_contoh_example is set"):
        steps.extract(house.settings, DAY, OFFICE)


def test_where_a_branch_leaves_its_files_is_not_published(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    house = house_of(tmp_path, {"NTB01": f"file://{elsewhere}"})
    elsewhere.mkdir()
    (elsewhere / NAME).write_bytes(CONTENT)
    house.leave("NTB01", "claims", "2023-09-29", [claim(99, status_date="2023-09-06")])
    house.publish(DAY.isoformat())
    assert house.published("select count(*) from marts.delivery_day where outcome = 'accepted'") == [(2,)]
    assert [b.landing_url for b in branches(house.settings.reference)] == [f"file://{elsewhere}", ""]
    names = house.published("select column_name from duckdb_columns() where table_name = 'branch'")
    assert ("landing_url",) not in names
    assert ("branch_code",) in names


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with room for 64 KiB: a file system of its own if we may mount one, else one that only says so."""
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    else:
        fetch = Place.fetch

        def full(place: Place, file: Any, target: Path) -> None:
            if file.size > 64 * 1024:
                raise OSError(28, "No space left on device")
            fetch(place, file, target)

        monkeypatch.setattr(Place, "fetch", full)
        yield folder


def test_a_full_disk_of_ours_fails_the_branch_and_leaves_nothing(
    tmp_path: Path, server: SshServer, upload: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_key(monkeypatch, server)
    house = ssh_house(tmp_path, server, upload)
    (upload / NAME).write_bytes(LARGE)
    house.leave("NTB02", "claims", "2023-09-30", [claim(9, branch_code="NTB02")])
    assert load_in_spite(house).startswith("OSError: NTB01: ")
    assert failed(house) == [("NTB01", "our own disk is full: No space left on device")]
    assert list(in_raw(house)) == accepted(house) == ["NTB02_claims_2023-09-30.csv"]


def test_a_temporary_folder_that_another_thread_removes_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / benches.PARTS).mkdir()

    def looks(path: Path) -> bool:  # as pathlib does after "File exists": at this moment the other thread is done
        path.rmdir()
        monkeypatch.undo()
        return path.is_dir()

    monkeypatch.setattr(Path, "is_dir", looks)
    with benches.bench(tmp_path) as bench:
        assert bench.parent == tmp_path / benches.PARTS
        assert bench.exists()


def test_a_copy_that_was_cut_off_at_any_point_is_made_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    house.leave("NTB01", "claims", "2023-09-30", CONTENT, manifest={"lines": 3})
    for module, step in ((intake, "sha256_of"), (inbox, "note"), (files, "sync_one")):
        for after in (False, True):
            whole = getattr(module, step)

            def cut_off(*args: Any, whole: Any = whole, after: bool = after) -> None:
                if after:
                    whole(*args)
                raise Killed

            with monkeypatch.context() as patched:
                patched.setattr(module, step, cut_off)
                with pytest.raises(Killed):
                    steps.extract(house.settings, DAY, OFFICE)
            assert not list(house.settings.raw.glob("*/*/*/*.csv"))
            steps.plan(house.settings, DAY)
            assert steps.judge(house.settings, DAY)["files"] == 0
    assert steps.extract(house.settings, DAY, OFFICE)["new_files"] == 1
    steps.plan(house.settings, DAY)
    assert steps.judge(house.settings, DAY)["files"] == 1
    (folder,) = (path.parent for path in house.settings.raw.glob("*/*/*/*.csv"))
    assert sorted(path.name for path in folder.iterdir()) == [NAME, "NTB01_claims_2023-09-30.manifest.json"]


def test_what_was_copied_and_not_loaded_is_loaded_by_the_next_run(house: House) -> None:
    path = house.leave("NTB01", "claims", "2023-09-30", CONTENT)
    steps.extract(house.settings, DAY, OFFICE)
    path.unlink()
    steps.plan(house.settings, date(2023, 10, 1))
    assert steps.judge(house.settings, date(2023, 10, 1))["files"] == 1


def test_a_day_costs_its_own_files_and_not_the_history_s(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 10):
        house.leave("NTB01", "claims", f"2023-09-{day:02d}", [claim(day, status_date="2023-09-05")])
    house.load("2023-09-30")
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    assert list(house.settings.inbox.iterdir()) == []
    looked_at: list[Path] = []
    identify = judging.identify

    def counted(path: Path, *args: Any, **named: Any) -> Any:
        looked_at.append(path)
        return identify(path, *args, **named)

    monkeypatch.setattr(judging, "identify", counted)
    house.leave("NTB01", "claims", "2023-09-30", CONTENT)
    steps.extract(house.settings, DAY, OFFICE)
    steps.plan(house.settings, DAY)
    steps.judge(house.settings, DAY)
    assert [path.name for path in looked_at] == [NAME]


def test_a_house_from_before_the_inbox_or_a_new_lake_gets_it_from_raw(house: House) -> None:
    house.leave("NTB01", "claims", "2023-09-30", CONTENT)
    house.load("2023-09-30")
    shutil.rmtree(house.settings.landing)
    shutil.rmtree(house.settings.inbox)
    steps.plan(house.settings, DAY)
    assert steps.judge(house.settings, DAY)["files"] == 0
    shutil.rmtree(house.settings.lake)
    steps.plan(house.settings, DAY)
    assert steps.judge(house.settings, DAY)["files"] == 1


def test_a_failed_look_is_an_absence_once_the_place_was_read(house: House) -> None:
    (house.settings.landing / "NTB01").parent.mkdir(parents=True)
    (house.settings.landing / "NTB01").write_text("a file where a folder should be")
    assert load_in_spite(house) == "OSError: NTB01: Not a directory"
    assert day_of(house, "NTB01")["claims"] == ("failed", "Not a directory")
    (house.settings.landing / "NTB01").unlink()
    house.load("2023-10-01")
    assert day_of(house, "NTB01")["claims"][0] == "absent"


def test_an_error_that_nobody_foresaw_is_not_taken_for_the_branch_s(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.leave("NTB01", "claims", "2023-09-30", CONTENT)
    monkeypatch.setattr(intake, "sha256_of", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        steps.extract(house.settings, DAY, OFFICE)


def test_a_landing_error_says_whether_trying_again_can_help() -> None:
    assert LandingError("gone").again
    assert not LandingError("wrong", again=False).again
