"""Lines of text: stray quotes, rows that are no data, ends of files, manifests, what a reason names."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case, each, kept
from corpus.cases.dates import SIX, card
from corpus.files import FIRST, HEAD, PAYMENTS, PEOPLE, ROWS, SECOND, THIRD, person, text


def cases() -> Iterator[Case]:
    paid = each(SIX, amount_rp=36_800, kpj=card)
    yield kept("ditto_marks.csv", 6, rows=paid)
    most = each(range(2, 42), amount_rp=36_800, kpj=card)
    yield kept("ditto_marks_on_most_rows.csv", 40, branch="NTB02", rows=most)
    people = each(SIX, nik=lambda line: f"52010150058{line - 1}000{line - 1}", kpj=card, phone="081234567890")
    for line in (2, 4, 6, 7):
        people[line]["occupation"] = "Pedagang"
    yield kept("stray_quotes_in_occupation.csv", 6, feed="registrations", rows=people)
    torn = [FIRST, SECOND[:-6], SECOND[-6:], THIRD]
    yield Case("last_cell_torn", ".csv", "\n".join([HEAD, *torn, ""]).encode(), 1, (3, 4, 5))
    at = [PAYMENTS.index("JUMLAH_IURAN"), *(n for n in range(9) if PAYMENTS[n] != "JUMLAH_IURAN")]
    rows = [";".join(str(row[n]) for n in at) for row in [PAYMENTS, *ROWS]]
    torn = [*rows[:3], rows[3][:2], rows[3][2:], ""]
    yield Case("first_cell_torn", ".txt", "\r\n".join(torn).encode("utf-16"), 1, (3, 4, 5))
    # quotes that swallow the end of one row and the beginning of the next, which together are as wide as the header
    opened = [row.split(",") for row in (FIRST, SECOND, THIRD)]
    opened[0][2], opened[1][2] = f'"{opened[0][2]}', f'{opened[1][2]}"'
    wide = "\n".join([HEAD, *map(",".join, opened), ""]).encode()
    yield Case("quotes_around_two_halves", ".csv", wide, 1, (2, 3), rules=dict.fromkeys((2, 3), "kpj_form"))
    late = [row.split("|") for row in text([person(1), person(2)], PEOPLE, "|").splitlines()[1:]]
    late[0][5], late[1][5] = '"Contoh', '""Contoh ""Ina"""'
    names = "\n".join(["|".join(PEOPLE), *map("|".join, late), ""])
    yield Case("quotes_around_two_people", ".txt", names.encode(), 2, feed="registrations")
    heads = "\n".join([HEAD, FIRST, "Kecamatan Contoh Kota", SECOND, "Halaman 2", THIRD, ""]).encode()
    yield Case("titles_of_one_cell", ".csv", heads, 3, not_data=(3, 5))
    blanks = tuple(range(8, 408))
    yield kept("form_with_numbered_blanks.csv", 6, rows=paid, not_data=blanks)
    yield kept("form_with_filled_blanks.csv", 6, branch="NTB02", rows=paid, not_data=blanks)
    subtotals = tuple(range(5, 50, 4))
    rows = each((line for line in range(2, 49) if line not in subtotals), amount_rp=36_800)
    yield kept("subtotals_of_agents.csv", 36, rows=rows, not_data=subtotals)
    heads = tuple(line for top in (10, 20, 30, 40, 50, 60, 65) for line in (top, top + 1))
    rows = each((line for line in range(2, 64) if line not in heads), amount_rp=36_800)
    yield kept("page_heads.csv", 50, branch="NTB02", rows=rows, not_data=heads)
    yield kept("manifest_with_mark.csv", 6, rows=paid)
    yield kept("manifest_in_utf_16.csv", 6, branch="NTB02", rows=paid)
    yield kept("end_of_file_character.csv", 6, rows=paid)
    yield kept("nul_padding.csv", 6, branch="NTB02", rows=paid)
    yield kept("blanks_before_quotes.csv", 6, rows=paid)
    yield kept("whole_lines_quoted.csv", 6, branch="NTB02", rows=paid)
    yield kept("backslash_before_quotes.csv", 6, branch="NTB03", rows=paid)
    yield kept("invisible_space_in_branch.csv", 6, branch="NTB04", rows=paid)
    yield kept("macro_workbook.xlsm", refused=".xlsm")
