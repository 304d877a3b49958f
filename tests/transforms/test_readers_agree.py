"""XLSX and XLS are read by two libraries; what one says of a cell, the other says of the same cell."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.readers import Limits
from transforms.readers.cells import text
from transforms.readers.containers import Content
from transforms.readers.sandbox import Sandbox

FORMS = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm:ss", time: "hh:mm:ss"}
ERRORS = {"#N/A": 0x2A, "#DIV/0!": 0x07, "#REF!": 0x17, "#NAME?": 0x1D}
FROM, TO = datetime(1900, 3, 1), datetime(2099, 12, 31)  # noqa: DTZ001 (a spreadsheet knows no zones)

texts = st.text("aZ09 .,;'\"<>&=#é“₂\t", min_size=1, max_size=8)
errors = st.sampled_from(sorted(ERRORS)).map(lambda name: (name,))
cells = st.one_of(
    st.none(),
    texts,
    errors,
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.integers(-(10**9), 10**9).map(lambda n: n / 1000),
    st.dates(FROM.date(), TO.date()),
    st.datetimes(FROM, TO).map(lambda moment: moment.replace(microsecond=0)),
    st.times().map(lambda moment: moment.replace(microsecond=0)),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as one:
        yield one


def xlsx(table: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMS.items()}
        for row, line in enumerate(table):
            for column, value in enumerate(line):
                if isinstance(value, tuple):
                    sheet.write_formula(row, column, "=NA()", None, value[0])
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif type(value) in formats:
                    sheet.write_datetime(row, column, value, formats[type(value)])
                elif value is not None:
                    sheet.write(row, column, value)
    return out.getvalue()


def xls(table: list[list[Any]]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    formats = {kind: xlwt.easyxf(num_format_str=form) for kind, form in FORMS.items()}
    for row, line in enumerate(table):
        for column, value in enumerate(line):
            if isinstance(value, tuple):
                sheet.row(row).set_cell_error(column, ERRORS[value[0]])
            elif value is not None:
                sheet.write(row, column, value, *([formats[type(value)]] if type(value) in formats else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_read(value: Any) -> str:
    return value[0] if isinstance(value, tuple) else text(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_both_libraries_say_what_was_written(sandbox: Sandbox, table: list[list[Any]]) -> None:
    first = ["x", "y", "z"]  # so that the table begins in the first column
    meant = [(line, [as_read(value) for value in row]) for line, row in enumerate([first, *table], start=1)]
    meant = [(line, row) for line, row in meant if any(cell.strip() for cell in row)]
    for kind, content in (("xlsx", xlsx([first, *table])), ("xls", xls([first, *table]))):
        (read,) = sandbox.tables(Content(kind, content))  # type: ignore[arg-type]  # one of its kinds
        found = [(line, [*row, "", "", ""][:3]) for line, row in read.rows((0, []))]
        assert found == meant, kind
