"""What people write and programs save that looks like a value and is none; cells that slipped unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator

from corpus.case import Case
from corpus.files import (
    ACCENTED,
    HEAD,
    PAID,
    PAYMENTS,
    PEOPLE,
    ROWS,
    STANDARD,
    person,
    text,
    typed,
    with_cell,
    with_member,
    xlsx,
)

CALCULATED = b'<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"\
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1"\
 r:id="rId1"/></sheets><calcPr calcId="191029"/></workbook>'


def cases() -> Iterator[Case]:
    yield from formulas()
    yield from slipped()
    yield from repeated()
    yield from misread()
    yield from doubtful()
    yield from scaled()
    yield from named()


def formulas() -> Iterator[Case]:
    """A program that does not calculate saves 0 for every formula, and has the spreadsheet calculate on load."""
    rows = [typed(row) for row in ROWS]
    sums = [with_cell(rows[0], "JUMLAH_IURAN", "=F2*36800|0"), with_cell(rows[1], "JUMLAH_IURAN", "=1|36800"), rows[2]]
    yield Case("formula_saved_as_0_unasked", ".xlsx", xlsx([PAYMENTS, *sums]), 2, (2,))
    names = with_cell(person(1), "NAMA_LENGKAP", '="Peserta"|0', PEOPLE)
    yield Case("name_saved_as_0", ".xlsx", xlsx([PEOPLE, names, person(2)]), 1, (2,), feed="registrations")
    free = [with_cell(person(n), "UPAH", f"=A{n}|0", PEOPLE) for n in (1, 2)]
    counted = with_member(xlsx([PEOPLE, *free]), "xl/workbook.xml", CALCULATED)
    read = {2: "declared_income_positive", 3: "declared_income_positive"}
    yield Case("formula_of_0_that_was_calculated", ".xlsx", counted, 0, (2, 3), feed="registrations", rules=read)


def slipped() -> Iterator[Case]:
    """A delimiter inside a value moves cells, and hides where the last column is empty."""
    people = [[*person(n), ""] for n in (1, 2, 3, 4)]
    header = [*PEOPLE, "CATATAN"]
    moved = [with_cell(row, "NAMA_LENGKAP", "Contoh; S.Pd", header) if n == 1 else row for n, row in enumerate(people)]
    lines = "\n".join(";".join(row) for row in [header, *moved])
    ragged = {3: "row_readable"}
    yield Case(
        "slipped_behind_an_empty_cell", ".csv", f"{lines}\n".encode(), 3, (3,), feed="registrations", rules=ragged
    )
    late = [[*row[:9], "Tukang, las" if n == 2 else "", *row[10:]] for n, row in enumerate(people)]
    work = "\n".join(",".join(row) for row in [header, *late])
    yield Case(
        "slipped_in_commas", ".csv", f"{work}\n".encode(), 3, (4,), feed="registrations", rules={4: "row_readable"}
    )
    alone = "\n".join([",".join(header), ",".join([*person(1), "", ""])])
    yield Case("one_row_with_a_cell_too_many", ".csv", f"{alone}\n".encode(), 0, (2,), feed="registrations")
    ends = "\n".join([";".join(header), *(";".join([*row, ""]) for row in people), "Mengetahui;;;"])
    even = f"{ends}\n".encode()
    yield Case("every_row_ends_in_a_delimiter", ".csv", even, 4, not_data=(6,), feed="registrations")


def repeated() -> Iterator[Case]:
    """Marks for the value above, and what a spreadsheet shows in a column that is too narrow."""
    marks = [
        '"',
        "''",
        "idem",
        "Sda",
        "s.d.a.",
        '-"-',
        "〃",
        "###",
        "########",
        "- Idem -",
        "sama dengan di atas",
        "//",
    ]
    for column, name in (("JENIS_PEKERJAAN", "occupation"), ("NAMA_LENGKAP", "full_name")):
        for half in (marks[:6], marks[6:]):
            rows = [with_cell(person(n), column, mark, PEOPLE) for n, mark in enumerate(half, start=1)]
            lines = tuple(range(2, 2 + len(half)))
            content = text([*rows, person(9)], PEOPLE, "\t").encode()
            rules = dict.fromkeys(lines, f"{name}_is_not_repeated")
            trouble = f"{name}_is_{'a_word' if half[0] == marks[0] else 'a_sign'}_for_the_same"
            yield Case(trouble, ".tsv", content, 1, lines, feed="registrations", rules=rules)
    narrow = [with_cell(ROWS[0], "TGL_BAYAR", "########"), with_cell(ROWS[1], "JUMLAH_IURAN", "###"), ROWS[2]]
    rules = {2: "payment_date_is_not_repeated", 3: "amount_rp_is_not_repeated"}
    yield Case("columns_too_narrow", ".csv", text(narrow, delimiter=";").encode(), 1, (2, 3), rules=rules)
    spelled = [with_cell(person(1), "NAMA_LENGKAP", name, PEOPLE) for name in ("Ida", "Idem Sari", "Sda. Contoh")]
    alike = [with_cell(row, "NO_REGISTRASI", f"REG-{n}", PEOPLE) for n, row in enumerate(spelled)]
    yield Case("names_like_marks", ".csv", text(alike, PEOPLE).encode(), 3, feed="registrations")


def misread() -> Iterator[Case]:
    """Names whose letters came out wrong, and names that have such letters."""
    names = ["José Da Costa", "Thérèse Contoh", "François", "Muñoz", "Zoë"]
    right = [person(n) for n in (6, 7)]
    lines = tuple(range(2, 2 + len(names)))
    rules = dict.fromkeys(lines, "full_name_letters_intact")
    for page in ("cp850", "cp437"):
        table = text([*(person(n, name) for n, name in enumerate(names, start=1)), *right], PEOPLE, ";")
        content = table.encode(page)
        yield Case(f"names_in_{page}", ".csv", content, 2, lines, feed="registrations", rules=rules)
    twice = [name.encode().decode("cp1252") for name in names]
    lost = ["Andr\ufffd", "Th?r\ufffdse", "Jos\u0082"]
    for trouble, wrong in (("names_in_utf_8_twice", twice), ("names_with_lost_letters", lost)):
        rows = [*(person(n, name) for n, name in enumerate(wrong, start=1)), *right]
        content = text(rows, PEOPLE, "\t").encode()
        where = lines[: len(wrong)]
        told = {line: rules[line] for line in where}
        yield Case(trouble, ".tsv", content, 2, where, feed="registrations", rules=told)
    signs = ["Ma\\'ruf Contoh", "Ma\\u0027ruf Contoh", "Jum\\\\'at Contoh", "S\u0456ti Contoh", "\u0391ni Contoh"]
    for ending, delimiter in ((".txt", "|"), (".csv", ";")):
        rows = [*(person(n, name) for n, name in enumerate(signs, start=1)), *right]
        content = text(rows, PEOPLE, delimiter).encode()
        trouble = f"names_with_signs_of_programs_in_{ending[1:]}"
        yield Case(trouble, ending, content, 2, lines, feed="registrations", rules=rules)
    sound = [*ACCENTED, "O\u2019Neil", "JOÃO DA CONCEIÇÃO", "Muñoz", "MILOŠEVIĆ", "Nurul \u2018Aini", "“Ina” Contoh"]
    content = text([person(n, name) for n, name in enumerate(sound, start=1)], PEOPLE).encode()
    held = {n + 1: {"full_name": name} for n, name in enumerate(sound, start=1)}
    yield Case("names_with_accents", ".csv", content, len(sound), feed="registrations", rows=held)


def doubtful() -> Iterator[Case]:
    """What only all rows of a delivery tell."""
    men = [with_cell(person(n), "JENIS_KELAMIN", "W" if n == 2 else "P", PEOPLE) for n in (1, 2, 3)]
    rules = {2: "sex_certain", 3: "sex_known", 4: "sex_certain"}
    content = text(men, PEOPLE, ";").encode()
    yield Case("p_for_pria", ".csv", content, 0, (2, 3, 4), feed="registrations", rules=rules)
    spelled = [with_cell(person(n), "JENIS_KELAMIN", ("P", "PRIA")[n % 2], PEOPLE) for n in (1, 2)]
    yield Case("p_beside_pria", ".csv", text(spelled, PEOPLE).encode(), 0, (2, 3), feed="registrations")
    sexes = [with_cell(person(n), "JENIS_KELAMIN", "LPW"[n - 1], PEOPLE) for n in (1, 2, 3)]
    yield Case("w_beside_l_and_p", ".csv", text(sexes, PEOPLE).encode(), 2, (4,), feed="registrations")
    swapped = PEOPLE.copy()
    swapped[4], swapped[8] = swapped[8], swapped[4]
    people = [with_cell(person(n), "HANDPHONE", f"0813570{n:04d}", PEOPLE) for n in (1, 2, 3)]
    rows = [with_cell(row, "KPJ", f"2130545{n:04d}", PEOPLE) for n, row in enumerate(people)]
    told = dict.fromkeys((2, 3, 4), "kpj_not_phone")
    content = text(rows, swapped, "\t").encode()
    yield Case("kpj_and_phone_exchanged", ".tsv", content, 0, (2, 3, 4), feed="registrations", rules=told)
    yield Case("kpj_and_phone_in_place", ".tsv", text(rows, PEOPLE, "\t").encode(), 3, feed="registrations")
    cards = [with_cell(row, "KPJ", f"0830545{n:04d}", PEOPLE) for n, row in enumerate(people)]
    yield Case("every_kpj_begins_with_08", ".tsv", text(cards, PEOPLE, "\t").encode(), 3, feed="registrations")


def scaled() -> Iterator[Case]:
    """Titles, headers and rows of units that say that amounts are in thousands or millions."""
    said = ["(dalam ribuan rupiah)", "Dalam jutaan Rp", "Satuan: Rp '000", "in thousands of IDR", "(Rp jt)", "x 1.000"]
    for n, title in enumerate(said):
        content = f"LAPORAN IURAN\n{title}\n{STANDARD}".encode()
        yield Case(f"title_in_thousands_{n}", ".csv", content, refused="line 2 says that the amounts are in thousands")
    for n, unit in enumerate(["(ribu Rp)", "Rp'000", "x1000", "juta"]):
        row = ",".join(["", "", "", "", "", "", "", unit, ""])
        content = STANDARD.replace(HEAD, f"{HEAD}\n{row}").encode()
        yield Case(f"units_in_thousands_{n}", ".csv", content, refused="line 2 says that the amounts are in thousands")
    book = xlsx([["DAFTAR"], PAYMENTS, ["", "", "", "tgl", "", "", "", "(ribu Rp)"], *ROWS])
    yield Case("units_in_thousands_xlsx", ".xlsx", book, refused="line 3 says that the amounts are in thousands")
    header = STANDARD.replace("JUMLAH_IURAN", "JUMLAH_IURAN (ribuan)").encode()
    yield Case("header_in_thousands", ".csv", header, refused="line 1 says that the amounts are in thousands")
    foot = f"{STANDARD}Catatan: jumlah dalam ribuan rupiah,,,,,,,,\n".encode()
    yield Case("foot_in_thousands", ".csv", foot, refused="line 5 says that the amounts are in thousands")
    title = "LAPORAN KEPULAUAN SERIBU, MENUJU 2 JUTA PESERTA,,\nRp,,\n" + STANDARD
    yield Case("title_that_only_sounds_so", ".csv", title.encode(), 3, rows={n + 2: row for n, row in PAID.items()})


def named() -> Iterator[Case]:
    """Texts of another kind, named as what they are; signs and words that are told."""
    lines = "\n".join(" ".join(cell.ljust(14) for cell in row) for row in [PAYMENTS, *ROWS])
    yield Case("fixed_width", ".txt", f"BPJS\n{lines}\n".encode(), refused="columns are not separated by")
    sql = f"-- dump\nINSERT INTO `iuran` ({HEAD}) VALUES\n" + ",\n".join(f"({','.join(map(repr, r))})" for r in ROWS)
    yield Case("sql_dump", ".csv", sql.encode(), refused="this is an SQL dump")
    objects = [json.dumps(dict(zip(PAYMENTS, row, strict=True))) for row in ROWS]
    yield Case("json_lines", ".csv", "\n".join(objects).encode(), refused="this is JSON")
    yield Case("json_array", ".csv", ("[\n" + ",\n".join(objects) + "\n]").encode(), refused="this is JSON")
    back = [with_cell(ROWS[0], "JUMLAH_IURAN", "\u201336.800"), *ROWS[1:]]
    minus = {2: {"amount_rp": -36_800}}
    yield Case("en_dash_as_minus", ".csv", text(back, delimiter=";").encode(), 3, rows=minus)
    pages = ",,,,,,,Halaman 2,\n,,,,,,,,Page 3\n"
    yield Case("page_in_the_last_columns", ".csv", (STANDARD + pages).encode(), 3, not_data=(5, 6))
