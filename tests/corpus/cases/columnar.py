"""Parquet."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from corpus.case import Case
from corpus.files import PAID, PAYMENTS, PEOPLE, ROWS, parquet, person


def cases() -> Iterator[Case]:
    strings = dict(zip(PAYMENTS, map(list, zip(*ROWS, strict=True)), strict=True))
    money: dict[str, Any] = {
        "TGL_BAYAR": [date(2023, 9, 13)] * 3,
        "JUMLAH_BULAN": pa.array([1, 1, 1], pa.int8()),
        "PROGRAM": [3.0, 3.0, 3.0],
        "JUMLAH_IURAN": [Decimal("36800.00")] * 3,
    }
    whole = parquet(strings)
    yield Case("parquet_of_strings", ".parquet", whole, 3, rows=PAID)
    yield Case("parquet_of_typed_columns", ".parquet", parquet(strings | money), 3, rows=PAID)
    yield Case("parquet_named_csv", ".csv", whole, 3)
    yield Case("parquet_in_gzip", ".parquet.gz", gzip.compress(whole, mtime=0), 3)
    gaps = parquet(strings | {"JUMLAH_IURAN": pa.array([36800, None, 36800], pa.int64())})
    yield Case("parquet_with_a_null", ".parquet", gaps, 2, (3,))
    days = {"TGL_BAYAR": pa.array([19613, 19614, 19612], pa.int32())}
    yield Case(
        "parquet_days_since_1970",
        ".parquet",
        parquet(strings | days),
        refused="counts days from 1970",
        branch="STG02",
        day=date(2023, 10, 1),
    )
    binary = {name: pa.array([cell.encode() for cell in cells], pa.binary()) for name, cells in strings.items()}
    yield Case("parquet_of_binary_texts", ".parquet", parquet(binary), 3, rows=PAID)
    fixed = pa.array([cell.encode() for cell in strings["KPJ"]], pa.binary(11))
    yield Case("parquet_of_fixed_texts", ".parquet", parquet(strings | {"KPJ": fixed}), 3, rows=PAID)
    damaged = pa.array([b"PESERTA", b"\xff\xfe", b"PESERTA"], pa.binary())
    yield Case("parquet_of_binary_data", ".parquet", parquet(strings | {"PEMBAYAR": damaged}), refused="binary data")
    people = dict(zip(PEOPLE, map(list, zip(person(1), person(2), strict=True)), strict=True))
    floats = parquet(people | {"NIK": [5201015005810001.0, None]})
    yield Case("parquet_nik_as_float", ".parquet", floats, 0, (2, 3), feed="registrations")
    exact = parquet(people | {"NIK": [int(nik) for nik in people["NIK"]]})
    yield Case("parquet_nik_as_integer", ".parquet", exact, 2, feed="registrations")
    nested = parquet(strings | {"KPJ": [["00000000001"]] * 3})
    yield Case("parquet_of_lists", ".parquet", nested, refused="lists, structures")
    missing = parquet({name: values for name, values in strings.items() if name != "KPJ"})
    yield Case("parquet_required_column_missing", ".parquet", missing, refused="are missing: KPJ")
    yield Case("parquet_cut_off", ".parquet", whole[: len(whole) // 2], refused="damaged or cut off")
    claimed = whole[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"
    yield Case("parquet_with_a_wrong_footer", ".parquet", claimed, refused="damaged or cut off")
