"""The workbook in which a branch gets its rejected rows back.

One sheet says what became of each file; then follows one sheet for each feed with a row for each rejected
row, in which the clerk corrects the cells; transforms.returned reads it when it comes back. Every cell is text, written
as ``shown`` says, and a cell that still says so counts as untouched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from xlsxwriter.format import Format
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
class _Formats:
    """How cells look: titles, what may not be changed, the same in several lines, what is to be corrected."""

    head: Format
    plain: Format
    wrapped: Format
    marked: Format


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
    book = new_book(buffer, f"{branch_code} {business_date}", business_date)
    text = {**TEXT, "valign": "top"}
    marked = {**text, "bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1}
    kinds = ({**HEAD, "num_format": "@"}, text, {**text, "text_wrap": True}, marked)
    formats = _Formats(*(book.add_format(kind) for kind in kinds))
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
    sarans = dict(CAUSES.values())
    columns = [(column.name, str(column.header)) for column in contract.exported]
    titles = [*BEFORE, *(header for _, header in columns), *AFTER]
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, formats.head)
    for row, reject in enumerate(rows[:ROWS], start=1):
        broken = _telling([rules[name] for name in reject.rules if name in rules])
        wrong = _offending(broken, [name for name, _ in columns])
        saran = "\n".join(sarans.get(reject.reason, rule.saran) for rule in broken) or reject.reason
        advice = (
            reject.reason if reject.reason in sarans else "\n".join(rule.reason for rule in broken) or reject.reason
        )
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
    if any(rule.name in (ROW_RULE, MEANT_RULE) for rule in broken):
        return set(exported)
    return {name for rule in broken for name in rule.columns if name in exported}
