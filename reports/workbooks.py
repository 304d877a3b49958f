"""Head office's tables of a published version, as one workbook for people and as CSV for programs.

::

    exports/perisai.xlsx       ten figures, what is in it, a sheet a table with its newest months, the definitions
    exports/csv/<table>.csv    the same tables whole, with the columns ``as_of`` and ``version``

The same tables as Parquet are those that the version has anyway (``marts/*.parquet``). Codes of regions and branches
have their names beside them here. The same version gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from reports import summary
from reports.read import listed
from transforms.spreadsheet import HEAD, TEXT, new_book, shown
from warehouse import files
from warehouse.duck import quoted

CONTENTS, DEFINITIONS = "ISI", "DEFINISI"
WORKBOOK = "perisai.xlsx"
ROWS = 1_048_573
"""Rows that a sheet can have below its labels and names of columns."""

_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
_WIDEST = 60
_BATCH = 10_000
TOP = 3
"""Lines above the rows of a sheet: labels in two languages, and the names of the columns."""
PRINTED = 60
"""Rows of a sheet that are printed, the newest; a whole table on paper is thousands of pages that nobody reads."""
_PAGE = 380
"""Characters that an A3 page is wide, as small as they can still be read."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NAMES = {
    "region_code": "coalesce((select region_name from reference.region where region_code = mart.region_code),"
    " case mart.region_code when '00' then 'Indonesia' end) as region_name",
    "province_code": "coalesce((select region_name from reference.region where region_code = mart.province_code),"
    " case mart.province_code when '00' then 'Indonesia' end) as province_name",
    "branch_code": "(select branch_name from reference.branch where branch_code = mart.branch_code) as branch_name",
}
_NOTES = (
    "Sel kosong berarti tidak diketahui, bukan nol. Kolom _pct dan _rate adalah persen, kolom _rp rupiah.",
    "An empty cell is not known; it is not zero. Columns _pct and _rate are percentages, columns _rp are rupiah.",
    f"Arti setiap kolom ada di lembar {DEFINITIONS}. Tabel lengkap ada di folder csv, dan sebagai Parquet di marts.",
    f"What each column means is on the sheet {DEFINITIONS}. Whole tables are in the folder csv, as Parquet in marts.",
    f"Dicetak {PRINTED} baris pertama setiap lembar; atur sendiri daerah cetak untuk lebih banyak.",
    f"Of each sheet the first {PRINTED} rows are printed; set the print area yourself for more.",
)
_TITLES = (
    "LEMBAR / SHEET",
    "ISI / WHAT IT IS",
    "SEJAK / SINCE",
    "BARIS / ROWS",
    "TABEL LENGKAP / WHOLE TABLE",
    "BARISNYA / ITS ROWS",
    "SATU BARIS / ONE ROW",
)
_TOO_LONG = "terlalu panjang untuk satu lembar / too long for a sheet"


@dataclass(frozen=True)
class Sheet:
    """A table of head office.

    Attributes:
        table: the mart; also the name of the sheet and of the CSV file.
        title: what it is, in two languages.
        period: the column that says when; empty if nothing does.
        months: how many months the sheet has, the running one included; None for all rows.
    """

    table: str
    title: str
    period: str = ""
    months: int | None = None


