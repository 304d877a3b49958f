"""A lake, a vault and rejected rows made anew from the copies in ``raw`` alone, beside the old ones, and then swapped.

What was delivered is in ``raw``, but for copies that went by retention: what came of those is taken from the old lake,
vault and rejected rows. Which business dates were run, and which months were closed with which rows, is in the
old lake. Months are taken over as they were frozen, with the hash of what was approved. The snapshot that they were
computed in is in the old lake alone, which stays beside: what is closed can be compared with its hash, no more.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from pydantic import SecretStr

from expectations.wording import counted
from perisai import close, inbox, people, rejected
from perisai import day as steps
from perisai.errors import DayFailed, StepBroken
from perisai.rights import forget
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, scratch_duck
from transforms.delivery import dated
from warehouse import closed, durable, erasure, files, housekeeping, lake, removed, vault
from warehouse.duck import quoted, write_sealed

log = logging.getLogger(__name__)

MADE = ("lake", "vault", "rejects", "inbox")
MAKING, MADE_NEW, OLD = ".rebuilding", ".rebuilt", ".before-rebuild"


@dataclass
class Before:
    """What the old lake alone says: dates that were run, landing places that failed, requests, closed months.

    ``removed`` are the deliveries whose copies went by retention.
    """

    days: list[date] = field(default_factory=list)
    problems: list[tuple[date, str, str]] = field(default_factory=list)
    requests: list[tuple[object, ...]] = field(default_factory=list)
    months: dict[str, pa.Table] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


@logged
def rebuild(settings: Settings, old: Settings | None = None) -> Receipt:
    """Makes lake, vault, rejected rows and inbox of a home anew from its copies.

    Args:
        settings: the settings.
        old: the same with the keys that the home is under, if these are others.

    The old ones are then in the folder ``.before-rebuild`` of the home. May be killed at any moment and run again. The
    marts are not built: run ``perisai marts``.

    Raises:
        DayFailed: there are no copies, one of them is damaged, the old lake cannot be read although a month was closed
            in it or copies went by retention, or these went and the key of the pseudonyms is to be another one.
    """
    if settings.lake_catalog or settings.lake_data or settings.store:
        raise DayFailed(
            "the catalog or files of the lake are not in the home: name an empty one, and load the dates again"
        )
    home = settings.home
    with alone(settings):
        if not (home / MADE_NEW).exists():
            if (home / OLD).exists():
                raise DayFailed(f"{home / OLD} is of an earlier rebuild; move it elsewhere first")
            shutil.rmtree(home / MAKING, ignore_errors=True)
            _make(settings, home / MAKING, _before(old or settings), old)
            files.place(home / MAKING, home / MADE_NEW)
        _swap(home)
        with opened_lake(settings) as con:
            (deliveries, days) = con.execute(
                "select (select count(*) from raw.delivery), (select count(*) from raw.business_day)"
            ).fetchone() or (0, 0)
    return {"deliveries": deliveries, "business_dates": days, "before": str(home / OLD)}


def _before(settings: Settings) -> Before:
    """What can be read of the old lake; without it the dates are those of the copies' names."""
    found = Before()
    try:
        if (settings.lake / "catalog.ducklake").exists():
            with opened_lake(settings) as con:
                lake.ensure_tables(con, settings.contracts)
                closed.ensure_tables(con)
                read = [f"closed.{name}" for name in closed.TABLES]
                durable.check(con, ["raw.business_day", "raw.landing_problem", "raw.person_request", *read])
                found.days = [day for (day,) in con.execute("from raw.business_day order by all").fetchall()]
                found.problems = con.execute("from raw.landing_problem order by all").fetchall()
                found.requests = con.execute("from raw.person_request order by all").fetchall()
                found.removed = removed.keys(con, removed.COPY)
                if found.removed:
                    durable.check(con)
                found.months = {name: con.execute(f"from closed.{name}").to_arrow_table() for name in closed.TABLES}
            return found
        reason = "it is gone"
    except (DayFailed, StepBroken, duckdb.Error) as problem:
        reason = f"it cannot be read ({type(problem).__name__})"
    if finals := sorted(path.parent.name for path in settings.statements.glob("*/final")):
        raise DayFailed(
            f"nothing was changed: the old lake alone knows what was frozen for {', '.join(finals)}, and {reason}."
            " Put the lake back from a backup first"
        )
    log.warning("of the old lake nothing is known, %s: the business dates are those in the names of the copies", reason)
    days = {day for path in settings.raw.glob("[!.]*/[!.]*/*/[!.]*") if (day := dated(path.name))}
    found.days = sorted(days)
    return found


