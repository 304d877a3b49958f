"""The incentive statements of a month: one of each wadah, and the summary for head office, as page and as workbook.

They hold agents by their codes and no personal data, load nothing from anywhere, and are the same bytes for the same
rows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

from jinja2 import Environment

from reports import rendering, words
from transforms.spreadsheet import HEAD, TEXT, new_book, shown

Row = Mapping[str, Any]

_CODE = re.compile(r"[A-Za-z0-9_-]+")
_RULES = {
    "acquisition": ("Peserta baru", "New participants"),
    "acquisition_flat": ("Peserta baru, jumlah tetap", "New participants, flat"),
    "contribution": ("Iuran", "Contributions"),
    "cap": ("Di atas batas sebulan", "Above the cap of a month"),
}
AGENT = (
    ("agent_code", "Perisai", "Agent"),
    ("new_count", "Peserta baru", "New participants"),
    ("acquisition_rp", "Insentif peserta baru", "Acquisition incentive"),
    ("contribution_basis_rp", "Iuran yang dihitung", "Contributions that count"),
    ("contribution_rp", "Insentif iuran", "Contribution incentive"),
    ("adjustment_rp", "Koreksi", "Adjustments"),
    ("cap_rp", "Di atas batas", "Above the cap"),
    ("total_rp", "Jumlah", "Total"),
)
ADJUSTMENT = (
    ("corrects_period", "Bulan yang dikoreksi", "Month corrected"),
    ("agent_code", "Perisai", "Agent"),
    ("rule", "Aturan", "Rule"),
    ("lines", "Baris", "Lines"),
    ("amount_rp", "Rupiah, sebelum pembulatan", "Rupiah, before rounding"),
)
PART = (
    ("agent_count", "Perisai aktif", "Active agents"),
    ("minimum_agents", "Perisai minimal", "Minimum of agents"),
    ("agents_total_rp", "Insentif Perisai", "Agents' incentive"),
    ("adjustment_rp", "di antaranya koreksi", "of which adjustments of closed months"),
    ("management_basis_rp", "Dasar insentif wadah", "Basis of the wadah's incentive"),
    ("management_rate", "Tarif insentif wadah", "Rate of the wadah's incentive"),
    ("management_rp", "Insentif wadah", "Wadah's incentive"),
    ("payable_rp", "Dibayarkan, bruto", "Payable, gross"),
    ("tax_rate", "Tarif pajak", "Tax rate"),
    ("tax_rp", "Pajak", "Tax"),
)
SUMMARY = (
    ("wadah_code", "Wadah", "Wadah"),
    ("scheme", "Skema", "Scheme"),
    ("agent_count", "Perisai aktif", "Active agents"),
    ("agents_total_rp", "Insentif Perisai", "Agents' incentive"),
    ("adjustment_rp", "di antaranya koreksi", "of which adjustments"),
    ("management_rp", "Insentif wadah", "Wadah's incentive"),
    ("payable_rp", "Dibayarkan, bruto", "Payable, gross"),
    ("tax_rp", "Pajak", "Tax"),
)
_TEXTS = {"agent_code", "wadah_code", "scheme", "rule", "corrects_period"}


@dataclass(frozen=True)
class Paper:
    """What a month's statements are made of.

    Attributes:
        period: the month, its first day.
        content_hash: hash of the lines and totals behind it.
        approved: when it was approved, and by whom; empty for a draft.
        because: the reason given for what was held (see warehouse.held); empty if nothing was.
        wadahs: rows of marts.incentive_wadah_month.
        agents: rows of marts.incentive_agent_month.
        adjustments: rows with the names of ``ADJUSTMENT``, and the wadah and scheme that each belongs to.
    """

    period: date
    content_hash: str
    approved: str
    because: str
    wadahs: Sequence[Row]
    agents: Sequence[Row]
    adjustments: Sequence[Row]


def files(paper: Paper) -> Iterator[tuple[str, bytes]]:
    """Name and content of each statement, in order, the summary first.

    Raises:
        ValueError: the code of a wadah cannot be the name of a file.
    """
    yield "summary.html", _page("statement_summary.html", paper, rows=paper.wadahs, totals=_totals(paper.wadahs))
    yield "summary.xlsx", _summary_workbook(paper)
    agents, adjustments = _by_part([_whole(row) for row in paper.agents]), _by_part(paper.adjustments)
    wadahs: dict[str, list[Row]] = defaultdict(list)
    for row in paper.wadahs:
        wadahs[row["wadah_code"]].append(row)
    for code, rows in sorted(wadahs.items()):
        if not _CODE.fullmatch(code):
            raise ValueError(f"the code of a wadah cannot be the name of a file: {code!r}")
        parts = [
            {**row, "agents": agents[code, row["scheme"]], "adjustments": adjustments[code, row["scheme"]]}
            for row in rows
        ]
        what = {"parts": parts, "totals": _totals(rows), "agent_columns": _agent_columns(paper)}
        yield f"{code}.html", _page("statement.html", paper, wadah=code, **what)
        yield f"{code}.xlsx", _wadah_workbook(paper, code, parts)


def _by_part(rows: Sequence[Row]) -> defaultdict[tuple[str, str], list[Row]]:
    grouped: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["wadah_code"], row["scheme"]].append(row)
    return grouped


def _whole(agent: Row) -> Row:
    return {**agent, "cap_rp": agent["cap_rp"] or 0}


def _agent_columns(paper: Paper) -> Sequence[tuple[str, str, str]]:
    """Those of an agent, with the cap where one took something off."""
    is_cut = any(row["cap_rp"] is not None for row in paper.agents)
    return [column for column in AGENT if is_cut or column[0] != "cap_rp"]


def _totals(rows: Sequence[Row]) -> dict[str, int | None]:
    """Sums over wadahs or schemes; the tax is only known if it is for each."""
    names = ("agents_total_rp", "adjustment_rp", "management_rp", "payable_rp")
    sums: dict[str, int | None] = {name: sum(row[name] for row in rows) for name in names}
    taxes = [row["tax_rp"] for row in rows]
    return sums | {"tax_rp": None if None in taxes else sum(taxes)}


def value(name: str, content: Any) -> str:
    """A value as the statements show it, by the name of its column."""
    if name == "corrects_period":
        return f"{content:%Y-%m}"
    if name == "rule":
        return " / ".join(_RULES.get(content, (content,)))
    if name.endswith("_rate"):
        return words.DASH if content is None else words.percent(*_exactly(content * 100))
    if isinstance(content, Decimal):
        return words.number(*_exactly(content))
    return words.number(content) if content is None or isinstance(content, int) else str(content)


def _exactly(number: Decimal) -> tuple[Decimal, int]:
    """A number and how many decimals it has."""
    exponent = number.normalize().as_tuple().exponent
    return number, max(0, -exponent) if isinstance(exponent, int) else 0


def _page(template: str, paper: Paper, **what: object) -> bytes:
    return _templates().get_template(template).render(paper=paper, **what).encode()


@cache
def _templates() -> Environment:
    environment = rendering.environment(style="statement.css")
    environment.filters.update(rupiah=words.rupiah, value_of=lambda content, name: value(name, content))
    environment.globals.update(
        month=words.month_names,
        texts=_TEXTS,
        adjustment_columns=ADJUSTMENT,
        part_columns=PART,
        summary_columns=SUMMARY,
    )
    return environment


class _Book:
    """A workbook whose texts are texts, whatever they begin with, and whose whole numbers are numbers."""

    def __init__(self, paper: Paper, title: str) -> None:
        self.buffer = BytesIO()
        self.book = new_book(self.buffer, title, paper.period)
        kinds = (HEAD, {"bold": True}, TEXT, {**TEXT, "align": "right"}, {"num_format": "#,##0"})
        self.head, self.bold, self.text, self.right, self.whole = map(self.book.add_format, kinds)

    def cell(self, sheet: Any, row: int, column: int, name: str, content: Any) -> None:
        """Writes a value; what is no whole number stands as the page shows it."""
        if isinstance(content, int):
            sheet.write_number(row, column, content, self.whole)
        else:
            form = self.text if name in _TEXTS else self.right
            sheet.write_string(row, column, shown(value(name, content)), form)

    def table(self, sheet: Any, row: int, columns: Sequence[tuple[str, str, str]], rows: Sequence[Row]) -> int:
        """Writes a head and rows; the number of the row after them."""
        for place, (_, indonesian, english) in enumerate(columns):
            sheet.write_string(row, place, f"{indonesian} / {english}", self.head)
        for number, line in enumerate(rows, start=row + 1):
            for place, (name, _, _) in enumerate(columns):
                self.cell(sheet, number, place, name, line[name])
        return row + 1 + len(rows)

    def heading(self, sheet: Any, lines: Sequence[str]) -> int:
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, shown(line), self.text if row else self.bold)
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 8, 24)
        return len(lines) + 1

    def bytes(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def _state(paper: Paper) -> str:
    if not paper.approved:
        return "DRAF, belum disetujui / DRAFT, not approved"
    return f"Disetujui / approved {paper.approved}"


def _heading(paper: Paper, title: str) -> list[str]:
    because = [f"Alasan untuk yang semula ditahan / reason given for what was held: {paper.because}"]
    return [title, _state(paper), paper.content_hash, *(because if paper.because else [])]


def _wadah_workbook(paper: Paper, code: str, parts: Sequence[Row]) -> bytes:
    book = _Book(paper, f"{code} {paper.period:%Y-%m}")
    sheet = book.book.add_worksheet("PERNYATAAN")
    title = f"Pernyataan insentif / Incentive statement {code} {paper.period:%Y-%m}"
    row = book.heading(sheet, _heading(paper, title))
    for part in parts:
        for name, content in (("Skema / Scheme", part["scheme"]), ("PKS", part["pks"] or words.DASH)):
            sheet.write_string(row, 0, name, book.text)
            sheet.write_string(row, 1, shown(content), book.text)
            row += 1
        for name, indonesian, english in PART:
            sheet.write_string(row, 0, f"{indonesian} / {english}", book.text)
            book.cell(sheet, row, 1, name, part[name])
            row += 1
        row += 1
    sheet.write_string(row, 0, "Dibayarkan seluruhnya, bruto / Payable in all, gross", book.bold)
    sheet.write_number(row, 1, sum(part["payable_rp"] for part in parts), book.whole)
    scheme = ("scheme", "Skema", "Scheme")
    for name, columns, key in (
        ("PERISAI", _agent_columns(paper), "agents"),
        ("KOREKSI", ADJUSTMENT, "adjustments"),
    ):
        sheet = book.book.add_worksheet(name)
        rows = [line for part in parts for line in part[key]]
        book.table(sheet, 0, (scheme, *columns), rows)
        sheet.set_column(0, len(columns), 24)
        sheet.freeze_panes(1, 2)
    return book.bytes()


def _summary_workbook(paper: Paper) -> bytes:
    book = _Book(paper, f"{paper.period:%Y-%m}")
    sheet = book.book.add_worksheet("RINGKASAN")
    title = f"Insentif seluruh wadah / Incentives of all wadah {paper.period:%Y-%m}"
    row = book.heading(sheet, _heading(paper, title))
    row = book.table(sheet, row, SUMMARY, paper.wadahs)
    sheet.write_string(row, 0, "Jumlah / Total", book.bold)
    for place, (name, _, _) in enumerate(SUMMARY):
        if name in (totals := _totals(paper.wadahs)):
            book.cell(sheet, row, place, name, totals[name])
    sheet = book.book.add_worksheet("KOREKSI")
    book.table(sheet, 0, (("wadah_code", "Wadah", "Wadah"), *ADJUSTMENT), paper.adjustments)
    sheet.set_column(0, len(ADJUSTMENT), 24)
    return book.bytes()
