"""Names that stand beside another's NIK, remarks for the name of a wadah, and one receipt for a family."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case
from corpus.cases.amounts import ROSTER, agent
from corpus.cases.people import sent
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell

NAMES = ["Gita", "Ani", "Umar", "Budi", "Citra", "Lalu", "Baiq", "Dewi", "Eko", "Fajar", "Hadi", "Indah", "Joko"]
SHORTENED = [
    ("Ali", "Muhammad Ali"), ("Edi", "Lalu Edi"), ("Sri", "Nyoman Sri"), ("Ayu", "Ni Luh Putu Ayu"),
    ("Wati", "Kurniawati"),
]  # fmt: skip
LAST = ["Contoh", "Rahayu", "Sujana", "Pratama", "Wulan"]


def cases() -> Iterator[Case]:
    yield from moved_down()
    yield from one_nik_two_names()
    yield from names_for_occupations()
    yield from ended_wadahs()
    yield from one_receipt_for_a_family()


def people(names: list[str]) -> list[Cells]:
    return [person(n, name) for n, name in enumerate(names, start=1)]


def moved_down() -> Iterator[Case]:
    """Six names of forty were moved down by a row: the first stands twice, and the last one's place is taken."""
    names = [f"{NAMES[n * 7 % 13]} {LAST[n * 3 % 5]} {chr(65 + n % 26)}{chr(97 + n % 23)}" for n in range(40)]
    moved = [*names[:20], *names[19:25], *names[26:]]
    apart = [*names[:20], names[5], *names[21:]]
    twins = [*names[:9], *[names[9]] * 2, names[9], *names[12:]]
    for extension in (".csv", ".xlsx"):
        for name, listed, told in (("moved_down", moved, 2), ("apart", apart, 0), ("of_three", twins, 0)):
            warned = {"full_name_not_of_neighbour": told}
            yield Case(f"names_{name}_{extension[1:]}", extension, sent(people(listed), PEOPLE)[extension], 40,
                       feed="registrations", warned=warned)  # fmt: skip


def one_nik_two_names() -> Iterator[Case]:
    """A NIK and its card, copied to another person's row; or the same person once more, whose name is shortened."""

    def twice(name: str) -> list[Cells]:
        again = with_cell(person(1, name), "NO_REGISTRASI", "REG-0000009", PEOPLE)
        return [person(1, "Siti Aminah"), *people(["", "Budi Contoh", "Citra Wulan"])[1:], again]

    for extension in (".csv", ".parquet", ".xlsx"):
        other = sent(twice("Budi Santoso"), PEOPLE)[extension]
        rules = dict.fromkeys((2, 5), "nik_has_one_name")
        yield Case(f"one_nik_two_names_{extension[1:]}", extension, other, 2, (2, 5), feed="registrations", rules=rules)
    for n, short in enumerate(("St. Aminah", "S. Aminah", "Hj. Siti Aminah, S.Pd", "Aminah", "Aminah Siti")):
        same = sent(twice(short), PEOPLE)[".csv"]
        yield Case(f"one_nik_one_name_{n}", ".csv", same, 4, feed="registrations", warned={"person_registered_once": 2})
    rows = []
    for n, (short, whole) in enumerate(SHORTENED):
        both = (
            person(2 * n + 1, short),
            with_cell(person(2 * n + 1, whole), "NO_REGISTRASI", f"REG-{2 * n + 2:07d}", PEOPLE),
        )
        rows += both if n % 2 else both[::-1]
    rows += [person(n, name) for n, name in enumerate(NAMES, start=50)]
    for extension in (".csv", ".xlsx", ".parquet"):
        content = sent(rows, PEOPLE)[extension]
        yield Case(f"names_that_are_a_part_{extension[1:]}", extension, content, len(rows), feed="registrations",
                   warned={"nik_has_one_name": 0, "person_registered_once": 2 * len(SHORTENED)})  # fmt: skip


