"""What is stored of a person, for the person; and the use of a person's data is restricted, or allowed again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import yaml

from expectations.contract import contract
from perisai import people, rejected
from perisai.errors import DayFailed
from perisai.rights import lists
from perisai.rights.copies import every, naming
from perisai.rights.person import Person, find, key_columns, key_of, opened_vault, pattern
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, sealer
from transforms.readers.sandbox import Sandbox
from warehouse import files, lake
from warehouse.duck import records

_WORDS = """# Data pribadi yang disimpan tentang satu orang / personal data stored about one person
# vault: what identifies the person, as branches sent it; rows: what else they sent of it, by table
# rejected: rows that were not accepted; copies: lines of the branches' files as they were received
# incentives: payments to an agent that were earned by this person
"""


@logged
def disclose(settings: Settings, number: str, target: Path, because: str) -> Receipt:
    """Writes all that is stored of a person to a file that only this account may read.

    Args:
        settings: the settings.
        number: a NIK or KPJ.
        target: the file (YAML); it must not be there.
        because: who asked for it; goes into the audit, without data of the person.

    Raises:
        DayFailed: the number is none or means several people, or the file is there.
    """
    if target.exists():
        raise DayFailed(f"{target} is there already")
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        people.check_vault(con, settings)
        person = find(settings, number)
        keys = [key_of(one, settings.secret_hmac) for one in sorted(person.numbers)]
        said: dict[str, Any] = {
            "asked_for": sorted(person.numbers),
            "is_restricted": not lists.restricted(settings).isdisjoint(keys),
            "vault": _in_vault(settings, person),
            "rows": _in_lake(con, settings, keys),
            "rejected": _rejected(settings, person),
            "copies": _copies(settings, person),
            "incentives": _incentives(con, keys),
        }
        rows = sum(len(found) for found in said["rows"].values())
        copies = len(said["copies"])
        files.write(target, _WORDS + yaml.safe_dump(_plain(said), sort_keys=False, allow_unicode=True, width=120))
        lists.note_request(con, (_now(), "disclose", because, copies, rows))
    return {"file": str(target), "rows": rows, "rejected": len(said["rejected"]), "copies": copies}


@logged
def restrict(settings: Settings, number: str, because: str, *, lift: bool = False) -> Receipt:
    """Stops the use of a person's data, or allows it again.

    They stay stored, and counts and payments stay what they are. Nobody sees them any more: rejected rows of the person
    are left out of the branches' workbooks, and declared incomes out of ``perisai incomes``.

    Args:
        settings: the settings.
        number: a NIK or KPJ.
        because: who asked for it; goes into the audit, without data of the person.
        lift: allow it again.

    Raises:
        DayFailed: the number is none or means several people.
    """
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        people.check_vault(con, settings)
        keys = {key_of(one, settings.secret_hmac) for one in find(settings, number).numbers}
        before = lists.restricted(settings)
        after = before - keys if lift else before | keys
        if after != before:
            lists.write(settings.restricted, after)
            lists.note_request(con, (_now(), "lift" if lift else "restrict", because, 0, 0))
    return {"changed": after != before, "listed": len(after)}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _in_vault(settings: Settings, person: Person) -> dict[str, list[dict[str, Any]]]:
    with opened_vault(settings) as (con, tables):
        found = {}
        for feed, names in sorted(tables.items()):
            if where := " or ".join(f"list_contains($numbers, {name})" for name in sorted(names & {"nik", "kpj"})):
                query = f"from vault.{feed} where {where} order by business_date, delivery_id, line_no"
                found[feed] = records(con, query, {"numbers": sorted(person.numbers)})
        return found


def _in_lake(con: duckdb.DuckDBPyConnection, settings: Settings, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for feed, names in sorted(key_columns(settings).items()):
        if where := " or ".join(f"list_contains($keys, {name}::varchar)" for name in names.values()):
            query = f"""select file_name, line.* from raw.{feed} as line join raw.delivery using (delivery_id)
                where {where} order by line.business_date, delivery_id, line_no"""
            found[feed] = records(con, query, {"keys": keys})
    return found


def _rejected(settings: Settings, person: Person) -> list[dict[str, Any]]:
    secret, meant, found = sealer(settings), pattern(person.numbers), []
    for path in rejected.every(settings):
        for row in rejected.read(path).to_pylist():
            text = secret.decrypt(row["sealed_row"].encode()).decode()
            if meant.search(text):
                told = {name: row[name] for name in ("feed", "file_name", "line_no", "reason")}
                found.append(told | {"row": json.loads(text)})
    return found


def _copies(settings: Settings, person: Person) -> list[dict[str, Any]]:
    meant, found = pattern(person.numbers), []
    with Sandbox(settings.limits) as sandbox:
        for path in every(settings):
            if lines := naming(path, meant, settings.limits, sandbox):
                found.append({"file": path.relative_to(settings.raw).as_posix(), "lines": lines})
    return found


def _incentives(con: duckdb.DuckDBPyConnection, keys: list[str]) -> list[dict[str, Any]]:
    there = "select 1 from duckdb_views() where schema_name = 'marts' and view_name = 'incentive_line'"
    if con.execute(there).fetchone() is None:
        return []
    query = """select period, agent_code, rule, contribution_month, amount_rp, reason from marts.incentive_line
        where list_contains($keys, participant_key::varchar) order by all"""
    return records(con, query, {"keys": keys})


def _plain(value: Any) -> Any:
    """A value as YAML shows it to people."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items() if not str(name).endswith("_key")}
        case list():
            return [_plain(one) for one in value]
        case Decimal():
            return str(value.normalize())
        case date() | time() | UUID():
            return str(value)
    return value


def hidden(settings: Settings, feed: str, day: date, cells: dict[str, str | None]) -> bool:
    """Whether a row, by the headers of its columns, is of somebody whose data may not be used."""
    listed = lists.restricted(settings)
    named = key_columns(settings)[feed]
    for column in contract(feed, day, settings.contracts).exported if listed else ():
        text = "".join(sign for sign in cells.get(str(column.header)) or "" if sign.isdecimal())
        if column.name in named and len(text) in {11, 16} and key_of(text, settings.secret_hmac) in listed:
            return True
    return False
