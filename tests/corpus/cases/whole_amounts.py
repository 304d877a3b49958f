"""Amounts that one factor or difference makes legal, parts of payments, and codes of packages."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from corpus.case import Case
from corpus.cases.amounts import columns, paid
from corpus.files import PAYMENTS, PEOPLE, payment, person, text, with_cell, xlsx

LEGAL = [36_800, 42_800, 54_800, 66_800, 78_800, 36_800, 90_800, 36_800, 42_800, 54_800, 66_800, 36_800]
"""Amounts of a month on three programmes."""


def cases() -> Iterator[Case]:
    yield Case("amounts_legal", ".csv", text(paid([str(rp) for rp in LEGAL])).encode(), 12)
    sen = paid([rp * 100 for rp in LEGAL])
    told = "seratus kali"
    yield Case("amounts_in_sen_parquet", ".parquet", columns(sen, PAYMENTS), refused=told)
    yield Case("amounts_in_sen", ".csv", text(sen, delimiter=";").encode(), refused=told)
    fees = paid([rp + 2_500 for rp in LEGAL])
    yield Case("amounts_with_a_fee", ".xlsx", xlsx([PAYMENTS, *fees]), refused=told)
    yield Case("amounts_with_a_fee_csv", ".csv", text(fees).encode(), refused=told)
    few = paid([*LEGAL[:8], *(rp + 2_500 for rp in LEGAL[8:])])
    yield Case("amounts_of_which_few_have_a_fee", ".csv", text(few).encode(), 12)
    short = [(rp + 32_768) % 65_536 - 32_768 for rp in LEGAL]
    narrow = columns(paid(short), PAYMENTS, JUMLAH_IURAN=pa.array(short, pa.int16()))
    yield Case("amounts_in_16_bits_parquet", ".parquet", narrow, refused=told)
    yield Case("amounts_in_16_bits", ".csv", text(paid(short)).encode(), refused=told)
    parts = [with_cell(payment(n), "NO_BUKTI", f"BKT/1-{end}") for n, end in enumerate(("JKK", "JKM", "JHT"), start=1)]
    split = [*parts, payment(4)]
    rules = dict.fromkeys((2, 3, 4), "receipt_no_whole")
    yield Case("payments_in_parts", ".csv", text(split).encode(), 1, (2, 3, 4), rules=rules)
    yield Case("payments_in_parts_xlsx", ".xlsx", xlsx([PAYMENTS, *split]), 1, (2, 3, 4), rules=rules)
    codes = [1, 2, 2, 1, 2]
    told_codes = dict.fromkeys(range(2, 7), "programmes_certain")
    lines = tuple(told_codes)
    coded = [with_cell(payment(n), "PROGRAM", code) for n, code in enumerate(codes, start=1)]
    yield Case("codes_of_packages", ".csv", text(coded).encode(), 0, lines, rules=told_codes)
    people = [with_cell(person(n), "PROGRAM", code, PEOPLE) for n, code in enumerate(codes, start=1)]
    named = [*PEOPLE[:11], "KODE_PAKET", *PEOPLE[12:]]
    book = xlsx([named, *people])
    told_heading = "the heading of PROGRAM names a code"
    yield Case("codes_of_packages_xlsx", ".xlsx", book, refused=told_heading, feed="registrations")
    typing_error = text([with_cell(person(1), "PROGRAM", "1", PEOPLE), person(2)], PEOPLE).encode()
    once = {2: "programmes_known"}
    yield Case("one_wrong_programme", ".csv", typing_error, 1, (2,), feed="registrations", rules=once)
    yield from throughout()


def throughout() -> Iterator[Case]:
    """Most rows are warned of one by one: the file is wrong, not a row."""
    filled = [with_cell(row, "JUMLAH_BULAN", "10") for row in paid([36_800] * 14)]
    told = "{0} of {0} rows, so the file is wrong and not a row"
    yield Case("months_of_the_month_s_number", ".csv", text(filled).encode(), refused=told.format(14))
    yield Case("months_of_the_month_s_number_xlsx", ".xlsx", xlsx([PAYMENTS, *filled]), refused=told.format(14))
    book = xlsx([PAYMENTS, *filled[:9]])
    yield Case("few_rows_all_warned", ".xlsx", book, 9, warned={"amount_is_no_known_contribution": 9})
    mixed = [*filled[:12], *paid([36_800] * 14)[12:]]
    yield Case("most_rows_warned", ".csv", text(mixed).encode(), 14, warned={"amount_is_no_known_contribution": 12})
    poor = [with_cell(person(n), "UPAH", "120000", PEOPLE) for n in range(1, 13)]
    kept = {"feed": "registrations"}
    yield Case("incomes_a_tenth", ".csv", text(poor, PEOPLE).encode(), refused=told.format(12), **kept)
    yield Case("incomes_a_tenth_xlsx", ".xlsx", xlsx([PEOPLE, *poor]), refused=told.format(12), **kept)
