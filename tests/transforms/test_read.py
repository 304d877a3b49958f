"""Files to text: every value as written, on the line it stood on; or a refusal that helps."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract import contract
from transforms.delivery import Delivery, RawFile, identify, sha256_of
from transforms.header import fold
from transforms.read import read
from transforms.rows import RAGGED

CLAIMS = contract("claims")
HEADER = ",".join(str(column.header) for column in CLAIMS.exported if column.kept)
ROW = "{0},NTB01,00000000001,JKM,SANTUNAN_KEMATIAN,Diajukan,2023-09-01,2023-09-02,100"


def read_text(tmp_path: Path, *contents: bytes) -> tuple[list[Delivery], list[tuple[Any, ...]]]:
    files = []
    for number, content in enumerate(contents, start=1):
        path = tmp_path / f"NTB01_claims_2023-09-{number:02d}.csv"
        path.write_bytes(content)
        delivery = identify(path, sha256_of(path), "NTB01", date(2023, 9, 30), branches={"NTB01"}, feeds={"claims"})
        files.append(RawFile(path, delivery))
    con = duckdb.connect()
    deliveries = read(con, files, CLAIMS)
    rows = con.execute(
        "select business_date, line_no, claim_no, row_problem from text order by business_date, line_no"
    ).fetchall()
    return deliveries, [(day.day, *row) for day, *row in rows]


def lines(*numbers: str) -> str:
    return "\n".join([HEADER, *(ROW.format(number) for number in numbers)]) + "\n"


def test_many_plain_files_are_read_in_one_scan_with_their_lines(tmp_path: Path) -> None:
    content = lines(*(f"CLM-{n:06d}" for n in range(2, 60_002))).encode()
    deliveries, rows = read_text(tmp_path, content, content, lines("CLM-000002").encode())
    assert [d.lines for d in deliveries] == [60_000, 60_000, 1]
    assert len(rows) == 120_001
    assert all(int(number[4:]) == line_no for _, line_no, number, _ in rows)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "byte order mark and CRLF",
            b"\xef\xbb\xbf" + lines("CLM-01", "CLM-02").replace("\n", "\r\n").encode(),
            [2, 3],
        ),
        ("no line end at the end", lines("CLM-01", "CLM-02").rstrip("\n").encode(), [2, 3]),
        ("blank lines", lines("CLM-01", "CLM-02").replace("\nCLM-02", "\n\n\nCLM-02").encode(), [2, 5]),
        ("line break inside quotes", lines('"CLM\n-01"', "CLM-02").encode(), [2, 4]),
        ("quotes and commas in a value", lines('"CLM, ""one"""', "CLM-02").encode(), [2, 3]),
        ("header quoted", (lines("CLM-01").replace("NO_KLAIM", '"NO_KLAIM"')).encode(), [2]),
        ("header in other words", lines("CLM-01").replace("NO_KLAIM", " Nomor  klaim").encode(), [2]),
        ("an unknown column more", lines("CLM-01").replace("\n", ",X\n").encode(), [2]),
        ("header only", (HEADER + "\n").encode(), []),
    ],
)
def test_is_understood(tmp_path: Path, name: str, content: bytes, expected: list[int]) -> None:
    deliveries, rows = read_text(tmp_path, content)
    assert deliveries[0].judgement == "accepted", deliveries[0].reason
    assert [row[1] for row in rows] == expected
    assert deliveries[0].lines == len(expected)
    assert all(problem is None for *_, problem in rows)


def test_ragged_rows_keep_their_lines_and_say_so(tmp_path: Path) -> None:
    content = lines("CLM-01", "CLM-02", "CLM-03").replace("2023-09-02,100\nCLM-02", "2023-09-02\nCLM-02") + "a,b\n"
    deliveries, rows = read_text(tmp_path, content.encode(), lines("CLM-09").encode())
    assert [(d.lines, d.judgement) for d in deliveries] == [(4, "accepted"), (1, "accepted")]
    assert rows == [
        (1, 2, None, RAGGED),
        (1, 3, "CLM-02", None),
        (1, 4, "CLM-03", None),
        (1, 5, None, RAGGED),
        (2, 2, "CLM-09", None),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (lines("CLM-01").replace("NO_KLAIM", "X").encode(), "required columns are missing: NO_KLAIM"),
        (lines("CLM-01").replace("KODE_CABANG", "Nomor Klaim").encode(), "stands twice"),
        (lines("CLM-01").encode() + b"\x81", "not UTF-8, UTF-16 or Windows-1252 text"),
        (lines("CLM-01").encode() + b'"CLM-02,NTB01', "line 3 cannot be read"),
    ],
)
def test_is_refused_in_words_that_help(tmp_path: Path, content: bytes, words: str) -> None:
    deliveries, rows = read_text(tmp_path, content, lines("CLM-09").encode())
    assert deliveries[0].judgement == "refused"
    assert words in deliveries[0].reason
    assert deliveries[0].rejected == deliveries[0].lines
    assert rows == [(2, 2, "CLM-09", None)], "the other file is read all the same"


