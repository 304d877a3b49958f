"""New files judged: read, cast and judged by Great Expectations, batch after batch, so that memory stays bounded.

Between reading and the verdict nothing is written to disk. What is left for the commit is told by its ``judged.json``,
which is written last.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import Contract, contract, feeds
from perisai import inbox, intake, progress, taken_back
from perisai.branches import branches
from perisai.corrections import Traced
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import scratch_duck, sealer, write_json
from transforms import beside, profile, verdict
from transforms.conform import Counted, conform
from transforms.delivery import UNKNOWN_FEED, Delivery, RawFile, identify, lines_of, read_manifest, to_json
from transforms.identity import keyed
from transforms.read import read
from transforms.readers.containers import is_text
from warehouse.duck import memory_of, quoted, write_sealed
from warehouse.fees import know_reference

if TYPE_CHECKING:
    from expectations.judge import Judge

JUDGED = "judged.json"
_MEMORY_A_BYTE = 60
"""Bytes of memory that a byte of a text file may take, with all that is made of it at the same time."""
_UNPACKED = 8
"""Times its size that a packed file counts: most unpack to no more."""


def new_files(settings: Settings, business_date: date, known: Collection[str]) -> Iterator[RawFile]:
    """The files up to a business date that the ledger does not know.

    Raises:
        DayFailed: a copy is damaged.
    """
    codes = {branch.code for branch in branches(settings.reference)}
    known_feeds = feeds(settings.contracts)
    for path in inbox.uncommitted(settings, known):
        branch_code, sha256 = path.parts[-4], path.parts[-2]
        if not inbox.is_whole(path):
            raise DayFailed(f"{inbox.damaged(path)}. Jalankan lagi tanggal ini / run the date again")
        delivery = identify(path, sha256, branch_code, business_date, branches=codes, feeds=known_feeds)
        if taken_back.is_workbook(path) and delivery.branch_code in codes:
            if (told := taken_back.told(path, delivery)) is not None:
                yield RawFile(path, told)
            continue
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


def is_readable(file: RawFile) -> bool:
    """Whether a file has rows to be judged: its name and folder say what it is."""
    return file.delivery.judgement == "accepted" and file.delivery.feed != UNKNOWN_FEED


def weight(path: Path) -> int:
    """Bytes of a file as they are when it is read; a packed file counts as what most unpack to."""
    return path.stat().st_size * (1 if is_text(path) else _UNPACKED)


def by_feed(staged: list[Path], kind: str) -> dict[str, list[Path]]:
    """The files of a kind (see ``judge_files``) by feed."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(path for folder in staged for path in folder.glob(f"{kind}-*")):
        found[path.name.split("-")[1]].append(path)
    return found


def plain(paths: list[Path]) -> str:
    """SQL that reads files which are not encrypted."""
    return f"read_parquet([{', '.join(map(quoted, paths))}])"


def judge_files(settings: Settings, shard: int, files: list[RawFile], traced: Traced, folder: Path) -> list[Delivery]:
    """Judges files, and leaves what came of them in a folder, encrypted or sealed where it may name people.

    Each is judged by the version of its contract that is in force for its business date; a correction after the file
    that it corrects. For each batch there are Parquet files ``<kind>-<feed>-<version>-<number>``: accepted, vault,
    rejects, validation, content (transforms.beside), profile and not_data; and ``docs``, a page of Data Docs.

    Returns:
        A delivery for each file, with the final word on it.
    """
    readable = [file for file in files if is_readable(file)]
    done = [file.delivery for file in files if not is_readable(file)]
    judging = _Judging(settings, folder, traced)
    numbers = count(shard + 1, settings.shards)  # no two shards have a number in common
    for together in traced.rounds(readable):
        for rules, batch in _batches(settings, together):
            done += judging.judge(rules, batch, next(numbers))
    write_json(folder / JUDGED, [to_json(delivery) for delivery in done])
    return done


def _batches(settings: Settings, files: list[RawFile]) -> Iterator[tuple[Contract, list[RawFile]]]:
    """Files of one version of a contract, as many as fit in memory; a file that is larger comes alone."""
    versions: dict[tuple[str, str], Contract] = {}
    by_version: dict[tuple[str, str], list[RawFile]] = defaultdict(list)
    for file in files:
        rules = contract(file.delivery.feed, file.delivery.business_date, settings.contracts)
        versions[key := (rules.feed, rules.version)] = rules
        by_version[key].append(file)
    with scratch_duck(settings) as con:
        most = memory_of(con) // _MEMORY_A_BYTE
    for key, found in sorted(by_version.items()):
        batch: list[RawFile] = []
        held = 0
        for file in found:
            size = weight(file.path)
            if batch and held + size > most:
                yield versions[key], batch
                batch, held = [], 0
            batch.append(file)
            held += size
        yield versions[key], batch


