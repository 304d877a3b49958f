"""What a list is, as its titles tell: bills, prospects, people who left, another segment, branch, agent or payer."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.cases.programs import page
from corpus.cases.unseen import named
from corpus.files import PAYMENTS, PEOPLE, Cells, book_of, person, text, with_cell, xls, xlsx, zipped

ANOTHER = "{} names another list"
NONE = "{} says that the rows below were cancelled, or are of a training"
FEEDS: dict[str, tuple[list[str], list[Cells]]] = {
    "contributions": (PAYMENTS, paid(["36800"] * 4)),
    "registrations": (PEOPLE, [person(n) for n in range(1, 5)]),
    "claims": (CLAIMS, [claim(n, 42_000_000) for n in range(1, 5)]),
    "agents": (ROSTER, [agent(n) for n in range(1, 5)]),
}
OTHERS = {
    "contributions": [
        "DAFTAR TAGIHAN IURAN BPU YANG BELUM DIBAYAR", "Tagihan Oktober 2023", "Daftar tunggakan", "BELUM (DI)BAYAR",
        "blm setor", "PENERIMAAN IURAN SEGMEN PENERIMA UPAH (PU)", "Iuran Jakon", "Rekap iuran PU dan BPU", "PPU",
        "Penerimaan yang belum masuk rekening",
    ],
    "registrations": [
        "DAFTAR CALON PESERTA (PROSPEK)", "Prospect list", "PESERTA TIDAK LOLOS VERIFIKASI DUKCAPIL",
        "DAFTAR PESERTA KELUAR / MENGUNDURKAN DIRI", "Peserta non-aktif", "Pekerja Penerima Upah",
        "Berkas belum lengkap", "Menunggu verifikasi",
    ],
    "claims": ["KLAIM TRIWULAN IV (BELUM DIAJUKAN)", "Potensi klaim JKM", "Klaim yang akan diajukan"],
    "agents": ["CALON PERISAI", "Usulan Perisai 2023"],
}  # fmt: skip
"""By feed titles that name another list."""
FINE = {
    "contributions": [
        "DAFTAR PENERIMAAN IURAN (SUDAH DIBAYAR)", "Pembayaran tagihan iuran", "Pelunasan tunggakan", "LUNAS",
        "Tidak ada tagihan yang belum dibayar", "IURAN BUKAN PENERIMA UPAH", "Iuran BPU sektor jasa konstruksi",
        "Kode tagihan : 88810", "Kantor Cabang Mataram", "Dinas PU dan penataan ruang", "Dibayar peserta sendiri",
    ],
    "registrations": [
        "Peserta Bukan Penerima Upah (BPU)", "Kartu Keluarga terlampir", "Pendaftaran NTB01", "Non penerima upah",
        "Surat keluar no. 12", "UPAH adalah estimasi penghasilan sebulan", "Peserta lolos verifikasi",
    ],
    "claims": ["Klaim yang diajukan September", "Kantor BPJS Ketenagakerjaan Cabang Mataram"],
    "agents": ["Perisai aktif", "Daftar Perisai Kantor Cabang Mataram"],
}  # fmt: skip
"""By feed titles that leave it as it is."""


def cases() -> Iterator[Case]:
    yield from titles()
    yield from places()
    yield from branches()
    yield from agents()
    yield from payers()
    yield from legends()
    yield from remarks()


def titles() -> Iterator[Case]:
    """Titles in a line of text or the first row of a sheet."""
    kinds = {".csv": lambda t, h, r: f"{t}\n{text(r, h, ';')}".encode(), ".xlsx": _book, ".xls": _old_book}
    for feed, (header, rows) in FEEDS.items():
        for n, title in enumerate(OTHERS[feed]):
            extension = [*kinds][n % 3]
            content = kinds[extension](title, header, rows)
            yield Case(f"list_of_others_{feed}_{n}", extension, content, refused=ANOTHER.format("line 1"), feed=feed)
        for n, title in enumerate(FINE[feed]):
            extension = [*kinds][n % 3]
            content = kinds[extension](title, header, rows)
            yield Case(f"list_as_it_is_{feed}_{n}", extension, content, 4, said="", feed=feed)


def places() -> Iterator[Case]:
    """The name of a sheet or a packed file, a print header, a page's heading, a heading between the rows."""
    people, payments = FEEDS["registrations"][1], FEEDS["contributions"][1]
    reg: dict[str, Any] = {"feed": "registrations"}
    for n, name in enumerate(["BELUM BAYAR", "belum_dibayar", "TagihanOktober"]):
        book = named(name, [PAYMENTS, *payments])
        yield Case(f"list_by_its_sheet_{n}", ".xlsx", book, refused=ANOTHER.format("the sheet's name"))
    yield Case("list_by_its_sheet_that_is_right", ".xlsx", named("SUDAH_BAYAR", [PAYMENTS, *payments]), 4, said="")
    csv, inside = text(payments).encode(), "the name of the packed file"
    for n, (name, told) in enumerate({
        "SIMULASI iuran Oktober 2023 (bukan data asli).csv": NONE, "kiriman/tagihan_okt.csv": ANOTHER,
        "ESTIMASI.csv": NONE,
    }.items()):  # fmt: skip
        yield Case(f"list_by_its_packed_name_{n}", ".zip", zipped((name, csv)), refused=told.format(inside))
    out = io.BytesIO()
    with gzip.GzipFile("calon_peserta.csv", "wb", fileobj=out, mtime=0) as packed:
        packed.write(text(people, PEOPLE).encode())
    yield Case("list_by_its_name_in_a_gzip", ".csv.gz", out.getvalue(), refused=ANOTHER.format(inside), **reg)
    book = zipped(("Peserta keluar.xlsx", xlsx([PEOPLE, *people])))
    yield Case("list_by_its_name_of_a_packed_book", ".zip", book, refused=ANOTHER.format(inside), **reg)
    yield Case("list_by_a_harmless_packed_name", ".zip", zipped(("iuran lunas NTB01.csv", csv)), 4, said="")
    heading = "a page's heading names another list"
    for n, before in enumerate(["<h3>CALON PESERTA (PROSPEK)</h3>", "<title>Peserta keluar</title>"]):
        content = page(PEOPLE, *people).replace(b"<table", before.encode() + b"<table", 1)
        yield Case(f"list_by_a_pages_heading_{n}", ".xls", content, refused=heading, **reg)
    menu = b"<h3>Peserta baru</h3><a href='/calon'>Calon peserta</a><table"
    yield Case(
        "list_beside_a_menu", ".xls", page(PEOPLE, *people).replace(b"<table", menu, 1), 4, said="", held=4, **reg
    )
    printed = book_of(lambda book: _sheet(book, [PAYMENTS, *payments]).set_header("&C&14DAFTAR PIUTANG IURAN"))
    yield Case(
        "list_by_its_print_header",
        ".xlsx",
        printed,
        refused=ANOTHER.format("a text box, a print header or a page's heading"),
    )
    waiting = ["Belum lengkap berkas (menyusul) :", *[""] * 13]
    yield Case("people_below_those_who_wait", ".xlsx", xlsx([PEOPLE, *people[:2], waiting, *people[2:]]),
               refused=ANOTHER.format("line 4"), **reg)  # fmt: skip
    lines = text(payments, delimiter=";").splitlines()
    content = "\n".join([*lines[:3], "Belum disetor:", *lines[3:], "Catatan: 3 orang belum bayar"]).encode()
    yield Case("payments_below_those_not_received", ".csv", content, refused=ANOTHER.format("line 4"))
    foot = "\n".join([*lines, "Catatan: peserta lain belum bayar"]).encode()
    yield Case("foot_of_those_not_received", ".csv", foot, 4, not_data=(6,), said="")


