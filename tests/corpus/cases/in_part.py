"""Values that are wrong in a part of a file only: incomes a hundred times too large, cards without last digits."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
import xlwt
from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, claim, columns
from corpus.cases.beside_others import PLACES, people
from corpus.cases.nobodys import ROUNDED
from corpus.files import PAYMENTS, PEOPLE, Cells, book_of, payment, person, text, typed, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from incomes_times_hundred()
    yield from few_cards_rounded()
    yield from shown_otherwise()
    yield from codes_of_packages()
    yield from amounts_filled()
    yield from regions_of_a_block()
    yield from numbers_of_the_branch()


def incomes_times_hundred() -> Iterator[Case]:
    of: dict[str, Any] = {"feed": "registrations"}
    alone = "declared_income_alone_not_multiplied"
    wages = [1_000_000 + 100_000 * (7 * n % 23) for n in range(1, 25)]

    def earning(**by_line: int) -> list[Cells]:
        said = [by_line.get(f"line_{n + 1}", wage) for n, wage in enumerate(wages, start=1)]
        return [with_cell(person(n), "UPAH", wage, PEOPLE) for n, wage in enumerate(said, start=1)]

    block = earning(line_9=250_000_000, line_10=110_000_000, line_11=182_500_000, line_20=25_000_000)
    lines = (9, 10, 11)
    rules = dict.fromkeys(lines, "declared_incomes_not_multiplied")
    yield Case("incomes_of_a_block_times_hundred", ".xlsx", xlsx([PEOPLE, *block]), 21, lines, rules=rules, **of)
    content = text(block, PEOPLE, ";").encode("utf-16")
    yield Case("incomes_of_a_block_times_hundred_txt", ".txt", content, 21, lines, rules=rules, **of)
    one = earning(line_5=250_000_000)
    yield Case("one_income_times_hundred", ".csv", text(one, PEOPLE).encode(), 24, warned={alone: 1}, **of)
    yield Case("one_income_times_hundred_xls", ".xls", xls([PEOPLE, *one]), 24, warned={alone: 1}, **of)
    rich = earning(line_3=25_000_000, line_4=60_000_000, line_5=45_000_000, line_6=99_000_000)
    yield Case("some_incomes_are_high", ".csv", text(rich, PEOPLE).encode(), 24, warned={alone: 0}, **of)
    more = earning(line_3=25_000_000, line_4=60_000_000, line_5=45_000_000, line_7=125_000_000, line_8=100_000_000,
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
    bad += ['[>=1000]#,##0," rb";0', '0"/thn"', '(#,##0)" org"']
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
        "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####",
        '#,##0;(#,##0);"Nihil"',
        '#,##0 "org"',
        "0;-0;;@",
        "0.00E+00",
    ]
    lines = tuple(range(2, 2 + len(bad)))
    rows = [with_cell(person(n), "UPAH", 3_500_000, PEOPLE) for n in range(1, 91)]
    styles = {(line, 12): code for line, code in enumerate([*bad, *good], start=1)}
    styles |= {(50, 4): '@" batal"', (51, 5): 'General;General;General;"batal "@'}
    # another part of these two is shown where the number is large, or zero (an income of nothing is rejected as such)
    shown = {60: ("HANDPHONE", 6_281_234_567_890, good[7]), 61: ("UPAH", 0, good[8])}
    for line, (header, value, code) in shown.items():
        rows[line - 1] = with_cell(rows[line - 1], header, value, PEOPLE)
        styles[line, PEOPLE.index(header)] = code
    of: dict[str, Any] = {"feed": "registrations", "rules": dict.fromkeys(lines, "declared_income_rp_not_an_error")}
    of["rows"] = each(range(14, 26), declared_income_rp=3_500_000)
    of["rules"] |= {62: "declared_income_positive"}
    of["warned"] = {"phone_form": 0}
    seen = {"rules": of["rules"] | {51: "kpj_form", 52: "row_readable"}}
    yield Case(
        "shown_otherwise_xlsx", ".xlsx", book_shown([PEOPLE, *rows], styles), 75, (*lines, 51, 52, 62), **of | seen
    )
    yield Case("shown_otherwise_xls", ".xls", old_book_shown([PEOPLE, *rows], styles), 77, (*lines, 62), **of)
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


def codes_of_packages() -> Iterator[Case]:
    """1 and 2 as codes in a block of rows: there 2 means three programmes."""
    said = [3, 2, 3, 3, 2, 2, 1, 2, 2, 1, 2, 3, 2, 3, 2, 2, 3, 3, 2, 3]
    lines = tuple(range(6, 13))
    rules = dict.fromkeys(lines, "programmes_certain")
    people = [with_cell(person(n), "PROGRAM", code, PEOPLE) for n, code in enumerate(said, start=1)]
    of: dict[str, Any] = {"feed": "registrations"}
    yield Case("codes_in_a_block", ".csv", text(people, PEOPLE, ";").encode(), 13, lines, rules=rules, **of)
    paid = [with_cell(payment(n), "PROGRAM", code) for n, code in enumerate(said, start=1)]
    yield Case("codes_in_a_block_xlsx", ".xlsx", xlsx([PAYMENTS, *paid]), 13, lines, rules=rules)
    few = [with_cell(row, "PROGRAM", 1 if n in {4, 14} else said[0 if n % 3 else 1], PEOPLE)
           for n, row in enumerate(people)]  # fmt: skip
    rules = dict.fromkeys((6, 16), "programmes_known")
    yield Case("ones_far_apart", ".csv", text(few, PEOPLE).encode(), 18, (6, 16), rules=rules, **of)


def amounts_filled() -> Iterator[Case]:
    """A treatment's amount that was dragged over other rows, one of which was typed again."""
    rule = "claim_amounts_not_filled"
    costs = [1_250_300 + 171_717 * (n * n % 31) for n in range(1, 17)]

    def bills(filled: dict[int, int], status: str = "Diajukan") -> list[Cells]:
        rows = [claim(n, filled.get(n + 1, cost)) for n, cost in enumerate(costs, start=1)]
        told = {"PROGRAM_KLAIM": "JKK", "JENIS_MANFAAT": "PENGOBATAN", "STATUS_KLAIM": status}
        for name, value in told.items():
            rows = [with_cell(row, name, value, CLAIMS) for row in rows]
        return rows

    of: dict[str, Any] = {"feed": "claims"}
    odd = bills(dict.fromkeys((5, 6, 7, 9, 10), 3_577_421))
    yield Case("amounts_filled", ".csv", text(odd, CLAIMS, ";").encode(), 16, warned={rule: 3}, **of)
    yield Case("amounts_filled_xlsx", ".xlsx", xlsx([CLAIMS, *odd]), 16, warned={rule: 3}, **of)
    whole = bills(dict.fromkeys(range(4, 14), 1_500_000))
    yield Case("round_amounts_filled", ".parquet", columns(whole, CLAIMS), 16, warned={rule: 2}, **of)
    fee = bills(dict.fromkeys(range(3, 16, 2), 150_000) | dict.fromkeys((4, 6, 12, 14), 2_345_678))
    yield Case("amounts_of_one_fee", ".csv", text(fee, CLAIMS).encode(), 16, warned={rule: 0}, **of)
    deaths = [claim(n, 42_000_000) for n in range(1, 17)]
    yield Case("deaths_of_one_amount", ".csv", text(deaths, CLAIMS).encode(), 16, warned={rule: 0}, **of)
    moved = [with_cell(row, "STATUS_KLAIM", status, CLAIMS) for row in bills({})[:3]
             for status in ("Diajukan", "Ditetapkan", "Dibayarkan")]  # fmt: skip
    yield Case("claims_at_each_status", ".csv", text(moved, CLAIMS).encode(), 9, warned={rule: 0}, **of)


