"""Which branch a title names: a file whose titles name another one than its sender alone is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import duckdb

from transforms.words import place, plain

_OFFICE = (
    r"(?:cabang|kacab|kanca|kc|kcp|kantor|unit|office|branch)(?: bpjs)?(?: ketenagakerjaan| bpjamsostek)?(?: kota)?"
)
_OF_OTHERS = re.compile(r"\b(bukan|tanpa|selain|kecuali|not|without|except)\b", re.IGNORECASE)


class Senders:
    """The branches by the names and codes under which titles know them.

    Args:
        names: by code the name of each branch, as ``Cabang Lombok Tengah (Praya)``.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._named = {}
        self._found: dict[str, dict[int, set[str]]] = defaultdict(dict)
        for code, name in names.items():
            known = "|".join(filter(None, (plain(part).removeprefix("Cabang ") for part in re.split("[()]", name))))
            self._named[code] = re.compile(rf"\b{code}\b|\b{_OFFICE} (?:{known})\b|^(?:{known})$", re.IGNORECASE)

    def see(self, delivery_id: str, line: int, title: str) -> None:
        """Looks at a row that is no data: a code, a name alone, or one behind words such as Kantor Cabang."""
        found = {code for code, named in self._named.items() if named.search(title)}
        if found and not _OF_OTHERS.search(title):
            self._found[delivery_id][line] = found

    def compare(self, con: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """By delivery why it is refused: its titles name another branch alone, and rows of ``text`` stand below."""
        refused = {}
        for delivery_id, found in self._found.items():
            sender, last = con.execute(
                "select any_value(sender_code), max(line_no) from text where delivery_id = ?", [delivery_id]
            ).fetchone() or (None, None)
            above = [line for line in sorted(found) if last and line < last]
            if above and not any(sender in found[line] for line in above):
                kata, words = place(above[0])
                refused[delivery_id] = (
                    f"{kata} menyebut cabang lain daripada pengirim file; kirim hanya baris cabang sendiri, atau"
                    f" perbaiki judulnya / {words} names another branch than the one that sent the file; send rows of"
                    " your own branch only, or correct the title"
                )
        return refused
