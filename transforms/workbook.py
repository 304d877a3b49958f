"""The workbook in which a branch gets its rejected rows back, written and read.

One sheet says what became of each file; then follows one sheet for each feed with a row for each rejected
row, in which the clerk corrects the cells. Every cell is text: a spreadsheet neither rounds a NIK nor runs
what begins with ``=``. What a cell cannot hold (control characters, more than 32,767 characters) is shown
as ``shown`` says, and a cell that still says so counts as untouched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from expectations.contract import ROW_RULE, Contract, Rule
from transforms.delivery import Delivery
from transforms.readers import Limits, Row, Unfinished, Unreadable
from transforms.readers.containers import look
from transforms.readers.sandbox import Sandbox

SUMMARY = "KIRIMAN"
ACTION, LINE, SARAN, ADVICE, FILE, RULES, DELIVERY = (
    "TINDAKAN",
    "BARIS",
    "SARAN",
    "ADVICE",
    "FILE",
    "ATURAN",
    "KIRIMAN_ID",
)
WITHDRAW = "HAPUS"
"""What a clerk writes under ACTION of a row that should not have been sent at all."""
BEFORE, AFTER = (ACTION, LINE, SARAN, ADVICE), (FILE, RULES, DELIVERY)
ROWS = 20_000
"""Rows that one sheet holds at most; the rest follow once these are corrected."""

NUMBERS = "NOMOR_SAMA"
"""The sheet of rows whose number stands for something else, of all feeds."""
FEED, NUMBER = "JENIS", "NOMOR"
_NUMBER_TITLES = (ACTION, LINE, SARAN, ADVICE, FEED, NUMBER, "STATUS", FILE, "SUDAH ADA DI FILE", DELIVERY)
_GIVE_A_NUMBER = (
    "Nomor ini sudah dipakai di file lain untuk isi lain, jadi baris ini tidak dihitung. Jika ini dokumen lain, tulis"
    f" nomornya sendiri; jika dokumen yang sama, perbaiki file yang lain itu dan tulis {WITHDRAW} di sini.",
    "This number stands in another file for something else, so this row does not count. If it is another document,"
    f" write its own number; if it is the same one, correct that other file and write {WITHDRAW} here.",
)

_CELL = 32_767
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_FIRST_DAY = re.compile(r"^([0-9]{4}-[0-9]{2})-01$")
_HELP = (
    "Perbaiki sel yang berwarna, simpan, lalu kirim kembali file ini. Jangan mengubah kolom"
    f" {LINE}, {FILE} dan {DELIVERY}. Baris yang tidak diubah atau dihapus dari lembar ini tetap ditolak;"
    f" tulis {WITHDRAW} di kolom {ACTION} untuk baris yang seharusnya tidak dikirim.",
    "Correct the coloured cells, save, and send this file back. Do not change the columns"
    f" {LINE}, {FILE} and {DELIVERY}. A row that is not changed, or is deleted from its sheet, stays rejected;"
    f" write {WITHDRAW} under {ACTION} for a row that should not have been sent.",
)
_TOLD = (
    "FILE",
    "JENIS",
    "HASIL",
    "BARIS",
    "DITERIMA",
    "DITOLAK",
    "NOMOR SAMA",
    "GANDA",
    "BUKAN DATA",
    "FORMAT",
    "ALASAN / REASON",
    DELIVERY,
)


class NotAWorkbook(ValueError):
    """A file that is no workbook of rejected rows; the message is for the clerk, in two languages."""


@dataclass(frozen=True)
class Reject:
    """A rejected row: where it stood, the rules it breaks and its cells by header, as the branch wrote them."""

    delivery_id: str
    file_name: str
    line_no: int
    rules: tuple[str, ...]
    reason: str
    cells: Mapping[str, str | None]


@dataclass(frozen=True)
class Conflict:
    """An accepted row that does not count: its number stands in another file, with other content."""

    delivery_id: str
    file_name: str
    line_no: int
    number: str
    status: str | None
    standing_file: str


@dataclass(frozen=True)
class Correction:
    """A row as it came back: ``cells`` are the texts of the workbook by header, of the columns that it shows."""

    delivery_id: str
    line_no: int
    withdrawn: bool
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Returned:
    """A workbook that came back: whose it says it is, and its rows by feed."""

    branch_code: str
    corrections: dict[str, list[Correction]]


@dataclass(frozen=True)
class _Formats:
    """How cells look: titles, what may not be changed, the same in several lines, what is to be corrected."""

    head: Format
    plain: Format
    wrapped: Format
    marked: Format


def shown(text: str | None) -> str:
    """A value as its cell shows it."""
    plain = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("\ufffd", plain)[:_CELL]


def content(
    branch_code: str,
    business_date: date,
    deliveries: Sequence[Delivery],
    rejects: Mapping[str, Sequence[Reject]],
    contracts: Mapping[str, Contract],
    *,
    conflicts: Mapping[str, Sequence[Conflict]],
) -> bytes:
    """The workbook of one branch and business date, the same bytes for the same arguments.

    Args:
        branch_code: whose rows they are.
        business_date: the date they are for.
        deliveries: the files that are told of.
        rejects: rejected rows by feed, in the order in which they are shown.
        contracts: the contract of each feed in ``rejects`` and ``conflicts``.
        conflicts: by feed the rows that do not count for their number, in the order in which they are shown.
    """
    buffer = BytesIO()
    # in memory: a temporary file would hold personal data too
    book = Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    created = datetime.combine(business_date, time(), UTC)
    book.set_properties({"title": f"{branch_code} {business_date}", "created": created})
    head = book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "num_format": "@"})
    text = {"num_format": "@", "quote_prefix": True, "valign": "top"}
    marked = {**text, "bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1}
    kinds = (text, {**text, "text_wrap": True}, marked)
    formats = _Formats(head, *(book.add_format(kind) for kind in kinds))
    _write_summary(
        book.add_worksheet(SUMMARY), f"{branch_code} {business_date}", deliveries, (rejects, conflicts), formats
    )
    for feed, rows in sorted(rejects.items()):
        _write_rejects(book.add_worksheet(feed), rows, contracts[feed], formats)
    if any(conflicts.values()):
        _write_conflicts(book.add_worksheet(NUMBERS), conflicts, formats)
    book.close()
    return buffer.getvalue()


def _write_summary(
    sheet: Worksheet,
    title: str,
    deliveries: Sequence[Delivery],
    rows: tuple[Mapping[str, Sequence[Reject]], Mapping[str, Sequence[Conflict]]],
    formats: _Formats,
) -> None:
    rejects, conflicts = rows
    for row, line in enumerate((title, *_HELP)):
        sheet.write_string(row, 0, line, formats.plain)
    top = len(_HELP) + 2
    for place, told in enumerate(_TOLD):
        sheet.write_string(top, place, told, formats.head)
    for row, d in enumerate(deliveries, start=top + 1):
        reason = d.reason
        most = max(len(rejects.get(d.feed, ())), len(conflicts.get(d.feed, ())))
        if most > ROWS:
            reason += f" [{ROWS} dari {most} baris di lembar ini / {ROWS} of {most} rows are in this workbook]"
        held = sum(conflict.delivery_id == d.delivery_id for conflict in conflicts.get(d.feed, ()))
        if d.judgement != "accepted":
            outcome = "DITOLAK SELURUHNYA / REFUSED"
        elif d.accepted > held:
            outcome = "DITERIMA SEBAGIAN / ACCEPTED IN PART"
        else:
            outcome = "TIDAK ADA YANG DITERIMA / NOTHING ACCEPTED"
        counts = (d.lines, d.accepted - held, d.rejected, held, d.duplicates, d.not_data)
        for place, value in enumerate((d.file_name, d.feed, outcome, *counts, forms_of(d), reason, d.delivery_id)):
            sheet.write_string(
                row, place, shown(str(value)), formats.wrapped if place == len(_TOLD) - 2 else formats.plain
            )
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, len(_TOLD) - 3, 14)
    sheet.set_column(len(_TOLD) - 2, len(_TOLD) - 2, 80)
    sheet.freeze_panes(top + 1, 1)


def _write_rejects(sheet: Worksheet, rows: Sequence[Reject], contract: Contract, formats: _Formats) -> None:
    rules = {rule.name: rule for rule in contract.rules}
    columns = [(column.name, str(column.header)) for column in contract.exported]
    titles = [*BEFORE, *(header for _, header in columns), *AFTER]
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, formats.head)
    for row, reject in enumerate(rows[:ROWS], start=1):
        broken = _telling([rules[name] for name in reject.rules if name in rules])
        wrong = _offending(broken, [name for name, _ in columns])
        saran = "\n".join(rule.saran for rule in broken) or reject.reason
        advice = "\n".join(rule.reason for rule in broken) or reject.reason
        before = ("", str(reject.line_no), saran, advice)
        after = (reject.file_name, ", ".join(reject.rules), reject.delivery_id)
        cells = [(value, formats.wrapped) for value in before]
        cells += [
            (reject.cells.get(header) or "", formats.marked if name in wrong else formats.plain)
            for name, header in columns
        ]
        for place, (value, form) in enumerate([*cells, *((value, formats.plain) for value in after)]):
            sheet.write_string(row, place, shown(value), form)
    sheet.set_column(0, 1, 10)
    sheet.set_column(2, 3, 48)
    sheet.set_column(len(BEFORE), len(titles) - 1, 20)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, min(len(rows), ROWS), len(titles) - 1)


def forms_of(delivery: Delivery) -> str:
    """The forms in which a delivery's columns were read, as its branch is told."""
    said = json.loads(delivery.forms or "{}")
    return "; ".join(f"{header}: {form}" for header, form in sorted(said.items()))


