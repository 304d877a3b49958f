"""The steps of a day. The DAG and the command line call them; nothing else does.

Each step reads what the one before left on disk, may be run again at any time with the same result, and
returns a small receipt of JSON-able values without personal data.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import inspect
import json
import logging
import re
import shutil
import time
from base64 import urlsafe_b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.fernet import Fernet

from expectations.contract import Contract, contract, feeds, versions
from perisai import intake, progress, rejects
from perisai.branches import branches
from perisai.errors import DayFailed
from perisai.explain import Explanation, explain
from perisai.settings import Settings
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
from transforms.identity import add_pseudonyms
from transforms.read import read
from warehouse import checked, closed, increment, lake, models, reference_check, vault
from warehouse import publish as publishing
from warehouse.duck import connect, quoted, read_sealed, write_sealed

log = logging.getLogger(__name__)
Receipt = dict[str, Any]
P = ParamSpec("P")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9]{5,}|\nLINE .*", re.DOTALL)


class StepBroken(Exception):
    """DuckDB could not do a step; the message holds no value of any row."""


def _logged(step: Callable[P, Receipt]) -> Callable[P, Receipt]:
    """The step, which logs its receipt in one line of ``key=value`` when it is done."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Receipt:
        begun = time.perf_counter()
        try:
            receipt = step(*args, **kwargs)
        except duckdb.Error as error:  # DuckDB quotes the values it stumbles over, and they may be a person's
            said = " ".join(_QUOTED.sub("…", text) for text in [str(error), *getattr(error, "__notes__", [])])
            raise StepBroken(f"{step.__name__}: {type(error).__name__}: {said}") from None
        what = list(inspect.signature(step).parameters)[1]  # business_date, or the period of a close
        line = {"step": step.__name__, what: args[1], **receipt}
        line["seconds"] = f"{time.perf_counter() - begun:.1f}"
        log.info(" ".join(f"{name}={_logfmt(value)}" for name, value in line.items()))
        return receipt

    return run