class _Judging:
    """Judges batch after batch; the suite of a contract's version is made once."""

    def __init__(self, settings: Settings, folder: Path, traced: Traced) -> None:
        self._settings, self._folder, self._traced = settings, folder, traced
        self._zones = {branch.code: branch.zone for branch in branches(settings.reference)}
        self._names = {branch.code: branch.name for branch in branches(settings.reference)}
        self._judges: dict[tuple[str, str], Judge] = {}
        self._sealer = sealer(settings)

    def judge(self, rules: Contract, files: list[RawFile], number: int) -> list[Delivery]:
        """Judges a batch of files."""
        with scratch_duck(self._settings) as con:
            read_ones = self._conform(con, rules, files)
            progress.tell("rows read", sum(delivery.lines for delivery in read_ones))
            manifests = {f.delivery.delivery_id: self._traced.manifest(f) for f in files if f.manifest}
            stem = f"{rules.feed}-{rules.version}-{number}"
            failures = [verdict.still_broken(con, rules, manifests), *self._failures(con, rules, stem)]
            verdict.register(con, rules, failures)
            rejected = verdict.rejected_counts(con)
            judged = [
                verdict.decide(con, rules, d, manifests.get(d.delivery_id), rejected.get(d.delivery_id, 0))
                if d.judgement == "accepted"
                else d
                for d in read_ones
            ]
            judged = list(verdict.warned_throughout(con, rules, judged, manifests))
            path = f"{stem}.parquet"
            write_sealed(con, verdict.accepted_query(rules, judged), self._folder / f"accepted-{path}")
            if rules.vault_columns:
                query = verdict.accepted_query(rules, judged, vault=True)
                write_sealed(con, query, self._folder / f"vault-{path}")
            no_data = con.execute("from not_data order by delivery_id, line_no").to_arrow_table()
            pq.write_table(no_data, self._folder / f"not_data-{path}")
            content = con.execute(beside.content_query(), keyed(self._settings.secret_hmac)).to_arrow_table()
            pq.write_table(content, self._folder / f"content-{path}")
            pq.write_table(profile.profile(con, rules), self._folder / f"profile-{path}")
            pq.write_table(verdict.validation_rows(con, rules), self._folder / f"validation-{path}")
            rejects = verdict.rejected_rows(con, rules, judged, self._sealer)
            pq.write_table(rejects, self._folder / f"rejects-{path}")
        return judged

    def _conform(self, con: duckdb.DuckDBPyConnection, rules: Contract, files: list[RawFile]) -> list[Delivery]:
        """Reads files into the temporary table ``typed``, and counts what is in them."""
        deliveries = read(con, files, rules, self._settings.limits, self._names)
        if rules.looks_up:
            know_reference(con, self._settings.reference)
        counted = conform(con, rules, self._zones, self._traced.given(files), self._settings.secret_hmac)
        nothing = Counted(0, 0 if rules.control_total else None)
        conformed = []
        for read_one in deliveries:
            delivery = replace(read_one, contract_version=rules.version)
            found = counted.get(delivery.delivery_id, nothing)
            if delivery.judgement == "accepted" and found.refusal:
                delivery = delivery.refused(found.refusal, delivery.lines)
            elif delivery.judgement == "accepted":
                delivery = replace(delivery, duplicates=found.duplicates, counted_rp=found.total_rp, forms=found.forms)
            conformed.append(self._traced.noted(delivery))
        return conformed

    def _failures(self, con: duckdb.DuckDBPyConnection, rules: Contract, stem: str) -> Iterator[pa.Table]:
        """What Great Expectations says of the rows of ``typed``; it is not asked where there are none."""
        if not con.execute("select 1 from typed limit 1").fetchone():
            return
        from expectations import data_docs  # takes seconds, which other steps need not wait
        from expectations.judge import Judge

        key = (rules.feed, rules.version)
        if key not in self._judges:
            self._judges[key] = Judge(rules, value_sets(self._settings.reference))
        judge = self._judges[key]
        frame = con.execute(judge.frame_query("typed")).to_arrow_table()
        said = judge.judge(frame)
        progress.tell("rows judged", frame.num_rows)
        page = self._folder / f"docs-{stem}.html"
        page.write_text(data_docs.page(said.result), encoding="utf-8")
        yield said.failures


def value_sets(reference: Path) -> dict[str, list[str]]:
    """The lists that contracts refer to by name."""
    with (reference / "region.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["region_code"] for row in csv.DictReader(file) if row["region_level"] == "regency"}
    with (reference / "incentive_scheme.csv").open(encoding="utf-8", newline="") as file:
        schemes = {row["scheme"] for row in csv.DictReader(file)}
    return {"regions": sorted(regions), "schemes": sorted(schemes)}
