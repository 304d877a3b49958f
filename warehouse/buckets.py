"""A full build in pieces: a hash puts the keys of a model into buckets, and one bucket after the other is computed.

So the memory that a build takes does not grow with the history. The rows of a bucket are left in a Parquet file whose
name says what they were made of, so that a build that was killed goes on with the bucket that it was at. Which rows
of the inputs belong to a key is what a day knows, too: see ``warehouse/declared.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse import files, stamps
from warehouse.duck import memory_of, quoted
from warehouse.lookup import Lookup
from warehouse.models import Model
from warehouse.rewrite import Query

ROW_BYTES = 350
"""Memory that a row of an input takes at most while the widest model is computed: 10 million payments in 3.5 GB."""


class Buckets:
    """The models of one build that are computed bucket by bucket.

    Args:
        con: the connection that builds, in a transaction.
        every: all models that are built, by their table.
        folder: where the rows of buckets are left until the build is committed; the same for each attempt.
        stamp: what tells all that is built from, or nothing; builds with the same stamp of the same snapshot go on
            where the one before was.
        wanted: number of buckets of each model with a key; 0 for as many as the connection's memory asks for.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        every: Mapping[str, Model],
        folder: Path,
        stamp: str = "",
        wanted: int = 0,
    ) -> None:
        self.con, self.every, self.folder, self.wanted = con, every, folder, wanted
        self.lookup = Lookup(con, every, since=0)
        self.rows_at_once = max(memory_of(con) // ROW_BYTES, 1)
        read = "select id from ducklake_current_snapshot(current_database())" if stamps.is_lake(con) else "select 0"
        self.own = self.folder / f"{stamp or 'build'}-{self.lookup.row(read)[0]}"
        for other in self.folder.glob("*"):
            if not stamp or other != self.own:
                shutil.rmtree(other)

    def rows_of(self, model: Model) -> str | None:
        """SQL of all rows of a model, of which each bucket was computed by itself; None if one bucket is enough."""
        query = Query(self.every, model.table, self.lookup.apart)
        if not (keys := self.lookup.keyed(model, query.inputs)):
            return None
        count = self.wanted or 1 + max(self._rows(table) for table in keys) // self.rows_at_once
        if count == 1:
            return None
        made = []
        for bucket in range(count):
            path = self.own / f"{model.table}-{count}-{bucket}.parquet"
            made.append(quoted(path))
            if path.exists():
                continue
            given = {
                table: f"from {table} where hash({', '.join(key)}) % {count} = {bucket}" for table, key in keys.items()
            }
            with files.whole(path) as part:
                self.con.execute(f"copy ({query.on(self.con, given, 'bucket')}) to {quoted(part)} (format parquet)")
        rows = f"from read_parquet([{', '.join(made)}])"
        return self.lookup.added_up(model, rows) if model.declared.is_sum else rows

    def finish(self) -> None:
        """Removes the files, once the build is committed."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _rows(self, table: str) -> int:
        return int(str(self.lookup.row(f"select count(*) from {table}")[0]))
