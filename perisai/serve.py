"""The published files over HTTP on this machine alone: what a page of the report may not read from a disk."""

from __future__ import annotations

from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from perisai.console import write

HOST = "127.0.0.1"


def site(published: Path) -> Starlette:
    """Whatever is published, to be read and in parts (byte ranges), by nobody but browsers that ask for this machine.

    Args:
        published: the folder with ``report`` and ``warehouse.duckdb``; both are links that follow the current version.
    """
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/report/index.html")),
            Mount("/", StaticFiles(directory=published, follow_symlink=True)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def serve(published: Path, port: int) -> None:
    """Serves until it is interrupted.

    Raises:
        SystemExit: the port is taken.
    """
    write(f"http://localhost:{port}/report/explorer.html\n")
    uvicorn.run(site(published), host=HOST, port=port, log_level="warning")
