"""Text: dialects, damage, what stands around the table, headers, wrong names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.files import ACCENTED, FIRST, HEAD, MIB, PAID, PAYMENTS, PEOPLE, ROWS, SECOND, STANDARD, THIRD, person, text


def cases() -> Iterator[Case]:
    yield from dialects()
    yield from texts()


def dialects() -> Iterator[Case]:
    """Every delimiter in every encoding."""
    rows = [person(n, name) for n, name in enumerate(ACCENTED, start=1)]
    kept = {
        n + 1: {"nik": row[3], "kpj": row[4], "full_name": row[5], "birth_date": date(1980 + n, 5, 10), "phone": None}
        for n, row in enumerate(rows, start=1)
    }
    encodings = {
        "utf_8": ("utf-8", b""),
        "utf_8_with_mark": ("utf-8", b"\xef\xbb\xbf"),
        "utf_16_le": ("utf-16-le", b"\xff\xfe"),
        "utf_16_be": ("utf-16-be", b"\xfe\xff"),
        "utf_16_le_without_mark": ("utf-16-le", b""),
        "utf_16_be_without_mark": ("utf-16-be", b""),
        "windows_1252": ("cp1252", b""),
    }
    for delimiter, name in {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.items():
        for encoding, (codec, mark) in encodings.items():
            content = mark + text(rows, PEOPLE, delimiter, "\r\n").encode(codec)
            yield Case(f"{name}_in_{encoding}", ".csv", content, accepted=3, feed="registrations", rows=kept)


def texts() -> Iterator[Case]:  # noqa: PLR0915 (a table)
    def case(trouble: str, content: str | bytes, accepted: int = 0, *rejected: int, **more: Any) -> Case:
        content = content.encode() if isinstance(content, str) else content
        return Case(trouble, more.pop("extension", ".csv"), content, accepted, rejected, **more)

    yield case("standard", STANDARD, 3, rows=PAID)
    # records, quotes and lines
    yield case("quoted_newline", text([[*row, "satu\ndua"] for row in ROWS], [*PAYMENTS, "CATATAN"]), 3)
    yield case("quoted_delimiter", text([[*row, "a;b,c"] for row in ROWS], [*PAYMENTS, "CATATAN"], ";"), 3)
    yield case("quote_inside_a_value", text([[*row, 'di "pasar"'] for row in ROWS], [*PAYMENTS, "CATATAN"]), 3)
    yield case("header_in_quotes", STANDARD.replace("NO_BUKTI", '"NO_BUKTI"'), 3)
    yield case("ragged_rows", f"{HEAD}\n{FIRST}\n{SECOND},x\nPAY-1,NTB01\n{THIRD}\n", 2, 3, 4)
    yield case("mixed_line_ends", f"{HEAD}\r\n{FIRST}\n{SECOND}\r{THIRD}\r\n", 3)
    yield case("lone_return_beside_a_lost_row", f"{HEAD}\n{FIRST}\r{SECOND}\n\n{THIRD}\n", 3)
    yield case("carriage_returns_only", STANDARD.replace("\n", "\r"), 3)
    yield case("no_line_end_at_the_end", STANDARD.rstrip("\n"), 3)
    yield case("blank_lines", STANDARD.replace("\n", "\n\n"), 3)
    yield case("rows_of_delimiters_only", STANDARD + "," * 8 + "\n" + "," * 8 + "\n", 3)
    yield case("ragged_rows_of_delimiters_only", STANDARD + "," * 20 + "\n", 3)
    yield case("trailing_delimiter", STANDARD.replace("\n", ",\n"), 3)
    yield case("trailing_delimiter_without_one_in_the_header", f"{HEAD}\n{FIRST},\n{SECOND},\n{THIRD},\n", 3)
    yield case("trailing_delimiter_in_the_header_only", f"{HEAD},\n{FIRST}\n{SECOND}\n{THIRD}\n", 3)
    yield case("blanks_around_values", STANDARD.replace(",", " , "), 3)
    # damage
    yield case("empty", b"", refused="the file is empty")
    yield case("blanks_only", b" \r\n\r\n", refused="the file is empty")
    yield case("byte_order_mark_only", b"\xef\xbb\xbf", refused="the file is empty")
    yield case("utf_16_mark_only", b"\xff\xfe", refused="the file is empty")
    yield case("nul_byte_in_a_row", STANDARD.replace("PAY-0000002", "PAY-00\x0002"), 2, 3)
    yield case("nul_bytes_at_the_end", STANDARD.encode() + b"\0" * 50, 3)
    yield case("nul_bytes_only", b"\0" * 5000, refused="no header is found")
    yield case("cut_off_in_a_row", STANDARD[:-20], 2, 4)
    yield case("cut_off_in_quotes", STANDARD + '"PAY-0000004,NTB01', refused="line 5 cannot be read")
    yield case("line_of_10_mb", STANDARD + "x" * (10 * MIB), refused="line 5 is too long")
    yield case("only_a_line_of_10_mb", b"x" * (10 * MIB), refused="line 1 is too long")
    yield case("line_of_10_mb_of_delimiters", STANDARD + "," * (10 * MIB) + "\n", refused="line 5 is too long")
    open_quote = STANDARD + '"' + f"{FIRST}\n" * 20_000
    yield case("quote_never_closed", open_quote, 3, 5, duplicates=19_999)
    yield case(
        "utf_8_with_a_broken_character",
        text([[*ROWS[0], "Zoë"], [*ROWS[1], "Ñ"]], [*PAYMENTS, "CATATAN"]).encode().replace(b"\xc3\x91", b"\xc3"),
        refused="damaged UTF-8",
    )
    yield case("bytes_of_no_encoding", STANDARD.replace("PESERTA", "\x81").encode("latin-1"), refused="not UTF-8")
    yield case("utf_16_cut_in_a_character", b"\xff\xfe" + STANDARD.encode("utf-16-le")[:-1], refused="not UTF-8")
    mostly_windows = text([[*ROWS[0], "Zoë “Ñ”"], [*ROWS[1], "ü"]], [*PAYMENTS, "CATATAN"]).encode("cp1252")
    yield case("windows_1252_with_a_pair_as_in_utf_8", mostly_windows, 2)
    # what stands around the table
    title = "LAPORAN IURAN\nCabang Contoh,,\n\n"
    yield case("title_rows_above", title + STANDARD, 3)
    yield case("separator_line_of_excel", "sep=;\r\n" + text(ROWS, delimiter=";", end="\r\n"), 3)
    yield case("title_above_in_tabs", "LAPORAN IURAN\n" + text(ROWS, delimiter="\t"), 3)
    yield case("header_below_the_first_thirty_rows", "x\n" * 31 + STANDARD, refused="no header is found")
    yield case("totals_row", STANDARD + "TOTAL,,,,,,,110400,\n", 3, not_data=(5,))
    yield case("totals_row_in_semicolons", text(ROWS, delimiter=";") + ";;JUMLAH;;;;;110400;\n", 3, not_data=(5,))
    yield case(
        "subtotals",
        f"{HEAD}\n{FIRST}\nSub total,,,,,,,36800,\n{SECOND}\nGrand Total,,,,,,,73600,\n",
        2,
        not_data=(3, 5),
    )
    yield case("footer", STANDARD + "\nDicetak oleh kantor cabang\n", 3, not_data=(6,))
    yield case("footer_as_wide_as_the_table", STANDARD + "Dicetak oleh kantor cabang,,,,,,,,\n", 3, not_data=(5,))
    yield case("second_header_in_the_middle", f"{HEAD}\n{FIRST}\n{HEAD}\n{SECOND}\n", 2, not_data=(3,))
    swapped = text([[row[2], *row[:2], *row[3:]] for row in ROWS], [PAYMENTS[2], *PAYMENTS[:2], *PAYMENTS[3:]])
    yield case("second_header_of_another_order", STANDARD + swapped, refused="line 5 is a second header")
    # headers
    yield case("header_only", HEAD + "\n", 0)
    yield case("header_only_without_line_end", HEAD, 0)
    yield case("no_header", "\n".join([FIRST, SECOND, THIRD]), refused="no header is found")
    yield case("duplicate_header", STANDARD.replace("PEMBAYAR", "No. Bukti"), refused="stands twice")
    yield case("required_column_missing", STANDARD.replace("JUMLAH_IURAN", "X"), refused="are missing: JUMLAH_IURAN")
    yield case("header_in_other_words", STANDARD.replace("NO_BUKTI", "Nomor  Bukti").replace("KPJ", "No. KPJ"), 3)
    yield case("columns_in_another_order", swapped, 3)
    yield case("unknown_column", text([[*row, "x"] for row in ROWS], [*PAYMENTS, "CATATAN"], ";"), 3)
    yield case("repeated_row", f"{HEAD}\n{FIRST}\n{FIRST}\n{SECOND}\n", 2, duplicates=1)
    yield case("repeated_row_in_tabs", text([ROWS[0], ROWS[0], ROWS[1]], delimiter="\t"), 2, duplicates=1)
    # what it says it is, and is not
    yield case("csv_named_xls", text(ROWS, delimiter="\t"), 3, extension=".xls")
    yield case("csv_named_xlsx", STANDARD, 3, extension=".xlsx")
    yield case("csv_named_parquet", STANDARD, 3, extension=".PARQUET")
    yield case("csv_named_gz", STANDARD, 3, extension=".csv.gz")
    yield case("tsv", text(ROWS, delimiter="\t"), 3, extension=".tsv")
    yield case("txt", text(ROWS, delimiter="|"), 3, extension=".txt")
    page = f"<html><body><table><tr><td>{HEAD}</td></tr></table></body></html>"
    yield case("web_page_named_xls", page, refused="all columns stand in one cell", extension=".xls")
    yield case("pdf_named_csv", b"%PDF-1.7\n" + STANDARD.encode(), refused="this is a PDF")
    yield case("random_bytes", bytes(range(256)) * 40, refused="/")
