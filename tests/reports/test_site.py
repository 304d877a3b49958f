from __future__ import annotations

import base64
import hashlib
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from bs4 import BeautifulSoup, Tag

from reports import site
from reports.words import DASH, MINUS
from tests.reports.published_file import ROWS, SECRET_KEY, Published

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}


def pages(published: Published) -> dict[str, str]:
    folder = published.database.with_name("report")
    return {path.name: path.read_text(encoding="utf-8") for path in site.write(published.database, folder)}


def soup(published: Published, page: str = "index.html", lang: str = "id") -> BeautifulSoup:
    """The page as someone reads it who chose a language."""
    document = BeautifulSoup(pages(published)[page], "html.parser")
    for hidden in document.select(f'.t[lang="{"en" if lang == "id" else "id"}"]'):
        hidden.decompose()
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


def test_a_page_for_the_nation_and_one_per_province(published: Published) -> None:
    assert list(pages(published)) == ["index.html", "province-52.html", "province-72.html"]


@pytest.mark.parametrize("filled", [True, False])
def test_pages_are_well_formed(empty: Published, filled: bool) -> None:
    for name, page in pages(empty.fill() if filled else empty).items():
        balanced = Balanced()
        balanced.feed(page)
        assert balanced.open == [], name
        assert len(set(balanced.ids)) == len(balanced.ids), name
        document = BeautifulSoup(page, "html.parser")
        for label in document.select("[aria-labelledby]"):
            assert label["aria-labelledby"] in balanced.ids
        for link in document.select('a[href^="#"]'):
            assert str(link["href"])[1:] in balanced.ids
        for data in document.find_all("table"):
            assert data.caption and data.caption.get_text(strip=True)
            assert all(cell.get("scope") in {"col", "colgroup", "row"} for cell in data.find_all("th"))
            columns = sum(int(str(cell.get("colspan", 1))) for cell in data.thead.find("tr").find_all("th"))
            for row in data.select("tbody tr, tfoot tr"):
                assert columns == sum(int(str(cell.get("colspan", 1))) for cell in row.find_all(["th", "td"]))


def test_links_between_pages_lead_somewhere(published: Published) -> None:
    written = pages(published)
    linked = {str(a["href"]) for page in written.values() for a in BeautifulSoup(page, "html.parser").select("a[href]")}
    assert {href for href in linked if not href.startswith("#")} == set(written)


@pytest.mark.parametrize("filled", [True, False])
def test_nothing_comes_from_an_outside_address(empty: Published, filled: bool) -> None:
    for page in pages(empty.fill() if filled else empty).values():
        assert not re.search(r"https?:|@import|url\(", page)
        assert not re.search(r"""(src|href|action|data|poster)\s*=\s*["']?\s*//""", page)
        document = BeautifulSoup(page, "html.parser")
        assert not document.select("img, iframe, object, embed, form, base, [src], [srcset], [style], [onclick]")
        assert [str(link["href"]) for link in document.find_all("link")] == ["data:,"]


