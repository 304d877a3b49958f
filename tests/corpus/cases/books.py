"""Workbooks as other programs write them, with error cells and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.case import Case, each, kept
from corpus.cases.dates import SIX, card


def cases() -> Iterator[Case]:
    good = each([2, 3, 5, 7], kpj=card, agent_code="AB00001", phone="081234567890")
    errors: dict[str, Any] = {"feed": "registrations", "rows": good, "rejected": (4, 6)}
    errors["rules"] = {4: "agent_code_form", 6: "agent_code_form"}
    yield kept("error_cells_dimension_of_one_cell.xlsx", 4, **errors)
    yield kept("error_cells.xls", 4, **errors, held=6, branch="NTB02")
    yield kept("error_cell_in_an_odd_workbook_1.xlsx", 4, **errors)
    yield kept("error_cell_in_an_odd_workbook_3.xlsx", 4, **errors, branch="NTB03")
    yield kept("error_cell_in_an_odd_workbook_4.xlsx", 4, **errors, branch="NTB04")
    paid = each(SIX, amount_rp=36_800, kpj=card)
    yield kept("error_cell_on_another_sheet.xlsx", 6, branch="NTB02", rows=paid)
    yield kept("member_names_with_backslashes.xlsx", 6, rows=paid)
    yield kept("workbook_of_another_name.xlsx", 6, branch="NTB02", rows=paid)
