"""Words that people leave: in remarks, comments, behind names and numbers, in titles, text boxes and print headers."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, person, text, with_cell, xls, xlsx

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