def test_the_policy_lets_only_our_style_and_script_run(published: Published) -> None:
    for page in pages(published).values():
        document = BeautifulSoup(page, "html.parser")
        policy = document.find("meta", {"http-equiv": "Content-Security-Policy"})
        assert isinstance(policy, Tag)
        rules = dict(rule.strip().split(" ", 1) for rule in str(policy["content"]).split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        for tag in ("style", "script"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_head_tells_date_and_version(published: Published) -> None:
    for page in ("index.html", "province-72.html"):
        stand = soup(published, page).select_one(".stand")
        assert stand
        assert said(stand) == "Keadaan per 13 Oktober 2023 · versi 0123456789ab"
    published.database.with_name("manifest.json").unlink()
    stand = soup(published, lang="en").select_one(".stand")
    assert stand and said(stand) == "As of 13 October 2023"


def test_cards_sum_up_the_day(published: Published) -> None:
    assert cards(soup(published)) == {
        "Peserta BPU terlindungi": "376.000 | 164.586 melalui Perisai",
        "Insentif untuk wadah, Oktober 2023": "Rp 695.376 | 3 agen · 1 di bawah ambang",
        "Klaim dibayarkan": "1.751 | Rp 64,1 miliar · 1.744 melalui Perisai",
        "Kiriman diterima": "2 dari 8 | 5 ditolak atau tidak ada",
        "Angka terbit berbeda": "2 dari 5 | 2 dari sumber yang tidak cocok dengan dirinya",
    }


def test_coverage_of_provinces_in_the_last_month(published: Published) -> None:
    rows = table(soup(published), "cakupan-provinsi")
    assert rows["Nusa Tenggara Barat"] == ["26,0 %", "", "50,3 %", "7,8", "38,5 %", "286.000", "144.000", "1.100.000"]
    assert rows["Sulawesi Tengah"] == ["10,0 %", "", "22,9 %", "1,3", DASH, "90.000", "20.586", "900.000"]


def test_a_kota_without_a_denominator_has_dashes(published: Published) -> None:
    document = soup(published, "province-52.html")
    rows = table(document, "cakupan-wilayah")
    assert rows == {"Kota Mataram": [DASH, "", "53,3 %", DASH, DASH, "30.500", "16.250", DASH]}
    total = document.select_one("tfoot tr")
    assert total and "26,0 %" in total.get_text()


def test_the_trend_of_a_province_by_month(published: Published) -> None:
    rows = table(soup(published, "province-52.html"), "cakupan-bulan")
    assert list(rows) == ["Oktober 2023", "September 2023"]
    assert rows["September 2023"] == ["280.500", "25,5 %", "141.000", "50,3 %", "37,9 %", "7,6"]
    # Central Sulawesi has no September: the line begins where there is something to draw.
    gap = table(soup(published, "province-72.html"), "cakupan-bulan")
    assert gap["September 2023"] == [DASH, DASH, DASH, DASH, DASH, DASH]


def test_where_a_denominator_comes_from_is_told_if_the_mart_knows(published: Published) -> None:
    published.run("alter table marts.coverage_month add column universe_source varchar")
    published.run("update marts.coverage_month set universe_source = 'BPS, ' || definition where region_code = '52'")
    assert "penerima upah: BPS, bpu. Sumber angkatan kerja UCJ: BPS, ucj." in said(soup(published, "province-52.html"))


def test_incentives_of_the_last_period(published: Published) -> None:
    document = soup(published)
    heading = document.find(id="insentif-judul")
    assert heading and said(heading) == "Insentif, Oktober 2023 sampai 13 Oktober 2023"
    facts = document.select_one(".facts")
    assert facts
    assert [dd.get_text() for dd in facts.find_all("dd")] == ["3", "1", "1", "Rp 450.000", "Rp 182.160", "Rp 63.216"]
    agents = table(document, "agen-teratas")
    assert list(agents) == ["AB1", "AB2", "AB3"]
    assert agents["AB1"] == ["W1", "perisai-13-2022", "30", "Rp 450.000", "Rp 165.600", "Rp 615.600"]
    assert table(document, "wadah-teratas")["W1"][-2:] == ["Rp 63.216", "Rp 695.376"]
    months = table(document, "insentif-bulan")
    assert months["September 2023"] == ["1", "1", "Rp 750.000", "Rp 276.000", "Rp 102.600", "Rp 1.128.600"]


def test_claims_by_programme_channel_and_status(published: Published) -> None:
    document = soup(published)
    paid = table(document, "klaim-dibayar")
    assert paid["JKM"] == ["Perisai", "44", "Rp 1.647.000.000", "1.744", "Rp 64.100.000.000"]
    assert paid["JHT"] == ["Jalur lain", "7", "Rp 12.345.678", "7", "Rp 12.345.678"]
    assert "JKK" not in paid  # rejected, not paid
    caption = document.find(id="klaim-status")
    assert caption
    cells = [
        [c.get_text(" ", strip=True) for c in row.find_all(["th", "td"])]
        for row in caption.find_parent("table").select("tbody tr")
    ]  # type: ignore[union-attr]
    assert [row[:3] for row in cells] == [
        ["Perisai", "Dibayarkan", "44"],
        ["Jalur lain", "Ditolak", "3"],
        ["Jalur lain", "Dibayarkan", "7"],
    ]
    assert "JKM" not in table(soup(published, "province-72.html"), "klaim-dibayar")


def test_deliveries_of_the_day_by_branch_and_feed(published: Published) -> None:
    rows = table(soup(published), "kiriman-hari")
    assert rows["Cabang Mataram NTB01"] == ["✓ Diterima sebagian", "✓ Diterima", "✕ Ditolak", "= Kiriman ganda"]
    assert rows["Cabang Palu STG01"] == ["○ Tidak ada"] * 4
    assert list(table(soup(published, "province-72.html"), "kiriman-hari")) == ["Cabang Palu STG01"]


def test_the_file_that_counts_speaks_for_the_branch(published: Published) -> None:
    published.run(
        "insert into marts.delivery_day values ('2023-10-13', 'NTB01', 'claims', 'accepted', 9, 9, 0, 0, true, null)"
    )
    document = soup(published)
    assert table(document, "kiriman-hari")["Cabang Mataram NTB01"][2] == "✓ Diterima"
    assert "Cabang Mataram NTB01" in table(document, "kiriman-masalah")


@pytest.mark.parametrize(
    ("lang", "reason", "nothing"),
    [
        ("id", "Kolom NO_KLAIM tidak ada", "Tidak ada file yang diterima"),
        ("en", "no column NO_KLAIM", "No file was received"),
    ],
)
def test_who_was_refused_or_absent_and_why(published: Published, lang: str, reason: str, nothing: str) -> None:
    rows = table(soup(published, lang=lang), "kiriman-masalah")
    assert rows["Cabang Mataram NTB01"][3:] == [reason, "9"]
    assert rows["Cabang Palu STG01"][1:2] + rows["Cabang Palu STG01"][3:] == [
        "semua" if lang == "id" else "all",
        nothing,
        "0",
    ]


def test_a_delivery_from_an_unknown_folder_is_among_the_problems(published: Published) -> None:
    published.run(
        "insert into marts.delivery_day values"
        " (null, 'XYZ99', 'unknown', 'refused', 3, 0, 3, 0, false, 'Cabang XYZ99 tidak terdaftar / no such branch')"
    )
    rows = table(soup(published), "kiriman-masalah")
    assert rows["XYZ99 XYZ99"] == [DASH, "Tidak dikenal", "✕ Ditolak", "Cabang XYZ99 tidak terdaftar", "3"]
    assert next(iter(rows)) == "XYZ99 XYZ99"


def test_only_the_last_business_dates_are_listed_as_problems(published: Published) -> None:
    published.run(
        "insert into marts.delivery_day select date '2023-10-13' - n::integer, 'NTB01', 'claims',"
        " 'failed', 0, 0, 0, 0, false, 'gagal ' || n from range(1, 10) as t (n)"
    )
    problems = pages(published)["index.html"]
    assert "gagal 6" in problems
    assert "gagal 7" not in problems


def test_rejected_lines_by_branch(published: Published) -> None:
    rows = table(soup(published), "baris-ditolak")
    assert list(rows) == ["Cabang Mataram NTB01", "Cabang Palu STG01"]
    assert rows["Cabang Mataram NTB01"] == ["46", "2,95 %", "46", "1.561", "1.503", "12", "9", "5"]


def test_a_day_without_problems_says_so(published: Published) -> None:
    published.run("delete from marts.delivery_day where outcome in ('refused', 'absent')")
    document = soup(published, lang="en")
    assert document.find(id="kiriman-masalah") is None
    assert "Every branch delivered all its data, and none was refused." in document.get_text()


def test_the_published_total_that_its_parts_do_not_give_is_shown(published: Published) -> None:
    document = soup(published, lang="en")
    caption = document.find(id="angka-terbit")
    assert caption
    rows = [
        [said(cell) for cell in row.find_all(["th", "td"])]
        for row in caption.find_parent("table").select("tr.attention")
    ]  # type: ignore[union-attr]
    period, source = "13 October 2023", "press, Central Sulawesi, 13 October 2023"
    assert rows == [
        ["Registrations by Perisai", "Sulawesi Tengah", "21.521", "20.586", "+935", "no", period, source],
        ["BPU coverage", "Nusa Tenggara Barat", "25 %", "26,0 %", f"{MINUS}1,0 points", "no", period,
         "press, West Nusa Tenggara"],
    ]  # fmt: skip
    assert "+935" in soup(published, "province-72.html").get_text()
    assert "+935" not in soup(published, "province-52.html").get_text()


def test_what_more_the_reconciliation_knows_is_used(published: Published) -> None:
    published.run("alter table marts.reconciliation add column branch_code varchar")
    published.run("alter table marts.reconciliation add column feed varchar")
    published.run("alter table marts.reconciliation add column period_from date")
    published.run("alter table marts.reconciliation add column agrees boolean")
    published.run("update marts.reconciliation set agrees = (difference = 0) where difference is not null")
    published.run("update marts.reconciliation set agrees = true where subject = 'coverage_pct'")
    published.run("update marts.reconciliation set period_from = '2023-01-01' where subject = 'perisai_registrations'")
    published.run(
        "insert into marts.reconciliation (subject, region_code, branch_code, feed, period, published, computed,"
        " difference, self_consistent, source, agrees) values"
        " ('manifest_lines', '7271', 'STG01', 'claims', '2023-10-13', 12, 9, 3, true, 'manifest', false)"
    )
    document = soup(published)
    assert cards(document)["Angka terbit berbeda"].startswith("1 dari 5")
    assert table(document, "kendali")["Baris menurut manifest, Klaim"][:4] == ["Cabang Palu", "12", "9", "+3"]
    assert table(document, "angka-terbit")["Pendaftaran oleh Perisai"][5] == f"1 Januari 2023 {DASH} 13 Oktober 2023"


def test_control_totals_that_agree_are_counted_and_what_did_not_fit_is_listed(published: Published) -> None:
    document = soup(published, lang="en")
    assert document.find(id="kendali") is None
    assert "1 control totals of the branches' manifests equal the count" in said(document)
    assert table(document, "hitungan-lain") == {
        "Contributions of unknown cards": ["Cabang Palu", "13 October 2023", "4"]
    }


@pytest.mark.parametrize(
    "change",
    [
        "update reference.branch set branch_name = $1",
        "update reference.region set region_name = $1",
        "update marts.incentive_wadah_month set wadah_code = $1",
        "update marts.incentive_agent_month set agent_code = $1",
        "update marts.claim_month set programme = $1",
        "update marts.delivery_day set reason = $1",
        "update marts.delivery_day set reason = 'Satu: ' || $1 || ' / one: ' || $1",
        "update marts.delivery_day set branch_code = $1",
        "update marts.reconciliation set source = $1",
    ],
)
def test_what_branches_write_is_text_and_never_markup(published: Published, change: str) -> None:
    published.run(change, "<script>alert('x')</script>")
    written = "".join(pages(published).values())
    assert "<script>alert" not in written
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in written


def test_the_name_of_a_wadah_is_escaped_where_the_mart_has_one(published: Published) -> None:
    published.run("alter table marts.incentive_wadah_month add column wadah_name varchar")
    published.run("update marts.incentive_wadah_month set wadah_name = $1", '"><script>alert(1)</script> & Rekan')
    page = pages(published)["index.html"]
    assert "<script>alert" not in page
    assert '"><script>alert(1)</script> & Rekan W1' in table(soup(published), "wadah-teratas")


def test_no_page_names_a_person(published: Published) -> None:
    for page in pages(published).values():
        assert SECRET_KEY not in page
        assert "participant_key" not in page


def test_every_text_stands_in_both_languages(published: Published) -> None:
    for page in pages(published).values():
        document = BeautifulSoup(page, "html.parser")
        assert document.html and document.html["lang"] == "id"
        assert document.title and document.title.get_text() == document.title["data-id"]
        assert document.title["data-en"]
        spans = document.select("span.t")
        assert [span["lang"] for span in spans] == ["id", "en"] * (len(spans) // 2)
        assert all(span.get_text(strip=True) for span in spans)


def test_the_same_version_gives_the_same_bytes(published: Published, tmp_path: Path) -> None:
    elsewhere = Published(tmp_path / "again").fill(reverse=True)
    assert pages(published) == pages(elsewhere)


@pytest.mark.parametrize("tables", [tuple(ROWS), tuple(name for name in ROWS if name.startswith("marts."))])
def test_empty_marts_give_pages_that_say_so(published: Published, tables: tuple[str, ...]) -> None:
    for name in tables:
        published.run(f"delete from {name}")
    written = pages(published)
    assert len(written) == (1 if "reference.region" in tables else 3)
    for page in written:
        said = soup(published, page, "en").get_text()
        for nothing in ("No coverage figures yet.", "No claims yet.", "No published figures to compare with."):
            assert nothing in said
        assert "0,0 %" not in said
    assert "No incentives yet." in soup(published, lang="en").get_text()


@pytest.mark.parametrize("table_name", [name for name in ROWS if name.startswith("marts.")])
def test_any_single_mart_may_be_empty(published: Published, table_name: str) -> None:
    published.run(f"delete from {table_name}")
    assert len(pages(published)) == 3


def test_a_folder_is_replaced_whole(published: Published) -> None:
    folder = published.database.with_name("report")
    folder.mkdir()
    (folder / "stale.html").write_text("old")
    half = folder.with_name(".report.new")
    half.mkdir()
    (half / "half.html").write_text("killed")
    written = site.write(published.database, folder)
    assert sorted(folder.iterdir()) == sorted(written)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["manifest.json", "report", "warehouse.duckdb"]


def test_a_report_that_fails_leaves_the_last_one(published: Published) -> None:
    before = pages(published)
    published.run("drop table marts.claim_month")
    with pytest.raises(duckdb.CatalogException):
        pages(published)
    folder = published.database.with_name("report")
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == before


def test_the_published_file_may_be_read_meanwhile_and_is_not_touched(published: Published) -> None:
    before = published.database.read_bytes()
    with duckdb.connect(str(published.database), read_only=True):
        pages(published)
    assert published.database.read_bytes() == before
    shutil.rmtree(published.database.with_name("report"))
