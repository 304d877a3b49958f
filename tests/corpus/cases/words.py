"""Words that people leave: in remarks, comments, behind names and numbers, in titles, text boxes and print headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import xlsxwriter
from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, book_of, person, text, with_cell, with_member, xls, xlsx

ROW = "row_readable"
SAID: dict[str, tuple[list[str], list[str]]] = {
    "claims": (
        ["", "rek. BRI a.n. ahli waris", "pengembalian biaya berobat", "transfer 28/9"],
        ["rek. ahli waris tutup, uang masuk kembali 28/9, tunggu rek. baru", "retur bank", "Rekening sudah ditutup",
         "dana kembali ke kas", "norek salah", "belum ditransfer", "transfer ditolak bank"],
    ),
    "agents": (
        ["", "kartu sudah diambil", "belum berhenti", "menunggu surat; aktif lagi", "tidak mengundurkan diri"],
        ["mengundurkan diri per 1 September 2023", "meninggal dunia 12/9/2023", "sudah tidak aktif, kartu ditarik",
         "resign", "Diberhentikan", "NON-AKTIF", "pindah ke cabang Bima", "Almh."],
    ),
}  # fmt: skip
"""By feed remarks that leave a row as it is, and those that deny its status."""
NAMES = {
    True: ["Siti Contoh (BATAL)", "Budi Contoh (ALM)", "Ayu Contoh [dobel]", "Made Contoh - PINDAH KE CABANG BIMA",
           "Wayan Contoh / salah input", "Ina Contoh, alm."],
    False: ["Siti Contoh (Ina)", "Nur-Aini Contoh", "Budi Contoh bin Ahmad (alm)", "Contoh, S.Pd", "D'Contoh (2)"],
}  # fmt: skip
"""Names by whether words behind them say that the row does not count."""
CHANNELS = {
    True: ["MANDIRI (JMO)", "LOKET KANTOR CABANG", "LAPAK ASIK ONLINE", "datang langsung", "walk-in"],
    False: ["PERISAI", "Kantor Perisai", "", "agen"],
}
"""Channels by whether they deny that an agent registered the person."""


def cases() -> Iterator[Case]:
    yield from remarks()
    yield from names()
    yield from channels()
    yield from numbers()
    yield from months()
    yield from comments()
    yield from beside_the_cells()
    yield from titles()
    yield from printed()


def remarks() -> Iterator[Case]:
    """A remark denies the status of its row; beside another status it may say so."""
    paid_out = [with_cell(claim(n, 42_000_000), "STATUS_KLAIM", "Dibayarkan", CLAIMS) for n in range(1, 40)]
    for feed, header, rows in (
        ("claims", CLAIMS, paid_out),
        ("agents", ROSTER, [agent(n) for n in range(1, 40)]),
    ):
        fine, wrong = SAID[feed]
        table = [[*row, said] for row, said in zip(rows, [*fine, *wrong], strict=False)]
        lines = tuple(range(2 + len(fine), 2 + len(fine) + len(wrong)))
        named = [*header, "KETERANGAN"]
        for extension, content in {
            ".csv": text(table, named).encode(),
            ".xlsx": xlsx([["DAFTAR"], named, *table]),
            ".parquet": columns(table, named),
        }.items():
            below = 1 if extension == ".xlsx" else 0
            at = tuple(line + below for line in lines)
            rules = dict.fromkeys(at, ROW)
            name = f"words_deny_{feed}_{extension[1:]}"
            yield Case(name, extension, content, len(fine), at, feed=feed, rules=rules)
    left = [[*agent(n, STATUS="NONAKTIF"), said] for n, said in enumerate(SAID["agents"][1], start=1)]
    content = text(left, [*ROSTER, "KETERANGAN"], ";").encode()
    held = {2: {"status": "NONAKTIF"}}
    yield Case("words_of_those_who_left", ".csv", content, len(left), feed="agents", rows=held)
    asked = [[*claim(n, 42_000_000), said] for n, said in enumerate(["rek. ditutup", "norek salah"], start=1)]
    yield Case("words_of_claims_not_paid", ".xls", xls([[*CLAIMS, "KET"], *asked]), 2, feed="claims")


def names() -> Iterator[Case]:
    """Words of state behind names, in brackets or behind a dash."""
    said = [*NAMES[False], *NAMES[True]]
    first = 2 + len(NAMES[False])
    lines = tuple(range(first, first + len(NAMES[True])))
    rules = dict.fromkeys(lines, ROW)
    people = [person(n, name) for n, name in enumerate(said, start=1)]
    roster = [agent(n, NAMA_PERISAI=name) for n, name in enumerate(said, start=1)]
    held = {2: {"full_name": "Siti Contoh (Ina)"}, 4: {"full_name": "Budi Contoh bin Ahmad (alm)"}}
    good = len(NAMES[False])
    yield Case("words_behind_names_csv", ".csv", text(people, PEOPLE, ";").encode(), good, lines,
               feed="registrations", rules=rules, rows=held)  # fmt: skip
    yield Case("words_behind_names_xlsx", ".xlsx", xlsx([PEOPLE, *people]), good, lines,
               feed="registrations", rules=rules)  # fmt: skip
    yield Case("words_behind_agents", ".csv", text(roster, ROSTER).encode(), good, lines, feed="agents", rules=rules)
    left = [agent(1, NAMA_PERISAI="Budi Contoh (ALM)", STATUS="NONAKTIF"), agent(2)]
    yield Case("words_behind_who_left", ".xls", xls([ROSTER, *left]), 2, feed="agents")


def channels() -> Iterator[Case]:
    """A person came by another channel than the agent whose code stands on the row."""
    said = [*CHANNELS[False], *CHANNELS[True]]
    first = 2 + len(CHANNELS[False])
    lines = tuple(range(first, first + len(CHANNELS[True])))
    rules = dict.fromkeys(lines, "row_not_contradicted")
    for heading, extension in (("KANAL_PENDAFTARAN", ".csv"), ("Sumber Data", ".xlsx"), ("Cara Daftar", ".parquet")):
        table = [[*person(n), cell] for n, cell in enumerate(said, start=1)]
        alone = [[*with_cell(person(n), "KODE_PERISAI", "", PEOPLE), cell] for n, cell in enumerate(said, start=21)]
        header = [*PEOPLE, heading]
        kinds = {
            ".csv": lambda r, h: text(r, h, ";").encode(),
            ".xlsx": lambda r, h: xlsx([h, *r]),
            ".parquet": columns,
        }
        content = kinds[extension]([*table, *alone], header)
        good = len(CHANNELS[False]) + len(said)
        yield Case(f"channel_beside_agent_{extension[1:]}", extension, content, good, lines,
                   feed="registrations", rules=rules)  # fmt: skip
    banks = [[*row, "Bank Mandiri"] for row in paid(["36800"] * 3)]
    yield Case("channel_of_payments", ".csv", text(banks, [*PAYMENTS, "KANAL"]).encode(), 3)


def numbers() -> Iterator[Case]:
    """A word behind a document's number says that it was cancelled; then neither counts."""

    def ended(rows: list[Cells], at: str, header: list[str], word: str) -> list[Cells]:
        again = [with_cell(row, at, f"{row[0]}{word}", header) for row in rows[:2]]
        return [*rows, *again]

    lines, rules = (2, 3, 6, 7), dict.fromkeys((2, 3, 6, 7), ROW)
    rows = ended(paid(["36800"] * 4), "NO_BUKTI", PAYMENTS, "-BTL")
    held = {4: {"receipt_no": "PAY-0000003", "amount_rp": 36_800}}
    yield Case("number_cancelled_csv", ".csv", text(rows).encode(), 2, lines, rules=rules, rows=held)
    yield Case("number_cancelled_xlsx", ".xlsx", xlsx([PAYMENTS, *rows]), 2, lines, rules=rules)
    people = ended([person(n) for n in range(1, 5)], "NO_REGISTRASI", PEOPLE, "/BATAL")
    yield Case("number_cancelled_people", ".csv", text(people, PEOPLE, ";").encode(), 2, lines,
               feed="registrations", rules=rules)  # fmt: skip
    bantul = [with_cell(row, "NO_BUKTI", f"{row[0]}/BTL") for row in paid(["36800"] * 4)]
    yield Case("numbers_of_a_place", ".csv", text(bantul).encode(), 4)
    back = [*paid(["36800"]), with_cell(paid(["-36800"])[0], "NO_BUKTI", "PAY-0000001-BTL")]
    yield Case("number_of_a_refund", ".csv", text(back).encode(), 2, rows={3: {"amount_rp": -36_800}})


