"""The published interface, written down: tables, keys, columns and types, by the version of each table.

    make interface

builds an empty warehouse, publishes it and brings ``warehouse/interface.yaml`` up to date with it. What is new is
written down; what is gone or has become another thing is refused, until the model's ``version`` is raised and the
interface as it was is left in ``warehouse/earlier/``; see warehouse/interface.py. An interface whose date has passed is
taken out of both by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import yaml

from warehouse import bounds, checks, closed, compare, interface, lake, models, publish, versions
from warehouse.duck import quoted

PINNED = Path(__file__).parent / "interface.yaml"
REFERENCE = Path(__file__).parent / "reference"
WORDS = """# Written by `make interface`: what is published, by its versioned name. See docs/publish.md.
"""
Interface = dict[str, dict[str, Any]]


def publish_empty(home: Path) -> Path:
    """Builds and publishes a warehouse without any delivery.

    Returns:
        The published file.
    """
    with lake.open_lake("", "", home / "lake", memory_limit="1GB", threads=2, spill=home / "spill") as con:
        lake.ensure_tables(con)
        closed.ensure_tables(con)
        models.build(con, REFERENCE, stamp="empty")
        checks.write(con, [], (), "empty")
        # a date on which every earlier interface is still kept
        order = publish.Order(date(2000, 1, 1), "empty", bounds.read(bounds.PACKAGED))
        return publish.publish(con, home / "published", order, keep=1).version.database


def of(database: Path) -> Interface:
    """The interface of a published file: key and columns of each versioned table."""
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach {quoted(database)} as file (read_only)")
        comments = compare.comments(con, "file")
        schemas = {name.split(".")[0] for name in comments if "_v" in name.split(".")[0]}
        columns = versions.columns_of(con, "file", schemas)
    found: Interface = {}
    for name in sorted(columns):
        key = models.key_of(models.head_of(comments[name]))
        found[name] = ({"key": key} if key else {}) | {"columns": columns[name]}
    return found


def pinned(path: Path = PINNED) -> Interface:
    """The interface that was written down."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.exists() else {}


def broken(before: Interface, after: Interface) -> Iterator[str]:
    """What a query on the one interface could stumble over in the other, in a sentence each."""
    for name, had in before.items():
        if name not in after:
            yield f"{name} is gone"
            continue
        has = after[name]
        if had.get("key") != has.get("key"):
            yield f"{name}: the key was {had.get('key')} and is {has.get('key')}"
        for column, kind in had["columns"].items():
            if column not in has["columns"]:
                yield f"{name}.{column} is gone"
            elif has["columns"][column] != kind:
                yield f"{name}.{column} was {kind} and is {has['columns'][column]}"
        order = [column for column in has["columns"] if column in had["columns"]]
        if order != [column for column in had["columns"] if column in order]:
            yield f"{name}: its columns have another order"


def main() -> None:
    """Writes the file, unless an interface was broken."""
    with TemporaryDirectory() as home:
        now = of(publish_empty(Path(home)))
    if problems := list(broken(pinned(), now)):
        sys.exit("\n".join([*problems, f"raise the model's version and keep the interface in {interface.EARLIER}"]))
    text = yaml.safe_dump(now, sort_keys=False, default_flow_style=False)
    PINNED.write_text(WORDS + text, encoding="utf-8")
    print(len(now), "tables")


if __name__ == "__main__":
    main()
