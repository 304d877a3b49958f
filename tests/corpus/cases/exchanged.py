"""Columns whose headers were exchanged, and dates of birth that a NIK contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from corpus.case import Case
from corpus.cases.date_forms import ROSTER, row
from corpus.files import PAYMENTS, PEOPLE, person, text, with_cell, xls, xlsx

BRANCH = "STG01"


def _agents(wadah: Sequence[int] = (1, 1, 1, 2, 2)) -> list[list[Any]]:
    rows = []
    for n, of in enumerate(wadah, start=1):
        cells = row("agents", n)
        told = {
            "NAMA_PERISAI": f"Agen {'ABCDEF'[n]} Contoh", "TGL_GABUNG": f"2020-0{n}-02", "KODE_WADAH": f"W0000{of}",
            "NAMA_WADAH": f"Wadah {'XYZ'[of]}", "NO_PKS": f"PKS/{of}", "PKS_MULAI": f"2022-01-0{of}",
        }  # fmt: skip
        for header, value in told.items():
            cells = with_cell(cells, header, value, ROSTER)
        rows.append(cells)
    return rows


def _header(one: str, other: str) -> list[str]:
    return [{one: other, other: one}.get(name, name) for name in ROSTER]


def cases() -> Iterator[Case]:
    agents: dict[str, Any] = {"feed": "agents", "branch": BRANCH}
    yield Case("roster_in_order", ".xlsx", xlsx([ROSTER, *_agents()]), 5, day=date(2024, 4, 1), **agents)
    names = text(_agents(), _header("NAMA_PERISAI", "NAMA_WADAH")).encode()
    all_of_it = {"rejected": (2, 3, 4, 5, 6), "rules": dict.fromkeys((2, 3, 4, 5, 6), "names_not_exchanged")}
    yield Case("names_exchanged", ".csv", names, day=date(2024, 4, 2), **all_of_it, **agents)
    days = xls([_header("TGL_GABUNG", "PKS_MULAI"), *_agents()])
    all_of_it["rules"] = dict.fromkeys((2, 3, 4, 5, 6), "dates_not_exchanged")
    yield Case("days_exchanged", ".xls", days, day=date(2024, 4, 3), **all_of_it, **agents)
    alone = xlsx([ROSTER, *_agents([1, 2])])
    yield Case("roster_of_wadah_with_one_agent", ".xlsx", alone, 2, day=date(2024, 4, 4), **agents)
    people = [with_cell(person(n), "TGL_LAHIR", f"10/05/{1980 + n}", PEOPLE) for n in range(1, 4)]
    people[0] = with_cell(people[0], "TGL_LAHIR", "17/05/1981", PEOPLE)
    people[2] = with_cell(people[2], "TGL_LAHIR", "05/10/1983", PEOPLE)
    births: dict[str, Any] = {"feed": "registrations", "branch": "NTB01", "rejected": (4,)}
    births["rules"] = {4: "birth_date_not_exchanged"}
    kept = {3: {"birth_date": date(1982, 5, 10)}}
    yield Case("birth_exchanged_beside_its_nik", ".csv", text(people, PEOPLE).encode(), 2, rows=kept, **births)
    true = [with_cell(person(n), "TGL_LAHIR", date(1980 + n, 10, 5), PEOPLE) for n in range(1, 4)]
    births |= {"rejected": (2, 3, 4), "rules": dict.fromkeys((2, 3, 4), "birth_date_not_exchanged")}
    yield Case("births_exchanged_in_a_book", ".xlsx", xlsx([PEOPLE, *true]), **births)
    alone = [person(1), true[1]]
    kept = {3: {"birth_date": date(1982, 10, 5)}}
    yield Case("birth_that_a_nik_turns", ".xls", xls([PEOPLE, *alone]), 2, rows=kept, feed="registrations")
    months = [row("contributions", n) for n in (1, 2)]
    head = ["BULAN IURAN" if name == "JUMLAH_BULAN" else name for name in PAYMENTS]
    unclear = text(months, head).encode()
    yield Case("month_or_number_of_months", ".csv", unclear, refused="are missing: JUMLAH_BULAN", branch=BRANCH)