def _write_conflicts(sheet: Worksheet, conflicts: Mapping[str, Sequence[Conflict]], formats: _Formats) -> None:
    for place, title in enumerate(_NUMBER_TITLES):
        sheet.write_string(0, place, title, formats.head)
    rows = [(feed, one) for feed, listed in sorted(conflicts.items()) for one in listed[:ROWS]]
    for row, (feed, one) in enumerate(rows, start=1):
        values = ("", str(one.line_no), *_GIVE_A_NUMBER, feed, one.number, one.status or "")
        for place, value in enumerate((*values, one.file_name, one.standing_file, one.delivery_id)):
            form = formats.marked if _NUMBER_TITLES[place] == NUMBER else formats.plain
            sheet.write_string(row, place, shown(value), form)
    sheet.set_column(0, 1, 10)
    sheet.set_column(2, 3, 48)
    sheet.set_column(4, len(_NUMBER_TITLES) - 1, 24)
    sheet.freeze_panes(1, 2)


def _telling(broken: list[Rule]) -> list[Rule]:
    """The rules without those broken only because another one is: what cannot be read is not empty."""
    names = {rule.name for rule in broken}
    if ROW_RULE in names:
        return [rule for rule in broken if rule.name == ROW_RULE]
    unread = {name.removesuffix("_readable") + "_present" for name in names if name.endswith("_readable")}
    return [rule for rule in broken if rule.name not in unread]


