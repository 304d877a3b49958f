"""What identifies a person goes to the vault. A vault belongs to its lake; a missing one is not replaced silently."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

import duckdb

from expectations.contract import feeds, versions
from perisai.errors import DayFailed
from perisai.settings import Settings
from warehouse import files, notes, vault
from warehouse.duck import read_sealed

log = logging.getLogger(__name__)

BEGIN_ANEW = "begin-anew"
"""An empty file of this name in the vault's folder says that a person wants an empty one."""
_VAULT, _ENDS = "vault", "vault ends"
_PEOPLE = (
    "but the lake has rows of people whose names are in it; put it back from a backup. If there is none, see"
    " docs/operate.md, When the vault is gone"
)


def store(con: duckdb.DuckDBPyConnection, settings: Settings, staged: dict[str, list[Path]], only_new: str) -> None:
    """Stores the personal columns of new deliveries' accepted rows in the vault.

    Args:
        con: a connection to the lake.
        settings: the settings.
        staged: the files of each feed's rows.
        only_new: SQL of the condition that picks the new deliveries.

    Raises:
        DayFailed: the vault is gone, or is another lake's.
    """
    rows = {feed: f"from {read_sealed(paths)} {only_new}" for feed, paths in staged.items()}
    if not any(con.execute(f"select 1 from ({query}) limit 1").fetchone() for query in rows.values()):
        return
    _check_there(con, settings)
    known = notes.noted(con, _VAULT)
    made = vault.identify(con, settings.vault, secrets.token_hex(8))
    asked = settings.vault / BEGIN_ANEW
    if made not in known:
        if not asked.exists():
            _check_mark(settings, made, known)
        notes.note(con, _VAULT, made)
    if asked.exists():
        notes.put(con, _ENDS, ())
        files.remove(asked)
    _check_ends(con, settings)
    vault.store(con, settings.vault, rows)
    notes.put(con, _ENDS, [f"{feed} {last}" for feed, last in vault.ends(settings.vault).items()])


def check_vault(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Refuses to go on where the vault or the last objects of a feed are gone, although the lake has rows of people.

    Raises:
        DayFailed: they are.
    """
    _check_there(con, settings)
    if vault.exists(settings.vault) and not (settings.vault / BEGIN_ANEW).exists():
        _check_mark(settings, vault.identify(con, settings.vault, ""), notes.noted(con, _VAULT))
        _check_ends(con, settings)


def _check_there(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    is_there = vault.exists(settings.vault) or (settings.vault / BEGIN_ANEW).exists()
    if not is_there and expected(con, settings):
        raise DayFailed(f"{settings.vault} is gone, {_PEOPLE}")


def _check_mark(settings: Settings, made: str, known: set[str]) -> None:
    if known and made not in known:
        raise DayFailed(f"{settings.vault} is the vault of another lake; put back the one that belongs here")


def _check_ends(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    there = vault.ends(settings.vault)
    wanted = {feed: int(last) for feed, last in (said.split() for said in notes.noted(con, _ENDS))}
    if short := sorted(feed for feed, last in wanted.items() if there.get(feed, 0) < last):
        raise DayFailed(f"{settings.vault} lacks its last objects of {', '.join(short)}, {_PEOPLE}")


def expected(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[tuple[str, str], int]:
    """Rows of each delivery that the vault has to have, by feed and key."""
    every = [one for feed in feeds(settings.contracts) for one in versions(feed, settings.contracts)]
    listed = [f"{one.feed} {one.version}" for one in every if one.vault_columns]
    rows = con.execute(
        """select feed, delivery_id, accepted from raw.delivery
        where accepted > 0 and judgement = 'accepted'
            and list_contains($listed, concat(feed, ' ', contract_version))""",
        {"listed": listed},
    ).fetchall()
    return {(feed, key): accepted for feed, key, accepted in rows}
