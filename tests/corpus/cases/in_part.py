"""Values that are wrong in a part of a file only: incomes a hundred times too large, cards without last digits."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
import xlwt
from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, claim, columns
from corpus.cases.nobodys import ROUNDED
from corpus.files import PAYMENTS, PEOPLE, Cells, book_of, payment, person, text, typed, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from incomes_times_hundred()
    yield from few_cards_rounded()
    yield from shown_otherwise()


def incomes_times_hundred() -> Iterator[Case]:
    of: dict[str, Any] = {"feed": "registrations"}
    alone = "declared_income_alone_not_multiplied"
    wages = [1_000_000 + 100_000 * (7 * n % 23) for n in range(1, 25)]

    def people(**by_line: int) -> list[Cells]:
        said = [by_line.get(f"line_{n + 1}", wage) for n, wage in enumerate(wages, start=1)]
        return [with_cell(person(n), "UPAH", wage, PEOPLE) for n, wage in enumerate(said, start=1)]

    block = people(line_9=250_000_000, line_10=110_000_000, line_11=182_500_000, line_20=25_000_000)
    lines = (9, 10, 11)
    rules = dict.fromkeys(lines, "declared_incomes_not_multiplied")
    yield Case("incomes_of_a_block_times_hundred", ".xlsx", xlsx([PEOPLE, *block]), 21, lines, rules=rules, **of)
    content = text(block, PEOPLE, ";").encode("utf-16")
    yield Case("incomes_of_a_block_times_hundred_txt", ".txt", content, 21, lines, rules=rules, **of)
    one = people(line_5=250_000_000)
    yield Case("one_income_times_hundred", ".csv", text(one, PEOPLE).encode(), 24, warned={alone: 1}, **of)
    yield Case("one_income_times_hundred_xls", ".xls", xls([PEOPLE, *one]), 24, warned={alone: 1}, **of)
    rich = people(line_3=25_000_000, line_4=60_000_000, line_5=45_000_000, line_6=99_000_000)
    yield Case("some_incomes_are_high", ".csv", text(rich, PEOPLE).encode(), 24, warned={alone: 0}, **of)
    more = people(line_3=25_000_000, line_4=60_000_000, line_5=45_000_000, line_7=125_000_000, line_8=100_000_000,
                  line_9=150_000_000)  # fmt: skip
    yield Case("incomes_of_the_rich", ".xlsx", xlsx([PEOPLE, *more]), 24, warned={alone: 3}, **of)


def few_cards_rounded() -> Iterator[Case]:
    """Below three, cards that end in 00000 are rejected only where two different ones are no chance."""
    rule, perhaps = "kpj_not_rounded", "kpj_perhaps_rounded"

    def cards(*some: str, rows: int = 6) -> list[Cells]:
        return [
            with_cell(typed(payment(n)), "KPJ", (*some, *(f"2806170{n:04d}" for n in range(1, rows)))[n - 1])
            for n in range(1, rows + 1)
        ]

    two = cards(*ROUNDED[:2])
    rules = dict.fromkeys((2, 3), rule)
    yield Case("two_cards_rounded_xls", ".xls", xls([PAYMENTS, *two]), 4, (2, 3), rules=rules)
    yield Case("two_cards_rounded", ".csv", text(two).encode(), 4, (2, 3), rules=rules)
    one = cards(ROUNDED[0])
    yield Case("one_card_rounded", ".csv", text(one, delimiter=";").encode(), 6, warned={perhaps: 1})
    yield Case("one_card_rounded_xlsx", ".xlsx", xlsx([PAYMENTS, *one]), 6, warned={perhaps: 1})
    alone = [with_cell(claim(1, "42000000"), "KPJ", "28061710000", CLAIMS)]
    yield Case("one_row_ends_in_zeros", ".csv", text(alone, CLAIMS).encode(), 1, feed="claims", warned={perhaps: 1})
    # seven digits are kept where a program for statistics writes 2.806171e+10
    seven = ("28061710000", "57489530000", "11487390000")
    people = [with_cell(person(n), "KPJ", card, PEOPLE) for n, card in enumerate(seven, start=1)]
    people += [with_cell(person(n), "KPJ", f"2806170{n:04d}", PEOPLE) for n in range(4, 20)]
    lines = (2, 3, 4)
    rules = dict.fromkeys(lines, rule)
    kept: dict[str, Any] = {"feed": "registrations", "rules": rules}
    yield Case("cards_of_seven_digits", ".csv", text(people, PEOPLE).encode(), 16, lines, **kept)
    yield Case("cards_of_seven_digits_parquet", ".parquet", columns(people, PEOPLE), 16, lines, **kept)
    chance = people[2:]
    yield Case("one_card_ends_in_zeros", ".csv", text(chance, PEOPLE).encode(), 17, feed="registrations",
               warned={perhaps: 0})  # fmt: skip


def shown_otherwise() -> Iterator[Case]:
    """Number formats that show words, a minus, thousands or nothing that their cell does not hold; and usual ones."""
    bad = ['0" batal"', "-#,##0", "(#,##0)", "#,##0,", '#,##0.0,," jt"', '"lunas"', ";-0", ";;;@", "#,##0 batal"]
    bad += ['[>=1000]#,##0," rb";0', '0"/thn"']
    good = [
        "General",
        '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)',
        '_-"Rp"* #,##0_-;-"Rp"* #,##0_-;_-"Rp"* "-"_-;_-@_-',
    ]
    good += [
        '"Rp. "#,##0",-"',
        "#,##0;[Red]#,##0",
        '0" / bulan"',
        '[>=99000000]#,##0,," jt";#,##0',
        "0;-0;;@",
        "0.00E+00",
    ]
    lines = tuple(range(2, 2 + len(bad)))
    rows = [with_cell(person(n), "UPAH", 3_500_000, PEOPLE) for n in range(1, 91)]
    styles = {(line, 12): code for line, code in enumerate([*bad, *good], start=1)}
    styles |= {(50, 4): '@" batal"', (51, 5): 'General;General;General;"batal "@'}
    of: dict[str, Any] = {"feed": "registrations", "rules": dict.fromkeys(lines, "declared_income_rp_not_an_error")}
    of["rows"] = each(range(13, 22), declared_income_rp=3_500_000)
    seen = {"rules": of["rules"] | {51: "kpj_form", 52: "row_readable"}}
    yield Case("shown_otherwise_xlsx", ".xlsx", book_shown([PEOPLE, *rows], styles), 77, (*lines, 51, 52), **of | seen)
    yield Case("shown_otherwise_xls", ".xls", old_book_shown([PEOPLE, *rows], styles), 79, lines, **of)
    amounts = [36_800, -36_800, -36_800, -36_800, -36_800]
    signs = ["#,##0;#,##0", "#,##0;#,##0", "#,##0;[Red]#,##0", "#,##0;(#,##0)", "#,##0"]
    paid = [with_cell(typed(payment(n)), "JUMLAH_IURAN", amount) for n, amount in enumerate(amounts, start=1)]
    paid = [with_cell(row, "TGL_BAYAR", "2023-09-13") for row in [*paid, *map(typed, map(payment, range(6, 12)))]]
    styles = {(line, 7): code for line, code in enumerate(signs, start=1)} | {(line, 5): '0" bln"' for line in range(9)}
    told: dict[str, Any] = {"rules": {3: "amount_rp_not_an_error"}, "rows": each((4, 5, 6), amount_rp=-36_800)}
    yield Case("minus_not_shown_xlsx", ".xlsx", book_shown([PAYMENTS, *paid], styles), 10, (3,), **told)
    yield Case("minus_not_shown_xls", ".xls", old_book_shown([PAYMENTS, *paid], styles), 10, (3,), **told)
    aged = [[*row, 27] for row in rows[:3]]
    years = {(line, 14): '0" tahun"' for line in (1, 2, 3)}
    yield Case("words_in_an_unknown_column", ".xlsx", book_shown([[*PEOPLE, "USIA"], *aged], years), 3,
               feed="registrations")  # fmt: skip


def book_shown(table: Sequence[Cells], styles: dict[tuple[int, int], str]) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for line, row in enumerate(table):
            for at, cell in enumerate(row):
                code = styles.get((line, at))
                sheet.write(line, at, cell, *([book.add_format({"num_format": code})] if code else []))

    return book_of(fill)


def old_book_shown(table: Sequence[Cells], styles: dict[tuple[int, int], str]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for line, row in enumerate(table):
        for at, cell in enumerate(row):
            code = styles.get((line, at))
            sheet.write(line, at, cell, *([xlwt.easyxf(num_format_str=code)] if code else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
