"""Rows of one file that contradict each other: what belongs to one stands beside two, and sums that do not add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.cases.programs import page
from corpus.cases.unseen import saved
from corpus.files import PAYMENTS, PEOPLE, ROWS, Cells, parquet, payment, person, text, with_cell, xls, xlsx


def cases() -> Iterator[Case]:
    yield from people()
    yield from groups()
    yield from claims()
    yield from rosters()
    yield from slipped()
    yield from numbers()
    yield from totals()


def people() -> Iterator[Case]:
    """A card beside two NIK, and a NIK beside two people."""
    feed: dict[str, Any] = {"feed": "registrations"}
    rows = [person(n, f"Peserta {'ABCDEF'[n - 1]}") for n in range(1, 7)]
    cards = [with_cell(row, "KPJ", rows[2][4], PEOPLE) if n in {3, 4} else row for n, row in enumerate(rows)]
    shared = {"rejected": (4, 5, 6), "rules": dict.fromkeys((4, 5, 6), "kpj_of_one_person")}
    yield Case("a_card_of_three_people_csv", ".csv", text(cards, PEOPLE).encode(), 3, **shared, **feed)
    yield Case("a_card_of_three_people_xls", ".xls", xls([PEOPLE, *cards]), 3, **shared, **feed)
    copied = [[*rows[0][:3], *rows[1][3:4], *rows[0][4:6], rows[1][6], *rows[0][7:]], *rows[1:]]
    shared = {"rejected": (2, 3), "rules": dict.fromkeys((2, 3), "nik_of_one_person")}
    yield Case("a_nik_of_two_people_xlsx", ".xlsx", xlsx([PEOPLE, *copied]), 4, **shared, **feed)
    again = [*rows[:5], ["REG-0000009", *rows[0][1:4], "00000000009", *rows[0][5:]]]
    yield Case("a_person_with_a_new_card", ".csv", text(again, PEOPLE).encode(), 6, **feed)


def groups() -> Iterator[Case]:
    """The agent's code on the first row of each group only."""
    feed: dict[str, Any] = {"feed": "registrations"}

    def listed(*codes: str) -> list[Cells]:
        return [with_cell(person(n), "KODE_PERISAI", code, PEOPLE) for n, code in enumerate(codes, start=1)]

    told = "each KODE_PERISAI stands on one row only"
    of_each = [cell for n in range(1, 5) for cell in (f"AB0000{n}", "", "", "")]
    yield Case("agents_on_first_rows_xlsx", ".xlsx", xlsx([PEOPLE, *listed(*of_each)]), refused=told, **feed)
    yield Case("agents_on_first_rows_csv", ".csv", text(listed(*of_each), PEOPLE, ";").encode(), refused=told, **feed)
    for n, codes in enumerate([["", *of_each], [*of_each, "AB00001"], [*of_each[4:], *of_each[:4]], of_each[:12]]):
        content = text(listed(*codes), PEOPLE).encode()
        yield Case(f"agents_on_some_rows_{n}", ".csv", content, len(codes), **feed)


def claims() -> Iterator[Case]:
    """A claim of two cards, and amounts that are a hundred times too high."""
    feed: dict[str, Any] = {"feed": "claims"}
    rows = [[*claim(n, "42000000")[:5], status, *claim(n, "42000000")[6:]] for n in (1, 2, 3)
            for status in ("Diajukan", "Ditetapkan")]  # fmt: skip
    rows[1] = with_cell(rows[1], "KPJ", "00000000002", CLAIMS)
    told = {"rejected": (2, 3), "rules": dict.fromkeys((2, 3), "kpj_of_one_claim")}
    yield Case("a_claim_of_two_cards_csv", ".csv", text(rows, CLAIMS, ";").encode(), 4, **told, **feed)
    typed = parquet(dict(zip(CLAIMS, map(list, zip(*rows, strict=True)), strict=True)))
    yield Case("a_claim_of_two_cards_parquet", ".parquet", typed, 4, **told, **feed)
    hundredfold = [claim(1, "4200000000"), claim(2, "4200000000"), saved(3, "540000000")]
    lines = (2, 3, 4)
    told = {"rejected": lines, "rules": dict.fromkeys(lines, "claim_amount_not_multiplied")}
    yield Case("claims_without_the_comma_csv", ".csv", text(hundredfold, CLAIMS).encode(), **told, **feed)
    yield Case("claims_without_the_comma_xlsx", ".xlsx", xlsx([CLAIMS, *hundredfold]), **told, **feed)
    one = [claim(1, "42000000"), claim(2, "4200000000"), saved(3, "540000000")]
    told = {"rejected": (3,), "rules": {3: "claim_amount_not_multiplied"}}
    yield Case("a_claim_without_the_comma", ".csv", text(one, CLAIMS).encode(), 2, **told, **feed)