def _logfmt(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return json.dumps(text) if not text or set(text) & set(' "=') else text


@_logged
def extract(settings: Settings, business_date: date, office: str) -> Receipt:
    """Copies the finished new files of an office's branches into ``raw``; see perisai.intake."""
    receipt = intake.extract(settings, business_date, office)
    progress.tell("files", receipt["new_files"])
    return receipt


@_logged
def conform(settings: Settings, business_date: date) -> Receipt:
    """Reads every file that the ledger does not know into typed rows, under ``staging``.

    Files that cannot be a delivery (name, folder, header, content) are refused here, with a reason.
    """
    staging = settings.staging / business_date.isoformat()
    shutil.rmtree(staging, ignore_errors=True)
    with _alone(settings), _lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        known = lake.known_deliveries(con)
    new = list(_raw_files(settings, business_date, known))
    by_feed: dict[str, list[RawFile]] = defaultdict(list)
    for file in new:
        by_feed[file.delivery.feed].append(file)
    for feed, files in sorted(by_feed.items()):
        refused = [file.delivery for file in files if file.delivery.judgement != "accepted"]
        readable = [file for file in files if file.delivery.judgement == "accepted"]
        folder = staging / feed
        folder.mkdir(parents=True)
        deliveries = refused
        for version in versions(feed, settings.contracts) if readable else ():
            in_force = [f for f in readable if contract(feed, f.delivery.business_date, settings.contracts) is version]
            deliveries += _conform_version(settings, version, in_force, folder) if in_force else []
        manifests = {file.delivery.delivery_id: vars(file.manifest) for file in readable if file.manifest}
        _write_json(folder / "deliveries.json", [to_json(delivery) for delivery in deliveries])
        progress.tell("rows read", sum(delivery.lines for delivery in deliveries))
        _write_json(folder / "manifests.json", manifests)
    return {"new_files": len(new), "feeds": sorted(by_feed)}


def _raw_files(settings: Settings, business_date: date, known: Collection[str]) -> Iterator[RawFile]:
    codes = {branch.code for branch in branches(settings.reference)}
    known_feeds = feeds(settings.contracts)
    for path in intake.uncommitted(settings, known):
        branch_code, sha256 = path.parts[-4], path.parts[-2]
        delivery = identify(path, sha256, branch_code, business_date, branches=codes, feeds=known_feeds)
        day = delivery.business_date
        if intake.too_far_ahead(settings, business_date, day, path.stat().st_mtime):
            # under the date of the run, where people look: a wrong date must not make the warehouse seem to reach to it
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


def _conform_version(settings: Settings, rules: Contract, files: list[RawFile], folder: Path) -> list[Delivery]:
    """Conforms the files whose business dates one version of a contract is in force for."""
    with _duck(settings) as con:
        deliveries = read(con, files, rules, settings.limits)
        counted = conform_rows(con, rules)
        write_sealed(con, "from typed", folder / f"typed-{rules.version}.parquet")
    nothing = Counted(0, 0 if rules.control_total else None)
    conformed = []
    for read_one in deliveries:
        delivery = replace(read_one, contract_version=rules.version)
        count = counted.get(delivery.delivery_id, nothing)
        if delivery.judgement == "accepted" and count.refusal:
            delivery = delivery.refused(count.refusal, delivery.lines)
        elif delivery.judgement == "accepted":
            delivery = replace(delivery, duplicates=count.duplicates, counted_rp=count.total_rp)
        conformed.append(delivery)
    return conformed


@_logged
def validate(settings: Settings, business_date: date, feed: str) -> Receipt:
    """Has Great Expectations judge all new rows of a feed, and splits them into accepted and rejected.

    Each delivery is judged by the version of the contract that conformed it.
    """
    folder = settings.staging / business_date.isoformat() / feed
    staged = [v for v in versions(feed, settings.contracts) if (folder / f"typed-{v.version}.parquet").exists()]
    if not staged:
        return {"feed": feed, "deliveries": 0}
    deliveries = [from_json(values) for values in _read_json(folder / "deliveries.json")]
    manifests = {key: Manifest(**said) for key, said in _read_json(folder / "manifests.json").items()}
    (folder / "data_docs").mkdir(exist_ok=True)
    rejects, validation = [], []
    for rules in staged:
        own = {d.delivery_id for d in deliveries if d.judgement == "accepted" and d.contract_version == rules.version}
        with _duck(settings) as con:
            _judge(con, settings, rules, folder)
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
            rejects.append(verdict.rejected_rows(con, rules, judged, _sealer(settings)))
            validation.append(verdict.validation_rows(con))
        deliveries = [d for d in deliveries if d.delivery_id not in own] + judged
    judged = deliveries
    pq.write_table(pa.concat_tables(rejects), folder / "rejects.parquet")
    pq.write_table(pa.concat_tables(validation), folder / "validation.parquet")
    _write_json(folder / "judged.json", [to_json(delivery) for delivery in judged])
    return {
        "feed": feed,
        "deliveries": len(judged),
        "refused": sum(d.judgement == "refused" for d in judged),
        "lines": sum(d.lines for d in judged),
        "accepted": sum(d.accepted for d in judged),
        "rejected": sum(d.rejected for d in judged),
        "duplicates": sum(d.duplicates for d in judged),
    }


def _judge(con: duckdb.DuckDBPyConnection, settings: Settings, rules: Contract, folder: Path) -> None:
    """Makes the temporary tables ``typed``, with pseudonyms, and those of ``verdict.register``; draws Data Docs."""
    from expectations import data_docs
    from expectations.judge import Judge

    con.execute(f"create temp table typed as from {read_sealed(folder / f'typed-{rules.version}.parquet')}")
    judge = Judge(rules, _value_sets(settings.reference))
    failures = [Judge.NO_FAILURES]
    for number, where in enumerate(_frames(con, settings.frame_rows), start=1):
        frame = con.execute(judge.frame_query("typed", where)).to_arrow_table()
        said = judge.judge(frame)
        failures.append(said.failures)
        progress.tell("rows judged", frame.num_rows)
        page = folder / "data_docs" / f"{rules.feed}-{rules.version}-{number}.html"
        page.write_text(data_docs.page(said.result), encoding="utf-8")
    add_pseudonyms(con, "typed", rules, settings.secret_hmac)
    verdict.register(con, rules, failures)


def _frames(con: duckdb.DuckDBPyConnection, frame_rows: int) -> list[str]:
    """Conditions that cut ``typed`` into frames of whole deliveries, each of ``frame_rows`` at most if it can."""
    frames: list[list[str]] = []
    held = 0
    for delivery_id, rows in con.execute(
        "select delivery_id, count(*) from typed group by all order by all"
    ).fetchall():
        if not frames or held + rows > frame_rows:
            frames.append([])
            held = 0
        frames[-1].append(f"'{delivery_id}'")
        held += rows
    return [f"delivery_id in ({', '.join(ids)})" for ids in frames]


@_logged
def load(settings: Settings, business_date: date) -> Receipt:
    """Commits every new delivery at once: personal data to the vault, rows and ledger to the lake.

    Killed at any point and run again, it ends in the same state: the vault and the rejected rows are written
    first, under names that the deliveries determine, and the lake's transaction makes them count.

    Raises:
        DayFailed: a delivery's lines do not add up, or too many branches delivered nothing usable. In the
            second case what came is kept, but the day does not count as run: with a date that was mistyped,
            the marts would reach into the future.
    """
    with _alone(settings), _lake(settings) as con:
        staging = settings.staging / business_date.isoformat()
        new, missing, changed = _commit(con, settings, business_date, staging)
        shutil.rmtree(staging, ignore_errors=True)
        intake.forget_outcomes(settings, business_date)
    if _too_many(missing, settings):
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
        "missing_branches": missing,
    }


