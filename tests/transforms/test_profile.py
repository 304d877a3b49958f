"""Columns that look other than in the branch's deliveries before: of all of a file's rows, each right by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from corpus.files import PEOPLE, Cells, text, xlsx
from house import House, few_marts, made_once

from perisai import day as steps

HEADER = [*PEOPLE, "JAM_DAFTAR"]
FIRST, DAYS, ROWS = date(2023, 9, 4), 5, 60
LAST = FIRST + timedelta(DAYS)
REGIONS = ["5271", "5201", "5202", "5203", "5208"]
NAMES = "Amin Budi Citra Dewi Eko Fajar Gita Hadi Indah Joko Kartika Lina Made Nur Oka Putu Rina Sari Tono"
Table = list[Cells]


def people(day: int, rows: int = ROWS) -> Table:
    """Registrations of a day, as a branch's program exports them."""
    drawn = random.Random(day)
    return [
        person(drawn, day * ROWS + n + 1, FIRST + timedelta(day), f"{8 + n // 9:02d}:{n % 60:02d}") for n in range(rows)
    ]


def person(drawn: random.Random, number: int, day: date, time: str) -> Cells:
    born, sex, region = date(1970, 1, 1) + timedelta(drawn.randrange(9000)), drawn.choice("LP"), drawn.choice(REGIONS)
    nik = f"{region}01{born.day + 40 * (sex == 'P'):02d}{born:%m%y}{drawn.randrange(1, 9999):04d}"
    agent, phone = drawn.randrange(-6, 7), drawn.randrange(-(10**8), 10**8)
    return [
        f"REG-{number:06d}", "NTB01", str(day), nik, f"{drawn.randrange(10**10, 10**11)}",
        " ".join(drawn.sample(NAMES.split(), 3)), str(born), sex, f"0812{phone:08d}" if phone > 0 else "",
        drawn.choice(["Petani", "Nelayan", "Pedagang Kaki Lima", "Tukang Kayu", "Ojek", "Penjahit"]), region,
        drawn.choice("23"), drawn.choice(["1000000", "1500000", "2000000"]),
        f"AB{agent:05d}" if agent > 0 else "", time,
    ]  # fmt: skip


def column(table: Table, name: str, cells: list[str]) -> Table:
    at = HEADER.index(name)
    return [[*row[:at], cell, *row[at + 1 :]] for row, cell in zip(table, cells, strict=True)]


def of(table: Table, name: str) -> list[str]:
    return [row[HEADER.index(name)] for row in table]


def filled_from_above(table: Table) -> Table:
    for name in ("HANDPHONE", "KODE_PERISAI"):
        cells = of(table, name)
        for n, cell in enumerate(cells):
            cells[n] = cell or cells[n - 1]
        table = column(table, name, cells)
    return table


def filtered(table: Table) -> Table:
    return [row for row in table if row[HEADER.index("PROGRAM")] == "3"]


def in_utc(table: Table) -> Table:
    return column(table, "JAM_DAFTAR", [f"{int(cell[:2]) - 8:02d}{cell[2:]}" for cell in of(table, "JAM_DAFTAR")])


def mapped(table: Table) -> Table:
    other = dict(zip(REGIONS, ["5272", "5204", "5205", "5206", "5207"], strict=True))
    return column(table, "KODE_KAB_KOTA", [other[cell] for cell in of(table, "KODE_KAB_KOTA")])


def of_one_programme(table: Table) -> Table:
    return column(table, "PROGRAM", ["2"] * len(table))


def sorted_alone(table: Table) -> Table:
    return column(table, "NAMA_LENGKAP", sorted(of(table, "NAMA_LENGKAP")))


def of_one_employer(table: Table) -> Table:
    same = {"KODE_PERISAI": "AB00011", "KODE_KAB_KOTA": "5271", "PROGRAM": "3", "JENIS_PEKERJAAN": "Petani"}
    for name, cell in same.items():
        table = column(table, name, [cell] * len(table))
    return table


def sorted_whole(table: Table) -> Table:
    return sorted(table, key=lambda row: str(row[HEADER.index("NAMA_LENGKAP")]))


def of_a_holiday(table: Table) -> Table:
    return filled_from_above(table[:9])


ODD: dict[str, tuple[Callable[[Table], Table], str, set[tuple[str, str]]]] = {
    "NTB01": (
        filled_from_above,
        ".csv",
        {("HANDPHONE", "blank"), ("KODE_PERISAI", "blank"), ("HANDPHONE", "repeated"), ("KODE_PERISAI", "repeated")},
    ),
    "NTB02": (filtered, ".xlsx", {("NO_REGISTRASI", "next")}),
    "NTB03": (in_utc, ".xlsx", {("JAM_DAFTAR", "before_seven")}),
    "NTB04": (mapped, ".csv", {("KODE_KAB_KOTA", "as_in_nik")}),
    "NTB05": (of_one_programme, ".xlsx", {("PROGRAM", "repeated")}),
    "STG01": (sorted_alone, ".csv", {("NAMA_LENGKAP", "rising")}),
    "STG02": (of_one_employer, ".xlsx", set()),
    "STG03": (sorted_whole, ".csv", set()),
}
"""By branch what became of its last file but one, the form of that, and what is told of it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    def fill(house: House) -> None:
        for branch, (spoil, extension, _) in ODD.items():
            folder = house.settings.landing / branch
            folder.mkdir(parents=True)
            for day in range(DAYS + 2):
                rows = column(table := people(day), "KODE_CABANG", [branch] * len(table))
                form = extension if day == DAYS else ".csv"
                rows = {DAYS: spoil, DAYS + 1: of_a_holiday}.get(day, list)(rows)
                content = xlsx([HEADER, *rows]) if form == ".xlsx" else text(rows, HEADER).encode()
                (folder / f"{branch}_registrations_{FIRST + timedelta(day)}{form}").write_bytes(content)
        house.load(str(LAST + timedelta(1)))
        with few_marts("core.column_change", "core.delivery"):
            steps.marts(house.settings)

    return made_once(tmp_path_factory, "profile", fill)


@pytest.mark.parametrize("branch", ODD)
def test_a_column_that_looks_other_than_before_is_told_and_no_day_before_or_after(house: House, branch: str) -> None:
    assert house.lake(
        f"select count(*), count(*) filter (accepted > 8) from core.delivery where branch_code = '{branch}'"
    ) == [(DAYS + 2, DAYS + 2)]
    found = house.lake(
        "select business_date, column_name, measure, percent_before, percent_now from core.column_change"
        f" join core.delivery using (delivery_id) where branch_code = '{branch}'"
    )
    assert {(name, measure) for _, name, measure, *_ in found} == ODD[branch][2], found
    assert {day for day, *_ in found} <= {LAST}