YEAR = 13  # a year, and the same month of the year before
SHEETS = (
    Sheet("coverage_month", "Cakupan dan target / Coverage and targets", "month", YEAR),
    Sheet("sector_month", "Sektor usaha / Sectors", "month", 3),
    Sheet("incentive_wadah_month", "Insentif wadah / Incentives of wadahs", "month", YEAR),
    Sheet("incentive_agent_month", "Insentif Perisai / Incentives of agents", "month", 3),
    Sheet("agreement_problem", "Masalah perjanjian / Problems of agreements", "month", YEAR),
    Sheet("roster_gap", "Perisai yang hilang dari daftar / Agents missing from rosters", "month", YEAR),
    Sheet("contradiction", "Kiriman yang bertentangan / Deliveries that contradict others", "month", YEAR),
    Sheet("claim_month", "Klaim / Claims", "month", YEAR),
    Sheet("claim_duration", "Lama penyelesaian klaim / How long claims take", "month", YEAR),
    Sheet("claim_ratio", "Manfaat terhadap iuran / Benefits against contributions", "month", YEAR),
    Sheet("monev_branch_month", "Monev kantor cabang / Monitoring of branches", "month", YEAR),
    Sheet("monev_wadah_month", "Monev wadah / Monitoring of wadahs", "month", 3),
    Sheet("monev_agent_month", "Monev Perisai / Monitoring of agents", "month", 2),
    Sheet("agent_watch", "Perisai yang perlu diperhatikan / Agents to watch", "month", 2),
    Sheet("wadah_watch", "Wadah yang perlu diperhatikan / Wadahs to watch", "month", 2),
    Sheet("quality_signal", "Pendaftaran yang janggal / Odd registrations", "month", YEAR),
    Sheet("reporting_month", "Ketepatan laporan / How well branches report", "month", YEAR),
    Sheet("reporting_change", "Yang baru sejak kemarin / New since the day before"),
    Sheet("delivery_day", "Kiriman kantor cabang / Deliveries of branches", "business_date", 2),
    Sheet("validation_result", "Aturan yang dilanggar / Rules that rows broke", "business_date", 2),
    Sheet("reconciliation", "Rekonsiliasi / Reconciliation"),
    Sheet("published_comparison", "Angka terbitan dan hitungan / Published figures beside computed ones"),
)


def write(database: Path, folder: Path, business_date: date, version: str) -> None:
    """Writes the exports of a published version.

    Args:
        database: the published DuckDB file.
        folder: where the exports are to be; it is replaced whole, in the end.
        business_date: the last business date that is in it.
        version: name of the version.

    Raises:
        duckdb.Error: the file is no published warehouse, or lacks a table.
    """
    with files.built(folder) as building, duckdb.connect(str(database), read_only=True) as con:
        (building / "csv").mkdir()
        tables = [_Table(con, sheet, business_date) for sheet in SHEETS]
        for table in tables:
            table.write_csv(building / "csv" / f"{table.name}.csv", business_date, version)
        _Book(building / WORKBOOK, business_date, version).write(con, tables)


@cache
def labels() -> dict[str, tuple[str, str]]:
    """What columns are called, in Indonesian and in English."""
    return {row["column"]: (row["indonesian"], row["english"]) for row in listed("labels.csv")}