def _commit(
    con: duckdb.DuckDBPyConnection, settings: Settings, business_date: date, staging: Path
) -> tuple[list[Delivery], list[str], bool]:
    """(deliveries that are new, branches without a usable one, whether anything was committed)."""
    staged: dict[str, Path] = {}
    deliveries: list[Delivery] = []
    for folder in sorted(staging.glob("*/")):
        judged = folder / "judged.json"
        found = [from_json(values) for values in _read_json(judged if judged.exists() else folder / "deliveries.json")]
        deliveries += found
        if judged.exists():
            staged[folder.name] = folder
        elif any(delivery.judgement == "accepted" for delivery in found):
            raise DayFailed(f"deliveries of {folder.name} were not validated; run the day again")
    _check_accounts(con, deliveries, staged)
    lake.ensure_tables(con, settings.contracts)
    known = lake.known_deliveries(con)  # a run for another date may have been quicker
    new = [delivery for delivery in deliveries if delivery.delivery_id not in known]
    problems = lake.landing_problems(con, business_date, intake.outcomes(settings, business_date))
    changed = bool(new) or problems is not None or not lake.has_run(con, business_date)
    if changed:
        ids = ", ".join(f"'{delivery.delivery_id}'" for delivery in new) or "null"
        only_new = f"where delivery_id in ({ids})"
        _store_personal(con, settings, staged)
        _store_rejects(con, settings, staged, only_new)
        rows = {
            feed: f"from {read_sealed(folder / 'accepted-*.parquet')} {only_new}" for feed, folder in staged.items()
        }
        broken = [
            f"from read_parquet({quoted(folder / 'validation.parquet')}) {only_new}" for folder in staged.values()
        ]
        _keep_docs(settings, staged)
        missing = _missing(con, settings, business_date, new)
        ran = None if _too_many(missing, settings) else business_date
        lake.commit(con, ran, new, rows, " union all ".join(broken), problems)
    return new, _missing(con, settings, business_date, new), changed


def _check_accounts(con: duckdb.DuckDBPyConnection, deliveries: list[Delivery], staged: dict[str, Path]) -> None:
    """Each delivery's numbers add up, and as many rows are about to be stored as they say."""
    stored: Counter[tuple[str, str]] = Counter()
    for folder in staged.values():
        for kind, source in (
            ("accepted", read_sealed(folder / "accepted-*.parquet")),
            ("rejected", f"read_parquet({quoted(folder / 'rejects.parquet')})"),
        ):
            for key, rows in con.execute(f"select delivery_id, count(*) from {source} group by all").fetchall():
                stored[kind, key] += rows
    for d in deliveries:
        accepted, rejected = stored["accepted", d.delivery_id], stored["rejected", d.delivery_id]
        adds_up = d.lines == d.accepted + d.rejected + d.duplicates
        if not adds_up or accepted != d.accepted or (d.judgement == "accepted" and rejected != d.rejected):
            raise DayFailed(
                f"{d.file_name}: {d.lines} lines, but {d.accepted} accepted + {d.rejected} rejected +"
                f" {d.duplicates} duplicates, of which {accepted} and {rejected} are at hand; nothing was loaded"
            )


