"""What is looked for in cells: the test that saves the work is true wherever something is found."""

from __future__ import annotations

from itertools import product

import duckdb
import pyarrow as pa

from expectations.cells import FINDINGS
from expectations.names import NAMES
from warehouse.fees import know_reference
from warehouse.pinned import REFERENCE

MARKS = [
    '"',
    "''",
    "\u2019\u2019",
    "\u201d",
    "\u3003",
    ",,",
    "//",
    "^",
    "idem",
    "ID.",
    "Ditto",
    "s.d.a",
    "SDA",
    "Sama dengan atas",
]
LETTERS = [
    "Andr\u00c3\u00a9",
    "Jos\u201a",
    "Andr?a",
    "\ufffd",
    "x\u0085",
    "\u00c5\u017ba",
    "\u00a3ukasz",
    "SARI\u0161A",
]
NUMBERS = [
    "#N/A",
    "Err:502",
    "1.84E+06",
    "1e5",
    "36800-",
    "0,5",
    "36.8",
    "36800.50",
    "1,84.000",
    "1.840.00",
    "-36800.5",
]
PERSONAL = [
    "PAY-5271015005800001",
    "08123456789",
    "5271 0150 0580 0001",
    "0812-3456-789",
    "00000000001",
    "+62 812 3456 789",
]
DATES = ["2023-10-07", "2023-03-01 00:00:00", "7-Okt", "mar-23", "07:10:00"]
NAMED = [
    "Siti+Nurul",
    "S***",
    "Axxi",
    "Dummy",
    "CONTOH: ANI",
    "N.N.",
    "Fulan bin Fulan",
    "Ani null",
    "~Ani~",
    "Alm. Ani",
    "Ani dkk",
]
NAMED += ["Ani & Ina", "Ani dan Ina", "Ani/Ina", "Ani 2", "PT Contoh", "Petani", "Kota Bima"]
AROUND = ["", "-", " ", "--", "\t", "##", "x", "7"]


def test_nothing_is_found_where_it_is_not_looked_for() -> None:
    cells = {
        a + cell + b
        for cell in MARKS + LETTERS + NUMBERS + PERSONAL + DATES + NAMED
        for a, b in product(AROUND, AROUND)
    }
    con = duckdb.connect()
    know_reference(con, REFERENCE)
    con.register("given", pa.table({"x_text": sorted(cells)}))
    con.execute("create table cells as select *, x_text as x, null::bigint as rp, 'NTB01' as sender_code from given")
    for finding in (*FINDINGS, *NAMES):
        condition = (
            finding.condition.replace("{text}", "x_text")
            .replace("{column}", "rp" if finding.of == "rupiah" else "x")
            .replace("{there}", "TRUE")
            .replace("{beside}", "NULL")
        )
        asked = finding.only_if.replace("{text}", "x_text")
        found = con.execute(f"select count(*), count(*) filter ({asked}) from cells where {condition}").fetchone()
        assert found and found[0] > 0, finding.rule
        assert found[0] == found[1], f"{finding.rule}: some are found where only_if says that there is nothing"
