"""Random deliveries, each with one random damage: is any of them read wrongly without a word?

``PYTHONPATH=tests:. python -m corpus.damage --files 10000 --seed 1`` takes that many through the real steps and
prints what became of them, and by seed and damage each file of which something was *silently wrong*: an accepted
row with another value than was meant, a row or a person that vanished, a row that nobody wrote.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from corpus.case import Case
from corpus.outcome import KEYS, Outcome, as_kept, outcomes_of
from corpus.spoil import DAMAGES
from corpus.tables import DOCUMENT, Sheet, sheet, written

from expectations.contract import contract
from perisai.settings import Settings
from perisai.step import sealer

BATCH = 500
TRIES = 2000
READ, ROWS, REFUSED, WRONG = "read as meant", "rows rejected", "files refused", "SILENTLY WRONG"


def spoilt(seed: int) -> Sheet:
    """The sheet of a seed with its damage: all damages in turn, and once in each turn none."""
    place = seed % (len(DAMAGES) + 1)
    if place == len(DAMAGES):
        return sheet(seed)
    for attempt in range(TRIES):
        fresh, damage = sheet(seed, attempt), DAMAGES[place]
        if damage(fresh, Random(f"damage {seed} {attempt}")):
            fresh.damage = damage.__name__
            return fresh
    raise AssertionError(f"{DAMAGES[place].__name__} can hardly ever be done")


def case_of(this: Sheet) -> Case:
    """The delivery of a sheet."""
    extension, content = written(this)
    return Case(str(this.seed), extension, content, feed=this.feed, branch=this.branch)


def judged(this: Sheet, outcome: Outcome) -> tuple[str, str]:
    """What became of a sheet, and what is to be said of it."""
    said = outcome.ledger
    if said["judgement"] != "accepted":
        assert not outcome.accepted
        return REFUSED, said["reason"]
    if wrong := next(_wrong(this, outcome), ""):
        return WRONG, wrong
    rejected = Counter(row["rule"] for row in outcome.rejected.values())
    return (ROWS, str(dict(rejected))) if rejected else (READ, "")


def _wrong(this: Sheet, outcome: Outcome) -> Iterator[str]:
    document = DOCUMENT[this.feed]
    found = Counter(row[document] for row in outcome.accepted.values())
    for line, row in sorted(outcome.accepted.items()):
        meant = this.meant.get(row[document])
        if meant is None:
            yield f"line {line}: a row {row[document]!r} that nobody wrote"
            continue
        if found[row[document]] > 1:
            yield f"line {line}: {row[document]} stands twice"
        for name, value in as_kept(this.feed, meant).items():
            if name == "occupation_key":  # the vault has the words themselves
                continue
            for place in (row, outcome.vault.get(line, {})):
                if name in place and not _equal(this, place[name], value):
                    yield f"line {line}, {name}: {place[name]!r} instead of {value!r}"
    said = outcome.ledger
    header = str(next(column.header for column in contract(this.feed).exported if column.name == document))
    rejected = [json.loads(row["sealed_row"])[header] for row in outcome.rejected.values()]
    missing = set(this.meant) - this.lost - set(found) - set(rejected)
    unknown = sum(each not in this.meant for each in rejected) + len(outcome.not_data) - this.noise
    if len(missing) > max(0, unknown):
        yield f"{len(missing)} rows vanished: {sorted(missing)[:3]}"
    if len(outcome.not_data) > this.noise:
        yield f"{len(outcome.not_data)} rows are listed as no data, of {this.noise}"
    if said["duplicates"] > this.repeats + this.noise:
        yield f"{said['duplicates']} duplicates, of {this.repeats}"


def _equal(this: Sheet, found: Any, meant: Any) -> bool:
    """Whether a value is as meant; a quote that was put into a text may be read as part of it."""
    if this.damage == "stray_quotes" and isinstance(found, str):
        return found.replace('"', "") == (meant or "").replace('"', "")
    return bool(found == meant)


def results(seeds: Iterable[int], home: Path) -> Iterator[tuple[Sheet, str, str]]:
    """Each seed's sheet, what became of it, and what is to be said of that; all in one load."""
    sheets = {str(seed): spoilt(seed) for seed in seeds}
    outcomes = outcomes_of([case_of(each) for each in sheets.values()], home)
    secret = sealer(Settings(home=home, **KEYS))
    for name, each in sheets.items():
        for row in outcomes[name].rejected.values():
            row["sealed_row"] = secret.decrypt(row["sealed_row"].encode()).decode()
        yield each, *judged(each, outcomes[name])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the first one's seed; the next have the next numbers")
    parser.add_argument("--keep", type=Path, help="folder for the files that were silently wrong")
    parser.add_argument("--show", action="store_true", help="say of every file what became of it")
    args = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    end = args.seed + args.files
    for first in range(args.seed, end, BATCH):
        seeds = range(first, min(first + BATCH, end))
        home = Path(tempfile.mkdtemp(prefix="damage-"))
        for this, became, said in results(seeds, home / "home"):
            counts[this.damage][became] += 1
            if became == WRONG or args.show:
                print(f"{became}: seed {this.seed}, {this.feed} as {this.container}, {this.damage}: {said}", flush=True)
            if became == WRONG and args.keep:
                extension, content = written(spoilt(this.seed))
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{this.damage}_{this.seed}{extension}").write_bytes(content)
        shutil.rmtree(home)
    kinds = [READ, ROWS, REFUSED, WRONG]
    print("", *kinds, sep="\t")
    for damage, became in sorted(counts.items()):
        print(damage, *(became[kind] for kind in kinds), sep="\t")
    print("all", *(sum(became[kind] for became in counts.values()) for kind in kinds), sep="\t")


if __name__ == "__main__":
    main()
