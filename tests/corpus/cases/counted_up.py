"""Columns that count up or slipped by a row, cells that a spreadsheet had not loaded, and rows that are cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xlsx


def cases() -> Iterator[Case]:
    yield from dragged()
    yield from benefits()
    yield from not_loaded()
    yield from cancelled()


def dragged() -> Iterator[Case]:
    """A fill handle was dragged down, and counted."""
    up = [36_800, *range(36_800, 36_805), 58_000, 36_800, 36_801, 36_802, 36_803]
    lines = tuple(range(3, 8))
    rules = dict.fromkeys(lines, "amount_rp_not_counted_up")
    yield Case("amounts_counted_up", ".csv", text(paid(up), delimiter=";").encode(), 6, lines, rules=rules)
    yield Case("amounts_counted_up_xlsx", ".xlsx", xlsx([PAYMENTS, *paid(up)]), 6, lines, rules=rules)
    sums = [42_000_000 + (n if n < 8 else 0) for n in range(12)]
    claims = [claim(n, amount) for n, amount in enumerate(sums, start=1)]
    told = dict.fromkeys(range(2, 10), "amount_rp_not_counted_up")
    yield Case("claims_counted_up", ".csv", text(claims, CLAIMS).encode(), 4, tuple(told), feed="claims", rules=told)
    wages = [with_cell(person(n), "UPAH", 2_000_000 + min(n, 6), PEOPLE) for n in range(1, 9)]
    told = dict.fromkeys(range(2, 8), "declared_income_rp_not_counted_up")
    yield Case("wages_counted_up", ".xlsx", xlsx([PEOPLE, *wages]), 2, tuple(told), feed="registrations", rules=told)
    yield from dragged_codes()
    yield from dragged_agreements()


def dragged_codes() -> Iterator[Case]:
    """Codes and months; but chance, a sorted list and a card that is paid for month after month make runs, too."""
    feed = "registrations"
    usual = [14, 15, 11, 13, 15, 14]
    codes = [f"AB{n:05d}" for n in (*usual, *range(12, 24), *usual)]
    people = [with_cell(person(n), "KODE_PERISAI", code, PEOPLE) for n, code in enumerate(codes, start=1)]
    told = dict.fromkeys(range(8, 17), "agent_code_not_counted_up")
    yield Case("agents_counted_up_csv", ".csv", text(people[:15], PEOPLE, ";").encode(), 6, tuple(told), feed=feed)
    yield Case("agents_counted_up", ".xlsx", xlsx([PEOPLE, *people[:15]]), 6, tuple(told), feed=feed, rules=told)
    few = [with_cell(row, "KODE_PERISAI", f"AB{11 + n % 5:05d}", PEOPLE) for n, row in enumerate(people[:15])]
    yield Case("agents_in_turn", ".csv", text(few, PEOPLE).encode(), 15, feed=feed)
    listed = [11, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20]
    by_agent = [with_cell(person(n), "KODE_PERISAI", f"AB{code:05d}", PEOPLE) for n, code in enumerate(listed, start=1)]
    yield Case("agents_sorted", ".csv", text(by_agent, PEOPLE).encode(), 12, feed=feed)
    # most people come by five agents, so that chance puts these under each other
    drawn = Random(15)
    by_five = [drawn.choice((11, 12, 13, 14, 15, drawn.randrange(20, 90))) for _ in range(600)]
    by_five[300:305] = range(11, 16)
    by_chance = [
        with_cell(person(n), "KODE_PERISAI", f"AB{code:05d}", PEOPLE) for n, code in enumerate(by_five, start=1)
    ]
    yield Case("agents_by_chance", ".csv", text(by_chance, PEOPLE).encode(), 600, feed=feed)
    regions = [5271, 5203, 5271, *range(5201, 5209), *[5271] * 8]
    rows = [with_cell(person(n), "KODE_KAB_KOTA", str(code), PEOPLE) for n, code in enumerate(regions, start=1)]
    of_regions = dict.fromkeys(range(5, 13), "region_code_not_counted_up")
    lines = tuple(of_regions)
    content = text(rows, PEOPLE, "\t").encode()
    # more than a fifth of the rows, but fewer than ten
    yield Case("regions_counted_up", ".tsv", content, 11, lines, feed=feed, rules=of_regions)
    months = [*["2023-10"] * 4, "2023-10", "2023-11", "2023-12", *[f"2024-{n:02d}" for n in range(1, 7)]]
    paid_for = [with_cell(payment(n), "BULAN_AWAL", month) for n, month in enumerate(months, start=1)]
    of_months = dict.fromkeys(range(6, 15), "first_month_not_counted_up")
    yield Case("months_counted_up", ".csv", text(paid_for).encode(), 4, tuple(of_months), rules=of_months)
    yield Case("months_counted_up_xlsx", ".xlsx", xlsx([PAYMENTS, *paid_for]), 4, tuple(of_months), rules=of_months)
    one_card = [with_cell(row, "KPJ", "00000000001") for row in paid_for]
    yield Case("months_of_one_card", ".csv", text(one_card).encode(), 13)


def dragged_agreements() -> Iterator[Case]:
    """A wadah has one code, name and agreement, and an agreement one first and one last day."""
    codes = [f"W{n:05d}" for n in (7, 8, 9, 10, 11, 7)]
    told = dict.fromkeys(range(2, 7), "wadah_code_not_counted_up")
    one_name = [agent(n, KODE_WADAH=code, NO_PKS=f"PKS/{n * 7 % 10}") for n, code in enumerate(codes, start=1)]
    one_pks = [agent(n, KODE_WADAH=code, NAMA_WADAH=f"Wadah {n * 7 % 10}") for n, code in enumerate(codes, start=1)]
    for by, rows in {"name": one_name, "agreement": one_pks}.items():
        roster = text(rows, ROSTER, ";").encode()
        yield Case(f"wadah_counted_up_by_{by}", ".csv", roster, 1, tuple(told), feed="agents", rules=told)
    each = [
        agent(n, KODE_WADAH=code, NAMA_WADAH=f"Wadah {code}", NO_PKS=f"PKS/{code}")
        for n, code in enumerate(codes, start=1)
    ]
    yield Case("wadah_of_their_own", ".csv", text(each, ROSTER).encode(), 6, feed="agents")
    columns = {
        "NO_PKS": ("pks_no", [f"PKS/003/NTB05/{2022 + n}" for n in range(6)]),
        "NAMA_WADAH": ("wadah_name", [f"Koperasi Contoh {n}" for n in range(8, 14)]),
        "PKS_MULAI": ("pks_from", [str(date(2022, 1, 28 + n)) for n in range(4)] + ["2022-02-01", "2022-02-02"]),
        "PKS_AKHIR": ("pks_to", ["2025-06-30", *[f"2025-07-{n:02d}" for n in range(1, 6)]]),
    }
    for header, (name, cells) in columns.items():
        rows = [agent(n, **{header: cell}) for n, cell in enumerate(cells, start=1)]
        told = dict.fromkeys(range(2, 8), f"{name}_not_counted_up")
        roster = text(rows, ROSTER).encode()
        yield Case(f"{name}_counted_up", ".csv", roster, 0, tuple(told), feed="agents", rules=told)
        yield Case(f"{name}_counted_up_xlsx", ".xlsx", xlsx([ROSTER, *rows]), 0, tuple(told), feed="agents", rules=told)


def benefits() -> Iterator[Case]:
    """PROGRAM_KLAIM slipped by a row beside JENIS_MANFAAT; and every benefit beside who may pay it."""
    pays = {
        "JKK": ("PENGOBATAN", "CACAT_SEBAGIAN", "CACAT_TOTAL", "SEMBUH", "MENINGGAL", "BEASISWA", "SANTUNAN_KEMATIAN"),
        "JKM": ("SANTUNAN_KEMATIAN", "MENINGGAL", "BEASISWA"),
        "JHT": ("SALDO_JHT",),
    }
    right = [(programme, benefit) for programme, kinds in pays.items() for benefit in kinds]
    wrong = [("JHT", "SANTUNAN_KEMATIAN"), ("JKM", "SALDO_JHT"), ("JKK", "SALDO_JHT"), ("JKM", "SEMBUH")]
    wrong += [("JHT", "CACAT_TOTAL"), ("JKM", "PENGOBATAN")]

    def rows(pairs: list[tuple[str, str]]) -> list[Cells]:
        return [
            with_cell(
                with_cell(claim(n, "42000000"), "PROGRAM_KLAIM", programme, CLAIMS), "JENIS_MANFAAT", kind, CLAIMS
            )
            for n, (programme, kind) in enumerate(pairs, start=1)
        ]

    yield Case("programmes_and_benefits", ".csv", text(rows(right), CLAIMS, ";").encode(), len(right), feed="claims")
    lines = tuple(range(3, 9))
    rules = dict.fromkeys(lines, "programme_fits_benefit")
    content = text(rows([*right[:1], *wrong]), CLAIMS, "\t").encode()
    yield Case("programme_slipped", ".txt", content, 1, lines, feed="claims", rules=rules)


def not_loaded() -> Iterator[Case]:
    """Cells of a spreadsheet on the web that was saved before it had its values, and an occupation that is a number."""
    places = {"JENIS_PEKERJAAN": "Loading...", "NAMA_LENGKAP": "Memuat...", "HANDPHONE": "Loading\u2026"}
    places |= {"NAMA_LENGKAP ": "#ERROR!", "HANDPHONE ": "#GETTING_DATA"}
    rows = [with_cell(person(n), at.strip(), cell, PEOPLE) for n, (at, cell) in enumerate(places.items(), start=1)]
    numbers = [with_cell(person(n), "JENIS_PEKERJAAN", cell, PEOPLE) for n, cell in ((6, "0"), (7, "12345678"))]
    kept = with_cell(person(8, "Memuat Contoh"), "JENIS_PEKERJAAN", "Memuat barang", PEOPLE)
    rules = dict.fromkeys(range(2, 7), "row_readable") | dict.fromkeys((7, 8), "cells_not_moved")
    table = [*rows, *numbers, kept]
    people = text(table, PEOPLE, ";").encode()
    yield Case("cells_not_loaded", ".csv", people, 1, tuple(rules), feed="registrations", rules=rules)
    yield Case("cells_not_loaded_xlsx", ".xlsx", xlsx([PEOPLE, *table]), 1, tuple(rules), feed="registrations")
    roster = [agent(1, NAMA_WADAH="Loading..."), agent(2, NO_PKS="Memuat..."), agent(3)]
    told = dict.fromkeys((2, 3), "row_readable")
    yield Case("wadah_not_loaded", ".csv", text(roster, ROSTER).encode(), 1, (2, 3), feed="agents", rules=told)


def cancelled() -> Iterator[Case]:
    """A remark in a column that the contract does not know says that the row does not count."""
    remarks = ["batal", "Dibatalkan oleh peserta", "HAPUS", "dobel", "", "aktif", "pengembalian berkas"]
    rules = dict.fromkeys(range(2, 6), "row_readable")
    tables = {
        "registrations": (PEOPLE, [person(n) for n in range(1, 8)]),
        "claims": (CLAIMS, [claim(n, "42000000") for n in range(1, 8)]),
        "agents": (ROSTER, [agent(n) for n in range(1, 8)]),
    }
    for feed, (header, rows) in tables.items():
        named = [*header, "KETERANGAN"]
        said = [[*row, remark] for row, remark in zip(rows, remarks, strict=True)]
        yield Case(f"cancelled_{feed}", ".csv", text(said, named).encode(), 3, tuple(rules), feed=feed, rules=rules)
        yield Case(f"cancelled_{feed}_xlsx", ".xlsx", xlsx([named, *said]), 3, tuple(rules), feed=feed, rules=rules)
    twice = [[*row, remark] for row, remark in zip(paid(["36800"] * 3), ["hapus", "DOBEL", "tunai"], strict=True)]
    content = text(twice, [*PAYMENTS, "CATATAN"]).encode()
    yield Case("cancelled_contributions", ".csv", content, 1, (2, 3), rules=dict.fromkeys((2, 3), "row_readable"))