def names_for_occupations() -> Iterator[Case]:
    """A name is an occupation where JENIS_PEKERJAAN holds none; beside another one it may be a name."""
    exchanged = [("Petani", "Ani Contoh"), ("IBU RUMAH TANGGA", ""), ("Pedagang.", "Imam Santoso"), ("Guru", "Budi")]
    right = [
        ("Seniman", "Petani"), ("Guru", "Pedagang sayur keliling"), ("Santri", "BURUH TANI"), ("Imam", ""),
        ("Mandor", "Imam masjid"), ("Gembala", "guru honorer"), ("Usaha", "Nelayan"), ("Lurah", "Petani"),
    ]  # fmt: skip
    usual = [(name, "Petani") for name in NAMES]
    rows = [
        with_cell(person(n, name), "JENIS_PEKERJAAN", work, PEOPLE)
        for n, (name, work) in enumerate([*exchanged, *right, *usual], start=1)
    ]
    rules = dict.fromkeys((2, 3, 4, 5), "full_name_in_its_column")
    for extension in (".csv", ".xlsx", ".parquet"):
        yield Case(f"names_for_occupations_{extension[1:]}", extension, sent(rows, PEOPLE)[extension], len(rows) - 4,
                   tuple(rules), feed="registrations", rules=rules)  # fmt: skip
    told = {"full_name_in_its_column": 0, "full_name_is_usual": len(right)}
    yield Case("names_that_are_occupations", ".xlsx", sent(rows[4:], PEOPLE)[".xlsx"], len(rows) - 4,
               feed="registrations", warned=told)  # fmt: skip


def ended_wadahs() -> Iterator[Case]:
    ended = [
        "(SUDAH PUTUS KONTRAK)", "Wadah Contoh - kontrak habis", "Koperasi Contoh (tidak aktif)", "PKS berakhir",
        "[Wadah Contoh]", "Wadah Contoh sudah tutup", "Yayasan Contoh (dibekukan)",
        "Wadah Contoh perjanjian selesai", "Wadah Contoh (kerja sama sudah selesai)",
    ]  # fmt: skip
    names = [
        "Yayasan Habis Gelap Terbitlah Terang", "Koperasi Aktif Mandiri", "Koperasi Contoh (Koperci)",
        "PT Kontrak Karya Contoh", "Wadah Akhir Pekan", "BUMDes Mitra Kerja Sama",
        "Koperasi Kerja Sama Tani Selesai", "Wadah Contoh (kerja sama selesai)",
    ]  # fmt: skip
    rows = [
        agent(
            n, NAMA_PERISAI=f"Agen {chr(64 + n)}", NAMA_WADAH=name, KODE_WADAH=f"W{n:05d}", NO_PKS=f"PKS/2022/{n:04d}"
        )
        for n, name in enumerate([*ended, *names], start=1)
    ]
    lines = tuple(range(2, 2 + len(ended)))
    rules = dict.fromkeys(lines, "wadah_name_no_remark")
    told = {"wadah_name_perhaps_remark": 3}
    for extension in (".csv", ".xls"):
        content = sent(rows, ROSTER)[extension]
        yield Case(f"wadahs_that_ended_{extension[1:]}", extension, content, len(names), lines, feed="agents",
                   rules=rules, warned=told)  # fmt: skip
    said = ["Putus kontrak", "PKS diputus", "PKS berakhir 31-12-2025", "baru"]
    beside = [[*agent(n, NAMA_PERISAI=f"Agen {chr(64 + n)}"), word] for n, word in enumerate(said, start=1)]
    for extension in (".csv", ".xlsx"):
        content = sent(beside, [*ROSTER, "KETERANGAN"])[extension]
        yield Case(f"agreements_that_ended_{extension[1:]}", extension, content, 2, (2, 3), feed="agents")


def one_receipt_for_a_family() -> Iterator[Case]:
    rows = [payment(n) for n in range(1, 12)]
    one = [with_cell(row, "NO_BUKTI", "KW-001") if n < 5 else row for n, row in enumerate(rows)]
    own = [with_cell(row, "NO_BUKTI", f"KW-001/{n + 1}") if n < 5 else row for n, row in enumerate(rows)]
    lines = tuple(range(2, 7))
    rules = dict.fromkeys(lines, "receipt_no_unique")
    for extension in (".csv", ".xlsx"):
        yield Case(f"one_receipt_for_a_family_{extension[1:]}", extension, sent(one, PAYMENTS)[extension], 6, lines,
                   rules=rules)  # fmt: skip
    yield Case("receipts_of_a_family", ".csv", text(own).encode(), 11)
