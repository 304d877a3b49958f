"""How many rows or pages a file itself says that there are, in its titles, feet and totals.

A web application shows the first page of a table and exports just that; its foot says "1 to 12 of 36". Where the rows
that are data are not as many, the delivery is not whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

import duckdb

from expectations.contract import Contract
from expectations.wording import counted
from transforms.words import place

_N = r"(\d{1,3}(?:[.,]\d{3})+|\d+)"
_PEOPLE = r"(?:peserta|orang|pekerja|tenaga kerja|tk|nasabah|penerima|klaim|kasus|members?|people|claims?)\b"
_UNIT = r"(?:transaksi|transactions?|baris|rows?|entri|entries|records?|data)\b"
_SHOWN = re.compile(
    rf"(?:\d\s*(?:-|\u2013|s/?d|sampai|hingga|to)\s*{_N}|(?:menampilkan|showing)\D{{0,12}}{_N})\s*(?:{_UNIT}\s*)?"
    rf"(?:dari|of)\s*(?:total\s*)?{_N}(?!\s*[/-]?\d)",
    re.IGNORECASE,
)
_PAGE = re.compile(rf"\b(?:halaman|hal|hlm|page)\W{{0,3}}{_N}\s*(?:dari|of|/)\s*{_N}(?![/-]?\d)", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:bagian|part|file|berkas|lembar|lampiran|kiriman|batch)\W{0,3}(?:ke\W{0,2})?(\d{1,2})\s*(?:dari|of)\s*"
    r"(\d{1,2})(?![\w.,/-]\d|\d)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    rf"(?<!sub)(?<!sub[\s-])\b(?:total|jumlah|jml)\b\W{{0,4}}(?:{_N}\s*{_UNIT}"
    rf"|(?:data|baris|records?|entri|entries|rows?)\b\W{{0,4}}{_N}(?![.,/-]?\d))",
    re.IGNORECASE,
)
_TOTAL_PEOPLE = re.compile(
    rf"(?<!sub)(?<!sub[\s-])\b(?:total|jumlah|jml)\b\W{{0,4}}(?:{_N}\s*{_PEOPLE}|{_PEOPLE}\W{{0,4}}{_N}(?![.,/-]?\d))",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"(?<![\w.,]){_N}\s*(?:lagi|lainnya|more|others)\b|(?<![\w.,]){_N}\s*(?:{_UNIT}|{_PEOPLE})\s*(?:data\s*)?"
    r"(?:lagi|lain(?:nya)?|selebihnya|selanjutnya|berikutnya|more|others|(?:are |were )?(?:omitted|truncated|hidden"
    r"|not shown|left out)|tidak ditampilkan|tidak dimuat|disembunyikan)\b"
    rf"|\b(?:sisa(?:nya)?|remaining|another)\W+{_N}\s*{_UNIT}",
    re.IGNORECASE,
)
_AND_SO_ON = re.compile(
    r"\W*(?:dst|dan seterusnya|dan lain-?lain|dll|dsb|and so on|etc|et cetera)\W*|.*\b(?:baris|rows?)\b.*"
    r"\b(?:omitted|truncated|dihilangkan|diringkas|disembunyikan|tidak ditampilkan)\b.*"
    r"|\W*(?:bersambung|(?:di|ber)?lanjut(?:kan|an)?|continued|continues) (?:ke|di|pada|in|on) (?:file|berkas|lembar"
    r"|sheet|bagian|part|lampiran|kiriman|email|buku)\b.*",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:menyusul|terlampir|besok|nihil|tidak ada|later|none|no)\b", re.IGNORECASE)
"""What takes it back: rows that come another day are another file's."""
_COUNTED = re.compile(
    rf"[^\w.,]*(?:query returned |fetched |exported )?{_N}\s*(?:baris|entri|records?|entries|rows?|row\(s\))"
    r"(?: (?:data|selected|affected|returned|fetched|retrieved|exported|dipilih|terpilih|diekspor|x \d+ columns"
    r"|in set.*))?\W*|\W*(?:rows?|records?|baris|row ?count)\W{1,4}(\d+)\W*",
    re.IGNORECASE,
)
"""What tools of databases write below what they found."""
_CUT = re.compile(r"(?<=\d)\n(?=\d{3} [A-Za-z])")
"""Where a comma between groups of digits was taken for the end of a cell."""


