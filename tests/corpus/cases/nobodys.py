"""Values of a right form that are nobody's: cards with zeros for digits, codes for "none", days of other years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim
from corpus.files import PAYMENTS, PEOPLE, Cells, parquet, payment, person, text, typed, with_cell, xls, xlsx

ROUNDED = ("28061700000", "57489500000", "11487300000")
"""Cards that were shown as 2.80617E+10 and made numbers again."""


def cases() -> Iterator[Case]:
    yield from cards_rounded()
    yield from codes_of_nobody()
    yield from claims_of_years_ago()
    yield from treatments_times_hundred()
    yield from end_of_the_day()
    yield from two_extensions()


def cards_rounded() -> Iterator[Case]:
    payments = [typed(payment(n)) for n in range(1, 7)]
    for at, card in zip((0, 2, 5), ROUNDED, strict=True):
        payments[at] = with_cell(payments[at], "KPJ", int(card))
    lines = (2, 4, 7)
    rules = dict.fromkeys(lines, "kpj_not_rounded")
    yield Case("cards_rounded_xls", ".xls", xls([PAYMENTS, *payments]), 3, lines, rules=rules)
    people = [with_cell(person(n), "KPJ", card, PEOPLE) for n, card in enumerate(ROUNDED, start=1)]
    content = text([*people, *map(person, range(4, 9))], PEOPLE, ";").encode("utf-16")
    lines = (2, 3, 4)
    rules = dict.fromkeys(lines, "kpj_not_rounded")
    yield Case("cards_rounded_txt", ".txt", content, 5, lines, feed="registrations", rules=rules)
    claims = [with_cell(claim(n, "42000000"), "KPJ", card, CLAIMS) for n, card in enumerate(ROUNDED, start=1)]
    columns = {name: [row[at] for row in claims] for at, name in enumerate(CLAIMS)}
    yield Case("cards_rounded_parquet", ".parquet", parquet(columns), 0, lines, feed="claims", rules=rules)
    two = [with_cell(payment(n), "KPJ", ROUNDED[0]) for n in (1, 2)]  # one card, paid for twice
    warned = {"kpj_perhaps_rounded": 2}
    yield Case("two_cards_end_in_zeros", ".csv", text([*two, payment(3)]).encode(), 3, warned=warned)


def codes_of_nobody() -> Iterator[Case]:
    codes = ["AB00001", "AB00000", "-----", ".", "tdk ada", "TDK ADA", "AB00000"]
    people = [with_cell(person(n), "KODE_PERISAI", code, PEOPLE) for n, code in enumerate(codes, start=1)]
    lines = (3, 8)
    kept = each(range(4, 8), agent_code=None)
    rules = dict.fromkeys(lines, "agent_code_no_filler")
    for extension, content in ((".csv", text(people, PEOPLE).encode()), (".xlsx", xlsx([PEOPLE, *people]))):
        yield Case(
            f"codes_of_nobody_{extension[1:]}", extension, content, 5, lines, feed="registrations", rules=rules,
            rows=kept,
        )  # fmt: skip
    roster = [agent(1), agent(2, KODE_WADAH="W00000", NAMA_WADAH="Tanpa wadah"), agent(0)]
    rules = {3: "wadah_code_no_filler", 4: "agent_code_no_filler"}
    yield Case("roster_of_nobody", ".csv", text(roster, ROSTER, "\t").encode(), 1, (3, 4), feed="agents", rules=rules)


def claims_of_years_ago() -> Iterator[Case]:
    """Days that are counted from 1904 in one column only, and a year mistyped."""
    rows = [claim(n, "42000000") for n in range(1, 13)]
    at = CLAIMS.index("TGL_PENGAJUAN")
    early = [with_cell(row, "TGL_PENGAJUAN", date.fromisoformat(row[at]) - timedelta(1462), CLAIMS) for row in rows]
    told = "a program counts days from 1904"
    yield Case("submissions_from_1904", ".xlsx", xlsx([CLAIMS, *early]), refused=told, feed="claims")
    yield Case("one_claim_of_1904", ".xls", xls([CLAIMS, *rows[:4], early[4]]), 5, feed="claims",
               warned={"claim_not_of_years_ago": 1})  # fmt: skip


def treatments_times_hundred() -> Iterator[Case]:
    bills: list[Cells] = []
    for n, amount in enumerate((125_000_000, 82_950_000, 64_150_000, 412_800_000, 57_500_000, 9_900_000), start=1):
        row = with_cell(claim(n, str(amount)), "PROGRAM_KLAIM", "JKK", CLAIMS)
        bills.append(with_cell(row, "JENIS_MANFAAT", "PENGOBATAN", CLAIMS))
    rule = "treatments_not_multiplied"
    yield Case("treatments_times_hundred", ".csv", text(bills, CLAIMS, ";").encode(), 6, feed="claims",
               warned={rule: 5})  # fmt: skip
    odd = with_cell(bills[5], "NILAI_KLAIM", "9900050", CLAIMS)
    yield Case("treatments_dear", ".csv", text([*bills[:5], odd], CLAIMS).encode(), 6, feed="claims", warned={rule: 0})


def end_of_the_day() -> Iterator[Case]:
    """24:00 of a day is the next one's 00:00, or was meant as the day's end; nobody can tell."""
    stamps = ["2023-09-12 24:00:00", "2023-09-12 23:59:59", "12/09/2023 24.00 WITA", "13/09/2023 14.05"]
    rows = [with_cell(payment(n), "TGL_BAYAR", stamp) for n, stamp in enumerate(stamps, start=1)]
    lines = (2, 4)
    rules = dict.fromkeys(lines, "payment_date_readable")
    kept = {3: {"payment_date": date(2023, 9, 12)}, 5: {"payment_date": date(2023, 9, 13)}}
    yield Case("end_of_the_day", ".csv", text(rows, delimiter=";").encode(), 2, lines, rules=rules, rows=kept)


def two_extensions() -> Iterator[Case]:
    content = text([payment(1)]).encode()
    for extension in (".csv.txt", ".xlsx.csv", ".CSV.csv"):
        yield Case(f"two_extensions{extension}", extension, content, refused="two extensions; leave one")
