"""Values that look right and are not: units, dates, signs and repeats that only the rest of a file tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import xlsxwriter
from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim
from corpus.files import (
    PAYMENTS,
    PEOPLE,
    ROWS,
    STANDARD,
    Cells,
    book_of,
    parquet,
    payment,
    person,
    text,
    typed,
    with_cell,
    xls,
    xlsx,
)


def cases() -> Iterator[Case]:
    yield from in_thousands()
    yield from numbers_made_dates()


def named(name: str, table: list[Cells]) -> bytes:
    """A workbook whose one sheet has a name."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet(name)
        for line, row in enumerate(table):
            sheet.write_row(line, 0, row)

    return book_of(fill)


def saved(n: int, amount: Any) -> Cells:
    """A claim for savings, which may be of any amount."""
    return [*claim(n, amount)[:3], "JHT", "SALDO_JHT", *claim(n, amount)[5:]]


def in_thousands() -> Iterator[Case]:
    """Short words for thousands, in titles and in the name of the sheet; and amounts that can be nothing else."""
    for n, title in enumerate(["Nilai dlm rb Rp", "(dalam Rb.)", "Rp jt", "satuan: rb rupiah", "JT", "dlm Milyar Rp"]):
        said = f"DAFTAR;{title};\n{STANDARD}".replace(",", ";").encode()
        yield Case(f"thousands_in_short_{n}", ".csv", said, refused="line 1 says that the amounts are in thousands")
    told = "the name of sheet 1 says that the amounts are in thousands"
    claims = [CLAIMS, *(saved(n, 7_478) for n in (1, 2, 3))]
    yield Case("sheet_of_thousands", ".xlsx", named("Klaim (ribuan Rp)", claims), refused=told, feed="claims")
    people = [PEOPLE, *(person(n) for n in (1, 2, 3))]
    yield Case("sheet_of_millions", ".xlsx", named("BPU dlm jt", people), refused=told, feed="registrations")
    yield Case("sheet_of_a_maternity_home", ".xlsx", named("RB Seribu Jati", [PAYMENTS, *ROWS]), 3)
    rows = [claim(1, "42000"), saved(2, "7478"), saved(3, "1230000")]
    rule = dict.fromkeys((2, 3), "claim_amount_in_full")
    small = text(rows, CLAIMS, ";").encode()
    yield Case("death_benefit_in_thousands", ".csv", small, 1, (2, 3), feed="claims", rules=rule)
    one = xlsx([CLAIMS, claim(1, 42_000), claim(2, 42_000_000), saved(3, 150_000)])
    yield Case("one_death_benefit_in_thousands", ".xlsx", one, 2, (2,), feed="claims")
    savings = text([saved(n, f"{n}1.500") for n in range(1, 10)], CLAIMS, "\t").encode()
    lines = tuple(range(2, 11))
    yield Case("all_claims_tiny", ".txt", savings, 0, lines, feed="claims")
    yield Case(
        "few_claims_tiny", ".csv", text([saved(n, "20500") for n in (1, 2, 3)], CLAIMS).encode(), 3, feed="claims"
    )


def numbers_made_dates() -> Iterator[Case]:
    """Numbers of documents that a spreadsheet took for dates, as it keeps them and as it saves them in a text."""
    days = [date(2023, 10, 7), date(2023, 10, 8)]
    rules = dict.fromkeys((2, 3), "receipt_no_not_a_date")
    rows = zip([*ROWS, payment(4)], [*days, "7/10", "2023/09/13-1"], strict=True)
    made = [PAYMENTS, *(with_cell(typed(row), "NO_BUKTI", number) for row, number in rows)]
    yield Case("receipts_made_dates_xlsx", ".xlsx", xlsx(made), 2, (2, 3), rules=rules)
    yield Case("receipts_made_dates_xls", ".xls", xls(made), 2, (2, 3), rules=rules)
    columns = dict(zip(PAYMENTS, zip(*ROWS[:2], strict=True), strict=True)) | {"NO_BUKTI": days}
    yield Case("receipts_made_dates_parquet", ".parquet", parquet(columns), 0, (2, 3), rules=rules)
    agreements = ["Mar-23", "7-Okt", "2023-03-01", "3/2023", "PKS-23", "Wadah 7-Okt"]
    roster = text([agent(n, NO_PKS=each) for n, each in enumerate(agreements, start=1)], ROSTER, ";").encode()
    told = dict.fromkeys((2, 3, 4), "pks_no_not_a_date")
    kept = {5: {"pks_no": "3/2023"}, 6: {"pks_no": "PKS-23"}}
    yield Case("agreements_made_dates", ".csv", roster, 3, (2, 3, 4), feed="agents", rules=told, rows=kept)
