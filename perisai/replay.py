"""A workbook of rejected rows comes back: the correction that is made of it, and what is checked before it is left.

A correction becomes the next revision of the file it came from, left in the branch's landing folder with a manifest
that says which delivery it corrects: it is read in the forms of that one (perisai.corrections), judged and counted.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import COUNTED_UP, MEANT_RULE, ROW_RULE, Column, Contract, contract, feeds
from perisai import inbox, rejected, rejects
from perisai.branches import branches
from perisai.errors import DayFailed, NotYet
from perisai.rejects import Open
from perisai.settings import Settings
from transforms.conform import conform
from transforms.delivery import FIELDS, NAME, Delivery, RawFile, manifest_name, read_manifest, sha256_of
from transforms.read import read
from transforms.returned import Correction, NotAWorkbook, read_back
from transforms.spreadsheet import shown
from transforms.verdict import disagreement
from transforms.workbook import WITHDRAW
from warehouse import files, removed, stamps, vault
from warehouse.fees import know_reference

log = logging.getLogger(__name__)

_MONTHS = 12
_ID = re.compile(r"[0-9a-f]{16}")
_DATE = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_LAST_REVISION = 99  # a file name has room for two digits


@dataclasses.dataclass(frozen=True)
class Corrected:
    """A correction that is to be left: its content, what its manifest says, and what was counted.

    ``kept`` tells by line of the correction the line that stands there unchanged in the original.
    """

    raw: Path
    content: bytes
    manifest: dict[str, Any]
    counts: dict[str, int]
    kept: dict[int, int]


def replay(
    con: duckdb.DuckDBPyConnection, scratch: duckdb.DuckDBPyConnection, settings: Settings, path: Path, sender: str = ""
) -> list[dict[str, Any]]:
    """Leaves the corrections in a workbook in the branch's landing folder, as the next revision of each file.

    A correction has every line of the file it corrects, in the same order: those that were not rejected as
    they stood, the others as the workbook has them. A rejected row that the workbook left alone, or no
    longer has, is sent again unchanged, and rejected again; only one marked HAPUS is left out, and
    rows that are no data. Before it is written to the landing folder, it is read as the next load will read it, and
    compared with what the lake has of the original.

    Args:
        con: a connection whose default catalog is the lake.
        scratch: another one, in which the file is read again.
        settings: where files, rejects and the landing place lie.
        path: the workbook.
        sender: the branch that sent it, where that is known: its own workbook alone is taken back.

    Returns:
        For each corrected file its name, its lines and how many were corrected, withdrawn and left as they
        were; ``changed`` is false where just this correction was sent before.

    Raises:
        NotYet: deliveries have to be loaded, or marts built, first. Nothing was written.
        DayFailed: nothing was corrected, the workbook is damaged, another branch's or out of date, or a row that
            was accepted would be read otherwise. Nothing was written.
    """
    try:
        known = {feed: contract(feed, folder=settings.contracts) for feed in feeds(settings.contracts)}
        returned = read_back(path, known, settings.limits)
    except NotAWorkbook as problem:
        raise DayFailed(str(problem)) from problem
    if sender and sender != returned.branch_code:
        raise DayFailed(
            f"Buku kerja cabang lain berada di folder {sender} / another branch's workbook lies in the folder {sender}"
        )
    if stamps.stamp(con) is None or _rows(
        con, "select 1 from raw.delivery anti join core.delivery using (delivery_id)"
    ):
        raise NotYet("Jalankan dulu `perisai marts` / there are new deliveries; run `perisai marts` first")
    opened = {one.delivery.delivery_id: one for one in rejects.opened(con, settings)}
    made: list[tuple[dict[str, Any], Path, Corrected]] = []
    for feed, rows in sorted(returned.corrections.items()):
        by_delivery: dict[str, list[Correction]] = defaultdict(list)
        for row in rows:
            by_delivery[row.delivery_id].append(row)
        for delivery_id, corrections in sorted(by_delivery.items()):
            delivery = _known(con, delivery_id, feed, returned.branch_code)
            if removed.is_any(con, delivery_id):
                raise DayFailed(f"{delivery.file_name}: {rejects.REMOVED}")
            done = _corrected(con, scratch, settings, delivery, corrections)
            if not done.counts["corrected"] + done.counts["withdrawn"]:
                continue
            name, waits = _name(con, settings, delivery, done.manifest["sha256"])
            if not waits:
                _check_current(delivery, done.raw, opened, settings)
                _check_values(con, scratch, settings, delivery, done)
            receipt = {"file": name, "changed": not waits, **done.counts}
            made.append((receipt, settings.landing / delivery.branch_code, done))
    if not made:
        raise DayFailed("Tidak ada baris yang diperbaiki / no row was corrected")
    for receipt, folder, done in made:
        if receipt["changed"]:
            name = str(receipt["file"])
            with files.shared():  # the branch writes there too, under an account of its own
                folder.mkdir(parents=True, exist_ok=True)
            files.write(folder / manifest_name(name), json.dumps(done.manifest).encode())  # before the file
            files.write(folder / name, done.content)
            log.info("step=replay %s", " ".join(f"{name}={value}" for name, value in receipt.items()))
    return [receipt for receipt, _, _ in made]


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[Any, ...]]:
    return con.execute(query, values).fetchall()


def _known(con: duckdb.DuckDBPyConnection, delivery_id: str, feed: str, branch_code: str) -> Delivery:
    found = _rows(con, f"select {', '.join(FIELDS)} from raw.delivery where delivery_id = ?", delivery_id)
    if not found:
        delivery_id = delivery_id if _ID.fullmatch(delivery_id) else "?"  # what somebody typed
        raise DayFailed(f"Kiriman {delivery_id} tidak dikenal / there is no delivery {delivery_id}")
    delivery = Delivery(*found[0])
    if delivery.branch_code != branch_code:
        raise DayFailed(
            f"Buku kerja ini milik cabang {branch_code}, kiriman {delivery_id} milik cabang lain"
            f" / the workbook is that of branch {branch_code}, delivery {delivery_id} is another branch's"
        )
    if delivery.feed != feed:
        raise DayFailed(
            f"Kiriman {delivery_id} berisi {delivery.feed}, bukan {feed}"
            f" / delivery {delivery_id} holds {delivery.feed}, not {feed}"
        )
    return delivery


def _corrected(
    con: duckdb.DuckDBPyConnection,
    scratch: duckdb.DuckDBPyConnection,
    settings: Settings,
    delivery: Delivery,
    corrections: list[Correction],
) -> Corrected:
    """The corrected content in the standard dialect."""
    raw = _raw_copy(settings, delivery)
    wrong = _wrong_lines(con, settings, delivery)
    by_line = {correction.line_no: correction for correction in corrections}
    if strange := sorted(set(by_line) - set(wrong)):
        raise DayFailed(
            f"{delivery.file_name}: baris {strange[0]} tidak ditolak, jadi tidak dapat diperbaiki di sini"
            f" / line {strange[0]} was not rejected, so it cannot be corrected here"
        )
    if len(by_line) < len(corrections):
        raise DayFailed(
            f"{delivery.file_name}: satu baris ada dua kali di buku kerja / a line stands twice in the workbook"
        )
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    over_columns = _over_columns(rules)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.header for column in rules.exported])
    counts = {"lines": 0, "corrected": 0, "withdrawn": 0, "left": len(wrong)}
    still: dict[str, list[int]] = defaultdict(list)
    kept: dict[int, int] = {}
    next_line = 2
    for line_no, cells in _read_again(scratch, settings, raw, delivery, rules):
        now = cells
        if correction := by_line.get(line_no):
            if correction.withdrawn:
                counts["withdrawn"] += 1
                counts["left"] -= 1
                continue
            told = [correction.cells.get(str(column.header)) for column in rules.exported]
            now = [
                was if is_same(was, new) else _typed(column, str(new))
                for column, was, new in zip(rules.exported, cells, told, strict=True)
            ]
        if now == cells:
            kept[next_line] = line_no
            for rule in over_columns & wrong.get(line_no, set()):
                still[rule].append(next_line)
        else:
            counts["corrected"] += 1
            counts["left"] -= 1
        counts["lines"] += 1
        # a row without cells stays one that cannot be read, and says where it stood; with one cell it would look like
        # the rest of the row before, torn by a line break
        writer.writerow(now if any(now) else [f"BARIS-{line_no}", ""])
        next_line += 1 + sum(cell.count("\n") for cell in now)
    content = text.getvalue().encode()
    manifest = {
        "corrects": delivery.delivery_id,
        "lines": counts["lines"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "still": still,
    }
    return Corrected(raw, content, manifest, counts, kept)


def is_same(was: str, told: str | None) -> bool:
    """Whether a cell came back as it was shown; one that the workbook does not show is."""
    return told is None or told.strip() == shown(was).strip()


def _typed(column: Column, cell: str) -> str:
    """A cell that the clerk has typed."""
    return plain_date(cell.strip()) if column.kind == "date" else cell.strip()


def plain_date(text: str) -> str:
    """A date as YYYY-MM-DD if it means one day only, whatever the form of its column; any other text as it is."""
    found = _DATE.fullmatch(text)
    if not found:
        return text
    first, second = int(found[1]), int(found[2])
    day, month = max(first, second), min(first, second)
    try:
        return date(int(found[3]), month, day).isoformat() if day > _MONTHS or day == month else text
    except ValueError:
        return text


def _raw_copy(settings: Settings, delivery: Delivery) -> Path:
    folder = settings.raw / delivery.branch_code
    for path in folder.glob(f"*/{delivery.sha256}"):
        raw = path / delivery.file_name
        if raw.exists():
            if not inbox.is_whole(raw):
                raise DayFailed(str(inbox.damaged(raw)))
            return raw
    raise DayFailed(f"the raw copy of {delivery.file_name} is gone, so it cannot be corrected row by row")


def _read_again(
    scratch: duckdb.DuckDBPyConnection, settings: Settings, path: Path, delivery: Delivery, rules: Contract
) -> list[tuple[int, list[str]]]:
    """The rows of a file that are data: their lines and the texts of their cells, empty where they are not known."""
    fresh = dataclasses.replace(delivery, judgement="accepted", reason="")
    (seen,) = read(scratch, [RawFile(path, fresh)], rules, settings.limits)
    if seen.judgement != "accepted":
        raise DayFailed(f"{delivery.file_name}: {seen.reason}")
    names = ", ".join(f'"{column.name}"' for column in rules.exported)
    found = _rows(scratch, f"select line_no, {names} from text order by line_no")
    return [(line_no, [value or "" for value in values]) for line_no, *values in found]


def _wrong_lines(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery) -> dict[int, set[str]]:
    """The lines that may be corrected, each with the rules that it breaks."""
    path = Open(delivery, 0).rejects_in(settings)
    lines: dict[int, set[str]] = {}
    if path.exists():
        for row in rejected.read(path).select(["line_no", "all_rules"]).to_pylist():
            lines[row["line_no"]] = set(row["all_rules"])
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    return lines | {conflict.line_no: set() for conflict in rejects.conflicts_of(con, delivery, rules)}


def _over_columns(rules: Contract) -> set[str]:
    """Rules that look at a whole column or file to judge a row of it, save whether a value stands twice."""
    derived = {column.name for column in rules.derived if " over " in f" {str(column.derived).lower()} "}
    derived |= {column.name + COUNTED_UP for column in rules.counting}
    return {rule.name for rule in rules.rules if derived & set(rule.columns)} | {ROW_RULE, MEANT_RULE}


def _check_values(
    con: duckdb.DuckDBPyConnection,
    scratch: duckdb.DuckDBPyConnection,
    settings: Settings,
    delivery: Delivery,
    done: Corrected,
) -> None:
    """Reads a correction as it will be read, and compares what was accepted before.

    Raises:
        DayFailed: a row would get lost, or a row that was accepted would have other values.
    """
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    with files.passing(settings.staging / "correction") as folder:
        path = folder / "correction.csv"
        files.write(path, done.content)
        rows = _read_again(scratch, settings, path, delivery, rules)
    if len(rows) != done.counts["lines"]:
        raise DayFailed(
            f"{delivery.file_name}: baris yang diperbaiki tidak terbaca sebagai data; tulis {WITHDRAW} jika"
            f" tidak perlu dikirim / a corrected row would not be read as data; write {WITHDRAW} if it is not"
            " to be sent"
        )
    forms = json.loads(delivery.forms or "{}")
    zones = {branch.code: branch.zone for branch in branches(settings.reference)}
    if rules.looks_up:
        know_reference(scratch, settings.reference)
    conform(scratch, rules, zones, {delivery.delivery_id: forms}, settings.secret_hmac)
    kept = [column for column in rules.exported if column.hashed_as or not (column.personal or column.beside)]
    names = [column.hashed_as or column.name for column in kept]
    where = "where delivery_id = $delivery_id and business_date = $business_date"
    same = {"delivery_id": delivery.delivery_id, "business_date": delivery.business_date}
    before = con.execute(f"select line_no, {_listed(names)} from raw.{delivery.feed} {where}", same).to_arrow_table()
    scratch.register("accepted_before", before)
    scratch.register("kept_line", pa.table({"line": list(done.kept), "line_before": list(done.kept.values())}))
    other = _differing(scratch, "accepted_before", names)
    if rules.vault_columns and vault.exists(settings.vault):
        personal = [column.name for column in rules.vault_columns]
        with vault.reading(scratch, settings.vault):
            query = f"create temp table people_before as select line_no, {_listed(personal)} from vault.{delivery.feed}"
            scratch.execute(f"{query} {where}", same)
        other += _differing(scratch, "people_before", personal)
        scratch.execute("drop table people_before")
    scratch.unregister("accepted_before")
    scratch.unregister("kept_line")
    if other:
        raise DayFailed(
            f"{delivery.file_name}, baris {other[0][0]}: nilai yang sudah diterima akan terbaca lain; kirim ulang"
            f" seluruh file / line {other[0][0]}: what was accepted would be read otherwise; send the whole file again"
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _differing(scratch: duckdb.DuckDBPyConnection, before: str, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """The first line of which a correction would have other values in some columns."""
    differs = " or ".join(f'typed."{name}" is distinct from past."{name}"' for name in names)
    return _rows(
        scratch,
        f"""select past.line_no from {before} as past
        join kept_line on past.line_no = line_before
        join typed on typed.line_no = line
        where {differs} order by 1 limit 1""",
    )


def _name(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, sha256: str) -> tuple[str, bool]:
    """Name of the correction, and whether just this content was sent for the same date before."""
    whose = [delivery.branch_code, delivery.feed, delivery.business_date]
    known = _rows(
        con,
        """select file_name, sha256, revision from raw.delivery
        where branch_code = ? and feed = ? and business_date = ?
        order by revision desc, arrival desc""",
        *whose,
    )
    sent = {(name, content) for name, content, _ in known}
    revisions = [revision for _, _, revision in known]
    for landed in sorted((settings.landing / delivery.branch_code).glob("*")):
        match = NAME.fullmatch(landed.name)
        if not match or [match["branch"], match["feed"], match["date"]] != [str(value) for value in whose]:
            continue
        content = sha256_of(landed)
        if content == sha256:
            return landed.name, True
        if (landed.name, content) not in sent:
            raise NotYet(
                f"{landed.name} belum dimuat; jalankan dulu `perisai load` dan `perisai marts`"
                f" / {landed.name} is not loaded yet; run `perisai load` and `perisai marts` first"
            )
    for name, content, _ in known:
        if content == sha256:
            return str(name), True
    revision = max(revisions) + 1
    if revision > _LAST_REVISION:
        raise DayFailed(f"{delivery.file_name} has {_LAST_REVISION} revisions; there is no name for another one")
    return f"{delivery.branch_code}_{delivery.feed}_{delivery.business_date}_r{revision}.csv", False


def _check_current(delivery: Delivery, raw: Path, opened: Mapping[str, Open], settings: Settings) -> None:
    if delivery.delivery_id not in opened:
        raise DayFailed(
            f"{delivery.file_name} sudah digantikan; pakai buku kerja yang terbaru"
            f" / {delivery.file_name} was superseded since; use the newest workbook"
        )
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    manifest = read_manifest(raw, rules.control_total)
    if manifest and (problem := disagreement(delivery, manifest)):
        raise DayFailed(f"{delivery.file_name}: {problem}. Kirim ulang seluruh file / send the whole file again")
