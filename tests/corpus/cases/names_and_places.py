"""Names that were sorted by themselves, one person under two NIK, and regions of another province."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import ROSTER, agent, columns
from corpus.files import PEOPLE, Cells, person, text, with_cell, xls, xlsx

SORTED = [
    "Abdul Contoh", "Ani Contoh", "Budi Contoh", "Citra Contoh", "Dewi Contoh", "Eko Contoh", "Fitri Contoh",
    "Gita Contoh", "Hadi Contoh", "Indah Contoh", "Joko Contoh", "Kartini Contoh",
]  # fmt: skip
MIXED = [SORTED[n * 5 % 12] for n in range(12)]
SEASON = [f"2023-09-{1 + n // 2:02d}" for n in range(12)]
"""Days of which each has two rows."""
ALONE, NUMBERS = "full_name_not_sorted_alone", "full_name_not_in_order_of_numbers"


def cases() -> Iterator[Case]:
    yield from sorted_alone()
    yield from under_two_nik()
    yield from elsewhere()


def people(names: Sequence[str], days: Sequence[str] = (), numbers: Sequence[int] = ()) -> list[Cells]:
    """Registrations by name, and day and number if they are told; their NIK are in no order."""
    rows = []
    for n, name in enumerate(names):
        row = person(numbers[n] if numbers else n + 1, name)
        born = f"{1980 + n * 7 % 20}-05-10"
        row = with_cell(with_cell(row, "TGL_LAHIR", born, PEOPLE), "NIK", f"5201015005{born[2:4]}{n:03d}1", PEOPLE)
        rows.append(with_cell(row, "TGL_DAFTAR", days[n], PEOPLE) if days else row)
    return rows


def sorted_alone() -> Iterator[Case]:
    """A column of names in order, beside days or NIK that are in order, too."""
    alone = people(SORTED, SEASON)
    refused = "in alphabetical order, and so are the days or the NIK"
    for extension, content in {
        ".csv": text(alone, PEOPLE).encode(),
        ".xlsx": xlsx([PEOPLE, *alone]),
        ".parquet": columns(alone, PEOPLE),
    }.items():
        yield Case(f"names_sorted_alone_{extension[1:]}", extension, content, refused=refused, feed="registrations")
    backwards = xls([PEOPLE, *people(SORTED[::-1], SEASON)])
    yield Case("names_sorted_alone_from_z_to_a", ".xls", backwards, refused=refused, feed="registrations")
    by_nik = [with_cell(row, "NIK", f"5201015005{row[6][2:4]}{n:03d}1", PEOPLE) for n, row in enumerate(alone)]
    by_nik.sort(key=lambda row: row[3])
    by_nik = [with_cell(row, "NAMA_LENGKAP", name, PEOPLE) for row, name in zip(by_nik, SORTED, strict=True)]
    told = text(by_nik, PEOPLE, ";").encode()
    yield Case("names_sorted_alone_beside_nik", ".csv", told, refused=refused, feed="registrations")
    roster = [
        agent(n * 7 % 100, NAMA_PERISAI=name, TGL_GABUNG=f"20{10 + n:02d}-01-05") for n, name in enumerate(SORTED, 5)
    ]
    yield Case("names_of_agents_sorted_alone", ".xlsx", xlsx([ROSTER, *roster]), refused=refused, feed="agents")

    def fine(name: str, table: list[Cells], warned: int = 0, **more: Any) -> Case:
        content, told = text(table, PEOPLE).encode(), {ALONE: 0, NUMBERS: warned}
        return Case(name, ".csv", content, len(table), feed="registrations", warned=told, **more)

    # a list of a cooperative, entered from A to Z: it may be so, and is told
    yield fine("names_in_order_of_numbers", people(SORTED), 12, rows={13: {"full_name": "Kartini Contoh"}})
    mixed = [n * 5 % 12 + 1 for n in range(12)]
    yield fine("names_sorted_with_their_rows", people(SORTED, [SEASON[n - 1] for n in mixed], mixed))
    yield fine(
        "names_sorted_within_each_day", people([*SORTED[::2], *SORTED[1::2]], ["2023-09-11"] * 6 + ["2023-09-12"] * 6)
    )
    yield fine("names_of_nine_people_in_order", people(SORTED[:9], SEASON))
    yield fine("names_in_no_order", people(MIXED, SEASON))


def under_two_nik() -> Iterator[Case]:
    """One person twice in a file, with a digit of the NIK changed or two exchanged."""

    def twice(nik: str, name: str = "Ani Contoh", born: str = "1981-05-10") -> list[Cells]:
        first = with_cell(person(1, "Ani Contoh"), "NIK", "5201015005810123", PEOPLE)
        again = with_cell(with_cell(person(2, name), "NIK", nik, PEOPLE), "TGL_LAHIR", born, PEOPLE)
        return [first, again, person(3, "Budi Contoh"), person(4, "Citra Contoh")]

    rules = dict.fromkeys((2, 3), "person_has_one_nik")
    wrong = {
        "digit": ("5201015005810124", ".csv"),
        "exchanged": ("5201015005810132", ".xlsx"),
        "two_digits": ("5201025005810122", ".parquet"),
    }
    for name, (nik, extension) in wrong.items():
        rows = twice(nik, "Hj. ANI CONTOH, S.Pd")
        content = {".csv": text(rows, PEOPLE, ";").encode(), ".xlsx": xlsx([PEOPLE, *rows])}
        sent = content.get(extension) or columns(rows, PEOPLE)
        yield Case(f"person_under_two_nik_{name}", extension, sent, 2, (2, 3), feed="registrations", rules=rules)
    right = {
        "of_another_place": twice("7203015005810987"),
        "of_another_name": twice("5201015005810124", "Ina Contoh"),
        "of_another_day": twice("5201015105810124", born="1981-05-11"),
    }
    for name, rows in right.items():
        yield Case(f"person_{name}", ".csv", text(rows, PEOPLE).encode(), 4, feed="registrations")


def elsewhere() -> Iterator[Case]:
    """Regions outside of the branch's province: a warning on each row, and another where most rows are so."""
    for extension, far, most in ((".csv", 1, 0), (".xlsx", 4, 0), (".parquet", 6, 6)):
        rows = [with_cell(person(n), "KODE_KAB_KOTA", "7271" if n <= far else "5201", PEOPLE) for n in range(1, 11)]
        content = {".csv": text(rows, PEOPLE).encode(), ".xlsx": xlsx([PEOPLE, *rows])}
        yield Case(
            f"registrations_in_another_province_{far}",
            extension,
            content.get(extension) or columns(rows, PEOPLE),
            10,
            feed="registrations",
            warned={"region_of_this_province": far, "regions_of_this_branch": most},
            rows={2: {"region_code": "7271"}},
        )
    for extension, far, most in ((".csv", 2, 0), (".xlsx", 5, 5)):
        rows = [agent(n, KODE_KAB_KOTA="7203" if n <= far else "5271") for n in range(1, 8)]
        content = {".csv": text(rows, ROSTER, ";").encode(), ".xlsx": xlsx([ROSTER, *rows])}[extension]
        warned = {"region_of_this_province": far, "regions_of_this_branch": most}
        yield Case(f"agents_in_another_province_{far}", extension, content, 7, feed="agents", warned=warned)