def _offending(broken: list[Rule], exported: list[str]) -> set[str]:
    """Columns to be marked; all of them where the row has no columns to speak of."""
    if any(rule.name == ROW_RULE for rule in broken):
        return set(exported)
    return {name for rule in broken for name in rule.columns if name in exported}


def read_back(path: Path, contracts: Mapping[str, Contract], limits: Limits | None = None) -> Returned:
    """The rows of a workbook that came back. Sheets of other names are not looked at.

    It is read as any file of a stranger is, by the process of transforms.readers.sandbox.

    Raises:
        NotAWorkbook: it cannot be read, takes too much memory or time, or its sheets lack the columns that say
            where a row belongs.
    """
    limits = limits or Limits()
    try:
        content = look(path, limits)
        if content.kind not in {"xlsx", "xls"}:
            raise Unreadable("XLSX / XLS")
        with Sandbox(limits) as sandbox:
            wanted = [t for t in sandbox.tables(content) if t.name in contracts or t.name in (SUMMARY, NUMBERS)]
            sheets = {table.name: list(table.rows((0, []))) for table in wanted}
    except Unreadable as error:
        raise NotAWorkbook(
            f"{path.name} bukan buku kerja Excel yang dapat dibaca / {path.name} is no Excel workbook that can be read:"
            f" {error}"
        ) from error
    except Unfinished as error:
        raise NotAWorkbook(f"{path.name}: {error}") from error
    found: dict[str, list[Correction]] = {}
    for feed, contract in contracts.items():
        if feed in sheets:
            months = {str(column.header) for column in contract.exported if column.kind == "month"}
            headers = [str(column.header) for column in contract.exported]
            rows = _rows_of(feed, sheets[feed], (ACTION, LINE, DELIVERY, *headers), months)
            found[feed] = [_correction(feed, number, row) for number, row in rows]
    for number, row in _rows_of(NUMBERS, sheets.get(NUMBERS, []), (ACTION, LINE, DELIVERY, FEED, NUMBER)):
        feed = row.pop(FEED).strip()
        if feed not in contracts:
            raise NotAWorkbook(
                f"Lembar {NUMBERS}, baris {number}: kolom {FEED} telah diubah"
                f" / sheet {NUMBERS}, row {number}: column {FEED} was changed"
            )
        row[number_header(contracts[feed])] = row.pop(NUMBER)
        found.setdefault(feed, []).append(_correction(NUMBERS, number, row))
    whose = sheets[SUMMARY][0][1][0].split() if sheets.get(SUMMARY) else []
    if not found or not whose:
        raise NotAWorkbook(
            f"{path.name} bukan buku kerja penolakan, atau lembar {SUMMARY} atau lembar data telah dihapus"
            f" / {path.name} is no workbook of rejected rows, or its sheet {SUMMARY} or those of the rows are gone"
        )
    return Returned(whose[0], found)