class Tally(NamedTuple):
    """A count that a row tells.

    Attributes:
        line: the row; 0 is the name of a sheet.
        kind: ``of`` (so many rows there are, of which some are shown), ``more`` (so many are left out, 0 if it is not
            said how many), ``page``, ``total`` (of rows, perhaps one of
            several) or ``people`` (the same of people or claims, of whom one may have several rows).
        number: of rows, or of pages.
        here: of ``page`` the page that it is.
    """

    line: int
    kind: Literal["of", "more", "page", "total", "people"]
    number: int
    here: int = 0


Tallies = dict[str, list[Tally]]
"""By delivery."""


def told(line: int, cells: Iterable[str]) -> Iterator[Tally]:
    """The counts that a row which is no data tells."""
    for cell in _CUT.sub(",", "\n".join(cells)).split("\n"):
        if shown := _SHOWN.search(cell):
            yield Tally(line, "of", _number(shown[3]))
        elif page := _PAGE.search(cell) or _PART.search(cell):
            yield Tally(line, "page", _number(page[2]), _number(page[1]))
        elif not _LATER.search(cell) and (more := _MORE.search(cell) or _AND_SO_ON.fullmatch(cell)):
            yield Tally(line, "more", _number(next(filter(None, more.groups()), "0")))
        elif total := _TOTAL.search(cell):
            yield Tally(line, "total", _number(total[1] or total[2]))
        elif people := _TOTAL_PEOPLE.search(cell):
            yield Tally(line, "people", _number(people[1] or people[2]))
        elif counted := _COUNTED.fullmatch(cell):
            yield Tally(line, "total", _number(counted[1] or counted[2]))


def compare(con: duckdb.DuckDBPyConnection, tallies: Mapping[str, list[Tally]], contract: Contract) -> dict[str, str]:
    """By delivery why it is refused: it tells of another number of rows than ``text`` has of it, or of more pages.

    Totals may be those of parts: one of them or all together have to tell the number of rows; or of numbers of
    documents, cards or NIK, if they are of people or claims.
    """
    refused: dict[str, str] = {}
    named = [f'count(distinct "{column.name}")' for column in contract.exported if column.key or column.hashed_as]
    counts = f"select delivery_id, count(*), {', '.join(named)} from text where delivery_id in (select unnest($ids))"
    told = {"ids": [delivery_id for delivery_id, found in tallies.items() if found]}
    rows = {key: each for key, *each in con.execute(f"{counts} group by all", told).fetchall()} if told["ids"] else {}
    for delivery_id, found in tallies.items():
        number, *others = rows.get(delivery_id, [0])
        fits = {}
        for kind, good in (("total", {number}), ("people", {number, *others})):
            totals = [each.number for each in found if each.kind == kind]
            fits[kind] = bool(good & {*totals, sum(totals)})
        last = max((each.here for each in found if each.kind == "page"), default=0)
        for each in found:
            if each.kind == "more":
                refused.setdefault(delivery_id, _left_out(each.line, each.number))
            elif each.kind == "page" and last < each.number:
                refused.setdefault(delivery_id, _pages(each.line, last, each.number))
            elif (each.kind == "of" and each.number != number) or not fits.get(each.kind, True):
                refused.setdefault(delivery_id, _rows(each.line, each.number, number))
    return refused


def _number(text: str) -> int:
    return int(re.sub("[.,]", "", text))


def _rows(line: int, said: int, number: int) -> str:
    kata, words = place(line)
    return (
        f"{kata} menyebut {said} baris, tetapi file berisi {number} baris data; ekspor semua baris, bukan hanya yang"
        f" tampil / {words} tells of {counted(said, 'row', 'rows')}, but the file has"
        f" {counted(number, 'row', 'rows')} of data; export all rows, not only those that are shown"
    )


def _left_out(line: int, number: int) -> str:
    kata, words = place(line)
    return (
        f"{kata} menyebut bahwa {number or 'ada'} baris lain tidak dimuat, jadi ada baris yang hilang; ekspor semua"
        f" baris / {words} says that {counted(number, 'more row is', 'more rows are') if number else 'more rows are'}"
        " left out, so rows are missing; export all rows"
    )


def _pages(line: int, last: int, number: int) -> str:
    kata, words = place(line)
    return (
        f"{kata} menyebut {number} halaman atau bagian, tetapi file hanya sampai nomor {last}; satukan semuanya dalam"
        f" satu file / {words} tells of {number} pages or parts, but the file ends with number {last}; put all of them"
        " into one file"
    )
