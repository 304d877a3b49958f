"""Corrections that were made of a returned workbook are read in the forms of the delivery that they correct.

``03/04/2025`` means what it meant in the file that the branch sent, whatever stands in the cells that were corrected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from expectations.wording import together
from transforms.delivery import Delivery, Manifest, RawFile

_UNTRACED = (
    "Manifest menyebut koreksi atas kiriman yang bukan dari cabang, jenis data dan tanggal ini; itu diabaikan"
    " / the manifest names a delivery to be corrected that is not of this branch, feed and date; that is ignored"
)


@dataclass
class Traced:
    """What is known of the corrections among new files.

    ``original`` tells by delivery which one it corrects, ``untraced`` are those that name one which is no delivery of
    their branch, feed and date, and ``forms`` tells the forms of the originals that are known so far.
    """

    original: dict[str, str]
    untraced: set[str]
    forms: dict[str, str] = field(default_factory=dict)

    def rounds(self, files: list[RawFile]) -> Iterator[list[RawFile]]:
        """The files in batches: a correction comes in a later batch than the file it corrects; none is left out."""
        waiting = list(files)
        while waiting:
            ids = {file.delivery.delivery_id for file in waiting}
            yield [file for file in waiting if self.original.get(file.delivery.delivery_id) not in ids]
            waiting = [file for file in waiting if self.original.get(file.delivery.delivery_id) in ids]

    def given(self, files: list[RawFile]) -> dict[str, Mapping[str, str]]:
        """For each delivery that corrects another: the forms in which it is read."""
        ids = [file.delivery.delivery_id for file in files]
        return {key: json.loads(self.forms.get(self.original[key]) or "{}") for key in ids if key in self.original}

    def manifest(self, file: RawFile) -> Manifest:
        """The manifest of a file that has one; without ``corrects`` where that names no delivery to be corrected."""
        assert file.manifest  # noqa: S101 (the caller asks for no other)
        is_correction = file.delivery.delivery_id in self.original
        return file.manifest if is_correction else replace(file.manifest, corrects=None)

    def noted(self, delivery: Delivery) -> Delivery:
        """A delivery that was conformed: its forms are kept for those that correct it, and what is ignored is said."""
        if delivery.delivery_id in self.original and delivery.judgement == "accepted":
            delivery = replace(delivery, forms=self.forms.get(self.original[delivery.delivery_id], ""))
        self.forms[delivery.delivery_id] = delivery.forms
        if delivery.delivery_id in self.untraced:
            return replace(delivery, reason=together(delivery.reason, _UNTRACED))
        return delivery


def trace(con: duckdb.DuckDBPyConnection, files: list[RawFile]) -> Traced:
    """Finds the deliveries that new files correct, in the ledger or among the new files.

    Args:
        con: a connection whose default catalog is the lake, with its tables.
        files: the new files.
    """
    named = {f.delivery.delivery_id: f.manifest.corrects for f in files if f.manifest and f.manifest.corrects}
    if not named:
        return Traced({}, set())
    known = {f.delivery.delivery_id: (f.delivery.branch_code, f.delivery.feed, f.delivery.business_date) for f in files}
    wanted = sorted(set(named.values()))
    forms = {}
    for key, branch_code, feed, business_date, said in con.execute(
        """select delivery_id, branch_code, feed, business_date, forms from raw.delivery
        where delivery_id in (select unnest($wanted))""",
        {"wanted": wanted},
    ).fetchall():
        known[key] = (branch_code, feed, business_date)
        forms[key] = said or ""
    original = {key: corrected for key, corrected in named.items() if known.get(corrected) == known[key]}
    # follows the chain of corrections; in a cycle no delivery counts as a correction
    for key in named:
        seen, at = {key}, original.get(key)
        while at is not None and at not in seen:
            seen.add(at)
            at = original.get(at)
        if at is not None:
            del original[key]
    return Traced(original, set(named) - set(original), forms)
