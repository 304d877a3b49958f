"""Good rows that look like bad ones by chance: words that begin as months, cards in zeros, old forms, two towns."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from corpus.case import Case
from corpus.cases.beside_others import people
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xlsx


def cases() -> Iterator[Case]:
    yield from words_that_begin_as_months()
    yield from cards_that_end_in_zeros()
    yield from regions_of_two_towns()
    yield from old_forms()
    yield from few_of_three_programmes()


def _sent(name: str, rows: Sequence[Cells], header: Sequence[str] = PAYMENTS, **expected: Any) -> Iterator[Case]:
    """The rows as two kinds of files; ``day`` is the first one's, and the second one is of the branch's next."""
    at = header.index("KODE_CABANG")
    rows = [[*row[:at], "NTB03", *row[at + 1 :]] for row in rows]
    feed = "registrations" if header is PEOPLE else "contributions"
    day = expected.pop("day", None)
    books = (".csv", text(rows, header, ";").encode()), (".xlsx", xlsx([header, *rows]))
    for n, (extension, content) in enumerate(books):
        of: dict[str, Any] = {"day": day + timedelta(n) if day else None, "branch": "NTB03", "feed": feed}
        yield Case(f"{name}_{extension[1:]}", extension, content, **of, **expected)


def words_that_begin_as_months() -> Iterator[Case]:
    """One of ten payments is of weeks before the others: of another month than its number tells, if that is a month."""
    rule = "payment_date_fits_number"
    words = {"DESA": 12, "MARIA": 3, "JULAEHA": 7, "AGUS": 8, "OKTAVIA": 10}
    months = {"DESEMBER": 12, "DEC": 12, "MARET": 3, "MARCH": 3, "JULI": 7, "AGUSTUS": 8, "AGT": 8, "OKTOBER": 10}
    for told, names in ((False, words), (True, months)):
        for n, (word, month) in enumerate(names.items()):
            form = f"KW/{word}/2023/{{:05d}}" if n % 2 == 0 else f"{word}/23/{{:04d}}"
            paid = [date(2023, month, 20)] * 10
            paid[4] = paid[4] - timedelta(59)
            rows = [with_cell(payment(k), "TGL_BAYAR", f"{day}") for k, day in enumerate(paid, start=1)]
            rows = [with_cell(row, "NO_BUKTI", form.format(k)) for k, row in enumerate(rows, start=1)]
            rows = [with_cell(row, "BULAN_AWAL", f"2023-{month:02d}") for row in rows]
            of: dict[str, Any] = {"accepted": 9, "rejected": (6,), "rules": {6: rule}} if told else {"accepted": 10}
            of["day"] = date(2023, month, 20) + timedelta(2 * n + told * 2 * len(words))
            yield from _sent(f"number_of_{word.lower()}", rows, **of)


def cards_that_end_in_zeros() -> Iterator[Case]:
    def paid(cards: Sequence[str], rows: int) -> list[Cells]:
        payments = [with_cell(payment(n), "KPJ", f"2806171{n:04d}") for n in range(1, rows + 1)]
        payments[10 : 10 + len(cards)] = [
            with_cell(row, "KPJ", card) for row, card in zip(payments[10:], cards, strict=False)
        ]
        return payments

    one, two = ["28061700000"] * 3, ["28061720000", "57489530000", "28061720000"]
    warned = {"kpj_perhaps_rounded": 3}
    yield from _sent("one_card_that_pays_three_times", paid(one, 903), accepted=903, warned=warned)
    yield from _sent("two_cards_that_pay_three_times", paid(two, 203), accepted=203, warned=warned)
    lines = tuple(range(12, 27))
    rules = dict.fromkeys(lines, "kpj_not_rounded")
    series = paid(["28061700000"] * 15, 120)
    yield from _sent("cards_of_a_series_rounded", series, accepted=105, rejected=lines, rules=rules)
    few = [*one, "57489500000", "11487300000"]
    lines = tuple(range(12, 17))
    rules = dict.fromkeys(lines, "kpj_not_rounded")
    yield from _sent("three_cards_rounded", paid(few, 903), accepted=898, rejected=lines, rules=rules)


def regions_of_two_towns() -> Iterator[Case]:
    """People of two towns, of whom four of ten work in the other one: by chance six in a row seem moved."""
    drawn = random.Random(7)
    told = [drawn.choice(("5271", "5201")) for _ in range(600)]
    said = [drawn.choices((place, "5201" if place == "5271" else "5271"), (6, 4))[0] for place in told]
    warned = {"regions_in_their_rows": 0}
    yield from _sent("regions_of_two_towns", people(said, told), PEOPLE, accepted=600, warned=warned)


def old_forms() -> Iterator[Case]:
    """Six forms of a village, found in January after a year, among twenty of yesterday."""
    old = date(2023, 1, 5)

    def with_old(rows: list[Cells], header: Sequence[str], at: str, early: date = old) -> list[Cells]:
        rows = [with_cell(row, at, "2024-01-09", header) for row in rows]
        return [with_cell(row, at, f"{early}", header) if 8 <= n < 14 else row for n, row in enumerate(rows)]

    day = date(2024, 1, 10)
    found = with_old([person(n) for n in range(1, 27)], PEOPLE, "TGL_DAFTAR")
    yield from _sent("forms_of_a_village_found", found, PEOPLE, accepted=26, day=day,
                     warned={"registration_date_of_this_year": 6})  # fmt: skip
    paid = [with_cell(payment(n), "BULAN_AWAL", "2024-01") for n in range(1, 27)]
    then = [with_cell(row, "BULAN_AWAL", "2023-01") if 8 <= n < 14 else row for n, row in enumerate(paid)]
    warned = {"payment_date_of_this_year": 6}
    yield from _sent("payments_of_a_village_found", with_old(then, PAYMENTS, "TGL_BAYAR"), accepted=26, day=day,
                     warned=warned)  # fmt: skip
    lines = tuple(range(10, 16))
    rule = "payment_date_not_years_early"
    for name, early in (("last_year", old), ("1904", date(2024, 1, 9) - timedelta(1462))):
        day += timedelta(2)
        yield from _sent(
            f"a_block_paid_in_{name}", with_old(paid, PAYMENTS, "TGL_BAYAR", early), accepted=20, rejected=lines,
            rules=dict.fromkeys(lines, rule), warned={rule: 6, "payment_date_of_this_year": 0}, day=day,
        )  # fmt: skip


def few_of_three_programmes() -> Iterator[Case]:
    """Two stray 1s among rows of 2 are no codes if hardly any row has 3."""
    for rows in (20, 40):
        said = [1 if n in {9, 11} else 3 if n == rows - 1 else 2 for n in range(rows)]
        rules = dict.fromkeys((11, 13), "programmes_known")
        of: dict[str, Any] = {"accepted": rows - 2, "rejected": (11, 13), "rules": rules}
        registered = [with_cell(person(n), "PROGRAM", code, PEOPLE) for n, code in enumerate(said, start=1)]
        yield from _sent(f"{rows}_rows_hardly_any_of_three", registered, PEOPLE, **of)
        paid = [with_cell(payment(n), "PROGRAM", code) for n, code in enumerate(said, start=1)]
        paid = [with_cell(row, "JUMLAH_IURAN", "16800") if row[6] == 2 else row for row in paid]
        yield from _sent(f"{rows}_payments_hardly_any_of_three", paid, **of)
