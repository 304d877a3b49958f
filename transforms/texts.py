"""Rows that are read one file after another, put into the table of texts many at once.

To plan the SQL that cleans all cells of a row costs as much as to clean thousands of rows, so small files wait for each
other.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from expectations.contract import Contract
from transforms.aside import REST
from transforms.cells import cleaned
from transforms.delivery import Delivery
from transforms.unknown import MARK

BATCH_ROWS = 20_000


class Texts:
    """The temporary tables ``text`` and ``not_data`` (see transforms.read), and rows that wait to be put into them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        self._con = con
        self._names = [*(column.name for column in contract.exported), "rest", "running"]
        self._waiting: list[tuple[str, pa.Table]] = []

    def add(
        self,
        delivery: Delivery,
        line_nos: list[int],
        told: dict[str, list[str | None]],
        columns: dict[str, list[str | None]],
        *,
        against: str,
    ) -> None:
        """Adds rows of a delivery, at the latest when ``flush`` is called.

        Args:
            delivery: the delivery.
            line_nos: the rows' lines.
            told: of each row ``problem`` and ``kind``, and the cells that ``against`` is about.
            columns: by column of the contract, and for ``rest``, the rows' cells as they were written.
            against: SQL of whether a row is contradicted (see transforms.unknown); empty where no row can be.
        """
        count = len(line_nos)
        own = {
            "id": pa.repeat(delivery.delivery_id, count),
            "sender": pa.repeat(delivery.branch_code, count),
            "day": pa.repeat(pa.scalar(delivery.business_date, pa.date32()), count),
            "line": pa.array(line_nos, pa.int64()),
        }
        texts = {name: pa.array(values, pa.string()) for name, values in (told | columns).items()}
        rows = pa.table(own | texts)
        if against:
            self._put(rows, against)
            return
        self._waiting.append((delivery.delivery_id, rows))
        if sum(table.num_rows for _, table in self._waiting) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Puts what waits into the tables."""
        if self._waiting:
            self._put(pa.concat_tables([rows for _, rows in self._waiting]))
            self._waiting.clear()

    def forget(self, delivery: Delivery) -> None:
        """Takes all rows of a delivery away."""
        self._waiting = [(key, rows) for key, rows in self._waiting if key != delivery.delivery_id]
        for table in ("text", "not_data"):
            self._con.execute(f"delete from {table} where delivery_id = ?", [delivery.delivery_id])

    def _put(self, rows: pa.Table, against: str = "") -> None:
        values = {name: cleaned(f'"{name}"') for name in self._names}
        if against:
            values["rest"] = f"case when {against} then '{MARK}{REST}' || rest else {values['rest']} end"
        self._con.register("rows", rows)
        self._con.execute(
            f"insert into text select id, sender, day, line, problem, {', '.join(values.values())}"
            " from rows where kind is null"
        )
        self._con.execute("insert into not_data select id, line, kind from rows where kind is not null")
        self._con.unregister("rows")
