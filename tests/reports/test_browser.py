"""The report in a real Chromium: what a reader sees, clicks and prints, from the file system and without a network."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect, sync_playwright
from pypdf import PdfReader

from bench import report
from reports import site

CHROMIUM = shutil.which("chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
KINDS = ("index.html", "province-11.html", "branch-CAB001.html", "wadah-W00001.html", "office-KW0.html")
PLAIN = ("todo.html", "unfinished.html", "month-2023-09.html", "agent-AB00001.html")
"""Kinds of pages without charts."""
OUTPUT = Path(__file__).parents[2] / "tests-output"
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 740}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="chromium is missing: apt-get install chromium"
)

# What a reader cannot get at: a page that scrolls sideways, and a cell or card that does not hold what stands in it.
CUT = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : []),
  ...[...document.querySelectorAll("th, td, .card, .card *, figcaption, h1, h2, .note, .todo li")]
    .filter((part) => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1 && part.clientWidth)
    .filter((part) => getComputedStyle(part).display !== "inline" && !part.closest(".unseen"))
    .map((part) => part.outerHTML.slice(0, 120)),
]"""


def faults(page: Page) -> list[str]:
    """What axe-core finds on a page, contrast of what is shown included."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="session")
def folder(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small invented nation."""
    database = tmp_path_factory.mktemp("nation") / "warehouse.duckdb"
    shutil.copyfile(templates / "empty.duckdb", database)
    report.fill(database, provinces=3, branches=14, wadahs=15, agents=200, months=14, days=20)
    with duckdb.connect(str(database)) as con:
        con.execute("update reference.branch set branch_name = 'Cabang Mataram' where branch_code = 'CAB009'")
        con.execute("update marts.incentive_close set payable_rp = 685652676")  # long words on a card: Rp 685.7 million
        con.execute("update marts.delivery_day set outcome = 'accepted_with_rejects' where outcome = 'absent'")
        con.execute(
            "update marts.delivery_day set outcome = 'absent', lines = 0, accepted = 0, rejected = 0"
            " where branch_code = 'CAB009' and feed = 'claims' and business_date >= date '2023-10-12'"
        )
    site.write(database, database.with_name("report"))
    return database.with_name("report")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or "/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Window:
    """One window for all tests, which notes whatever goes wrong in it and whatever it asks of a network."""

    def __init__(self, chromium: Browser, folder: Path) -> None:
        self.folder = folder
        self.wrong: list[str] = []
        self.page = chromium.new_context(viewport=DESKTOP).new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("file://", "data:")):
            self.wrong.append(f"request: {request.url}")

    def visit(self, name: str, size: ViewportSize = DESKTOP) -> Page:
        """Opens a page afresh."""
        self.page.set_viewport_size(size)
        self.page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
        self.page.goto("about:blank")
        self.page.goto(f"{self.folder.as_uri()}/{name}")
        return self.page


@pytest.fixture(scope="module")
def _window(chromium: Browser, folder: Path) -> Window:
    return Window(chromium, folder)


