"""The steps of closing a month: draft, freeze, statements, and verify. The DAG and the command line call them.

What is approved is a draft: the lines and totals that one snapshot of the lake holds for the month, known by their
hash. Freezing takes just these, whatever was delivered in the meantime; that becomes adjustments in the next month.
Each step may be run again at any time, after having been killed or beside another run, with the same result.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from perisai import progress, recomputed
from perisai.build import up_to_date
from perisai.errors import DayFailed, NotYet
from perisai.step import Receipt, alone, logged, opened_lake
from warehouse import audit, closed, durable, files, held, lake, versions
from warehouse.duck import records
from warehouse.files import Place

if TYPE_CHECKING:
    import duckdb

    from perisai.settings import Settings

# Adjustments as statements show them: added up over persons, whom statements do not name.
_ADJUSTMENTS = """
select wadah_code, scheme, corrects_period, agent_code, rule, count(*) as lines, sum(amount_rp) as amount_rp
from ({lines})
where corrects_period is not null
group by all
order by all
"""


def month_of(text: str) -> date:
    """The first day of a month, from ``2023-09``.

    Raises:
        DayFailed: it is no month.
    """
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 (a month of the branches' calendar)
    except ValueError:
        raise DayFailed(f"{text!r} is no month; write it as 2023-09") from None


@logged
def draft(settings: Settings, period: date, because: str = "") -> Receipt:
    """Computes a month, writes its statements as drafts, and notes the snapshot and the hash to be approved.

    Args:
        settings: the settings.
        period: the month, its first day.
        because: the reason for what is held; see warehouse.held.

    Raises:
        NotYet: the month's last day was not run yet.
        DayFailed: the month is closed, is not the next one, has no lines, has an agreement problem, or is held
            without a reason.
    """
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        closed.ensure_tables(con)
        _in_turn(con, settings, period)
        latest = lake.last_day(con)
        if latest is None or latest < _last_day(period):
            raise NotYet(f"{_last_day(period)} was not run yet, so {period:%Y-%m} is not complete; latest is {latest}")
        stamp = str(up_to_date(con, settings)["stamp"])
        _without_problems(con, period)
        sql = recomputed.code()
        because = _decided(con, period, because, sql)
        durable.check(con)
        (snapshot,) = con.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchone() or (None,)
        rows = closed.drafted_rows(con, period, int(snapshot or 0))
        counts = _counts(con, rows)
        if not counts["lines"]:
            raise DayFailed(f"{period:%Y-%m} has no lines; there is nothing to close")
        content = closed.content_hash(con, rows, because)
        now = closed.Draft(period, content, int(snapshot or 0), latest, stamp, recomputed.version(sql), because or None)
        made = closed.note_draft(con, now, sql)
        folder = _folder(settings, period) / f"draft-{content}"
        _place(folder, _drawn(con, now, "", rows))
    return {"content_hash": content, "snapshot_id": made.snapshot_id, "changed": made == now, **counts}


@logged
def freeze(  # noqa: PLR0917 (all told by Airflow, in the order in which it comes to know them)
    settings: Settings, period: date, content_hash: str, approved_by: str, approved_at: str, note: str = ""
) -> Receipt:
    """Closes a month with exactly the draft that was approved, and brings the marts up to date.

    Args:
        settings: the settings.
        period: the month, its first day.
        content_hash: hash of the draft that was approved.
        approved_by: who approved it.
        approved_at: when, in ISO 8601 with a time zone.
        note: what the approver remarked.

    Raises:
        DayFailed: there is no such draft, it is not the next month to close, the month is closed with other content,
            approver or time are missing, or the time lies before the end of the month or before what was drafted.
    """
    if not approved_by.strip():
        raise DayFailed("a month is closed by somebody: say who approved it")
    with alone(settings), opened_lake(settings) as con:
        closed.ensure_tables(con)
        if (there := closed.month(con, period)) is not None:
            if there.content_hash != content_hash:
                raise DayFailed(f"{period:%Y-%m} is closed with {there.content_hash}, not with {content_hash}")
            return {"content_hash": content_hash, "changed": False}
        made = closed.draft(con, period, content_hash)
        if made is None:
            raise DayFailed(f"there is no draft of {period:%Y-%m} with {content_hash}; draft it, and approve that")
        _in_turn(con, settings, period)
        durable.check(con)
        durable.check(con, [f"marts.{table}" for table in closed.FROZEN], made.snapshot_id)
        approved = closed.Month(
            **vars(made), approved_by=approved_by, approved_at=_moment(approved_at, made), note=note
        )
        try:
            closed.freeze(con, approved, user())
        except closed.WrongContent as wrong:
            raise DayFailed(f"not closed: {wrong}") from wrong
        up_to_date(con, settings)  # under the same lock: nobody publishes tables that do not know of the close
    return {"content_hash": content_hash, "changed": True}


@logged
def statements(settings: Settings, period: date) -> Receipt:
    """Writes the statements of a closed month from its frozen rows, where they are not there as they were.

    Last, the marts are brought up to date, in case freezing was cut off before it had done so.

    Raises:
        DayFailed: the month is open, its frozen rows are not what was approved, or this version of the program would
            write other statements than were written.
    """
    with alone(settings), opened_lake(settings) as con:
        month = _closed(con, period)
        noted = closed.statements(con, period)
        final = _folder(settings, period) / "final"
        changed = not noted or _on_disk(final) != noted
        if changed:
            durable.check(con)
            rows = closed.frozen_rows(period)
            if (found := closed.content_hash(con, rows, month.because)) != month.content_hash:
                raise DayFailed(f"{period:%Y-%m} is not as it was approved: the frozen rows have the hash {found}")
            drawn = _drawn(con, month, f"{month.approved_at}, {month.approved_by}", rows)
            noted = _place(final, drawn, noted)
            closed.note_statements(con, period, noted)
        for old in final.parent.glob("*draft-*"):  # also one that a killed process was about to build
            files.remove(old)
        up_to_date(con, settings)
    return {"changed": changed, "files": len(noted)}


@logged
def verify(settings: Settings, period: date) -> Receipt:
    """Checks that a closed month is as it was approved, and that the lake's snapshot still gives just that.

    The month is computed again: from the rows that the lake had, with the reference tables and the SQL of that time.
    The outcome is compared line by line with what is frozen; the statements are compared with their hashes.

    Raises:
        DayFailed: something differs; the message says what, and how much of it.
    """
    with alone(settings), opened_lake(settings) as con:
        month = _closed(con, period)
        durable.check(con)
        rows = closed.frozen_rows(period, "lake.")
        found = closed.content_hash(con, rows, month.because)
        differences = [f"the frozen rows have the hash {found}"] if found != month.content_hash else []
        if month.snapshot_id is not None:  # otherwise the lake was rebuilt since: that snapshot is in the old one
            durable.check(con, snapshot=month.snapshot_id)
            differences += recomputed.differences(con, month, rows)
        differences += audit.problems(con) + _lost(con, settings)
        noted, there = closed.statements(con, period), _on_disk(_folder(settings, period) / "final")
        if not noted:
            differences.append("the statements were not written yet")
        differences += [
            f"the statement {name} is {'missing' if name not in there else 'another one'}"
            for name in sorted(noted)
            if there.get(name) != noted[name]
        ]
        counts = _counts(con, rows)
    if differences:
        raise DayFailed(f"{period:%Y-%m} is not as it was approved: {'; '.join(differences)}")
    return {"content_hash": found, "snapshot_id": month.snapshot_id, **counts, "files": len(noted)}


def _lost(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Closes of which a published version or statements know, and the lake does not any more."""
    found = [
        f"the last close that the published version {version.name} names is not in the audit any more"
        for version in versions.kept(settings.published)
        if audit.lost(con, version.manifest.last_close)
    ]
    papers = [folder.parent.name for folder in settings.statements.glob("*/final")]
    gone = [name for name in sorted(papers) if closed.month(con, month_of(name)) is None]
    return found + [f"{name} has final statements and is not closed any more" for name in gone]


