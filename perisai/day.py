"""The steps of a day. The DAG and the command line call them; nothing else does.

Each step reads what the one before left on disk, may be run again at any time with the same result, and
returns a small receipt of JSON-able values without personal data.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import shutil
from base64 import urlsafe_b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.fernet import Fernet

from expectations.contract import Contract, contract, feeds, versions
from perisai.branches import branches, folders
from perisai.errors import DayFailed
from perisai.settings import Settings
from transforms import verdict
from transforms.conform import Counted, read_sealed, write_sealed
from transforms.conform import conform as conform_rows
from transforms.delivery import (
    MANIFEST_SUFFIX,
    UNKNOWN_FEED,
    Delivery,
    Manifest,
    RawFile,
    dated,
    from_json,
    identify,
    physical_lines,
    read_manifest,
    sha256_of,
    to_json,
)
from transforms.identity import add_pseudonyms
from transforms.read import read
from warehouse import lake, models, vault
from warehouse import publish as publishing
from warehouse.duck import SEALED, connect

log = logging.getLogger(__name__)
Receipt = dict[str, Any]


def extract(settings: Settings, business_date: date, office: str) -> Receipt:
    """Copies the new files of an office's branches byte for byte into ``raw``.

    Files dated after the business date stay where they are until their day. A branch whose folder cannot
    be read does not stop the others.

    Raises:
        OSError: some branch could not be read; the message names it. All others are copied by then.
    """
    places = folders(settings, office)
    with ThreadPoolExecutor(settings.threads) as pool:
        results = list(pool.map(lambda folder: _extract_branch(settings, business_date, folder), places))
    copied, waiting = sum(r[0] for r in results), sum(r[1] for r in results)
    log.info("%s: %d branches, %d new files, %d dated later", office, len(places), copied, waiting)
    if problems := [problem for _, _, problem in results if problem]:
        raise OSError("; ".join(problems))
    return {"office": office, "branches": len(places), "new_files": copied, "dated_later": waiting}


def _extract_branch(settings: Settings, business_date: date, folder: Path) -> tuple[int, int, str]:
    """(files copied, files dated later, what went wrong) of one branch."""
    copied = waiting = 0
    try:
        for path in sorted(folder.iterdir()) if folder.exists() else []:
            if not path.is_file() or path.name.startswith(".") or path.name.endswith(MANIFEST_SUFFIX):
                continue
            day = dated(path.name)
            if day and day > business_date:
                waiting += 1
            else:
                copied += _copy(settings.raw / folder.name / str(day or "undated"), path)
    except OSError as error:
        return copied, waiting, f"{folder.name}: {error.strerror or error}"
    return copied, waiting, ""


def _copy(day_folder: Path, path: Path) -> bool:
    """Copies a file, and the manifest beside it, unless ``raw`` has it; a killed copy leaves nothing behind."""
    stat = path.stat()
    for seen in day_folder.glob("*/*"):
        if seen.name == path.name:
            before = seen.stat()
            if (before.st_size, before.st_mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                return False
    target = day_folder / sha256_of(path)
    if (target / path.name).exists():
        return False
    target.mkdir(parents=True, exist_ok=True)
    manifest = path.with_name(path.name.removesuffix(".csv") + MANIFEST_SUFFIX)
    for source in (manifest, path):  # the file last: once it is there, all is there
        if source.exists():
            part = target / f".{source.name}.part"
            shutil.copy2(source, part)
            part.replace(target / source.name)
    return True


def conform(settings: Settings, business_date: date) -> Receipt:
    """Reads every file that the ledger does not know into typed rows, under ``staging``.

    Files that cannot be a delivery (name, folder, header, content) are refused here, with a reason.
    """
    staging = settings.staging / business_date.isoformat()
    shutil.rmtree(staging, ignore_errors=True)
    with _lake(settings) as con:
        lake.ensure_tables(con, settings.contracts)
        known = lake.known_deliveries(con)
    new = [file for file in _raw_files(settings, business_date) if file.delivery.delivery_id not in known]
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
        _write_json(folder / "manifests.json", manifests)
    return {"new_files": len(new), "feeds": sorted(by_feed)}


def _raw_files(settings: Settings, business_date: date) -> Iterator[RawFile]:
    codes = {branch.code for branch in branches(settings.reference)}
    known_feeds = feeds(settings.contracts)
    for path in sorted(settings.raw.glob("*/*/*/*")):
        if path.name.startswith(".") or path.name.endswith(MANIFEST_SUFFIX):
            continue
        branch_code, sha256 = path.parts[-4], path.parts[-2]
        delivery = identify(path, sha256, branch_code, business_date, branches=codes, feeds=known_feeds)
        if delivery.business_date > business_date:
            continue
        manifest = None
        if delivery.feed != UNKNOWN_FEED:
            try:
                rules = contract(delivery.feed, delivery.business_date, settings.contracts)
                manifest = read_manifest(path, rules.control_total)
            except ValueError as problem:
                delivery = delivery.refused(str(problem), physical_lines(path.read_bytes()))
        yield RawFile(path, delivery, manifest)


def _conform_version(settings: Settings, rules: Contract, files: list[RawFile], folder: Path) -> list[Delivery]:
    """Conforms the files whose business dates one version of a contract is in force for."""
    with _duck(settings) as con:
        deliveries = read(con, files, rules)
        counted = conform_rows(con, rules)
        write_sealed(con, "from typed", folder / f"typed-{rules.version}.parquet", SEALED)
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
            write_sealed(con, verdict.accepted_query(rules, judged), folder / f"accepted-{sealed}", SEALED)
            if rules.vault_columns:
                query = verdict.accepted_query(rules, judged, vault=True)
                write_sealed(con, query, folder / f"vault-{sealed}", SEALED)
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

    con.execute(f"create temp table typed as from {read_sealed(folder / f'typed-{rules.version}.parquet', SEALED)}")
    judge = Judge(rules, _value_sets(settings.reference))
    failures = [Judge.NO_FAILURES]
    for number, where in enumerate(_frames(con, settings.frame_rows), start=1):
        said = judge.judge(con.execute(judge.frame_query("typed", where)).to_arrow_table())
        failures.append(said.failures)
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


def load(settings: Settings, business_date: date) -> Receipt:
    """Commits every new delivery at once: personal data to the vault, rows and ledger to the lake.

    Killed at any point and run again, it ends in the same state: the vault and the rejected rows are written
    first, under names that the deliveries determine, and the lake's transaction makes them count.

    Raises:
        DayFailed: a delivery's lines do not add up, or too many branches delivered nothing usable.
    """
    staging = settings.staging / business_date.isoformat()
    deliveries: list[Delivery] = []
    for folder in sorted(staging.glob("*/")):
        judged = folder / "judged.json"
        deliveries += map(from_json, _read_json(judged if judged.exists() else folder / "deliveries.json"))
    staged = {folder.name: folder for folder in sorted(staging.glob("*/")) if (folder / "judged.json").exists()}
    unread = [d for d in deliveries if d.judgement == "accepted" and d.feed not in staged]
    if unread:
        raise DayFailed(f"deliveries of {sorted({d.feed for d in unread})} were not validated; run the day again")
    with _lake(settings) as con:
        _check_accounts(con, deliveries, staged)
        lake.ensure_tables(con, settings.contracts)
        known = lake.known_deliveries(con)
        new = [delivery for delivery in deliveries if delivery.delivery_id not in known]
        changed = bool(new) or not lake.has_run(con, business_date)
        if new:
            _store_personal(con, settings, staged)
            _store_rejects(settings, business_date, staged)
        if changed:
            rows = {feed: f"from {read_sealed(f / 'accepted-*.parquet', SEALED)}" for feed, f in staged.items()}
            tables = [pq.read_table(folder / "validation.parquet") for folder in staged.values()]
            validation = pa.concat_tables(tables) if tables else None
            lake.commit(con, business_date, new, rows if new else {}, validation if new else None)
        missing = _missing(con, settings, business_date)
    _keep_docs(settings, staged)
    shutil.rmtree(staging, ignore_errors=True)
    share = len(missing) / max(1, len(branches(settings.reference)))
    if share > settings.max_missing_share:
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


def _check_accounts(con: duckdb.DuckDBPyConnection, deliveries: list[Delivery], staged: dict[str, Path]) -> None:
    """Each delivery's numbers add up, and as many rows are about to be stored as they say."""
    stored: Counter[tuple[str, str]] = Counter()
    for folder in staged.values():
        for kind, source in (
            ("accepted", read_sealed(folder / "accepted-*.parquet", SEALED)),
            ("rejected", f"read_parquet('{folder / 'rejects.parquet'}')"),
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
        feed: f"from {read_sealed(folder / 'vault-*.parquet', SEALED)}"
        for feed, folder in staged.items()
        if any(folder.glob("vault-*.parquet"))
    }
    if rows:
        vault.store(con, settings.vault, settings.secret_vault, rows)