@pytest.fixture
def visit(_window: Window, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens a page; a test that fails leaves a screenshot."""
    _window.wrong.clear()
    yield _window.visit
    if _window.wrong or getattr(request.node, "failed", False):
        OUTPUT.mkdir(exist_ok=True)
        _window.page.screenshot(
            path=OUTPUT / f"{re.sub(r'[^a-zA-Z0-9_-]+', '-', request.node.name)}.png", full_page=True
        )
    assert _window.wrong == []


def columns(page: Page, caption: str, number: int) -> list[str]:
    """What the rows of a table that are shown say in a column."""
    return page.eval_on_selector_all(
        f"table:has(#{caption}) tbody tr:not([hidden]):not(.over)",
        "(rows, number) => rows.map((row) => row.cells[number].innerText)",
        number,
    )  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS + PLAIN)
def test_a_page_draws_its_charts_and_can_be_read_by_all(visit: Callable[..., Page], kind: str) -> None:
    page = visit(kind)
    charts = page.locator("figure.chart svg")
    assert (charts.count() >= 1) == (kind in KINDS)
    for number in range(charts.count()):
        assert charts.nth(number).locator("path[d^='M']").count() >= 2
        box = charts.nth(number).bounding_box()
        assert box and box["width"] > 250 and box["height"] > 90
    assert faults(page) == []

    page.emulate_media(color_scheme="dark")
    colours = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
        ...[...document.querySelectorAll("figure.chart svg text")].map((text) => getComputedStyle(text).fill)]"""
    )
    assert colours[0] == "rgb(18, 24, 21)"
    assert set(colours[1:]) == ({"rgb(163, 176, 170)"} if kind in KINDS else set())
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    assert faults(page) == []

    # At no width the page needs sideways scrolling; what is wider scrolls by itself.
    for language in ("English", "Bahasa Indonesia"):
        page.get_by_role("button", name=language).click()
        for width in (320, 375, 500, 700, 900, 1200, 1500, 1920):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate(CUT) == [], (language, width)
    page.set_viewport_size(PHONE)
    assert kind in PLAIN or page.evaluate(
        "[...document.querySelectorAll('.scroll')].some((part) => part.scrollWidth > part.clientWidth)"
    )
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"  # less motion