def regions_of_a_block() -> Iterator[Case]:
    """KODE_KAB_KOTA in a block of rows slipped by one, or was filled down."""
    of: dict[str, Any] = {"feed": "registrations"}
    told = [PLACES[(n * n + n // 3) % 7] for n in range(1, 41)]
    for n, way in enumerate((1, -1)):
        said = [told[at - way] if 12 <= at < 26 else place for at, place in enumerate(told)]
        wrong = tuple(line for line, (one, other) in enumerate(zip(said, told, strict=True), start=2) if one != other)
        assert len(wrong) >= 8
        rows = people(said, told)
        content = [text(rows, PEOPLE, ";").encode(), xlsx([PEOPLE, *rows])][n]
        more: dict[str, Any] = {"rules": dict.fromkeys(wrong, "regions_in_their_rows")}
        more |= {"accepted": 40 - len(wrong), "rejected": wrong}
        if 5 * len(wrong) > len(rows) and len(wrong) >= 10:
            more = {"refused": "The column has slipped by a row"}
        yield Case(f"regions_of_a_block_slipped_{n}", (".csv", ".xlsx")[n], content, **more, **of)
    rule = "regions_of_a_block_not_filled"
    filled = people([told[12] if 12 <= at < 24 else place for at, place in enumerate(told)], told)
    runs = [at for at in range(12, 24) if told[at] != told[12]]
    yield Case("regions_of_a_block_filled", ".csv", text(filled, PEOPLE).encode(), 40, warned={rule: len(runs)}, **of)
    yield Case("regions_of_a_block_filled_xls", ".xls", xls([PEOPLE, *filled]), 40, warned={rule: len(runs)}, **of)
    born = [("3171", "3515", "3273")[at % 3] if 12 <= at < 24 else place for at, place in enumerate(told)]
    moved = people([told[12] if 12 <= at < 24 else place for at, place in enumerate(told)], born)
    none = {rule: 0, "regions_in_their_rows": 0}
    yield Case("people_of_elsewhere", ".csv", text(moved, PEOPLE).encode(), 40, warned=none, **of)
    away = people(["5271" if at % 2 else place for at, place in enumerate(told)], told)
    yield Case("people_who_work_in_town", ".csv", text(away, PEOPLE).encode(), 40, warned=none, **of)


def numbers_of_the_branch() -> Iterator[Case]:
    """The branch's code, a day and a running number have as many digits as a card; that is fine, a card is not."""
    good = ["NTB05231003001", "NTB05231003002", "NTB05-231003-003", "NTB0523100300004", "NTB0520231003005"]
    bad = [
        "NTB05-5201-0150-0581-0001",
        "NTB055201015005810001",
        "NTB05-28061700011",
        "NTB06231003001",
        "NTB05-081234567890",
    ]
    rows = [with_cell(payment(n), "NO_BUKTI", number) for n, number in enumerate([*good, *bad], start=1)]
    rows = [with_cell(row, "KODE_CABANG", "NTB05") for row in [*rows, *map(payment, range(11, 40))]]
    lines = tuple(range(7, 12))
    rules = dict.fromkeys(lines, "receipt_no_not_personal")
    of: dict[str, Any] = {"branch": "NTB05", "rules": rules}
    of["rows"] = {line: {"receipt_no": number} for line, number in enumerate(good, start=2)}
    yield Case("numbers_of_the_branch", ".csv", text(rows, delimiter=";").encode(), 34, lines, **of)
    yield Case("numbers_of_the_branch_xlsx", ".xlsx", xlsx([PAYMENTS, *rows]), 34, lines, **of)
