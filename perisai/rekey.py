"""Other keys for a home. A run that was cut off is finished by the next one with the same keys.

Another key of the vault: the vault, rejected rows and nothing else are sealed anew, one by one. Another key of the
pseudonyms: the lake is made anew from the copies (perisai.rebuild), and closed months get the new pseudonyms.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from cryptography.fernet import InvalidToken, MultiFernet

from perisai import rebuild, rejected
from perisai.errors import DayFailed
from perisai.rights import lists
from perisai.rights.person import key_columns, key_of, opened_vault
from perisai.settings import Settings
from perisai.step import Receipt, alone, clear_staging, keys_of, logged, sealer, unbound_lake
from transforms.verdict import REJECTS
from warehouse import durable, keys, notes, vault

_CHANGING = "keys are changing"


@logged
def rotate(settings: Settings, old: Settings) -> Receipt:
    """Puts a home under the keys of the settings.

    Args:
        settings: the settings, with the new keys.
        old: the same, with the keys that the home is under.

    Raises:
        DayFailed: a new key is weak, the old ones are not those of the home, or an erasure was cut off.
    """
    for name, key in keys_of(settings).items():
        if keys.is_weak(key.decode()):
            raise DayFailed(f"PERISAI_{name.upper()}_KEY looks typed; make one by `openssl rand -hex 32`")
    if settings.secret_hmac.decode() == settings.secret_vault:
        raise DayFailed("the two keys are the same; make one for each")
    if settings.erasing.exists():
        raise DayFailed("an erasure was cut off; run perisai forget under the old keys first")
    with alone(settings):
        if (settings.home / rebuild.MADE_NEW).exists():  # it is about to be swapped in
            return {"changed": True} | rebuild.rebuild(settings, old)
        with unbound_lake(settings) as con:
            there = {name: notes.noted(con, f"{name} key") for name in keys_of(settings)}
            is_new = all(notes.check_value(name, key) in there[name] for name, key in keys_of(settings).items())
            changing = bool(notes.noted(con, _CHANGING))
            if is_new and not changing:
                return {"changed": False}
            known = is_new or all(notes.check_value(name, key) in there[name] for name, key in keys_of(old).items())
        if not known:
            raise DayFailed("the old keys are not those of this home; name their files")
        if settings.secret_hmac != old.secret_hmac:
            return _made_anew(settings, old)
        return _sealed_anew(settings, old)


def _sealed_anew(settings: Settings, old: Settings) -> Receipt:
    clear_staging(settings)
    with unbound_lake(settings) as con:
        notes.put(con, _CHANGING, {"vault"})
        notes.put(con, "vault key", {notes.check_value("vault", settings.secret_vault.encode())})
        done = _vault(con, settings, old)
        done += _rejects(con, settings, old)
        notes.put(con, _CHANGING, set())
    return {"changed": True, "files": done}


def _vault(con: duckdb.DuckDBPyConnection, settings: Settings, old: Settings) -> int:
    """Seals the vault's objects anew; how many there are."""
    try:
        return vault.seal_anew(con, settings.vault, old.secret_vault)
    except duckdb.InvalidInputException:  # what a key that does not fit is called; a full disk is another error
        raise DayFailed(f"{settings.vault} opens with neither key; see perisai verify") from None


def _rejects(con: duckdb.DuckDBPyConnection, settings: Settings, old: Settings) -> int:
    """Seals rejected rows anew; how many files there are."""
    secret = MultiFernet([sealer(settings), sealer(old)])
    paths = rejected.every(settings)
    for path in paths:
        table = rejected.read(path)
        try:
            sealed = [secret.rotate(row.encode()).decode() for row in table["sealed_row"].to_pylist()]
        except InvalidToken:
            raise DayFailed(f"{path} opens with neither key; see perisai verify") from None
        at = table.column_names.index("sealed_row")
        rejected.write(path, table.set_column(at, REJECTS.field("sealed_row"), [sealed]))
        durable.note(con, [path])
    return len(paths)


def _made_anew(settings: Settings, old: Settings) -> Receipt:
    lists.write(settings.restricted, lists.restricted(settings) | _restricted_after(settings, old))
    return {"changed": True} | rebuild.rebuild(settings, old)


def _restricted_after(settings: Settings, old: Settings) -> frozenset[str]:
    """The new pseudonyms of those whose data may not be used."""
    after = pseudonyms_after(settings, old)
    return frozenset(after[key] for key in lists.restricted(settings) if key in after)


def pseudonyms_after(settings: Settings, old: Settings) -> dict[str, str]:
    """For each NIK and KPJ in the vault the new pseudonym by the old one."""
    found = {}
    with opened_vault(old) as (con, tables):
        for feed, names in key_columns(old).items():
            for name, hashed in names.items():
                if {name, hashed} <= tables.get(feed, set()):
                    query = f"select distinct {hashed}::varchar, {name} from vault.{feed} where {name} is not null"
                    for before, value in con.execute(query).fetchall():
                        found[before] = key_of(value, settings.secret_hmac)
    return found


def with_keys(settings: Settings, hmac_file: Path | None, vault_file: Path | None) -> Settings:
    """The settings with other keys, from files; those of which none is named stay."""
    given: dict[str, Path | None] = {}
    for name, file in (("hmac", hmac_file), ("vault", vault_file)):
        if file is not None:
            given |= {f"{name}_key": None, f"{name}_key_file": file}
    return Settings(**(settings.model_dump() | given))  # a copy would have the keys that were read already
