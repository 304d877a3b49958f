"""The marts: computed again, they are what the lake has."""

from __future__ import annotations

import duckdb

from perisai.build import stamp_of
from perisai.settings import Settings
from perisai.verify.finding import Found
from warehouse import models, stamps
from warehouse.versions import columns_of, counted

_MEND = "move the folder lake aside and run the last date again, see docs/operate.md; and tell those who maintain this"


def check(con: duckdb.DuckDBPyConnection, settings: Settings, *, full: bool) -> Found:
    """Computes marts again, in memory, and compares rows and checksum of each with the lake's.

    Args:
        con: a connection to the lake.
        settings: the settings.
        full: compute everything from the rows of ``raw``; otherwise only the schema ``marts``, from ``core``.
    """
    found = Found()
    if stamps.stamp(con) is None:
        found.left_out.append("no marts are built yet")
        return found
    if stamps.stamp(con) != stamp_of(con, settings):
        found.left_out.append("marts: something changed since they were built; run perisai marts first")
        return found
    chosen = [one for one in models.discover() if full or one.schema in {"reference", "marts"}]
    stored = [one for one in chosen if not one.is_view]
    columns = columns_of(con, "lake", models.SCHEMAS)
    with models.computed_again(con, settings.reference, chosen):
        for model in stored:
            listed = columns[model.table]
            there, again = (counted(con, f"{catalog}.{model.table}", listed) for catalog in ("lake", "again"))
            if there != again:
                rows = f"{there[0]} rows and not {again[0]}" if there[0] != again[0] else "other rows"
                found.add(f"{model.table} has {rows}, when it is computed again", _MEND)
    found.checked = {"tables": len(stored)}
    if not full:
        found.left_out.append("core: --full computes it again, too, from the rows of raw")
    return found