def _in_turn(con: duckdb.DuckDBPyConnection, settings: Settings, period: date) -> None:
    """Months are closed one after the other; the first may be any."""
    last = closed.last_period(con)
    if closed.month(con, period) is not None:
        raise DayFailed(f"{period:%Y-%m} is closed")
    if (final := _folder(settings, period) / "final").exists():
        raise DayFailed(
            f"{period:%Y-%m} has final statements in {final}, but this lake does not know that it was closed: what was"
            " paid is not closed again. See docs/operate.md, Upgrade from before"
        )
    if last is not None and period != _next(last):
        raise DayFailed(f"{last:%Y-%m} is the last closed month, so {_next(last):%Y-%m} is next, not {period:%Y-%m}")


def _without_problems(con: duckdb.DuckDBPyConnection, period: date) -> None:
    found = con.execute(
        "select distinct coalesce(wadah_code, '?') || ' (' || branch_code || '): ' || problem"
        " from marts.agreement_problem where period = ? order by all",
        [period],
    ).fetchall()
    if found:
        listed = "; ".join(text for (text,) in found)
        raise DayFailed(f"{period:%Y-%m} has problems with agreements, see marts.agreement_problem: {listed}")


def _decided(con: duckdb.DuckDBPyConnection, period: date, because: str, inputs: Iterable[str]) -> str:
    """Why the month may be closed in spite of what is held; empty if nothing is."""
    said = held.found(con, period, inputs)
    if said and not because.strip():
        raise DayFailed(
            f"{period:%Y-%m} is held. {'; '.join(said)}. If that is right, draft it with --because and the reason,"
            " which the statements show; if not, have the branch correct its roster, or put the reference table right"
        )
    return because.strip() if said else ""