def test_the_language_goes_along_from_page_to_page(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    assert page.evaluate("document.documentElement.lang") == "id"
    assert page.title() == "Cakupan, insentif, klaim · Perisai"
    assert page.get_by_role("heading", name="Yang perlu dilakukan").is_visible()
    page.get_by_role("button", name="English").click()
    assert page.title() == "Coverage, incentives, claims · Perisai"
    assert page.get_by_role("heading", name="What needs doing").is_visible()
    assert not page.get_by_text("Yang perlu dilakukan").is_visible()
    page.get_by_role("link", name="Cabang Contoh 1", exact=True).first.click()
    expect(page).to_have_url(re.compile("branch"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.get_by_role("heading", name="Deliveries", exact=True).is_visible()
    page.get_by_role("button", name="Bahasa Indonesia").click()
    page.get_by_role("navigation", name="Jalur / Path").get_by_role("link", name="Nasional").click()
    assert page.evaluate("document.documentElement.lang") == "id"


def test_tables_are_sorted_by_their_heads(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    heads = page.locator("table:has(#cabang-tabel) thead th")
    rank = heads.nth(7)
    rank.get_by_role("button").click()
    assert rank.get_attribute("aria-sort") == "descending"
    page.locator(".data:has(#cabang-tabel) button.all").click()
    ranks = [int(text) for text in columns(page, "cabang-tabel", 7)]
    assert len(ranks) == 14
    assert ranks == sorted(ranks, reverse=True)
    rank.get_by_role("button").click()
    assert rank.get_attribute("aria-sort") == "ascending"
    assert [int(text) for text in columns(page, "cabang-tabel", 7)] == sorted(ranks)
    heads.nth(0).get_by_role("button").click()
    assert [head.get_attribute("aria-sort") for head in heads.all()[:8]] == ["ascending", *[None] * 7]
    names = columns(page, "cabang-tabel", 0)
    assert names[:3] == [
        "Cabang Contoh 1 CAB001",
        "Cabang Contoh 2 CAB002",
        "Cabang Contoh 3 CAB003",
    ]  # as people count
    heads.nth(2).get_by_role("button").click()  # who is behind, the longest first
    assert columns(page, "cabang-tabel", 0)[0] == "Cabang Mataram CAB009"
    months = page.locator("table:has(#insentif-bulan) thead th").nth(0)
    months.get_by_role("button").click()  # by date and not by name
    assert columns(page, "insentif-bulan", 0)[:3] == ["Oktober 2022", "November 2022", "Desember 2022"]
    amounts = page.locator("table:has(#insentif-bulan) thead th").nth(6)
    amounts.get_by_role("button").click()
    said = [int(re.sub(r"\D", "", text)) for text in columns(page, "insentif-bulan", 6)]
    assert said == sorted(said, reverse=True)


def test_tables_are_filtered_and_long_ones_folded(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    assert len(columns(page, "cabang-tabel", 0)) == 10
    more = page.locator(".data:has(#cabang-tabel) button.all")
    assert more.inner_text() == "Tampilkan semua (14)"
    box = page.get_by_label("Nama cabang, kode, atau provinsi")
    box.fill("mataram")
    assert columns(page, "cabang-tabel", 0) == ["Cabang Mataram CAB009"]
    assert page.locator(".data:has(#cabang-tabel) output").inner_text() == "1 / 14"
    box.fill("no such branch")
    assert columns(page, "cabang-tabel", 0) == []
    box.fill("")
    more.click()
    assert len(columns(page, "cabang-tabel", 0)) == 14
    assert not more.is_visible()


def test_what_needs_doing_leads_to_just_the_rows_that_it_counts(visit: Callable[..., Page]) -> None:
    page = visit("branch-CAB001.html?lang=en")
    item = page.locator(".todo li", has_text="lack 5 participants or fewer")
    said = re.search(r"(\d+) agents lack .* threshold: ([^ ,]+),", item.inner_text())
    assert said
    count, named = said.groups()
    item.get_by_role("link", name="see").click()
    page.wait_for_url("**/branch-CAB001.html?only=near&lang=en#agen-tabel")
    codes = columns(page, "agen-tabel", 0)
    assert len(codes) == int(count)
    assert named in codes
    page.locator(".data:has(#agen-tabel) button.all").click()
    assert len(columns(page, "agen-tabel", 0)) > len(codes)


def test_a_table_is_taken_along_as_it_is_shown(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit("index.html?lang=en&find=cabang-tabel.cabang%20contoh%201&sort=cabang-tabel.0d")
    shown = [text.split(" CAB")[0] for text in columns(page, "cabang-tabel", 0)]
    assert shown == ["Cabang Contoh 14", "Cabang Contoh 13", "Cabang Contoh 12", "Cabang Contoh 11", "Cabang Contoh 10",
                     "Cabang Contoh 1"]  # fmt: skip
    part = page.locator(".data:has(#cabang-tabel)")
    files = {}
    for kind in ("CSV", "XLSX"):
        with page.expect_download() as download:
            part.get_by_role("button", name=kind).first.click()
        assert download.value.suggested_filename == f"index-cabang-tabel-2023-10-13.{kind.lower()}"
        files[kind] = tmp_path / f"table.{kind.lower()}"
        download.value.save_as(files[kind])
    lines = list(csv.reader(files["CSV"].read_text(encoding="utf-8-sig").splitlines()))
    notes = dict(row for row in lines[lines.index([]) + 1 :])
    assert [row[0].split(" CAB")[0] for row in lines[1 : lines.index([])]] == shown
    assert (notes["As of"], lines[0][4:6]) == ("2023-10-13", ["New participants running", "Of target running (%)"])
    assert notes["Of target running"].startswith("New participants ÷ the month's target")
    table, said = load_workbook(files["XLSX"]).worksheets
    rows = list(table.iter_rows(values_only=True))
    assert [str(row[0]).split(" CAB")[0] for row in rows[1:]] == shown
    assert [row[5] for row in rows[1:]] == [70] * 6
    assert dict(said.iter_rows(values_only=True)) == {name: value or None for name, value in notes.items()}

    page.get_by_role("button", name="Bahasa Indonesia").click()
    chart = page.locator("figure.chart").first
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    download.value.save_as(files["CSV"])
    assert files["CSV"].read_bytes().decode("utf-8-sig").startswith("Bulan,cakupan,target akhir tahun\r\n2022-09,")
    assert "2023-10,bulan berjalan" in files["CSV"].read_text(encoding="utf-8-sig")
    page.get_by_label("Nama cabang, kode").fill("contoh 14")
    page.locator("table:has(#cabang-tabel) thead button").nth(4).click()
    assert page.url.endswith("?find=cabang-tabel.contoh+14&sort=cabang-tabel.4d")


def test_columns_and_charts_tell_what_they_show(visit: Callable[..., Page]) -> None:
    page = visit("index.html?lang=en")
    tip = page.get_by_role("tooltip")
    head = page.locator("table:has(#cakupan-provinsi) thead button").nth(7)
    head.focus()
    assert tip.inner_text().startswith("Protected BPU participants whom a Perisai registered first ÷")
    assert head.evaluate("(head) => document.getElementById(head.getAttribute('aria-describedby')).id") == "arti-6"
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    chart = page.locator("figure.chart [role=img]").first
    chart.focus()
    assert tip.inner_text().startswith("10/2023 (running)\ncoverage: ")
    page.keyboard.press("ArrowLeft")
    assert re.fullmatch(r"09/2023\ncoverage: [\d.]+\ntarget, end of year: 30", tip.inner_text())
    assert re.fullmatch(r"[\d,]+", columns(page, "cakupan-provinsi", 6)[0])  # 260,000, as the English write it
    assert page.locator("#cakupan > a.anchor").get_attribute("href") == "#cakupan"


def test_the_page_of_an_agent_says_why_he_earned_what_he_earned(visit: Callable[..., Page]) -> None:
    page = visit("index.html?lang=en")
    page.get_by_role("table", name="Agents with the most new participants").get_by_role("link", name="AB").first.click()
    code = page.url.rpartition("agent-")[2].partition(".html")[0]
    assert page.get_by_role("heading", level=1).inner_text() == f"Agent {code}"
    assert "15.0%" in columns(page, "baris-1", 3)
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []
    # from here, as from every page, everything can be found
    page.get_by_role("searchbox", name="Find a place").press_sequentially("mataram")
    page.get_by_role("search").get_by_role("link", name="Cabang Mataram").click()
    page.wait_for_url("**/branch-CAB009.html?lang=en")
    page.get_by_role("searchbox", name="Find a place").fill("KW1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/office-KW1.html?lang=en")


def test_who_opens_an_old_report_is_told(visit: Callable[..., Page], _window: Window) -> None:
    page = _window.page
    page.clock.set_fixed_time("2023-10-15T10:00:00+07:00")  # the day on which the next version is due
    old = visit("index.html").locator(".stale")
    assert not old.is_visible()
    page.clock.set_fixed_time("2023-10-17T10:00:00+07:00")
    visit("index.html")
    assert "versi berikutnya seharusnya terbit 15 Oktober 2023 (2 hari yang lalu)" in old.inner_text()


def test_a_map_shows_what_is_chosen_and_leads_to_the_place(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.get_by_role("link", name="Peta", exact=True).click()
    least = page.locator(".map ol:visible li")
    assert least.count() == 3
    page.locator(".map input[value=share]").check(force=True)
    assert page.locator(".map ol:visible li").first.inner_text().endswith("50 %")
    page.locator(".map svg a", has_text="ACEH").click()
    page.wait_for_url("**/province-11.html#peta")
    tile = page.locator(".map svg a").nth(2)
    name = tile.locator("title").text_content()
    tile.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/province-11.html#w1103")
    assert page.locator("tr:target th").inner_text() == name


def test_everything_can_be_reached_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("(link) => link === document.activeElement && link.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline == "solid", page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        reached.append(tag)
    assert {"A", "INPUT", "BUTTON", "DIV"} <= set(reached)
    head = page.locator("table:has(#cabang-tabel) thead th").nth(4)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize(
    "kind", ["index.html", "branch-CAB001.html", "province-11.html", "office-KW0.html", "todo.html"]
)
def test_on_paper_all_is_there_in_light_colours(visit: Callable[..., Page], kind: str, tmp_path: Path) -> None:
    page = visit(kind)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count()
    assert not page.locator(".sections, .switch, .tools, button.all").locator("visible=true").count()
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.pdf(path=tmp_path / "paper.pdf", format="A4")
    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "paper.pdf").pages]
    assert len(sheets) >= 2
    for number, sheet in enumerate(sheets, 1):
        assert f"{number} / {len(sheets)}" in sheet
    if kind in (
        "province-11.html",
        "office-KW0.html",
        "todo.html",
    ):  # agents and signals fill more than a sheet: each has heads
        agents = [sheet for sheet in sheets if len(re.findall(r"\bAB\d{5}\b", sheet)) > 12]
        assert len(agents) > 1
        assert all("Kurang ke ambang" in " ".join(sheet.split()) or "Batas" in sheet for sheet in agents)