def months() -> Iterator[Case]:
    """A remark names other months than those that are paid for."""
    fine = ["iuran Juli s.d. September 2023", "untuk bulan Agustus", "Juli-September", "utk 07/2023 - 09/2023", "lunas",
            "dibayar bulan Desember", "Periode 2023-07 sampai 2023-09", "Juli, Agustus, September", ""]  # fmt: skip
    wrong = ["iuran Agustus s.d. Oktober 2023", "rapel April-Juni", "untuk Oktober", "iuran bulan 10/2023",
             "Juli s/d Agustus 2023", "utk bln Jul 2022 - Sept 2022"]  # fmt: skip
    rows = [with_cell(with_cell(row, "JUMLAH_BULAN", "3"), "BULAN_AWAL", "2023-07") for row in paid(["110400"] * 20)]
    table = [[*row, said] for row, said in zip(rows, [*fine, *wrong], strict=False)]
    lines = tuple(range(2 + len(fine), 2 + len(fine) + len(wrong)))
    header, held = [*PAYMENTS, "KETERANGAN"], {2: {"months": 3, "first_month": date(2023, 7, 1)}}
    slashes = [with_cell(row, "BULAN_AWAL", "07/2023", header) for row in table]
    for extension, content in {
        ".csv": text(table, header).encode(),
        ".tsv": text(slashes, header, "\t").encode(),
        ".parquet": columns(table, header),
    }.items():
        rules = dict.fromkeys(lines, ROW)
        yield Case(f"months_in_a_remark_{extension[1:]}", extension, content, len(fine), lines, rules=rules, rows=held)
    year = [with_cell(with_cell(row, "JUMLAH_BULAN", 12), "BULAN_AWAL", "2023-01") for row in paid([441_600] * 2)]
    said = [[*row, remark] for row, remark in zip(year, ["Januari - Desember", "iuran Jan-Des 2023"], strict=True)]
    yield Case("months_of_a_year_in_a_remark", ".xlsx", xlsx([header, *said]), 2)