def test_headers_are_compared_without_case_accents_and_punctuation() -> None:
    assert fold("No. E-KTP") == fold("no e_ktp") == fold("NÓ  E-KTP")


@pytest.mark.parametrize(
    ("folder", "name", "words"),
    [
        ("NTB01", "claims.csv", "the file name must be"),
        ("NTB01", "NTB01_claims_2023-13-01.csv", "2023-13-01 does not exist"),
        ("NTB01", "NTB01_payments_2023-09-30.csv", "the feed in the file name is none of"),
        ("NTB01", "NTB01_claims_2023-09-30.xlsm", ".xlsm is not taken; save it as .xlsx or .csv"),
        ("NTB01", "NTB01_claims_2023-09-30_r2.ODS", ".ods is not taken"),
        ("NTB01", "5201015005810001_claims_2023-09-30.csv", "a file of branch ? lies in the folder of NTB01"),
        ("NTB01", "NTB02_claims_2023-09-30.csv", "a file of branch NTB02 lies in the folder of NTB01"),
        ("XYZ", "XYZ_claims_2023-09-30.csv", "branch XYZ is not in the table"),
    ],
)
def test_a_wrong_name_or_folder_is_refused(tmp_path: Path, folder: str, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(lines("CLM-01"))
    delivery = identify(path, "0" * 64, folder, date(2023, 9, 30), branches={"NTB01", "NTB02"}, feeds={"claims"})
    assert delivery.judgement == "refused"
    assert words in delivery.reason
    assert "5201" not in delivery.reason + delivery.file_name
    assert (delivery.lines, delivery.rejected) == (1, 1)


def test_a_correction_names_its_revision(tmp_path: Path) -> None:
    path = tmp_path / "NTB01_claims_2023-09-30_r2.csv"
    path.write_text(lines("CLM-01"))
    delivery = identify(path, "0" * 64, "NTB01", date(2023, 10, 1), branches={"NTB01"}, feeds={"claims"})
    assert (delivery.revision, delivery.business_date) == (2, date(2023, 9, 30))


def refusal_of(tmp_path: Path, header: str) -> str:
    ((delivery,), _) = read_text(tmp_path, f"{header}\n{ROW.format('CLM-01')}\n".encode())
    assert delivery.judgement == "refused"
    return delivery.reason


def test_a_missing_column_names_the_nearest_header(tmp_path: Path) -> None:
    reason = refusal_of(tmp_path, HEADER.replace("NO_KLAIM", "NOMER KLAIM").replace("TGL_STATUS", "xyz"))
    assert "required columns are missing: NO_KLAIM, TGL_STATUS; kolom 1 (A) ~ NO_KLAIM?" in reason
    assert "xyz" not in reason
    assert "NOMER" not in reason


def test_a_first_line_of_data_is_not_repeated_in_the_reason(tmp_path: Path) -> None:
    reason = refusal_of(tmp_path, ROW.format("CLM-01").replace("JKM", "NO KLAIMM"))
    assert "no header is found with" in reason
    assert not [cell for cell in ROW.split(",")[1:] if cell in reason]
    near = refusal_of(tmp_path, HEADER.replace("KPJ", "KPJ 08123"))
    assert near.endswith("required columns are missing: KPJ")


def test_unknown_columns_are_told_by_their_place_and_ignored(tmp_path: Path) -> None:
    content = f"{HEADER},CATATAN,peserta@example.org\n{ROW.format('CLM-01')},a,b\n".encode()
    ((delivery,), rows) = read_text(tmp_path, content)
    assert (delivery.judgement, len(rows)) == ("accepted", 1)
    assert delivery.reason.endswith("unknown columns, ignored: 10 (J), 11 (K)")