def _store_personal(con: duckdb.DuckDBPyConnection, settings: Settings, staged: dict[str, Path]) -> None:
    rows = {
        feed: f"from {read_sealed(folder / 'vault-*.parquet')}"
        for feed, folder in staged.items()
        if any(folder.glob("vault-*.parquet"))
    }
    if rows:
        vault.store(con, settings.vault, settings.secret_vault, rows)


def _store_rejects(con: duckdb.DuckDBPyConnection, settings: Settings, staged: dict[str, Path], only_new: str) -> None:
    """Writes the rejected rows of each delivery to a file of its own, which a second try writes again."""
    for folder in staged.values():
        source = f"from read_parquet({quoted(folder / 'rejects.parquet')}) {only_new}"
        rejects = con.execute(f"{source} order by delivery_id, line_no").to_arrow_table()
        for key in sorted(set(rejects["delivery_id"].to_pylist())):
            rows = rejects.filter(pc.equal(rejects["delivery_id"], key))
            target = settings.rejects / str(rows["business_date"][0]) / f"{key}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            pq.write_table(rows, part)
            part.replace(target)


def _keep_docs(settings: Settings, staged: dict[str, Path]) -> None:
    """Replaces each judged feed's Data Docs by those of its last validation."""
    from expectations import data_docs

    folder = settings.published / "data_docs"
    for feed, staging in staged.items():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{feed}-*.html"):
            old.unlink()
        for page in (staging / "data_docs").glob("*.html"):
            shutil.copy(page, folder / page.name)
    if staged:
        data_docs.write_index(folder, "Data Docs")


def _missing(con: duckdb.DuckDBPyConnection, settings: Settings, business_date: date, new: list[Delivery]) -> list[str]:
    """Branches without a single delivery of the day that was not refused."""
    usable = con.execute(
        "select distinct branch_code from raw.delivery where business_date = ? and judgement = 'accepted'",
        [business_date],
    ).fetchall()
    delivered = {code for (code,) in usable} | {
        d.branch_code for d in new if d.business_date == business_date and d.judgement == "accepted"
    }
    return [branch.code for branch in branches(settings.reference) if branch.code not in delivered]


def _too_many(missing: list[str], settings: Settings) -> bool:
    return len(missing) > settings.max_missing_share * len(branches(settings.reference))


@_logged
def marts(settings: Settings, business_date: date) -> Receipt:
    """Builds all models in one transaction, unless they are built from just these deliveries already, and checks them.

    Raises:
        DayFailed: no day was loaded yet, the reference tables contradict themselves, or a cross-check of severity
            error failed. What was built then stays, to be looked at, but is not published.
    """
    try:
        reference_check.check(settings.reference)
    except reference_check.ReferenceProblem as problem:
        raise DayFailed(f"nothing was built, {settings.reference} contradicts itself:\n{problem}") from problem
    with _alone(settings), _lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        closed.ensure_tables(con)
        return _built(con, settings)


def _built(con: duckdb.DuckDBPyConnection, settings: Settings) -> Receipt:
    if lake.last_day(con) is None:
        raise DayFailed("no day was loaded yet; run `perisai load`")
    stamp = _stamp(con, settings)
    if models.built_stamp(con) == checked.stamp(con) == stamp:
        return {"changed": False, "stamp": stamp}
    built = 0
    if models.built_stamp(con) != stamp:
        built = increment.bring_up_to_date(con, settings.reference, stamp=stamp, code=_code(settings))
    warnings = _check(con, settings, stamp)
    return {"changed": True, "stamp": stamp, "models": built, "warnings": warnings}


def _check(con: duckdb.DuckDBPyConnection, settings: Settings, stamp: str) -> list[str]:
    """Judges what was built and lists the outcomes in ``marts.check_result``; names of the warnings."""
    from expectations import checks

    last = publishing.current(settings.published)
    outcomes = checks.judge(con, checks.checks(), last.database if last else None)
    for outcome in outcomes:
        if outcome.failed:
            log.warning("%s: %s", outcome.check.severity, outcome.said)
    if not checked.write(con, outcomes, settings.waived_checks, stamp):
        said = [outcome.said for outcome in outcomes if checked.stops(outcome, settings.waived_checks)]
        raise DayFailed(f"the marts contradict each other and are not published: {' | '.join(said)}")
    return [outcome.check.name for outcome in outcomes if outcome.failed]


