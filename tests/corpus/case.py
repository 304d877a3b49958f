"""A case of the corpus: a file as a branch leaves it, and exactly what has to become of it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases"
"""Each module here has a function ``cases`` that yields some; a module belongs to one kind of trouble."""
INPUTS = Path(__file__).parent / "troubles"
"""Files that are not made but kept as they were found."""


@dataclass(frozen=True)
class Case:
    """A file and its expected outcome.

    Args:
        trouble: name of the case.
        extension: what the branch's file name ends in.
        content: the file's bytes.
        accepted: number of rows that are accepted.
        rejected: lines of the rows that are rejected.
        refused: words in the reason, where the delivery is refused whole.
        failed: words in the reason, where nothing could be told of the file and it is to be tried again.
        duplicates: rows that repeat another.
        feed: the feed it is a delivery of.
        branch: the branch that leaves it.
        day: its business date, where that matters; otherwise one after the other from 1 October 2023.
        manifest: bytes of the manifest beside it, if there is one; it has to be read.
        rows: for each of these lines, which all have to be accepted, what its columns hold: by the names of
            ``raw.<feed>`` in their types (a month is its first day), and NIK, KPJ and other personal columns
            in clear by the names of the contract, to be compared with the keyed hash and with the vault.
        rules: for each of these lines the rule that rejected it first.
        warned: how many rows these rules are broken in, warnings too; of other rules nothing is asked.
        not_data: lines after the header that are listed as no data.
        reason: words in the reason of a delivery that is accepted.
        said: the whole reason, where nothing else may be said.
        forms: by header the form that the ledger names for the column; only those that are not standard.
        held: rows after the header that hold anything, where no independent count can be taken of the file.
        open: the area that still has to mend what makes the case fail today.
    """

    trouble: str
    extension: str
    content: bytes
    accepted: int = 0
    rejected: tuple[int, ...] = ()
    refused: str = ""
    failed: str = ""
    duplicates: int = 0
    feed: str = "contributions"
    branch: str = "NTB01"
    day: date | None = None
    manifest: bytes | None = None
    rows: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    rules: Mapping[int, str] = field(default_factory=dict)
    warned: Mapping[str, int] = field(default_factory=dict)
    not_data: tuple[int, ...] = ()
    reason: str = ""
    said: str | None = None
    forms: Mapping[str, str] | None = None
    held: int | None = None
    open: str = ""


def kept(name: str, accepted: int = 0, **expected: Any) -> Case:
    """The case of a file of ``troubles/``, with the manifest beside it if there is one."""
    path = INPUTS / name
    beside = path.with_suffix(".manifest.json")
    manifest = beside.read_bytes() if beside.exists() else None
    trouble = name.replace(".", "_")
    return Case(trouble, path.suffix, path.read_bytes(), accepted, manifest=manifest, **expected)


def each(lines: Iterable[int], **values: Any) -> dict[int, dict[str, Any]]:
    """The same values on all of these lines; a function is called with the line."""
    return {line: {name: value(line) if callable(value) else value for name, value in values.items()} for line in lines}


@cache  # it makes hundreds of workbooks
def cases() -> list[Case]:
    """The whole corpus, of all modules in ``cases/``."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return [case for name in names for case in importlib.import_module(f"corpus.cases.{name}").cases()]
