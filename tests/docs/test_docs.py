"""The docs: a site that fetches nothing, and commands that somebody has tried, each of them."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer
from docs.commands import ROOT, commands, mentioned, pages
from house import House
from playwright.sync_api import sync_playwright

from perisai.cli import app
from warehouse.models import discover

TABLE = Path(__file__).with_name("commands.csv")
ELSEWHERE = ("query.md",)  # its blocks are run by tests/clients, as they stand


def table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def block_is_run_elsewhere(page: Path, command: str) -> bool:
    return page.name in ELSEWHERE and "\n" in command


def test_every_command_of_the_docs_is_in_the_table_and_no_other() -> None:
    told = {c for page in pages() for c in commands(page) if not block_is_run_elsewhere(page, c)}
    listed = [row["command"] for row in table()]
    assert sorted(listed) == sorted(told)


def test_what_is_not_run_here_is_run_by_a_test_that_is_there_or_says_why_not() -> None:
    for row in table():
        if row["how"] == "test":
            file, name = row["what"].split("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), row
        else:
            assert row["how"] == "run" or (row["how"] == "reason" and len(row["what"]) > 15), row


def test_every_target_and_command_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    click = typer.main.get_command(app)
    there = {"make": targets, "perisai": set(click.commands)}  # type: ignore[attr-defined]
    assert [
        (page.name, program, what)
        for page in pages()
        for program, what in mentioned(page)
        if what not in there[program]
    ] == []


@pytest.fixture
def home(demo_house: House, tmp_path: Path) -> Path:
    """A folder in which the docs' commands find ``data`` and ``.venv``."""
    shutil.copytree(demo_house.settings.home, tmp_path / "data", symlinks=True)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.mark.slow
def test_commands_run_as_they_stand(home: Path) -> None:
    """One after the other, in one home."""
    own = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32, "PERISAI_MAX_MISSING_SHARE": "1"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in [row["command"] for row in table() if row["how"] == "run"]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=home,
            env={**os.environ, **own, "PERISAI_HOME": "data", "PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 and done.stdout, f"{command}\n{done.stdout}{done.stderr}"


class Fetched(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link")):
                self.addresses.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site, built beside a warehouse that has published Data Docs."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "data" / "published" / "data_docs").mkdir(parents=True)
    (folder / "data" / "published" / "data_docs" / "index.html").write_text("<p>Data Docs</p>")
    build = ["-q", "-W", "--keep-going", "-E", "-d", folder / "doctrees", "-c", "docs", ".", folder / "build"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *build],
        cwd=ROOT,
        env={**os.environ, "PERISAI_HOME": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield folder / "build"


@pytest.mark.slow
def test_the_site_has_every_page_and_fetches_nothing_from_outside(site: Path) -> None:
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    written = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    assert built >= {path.relative_to(ROOT).with_suffix("").as_posix() for path in written}
    for page in site.rglob("*.html"):
        parser = Fetched()
        parser.feed(page.read_text(encoding="utf-8"))
        assert parser.addresses, page
        for address in parser.addresses:
            assert not re.match(r"(?:[a-z]+:)?//", address), (page, address)
            assert address.startswith("data:") or (page.parent / address.split("?")[0].split("#")[0]).exists(), address
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", style.read_text(encoding="utf-8")), style


@pytest.mark.slow
def test_the_lineage_of_all_tables_can_be_walked_in_a_browser(site: Path) -> None:
    models = {model.table: model for model in discover()}
    edges = sum(len(model.inputs) for model in models.values())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((site / "docs" / "dictionary" / "lineage.html").as_uri())
        drawn = page.locator(".lineage g.node")
        names = set(drawn.evaluate_all("nodes => nodes.map(node => node.dataset.name)"))
        assert names >= models.keys() | {"raw.delivery", "raw.registrations"}
        assert page.locator(".lineage path").count() == edges
        page.locator('g.node[data-name="marts.claim_month"] a').focus()
        near = set(page.locator("g.node.near").evaluate_all("nodes => nodes.map(node => node.dataset.name)"))
        assert near >= {"marts.claim_month"} | models["marts.claim_month"].inputs
        page.keyboard.press("Enter")
        page.wait_for_url("**/marts.claim_month.html")
        assert said == []
        browser.close()


@pytest.mark.slow
def test_the_entrance_leads_to_the_pages_and_to_what_is_published(site: Path) -> None:
    entrance = (site / "README.html").read_text(encoding="utf-8")
    for page in ("docs/query.html", "docs/marts.html", "docs/dictionary/README.html"):
        assert f'href="{page}"' in entrance
    (link,) = re.findall(r'href="([^"]*data_docs/index\.html)"', entrance)
    assert (site / link).resolve().read_text() == "<p>Data Docs</p>"
