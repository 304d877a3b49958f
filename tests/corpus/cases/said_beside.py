"""Columns beside that say of a row that it is none, pieces of cut cells, old months, and people of two agents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xlsx

CONTRADICTED = "row_not_contradicted"


def cases() -> Iterator[Case]:
    yield from beside()
    yield from cut()
    yield from long_past()
    yield from two_agents()


def paid_claims(size: int) -> list[Cells]:
    return [with_cell(claim(n, "42000000"), "STATUS_KLAIM", "Dibayarkan", CLAIMS) for n in range(1, size + 1)]


def beside() -> Iterator[Case]:
    """Columns that the contract does not know, and that say that a row is none of these."""
    yield from column("contributions", "FLAG_POSTING", ["1", "1", "0"])
    yield from column("contributions", "KURANG_BAYAR", ["0", "0", "8400"])
    yield from column("contributions", "DIBAYAR", ["36800", "36.800,00", "8400"])
    yield from column("contributions", "JENIS_PENERIMAAN", ["IURAN", "", "CETAK ULANG KARTU"])
    yield from column("contributions", "KODE_TRX", ["PY", "PY", "RV"])
    yield from column("contributions", "JML_TK", ["1", "1", "4"])
    yield from column("contributions", "OP", ["I", "U", "D"])
    yield from column("registrations", "SEGMEN", ["BPU", "Bukan Penerima Upah", "PU"])
    yield from column("registrations", "HUBUNGAN", ["PESERTA", "", "ISTRI"])
    yield from column("registrations", "TAHAP", ["FINAL", "SELESAI", "DRAF"])
    yield from column("registrations", "DIREKRUT_OLEH", ["AB00001", "", "AB00002"])
    yield from column("registrations", "JENIS_NIK", ["NIK BARU", "BARU", "NIK LANJUTAN"])
    yield from column("registrations", "VALIDASI", ["V", "", "X"])
    yield from column("claims", "STATUS_TRANSFER", ["SUKSES", "", "RETUR"])
    yield from column("claims", "KEPUTUSAN", ["DISETUJUI", "", "TIDAK DISETUJUI"])
    yield from column("claims", "NILAI_DIBAYAR", ["0", "42.000.000,00", "41.000.000"])
    passed = [[*agent(n), said] for n, said in enumerate(["LULUS", "", "TIDAK LULUS"], start=1)]
    content = text(passed, [*ROSTER, "KUALIFIKASI"], ";").encode()
    yield Case("beside_agents_kualifikasi", ".csv", content, 2, (4,), feed="agents", rules={4: CONTRADICTED})
    left = [[*agent(n), day] for n, day in enumerate(["", "2099-01-01", "2022-05-01"], start=1)]
    content = text(left, [*ROSTER, "TMT_BERHENTI"], ";").encode()
    gone = {4: "active_agent_has_not_left"}
    yield Case("beside_a_day_of_leaving", ".csv", content, 2, (4,), feed="agents", rules=gone)


def column(feed: str, name: str, cells: Sequence[str]) -> Iterator[Case]:
    """A further column of which the last cell says so, as text, workbook and Parquet."""
    header, good = {
        "contributions": (PAYMENTS, paid(["36800"] * 3)),
        "registrations": (PEOPLE, [person(n) for n in (1, 2, 3)]),
        "claims": (CLAIMS, paid_claims(3)),
    }[feed]
    rows = [[*row, cell] for row, cell in zip(good, cells, strict=True)]
    head, rules = [*header, name], {4: CONTRADICTED}
    where = f"beside_{feed}_{name.lower()}"
    yield Case(f"{where}_csv", ".csv", text(rows, head).encode(), 2, (4,), feed=feed, rules=rules)
    yield Case(f"{where}_xlsx", ".xlsx", xlsx([head, *rows]), 2, (4,), feed=feed, rules=rules)
    if name in ("OP", "SEGMEN", "KEPUTUSAN"):
        yield Case(f"{where}_parquet", ".parquet", columns(rows, head), 2, (4,), feed=feed, rules=rules)


def cut() -> Iterator[Case]:
    """A piece of a value, or what says that it was taken back, in a column without a heading."""

    def with_column(at: str, cells: Sequence[str], header: list[str], rows: list[Cells], *, before: int = 0) -> str:
        place = header.index(at) + 1 - before
        wide = [[*row[:place], cell, *row[place:]] for row, cell in zip(rows, cells, strict=True)]
        return text(wide, [*header[:place], "", *header[place:]], ";")

    money = paid(["36800"] * 3)
    rules = {4: CONTRADICTED}
    for name, content in {
        "amount": with_column("JUMLAH_IURAN", ["", "", "0"], PAYMENTS, money),
        "amount_before": with_column("JUMLAH_IURAN", ["", "", "1"], PAYMENTS, money, before=1),
        "month": with_column("BULAN_AWAL", ["", "", "1"], PAYMENTS, money),
        "months": with_column("JUMLAH_BULAN", ["", "", "2"], PAYMENTS, money),
        "day": with_column("TGL_BAYAR", ["", "", "23"], PAYMENTS, money),
        "not_yet": with_column("PEMBAYAR", ["", "", "belum lunas"], PAYMENTS, money),
    }.items():
        yield Case(f"cut_{name}", ".csv", content.encode(), 2, (4,), rules=rules)
    yield Case(
        "cut_sign_of_rupiah",
        ".csv",
        with_column("JUMLAH_IURAN", ["Rp", "Rp", "Rp"], PAYMENTS, money, before=1).encode(),
        3,
    )
    people = [person(n) for n in (1, 2, 3)]
    names = with_column("NAMA_LENGKAP", ["", "", "WATI"], PEOPLE, people)
    yield Case("cut_name", ".csv", names.encode(), 2, (4,), feed="registrations", rules=rules)
    incomes = with_column("UPAH", ["", "", "0"], PEOPLE, people)
    yield Case("cut_income", ".csv", incomes.encode(), 2, (4,), feed="registrations", rules=rules)


def long_past() -> Iterator[Case]:
    """Months of a year ago, months of arrears beyond what is paid, and refunds of such."""
    months = ["2022-09", "2022-12", "2023-01", "2023-04", "2023-05", "2023-09"]
    rows = [with_cell(payment(n), "BULAN_AWAL", month) for n, month in enumerate(months, start=1)]
    warned = {"first_month_not_of_last_year": 2, "first_month_not_long_past": 2}
    for extension, content in {
        ".csv": text(rows).encode(), ".xlsx": xlsx([PAYMENTS, *rows]), ".parquet": columns(rows, PAYMENTS),
    }.items():  # fmt: skip
        yield Case(f"months_long_past_{extension[1:]}", extension, content, 6, warned=warned)
    most = [with_cell(payment(n), "BULAN_AWAL", "2022-09" if n < 12 else "2023-09") for n in range(1, 21)]
    refused = "more than 8 months before the payment"
    yield Case("months_of_last_year_in_most_rows", ".csv", text(most).encode(), refused=refused)


def two_agents() -> Iterator[Case]:
    """One person of two agents in a file: each row counts, and is told."""
    again = with_cell(with_cell(person(1), "NO_REGISTRASI", "REG-9000001", PEOPLE), "KODE_PERISAI", "AB00002", PEOPLE)
    for name, rows, warned in (("two", [person(1), again, person(2)], 2), ("one", [person(1), person(2)], 0)):
        content, told = text(rows, PEOPLE).encode(), {"person_of_one_agent": warned}
        yield Case(f"person_of_{name}_agents", ".csv", content, len(rows), feed="registrations", warned=told)
