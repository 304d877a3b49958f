"""Columns that slipped, were filled, or hold another unit or day, as another column or the rest of the file tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from corpus.case import Case, each
from corpus.cases.amounts import CLAIMS, claim
from corpus.files import PAYMENTS, PEOPLE, Cells, parquet, payment, person, text, with_cell, xls, xlsx

PLACES = ["5271", "5201", "5208", "5202", "5203", "5204", "5205", "5206"]
REGION, NIK = PEOPLE.index("KODE_KAB_KOTA"), PEOPLE.index("NIK")


def cases() -> Iterator[Case]:
    yield from _regions()
    yield from _incomes()
    yield from _niks()
    yield from _claims()
    # business dates that no other case has, each shortly behind the dates of its file
    days = (date(2024, 10, 5) + timedelta(n) for n in range(26))
    yield from _turned(days)
    yield from _zones(days)
    yield from _numbers(days)


def people(places: list[str], of_nik: list[str] | None = None) -> list[Cells]:
    """One for each place where somebody works, and whose NIK begins with it, or with another."""
    rows = [with_cell(person(n), "KODE_KAB_KOTA", place, PEOPLE) for n, place in enumerate(places, start=1)]
    return [
        with_cell(row, "NIK", begin + row[NIK][4:], PEOPLE) for row, begin in zip(rows, of_nik or places, strict=True)
    ]


def _regions() -> Iterator[Case]:
    of: dict[str, Any] = {"feed": "registrations"}
    told = [PLACES[n * n % 7 + n % 2] for n in range(1, 17)]
    down, up = [told[0], *told[:-1]], [*told[1:], told[-1]]
    later = [*told[:6], told[5], *told[6:-1]]
    for n, (name, said) in enumerate({"down": down, "up": up, "from_the_middle": later}.items()):
        wrong = tuple(n for n, (one, other) in enumerate(zip(said, told, strict=True), start=2) if one != other)
        rules = dict.fromkeys(wrong, "regions_in_their_rows")
        rows = people(said, told)
        content = [text(rows, PEOPLE, ";").encode(), xlsx([PEOPLE, *rows]), xls([PEOPLE, *rows])][n]
        more = {"accepted": 16 - len(wrong), "rejected": wrong, "rules": rules}
        if len(wrong) >= 10:
            more = {"refused": "The column has slipped by a row"}
        yield Case(f"regions_slipped_{name}", (".csv", ".xlsx", ".xls")[n], content, **more, **of)  # type: ignore[arg-type]
    some = [place if n % 3 else "3171" for n, place in enumerate(told)]
    fine = {"as_they_are": (told, told), "other_birthplaces": (told, some), "sorted": (sorted(told), sorted(told)),
            "of_few": (down[:6], told[:6])}  # fmt: skip
    for name, (said, known) in fine.items():
        content = text(people(said, known), PEOPLE).encode()
        yield Case(f"regions_{name}", ".csv", content, len(said), warned={"regions_in_their_rows": 0}, **of)
    filled = people(["5271"] * 16, told)
    warned = {"regions_not_filled": sum(place != "5271" for place in told)}
    yield Case("regions_filled", ".csv", text(filled, PEOPLE, "\t").encode(), 16, warned=warned, **of)
    yield Case("regions_filled_xlsx", ".xlsx", xlsx([PEOPLE, *filled]), 16, warned=warned, **of)
    town = people(["5271"] * 16, [place if n % 3 == 0 else "5271" for n, place in enumerate(told)])
    for name, rows in {
        "of_a_town": town,
        "of_nine": filled[:9],
        "of_another_place": people(["5271"] * 16, ["5201"] * 16),
        "of_two": people(["5271"] * 15 + ["5208"], told),
    }.items():
        content = text(rows, PEOPLE).encode()
        yield Case(f"regions_{name}", ".csv", content, len(rows), warned={"regions_not_filled": 0}, **of)


def _incomes() -> Iterator[Case]:
    of: dict[str, Any] = {"feed": "registrations"}
    rows = [person(n) for n in range(1, 9)]
    year = [with_cell(row, "UPAH", (22_800_000, 37_200_000, 14_400_000)[n % 3], PEOPLE) for n, row in enumerate(rows)]
    warned = {"declared_incomes_of_a_month": 8}
    yield Case("incomes_of_a_year", ".csv", text(year, PEOPLE).encode(), 8, warned=warned, **of)
    more = [with_cell(row, "UPAH", 100 * (1_000_000 + 100_000 * (n % 4)), PEOPLE) for n, row in enumerate(rows)]
    lines = tuple(range(2, 10))
    rules = dict.fromkeys(lines, "declared_incomes_not_multiplied")
    yield Case("incomes_a_hundred_times", ".xlsx", xlsx([PEOPLE, *more]), 0, lines, rules=rules, **of)
    few = [*year[:4], *rows[4:]]
    yield Case(
        "incomes_of_some", ".csv", text(few, PEOPLE).encode(), 8, warned={"declared_incomes_of_a_month": 0}, **of
    )


def _niks() -> Iterator[Case]:
    of: dict[str, Any] = {"feed": "registrations"}
    rows = [with_cell(person(n), "NIK", f"5201015005{80 + n:02d}12{n}0", PEOPLE) for n in range(1, 6)]
    for count, warned in ((1, 0), (2, 2), (5, 5)):
        content = text(rows[:count], PEOPLE, ";").encode()
        yield Case(f"niks_end_in_zero_{count}", ".csv", content, count, warned={"nik_perhaps_rounded": warned}, **of)
    mixed = [*rows[:4], person(9)]
    yield Case(
        "niks_of_which_one_ends_in_nine", ".xlsx", xlsx([PEOPLE, *mixed]), 5, warned={"nik_perhaps_rounded": 0}, **of
    )


def _claims() -> Iterator[Case]:
    base = dict(zip(CLAIMS, claim(1, 0), strict=True))

    def row(n: int, **values: Any) -> Cells:
        told = base | {"NO_KLAIM": f"KLM-{n:07d}", "KPJ": f"{n:011d}"} | values
        return [told[name] for name in CLAIMS]

    savings = [
        row(n, PROGRAM_KLAIM="JHT", JENIS_MANFAAT="SALDO_JHT", NILAI_KLAIM=rupiah)
        for n, rupiah in enumerate((512_000_000, 231_000_000, 486_000_000), start=1)
    ]
    care = [row(4, PROGRAM_KLAIM="JKK", JENIS_MANFAAT="PENGOBATAN", NILAI_KLAIM=325_000_000)]
    rules = dict.fromkeys((2, 3, 4, 5), "claim_amount_not_multiplied")
    for extension, content in (
        (".csv", text([*savings, *care], CLAIMS, ";").encode()),
        (".xlsx", xlsx([CLAIMS, *savings, *care])),
    ):
        yield Case(
            f"savings_a_hundred_times{extension[1:]}", extension, content, 0, (2, 3, 4, 5), rules=rules, feed="claims"
        )
    two = text([*savings[:2], *care], CLAIMS).encode()
    yield Case("savings_of_two", ".csv", two, 3, feed="claims", warned={"claim_amount_not_multiplied": 0})
    small = [*savings, row(5, PROGRAM_KLAIM="JHT", JENIS_MANFAAT="SALDO_JHT", NILAI_KLAIM=3_000_000)]
    yield Case("savings_of_which_one_is_small", ".csv", text(small, CLAIMS).encode(), 4, feed="claims")
    amounts = {"Diajukan": (3_250_000, 42_000_000, 8_740_000), "Ditolak": (3_250_000, 0, 1_250_000)}
    for status, values in amounts.items():
        deaths = [
            row(n, PROGRAM_KLAIM="JKM", JENIS_MANFAAT="SANTUNAN_KEMATIAN", STATUS_KLAIM=status, NILAI_KLAIM=rupiah)
            for n, rupiah in enumerate(values, start=1)
        ]
        warned = {"death_benefit_is_known": 2 if status == "Diajukan" else 0}
        yield Case(f"deaths_{status}", ".csv", text(deaths, CLAIMS).encode(), 3, feed="claims", warned=warned)


def paid(*days: date | str, first: str = "2024-10") -> list[Cells]:
    rows = [with_cell(payment(n), "BULAN_AWAL", first) for n in range(1, len(days) + 1)]
    return [with_cell(row, "TGL_BAYAR", day) for row, day in zip(rows, days, strict=True)]


def _turned(days: Iterator[date]) -> Iterator[Case]:
    rule, may = "payment_date_not_turned", date(2024, 5, 10)
    alone = xlsx([PAYMENTS, *paid(may)])
    yield Case("turned_alone", ".xlsx", alone, 1, warned={rule: 1}, rows=each([2], payment_date=may), day=next(days))
    two = [*paid(date(2024, 10, 5), may, date(2024, 4, 10), date(2024, 10, 3))]
    yield Case("turned_two", ".xls", xls([PAYMENTS, *two]), 4, warned={rule: 2}, day=next(days))
    yield Case(
        "turned_iso", ".csv", text(paid("2024-10-05", "2024-05-10")).encode(), 2, warned={rule: 1}, day=next(days)
    )
    beside = text(paid("2024-10-05", "2024-05-10", "2024-06-21")).encode()
    yield Case("turned_beside_older_ones", ".csv", beside, 3, warned={rule: 0}, day=next(days))
    yield Case(
        "turned_same", ".csv", text(paid("2024-10-05", "2024-05-05")).encode(), 2, warned={rule: 0}, day=next(days)
    )
    row = with_cell(person(1), "TGL_DAFTAR", may, PEOPLE)
    rule = "registration_date_not_turned"
    yield Case("turned_person", ".xlsx", xlsx([PEOPLE, row]), 1, feed="registrations", warned={rule: 1}, day=next(days))


def _zones(days: Iterator[date]) -> Iterator[Case]:
    rule = "payment_date_of_this_zone"

    def table(*moments: datetime) -> bytes:
        rows = paid(*("2024-09-30" for _ in moments))
        columns = {name: [str(row[at]) for row in rows] for at, name in enumerate(PAYMENTS)}
        return parquet(columns | {"TGL_BAYAR": list(moments)})

    utc = datetime(2024, 9, 30, 16)  # noqa: DTZ001  # a moment without a zone is what is tried
    yield Case("zone_two", ".parquet", table(utc, utc), 2, warned={rule: 2}, day=next(days))
    yield Case("zone_one", ".parquet", table(utc), 1, warned={rule: 1}, day=next(days))
    yield Case("zone_other_hour", ".parquet", table(utc, utc.replace(minute=4)), 2, warned={rule: 0}, day=next(days))
    said = text(paid("2024-09-30 17:00:00", "2024-10-01")).encode()
    yield Case("zone_text", ".csv", said, 2, warned={rule: 1}, day=next(days))
    said = text(paid("2024-09-30T16:00:00Z", "2024-10-01")).encode()
    yield Case(
        "zone_told", ".csv", said, 2, warned={rule: 0}, rows=each([2], payment_date=date(2024, 10, 1)), day=next(days)
    )


def _numbers(days: Iterator[date]) -> Iterator[Case]:
    rule = "payment_date_of_its_month"

    def numbered(*numbers: tuple[str, str]) -> list[Cells]:
        rows = paid(*(day for _, day in numbers))
        return [
            with_cell(row, "NO_BUKTI", f"{told}{n:03d}")
            for n, (row, (told, _)) in enumerate(zip(rows, numbers, strict=True))
        ]

    first, second = ("PAY20241001", "2024-09-30"), ("PAY20241002", "2024-10-01")
    yield Case(
        "number_of_next_day", ".csv", text(numbered(*[first] * 4, second)).encode(), 5, warned={rule: 4}, day=next(days)
    )
    signs = numbered(*[("B/2024/10/01/", "2024-09-30")] * 3, *[("B/2024/10/02/", "2024-10-01")] * 2)
    yield Case("number_of_next_day_xlsx", ".xlsx", xlsx([PAYMENTS, *signs]), 5, warned={rule: 3}, day=next(days))
    fine = {
        "four": [first] * 4,
        "in_the_month": [second] * 6,
        "some": [first, first, *[("PAY20241002", "2024-10-02")] * 4],
    }
    for name, told in fine.items():
        content = text(numbered(*told)).encode()
        yield Case(f"number_of_{name}", ".csv", content, len(told), warned={rule: 0}, day=next(days))
