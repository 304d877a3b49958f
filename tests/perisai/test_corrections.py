"""A correction re-reads nothing but what was corrected: files as branches send them, out as workbooks and back.

All cases are files of one house, each of a branch and date of its own: one run brings them in, the workbooks are
corrected and replayed, and a second run brings in what came of that.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from corpus.files import PAYMENTS, PEOPLE, payment, person, text, with_cell
from house import KEYS, OF_DELIVERIES, House, claim, rows_to_csv
from openpyxl.workbook import Workbook

from perisai import day as steps
from perisai import rejects
from perisai.errors import DayFailed
from perisai.replay import plain_date
from perisai.settings import Settings
from perisai.step import opened_lake, sealer

pytestmark = pytest.mark.marts(*OF_DELIVERIES, "marts.freshness")

RUN = "2023-09-30"
Cells = list[Any]


def payments(branch: str, dates: Sequence[str], amount: str = "36800", start: int = 1, **last: str) -> list[Cells]:
    """Payments of a branch, one for each date; the last one has other cells."""
    rows = []
    for n, day in enumerate(dates, start):
        row = with_cell(with_cell(payment(n), "KODE_CABANG", branch), "TGL_BAYAR", day)
        rows.append(with_cell(row, "JUMLAH_IURAN", amount))
    for header, value in last.items():
        rows[-1] = with_cell(rows[-1], header, value)
    return rows


def people(branch: str, dates: Sequence[str], **last: str) -> list[Cells]:
    rows = []
    for n, day in enumerate(dates, start=1):
        row = with_cell(person(n), "KODE_CABANG", branch, PEOPLE)
        rows.append(with_cell(row, "TGL_DAFTAR", day, PEOPLE))
    for header, value in last.items():
        rows[-1] = with_cell(rows[-1], header, value, PEOPLE)
    return rows


def sheet(rows: Sequence[Cells], header: Sequence[str]) -> bytes:
    """A workbook of texts."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet("Data")
    for at, row in enumerate([header, *rows]):
        page.write_row(at, 0, [str(cell) for cell in row])
    book.close()
    return buffer.getvalue()


@dataclass(frozen=True)
class Case:
    """A file, and how its rejected rows are corrected.

    Args:
        branch: who sent it.
        day: the date that it is for, in September 2023.
        content: the file.
        fix: by line the cells that the clerk types.
        feed: the feed it is a delivery of.
        extension: what its name ends in.
        outcome: what becomes of the correction: outcome, lines, accepted, rejected.
        dates: by document number the date that its row has in the end; rows that were accepted keep theirs anyway.
        open: the lines that stand in the workbook afterwards.
    """

    branch: str
    day: int
    content: bytes
    fix: Mapping[int, Mapping[str, str]]
    outcome: tuple[str, int, int, int]
    dates: Mapping[str, date] = field(default_factory=dict)
    open: tuple[int, ...] = ()
    feed: str = "contributions"
    extension: str = ".csv"

    @property
    def date(self) -> str:
        return f"2023-09-{self.day:02d}"

    @property
    def name(self) -> str:
        return f"{self.branch}_{self.feed}_{self.date}"


WITHDRAWN = {"TINDAKAN": "HAPUS"}


def indonesian(start: int) -> list[Cells]:
    return payments("NTB03", ["05/09/2023"] * 12 + ["14/09/2023"], "36.800,00", start, JUMLAH_IURAN="x")


