"""The steps of a day. The DAG and the command line call them; nothing else does.

Each step reads what the one before left on disk, may be run again at any time with the same result, and
returns a small receipt of JSON-able values without personal data.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from expectations.wording import counted
from perisai import corrections, full, intake, judging, people, progress, publication, rejects, shards
from perisai import replay as replaying
from perisai.build import up_to_date
from perisai.commit import commit, too_many
from perisai.errors import DayFailed
from perisai.explain import Explanation, explain
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake, scratch_duck, sealer
from transforms.delivery import Delivery
from warehouse import copying, durable, files, lake, slices
from warehouse import publish as publishing
from warehouse.versions import DRAWN, Version, before, current, forget_drawn, note_drawn

log = logging.getLogger(__name__)


@logged
def extract(settings: Settings, business_date: date, office: str) -> Receipt:
    """Copies the finished new files of an office's branches into ``raw``; see perisai.intake."""
    receipt = intake.extract(settings, business_date, office)
    progress.tell("files", receipt["new_files"])
    return receipt


@logged
def plan(settings: Settings, business_date: date) -> Receipt:
    """Deals the files that the ledger does not know to the shards; see perisai.shards.

    Files that cannot be a delivery (name, folder) are refused, with a reason.

    Raises:
        DayFailed: a copy is damaged, the vault is gone, or a key is another one than the lake was made with.
    """
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        durable.check(con, [f"raw.{table}" for table in lake.OWN])
        if not settings.lake_catalog:
            people.check_vault(con, settings)
        new = list(judging.new_files(settings, business_date, lake.known_deliveries(con)))
        name, dealt = shards.plan(settings, business_date, new, corrections.trace(con, new))
    return {"plan": name, "files": len(new), "shards": sum(map(bool, dealt))}


@logged
def judge(settings: Settings, business_date: date, shard: int = 0, plan: str = "") -> Receipt:
    """Has Great Expectations judge the files of a shard of a plan, row by row; see perisai.judging.

    Files that cannot be read (header, content) are refused, with a reason. Shards may be judged at the same time, and
    where there is a store, on any machine that reaches it. Of a plan that is gone nothing is judged: ``load`` tells.

    Raises:
        DayFailed: see perisai.shards.
    """
    judged: list[Delivery] = []
    with alone(settings, shared=True), shards.ordered(settings, business_date, shard, plan) as order:
        if order is not None:
            judged = judging.judge_files(settings, shard, order.files, order.traced, order.result)
    return {
        "files": len(judged),
        "refused": sum(d.judgement == "refused" for d in judged),
        "lines": sum(d.lines for d in judged),
        "accepted": sum(d.accepted for d in judged),
        "rejected": sum(d.rejected for d in judged),
        "duplicates": sum(d.duplicates for d in judged),
    }


@logged
def load(settings: Settings, business_date: date, plan: str = "") -> Receipt:
    """Commits every new delivery of a plan at once: personal data to the vault, rows and ledger to the lake.

    Killed at any point and run again, it ends in the same state: the vault and the rejected rows are written
    first, under names that the deliveries determine, and the lake's transaction makes them count.

    Raises:
        DayFailed: not all was judged, a delivery's lines do not add up, or too many branches delivered nothing usable.
            In the last case what came is kept, but the day does not count as run: with a date that was mistyped,
            the marts would reach into the future.
    """
    with alone(settings), opened_lake(settings) as con:
        durable.check(con, [f"raw.{table}" for table in lake.OWN])
        with shards.judged(settings, business_date, plan) as staged:
            if staged is None and any(judging.new_files(settings, business_date, lake.known_deliveries(con))):
                raise DayFailed(f"not all that came up to {business_date} was judged to its end; run the day again")
            new, missing, changed = commit(con, settings, business_date, staged or [])
        shards.forget(settings, business_date)
        intake.forget_outcomes(settings, business_date)
    if too_many(missing, settings, business_date):
        raise DayFailed(
            f"{counted(len(missing), 'branch', 'branches')} delivered nothing usable for {business_date}, more than the"
            f" {settings.max_missing_share:.0%} of PERISAI_MAX_MISSING_SHARE: {', '.join(missing)}"
        )
    outcomes = Counter(delivery.judgement for delivery in new)
    return {
        "changed": changed,
        "deliveries": len(new),
        "accepted": outcomes["accepted"],
        "refused": outcomes["refused"],
        "failed": outcomes["failed"],
        "missing_branches": missing,
    }


