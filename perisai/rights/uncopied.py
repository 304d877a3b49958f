"""Rows of a person whose copies went by retention: stand-ins go into vault, rejected rows and lake by themselves."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import Column, Contract, contract, feeds
from perisai import rejected
from perisai.rights.copies import swap
from perisai.rights.person import key_columns, opened_vault
from perisai.rights.standins import StandIns
from perisai.settings import Settings
from perisai.step import scratch_duck, sealer
from transforms.identity import PLAIN_NAME, keyed, pseudonyms
from transforms.verdict import REJECTS
from warehouse import durable
from warehouse.files import Place

Rows = dict[str, list[list[Any]]]
"""By feed: business date, delivery and line of rows."""
_GONE = "delivery_id in (select delivery_id from raw.removed where what = 'copy')"


def rows(con: duckdb.DuckDBPyConnection, settings: Settings, keys: Iterable[str]) -> Rows:
    """The rows of the lake with one of some pseudonyms whose copies are removed."""
    found = {}
    for feed, names in key_columns(settings).items():
        where = " or ".join(f"list_contains($keys, {name}::varchar)" for name in names.values())
        query = f"select business_date::varchar, delivery_id, line_no from raw.{feed} where ({where}) and {_GONE}"
        if where and (listed := con.execute(f"{query} order by all", {"keys": sorted(keys)}).fetchall()):
            found[feed] = [list(row) for row in listed]
    return found


def texts(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[str]:
    """What there is of people elsewhere than in copies: numbers in the vault, and rejected rows without a copy."""
    with opened_vault(settings) as (people, tables):
        for feed, columns in tables.items():
            for name in key_columns(settings)[feed].keys() & columns:
                query = f"select distinct {name} from vault.{feed} where {name} is not null"
                yield from (text for (text,) in people.execute(query).fetchall())
    for *_, told in _rejected(con, settings):
        yield from told


def read_again(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    rows: Rows,
    stand: StandIns,
    *,
    numbers: re.Pattern[str],
    swaps: Mapping[str, str],
) -> Iterator[tuple[str, pa.Table]]:
    """Feed and rows as they are once stand-ins are in them: what the vault has of them, and the pseudonyms.

    Args:
        con: a connection to the lake.
        settings: the settings.
        rows: the rows.
        stand: the stand-ins.
        numbers: finds the person's numbers; a row of the vault without one has its stand-ins already.
        swaps: the pseudonym that stands in by the one before.
    """
    for feed, listed in rows.items():
        of_version: dict[str, list[list[Any]]] = defaultdict(list)
        for row in listed:
            of_version[contract(feed, date.fromisoformat(row[0]), settings.contracts).version].append(row)
        for those in of_version.values():
            rules = contract(feed, date.fromisoformat(those[0][0]), settings.contracts)
            places = pa.table({"delivery_id": [key for _, key, _ in those], "line_no": [line for *_, line in those]})
            con.register("places", places)
            lines = con.execute(f"from raw.{feed} semi join places using (delivery_id, line_no)").to_arrow_table()
            con.unregister("places")
            with scratch_duck(settings) as scratch:
                scratch.register("line", lines)
                _put_people(scratch, settings, rules, stand, numbers)
                yield feed, _with_pseudonyms(scratch, settings, rules, swaps)


def _put_people(
    con: duckdb.DuckDBPyConnection, settings: Settings, rules: Contract, stand: StandIns, numbers: re.Pattern[str]
) -> None:
    """The temporary table ``person``: personal columns of those of ``line`` that the vault has, with stand-ins."""
    columns = rules.vault_columns
    kinds = "".join(f", {column.name} {column.sql_type}" for column in columns)
    con.execute(f"create or replace temp table person (delivery_id varchar, line_no bigint{kinds})")
    with opened_vault(settings) as (people, tables):
        there = tables.get(rules.feed, set())
        if not columns or not there:
            return
        names = ", ".join(column.name if column.name in there else f"null as {column.name}" for column in columns)
        people.register("line", con.execute("select delivery_id, line_no from line").to_arrow_table())
        query = (
            f"select delivery_id, line_no, {names} from vault.{rules.feed} semi join line using (delivery_id, line_no)"
        )
        for key, line, *there_is in people.execute(query).fetchall():
            cells = there_is
            if any(isinstance(cell, str) and numbers.search(cell) for cell in cells):
                told = dict(zip([column.name for column in columns], cells, strict=True))
                cells = [_swapped(c, told[c.name], stand, str(told.get("full_name") or "")) for c in columns]
            con.execute(f"insert into person values (?, ?{', ?' * len(cells)})", [key, line, *cells])


def _swapped(column: Column, value: Any, stand: StandIns, name: str) -> Any:
    text = "" if value is None else str(value)
    now = stand.cell(column, text, name)
    if now == text:
        return value
    return date.fromisoformat(now) if isinstance(value, date) else now or None


def _with_pseudonyms(
    con: duckdb.DuckDBPyConnection, settings: Settings, rules: Contract, swaps: Mapping[str, str]
) -> pa.Table:
    """The rows of ``line`` with the pseudonyms of what ``person`` has; where it lacks a number, of its stand-in."""
    numbers = key_columns(settings)[rules.feed].values()
    hashed = [column for column in rules.columns if column.hashed_as]
    con.execute(PLAIN_NAME)
    con.register("swap", pa.table({"past": list(swaps), "now": list(swaps.values())}))
    kept = {name: f"line.{name}" for name, *_ in rules.lake_columns}
    kept |= {column.name: f"person.{column.name}" for column in rules.vault_columns}
    cells = ", ".join(f"{kept.get(c.name, f'null::{c.sql_type}')} as {c.name}" for c in rules.exported)
    past = "".join(f", line.{name} as past_{name}" for name in numbers)
    derived = "".join(f", {column.derived} as {column.name}" for column in hashed if column.derived)
    after = [
        f"coalesce({c.hashed_as}, (select now::uuid from swap where past = past_{c.hashed_as}::varchar),"
        f" past_{c.hashed_as}::uuid) as {c.hashed_as}"
        if c.hashed_as in numbers
        else str(c.hashed_as)
        for c in hashed
    ]
    return con.execute(
        f"""with cells as (
            select line.delivery_id, line.line_no, {cells}{past}
            from line left join person using (delivery_id, line_no)
        ),
        said as (select *{derived}, {", ".join(pseudonyms(rules))} from cells)
        select delivery_id, line_no, {", ".join([*(c.name for c in rules.vault_columns), *after])} from said""",
        keyed(settings.secret_hmac),
    ).to_arrow_table()


def _rejected(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> Iterator[tuple[Place, Path, Contract, list[dict[str, Any]], list[str]]]:
    """Rejected rows of deliveries without copies: their file, workbook and contract, and what is sealed in them."""
    query = "select business_date, delivery_id, feed, branch_code from raw.delivery where rejected > 0"
    for day, key, feed, branch in con.execute(f"{query} and {_GONE} order by all").fetchall():
        if feed in feeds(settings.contracts) and (place := rejected.place(settings, day, key)).exists():
            found = rejected.read(place).to_pylist()
            told = [sealer(settings).decrypt(row["sealed_row"].encode()).decode() for row in found]
            book = settings.workbooks / branch / f"{branch}_{day}.xlsx"
            yield place, book, contract(feed, day, settings.contracts), found, told


def change_rejects(
    con: duckdb.DuckDBPyConnection, settings: Settings, stand: StandIns, numbers: re.Pattern[str]
) -> None:
    """Seals rejected rows that name the person again, with stand-ins; the next report draws their workbook anew."""
    written = []
    for place, book, rules, found, told in _rejected(con, settings):
        for row, text in zip(found, told, strict=True):
            if numbers.search(text):
                cells = {str(column.header): json.loads(text).get(column.header) or "" for column in rules.exported}
                now = [now for _, now in swap(rules, list(cells.values()), stand, numbers)]
                sealed = json.dumps(dict(zip(cells, now, strict=True))).encode()
                row["sealed_row"] = sealer(settings).encrypt(sealed).decode()
        if any(map(numbers.search, told)):
            book.unlink(missing_ok=True)
            rejected.write(place, pa.Table.from_pylist(found, schema=REJECTS))
            written.append(place)
    durable.note(con, written)
