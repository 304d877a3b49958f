"""What the pages say, read from their HTML; what a browser makes of them is in test_browser.py."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import duckdb
import pytest
from bs4 import BeautifulSoup, Tag

from reports import site
from reports.words import DASH, Numeral
from tests.reports.published_file import ROWS, SECRET_KEY, Published

EXPLORER = ["explorer.html"] * site.EXPLORER.exists()
VOID = {"meta", "link", "br", "hr", "img", "input", "col"}
PAGES = [
    "index.html",
    *EXPLORER,
    "todo.html",
    "month-2023-09.html",
    "office-KW-BNP.html",
    "office-KW-SLM.html",
    "unfinished.html",
    "province-52.html",
    "province-72.html",
    "branch-NTB01.html",
    "branch-STG01.html",
    "wadah-W1.html",
    "wadah-W2.html",
    "agent-AB1.html",
    "agent-AB2.html",
    "agent-AB3.html",
]
SHARED = [*(["explorer", "explorer.js"] * bool(EXPLORER)), "page.js", "report.css", "report.js", "search.js"]
EVIL = "<script>alert('{}')</script>"


def pages(published: Published) -> dict[str, str]:
    folder = published.database.with_name("report")
    return {path.name: path.read_text(encoding="utf-8") for path in site.write(published.database, folder)}


def soup(written: dict[str, str], page: str = "index.html", lang: str = "id") -> BeautifulSoup:
    """The page as someone reads it who chose a language."""
    document = BeautifulSoup(written[page], "html.parser")
    for hidden in document.select(f'.t[lang="{"en" if lang == "id" else "id"}"], .unseen'):
        hidden.decompose()
    for numeral in document.select("data") if lang == "en" else ():  # as the script writes it
        numeral.string = Numeral(numeral.get_text()).english
    return document


def said(tag: Tag | None) -> str:
    assert tag is not None
    return re.sub(r" ([,.:])", r"\1", " ".join(tag.get_text(" ").split()))


def table(document: BeautifulSoup, caption_id: str) -> dict[str, list[str]]:
    """Cells of each row of the body, by the row's header."""
    caption = document.find(id=caption_id)
    assert caption is not None, caption_id
    found = caption.find_parent("table")
    assert isinstance(found, Tag)
    return {said(row.th): [said(cell) for cell in row.find_all("td")] for row in found.select("tbody tr") if row.th}


def cards(document: BeautifulSoup) -> dict[str, str]:
    parts = [
        [said(span) for span in card.find_all("span", class_=["name", "value", "detail"])]
        for card in document.select(".card")
    ]
    return {name: f"{value} | {detail}" for name, value, detail in parts}