CASES = {
    "month-first dates whose only telling row is withdrawn": Case(
        "NTB04", 16, text(payments("NTB04", ["09-05-2023"] * 14 + ["09-13-2023"], PEMBAYAR="BANSOS")).encode(),
        {16: WITHDRAWN}, ("accepted", 14, 14, 0),
    ),
    "an impossible date corrected in the form that the reason names": Case(
        "NTB05", 16, text(payments("NTB05", ["08-05-2023"] * 14 + ["06-31-2023"])).encode(),
        {16: {"TGL_BAYAR": "30-06-2023"}}, ("accepted", 15, 15, 0), {"PAY-0000015": date(2023, 6, 30)},
    ),
    "an ambiguous date in a column of ISO dates": Case(
        "NTB01", 16, text(payments("NTB01", ["2023-09-13"] * 14 + ["2023-13-09"])).encode(),
        {16: {"TGL_BAYAR": "05/09/2023"}}, ("accepted_with_rejects", 15, 14, 1), open=(16,),
    ),
    "the row withdrawn that told the order of slashes": Case(
        "NTB02", 16, text(payments("NTB02", ["05/09/2023"] * 14 + ["13/09/2023"], PEMBAYAR="BANSOS")).encode(),
        {16: WITHDRAWN}, ("accepted", 14, 14, 0), {"PAY-0000001": date(2023, 9, 5)},
    ),
    "a workbook of texts, corrected to an ISO date": Case(
        "NTB03", 16, sheet(payments("NTB03", ["05/09/2023"] * 12 + ["14/09/2023"], PROGRAM="9"), PAYMENTS),
        {14: {"PROGRAM": "3", "TGL_BAYAR": "2023-09-14"}}, ("accepted", 13, 13, 0),
        {"PAY-0000001": date(2023, 9, 5), "PAY-0000013": date(2023, 9, 14)}, extension=".xlsx",
    ),
    "semicolons and Indonesian amounts, one corrected in the English form": Case(
        "NTB03", 17, text(indonesian(101), delimiter=";").encode(),
        {14: {"JUMLAH_IURAN": "36,800.00"}}, ("accepted_with_rejects", 13, 12, 1), open=(14,),
    ),
    "semicolons and Indonesian amounts, one corrected in their form": Case(
        "NTB03", 18, text(indonesian(201), delimiter=";").encode(),
        {14: {"JUMLAH_IURAN": "36.800,00"}}, ("accepted", 13, 13, 0), {"PAY-0000213": date(2023, 9, 14)},
    ),
    "registrations by semicolon, the telling row withdrawn": Case(
        "STG01", 16,
        text(people("STG01", ["05/09/2023"] * 12 + ["14/09/2023"], JENIS_KELAMIN="?"), PEOPLE, ";").encode(),
        {14: WITHDRAWN}, ("accepted", 12, 12, 0), {"REG-0000001": date(2023, 9, 5)}, feed="registrations",
    ),
    "of NIK that all lost their last digit one is typed anew, and the others stay rejected": Case(
        "STG02", 16,
        text([with_cell(row, "NIK", f"520101500580{n:03d}0", PEOPLE)
              for n, row in enumerate(people("STG02", ["2023-09-13"] * 8), start=1)], PEOPLE).encode(),
        {2: {"NIK": "5201015005810001"}}, ("accepted_with_rejects", 8, 1, 7), open=(3, 4, 5, 6, 7, 8, 9),
        feed="registrations",
    ),
    "a file refused for its many bad rows, of which the clerk corrects one": Case(
        "STG02", 17,
        rows_to_csv("claims", [claim(n, branch_code="STG02", status_date="2023-09-16",
                                     kpj="x" if n < 12 else f"{n:011d}") for n in range(20)]),
        {2: {"KPJ": "00000000100"}}, ("accepted_with_rejects", 20, 9, 11), open=tuple(range(3, 14)), feed="claims",
    ),
    "a row whose cells the clerk cleared instead of withdrawing it": Case(
        "STG03", 16, text(payments("STG03", ["2023-09-13"] * 3, PEMBAYAR="?")).encode(),
        {4: dict.fromkeys(PAYMENTS, "")}, ("accepted_with_rejects", 3, 2, 1), open=(4,),
    ),
}  # fmt: skip


def workbook_of(house: House, branch: str, day: str) -> Path:
    return house.settings.workbooks / branch / f"{branch}_{day}.xlsx"


