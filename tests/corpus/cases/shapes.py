"""Tables whose rows, headers or cells do not stand where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.date_forms import HEADERS, row
from corpus.files import text, typed, with_cell, xls, xlsx

BRANCH = "STG02"
PAYMENTS, PEOPLE, ROSTER, CLAIMS = (HEADERS[feed] for feed in ("contributions", "registrations", "agents", "claims"))


def cases() -> Iterator[Case]:
    yield from continued_sheets()
    yield from glued()
    yield from drawn()
    yield from narrow()
    yield from pieces()
    yield from exchanged()
    yield from bracketed()


def rows(feed: str, *numbers: int) -> list[list[Any]]:
    """Rows of the branch that every contract accepts."""
    return [with_cell(row(feed, n), "KODE_CABANG", BRANCH, HEADERS[feed]) for n in numbers]


def case(trouble: str, extension: str, content: bytes | str, accepted: int = 0, **expected: Any) -> Case:
    content = content if isinstance(content, bytes) else content.encode()
    return Case(trouble, extension, content, accepted, branch=BRANCH, **expected)


def continued_sheets() -> Iterator[Case]:
    """A second sheet goes on without a header."""
    first = [PAYMENTS, *map(typed, rows("contributions", 1, 2, 3))]
    told = "sheet 2 holds 2 rows without a header that seem to go on"
    yield case("sheet_goes_on", ".xlsx", xlsx(first, list(map(typed, rows("contributions", 4, 5)))), refused=told)
    roster = [["NO", *ROSTER], *([n, *each] for n, each in enumerate(rows("agents", 1, 2), start=1))]
    titled = [["LANJUTAN"], *rows("agents", 3, 4)]
    yield case(
        "sheet_goes_on_under_a_title", ".xlsx", xlsx(roster, titled), refused="sheet 2 holds 3 rows", feed="agents"
    )
    people = [PEOPLE, *rows("registrations", 1, 2)]
    misnamed = [["NOMOR", *PEOPLE[1:]], *rows("registrations", 3)]
    yield case(
        "sheet_under_another_header", ".xlsx", xlsx(misnamed, people), refused="sheet 1 holds", feed="registrations"
    )
    pivot = [
        ["Rekap", "2023-09-13"],
        ["Label", *[f"2023-0{n}" for n in range(1, 10)]],
        *([branch, *[7350000 * n for n in range(1, 10)]] for branch in ("STG01", "STG02")),
        ["2023-09-13", *[42000000] * 9],
    ]
    claims = [CLAIMS, *rows("claims", 1, 2)]
    yield case("sheet_of_sums", ".xlsx", xlsx(claims, pivot), 2, feed="claims")
    notes = [["Petunjuk: KPJ 00000000001 ditulis sebagai teks, tanggal 2023-09-13"]]
    yield case("sheet_of_advice", ".xlsx", xlsx(claims, notes), 2, feed="claims")


def glued() -> Iterator[Case]:
    """Two files put together, of which the first had no end of its last line."""
    swapped = PAYMENTS.copy()
    swapped[5], swapped[6] = swapped[6], swapped[5]
    one, two = rows("contributions", 1, 2), rows("contributions", 3, 4)
    begin = text(one).removesuffix("\n")
    other = text([[*each[:5], "3", "2", *each[7:]] for each in two], swapped)
    told = "line 3 is a second header"
    yield case("glued_with_a_byte_order_mark", ".csv", f"{begin}\ufeff{other}", refused=told)
    yield case("glued_in_semicolons", ".txt", f"{begin}{other}".replace(",", ";"), refused=told)
    fewer = [[*each[:8], *each[9:]] for each in rows("registrations", 3, 4)]
    below = text(rows("registrations", 1, 2), PEOPLE) + text(fewer, [*PEOPLE[:8], *PEOPLE[9:]])
    yield case(
        "second_header_of_fewer_columns", ".csv", below, refused="line 4 is a second header", feed="registrations"
    )
    alike = f"{begin}{text(two)}"
    yield case("glued_in_the_same_order", ".csv", alike, 3, rejected=(3,), rules={3: "row_readable"})


def drawn() -> Iterator[Case]:
    """Lines of - + | = that database programs draw."""
    paid = [PAYMENTS, *rows("contributions", 1, 2, 3)]
    widths = [max(len(line[at]) for line in paid) for at in range(len(PAYMENTS))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in paid]
    dashes = ["-" * width for width in widths]
    psql = [f" {' | '.join(line)} " for line in padded]
    psql[1:1] = [f"-{'-+-'.join(dashes)}-"]
    content = "\n".join([*psql, "(3 rows)", ""])
    yield case("drawn_by_psql", ".txt", content, 3, not_data=(6,))
    border = f"+-{'-+-'.join(dashes)}-+"
    boxed = [f"| {' | '.join(line)} |" for line in padded]
    content = "\n".join([border, boxed[0], border, *boxed[1:], border, "3 rows in set (0.02 sec)", ""])
    yield case("drawn_by_mysql", ".txt", content, 3, not_data=(8,))
    people = [PEOPLE, *rows("registrations", 1, 2)]
    markdown = "\r\n".join(f"|{'|'.join(line)}|" for line in [people[0], [":---"] * len(PEOPLE), *people[1:]])
    yield case("drawn_in_markdown", ".txt", f"{markdown}\r\n", 2, feed="registrations")
    ruled = text(rows("claims", 1, 2), CLAIMS, "\t").replace("\n", f"\n{'=' * 60}\n")
    yield case("ruled_between_rows", ".tsv", ruled, 2, feed="claims")


def narrow() -> Iterator[Case]:
    """A cell is missing, and those behind it moved to the left."""
    last = ("JENIS_PEKERJAAN", "HANDPHONE", "KODE_PERISAI")
    header = [*(name for name in PEOPLE if name not in last), "HANDPHONE", "JENIS_PEKERJAAN", "KODE_PERISAI"]
    people = [
        [each[PEOPLE.index(name)] if name != "HANDPHONE" else f"0812555000{n}" for name in header]
        for n, each in enumerate(rows("registrations", 1, 2, 3, 4))
    ]
    no_work = [cells for at, cells in enumerate(people[1]) if header[at] != "JENIS_PEKERJAAN"]
    lines = text([people[0], no_work, *people[2:]], header, ";")
    told = {3: "cells_not_moved"}
    yield case("cell_missing", ".csv", lines, 3, rejected=(3,), rules=told, feed="registrations")
    no_phone = [[*each[:11], *each[12:]] for each in people[1:3]]
    shifted = xls([header, people[0], *no_phone, people[3]])
    two: dict[int, str] = dict.fromkeys((3, 4), "cells_not_moved")
    yield case("cells_shifted_to_the_left", ".xls", shifted, 2, rejected=(3, 4), rules=two, feed="registrations")
    alone = [[*each[:11], "Pedagang"] for each in people[:1]]
    yield case(
        "occupation_in_the_phone", ".tsv", text([*alone, *people[1:]], header, "\t"), 3,
        rejected=(2,), rules={2: "cells_not_moved"}, feed="registrations",
    )  # fmt: skip
    said = ["Tidak ada HP", "belum punya", "tdk punya", "0812555"]
    none = [[*each[:11], word, *each[12:]] for each, word in zip(people, said, strict=True)]
    yield case("no_phone_in_words", ".xlsx", xlsx([header, *none]), 4, feed="registrations")


def pieces() -> Iterator[Case]:
    """A long text goes on in the next row, where nothing else stands."""

    def below(header: list[str], **words: str) -> list[str]:
        return [words.get(name, "") for name in header]

    one, two, three = rows("agents", 1, 2, 3)
    more, last = below(ROSTER, NAMA_WADAH="Bersama"), below(ROSTER, NAMA_WADAH="Nusantara", NAMA_PERISAI="Kusuma")
    torn: dict[int, str] = dict.fromkeys((2, 3, 4), "row_readable")
    book = xlsx([ROSTER, one, more, last, two, three])
    yield case("name_in_three_rows", ".xlsx", book, 2, rejected=(2, 3, 4), rules=torn, feed="agents")
    people, work = rows("registrations", 1, 2, 3), below(PEOPLE, JENIS_PEKERJAAN="dan ojek")
    end = "Mengetahui;;;;;;;;;;;;;\n;;;;;Kepala Cabang;;;;;;;;\n"
    lines = text([people[0], people[1], work, people[2]], PEOPLE, ";") + end
    half: dict[str, Any] = {"rejected": (3, 4), "rules": {4: "row_readable"}, "not_data": (6, 7)}
    yield case("occupation_in_two_rows", ".csv", lines, 2, feed="registrations", **half)
    total = below(ROSTER, NAMA_PERISAI="Jumlah agen: dua")
    yield case("total_among_the_names", ".xls", xls([ROSTER, one, two, total]), 2, not_data=(4,), feed="agents")


def exchanged() -> Iterator[Case]:
    """Headers of two columns that were exchanged, in files too short to be refused for the share of rejected rows."""
    turned = [
        "PROGRAM" if name == "JUMLAH_BULAN" else "JUMLAH_BULAN" if name == "PROGRAM" else name for name in PAYMENTS
    ]
    paid = [
        [*each[:5], months, programmes, str(int(months) * 36800), *each[8:]]
        for each, months, programmes in zip(
            rows("contributions", *range(1, 9)), "12311263", "23232332", strict=True
        )
    ]  # fmt: skip
    told = "the headers JUMLAH_BULAN and PROGRAM seem to be exchanged"
    yield case("months_and_programmes_exchanged", ".csv", text(paid, turned, ";"), refused=told)
    book = xlsx([turned, *map(typed, paid)])
    one = [[*typed(each)[:5], int(each[5]), int(each[6]), int(each[7]), each[8]] for each in paid]
    book = xlsx([turned, *one])
    yield case("months_and_programmes_exchanged_xlsx", ".xlsx", book, refused=told)
    yield case("months_and_programmes_in_place", ".csv", text(paid, PAYMENTS, "|"), 8)
    codes = [
        "KODE_WADAH" if name == "KODE_PERISAI" else "KODE_PERISAI" if name == "KODE_WADAH" else name for name in ROSTER
    ]
    roster = xls([codes, *rows("agents", 1, 2, 3)])
    told = "the headers KODE_PERISAI and KODE_WADAH seem to be exchanged"
    yield case("agents_and_wadah_exchanged", ".xls", roster, refused=told, feed="agents")
    work = ["Pedagang", "Nelayan", "Tukang ojek", "Petani"]
    people = [
        with_cell(
            with_cell(each, "NAMA_LENGKAP", work[n % 4], PEOPLE),
            "JENIS_PEKERJAAN",
            f"Peserta {'AFKDIBGLEJCH'[n]}",
            PEOPLE,
        )
        for n, each in enumerate(rows("registrations", *range(1, 13)))
    ]
    told = "the headers NAMA_LENGKAP and JENIS_PEKERJAAN seem to be exchanged"
    yield case("names_and_occupations_exchanged", ".csv", text(people, PEOPLE), refused=told, feed="registrations")
    book = xlsx([PEOPLE, *people])
    yield case("names_and_occupations_exchanged_xlsx", ".xlsx", book, refused=told, feed="registrations")
    place = [*PEOPLE[:5], "PEKERJAAN", *PEOPLE[6:9], "NAMA", *PEOPLE[10:]]
    yield case("names_and_occupations_in_place", ".tsv", text(people, place, "\t"), 12, feed="registrations")


def bracketed() -> Iterator[Case]:
    """Units and forms in brackets behind a header."""

    def paid_on(*days: str) -> list[list[str]]:
        return [
            with_cell(each, "TGL_BAYAR", day) for each, day in zip(rows("contributions", 1, 2, 3), days, strict=False)
        ]

    header = [
        {
            "TGL_BAYAR": "Tgl. Bayar (dd/mm/yyyy)",
            "JUMLAH_IURAN": "Jumlah Iuran (Rp)",
            "JUMLAH_BULAN": "Jumlah Bulan",
        }.get(name, name)
        for name in PAYMENTS
    ]
    early = paid_on("05/04/2023", "06/05/2023", "07/02/2023")
    held = {2: {"payment_date": date(2023, 4, 5), "amount_rp": 36_800}}
    yield case("form_in_the_header", ".csv", text(early, header, ";"), 3, rows=held)
    month = ["TGL BAYAR (MM-DD-YYYY)" if name == "TGL_BAYAR" else name for name in PAYMENTS]
    dashes = text(paid_on("04-05-2023", "05-06-2023"), month)
    yield case("month_first_in_the_header", ".csv", dashes, 2, rows={2: {"payment_date": date(2023, 4, 5)}})
    local = ["TGL_BAYAR (hh-bb-tttt)" if name == "TGL_BAYAR" else name for name in PAYMENTS]
    against = paid_on("05/04/2023", "05/13/2023", "05/14/2023")
    yield case(
        "form_in_the_header_contradicted", ".xlsx", xlsx([local, *against]), refused="line 2: day and month cannot"
    )
    claims = ["NILAI KLAIM (Rp)" if name == "NILAI_KLAIM" else name for name in CLAIMS]
    yield case("unit_in_the_header", ".xlsx", xlsx([claims, *rows("claims", 1, 2)]), 2, feed="claims")