def _store_rejects(settings: Settings, business_date: date, staged: dict[str, Path]) -> None:
    for feed, folder in staged.items():
        rejects = pq.read_table(folder / "rejects.parquet")
        if rejects.num_rows:
            keys = "|".join(sorted(set(rejects["delivery_id"].to_pylist())))
            name = f"{feed}-{hashlib.sha256(keys.encode()).hexdigest()[:12]}.parquet"
            target = settings.rejects / business_date.isoformat() / name
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            pq.write_table(rejects, part)
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


def _missing(con: duckdb.DuckDBPyConnection, settings: Settings, business_date: date) -> list[str]:
    """Branches without a single delivery of the day that was not refused."""
    usable = con.execute(
        "select distinct branch_code from raw.delivery where business_date = ? and judgement = 'accepted'",
        [business_date],
    ).fetchall()
    delivered = {code for (code,) in usable}
    return [branch.code for branch in branches(settings.reference) if branch.code not in delivered]


def marts(settings: Settings, business_date: date) -> Receipt:
    """Builds all models in one transaction, unless they are built from just these deliveries already."""
    with _lake(settings) as con:
        stamp = _stamp(con, settings)
        if models.built_stamp(con) == stamp:
            return {"changed": False, "stamp": stamp}
        built = models.build(con, settings.reference, stamp=stamp)
    log.info("%d models, %d rows", len(built), sum(model.rows for model in built))
    return {"changed": True, "stamp": stamp, "models": len(built), "rows": sum(model.rows for model in built)}


