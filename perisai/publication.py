"""What a person does with published versions: try one out, look at them, compare them, go back to one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import duckdb
from rich.table import Table

from perisai import recomputed
from perisai.console import table_of
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, scratch_duck
from warehouse import bounds, checks, compare, copying, files, held, lake, objects, publish, stamps, versions

HOW = (
    "If this is as it should be, say why: perisai publish --because '...', or the parameter publish_because of the"
    " DAG; see docs/publish.md"
)


def order(con: duckdb.DuckDBPyConnection, settings: Settings, because: str) -> publish.Order:
    """What there is to be published.

    Args:
        con: a connection to the lake.
        settings: the settings.
        because: why it may move further from the last version than the bounds allow.

    Raises:
        DayFailed: nothing is built, or what is built has not passed its checks.
    """
    stamp, latest = stamps.stamp(con), lake.last_day(con)
    if stamp is None or latest is None:
        raise DayFailed("no marts are built yet; run `perisai marts`")
    if checks.stamp(con) != stamp:
        raise DayFailed("the marts are not checked, or a check failed; run `perisai marts`")
    waived, rules = frozenset(settings.waived_checks), held.by_rules(con, recomputed.code())
    return publish.Order(latest, stamp, bounds.read(settings.bounds), because, waived, rules)


def rehearse(settings: Settings) -> publish.Rehearsal:
    """What publishing would do; nothing is published, and what was built is removed.

    Raises:
        DayFailed: there is nothing to publish, or something was lost on the way.
    """
    with alone(settings), opened_lake(settings) as con:
        try:
            return publish.rehearse(con, settings.published, order(con, settings, ""))
        except copying.AuditFailed as refusal:
            raise DayFailed(f"would not be published: {refusal}") from refusal


def share(settings: Settings) -> None:
    """Has the store, if there is one, hold what is current; the caller holds the lock."""
    if settings.shared:
        with files.shared():
            objects.share(settings.published, settings.shared, settings.keep_versions)


@logged
def rollback(settings: Settings, name: str, because: str = "") -> Receipt:
    """Makes a version that is kept current again; see warehouse.publish.

    Args:
        settings: the settings.
        name: of the version; empty for the one before.
        because: why, for whoever looks at the versions later.

    Raises:
        DayFailed: there is no such version, or it is damaged.
    """
    try:
        with alone(settings):
            version = publish.rollback(settings.published, name, because)
            share(settings)
    except publish.NoVersion as problem:
        raise DayFailed(f"not rolled back: {problem}") from problem
    return {"current": version.name}


def difference(settings: Settings, before: str, after: str) -> compare.Difference:
    """What differs between two versions.

    Args:
        settings: the settings.
        before: name of the one; empty for the one that was current before the other.
        after: name of the other; empty for the current one.

    Raises:
        DayFailed: there is no such version.
    """
    later = find(settings, after)
    earlier = find(settings, before) if before else versions.before(settings.published, later)
    if earlier is None:
        raise DayFailed(f"no version before {later.name} is kept")
    with scratch_duck(settings) as con:
        return compare.difference(con, earlier, later)


def find(settings: Settings, name: str) -> versions.Version:
    """A version by its name; the current one if it has none.

    Raises:
        DayFailed: there is no such version.
    """
    if not name:
        if (now := versions.current(settings.published)) is None:
            raise DayFailed("nothing is published yet; run `perisai marts`")
        return now
    every = {version.name: version for version in versions.kept(settings.published)}
    if name not in every:
        raise DayFailed(f"{name} is not kept; there are: {', '.join(every) or 'none'}")
    return every[name]


def verify(settings: Settings, name: str) -> Receipt:
    """Checks that a version is what its manifest says, file by file and table by table.

    Raises:
        DayFailed: it is not, or there is no such version.
    """
    version = find(settings, name)
    with scratch_duck(settings) as con:
        if wrong := versions.wrong_files(version) or versions.wrong_tables(con, version):
            raise DayFailed(f"{version.name} is damaged: {'; '.join(wrong)}")
    said = version.manifest
    receipt: Receipt = {"version": version.name, "files": len(said.files), "tables": len(said.rows)}
    if said.engine != versions.ENGINE:
        receipt["not_compared"] = f"checksums of tables, which {said.engine} computed; the files are compared"
    return receipt


def listed(settings: Settings) -> Iterator[Table | str]:
    """The versions that are kept, the latest first, and what became of each."""
    now = versions.current(settings.published)
    table = table_of(
        "Published versions", "version", "state", "after", "snapshot", "code", "package", ">rows", "because"
    )
    for version in reversed(versions.kept(settings.published)):
        said, note = version.manifest, version.rolled_back
        is_current = now is not None and version.name == now.name
        state = "current" if is_current else f"rolled back to {note['to']}" if note else ""
        because = note["because"] if note and not is_current else said.because
        cells = (version.name, state, said.after, said.snapshot_id, said.code, said.package)
        table.add_row(*(str(cell) for cell in cells), f"{sum(said.rows.values()):,}", because)
    yield table


def listed_json(settings: Settings) -> str:
    """The manifests of the versions that are kept, the latest first."""
    now = versions.current(settings.published)
    every = [
        {
            "version": version.name,
            "current": now is not None and version.name == now.name,
            "rolled_back": version.rolled_back,
            **asdict(version.manifest),
        }
        for version in reversed(versions.kept(settings.published))
    ]
    return json.dumps(every, indent=2, default=str, ensure_ascii=False)


def as_text(found: compare.Difference) -> Iterator[Table | str]:
    """What a person reads of a difference."""
    yield f"From {found.before} to {found.after}:"
    if not found.tables:
        yield "There is no difference."
        return
    summary = table_of("Rows", "table", ">before", ">after", ">new", ">gone", ">changed", "key")
    for one in found.tables:
        counts = (one.rows_before, one.rows_after, one.added, one.gone, one.changed if one.key else None)
        shown = ["" if count is None else f"{count:,}" for count in counts]
        summary.add_row(one.table, *shown, ", ".join(one.key) or "whole rows")
    yield summary
    for one in found.tables:
        yield from _columns_text(one)
    if moved := [(one.table, each) for one in found.tables for each in one.moved]:
        yield _moved_table(moved)
    for one in found.tables:
        yield from (_example_text(one.table, example) for example in one.examples)


def _columns_text(one: compare.TableDifference) -> Iterator[str]:
    if one.rows_before is None or one.rows_after is None:
        yield f"{one.table} {'is new' if one.rows_before is None else 'is gone'}"
    if one.columns_added:
        yield f"{one.table}: new columns {', '.join(one.columns_added)}"
    if one.columns_gone:
        yield f"{one.table}: columns gone {', '.join(one.columns_gone)}"
    for column, had, has in one.columns_retyped:
        yield f"{one.table}: {column} was {had} and is {has}"


def _moved_table(moved: list[tuple[str, compare.Moved]]) -> Table:
    table = table_of("Sums that moved", "table", "column", ">before", ">after", ">change", ">%")
    for name, each in moved:
        values = [each.before, each.after, each.change]
        shown = ["" if value is None else f"{value:,f}" for value in values]
        table.add_row(name, each.column, *shown, "" if each.percent is None else f"{each.percent:+,.2f}")
    return table


def _example_text(table: str, example: dict[str, object]) -> str:
    key = ", ".join("" if value is None else str(value) for value in dict(example["key"]).values())  # type: ignore[call-overload]
    columns: dict[str, tuple[object, object]] = dict(example.get("columns", {}))  # type: ignore[call-overload]
    changes = "; ".join(f"{name} {before} -> {after}" for name, (before, after) in columns.items())
    return f"{example['row']} {table} [{key}] {changes}".rstrip()
