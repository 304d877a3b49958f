"""An XLSX package, written anew as python-calamine reads it rightly; runs in the sandbox.

calamine looks for parts under fixed names, hands error cells over as empty, drops CDATA sections and takes XML in
UTF-16 for an empty sheet. What a workbook's parts are is told by the package's relations, under whatever names, with
backslashes or in strict OOXML. So the parts that matter are copied to the names that calamine knows; on the way an
error cell becomes a text cell that says ``#N/A``, and so does a formula without a saved value. A program that cannot
calculate saves 0 for each formula and asks for a calculation on load: such a 0 is no value. The rest (themes, pictures,
macros, links) is left behind and never parsed.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import IO, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from transforms.readers import MEBIBYTE
from transforms.readers.cells import RUNS_UP, UNSAVED, Refused
from transforms.readers.containers import KNOWN_COMPRESSION, part_name
from transforms.readers.formats import as_shown, formats
from transforms.readers.marks import ELSEWHERE, LINKED, Rows, marked_formats, without_runs

_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TRUE = {"1", "true", "on"}
_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")

_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ERROR = re.compile(rb"""(<(?:[\w.-]+:)?c\s[^<>]*?\bt\s*=\s*)(?:"e"|'e')""")
_FORMULA = re.compile(
    rb"<((?:[\w.-]+:)?)c((?:\s[^<>]*)?)>\s*<\1f\b(?:[^<>]*/>|[^<>]*>[^<]*</\1f\s*>)\s*"
    rb"(<\1v\s*/>|<\1v\b[^<>]*>\s*(0?)\s*</\1v\s*>)?\s*</\1c\s*>"
)
_TYPE = re.compile(rb"""\st\s*=\s*(?:"([^"]*)"|'([^']*)')""")


_ANY_FORMULA = re.compile(
    rb"<((?:[\w.-]+:)?)c((?:\s[^<>]*)?)>\s*<\1f\b((?:\s[^<>]*?)?)(?:/>|>([^<]*)</\1f\s*>)[^<]*<\1v\b[^<>]*>[^<]*</\1v\s*>\s*</\1c\s*>"
)
_PASSING = re.compile(rb"(?<![A-Z.])(?:TODAY|NOW|RAND|RANDBETWEEN)\(", re.IGNORECASE)
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]+)(\d+)""")
_LINK = re.compile(rb"\[(?:\d+|[^\[\]]+\.xl\w+)\]", re.IGNORECASE)
_RELATIVE = re.compile(rb"(?<![A-Z$!:'.\]])\$?([A-Z]{1,3})(\d+)(?![\d(!:])")
_SHARED = re.compile(rb"""\bsi\s*=\s*["'](\d+)""")


class _Sheet(NamedTuple):
    """What is known of a sheet while it is copied; ``shared`` says what cells of some shared formulas are instead.

    ``taken`` are by LINKED and ELSEWHERE the rows whose values are of another file, or of another row.
    """

    rows: Rows
    calculated: bool
    is_stale: bool
    as_shown: Callable[[bytes], bytes]
    shared: dict[bytes, str]
    taken: dict[str, set[bytes]]


class Part(NamedTuple):
    """A worksheet of the package: its name, whether it is hidden, and the member that holds it.

    ``notes`` and ``titles`` are those of transforms.readers.cells.Sheet.
    """

    name: str
    hidden: bool
    member: str
    notes: dict[int, str]
    titles: list[str]