def branches() -> Iterator[Case]:
    """A title names another branch than the file's."""
    told = "{} names another branch than the one that sent the file"
    header, rows = FEEDS["contributions"]
    for n, title in enumerate(["KANTOR CABANG LOMBOK TENGAH (PRAYA)", "Kode Kantor : NTB03", "Kacab Bima"]):
        content = _book(title, header, rows) if n else f"IURAN\n{title}\n{text(rows, delimiter=';')}".encode()
        extension = ".xlsx" if n else ".csv"
        yield Case(f"branch_of_a_title_{n}", extension, content, refused=told.format(f"line {1 if n else 2}"))
    book = named("Palu", [PEOPLE, *FEEDS["registrations"][1]])
    yield Case("branch_of_a_sheet", ".xlsx", book, refused=told.format("the sheet's name"), feed="registrations")
    packed = zipped(("klaim_NTB02.csv", text(FEEDS["claims"][1], CLAIMS).encode()))
    yield Case(
        "branch_of_a_packed_name", ".zip", packed, refused=told.format("the name of the packed file"), feed="claims"
    )
    fine = ["Kantor Cabang Mataram", "Pekerja dari Lombok Tengah", "Semua cabang selain NTB03", "Mataram, 3 Oktober"]
    for n, title in enumerate([*fine, "Salinan untuk Kantor Cabang Bima dari Cabang Mataram"]):
        yield Case(f"branch_of_its_own_{n}", ".xls", _old_book(title, header, rows), 4, said="")
    foot = xlsx([PAYMENTS, *rows, ["Kantor Cabang Bima", *[""] * 8]])
    yield Case("branch_at_the_foot", ".xlsx", foot, 4, not_data=(6,), said="")