def rosters() -> Iterator[Case]:
    """Agreements under the header of wadah, and agreements that all ended four years and a day ago."""
    feed: dict[str, Any] = {"feed": "agents"}
    names = [agent(n, NAMA_WADAH="PKS/003/2022", NO_PKS="Koperasi Mutiara 01") for n in (1, 2)]
    told = {"rejected": (2, 3), "rules": dict.fromkeys((2, 3), "wadah_name_no_number")}
    yield Case("agreements_as_wadah_csv", ".csv", text(names, ROSTER).encode(), **told, **feed)
    yield Case("agreements_as_wadah_xls", ".xls", xls([ROSTER, *names]), **told, **feed)
    early = [agent(n, TGL_GABUNG="2018-05-02", PKS_MULAI="2018-06-30", PKS_AKHIR="2021-06-29") for n in (1, 2, 3)]
    told = {"rejected": (2, 3, 4), "rules": dict.fromkeys((2, 3, 4), "pks_to_not_years_early")}
    yield Case("roster_from_1904_csv", ".csv", text(early, ROSTER).encode(), **told, **feed)
    yield Case("roster_from_1904_xlsx", ".xlsx", xlsx([ROSTER, *early]), **told, **feed)
    yield Case("roster_with_one_old_agreement", ".csv", text([*early[:2], agent(3)], ROSTER).encode(), 3, **feed)


def slipped() -> Iterator[Case]:
    """A cell inserted into one column, so that the last row holds nothing but its value."""
    rows = [payment(n) for n in range(1, 8)]
    cards = [*(row[2] for row in rows[:3]), "", *(row[2] for row in rows[3:])]
    moved = [with_cell(row, "KPJ", card) for row, card in zip([*rows, [""] * 9], cards, strict=True)]
    told = "column KPJ seems to have moved down: line 5 has none, and line 9 nothing else"
    yield Case("a_card_inserted_xlsx", ".xlsx", xlsx([PAYMENTS, *moved]), refused=told)
    yield Case("a_card_inserted_csv", ".csv", text(moved, delimiter=";").encode(), refused=told)
    yield Case("a_card_alone", ".csv", text([*rows, moved[-1]]).encode(), 7, (9,))


def numbers() -> Iterator[Case]:
    """One payment with its number written in two ways."""
    two = [*paid(["36800"] * 3), *paid(["36800"] * 4)]
    written = ["BKT/1/01", "BKT/1/02", "BKT/1/03", "BKT-1-01", "BKT.1.02", "BKT-103", "BKT-1-04"]
    two = [with_cell(row, "NO_BUKTI", number) for row, number in zip(two, written, strict=True)]
    two[5] = with_cell(two[5], "JUMLAH_IURAN", "54800")
    yield Case("numbers_in_two_ways_csv", ".csv", text(two).encode(), 5, duplicates=2)
    yield Case("numbers_in_two_ways_parquet", ".parquet", columns(two, PAYMENTS), 5, duplicates=2)
    alike = [
        with_cell(row, "NO_BUKTI", number) for row, number in zip(ROWS, ["B-1-11", "B-11-1", "B-111"], strict=True)
    ]
    yield Case("numbers_in_one_way", ".csv", text(alike).encode(), 3)


def totals() -> Iterator[Case]:
    """A total that is not the sum of its rows."""
    rows = paid(["36800", "73600", "110400"])

    def total(rupiah: str, word: str = "TOTAL") -> Cells:
        return [word, *[""] * 6, rupiah, ""]

    told = "tells of Rp 257600 in total, but its rows add up to Rp 220800"
    wrong = [*rows, total("257.600")]
    yield Case("a_total_of_more_csv", ".csv", text(wrong, delimiter=";").encode(), refused=f"line 5 {told}")
    yield Case("a_total_of_more_xlsx", ".xlsx", xlsx([PAYMENTS, *rows, total("Rp 257.600,00")]), refused=told)
    yield Case("a_total_of_more_page", ".xls", page(PAYMENTS, *rows, total("257600")), refused=told)
    said = [*rows, ["Total iuran: Rp 257.600", *[""] * 8]]
    yield Case("a_total_in_words", ".csv", text(said).encode(), refused=told)
    parts = [*rows[:2], total("110.400", "Subtotal"), rows[2], total("110.400", "Subtotal"), total("220.800")]
    yield Case("totals_of_parts", ".csv", text(parts, delimiter=";").encode(), 3, not_data=(4, 6, 7))
    unread = [*rows[:2], with_cell(rows[2], "JUMLAH_IURAN", "x"), total("257.600")]
    yield Case("a_total_beside_an_unread_amount", ".csv", text(unread, delimiter=";").encode(), 2, (4,), not_data=(5,))
    claims = [saved(1, "5.400.000"), saved(2, "600.000"), ["JUMLAH", *[""] * 7, "7.000.000"]]
    yield Case("a_total_of_claims", ".csv", text(claims, CLAIMS, ";").encode(),
               refused="tells of Rp 7000000 in total", feed="claims")  # fmt: skip
