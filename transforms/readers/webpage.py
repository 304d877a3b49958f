"""The one plain table of a web page, such as web applications name .xls; runs in the sandbox.

Only what can be read in one way is read: a page with a second table, a table in a table, cells over several rows or
columns, hidden rows or scripts in the table is refused. So is a raised, lowered or struck text, which would be glued to
the digits beside it, and a cell that shows another number than a spreadsheet's ``x:num`` beside it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser

from transforms.readers.cells import Refused, Sheet, filled
from transforms.readers.marks import WHITE

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide"
    r"|(?:opacity|font-size)\s*:\s*0(?:\.0*)?(?:px|pt|em|%)?\s*(?:;|$)",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?|white|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))(?!\w)(?!.*background)",
    re.IGNORECASE | re.DOTALL,
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_OFF_PAGE = {"script", "style", "title"}
_MARKS = {"sup", "sub", "s", "strike", "del"}
_MARKED = re.compile(r"(?<!text-)line-through|vertical-align\s*:\s*su(?:b|per)\b", re.IGNORECASE)
_NUMBERS = ("x:num", "sdval")
"""Attributes by which spreadsheets say a cell's number, whatever its text shows."""
_SHOWN = re.compile(r"([-+(\u2212]*)(\d{1,3}(?:[.,]\d{3})+|\d+)([.,]\d{1,2})?[.,]?(-?)\)?")
_STYLE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_STATE = re.compile(r":(?:hover|focus|active|visited|empty|:?before|:?after)")
_WHICH = re.compile(r"::?[\w-]+(?:\([^)]*\))?|\[[^\]]*\]")
_NAME = re.compile(r"[.#]?[\w-]+")
_HIDING = [{".d-none"}, {".hidden"}, {".hide"}, {".invisible"}, {".visually-hidden"}, {".sr-only"}]
"""Classes that well-known style sheets hide by."""
_TRANSLATED = re.compile(r"translated-|(?<!\w)vertical-align\s*:\s*inherit")
"""Classes and styles by which browsers mark what they translated."""
_PAGE = re.compile(r"[?&/](?:page|halaman|hal|hlm|pg|p|paged)[=/](\d+)|Page\$(\d+)", re.IGNORECASE)
_FEWER_PAGES = 10_000
"""So high a number in a link is none of a page."""
_LINKS = {"a", "button"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_INPUTS = {"input", "select", "textarea", "iframe", "object", "script", "svg", "img"}


class _Table(HTMLParser):
    """Collects the cells of the page's table, row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.tables = 0
        self._inside = False
        self._cell: list[str] | None = None
        self._number: str | None = None
        self._off_page = ""
        self.pages: set[int] = set()
        self.beside: list[str] = []
        self._used: set[str] = set()
        self._in_rows: list[set[str]] = [set()]
        self._grounded = False
        self.white: set[int] = set()
        self._styles = ""
        self._is_link = False
        self.titles: list[str] = []
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        names = {tag, *(f".{name}" for name in (said.get("class") or "").split()), f"#{said.get('id')}"}
        self._used |= names
        marks = " ".join(filter(None, (said.get("class"), said.get("style"))))
        if _TRANSLATED.search(marks) or any(name.startswith("_mst") for name in said):
            raise Refused("page_translated")
        if not self._inside:
            self._is_title = self._is_title or tag in _HEADINGS
            self._is_link = self._is_link or tag in _LINKS
            if tag in _LINKS and (page := _PAGE.search(f"{said.get('href')} {said.get('onclick')}")):
                self.pages.add(int(page[1] or page[2]))
        if tag == "table":
            self.tables += 1
            if self.tables > 1:
                raise Refused("page_of_tables")
            self._inside = True
        elif not self._inside:
            self._off_page = tag if tag in _OFF_PAGE else self._off_page
            return
        if tag == "tr":
            self._in_rows.append(set())
        self._in_rows[-1] |= names
        self._look_at(tag, said)
        if tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._end_cell()
            if any((said.get(name) or "1").strip() != "1" for name in ("colspan", "rowspan")) or not self.rows:
                raise Refused("page_not_plain")
            self._cell = []
            self._number = next(filter(None, map(said.get, _NUMBERS)), None)
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"} and self._inside:
            self._end_cell()
            self._inside = tag != "table"
        if tag in _LINKS:
            self._is_link = False
        if tag in _HEADINGS:
            self._is_title = False
        if tag == self._off_page:
            self._off_page = ""

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        elif self._off_page == "style":
            self._styles += data
        elif not self._inside:
            if self._is_link and data.strip().isdecimal():
                self.pages.add(int(data))
            elif not self._is_link and self._off_page in {"", "title"} and data.strip():
                self.beside.append(_BLANKS.sub(" ", data).strip())
        elif data.strip():
            raise Refused("page_not_plain")  # a text between the cells

    def check_classes(self) -> None:
        """Refuses a table of which the page's own style sheet, or a well-known one, marks or hides a part.

        What it shows in white is noted, since a ground that another rule colours may be below.
        """
        if any(self._of_rows(names) for names in _HIDING):
            raise Refused("page_not_plain")
        for selectors, style in _STYLE.findall(re.sub(r"/\*.*?\*/|<!--|-->", "", self._styles, flags=re.DOTALL)):
            rows: set[int] = set()
            for selector in selectors.split(","):
                parts = [set(_NAME.findall(part)) for part in re.split(r"[\s>+~]+", _WHICH.sub("", selector).strip())]
                every = set().union(*parts)
                if parts[-1] and not _STATE.search(selector) and every <= self._used:
                    rows |= self._of_rows(every) or self._of_rows(parts[-1])
            for why, form in (("page_marked", _MARKED), ("page_not_plain", _HIDDEN)):
                if rows and form.search(style):
                    raise Refused(why)
            if _WHITE.search(style) and "th" not in selectors:
                self.white |= rows

    def _of_rows(self, names: set[str]) -> set[int]:
        """The rows with all of these names of tags, classes and ids in them; the first one stands for the table."""
        return {number for number, used in enumerate(self._in_rows) if names <= used}

    def _look_at(self, tag: str, said: dict[str, str | None]) -> None:
        """Refuses what an element hides or marks; notes a row with letters in white, unless its ground has a colour."""
        if tag in _INPUTS or "hidden" in said or _HIDDEN.search(said.get("style") or ""):
            raise Refused("page_not_plain")
        if tag in _MARKS or _MARKED.search(said.get("style") or ""):
            raise Refused("page_marked")
        style = f"{said.get('style') or ''};color:{said.get('color') or ''}"
        self._grounded = (self._grounded and tag != "tr") or "bgcolor" in said or "background" in style
        if _WHITE.search(style) and not self._grounded and tag != "th":
            self.white.add(len(self._in_rows) - 1)

    def _end_cell(self) -> None:
        if self._cell is not None:
            text = _BLANKS.sub(" ", "".join(self._cell)).strip()
            if self._number and not _agrees(text, self._number):
                raise Refused("page_number")
            self.rows[-1].append(text)
            self._cell = None


def _agrees(text: str, number: str) -> bool:
    """Whether a cell's text shows the number that the page has for it; a text such as a date is not compared."""
    bare = re.sub(r"(?i)rp\.?|\s", "", text)
    if not bare:
        return False
    shown = _SHOWN.fullmatch(bare)
    if not shown:
        return True
    sign, whole, rest, behind = shown.groups()
    minus = bool(re.search("[-(\u2212]", sign)) or (behind and not re.search("[.,]-$", bare))
    read = Decimal(re.sub("[.,]", "", whole) + (rest or "").replace(",", "."))
    try:
        return (-read if minus else read) == Decimal(number)
    except InvalidOperation:
        return False


def webpage(content: str) -> list[Sheet]:
    """The page's table; its rows are numbered from 1."""
    page = _Table()
    page.feed(content)
    page.close()
    if not page.tables:
        raise Refused("page_without_table")
    page.check_classes()
    if any(1 < number < _FEWER_PAGES for number in page.pages):
        raise Refused("page_of_pages")

    def rows() -> Iterator[tuple[int, list[str]]]:
        return filled(enumerate(page.rows, start=1))

    return [Sheet("HTML", False, rows, slips=True, marked={WHITE: len(page.white)}, titles=tuple(page.beside))]
