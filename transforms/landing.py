"""Where branches leave their exports: a folder, an SFTP server or an S3 bucket, all read through fsspec.

A place only lists and fetches. Whether a file is finished, and what becomes of it, is for others to say.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec

TIMEOUT_SECONDS = 20
"""How long a server may stay silent before the connection counts as lost."""
LONGEST_NAME = 200
"""Bytes of a file name that every file system takes, with room for a suffix."""
SCHEMES = ("file", "sftp", "s3")


class LandingError(OSError):
    """A landing place could not be read, in words that hold no secret; ``again`` says whether trying again can help."""

    def __init__(self, words: str, *, again: bool = True) -> None:
        super().__init__(words)
        self.again = again


@dataclass(frozen=True)
class Login:
    """Who to be at a server. Everything but the user stays out of logs and messages."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Address:
    """A landing URL, taken apart. For S3 the host is the bucket."""

    scheme: str
    host: str
    user: str | None
    port: int | None
    path: str

    @property
    def connection_ids(self) -> list[str]:
        """Names under which the login may be kept, the more particular one first."""
        names = [f"{self.user}_{self.host}"] if self.user else []
        return [f"perisai_landing_{re.sub(r'[^a-z0-9]', '_', name.lower())}" for name in [*names, self.host]]


@dataclass(frozen=True)
class Found:
    """A file as a place lists it. Two that are equal are, as far as the place can tell, the same content."""

    name: str
    path: str = field(repr=False)
    size: int
    modified: float
    tag: str = ""