def comments() -> Iterator[Case]:
    """Comments of cells count as remarks beside their row."""
    said = {5: "Batal, peserta tidak jadi daftar", 8: "DOBEL dengan no. 3, hapus", 10: "sudah dicek"}
    for feed, header, row, rule in (("registrations", PEOPLE, person, ROW), ("contributions", PAYMENTS, _paid, ROW)):
        rows = [row(n) for n in range(1, 12)]
        rules = {5: rule, 8: rule}
        told = "3 rows that are commented on were read, too"
        for kind, note in (("classic", _note), ("threaded", _thread)):
            content = note([header, *rows], said)
            yield Case(f"comments_{kind}_{feed}", ".xlsx", content, 9, (5, 8), feed=feed, rules=rules, reason=told)
    left = _note([ROSTER, *(agent(n) for n in range(1, 5))], {3: "Operator:\nmengundurkan diri"})
    yield Case("comments_of_agents", ".xlsx", left, 3, (3,), feed="agents", rules={3: ROW})
    template = _note([PAYMENTS, *paid(["36800"] * 3)], {1: "Contoh isian: 36800"})
    yield Case("comments_of_a_header", ".xlsx", template, 3, said="")


def beside_the_cells() -> Iterator[Case]:
    """What stands in text boxes and print headers is a title."""
    none = "{} says that the rows below were cancelled, or are of a training"
    other = none.format("a text box, a print header or a page's heading")
    rows = [PAYMENTS, *paid([36_800] * 4)]
    drafts = ["DRAFT - BELUM FINAL\nJANGAN DIPROSES, masih dicocokkan", "DATA LATIHAN"]
    for n, words in enumerate(drafts):
        box = _book_with(rows, lambda sheet, said=words: sheet.insert_textbox("D6", said))
        yield Case(f"text_box_of_a_draft_{n}", ".xlsx", box, refused=other)
        printed = _book_with(rows, lambda sheet, said=words: sheet.set_header(f'&L&"Arial,Bold"&14{said}&RHal &P / &N'))
        yield Case(f"print_header_of_a_draft_{n}", ".xlsx", printed, refused=other)
    people = [PEOPLE, *(person(n) for n in (1, 2, 3))]
    foot = _book_with(people, lambda sheet: sheet.set_footer("&Cdata contoh"))
    yield Case("print_footer_of_a_sample", ".xlsx", foot, refused=other, feed="registrations")
    whole = _book_with(rows, lambda sheet: sheet.insert_textbox("D6", "Menampilkan 1 - 4 dari 57 data"))
    yield Case(
        "text_box_of_a_page", ".xlsx", whole, refused="a text box, a print header or a page's heading tells of 57 rows"
    )
    fine = _book_with(
        rows, lambda sheet: (sheet.insert_textbox("D6", "Iuran BPU"), sheet.set_footer("&CHal &P dari &N"))
    )
    yield Case("text_box_of_a_title", ".xlsx", fine, 4, said="")