@_logged
def publish(settings: Settings, business_date: date) -> Receipt:
    """Swaps in the file that analysts open, unless it is the current one already.

    Raises:
        DayFailed: there is nothing built, or the audit refused what was built.
    """
    with _alone(settings), _lake(settings) as con:
        stamp, latest = models.built_stamp(con), lake.last_day(con)
        if stamp is None or latest is None:
            raise DayFailed("no marts are built yet; run `perisai marts`")
        now = publishing.current(settings.published)
        if now and now.stamp == stamp:
            return {"changed": False, "version": now.folder.name}
        if checked.stamp(con) != stamp:
            raise DayFailed("the marts are not checked, or a check failed; run `perisai marts`")
        try:
            version = publishing.publish(con, settings.published, latest, stamp, settings.keep_versions)
        except publishing.AuditFailed as refusal:
            raise DayFailed(f"not published: {refusal}") from refusal
    return {"changed": True, "version": version.folder.name, "tables": len(version.rows)}


@_logged
def report(settings: Settings, business_date: date) -> Receipt:
    """Draws the report from the published marts, and writes the workbooks in which branches get their rejects.

    What is there and up to date stays as it is.

    Raises:
        DayFailed: nothing is published yet.
    """
    from reports import site

    version = publishing.current(settings.published)
    if version is None:
        raise DayFailed("nothing is published yet; run `perisai marts`")
    folder = version.folder / "report"
    changed = not folder.exists()
    if changed:
        site.write(version.database, folder)
    publishing.link(settings.published / "report", folder.relative_to(settings.published.resolve()))
    with _lake(settings) as con:
        workbooks = rejects.write_workbooks(con, settings, _sealer(settings))
    return {"changed": changed, "pages": len(list(folder.glob("*.html"))), "workbooks": workbooks}


def replay(settings: Settings, path: Path) -> list[Receipt]:
    """Leaves the corrections in a workbook of rejected rows in the landing place; see perisai.rejects."""
    with _lake(settings) as con, _duck(settings) as scratch:
        lake.ensure_tables(con, settings.contracts)
        return rejects.replay(con, scratch, settings, path)


def explain_incentive(settings: Settings, agent_code: str, period: date) -> Explanation:
    """An agent's month of incentive, line by line; see perisai.explain."""
    with _alone(settings), _lake(settings) as con:
        return explain(con, agent_code, period)


def _stamp(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Hash of all that the models are built from: deliveries, days run, months closed, reference tables, SQL."""
    digest = hashlib.sha256(_code(settings).encode())
    for query in (
        "select delivery_id, arrival from raw.delivery",
        "select business_date from raw.business_day",
        "select business_date, branch_code, reason from raw.landing_problem",
        "select period, content_hash from closed.month",
    ):
        for row in con.execute(f"{query} order by all").fetchall():
            digest.update(repr(row).encode())
    return digest.hexdigest()[:12]


def _code(settings: Settings) -> str:
    """Hash of the models and of the reference tables: what has changed in them changes every row."""
    digest = hashlib.sha256()
    for path in [*sorted(settings.reference.glob("*.csv")), *sorted(models.MODELS.glob("*/*.sql"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _value_sets(reference: Path) -> dict[str, list[str]]:
    """The lists that contracts refer to by name."""
    with (reference / "region.csv").open(encoding="utf-8", newline="") as file:
        regions = [row["region_code"] for row in csv.DictReader(file) if row["region_level"] == "regency"]
    with (reference / "incentive_scheme.csv").open(encoding="utf-8", newline="") as file:
        schemes = [row["scheme"] for row in csv.DictReader(file)]
    return {"regions": sorted(regions), "schemes": sorted(schemes)}


@contextmanager
def one_run(settings: Settings, name: str = "run.lock") -> Iterator[None]:
    """Holds a lock of the home, so that of two runs at once one waits; the system frees it if the process dies."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """The lock of one step on the lake, for runs that Airflow starts in processes of their own."""
    return one_run(settings, "lake.lock")


def _duck(settings: Settings) -> duckdb.DuckDBPyConnection:
    return connect(
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=settings.staging / "spill",
        secret=settings.secret_vault,
    )


def _lake(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return lake.open_lake(
        settings.lake_catalog,
        settings.lake_data,
        settings.lake,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=settings.staging / "spill",
        secret=settings.secret_vault,
    )


def _sealer(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(settings.secret_vault.encode()).digest()))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
