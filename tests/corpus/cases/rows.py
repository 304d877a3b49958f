"""Where a row ends, and which rows are no data: in other feeds, delimiters and containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.case import Case
from corpus.files import HEAD, PAID, PAYMENTS, PEOPLE, ROWS, STANDARD, payment, person, text, xls, xlsx

REMARKED = [*PAYMENTS, "CATATAN"]


def cases() -> Iterator[Case]:
    yield from quotes()
    yield from aside()
    yield from cells()
    yield from mails()


def remarked(*remarks: str, delimiter: str = ",", end: str = "\n") -> bytes:
    """Payments whose remarks stand as they are, quotes and all."""
    lines = [delimiter.join([*payment(n), remark]) for n, remark in enumerate(remarks, start=1)]
    return (end.join([delimiter.join(REMARKED), *lines]) + end).encode()


def quotes() -> Iterator[Case]:
    yield Case("ditto_in_semicolons", ".csv", remarked("a", '"', '"', delimiter=";"), 3, rows=PAID)
    yield Case(
        "ditto_in_tabs_of_utf_16",
        ".txt",
        remarked("a", '"', '"', delimiter="\t").decode().encode("utf-16"),
        3,
        rows=PAID,
    )
    yield Case("ditto_on_the_last_line", ".csv", remarked("a", "b", '"'), 3, rows=PAID)
    yield Case("inches", ".csv", remarked('pipa 5"', 'pipa 3"', "b"), 3, rows=PAID)
    yield Case("quote_opened_only", ".csv", remarked('"lunas', "b", "c"), 3, rows=PAID)
    yield Case("quote_opened_twice", ".csv", remarked('"lunas', "b", '"lunas'), 3, rows=PAID)
    yield Case("quote_closed_only", ".csv", remarked('lunas"', "b", 'lunas"'), 3, rows=PAID)
    yield Case("quote_inside_quotes", ".csv", remarked('"di "pasar" saja"', "b", "c"), 3, rows=PAID)
    yield Case("remark_over_three_lines", ".csv", remarked('"satu\ndua, dua\ntiga"', "b", "c"), 3, held=3)
    two = [[*payment(1)[:5], '"', '"', "36800", "PESERTA"], payment(2)]
    yield Case("two_dittos_in_a_row", ".csv", "\n".join([HEAD, *map(",".join, two)]).encode(), 1, (2,))
    opened = remarked('"lunas, tunai', "b", "c")
    yield Case("quote_opened_before_a_delimiter", ".csv", opened, refused="line 2 cannot be read")
    people = [person(n) for n in (1, 2, 3, 4)]
    people[1][9], people[2][9] = '"Warung', 'Warung Bu Sri"'
    lines = "\r\n".join([";".join(PEOPLE), *map(";".join, people)])
    kept: dict[int, dict[str, Any]] = {n + 1: {"nik": person(n)[3], "kpj": person(n)[4]} for n in (1, 2, 3, 4)}
    yield Case("stray_quotes_in_semicolons", ".csv", lines.encode(), 4, feed="registrations", rows=kept)
    yield Case("cr_cr_lf", ".csv", STANDARD.replace("\n", "\r\r\n").encode(), 3, rows=PAID)
    damaged = STANDARD.replace("2023-09-13", "x", 2).replace("x", "2023-09-13", 1).replace("\n", "\r\r\n")
    yield Case("cr_cr_lf_and_a_wrong_date", ".csv", damaged.encode(), 2, (3,))
    yield Case("end_of_file_character_without_a_line", ".csv", STANDARD.rstrip("\n").encode() + b"\x1a", 3, rows=PAID)
    tabs = (text(ROWS, delimiter="\t") + "\x1a").encode("utf-16")
    yield Case("end_of_file_character_in_utf_16", ".csv", tabs, 3, rows=PAID)
    yield Case("much_nul_padding", ".csv", STANDARD.encode() + bytes(3 << 20), 3, rows=PAID)
    lost = STANDARD.encode().replace(b"\nPAY-0000003", b"\n" + bytes(40) + b"\nPAY-0000003")
    yield Case("a_line_of_nul_among_the_rows", ".csv", lost, 3, (4,))


def aside() -> Iterator[Case]:
    numbered = [[n, *payment(n)] if n <= 3 else [n, *[""] * 9] for n in range(1, 60)]
    below = tuple(range(5, 61))
    yield Case("numbered_form_xlsx", ".xlsx", xlsx([["NO", *PAYMENTS], *numbered]), 3, not_data=below, rows=PAID)
    yield Case("numbered_form_xls", ".xls", xls([["NO", *PAYMENTS], *numbered]), 3, not_data=below, held=59)
    preset = [["", "NTB01", "", "", "2023-09", "1", "3", "", "PESERTA"] for _ in range(40)]
    yield Case("preset_form", ".csv", text([*ROWS, *preset], delimiter=";").encode(), 3, not_data=tuple(range(5, 45)))
    people = [person(n) for n in (1, 2, 3)]
    empty = [["", "NTB01", "", "", "", "", "", "", "", "", "5271", "3", "0", ""] for _ in range(20)]
    forms = text([*people, *empty], PEOPLE, "\t").encode()
    yield Case("preset_form_of_people", ".tsv", forms, 3, not_data=tuple(range(5, 25)), feed="registrations")
    counted = ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)"]
    yield Case("numbers_of_the_columns", ".csv", text([counted, *ROWS]).encode(), 3, not_data=(2,))
    days = [*ROWS, ["", "", "", "2023-09-13 Total", "", "", "", "110400", ""], ["Grand Total", *[""] * 6, "110400", ""]]
    yield Case("subtotals_of_days_xlsx", ".xlsx", xlsx([PAYMENTS, *days]), 3, not_data=(5, 6), rows=PAID)
    head = "Halaman 2 dari 2;;;;;;Dicetak 16/09/2023;;\n"
    ends = text(ROWS, delimiter=";") + head + "Mengetahui;;;;;;Petugas;;\nJumlah AB00001;110400\n"
    yield Case("page_heads_and_signatures", ".csv", ends.encode(), 3, not_data=(5, 6, 7))
    said = b'{"lines": 3, "amount_rp": 110400}'
    yield Case("manifest_without_totals", ".csv", ends.encode(), 3, not_data=(5, 6, 7), manifest=said)
    with_totals = b'{"lines": 6, "amount_rp": 110400}'
    yield Case("manifest_with_totals", ".csv", ends.encode(), 3, not_data=(5, 6, 7), manifest=with_totals)
    # what may be data is never set aside
    doubtful = [
        ["PAY-0000004", "NTB01", *[""] * 7],
        ["", "NTB01", "00000000005", *[""] * 6],
        ["", "NTB01", *[""] * 5, "36800", ""],
        ["Total", "NTB01", "00000000006", "", "", "", "", "36800", ""],
        ["081234567890", *[""] * 8],
    ]
    yield Case("rows_that_may_be_data", ".csv", text([*ROWS, *doubtful]).encode(), 3, (5, 6, 7, 8, 9))
    shifted = [[*[""] * 9, *payment(4)]]
    wide = text([[*row, *[""] * 9] for row in ROWS] + shifted, [*PAYMENTS, *[f"X{n}" for n in range(9)]])
    yield Case("row_beside_its_columns", ".csv", wide.encode(), 3, (5,))


def cells() -> Iterator[Case]:
    short = [person(1), person(2)[:13]]
    lines = "\n".join([",".join(PEOPLE), *map(",".join, short)])
    yield Case("optional_cell_left_out", ".csv", f"{lines}\n".encode(), 2, feed="registrations")
    yield Case("optional_cell_cut_off", ".csv", lines.encode(), 1, (3,), feed="registrations")
    required = "\n".join([HEAD, *(",".join(row[:8]) for row in ROWS)]) + "\n"
    yield Case("required_cell_left_out", ".csv", required.encode(), 0, (2, 3, 4))
    one = [[",".join(PAYMENTS)], *([",".join(row)] for row in ROWS)]
    yield Case("lines_pasted_into_a_sheet", ".xlsx", xlsx(one), refused="all columns stand in one cell")
    quoted = "\r\n".join(
        f'"{line}"' for line in text([[*row, '"A"'] for row in ROWS], REMARKED).replace('"', '""').split()
    )
    yield Case("lines_in_quotes_with_quotes", ".csv", quoted.encode(), 3, rows=PAID, held=3)
    yield Case(
        "header_plain_and_lines_in_quotes", ".csv", STANDARD.replace("PAY", '"PAY').replace("RTA", 'RTA"').encode(), 3
    )
    yield Case("document_as_csv", ".docx", STANDARD.encode(), refused=".docx is not taken")


def mails() -> Iterator[Case]:
    """A mail's rule, signature and disclaimer below the rows take none of them along."""
    people = [person(n) for n in (1, 2, 3)]
    secret = "Pesan dan lampiran bersifat rahasia, dan hanya untuk penerima yang dituju."
    told = [secret, "Email ini telah dipindai oleh antivirus", "Hormat kami,", "This e-mail and any attachments, too"]
    for end in ("\n", "\r\n"):
        for n, below in enumerate([["--"], ["", "--", told[1]], ["-- ", *told], [secret], ["___"]]):
            lines = tuple(line for line, words in enumerate(below, start=5) if words)
            content = text(people, PEOPLE, end=end) + end.join(below) + end
            yield Case(f"mail_below_people_{n}_{len(end)}", ".csv", content.encode(), 3, not_data=lines, said="",
                       feed="registrations")  # fmt: skip
    signature = ["", "--", "Kantor Cabang Mataram; Jl. Contoh 1; Telp (0451) 000000"]
    content = text(ROWS, delimiter=";") + "\n".join(signature)
    yield Case("mail_below_payments", ".csv", content.encode(), 3, not_data=(6, 7), said="", rows=PAID)
    content = text(ROWS, delimiter="\t") + "_____\n"
    yield Case("rule_below_payments", ".tsv", content.encode("utf-16"), 3, not_data=(5,), said="", rows=PAID)
    yield Case("rule_below_a_sheet", ".xlsx", xlsx([PAYMENTS, *ROWS, ["--"]]), 3, not_data=(5,), said="", rows=PAID)
    first, second, *rest = text(ROWS).splitlines()
    torn = "\n".join([first, second[:60], second[60:], *rest])
    yield Case("row_torn_in_two", ".csv", torn.encode(), 1, (2, 3, 4), rules=dict.fromkeys((2, 3, 4), "row_readable"))
