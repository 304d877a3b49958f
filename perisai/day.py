"""The steps of a day. The DAG and the command line call them; nothing else does.

Each step reads what the one before left on disk, may be run again at any time with the same result, and
returns a small receipt of JSON-able values without personal data.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import Contract, contract, feeds, versions
from perisai import corrections, inbox, intake, people, progress, publication, rejects
from perisai import replay as replaying
from perisai.branches import branches
from perisai.build import up_to_date
from perisai.commit import commit, too_many
from perisai.corrections import Traced
from perisai.errors import DayFailed
from perisai.explain import Explanation, explain
from perisai.judging import judge_rows
from perisai.settings import Settings
from perisai.step import Receipt, alone, keys_of, logged, opened_lake, read_json, scratch_duck, sealer, write_json
from transforms import verdict
from transforms.conform import Counted
from transforms.conform import conform as conform_rows
from transforms.delivery import (
    UNKNOWN_FEED,
    Delivery,
    Manifest,
    RawFile,
    from_json,
    identify,
    lines_of,
    read_manifest,
    to_json,
)
from transforms.read import read
from warehouse import copying, durable, files, lake, notes
from warehouse import publish as publishing
from warehouse.duck import write_sealed
from warehouse.fees import know_reference
from warehouse.versions import DRAWN, before, current, forget_drawn, note_drawn

log = logging.getLogger(__name__)


@logged
def extract(settings: Settings, business_date: date, office: str) -> Receipt:
    """Copies the finished new files of an office's branches into ``raw``; see perisai.intake."""
    receipt = intake.extract(settings, business_date, office)
    progress.tell("files", receipt["new_files"])
    return receipt


@logged
def conform(settings: Settings, business_date: date) -> Receipt:
    """Reads every file that the ledger does not know into typed rows, under ``staging``.

    Files that cannot be a delivery (name, folder, header, content) are refused here, with a reason.
    """
    with alone(settings):
        with opened_lake(settings) as con:
            lake.ensure_tables(con, settings.contracts)
            durable.check(con, [f"raw.{table}" for table in lake.OWN])
            known = lake.known_deliveries(con)
            if not settings.lake_catalog:
                people.check_vault(con, settings)
        return _conformed(settings, business_date, known)


def _conformed(settings: Settings, business_date: date, known: Collection[str]) -> Receipt:
    staging = settings.staging / business_date.isoformat()
    shutil.rmtree(staging, ignore_errors=True)
    new = list(_raw_files(settings, business_date, known))
    if new:
        write_json(staging / "keys.json", _marks(settings))
    with opened_lake(settings) as con:
        traced = corrections.trace(con, new)
    by_feed: dict[str, list[RawFile]] = defaultdict(list)
    for file in new:
        by_feed[file.delivery.feed].append(file)
    for feed, found in sorted(by_feed.items()):
        refused = [file.delivery for file in found if file.delivery.judgement != "accepted"]
        readable = [file for file in found if file.delivery.judgement == "accepted"]
        folder = staging / feed
        folder.mkdir(parents=True)
        deliveries = refused
        for round_no, together in enumerate(traced.rounds(readable)):
            for version in versions(feed, settings.contracts):
                in_force = [
                    f for f in together if contract(feed, f.delivery.business_date, settings.contracts) is version
                ]
                if in_force:
                    path = folder / f"typed-{version.version}-{round_no}.parquet"
                    deliveries += _conform_version(settings, version, in_force, path, traced)
        manifests = {f.delivery.delivery_id: vars(traced.manifest(f)) for f in readable if f.manifest}
        write_json(folder / "deliveries.json", [to_json(delivery) for delivery in deliveries])
        progress.tell("rows read", sum(delivery.lines for delivery in deliveries))
        write_json(folder / "manifests.json", manifests)
    return {"new_files": len(new), "feeds": sorted(by_feed)}


def _marks(settings: Settings) -> dict[str, str]:
    return {name: notes.check_value(name, key) for name, key in keys_of(settings).items()}


