"""The statements: what they show, and that no cell or text of theirs does anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from reports import statement, words

EVIL = '=cmd|"/c calc"!A1<script>alert(1)</script>'
WADAH: dict[str, Any] = {
    "wadah_code": "W00001",
    "scheme": "perisai-13-2022",
    "pks": EVIL,
    "agent_count": 4,
    "minimum_agents": 5,
    "agents_total_rp": 1_000_000,
    "adjustment_rp": -26_000,
    "management_basis_rp": 1_000_000,
    "management_rate": Decimal("0.1000"),
    "management_rp": 100_000,
    "payable_rp": 1_100_000,
    "tax_rate": Decimal("0.0250"),
    "tax_rp": 27_500,
}
AGENT = {
    "wadah_code": "W00001",
    "scheme": "perisai-13-2022",
    "agent_code": "AB00001",
    "new_count": 50,
    "acquisition_rp": 750_000,
    "contribution_basis_rp": 1_840_000,
    "contribution_rp": 276_000,
    "adjustment_rp": -26_000,
    "cap_rp": None,
    "total_rp": 1_000_000,
}
ADJUSTMENT = {
    "wadah_code": "W00001",
    "scheme": "perisai-13-2022",
    "corrects_period": date(2023, 8, 1),
    "agent_code": "AB00001",
    "rule": "contribution",
    "lines": 3,
    "amount_rp": Decimal("-26000.250000"),
}


def paper(**changes: Any) -> statement.Paper:
    what: dict[str, Any] = {
        "period": date(2023, 9, 1),
        "content_hash": "abc123",
        "approved": "2023-10-02T09:30:00+08:00, kepala",
        "because": "",
        "wadahs": [WADAH, WADAH | {"wadah_code": "W00002", "payable_rp": 5, "tax_rate": None, "tax_rp": None}],
        "agents": [AGENT],
        "adjustments": [ADJUSTMENT],
    }
    return statement.Paper(**what | changes)


@pytest.fixture
def sheets(tmp_path: Path) -> Callable[[bytes], dict[str, list[list[Any]]]]:
    def sheets(content: bytes) -> dict[str, list[list[Any]]]:
        path = tmp_path / "book.xlsx"
        path.write_bytes(content)
        book = CalamineWorkbook.from_path(str(path))
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

    return sheets


def text(page: bytes) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())


def test_the_same_rows_give_the_same_bytes() -> None:
    first, second = dict(statement.files(paper())), dict(statement.files(paper()))
    assert list(first) == [
        "summary.html",
        "summary.xlsx",
        *(f"W0000{n}.{kind}" for n in (1, 2) for kind in ("html", "xlsx")),
    ]
    assert first == second


def test_a_page_shows_everything_in_two_languages_and_escapes_it() -> None:
    page = dict(statement.files(paper()))["W00001.html"]
    seen = text(page)
    for part in (
        "Pernyataan insentif W00001 / Incentive statement",
        "September 2023",
        "Disetujui dan ditutup / approved and closed : 2023-10-02T09:30:00+08:00",
        "abc123",
        "Tarif insentif wadah / Rate of the wadah's incentive 10 %",
        "Tarif pajak / Tax rate 2,5 %",
        "Pajak / Tax 27.500",
        "AB00001 50 750.000 1.840.000 276.000 −26.000 1.000.000",  # noqa: RUF001
        "2023-08 AB00001 Iuran / Contributions 3 −26.000,25",  # noqa: RUF001
        "Dibayarkan seluruhnya, bruto / Payable in all, gross : Rp 1.100.000",
    ):
        assert part in seen
    assert b"<script" not in page
    assert b"&lt;script&gt;" in page


def test_a_draft_says_so_and_has_no_approval(sheets: Callable[[bytes], dict[str, list[list[Any]]]]) -> None:
    files = dict(statement.files(paper(approved="")))
    for name in ("W00001.html", "summary.html"):
        assert "DRAF, belum disetujui / DRAFT, not approved" in text(files[name])
        assert "approved and closed" not in text(files[name])
    assert sheets(files["summary.xlsx"])["RINGKASAN"][1][0] == "DRAF, belum disetujui / DRAFT, not approved"


def test_the_reason_for_what_was_held_is_shown(sheets: Callable[[bytes], dict[str, list[list[Any]]]]) -> None:
    held = dict(statement.files(paper(because="PKS <diperbarui>")))
    for name in ("summary.html", "W00001.html"):
        assert "Alasan untuk yang semula ditahan / Reason given for what was held : PKS <d" in text(held[name])
    assert "PKS" not in text(held["W00002.html"]).replace("PKS: ", "")  # which gets no adjustment
    [row] = [row for row in sheets(held["summary.xlsx"])["RINGKASAN"] if "semula ditahan" in str(row[0])]
    assert row[0].endswith(": PKS <diperbarui>")
    assert "semula ditahan" not in text(dict(statement.files(paper()))["summary.html"])


def test_a_workbook_holds_texts_and_whole_numbers(sheets: Callable[[bytes], dict[str, list[list[Any]]]]) -> None:
    book = sheets(dict(statement.files(paper()))["W00001.xlsx"])
    cells = {str(row[0]).split(" / ")[0]: row[1] for row in book["PERNYATAAN"] if len(row) > 1}
    assert cells["PKS"] == EVIL  # a text, which a spreadsheet does not run
    assert cells["Dibayarkan, bruto"] == 1_100_000
    assert cells["Tarif pajak"] == "2,5 %"
    assert book["PERISAI"][1] == [WADAH["scheme"], "AB00001", 50, 750_000, 1_840_000, 276_000, -26_000, 1_000_000]
    assert book["KOREKSI"][1] == [
        WADAH["scheme"],
        "2023-08",
        "AB00001",
        "Iuran / Contributions",
        3,
        f"{words.MINUS}26.000,25",
    ]


def test_the_summary_adds_up_and_knows_no_tax_where_one_is_not_known(
    sheets: Callable[[bytes], dict[str, list[list[Any]]]],
) -> None:
    *_, total = sheets(dict(statement.files(paper()))["summary.xlsx"])["RINGKASAN"]
    assert total[3:] == [2_000_000, -52_000, 200_000, 1_100_005, words.DASH]
    *_, total = sheets(dict(statement.files(paper(wadahs=[WADAH])))["summary.xlsx"])["RINGKASAN"]
    assert total[3:] == [1_000_000, -26_000, 100_000, 1_100_000, 27_500]


@pytest.mark.parametrize("code", ["../W1", "W1/x", "", ".."])
def test_a_wadah_whose_code_would_be_a_path_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        list(statement.files(paper(wadahs=[WADAH | {"wadah_code": code}])))
