"""Files of which the rest, or a column, is missing: sent in parts, or without agents."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case
from corpus.files import PAYMENTS, PEOPLE, ROWS, Cells, person, text, xlsx

WHOLE = ""


def cases() -> Iterator[Case]:
    yield from _parts()
    yield from _columns()


def _parts() -> Iterator[Case]:
    """Titles and feet of an export that was cut into files."""
    pages = "of 2 pages or parts, but the file ends with number 1"
    left = "says that more rows are left out"
    said = {
        "Bagian 1 dari 2": pages, "Part 1 of 2": pages, "File ke-1 dari 2": pages, "Lampiran (1 dari 2)": pages,
        "bersambung ke file ke-2": left, "dilanjutkan di email berikutnya": left, "Lanjut ke lembar 2": left,
        "continued in file 2": left,
    }  # fmt: skip
    for n, (words, told) in enumerate(said.items()):
        note: Cells = [words, *[""] * 8]
        yield Case(f"part_below_{n}", ".csv", text([*ROWS, note], delimiter=";").encode(), refused=told)
        yield Case(f"part_above_{n}", ".xlsx", xlsx([note, PAYMENTS, *ROWS]), refused=told)
    fine = ["Bagian 2 dari 2", "Part 1 of 1", "bersambung", "Bagian Keuangan", "Lampiran 1/2023", "Berkas 1 dari 2023"]
    notes = [[words, *[""] * 8] for words in fine]
    yield Case("part_that_is_whole", ".csv", text([*ROWS, *notes]).encode(), 3, not_data=tuple(range(5, 11)))


def _columns() -> Iterator[Case]:
    """A column that may be empty is not there at all; without agents nobody earns anything."""
    told = "missing columns, read as empty on all rows: "
    rows = [person(n) for n in range(1, 5)]
    for n, gone in enumerate([["KODE_PERISAI"], ["JENIS_PEKERJAAN"], ["JENIS_PEKERJAAN", "KODE_PERISAI"]]):
        kept = [at for at, name in enumerate(PEOPLE) if name not in gone]
        table = [[row[at] for at in kept] for row in [PEOPLE, *rows]]
        more = {"feed": "registrations", "reason": told + ", ".join(gone)}
        content = text(table[1:], table[0], ";,\t"[n]).encode()
        yield Case(f"column_missing_{n}", ".csv", content, 4, **more)  # type: ignore[arg-type]
        yield Case(f"column_missing_xlsx_{n}", ".xlsx", xlsx(table), 4, **more)  # type: ignore[arg-type]
    kept = [at for at, name in enumerate(PEOPLE) if name != "HANDPHONE"]
    content = text([[row[at] for at in kept] for row in rows], [PEOPLE[at] for at in kept]).encode()
    yield Case("column_nobody_misses", ".csv", content, 4, feed="registrations", said=WHOLE)
