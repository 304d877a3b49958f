"""The workbook in which a branch gets its rejected rows back.

The first sheet says what to do, where to send it and by when, and what became of each file; then follows one sheet for
each feed with a row for each rejected row, in which the clerk corrects the cells; transforms.returned reads it when it
comes back. Every cell is text, written as ``shown`` says, and a cell that still says so counts as untouched. Only cells
that are to be corrected can be changed; the protection has no password, so that a wrong guess of ours stops nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from expectations.causes import CAUSES
from expectations.contract import MEANT_RULE, ROW_RULE, Contract, Rule
from transforms.delivery import Delivery
from transforms.spreadsheet import HEAD, TEXT, new_book, shown

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
BEFORE, AFTER = (ACTION, LINE, SARAN), (ADVICE, FILE, RULES, DELIVERY)
"""Columns before and after those of the feed; what stands after is not printed."""
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

_DO = "YANG DILAKUKAN"
_HELP = (
    (
        _DO,
        "Di lembar berikutnya, perbaiki sel yang berwarna; hanya sel itu yang dapat diubah, dan {ACTION}. Pilih"
        " {WITHDRAW} di kolom {ACTION} untuk baris yang seharusnya tidak dikirim. Simpan. Baris yang tidak diubah atau"
        " dihapus dari lembarnya tetap ditolak. File yang ditolak seluruhnya: kirim file yang benar sebagai revisi.",
    ),
    ("KIRIM KE", "Letakkan file ini, dengan nama yang sama, di {where_id}, tempat ekspor harian Anda."),
    ("PALING LAMBAT", "{due_id}"),
    (
        "WHAT TO DO",
        "On the next sheets, correct the coloured cells; only these and {ACTION} can be changed. Choose {WITHDRAW}"
        " under {ACTION} for a row that should not have been sent. Save. A row that is not changed, or is deleted from"
        " its sheet, stays rejected. A file that was refused whole: send the right file as a revision.",
    ),
    ("SEND IT TO", "Leave this file, under the same name, in {where_en}, where your daily exports go."),
    ("BY", "{due_en}"),
)
_TOLD: tuple[tuple[str, float], ...] = (
    ("FILE", 30),
    ("JENIS", 13),
    ("HASIL", 22),
    ("BARIS", 8),
    ("DITERIMA", 9),
    ("DITOLAK", 9),
    ("NOMOR SAMA", 8),
    ("GANDA", 7),
    ("BUKAN DATA", 8),
    ("ALASAN / REASON", 58),
    ("FORMAT", 30),
    (DELIVERY, 18),
)
_SCREEN = 10
"""Columns of the first sheet that fit on a screen and are printed."""
_LISTS = "DAFTAR"
"""A hidden sheet with the values of long lists to choose from."""
_WIDEST = 20
_LITERAL = 255
"""Characters of a list that Excel takes without a sheet to hold it."""


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
class Errand:
    """Where a workbook is to be sent, and until when: by delivery a moment in words, by the clock of the branch."""

    folder: str
    url: str = ""
    due: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Formats:
    """How cells look: titles, a heading, what stays, what may be changed, what is to be corrected."""

    head: Format
    title: Format
    bold: Format
    wrapped: Format
    open: Format
    marked: Format


class _Lists:
    """Lists to choose from; a long one stands on a hidden sheet that is made when it is needed."""

    def __init__(self, book: Workbook, named: Mapping[str, Sequence[str]]) -> None:
        self._book, self._named = book, named
        self._places: dict[tuple[str, ...], str] = {}
        self._sheet: Worksheet | None = None

    def of(self, contract: Contract) -> dict[str, Sequence[str] | str]:
        """By column the values that it can have, where the contract lists them: themselves, or where they stand."""
        found: dict[str, Sequence[str] | str] = {}
        for rule in contract.rules:
            if rule.expectation == "ExpectColumnValuesToBeInSet" and rule.column:
                said = rule.kwargs["value_set"]
                values = tuple(map(str, self._named.get(said[1:], ()) if isinstance(said, str) else said))
                if values:
                    found[rule.column] = list(values) if len(",".join(values)) <= _LITERAL else self._place(values)
        return found

    def _place(self, values: tuple[str, ...]) -> str:
        if values not in self._places:
            if self._sheet is None:
                self._sheet = self._book.add_worksheet(_LISTS)
                self._sheet.hide()
            column = len(self._places)
            for row, value in enumerate(values):
                self._sheet.write_string(row, column, value)
            last = xl_rowcol_to_cell(len(values) - 1, column, row_abs=True, col_abs=True)
            self._places[values] = f"={_LISTS}!{xl_rowcol_to_cell(0, column, row_abs=True, col_abs=True)}:{last}"
        return self._places[values]


def content(
    branch_code: str,
    business_date: date,
    deliveries: Sequence[Delivery],
    rejects: Mapping[str, Sequence[Reject]],
    contracts: Mapping[str, Contract],
    *,
    conflicts: Mapping[str, Sequence[Conflict]],
    errand: Errand | None = None,
    named: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """The workbook of one branch and business date, the same bytes for the same arguments.

    Args:
        branch_code: whose rows they are.
        business_date: the date they are for.
        deliveries: the files that are told of.
        rejects: rejected rows by feed, in the order in which they are shown.
        contracts: the contract of each feed in ``rejects`` and ``conflicts``.
        conflicts: by feed the rows that do not count for their number, in the order in which they are shown.
        errand: where it is to be sent, and until when; by default to the branch's folder.
        named: lists that contracts refer to by name, to choose from.
    """
    buffer = BytesIO()
    book = new_book(buffer, f"{branch_code} {business_date}", business_date)
    text = {**TEXT, "valign": "top", "text_wrap": True}
    marked = {**text, "bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "locked": False}
    head = {**HEAD, "num_format": "@", "text_wrap": True, "valign": "top"}
    title = {**TEXT, "bold": True, "font_size": 14}
    kinds = (head, title, {**text, "bold": True}, text, {**text, "locked": False}, marked)
    formats = _Formats(*(book.add_format(kind) for kind in kinds))
    lists = _Lists(book, named or {})
    summary = book.add_worksheet(SUMMARY)
    _write_errand(summary, f"{branch_code} {business_date}", deliveries, errand or Errand(branch_code), formats)
    _write_summary(summary, deliveries, (rejects, conflicts), formats)
    for feed, rows in sorted(rejects.items()):
        _write_rejects(book.add_worksheet(feed), rows, contracts[feed], lists, formats)
    if any(conflicts.values()):
        _write_conflicts(book.add_worksheet(NUMBERS), conflicts, formats)
    book.close()
    return buffer.getvalue()


def _write_errand(
    sheet: Worksheet, title: str, deliveries: Sequence[Delivery], errand: Errand, formats: _Formats
) -> None:
    """What is to be done, where it is to be sent and by when: on top of the first sheet, on one screen."""
    days: dict[str, list[str]] = {}
    for delivery in deliveries:
        if moment := errand.due.get(delivery.delivery_id):
            days.setdefault(moment, []).append(delivery.feed)
    due = "; ".join(f"{moment} ({', '.join(sorted(set(feeds)))})" for moment, feeds in sorted(days.items()))
    said = {
        "ACTION": ACTION,
        "WITHDRAW": WITHDRAW,
        "where_id": errand.url or f"folder {errand.folder}",
        "where_en": errand.url or f"the folder {errand.folder}",
        "due_id": due or "secepatnya; tidak ada batas waktu yang ditetapkan",
        "due_en": due or "as soon as you can; no deadline is set",
    }
    sheet.write_string(0, 0, title, formats.title)
    for row, (what, words) in enumerate(_HELP, start=1):
        sheet.write_string(row, 0, what, formats.bold)
        sheet.merge_range(row, 1, row, _SCREEN - 1, words.format(**said), formats.wrapped)
        sheet.set_row(row, 46 if len(words) > 150 else 16)  # noqa: PLR2004 (merged cells do not find their height)


def _write_summary(
    sheet: Worksheet,
    deliveries: Sequence[Delivery],
    rows: tuple[Mapping[str, Sequence[Reject]], Mapping[str, Sequence[Conflict]]],
    formats: _Formats,
) -> None:
    rejects, conflicts = rows
    top = len(_HELP) + 2
    for place, (told, width) in enumerate(_TOLD):
        sheet.write_string(top, place, told, formats.head)
        sheet.set_column(place, place, width)
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
        for place, value in enumerate((d.file_name, d.feed, outcome, *counts, reason, forms_of(d), d.delivery_id)):
            sheet.write_string(row, place, shown(str(value)), formats.wrapped)
    sheet.freeze_panes(top + 1, 1)
    _finish(sheet, top + len(deliveries), _SCREEN)


def _finish(sheet: Worksheet, last_row: int, printed: int) -> None:
    """Protects a sheet, and has it printed on as few pages as can be read."""
    allowed = ("autofilter", "format_columns", "format_rows", "sort")
    sheet.protect("", dict.fromkeys(allowed, True))
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, last_row, printed - 1)
    sheet.set_footer("&L&A&R&P / &N")


def _write_rejects(
    sheet: Worksheet, rows: Sequence[Reject], contract: Contract, lists: _Lists, formats: _Formats
) -> None:
    rules = {rule.name: rule for rule in contract.rules}
    sarans = dict(CAUSES.values())
    columns = [(column.name, str(column.header)) for column in contract.exported]
    titles = [*BEFORE, *(header for _, header in columns), *AFTER]
    widths = [10, 7, 46, *(len(header) + 4 for _, header in columns), 46, 40, 30, 18]
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, formats.head)
    for row, reject in enumerate(rows[:ROWS], start=1):
        broken = _telling([rules[name] for name in reject.rules if name in rules])
        wrong = _offending(broken, [name for name, _ in columns])
        saran = "\n".join(sarans.get(reject.reason, rule.saran) for rule in broken) or reject.reason
        advice = (
            reject.reason if reject.reason in sarans else "\n".join(rule.reason for rule in broken) or reject.reason
        )
        stays = formats.wrapped if wrong else formats.open  # where nobody knows what is wrong, all may be changed
        cells = [("", formats.open), (str(reject.line_no), formats.wrapped), (saran, formats.wrapped)]
        cells += [
            (reject.cells.get(header) or "", formats.marked if name in wrong else stays) for name, header in columns
        ]
        after = (advice, reject.file_name, ", ".join(reject.rules), reject.delivery_id)
        for place, (value, form) in enumerate([*cells, *((value, formats.wrapped) for value in after)]):
            sheet.write_string(row, place, shown(value), form)
            if len(BEFORE) <= place < len(BEFORE) + len(columns):
                widths[place] = max(widths[place], min(len(value) + 2, _WIDEST))
    last = min(len(rows), ROWS)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.data_validation(1, 0, last, 0, {"validate": "list", "source": [WITHDRAW]})
    for name, values in lists.of(contract).items():
        at = len(BEFORE) + [each for each, _ in columns].index(name)
        sheet.data_validation(1, at, last, at, {"validate": "list", "source": values})
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, len(titles) - 1)
    sheet.repeat_rows(0)
    _finish(sheet, last, len(BEFORE) + len(columns))


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
            kinds = {NUMBER: formats.marked, ACTION: formats.open}
            sheet.write_string(row, place, shown(value), kinds.get(_NUMBER_TITLES[place], formats.wrapped))
    sheet.set_column(0, 1, 10)
    sheet.set_column(2, 3, 48)
    sheet.set_column(4, len(_NUMBER_TITLES) - 1, 24)
    sheet.data_validation(1, 0, len(rows), 0, {"validate": "list", "source": [WITHDRAW]})
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    _finish(sheet, len(rows), len(_NUMBER_TITLES) - 1)


def _telling(broken: list[Rule]) -> list[Rule]:
    """The rules without those broken perhaps only because another one is: a row that cannot be read has no values."""
    return [rule for rule in broken if rule.name == ROW_RULE] or broken


def _offending(broken: list[Rule], exported: list[str]) -> set[str]:
    """Columns to be marked; all of them where the row has no columns to speak of."""
    if any(rule.name in (ROW_RULE, MEANT_RULE) for rule in broken):
        return set(exported)
    return {name for rule in broken for name in rule.columns if name in exported}
