"""Names that are no name of one person who lives, and words of closed lists that are written otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xls, xlsx

REAL = [
    "Siti", "Dan Anwar", "I", "Alamsyah", "Almira", "H. Budi Contoh", "Hj. Siti Aminah, S.Pd.", "Budi bin Ahmad",
    "Siti binti Umar", "Al Hamba", "Ni'matul Jannah", "Nur\u2019aini", "Anak Agung Contoh", "Yohanes None",
    "Nan Siregar", "Budi bin H. Umar Alm", "M. Ali", "Tesalonika", "Total Sitorus", "Undefinya", "Anggota Sinaga",
    "Sudirman-Nasution", "Andi Keluargawan", "Zo\u00eb", "R. Ay. Kartini", "Peserta Contoh", "Siti Contoh (Ina)",
    "Imam Contoh", "Karyawan Contoh", "Bima Contoh", "Petanius", "Desak Made", "Warganto", "Paramata", "Burt",
]  # fmt: skip
"""Names that people have, or as odd as these."""
NONE = {
    "full_name_is_a_name": [
        "undefined undefined", "Ratna null", "[object Object]", "\u00abNama_Lengkap\u00bb", "{{nama}}", "${NAMA}",
        "~Ani Contoh~", "\u274c Ani Contoh", "Ani Contoh \u2716", "Hamba Allah", "N.N.", "Tanpa Nama",
        "Fulan bin Fulan", "Nama Peserta", "Peserta baru", "Budi NaN",
        "Peserta 12", "Kepala Desa", "Warga 3", "Pak Lurah", "Pak RT", "Ibu RT 05", "Bu Kades", "Anggota no. 3",
    ],
    "full_name_in_its_column": ["Kota Mataram", "KAB. LOMBOK TIMUR"],
    "full_name_no_sample": ["asdf asdf", "Tes Tes", "Percobaan Satu", "User Dummy", "Uji coba"],
    "full_name_of_the_living": ["Alm. Budi Contoh", "Almarhumah Siti Contoh", "Budi Contoh Alm", "Mendiang Ani"],
    "full_name_not_of_several": [
        "Kelompok Tani Contoh (15 orang)", "KUB Nelayan Contoh", "Ani Contoh dkk", "Ani & Budi", "Ani dan Budi",
        "Ani (istri: Budi)", "Koperasi Contoh", "3 orang nelayan",
    ],
}  # fmt: skip
"""By rule names that are none of one person who lives."""
ODD = [
    "Ani Contoh 2", "Bud1 Contoh", "\u2705 Ani Contoh", "ANI DAN BUDI", "Ani / Budi", "PT Contoh Jaya",
    "Siti istri Budi", "Bima", "Lombok Timur", "Desa Contoh", "Pedagang keliling Contoh", "Imam",
    "Petani", "IBU RUMAH TANGGA", "Seniman", "Guru", "Mua", "Warga", "Lurah", "KALING",
]  # fmt: skip
"""What may be a name."""


def cases() -> Iterator[Case]:
    yield from names()
    yield from otherwise()
    yield from causes()
    yield from twice()


def sent(rows: Sequence[Cells], header: Sequence[str]) -> dict[str, bytes]:
    """The same rows in files of several kinds."""
    return {
        ".csv": text(rows, header).encode(),
        ".txt": text(rows, header, "\t").encode(),
        ".xlsx": xlsx([header, *rows]),
        ".parquet": columns(rows, header),
        ".xls": xls([header, *rows]),
    }


def names() -> Iterator[Case]:
    """Each kind of file has the names that are none among those that are."""
    listed = [(name, rule) for rule, those in NONE.items() for name in those]
    for feed, header in (("registrations", PEOPLE), ("agents", ROSTER)):
        at, extensions = (
            ("NAMA_LENGKAP", (".csv", ".txt", ".xlsx"))
            if feed == "registrations"
            else ("NAMA_PERISAI", (".parquet", ".xls", ".csv"))
        )
        make = person if feed == "registrations" else agent
        for part, extension in enumerate(extensions):
            wrong = listed[part::3]
            spread = [*REAL, *REAL] if feed == "registrations" else REAL * 2
            all_names = [*(name for name, _ in wrong), *ODD, *spread]
            rows = [with_cell(make(n), at, name, header) for n, name in enumerate(all_names, start=1)]
            rules = {n + 2: rule for n, (_, rule) in enumerate(wrong)}
            yield Case(
                f"names_of_nobody_{feed}_{extension[1:]}",
                extension,
                sent(rows, header)[extension],
                len(rows) - len(wrong),
                tuple(rules),
                feed=feed,
                rules=rules,
                said="",
            )
        rows = [with_cell(make(n), at, name, header) for n, name in enumerate([*REAL, *ODD], start=1)]
        told = {"full_name_is_usual": len(ODD)}
        yield Case(f"names_of_people_{feed}", ".xlsx", xlsx([header, *rows]), len(rows), feed=feed, warned=told)


def otherwise() -> Iterator[Case]:
    """Words of lists in other letters, and synonyms that the contract names; codes with a dot, or a branch by name."""
    said = [("jkm", "Santunan Kematian", "DIBAYARKAN"), ("Jaminan Kematian", "santunan-kematian", " dibayarkan ")]
    said += [("J.K.M.", "SANTUNAN KEMATIAN", "Dibayarkan"), ("JKM", "SANTUNAN_KEMATIAN", "dibayarkan")]
    rows = []
    for n, words in enumerate(said, start=1):
        row = claim(n, 42_000_000)
        for at, word in zip(("PROGRAM_KLAIM", "JENIS_MANFAAT", "STATUS_KLAIM"), words, strict=True):
            row = with_cell(row, at, word, CLAIMS)
        rows.append(row)
    meant = each(range(2, 6), programme="JKM", benefit="SANTUNAN_KEMATIAN", status="Dibayarkan")
    for extension in (".csv", ".xlsx", ".parquet"):
        yield Case(f"claims_in_other_letters_{extension[1:]}", extension, sent(rows, CLAIMS)[extension], 4,
                   feed="claims", rows=meant)  # fmt: skip
    rows = [*rows, with_cell(claim(5, 42_000_000), "JENIS_MANFAAT", "SANTUNAN", CLAIMS)]
    yield Case("claim_of_no_benefit", ".csv", sent(rows, CLAIMS)[".csv"], 4, (6,), feed="claims",
               rules={6: "benefit_known"})  # fmt: skip
    statuses = ["aktif", "Non Aktif", "NON-AKTIF", "nonaktif", "Aktif "]
    roster = [
        agent(n, STATUS=word, NAMA_PERISAI=f"Agen {word[:1]}", KODE_KAB_KOTA="52.71")
        for n, word in enumerate(statuses, 1)
    ]
    meant = {n: {"status": "AKTIF" if n in (2, 6) else "NONAKTIF", "region_code": "5271"} for n in range(2, 7)}
    yield Case("roster_in_other_letters", ".xls", xls([ROSTER, *roster]), 5, feed="agents", rows=meant)
    sexes = ["l", "Laki-laki", "LAKI LAKI", "p", "Perempuan", "PEREMPUAN", "P"]
    people = [with_cell(person(n), "JENIS_KELAMIN", word, PEOPLE) for n, word in enumerate(sexes, start=1)]
    people = [
        with_cell(row, "NIK", row[3][:6] + "10" + row[3][8:], PEOPLE) if n < 3 else row for n, row in enumerate(people)
    ]
    meant = {n: {"sex": "L" if n < 5 else "P"} for n in range(2, 9)}
    yield Case("sexes_in_words", ".csv", sent(people, PEOPLE)[".csv"], 7, feed="registrations", rows=meant)
    dotted = [
        with_cell(person(n), "KODE_KAB_KOTA", code, PEOPLE) for n, code in enumerate(["52.71", "52.01", "5203"], 1)
    ]
    codes = {2: {"region_code": "5271"}, 3: {"region_code": "5201"}, 4: {"region_code": "5203"}}
    for extension in (".csv", ".xlsx", ".parquet"):
        yield Case(f"regions_with_a_dot_{extension[1:]}", extension, sent(dotted, PEOPLE)[extension], 3,
                   feed="registrations", rows=codes)  # fmt: skip
    named = [with_cell(payment(n), "KODE_CABANG", name) for n, name in enumerate(["Mataram", "KC MATARAM", "NTB01"], 1)]
    for extension in (".csv", ".xlsx"):
        yield Case(f"branch_by_its_name_{extension[1:]}", extension, sent(named, PAYMENTS)[extension], 3,
                   rows=each(range(2, 5), branch_code="NTB01"))  # fmt: skip
    other = [*named, with_cell(payment(4), "KODE_CABANG", "Lombok Timur")]
    yield Case("branch_by_the_name_of_another", ".csv", sent(other, PAYMENTS)[".csv"], 3, (5,),
               rules={5: "branch_is_sender"})  # fmt: skip


def causes() -> Iterator[Case]:
    """One cause for a cell: what cannot be read is not empty, and what is not understood is compared with nothing."""
    births = ["1990-02-29", "17 Ramadan 1408 H", *["1983-05-10"] * 10]
    people = [with_cell(person(3), "TGL_LAHIR", born, PEOPLE) for born in births]
    people = [with_cell(row, "NO_REGISTRASI", f"REG-{n:07d}", PEOPLE) for n, row in enumerate(people)]
    people = [
        with_cell(with_cell(row, "KPJ", f"{n + 1:011d}", PEOPLE), "NIK", f"52010150058300{n:02d}", PEOPLE)
        for n, row in enumerate(people, 1)
    ]
    told = {"birth_date_readable": 2, "birth_date_present": 0}
    for extension in (".csv", ".xlsx"):
        yield Case(f"births_on_no_day_{extension[1:]}", extension, sent(people, PEOPLE)[extension], 10, (2, 3),
                   feed="registrations", rules=dict.fromkeys((2, 3), "birth_date_readable"), warned=told)  # fmt: skip
    sexes = [with_cell(person(n), "JENIS_KELAMIN", str(1 + n % 2), PEOPLE) for n in range(1, 10)]
    told = {"sex_known": 9, "birth_dates_in_their_rows": 0, "nik_agrees_with_birth_date": 0}
    yield Case(
        "sexes_as_numbers", ".xlsx", xlsx([PEOPLE, *sexes]), 0, tuple(range(2, 11)), feed="registrations", warned=told
    )
    places = [with_cell(person(n), "KODE_KAB_KOTA", "Kota Mataram", PEOPLE) for n in range(1, 10)]
    told = {"region_known": 9, "region_of_this_province": 0, "regions_of_this_branch": 0}
    yield Case(
        "regions_by_their_names",
        ".csv",
        sent(places, PEOPLE)[".csv"],
        0,
        tuple(range(2, 11)),
        feed="registrations",
        warned=told,
    )
    programmes = [with_cell(payment(n), "PROGRAM", "JKK+JKM+JHT") for n in range(1, 13)]
    yield Case(
        "programmes_by_their_names",
        ".csv",
        sent(programmes, PAYMENTS)[".csv"],
        refused="PROGRAM is not a number, 2 or 3",
    )
    torn = (
        text([payment(1), payment(2)]) + "PAY-0000003,NTB01\n" + "\n".join(text([payment(4)]).splitlines()[1:]) + "\n"
    )
    yield Case(
        "row_that_is_torn",
        ".csv",
        torn.encode(),
        3,
        (4,),
        rules={4: "row_readable"},
        warned={"kpj_present": 0, "months_present": 0},
    )


def twice() -> Iterator[Case]:
    """One person under two names or codes, a number of nowhere, and a person's name where an organisation's belongs."""
    rules = dict.fromkeys((2, 3), "person_has_one_nik")
    for name, extension in (("Ani Contoh 2", ".csv"), ("ANI CONTOH II", ".xlsx"), ("Ani Contoh baru", ".parquet")):
        first = with_cell(person(1, "Ani Contoh"), "NIK", "5201015005810123", PEOPLE)
        again = with_cell(
            with_cell(person(2, name), "NIK", "5201015005810124", PEOPLE), "TGL_LAHIR", "1981-05-10", PEOPLE
        )
        rows = [first, again, person(3, "Budi Contoh"), person(4, "Citra Contoh")]
        yield Case(f"person_named_once_more_{extension[1:]}", extension, sent(rows, PEOPLE)[extension], 2, (2, 3),
                   feed="registrations", rules=rules)  # fmt: skip
    places = ["999999", "000001", "520000", "200101", "540101", "520101", "917101"]
    rows = [with_cell(person(n), "NIK", place + person(n)[3][6:], PEOPLE) for n, place in enumerate(places, start=1)]
    for extension in (".csv", ".parquet"):
        yield Case(f"nik_of_nowhere_{extension[1:]}", extension, sent(rows, PEOPLE)[extension], 7, feed="registrations",
                   warned={"nik_of_a_place": 4})  # fmt: skip
    codes = [
        ("Ani Contoh", "2022-01-03"),
        ("Budi Contoh", "2022-01-03"),
        ("ANI CONTOH, S.E.", "2022-01-03"),
        ("Budi Contoh", "2022-02-03"),
    ]
    roster = [agent(n, NAMA_PERISAI=name, TGL_GABUNG=day) for n, (name, day) in enumerate(codes, start=1)]
    for extension in (".xlsx", ".csv"):
        yield Case(f"agent_under_two_codes_{extension[1:]}", extension, sent(roster, ROSTER)[extension], 4,
                   feed="agents", warned={"name_of_one_agent": 2})  # fmt: skip
    turned = {3: ("Wadah Contoh", "Ani Contoh"), 6: ("WADAH CONTOH", "Budi Contoh")}
    roster = [
        agent(n, NAMA_PERISAI=name, NAMA_WADAH=wadah)
        for n in range(1, 9)
        for name, wadah in [turned.get(n, (f"Agen {chr(64 + n)}", "Wadah Contoh"))]
    ]
    for extension in (".csv", ".xlsx", ".xls"):
        yield Case(f"wadahs_named_as_agents_{extension[1:]}", extension, sent(roster, ROSTER)[extension], 6, (4, 7),
                   feed="agents", rules=dict.fromkeys((4, 7), "names_not_exchanged"))  # fmt: skip
    own = [
        *(agent(n, NAMA_PERISAI=f"Agen {chr(64 + n)}") for n in range(1, 5)),
        agent(5, NAMA_PERISAI="Agen E", NAMA_WADAH="Agen A", KODE_WADAH="W00002", NO_PKS="PKS/2022/0002"),
    ]
    yield Case("wadah_of_an_agents_name", ".csv", sent(own, ROSTER)[".csv"], 3, (2, 6), feed="agents",
               rules=dict.fromkeys((2, 6), "names_not_exchanged"))  # fmt: skip
