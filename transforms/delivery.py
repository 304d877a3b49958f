"""A delivery: one file that one branch left for one feed and one business date."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic.dataclasses import dataclass as pydantic_dataclass

from transforms.readers import MEBIBYTE
from transforms.readers.containers import is_text

_STEM = r"(?P<branch>[A-Za-z0-9]+)_(?P<feed>[a-z]+)_(?P<date>\d{4}-\d{2}-\d{2})(?:_r(?P<revision>[1-9]\d?))?"
NAME = re.compile(_STEM + r"(?i:\.(?:csv|txt|tsv|xlsx|xls|parquet)(?:\.(?:gz|zip))?|\.gz|\.zip)")
"""How a branch names a file: NTB01_contributions_2023-10-13.csv, a correction NTB01_…_2023-10-13_r2.csv.

The extension may be any that NAME lists. It says nothing about the content: see transforms.readers.
"""

_OTHER_NAME = re.compile(
    _STEM
    + r"(?P<extension>(?i:\.(?:xlsm|xlsb|xlt[xm]?|ods|numbers|pdf|docx?|html?|xml|jsonl?|ndjson|rar|7z|tar|mdb|accdb"
    + r"|dbf|dat|eml|msg)))"
)
"""A name that follows the rule but for its extension, which is none that is read."""
_CODE = re.compile(r"[A-Z0-9]{1,8}")
_BIGINT = 2**63 - 1
MANIFEST_SUFFIX = ".manifest.json"
UNKNOWN_FEED = "unknown"
Judgement = Literal["accepted", "refused", "failed"]


@dataclass(frozen=True)
class Delivery:
    """What is known of a delivery; the fields are the columns of the ledger ``raw.delivery``."""

    delivery_id: str
    branch_code: str
    feed: str
    business_date: date
    revision: int
    file_name: str
    sha256: str
    bytes: int
    lines: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    control_lines: int | None = None
    control_rp: int | None = None
    counted_rp: int | None = None
    judgement: Judgement = "accepted"
    reason: str = ""
    contract_version: str = ""
    forms: str = ""
    not_data: int = 0
    received_utc: datetime | None = None
    """When the file was left in the landing place, as the place says, to the second and in UTC."""

    @property
    def usable(self) -> bool:
        """Whether rows of it can count, or it says that there is nothing to report."""
        says_something = self.judgement == "accepted" and self.feed != UNKNOWN_FEED
        return says_something and (self.accepted > 0 or not self.lines)

    def refused(self, reason: str, lines: int) -> Delivery:
        """The same delivery, refused whole: each of its lines counts as rejected."""
        return replace(self, judgement="refused", reason=reason, lines=lines, accepted=0, rejected=lines, duplicates=0)

    def failed(self, reason: str) -> Delivery:
        """The same delivery, of which nothing is known yet; a later run reads it again."""
        return replace(self, judgement="failed", reason=reason, lines=0, accepted=0, rejected=0, duplicates=0)


def _no_boolean(said: object) -> object:
    if isinstance(said, bool):
        raise ValueError("true and false are no numbers")
    return said


Whole = Annotated[int, BeforeValidator(_no_boolean), Field(ge=-_BIGINT, le=_BIGINT)]


Plain = Annotated[str, StringConstraints(pattern="^[ -~]*$")]


@pydantic_dataclass(frozen=True)
class Manifest:
    """What a branch says about its own file, or what is known of a correction that was made of its workbook.

    ``corrects`` is the delivery whose rejected rows were corrected: the file is read in the forms of that one.
    ``still`` tells by rule the lines of rows that broke it there and were left as they were, so that they break it
    still: some rules look at a whole column, which is another one once some of its cells are corrected.
    """

    lines: Whole
    total_rp: Whole | None
    sha256: Plain | None
    corrects: Plain | None = None
    still: dict[str, list[Whole]] = field(default_factory=dict)


FIELDS = [field.name for field in fields(Delivery)]
"""Columns of the ledger, in the order in which a delivery is made of them."""


@dataclass(frozen=True)
class RawFile:
    """A copied file, its delivery and, where there is one, its manifest."""

    path: Path
    delivery: Delivery
    manifest: Manifest | None = field(default=None)


def physical_lines(content: bytes) -> int:
    """Lines after the first one, counted without any notion of what a record is."""
    return max(0, content.count(b"\n") + (not content.endswith(b"\n")) - 1) if content.strip() else 0


def lines_of(path: Path) -> int:
    """``physical_lines`` of a file of any size; none where it is no text, so that lines mean nothing."""
    if not is_text(path):
        return 0
    ends, last, blank = 0, b"", True
    with path.open("rb") as file:
        while piece := file.read(MEBIBYTE):
            ends, last, blank = ends + piece.count(b"\n"), piece[-1:], blank and not piece.strip()
    return 0 if blank else max(0, ends + (last != b"\n") - 1)


def manifest_name(name: str) -> str:
    """Name of the manifest beside a file: its name up to the extensions."""
    return name.split(".", 1)[0] + MANIFEST_SUFFIX


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def delivery_id(branch_code: str, name: str, sha256: str) -> str:
    """Key of the delivery that a file of this name and content is, wherever and whenever it was found."""
    return hashlib.sha256(os.fsencode(f"{branch_code}|{name}|{sha256}")).hexdigest()[:16]


def dated(name: str) -> date | None:
    """Business date in a file's name, or None where the name tells none."""
    match = NAME.fullmatch(name) or _OTHER_NAME.fullmatch(name)
    try:
        return date.fromisoformat(match["date"]) if match else None
    except ValueError:
        return None


