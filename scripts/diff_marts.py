"""Says, for a change of SQL, which figures of which marts move: make diff BASE=main.

The code of BASE and the code as it stands here carry the same exports, by default those of the small demo, through a
home of their own. What both publish is compared, and told as Markdown on standard output.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import duckdb

from warehouse import compare
from warehouse.compare import Difference, TableDifference
from warehouse.versions import Version, current

ROOT = Path(__file__).parents[1]
_EXAMPLES = 3
_ABOUT = "marts.about"
"""Says of itself which version it is in, so it always differs."""
_KEYS = {"PERISAI_HMAC_KEY": secrets.token_hex(32), "PERISAI_VAULT_KEY": secrets.token_hex(32)}
# Both sides run this, each with its own code: what the DAG does, without pages that nobody compares.
_DAY = """
import sys
from datetime import date
from perisai import day as steps
from perisai.branches import offices
from perisai.newest import newest_date
from perisai.settings import Settings
settings = Settings()
business_date = newest_date(settings)
for office in offices(settings):
    steps.extract(settings, business_date, office)
getattr(steps, "plan", lambda *_: None)(settings, business_date)  # which earlier code does not have
for shard in range(settings.shards):
    steps.judge(settings, business_date, shard)
steps.load(settings, business_date)
steps.marts(settings)
steps.publish(settings)
"""


def published(code: Path, home: Path, landing: Path) -> Version:
    """What some code makes of exports.

    Args:
        code: where the code is.
        home: a folder for its state, which does not exist.
        landing: the exports.

    Raises:
        SystemExit: the code fails; what it said is on standard error.
    """
    home.mkdir()
    (home / "landing").symlink_to(landing.resolve())
    settings = {"PERISAI_HOME": str(home), "PERISAI_MAX_MISSING_SHARE": "1", **_KEYS}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PERISAI_")}
    done = subprocess.run(
        [sys.executable, "-c", _DAY], cwd=code, env=clean | settings, capture_output=True, text=True, check=False
    )
    if done.returncode or (version := current(home / "published")) is None:
        sys.exit(f"{done.stderr}\nthe code in {code} does not publish these exports")
    return version


def unpacked(base: str, to: Path) -> Path:
    """The files of a commit.

    Raises:
        SystemExit: there is no such commit.
    """
    packed = subprocess.run(["git", "archive", base], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        sys.exit(packed.stderr.decode())
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(to, filter="data")
    return to


def as_markdown(found: Difference, title: str) -> str:
    """What moved: per table the rows, sums of columns, and first rows.

    Args:
        found: the difference.
        title: what is compared.
    """
    tables = [one for one in found.tables if one.table != _ABOUT]
    return "\n".join([f"### {title}", "", *(_parts(tables) if tables else ["No figure of any table moves."]), ""])


def _parts(tables: list[TableDifference]) -> Iterator[str]:
    differ = "1 table differs" if len(tables) == 1 else f"{len(tables)} tables differ"
    yield f"{differ}; every other one is the same, row by row."
    yield ""
    yield from _row("table", "rows before", "rows after", "new", "gone", "changed", "columns")
    yield from _row(":--", "--:", "--:", "--:", "--:", "--:", ":--")
    for one in tables:
        counts = (one.rows_before, one.rows_after, one.added, one.gone, one.changed if one.key else None)
        yield from _row(f"`{one.table}`", *("" if n is None else f"{n:,}" for n in counts), "; ".join(_columns(one)))
    if any(one.moved for one in tables):
        yield ""
        yield from _row("figure (sum of the column)", "before", "after", "change", "%")
        yield from _row(":--", "--:", "--:", "--:", "--:")
        for one in tables:
            for each in one.moved:
                values = ("" if v is None else f"{v:,f}" for v in (each.before, each.after, each.change))
                share = "" if each.percent is None else f"{each.percent:+,.2f}"
                yield from _row(f"`{one.table}.{each.column}`", *values, share)
    if any(one.examples for one in tables):
        yield from ("", "<details><summary>First rows</summary>", "")
        for one in tables:
            for example in one.examples[:_EXAMPLES]:
                key = ", ".join("" if value is None else str(value) for value in dict(example["key"]).values())
                moves = (f"{name} {was} → {now}" for name, (was, now) in dict(example.get("columns", {})).items())
                yield f"* {example['row']} `{one.table}` [{_cell(key)}] {_cell('; '.join(moves))}".rstrip()
        yield from ("", "</details>")


def _columns(one: TableDifference) -> Iterator[str]:
    if one.rows_before is None or one.rows_after is None:
        yield "the table is new" if one.rows_before is None else "the table is gone"
    yield from (f"new `{name}`" for name in one.columns_added)
    yield from (f"gone `{name}`" for name in one.columns_gone)
    yield from (f"`{name}` was {had}, is {has}" for name, had, has in one.columns_retyped)
    yield from (f"`{name}` in {count:,}" for name, count in one.changed_columns.items())


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Compares what the command line names, and writes Markdown."""
    parser = argparse.ArgumentParser(description="Say which figures of which marts a change moves.")
    parser.add_argument("base", help="a commit or branch: what the change is compared with")
    parser.add_argument("--landing", type=Path, help="exports; by default the small demo of the base")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perisai-diff-") as folder:
        work = Path(folder)
        code = unpacked(asked.base, work / "code")
        landing = asked.landing
        if landing is None:
            landing = work / "landing"
            subprocess.run(
                [sys.executable, "-m", "demo", "--to", landing, "--size", "small"],
                cwd=code,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        before = published(code, work / "before", landing)
        after = published(ROOT, work / "after", landing)
        with duckdb.connect() as con:
            found = compare.difference(con, before, after)
    print(as_markdown(found, f"What this change moves, on the demo's exports, compared with `{asked.base}`"))


if __name__ == "__main__":
    main()