def agents() -> Iterator[Case]:
    """A title names another agent than the rows."""
    rows, people = FEEDS["registrations"][1], {"feed": "registrations"}
    other = [with_cell(row, "KODE_PERISAI", "AB00002", PEOPLE) for row in rows]
    told = "line {} names another KODE_PERISAI than all rows below it"
    title = "Kode Perisai : AB00001"
    yield Case("agent_of_a_title_xlsx", ".xlsx", _book(title, PEOPLE, other), refused=told.format(1), **people)
    content = f"{title}\n{text(other, PEOPLE, ';')}".encode()
    yield Case("agent_of_a_title_csv", ".csv", content, refused=told.format(1), **people)
    heading = [[title, *[""] * 13], *rows[:2], ["Perisai AB00003", *[""] * 13], *other[2:]]
    yield Case("agent_of_a_heading", ".xls", xls([PEOPLE, *heading]), refused=told.format(5), **people)
    some = _book(title, PEOPLE, [*rows[:3], other[3]])
    reason = "line 1 names one value of KODE_PERISAI, but 1 row has another"
    yield Case("agent_of_a_title_and_others", ".xlsx", some, 4, reason=reason, **people)
    held = {3: {"agent_code": "AB00002"}}
    yield Case("agent_of_its_own", ".xlsx", _book("Kode Perisai : AB00002", PEOPLE, other), 4, said="", rows=held,
               **people)  # fmt: skip
    for n, title in enumerate(["Dicetak oleh AB00001", "Bukan AB00001", "Semua Perisai"]):
        yield Case(f"agent_beside_{n}", ".xlsx", _book(title, PEOPLE, other), 4, said="", **people)
    for n, title in enumerate(["Perisai yang mengundurkan diri", "PERISAI KELUAR"]):
        content = _book(title, *FEEDS["agents"])
        yield Case(f"agents_who_left_{n}", ".xlsx", content, refused="names NONAKTIF, but no row has", feed="agents")


def payers() -> Iterator[Case]:
    """A title names another payer than the rows."""
    rows = FEEDS["contributions"][1]
    state = [with_cell(row, "PEMBAYAR", "APBD") for row in rows]
    title = "IURAN MANDIRI (DIBAYAR PESERTA SENDIRI)"
    why = "names PESERTA, but no row has PESERTA in PEMBAYAR"
    yield Case("payer_of_a_title", ".xls", _old_book(title, PAYMENTS, state), refused=why)
    some = "line 1 names one value of PEMBAYAR, but 2 rows have another"
    mixed = [*rows[:2], *state[2:]]
    held = {3: {"payer": "PESERTA"}, 6: {"payer": "APBD"}}
    yield Case("payer_of_a_title_and_others", ".xlsx", _book(title, PAYMENTS, mixed), 4, reason=some, rows=held)
    content = f"{title}\n{text(mixed, delimiter=';')}".encode()
    yield Case("payer_of_a_title_and_others_csv", ".csv", content, 4, reason=some, rows=held)
    yield Case("claims_not_yet_paid", ".xlsx", _book("KLAIM BELUM DIBAYARKAN", *FEEDS["claims"]), 4, feed="claims")


def legends() -> Iterator[Case]:
    """A note says what a colour, a mark or a number of rows means."""
    told = "line {} says that rows of some colour, mark or number do not count"
    rows = FEEDS["contributions"][1]
    wrong = [
        "Baris kuning = belum disetor ke bank (uang masih di Perisai)",
        "*) No. 12 s.d. 15 dibatalkan karena salah setor, uang sudah dikembalikan",
        "Warna merah: batal", "No 3 dan no 4 belum bayar", "*) belum disetor",
    ]  # fmt: skip
    for n, note in enumerate(wrong):
        foot = [["Keterangan :", *[""] * 8], [note, *[""] * 8]]
        content = (xlsx, xls)[n % 2]([PAYMENTS, *rows, *foot])
        extension = (".xlsx", ".xls")[n % 2]
        yield Case(f"legend_at_the_foot_{n}", extension, content, refused=told.format(7))
    people = FEEDS["registrations"][1]
    content = f"{text(people, PEOPLE, ';')}Baris hijau: berkas belum lengkap\n".encode()
    yield Case("legend_of_people", ".csv", content, refused=told.format(6), feed="registrations")
    fine = ["Catatan: baris kuning sudah dicek ulang", "Hijau = lunas", "*) sudah disetor ke bank",
            "Merah: tidak ada yang batal", "Dokumen tidak sah tanpa tanda tangan"]  # fmt: skip
    for n, note in enumerate(fine):
        content = xlsx([PAYMENTS, *rows, [note, *[""] * 8]])
        yield Case(f"legend_of_nothing_{n}", ".xlsx", content, 4, not_data=(6,), said="")


