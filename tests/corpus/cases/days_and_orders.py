"""Days and orders of rows that only the rest of the file shows to be wrong: agreements turned, blocks of old days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count

from corpus.case import Case
from corpus.cases.amounts import ROSTER, agent
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xls, xlsx

BEGINS = [date(2023, month, day) for month, day in ((3, 7), (4, 9), (11, 2), (5, 1), (1, 6))]
"""Days on which agreements begin; none tells which order it is written in."""


def cases() -> Iterator[Case]:
    yield from agreements_turned()
    yield from blocks_of_old_days()
    yield from short_years()
    yield from sorted_alone()


def _signed(n: int, begin: date | str, end: date | str) -> Cells:
    pks = {"NO_PKS": f"PKS/2023/{n:04d}", "KODE_WADAH": f"W{n:05d}", "NAMA_WADAH": f"Wadah {chr(64 + n)}"}
    return agent(n, **pks, PKS_MULAI=begin, PKS_AKHIR=end)


def agreements_turned() -> Iterator[Case]:
    """PKS_MULAI with the month first: the last days, a day less than whole years later, tell it."""
    days = [(day, day.replace(year=2025) - timedelta(1)) for day in BEGINS]
    lines = tuple(range(2, 7))
    for form, end, extension in (
        ("%m-%d-%Y", "%d-%m-%Y", ".csv"), ("%Y-%d-%m", "%d-%m-%Y", ".xlsx"), ("%m/%d/%Y", "%d/%m/%Y", ".txt"),
    ):  # fmt: skip
        rows = [_signed(n, f"{a:{form}}", f"{b:{end}}") for n, (a, b) in enumerate(days, start=1)]
        if "/" in form:  # the day stands first in the other columns
            rows = [with_cell(row, "TGL_GABUNG", f"{n}/11/2021", ROSTER) for n, row in enumerate(rows, start=15)]
        content = xlsx([ROSTER, *rows]) if extension == ".xlsx" else text(rows, ROSTER, ";").encode()
        yield Case(f"agreements_turned_{extension[1:]}", extension, content, 0, lines, feed="agents",
                   rules=dict.fromkeys(lines, "pks_from_not_turned"))  # fmt: skip
    right = [_signed(n, f"{a:%d-%m-%Y}", f"{b:%d-%m-%Y}") for n, (a, b) in enumerate(days, start=1)]
    odd = [_signed(n, a, date(2025, 12, 31)) for n, (a, _) in enumerate(days, start=1)]
    one = [*right[:4], _signed(5, "03-07-2023", "06-03-2025")]
    both = [_signed(n, "03-07-2023", "03-06-2025") for n in range(1, 6)]
    for name, rows, told in (
        ("of_years", right, 0),
        ("to_new_year", odd, 0),
        ("one_turned", one, 1),
        ("both", both, 5),
    ):
        warned = {"pks_from_perhaps_not_turned": told}
        yield Case(f"agreements_{name}", ".csv", text(rows, ROSTER).encode(), 5, feed="agents", warned=warned)
        yield Case(f"agreements_{name}_xls", ".xls", xls([ROSTER, *rows]), 5, feed="agents", warned=warned)


def blocks_of_old_days() -> Iterator[Case]:
    """Days years or months early on some rows of a file that is of this week."""
    days = (date(2023, 11, 15) + timedelta(n) for n in count())
    block = dict.fromkeys(range(9, 15), 1462)
    yield from registered("a_block_from_1904", days, block, year=6)
    yield from registered("most_of_last_year", days, dict.fromkeys(range(7, 26), 365), year=19)
    yield from registered("four_of_years_ago", days, dict.fromkeys(range(9, 13), 1095), year=4)
    yield from registered("a_block_of_months_ago", days, dict.fromkeys(range(9, 15), 153), late=6)
    # what is right: a list of many years, late people, and old ones of whom their numbers tell the year
    yield from registered("days_of_many_years", days, {line: 73 * (line - 12) for line in range(13, 32)})
    yield from registered("a_late_week", days, dict.fromkeys(range(9, 15), 50))
    yield from registered(
        "old_by_their_numbers", days, dict.fromkeys(range(9, 15), 1462), year=6, no="REG/{:%Y}/{:05d}"
    )


def registered(
    name: str, days: Iterator[date], early: Mapping[int, int], no: str = "REG-{1}", *, year: int = 0, late: int = 0,
) -> Iterator[Case]:  # fmt: skip
    """Thirty people of a week, of whom some, by their line, are so many days early; in two kinds of files."""
    for extension in (".csv", ".xlsx"):
        day = next(days)
        dated = [day - timedelta(line % 5 + early.get(line, 0)) for line in range(2, 32)]
        rows = [with_cell(person(n), "TGL_DAFTAR", f"{each:%d-%m-%Y}", PEOPLE) for n, each in enumerate(dated, start=1)]
        rows = [[no.format(each, n), "NTB04", *row[2:]] for n, (each, row) in enumerate(zip(dated, rows, strict=True))]
        content = text(rows, PEOPLE, ";").encode() if extension == ".csv" else xlsx([PEOPLE, *rows])
        warned = {"registration_date_of_this_year": year, "registration_date_not_long_past": late}
        yield Case(
            f"{name}_{extension[1:]}", extension, content, 30, feed="registrations", branch="NTB04", day=day,
            warned=warned,
        )  # fmt: skip


def short_years() -> Iterator[Case]:
    """Receipts that tell the month of their payment with a year of two digits, or by its name."""
    forms = {
        "roman": "KW/IX/23/{:04d}", "day": "BKT-230913-{:03d}", "day_first": "BKT-130923-{:03d}",
        "signs": "23.09.13/{:03d}", "name": "SEP/2023/{:03d}", "long_name": "KW/SEPTEMBER/23/{:03d}",
        "behind": "2023-SEPT-{:03d}",
    }  # fmt: skip
    for at, (name, form) in enumerate(forms.items()):
        rows = [with_cell(payment(n), "NO_BUKTI", form.format(n)) for n in range(1, 8)]
        rows[4] = with_cell(rows[4], "TGL_BAYAR", "2023-07-05")
        content = (".xlsx", xlsx([PAYMENTS, *rows])) if at % 2 else (".csv", text(rows, delimiter=";").encode())
        yield Case(f"number_tells_short_{name}", *content, 6, (6,), rules={6: "payment_date_fits_number"})
    # numbers that only look so: of a loket, a counter beside its group, a running number, the year of an agreement
    alike = {
        "loket": "KW/IX/12/{:04d}", "counter": "KW/IX/{:d}", "running": "PAY-2309{:02d}", "agreement": "MAR/21/{:04d}",
        "of_both": "12-09-23/{:03d}", "word": "MARISA/23/{:03d}",
    }  # fmt: skip
    unlike = {"payment_date_fits_number": 0, "payment_date_near_number": 0}
    for at, (name, form) in enumerate(alike.items()):
        rows = [with_cell(payment(n), "NO_BUKTI", form.format(19 + n)) for n in range(1, 41)]
        days = [date(2023, 9, 13) - timedelta(9 * n if name not in ("of_both", "running") else 0) for n in range(40)]
        rows = [with_cell(row, "TGL_BAYAR", f"{day}") for row, day in zip(rows, days, strict=True)]
        content = (".xls", xls([PAYMENTS, *rows])) if at % 2 else (".csv", text(rows).encode())
        yield Case(f"number_looks_short_{name}", *content, 40, warned=unlike)


def sorted_alone() -> Iterator[Case]:
    """Phones, agents or cards in order, and so are the numbers beside them: in the file or what a filter shows."""
    phones = [f"08{1_000_000_000 + n * 618_033_989 % 10**9}" for n in range(1, 41)]
    agents = [f"AB{n * 7 % 11 + 1:05d}" for n in range(40)]
    some = [n for n, code in enumerate(agents) if code <= "AB00003"]
    within = _sorted_at(phones, [n for n in range(40) if n % 3 == 0])
    groups = [f"AB{1 + (n % 3 > 0) + (n % 3 == 2) * (n % 2):05d}" for n in range(40)]
    tables = {
        "phones_sorted_alone": (sorted(phones), agents, 40, 0),
        "phones_of_an_agent_sorted_alone": (within, groups, 14, 0),
        "agents_sorted_alone": (phones, sorted(agents), 0, 40),
        "nothing_sorted": (phones, agents, 0, 0),
        "few_phones_in_order": (_sorted_at(phones, some[:8]), agents, 0, 0),
        "four_agents_one_after_another": (phones, [f"AB{1 + n // 10:05d}" for n in range(40)], 0, 0),
    }
    for name, (told, codes, by_phone, by_agent) in tables.items():
        people = [with_cell(person(n), "HANDPHONE", phone, PEOPLE) for n, phone in enumerate(told, start=1)]
        people = [with_cell(row, "KODE_PERISAI", code, PEOPLE) for row, code in zip(people, codes, strict=True)]
        warned = {"phone_not_sorted_alone": by_phone, "agent_code_not_sorted_alone": by_agent}
        yield Case(name, ".csv", text(people, PEOPLE, ";").encode(), 40, feed="registrations", warned=warned)
        yield Case(f"{name}_xlsx", ".xlsx", xlsx([PEOPLE, *people]), 40, feed="registrations", warned=warned)
    by_phone = sorted(
        (with_cell(person(n), "HANDPHONE", phone, PEOPLE) for n, phone in enumerate(phones, 1)), key=_phone
    )
    warned = {"phone_not_sorted_alone": 0}
    yield Case("a_table_by_phone", ".xls", xls([PEOPLE, *by_phone]), 40, feed="registrations", warned=warned)
    cards = [f"2806{n * 6_180_339 % 10**7:07d}" for n in range(1, 31)]
    for name, numbers, told in (("sorted", _sorted_at(cards, range(0, 30, 2)), 15), ("as_they_are", cards, 0)):
        rows = [with_cell(payment(n), "KPJ", card) for n, card in enumerate(numbers, start=1)]
        rows[::2] = [with_cell(with_cell(row, "PROGRAM", "2"), "JUMLAH_IURAN", "16800") for row in rows[::2]]
        warned = {"kpj_not_sorted_alone": told}
        yield Case(f"cards_of_a_programme_{name}", ".csv", text(rows).encode(), 30, warned=warned)
        yield Case(f"cards_of_a_programme_{name}_xls", ".xls", xls([PAYMENTS, *rows]), 30, warned=warned)


def _phone(row: Cells) -> str:
    return str(row[PEOPLE.index("HANDPHONE")])


def _sorted_at(values: Sequence[str], places: Sequence[int]) -> list[str]:
    """The values, of which those at some places were sorted."""
    moved = dict(zip(places, sorted(values[at] for at in places), strict=True))
    return [moved.get(at, value) for at, value in enumerate(values)]
