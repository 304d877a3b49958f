"""Somebody who has never seen the report begins on its first page, in a real Chromium, and counts the clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.reports.test_browser import (  # noqa: F401 (fixtures)
    DESKTOP,
    PHONE,
    _window,
    chromium,
    columns,
    folder,
    pytestmark,
    visit,
)

REASON = "NIK terdiri dari tepat 16 angka."


class Reader:
    """Somebody who has never seen the report, begins on its first page, and clicks what can be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, name: str, within: str = "body") -> None:
        self.page.locator(within).get_by_role("link", name=name).locator("visible=true").first.click()
        self.clicks += 1

    def sees(self, selector: str, words: str) -> bool:
        """Whether a part that has the words is shown, and on the screen rather than somewhere on the page."""
        part = self.page.locator(selector).filter(has_text=words).first
        expect(part).to_be_in_viewport()
        return self.clicks <= 3


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def reader(visit: Callable[..., Page], request: pytest.FixtureRequest) -> Reader:  # noqa: F811
    return Reader(visit("index.html", request.param))


def test_a_reader_finds_the_coverage_of_a_branch(reader: Reader) -> None:
    reader.click("Temukan cabang")
    reader.page.keyboard.press("Tab")
    reader.page.get_by_label("Nama cabang").fill("mataram")
    reader.click("Cabang Mataram")
    assert reader.page.url.endswith("branch-CAB009.html")
    assert reader.sees(".card", "Cakupan BPU")
    reader.click("Cakupan")
    assert reader.sees("#cakupan h2", "Cakupan di wilayah cabang")


def test_a_reader_finds_who_is_behind(reader: Reader) -> None:
    reader.click("Siapa tertinggal")
    assert reader.sees("table:has(#tertinggal) tbody tr", "Cabang Mataram")
    assert reader.sees("table:has(#tertinggal) tbody tr", "12 Oktober 2023")
    assert reader.clicks == 1


def test_a_reader_finds_why_rows_were_rejected(reader: Reader) -> None:
    reader.click("Mengapa baris ditolak")
    assert reader.sees("table:has(#mengapa) tbody tr", REASON)
    reader.click("Cabang", "table:has(#mengapa)")  # one of those whose rows they are
    reader.click("Mengapa baris ditolak")
    assert re.search(r"branch-CAB\d+\.html", reader.page.url)
    assert reader.sees("table:has(#mengapa) tbody tr", REASON)
    assert reader.clicks == 3


def test_a_reader_finds_the_three_worst_kabupaten(reader: Reader, folder: Path) -> None:  # noqa: F811
    reader.click("Peta")
    page = reader.page
    told = page.locator(".map ol:visible li").all_inner_texts()
    with duckdb.connect(str(folder.with_name("warehouse.duckdb")), read_only=True) as con:
        worst = con.execute(
            """select region_name from marts.coverage_month join reference.region using (region_code)
            where definition = 'bpu' and coverage_month.region_level = 'regency' and target_pct > 0
                and month = (select max(month) from marts.coverage_month)
            qualify row_number() over (order by coverage_pct / target_pct, region_code) <= 3"""
        ).fetchall()
    assert [re.split(r" [\d,]+ % target", line)[0] for line in told] == [name for (name,) in worst]
    assert reader.sees(".map ol:visible li", worst[0][0])
    assert reader.clicks == 1


def test_a_reader_finds_the_names_behind_what_needs_doing(reader: Reader) -> None:
    item = reader.page.locator(".todo li", has_text="untuk mencapai ambang").first
    said = re.search(r"([\d.]+) agen kurang .* ambang: (\w+)", item.inner_text())
    assert said
    item.get_by_role("link", name="lihat").click()
    reader.clicks += 1
    reader.page.wait_for_url("**/todo.html?only=near*#agen-tabel")
    codes = columns(reader.page, "agen-tabel", 0)
    assert len(codes) == int(said[1].replace(".", ""))
    assert said[2] in codes
    assert reader.clicks == 1


def test_a_reader_takes_a_table_along(reader: Reader) -> None:
    reader.click("Cakupan")
    button = reader.page.locator(".data:has(#cakupan-provinsi)").get_by_role("button", name="CSV")
    with reader.page.expect_download() as download:
        button.first.click()
    reader.clicks += 1
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len([line for line in lines if line.startswith(("ACEH", "Indonesia", '"Indonesia'))]) >= 1
    assert reader.clicks == 2


def test_a_reader_finds_why_an_agent_earned_what_he_earned(reader: Reader) -> None:
    reader.click("Kinerja")
    table = reader.page.get_by_role("table", name="Agen dengan peserta baru terbanyak")
    table.get_by_role("link", name="AB").first.click()
    reader.clicks += 1
    assert re.search(r"agent-AB\w+\.html", reader.page.url)
    assert "15,0 %" in columns(reader.page, "baris-1", 3)
    assert reader.clicks == 2


def test_without_script_all_rows_are_there_in_one_language(chromium: Browser, folder: Path) -> None:  # noqa: F811
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{folder.as_uri()}/index.html", timeout=60_000)
    assert page.locator("table:has(#cabang-tabel) tbody tr:visible").count() == 14
    assert page.locator("figure.chart svg").count() == 6
    assert page.get_by_text("What needs doing").count() == 1
    assert not page.get_by_text("What needs doing").is_visible()
    assert not page.locator(".tools, .switch, button.all").locator("visible=true").count()
    page.context.close()