def number_header(contract: Contract) -> str:
    """Header of the column that numbers the documents of a feed."""
    return next(str(column.header) for column in contract.exported if column.key)


def _rows_of(
    sheet: str, rows: Sequence[Row], needed: Sequence[str], months: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a sheet by number, as texts by title; none where the sheet is not there.

    Raises:
        NotAWorkbook: a title is missing or stands twice.
    """
    if not rows and sheet == NUMBERS:
        return
    (_, header), *below = rows or [(1, [])]
    titles = [title.strip() for title in header]
    if missing := [title for title in needed if titles.count(title) != 1]:
        listed = ", ".join(missing)
        raise NotAWorkbook(
            f"Lembar {sheet}: kolom {listed} tidak ada atau ada dua kali"
            f" / sheet {sheet}: column {listed} is missing or stands twice"
        )
    place = {title: titles.index(title) for title in needed}
    for number, row in below:
        yield number, {title: _cell(row, at, title in months) for title, at in place.items()}


def _correction(feed: str, number: int, row: dict[str, str]) -> Correction:
    line, delivery, action = (row.pop(title).strip() for title in (LINE, DELIVERY, ACTION))
    if not line.isascii() or not line.isdigit() or not delivery:
        raise NotAWorkbook(
            f"Lembar {feed}, baris {number}: kolom {LINE} atau {DELIVERY} telah diubah"
            f" / sheet {feed}, row {number}: column {LINE} or {DELIVERY} was changed"
        )
    if action.upper() not in ("", WITHDRAW):
        raise NotAWorkbook(
            f"Lembar {feed}, baris {number}: kolom {ACTION} hanya boleh kosong atau {WITHDRAW}"
            f" / sheet {feed}, row {number}: column {ACTION} may only be empty or {WITHDRAW}"
        )
    return Correction(delivery, int(line), bool(action), row)


def _cell(row: list[str], at: int, month: bool) -> str:
    """A cell as text; a month that a spreadsheet has made its first day is that month."""
    text = row[at] if at < len(row) else ""
    return _FIRST_DAY.sub(r"\1", text) if month else text
