"""The first sheet of head office's workbook: ten figures, each beside the month before and its target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

SUMMARY = "RINGKASAN"
TITLES = (
    ("UKURAN", "MEASURE"),
    ("BULAN BERJALAN, SAMPAI HARI INI", "RUNNING MONTH, TO DATE"),
    ("BULAN PENUH TERAKHIR", "LAST WHOLE MONTH"),
    ("BULAN SEBELUMNYA", "MONTH BEFORE"),
    ("PERUBAHAN", "CHANGE"),
    ("TARGET", "TARGET"),
    ("CAPAIAN BULAN PENUH", "REACHED, WHOLE MONTH"),
    ("LEMBAR", "SHEET"),
)
_WIDTHS = (44, 20, 20, 20, 16, 16, 18, 26)
_NATION = "where region_level = 'nation' and definition = 'bpu'"


@dataclass(frozen=True)
class Figure:
    """A figure of the nation: its mart, what people call it, and SQL of a month's value and target."""

    table: str
    indonesian: str
    english: str
    value: str
    target: str = "null"
    where: str = ""
    is_share: bool = False


FIGURES = (
    Figure(
        "coverage_month",
        "Peserta BPU terlindungi",
        "Protected participants (BPU)",
        "sum(protected)",
        "sum(target_people)",
        _NATION,
    ),
    Figure("coverage_month", "Cakupan BPU", "BPU coverage", "sum(coverage_pct)", "sum(target_pct)", _NATION, True),
    Figure("coverage_month", "Peserta lewat Perisai", "Participants by Perisai", "sum(perisai)", where=_NATION),
    Figure("coverage_month", "Bagian Perisai", "Perisai's share", "sum(perisai_share_pct)", "null", _NATION, True),
    Figure(
        "monev_branch_month",
        "Peserta baru lewat Perisai",
        "New participants by Perisai",
        "sum(new_2 + new_3)",
        "sum(target_new)",
    ),
    Figure("monev_branch_month", "Perisai bertugas", "Agents on duty", "sum(agents_on_duty)"),
    Figure("monev_branch_month", "Perisai di ambang batas", "Agents at the threshold", "sum(agents_at_threshold)"),
    Figure(
        "monev_branch_month",
        "Iuran peserta Perisai, rupiah",
        "Contributions of agents' participants, rupiah",
        "sum(contribution_rp)",
        "sum(target_contribution_rp)",
    ),
    Figure("incentive_wadah_month", "Insentif dibayarkan, rupiah", "Incentives payable, rupiah", "sum(payable_rp)"),
    Figure(
        "reporting_month",
        "Kiriman cabang tepat waktu",
        "Deliveries of branches on time",
        "100.0 * sum(on_time) / nullif(sum(expected), 0)",
        "100",
        is_share=True,
    ),
)


def write(con: duckdb.DuckDBPyConnection, book: Any, about: str, tables: set[str], shape: Callable[..., Any]) -> None:
    """Adds the sheet.

    Args:
        con: a connection to a published file.
        book: the workbook.
        about: business date and version, in words.
        tables: marts that the workbook has a sheet of; figures of others are left out.
        shape: gives the format of a cell for some properties.
    """
    sheet = book.add_worksheet(SUMMARY)
    sheet.write_string(0, 0, "Perisai: ringkasan / summary", shape(bold=True, font_size=14))
    sheet.write_string(1, 0, f"Data sampai / data up to {about}", shape())
    for place, (told, width) in enumerate(zip(TITLES, _WIDTHS, strict=True)):
        sheet.write_string(3, place, "\n".join(told), shape(head=True))
        sheet.set_column(place, place, width)
    shown = [figure for figure in FIGURES if figure.table in tables]
    for row, figure in enumerate(shown, start=4):
        words = f"{figure.indonesian}\n{figure.english}"
        sheet.set_row(row, 32)
        sheet.write_string(row, 0, words, shape(text_wrap=True, valign="vcenter"))
        for place, value in enumerate(_cells(con, figure), start=1):
            if value is not None:
                kind = "0%" if place == _REACHED else "0.0%" if figure.is_share else "#,##0"
                sheet.write_number(
                    row, place, value / 100 if "%" in kind else value, shape(num_format=kind, valign="vcenter")
                )
        sheet.write_url(row, len(TITLES) - 1, f"internal:'{figure.table}'!A1", string=figure.table)
    if shown:
        first, last = 4, 3 + len(shown)
        arrows = {"type": "icon_set", "icon_style": "3_arrows", "icons": _ARROWS}
        sheet.conditional_format(first, _CHANGE, last, _CHANGE, arrows)
        sheet.conditional_format(first, _REACHED, last, _REACHED, {"type": "blanks", "stop_if_true": True})
        for criteria, limit, ground, ink in _TRAFFIC:
            said = {"type": "cell", "criteria": criteria, "value": limit}
            said["format"] = book.add_format({"bg_color": ground, "font_color": ink})
            sheet.conditional_format(first, _REACHED, last, _REACHED, said)
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.set_footer(f"&L{SUMMARY}, {about}&R&P / &N")


_CHANGE, _REACHED = 4, 6
_ARROWS = [
    {"criteria": ">", "type": "number", "value": 0},
    {"criteria": ">=", "type": "number", "value": 0},
]
_TRAFFIC = (
    (">=", 1, "#C6EFCE", "#006100"),
    ("<", 0.8, "#FFC7CE", "#9C0006"),
    ("<", 1, "#FFEB9C", "#7F6000"),
)


def _cells(con: duckdb.DuckDBPyConnection, figure: Figure) -> tuple[float | None, ...]:
    """Of a figure the running month, the last whole one, the one before, the change, the target, and its share."""
    found = con.execute(
        f"""select bool_or(is_running), cast({figure.value} as double), cast({figure.target} as double)
        from marts.{figure.table} {figure.where} group by month order by month desc limit 3"""
    ).fetchall()
    running = found.pop(0) if found and found[0][0] else (True, None, None)
    (_, whole, target), (_, before, _) = (*found, (False, None, None), (False, None, None))[:2]
    target = target if target is not None else running[2]
    change = whole - before if None not in (whole, before) else None
    reached = 100 * whole / target if whole is not None and target else None
    return running[1], whole, before, change, target, reached
