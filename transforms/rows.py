"""What a row below the header is: data, damaged data, or no data at all.

A row is no data only where that can be told safely: it has no readable date, nothing that looks like a NIK, a
card, a phone or the number of a document, and no amount unless it says TOTAL. Anything doubtful stays data, so
that it is rejected and comes back to the branch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from expectations.contract import Contract
from transforms.header import HEADER_CELLS, fold, known

RAGGED = "columns"
"""Value of row_problem for a row that has more or fewer cells than the header."""
REMARK = "remark"
"""... for a row that holds one text of several words, of which nobody knows whether it may be passed over."""
EXTRA = "extra "
"""Begin of row_problem, with their number behind, while rows that hold more cells than the header, empty ones, wait."""
NUL = "characters"
"""... for a row with a NUL byte in it: the file was damaged there."""
TOTAL = "total"
"""Kind of a row that is no data: a total or subtotal."""
HEADER = "header"
"""... the header once more."""
NUMBERS = "numbers"
"""... the numbers of the columns, (1) (2) (3)."""
BLANK = "blank"
"""... a line of a form that nobody filled in: a running number, the branch's code, preset values."""
NOTE = "note"
"""... a title, the head or foot of a page, a signature."""

UNDATED = (
    "{date} is null or not regexp_matches({date}, '[0-9][^0-9]*[0-9][^0-9]*[0-9]')"
    " or regexp_matches({date}, '(?i)total|jumlah')"
)
"""SQL of whether a date that is there rules out that its row is data; only such rows are looked at."""

_TOTAL = re.compile(r"\b(?:(?:sub|grand)[\s-]*)?(?:total|jumlah|jml)\b", re.IGNORECASE)
_PAGE = re.compile(
    r"\W*(?:(?:hal|hlm|halaman|page)\W*\d"
    r"|(?:halaman|dicetak|tanggal cetak|tgl cetak|printed|mengetahui|menyetujui|dibuat oleh|diperiksa|laporan|periode"
    r"|catatan|menampilkan|showing|kepala (?:kantor|cabang|bidang)|kantor cabang|petugas"
    r"|(?:this )?e-?mail (?:ini|is|and|message)|surel|pesan (?:ini|dan)|this message|lampiran|disclaimer|confidential"
    r"|sent from|dikirim dari|hormat kami|demikian)\b)",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=*~#\s]{2,}")
"""A line drawn with signs, as mails have it above a signature."""
_COUNTED = re.compile(r"\W*(?:\d{1,2}|[A-Za-z])\W*")
_RUNNING = re.compile(r"\W*\d{1,5}\W*")
_WORDS, _SEVERAL = re.compile(r"[^\W\d_]{2,}"), 3
"""Words, of which so many are a sentence rather than a value."""
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}")
_NUMBER = re.compile(r"(?:Rp)?[-+\s\d.,]*\d[-+\s\d.,]*", re.IGNORECASE)
_DOCUMENT = re.compile(r"(?=\S*\d)[\w./-]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .'-](?=\d)")
_PERSON = re.compile(r"(?<!\d)(?:\d{11}|\d{15,16}|(?:\+?62|0)8\d{7,12})(?!\d)|\d[.,]?\d*[eE]\+?\d")


