"""Random deliveries: what a table means, and the same table as some branch might write it.

Everything comes from one seed. A ``Sheet`` holds the meaning of each row and its cells as they are to be written;
``written`` turns it into a file. What spoils a sheet is in corpus.damage.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from random import Random
from typing import Any

import pyarrow as pa
from corpus.files import parquet, with_member, xls, xlsx, zipped
from xlsxwriter.utility import xl_rowcol_to_cell

from expectations.contract import Column, contract

BRANCHES = ["NTB01", "NTB02", "NTB03", "NTB04", "NTB05", "STG01", "STG02", "STG03"]
FEEDS = ["contributions", "contributions", "registrations", "registrations", "claims", "agents"]
LAST = date(2023, 9, 30)
NAMES = ["Peserta Contoh", "Zoë Contoh", "I Gusti Ayu Contoh", "Renée D'Contoh", "Contoh, S.Pd", 'Contoh "Ina"']
WORK = ["Pedagang", "Nelayan", "Tukang ojek", "Penjahit; obras", "Petani", None]
AMOUNTS = {2: [16_800, 18_800, 41_300, 103_800], 3: [36_800, 42_800, 110_300, 297_800]}
"""Legal amounts of a month, by the number of programmes: a file of others is refused."""
DOCUMENT = {
    "contributions": "receipt_no",
    "registrations": "registration_no",
    "claims": "claim_no",
    "agents": "agent_code",
}
"""Column that names a row, by feed."""

Values = dict[str, Any]


def payment(choose: Random, seed: int, n: int, branch: str) -> Values:
    months, programmes = choose.choice([1, 1, 1, 3, 6, 12]), choose.choice([2, 3, 3])
    paid = choose.choice(AMOUNTS[programmes]) * months
    return {
        "receipt_no": f"PAY-{seed}-{n:03d}",
        "branch_code": branch,
        "kpj": f"{seed % 10**6:07d}{n:04d}",
        "payment_date": day(choose, date(2023, 1, 1)),
        "first_month": date(2023, choose.randint(1, 9), 1),
        "months": months,
        "programmes": programmes,
        "amount_rp": paid if choose.random() < 0.97 else -paid,
        "payer": choose.choice(["PESERTA", "PESERTA", "APBN", "APBD"]),
    }


def person(choose: Random, seed: int, n: int, branch: str) -> Values:
    born, woman = day(choose, date(1958, 1, 1), date(2004, 12, 31)), choose.random() < 0.5
    return {
        "registration_no": f"REG-{seed}-{n:03d}",
        "branch_code": branch,
        "registration_date": day(choose, date(2023, 1, 1)),
        "nik": f"{choose.choice(['520101', '720301'])}{born.day + 40 * woman:02d}{born:%m%y}{n % 9000 + 1:04d}",
        "kpj": f"{seed % 10**6:07d}{n:04d}",
        "full_name": choose.choice(NAMES),
        "birth_date": born,
        "sex": "P" if woman else "L",
        "phone": choose.choice([f"0812{n:08d}", None]),
        "occupation": choose.choice(WORK),
        "region_code": choose.choice(["5271", "5203", "7271"]),
        "programmes": choose.choice([2, 3]),
        "declared_income_rp": choose.choice([1_000_000, 1_250_000, 2_750_500, 12_000_000]),
        "agent_code": choose.choice(["AB00001", "AB00002", None]),
    }


def claim(choose: Random, seed: int, n: int, branch: str) -> Values:
    submitted = day(choose, date(2023, 2, 1))
    return {
        "claim_no": f"CLM-{seed}-{n:03d}",
        "branch_code": branch,
        "kpj": f"{seed % 10**6:07d}{n:04d}",
        "programme": "JKM",
        "benefit": "SANTUNAN_KEMATIAN",
        "status": choose.choice(["Diajukan", "Dibayarkan"]),
        "submitted_date": submitted,
        "status_date": day(choose, submitted),
        "amount_rp": choose.choice([42_000_000, 7_350_000, 10_000_000]),
    }


def agent(choose: Random, seed: int, n: int, branch: str) -> Values:
    begins = day(choose, date(2021, 1, 1), date(2024, 3, 31))
    return {
        "agent_code": f"AB{n:05d}",
        "branch_code": branch,
        "full_name": choose.choice(NAMES),
        "region_code": "5271",
        "joined_date": day(choose, date(2019, 1, 1)),
        "status": choose.choice(["AKTIF", "NONAKTIF"]),
        "wadah_code": "W00001",
        "wadah_name": "Wadah Contoh",
        "pks_no": f"PKS/{seed}",
        "scheme": "perisai-13-2022",
        "pks_from": begins,
        "pks_to": begins + timedelta(730),
    }


MAKERS = {"contributions": payment, "registrations": person, "claims": claim, "agents": agent}


def day(choose: Random, first: date, last: date = LAST) -> date:
    return first + timedelta(choose.randint(0, (last - first).days))


def _money(mark: str, before: str = "", behind: str = "") -> Callable[[int], str]:
    return lambda value: ("-" if value < 0 else "") + before + f"{abs(value):,}".replace(",", mark) + behind


MONEY: dict[str, Callable[[int], str]] = {
    "plain": str,
    "decimals": "{}.00".format,
    "points": _money("."),
    "points_decimals": _money(".", behind=",00"),
    "commas": _money(","),
    "commas_decimals": _money(",", behind=".00"),
    "rp_points": _money(".", before="Rp"),
}
DATES = {
    "iso": "%Y-%m-%d",
    "iso_slashes": "%Y/%m/%d",
    "iso_time": "%Y-%m-%d 08:15:00",
    "day_dashes": "%d-%m-%Y",
    "day_points": "%d.%m.%Y",
    "day_slashes": "%d/%m/%Y",
    "month_slashes": "%m/%d/%Y",
    "day_short": "%d-%m-%y",
    "day_slashes_time": "%d/%m/%Y 14:05",
}
MONTHS = {"iso": "%Y-%m", "iso_day": "%Y-%m-%d", "month_first": "%m-%Y", "month_slash": "%m/%Y"}


@dataclass
class Sheet:
    """A table as it is meant and as it is about to be written."""

    seed: int
    feed: str
    branch: str
    meant: dict[str, Values]
    columns: list[str]
    header: list[str]
    rows: list[list[Any]]
    forms: dict[str, str]
    container: str
    delimiter: str = ","
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL
    end: str = "\n"
    above: list[list[Any]] = field(default_factory=list)
    damage: str = "none"
    noise: int = 0
    repeats: int = 0
    lost: set[str] = field(default_factory=set)
    on_text: list[Callable[[str], str]] = field(default_factory=list)
    on_bytes: list[Callable[[bytes], bytes]] = field(default_factory=list)
    merged: tuple[int, int, int] | None = None

    def at(self, name: str) -> int:
        """Place of a column."""
        return self.columns.index(name)

    def of_kind(self, *kinds: str) -> list[Column]:
        """Columns of these kinds that the file has."""
        return [
            column for column in contract(self.feed).exported if column.kind in kinds and column.name in self.columns
        ]

    @property
    def money(self) -> list[str]:
        return [name for name in self.columns if name.endswith("_rp")]

    @property
    def text(self) -> bool:
        return self.container in ("csv", "gz", "zip")


def sheet(seed: int, attempt: int = 0) -> Sheet:
    """A table of a seed, written well in one of the ways that a branch may choose."""
    choose = Random(f"{seed} {attempt}")
    feed, branch = choose.choice(FEEDS), choose.choice(BRANCHES)
    size = choose.choice([1, 2, 3, 6, 12, 20, 40, 60])
    meant = [MAKERS[feed](choose, seed, n, branch) for n in range(1, size + 1)]
    columns = [column for column in contract(feed).exported if column.name in meant[0]]
    if choose.random() < 0.3:
        choose.shuffle(columns)
    container = choose.choice(["csv"] * 8 + ["gz", "zip", "xlsx", "xlsx", "xlsx", "xls", "parquet"])
    forms = {}
    for column in columns:
        kinds = {"date": DATES, "month": MONTHS}.get(column.kind) or (MONEY if column.name.endswith("_rp") else None)
        if kinds:
            forms[column.name] = choose.choice(["iso" if "iso" in kinds else "plain", *kinds])
            if container in ("xlsx", "xls", "parquet") and column.kind != "month" and choose.random() < 0.5:
                forms[column.name] = "typed"
    typed = container in ("xlsx", "xls") and choose.random() < 0.5
    return Sheet(
        seed=seed,
        feed=feed,
        branch=branch,
        meant={values[DOCUMENT[feed]]: values for values in meant},
        columns=[column.name for column in columns],
        header=[_header(choose, column) for column in columns],
        rows=[[_cell(column, values[column.name], forms, typed=typed) for column in columns] for values in meant],
        forms=forms,
        container=container,
        delimiter=choose.choice(",,;;\t|"),
        encoding=choose.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16"]),
        quoting=choose.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        end=choose.choice(["\n", "\r\n"]),
        above=choose.choice([[], [], [["LAPORAN"]], [["LAPORAN"], [], ["Cabang Contoh"]]])
        if container != "parquet"
        else [],
    )


def _header(choose: Random, column: Column) -> str:
    name = choose.choice([str(column.header)] * 4 + list(column.aliases))
    return choose.choice([name, name, name, name.title(), name.replace("_", " ")])


def _cell(column: Column, value: Any, forms: dict[str, str], *, typed: bool) -> Any:
    form = forms.get(column.name)
    if value is None:
        return ""
    if form == "typed":
        return value
    if isinstance(value, date):
        return value.strftime({"month": MONTHS}.get(column.kind, DATES)[str(form)])
    if form:
        return MONEY[form](value)
    return value if typed and isinstance(value, int) else str(value)


def written(this: Sheet) -> tuple[str, bytes]:
    """Extension and content of the file."""
    extension, content = _book(this) if not this.text else ("", b"")
    if this.text:
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=this.delimiter, quoting=this.quoting, lineterminator=this.end)
        writer.writerows([*this.above, this.header, *this.rows])
        text = reduce(lambda before, edit: edit(before), this.on_text, out.getvalue())
        extension, content = ".csv", text.encode(this.encoding, "replace")
    content = reduce(lambda before, edit: edit(before), this.on_bytes, content)
    if this.container == "gz":
        return ".csv.gz", gzip.compress(content, mtime=0)
    return (".zip", zipped(("export.csv", content))) if this.container == "zip" else (extension, content)


def _book(this: Sheet) -> tuple[str, bytes]:
    if this.container == "xlsx":
        return ".xlsx", _merged(xlsx([*this.above, this.header, *this.rows]), this.merged)
    if this.container == "xls":
        return ".xls", xls([*this.above, this.header, *this.rows])
    columns = zip(*[[None if cell == "" else cell for cell in row] for row in this.rows], strict=True)
    return ".parquet", parquet(dict(zip(this.header, map(_array, columns), strict=True)))


def _merged(book: bytes, cells: tuple[int, int, int] | None) -> bytes:
    """The workbook with the cells (first row, last row, column, from 0) merged."""
    if not cells:
        return book
    name = "xl/worksheets/sheet1.xml"
    first, last, column = cells
    place = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"
    merge = f'</sheetData><mergeCells count="1"><mergeCell ref="{place}"/></mergeCells>'
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet_xml = archive.read(name).decode()
    return with_member(book, name, sheet_xml.replace("</sheetData>", merge).encode())


def _array(cells: tuple[Any, ...]) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell is not None}
    return pa.array([str(cell) if len(kinds) > 1 and cell is not None else cell for cell in cells])
