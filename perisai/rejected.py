"""Rejected rows as they are kept: one Parquet file a delivery, whose rows are sealed.

They lie in the home, or, if there is one, in the store that machines share.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from perisai.settings import Settings
from transforms.verdict import REJECTS
from warehouse import files
from warehouse.files import Place


def place(settings: Settings, business_date: date, delivery_id: str) -> Place:
    """Where the rejected rows of a delivery are; nothing is there if it has none."""
    return settings.rejects / str(business_date) / f"{delivery_id}.parquet"


def every(settings: Settings, delivery_id: str = "*") -> list[Place]:
    """Where there are rejected rows: of all deliveries, or of one."""
    return sorted(settings.rejects.glob(f"*/{delivery_id}.parquet"), key=str)


def read(place: Place) -> pa.Table:
    """What is kept of a delivery, as ``transforms.verdict.REJECTS``.

    Raises:
        OSError: it cannot be read.
        pyarrow.ArrowException: it is damaged.
    """
    with place.open("rb") as file:
        table = pq.read_table(file, schema=REJECTS)
    if any(table[name].null_count for name in ("line_no", "sealed_row")):  # one byte that changes can say so
        raise pa.ArrowInvalid(f"{place} is damaged: it has a row without number or content")
    return table


def write(place: Place, rows: pa.Table) -> None:
    """Keeps it, in the place of what was there."""
    with files.whole(place) as part:
        pq.write_table(rows, part)