class Package:
    """The members of an XLSX by their names in small letters with slashes, read within the limits.

    Args:
        archive: the opened ZIP.
        rest: bytes that may be unpacked.
        ratio: times its packed size that a member may have.
        ratio_from: bytes up to which the ratio does not matter.
    """

    def __init__(self, archive: zipfile.ZipFile, rest: int, ratio: int, ratio_from: int) -> None:
        self._archive, self._rest, self._ratio, self._ratio_from = archive, rest, ratio, ratio_from
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in archive.infolist():
            if self._members.setdefault(part_name(member), member) is not member:
                raise Refused("damaged")  # which of the two counts cannot be told
        main = next((target for _, kind, target in self._relations("") if kind == "officeDocument"), "xl/workbook.xml")
        relations = self._relations(main)
        self._target = {kind: target for _, kind, target in relations}
        worksheets = {name: target for name, kind, target in relations if kind == "worksheet"}
        book = self._xml(main)
        properties = next((each for each in book.iter() if _local(each.tag) == "workbookPr"), None)
        self._date1904 = properties is not None and properties.get("date1904", "0") in _TRUE
        calculation = next((each for each in book.iter() if _local(each.tag) == "calcPr"), None)
        told = {} if calculation is None else calculation.attrib
        # Excel and LibreOffice, which calculate, ask for no calculation on load
        self._calculated = told.get("fullCalcOnLoad", "0") not in _TRUE
        # where Excel calculates on demand, and not on saving, a formula that was filled down has the value of the first
        self._is_stale = told.get("calcMode") == "manual" and told.get("calcOnSave", "1") not in _TRUE
        self.marked: list[dict[str, int]] = []
        self.sheets = [
            Part(
                sheet.get("name", ""),
                sheet.get("state", "visible") != "visible",
                worksheets[relation],
                *self._said_beside(worksheets[relation]),
            )
            for sheet in book.iter()
            if _local(sheet.tag) == "sheet"
            for relation in [next((value for name, value in sheet.items() if _local(name) == "id"), "")]
            if relation in worksheets
        ]

    def _said_beside(self, member: str) -> tuple[dict[int, str], list[str]]:
        """By row what comments of a sheet's cells say, and what its text boxes do."""
        notes: dict[int, str] = {}
        titles = []
        for _, kind, target in self._relations(member, needed=False):
            if target in self._members and kind in {"comments", "threadedComment", "drawing"}:
                for each in self._xml(target).iter():
                    said = "".join(part.text or "" for part in each.iter() if _local(part.tag) in {"t", "text"})
                    if _local(each.tag) in {"comment", "threadedComment"} and said:
                        row = int(re.sub("[^0-9]", "", each.get("ref", "")) or 0)
                        notes[row] = f"{notes.get(row, '')} {said}".strip()
                    elif _local(each.tag) == "txBody" and said:
                        titles.append(said)
        return notes, titles

    def plain(self) -> bytes:
        """The package written anew, with the sheets of ``sheets`` in their order; counts their ``marked`` rows."""
        sheets = range(1, len(self.sheets) + 1)
        listed = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="s{n}"/>' for n in sheets)
        book = (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><workbookPr date1904="{int(self._date1904)}"/>'
            f"<sheets>{listed}</sheets></workbook>"
        )
        relations = [(f"s{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in sheets]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as plain:
            plain.writestr("_rels/.rels", _listed([("b", "officeDocument", "xl/workbook.xml")]))
            plain.writestr("xl/workbook.xml", book)
            styles = bytearray()
            for kind in ("styles", "sharedStrings"):
                if kind in self._target:
                    self._copy(
                        self._target[kind],
                        plain,
                        f"xl/{kind}.xml",
                        b"si>",
                        _without_cdata if kind == "styles" else _as_strings,
                        kept=styles if kind == "styles" else None,
                    )
                    relations.append((kind, kind, f"{kind}.xml"))
            plain.writestr("xl/_rels/workbook.xml.rels", _listed(relations))
            marked, shown = marked_formats(bytes(styles)), formats(bytes(styles))
            epoch = date(1904, 1, 1) if self._date1904 else date(1899, 12, 30)
            for n, sheet in enumerate(self.sheets, start=1):
                rows = Rows(marked)
                self.marked.append(rows.marked)
                show = partial(as_shown, told=shown, epoch=epoch)
                sheet_of = _Sheet(rows, self._calculated, self._is_stale, show, {}, {LINKED: set(), ELSEWHERE: set()})
                self._copy(
                    sheet.member, plain, f"xl/worksheets/sheet{n}.xml", b"row>", partial(_as_text, sheet=sheet_of)
                )
                sheet.titles.extend(rows.titles)
                rows.marked |= {mark: len(of_rows) for mark, of_rows in sheet_of.taken.items()}
        return out.getvalue()

    def _copy(
        self,
        name: str,
        plain: zipfile.ZipFile,
        target: str,
        end: bytes,
        mend: Callable[[bytes], bytes],
        *,
        kept: bytearray | None = None,
    ) -> None:
        """Copies a part in pieces that end with whole rows or strings, so that nothing is cut in two.

        All of it is also added to ``kept``, if that is given.
        """
        held = bytearray()
        with self._open(name) as source, plain.open(target, "w") as out:
            unpacked = 0
            while piece := source.read(MEBIBYTE):
                if not unpacked and piece.startswith(_NOT_UTF8):
                    raise Refused("not_utf8")
                unpacked += len(piece)
                self._count(name, len(piece), unpacked)
                held += piece
                if kept is not None:
                    kept += piece
                if (cut := held.rfind(end) + len(end)) >= len(end):
                    out.write(mend(bytes(held[:cut])))
                    del held[:cut]
            out.write(mend(bytes(held)))

    def _relations(self, name: str, *, needed: bool = True) -> list[tuple[str, str, str]]:
        """(id, last word of the kind, part that is meant) of all that a part, or the package, relates to."""
        folder, base = posixpath.split(name)
        where = posixpath.join(folder, "_rels", f"{base}.rels")
        if not (name and needed) and where not in self._members:
            return []
        return [
            (
                each.get("Id", ""),
                each.get("Type", "").rsplit("/", 1)[-1],
                posixpath.normpath(posixpath.join("/", folder, each.get("Target", "").replace("\\", "/")))
                .lstrip("/")
                .lower(),
            )
            for each in self._xml(where)
            if each.get("TargetMode", "Internal") == "Internal"
        ]

    def _xml(self, name: str) -> ElementTree.Element:
        content = b""
        with self._open(name) as source:
            while piece := source.read(MEBIBYTE):
                content += piece
                self._count(name, len(piece), len(content))
        try:
            return ElementTree.fromstring(content)  # noqa: S314 (in the sandbox, and expat stops entities that grow)
        except ElementTree.ParseError as error:
            raise Refused("damaged") from error

    def _open(self, name: str) -> IO[bytes]:
        member = self._members.get(name)
        if member is None:
            raise Refused("damaged")
        if member.flag_bits & 1:
            raise Refused("password")
        if member.compress_type not in KNOWN_COMPRESSION:
            raise Refused("compression")
        return self._archive.open(member)

    def _count(self, name: str, size: int, unpacked: int) -> None:
        self._rest -= size
        packed = self._members[name].compress_size
        if self._rest < 0 or (unpacked > self._ratio_from and unpacked > self._ratio * packed):
            raise Refused("bomb")


def _listed(relations: list[tuple[str, str, str]]) -> str:
    each = (f'<Relationship Id="{i}" Type="{_DOCUMENT}/{kind}" Target={quoteattr(to)}/>' for i, kind, to in relations)
    return f'<Relationships xmlns="{_PACKAGE}">{"".join(each)}</Relationships>'


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _without_cdata(xml: bytes) -> bytes:
    if b"<![CDATA[" in xml:
        xml = _CDATA.sub(lambda found: escape(found[1].decode()).encode(), xml)
        if b"<![CDATA[" in xml:
            raise Refused("damaged")
    return xml


def _as_strings(xml: bytes) -> bytes:
    return without_runs(_without_cdata(xml))


def _as_text(xml: bytes, *, sheet: _Sheet) -> bytes:
    """Rows of a sheet, whose error cells, formulas without a value and marked cells say so as text."""
    xml = _without_cdata(xml)
    sheet.rows.see(xml)
    xml = sheet.as_shown(without_runs(xml))
    if b"f>" in xml or b"f/>" in xml:
        xml = _FORMULA.sub(partial(_unsaved, calculated=sheet.calculated), xml)
        xml = _ANY_FORMULA.sub(partial(_no_value, sheet=sheet), xml)
    if b'"e"' in xml or b"'e'" in xml:
        xml = _ERROR.sub(rb'\1"str"', xml)
    return xml


def _no_value(cell: re.Match[bytes], *, sheet: _Sheet) -> bytes:
    """A formula whose saved value is none of its row: of the last opening, as of TODAY(), or of the rows above, too.

    One that takes its value from another file or row is only noted.
    """
    prefix, attributes, of, formula = cell.groups()
    number, place = _SHARED.search(of), _PLACE.search(attributes)
    word = sheet.shared.get(number[1], "") if number and not formula else ""
    if formula:
        if sheet.is_stale or _PASSING.search(formula):
            word = UNSAVED
        elif place:
            word = RUNS_UP if _runs_up(formula, *place.groups()) else _taken(formula, *place.groups())
        if number:
            sheet.shared[number[1]] = word
    if place and word in sheet.taken:
        sheet.taken[word].add(place[2])
    return cell[0] if not word or word in sheet.taken else _says(word, prefix, attributes)


def _taken(formula: bytes, column: bytes, row: bytes) -> str:
    """LINKED if a formula takes from another file, ELSEWHERE if from other columns of other rows only."""
    if _LINK.search(formula):
        return LINKED
    places = _RELATIVE.findall(re.sub(rb'"[^"]*"', b"", formula))
    others = {at[0] for at in places if at[1] != row} - {column}
    return ELSEWHERE if others and all(at[1] != row for at in places) else ""


def _runs_up(formula: bytes, column: bytes, row: bytes) -> bool:
    """Whether a formula sums a range that begins at a fixed row and ends in its own, or adds to the cell above it."""
    grows = rb"SUM\(\$?[A-Z]+\$\d+:\$?[A-Z]+%b\)" % row
    above = rb"(?<![A-Z$])\$?%b%d(?!\d)" % (column, int(row) - 1)
    return bool(re.search(grows, formula) or (b"+" in formula and re.search(above, formula)))


def _says(word: str, prefix: bytes, attributes: bytes) -> bytes:
    bare = _TYPE.sub(b"", attributes)
    return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % (prefix, bare, prefix, word.encode(), prefix, prefix)


def _unsaved(cell: re.Match[bytes], *, calculated: bool) -> bytes:
    prefix, attributes, value, zero = cell.groups()
    kind = _TYPE.search(attributes)
    if calculated and value and (zero or (kind and b"str" in kind.groups())):
        return cell[0]  # the formula's value is 0, or an empty text
    return _says(UNSAVED, prefix, attributes)