def publish(settings: Settings, business_date: date) -> Receipt:
    """Swaps in the file that analysts open, unless it is the current one already.

    Raises:
        DayFailed: there is nothing built, or the audit refused what was built.
    """
    with _lake(settings) as con:
        stamp = models.built_stamp(con)
        if stamp is None:
            raise DayFailed("no marts are built yet; run `perisai marts`")
        now = publishing.current(settings.published)
        if now and now.stamp == stamp:
            return {"changed": False, "version": now.folder.name}
        (latest,) = con.execute("select max(business_date) from raw.business_day").fetchone() or (business_date,)
        try:
            version = publishing.publish(con, settings.published, latest, stamp, settings.keep_versions)
        except publishing.AuditFailed as refusal:
            raise DayFailed(f"not published: {refusal}") from refusal
    return {"changed": True, "version": version.folder.name, "tables": len(version.rows)}


def report(settings: Settings, business_date: date) -> Receipt:
    """Draws the report from the published marts, unless the current version has one.

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
    return {"changed": changed, "pages": len(list(folder.glob("*.html")))}


def _stamp(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Hash of all that the models are built from: deliveries, days that were run, reference tables, SQL."""
    digest = hashlib.sha256()
    for query in (
        "select delivery_id, arrival from raw.delivery",
        "select business_date from raw.business_day",
    ):
        for row in con.execute(f"{query} order by all").fetchall():
            digest.update(repr(row).encode())
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