def bring_in(house: House) -> None:
    house.load(RUN)
    steps.marts(house.settings)
    with opened_lake(house.settings) as con:
        rejects.write_workbooks(con, house.settings, sealer(house.settings))


def corrected(path: Path, change: Callable[[Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    target = path.parent.parent.parent.parent / f"corrected {path.name}"
    book.save(target)
    return target


def type_in(book: Workbook, name: str, line: int, told: Mapping[str, str]) -> None:
    """Overwrites cells, by title, of the row of a sheet that stood on a line."""
    page = book[name]
    place = {cell.value: cell.column for cell in page[1]}
    (row,) = [r[0].row for r in page.iter_rows(min_row=2) if r[place["BARIS"] - 1].value == str(line)]
    for title, value in told.items():
        page.cell(row, place[title]).value = value


def lines_in(path: Path, name: str) -> tuple[int, ...]:
    if not path.exists():
        return ()
    book = openpyxl.load_workbook(path)
    if name not in book.sheetnames:
        return ()
    page = book[name]
    at = [cell.value for cell in page[1]].index("BARIS")
    return tuple(int(str(row[at].value)) for row in page.iter_rows(min_row=2))


def raw_rows(house: House, feed: str) -> dict[str, dict[str, dict[str, Any]]]:
    """What the lake has of each file, by document number, without where it stood."""
    number = {"registrations": "registration_no", "contributions": "receipt_no", "claims": "claim_no"}[feed]
    with opened_lake(house.settings) as con:
        found = con.execute(
            f"select file_name, rows.* exclude (line_no, delivery_id) from raw.{feed} as rows"
            " join raw.delivery using (delivery_id)"
        ).to_arrow_table()
    files: dict[str, dict[str, dict[str, Any]]] = {}
    for row in found.to_pylist():
        files.setdefault(row.pop("file_name"), {})[row[number]] = row
    return files


@dataclass
class Story:
    """The house after the second run, and what the lake had of each file after the first one."""

    house: House
    before: dict[str, dict[str, dict[str, dict[str, Any]]]]
    after: dict[str, dict[str, dict[str, dict[str, Any]]]]
    forms: dict[str, str]
    receipts: dict[str, dict[str, Any]]
    summaries: dict[str, list[str]]


NUMBERS_DAYS = ("2023-09-20", "2023-09-21")


def leave_repeated_numbers(house: House) -> None:
    """Receipt numbers that begin again, and with them other cards; on the second day two of three."""
    one = payments("NTB01", ["2023-09-13"] * 3, start=301)
    two = [with_cell(row, "KPJ", f"{n:011d}") for n, row in enumerate(one, start=901)]
    for day, rows in zip(NUMBERS_DAYS, (one, [*two[:2], one[2]]), strict=True):
        house.leave("NTB01", "contributions", day, text(rows).encode())
    claims = [claim(n) for n in range(1, 4)]
    house.leave("NTB01", "claims", NUMBERS_DAYS[0], claims)
    house.leave("NTB01", "claims", NUMBERS_DAYS[1], [row | {"kpj": f"{n:011d}"} for n, row in enumerate(claims, 901)])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    house = House(Settings(home=tmp_path_factory.mktemp("corrections") / "data", **KEYS, max_missing_share=1))
    for case in CASES.values():
        house.leave(case.branch, case.feed, case.date, case.content).rename(
            house.settings.landing / case.branch / f"{case.name}{case.extension}"
        )
    leave_repeated_numbers(house)
    # rows are open in the first file; the second cannot be read and has none
    house.leave(
        "STG01", "contributions", "2023-09-20", text(payments("STG01", ["2023-09-13"] * 3, PEMBAYAR="?")).encode()
    )
    house.leave("STG01", "contributions", "2023-09-20", b"no export\n", revision=2)
    # not one row is accepted
    damaged = payments("STG03", ["2023-09-13"] * 6)
    house.leave("STG03", "contributions", "2023-09-29", text([with_cell(r, "KPJ", "123") for r in damaged]).encode())
    bring_in(house)
    before = {feed: raw_rows(house, feed) for feed in ("contributions", "registrations", "claims")}
    forms = dict(house.lake("select file_name, forms from raw.delivery"))
    receipts, summaries = {}, {}
    for name, case in CASES.items():
        path = workbook_of(house, case.branch, case.date)
        summaries[name] = [
            str(cell.value) for row in openpyxl.load_workbook(path)["KIRIMAN"].iter_rows() for cell in row
        ]

        def change(book: Workbook, case: Case = case) -> None:
            for line, told in case.fix.items():
                type_in(book, case.feed, line, told)

        (receipts[name],) = steps.replay(house.settings, corrected(path, change))
    bring_in(house)
    after = {feed: raw_rows(house, feed) for feed in before}
    yield Story(house, before, after, forms, receipts, summaries)


@pytest.mark.parametrize("name", CASES)
def test_a_correction_is_judged_by_its_corrected_rows_alone(story: Story, name: str) -> None:
    case = CASES[name]
    revision = f"{case.name}_r2.csv"
    assert story.receipts[name]["file"] == revision
    told = "select outcome, lines, accepted, rejected, verified, reason from core.delivery"
    (said,) = story.house.lake(f"{told} where file_name = '{revision}'")
    assert said[:4] == case.outcome, said
    assert said[4] is False, "what is counted here is no total of the branch's own"
    was = story.before[case.feed].get(f"{case.name}{case.extension}", {})
    now = story.after[case.feed].get(revision, {})
    withdrawn = sum(told == WITHDRAWN for told in case.fix.values())
    assert len(now) == len(was) + case.outcome[2] - len(was)
    assert {number: now[number] for number in was} == was, "what was accepted keeps its values"
    assert story.receipts[name]["withdrawn"] == withdrawn
    column = {"contributions": "payment_date", "registrations": "registration_date", "claims": "status_date"}[case.feed]
    assert {number: now[number][column] for number in case.dates} == case.dates
    assert lines_in(workbook_of(story.house, case.branch, case.date), case.feed) == case.open


def test_a_correction_says_what_it_corrects_and_keeps_the_forms(story: Story) -> None:
    case = CASES["the row withdrawn that told the order of slashes"]
    folder = story.house.settings.landing / case.branch
    said = json.loads((folder / f"{case.name}_r2.manifest.json").read_text())
    found = story.house.lake(
        f"select file_name, delivery_id, forms from raw.delivery where file_name like '{case.name}%'"
    )
    by_name = {name: (key, forms) for name, key, forms in found}
    assert said["corrects"] == by_name[f"{case.name}.csv"][0]
    assert by_name[f"{case.name}.csv"][1] == by_name[f"{case.name}_r2.csv"][1] != ""
    assert any("TGL_BAYAR: " in value for value in story.summaries["the row withdrawn that told the order of slashes"])


def test_a_lake_that_is_made_anew_from_the_raw_files_ends_in_the_same(story: Story, tmp_path: Path) -> None:
    """The corrections are read in one run with what they correct, and still in its forms."""
    again = House(story.house.settings.model_copy(update={"home": tmp_path / "again"}))
    for case in CASES.values():
        source, target = (h.settings.landing / case.branch for h in (story.house, again))
        target.mkdir(parents=True, exist_ok=True)
        for path in source.glob(f"{case.name}*"):
            (target / path.name).write_bytes(path.read_bytes())
    again.load(RUN)
    for feed, rows_after in story.after.items():
        found = raw_rows(again, feed)
        assert found == {name: rows for name, rows in rows_after.items() if name in found}
        assert {case.name + "_r2.csv" for case in CASES.values() if case.feed == feed} <= set(found)


def test_rows_stay_open_while_a_later_file_cannot_be_read(story: Story) -> None:
    assert lines_in(workbook_of(story.house, "STG01", "2023-09-20"), "contributions") == (4,)


def test_of_numbers_that_begin_again_each_row_is_told_of_and_can_get_its_own(story: Story) -> None:
    house, (first, second) = story.house, NUMBERS_DAYS
    days = (
        "select feed, outcome, accepted, rejected, conflicting from marts.delivery_day"
        f" where branch_code = 'NTB01' and business_date = '{second}' and outcome not in ('absent', 'superseded')"
        " order by all"
    )
    assert house.lake(days) == [
        ("claims", "nothing_accepted", 0, 3, 3),
        ("contributions", "accepted_with_rejects", 1, 2, 2),
    ]
    path = workbook_of(house, "NTB01", second)
    assert lines_in(path, "NOMOR_SAMA") == (2, 3, 4, 2, 3)
    assert not workbook_of(house, "NTB01", first).exists()
    book = openpyxl.load_workbook(path)
    assert f"NTB01_contributions_{first}.csv" in [cell.value for cell in book["NOMOR_SAMA"][5]]

    def change(book: Workbook) -> None:
        page = book["NOMOR_SAMA"]
        place = {cell.value: cell.column for cell in page[1]}
        page.delete_rows(2, 3)  # the claims are left as they are
        for row, told in ((2, ("NOMOR", "PAY-0000901")), (3, ("TINDAKAN", "HAPUS"))):
            page.cell(row, place[told[0]]).value = told[1]

    (receipt,) = steps.replay(house.settings, corrected(path, change))
    assert (receipt["corrected"], receipt["withdrawn"], receipt["left"]) == (1, 1, 0)
    bring_in(house)
    assert house.lake(days) == [("claims", "nothing_accepted", 0, 3, 3), ("contributions", "accepted", 2, 0, 0)]
    assert lines_in(workbook_of(house, "NTB01", second), "NOMOR_SAMA") == (2, 3, 4)
    assert house.lake(
        "select receipt_no, count(*) from core.contribution where branch_code = 'NTB01' and delivery_id in"
        f" (select delivery_id from raw.delivery where business_date = '{second}') group by all"
    ) == [("PAY-0000901", 1)]


def test_a_branch_of_which_nothing_was_accepted_is_behind(story: Story) -> None:
    assert story.house.lake(
        "select outcome, reason like 'Tidak satu baris pun diterima%' from marts.delivery_day"
        " where branch_code = 'STG03' and feed = 'contributions' and business_date = '2023-09-29'"
    ) == [("nothing_accepted", True)]
    assert story.house.lake(
        "select usable_date, missing_since, days_behind > 0 from marts.freshness"
        " where branch_code = 'STG03' and feed = 'contributions'"
    ) == [(date(2023, 9, 16), date(2023, 9, 17), True)]


def test_a_correction_in_which_accepted_rows_would_be_read_otherwise_is_not_left(story: Story) -> None:
    """As with the ledger of a lake from before forms were kept, which does not tell how its files were read."""
    house, case = story.house, CASES["semicolons and Indonesian amounts, one corrected in the English form"]
    with opened_lake(house.settings) as con:
        con.execute(f"update raw.delivery set forms = '' where file_name = '{case.name}_r2.csv'")
    told = {"JUMLAH_IURAN": "36800"}
    path = corrected(workbook_of(house, case.branch, case.date), lambda book: type_in(book, case.feed, 14, told))
    landed = sorted((house.settings.landing / case.branch).iterdir())
    with pytest.raises(DayFailed, match="line 2: what was accepted would be read otherwise; send the whole file again"):
        steps.replay(house.settings, path)
    assert sorted((house.settings.landing / case.branch).iterdir()) == landed


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("30-06-2023", "2023-06-30"),
        ("6/30/2023", "2023-06-30"),
        ("05/09/2023", "05/09/2023"),
        ("31-06-2023", "31-06-2023"),
        ("30-06-23", "30-06-23"),
        ("2023-06-30", "2023-06-30"),
        ("", ""),
    ],
)
def test_a_corrected_date_that_means_one_thing_only_is_left_in_the_form_that_always_does(typed: str, left: str) -> None:
    assert plain_date(typed) == left
