"""Head office's workbook and CSV files, beside the published tables that they are made from."""

from __future__ import annotations

import csv
import filecmp
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from house import House
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports import workbooks
from warehouse.duck import quoted

DAY = date(2023, 10, 14)
NAMES = ("region_name", "province_name", "branch_name")
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def exports(demo_house: House) -> Path:
    return demo_house.settings.published / "exports"


@pytest.fixture(scope="module")
def version(demo_house: House) -> str:
    return (demo_house.settings.published / "current").resolve().name


@pytest.fixture(scope="module")
def book(exports: Path) -> Workbook:
    return openpyxl.load_workbook(exports / "perisai.xlsx")


@pytest.fixture
def write(demo_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the exports of a copy of some published marts, changed by some SQL; gives the folder."""

    def _write(marts: set[str], *changes: str, order: str = "", name: str = "exports") -> Path:
        database = tmp_path / f"{name}.duckdb"
        published = demo_house.settings.published / "warehouse.duckdb"
        with duckdb.connect(str(database)) as con:
            con.execute(f"attach {quoted(published)} as published (read_only)")
            con.execute("create schema marts; create schema reference")
            for table in (
                *(f"marts.{mart}" for mart in (*marts, "dictionary")),
                "reference.branch",
                "reference.region",
            ):
                con.execute(f"create table {table} as from published.{table} {order}")
            for change in changes:
                con.execute(change)
        with monkeypatch.context() as patched:
            patched.setattr(workbooks, "SHEETS", [sheet for sheet in workbooks.SHEETS if sheet.table in marts])
            workbooks.write(database, tmp_path / name, DAY, "a-version")
        return tmp_path / name

    return _write


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(min_row=workbooks.TOP, values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def cell(sheet: Worksheet, column: str, row: int = workbooks.TOP + 1) -> Any:
    (place,) = [cell.column for cell in sheet[workbooks.TOP] if cell.value == column]
    return sheet.cell(row, place)


def as_cell(name: str, value: Any) -> Any:
    """What a value of a mart is in its cell."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 (a spreadsheet knows no zones)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    number = float(value) / 100 if name.endswith("_pct") else float(value)
    return pytest.approx(number, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("sheet", workbooks.SHEETS, ids=lambda sheet: sheet.table)
def test_a_sheet_has_the_newest_rows_of_its_mart_in_their_types(
    demo_house: House, book: Workbook, sheet: workbooks.Sheet
) -> None:
    since = {None: "", 2: "2023-09-01", 3: "2023-08-01", 13: "2022-10-01"}[sheet.months]
    newest = f"where {sheet.period} >= '{since}'" if since else ""
    names = [name for (name, *_) in demo_house.published(f"describe marts.{sheet.table}")]
    expected = demo_house.published(f"select * from marts.{sheet.table} {newest} order by all")
    written = [tuple(row[name] for name in names) for row in rows_of(book[sheet.table])]
    assert len(written) == len(expected)
    if sheet.period:  # the newest month first; within it as the table orders them
        place = names.index(sheet.period)
        months = [row[place] for row in written]
        assert months == sorted(months, reverse=True)
        expected.sort(key=lambda row: row[place], reverse=True)
    for row, values in zip(written, expected, strict=True):
        assert row == tuple(as_cell(name, value) for name, value in zip(names, values, strict=True))


def test_no_sheet_is_compared_with_nothing(book: Workbook) -> None:
    empty = [sheet.table for sheet in workbooks.SHEETS if book[sheet.table].max_row == workbooks.TOP]
    # no agreement of the demo is wrong
    assert empty == ["agreement_problem"]


def test_names_stand_beside_codes(book: Workbook) -> None:
    coverage = {row["region_code"]: row["region_name"] for row in rows_of(book["coverage_month"])}
    assert coverage["00"] == "Indonesia"
    assert coverage["52"] == "Nusa Tenggara Barat"
    assert coverage["5271"] == "Kota Mataram"
    monitoring = rows_of(book["monev_branch_month"])[0]
    assert list(monitoring)[1:5] == ["branch_code", "branch_name", "province_code", "province_name"]
    assert monitoring["branch_name"].startswith("Cabang ")
    assert {row["province_name"] for row in rows_of(book["claim_duration"])} >= {"Indonesia", None}  # pooled has none


def test_numbers_and_dates_look_as_they_are_read_in_indonesia(book: Workbook) -> None:
    coverage, incentive = book["coverage_month"], book["incentive_wadah_month"]
    assert cell(coverage, "month").number_format == "mmm yyyy"
    assert cell(coverage, "universe").number_format == "#,##0"
    assert cell(coverage, "coverage_pct").number_format == "0.0%"
    assert cell(coverage, "points_change_month").number_format == "#,##0.00"
    assert cell(coverage, "region_code").number_format == "@"
    assert cell(incentive, "payable_rp").number_format == "#,##0"
    assert isinstance(cell(incentive, "payable_rp").value, int)
    assert cell(incentive, "management_rate").number_format == "0.00%"
    assert cell(incentive, "management_rate").value == pytest.approx(0.1)
    assert cell(book["delivery_day"], "business_date").number_format == "d mmm yyyy"
    assert cell(book["delivery_day"], "verified").data_type == "b"


def test_headers_stay_in_sight_and_filter(book: Workbook) -> None:
    for sheet in book.worksheets[2:]:
        assert sheet.freeze_panes == "A4"
        assert sheet.auto_filter.ref.replace("A3:", "A1:") == sheet.dimensions
        assert sheet.print_title_rows == "$1:$3"
        widths = {
            place: group.width
            for group in sheet.column_dimensions.values()
            for place in range(group.min, group.max + 1)
        }
        for header in sheet[3]:
            assert widths[header.column] > len(header.value)
            for label in (sheet.cell(1, header.column).value, sheet.cell(2, header.column).value):
                assert label, f"{header.value} has no label in reports/labels.csv"
                assert max(map(len, label.split())) < widths[header.column]


def test_the_summary_has_ten_figures_of_the_nation(demo_house: House, book: Workbook) -> None:
    first = book.worksheets[0]
    assert first.title == "RINGKASAN"
    rows = {row[0].split("\n")[0]: row[1:] for row in first.iter_rows(min_row=5, values_only=True)}
    assert len(rows) == 10
    ((running, whole, before, target),) = demo_house.published(
        "select max(protected) filter (month = '2023-10-01'), max(protected) filter (month = '2023-09-01'),"
        " max(protected) filter (month = '2023-08-01'), max(target_people) filter (month = '2023-09-01')"
        " from marts.coverage_month where region_level = 'nation' and definition = 'bpu'"
    )
    told = rows["Peserta BPU terlindungi"]
    assert told[:5] == (running, whole, before, whole - before, target)
    assert told[5] == pytest.approx(whole / target)
    assert first["B6"].number_format == "0.0%"
    ((share,),) = demo_house.published(
        "select sum(on_time) / sum(expected) from marts.reporting_month where month = '2023-10-01'"
    )
    assert rows["Kiriman cabang tepat waktu"][0] == pytest.approx(share)
    assert rows["Insentif dibayarkan, rupiah"][4] is None, "nobody set a target"
    kinds = [rule.type for where in first.conditional_formatting for rule in where.rules]
    assert sorted(kinds) == ["cellIs", "cellIs", "cellIs", "containsBlanks", "iconSet"]
    assert first["H5"].hyperlink.location == "'coverage_month'!A1"


def test_the_first_sheet_says_which_date_and_version_and_what_is_in_it(
    demo_house: House, book: Workbook, version: str
) -> None:
    first = book.worksheets[1]
    assert first.title == "ISI"
    assert (first["B2"].value, first["B2"].number_format) == (datetime(2023, 10, 14), "d mmmm yyyy")  # noqa: DTZ001
    assert first["B3"].value == version
    head = next(row for row in range(1, 30) if first.cell(row, 1).value == "LEMBAR / SHEET")
    listed = {row[0]: row for row in first.iter_rows(min_row=head + 1, values_only=True)}
    assert list(listed) == [sheet.table for sheet in workbooks.SHEETS] == book.sheetnames[2:-1]
    for name, (_, title, since, rows, file, whole, grain) in listed.items():
        assert " / " in title
        assert rows == book[name].max_row - workbooks.TOP
        assert [(whole,)] == demo_house.published(f"select count(*) from marts.{name}")
        assert file == f"csv/{name}.csv"
        assert since is None or since.day == 1
        assert grain.startswith("one row per")
    assert first.cell(head + 1, 1).hyperlink.location == "'coverage_month'!A1"


def test_the_file_itself_says_which_date_and_version(book: Workbook, version: str) -> None:
    assert book.properties.title == "Perisai 2023-10-14"
    assert book.properties.created == datetime(2023, 10, 14)  # noqa: DTZ001
    own = {prop.name: prop.value for prop in book.custom_doc_props.props}
    assert own == {"business_date": "2023-10-14", "version": version}


def test_every_column_is_defined_in_the_words_of_the_dictionary(demo_house: House, book: Workbook) -> None:
    defined = {(row["table_name"], row["column_name"]): row["description"] for row in rows_of(book["DEFINISI"])}
    for sheet in workbooks.SHEETS:
        for header in book[sheet.table][workbooks.TOP]:
            assert header.value in NAMES or defined.pop((sheet.table, header.value))
    assert defined == {}


@pytest.mark.parametrize("table", [sheet.table for sheet in workbooks.SHEETS])
def test_a_csv_file_has_every_row_with_date_and_version(
    demo_house: House, exports: Path, version: str, table: str
) -> None:
    typed = demo_house.published(f"describe marts.{table}")
    names = ", ".join(name for name, *_ in typed)
    with duckdb.connect() as con:
        columns = con.execute(f"describe from read_csv({quoted(exports / 'csv' / f'{table}.csv')})").fetchall()
        types = {name: "varchar" for name, *_ in columns} | {name: kind for name, kind, *_ in typed}
        con.execute(
            f"create view written as from read_csv({quoted(exports / 'csv' / f'{table}.csv')}, header = true,"
            f" columns = {types}, allow_quoted_nulls = false)"
        )
        written = con.execute(f"select {names} from written order by all").fetchall()
        stamps = con.execute("select distinct as_of, version from written").fetchall()
    assert written == demo_house.published(f"select * from marts.{table} order by all")
    assert stamps == ([("2023-10-14", version)] if written else [])


def test_csv_is_plain_for_programs(exports: Path) -> None:
    content = (exports / "csv" / "coverage_month.csv").read_bytes()
    assert content.startswith(b"as_of,version,region_code,region_name,")  # so no byte order mark
    assert b"\r" not in content
    content.decode("utf-8")


def test_parquet_files_carry_date_and_version(demo_house: House, version: str) -> None:
    with duckdb.connect() as con:
        for sheet in workbooks.SHEETS:
            file = demo_house.settings.published / "marts" / f"{sheet.table}.parquet"
            said = dict(
                con.execute(f"select decode(key), decode(value) from parquet_kv_metadata({quoted(file)})").fetchall()
            )
            assert (said["business_date"], said["version"]) == ("2023-10-14", version)


def test_what_begins_like_a_formula_stays_text(write: Write) -> None:
    bad = ['=HYPERLINK("x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=a,b"]
    folder = write(
        {"quality_signal"},
        "delete from marts.quality_signal",
        *(
            f"insert into marts.quality_signal (month, agent_code, signal_count) values ('2023-10-01', {quoted(text)},"
            " -5)"
            for text in bad
        ),
    )
    sheet = openpyxl.load_workbook(folder / "perisai.xlsx")["quality_signal"]
    found = [cell(sheet, "agent_code", row) for row in range(4, 4 + len(bad))]
    # the reader of a cell sees a tab, too, as xlsxwriter and openpyxl both write it
    assert sorted(cell.value for cell in found) == sorted(bad)
    assert {cell.data_type for cell in found} == {"s"}
    with (folder / "csv" / "quality_signal.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["agent_code"] for row in rows) == sorted(f"'{text}" for text in bad)
    assert {row["signal_count"] for row in rows} == {"-5"}  # a number is none


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_text(write: Write) -> None:
    exact, too_long = 10**15 - 1, 10**15 + 1
    folder = write(
        {"incentive_wadah_month"},
        "delete from marts.incentive_wadah_month",
        "insert into marts.incentive_wadah_month (month, wadah_code, payable_rp, agents_total_rp)"
        f" values ('2023-10-01', 'W1', {exact}, {too_long})",
    )
    sheet = openpyxl.load_workbook(folder / "perisai.xlsx")["incentive_wadah_month"]
    assert cell(sheet, "payable_rp").value == exact
    assert cell(sheet, "agents_total_rp").value == str(too_long)


def test_a_table_too_long_for_a_sheet_is_named_and_not_cut(
    demo_house: House, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = "from marts.coverage_month where month >= '2022-10-01'"
    ((rows, whole),) = demo_house.published(f"select count(*), (select count(*) from marts.coverage_month) {months}")
    for limit, sheets in ((rows, ["coverage_month", "wadah_watch"]), (rows - 1, ["wadah_watch"])):
        monkeypatch.setattr(workbooks, "ROWS", limit)
        folder = write({"coverage_month", "wadah_watch"}, name=f"limit-{limit}")
        book = openpyxl.load_workbook(folder / "perisai.xlsx")
        assert book.sheetnames == ["RINGKASAN", "ISI", *sheets, "DEFINISI"]
        named = [row[0] for row in book["ISI"].iter_rows(values_only=True)]
        told = "coverage_month: terlalu panjang untuk satu lembar / too long for a sheet"
        assert (told in named) is ("coverage_month" not in sheets)
        with (folder / "csv" / "coverage_month.csv").open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == whole > rows


def test_the_limit_is_that_of_a_sheet() -> None:
    assert workbooks.ROWS == 2**20 - workbooks.TOP


def test_the_same_rows_in_any_order_are_the_same_bytes(write: Write) -> None:
    marts = {"coverage_month", "claim_duration", "delivery_day", "reconciliation", "validation_result"}
    one, other = write(marts, name="one"), write(marts, order="order by random()", name="other")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == len(marts) + 1
    assert filecmp.cmpfiles(one, other, files, shallow=False) == (files, [], [])


def test_what_a_killed_run_left_behind_is_cleared_away(write: Write, tmp_path: Path) -> None:
    (tmp_path / ".exports.new" / "csv").mkdir(parents=True)
    (tmp_path / ".exports.new" / "half.csv").write_text("a")
    folder = write({"wadah_watch"})
    assert sorted(path.name for path in folder.iterdir()) == ["csv", "perisai.xlsx"]
    assert not (tmp_path / ".exports.new").exists()


def test_no_sheet_holds_persons(book: Workbook) -> None:
    headers = {cell.value for sheet in book.worksheets[2:] for cell in sheet[workbooks.TOP]}
    assert not headers & {"participant_key", "source_no", "nik", "full_name"}


def test_as_cell_knows_decimals() -> None:
    assert as_cell("management_rate", Decimal("0.1000")) == 0.1
