"""Cells that contradict others: cards sorted alone, cells dragged up, remarks for an occupation, bin beside P."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, claim
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, typed, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from dragged_up()
    yield from cards_sorted_alone()
    yield from remarks_for_an_occupation()
    yield from names_of_the_other_sex()
    yield from one_amount_times_hundred()
    yield from numbers_that_say_more()
    yield from submissions_turned()
    yield from groups_pasted()


def dragged_up() -> Iterator[Case]:
    """A cell that was dragged up counts down."""
    codes = [f"AB{n:05d}" for n in (*(7 * n * n % 401 + 100 for n in range(1, 21)), *range(29, 21, -1))]
    people = [with_cell(person(n), "KODE_PERISAI", code, PEOPLE) for n, code in enumerate(codes, start=1)]
    lines = tuple(range(22, 30))
    rules = dict.fromkeys(lines, "agent_code_not_counted_up")
    yield Case("codes_dragged_up", ".xlsx", xlsx([PEOPLE, *people]), 20, lines, feed="registrations", rules=rules)
    amounts = [3_577_000, 4_119_006, 4_119_005, 4_119_004, 4_119_003, 4_119_002, 2_800_000]
    bills = [_treatment(n, amount) for n, amount in enumerate(amounts, start=1)]
    lines = tuple(range(3, 8))
    rules = dict.fromkeys(lines, "amount_rp_not_counted_up")
    yield Case("amounts_dragged_up", ".csv", text(bills, CLAIMS, ";").encode(), 2, lines, feed="claims", rules=rules)


def cards_sorted_alone() -> Iterator[Case]:
    """Days rise and so do cards: perhaps each is beside another's payment; a few, and those of one day, may be so."""
    cards = [f"2806170{n:04d}" for n in (11, 95, 178, 233, 341, 452, 517, 608, 774, 811, 902, 937, 955)]
    of_a_day = [with_cell(typed(payment(n)), "KPJ", card) for n, card in enumerate(cards, start=1)]
    rows = [with_cell(row, "TGL_BAYAR", date(2023, 9, 11 + n // 3)) for n, row in enumerate(of_a_day)]
    warned = {"kpj_not_sorted_alone": 13}
    yield Case("cards_sorted_alone_xls", ".xls", xls([PAYMENTS, *rows]), 13, warned=warned)
    yield Case("cards_sorted_alone", ".csv", text(rows, delimiter="\t").encode(), 13, warned=warned)
    by_card = text(of_a_day, delimiter=";").encode()
    yield Case("cards_in_order_of_a_day", ".csv", by_card, 13, warned={"kpj_not_sorted_alone": 0})
    few = text(rows[:6]).encode()
    yield Case("few_cards_in_order", ".csv", few, 6, warned={"kpj_not_sorted_alone": 0})
    other = [rows[3], *rows[:3], *rows[4:]]
    swapped = [with_cell(row, "NO_BUKTI", payment(n)[PAYMENTS.index("NO_BUKTI")]) for n, row in enumerate(other, 1)]
    yield Case("cards_in_another_order", ".csv", text(swapped).encode(), 13, warned={"kpj_not_sorted_alone": 0})


def remarks_for_an_occupation() -> Iterator[Case]:
    work = ["Data ganda", "sudah meninggal", "PETANI (batal)", "- salah input -", "Tes", "Pindah ke PU"]
    work += ["Guru tes masuk", "Tukang hapus cat", "Pedagang contoh"]
    people = [with_cell(person(n), "JENIS_PEKERJAAN", cell, PEOPLE) for n, cell in enumerate(work, start=1)]
    lines = tuple(range(2, 8))
    rules = dict.fromkeys(lines, "occupation_no_remark")
    yield Case("remarks_for_work", ".csv", text(people, PEOPLE).encode(), 3, lines, feed="registrations", rules=rules)
    yield Case("remarks_for_work_xlsx", ".xlsx", xlsx([PEOPLE, *people]), 3, lines, feed="registrations", rules=rules)


def names_of_the_other_sex() -> Iterator[Case]:
    names = ["Contoh Satu bin Contoh", "Contoh Dua binti Contoh", "Binti Contoh", "Bin Contoh"]
    sexes = ["P", "L", "P", "L"]
    people = [
        with_cell(with_cell(person(n), "NAMA_LENGKAP", name, PEOPLE), "JENIS_KELAMIN", sex, PEOPLE)
        for n, (name, sex) in enumerate(zip(names, sexes, strict=True), start=1)
    ]
    content = text(people, PEOPLE, ";").encode("utf-16")
    yield Case("names_of_the_other_sex", ".txt", content, 4, feed="registrations",
               warned={"sex_fits_name": 2})  # fmt: skip


def one_amount_times_hundred() -> Iterator[Case]:
    rule = "claim_amount_alone_not_multiplied"
    bills = [
        _treatment(n, amount) for n, amount in enumerate((3_577_400, 2_940_000, 1_815_000, 3_577_400_000, 4_000_500), 1)
    ]
    yield Case("one_treatment_times_thousand", ".xlsx", xlsx([CLAIMS, *bills]), 5, feed="claims", warned={rule: 1})
    yield Case("too_few_to_compare", ".csv", text(bills[:4], CLAIMS).encode(), 4, feed="claims", warned={rule: 0})


def numbers_that_say_more() -> Iterator[Case]:
    """A receipt's number tells its month in more ways, and that the payment is none."""
    at = PAYMENTS.index("NO_BUKTI")
    for name, form in (("one_digit", "{n:03d}/KW/9/2023"), ("day_month_year", "BKT-{n:02d}092023-{n:03d}")):
        rows: list[Cells] = [with_cell(payment(n), "NO_BUKTI", form.format(n=n)) for n in range(1, 7)]
        rows[4] = with_cell(rows[4], "TGL_BAYAR", "2023-07-05")
        rules = {6: "payment_date_fits_number"}
        yield Case(f"number_tells_{name}", ".csv", text(rows).encode(), 5, (6,), rules=rules)
    ends = ["", "-RETUR", "-GAGAL", "/DUP", ".COPY", "-TEST", "-KOREKSI", ""]
    rows = [with_cell(payment(n), "NO_BUKTI", f"{payment(n)[at]}{end}") for n, end in enumerate(ends, start=1)]
    lines = tuple(range(3, 9))
    rules = dict.fromkeys(lines, "row_readable")
    yield Case("numbers_of_none", ".csv", text(rows, delimiter=";").encode(), 2, lines, rules=rules)


def submissions_turned() -> Iterator[Case]:
    """The month stands first in one of two columns: days shortly before the status are read as days of other months."""
    at = CLAIMS.index("TGL_STATUS")
    bills = [_treatment(n, 1_500_000 + 70_001 * n) for n in range(1, 9)]
    days = [with_cell(row, "TGL_STATUS", f"{12 + n}-09-2023", CLAIMS) for n, row in enumerate(bills, start=1)]
    assert days[0][at] == "13-09-2023"
    turned = [with_cell(row, "TGL_PENGAJUAN", f"09-{n:02d}-2023", CLAIMS) for n, row in enumerate(days, start=1)]
    lines = tuple(range(2, 10))  # 8 September, too, which is read as a day of August
    rules = dict.fromkeys(lines, "submitted_date_beside_status_not_turned")
    yield Case("submissions_turned", ".csv", text(turned, CLAIMS, ";").encode(), 0, lines, feed="claims", rules=rules)
    right = [with_cell(row, "TGL_PENGAJUAN", f"{n:02d}-09-2023", CLAIMS) for n, row in enumerate(days, start=1)]
    long = with_cell(right[2], "TGL_PENGAJUAN", "09-03-2023", CLAIMS)
    yield Case("submissions_right", ".csv", text([*right[:2], long, *right[3:]], CLAIMS).encode(), 8, feed="claims")


def groups_pasted() -> Iterator[Case]:
    """A block of a pivot table among rows that have all their agent; and agents that a few rows do not have."""
    told = "as in a grouped list; write KODE_PERISAI on each row"
    codes = [f"AB{n:05d}" for n in (*range(1, 21), *(n if n % 4 == 1 else 0 for n in range(21, 45)), *range(45, 51))]
    pasted = [
        with_cell(person(n), "KODE_PERISAI", code.replace("AB00000", ""), PEOPLE) for n, code in enumerate(codes, 1)
    ]
    yield Case("groups_pasted", ".csv", text(pasted, PEOPLE).encode(), refused=told, feed="registrations")
    yield Case("groups_pasted_xlsx", ".xlsx", xlsx([PEOPLE, *pasted]), refused=told, feed="registrations")
    some = {3, 4, 9, 17, 18, 19, 31, 40}
    without = [with_cell(person(n), "KODE_PERISAI", "" if n in some else "AB00001", PEOPLE) for n in range(1, 51)]
    yield Case("some_without_agent", ".csv", text(without, PEOPLE, ";").encode(), 50, feed="registrations",
               rows=each((4, 5, 10, 18, 19, 20, 32, 41), agent_code=None))  # fmt: skip


def _treatment(n: int, amount: int) -> Cells:
    row = with_cell(claim(n, str(amount)), "PROGRAM_KLAIM", "JKK", CLAIMS)
    return with_cell(row, "JENIS_MANFAAT", "PENGOBATAN", CLAIMS)