class _Table:
    """A mart as both exports show it: names beside codes, the newest rows first, always in the same order."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sheet: Sheet, business_date: date) -> None:
        self._con, self.name, self.sheet = con, sheet.table, sheet
        source = f"marts.{self.name}"
        named = [f"mart.{name}" + (f", {_NAMES[name]}" if name in _NAMES else "") for name, _ in _columns(con, source)]
        self._view = f"temp.main.{self.name}"
        con.execute(f"create temp view {self.name} as select {', '.join(named)} from {source} as mart")
        self.columns = _columns(con, self._view)
        self.since = _months_back(business_date, sheet.months - 1) if sheet.months else None
        self._newest = f"{sheet.period} >= date '{self.since}'" if self.since else "true"
        counted = con.execute(f"select count(*) filter ({self._newest}), count(*) from {source}").fetchone()
        self.newest, self.rows = counted or (0, 0)

    def write_csv(self, path: Path, business_date: date, version: str) -> None:
        """All rows; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
        safe = [
            f"regexp_replace({name}, '^([=+@\\t\\r-])', '''\\1') as {name}" if kind == "VARCHAR" else name
            for name, kind in self.columns
        ]
        self._con.execute(
            f"""copy (
                select date '{business_date}' as as_of, {quoted(version)} as version, {", ".join(safe)}
                from (select * from {self._view} order by {self._order})
            ) to {quoted(path)} (format csv, header)"""
        )

    def newest_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of the sheet."""
        return _rows(self._con, f"select * from {self._view} where {self._newest} order by {self._order}")

    def widths(self) -> list[int]:
        """How wide each column of the sheet has to be, in characters."""
        longest = ", ".join(f"coalesce(max(length({name}::varchar)), 0)" for name, _ in self.columns)
        (found,) = _rows(self._con, f"select {longest} from {self._view} where {self._newest}")
        # an arrow beside the title; a point between thousands
        return [
            min(
                _WIDEST,
                max(
                    len(name) + 4,
                    *(len(word) for label in labels().get(name, ()) for word in label.split()),
                    length * 4 // 3 if kind in _WHOLE else length,
                )
                + 2,
            )
            for (name, kind), length in zip(self.columns, found, strict=True)
        ]

    @property
    def _order(self) -> str:
        places = [str(place) for place in range(1, len(self.columns) + 1)]
        return ", ".join([f"{self.sheet.period} desc nulls last", *places] if self.sheet.period else places)


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.execute(f"describe {table}").fetchall()]


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    result = con.execute(query)
    while batch := result.fetchmany(_BATCH):
        yield from batch


def _months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


class _Book:
    """The workbook: typed cells, whose look follows from the type and the name of their column."""

    def __init__(self, path: Path, business_date: date, version: str) -> None:
        self._business_date, self._version = business_date, version
        self._about = f"{business_date}, {version}"
        self._book = new_book(path, f"Perisai {business_date}", business_date)
        self._book.set_custom_property("business_date", business_date.isoformat(), "text")
        self._book.set_custom_property("version", version, "text")
        self._head = self._book.add_format({**HEAD, "text_wrap": True, "valign": "top"})
        self._second = self._book.add_format(
            {"text_wrap": True, "valign": "top", "bg_color": "#D9E1F2", "num_format": "@"}
        )
        self._title = self._book.add_format({"bold": True, "font_size": 14})
        self._text = self._book.add_format(TEXT)
        self._shapes: dict[str, Any] = {}

    def write(self, con: duckdb.DuckDBPyConnection, tables: list[_Table]) -> None:
        """Writes every sheet and the file."""
        names = ", ".join(quoted(table.name) for table in tables)
        said = f"from marts.dictionary where schema_name = 'marts' and table_name in ({names})"
        summary.write(con, self._book, self._about, {table.name for table in tables}, self._look)
        self._contents(tables, dict(_rows(con, f"select distinct table_name, grain {said}")))
        for table in tables:
            if table.newest <= ROWS:
                month = table.sheet.period if table.sheet.period != "business_date" else ""
                widths = table.widths()
                self._sheet(table.name, table.columns, widths, table.newest_rows(), month)
        columns = ("table_name", "column_name", "type", "description", "caveats", "source")
        rows = _rows(con, f"select {', '.join(columns)} {said} order by table_name, position")
        self._sheet(DEFINITIONS, [(name, "VARCHAR") for name in columns], [26, 28, 14, 100, 60, 60], rows)
        self._book.close()

    def _contents(self, tables: list[_Table], grains: dict[str, str]) -> None:
        sheet = self._book.add_worksheet(CONTENTS)
        sheet.write_string(0, 0, "Perisai", self._title)
        sheet.write_string(1, 0, "Tanggal data / Business date", self._text)
        sheet.write_datetime(1, 1, self._business_date, self._shape("d mmmm yyyy"))
        sheet.write_string(2, 0, "Versi / Version", self._text)
        sheet.write_string(2, 1, self._version, self._text)
        for row, note in enumerate(_NOTES, start=4):
            sheet.write_string(row, 0, note, self._text)
        top = 4 + len(_NOTES) + 1
        for place, title in enumerate(_TITLES):
            sheet.write_string(top, place, title, self._head)
        for row, table in enumerate(tables, start=top + 1):
            if table.newest <= ROWS:
                sheet.write_url(row, 0, f"internal:'{table.name}'!A1", string=table.name)
            else:
                sheet.write_string(row, 0, f"{table.name}: {_TOO_LONG}", self._text)
            sheet.write_string(row, 1, table.sheet.title, self._text)
            if table.since:
                sheet.write_datetime(row, 2, table.since, self._shape("d mmm yyyy"))
            sheet.write_number(row, 3, table.newest, self._shape("#,##0"))
            sheet.write_string(row, 4, f"csv/{table.name}.csv", self._text)
            sheet.write_number(row, 5, table.rows, self._shape("#,##0"))
            sheet.write_string(row, 6, grains[table.name], self._text)
        for place, width in enumerate((30, 62, 15, 15, 32, 22, 100)):
            sheet.set_column(place, place, width)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(top + 1, 1)

    def _sheet(
        self,
        name: str,
        columns: list[tuple[str, str]],
        widths: list[int],
        rows: Iterator[tuple[Any, ...]],
        month: str = "",
    ) -> None:
        """A sheet with labels and names of columns that stay in sight, and filters; a null is an empty cell."""
        sheet = self._book.add_worksheet(name)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        told = [labels().get(column, ("", "")) for column, _ in columns]
        for row, line in enumerate([*zip(*told, strict=True), [column for column, _ in columns]]):
            sheet.set_row(row, None if row == TOP - 1 else 32)
            for place, words in enumerate(line):
                sheet.write_string(row, place, words, self._head if row == 0 else self._second)
        writers = [self._writer(sheet, column, kind, month=column == month) for column, kind in columns]
        last = TOP - 1
        for last, values in enumerate(rows, start=TOP):
            for place, value in enumerate(values):
                if value is not None:
                    writers[place](last, place, value)
        sheet.freeze_panes(TOP, 0)
        sheet.autofilter(TOP - 1, 0, last, len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3
        sheet.repeat_rows(0, TOP - 1)
        sheet.print_area(0, 0, min(last, TOP - 1 + PRINTED), len(columns) - 1)
        sheet.fit_to_pages(math.ceil(sum(widths) / _PAGE), 0)
        sheet.set_footer(f"&L{name}, {self._about}&R&P / &N")

    def _writer(self, sheet: Any, name: str, kind: str, *, month: bool) -> Callable[[int, int, Any], object]:
        """What writes a value of a column: where, its name and type, and whether its dates stand for months."""
        if kind in ("DATE", "TIMESTAMP"):
            shape = self._shape("mmm yyyy" if month else "d mmm yyyy" if kind == "DATE" else "d mmm yyyy hh:mm")
            return lambda row, place, value: sheet.write_datetime(row, place, value, shape)
        if kind == "BOOLEAN":
            return sheet.write_boolean  # type: ignore[no-any-return]
        if kind == "VARCHAR":
            return lambda row, place, value: sheet.write_string(row, place, shown(value), self._text)
        hundredth = name.endswith("_pct")  # 26.0 is 26 %, which a spreadsheet keeps as 0.26
        if hundredth or name.endswith("_rate"):
            shape = self._shape("0.0%" if hundredth else "0.00%")
        else:
            shape = self._shape("#,##0" if kind in _WHOLE or name.endswith("_rp") else "#,##0.00")

        def number(row: int, place: int, value: Any) -> object:
            if abs(value) >= _EXACT:
                return sheet.write_string(row, place, str(value), self._text)
            return sheet.write_number(row, place, float(value) / 100 if hundredth else value, shape)

        return number

    def _look(self, *, head: bool = False, **properties: Any) -> Any:
        return self._head if head else self._book.add_format(properties)

    def _shape(self, code: str) -> Any:
        if code not in self._shapes:
            self._shapes[code] = self._book.add_format({"num_format": code})
        return self._shapes[code]