def titles() -> Iterator[Case]:
    """A title names a value of a coded column that no row has."""
    told = "names {}, but no row has {} in {}"
    dead = [claim(n, 42_000_000) for n in (1, 2, 3)]
    wrong: list[tuple[str, str, str, str, list[str], list[Cells]]] = [
        ("contributions", "Dibayar Pemerintah Kota lewat APBD", "APBD", "PEMBAYAR", PAYMENTS, paid(["36800"] * 4)),
        ("contributions", "IURAN APBN SEPTEMBER", "APBN", "PEMBAYAR", PAYMENTS, paid(["36800"] * 4)),
        ("contributions", "Iuran peserta 2 program", "2", "PROGRAM", PAYMENTS, paid(["36800"] * 4)),
        ("claims", "Klaim Ditolak", "Ditolak", "STATUS_KLAIM", CLAIMS, dead),
        ("claims", "Daftar klaim JHT", "JHT", "PROGRAM_KLAIM", CLAIMS, dead),
        ("agents", "Perisai non aktif", "NONAKTIF", "STATUS", ROSTER, [agent(1), agent(2)]),
        ("registrations", "Peserta dua program", "2", "PROGRAM", PEOPLE, [person(1), person(2)]),
    ]  # fmt: skip
    for n, (feed, title, value, column, header, rows) in enumerate(wrong):
        why = told.format(value, value, column)
        content = f"{title}\n{text(rows, header, ';')}".encode()
        yield Case(f"title_of_a_code_{n}_csv", ".csv", content, refused=f"line 1 {why}", feed=feed)
        kinds = {".xlsx": xlsx, ".xls": xls}
        extension = (".xlsx", ".xls")[n % 2]
        content = kinds[extension]([[title], header, *rows])
        yield Case(f"title_of_a_code_{n}_{extension[1:]}", extension, content, refused=f"line 1 {why}", feed=feed)
    fine = ["Iuran selain APBD", "Iuran peserta dan APBD dan APBN", "Iuran peserta mandiri"]
    for n, title in enumerate(fine):
        content = f"{title}\n{text(paid(['36800'] * 3), delimiter=';')}".encode()
        yield Case(f"title_of_no_code_{n}", ".csv", content, 3, said="")
    some = [with_cell(row, "PEMBAYAR", "APBD") if n == 0 else row for n, row in enumerate(paid(["36800"] * 3))]
    content = f"Iuran APBD\n{text(some)}".encode()
    yield Case(
        "title_of_a_code_that_is_there", ".csv", content, 3, rows={3: {"payer": "APBD"}, 4: {"payer": "PESERTA"}}
    )


def printed() -> Iterator[Case]:
    """All rows have the day of printing, which lies behind the period that the title tells."""
    title = ["Periode pendaftaran 1 s.d. 29 September 2023", "Tanggal cetak: 30 September 2023"]
    told = "all rows have 2023-09-30 in {}, which lies behind the time that line 1 tells"
    people = [with_cell(person(n), "TGL_DAFTAR", "2023-09-30", PEOPLE) for n in range(1, 7)]
    book = xlsx([*([line] for line in title), PEOPLE, *people])
    yield Case(
        "people_of_the_day_of_printing", ".xlsx", book, 6, reason=told.format("TGL_DAFTAR"), feed="registrations"
    )
    rows = paid(["30/09/2023"] * 6, "TGL_BAYAR")
    content = "\n".join([*title, text(rows, delimiter=";")]).encode()
    yield Case("payments_of_the_day_of_printing", ".csv", content, 6, reason=told.format("TGL_BAYAR"))
    claims = [with_cell(claim(n, 42_000_000), "TGL_STATUS", "2023-09-30", CLAIMS) for n in range(1, 7)]
    book = xls([["Periode: 1-29 September 2023"], CLAIMS, *claims])
    yield Case("claims_of_the_day_of_printing", ".xls", book, 6, reason=told.format("TGL_STATUS"), feed="claims")
    within = "\n".join(["Periode 1 s.d. 30 September 2023", text(rows, delimiter=";")]).encode()
    yield Case("payments_of_the_last_day", ".csv", within, 6, day=date(2023, 9, 30), said="")


def _paid(n: int) -> Cells:
    return paid([36_800] * n)[-1]


def _book_with(rows: list[Cells], more: Callable[[xlsxwriter.worksheet.Worksheet], object]) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        more(sheet)

    return book_of(fill)


def _note(rows: list[Cells], said: dict[int, str]) -> bytes:
    """A workbook with comments on cells of these rows."""
    return _book_with(rows, lambda sheet: [sheet.write_comment(row - 1, 5, text) for row, text in said.items()])


def _thread(rows: list[Cells], said: dict[int, str]) -> bytes:
    """The same with comments as Excel keeps them since 2018."""
    threads = "".join(
        f'<threadedComment ref="F{row}"><text>{text}</text></threadedComment>' for row, text in said.items()
    )
    main = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    book = with_member(_book_with(rows, bool), "xl/threadedComments/threadedComment1.xml",
                       f'<ThreadedComments xmlns="{main}">{threads}</ThreadedComments>'.encode())  # fmt: skip
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="t"'
        ' Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"'
        ' Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    )
    return with_member(book, "xl/worksheets/_rels/sheet1.xml.rels", relations.encode())