def address(url: str) -> Address:
    """Takes a landing URL apart: ``file:///…``, ``sftp://[user@]host[:port]/folder`` or ``s3://bucket/prefix``.

    Raises:
        LandingError: it is none of these, or has a password in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise LandingError("landing_url is not a URL", again=False) from error
    if parts.password is not None:
        raise LandingError("landing_url has a password in it; it belongs in a connection", again=False)
    if parts.scheme not in SCHEMES or parts.query or parts.fragment or bool(parts.hostname) == (parts.scheme == "file"):
        raise LandingError("landing_url is none of file:///…, sftp://host/… and s3://bucket/…", again=False)
    path = unquote(parts.path)
    return Address(parts.scheme, parts.hostname or "", parts.username, port, path if parts.scheme != "s3" else path[1:])


class Place:
    """A landing place. It connects when first asked, and again after ``close``.

    Raises:
        LandingError: from every method, when the place cannot be read.
    """

    def __init__(self, where: Address, login: Login | None, known_hosts: Path) -> None:
        self.where = where
        self._login = login
        self._known_hosts = known_hosts
        self._fs: Any = None
        self._disconnect: Callable[[], None] = lambda: None
        self.passed_over = 0
        """Folders and links that ``files`` saw, and which are not taken."""

    @property
    def whole_at_once(self) -> bool:
        """Whether a file shows up only when all of it is there, as an S3 object does."""
        return self.where.scheme == "s3"

    def files(self) -> list[Found]:
        """Files of the place in the order of their names, without folders, links and what stands in folders.

        A local folder or an S3 prefix that does not exist holds no file; an SFTP folder must exist.
        """
        with self._in_words():
            entries = self._entries(self._connected())
        found = [_found(entry) for entry in entries if entry["type"] == "file" and not entry["name"].endswith("/")]
        names = [PurePosixPath(entry["name"]).name for entry in entries if entry["type"] != "file"]
        self.passed_over = sum(not name.startswith(".") for name in names)
        return sorted(found, key=lambda file: file.name)

    def again(self, file: Found) -> Found | None:
        """The file as it is now, or None if it is gone."""
        with self._in_words():
            try:
                return _found({**self._connected().info(file.path), "name": file.path})
            except FileNotFoundError:
                return None

    def fetch(self, file: Found, target: Path) -> None:
        """Writes the file's bytes to a local path."""
        with self._in_words():
            self._connected().get_file(file.path, str(target))

    def close(self) -> None:
        """Lets go of the connection."""
        self._disconnect()
        self._fs, self._disconnect = None, lambda: None

    def _connected(self) -> Any:
        if self._fs is None:
            self._fs = {"file": self._folder, "sftp": self._sftp, "s3": self._bucket}[self.where.scheme]()
        return self._fs

    def _folder(self) -> Any:
        return fsspec.filesystem("file")

    def _sftp(self) -> Any:
        from sshfs import SSHFileSystem

        logging.getLogger("asyncssh").setLevel(logging.WARNING)  # it tells of every connection and who logs in
        login = self._login
        if login is None:
            raise LandingError(f"no connection {self.where.connection_ids[0]} is set", again=False)
        if not self._known_hosts.is_file():
            raise LandingError(f"PERISAI_KNOWN_HOSTS is no file: {self._known_hosts}", again=False)
        fs = SSHFileSystem(
            self.where.host,
            port=self.where.port or login.port or 22,
            username=self.where.user or login.user,
            password=login.password,
            client_keys=_keys(login) or None,
            known_hosts=str(self._known_hosts),  # sshfs checks no host key unless it is told to
            # nothing of whoever happens to run this: no ~/.ssh/config, no agent
            config=None,
            agent_path=None,
            connect_timeout=TIMEOUT_SECONDS,
            login_timeout=TIMEOUT_SECONDS,
            keepalive_interval=TIMEOUT_SECONDS // 4,
            keepalive_count_max=3,
            sftp_client_kwargs={"path_errors": "surrogateescape"},
            skip_instance_cache=True,
        )
        self._disconnect = lambda: fs.loop.call_soon_threadsafe(fs.client.close)
        return fs

    def _bucket(self) -> Any:
        from s3fs import S3FileSystem

        login = self._login or Login()  # without one, botocore's own chain: environment, instance role
        options = {name: login.options[name] for name in ("endpoint_url", "region_name") if name in login.options}
        fs = S3FileSystem(
            key=login.user,
            secret=login.password,
            client_kwargs=options,
            # whoever calls tries again; three layers that do would multiply
            config_kwargs={
                "connect_timeout": TIMEOUT_SECONDS,
                "read_timeout": TIMEOUT_SECONDS,
                "retries": {"mode": "standard", "total_max_attempts": 1},
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        fs.retries = 2
        return fs

    def _entries(self, fs: Any) -> list[dict[str, Any]]:
        path = self.where.path
        if self.where.scheme == "s3":
            root = f"{self.where.host}/{path}".rstrip("/")
            fs.call_s3("list_objects_v2", Bucket=self.where.host, MaxKeys=1)  # a bucket that is missing says so
            try:
                return list(fs.ls(root, detail=True))
            except FileNotFoundError:
                return []
        if self.where.scheme == "file":
            if not Path(path).exists():
                return []
            if not Path(path).is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
        return list(fs.ls(path, detail=True))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except LandingError:
            raise
        except Exception as error:
            known = _words(error, self.where.scheme)
            if known is None:
                raise
            self.close()
            raise known from error


def _words(error: Exception, scheme: str) -> LandingError | None:
    """The library's error as one of ours, or None if it is not the landing place's fault."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return LandingError(f"our own disk is full: {said}")
    words = None
    if scheme == "sftp":
        words = _sftp_words(error, said)
    elif scheme == "s3":
        words = _s3_words(error, said)
    if words is None and isinstance(error, PermissionError) and scheme != "file":
        words = LandingError(f"login or access refused: {said}", again=False)
    if words is None and isinstance(error, OSError):  # a TimeoutError is one too
        words = LandingError(said)
    return words


def _sftp_words(error: Exception, said: str) -> LandingError | None:
    import asyncssh

    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return LandingError(f"the server's host key is not the one in PERISAI_KNOWN_HOSTS: {said}", again=False)
    if isinstance(error, asyncssh.KeyImportError | asyncssh.KeyEncryptionError):
        return LandingError(f"the connection's private key cannot be read: {said}", again=False)
    return LandingError(said) if isinstance(error, asyncssh.Error) else None


def _s3_words(error: Exception, said: str) -> LandingError | None:
    from aiohttp import ClientError as TransferError
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return LandingError(said, again=False)
    return LandingError(said) if isinstance(error, BotoCoreError | ClientError | TransferError) else None


def _keys(login: Login) -> list[Any]:
    import asyncssh

    phrase = login.options.get("private_key_passphrase")
    keys = []
    if text := login.options.get("private_key"):
        keys.append(asyncssh.import_private_key(text, phrase))
    if file := login.options.get("key_file"):
        keys.append(asyncssh.read_private_key(file, phrase))
    return keys


def _found(entry: dict[str, Any]) -> Found:
    modified = next((entry[key] for key in ("LastModified", "mtime") if entry.get(key) is not None), 0.0)
    if isinstance(modified, datetime):
        modified = modified.timestamp()
    path = str(entry["name"])
    return Found(_name(path), path, int(entry["size"] or 0), float(modified), str(entry.get("ETag") or ""))


def _name(path: str) -> str:
    """A file's name as it can be kept: valid Unicode, and not longer than file systems take."""
    name = PurePosixPath(path).name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if len(name.encode()) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME // 8]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return name
