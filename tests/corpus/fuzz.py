"""Hostile input for as long as somebody likes: files of the corpus and returned workbooks, each changed at random.

``PYTHONPATH=tests:. python -m corpus.fuzz --minutes 600 --seed 1``, which is ``make fuzz``, changes bytes of a file, or
of a member of its package, which is packed again with a right checksum. Whatever it is then, it has to end as a
delivery that is accepted, refused or failed with a reason, or as a workbook that is read or refused in words, within
the limits of time and memory. A file that does not is kept in ``tests/corpus/found``; ``make test`` reads all that
are there, and some new ones.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import duckdb
from corpus.case import cases
from house import MAKERS

from expectations.contract import contract
from transforms.delivery import Delivery, RawFile
from transforms.read import read
from transforms.readers import Limits
from transforms.returned import NotAWorkbook, read_back
from transforms.workbook import Reject, content

FOUND = Path(__file__).parent / "found"
"""Files that once ended otherwise, and must not again: ``<feed>_<hash>`` or ``returned_<hash>``."""
RETURNED = "returned"
LIMITS = Limits(file_mb=32, memory_mb=512, seconds=20)
GROWTH_MB = 400
SMALL = 20_000
LARGEST_MEMBER = 1 << 20


class Wrong(AssertionError):
    """A file that ends neither as an outcome nor within its limits."""


@dataclass(frozen=True)
class Seed:
    """A good file: of a feed, or ``returned``."""

    kind: str
    content: bytes


@cache
def seeds() -> list[Seed]:
    """Good files of the corpus, and a returned workbook of each feed."""
    good = [case for case in cases() if not (case.refused or case.failed) and len(case.content) < SMALL]
    return [Seed(case.feed, case.content) for case in good] + [Seed(RETURNED, _returned(feed)) for feed in MAKERS]


def _returned(feed: str) -> bytes:
    """The workbook of two rejected rows."""
    rules, day = contract(feed), date(2023, 9, 30)
    sent = Delivery("0123456789abcdef", "NTB01", feed, day, 1, f"NTB01_{feed}_2023-09-30.csv", "0" * 64, 9, 2, 0, 2)
    rejects = []
    for line in (2, 3):
        row = MAKERS[feed](line)
        cells = {str(one.header): str(row.get(one.name) or "") for one in rules.exported}
        rejects.append(Reject(sent.delivery_id, sent.file_name, line, (rules.rules[0].name,), "reason", cells))
    return content("NTB01", day, [sent], {feed: rejects}, {feed: rules}, conflicts={})


def mutated(content: bytes, choose: Random) -> bytes:
    """The content with a few bytes changed, removed, repeated or inserted."""
    changed = bytearray(content)
    for _ in range(choose.randint(1, 6)):
        at, size = choose.randrange(len(changed) + 1), choose.choice([1, 1, 2, 8, 64])
        piece = bytes(changed[at : at + size])
        changed[at : at + size] = choose.choice(
            [choose.randbytes(len(piece)), b"", piece * 2, b"\xff" * len(piece), bytes(len(piece)), b'"', b"\r", b"\n"]
        )
    return bytes(changed)


def within(content: bytes, choose: Random) -> bytes:
    """A package with one of its members changed; other content itself is changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = [(info, package.read(info)) for info in package.infolist()]
    except zipfile.BadZipFile:
        return mutated(content, choose)
    at, out = choose.randrange(len(members)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for number, (info, inside) in enumerate(members):
            package.writestr(info.filename, mutated(inside, choose) if number == at else inside)
    return out.getvalue()


def changed(seed: int) -> Seed:
    """The changed file of a number."""
    choose = Random(seed)
    one = choose.choice(seeds())
    return Seed(one.kind, choose.choice((mutated, within))(one.content, choose))


def outcome(one: Seed, folder: Path) -> str:
    """What became of a file: accepted, refused or failed, or of a returned workbook: read or refused.

    Raises:
        Wrong: it is no such outcome, has no words, or took more than its limits.
    """
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    path = folder / "file"
    path.write_bytes(one.content)
    try:
        found = _read_back(path) if one.kind == RETURNED else _read(path, one.kind)
    except Wrong:
        raise
    except Exception as error:
        raise Wrong(f"{type(error).__name__}: {error}") from error
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    if grown > GROWTH_MB:
        raise Wrong(f"{grown} MiB of memory")
    if (seconds := time.process_time() - began) > LIMITS.seconds:
        raise Wrong(f"{seconds:.0f} s")
    return found


def _read_back(path: Path) -> str:
    try:
        read_back(path, {feed: contract(feed) for feed in MAKERS}, LIMITS)
    except NotAWorkbook as refusal:
        return _in_words("refused", str(refusal))
    return "read"


def _read(path: Path, feed: str) -> str:
    sent = Delivery("d0", "NTB01", feed, date(2023, 9, 30), 1, path.name, "", 0)
    with duckdb.connect() as con:
        (read_one,) = read(con, [RawFile(path, sent)], contract(feed), LIMITS)
        (lines,) = con.execute("select count(*) from text").fetchone() or (0,)
    if read_one.judgement == "accepted":
        if read_one.lines != lines:
            raise Wrong(f"{read_one.lines} lines are told, {lines} were read")
        return "accepted"
    if lines:
        raise Wrong(f"{read_one.judgement}, and {lines} lines were read")
    return _in_words(read_one.judgement, read_one.reason)


def _in_words(became: str, reason: str) -> str:
    if " / " not in reason:
        raise Wrong(f"{became} without words in both languages: {reason!r}")
    return became


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=10, help="for how long")
    asked.add_argument("--seed", type=int, default=1, help="number of the first file; the next have the next numbers")
    given = asked.parse_args()
    end, number, counts = time.monotonic() + given.minutes * 60, given.seed, Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < end:
            one = changed(number)
            try:
                counts[outcome(one, Path(name))] += 1
            except Wrong as wrong:
                counts["wrong"] += 1
                FOUND.mkdir(exist_ok=True)
                kept = FOUND / f"{one.kind}_{hashlib.sha256(one.content).hexdigest()[:12]}"
                kept.write_bytes(one.content)
                print(f"{number}: {wrong}; kept as {kept.name}", flush=True)
            number += 1
    print(f"files {given.seed} to {number - 1}: " + ", ".join(f"{n} {became}" for became, n in sorted(counts.items())))
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