@logged
def marts(settings: Settings, plan: str = "", *, spark: bool = False) -> Receipt:
    """Builds all models in one transaction, unless they are built from just these deliveries already, and checks them.

    Args:
        settings: the settings.
        plan: all of them anew, of the buckets of this plan; see perisai.full.
        spark: all of them anew, by Apache Spark.

    Raises:
        DayFailed: see perisai.build and perisai.full.
    """
    with alone(settings), opened_lake(settings) as con:
        made = partial(full.made, con, settings, plan) if plan and not full.is_built(con, settings, plan) else None
        receipt = up_to_date(con, settings, spark=spark, made=made)
        if plan:
            full.forget(settings)
        return receipt


@logged
def publish(settings: Settings, because: str = "") -> Receipt:
    """Swaps in the file that analysts open, unless it is the current one already, or was rolled back.

    Args:
        settings: the settings.
        because: why it may move further from the last version than expectations/bounds.yaml allows.

    Raises:
        DayFailed: there is nothing built, or the audit refused what was built.
    """
    with alone(settings), opened_lake(settings) as con:
        order = publication.order(con, settings, because)
        try:
            done = publishing.publish(con, settings.published, order, settings.keep_versions)
        except copying.AuditFailed as refusal:
            raise DayFailed(f"not published: {refusal}. {publication.HOW}") from refusal
        publication.share(settings)
    if done.held:
        log.warning("%s was rolled back and stays so; a newer one will be published", done.held.name)
        return {"changed": False, "version": done.version.name, "rolled_back": done.held.name}
    if not done.changed:
        return {"changed": False, "version": done.version.name}
    return {"changed": True, "version": done.version.name, "tables": len(done.version.manifest.rows)}


@logged
def report(settings: Settings) -> Receipt:
    """Draws the report and the exports from the published marts, and the workbooks in which branches get their rejects.

    What is there and up to date stays as it is.

    Raises:
        DayFailed: nothing is published yet.
    """
    with alone(settings), opened_lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        return _reported(con, settings)


def _reported(con: duckdb.DuckDBPyConnection, settings: Settings) -> Receipt:
    with files.shared():
        changed, folder = _drawn(settings)
        publication.share(settings)
    workbooks = rejects.write_workbooks(con, settings, sealer(settings))
    return {"changed": changed, "pages": len(list(folder.glob("*.html"))), "workbooks": workbooks}


def _drawn(settings: Settings) -> tuple[bool, Path]:
    """Whether the report was drawn just now, and its folder."""
    version = current(settings.published)
    if version is None:
        raise DayFailed("nothing is published yet; run `perisai marts`")
    drawings = {"report": _draw_report, "exports": _draw_exports}
    if settings.office_slices:
        drawings["offices"] = _draw_offices
    else:  # those of an earlier version would stand there as if they were of this one
        (settings.published / "offices").unlink(missing_ok=True)
    missing = [name for name in drawings if not (version.folder / name).exists()]
    if missing:
        forget_drawn(version)
    for name, draw in drawings.items():
        folder = version.folder / name
        if name in missing:
            draw(settings, version, folder)
        files.link(settings.published / name, folder.relative_to(settings.published.resolve()))
    if not (version.folder / DRAWN).exists():
        note_drawn(version, (version.folder / name for name in drawings))
    return "report" in missing, version.folder / "report"


def _draw_report(settings: Settings, version: Version, folder: Path) -> None:
    from reports import site

    previous = before(settings.published, version)
    site.write(version.database, folder, previous.database if previous else None)


def _draw_exports(_: Settings, version: Version, folder: Path) -> None:
    from reports import workbooks

    workbooks.write(version.database, folder, version.business_date, version.name)


def _draw_offices(_: Settings, version: Version, folder: Path) -> None:
    from reports import site, workbooks

    with files.built(folder) as beside:
        for office in slices.offices(version.database):
            part = slices.cut(version, office, beside / office)
            site.write(part, part.with_name("report"), office=office)
            workbooks.write(part, part.with_name("exports"), version.business_date, version.name)


def replay(settings: Settings, path: Path) -> list[Receipt]:
    """Leaves the corrections in a workbook of rejected rows in the landing place; see perisai.replay."""
    with alone(settings), opened_lake(settings) as con, scratch_duck(settings) as scratch:
        lake.ensure_tables(con, settings.contracts)
        return replaying.replay(con, scratch, settings, path)


def explain_incentive(settings: Settings, agent_code: str, period: date) -> Explanation:
    """An agent's month of incentive, line by line; see perisai.explain."""
    with alone(settings), opened_lake(settings) as con:
        return explain(con, agent_code, period)