def _raw_files(settings: Settings, business_date: date, known: Collection[str]) -> Iterator[RawFile]:
    codes = {branch.code for branch in branches(settings.reference)}
    known_feeds = feeds(settings.contracts)
    for path in inbox.uncommitted(settings, known):
        if not inbox.is_whole(path):
            raise DayFailed(f"{inbox.damaged(path)}. Jalankan lagi tanggal ini / run the date again")
        branch_code, sha256 = path.parts[-4], path.parts[-2]
        delivery = identify(path, sha256, branch_code, business_date, branches=codes, feeds=known_feeds)
        day = delivery.business_date
        if intake.too_far_ahead(settings, business_date, day, path.stat().st_mtime):
            # shown under the date of the run: under its own, wrong date the warehouse would seem to reach that far
            delivery = replace(delivery, business_date=business_date).refused(
                f"Tanggal {day} masih jauh di depan; periksa nama file"
                f" / the date {day} lies too far ahead; check the file's name",
                lines_of(path),
            )
        elif day > business_date:
            continue
        manifest = None
        if delivery.feed != UNKNOWN_FEED and delivery.judgement == "accepted":
            try:
                rules = contract(delivery.feed, delivery.business_date, settings.contracts)
                manifest = read_manifest(path, rules.control_total)
            except ValueError as problem:
                delivery = delivery.refused(str(problem), lines_of(path))
        yield RawFile(path, delivery, manifest)


def _conform_version(
    settings: Settings, rules: Contract, files: list[RawFile], path: Path, traced: Traced
) -> list[Delivery]:
    """Conforms the files whose business dates one version of a contract is in force for."""
    with scratch_duck(settings) as con:
        deliveries = read(con, files, rules, settings.limits)
        no_data = con.execute("from not_data order by delivery_id, line_no").to_arrow_table()
        pq.write_table(no_data, path.with_name(path.name.replace("typed", "not_data")))
        zones = {branch.code: branch.zone for branch in branches(settings.reference)}
        if rules.looks_up:
            know_reference(con, settings.reference)
        counted = conform_rows(con, rules, zones, traced.given(files))
        write_sealed(con, "from typed", path)
    nothing = Counted(0, 0 if rules.control_total else None)
    conformed = []
    for read_one in deliveries:
        delivery = replace(read_one, contract_version=rules.version)
        count = counted.get(delivery.delivery_id, nothing)
        if delivery.judgement == "accepted" and count.refusal:
            delivery = delivery.refused(count.refusal, delivery.lines)
        elif delivery.judgement == "accepted":
            delivery = replace(delivery, duplicates=count.duplicates, counted_rp=count.total_rp, forms=count.forms)
        conformed.append(traced.noted(delivery))
    return conformed


@logged
def validate(settings: Settings, business_date: date, feed: str) -> Receipt:
    """Has Great Expectations judge all new rows of a feed, and splits them into accepted and rejected.

    Each delivery is judged by the version of the contract that conformed it. Feeds may be judged at the same time.
    """
    with alone(settings, shared=True):
        return _validated(settings, business_date, feed)


def _validated(settings: Settings, business_date: date, feed: str) -> Receipt:
    folder = settings.staging / business_date.isoformat() / feed
    staged = [v for v in versions(feed, settings.contracts) if any(folder.glob(f"typed-{v.version}-*.parquet"))]
    if not staged:
        return {"feed": feed, "deliveries": 0}
    if read_json(folder.parent / "keys.json") != _marks(settings):
        raise DayFailed("the keys are others than those of `conform`; give every task the same ones")
    deliveries = [from_json(values) for values in read_json(folder / "deliveries.json")]
    manifests = {key: Manifest(**said) for key, said in read_json(folder / "manifests.json").items()}
    (folder / "data_docs").mkdir(exist_ok=True)
    rejects, validation = [], []
    for rules in staged:
        own = {d.delivery_id for d in deliveries if d.judgement == "accepted" and d.contract_version == rules.version}
        with scratch_duck(settings) as con:
            judge_rows(con, settings, rules, folder, manifests)
            rejected = verdict.rejected_counts(con)
            judged = [
                verdict.decide(con, rules, d, manifests.get(d.delivery_id), rejected.get(d.delivery_id, 0))
                for d in deliveries
                if d.delivery_id in own
            ]
            sealed = f"{rules.version}.parquet"
            write_sealed(con, verdict.accepted_query(rules, judged), folder / f"accepted-{sealed}")
            if rules.vault_columns:
                query = verdict.accepted_query(rules, judged, vault=True)
                write_sealed(con, query, folder / f"vault-{sealed}")
            rejects.append(verdict.rejected_rows(con, rules, judged, sealer(settings)))
            validation.append(verdict.validation_rows(con, rules))
        deliveries = [d for d in deliveries if d.delivery_id not in own] + judged
    judged = deliveries
    pq.write_table(pa.concat_tables(rejects), folder / "rejects.parquet")
    pq.write_table(pa.concat_tables(validation), folder / "validation.parquet")
    write_json(folder / "judged.json", [to_json(delivery) for delivery in judged])
    return {
        "feed": feed,
        "deliveries": len(judged),
        "refused": sum(d.judgement == "refused" for d in judged),
        "lines": sum(d.lines for d in judged),
        "accepted": sum(d.accepted for d in judged),
        "rejected": sum(d.rejected for d in judged),
        "duplicates": sum(d.duplicates for d in judged),
    }


