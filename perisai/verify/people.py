"""The vault: it can be opened, is whole, and has the people of every delivery whose rows are in the lake."""

from __future__ import annotations

import duckdb

from expectations.wording import counted
from perisai import people
from perisai.settings import Settings
from perisai.step import scratch_duck
from perisai.verify.finding import Found
from warehouse import notes, vault
from warehouse.duck import scrubbed

_GONE = "put vault/vault.duckdb back from a backup; if there is none, see docs/operate.md, When the vault is gone"


def check(con: duckdb.DuckDBPyConnection, settings: Settings) -> Found:
    """Reads every block of the vault, which are authenticated, and counts its rows by delivery."""
    found = Found()
    expected = people.expected(con, settings)
    if not settings.vault.exists():
        if expected:
            found.add(f"{settings.vault} is gone", _GONE)
        return found
    known = notes.noted(con, "vault")
    try:
        with scratch_duck(settings) as scratch, vault.reading(scratch, settings.vault, settings.secret_vault):
            tables = scratch.execute("select table_name from duckdb_tables() where database_name = 'vault'").fetchall()
            for (table,) in sorted(tables):
                scratch.execute(f"select sum(hash(one)) from vault.{table} as one").fetchall()
            marks = scratch.execute("select mark from vault.mark").fetchall() if ("mark",) in tables else []
            rows = {
                (table, key): count
                for (table,) in tables
                if table != "mark"
                for key, count in scratch.execute(
                    f"select delivery_id, count(*) from vault.{table} group by all"
                ).fetchall()
            }
    except duckdb.Error as error:
        found.add(f"{settings.vault} cannot be read: {scrubbed(error)}", _GONE)
        return found
    if known and not {mark for (mark,) in marks} & known:
        found.add(f"{settings.vault} is the vault of another lake", _GONE)
    missing = [place for place, count in expected.items() if rows.get(place, 0) != count]
    if missing and len(known) > 1:
        found.left_out.append(
            f"people of {counted(len(missing), 'delivery', 'deliveries')}, whose vault was gone and was begun anew"
        )
    elif missing:
        found.add(
            f"{settings.vault} lacks people of {counted(len(missing), 'delivery', 'deliveries')} that the ledger has",
            _GONE,
        )
    found.checked = {"tables of the vault": len(tables), "deliveries": len(expected)}
    return found