class Judge:
    """Tells the kind of rows below the header of one feed."""

    def __init__(self, contract: Contract) -> None:
        self._columns = contract.exported
        self._known = known(contract)
        self._key = next(column.name for column in self._columns if column.key)
        self._personal = {column.name for column in self._columns if column.personal and not _is_money(column.name)}
        forms = {
            rule.column: rule.kwargs for rule in contract.rules if rule.expectation == "ExpectColumnValuesToMatchRegex"
        }
        self._key_form = re.compile(forms[self._key]["regex"])
        self._required = sum(column.required for column in self._columns)
        self.date = next(column.name for column in self._columns if column.required and column.kind == "date")

    def header(self, values: Mapping[str, str | None]) -> bool | None:
        """Whether a row is the header once more: None if not, False if its columns stand in another order."""
        filled = sum(value is not None for value in values.values())
        meant = {name: self._known.get(fold(value)) for name, value in values.items() if value}
        headers = [(name, said) for name, said in meant.items() if said]
        if len(headers) < HEADER_CELLS or len(headers) * 2 <= filled:
            return None
        return all(name == said for name, said in headers)

    def goes_on(self, cells: list[str]) -> bool:
        """Whether a row of a sheet without a header looks like data of the feed: as wide, with a date and a number."""
        filled = [cell for cell in map(str.strip, cells) if cell]
        return (
            len(filled) >= self._required
            and any(map(_DAY.match, filled))
            and any(_looks_personal(cell) or (_is_document(cell) and self._key_form.search(cell)) for cell in filled)
        )

    def kind(self, values: Mapping[str, str | None], rest: Collection[str]) -> str | None:
        """What a row without a date is; None for data.

        Args:
            values: the columns of the contract.
            rest: what the row holds beside them.
        """
        filled = {name: value for name, value in values.items() if value}
        cells = list(filled.values())
        if self.header(values) is not None:
            return HEADER
        if len(set(cells)) == len(cells) >= HEADER_CELLS and all(map(_COUNTED.fullmatch, cells)):
            return NUMBERS
        key = filled.get(self._key, "")
        others = [cell for name, cell in filled.items() if not _is_money(name)]
        if _is_document(key) or any(map(_looks_personal, (*others, *rest))):
            return None
        personal = [filled[name] for name in self._personal & filled.keys() if not _PAGE.match(filled[name])]
        if any(map(_TOTAL.search, (*cells, *rest))):
            named = any(not _TOTAL.search(cell) and not _RUNNING.fullmatch(cell) for cell in personal)
            return None if named else TOTAL
        paid = [cell for name, cell in filled.items() if _is_money(name) and not _PAGE.match(cell)]
        if personal or any(re.search("[1-9]", cell) for cell in paid):
            return None
        return NOTE if (key and not _RUNNING.fullmatch(key)) or any(map(_PAGE.match, cells)) else BLANK


def ragged_kind(cells: list[str], width: int, *, is_open: bool = False) -> str | None:
    """What a row of another width than the header is, where it is no data: a title, a foot, a total.

    Args:
        cells: of the row.
        width: of the header.
        is_open: whether the file ends with the row, and without a line end: then a day may be the begin of a row.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if is_open and any(map(_DAY.match, filled)):
        return None
    if len(filled) * 2 > width or any(map(_looks_personal, filled)) or any("\0" in cell for cell in filled):
        return None
    if filled and all(map(_RULE.fullmatch, filled)):
        return NOTE
    if any(map(_TOTAL.search, filled)):
        return None if any(_is_document(cell) and not _NUMBER.fullmatch(cell) for cell in filled) else TOTAL
    if any(_NUMBER.fullmatch(cell) or _is_document(cell) for cell in filled):
        return None
    return NOTE if any(map(_PAGE.match, filled)) or (len(filled) == 1 and " " in filled[0]) else None


def is_torn(cells: list[str], other: list[str], width: int, *, free_ends: bool) -> bool:
    """Whether a row and the one before or behind it may be one that a line break without quotes tore in two.

    The cell that is torn stands in both. A title or foot is no piece of another row, unless free text ends a row.
    """
    if len(cells) + len(other) != width + 1 or len(cells) == len(other):
        return False
    piece = min(cells, other, key=len)
    kind = ragged_kind(piece, width)
    if _is_sentence(piece) and not free_ends:
        return False
    if kind == NOTE:
        return free_ends and not any(_PAGE.match(cell) or _RULE.fullmatch(cell) for cell in piece)
    return kind is None and any(cell.strip("\0 ") for cell in piece)


def uneven(cells: list[str], *, torn: bool) -> str:
    """The row_problem of a row that has more or fewer cells than the header."""
    return REMARK if not torn and _is_sentence(cells) else RAGGED


def _is_sentence(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) == 1 and len(_WORDS.findall(filled[0])) >= _SEVERAL


def says_no_data(cells: Iterable[str]) -> bool:
    """Whether a cell says that its row is a total, or the head or foot of a page."""
    return any(_TOTAL.search(cell) or _PAGE.match(cell) for cell in cells)


def _is_money(name: str) -> bool:
    return name.endswith("_rp")


def _is_document(cell: str) -> bool:
    """Whether a cell may be the number of a document, and no running number, day or page."""
    if _RUNNING.fullmatch(cell) or _DAY.fullmatch(cell) or _PAGE.match(cell):
        return False
    return _DOCUMENT.fullmatch(cell) is not None


def _looks_personal(cell: str) -> bool:
    return _PERSON.search(_BETWEEN_DIGITS.sub("", cell)) is not None
