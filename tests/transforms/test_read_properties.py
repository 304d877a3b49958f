"""Any table in any supported dialect comes back equal; any bytes at all end in an outcome."""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
import re
import resource
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from corpus.case import cases
from corpus.fuzz import mutated
from house import House
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from expectations.contract import contract
from transforms.delivery import Delivery, RawFile
from transforms.read import read
from transforms.readers import Limits

CLAIMS = contract("claims")
COLUMNS = [column.name for column in CLAIMS.exported]
HEADER = [str(column.header) for column in CLAIMS.exported]
FREE = COLUMNS.index("benefit")
LIMITS = Limits(file_mb=32, memory_mb=512, seconds=20)
GROWTH_MB = 400
UTF8_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")


def quick(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=not os.environ.get("PERISAI_TEST_RANDOM"),
        suppress_health_check=list(HealthCheck),
    )


# line ends of other programs, no-break blanks, soft hyphens and what has no width are folded (test_values.py)
folded = "\x0b\x0c\x85\u2028\u2029\u00a0\u00ad\u2007\u2010\u2011\u202f\u3000"
everything = st.characters(codec="utf-8", exclude_categories=["Cf"], exclude_characters=f"\0\x1a{folded}")
windows = st.sampled_from(sorted("aZ09 ,;|\t\"'\n=+-@àèéñöüß€“”"))
printable = st.characters(exclude_categories=("C", "Z"), exclude_characters="_")
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])


def read_files(contents: list[bytes], folder: Path) -> tuple[list[Delivery], list[tuple[Any, ...]]]:
    """The deliveries, and (delivery, line, problem, values …) of their rows."""
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.csv"
        path.write_bytes(content)
        files.append(
            RawFile(path, Delivery(f"d{number:04d}", "NTB01", "claims", date(2023, 9, 30), 1, path.name, "", 0))
        )
    with duckdb.connect() as con:
        deliveries = read(con, files, CLAIMS, LIMITS)
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        found = con.execute(f"select delivery_id, line_no, row_problem, {names} from text order by all").fetchall()
    return deliveries, found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def row(n: int, free: str) -> list[str]:
    cells = dict(zip(HEADER, [""] * len(HEADER), strict=True))
    cells |= {"NO_KLAIM": f"CLM-{n}", HEADER[FREE]: free}
    return [cells[name] or ("2023-09-02" if name.startswith("TGL") else f"x{n}") for name in HEADER]


def cleaned(text: str) -> str | None:
    # a run of blanks is one; where letters look misread nothing but that is done
    spaced = text if {"\u00c2", "\u00c3"} & set(text) else re.sub(r"[\t\r\n]", " ", text)
    bare = re.sub("  +", " ", spaced).strip(" \t\r\n\u00a0")
    return None if bare == "'" else bare or None  # a spreadsheet's mark of a text, and no text


def packed(content: bytes, how: str) -> bytes:
    if how == "gzip":
        return gzip.compress(content)
    if how == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../x", content)
        return out.getvalue()
    return content


@quick(80)
@given(data=st.data(), encoding=encodings, how=st.sampled_from(["plain", "plain", "gzip", "zip"]))
def test_any_text_in_any_dialect_comes_back_equal(data: st.DataObject, encoding: str, how: str, folder: Path) -> None:
    frees = data.draw(st.lists(st.text(windows if encoding == "cp1252" else everything, max_size=40), max_size=6))
    titles = data.draw(st.integers(0, 3))
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=data.draw(st.sampled_from(",;\t|")),
        lineterminator=data.draw(st.sampled_from(["\n", "\r\n"])),
        # a lone \r is a line end to every reader, but some versions of the writer leave it bare
        quoting=csv.QUOTE_ALL
        if "\r" in "".join(frees)
        else data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerows([["LAPORAN KLAIM"]] * titles)
    writer.writerow(HEADER)
    expected = []
    for n, free in enumerate(frees):
        line = len(re.findall(r"\r\n|\r|\n", out.getvalue())) + 1
        cells = row(n, free)
        writer.writerow(cells)
        expected.append(("d0000", line, None, *map(cleaned, cells)))
    content = out.getvalue().encode(encoding)
    if encoding == "cp1252":  # where it looks like UTF-8, nobody can tell
        assume(not UTF8_SEQUENCE.search(content))
    deliveries, found = read_files([packed(content, how)], folder)
    assert deliveries[0].judgement == "accepted", deliveries[0].reason
    assert found == expected
    assert deliveries[0].lines == len(expected)


values = st.one_of(
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.dates(date(1900, 3, 1), date(2199, 12, 31)),
    st.booleans(),
    st.text(printable, min_size=1, max_size=30),
)