def _closed(con: duckdb.DuckDBPyConnection, period: date) -> closed.Month:
    closed.ensure_tables(con)
    month = closed.month(con, period)
    if month is None:
        raise DayFailed(f"{period:%Y-%m} is not closed")
    return month


def _counts(con: duckdb.DuckDBPyConnection, rows: Mapping[str, str]) -> dict[str, int]:
    """What a person compares at a glance: how many lines, agents and wadahs, and how many rupiah."""
    query = f"""
    select
        (select count(*) from ({rows["incentive_line"]})) as lines,
        (select count(distinct agent_code) from ({rows["incentive_agent_month"]})) as agents,
        (select count(distinct wadah_code) from ({rows["incentive_wadah_month"]})) as wadahs,
        (select coalesce(sum(payable_rp), 0) from ({rows["incentive_wadah_month"]})) as payable_rp,
        (select coalesce(sum(adjustment_rp), 0) from ({rows["incentive_wadah_month"]})) as adjustment_rp
    """
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return {name: int(value) for name, value in zip(names, cursor.fetchone() or (), strict=True)}


def _drawn(
    con: duckdb.DuckDBPyConnection, made: closed.Draft, approved: str, rows: Mapping[str, str]
) -> Iterable[tuple[str, bytes]]:
    """Name and content of each statement."""
    from reports import statement

    paper = statement.Paper(
        made.period,
        made.content_hash,
        approved,
        made.because or "",
        wadahs=records(con, f"from ({rows['incentive_wadah_month']}) order by wadah_code, scheme"),
        agents=records(con, f"from ({rows['incentive_agent_month']}) order by wadah_code, scheme, agent_code"),
        adjustments=records(con, _ADJUSTMENTS.format(lines=rows["incentive_line"])),
    )
    for name, content in statement.files(paper):
        progress.tell("statements", 1)
        yield name, content


def _place(folder: Place, drawn: Iterable[tuple[str, bytes]], noted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Puts files in place as one folder; the hash of each, by name.

    Raises:
        DayFailed: they are not those that were noted; the folder stays as it is then.
    """
    with files.shared(), files.built(folder) as building:
        for name, content in drawn:
            (building / name).write_bytes(content)
        hashes = _on_disk(building)
        if noted and hashes != noted:
            raise DayFailed(
                f"the statements in {folder} are damaged, and this version of the program writes others"
                " than were written; restore them from a copy, or write them with that version of the program"
            )
    return hashes


def _on_disk(folder: Place) -> dict[str, str]:
    paths: list[Place] = sorted(folder.glob("*"), key=str)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _folder(settings: Settings, period: date) -> Place:
    return settings.statements / f"{period:%Y-%m}"


def user() -> str:
    """Who runs the close, as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have a number only
        return f"uid {os.getuid()}"


def _moment(text: str, made: closed.Draft) -> str:
    """The time of an approval as it is kept; nobody approves a month before it is over, or days that were not there."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise DayFailed(f"{text!r} is no time with a time zone; write it as 2023-10-02T09:30:00+08:00")
    if moment.date() <= _last_day(made.period) or moment.date() < made.last_business_date:
        raise DayFailed(
            f"approved at {moment.isoformat()}, but {made.period:%Y-%m} ended on {_last_day(made.period)}, and the"
            f" draft has what was there on {made.last_business_date}: nobody can have approved it before"
        )
    return moment.isoformat()


def _next(period: date) -> date:
    return (period.replace(day=28) + timedelta(days=4)).replace(day=1)


def _last_day(period: date) -> date:
    return _next(period) - timedelta(days=1)
