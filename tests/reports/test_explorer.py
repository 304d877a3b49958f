"""The explorer in a real Chromium: served on this machine alone, it asks the published file and nothing else."""

from __future__ import annotations

import csv
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from bench import report
from perisai import serve
from reports import site
from tests.reports.test_browser import CUT, chromium, faults, pytestmark  # noqa: F401

pytestmark = [  # type: ignore[misc]
    pytestmark,
    pytest.mark.skipif(not site.EXPLORER.exists() and "CI" not in os.environ, reason="make explorer, which needs npm"),
]


@pytest.fixture(scope="module")
def published(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it is published: the file, and the report as a link."""
    folder = tmp_path_factory.mktemp("explorer")
    version = folder / "versions" / "2023-10-13-0"
    version.mkdir(parents=True)
    shutil.copyfile(templates / "empty.duckdb", version / "warehouse.duckdb")
    report.fill(version / "warehouse.duckdb", provinces=3, branches=6, wadahs=5, agents=12, months=3, days=3)
    site.write(version / "warehouse.duckdb", version / "report")
    for name in ("warehouse.duckdb", "report"):
        (folder / name).symlink_to(version / name)
    return folder


@pytest.fixture(scope="module")
def address(published: Path) -> Iterator[str]:
    with socket.socket() as there:
        there.bind((serve.HOST, 0))
        port = there.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(serve.site(published), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [there]})
        there.listen()
        thread.start()
        yield f"http://localhost:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:  # noqa: F811
    """A page that may ask this machine alone, and says nothing on its console."""
    context = chromium.new_context(accept_downloads=True)
    expect.set_options(timeout=60_000)
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: request.url.startswith((address, "data:", "blob:")) or wrong.append(request.url))
    yield page
    context.close()
    assert wrong == []


def test_a_question_is_put_together_answered_and_taken_along(
    page: Page, address: str, published: Path, tmp_path: Path
) -> None:
    page.goto(f"{address}/report/index.html?lang=en")
    page.get_by_role("link", name="Explore the figures").click()
    page.locator("select[name=table]").select_option("monev_branch_month")
    page.locator("select[name=by]").select_option("branch_code")
    page.locator("select[name=how]").select_option("sum")
    page.locator("select[name=of]").select_option("managed")
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Column", exact=True).select_option("branch_code")
    page.get_by_label("Comparison", exact=True).select_option("<>")
    page.get_by_label("Value", exact=True).fill("CAB001")
    page.get_by_label("Value", exact=True).blur()
    with duckdb.connect(str(published / "warehouse.duckdb"), read_only=True) as con:
        query = "from marts.monev_branch_month where branch_code <> 'CAB001'"
        expected = con.execute(f"select branch_code, sum(managed) {query} group by all order by 2 desc, 1").fetchall()
    expect(page.locator("#banyak")).to_have_text(f"{len(expected)} rows")
    rows = page.locator("#hasil tbody tr")
    assert [row.split("\t") for row in rows.all_inner_texts()] == [[code, f"{many:,}"] for code, many in expected]
    assert page.locator("#gambar li").count() == len(expected)
    assert faults(page) == []
    for width in (320, 700, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(CUT) == [], width
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "answer.csv")
    lines = list(csv.reader((tmp_path / "answer.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert lines[: lines.index([])] == [
        ["branch_code", "managed, sum"],
        *([code, str(many)] for code, many in expected),
    ]
    said = dict(row for row in lines[lines.index([]) + 1 :])
    assert (said["As of"], said["Filter"]) == ("2023-10-13", "branch_code <> CAB001")

    again = page.url  # sent on, it asks the same, in either language
    page.goto("about:blank")
    page.goto(again.replace("lang=en", "lang=id"))
    expect(page.locator("#banyak")).to_have_text(f"{len(expected)} baris")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_table_can_be_chosen_and_a_hostile_value_is_a_value(page: Page, address: str) -> None:
    page.goto(f"{address}/report/explorer.html?lang=en")
    tables = page.locator("select[name=table]")
    expect(page.locator("#banyak")).to_have_text(re.compile(r"\d rows"))
    names = tables.locator("option").all_inner_texts()
    assert {"coverage_month", "incentive_agent_month", "delivery_day"} < set(names)
    for name in ("coverage_month", "delivery_day", "incentive_line"):
        tables.select_option(name)
        expect(page.locator("#jawaban")).to_have_text(name)
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Column", exact=True).select_option("agent_code")
    page.get_by_label("Value", exact=True).fill("'; drop table x; --")
    page.get_by_label("Value", exact=True).blur()
    expect(page.locator("#banyak")).to_have_text("0 rows")
    assert not page.locator("#keadaan").is_visible()


def test_from_a_disk_it_says_what_to_do(chromium: Browser, published: Path) -> None:  # noqa: F811
    page = chromium.new_page()
    page.goto(f"{(published / 'report' / 'explorer.html').as_uri()}")
    assert "jalankan perisai serve dan buka" in " ".join(page.locator("#keadaan").inner_text().split())
    assert not page.locator("#tanya").is_visible()
    page.close()


def test_the_command_serves_this_machine(published: Path, tmp_path: Path) -> None:
    (tmp_path / "published").symlink_to(published)
    with socket.socket() as there:
        there.bind((serve.HOST, 0))
        port = there.getsockname()[1]
    command = [sys.executable, "-m", "perisai.cli", "serve", "--port", str(port)]
    environment = os.environ | {"PERISAI_HOME": str(tmp_path), "PERISAI_DEMO": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == f"http://localhost:{port}/report/explorer.html\n"
            for _ in range(300):
                try:
                    connection = http.client.HTTPConnection("localhost", port, timeout=30)
                    connection.request("GET", "/report/explorer.html")
                    break
                except ConnectionRefusedError:
                    time.sleep(0.2)
            assert connection.getresponse().status == 200
        finally:
            server.terminate()


def test_only_this_machine_is_answered_and_nothing_but_what_is_published(address: str, published: Path) -> None:
    (published.parent / "secret").write_text("x")

    def answer(path: str, method: str = "GET", **headers: str) -> tuple[int, int]:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        connection.request(method, path, headers=headers)
        said = connection.getresponse()
        return said.status, len(said.read())

    assert answer("/report/explorer.html")[0] == 200
    assert answer("/warehouse.duckdb", Range="bytes=0-9") == (206, 10)
    assert answer("/..%2Fsecret")[0] == 404
    assert answer("/warehouse.duckdb", "POST")[0] == 405
    assert answer("/report/index.html", Host="evil.example")[0] == 400
    assert answer("/")[0] == 307
