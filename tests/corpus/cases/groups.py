"""A value that stands once above the rows that it is of: an agent's code as the heading of a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.case import Case
from corpus.cases.programs import page
from corpus.cases.unseen import named
from corpus.files import PEOPLE, Cells, person, text, with_cell, xls, xlsx

AGENT, OCCUPATION = "KODE_PERISAI", "JENIS_PEKERJAAN"


def without(name: str, rows: list[Cells]) -> list[Cells]:
    at = PEOPLE.index(name)
    return [[*row[:at], *row[at + 1 :]] for row in rows]


def cases() -> Iterator[Case]:
    told = "line {} holds a KODE_PERISAI for other rows"
    people: dict[str, Any] = {"feed": "registrations"}
    rows = [person(n) for n in range(1, 7)]
    empty = [with_cell(row, AGENT, "", PEOPLE) for row in rows]

    def grouped(*headings: str, of: list[Cells] = empty, at: int = 0) -> list[Cells]:
        """Two rows below each heading, which stands in a row of its own."""
        width = len(of[0])
        lines = [[""] * at + [heading] + [""] * (width - 1 - at) for heading in headings]
        return [each for n, line in enumerate(lines) for each in (line, *of[2 * n : 2 * n + 2])]

    bare = without(AGENT, [PEOPLE, *rows])
    codes = [f"Perisai: AB0000{n}" for n in (1, 2, 3)]
    yield Case(
        "agents_as_headings_xls",
        ".xls",
        xls([bare[0], *grouped(*codes, of=bare[1:])]),
        refused=told.format(2),
        **people,
    )
    yield Case(
        "agents_as_headings_xlsx", ".xlsx", xlsx([PEOPLE, *grouped(*codes, at=5)]), refused=told.format(2), **people
    )
    content = text(grouped("AB00001", "AB00002", "AB00003"), PEOPLE).encode()
    yield Case("agents_alone_as_headings_csv", ".csv", content, refused=told.format(2), **people)
    lines = text(bare[1:], bare[0], ";").splitlines()
    content = "\n".join([lines[0], *lines[1:4], "Kode Agen : ab00007", *lines[4:]]).encode()
    yield Case("an_agent_alone_on_a_line", ".csv", content, refused=told.format(5), **people)
    content = ("Perisai;AB00001\n" + text(empty, PEOPLE, ";")).encode()
    yield Case("an_agent_in_the_title", ".txt", content, refused=told.format(1), **people)
    words = "the sheet's name holds a KODE_PERISAI"
    yield Case("an_agent_as_a_sheets_name", ".xlsx", named("AB00001", bare), refused=words, **people)
    content = page(PEOPLE, *empty, ["", "Petugas: AB00001"])
    yield Case("an_agent_at_the_foot", ".xls", content, refused=told.format(8), **people)
    some = grouped(*codes, of=[*rows[:2], *empty[2:4], *rows[4:]])
    yield Case("an_agent_only_above_some_rows", ".csv", text(some, PEOPLE).encode(), refused=told.format(5), **people)
    jobs = [with_cell(row, OCCUPATION, "", PEOPLE) for row in rows]
    content = xlsx([PEOPLE, *grouped("Pekerjaan: Nelayan", of=jobs)])
    yield Case(
        "occupations_as_headings", ".xlsx", content, refused="line 2 holds a JENIS_PEKERJAAN for other rows", **people
    )
    kept = {line: {"agent_code": "AB00001" if line < 5 else "AB00002"} for line in (3, 4, 6, 7)}
    both = [*rows[:2], *(with_cell(row, AGENT, "AB00002", PEOPLE) for row in rows[2:4])]
    yield Case(
        "agents_in_headings_and_rows", ".csv", text(grouped(*codes[:2], of=both), PEOPLE).encode(), 4,
        not_data=(2, 5), rows=kept, **people,
    )  # fmt: skip
    other = grouped("Dicetak 13:05", "Telepon: (0370) 621234", of=empty)
    yield Case("headings_of_nothing", ".xlsx", xlsx([PEOPLE, *other]), 4, not_data=(2, 5), **people)
