"""A person is erased, step by step; what was begun is finished by the next run, whatever killed the one before.

What is to be done is in one sealed file until it is done: which lines of which copies, and the stand-ins.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from cryptography.fernet import Fernet

from expectations.contract import contract, versions
from expectations.wording import counted
from perisai import close, inbox, people, rejected
from perisai.build import up_to_date
from perisai.errors import DayFailed
from perisai.rights import lists, uncopied
from perisai.rights.copies import Forms, every, naming, open_copy, texts, without
from perisai.rights.person import ANY, entry_of, find, key_columns, key_of, opened_vault, pattern, plain
from perisai.rights.standins import StandIns
from perisai.settings import Settings
from perisai.step import Receipt, alone, clear_staging, logged, opened_lake, scratch_duck, sealer
from transforms.delivery import NAME, delivery_id, manifest_name, parsed, sha256_of
from transforms.readers import Unfinished, Unreadable
from transforms.readers.sandbox import Sandbox
from transforms.verdict import REJECTS
from warehouse import closed, durable, erasure, files, housekeeping, lake, stamps, vault

log = logging.getLogger(__name__)


@dataclass
class Plan:
    """What an erasure is about to do.

    Attributes:
        at: When it was asked for, in UTC.
        because: Why, as the operator said.
        numbers: The person's NIK and KPJ.
        copies: The lines that name the person, by the copy's place in ``raw``.
        rows: The rows of the person whose copies are removed; see perisai.rights.uncopied.
        unread: Copies that cannot be looked into.
        standins: See StandIns.
    """

    at: str
    because: str
    numbers: list[str]
    copies: dict[str, list[int]] = field(default_factory=dict)
    rows: uncopied.Rows = field(default_factory=dict)
    unread: int = 0
    standins: dict[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """``at`` as a time."""
        return datetime.fromisoformat(self.at)


@logged
def forget(settings: Settings, number: str, because: str) -> Receipt:
    """Erases a person from all that the home holds, and notes it on the list that ``restore`` and ``rebuild`` apply.

    Args:
        settings: the settings.
        number: a NIK or KPJ.
        because: who asked for it; goes into the audit, without data of the person.

    Returns:
        ``copies`` and ``rows`` that were changed, ``landing`` (names of files that name the person and wait in a
        landing place), ``unread`` (copies that nobody can look into) and ``shared_cards`` (which stay: they are
        another person's, too).

    Raises:
        DayFailed: the number is none or means several people, or a copy cannot be changed safely.
    """
    with alone(settings):
        if (old := settings.home / ".before-rebuild").exists():
            raise DayFailed(f"{old} holds what a rebuild has replaced; remove it first, or the person stays in it")
        finish(settings)
        with opened_lake(settings) as con:
            lake.ensure_tables(con, settings.contracts)
            people.check_vault(con, settings)
        person = find(settings, number)
        lists.write(settings.forgotten, lists.forgotten(settings) | _keys(settings, person.numbers))
        done = erase(settings, person.numbers, because)
    return done | {"shared_cards": person.shared}


def finish(settings: Settings) -> bool:
    """Finishes an erasure that was cut off, if there is one."""
    with alone(settings, "forget"):
        if begun := settings.erasing.exists():
            _finish(settings)
    return begun


def erase(settings: Settings, numbers: frozenset[str], because: str) -> Receipt:
    """Erases numbers that are resolved already; the caller holds the lock.

    Raises:
        DayFailed: a copy cannot be changed safely; nothing was changed.
    """
    plan = _planned(settings, numbers, because)
    with opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        plan.rows = uncopied.rows(con, settings, [key_of(one, settings.secret_hmac) for one in numbers])
    forms = _forms(settings, plan)
    for name in plan.copies:
        if not Path(name).name.startswith("."):
            _content(settings, plan, forms, name)
    _write(settings, plan)
    return _finish(settings)


def apply(settings: Settings, *, copies_only: bool = False) -> int:
    """Erases everybody on the list whom a copy of ``raw`` names again; how many numbers that were.

    Args:
        settings: the settings.
        copies_only: the lake, the vault and rejected rows are about to be made anew.
    """
    wanted = lists.forgotten(settings)
    if not wanted:
        return 0
    seen: set[str] = set()
    with Sandbox(settings.limits) as sandbox:
        for path in every(settings):
            with suppress(Unreadable, Unfinished):
                seen.update(one for _, text in texts(path, settings.limits, sandbox) for one in _numbers_in(text))
    if not copies_only:
        with opened_lake(settings) as con:
            lake.ensure_tables(con, settings.contracts)
            seen.update(one for text in uncopied.texts(con, settings) for one in _numbers_in(text))
    found = {one for one in seen if entry_of(one, settings.secret_hmac) in wanted}
    if found and copies_only:
        plan = _planned(settings, frozenset(found), "")
        _write(settings, plan)
        _change_copies(settings, plan, {})
        settings.erasing.unlink()
    elif found:
        erase(settings, frozenset(found), "on the list of those who were erased")
    return len(found)


def _numbers_in(text: str) -> Iterator[str]:
    for one in ANY.findall(text):
        if sum(sign.isdecimal() for sign in one) in {11, 16}:
            yield plain(one)


def _keys(settings: Settings, numbers: Iterable[str]) -> frozenset[str]:
    return frozenset(entry_of(number, settings.secret_hmac) for number in numbers)


def _planned(settings: Settings, numbers: frozenset[str], because: str) -> Plan:
    plan = Plan(datetime.now(UTC).replace(tzinfo=None).isoformat(), because, sorted(numbers))
    meant = pattern(numbers)
    with Sandbox(settings.limits) as sandbox:
        for path in every(settings):
            lines = naming(path, meant, settings.limits, sandbox)
            plan.unread += lines is None
            if lines:
                plan.copies[path.relative_to(settings.raw).as_posix()] = lines
    stand = StandIns(plan.standins)
    for number in plan.numbers:
        stand.number(number)
    return plan


def _write(settings: Settings, plan: Plan) -> None:
    files.write(settings.erasing, sealer(settings).encrypt(json.dumps(dataclasses.asdict(plan)).encode()))


def _finish(settings: Settings) -> Receipt:
    plan = Plan(**json.loads(sealer(settings).decrypt(settings.erasing.read_bytes())))
    forms = _forms(settings, plan)
    _change_copies(settings, plan, forms)
    _write(settings, plan)  # with the stand-ins that the copies have got
    tables = of_copies = _read_again(settings, plan, forms)
    swaps = _keys_after(settings, plan)
    stand, meant = StandIns(plan.standins), pattern(plan.numbers)
    with opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        for feed, table in uncopied.read_again(con, settings, plan.rows, stand, numbers=meant, swaps=swaps):
            tables = tables | {
                feed: pa.concat_tables([*([tables[feed]] if feed in tables else []), table], promote_options="default")
            }
        _write(settings, plan)
    _change_vault(settings, tables)
    with opened_lake(settings) as con:
        uncopied.change_rejects(con, settings, stand, meant)
        _change_rejects(con, settings, of_copies)
        with durable.transaction(con):
            rows = sum(erasure.in_rows(con, feed, _pseudonyms(settings, feed, t)) for feed, t in sorted(tables.items()))
            erasure.in_closed(con, swaps, close.user())
            erasure.note_copies(con, _noted(settings))
        there = {f"raw.{feed}": names.values() for feed, names in key_columns(settings).items()}
        if count := erasure.left(con, there, swaps):
            raise DayFailed(
                f"{counted(count, 'row', 'rows')} of the lake with the person still, and no copy in raw;"
                " see perisai verify"
            )
        kept = _snapshots_without(con, there, swaps)
        if stamps.stamp(con) is not None:
            up_to_date(con, settings)
        housekeeping.purge(con, kept)
        lists.note_request(con, (plan.moment, "forget", plan.because, len(plan.copies), rows))
    landing = _clear_landing(settings, plan)
    _clear_rest(settings, plan)
    if lists.restricted(settings) & swaps.keys():
        lists.write(settings.restricted, lists.restricted(settings) - swaps.keys())
    settings.erasing.unlink()
    return {"copies": len(plan.copies), "rows": rows, "landing": landing, "unread": plan.unread}


def _change_copies(settings: Settings, plan: Plan, forms: Forms) -> None:
    """Puts stand-ins into the copies. The note of what a copy is to be is on the disk before it."""
    for name in plan.copies:
        place = settings.raw / name
        if place.name.startswith("."):  # a damaged copy that was set aside
            place.unlink(missing_ok=True)
            continue
        if (inbox.erased(place) or {}).get("at") == plan.at and inbox.is_whole(place):
            continue
        content = _content(settings, plan, forms, name)
        before = place.stat()
        _write(settings, plan)
        with files.whole(place) as part:
            part.write_bytes(content)
            note = {"sha256": sha256_of(part), "bytes": len(content), "at": plan.at}
            files.write(inbox.erased_note(place), json.dumps(note))
            # the time that the branch's file has, but for a thousandth of a millisecond: a backup copies what differs
            os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns + 1000))


def _content(settings: Settings, plan: Plan, forms: Forms, name: str) -> bytes:
    """What a copy holds once stand-ins are in it; the same each time."""
    meant, stand = pattern(plan.numbers), StandIns(plan.standins)
    with scratch_duck(settings) as con:
        return without(con, settings, settings.raw / name, forms, plan.copies[name], meant, stand)


def _forms(settings: Settings, plan: Plan) -> Forms:
    """The forms that corrections are read in, which are those of what they correct."""
    with opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        closed.ensure_tables(con)
        said = dict(con.execute("select delivery_id, forms from raw.delivery").fetchall())
    found = {}
    for name in plan.copies:
        place = settings.raw / name
        beside = place.with_name(manifest_name(place.name))
        if beside.exists() and parsed(beside).corrects:
            found[_delivery(place)] = json.loads(said.get(_delivery(place)) or "{}")
    return found


def _delivery(place: Path) -> str:
    return delivery_id(place.parts[-4], place.name, place.parent.name)


def _read_again(settings: Settings, plan: Plan, forms: Forms) -> dict[str, pa.Table]:
    """The person's rows by feed, as the copies give them now."""
    found: dict[str, list[pa.Table]] = defaultdict(list)
    for name, lines in plan.copies.items():
        place = settings.raw / name
        if not place.exists():
            continue
        with scratch_duck(settings) as con:
            opened = open_copy(con, settings, place, forms)
            if opened.rules is not None:
                query = "from typed where list_contains($lines, line_no)"
                found[opened.delivery.feed].append(con.execute(query, {"lines": lines}).to_arrow_table())
    return {feed: pa.concat_tables(tables, promote_options="default") for feed, tables in found.items()}


def _hashed(settings: Settings, feed: str) -> set[str]:
    every_version = versions(feed, settings.contracts)
    return {column.hashed_as for version in every_version for column in version.columns if column.hashed_as}


def _pseudonyms(settings: Settings, feed: str, table: pa.Table) -> pa.Table:
    return table.select(["delivery_id", "line_no", *sorted(_hashed(settings, feed) & set(table.column_names))])


def _change_vault(settings: Settings, tables: dict[str, pa.Table]) -> None:
    with opened_vault(settings) as (_, there):
        kept = {feed: there[feed] for feed in tables if feed in there}
    with scratch_duck(settings) as con:
        queries = {}
        for feed, columns in kept.items():
            con.register(f"made_{feed}", tables[feed])
            names = ", ".join(f'"{name}"' for name in tables[feed].column_names if name in columns)
            queries[feed] = f"select {names} from made_{feed}"
        vault.replace(con, settings.vault, queries)


def _keys_after(settings: Settings, plan: Plan) -> dict[str, str]:
    """The pseudonym that stands in by the one before."""
    stand, key = StandIns(plan.standins), settings.secret_hmac
    return {key_of(number, key): key_of(stand.number(number), key) for number in plan.numbers}


def _change_rejects(con: duckdb.DuckDBPyConnection, settings: Settings, tables: dict[str, pa.Table]) -> None:
    """Seals rejected rows of the person again, as the copies give them now."""
    now = {(row["delivery_id"], row["line_no"]): row for table in tables.values() for row in table.to_pylist()}
    secret, written = sealer(settings), []
    for key in sorted({delivery for delivery, _ in now}):
        for path in rejected.every(settings, key):
            rows = [
                row | {"sealed_row": _sealed(settings, row, now[key, row["line_no"]], secret)}
                if (key, row["line_no"]) in now
                else row
                for row in rejected.read(path).to_pylist()
            ]
            rejected.write(path, pa.Table.from_pylist(rows, schema=REJECTS))
            written.append(path)
    durable.note(con, written)


def _sealed(settings: Settings, row: dict[str, Any], now: dict[str, Any], secret: Fernet) -> str:
    rules = contract(row["feed"], row["business_date"], settings.contracts)
    texts = {c.header: now[c.name if c.kind == "string" else f"{c.name}_text"] for c in rules.exported}
    return secret.encrypt(json.dumps(texts).encode()).decode()


def _noted(settings: Settings) -> list[tuple[str, str, int, datetime]]:
    """What is noted beside copies, as ``raw.erased`` has it."""
    found = []
    for path in every(settings):
        if said := inbox.erased(path):
            found.append((_delivery(path), said["sha256"], said["bytes"], datetime.fromisoformat(said["at"])))
    return found


def note_erased(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Has the ledger say which copies are not as they were received; for a lake that is made anew."""
    with durable.transaction(con):
        erasure.note_copies(con, _noted(settings))


def _snapshots_without(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Iterable[str]], keys: Iterable[str]
) -> set[int]:
    """The snapshots of closed months and drafts that the person is not in; the others are not named any more."""
    query = "select snapshot_id from closed.month union select snapshot_id from closed.draft"
    named = {snapshot for (snapshot,) in con.execute(query).fetchall() if snapshot is not None}
    holding = {one for one in named if erasure.left(con, tables, keys, f" at (version => {one})")}
    if holding:
        with durable.transaction(con):
            erasure.forget_snapshots(con, holding)
    return named - holding


def _clear_landing(settings: Settings, plan: Plan) -> list[str]:
    """Removes files of local landing folders that were copied; names of those that name the person and were not."""
    meant = pattern(plan.numbers)
    for name in plan.copies:
        branch, _, digest, file = Path(name).parts
        left = settings.landing / branch / file
        if left.exists() and sha256_of(left) == digest:
            left.unlink()
    with Sandbox(settings.limits) as sandbox:
        waiting = [path for path in sorted(settings.landing.glob("*/[!.]*")) if path.is_file()]
        names = [path.name for path in waiting if naming(path, meant, settings.limits, sandbox)]
    return [name if NAME.fullmatch(name) else "a file of another name" for name in names]


def _clear_rest(settings: Settings, plan: Plan) -> None:
    """Removes staged rows, which the next run makes anew, and workbooks, which the next report does."""
    clear_staging(settings)
    for name in plan.copies:
        branch, day, *_ = Path(name).parts
        (settings.workbooks / branch / f"{branch}_{day}.xlsx").unlink(missing_ok=True)