def remarks() -> Iterator[Case]:
    """Remarks in the short forms and word order of clerks."""
    said: dict[str, tuple[list[str], list[str]]] = {
        "contributions": (
            ["sudah masuk", "lunas", "", "setor via agen", "belum menikah", "tidak ada tunggakan", "transfer 28/9",
             "sempat pending, sudah masuk", "dana sudah diterima", "titipan Perisai", "bayar di kantor"],
            ["dana belum masuk", "lebih bayar, minta kembali", "salah rekening", "cek kosong", "titipan, belum disetor",
             "blm setor", "pending", "transfer gagal", "dana blm masuk", "belum ada pembayaran", "kelebihan setor",
             "menunggu konfirmasi bank", "uang ditahan", "tolakan bank", "blm cair", "Belum Lunas", "tdk masuk rek"],
        ),
        "registrations": (
            ["sudah terdaftar", "lunas", "", "belum menikah", "menunggu pembayaran", "berkas lengkap", "no hp menyusul",
             "sudah terdaftar di BPJS Kesehatan", "tidak sekolah", "sempat ditolak, sekarang sudah lengkap"],
            ["sudah terdaftar sebelumnya", "peserta lama, ganti agen", "berkas belum lengkap", "menunggu verifikasi",
             "blm lengkap", "KTP menyusul", "belum diverifikasi", "ditolak", "pending", "daftar ulang",
             "data tdk padan", "sdh terdaftar di cabang Bima"],
        ),
        "claims": (
            ["", "rek. BRI", "sudah cair", "dana sudah diterima", "dicairkan 3/10", "tidak ditahan"],
            ["tolakan bank, rek. pasif", "belum cair", "dana ditahan", "blm masuk", "pending", "salah rekening",
             "rek. pasif", "dana blm diterima"],
        ),
        "agents": (
            ["", "kartu sudah diambil", "menunggu surat; aktif lagi", "tidak mengundurkan diri"],
            ["dibekukan sejak 1 Okt 2023", "tidak aktif lagi", "diskors", "izin dicabut", "suspend"],
        ),
    }  # fmt: skip
    makers = {
        "contributions": _payment,
        "registrations": person,
        "claims": lambda n: with_cell(claim(n, 42_000_000), "STATUS_KLAIM", "Dibayarkan", CLAIMS),
        "agents": agent,
    }
    kinds = {
        ".csv": lambda h, r: text(r, h, ";").encode(),
        ".tsv": lambda h, r: text(r, h, "\t").encode("utf-16"),
        ".xlsx": lambda h, r: xlsx([h, *r]),
        ".parquet": lambda h, r: columns(r, h),
    }
    for feed, (fine, wrong) in said.items():
        table = [[*makers[feed](n), remark] for n, remark in enumerate([*fine, *wrong], start=1)]
        # so that not too many rows of the file are rejected
        table += [[*makers[feed](n), ""] for n in range(len(table) + 1, 6 * len(wrong))]
        lines = tuple(range(2 + len(fine), 2 + len(fine) + len(wrong)))
        for extension, made in kinds.items():
            content = made([*FEEDS[feed][0], "KETERANGAN"], table)
            rules = dict.fromkeys(lines, "row_readable")
            name = f"remarks_of_clerks_{feed}_{extension[1:]}"
            yield Case(name, extension, content, len(table) - len(wrong), lines, feed=feed, rules=rules)


def _payment(n: int) -> Cells:
    return paid(["36800"] * n)[-1]


def _book(title: str, header: list[str], rows: list[Cells]) -> bytes:
    return xlsx([[title], header, *rows])


def _old_book(title: str, header: list[str], rows: list[Cells]) -> bytes:
    return xls([[title], header, *rows])


def _sheet(book: Any, rows: list[Cells]) -> Any:
    sheet = book.add_worksheet("Data")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    return sheet