def todo(document: BeautifulSoup) -> list[tuple[str, str]]:
    """What needs doing: how pressing it is, and the words."""
    return [(str(item["class"][0]), said(item.find("span", recursive=False))) for item in document.select(".todo li")]


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {self.get_starttag_text()}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.fixture(scope="module")
def both(drawn: dict[str, str], templates: object, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The pages of a file with rows, and of one without any."""
    empty = Published(templates / "empty.duckdb", tmp_path_factory.mktemp("nothing") / "version")  # type: ignore[operator]
    return [drawn, pages(empty)]


def test_a_page_for_the_nation_and_one_for_each_province_branch_and_wadah(drawn: dict[str, str]) -> None:
    assert list(drawn) == PAGES


def test_pages_are_well_formed(both: list[dict[str, str]]) -> None:
    for name, page in (item for written in both for item in written.items()):
        balanced = Balanced()
        balanced.feed(page)
        assert balanced.open == [], name
        assert len(set(balanced.ids)) == len(balanced.ids), name
        document = BeautifulSoup(page, "html.parser")
        for label in document.select("[aria-labelledby]"):
            assert label["aria-labelledby"] in balanced.ids
        for link in document.select('a[href^="#"]'):
            assert str(link["href"])[1:] in balanced.ids, (name, link["href"])
        for data in document.find_all("table"):
            assert data.caption and data.caption.get_text(strip=True)
            assert all(cell.get("scope") in {"col", "row"} for cell in data.find_all("th"))
            columns = len(data.thead.find("tr").find_all("th"))
            for row in data.select("tbody tr, tfoot tr"):
                assert columns == sum(int(str(cell.get("colspan", 1))) for cell in row.find_all(["th", "td"]))


def test_links_between_pages_lead_somewhere(drawn: dict[str, str]) -> None:
    pages = {name: BeautifulSoup(page, "html.parser") for name, page in drawn.items()}
    linked = {urlsplit(urljoin(name, str(a["href"]))) for name, page in pages.items() for a in page.select("a[href]")}
    assert {link.path for link in linked} == set(drawn)
    for link in linked:
        target = pages[link.path].find(id=link.fragment) if link.fragment else pages[link.path]
        assert isinstance(target, Tag), link
        if link.query:  # ?only=near: just the rows that something counts
            (name, words) = link.query.split("=")
            if name == "find":  # rows of a place in another month
                continue
            assert name == "only"
            counted = "".join(f'[data-is~="{word}"]' for word in words.split("+"))
            assert target.parent and target.parent.select(f"tr{counted}")


def test_rows_of_a_file_that_was_replaced_are_not_to_be_corrected_any_more(published: Published) -> None:
    for mart in ("delivery_day", "validation_result"):
        published.run(f"update marts.{mart} set outcome = 'superseded' where branch_code = 'NTB01'")
    assert not any("ditolak" in words for _, words in todo(soup(pages(published), "branch-NTB01.html")))


def test_nothing_comes_from_an_outside_address(both: list[dict[str, str]]) -> None:
    for name, page in (item for written in both for item in written.items()):
        assert not re.search(r"https?:|@import|url\(", page)
        assert not re.search(r"""(src|href|action|data|poster)\s*=\s*["']?\s*//""", page)
        document = BeautifulSoup(page, "html.parser")
        assert not document.select("img, iframe, object, embed, form, base, [srcset], [style], [onclick]")
        shares = name.startswith(("agent-", "todo", "unfinished"))  # thousands of pages, and the longest one
        own = ["explorer/arrow-global.js", "explorer.js"] * (name == "explorer.html")
        assert [str(part["src"]) for part in document.select("[src]")] == own + ["page.js"] * shares + ["report.js"]
        assert [str(link["href"]) for link in document.find_all("link")] == ["data:,"] + ["report.css"] * shares


def test_the_policy_lets_only_our_style_and_script_run(drawn: dict[str, str]) -> None:
    for name, page in drawn.items():
        policy = BeautifulSoup(page, "html.parser").find("meta", {"http-equiv": "Content-Security-Policy"})
        assert isinstance(policy, Tag)
        rules = dict(rule.strip().split(" ", 1) for rule in str(policy["content"]).split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        for tag in ("style", "script"):
            content = "".join(re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL))
            if name.startswith(("agent-", "todo", "unfinished")):
                assert not content
                continue
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert rules[f"{tag}-src"] == f"'sha256-{digest}' 'self'"


def test_the_head_tells_date_and_version(drawn: dict[str, str], published: Published) -> None:
    for page in PAGES:
        assert said(soup(drawn, page).select_one(".stand")) == (
            "Keadaan per 13 Oktober 2023 · versi 0123456789ab · berikutnya 15 Oktober 2023"
        )
    published.database.with_name("manifest.json").unlink()
    assert (
        said(soup(pages(published), lang="en").select_one(".stand")) == "As of 13 October 2023 · next 15 October 2023"
    )


def test_cards_sum_up_the_nation_and_the_branch(drawn: dict[str, str]) -> None:
    assert cards(soup(drawn)) == {
        "Pekerja informal terlindungi": "18,8 % | 376.000 orang · target 30,0 %",
        "Pangsa Perisai": "43,8 % | 164.586 melalui Perisai",
        "Peserta baru melalui Perisai, Oktober 2023 berjalan": (
            "32 | 23 % dari target · 3 agen bertugas, 1 mencapai ambang · sampai 13 September 2023: 26 ( +23 % )"
        ),
        "Insentif untuk wadah, Oktober 2023 berjalan": "Rp 694.276 | September 2023: Ditutup",
        "Klaim dibayarkan": "1.751 | Rp 64,1 miliar · setengahnya dalam 14 hari",
        "Kiriman diterima": "3 dari 8 | 2 cabang tertinggal",
        "Baris ditolak": "46 | 2,18 % dari baris sejak 12 Oktober 2023",
    }
    assert cards(soup(drawn, "branch-NTB01.html", "en")) == {
        "BPU coverage, Kota Mataram": f"{DASH} | 30,500 people",
        "New participants, October 2023 running": "32 | 80% of the target of 40 · up to 13 September 2023: 25 ( +28% )",
        "Participants who pay, September 2023": "80.0% | 80 of 100",
        "Rank by target reached, in the province, October 2023 running": (
            "1 of 1 | 1 in the nation · by new participants 1 in the province"
        ),
        "Deliveries": "behind | 1 feed since 13 October 2023",
    }
    assert cards(soup(drawn, "wadah-W1.html")) == {
        "Peserta baru, Oktober 2023 berjalan": "32 | bulan lalu 50",
        "Agen bertugas": "2 | paling sedikit 5",
        "Peringkat di cabang": "1 | 1 di provinsi",
        "Insentif bruto, Oktober 2023 berjalan": "Rp 688.204 | Berjalan",
    }


def test_shares_are_of_the_last_month_that_is_over_and_the_running_month_is_marked(published: Published) -> None:
    heads = [said(head) for head in soup(pages(published), "branch-NTB01.html").select("table:has(#agen-tabel) th")]
    assert {"Peserta baru berjalan", "Aktif September 2023", "Tetap 3 bulan September 2023"} < set(heads)
    document = soup(pages(published), "branch-NTB01.html")
    assert said(document.select_one("#kinerja h2")).startswith("Kinerja Perisai, Oktober 2023 berjalan sampai 13 Okt")
    facts = {said(one.dt): said(one.dd) for one in document.select("#kinerja .facts div")}
    assert facts["Peserta yang membayar, September 2023"] == "80,0 %"
    assert facts["Peserta baru dibanding bulan lalu sampai 13 September 2023"] == "+7"
    assert facts["Iuran semua jalur dibanding bulan lalu sampai 13 September 2023"] == "+20,0 %"
    assert [said(one) for one in document.select("#kinerja .legend .paler")] == ["", ""]
    assert '"running":true' in str(document.select_one("#kinerja svg")["data-chart"])  # type: ignore[index]

    published.run("update marts.monev_branch_month set is_running = false, active_pct = 75 where month = '2023-10-01'")
    published.run("delete from marts.branch_to_date")  # as on the last day of a month
    over = pages(published)["branch-NTB01.html"]
    assert "berjalan</span>" not in re.sub(r'<section id="insentif".*?</section>', "", over, flags=re.DOTALL)
    assert cards(soup({"over": over}, "over"))["Peserta yang membayar, Oktober 2023"] == "75,0 % | 90 dari 120"


def test_a_large_branch_far_from_its_target_ranks_below_a_small_one_at_it(published: Published) -> None:
    ranks = "target_nation_rank = 3 - target_nation_rank where month = '2023-10-01'"
    published.run(f"update marts.monev_branch_month set nation_rank = 1, {ranks}")
    found = {name: row[6:8] for name, row in table(soup(pages(published)), "cabang-tabel").items()}
    assert found == {"Cabang Mataram NTB01": ["1", "2"], "Cabang Palu STG01": ["1", "1"]}


def test_what_branches_write_is_text_and_never_markup(published: Published) -> None:
    columns = (
        *("reference.branch.branch_name", "reference.branch.office_name", "reference.region.region_name"),
        *("marts.agreement.wadah_name", "marts.agreement.pks_no", "marts.monev_agent_month.agent_code"),
        *("marts.claim_month.programme", "reference.sector.sector_name", "marts.occupation_unmapped.occupation"),
        *("marts.delivery_day.reason", "marts.validation_result.reason", "marts.validation_result.rule"),
        *("marts.agreement_problem.detail", "marts.reconciliation.source", "marts.coverage_month.universe_source"),
        *("marts.monev_agent_month.warnings", "marts.quality_signal.clock", "marts.claim_group_month.value"),
    )
    for name in columns:
        table_name, _, column = name.rpartition(".")
        published.run(f"update {table_name} set {column} = $1", EVIL.format(name))
    written = "".join(pages(published).values())
    assert "<script>alert" not in written
    missing = [name for name in columns if f"&lt;script&gt;alert(&#39;{name}&#39;)&lt;/script&gt;" not in written]
    assert missing == []


def test_a_reason_in_two_languages_is_text_in_both(published: Published) -> None:
    published.run("update marts.delivery_day set reason = $1", f"Satu: {EVIL} / one: {EVIL}")
    written = "".join(pages(published).values())
    assert "<script>alert" not in written
    assert all(f"{word}: &lt;script&gt;" in written for word in ("Satu", "one"))


@pytest.mark.parametrize("code", ["../W1", EVIL])
def test_a_wadah_whose_code_is_no_name_of_a_file_has_no_page(published: Published, code: str) -> None:
    for table_name in ("agreement", "monev_wadah_month", "incentive_wadah_month", "monev_agent_month"):
        published.run(f"update marts.{table_name} set wadah_code = $1 where wadah_code = 'W1'", code)
    written = pages(published)
    assert list(written) == [page for page in PAGES if page != "wadah-W1.html"]
    assert "<script>alert" not in "".join(written.values())
    assert "Wadah Rinjani" in said(soup(written, "branch-NTB01.html"))


def test_no_page_names_a_person(published: Published) -> None:
    columns = ("delivery_id", "file_name")
    published.run(f"update marts.delivery_day set {', '.join(f'{name} = $1' for name in columns)}", SECRET_KEY)
    assert SECRET_KEY not in "".join(pages(published).values())


def test_every_text_stands_in_both_languages(drawn: dict[str, str]) -> None:
    for page in drawn.values():
        document = BeautifulSoup(page, "html.parser")
        assert document.html and document.html["lang"] == "id"
        assert document.title and document.title.get_text() == document.title["data-id"]
        assert document.title["data-en"]
        for text in document.select('span.t[lang="id"]'):
            other = text.find_next_sibling()
            assert isinstance(other, Tag) and other["lang"] == "en", text
            assert text.get_text(strip=True) and other.get_text(strip=True)


def test_the_same_version_gives_the_same_bytes(drawn: dict[str, str], file: Callable[[str], Published]) -> None:
    again = pages(file("reversed"))
    assert [name for name in drawn if drawn[name] != again[name]] == []


def test_charts_are_drawn_where_there_is_something_to_draw(both: list[dict[str, str]]) -> None:
    drawn, empty = both
    charts = {page: len(BeautifulSoup(drawn[page], "html.parser").select("figure.chart svg")) for page in PAGES}
    assert charts == {
        "index.html": 6, "province-52.html": 6, "province-72.html": 6, "branch-NTB01.html": 2, "branch-STG01.html": 2,
        "wadah-W1.html": 1, "wadah-W2.html": 1, "office-KW-BNP.html": 3, "office-KW-SLM.html": 3,
        "todo.html": 0, "unfinished.html": 0,
        "month-2023-09.html": 0,
        "agent-AB1.html": 0, "agent-AB2.html": 0, "agent-AB3.html": 0, **dict.fromkeys(EXPLORER, 0),
    }  # fmt: skip
    assert "<figure" not in empty["index.html"]


def test_empty_marts_give_pages_that_say_so(both: list[dict[str, str]]) -> None:
    _, empty = both
    assert list(empty) == ["index.html", *EXPLORER, "todo.html", "unfinished.html"]
    words = said(soup(empty, lang="en"))
    for nothing in (
        "No coverage figures yet.", "No claims yet.", "No published figures to compare with.", "No incentives yet.",
        "No agents yet.", "No deliveries yet.", "No branches yet.", "No participants by sector yet.",
        "Nothing is pressing.",
    ):  # fmt: skip
        assert nothing in words
    assert "0,0 %" not in words


def test_any_mart_may_be_empty_while_any_other_is_not(published: Published) -> None:
    """By the digits of their numbers, so that ten drawings tell each pair of marts apart, either way."""
    marts = [name for name in ROWS if name.startswith("marts.")]
    keep = [f"create table kept.{name.removeprefix('marts.')} as from {name}" for name in marts]
    published.run("; ".join(["create schema kept", *keep]))
    for digit in range(len(marts).bit_length()):
        for emptied in (0, 1):
            full = [name for number, name in enumerate(marts) if number >> digit & 1 != emptied]
            published.run("; ".join(f"delete from {name}" for name in marts))
            published.run("; ".join(f"insert into {name} from kept.{name.removeprefix('marts.')}" for name in full))
            assert {"index.html", "province-52.html", "branch-NTB01.html"} <= set(pages(published))


def test_a_folder_is_replaced_whole_and_a_report_that_fails_leaves_the_last_one(published: Published) -> None:
    folder = published.database.with_name("report")
    folder.mkdir()
    (folder / "stale.html").write_text("old")
    half = folder.with_name(".report.new")
    half.mkdir()
    (half / "half.html").write_text("killed")
    before = pages(published)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*before, *SHARED])
    assert sorted(path.name for path in folder.parent.iterdir()) == ["manifest.json", "report", "warehouse.duckdb"]
    published.run("drop table marts.claim_month")
    with pytest.raises(duckdb.CatalogException):
        pages(published)
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")} == before


def test_the_published_file_may_be_read_meanwhile_and_is_not_touched(published: Published) -> None:
    before = published.database.read_bytes()
    with duckdb.connect(str(published.database), read_only=True):
        pages(published)
    assert published.database.read_bytes() == before
    shutil.rmtree(published.database.with_name("report"))