def _make(settings: Settings, new: Path, before: Before, old: Settings | None) -> None:
    """A home beside, with the same copies, in which one run loads all of them."""
    if not before.days:
        raise DayFailed(f"there is nothing in {settings.raw} to rebuild from")
    if before.removed and old is not None:
        raise DayFailed(
            "copies went by retention, and without them not every pseudonym can be made anew: the key of the pseudonyms"
            " has to stay. Nothing was changed; set the earlier PERISAI_HMAC_KEY again. The key of the vault can change"
        )
    keys = {"hmac_key": settings.secret_hmac.decode(), "vault_key": settings.secret_vault}
    secret = {name: SecretStr(key) for name, key in keys.items()} | {f"{name}_file": None for name in keys}
    beside = settings.model_copy(update={"home": new, "max_missing_share": 1, **secret})
    new.mkdir(mode=0o700)
    (new / "raw").symlink_to(settings.raw)
    inbox.ensure(beside)
    if before.removed:
        _carry(settings, beside, before.removed)
    last = before.days[-1]
    forget.apply(settings, copies_only=True)
    plan = steps.plan(beside, last)["plan"]
    for shard in range(beside.shards):
        steps.judge(beside, last, shard, plan)
    steps.load(beside, last, plan)
    with opened_lake(beside) as con:
        closed.ensure_tables(con)
        forget.note_erased(con, settings)
        with durable.transaction(con):
            others = [(day,) for day in before.days if day != last]
            if others:
                con.executemany("insert into raw.business_day values (?)", others)
            if before.problems:
                con.executemany("insert into raw.landing_problem values (?, ?, ?)", before.problems)
            if before.requests:
                con.executemany("insert into raw.person_request values (?, ?, ?, ?, ?)", before.requests)
            for name, rows in before.months.items():
                if name in {"draft", "turn"} or not rows.num_rows:
                    continue
                con.register("rows", rows)
                values = "* replace (null as snapshot_id)" if name == "month" else "*"
                con.execute(f"insert into closed.{name} by name select {values} from rows")
                con.unregister("rows")
            if old is not None:
                _other_pseudonyms(con, settings, old)
        if old is not None:
            housekeeping.purge(con, ())


def _carry(settings: Settings, beside: Settings, keys: set[str]) -> None:
    """Takes over what came of deliveries whose copies went by retention: people, rejected rows, rows of the lake."""
    listed = pa.table({"delivery_id": sorted(keys)})
    only = "where delivery_id in (select delivery_id from listed)"
    with opened_lake(beside) as con, files.passing(beside.staging / "carried") as folder:
        lake.ensure_tables(con, beside.contracts)
        people.store(con, beside, _of_vault(settings, listed, only, folder), "")
        con.register("listed", listed)
        catalog, data = quoted(f"ducklake:{settings.lake / 'catalog.ducklake'}"), quoted(settings.lake / "data")
        con.execute(f"attach {catalog} as before (data_path {data}, override_data_path true, read_only)")
        with durable.transaction(con):
            for table, columns in sorted(lake.documented(beside.contracts).items()):
                if "delivery_id" in columns:
                    both = " and other_id in (select delivery_id from listed)" if "other_id" in columns else ""
                    con.execute(f"insert into raw.{table} by name from before.raw.{table} {only}{both}")
        con.execute("detach before")
        written = []
        for day, key in con.execute("select business_date, delivery_id from raw.delivery").fetchall():
            if (path := rejected.place(settings, day, key)).exists():
                rejected.write(place := rejected.place(beside, day, key), rejected.read(path))
                written.append(place)
        durable.note(con, written)


def _of_vault(settings: Settings, listed: pa.Table, only: str, folder: Path) -> dict[str, list[Path]]:
    """The people of some deliveries, each feed's in a sealed file."""
    with scratch_duck(settings) as con, vault.reading(con, settings.vault) as feeds:
        con.register("listed", listed)
        found = {feed: folder / f"{feed}.parquet" for feed in feeds}
        for feed, path in found.items():
            write_sealed(con, f"from vault.{feed} {only}", path)
    return {feed: [path] for feed, path in found.items()}


def _other_pseudonyms(con: duckdb.DuckDBPyConnection, settings: Settings, old: Settings) -> None:
    """Gives frozen lines the pseudonyms that the people have under the new key."""
    from perisai.rekey import pseudonyms_after

    after = pseudonyms_after(settings, old)
    query = "select distinct participant_key::varchar from closed.incentive_line where participant_key is not null"
    wanted = [key for (key,) in con.execute(query).fetchall()]
    if lacking := sum(key not in after for key in wanted):
        raise DayFailed(
            f"the vault lacks {counted(lacking, 'person', 'people')} of closed months,"
            " whose pseudonyms cannot be made anew"
        )
    why = "the key of the pseudonyms was changed; the same lines, with other pseudonyms"
    erasure.in_closed(con, {key: after[key] for key in wanted}, close.user(), why)


def _swap(home: Path) -> None:
    """Puts what was made in the place of the old; goes on where it was cut off."""
    new, old = home / MADE_NEW, home / OLD
    old.mkdir(mode=0o700, exist_ok=True)
    for name in MADE:
        if (new / name).exists():
            if (home / name).exists():
                (home / name).rename(old / name)
            (new / name).rename(home / name)
    files.sync_one(old)
    files.sync_one(home)
    shutil.rmtree(new)  # last, and under its name: cut off here, the next run finds all in place and goes on