def _validate_rest(settings: Settings, business_date: date, staging: Path) -> None:
    """Judges what another run for the same date has conformed anew since this one's feeds were judged."""
    known = feeds(settings.contracts)  # files whose name tells no feed are refused already
    for folder in sorted(staging.glob("*/")):
        if folder.name in known and not (folder / "judged.json").exists():
            _validated(settings, business_date, folder.name)


@logged
def load(settings: Settings, business_date: date) -> Receipt:
    """Commits every new delivery at once: personal data to the vault, rows and ledger to the lake.

    Killed at any point and run again, it ends in the same state: the vault and the rejected rows are written
    first, under names that the deliveries determine, and the lake's transaction makes them count.

    Raises:
        DayFailed: a delivery's lines do not add up, or too many branches delivered nothing usable. In the
            second case what came is kept, but the day does not count as run: with a date that was mistyped,
            the marts would reach into the future.
    """
    with alone(settings), opened_lake(settings) as con:
        durable.check(con, [f"raw.{table}" for table in lake.OWN])
        staging = settings.staging / business_date.isoformat()
        _validate_rest(settings, business_date, staging)
        new, missing, changed = commit(con, settings, business_date, staging)
        shutil.rmtree(staging, ignore_errors=True)
        intake.forget_outcomes(settings, business_date)
    if too_many(missing, settings, business_date):
        raise DayFailed(
            f"{len(missing)} branches delivered nothing usable for {business_date}, more than the"
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
def marts(settings: Settings) -> Receipt:
    """Builds all models in one transaction, unless they are built from just these deliveries already, and checks them.

    Raises:
        DayFailed: see perisai.build.
    """
    with alone(settings), opened_lake(settings) as con:
        return up_to_date(con, settings)


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
        return _reported(con, settings)


def _reported(con: duckdb.DuckDBPyConnection, settings: Settings) -> Receipt:
    with files.shared():
        changed, folder = _drawn(settings)
    workbooks = rejects.write_workbooks(con, settings, sealer(settings))
    return {"changed": changed, "pages": len(list(folder.glob("*.html"))), "workbooks": workbooks}


def _drawn(settings: Settings) -> tuple[bool, Path]:
    """Whether the report was drawn just now, and its folder."""
    from reports import site
    from reports import workbooks as exports

    version = current(settings.published)
    if version is None:
        raise DayFailed("nothing is published yet; run `perisai marts`")
    folder, tables = version.folder / "report", version.folder / "exports"
    changed = not folder.exists()
    if changed or not tables.exists():
        forget_drawn(version)
    if changed:
        previous = before(settings.published, version)
        site.write(version.database, folder, previous.database if previous else None)
    publishing.link(settings.published / "report", folder.relative_to(settings.published.resolve()))
    if not tables.exists():
        exports.write(version.database, tables, version.business_date, version.folder.name)
    if not (version.folder / DRAWN).exists():
        note_drawn(version, (folder, tables))
    publishing.link(settings.published / "exports", tables.relative_to(settings.published.resolve()))
    return changed, folder


def replay(settings: Settings, path: Path) -> list[Receipt]:
    """Leaves the corrections in a workbook of rejected rows in the landing place; see perisai.replay."""
    with alone(settings), opened_lake(settings) as con, scratch_duck(settings) as scratch:
        lake.ensure_tables(con, settings.contracts)
        return replaying.replay(con, scratch, settings, path)


def explain_incentive(settings: Settings, agent_code: str, period: date) -> Explanation:
    """An agent's month of incentive, line by line; see perisai.explain."""
    with alone(settings), opened_lake(settings) as con:
        return explain(con, agent_code, period)
