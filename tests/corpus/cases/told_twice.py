"""What a file tells in two places that do not agree: a date and a document's number, two months, a code and a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns
from corpus.files import PAYMENTS, PEOPLE, payment, person, text, with_cell, xlsx


def cases() -> Iterator[Case]:
    yield from numbers()
    yield from months()
    yield from regions()
    yield from left()
    yield from names_of_branches()
    yield from names_of_persons()


def numbers() -> Iterator[Case]:
    """Dates of another year or month than the numbers beside them tell."""
    forms = ["KW/2023/10/{:05d}", "{:03d}/KW/X/2023", "KW202310-{:04d}", "10-2023-{:04d}", "KW-20231009{:03d}"]
    dates = ["2023-10-09", "2022-10-09", "2023-10-10", "2023-10-11", "2023-09-30", "2023-09-12"]
    dates += ["2023-10-12", "2023-01-10", *["2023-10-11"] * 4]
    for n, form in enumerate(forms):
        rows = [with_cell(payment(k), "TGL_BAYAR", said) for k, said in enumerate(dates, start=1)]
        rows = [with_cell(row, "NO_BUKTI", form.format(k)) for k, row in enumerate(rows, start=1)]
        told: dict[str, Any] = {"rejected": (3, 9), "warned": {"payment_date_near_number": 1}}
        told |= {"rules": dict.fromkeys((3, 9), "payment_date_fits_number"), "day": date(2023, 10, 16 + n)}
        content = (".xlsx", xlsx([PAYMENTS, *rows])) if n % 2 else (".csv", text(rows, delimiter=";").encode())
        yield Case(f"payments_of_another_month_than_their_number_{n}", *content, 10, **told)
    rows = [with_cell(person(k), "TGL_DAFTAR", said, PEOPLE) for k, said in enumerate(dates, start=1)]
    rows = [with_cell(row, "NO_REGISTRASI", f"REG.2023.{k:05d}", PEOPLE) for k, row in enumerate(rows, start=1)]
    yield Case(
        "people_of_another_year_than_their_number", ".xlsx", xlsx([PEOPLE, *rows]), 11, (3,), feed="registrations",
        rules={3: "registration_date_fits_number"}, day=date(2023, 10, 16), warned={"registration_date_near_number": 0},
    )  # fmt: skip
    rows = [with_cell(claim(k, 42_000_000), "NO_KLAIM", f"KLM/2023/09/{k:04d}", CLAIMS) for k in range(1, 6)]
    rows[2] = with_cell(rows[2], "TGL_PENGAJUAN", "2021-09-01", CLAIMS)
    yield Case(
        "a_claim_of_another_year_than_its_number", ".parquet", columns(rows, CLAIMS), 4, (4,), feed="claims",
        rules={4: "submitted_date_fits_number"},
    )  # fmt: skip
    # the year of a number may be another one than that of the payment, where no row tells otherwise
    rows = [with_cell(payment(k), "NO_BUKTI", f"PKS/2021/{k:04d}") for k in range(1, 6)]
    unlike = {"payment_date_fits_number": 0, "payment_date_near_number": 0}
    yield Case("numbers_of_an_agreement", ".csv", text(rows).encode(), 5, warned=unlike)


def months() -> Iterator[Case]:
    """A last month beside the first one and their number."""
    rows = [with_cell(payment(n), "JUMLAH_BULAN", "3") for n in range(1, 5)]
    rows = [with_cell(row, "JUMLAH_IURAN", "110400") for row in rows]
    lasts = ["2023-11", "2023-10", "2023-11", ""]
    for n, (heading, forms) in enumerate(
        [
            ("BULAN_AKHIR", ["2023-11", "2023-10", "Nopember 2023", ""]),
            ("Bulan Sampai", ["11/2023", "10/2023", "11/2023", ""]),
            ("PERIODE AKHIR", [date(2023, 11, 1), date(2023, 10, 1), date(2023, 11, 1), ""]),
        ]
    ):
        header, told = [*PAYMENTS, heading], [[*row, last] for row, last in zip(rows, forms, strict=True)]
        content = (".xlsx", xlsx([header, *told])) if n == 2 else (".csv", text(told, header, ";").encode())
        yield Case(f"months_that_end_too_early_{n}", *content, 3, (3,), rules={3: "last_month_fits"})
    odd = [[*row, last] for row, last in zip(rows, ["akhir", *lasts[:1] * 3], strict=True)]
    yield Case(
        "a_last_month_that_nobody_reads", ".csv", text(odd, [*PAYMENTS, "SAMPAI_BULAN"]).encode(), 4,
        warned={"last_month_readable": 1},
    )  # fmt: skip
    absurd = ["5201010101010001", "2147483647", str(-(2**63)), "3"]
    rows = [with_cell(row, "JUMLAH_BULAN", count) for row, count in zip(rows, absurd, strict=True)]
    told = [[*row, last] for row, last in zip(rows, lasts, strict=True)]
    rules = dict.fromkeys((2, 3, 4), "months_1_to_12")
    for n, (header, lines) in enumerate([(PAYMENTS, rows), ([*PAYMENTS, "BULAN_AKHIR"], told)]):
        yield Case(
            f"more_months_than_a_calendar_has_{n}", ".csv", text(lines, header).encode(), 1, (2, 3, 4), rules=rules
        )


def regions() -> Iterator[Case]:
    """Codes of the statistics office beside the names of the regions."""
    codes = ["7205", "7204", "7203", "7271", "7203"]
    names = ["Kab. Donggala", "KABUPATEN TOLI-TOLI", "Donggala", "Kota Palu", "Dongala"]
    people = [with_cell(person(n), "KODE_KAB_KOTA", code, PEOPLE) for n, code in enumerate(codes, start=1)]
    told: dict[str, Any] = {"rules": {2: "region_name_fits"}, "warned": {"region_name_known": 1}}
    people_told = told | {"feed": "registrations"}
    header, rows = [*PEOPLE, "NAMA_KAB_KOTA"], [[*row, name] for row, name in zip(people, names, strict=True)]
    yield Case("people_by_codes_of_bps", ".csv", text(rows, header, ";").encode(), 4, (2,), **people_told)
    yield Case("people_by_codes_of_bps_xlsx", ".xlsx", xlsx([header, *rows]), 4, (2,), **people_told)
    roster = [agent(n, KODE_KAB_KOTA=code) for n, code in enumerate(codes, start=1)]
    header, rows = [*ROSTER, "Kabupaten/Kota"], [[*row, name] for row, name in zip(roster, names, strict=True)]
    yield Case("agents_by_codes_of_bps", ".tsv", text(rows, header, "\t").encode(), 4, (2,), feed="agents", **told)


def left() -> Iterator[Case]:
    """A day on which an agent left beside the status AKTIF."""
    days = ["2023-09-30", "", "2024-01-31", "2023-06-30"]
    for n, heading in enumerate(["TGL_KELUAR", "Tanggal Nonaktif", "TGL BERHENTI"]):
        rows = [agent(k, STATUS="NONAKTIF" if k == 4 else "AKTIF") for k in range(1, 5)]
        said = [date.fromisoformat(day) if n == 1 and day else day for day in days]
        header, rows = [*ROSTER, heading], [[*row, day] for row, day in zip(rows, said, strict=True)]
        content = (".xlsx", xlsx([header, *rows])) if n == 1 else (".csv", text(rows, header).encode())
        yield Case(
            f"active_agents_who_left_{n}", *content, 3, (2,), feed="agents", rules={2: "active_agent_has_not_left"}
        )


def names_of_branches() -> Iterator[Case]:
    """A code that was filled down over rows of another branch, and numbers of another branch."""
    names = ["Cabang Mataram", "KC MATARAM", "Cabang Lombok Timur (Selong)", "Lombok Timur", "Kantor Contoh", ""]
    rows = [payment(n) for n in range(1, 7)]
    told: dict[str, Any] = {"rules": {4: "branch_name_fits", 5: "branch_name_fits"}}
    header = [*PAYMENTS, "NAMA_CABANG"]
    lines = [[*row, name] for row, name in zip(rows, names, strict=True)]
    yield Case("payments_beside_names_of_branches", ".csv", text(lines, header, ";").encode(), 4, (4, 5), **told)
    people = [[*person(n), name] for n, name in enumerate(names, start=1)]
    yield Case(
        "people_beside_names_of_branches", ".xlsx", xlsx([[*PEOPLE, "Nama Kantor"], *people]), 4, (4, 5),
        feed="registrations", **told,
    )  # fmt: skip
    roster = [[*agent(n), name] for n, name in enumerate(names, start=1)]
    yield Case(
        "agents_beside_names_of_branches", ".csv", text(roster, [*ROSTER, "KANTOR CABANG"]).encode(), 4, (4, 5),
        feed="agents", **told,
    )  # fmt: skip
    numbers = ["NTB01/B/1", "NTB04/B/2", "STG03-3", "NTB099/4", "PAY/NTB04/5"]
    rows = [with_cell(payment(n), "NO_BUKTI", number) for n, number in enumerate(numbers, start=1)]
    yield Case(
        "receipts_of_another_branch", ".csv", text(rows).encode(), 3, (3, 4),
        rules={3: "receipt_no_of_this_branch", 4: "receipt_no_of_this_branch"},
    )  # fmt: skip


def names_of_persons() -> Iterator[Case]:
    """Names beside codes of agents and beside cards, where a column slipped by a row or was looked up nearly."""
    agents = ["AB00001", "AB00001", "AB00001", "AB00002", "AB00002", "AB00002", "AB00003", "AB00003", ""]
    names = ["Ani", "ANI", "Ani", "Ani", "Budi", "Budi", "Citra", "C. Contoh", "Budi"]
    people = [with_cell(person(n), "KODE_PERISAI", code, PEOPLE) for n, code in enumerate(agents, start=1)]
    people = [[*row, name] for row, name in zip(people, names, strict=True)]
    yield Case(
        "agents_beside_other_names", ".csv", text(people, [*PEOPLE, "NAMA_PERISAI"]).encode(), 8, (5,),
        feed="registrations", rules={5: "agent_name_fits"},
    )  # fmt: skip
    cards = ["00000000001", "00000000002", "00000000002", "00000000003", "00000000003"]
    names = ["Ani", "Budi", "Citra", "Dewi", "DEWI"]
    rows = [with_cell(payment(n), "KPJ", card) for n, card in enumerate(cards, start=1)]
    told: dict[str, Any] = {"rules": {3: "card_has_one_name", 4: "card_has_one_name"}}
    lines = [[*row, name] for row, name in zip(rows, names, strict=True)]
    yield Case("cards_beside_two_names", ".xlsx", xlsx([[*PAYMENTS, "NAMA_PESERTA"], *lines]), 3, (3, 4), **told)
