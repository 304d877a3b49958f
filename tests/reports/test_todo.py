"""What needs doing leads to exactly the rows that it counts: their number or their sum is the number in its words."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from tests.reports.published_file import Published
from tests.reports.test_site import pages, said, soup

# By table: the column whose sum is the number, or None where it is the number of different first cells.
COUNTED = {
    "perlu-dibetulkan": "Baris ditolak",
    "tunggakan": "Menunggak",
    "bertentangan": "Baris",
    "hilang": None,
    "tertinggal": None,
    "tanpa-agen": None,
    "cakupan-wilayah": None,
    "agen-tabel": None,
    "agen-teratas": None,
    "wadah-tabel": None,
    "wadah-teratas": None,
    "perjanjian": None,
    "perjanjian-masalah": None,
    "pola-tabel": "rows",
    "pemeriksaan-tabel": None,
}
NUMBER = re.compile(r"(?<![\d.])(\d[\d.]*)")


def shown(document: BeautifulSoup, caption: str, only: list[str]) -> tuple[list[str], list[Tag]]:
    """Heads of a table and the rows that a link leaves, as ``script.js`` does it."""
    told = document.find(id=caption)
    assert told is not None, caption
    table = told.find_parent("table")
    assert isinstance(table, Tag)
    rows = [row for row in table.select("tbody tr") if set(only) <= set(str(row.get("data-is", "")).split())]
    return [said(head) for head in table.select("thead th")], rows


def rows_counted(written: dict[str, str], page: str) -> dict[str, tuple[int, int]]:
    """Of each item that counts rows: the number in its words, and what the rows behind its link add up to."""
    found = {}
    for item in soup(written, page).select(".todo li"):
        words = said(item.find("span", recursive=False))
        link = urlsplit(str(item.select("a")[-1]["href"]))
        of_wadah = page.startswith("wadah-") and link.fragment == "agen-tabel" and not link.query
        if link.fragment not in COUNTED or of_wadah:  # a wadah with too few agents leads to all that it has
            continue
        only = parse_qs(link.query).get("only", [""])[0].split()
        heads, rows = shown(soup(written, link.path or page), link.fragment, only)
        column = "Menunggak" if only == ["arrears"] else COUNTED[link.fragment]
        first = {said(row.find(["th", "td"])) for row in rows}
        if column == "rows":
            counted = len(rows)
        elif column is not None:
            cells = [said(row.find_all(["th", "td"])[heads.index(column)]) for row in rows]
            counted = sum(int(cell.replace(".", "")) for cell in cells)
        else:
            counted = len(first)
        about = words.partition(": ")[2] if link.fragment == "bertentangan" else words
        number = NUMBER.search(about)
        is_one = link.fragment in {"perjanjian-masalah", "tertinggal"} and only  # a line about one wadah or feed
        found[words] = (1 if is_one or number is None else int(number[1].replace(".", "")), counted)
    return found


@pytest.mark.parametrize(
    ("page", "at_least"),
    [("index.html", 9), ("province-52.html", 6), ("office-KW-BNP.html", 5), ("branch-NTB01.html", 6),
     ("branch-STG01.html", 7), ("wadah-W1.html", 1)],
)  # fmt: skip
def test_each_line_leads_to_exactly_the_rows_that_it_counts(drawn: dict[str, str], page: str, at_least: int) -> None:
    found = rows_counted(drawn, page)
    assert len(found) >= at_least
    assert {words: pair for words, pair in found.items() if pair[0] != pair[1]} == {}
    assert all(counted > 0 for _, counted in found.values())


def test_a_province_counts_its_own_rows_alone(published: Published) -> None:
    published.run("update marts.delivery_day set rejected = 7 where branch_code = 'STG01' and outcome = 'accepted'")
    written = pages(published)
    both = {page: rows_counted(written, page) for page in ("index.html", "province-52.html", "province-72.html")}
    sums = {
        page: next(pair for words, pair in found.items() if "baris ditolak" in words) for page, found in both.items()
    }
    assert all(told == counted for told, counted in sums.values())
    assert sums["index.html"][0] == sums["province-52.html"][0] + sums["province-72.html"][0]
    assert sums["province-52.html"] == (46, 46)


def test_a_workbook_is_named_for_rows_that_are_to_be_corrected(drawn: dict[str, str]) -> None:
    heads, rows = shown(soup(drawn, "branch-NTB01.html"), "perlu-dibetulkan", [])
    names = [said(row.find_all(["th", "td"])[heads.index("Buku kerja")]) for row in rows]
    assert names
    assert all(re.fullmatch(r"NTB01_2023-10-1\d\.xlsx", name) for name in names)