def as_text(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


@quick(40)
@given(frees=st.lists(values, max_size=8), above=st.integers(0, 5), left=st.integers(0, 3))
def test_any_typed_cells_of_a_workbook_come_back_as_text(frees: list[Any], above: int, left: int, folder: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(above, left, HEADER)
        for n, free in enumerate(frees, start=1):
            sheet.write_row(above + n, left, row(n, ""))
            if isinstance(free, str):
                sheet.write_string(above + n, left + FREE, free)
            elif isinstance(free, date):
                sheet.write_datetime(above + n, left + FREE, free, day)
            else:
                sheet.write(above + n, left + FREE, free)
    expected = [
        ("d0000", above + 1 + n, None, *map(cleaned, row(n, as_text(free)))) for n, free in enumerate(frees, start=1)
    ]
    deliveries, found = read_files([out.getvalue()], folder)
    assert deliveries[0].judgement == "accepted", deliveries[0].reason
    assert found == expected


@quick(20)
@given(
    frees=st.one_of(
        st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=8),
        st.lists(st.one_of(st.none(), st.dates(date(1000, 1, 1))), max_size=8),
        st.lists(st.text(everything, max_size=30), max_size=8),
        st.lists(st.decimals(-(10**9), 10**9, places=0), max_size=8),
    )
)
def test_any_column_of_parquet_comes_back_as_text(frees: list[Any], folder: Path) -> None:
    rows = [row(n, "") for n in range(len(frees))]
    columns: dict[str, Any] = {name: pa.array([cells[at] for cells in rows]) for at, name in enumerate(HEADER)}
    columns[HEADER[FREE]] = pa.array(frees)
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    texts = ["" if free is None else as_text(free) for free in frees]
    expected = [
        ("d0000", n + 2, None, *[cleaned(text) if at == FREE else cell for at, cell in enumerate(row(n, ""))])
        for n, text in enumerate(texts)
    ]
    deliveries, found = read_files([out.getvalue()], folder)
    assert deliveries[0].judgement == "accepted", deliveries[0].reason
    assert found == expected


def ends_in_outcomes(contents: list[bytes], folder: Path) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    deliveries, found = read_files(contents, folder)
    assert len(deliveries) == len(contents)
    for delivery in deliveries:
        lines = sum(1 for delivery_id, *_ in found if delivery_id == delivery.delivery_id)
        if delivery.judgement == "refused":
            assert " / " in delivery.reason
            assert lines == 0
            assert delivery.lines == delivery.rejected
        else:
            assert delivery.judgement == "accepted"
            assert delivery.lines == lines
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH_MB * 1024
    assert time.monotonic() - began < LIMITS.seconds * len(contents) + 5


magic = st.sampled_from(
    [
        b"",
        b"\x1f\x8b\x08\0",
        b"PK\x03\x04",
        b"PAR1",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        ",".join(HEADER).encode() + b"\n",
        ";".join(HEADER).encode("utf-16-le"),
    ]
)


@quick(50)
@given(contents=st.lists(st.builds(bytes.__add__, magic, st.binary(max_size=300)), min_size=1, max_size=6))
def test_any_bytes_end_in_an_outcome(contents: list[bytes], folder: Path) -> None:
    ends_in_outcomes(contents, folder)


def test_a_few_bytes_end_in_an_outcome(folder: Path) -> None:
    ends_in_outcomes([b'"', b"\r", b"\n", b"\0", b"\xff\xfe\0", b'"\r"\n', b",", b"<"], folder)


VALID = [case.content for case in cases() if not (case.refused or case.failed) and len(case.content) < 20_000]


@quick(30)
@given(choose=st.randoms(use_true_random=False))
def test_any_valid_file_that_was_damaged_ends_in_an_outcome(choose: random.Random, folder: Path) -> None:
    ends_in_outcomes([mutated(choose.choice(VALID), choose) for _ in range(6)], folder)


def test_damaged_files_end_in_outcome_rows_of_the_ledger(house: House) -> None:
    choose = random.Random(7)
    landing = house.settings.landing / "NTB01"
    landing.mkdir(parents=True)
    contents = [mutated(choose.choice(VALID), choose) for _ in range(60)] + [choose.randbytes(200) for _ in range(10)]
    for number, content in enumerate(contents):
        day = date(2023, 10, 1) + timedelta(number)
        (landing / f"NTB01_contributions_{day}.csv").write_bytes(content)
    house.load("2024-12-31")
    found = house.lake("select judgement, reason, lines, accepted + rejected + duplicates from raw.delivery")
    assert len(found) == len(contents)
    assert all(lines == accounted for _, _, lines, accounted in found)
    # what is refused says why; what is accepted may be told something, such as columns to ignore or comments of cells
    assert all(judgement == "accepted" or (judgement == "refused" and reason) for judgement, reason, _, _ in found)
    assert {judgement for judgement, *_ in found} == {"accepted", "refused"}