def identify(
    path: Path,
    sha256: str,
    branch_code: str,
    run_date: date,
    *,
    branches: Collection[str],
    feeds: Collection[str],
) -> Delivery:
    """The delivery that a file is, judged by its name and folder alone.

    Args:
        path: the file; its name follows NAME.
        sha256: hex digest of its content.
        branch_code: the landing folder it was found in, which says who sent it.
        run_date: business date of the run; stands in where the name tells none.
        branches: codes in the table of branches.
        feeds: feeds that have a contract.

    Returns:
        The delivery, already refused when name or folder are wrong.
    """
    match, business_date = NAME.fullmatch(path.name), dated(path.name)
    other = _OTHER_NAME.fullmatch(path.name)
    match = match or other
    wrong = ""
    if not match and NAME.fullmatch(path.stem):
        wrong = "Nama file berakhiran ganda; pakai satu saja / the file's name has two extensions; leave one"
    elif not match:
        wrong = "Nama file harus CABANG_jenis_TTTT-BB-HH.csv / the file name must be BRANCH_feed_YYYY-MM-DD.csv"
    elif business_date is None:
        wrong = f"Tanggal {match['date']} dalam nama file tidak ada / the date {match['date']} does not exist"
    elif match["feed"] not in feeds:
        listed = ", ".join(sorted(feeds))
        wrong = f"Jenis data dalam nama file tidak dikenal / the feed in the file name is none of {listed}"
    elif other:
        kind = other["extension"].lower()
        wrong = f"{kind} tidak diterima; simpan sebagai .xlsx atau .csv / {kind} is not taken; save it as .xlsx or .csv"
    # a name that is not all of known words may be a person's, and the ledger is published; ``raw`` keeps it as it was
    known = match and match["feed"] in feeds and (match["branch"] in branches or match["branch"] == branch_code)
    shown = branch_code if branch_code in branches or _CODE.fullmatch(branch_code) else "(unlisted)"
    if branch_code not in branches:
        wrong = f"Cabang {shown} tidak terdaftar / branch {shown} is not in the table of branches"
    elif match and match["branch"] != branch_code:
        whose = match["branch"] if match["branch"] in branches else "?"
        wrong = (
            f"File milik cabang {whose} berada di folder {branch_code}"
            f" / a file of branch {whose} lies in the folder of {branch_code}"
        )
    found = path.stat()
    delivery = Delivery(
        delivery_id=delivery_id(branch_code, path.name, sha256),
        branch_code=shown,
        feed=match["feed"] if match and match["feed"] in feeds else UNKNOWN_FEED,
        business_date=business_date or run_date,
        revision=int(match["revision"] or 1) if match else 1,
        file_name=path.name if known else f"(name {sha256[:8]})",
        sha256=sha256,
        bytes=found.st_size,
        received_utc=datetime.fromtimestamp(found.st_mtime, UTC).replace(microsecond=0, tzinfo=None),
    )
    return delivery.refused(wrong, lines_of(path)) if wrong else delivery


def read_manifest(path: Path, control_total: str | None) -> Manifest | None:
    """The manifest beside a file, or None where the branch sent none; see ``parsed``."""
    beside = path.with_name(manifest_name(path.name))
    return parsed(beside, control_total) if beside.exists() else None


def parsed(manifest: Path, control_total: str | None = None) -> Manifest:
    """What a manifest says.

    Raises:
        ValueError: it cannot be understood.
    """
    try:
        said = json.loads(manifest.read_bytes())  # which also tells UTF-16 and byte order marks
        told = {name: said[name] for name in ("lines", "sha256", "corrects", "still") if name in said}
        told.setdefault("sha256", None)
        return Manifest(**told, total_rp=said.get(control_total) if control_total else None)
    except (ValueError, TypeError, AttributeError, RecursionError, OSError):  # in words that repeat nothing of it
        raise ValueError("Manifest tidak dapat dibaca / the manifest cannot be read") from None


def to_json(delivery: Delivery) -> dict[str, Any]:
    """The delivery as JSON-able values; ``from_json`` reads it back."""
    received = delivery.received_utc.isoformat() if delivery.received_utc else None
    return {**asdict(delivery), "business_date": delivery.business_date.isoformat(), "received_utc": received}


def from_json(values: dict[str, Any]) -> Delivery:
    """The delivery that ``to_json`` wrote."""
    received = datetime.fromisoformat(values["received_utc"]) if values.get("received_utc") else None
    day = date.fromisoformat(values["business_date"])
    return Delivery(**{**values, "business_date": day, "received_utc": received})
