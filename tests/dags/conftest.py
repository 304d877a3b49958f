"""Who is told of a day: a mail server and a web server that keep what they get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from servers import HOST, free_port


class Mailbox:
    """A mail server's handler that keeps what it was sent."""

    connection: str

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        assert body is not None
        self.mails.append({"to": envelope.rcpt_tos, "subject": mail["subject"], "body": body.get_content()})
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server, with the connection by which Airflow finds it."""
    box = Mailbox()
    server = Controller(box, hostname=HOST, port=free_port())
    server.start()
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "perisai@example.test"}
    box.connection = json.dumps({"conn_type": "smtp", "host": HOST, "port": server.port, "extra": extra})
    yield box
    server.stop()


class Webhook(ThreadingHTTPServer):
    """A web server that keeps what was posted to it, and answers as told; 200 if not told."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.answers: list[int] = []
        super().__init__((HOST, 0), _Keep)
        self.connection = json.dumps({"conn_type": "http", "host": f"http://{HOST}:{self.server_port}"})


class _Keep(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
