"""Rejects go back: a workbook for each branch and business date, and the correction made of it.

A workbook holds what is to be corrected *now*: for each feed of that date the branch's last word, if it was
refused or has rejected rows. Once a correction counts, the workbook is gone. A replayed workbook becomes the
next revision of the file it came from, left in the branch's landing folder: it is read, judged and counted
like every other file.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from cryptography.fernet import Fernet

from expectations.contract import contract, feeds
from perisai.errors import DayFailed
from perisai.settings import Settings
from transforms import workbook
from transforms.delivery import NAME, Delivery, RawFile, read_manifest, sha256_of
from transforms.read import read
from transforms.verdict import REJECTS, disagreement
from transforms.workbook import Correction, Reject
from warehouse import files, models

log = logging.getLogger(__name__)

_FIELDS = [field.name for field in dataclasses.fields(Delivery)]
_LAST_WORD = """
select delivery_id
from core.delivery
where outcome <> 'duplicate'
qualify row_number() over (
    partition by branch_code, feed, business_date, case feed when 'unknown' then file_name end
    order by revision desc, arrival desc
) = 1
"""
_LAST_REVISION = 99  # the grammar of file names ends there


def write_workbooks(con: duckdb.DuckDBPyConnection, settings: Settings, secret: Fernet) -> int:
    """Brings the workbooks up to what is to be corrected now; how many were written or taken away.

    Args:
        con: a connection whose default catalog is the lake, with the models built.
        settings: where rejected rows and workbooks lie.
        secret: opens the sealed rows.
    """
    found = con.execute(
        f"""select {", ".join(_FIELDS)} from raw.delivery
        where delivery_id in ({_LAST_WORD}) and (judgement = 'refused' or rejected > 0)
        order by branch_code, business_date, feed, file_name, delivery_id"""
    ).fetchall()
    groups: dict[str, list[Delivery]] = defaultdict(list)
    for row in found:
        delivery = Delivery(*row)
        groups[f"{delivery.branch_code}/{delivery.branch_code}_{delivery.business_date}.xlsx"].append(delivery)
    index = settings.workbooks / "index.json"
    before: dict[str, str] = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    now = {name: _stamp(deliveries) for name, deliveries in groups.items()}
    changed = [name for name in now if before.get(name) != now[name] or not (settings.workbooks / name).exists()]
    rejects = _rejects(settings, secret, [d.delivery_id for name in changed for d in groups[name]])
    for name in changed:
        deliveries = groups[name]
        rows = {d.feed: rejects[d.delivery_id] for d in deliveries if d.delivery_id in rejects}
        book = workbook.content(
            deliveries[0].branch_code,
            deliveries[0].business_date,
            deliveries,
            rows,
            {feed: contract(feed, deliveries[0].business_date, settings.contracts) for feed in rows},
        )
        target = settings.workbooks / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.write(target, book)
    outdated = sorted(set(before) - set(now))
    for name in outdated:
        (settings.workbooks / name).unlink(missing_ok=True)
    if changed or outdated:
        settings.workbooks.mkdir(parents=True, exist_ok=True)
        files.write(index, json.dumps(now, indent=1, sort_keys=True).encode())
    return len(changed) + len(outdated)


def _stamp(deliveries: list[Delivery]) -> str:
    return hashlib.sha256("|".join(delivery.delivery_id for delivery in deliveries).encode()).hexdigest()[:16]


def _rejects(settings: Settings, secret: Fernet, delivery_ids: Iterable[str]) -> dict[str, list[Reject]]:
    """The rejected rows of some deliveries, by delivery, in the order of their lines."""
    paths = sorted(settings.rejects.glob("*/*.parquet"))
    ids = sorted(delivery_ids)
    if not paths or not ids:
        return {}
    table = ds.dataset(paths, schema=REJECTS).to_table(filter=pc.field("delivery_id").isin(ids))
    # a load that was cut off and run again with more files may have stored a delivery's rows twice
    rows = {(row["delivery_id"], row["line_no"]): row for row in table.to_pylist()}
    found: dict[str, list[Reject]] = defaultdict(list)
    for (delivery_id, line_no), row in sorted(rows.items()):
        cells = json.loads(secret.decrypt(row["sealed_row"].encode()))
        found[delivery_id].append(
            Reject(delivery_id, row["file_name"], line_no, tuple(row["all_rules"]), row["reason"], cells)
        )
    return dict(found)


def replay(
    con: duckdb.DuckDBPyConnection, scratch: duckdb.DuckDBPyConnection, settings: Settings, path: Path
) -> list[dict[str, Any]]:
    """Leaves the corrections in a workbook in the branch's landing folder, as the next revision of each file.

    A correction has every line of the file it corrects, in the same order: those that were not rejected as
    they stood, the others as the workbook has them. A rejected row that the workbook left alone, or no
    longer has, goes along unchanged, to be rejected again; only one marked HAPUS is left out. There is no
    manifest: the branch's own control totals were for another content.

    Args:
        con: a connection whose default catalog is the lake.
        scratch: another one, in which the file is read again.
        settings: where files, rejects and the landing place lie.
        path: the workbook.

    Returns:
        For each corrected file its name, its lines and how many were corrected, withdrawn and left as they
        were; ``changed`` is false where just this correction was sent before.

    Raises:
        DayFailed: nothing was corrected, or the workbook is damaged, another branch's or out of date.
            Nothing was written.
    """
    try:
        known = {feed: contract(feed, folder=settings.contracts) for feed in feeds(settings.contracts)}
        returned = workbook.read_back(path, known, settings.limits)
    except workbook.NotAWorkbook as problem:
        raise DayFailed(str(problem)) from problem
    if models.built_stamp(con) is None or _rows(
        con, "select 1 from raw.delivery anti join core.delivery using (delivery_id)"
    ):
        raise DayFailed("Jalankan dulu `perisai marts` / there are new deliveries; run `perisai marts` first")
    last_word = {delivery_id for (delivery_id,) in _rows(con, _LAST_WORD)}
    made: list[tuple[dict[str, Any], Path, bytes]] = []
    for feed, rows in sorted(returned.corrections.items()):
        by_delivery: dict[str, list[Correction]] = defaultdict(list)
        for row in rows:
            by_delivery[row.delivery_id].append(row)
        for delivery_id, corrections in sorted(by_delivery.items()):
            delivery = _known(con, delivery_id, feed, returned.branch_code)
            raw, content, counts = _corrected(scratch, settings, delivery, corrections)
            if not counts["corrected"] + counts["withdrawn"]:
                continue
            name, waits = _name(con, settings, delivery, hashlib.sha256(content).hexdigest())
            if not waits:
                _check_current(delivery, raw, last_word, settings)
            made.append(
                ({"file": name, "changed": not waits, **counts}, settings.landing / delivery.branch_code, content)
            )
    if not made:
        raise DayFailed("Tidak ada baris yang diperbaiki / no row was corrected")
    for receipt, folder, content in made:
        if receipt["changed"]:
            with files.shared():  # the branch leaves its files there, by an account of its own
                folder.mkdir(parents=True, exist_ok=True)
            files.write(folder / str(receipt["file"]), content)
            log.info("step=replay %s", " ".join(f"{name}={value}" for name, value in receipt.items()))
    return [receipt for receipt, _, _ in made]


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[Any, ...]]:
    return con.execute(query, values).fetchall()


def _known(con: duckdb.DuckDBPyConnection, delivery_id: str, feed: str, branch_code: str) -> Delivery:
    found = _rows(con, f"select {', '.join(_FIELDS)} from raw.delivery where delivery_id = ?", delivery_id)
    if not found:
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
    scratch: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, corrections: list[Correction]
) -> tuple[Path, bytes, dict[str, int]]:
    """The raw file, the corrected content in the standard dialect, and what was counted."""
    folder = settings.raw / delivery.branch_code
    raw = next(
        (p / delivery.file_name for p in folder.glob(f"*/{delivery.sha256}") if (p / delivery.file_name).exists()), None
    )
    if raw is None:
        raise DayFailed(f"the raw copy of {delivery.file_name} is gone, so it cannot be corrected row by row")
    rejected = _rejected_lines(settings, delivery)
    by_line = {correction.line_no: correction for correction in corrections}
    if strange := sorted(set(by_line) - rejected):
        raise DayFailed(
            f"{delivery.file_name}: baris {strange[0]} tidak ditolak, jadi tidak dapat diperbaiki di sini"
            f" / line {strange[0]} was not rejected, so it cannot be corrected here"
        )
    if len(by_line) < len(corrections):
        raise DayFailed(
            f"{delivery.file_name}: satu baris ada dua kali di buku kerja / a line stands twice in the workbook"
        )
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    columns = rules.exported
    fresh = dataclasses.replace(delivery, judgement="accepted", reason="")
    (seen,) = read(scratch, [RawFile(raw, fresh)], rules)
    if seen.judgement != "accepted":
        raise DayFailed(f"{delivery.file_name}: {seen.reason}")
    names = ", ".join(f'"{column.name}"' for column in columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.header for column in columns])
    counts = {"lines": 0, "corrected": 0, "withdrawn": 0, "left": len(rejected)}
    for line_no, problem, *values in _rows(scratch, f"select line_no, row_problem, {names} from text order by line_no"):
        cells: list[str] = [value or "" for value in values]
        if correction := by_line.get(line_no):
            if correction.withdrawn:
                counts["withdrawn"] += 1
                counts["left"] -= 1
                continue
            told = [correction.cells[str(column.header)].strip() for column in columns]
            changed = [now if now != workbook.shown(was).strip() else was for was, now in zip(cells, told, strict=True)]
            counts["corrected"] += changed != cells
            counts["left"] -= changed != cells
            cells = changed
        counts["lines"] += 1
        # a row whose cells were never known stays one that cannot be read, and says where it stood
        writer.writerow(cells if any(cells) or not problem else [f"baris {line_no}"])
    return raw, text.getvalue().encode(), counts


def _rejected_lines(settings: Settings, delivery: Delivery) -> set[int]:
    paths = sorted(settings.rejects.glob("*/*.parquet"))
    if not paths:
        return set()
    table = pq.read_table(paths, columns=["line_no"], filters=[("delivery_id", "=", delivery.delivery_id)])
    return set(table["line_no"].to_pylist())


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
            raise DayFailed(
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


def _check_current(delivery: Delivery, raw: Path, last_word: set[str], settings: Settings) -> None:
    if delivery.delivery_id not in last_word:
        raise DayFailed(
            f"{delivery.file_name} sudah digantikan; pakai buku kerja yang terbaru"
            f" / {delivery.file_name} was superseded since; use the newest workbook"
        )
    rules = contract(delivery.feed, delivery.business_date, settings.contracts)
    manifest = read_manifest(raw, rules.control_total)
    if manifest and (problem := disagreement(delivery, manifest)):
        raise DayFailed(f"{delivery.file_name}: {problem}. Kirim ulang seluruh file / send the whole file again")
