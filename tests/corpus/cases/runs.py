"""Columns that run on by themselves, are told in another unit or order, or come from a page that is no whole table."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, person, text, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from counted()
    yield from pages()
    yield from names()
    yield from counting_up()
    yield from sums()
    yield from thousands()
    yield from statuses()
    yield from from_zero()


def counted() -> Iterator[Case]:
    """Feet of tools of databases, which tell how many rows there were."""
    feet = ["(57 rows)", "57 rows selected.", "57 rows in set (0.02 sec)", "[57 rows x 9 columns]", "57 records",
            "(57 baris)", "57 row(s) affected", "Query returned 57 rows", "Rows: 57", "57 entries"]  # fmt: skip
    rows = paid(["36800"] * 4)
    for n, foot in enumerate(feet):
        content = f"{text(rows, delimiter='|')}{foot}\n".encode()
        yield Case(f"foot_of_a_tool_{n}", ".txt", content, refused="line 6 tells of 57 rows, but the file has 4")
        right = foot.replace("57", "4")
        yield Case(
            f"foot_of_a_tool_that_is_right_{n}",
            ".txt",
            content.replace(foot.encode(), right.encode()),
            4,
            not_data=(6,),
        )
    roster = xlsx([ROSTER, agent(1), agent(2), ["57 rows selected."]])
    yield Case("foot_of_a_tool_below_a_roster", ".xlsx", roster, refused="line 4 tells of 57 rows", feed="agents")


def pages() -> Iterator[Case]:
    """Web pages of which the table is a part, or whose words a browser has translated."""
    pager = '<li><a>1</a></li><li><a href="#">2</a></li><li><a href="#"><span>3</span></a></li>'
    more = {"numbers": pager, "next": '<a href="/iuran?page=2">Berikutnya</a>',
            "posted": "<a href=\"javascript:__doPostBack('g','Page$2')\">&gt;</a>"}  # fmt: skip
    told = "this is a web page with links to other pages"
    for name, links in more.items():
        yield Case(f"page_of_pages_{name}", ".xls", _page(paid(["36800"] * 3), PAYMENTS, below=links), refused=told)
    people = _page(
        [person(1), person(2)], PEOPLE, above='<div class="pager"><a href="?hal=1">1</a><a href="?hal=2">2</a></div>'
    )
    yield Case("page_of_pages_of_people", ".xls", people, refused=told, feed="registrations")
    alone = '<a class="disabled">Sebelumnya</a><a href="?page=1">1</a><a href="#top">Atas</a>'
    yield Case("page_of_one", ".xls", _page(paid(["36800"] * 3), PAYMENTS, below=alone), 3, held=3)
    translated = "this is a web page that a browser has translated"
    marks = {"class": ("<html", '<html class="translated-ltr"'),
             "font": ("Peserta Contoh", '<font style="vertical-align: inherit;">Participant Example</font>'),
             "edge": ("<html", '<html _msttexthash="123"')}  # fmt: skip
    for name, (plain, mark) in marks.items():
        page = _page([person(1)], PEOPLE).decode().replace(plain, mark, 1).encode()
        yield Case(f"page_translated_{name}", ".xls", page, refused=translated, feed="registrations")


def names() -> Iterator[Case]:
    """Names that are masked, written as in a web address, or filled down."""
    wrong = ["S*** C*****", "Sxxx Cxxxxx", "Siti+Nurul", "Ma%27ruf", "BUD●●●", "SITI XXXXX"]
    right = ["Peserta Contoh", "Maxxi Contoh", "Felix Contoh", "Contoh 100%", "Alexx"]
    lines = tuple(range(2 + len(right), 2 + len(right) + len(wrong)))
    rules = dict.fromkeys(lines, "full_name_written_out")
    people = [person(n, name) for n, name in enumerate([*right, *wrong], start=1)]
    roster = [agent(n, NAMA_PERISAI=name) for n, name in enumerate([*right, *wrong], start=1)]
    held = {3: {"full_name": "Maxxi Contoh"}}
    yield Case("names_masked_csv", ".csv", text(people, PEOPLE).encode(), len(right), lines,
               feed="registrations", rules=rules, rows=held)  # fmt: skip
    yield Case("names_masked_parquet", ".parquet", columns(people, PEOPLE), len(right), lines,
               feed="registrations", rules=rules)  # fmt: skip
    yield Case(
        "names_masked_of_agents", ".xlsx", xlsx([ROSTER, *roster]), len(right), lines, feed="agents", rules=rules
    )
    many = [
        person(n, f"Peserta {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n]} Contoh" if n < 9 or n > 15 else "Siti Contoh")
        for n in range(1, 21)
    ]
    for extension, content in {".csv": text(many, PEOPLE, ";").encode(), ".xlsx": xlsx([PEOPLE, *many])}.items():
        yield Case(f"names_filled_down_{extension[1:]}", extension, content, 20, feed="registrations",
                   warned={"full_name_of_one": 7})  # fmt: skip
    yield Case("names_that_all_are_one", ".csv", text([person(n) for n in range(1, 21)], PEOPLE).encode(), 20,
               feed="registrations", warned={"full_name_of_one": 0})  # fmt: skip


def counting_up() -> Iterator[Case]:
    """Phones, and days of events over two weeks, that were dragged down."""
    people = [with_cell(person(n), "HANDPHONE", f"0812374501{n:02d}", PEOPLE) for n in range(1, 21)]
    lines = tuple(range(2, 22))
    refused = "HANDPHONE rises or falls by exactly one step"
    for extension, content in {".csv": text(people, PEOPLE).encode(), ".xlsx": xlsx([PEOPLE, *people])}.items():
        yield Case(f"phones_dragged_{extension[1:]}", extension, content, refused=refused, feed="registrations")
    few = [with_cell(row, "HANDPHONE", f"0813{n * 7919 % 10**7:07d}", PEOPLE) if n > 5 else row
           for n, row in enumerate([person(n) for n in range(1, 41)])]  # fmt: skip
    mixed = [with_cell(row, "HANDPHONE", f"0812374501{n:02d}", PEOPLE) if n < 6 else row for n, row in enumerate(few)]
    yield Case("phones_dragged_on_some_rows", ".csv", text(mixed, PEOPLE, "\t").encode(), 34, lines[:6],
               feed="registrations", rules=dict.fromkeys(lines[:6], "phone_not_counted_up"))  # fmt: skip
    begin = date(2023, 8, 28)
    days = [begin + timedelta(n) for n in range(20)]
    told = "TGL_BAYAR rises or falls by exactly one step"
    moved = [with_cell(row, "TGL_BAYAR", f"{day}") for row, day in zip(paid(["36800"] * 20), days, strict=True)]
    yield Case("days_dragged_csv", ".csv", text(moved).encode(), refused=told)
    moved = [with_cell(row, "TGL_BAYAR", day) for row, day in zip(paid([36_800] * 20), days, strict=True)]
    yield Case("days_dragged_xlsx", ".xlsx", xlsx([PAYMENTS, *moved]), refused=told)
    people = [with_cell(person(n), "TGL_DAFTAR", f"{day}", PEOPLE) for n, day in enumerate(days, start=1)]
    yield Case("days_dragged_of_people", ".csv", text(people, PEOPLE, ";").encode(), feed="registrations",
               refused="TGL_DAFTAR rises or falls by exactly one step")  # fmt: skip
    worked = [day for day in days if day.isoweekday() < 7]
    kept = [with_cell(row, "TGL_BAYAR", f"{day}") for row, day in zip(paid(["36800"] * 20), worked, strict=False)]
    yield Case("one_payment_each_working_day", ".csv", text(kept).encode(), len(worked))


def sums() -> Iterator[Case]:
    """Amounts of claims that run up, from row to row."""
    total, rows = 0, []
    for n in range(1, 13):
        total += 1_000_000 + n * 7919 % 400_000
        rows.append(_with(claim(n, total), PROGRAM_KLAIM="JKK", JENIS_MANFAAT="PENGOBATAN"))
    told = "NILAI_KLAIM grows from each row to the next, as numbers or dates do"
    for extension, content in {".csv": text(rows, CLAIMS).encode(), ".xls": xls([CLAIMS, *rows]),
                               ".parquet": columns(rows, CLAIMS)}.items():  # fmt: skip
        yield Case(f"sums_that_run_up_{extension[1:]}", extension, content, refused=told, feed="claims")
    mixed = [
        _with(row, NO_KLAIM=f"KLM-{n * 7 % 13:04d}", TGL_STATUS=f"2023-09-{2 + n * 5 % 13:02d}")
        for n, row in enumerate(rows, start=1)
    ]
    yield Case("amounts_sorted_alone", ".csv", text(mixed, CLAIMS, ";").encode(), 12, feed="claims")
    formulas = {"range": "=SUM(J$2:J{n})|{v}", "above": "=I{m}+J{n}|{v}"}
    for name, formula in formulas.items():
        table = [[*with_cell(row, "NILAI_KLAIM", formula.format(n=n, m=n - 1, v=row[8]), CLAIMS), 1_000_000]
                 for n, row in enumerate(rows[:4], start=2)]  # fmt: skip
        lines = (2, 3, 4, 5)
        yield Case(f"formulas_that_run_up_{name}", ".xlsx", xlsx([[*CLAIMS, "PER KLAIM"], *table]), 0, lines,
                   feed="claims", rules=dict.fromkeys(lines, "amount_rp_not_an_error"))  # fmt: skip
    beside = [[*claim(n, 42_000_000), f"=SUM(I$2:I{n + 1})|{42_000_000 * n}"] for n in (1, 2, 3)]
    foot = ["TOTAL", *[""] * 7, "=SUM(I$2:I4)|126000000", ""]
    whole = xlsx([[*CLAIMS, "KUMULATIF"], *beside, foot])
    yield Case("formulas_that_run_up_beside", ".xlsx", whole, 3, feed="claims", not_data=(5,))


def thousands() -> Iterator[Case]:
    """Some amounts are in thousands, among others of the same benefit that are not."""
    amounts = [5_018_000, 7_314_000, 14_363, 12_438, 4_200_000, 9_100_000]
    rows = [
        _with(claim(n, amount), PROGRAM_KLAIM="JKK", JENIS_MANFAAT="PENGOBATAN")
        for n, amount in enumerate(amounts, start=1)
    ]
    rules = dict.fromkeys((4, 5), "claim_amounts_in_one_unit")
    for extension, content in {".csv": text(rows, CLAIMS).encode(), ".xlsx": xlsx([CLAIMS, *rows]),
                               ".parquet": columns(rows, CLAIMS)}.items():  # fmt: skip
        yield Case(
            f"some_claims_in_thousands_{extension[1:]}", extension, content, 4, (4, 5), feed="claims", rules=rules
        )
    one = [row for n, row in enumerate(rows) if n != 3]
    yield Case("one_claim_in_thousands", ".csv", text(one, CLAIMS, ";").encode(), 5, feed="claims",
               warned={"claim_amount_usual": 1})  # fmt: skip
    small = [
        with_cell(row, "NILAI_KLAIM", amount, CLAIMS)
        for row, amount in zip(rows, [85_000, 91_000, 350_000, 2_000_000], strict=False)
    ]
    yield Case(
        "claims_that_are_small",
        ".csv",
        text(small, CLAIMS).encode(),
        4,
        feed="claims",
        warned={"claim_amount_usual": 0},
    )


def statuses() -> Iterator[Case]:
    """Days of statuses that contradict each other in one file."""

    def moved(n: int, **days: int) -> list[Cells]:
        return [
            _with(claim(n, 42_000_000), STATUS_KLAIM=status, TGL_STATUS=f"2023-09-{day:02d}")
            for status, day in days.items()
        ]

    rows = [*moved(1, Diajukan=2, Ditetapkan=9, Dibayarkan=5), *moved(2, Diajukan=2, Ditolak=8, Dibayarkan=8)]
    rows += [*moved(3, Diajukan=2, Ditetapkan=5, Dibayarkan=5), *moved(4, Diajukan=2, Ditolak=5, Dibayarkan=9)]
    lines = (3, 4, 6, 7)
    rules = dict.fromkeys(lines, "statuses_in_order")
    for extension, content in {".csv": text(rows, CLAIMS).encode(), ".xlsx": xlsx([CLAIMS, *rows]),
                               ".parquet": columns(rows, CLAIMS)}.items():  # fmt: skip
        yield Case(f"statuses_out_of_order_{extension[1:]}", extension, content, 8, lines, feed="claims", rules=rules)


def from_zero() -> Iterator[Case]:
    """A program that counts months from 0."""
    told = "a month 00; the program counts months from 0"
    people: dict[str, Any] = {"feed": "registrations"}
    for n, (months, kind) in enumerate(
        {("2023-00", "2023-08", "2023-07"): ",", ("8/2023", "0/2023", "7/2023"): ";"}.items()
    ):
        content = text(paid(list(months), "BULAN_AWAL"), delimiter=kind).encode()
        yield Case(f"months_from_zero_{n}", ".csv", content, refused=told)
    book = xlsx([PAYMENTS, *paid(["2023-00", "2023-08"], "BULAN_AWAL")])
    yield Case("months_from_zero_xlsx", ".xlsx", book, refused=told)
    born = [
        with_cell(person(n), "TGL_LAHIR", day, PEOPLE) for n, day in enumerate(["1981-04-10", "1982-00-10"], start=1)
    ]
    yield Case("births_from_zero", ".csv", text(born, PEOPLE).encode(), refused=told, **people)
    typed = text(paid(["2022-12", "2023-00", "2023-08"], "BULAN_AWAL")).encode()
    yield Case("month_that_is_mistyped", ".csv", typed, 2, (3,))


def _with(row: Cells, **cells: Any) -> Cells:
    """A row of claims with other cells."""
    return [cells.get(name, cell) for name, cell in zip(CLAIMS, row, strict=True)]


def _page(rows: list[Cells], header: list[str], above: str = "", below: str = "") -> bytes:
    lines = [header, *rows]
    table = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in lines)
    return f"<html><body>{above}<table>{table}</table>{below}</body></html>".encode()
