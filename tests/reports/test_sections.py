"""What the tables and sections of the pages say, read from their HTML; the rest is in test_site.py."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from bs4 import BeautifulSoup

from reports import pages as of_report
from reports import site
from reports.words import DASH, MINUS
from tests.reports.published_file import DAY_BEFORE, THAT_DAY, Published, delivered
from tests.reports.test_site import pages, said, soup, table, todo


def test_what_needs_doing_comes_first_and_the_worst_before_the_rest(drawn: dict[str, str]) -> None:
    assert todo(soup(drawn, "branch-NTB01.html")) == [
        ("bad", "Klaim belum diterima sejak 13 Oktober 2023 (1 hari data)"),
        ("warn", "46 baris ditolak, terbanyak pada Pendaftaran: Enam belas angka"),
        ("warn", "1 wadah kekurangan agen: Wadah Rinjani"),
        ("warn", "1 perjanjian (PKS) berakhir dalam 60 hari atau sudah berakhir: Wadah Rinjani"),
        ("hint", "1 agen kurang 5 peserta atau kurang untuk mencapai ambang: AB2"),
        (
            "hint",
            "20 peserta menunggak dan masih terlindungi: Rp 336.000 dapat ditagih sebelum mereka gugur, terbanyak"
            " pada AB2, AB1",
        ),
        ("hint", "1 pola pendaftaran yang perlu dilihat"),
    ]
    missing = (
        "1 agent is missing from rosters without NONAKTIF, 2 new participants and 11 payments rely on them:"
        " AB3 ( 9 October 2023 )"
    )
    again = "Payments that stand under other numbers already: 40 rows, Rp 1,700,300: STG01 12 October 2023"
    cards = "Cards of other persons: 1 row, Rp 0: STG01 11 October 2023"
    of_branch = todo(soup(drawn, "branch-STG01.html", "en"))
    assert {("bad", missing), ("bad", again), ("warn", cards)} <= {*of_branch}
    nation = todo(soup(drawn, lang="en"))
    assert ("bad", missing) in nation
    assert nation[0] == ("bad", "2 branches are behind with deliveries: Cabang Palu, Cabang Mataram")
    assert (
        "warn",
        "112,000 registrations a month are needed to reach the target of 30.0% by the end of the year",
    ) in nation
    assert ("bad", "1 agent is inactive, too long without a transaction: AB3") in nation
    assert ("hint", "1 regency or city without an agent: Kabupaten Lombok Tengah") in nation
    assert ("bad", "No agreement W2: October 2023 cannot be closed") in todo(soup(drawn, "branch-STG01.html", "en"))
    assert todo(soup(drawn, "wadah-W2.html")) == [("bad", "1 agen tidak aktif, terlalu lama tanpa transaksi: AB3")]


def test_a_branch_that_keeps_pace_with_its_target_is_not_told_to_hurry(published: Published) -> None:
    words = (
        "Peserta baru 32 dari target 77 (41,6 %), sedangkan 42 % bulan sudah lewat: kurang 45, 3 sehari selama 18 hari"
    )
    behind = ("warn", words)
    published.run("update marts.monev_branch_month set target_new = 77 where branch_code = 'NTB01'")  # 32.3 by the 13th
    assert behind in todo(soup(pages(published), "branch-NTB01.html"))
    published.run("update marts.monev_branch_month set target_new = 76 where branch_code = 'NTB01'")  # 31.9
    assert not any("dari target" in words for _, words in todo(soup(pages(published), "branch-NTB01.html")))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("set state = 'closed'", None),
        ("set state = 'open'", ("bad", "Insentif September 2023 belum ditutup, batasnya 3 Oktober 2023")),
        (
            "set state = 'held_up', agreement_problems = 2",
            ("bad", "Insentif September 2023 tertahan oleh 2 perjanjian"),
        ),
    ],
)
def test_a_month_that_is_over_wants_to_be_closed(
    published: Published, change: str, expected: tuple[str, str] | None
) -> None:
    published.run(f"update marts.incentive_close {change} where month = '2023-09-01'")
    found = [item for item in todo(soup(pages(published))) if item[1].startswith("Insentif")]
    assert found == ([expected] if expected else [])


def test_every_branch_can_be_found_on_the_first_page(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn), "cabang-tabel")
    assert rows == {
        "Cabang Mataram NTB01": [
            "Nusa Tenggara Barat", "1 data sejak 13 Oktober 2023", "46", "32", "80 %", "0", "1", "1", "80 %", "2",
        ],
        "Cabang Palu STG01": [
            "Sulawesi Tengah", "4 data sejak 13 Oktober 2023", "0", "0", "0 %", "0", "1", "2", DASH, "1",
        ],
    }  # fmt: skip
    assert list(table(soup(drawn, "province-72.html"), "cabang-tabel")) == ["Cabang Palu STG01"]


def test_of_many_agents_the_first_and_those_in_need_stand_on_the_page_of_a_province() -> None:
    agents = [{"agent_code": n, "needs": ["near"] if n == 150 else []} for n in range(200)]
    assert of_report._foremost(agents) == [*agents[:20], agents[150]]
    assert of_report._foremost(agents[:100]) == agents[:100]


def test_coverage_against_the_target(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn), "cakupan-provinsi")
    assert rows["Nusa Tenggara Barat"] == [
        "26,0 %", "27,0 %", "11.000", "5.500", "+1,5", "286.000", "50,3 %", "7,8", "38,5 %", "2",
    ]  # fmt: skip
    regencies = table(soup(drawn, "province-52.html"), "cakupan-wilayah")
    assert regencies["Kabupaten Lombok Tengah"][:4] == ["30,0 %", "25,0 % tercapai", "0", "0"]
    nothing = [DASH, DASH, DASH, DASH, DASH, "30.500", "53,3 %", DASH, DASH, "2"]  # without a denominator
    assert regencies["Kota Mataram"] == nothing
    document = soup(drawn, "branch-NTB01.html")
    assert table(document, "cakupan-wilayah") == {"Kota Mataram": nothing}
    total = document.select_one("tfoot tr")
    assert said(total).startswith("Nusa Tenggara Barat 26,0 % 27,0 %")


def test_the_page_of_an_agent_tells_history_and_why(drawn: dict[str, str]) -> None:
    document = soup(drawn, "agent-AB1.html")
    assert table(document, "riwayat-bulan")["September 2023"] == [
        "50", "1", "1", "90", DASH, DASH, DASH, DASH, "60 %", DASH, "Rp 1.026.000",
    ]  # fmt: skip
    why = said(document.find(id="insentif"))
    assert "Oktober 2023 berjalan: Rp 614.600" in why
    assert f"Koreksi bulan yang sudah ditutup: Rp {MINUS}1.000." in why
    assert table(document, "baris-1") == {
        "Peserta baru": [DASH, DASH, DASH, "30", "450.000,00"],
        "Iuran yang masuk": [DASH, DASH, "15,0 %", "4", "165.600,00"],
    }
    assert not document.select('a[href^="?only"]')


def test_a_regency_that_was_merged_is_shown_in_the_months_before_and_leads_to_what_it_became(
    published: Published,
) -> None:
    merged = {"region_code": "5202", "first_month": date(2023, 10, 1), "state": "ended", "shown_code": "5271"}
    published.add("marts.region_history", merged)
    published.run("update marts.monev_agent_month set region_code = '5202' where agent_code = 'AB2'")
    written = pages(published)
    assert list(table(soup(written, "province-52.html"), "cakupan-wilayah")) == ["Kota Mataram"]
    assert list(table(soup(written, "branch-NTB01.html"), "cakupan-wilayah")) == ["Kota Mataram"]
    assert "Kabupaten Lombok Tengah" in table(soup(written, "month-2023-09.html"), "cakupan-kabupaten")
    search = published.database.with_name("report") / "search.js"
    assert '["province-52.html#w5271","Kabupaten Lombok Tengah","5202"]' in search.read_text(encoding="utf-8")


def test_an_earlier_month_can_be_chosen(drawn: dict[str, str]) -> None:
    links = soup(drawn, "province-52.html").select(".months a")
    assert [link["href"] for link in links] == [
        "month-2023-09.html?find=cakupan-kabupaten.Nusa%20Tenggara%20Barat#cakupan-kabupaten"
    ]
    september = soup(drawn, "month-2023-09.html")
    assert table(september, "cakupan-provinsi")["Nusa Tenggara Barat"][:2] == ["25,5 %", "27,0 %"]
    assert table(september, "cabang-bulan")["Cabang Mataram"] == [
        "50", "125 %", "1", "80 %", "2", "Rp 1.840.000",
    ]  # fmt: skip


def test_what_changed_since_the_version_before_is_told_in_words(published: Published, tmp_path: Path) -> None:
    before = tmp_path / "2023-10-12-0a1b2c" / "warehouse.duckdb"
    before.parent.mkdir()
    shutil.copyfile(published.database, before)
    published.run("update marts.coverage_month set protected = protected + 1500 where region_code = '52'")
    published.run("update marts.monev_branch_month set new_2 = new_2 - 4 where branch_code = 'NTB01'")
    folder = published.database.with_name("report")
    written = {path.name: path.read_text(encoding="utf-8") for path in site.write(published.database, folder, before)}
    lines = [said(row) for row in soup(written, "province-52.html").select("#berubah li")]
    assert lines == [
        "Peserta BPU terlindungi: bertambah 1.500, dari 286.000 menjadi 287.500",
        "Peserta baru bulan ini: berkurang 4, dari 32 menjadi 28",
    ]
    english = [said(row) for row in soup(written, "branch-NTB01.html", "en").select("#berubah li")]
    assert english == ["New participants of this month: down by 4, from 32 to 28"]
    assert "Tidak ada angka utama" in said(soup(written, "branch-STG01.html").find(id="berubah"))
    with duckdb.connect(str(before)) as con:
        con.execute("alter table marts.delivery_day rename accepted to accepted_before")
    site.write(published.database, folder, before)
    assert "tidak dapat dibandingkan" in (folder / "index.html").read_text(encoding="utf-8")


def test_a_map_has_a_tile_for_each_place_and_the_furthest_from_their_targets(drawn: dict[str, str]) -> None:
    tiles = soup(drawn, "province-52.html").select(".map svg a")
    assert [(tile.title.text, tile["href"], tile.rect["class"]) for tile in tiles if tile.title and tile.rect] == [
        ("Kabupaten Lombok Tengah", "#w5202", ["c4", "gx", "s2", "a0"]),  # reached, no agent
        ("Kota Mataram", "#w5271", ["cx", "gx", "s3", "a1"]),  # without a denominator
    ]
    nation = soup(drawn)
    assert [link["href"] for link in nation.select(".map svg a")] == ["province-52.html#peta", "province-72.html#peta"]
    assert len(nation.select(".map svg .none")) == 36
    worst = [[said(row) for row in part.select("li")] for part in nation.select(".map ol")]
    assert worst == [
        ["Kabupaten Lombok Tengah 30,0 % target 25,0 %"],
        ["Kabupaten Lombok Tengah 33 %", "Kota Mataram 53 %"],
        ["Kabupaten Lombok Tengah 0", "Kota Palu 1", "Kota Mataram 2"],
    ]


def test_a_branch_shows_the_regions_where_its_agents_work(published: Published) -> None:
    published.run("update marts.monev_agent_month set region_code = '5202' where agent_code = 'AB2'")
    assert list(table(soup(pages(published), "branch-NTB01.html"), "cakupan-wilayah")) == [
        "Kota Mataram", "Kabupaten Lombok Tengah",
    ]  # fmt: skip


def test_the_trend_of_a_province_by_month(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn, "province-52.html"), "cakupan-bulan")
    assert list(rows) == ["Oktober 2023 berjalan", "September 2023"]
    assert rows["September 2023"] == ["280.500", "25,5 %", "27,0 %", "141.000", "50,3 %", "7,6", "37,9 %"]
    gap = table(soup(drawn, "province-72.html"), "cakupan-bulan")
    assert gap["September 2023"] == [DASH] * 7
    assert "penerima upah: BPS. Sumber angkatan kerja UCJ: BPS 2." in said(soup(drawn, "province-52.html"))


def test_agents_by_rank_with_streaks_and_warnings(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn, "branch-NTB01.html"), "agen-tabel")
    assert rows["AB1"] == ["W1", "1", "30", "50", "0", "2", "80 %", "60 %", "8", "Rp 614.600", ""]
    assert rows["AB2"][4:6] + rows["AB2"][-1:] == ["3", "0", "banyak berhenti sesudah sebulan banyak menunggak"]
    assert table(soup(drawn, "wadah-W2.html", "en"), "agen-tabel")["AB3"][-1] == "4 months without a transaction"


def test_wadahs_by_rank_with_their_names(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn, "branch-NTB01.html"), "wadah-tabel")
    assert rows == {
        "Wadah Rinjani W1": ["1", "32", "50", "2", "1", "80 %", "60 %", "Rp 1.104.000", "Rp 688.204", "kurang 3 agen"]
    }
    heading = soup(drawn, "wadah-W1.html").find("h1")
    assert said(heading) == "Wadah Rinjani W1"
    assert table(soup(drawn, "wadah-W1.html"), "perjanjian")["Cabang Mataram"][-1] == "30 November 2023"


def test_incentives_by_month_with_the_state_of_the_close(drawn: dict[str, str]) -> None:
    assert table(soup(drawn), "insentif-bulan") == {
        "Oktober 2023": ["Berjalan", "3", "Rp 450.000", "Rp 182.160", f"Rp {MINUS}1.000", "Rp 631.160", "Rp 694.276"],
        "September 2023": [
            "Ditutup 2023-10-02", "1", "Rp 750.000", "Rp 276.000", "Rp 0", "Rp 1.026.000", "Rp 1.128.600",
        ],
    }  # fmt: skip
    branch = table(soup(drawn, "branch-STG01.html", "en"), "insentif-bulan")
    assert branch == {"October 2023": ["Running", "1", "Rp 0", "Rp 5,520", "Rp 0", "Rp 5,520"]}
    wadah = table(soup(drawn, "wadah-W1.html"), "insentif-bulan")
    assert wadah["September 2023"] == [
        "Ditutup",
        "perisai-13-2022",
        "2",
        "Rp 1.026.000",
        "Rp 0",
        "Rp 102.600",
        "Rp 1.128.600",
    ]


def test_claims_by_programme_channel_and_status(drawn: dict[str, str]) -> None:
    document = soup(drawn)
    paid = table(document, "klaim-dibayar")
    assert paid["JKM"] == ["Perisai", "44", "Rp 1.647.000.000", "1.744", "Rp 64.100.000.000"]
    assert paid["JHT"] == ["Jalur lain", "7", "Rp 12.345.678", "7", "Rp 12.345.678"]
    assert "JKK" not in paid  # rejected, not paid
    assert table(document, "klaim-sex") == {
        "Laki-laki": ["24", "Rp 900.000.000"],
        "Perempuan": ["20", "Rp 747.000.000"],
    }
    assert "JKM" not in table(soup(drawn, "province-72.html"), "klaim-dibayar")
    assert table(soup(drawn, "branch-STG01.html"), "klaim-cabang") == {
        "Dibayarkan": ["JHT", "7", "Rp 12.345.678", "7", "Rp 12.345.678"]
    }


def test_claims_of_fewer_than_five_people_have_no_figures(drawn: dict[str, str]) -> None:
    assert table(soup(drawn), "klaim-status")["Digabung"] == ["Diajukan", DASH, DASH, DASH, DASH]


def test_sectors_with_growth_and_claims(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn), "sektor-tabel")
    assert list(rows) == ["Perdagangan", "Perikanan"]
    assert rows["Perikanan"] == ["9.000", DASH, "+12 %", "30", "5.000", DASH, DASH]
    province = table(soup(drawn, "province-52.html", "en"), "sektor-tabel")
    assert province == {"Fishery": ["6,000", "15.0%", f"{MINUS}4%", "20", "4,000", "5", "Rp 210,000,000"]}
    assert table(soup(drawn), "belum-dipetakan") == {"PAWANG HUJAN": ["12"]}


def test_who_is_behind_and_since_when(published: Published) -> None:
    published.add("marts.delivery_day", delivered(DAY_BEFORE, "NTB01", "claims", "accepted", revision=2))
    published.run("update marts.delivery_day set outcome = 'failed', reason = 'Putus / cut off'"
                  " where branch_code = 'STG01' and feed = 'claims'")  # fmt: skip
    document = soup(pages(published), lang="en")
    caption = document.find(id="tertinggal")
    assert caption is not None
    rows = [
        [said(cell) for cell in row.find_all(["th", "td"])] for row in caption.find_parent("table").select("tbody tr")
    ]  # type: ignore[union-attr]
    assert rows == [
        ["Cabang Palu STG01", "Claims", "12 October 2023", "✕ Failed", "cut off", "2"],
        ["Cabang Palu STG01", "Agents", "13 October 2023", "○ Absent", "No file was received", "1"],
        ["Cabang Palu STG01", "Contributions", "13 October 2023", "○ Absent", "No file was received", "1"],
        ["Cabang Palu STG01", "Registrations", "13 October 2023", "○ Absent", "No file was received", "1"],
        ["Cabang Mataram NTB01", "Claims", "13 October 2023", "✕ Refused", "no column NO_KLAIM", "1"],
    ]


def test_nobody_is_behind_where_everything_came(published: Published) -> None:
    published.run("delete from marts.delivery_day where outcome in ('refused', 'absent')")
    published.add("marts.delivery_day", delivered(THAT_DAY, "NTB01", "claims", "accepted"))
    for feed in ("registrations", "contributions", "claims", "agents"):
        published.add("marts.delivery_day", delivered(THAT_DAY, "STG01", feed, "accepted"))
    written = pages(published)
    assert soup(written).find(id="tertinggal") is None
    assert "No branch is behind: all data was received up to 13 October 2023." in said(soup(written, lang="en"))
    assert table(soup(written), "cabang-tabel")["Cabang Palu STG01"][1] == "lengkap"


def test_what_was_received_each_day(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn, "branch-NTB01.html"), "kiriman-hari")
    assert rows == {"Pendaftaran": ["✓", "✓"], "Iuran": ["✓", "✓"], "Klaim": ["✓", "✕"], "Agen": ["✓", "✓"]}
    document = BeautifulSoup(drawn["branch-NTB01.html"], "html.parser")
    marks = document.find(id="kiriman-hari").find_parent("table").select(".outcome")  # type: ignore[union-attr]
    assert {str(mark["class"][1]) for mark in marks} == {"accepted", "accepted_with_rejects", "refused"}


@pytest.mark.parametrize(
    ("lang", "words", "page", "branches"),
    [
        ("id", "Enam belas angka. nik_form", "index.html", ["Cabang Mataram"]),
        ("en", "Sixteen digits. nik_form", "branch-NTB01.html", []),
    ],
)
def test_why_rows_were_rejected(drawn: dict[str, str], lang: str, words: str, page: str, branches: list[str]) -> None:
    rows = table(soup(drawn, page, lang), "mengapa")
    rejected, day = ("ditolak", "13 Oktober 2023") if lang == "id" else ("rejected", "13 October 2023")
    assert rows[words][1:] == [*branches, rejected, "30", "30", day]
    assert next(iter(rows)) == words  # what rejected most
    assert rows["old_rule old_rule"][-3:] == ["7", "7", day]  # judged before its words were noted
    assert list(rows)[-1].endswith("nik_date")  # a warning rejects nothing


def test_rows_of_each_feed(drawn: dict[str, str]) -> None:
    rows = table(soup(drawn, "branch-NTB01.html"), "kiriman-data")
    assert rows["Pendaftaran"] == ["3", "2", "1.200", "1.163", "37", "3,08 %", "37", "0"]
    assert list(rows) == ["Pendaftaran", "Iuran", "Klaim", "Agen"]
    assert table(soup(drawn, "branch-NTB01.html"), "ditolak-utuh")["Cabang Mataram"][2] == "Kolom NO_KLAIM tidak ada"


def test_a_delivery_from_an_unknown_folder_is_told(published: Published) -> None:
    published.add("marts.delivery_day", {
        "branch_code": "XYZ99", "feed": "unknown", "outcome": "refused", "lines": 3, "rejected": 3,
        "reason": "Cabang XYZ99 tidak terdaftar / no such branch",
    })  # fmt: skip
    rows = table(soup(pages(published)), "ditolak-utuh")
    assert rows["XYZ99"] == [DASH, "Tidak dikenal", "Cabang XYZ99 tidak terdaftar", "3"]
    assert next(iter(rows)) == "XYZ99"


def test_signals_and_checks_that_did_not_pass(published: Published) -> None:
    published.add("marts.check_result", {
        "check_name": "parts", "mart": "marts.claim_month", "severity": "warning", "outcome": "failed", "failed": 2,
        "examples": "52; 72", "meaning": "parts add up", "meaning_indonesian": "rincian berjumlah benar",
    })  # fmt: skip
    document = soup(pages(published))
    assert table(document, "pemeriksaan-tabel") == {"parts": ["rincian berjumlah benar", "52; 72", "2"]}
    assert table(document, "pola-tabel") == {
        "Banyak pendaftaran dalam satu menit": [
            "Cabang Mataram", "AB1", "12 Oktober 2023 09:30", "12 Oktober 2023", "12", "5",
        ]
    }  # fmt: skip
    assert ("bad", "1 pemeriksaan silang tidak lolos") in todo(document)


def test_the_published_total_that_its_parts_do_not_give_is_shown(drawn: dict[str, str]) -> None:
    caption = soup(drawn, lang="en").find(id="angka-terbit")
    assert caption
    rows = [
        [said(cell) for cell in row.find_all(["th", "td"])]
        for row in caption.find_parent("table").select("tr.attention")
    ]  # type: ignore[union-attr]
    period, source = f"1 January 2023 {DASH} 13 October 2023", "press, Central Sulawesi, 13 October 2023"
    assert rows == [
        ["BPU coverage", "Nusa Tenggara Barat", "13 October 2023", "press, West Nusa Tenggara", "no", "25%", "26.0%",
         f"{MINUS}1.0 points"],
        ["Registrations by Perisai", "Sulawesi Tengah", period, source, "no", "21,521", "20,586", "+935"],
    ]  # fmt: skip
    assert "+935" in soup(drawn, "province-72.html").get_text()
    assert "+935" not in soup(drawn, "province-52.html").get_text()


def test_control_totals_and_what_did_not_fit(drawn: dict[str, str], published: Published) -> None:
    document = soup(drawn, lang="en")
    assert document.find(id="kendali") is None
    assert "1 control total of the branches' manifests equals the count" in said(document)
    unknown = {"Contributions of unknown cards, Contributions": ["Cabang Palu", "13 October 2023", "4"]}
    assert table(document, "hitungan-lain") == table(soup(drawn, "branch-STG01.html", "en"), "hitungan-lain") == unknown
    published.run(
        "update marts.reconciliation set computed = 997, difference = 3, agrees = false"
        " where subject = 'manifest_lines'"
    )
    differing = table(soup(pages(published), "branch-NTB01.html"), "kendali")["Baris menurut manifest, Klaim"]
    assert differing[0] == "Cabang Mataram"
    assert differing[-3:] == ["1.000", "997", "+3"]
