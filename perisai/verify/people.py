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

_GONE = "put it back from a backup; if there is none, see docs/operate.md, When the vault is gone"


def check(con: duckdb.DuckDBPyConnection, settings: Settings) -> Found:
    """Reads every value of the vault, which are authenticated, and counts its rows by delivery."""
    found = Found()
    expected = people.expected(con, settings)
    known = notes.noted(con, "vault")
    try:
        if not vault.exists(settings.vault):
            if expected:
                found.add(f"{settings.vault} is gone", _GONE)
            return found
        paths = [path for those in vault.objects(settings.vault).values() for path in those]
    except OSError as problem:
        found.add(str(problem), _GONE)
        return found
    for path in paths:
        try:
            with scratch_duck(settings) as scratch:  # of its own, which an error may break
                vault.read_through(scratch, path)
        except duckdb.Error as error:
            found.add(f"{path} cannot be read: {scrubbed(error)}", _GONE)
    if found.wrong:
        return found
    with scratch_duck(settings) as scratch, vault.reading(scratch, settings.vault) as tables:
        (mark,) = scratch.execute("from vault.mark").fetchone() or ("",)
        rows = {
            (table, key): count
            for table in sorted(tables)
            for key, count in scratch.execute(
                f"select delivery_id, count(*) from vault.{table} group by all"
            ).fetchall()
        }
    if known and mark not in known:
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
    found.checked = {"objects": len(paths), "deliveries": len(expected)}
    return found
